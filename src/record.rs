//! The versioned wire form of a decision.
//!
//! Two documents of a decision: the *record*, a thin in-toto statement that is signed and put in
//! the ledger, and the *decision document*, which holds every rule with its fate and
//! is bound into the record by digest. What people did, not policies decided, is recorded
//! as an *act* ([`act`]), with a document of its own. Their bytes are specified in
//! `docs/spec/record.md`; golden files keep them readable for ever.
//!
//! INVARIANTS
//! - A record's payload stays under [`PAYLOAD_MAX`] bytes, so that a cloud key
//!   service can sign it; what does not fit is counted and lives in the decision
//!   document.
//! - Both are canonical JSON: the same decision gives the same bytes.
//! - Readers refuse fields and versions they do not know.

use thiserror::Error;

use crate::json::JsonError;

pub mod act;
mod bent;
pub mod decided;
pub mod document;
mod statement;

pub use bent::Bent;
pub use statement::{
    Actor, DECISION_TYPE, Digests, Draft, Position, Predicate, Relaxation, ResourceDescriptor,
    STATEMENT_TYPE, Statement, Tool, digests, position,
};

/// Most bytes in a payload: the DSSE frame around it must stay within the 4,096 bytes
/// that AWS KMS signs in one call.
pub const PAYLOAD_MAX: usize = 4_000;

/// A payload that is not a record, or a decision that does not fit one.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RecordError {
    /// Not the shape of a record.
    #[error("payload is not a record: {reason}")]
    Shape {
        /// What is missing or wrong.
        reason: String,
    },
    /// Too large even without a single relaxation spelt out.
    #[error(
        "record would be {size} bytes, more than {PAYLOAD_MAX}: shorten the subject, origin or actor"
    )]
    Size {
        /// Bytes of the payload.
        size: usize,
    },
    /// Cannot be written as JSON.
    #[error("cannot write the record")]
    Write {
        /// Why.
        source: JsonError,
    },
}
