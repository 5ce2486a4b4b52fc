//! A ledger in an object store that many machines write: S3, Google Cloud Storage, Azure.
//!
//! ```text
//! records/<first index, 20 digits>   1 to 256 whole lines; created once, never changed
//! checkpoint                         as in a folder; replaced by compare-and-swap
//! tile/…  blob/…                     as in a folder; created once
//! ```
//!
//! The protocol is in `docs/spec/ledger.md`. Nothing locks: the commit point of an append
//! is that an object of `records/` is *created where there is none*. The object after one
//! of `n` lines at index `i` is called `i + n`, so that exactly one can follow another and
//! a writer who has not seen it fails.
//!
//! INVARIANTS
//! - Nothing is ever overwritten but the checkpoint, and nothing is removed.
//! - A line, once its object is there, is part of the ledger: who finds it beyond the
//!   checkpoint takes it over, or refuses the ledger.
//! - A request whose end is not known is found out about, not repeated blindly: what was
//!   written is told by a number of its own from the same bytes of somebody else.
//! - Async stays in `objects`: a current-thread runtime there, and nowhere else.
//!
//! TRUST: names, sizes and contents are the store's word. All is bounded, and what is
//! written to disk has a name that we made.

use std::path::Path;

use crate::digest::Digest;
use crate::ledger::read::{Entry, ReadError};
use crate::ledger::{Appender, Batch, CHECKPOINT, Checkpoint, Draft, LedgerError, Options};
use crate::ledger::{BlobSource, Receipt, ReplicaError, merkle};
use crate::signing::note;

mod append;
mod objects;
mod place;
mod retry;
mod source;
mod sync;
mod tip;
mod transport;
mod tree;

pub use place::{Place, PlaceError};
pub use sync::{Extent, Synced};

use objects::{Bucket, Objects};
use retry::Patience;
use tree::RemoteTree;

/// Folder of the objects that hold records.
const RECORDS: &str = "records";
/// Most lines in one object.
const LINES_MAX: usize = 256;
/// Most bytes in an object of records.
const OBJECT_SIZE_MAX: u64 = LINES_MAX as u64 * (crate::ledger::LINE_SIZE_MAX as u64 + 1);

/// A ledger in an object store that may be appended to.
#[derive(Debug)]
pub struct Ledger {
    bucket: Bucket,
    options: Options,
}

impl Ledger {
    /// Returns the ledger at `place`. Asks nobody: it is made by the first append.
    ///
    /// # Errors
    /// Settings in the environment that do not make a client.
    pub fn new(place: &Place, options: Options) -> Result<Self, PlaceError> {
        Ok(Self {
            bucket: Bucket::open(place)?,
            options,
        })
    }
}

impl Appender for Ledger {
    fn append(&self, drafts: &[Draft<'_>]) -> Result<Batch, LedgerError> {
        append::Writer {
            objects: &self.bucket,
            options: &self.options,
            patience: Patience::default(),
        }
        .append(drafts)
    }
}

/// What reads single things of a ledger in an object store, without a copy of it.
#[derive(Debug)]
pub struct Reader {
    bucket: Bucket,
}

impl Reader {
    /// Returns what reads the ledger at `place`.
    ///
    /// # Errors
    /// As [`Ledger::new`].
    pub fn open(place: &Place) -> Result<Self, PlaceError> {
        Ok(Self {
            bucket: Bucket::open(place)?,
        })
    }

    /// Brings the copy of the ledger in `dir` to the state of the ledger; none where there
    /// is no ledger.
    ///
    /// # Errors
    /// Objects that cannot be read, a ledger that is not sound, and a copy of another one.
    pub fn copy_to(&self, dir: &Path, extent: Extent) -> Result<Option<Synced>, ReplicaError> {
        sync::down(&self.bucket, &Patience::default(), dir, extent)
    }

    /// Returns the receipt of a record that was appended: reads the checkpoint and the
    /// tiles on the way to its root.
    ///
    /// # Errors
    /// Objects that cannot be read, and a ledger that does not have the record.
    pub fn receipt(&self, entry: &Entry) -> Result<Receipt, ReadError> {
        receipt(&self.bucket, entry)
    }
}

impl BlobSource for Reader {
    fn blob(&self, digest: &Digest) -> Result<Option<Vec<u8>>, ReadError> {
        let found = sync::blob(&self.bucket, &Patience::default(), digest);
        found.map_err(|error| ReadError::Io {
            path: self.bucket.display(&crate::ledger::blob_path(digest)),
            source: std::io::Error::other(error),
        })
    }
}

fn receipt<O: Objects>(objects: &O, entry: &Entry) -> Result<Receipt, ReadError> {
    let path = objects.display(CHECKPOINT);
    let found = retry::read(
        objects,
        &Patience::default(),
        CHECKPOINT,
        note::SIZE_MAX as u64,
    )
    .map_err(|source| unread(&path, source))?;
    let bytes = found
        .ok_or_else(|| ReadError::Missing {
            path: objects.display(""),
        })?
        .bytes;
    let (checkpoint, _) =
        Checkpoint::parse(&bytes).map_err(|source| ReadError::Checkpoint { path, source })?;
    if entry.index >= checkpoint.size {
        return Err(ReadError::Beyond {
            path: objects.display(""),
            size: checkpoint.size,
            old: entry.index.saturating_add(1),
        });
    }
    let tree = RemoteTree::new(objects, checkpoint.size);
    Ok(Receipt {
        index: entry.index,
        record: entry.line.clone(),
        hashes: merkle::inclusion(&tree, entry.index, checkpoint.size)?,
        checkpoint: bytes,
    })
}

fn unread(path: &Path, source: objects::ObjectError) -> ReadError {
    ReadError::Io {
        path: path.to_owned(),
        source: std::io::Error::other(source),
    }
}

/// Returns the path of the object whose first line has `index`.
fn records_path(index: u64) -> String {
    format!("{RECORDS}/{index:020}")
}

/// Reads the name of an object in `records/`; none where it is spelt in another way.
fn first_index(name: &str) -> Option<u64> {
    let index = name.parse().ok()?;
    (format!("{index:020}") == name).then_some(index)
}

#[cfg(test)]
mod tests;
