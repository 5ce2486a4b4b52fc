//! The end of a ledger in an object store: what the checkpoint covers, and what lies beyond.
//!
//! Reads the checkpoint, the tiles at the right edge, the object that holds the last line,
//! and those that follow it; never the whole. What is refused here is what no writer of
//! ours leaves, as in a folder.

use object_store::UpdateVersion;

use super::append::Writer;
use super::objects::{Object, Objects, Put};
use super::{LINES_MAX, OBJECT_SIZE_MAX, RECORDS, first_index, records_path, retry};
use crate::digest::Digest;
use crate::ledger::merkle::leaf_hash;
use crate::ledger::tile::{self, Edge, Tile, WIDTH};
use crate::ledger::{
    CHECKPOINT, Checkpoint, Head, LINE_SIZE_MAX, LedgerError, checkpoint_verifiers, continues,
};
use crate::signing::dsse::Envelope;
use crate::signing::note;

/// Most names that are asked for when the last object is looked for.
const NAMES_MAX: usize = 1_000;

/// The end of a ledger, as far as it was read.
#[derive(Debug)]
pub(super) struct Tip {
    pub(super) head: Head,
    /// Records under the checkpoint in the store.
    pub(super) covered: u64,
    /// What the checkpoint must still be to be replaced.
    pub(super) version: UpdateVersion,
    /// Partial tiles that the store has.
    pub(super) stale: Vec<Tile>,
    /// Tiles that have become full since.
    pub(super) full: Vec<(Tile, Vec<Digest>)>,
    /// Records of others beyond the checkpoint that were taken over.
    pub(super) adopted: u64,
}

/// A checkpoint that a trusted key signed.
#[derive(Debug)]
pub(super) struct Signed {
    pub(super) checkpoint: Checkpoint,
    pub(super) bytes: Vec<u8>,
    pub(super) version: UpdateVersion,
}

impl Tip {
    pub(super) fn push(&mut self, line: &[u8]) {
        self.head.push(line, &mut self.full);
    }
}

