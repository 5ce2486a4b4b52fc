//! Records that follow each other, held against the ledger that they are in.

use std::ops::Range;

use super::InteropError;
use crate::digest::Digest;
use crate::ledger::read::{self, Entry, Reader};
use crate::ledger::{Checkpoint, merkle};
use crate::record;
use crate::signing::dsse::Envelope;

/// Some records of a ledger: at least one.
#[derive(Debug)]
pub struct Span {
    reader: Reader,
    range: Range<u64>,
}

impl Span {
    /// Returns the records `range` of a ledger, as of the checkpoint of `reader`.
    ///
    /// # Errors
    /// A range that is empty or goes beyond the checkpoint.
    pub fn new(reader: Reader, range: Range<u64>) -> Result<Self, InteropError> {
        let size = reader.checkpoint().size;
        if range.is_empty() || range.end > size {
            return Err(InteropError::Range {
                from: range.start,
                to: range.end,
                size,
            });
        }
        Ok(Self { reader, range })
    }

    /// Returns which records.
    pub const fn range(&self) -> &Range<u64> {
        &self.range
    }

    /// Returns the ledger.
    pub const fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Holds every record against the ledger.
    ///
    /// # Errors
    /// As [`Span::each`].
    pub fn hold(&self) -> Result<(), InteropError> {
        self.each(|_, _| Ok(()))
    }

    /// Gives each record to `take`, in order. That they are those of the tree is known only
    /// at the end: whoever may not take back what they did calls [`Span::hold`] first.
    ///
    /// # Errors
    /// Files that cannot be read, records that are not where they say, and those of `take`.
    pub fn each<E: From<InteropError>>(
        &self,
        mut take: impl FnMut(&Entry, &Envelope) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut prev = Digest::ZERO;
        let mut last = None;
        for entry in self.reader.entries().map_err(InteropError::Read)? {
            let entry = entry.map_err(InteropError::Read)?;
            if entry.index >= self.range.end {
                break;
            }
            if self.range.contains(&entry.index) {
                let envelope = self.placed(&entry, prev)?;
                take(&entry, &envelope)?;
            } else if entry.index + 1 < self.range.start {
                continue;
            }
            prev = entry.line_digest();
            last = Some(entry);
        }
        // Each record names the digest of the one before: the last one stands for all.
        match last {
            Some(last) => Ok(self.in_tree(&last)?),
            None => Ok(()),
        }
    }

    /// Reads a record whose position is that of its line.
    fn placed(&self, entry: &Entry, prev: Digest) -> Result<Envelope, InteropError> {
        let damaged = |reason: String| InteropError::Damaged {
            index: entry.index,
            reason,
        };
        let envelope =
            Envelope::parse(&entry.line).map_err(|error| damaged(format!("the line {error}")))?;
        let position = record::position(envelope.unverified_payload())
            .map_err(|error| damaged(error.to_string()))?;
        if position.index != entry.index {
            return Err(damaged(format!("it says it is record {}", position.index)));
        }
        if position.origin != self.reader.checkpoint().origin.as_str() {
            return Err(damaged(format!("it says it is of `{}`", position.origin)));
        }
        if position.prev != prev {
            return Err(damaged("it does not continue the record before it".into()));
        }
        Ok(envelope)
    }

