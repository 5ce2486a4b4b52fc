//! The append-only ledger in a folder: chain, Merkle tree, checkpoint, blobs, recovery.
//!
//! ```text
//! records.intoto.jsonl      one signed record a line; index = line number
//! checkpoint                origin, size and root of the tree, signed
//! tile/<L>/<N>[.p/<W>]      the tree's hashes
//! blob/sha256/ab/<hex>      what the records name by digest
//! anchor/<size>/            what others said of a checkpoint
//! lock  tmp/  records.intoto.jsonl.torn-<n>
//! ```
//!
//! The bytes are in `docs/spec/ledger.md`. This module appends and reads; whether a
//! ledger is sound, `verify` says, and nothing here returns a proof of it.
//!
//! INVARIANTS
//! - A line, once acknowledged, is never changed, moved or removed by us.
//! - `prev` of a record is SHA-256 of the line before, and the same bytes are the leaf
//!   of the tree: chain and tree are over one sequence.
//! - A blob is durable before the line that names it, the line before the tiles, the
//!   tiles before the checkpoint, the checkpoint before the caller hears of it.
//! - What a crash leaves behind is completed or set aside by the next append; what no
//!   crash can leave behind is refused.
//! - Appending reads the end of the ledger only: its cost does not grow with the size.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use crate::digest::Digest;
use crate::record::{self, Position};
use crate::signing::{
    Signer, TrustPolicy,
    dsse::{Envelope, IN_TOTO},
};

pub mod anchors;
mod blob;
pub mod checkpoint;
mod commit;
mod error;
pub mod merkle;
pub mod proof;
pub mod read;
mod recover;
#[cfg(feature = "object-store")]
mod replica;
pub(crate) mod store;
pub mod tile;

pub use blob::blob_path;
pub use checkpoint::{Checkpoint, CheckpointError, Origin};
pub use error::LedgerError;
pub use proof::{Consistency, ProofError, Receipt};
pub use read::BlobSource;
pub use recover::Recovery;
#[cfg(feature = "object-store")]
pub(crate) use replica::Replica;
#[cfg(feature = "object-store")]
pub use replica::ReplicaError;

pub(crate) use commit::Head;
#[cfg(feature = "object-store")]
pub(crate) use recover::{checkpoint_verifiers, continues};
use store::{Folder, LockMode, Store};

/// File of signed records.
pub const RECORDS: &str = "records.intoto.jsonl";
/// File of the signed size and root.
pub const CHECKPOINT: &str = "checkpoint";
/// File that appenders lock.
pub const LOCK: &str = "lock";
/// Folder of files that have no name yet.
const TMP: &str = "tmp";

/// Most bytes in a line, without its newline: what a C2SP log entry can hold.
pub const LINE_SIZE_MAX: usize = 65_535;
/// Most bytes in the lines of one batch.
pub const BATCH_SIZE_MAX: usize = 64 << 20;
/// Most bytes in a blob.
pub const BLOB_SIZE_MAX: u64 = 128 << 20;

/// Who writes a ledger.
#[derive(Debug, Clone)]
pub struct Options {
    /// The identity of a ledger that does not exist yet. One that does keeps its own.
    pub origin: Origin,
    /// Signs records.
    pub record_key: Signer,
    /// Signs checkpoints.
    pub checkpoint_key: Signer,
    /// Who else may have signed the last checkpoint, and records that a crash left
    /// beyond it. The two keys above need not be in it.
    pub trust: TrustPolicy,
}

type Build<'a> =
    dyn Fn(&Position) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> + 'a;

/// A record before it has a place.
pub struct Draft<'a> {
    build: Box<Build<'a>>,
    blobs: Vec<Cow<'a, [u8]>>,
}

/// A record that is durable, chained, in the tree and under the checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// SHA-256 of the record's line: the `prev` of the next.
    pub line_digest: Digest,
    /// Where the record stands.
    pub position: Position,
    /// The line, without its newline.
    pub line: Vec<u8>,
}

/// What one append did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The records, in the order of their drafts.
    pub appended: Vec<Appended>,
    /// The signed checkpoint that covers them.
    pub checkpoint: Vec<u8>,
    /// What an earlier, interrupted append had left behind.
    pub recovery: Recovery,
}