impl<O: Objects> Writer<'_, O> {
    /// Reads the end of the ledger; makes one that is not there.
    pub(super) fn tip(&self) -> Result<Tip, LedgerError> {
        let mut round = 0;
        let signed = loop {
            if let Some(signed) = self.checkpoint()? {
                break signed;
            }
            if round >= self.patience.rounds {
                return Err(self.contended(round));
            }
            round += 1;
            self.found()?;
        };
        let edge = Edge::load(signed.checkpoint.size, |tile| self.tile(tile))?;
        if edge.root() != signed.checkpoint.root {
            return Err(LedgerError::Root {
                path: self.objects.display("tile"),
                size: signed.checkpoint.size,
            });
        }
        let last_leaf = self.last_leaf(&edge)?;
        let head = Head {
            origin: signed.checkpoint.origin,
            edge,
            line_digest: Digest::ZERO,
            checkpoint_bytes: signed.bytes,
        };
        let mut tip = Tip {
            covered: signed.checkpoint.size,
            version: signed.version,
            stale: head.partial(),
            head,
            full: Vec::new(),
            adopted: 0,
        };
        let names = self.names_around(tip.covered)?;
        if let Some(leaf) = last_leaf {
            self.read_last(&mut tip, &names, &leaf)?;
        }
        // Names that were not listed are found out when the next object is created.
        let is_listed = |index| names.len() >= NAMES_MAX || names.contains(&index);
        if is_listed(tip.head.edge.size()) {
            self.walk(&mut tip)?;
        }
        Ok(tip)
    }

    /// Reads and verifies the checkpoint; none where there is none.
    pub(super) fn checkpoint(&self) -> Result<Option<Signed>, LedgerError> {
        let Some(object) = self.read(CHECKPOINT, note::SIZE_MAX as u64)? else {
            return Ok(None);
        };
        let path = || self.objects.display(CHECKPOINT);
        let (checkpoint, note) =
            Checkpoint::parse(&object.bytes).map_err(|source| LedgerError::Checkpoint {
                path: path(),
                source,
            })?;
        note.verify(&checkpoint_verifiers(self.options, &checkpoint))
            .map_err(|source| LedgerError::CheckpointSigner {
                path: path(),
                source,
            })?;
        Ok(Some(Signed {
            checkpoint,
            bytes: object.bytes,
            version: object.version,
        }))
    }

    /// Makes the ledger, unless somebody else does.
    fn found(&self) -> Result<(), LedgerError> {
        for folder in [RECORDS, "tile"] {
            let names = retry::again(&self.patience, || self.objects.after(folder, "", 1));
            let names = names.map_err(self.failed("list", folder))?;
            // TRUST: the checkpoint of the empty ledger precedes the first record. One who
            // made both meanwhile has left a checkpoint by now.
            if !names.is_empty() && self.read(CHECKPOINT, note::SIZE_MAX as u64)?.is_none() {
                return Err(LedgerError::CheckpointMissing {
                    path: self.objects.display(CHECKPOINT),
                });
            }
        }
        let empty = Checkpoint::empty(self.options.origin.clone());
        let bytes = self.signed(&empty)?;
        // ORDER: the ledger's identity is there before its first record. Of two who make
        // it, one is first, and the other takes the ledger that is there.
        retry::create(self.objects, &self.patience, CHECKPOINT, &bytes)
            .map(|_: Put| ())
            .map_err(self.failed("create", CHECKPOINT))
    }

    pub(super) fn signed(&self, checkpoint: &Checkpoint) -> Result<Vec<u8>, LedgerError> {
        let note = checkpoint.sign(&self.options.checkpoint_key);
        let note = note.map_err(|source| LedgerError::Checkpoint {
            path: self.objects.display(CHECKPOINT),
            source,
        })?;
        Ok(note.to_bytes())
    }

    fn tile(&self, tile: &Tile) -> Result<Vec<Digest>, LedgerError> {
        let path = tile.path();
        let wrong = |reason| LedgerError::Tile {
            path: self.objects.display(&path),
            reason,
        };
        let found = self
            .read(&path, tile::SIZE_MAX)?
            .ok_or_else(|| wrong("is missing although the checkpoint needs it"))?;
        tile::from_bytes(&found.bytes)
            .filter(|hashes| hashes.len() as u64 == tile.width)
            .ok_or_else(|| wrong("does not have the size that its name says"))
    }

    /// Returns the leaf hash of the last record; none where there is no record.
    fn last_leaf(&self, edge: &Edge) -> Result<Option<Digest>, LedgerError> {
        if edge.size() == 0 || edge.last_leaf().is_some() {
            return Ok(edge.last_leaf().copied());
        }
        // The size is a multiple of 256: the last leaf ends a full tile.
        let full = Tile {
            level: 0,
            number: edge.size() / WIDTH - 1,
            width: WIDTH,
        };
        Ok(self.tile(&full)?.last().copied())
    }

    /// Returns the first indexes of the objects from the one with record `size - 1` on.
    fn names_around(&self, size: u64) -> Result<Vec<u64>, LedgerError> {
        // The object that ends at `size` starts at most 256 before it.
        let before = size.checked_sub(LINES_MAX as u64 + 1);
        let offset = before.map_or_else(String::new, |index| format!("{index:020}"));
        let names = retry::again(&self.patience, || {
            self.objects.after(RECORDS, &offset, NAMES_MAX)
        });
        let names = names.map_err(self.failed("list", RECORDS))?;
        Ok(names.iter().filter_map(|name| first_index(name)).collect())
    }

    /// Reads the object with the line that the checkpoint ends with, and takes over what
    /// follows it there.
    fn read_last(&self, tip: &mut Tip, names: &[u64], leaf: &Digest) -> Result<(), LedgerError> {
        let index = tip.covered - 1;
        let lost = || LedgerError::Lost {
            path: self.objects.display(RECORDS),
            index,
        };
        let before = names.iter().filter(|first| **first <= index).max();
        let first = *before.ok_or_else(lost)?;
        let object = self.read(&records_path(first), OBJECT_SIZE_MAX)?;
        let object = object.ok_or_else(lost)?;
        let lines = self.lines(first, &object)?;
        let at = usize::try_from(index - first).ok();
        let last = at.and_then(|at| lines.get(at)).ok_or_else(lost)?;
        if leaf_hash(last) != *leaf {
            return Err(lost());
        }
        tip.head.line_digest = Digest::of(last);
        let beyond = at.and_then(|at| lines.get(at + 1..)).unwrap_or_default();
        self.adopt(tip, beyond)
    }

    /// Takes over the objects that follow the end, until there is none.
    pub(super) fn walk(&self, tip: &mut Tip) -> Result<(), LedgerError> {
        loop {
            let first = tip.head.edge.size();
            let Some(object) = self.read(&records_path(first), OBJECT_SIZE_MAX)? else {
                return Ok(());
            };
            self.take_over(tip, &object)?;
        }
    }

    /// Takes over the object that follows the end.
    pub(super) fn take_over(&self, tip: &mut Tip, object: &Object) -> Result<(), LedgerError> {
        let lines = self.lines(tip.head.edge.size(), object)?;
        self.adopt(tip, &lines)
    }

    /// Takes over lines of somebody who was first, or did not come to the end.
    fn adopt(&self, tip: &mut Tip, lines: &[&[u8]]) -> Result<(), LedgerError> {
        for line in lines {
            let index = tip.head.edge.size();
            let unfinished = |reason| LedgerError::Unfinished {
                path: self.objects.display(RECORDS),
                index,
                reason,
            };
            let envelope =
                Envelope::parse(line).map_err(|error| unfinished(format!("is none: {error}")))?;
            let prev = tip.head.line_digest;
            continues(self.options, &tip.head, &envelope, index, &prev).map_err(unfinished)?;
            tip.push(line);
            tip.adopted += 1;
        }
        Ok(())
    }

    /// Returns the lines of an object whose first has the index `first`.
    fn lines<'b>(&self, first: u64, object: &'b Object) -> Result<Vec<&'b [u8]>, LedgerError> {
        lines(&object.bytes).map_err(|reason| LedgerError::Unfinished {
            path: self.objects.display(&records_path(first)),
            index: first,
            reason: reason.to_owned(),
        })
    }

    fn read(&self, path: &str, size_max: u64) -> Result<Option<Object>, LedgerError> {
        retry::read(self.objects, &self.patience, path, size_max).map_err(self.failed("read", path))
    }
}

/// Cuts an object into its lines: 1 to 256, each ended by a newline.
pub(super) fn lines(bytes: &[u8]) -> Result<Vec<&[u8]>, &'static str> {
    let whole = bytes
        .strip_suffix(b"\n")
        .ok_or("is in an object that does not end in a newline")?;
    let lines: Vec<&[u8]> = whole.split(|byte| *byte == b'\n').collect();
    if lines.len() > LINES_MAX {
        return Err("is in an object of more than 256 lines");
    }
    if lines.iter().any(|line| line.len() > LINE_SIZE_MAX) {
        return Err("is in an object with a line that is too long");
    }
    Ok(lines)
}
