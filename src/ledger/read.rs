//! Reading a ledger without lock and without judgement: for `log list`, `show`, `head`.
//!
//! TRUST: nothing read here is verified. Whoever needs that asks `verify`.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::blob;
use super::checkpoint::{Checkpoint, CheckpointError};
use super::store::{Folder, LockMode, Store as _};
use super::{BLOB_SIZE_MAX, CHECKPOINT, LINE_SIZE_MAX, RECORDS, blob_path};
use crate::digest::Digest;
use crate::record;
use crate::signing::{dsse::Envelope, note};

mod files;
mod prove;
mod tail;
mod tree;

pub(crate) use files::{Line, LineError, Lines, file, regular};
pub use prove::{consistency, growth, receipt};
pub(crate) use tail::end_of;
pub(super) use tail::find_line;
pub use tree::TreeReader;
#[cfg(feature = "object-store")]
pub(crate) use tree::node;

use files::open;

/// A ledger that cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// There is no ledger.
    #[error("`{path}` holds no ledger: there is no `{CHECKPOINT}` in it")]
    Missing {
        /// The folder.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot read `{path}`")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Not a regular file.
    #[error("`{path}` is not a regular file")]
    Irregular {
        /// The file.
        path: PathBuf,
    },
    /// Larger than it may be.
    #[error("`{path}` is larger than {size_max} bytes")]
    Size {
        /// The file.
        path: PathBuf,
        /// Most bytes allowed.
        size_max: u64,
    },
    /// The checkpoint is malformed.
    #[error("`{path}`")]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: CheckpointError,
    },
    /// A line is longer than an entry may be.
    #[error("`{path}`: line {line} is longer than {LINE_SIZE_MAX} bytes")]
    Line {
        /// The file.
        path: PathBuf,
        /// 1-based line.
        line: u64,
    },
    /// The file ends before the checkpoint's last record.
    #[error("`{path}` ends at line {line}, before the {size} records of the checkpoint")]
    Short {
        /// The file.
        path: PathBuf,
        /// Whole lines in the file.
        line: u64,
        /// Records that the checkpoint says there are.
        size: u64,
    },
    /// A proof from a size that the ledger does not have.
    #[error("`{path}` has {size} records, and {old} are asked for")]
    Beyond {
        /// The folder.
        path: PathBuf,
        /// Records in the ledger.
        size: u64,
        /// Records asked for.
        old: u64,
    },
    /// A tile does not have the hashes that its name says.
    #[error("`{path}` does not hold the hashes that its name says")]
    Tile {
        /// The file.
        path: PathBuf,
    },
    /// A blob's content is not what its name says.
    #[error("`{path}` was altered: its content does not have the digest in its name")]
    Blob {
        /// The file.
        path: PathBuf,
    },
}

/// Where content is that a copy of a ledger does not hold yet.
pub trait BlobSource: fmt::Debug {
    /// Returns the content with `digest`; none if it is not there either.
    ///
    /// # Errors
    /// A source that cannot be read, and altered content.
    fn blob(&self, digest: &Digest) -> Result<Option<Vec<u8>>, ReadError>;
}

/// A ledger as of its checkpoint.
#[derive(Debug)]
pub struct Reader {
    dir: PathBuf,
    checkpoint: Checkpoint,
    checkpoint_bytes: Vec<u8>,
    elsewhere: Option<Box<dyn BlobSource>>,
}

/// A line and its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// 0-based number.
    pub index: u64,
    /// The line, without its newline.
    pub line: Vec<u8>,
}

impl Entry {
    /// Returns the digest that the next record names as `prev`.
    pub fn line_digest(&self) -> Digest {
        Digest::of(&self.line)
    }
}

impl Reader {
    /// Opens the ledger in `dir`, as its checkpoint is now.
    ///
    /// # Errors
    /// No ledger, and a malformed checkpoint.
    pub fn open(dir: &Path) -> Result<Self, ReadError> {
        let path = dir.join(CHECKPOINT);
        let checkpoint_bytes =
            file(&path, note::SIZE_MAX as u64)?.ok_or_else(|| ReadError::Missing {
                path: dir.to_owned(),
            })?;
        let (checkpoint, _) = Checkpoint::parse(&checkpoint_bytes)
            .map_err(|source| ReadError::Checkpoint { path, source })?;
        Ok(Self {
            dir: dir.to_owned(),
            checkpoint,
            checkpoint_bytes,
            elsewhere: None,
        })
    }

