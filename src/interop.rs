//! Records in the forms that other tools read.
//!
//! A record is an in-toto statement in a DSSE envelope already; here it is put into a
//! Sigstore bundle, or several of them into an in-toto bundle, or said anew in the words of a
//! SLSA verification summary; and a ledger into the files of a log that is served.
//!
//! INVARIANTS
//! - What is exported holds a record's envelope as it is, unless it says that it is another
//!   statement.
//! - A record leaves only if it stands where it says it does: it continues the record before
//!   it, and the last one is in the tree whose root the checkpoint has.
//!
//! TRUST: no signature is verified here, of a record or of a checkpoint. Whoever gets what
//! is exported verifies it with a key of their own.

use thiserror::Error;

use crate::json::JsonError;
use crate::ledger::read::ReadError;

pub mod sigstore;
mod span;
pub mod tiles;
pub mod vsa;

pub use span::Span;

/// What cannot be exported.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InteropError {
    /// The ledger cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The ledger was altered.
    #[error("record {index} was altered, or is not where it was written: {reason}")]
    Damaged {
        /// 0-based number.
        index: u64,
        /// What is wrong.
        reason: String,
    },
    /// The records are not those of the checkpoint.
    #[error("the records do not have the root that the checkpoint has")]
    Root,
    /// No such records.
    #[error("{}: the ledger has {size}", absent(*from, *to))]
    Range {
        /// The first asked for.
        from: u64,
        /// The one to stop before.
        to: u64,
        /// Records in the ledger.
        size: u64,
    },
    /// A record that has no verification summary.
    #[error("record {index} {source}")]
    Vsa {
        /// 0-based number.
        index: u64,
        /// Why not.
        source: vsa::VsaError,
    },
    /// A document cannot be written.
    #[error(transparent)]
    Json(#[from] JsonError),
}

fn absent(from: u64, to: u64) -> String {
    if to == from.saturating_add(1) {
        format!("there is no record {from}")
    } else {
        format!("there are no records from {from} to {to}")
    }
}