/// What records can be appended to, wherever it is kept.
pub trait Appender: fmt::Debug {
    /// Appends a batch: all of it, or what of it is durable is completed by the next append.
    ///
    /// # Errors
    /// Everything in [`LedgerError`]. After an error the batch may be in the ledger
    /// none, in part from its start, or whole; it was not acknowledged.
    fn append(&self, drafts: &[Draft<'_>]) -> Result<Batch, LedgerError>;
}

/// A ledger in a folder that may be appended to.
#[derive(Debug)]
pub struct Ledger {
    inner: Writer<Folder>,
}

impl<'a> Draft<'a> {
    /// Returns a draft whose payload, an in-toto statement, `build` makes for its position.
    ///
    /// `build` runs under the ledger's lock and may be called for another position than
    /// the draft ends up at: it must have no effects.
    pub fn new(
        build: impl Fn(&Position) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> + 'a,
    ) -> Self {
        Self {
            build: Box::new(build),
            blobs: Vec::new(),
        }
    }

    /// Returns the content that was added.
    #[cfg(feature = "object-store")]
    pub(crate) fn blobs(&self) -> impl Iterator<Item = &[u8]> {
        self.blobs.iter().map(AsRef::as_ref)
    }

    /// Adds content that the record names by digest.
    #[must_use]
    pub fn with_blob(mut self, bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        self.blobs.push(bytes.into());
        self
    }
}

impl Ledger {
    /// Returns the ledger in `dir`. Touches no file: the folder is created, and what a
    /// crash left is recovered, by the first append.
    pub fn new(dir: &Path, options: Options) -> Self {
        Self {
            inner: Writer {
                store: Folder::new(dir),
                options,
            },
        }
    }

    /// Appends a batch: all of it, or what of it is durable is completed by the next append.
    ///
    /// Takes the ledger's lock, across processes, and waits for it. When this returns
    /// `Ok`, every record of the batch survives a power cut.
    ///
    /// # Errors
    /// Everything in [`LedgerError`]. After an error the batch may be in the ledger
    /// none, in part from its start, or whole; it was not acknowledged.
    pub fn append(&self, drafts: &[Draft<'_>]) -> Result<Batch, LedgerError> {
        self.inner.append(drafts)
    }

    /// Completes or sets aside what an interrupted append left; creates a ledger that
    /// does not exist.
    ///
    /// # Errors
    /// As [`Ledger::append`].
    pub fn recover(&self) -> Result<Recovery, LedgerError> {
        self.inner.append(&[]).map(|batch| batch.recovery)
    }
}

impl Appender for Ledger {
    fn append(&self, drafts: &[Draft<'_>]) -> Result<Batch, LedgerError> {
        self.inner.append(drafts)
    }
}

/// [`Ledger`] over any store.
#[derive(Debug)]
pub(crate) struct Writer<S> {
    pub(crate) store: S,
    pub(crate) options: Options,
}

impl<S: Store> Writer<S> {
    pub(crate) fn append(&self, drafts: &[Draft<'_>]) -> Result<Batch, LedgerError> {
        let store = &self.store;
        let blobs: Vec<&[u8]> = drafts
            .iter()
            .flat_map(|draft| draft.blobs.iter().map(AsRef::as_ref))
            .collect();
        if !blobs.is_empty() {
            // ORDER: blobs are durable before the line that names them. Many may add
            // blobs at once; nobody clears `tmp` meanwhile.
            let _lock = store
                .lock(LockMode::Shared)
                .map_err(LedgerError::io(store, "lock", LOCK))?;
            blob::store_all(store, &blobs)?;
        }
        let _lock = store
            .lock(LockMode::Exclusive)
            .map_err(LedgerError::io(store, "lock", LOCK))?;
        let (mut head, recovery) = recover::head(store, &self.options)?;
        let appended = self.options.sign_all(&head, drafts)?;
        if !appended.is_empty() {
            let lines: Vec<&[u8]> = appended.iter().map(|a| a.line.as_slice()).collect();
            head.commit(
                store,
                &self.options.checkpoint_key,
                &lines,
                commit::Place::End,
            )?;
        }
        Ok(Batch {
            appended,
            checkpoint: head.checkpoint_bytes,
            recovery,
        })
    }
}

impl Options {
    /// Builds and signs every draft for its place.
    pub(crate) fn sign_all(
        &self,
        head: &Head,
        drafts: &[Draft<'_>],
    ) -> Result<Vec<Appended>, LedgerError> {
        let mut appended = Vec::with_capacity(drafts.len());
        let mut prev = head.line_digest;
        let mut size = 0;
        for (index, draft) in (head.edge.size()..).zip(drafts) {
            let position = Position {
                origin: head.origin.as_str().to_owned(),
                index,
                prev,
            };
            let one = self.sign(draft, position)?;
            prev = one.line_digest;
            size += one.line.len() + 1;
            appended.push(one);
        }
        if size > BATCH_SIZE_MAX {
            return Err(LedgerError::BatchSize);
        }
        Ok(appended)
    }

    fn sign(&self, draft: &Draft<'_>, position: Position) -> Result<Appended, LedgerError> {
        let index = position.index;
        let payload =
            (draft.build)(&position).map_err(|source| LedgerError::Draft { index, source })?;
        let claimed =
            record::position(&payload).map_err(|source| LedgerError::Record { index, source })?;
        // INVARIANT: what is signed says where it stands, so that any one record pins
        // all before it.
        if claimed != position {
            return Err(LedgerError::Position {
                origin: position.origin,
                index,
            });
        }
        let line = Envelope::sign(IN_TOTO, &payload, &self.record_key)
            .map_err(|source| LedgerError::Sign { index, source })?
            .to_line();
        if line.len() > LINE_SIZE_MAX {
            return Err(LedgerError::LineSize {
                index,
                size: line.len(),
            });
        }
        Ok(Appended {
            line_digest: Digest::of(&line),
            position,
            line,
        })
    }
}

#[cfg(test)]
pub(crate) mod tests;
