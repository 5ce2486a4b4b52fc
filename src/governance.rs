//! What people answer for: baselines that were set, reviews that were held or missed, keys
//! that were handed over.
//!
//! Reads the ledger's records of acts and tells what they come to. It evaluates nothing,
//! asks no clock and writes no file; `cli` appends and writes.
//!
//! INVARIANTS
//! - A baseline that no record explains is never shown as one that was set.
//! - A period without a review is missed once its grace is over; that a ledger is empty
//!   or a record cannot be read excuses nothing.
//!
//! TRUST: records are read here and not verified; `assize verify` does that.

mod acts;
mod baseline;
mod calendar;
mod review;
pub mod rotation;

pub use acts::{Acts, RecordedAct};
pub use baseline::{
    BASELINE, Baseline, BaselineError, Baselines, Change, Explained, History, SetBaseline, set,
};
pub use calendar::{Period, PeriodError, Rhythm, business_days_after, date_text};
pub use review::{
    Changes, Current, Held, Previous, REVIEW, REVIEW_SCHEMA, Review, ReviewError, Schedule,
    Scheduled, Standing as ReviewStanding, act_name, attended,
};
