//! Why nothing was appended.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::checkpoint::CheckpointError;
use super::store::Store;
use super::{BATCH_SIZE_MAX, BLOB_SIZE_MAX, LINE_SIZE_MAX};
use crate::record::RecordError;
use crate::signing::{dsse::DsseError, note::NoteError};

/// Why nothing was appended.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The operating system refused.
    #[error("cannot {action} `{path}`")]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The folder, or the file system it is on, may not be written.
    #[error("ledger is read-only: cannot {action} `{path}`")]
    ReadOnly {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The checkpoint is missing beside records or tiles.
    #[error("`{path}` is missing although the ledger has entries: it was removed")]
    CheckpointMissing {
        /// Where it should be.
        path: PathBuf,
    },
    /// The checkpoint is malformed.
    #[error("`{path}`")]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: CheckpointError,
    },
    /// The checkpoint is not signed by a key that may.
    #[error("`{path}` is not signed by a key that this ledger's writer trusts")]
    CheckpointSigner {
        /// The file.
        path: PathBuf,
        /// Who signed it.
        source: NoteError,
    },
    /// An anchor that is not of this ledger.
    #[error("`{path}` {reason}: nothing was kept of the anchor")]
    Anchor {
        /// The checkpoint that it differs from.
        path: PathBuf,
        /// How.
        reason: &'static str,
    },
    /// A tile is missing or has the wrong size.
    #[error("`{path}` {reason}")]
    Tile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: &'static str,
    },
    /// The tiles do not have the checkpoint's root.
    #[error(
        "`{path}`: the tiles do not have the root that the checkpoint of size {size} signs: one of them was altered"
    )]
    Root {
        /// The folder of tiles.
        path: PathBuf,
        /// The checkpoint's size.
        size: u64,
    },
    /// The record that the checkpoint ends with is not there.
    #[error(
        "`{path}` does not hold the record with index {index}, with which the checkpoint ends: it was truncated or altered"
    )]
    Lost {
        /// The file of records.
        path: PathBuf,
        /// The record's index.
        index: u64,
    },
    /// A whole record beyond the checkpoint that no append of ours leaves behind.
    #[error("`{path}`: the record beyond the checkpoint, index {index}, {reason}")]
    Unfinished {
        /// The file of records.
        path: PathBuf,
        /// The record's index.
        index: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// A store that others reach too did not answer, or refused.
    #[error("cannot {action} `{path}`")]
    Remote {
        /// What was tried.
        action: &'static str,
        /// The object.
        path: PathBuf,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Others appended each time that it was tried.
    #[error("`{path}`: others appended each of the {tries} times that it was tried")]
    Contended {
        /// The ledger.
        path: PathBuf,
        /// How often.
        tries: u32,
    },
    /// The caller could not build a record.
    #[error("cannot build the record for index {index}")]
    Draft {
        /// The record's index.
        index: u64,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The caller built something that is not a record.
    #[error("the record for index {index} cannot be appended")]
    Record {
        /// The record's index.
        index: u64,
        /// What is wrong.
        source: RecordError,
    },
    /// The caller built a record for another place.
    #[error("the record for index {index} of `{origin}` claims another position")]
    Position {
        /// The ledger.
        origin: String,
        /// The record's index.
        index: u64,
    },
    /// A record is larger than an entry may be.
    #[error("the record for index {index} has {size} bytes, more than {LINE_SIZE_MAX}")]
    LineSize {
        /// The record's index.
        index: u64,
        /// Bytes in its line.
        size: usize,
    },
    /// A batch is larger than recovery could complete.
    #[error("the batch has more than {BATCH_SIZE_MAX} bytes: append it in parts")]
    BatchSize,
    /// A blob is larger than a reader would accept.
    #[error("a blob has {size} bytes, more than {BLOB_SIZE_MAX}")]
    BlobSize {
        /// Bytes in the blob.
        size: usize,
    },
    /// The envelope could not be made.
    #[error("cannot sign the record for index {index}")]
    Sign {
        /// The record's index.
        index: u64,
        /// Why.
        source: DsseError,
    },
}

impl LedgerError {
    /// Returns what maps an I/O error at `path` to its [`LedgerError`].
    pub(super) fn io<S: Store>(
        store: &S,
        action: &'static str,
        path: &str,
    ) -> impl FnOnce(io::Error) -> Self + use<S> {
        let path = store.display(path);
        move |source| match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly {
                action,
                path,
                source,
            },
            _ => Self::Io {
                action,
                path,
                source,
            },
        }
    }
}
