//! A folder that takes over the records of another copy of its ledger.
//!
//! What the other copy says is not believed: every line must be chained to the one before
//! it, and the whole must have the root of the other's checkpoint before that is written.
//! Signatures are for `verify`.
//!
//! INVARIANTS
//! - Nothing that is there is changed: a line that differs ends it, and is named.
//! - The checkpoint is written last. What was copied before a crash is found again, held
//!   against what comes, and not copied twice.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::checkpoint::Checkpoint;
use super::commit::{self, Head};
use super::read::{self, LineError, Lines, ReadError};
use super::store::{Folder, LockMode, Store as _};
use super::tile::{self, Edge, LEVELS_MAX, Tile, WIDTH};
use super::{CHECKPOINT, LedgerError, RECORDS, blob, merkle};
use crate::digest::Digest;
use crate::record;
use crate::signing::dsse::Envelope;
use crate::signing::note;

/// Bytes of lines that are made durable at once.
const PART_SIZE: usize = 4 << 20;

/// Two copies that are not of one ledger, or one that is not sound.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReplicaError {
    /// The two ledgers are not the same.
    #[error("`{path}` and `{other}` differ from record {index} on: one of them is forked")]
    Diverges {
        /// What is copied to.
        path: PathBuf,
        /// What is copied from.
        other: PathBuf,
        /// The first index that differs.
        index: u64,
    },
    /// The copy has more than what it is a copy of.
    #[error(
        "`{path}` has {size} records and `{other}` has {other_size}: the end was cut off, or the two were exchanged"
    )]
    Shorter {
        /// What is copied to.
        path: PathBuf,
        /// Records there.
        size: u64,
        /// What is copied from.
        other: PathBuf,
        /// Records there.
        other_size: u64,
    },
    /// What is copied from is not sound.
    #[error("`{path}`: record {index} {reason}")]
    Record {
        /// What is copied from.
        path: PathBuf,
        /// The index.
        index: u64,
        /// What is wrong.
        reason: String,
    },
    /// What is copied from is not sound.
    #[error("`{path}` {reason}")]
    Unsound {
        /// What is copied from, or a part of it.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The folder.
    #[error(transparent)]
    Folder(#[from] LedgerError),
    /// A copy that cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// A folder that takes over records.
#[derive(Debug)]
pub(crate) struct Replica {
    store: Folder,
    dir: PathBuf,
    other: PathBuf,
    head: Head,
    /// Partial tiles of the tree that the folder's checkpoint signs.
    stale: Vec<Tile>,
    full: Vec<(Tile, Vec<Digest>)>,
    /// Records under the folder's checkpoint.
    covered: u64,
    /// Where the next line belongs in the file, and how large that is.
    end: u64,
    file_size: u64,
    /// Lines that are not written yet.
    pending: Vec<u8>,
    _lock: File,
}

impl Replica {
    /// Opens the folder at the end of what it has; `from_start` makes every line that it
    /// has be held against the other copy's.
    ///
    /// # Errors
    /// A folder that is not sound itself.
    pub(crate) fn open(
        dir: &Path,
        other: (&Path, &Checkpoint),
        from_start: bool,
    ) -> Result<Self, ReplicaError> {
        let store = Folder::new(dir);
        let lock = store.lock(LockMode::Exclusive).map_err(LedgerError::io(
            &store,
            "lock",
            super::LOCK,
        ))?;
        let (other, checkpoint) = other;
        let own = own_checkpoint(dir)?;
        if let Some((own, _)) = &own {
            require_same(dir, own, other, checkpoint)?;
        }
        let covered = own.as_ref().map_or(0, |(own, _)| own.size);
        let path = dir.join(RECORDS);
        let file_size = read::regular(&path)?;
        if file_size.is_none() {
            store
                .create(RECORDS, b"")
                .map_err(LedgerError::io(&store, "create", RECORDS))?;
        }
        let mut replica = Self {
            head: Head {
                origin: checkpoint.origin.clone(),
                edge: Edge::default(),
                line_digest: Digest::ZERO,
                checkpoint_bytes: own
                    .as_ref()
                    .map_or_else(Vec::new, |(_, bytes)| bytes.clone()),
            },
            store,
            dir: dir.to_owned(),
            other: other.to_owned(),
            stale: partial(covered),
            full: Vec::new(),
            covered,
            end: 0,
            file_size: file_size.unwrap_or(0),
            pending: Vec::new(),
            _lock: lock,
        };
        if let Some((own, _)) = own.filter(|_| !from_start) {
            replica.skip_to(&own)?;
        }
        Ok(replica)
    }

    /// Returns the number of lines that were taken over or skipped.
    pub(crate) const fn size(&self) -> u64 {
        self.head.edge.size()
    }

    /// Returns SHA-256 of the last of them.
    pub(crate) const fn line_digest(&self) -> Digest {
        self.head.line_digest
    }

    /// Returns the number of records under the folder's checkpoint.
    pub(crate) const fn covered(&self) -> u64 {
        self.covered
    }

    /// Goes to the end of what the folder's checkpoint covers.
    fn skip_to(&mut self, own: &Checkpoint) -> Result<(), ReplicaError> {
        let damaged = |reason: &str| ReplicaError::Unsound {
            path: self.dir.clone(),
            reason: reason.to_owned(),
        };
        let hashes = |tile: &Tile| {
            let bytes = read::file(&self.dir.join(tile.path()), tile::SIZE_MAX)?;
            let hashes = bytes.and_then(|bytes| tile::from_bytes(&bytes));
            hashes
                .filter(|hashes| hashes.len() as u64 == tile.width)
                .ok_or_else(|| damaged("lacks a tile that its checkpoint needs"))
        };
        let edge = Edge::load(own.size, hashes)?;
        if edge.root() != own.root {
            return Err(damaged(
                "has tiles that do not have the root of its checkpoint",
            ));
        }
        let path = self.dir.join(RECORDS);
        let io = |source| ReadError::Io {
            path: path.clone(),
            source,
        };
        let file = File::open(&path).map_err(io)?;
        let mut lines = Lines::new(BufReader::with_capacity(1 << 18, file));
        let (mut end, mut last) = (0, Vec::new());
        for _ in 0..own.size {
            match lines.next_line() {
                Ok(Some(line)) if line.terminated => last = line.bytes,
                Ok(_) => return Err(damaged("has fewer records than its checkpoint says")),
                Err(LineError::TooLong) => return Err(damaged("has a line that is too long")),
                Err(LineError::Io(error)) => return Err(io(error).into()),
            }
            end += last.len() as u64 + 1;
        }
        let leaf = match edge.last_leaf() {
            Some(leaf) => Some(*leaf),
            None if own.size == 0 => None,
            None => hashes(&Tile {
                level: 0,
                number: own.size / WIDTH - 1,
                width: WIDTH,
            })?
            .last()
            .copied(),
        };
        if leaf.is_some_and(|leaf| leaf != merkle::leaf_hash(&last)) {
            return Err(damaged(
                "does not have the record with which its checkpoint ends",
            ));
        }
        if own.size > 0 {
            self.head.line_digest = Digest::of(&last);
        }
        self.head.edge = edge;
        self.end = end;
        Ok(())
    }

    /// Takes over the next line.
    ///
    /// # Errors
    /// A line that is not the next of this ledger, or not the one that is there.
    pub(crate) fn push(&mut self, line: &[u8]) -> Result<(), ReplicaError> {
        let index = self.size();
        self.require_next(line, index)?;
        let start = self.pending.len();
        self.pending.extend_from_slice(line);
        self.pending.push(b'\n');
        let at = self.end;
        let bytes = self.pending.get(start..).unwrap_or_default();
        if at < self.file_size {
            let there = self
                .store
                .read_at(RECORDS, at, bytes.len() as u64)
                .map_err(LedgerError::io(&self.store, "read", RECORDS))?;
            // What a crash left may end in the middle of a line.
            if !bytes.starts_with(&there) {
                return Err(ReplicaError::Diverges {
                    path: self.dir.clone(),
                    other: self.other.clone(),
                    index,
                });
            }
        }
        self.end += bytes.len() as u64;
        self.head.push(line, &mut self.full);
        if self.size() <= self.covered {
            // It is there, under the folder's checkpoint.
            self.pending.clear();
        } else if self.pending.len() >= PART_SIZE {
            self.flush()?;
        }
        Ok(())
    }

    fn require_next(&self, line: &[u8], index: u64) -> Result<(), ReplicaError> {
        let wrong = |reason: String| ReplicaError::Record {
            path: self.other.clone(),
            index,
            reason,
        };
        let envelope = Envelope::parse(line).map_err(|error| wrong(error.to_string()))?;
        let position = record::position(envelope.unverified_payload())
            .map_err(|error| wrong(error.to_string()))?;
        if position.origin != self.head.origin.as_str() {
            return Err(wrong(format!("belongs to ledger `{}`", position.origin)));
        }
        if position.index != index || position.prev != self.head.line_digest {
            return Err(wrong("is not chained to the record before it".to_owned()));
        }
        Ok(())
    }

    /// Writes what is pending over itself, or behind the end.
    fn flush(&mut self) -> Result<(), ReplicaError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let start = self.end - self.pending.len() as u64;
        self.store
            .overwrite(RECORDS, start, &self.pending)
            .map_err(LedgerError::io(&self.store, "append to", RECORDS))?;
        self.file_size = self.file_size.max(self.end);
        self.pending.clear();
        Ok(())
    }

    /// Stores content that a record names; it has the digest already.
    pub(crate) fn store_blob(&self, bytes: &[u8]) -> Result<(), ReplicaError> {
        Ok(blob::store_all(&self.store, &[bytes])?)
    }

    /// Whether content is there, by its size.
    pub(crate) fn has_blob(&self, digest: &Digest) -> bool {
        let path = self.dir.join(blob::blob_path(digest));
        read::regular(&path).is_ok_and(|size| size.is_some())
    }

    /// Returns the hashes of every tile that is complete or at the edge.
    pub(crate) fn tiles(&self) -> Vec<(Tile, Vec<Digest>)> {
        let edge = self.head.partial_since(&[]);
        self.full.iter().cloned().chain(edge).collect()
    }

    /// Ends it: the lines have the root that the other copy's checkpoint signs.
    ///
    /// # Errors
    /// Another root, and records beyond the other's end.
    pub(crate) fn finish(
        mut self,
        checkpoint: &Checkpoint,
        bytes: &[u8],
    ) -> Result<(), ReplicaError> {
        if self.head.checkpoint() != *checkpoint {
            return Err(ReplicaError::Unsound {
                path: self.other.join(CHECKPOINT),
                reason: "signs another root than that of the records".to_owned(),
            });
        }
        if self.file_size > self.end {
            // Nobody's checkpoint covers what follows.
            return Err(ReplicaError::Diverges {
                index: self.size(),
                path: self.dir,
                other: self.other,
            });
        }
        self.flush()?;
        if self.size() == self.covered && self.head.checkpoint_bytes == bytes {
            return Ok(());
        }
        self.store
            .sync_dir("")
            .map_err(LedgerError::io(&self.store, "make durable", ""))?;
        let tiles: Vec<_> = std::mem::take(&mut self.full)
            .into_iter()
            .chain(self.head.partial_since(&self.stale))
            .collect();
        Ok(commit::conclude(
            &self.store,
            &tiles,
            bytes,
            &self.stale,
            &self.head,
        )?)
    }
}

/// Returns the partial tiles of a tree of `size` entries.
fn partial(size: u64) -> Vec<Tile> {
    (0..LEVELS_MAX)
        .filter_map(|level| Tile::last(level, size))
        .filter(|tile| tile.width < WIDTH)
        .collect()
}

fn own_checkpoint(dir: &Path) -> Result<Option<(Checkpoint, Vec<u8>)>, ReplicaError> {
    let path = dir.join(CHECKPOINT);
    let Some(bytes) = read::file(&path, note::SIZE_MAX as u64)? else {
        return Ok(None);
    };
    let (checkpoint, _) =
        Checkpoint::parse(&bytes).map_err(|source| ReadError::Checkpoint { path, source })?;
    Ok(Some((checkpoint, bytes)))
}

/// Requires that `other` may be a later state of `own`.
fn require_same(
    dir: &Path,
    own: &Checkpoint,
    other: &Path,
    checkpoint: &Checkpoint,
) -> Result<(), ReplicaError> {
    let (path, other) = (dir.to_owned(), other.to_owned());
    if own.origin != checkpoint.origin {
        return Err(ReplicaError::Unsound {
            path: other,
            reason: format!(
                "is the ledger `{}`, and `{}` is `{}`",
                checkpoint.origin,
                path.display(),
                own.origin
            ),
        });
    }
    if own.size > checkpoint.size {
        return Err(ReplicaError::Shorter {
            path,
            size: own.size,
            other,
            other_size: checkpoint.size,
        });
    }
    Ok(())
}