    /// The tree may have grown meanwhile, and is then the later one.
    fn in_tree(&self, entry: &Entry) -> Result<(), InteropError> {
        let damaged = |reason: String| InteropError::Damaged {
            index: entry.index,
            reason,
        };
        let receipt = read::receipt(self.reader.dir(), entry)?;
        let (checkpoint, _) = Checkpoint::parse(&receipt.checkpoint)
            .map_err(|error| damaged(format!("the checkpoint {error}")))?;
        let (index, size) = (receipt.index, checkpoint.size);
        let leaf = receipt.leaf();
        if !merkle::inclusion_holds(&leaf, index, size, &receipt.hashes, &checkpoint.root) {
            return Err(damaged("it is not in the tree of the checkpoint".into()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::ledger::RECORDS;
    use crate::ledger::tests::{ledger, statement};

    fn span(dir: &Path, range: Range<u64>) -> Result<Span, InteropError> {
        Span::new(Reader::open(dir).unwrap(), range)
    }

    fn indexes(span: &Span) -> Result<Vec<u64>, InteropError> {
        let mut seen = Vec::new();
        span.each(|entry, envelope| {
            assert_eq!(envelope.to_line(), entry.line);
            seen.push(entry.index);
            Ok::<_, InteropError>(())
        })?;
        Ok(seen)
    }

    fn four(dir: &Path) {
        let drafts = ["a", "b", "c", "d"].map(statement);
        ledger(dir).append(&drafts).unwrap();
    }

    #[test]
    fn gives_what_is_asked_for_and_nothing_beyond() {
        let dir = tempfile::tempdir().unwrap();
        four(dir.path());
        assert_eq!(
            indexes(&span(dir.path(), 0..4).unwrap()).unwrap(),
            [0, 1, 2, 3]
        );
        assert_eq!(indexes(&span(dir.path(), 1..3).unwrap()).unwrap(), [1, 2]);
        assert_eq!(indexes(&span(dir.path(), 3..4).unwrap()).unwrap(), [3]);
        let range = Range { start: 3, end: 2 };
        for empty in [0..0, 4..4, range, 3..5, 4..5] {
            let error = span(dir.path(), empty).unwrap_err();
            assert!(matches!(error, InteropError::Range { size: 4, .. }));
        }
    }

    #[test]
    fn a_ledger_that_grew_meanwhile_still_has_them() {
        let dir = tempfile::tempdir().unwrap();
        four(dir.path());
        let early = span(dir.path(), 0..4).unwrap();
        four(dir.path());
        assert_eq!(indexes(&early).unwrap(), [0, 1, 2, 3]);
    }

    #[test]
    fn damage_is_found_and_named() {
        let dir = tempfile::tempdir().unwrap();
        four(dir.path());
        let path = dir.path().join(RECORDS);
        let sound = fs::read_to_string(&path).unwrap();
        let lines: Vec<_> = sound.lines().collect();
        // Record 2 anew, by another key, and the last one after it.
        let forged = {
            let other = tempfile::tempdir().unwrap();
            let drafts = ["a", "b", "x", "d"].map(statement);
            ledger(other.path()).append(&drafts).unwrap();
            fs::read_to_string(other.path().join(RECORDS)).unwrap()
        };
        let forged: Vec<_> = forged.lines().collect();
        for (name, changed, index, reason) in [
            (
                "swapped",
                [lines[0], lines[2], lines[1], lines[3]],
                1,
                "says it is record 2",
            ),
            (
                "altered",
                [lines[0], lines[1], forged[2], lines[3]],
                3,
                "does not continue",
            ),
            (
                "all of the end",
                [lines[0], lines[1], forged[2], forged[3]],
                3,
                "not in the tree",
            ),
            (
                "no envelope",
                [lines[0], "{}", lines[2], lines[3]],
                1,
                "the line is not",
            ),
        ] {
            fs::write(&path, changed.map(|line| format!("{line}\n")).concat()).unwrap();
            let error = span(dir.path(), 0..4).unwrap().hold().unwrap_err();
            let InteropError::Damaged {
                index: at,
                reason: said,
            } = &error
            else {
                panic!("{name}: {error}")
            };
            assert_eq!(
                (*at, said.contains(reason)),
                (index, true),
                "{name}: {error}"
            );
        }
        // The first record of a span stands on one that is not in it.
        fs::write(
            &path,
            [forged[0], forged[1], forged[2], lines[3], ""].join("\n"),
        )
        .unwrap();
        assert!(span(dir.path(), 3..4).unwrap().hold().is_err());
        fs::write(&path, &sound.as_bytes()[..sound.len() / 2]).unwrap();
        let error = span(dir.path(), 0..4).unwrap().hold().unwrap_err();
        assert!(matches!(error, InteropError::Read(_)), "{error}");
        fs::write(&path, &sound).unwrap();
        fs::remove_dir_all(dir.path().join("tile")).unwrap();
        assert!(span(dir.path(), 0..4).unwrap().hold().is_err());
    }
}
