//! Why there is no anchor.

use thiserror::Error;

use crate::clock::Timestamp;
use crate::http::{HttpError, TlsError};
use crate::ledger::LedgerError;
use crate::ledger::read::ReadError;
use crate::signing::KeyError;
use crate::signing::note::NoteError;

use super::timestamp::StampError;

/// Why there is no anchor.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AnchorError {
    /// Not a place that can be asked.
    #[error("`{url}`: expected `https://…` or `http://…`, without user, query and fragment")]
    Url {
        /// The text.
        url: String,
    },
    /// The HTTP client could not be made.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// No answer.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// Reading the ledger.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Keeping the anchor.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// No nonce.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// There is nothing to anchor.
    #[error("the ledger has no record that could be anchored")]
    Empty,
    /// The witness has cosigned more records than there are here.
    #[error(
        "{url} has cosigned {seen} records of this ledger, and here are {size}: it was cut, or \
         put back to an older state"
    )]
    Cut {
        /// Who was asked.
        url: String,
        /// Records that it has cosigned.
        seen: u64,
        /// Records in the ledger.
        size: u64,
    },
    /// The witness has cosigned more than was sent, which others appended meanwhile.
    #[error("{url} has meanwhile cosigned {seen} records of this ledger")]
    Overtaken {
        /// Who was asked.
        url: String,
        /// Records that it has cosigned.
        seen: u64,
    },
    /// What the witness has cosigned is no beginning of this ledger.
    #[error(
        "{url} does not find that this ledger of {size} records continues the {old} that it has \
         cosigned: its records were rewritten ({said})"
    )]
    Rewritten {
        /// Who was asked.
        url: String,
        /// Records that it has cosigned.
        old: u64,
        /// Records in the ledger.
        size: u64,
        /// What it said.
        said: String,
    },
    /// The witness does not know the ledger.
    #[error("{url} does not know the log `{origin}` ({said})")]
    UnknownLog {
        /// Who was asked.
        url: String,
        /// The ledger's identity.
        origin: String,
        /// What it said.
        said: String,
    },
    /// The witness does not trust who signed the checkpoint.
    #[error("{url} does not accept the key that signed the checkpoint ({said})")]
    LogKey {
        /// Who was asked.
        url: String,
        /// What it said.
        said: String,
    },
    /// Any other answer.
    #[error("{url}: {reason}")]
    Answer {
        /// Who was asked.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Signature lines that are none, or do not hold.
    #[error("{url}: what it answered {source}")]
    Note {
        /// Who was asked.
        url: String,
        /// What is wrong.
        source: NoteError,
    },
    /// Its clock and ours cannot both be right.
    #[error("{url} says that it is {theirs}, and here it is {ours}")]
    Clock {
        /// Who was asked.
        url: String,
        /// Its time.
        theirs: Timestamp,
        /// Ours.
        ours: Timestamp,
    },
    /// Not the time stamp that was asked for.
    #[error("{url}: {source}")]
    Stamp {
        /// Who was asked.
        url: String,
        /// What is wrong.
        source: StampError,
    },
}

impl AnchorError {
    /// What to do next.
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Empty => Some("`assize gate` makes a record"),
            Self::LogKey { .. } | Self::UnknownLog { .. } => Some(
                "give who runs the witness the origin and the verifier key of this ledger, which \
                 `assize log head --key PUBLIC_KEY` shows",
            ),
            Self::Cut { .. } | Self::Rewritten { .. } => Some(
                "keep this folder as it is; ask who has an older copy or a checkpoint, and hold \
                 it against that with `assize verify --since`",
            ),
            _ => None,
        }
    }

    /// Whether it says that the ledger itself is not what it was.
    pub const fn accuses(&self) -> bool {
        matches!(self, Self::Cut { .. } | Self::Rewritten { .. })
    }
}
