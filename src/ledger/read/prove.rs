//! Proofs out of a ledger's files, for others to verify.

use std::path::Path;

use super::{Entry, ReadError, Reader};
use crate::digest::Digest;
use crate::ledger::merkle;
use crate::ledger::proof::{Consistency, Receipt};

/// How often a ledger that others append to is read anew.
const TRIES_MAX: usize = 100;

/// Returns the receipt of a record that was appended to the ledger in `dir`.
///
/// # Errors
/// As [`Reader::receipt`].
pub fn receipt(dir: &Path, entry: &Entry) -> Result<Receipt, ReadError> {
    settled(dir, |reader| reader.receipt(entry))
}

/// Returns the proof that the ledger in `dir` continues the one it was at `old` records.
///
/// # Errors
/// As [`Reader::consistency`].
pub fn consistency(dir: &Path, old: u64) -> Result<Consistency, ReadError> {
    settled(dir, |reader| reader.consistency(old))
}

/// Returns the hashes that show that the ledger in `dir`, when it had `size` records,
/// continued the one it was at `old`. It may have grown since.
///
/// # Errors
/// Tiles that cannot be read, and more records than there are.
pub fn growth(dir: &Path, old: u64, size: u64) -> Result<Vec<Digest>, ReadError> {
    settled(dir, |reader| {
        if old > size || size > reader.checkpoint.size {
            return Err(reader.beyond(old.max(size)));
        }
        merkle::consistency(&reader.tree(), old, size)
    })
}

/// Returns what `read` makes of the ledger in `dir`.
///
/// An append takes partial tiles away once its checkpoint is written: what is missing then
/// belongs to a checkpoint that is no longer the ledger's, and the next one is taken.
fn settled<T>(dir: &Path, read: impl Fn(&Reader) -> Result<T, ReadError>) -> Result<T, ReadError> {
    let mut reader = Reader::open(dir)?;
    for _ in 0..TRIES_MAX {
        let error = match read(&reader) {
            Err(error @ ReadError::Tile { .. }) => error,
            other => return other,
        };
        let next = Reader::open(dir)?;
        if next.checkpoint_bytes == reader.checkpoint_bytes {
            return Err(error);
        }
        reader = next;
    }
    read(&reader)
}

impl Reader {
    /// Returns the proof that `entry` is in this ledger.
    ///
    /// # Errors
    /// Tiles that cannot be read, and an entry beyond the checkpoint.
    pub fn receipt(&self, entry: &Entry) -> Result<Receipt, ReadError> {
        let size = self.checkpoint.size;
        if entry.index >= size {
            return Err(self.beyond(entry.index.saturating_add(1)));
        }
        Ok(Receipt {
            index: entry.index,
            record: entry.line.clone(),
            hashes: merkle::inclusion(&self.tree(), entry.index, size)?,
            checkpoint: self.checkpoint_bytes.clone(),
        })
    }

    /// Returns the proof that this ledger continues the one it was at `old` records.
    ///
    /// # Errors
    /// Tiles that cannot be read, and more records than there are.
    pub fn consistency(&self, old: u64) -> Result<Consistency, ReadError> {
        let size = self.checkpoint.size;
        if old > size {
            return Err(self.beyond(old));
        }
        Ok(Consistency {
            old,
            hashes: merkle::consistency(&self.tree(), old, size)?,
            checkpoint: self.checkpoint_bytes.clone(),
        })
    }

    fn beyond(&self, old: u64) -> ReadError {
        ReadError::Beyond {
            path: self.dir.clone(),
            size: self.checkpoint.size,
            old,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::fs;

    use super::*;
    use crate::ledger::tests::{ledger, statement};

    #[test]
    fn a_ledger_that_grows_meanwhile_is_read_anew_and_a_damaged_one_is_not() {
        let dir = tempfile::tempdir().unwrap();
        ledger(dir.path()).append(&[statement("a")]).unwrap();
        let entry = Reader::open(dir.path()).unwrap().entry(0).unwrap().unwrap();
        let appends = Cell::new(0);
        let proof = settled(dir.path(), |reader| {
            if appends.get() < 3 {
                appends.set(appends.get() + 1);
                ledger(dir.path()).append(&[statement("b")]).unwrap();
            }
            reader.receipt(&entry)
        });
        // The first tree has one leaf, and needs no tile.
        assert_eq!(proof.unwrap().hashes.len(), 0);
        appends.set(0);
        let proof = settled(dir.path(), |reader| {
            if appends.get() < 3 {
                appends.set(appends.get() + 1);
                ledger(dir.path()).append(&[statement("b")]).unwrap();
            }
            reader.receipt(&entry)
        });
        assert_eq!(proof.unwrap().hashes.len(), 3, "of seven records");

        fs::remove_dir_all(dir.path().join("tile")).unwrap();
        assert!(matches!(
            receipt(dir.path(), &entry),
            Err(ReadError::Tile { .. })
        ));
    }

    #[test]
    fn nothing_is_proved_beyond_the_end() {
        let dir = tempfile::tempdir().unwrap();
        ledger(dir.path()).append(&[statement("a")]).unwrap();
        let reader = Reader::open(dir.path()).unwrap();
        let entry = Entry {
            index: 1,
            line: Vec::new(),
        };
        assert!(matches!(
            reader.receipt(&entry),
            Err(ReadError::Beyond {
                size: 1,
                old: 2,
                ..
            })
        ));
        assert!(reader.consistency(2).is_err());
        assert_eq!(reader.consistency(1).unwrap().hashes, []);
        assert_eq!(reader.consistency(0).unwrap().hashes, []);
    }
}