    /// Fetches content that is not in the folder from `source`, and keeps it there.
    #[must_use]
    pub fn with_blobs_of(mut self, source: Box<dyn BlobSource>) -> Self {
        self.elsewhere = Some(source);
        self
    }

    /// Returns the folder that is read.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Returns origin, size and root.
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Returns the signed checkpoint.
    pub fn checkpoint_bytes(&self) -> &[u8] {
        &self.checkpoint_bytes
    }

    /// Returns the entries, from the first on.
    ///
    /// # Errors
    /// An unreadable file. Each item has its own.
    pub fn entries(&self) -> Result<Entries, ReadError> {
        let path = self.dir.join(RECORDS);
        let file = match regular(&path)? {
            Some(_) => open(&path)?,
            None => {
                return Err(ReadError::Io {
                    path,
                    source: io::ErrorKind::NotFound.into(),
                });
            }
        };
        Ok(Entries {
            lines: Lines::new(BufReader::with_capacity(1 << 18, file)),
            path,
            size: self.checkpoint.size,
            index: 0,
        })
    }

    /// Returns one entry; none beyond the checkpoint.
    ///
    /// # Errors
    /// As [`Reader::entries`].
    pub fn entry(&self, index: u64) -> Result<Option<Entry>, ReadError> {
        if index >= self.checkpoint.size {
            return Ok(None);
        }
        for entry in self.entries()? {
            let entry = entry?;
            if entry.index == index {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// Returns the last entry; none in an empty ledger. Reads the end of the file only,
    /// where that is the checkpoint's last record.
    ///
    /// # Errors
    /// As [`Reader::entries`].
    pub fn last(&self) -> Result<Option<Entry>, ReadError> {
        let Some(index) = self.checkpoint.size.checked_sub(1) else {
            return Ok(None);
        };
        let path = self.dir.join(RECORDS);
        let io = |source| ReadError::Io {
            path: path.clone(),
            source,
        };
        if regular(&path)?.is_some() {
            let mut records = open(&path)?;
            let size = records.seek(SeekFrom::End(0)).map_err(io)?;
            let start = size.saturating_sub(LINE_SIZE_MAX as u64 + 2);
            records.seek(SeekFrom::Start(start)).map_err(io)?;
            let mut bytes = Vec::new();
            records
                .take(size - start)
                .read_to_end(&mut bytes)
                .map_err(io)?;
            if let Some(entry) = last_line(&bytes, start == 0, index) {
                return Ok(Some(entry));
            }
        }
        self.entry(index)
    }

    /// Returns the tree's hashes, for proofs (`merkle::inclusion`, `merkle::consistency`).
    pub fn tree(&self) -> TreeReader<'_> {
        TreeReader::new(&self.dir, self.checkpoint.size)
    }

    /// Returns the content with `digest`, which it has; none if it is not there.
    ///
    /// # Errors
    /// Unreadable, oversized and altered files.
    pub fn blob(&self, digest: &Digest) -> Result<Option<Vec<u8>>, ReadError> {
        let path = self.dir.join(blob_path(digest));
        let Some(bytes) = file(&path, BLOB_SIZE_MAX)? else {
            return self.fetch(digest);
        };
        if Digest::of(&bytes) != *digest {
            return Err(ReadError::Blob { path });
        }
        Ok(Some(bytes))
    }
}

impl Reader {
    /// Returns content that the folder does not hold, and puts it there.
    fn fetch(&self, digest: &Digest) -> Result<Option<Vec<u8>>, ReadError> {
        let Some(source) = &self.elsewhere else {
            return Ok(None);
        };
        let Some(bytes) = source.blob(digest)? else {
            return Ok(None);
        };
        let path = || self.dir.join(blob_path(digest));
        if Digest::of(&bytes) != *digest {
            return Err(ReadError::Blob { path: path() });
        }
        let store = Folder::new(&self.dir);
        let kept = store
            .lock(LockMode::Shared)
            .map_err(|source| ReadError::Io {
                path: path(),
                source,
            });
        let _lock = kept?;
        blob::store_all(&store, &[&bytes]).map_err(|source| ReadError::Io {
            path: path(),
            source: io::Error::other(source),
        })?;
        Ok(Some(bytes))
    }
}

/// Returns the last line, if it is a record that says it has `index`.
fn last_line(bytes: &[u8], whole_file: bool, index: u64) -> Option<Entry> {
    let bytes = bytes.strip_suffix(b"\n")?;
    let line = match bytes.iter().rposition(|byte| *byte == b'\n') {
        Some(newline) => bytes.get(newline + 1..)?,
        None if whole_file => bytes,
        None => return None,
    };
    let envelope = Envelope::parse(line).ok()?;
    let position = record::position(envelope.unverified_payload()).ok()?;
    (position.index == index).then(|| Entry {
        index,
        line: line.to_vec(),
    })
}

/// The entries that a checkpoint covers.
#[derive(Debug)]
pub struct Entries {
    lines: Lines<BufReader<File>>,
    path: PathBuf,
    size: u64,
    index: u64,
}

impl Iterator for Entries {
    type Item = Result<Entry, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.index >= self.size {
            return None;
        }
        let index = self.index;
        let item = match self.lines.next_line() {
            Ok(Some(Line {
                bytes,
                terminated: true,
            })) => {
                self.index += 1;
                return Some(Ok(Entry { index, line: bytes }));
            }
            Ok(_) => ReadError::Short {
                path: self.path.clone(),
                line: index,
                size: self.size,
            },
            Err(LineError::TooLong) => ReadError::Line {
                path: self.path.clone(),
                line: index + 1,
            },
            Err(LineError::Io(source)) => ReadError::Io {
                path: self.path.clone(),
                source,
            },
        };
        // Nothing after the first error has a known place.
        self.index = self.size;
        Some(Err(item))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::ledger::tests::{ledger, statement};

    #[test]
    fn lists_shows_and_heads() {
        let dir = tempfile::tempdir().unwrap();
        let appended = ledger(dir.path()).append(&[statement("a"), statement("b")]);
        let appended = appended.unwrap().appended;
        let reader = Reader::open(dir.path()).unwrap();
        assert_eq!(reader.checkpoint().size, 2);
        let entries: Vec<_> = reader.entries().unwrap().map(Result::unwrap).collect();
        let lines = |entry: &Entry| (entry.index, entry.line_digest());
        assert_eq!(
            entries.iter().map(lines).collect::<Vec<_>>(),
            [(0, appended[0].line_digest), (1, appended[1].line_digest)]
        );
        assert_eq!(reader.last().unwrap().as_ref(), entries.last());
        assert_eq!(reader.entry(0).unwrap().as_ref(), entries.first());
        assert_eq!(reader.entry(2).unwrap(), None);
    }

    #[test]
    fn stops_at_the_checkpoint_and_says_when_there_is_less() {
        let dir = tempfile::tempdir().unwrap();
        ledger(dir.path()).append(&[statement("a")]).unwrap();
        let old = fs::read(dir.path().join(CHECKPOINT)).unwrap();
        ledger(dir.path()).append(&[statement("b")]).unwrap();
        let records = fs::read(dir.path().join(RECORDS)).unwrap();

        let reader = Reader::open(dir.path()).unwrap();
        fs::write(dir.path().join(RECORDS), &records[..records.len() - 1]).unwrap();
        let errors: Vec<_> = reader.entries().unwrap().filter_map(Result::err).collect();
        assert!(matches!(errors[..], [ReadError::Short { line: 1, .. }]));
        fs::write(dir.path().join(RECORDS), vec![b'x'; 70_000]).unwrap();
        assert!(matches!(
            reader.entries().unwrap().next(),
            Some(Err(ReadError::Line { line: 1, .. }))
        ));
        assert!(reader.last().is_err());

        fs::write(dir.path().join(RECORDS), &records).unwrap();
        fs::write(dir.path().join(CHECKPOINT), old).unwrap();
        let reader = Reader::open(dir.path()).unwrap();
        assert_eq!(reader.entries().unwrap().count(), 1);
        assert_eq!(reader.last().unwrap().unwrap().index, 0);
    }

    #[test]
    fn names_what_is_missing_or_altered() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(
            Reader::open(dir.path()),
            Err(ReadError::Missing { .. })
        ));
        ledger(dir.path())
            .append(&[statement("a").with_blob(b"evidence".as_slice())])
            .unwrap();
        let reader = Reader::open(dir.path()).unwrap();
        let digest = Digest::of(b"evidence");
        assert_eq!(reader.blob(&digest).unwrap().unwrap(), b"evidence");
        assert_eq!(reader.blob(&Digest::ZERO).unwrap(), None);
        let path = dir.path().join(blob_path(&digest));
        fs::remove_file(&path).unwrap();
        fs::write(&path, b"evidencf").unwrap();
        assert!(matches!(reader.blob(&digest), Err(ReadError::Blob { .. })));
    }
}
