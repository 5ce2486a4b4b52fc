//! `anchor/<size>/`: what others said of the ledger when it had that many records.
//!
//! ```text
//! anchor/<size>/checkpoint    the checkpoint of that size, with the cosignatures of witnesses
//! anchor/<size>/<hex>.tsr     a time-stamp response over its text, named by SHA-256
//! ```
//!
//! Kept beside the records and not among them: an anchor is over a checkpoint, which comes
//! after the records it covers. Nothing here is needed to append.
//!
//! INVARIANTS
//! - Lines are added to a checkpoint and never taken away; its text never changes.
//! - A time stamp is durable after the checkpoint that it is over.
//! - What is kept is of this ledger, and not larger than it. Whether it is true is
//!   `verify`'s business.

use std::path::Path;

use super::checkpoint::Checkpoint;
use super::read::{ReadError, file};
use super::store::{Folder, LockMode, Store};
use super::{CHECKPOINT, LedgerError, commit, recover};
use crate::digest::Digest;
use crate::signing::note::{self, Note};

/// Folder of anchors.
pub const ANCHOR: &str = "anchor";
/// Name of a checkpoint among the anchors of its size.
pub const COSIGNED: &str = "checkpoint";
/// Most bytes in a time-stamp response.
pub const STAMP_SIZE_MAX: u64 = 256 << 10;
/// End of the name of a time-stamp response.
const STAMP: &str = ".tsr";

/// Returns where the cosigned checkpoint of `size` records is kept.
pub fn cosigned_path(size: u64) -> String {
    format!("{ANCHOR}/{size}/{COSIGNED}")
}

/// Returns where the time-stamp response with `digest` is kept.
pub fn stamp_path(size: u64, digest: &Digest) -> String {
    format!("{ANCHOR}/{size}/{}{STAMP}", digest.hex())
}

/// Returns the digest in the name of a time-stamp response.
pub fn stamp_digest(name: &str) -> Option<Digest> {
    let digest: Digest = name.strip_suffix(STAMP)?.parse().ok()?;
    (format!("{}{STAMP}", digest.hex()) == name).then_some(digest)
}

/// Keeps the signature lines of `note`, a checkpoint of the ledger in `dir`. Lines of one
/// name and key that are there already stay as they are.
///
/// # Errors
/// A checkpoint of another ledger, of more records than there are, or of another history
/// than the one that is kept; and files that cannot be written.
pub fn keep_cosigned(dir: &Path, note: &Note) -> Result<(), LedgerError> {
    keep(&Folder::new(dir), note, None)
}

/// Keeps a time-stamp response over the text of `note`, a checkpoint of the ledger in `dir`;
/// returns its path in the ledger.
///
/// # Errors
/// As [`keep_cosigned`].
pub fn keep_stamp(dir: &Path, note: &Note, response: &[u8]) -> Result<String, LedgerError> {
    let store = Folder::new(dir);
    keep(&store, note, Some(response))?;
    let (checkpoint, _) = parsed(&store, CHECKPOINT, &note.to_bytes())?;
    Ok(stamp_path(checkpoint.size, &Digest::of(response)))
}

/// Returns the kept checkpoint of `size` records, unverified; none where there is none.
///
/// # Errors
/// A file that cannot be read, or holds something else.
pub fn cosigned(dir: &Path, size: u64) -> Result<Option<Note>, ReadError> {
    let path = dir.join(cosigned_path(size));
    let Some(bytes) = file(&path, note::SIZE_MAX as u64)? else {
        return Ok(None);
    };
    let parsed = Checkpoint::parse(&bytes);
    parsed
        .map(|(_, note)| Some(note))
        .map_err(|source| ReadError::Checkpoint { path, source })
}

/// Keeps both in any store.
pub(super) fn keep<S: Store>(
    store: &S,
    note: &Note,
    stamp: Option<&[u8]>,
) -> Result<(), LedgerError> {
    let _lock =
        store
            .lock(LockMode::Exclusive)
            .map_err(LedgerError::io(store, "lock", super::LOCK))?;
    recover::clear_tmp(store)?;
    let size_max = note::SIZE_MAX as u64;
    let read = |path: &str| {
        let found = store.read(path, size_max);
        found.map_err(LedgerError::io(store, "read", path))
    };
    let refuse = |path: &str, reason: &'static str| LedgerError::Anchor {
        path: store.display(path),
        reason,
    };
    let (checkpoint, _) = parsed(store, CHECKPOINT, &note.to_bytes())?;
    let bytes = read(CHECKPOINT)?.ok_or_else(|| refuse(CHECKPOINT, "is missing"))?;
    let (own, own_note) = parsed(store, CHECKPOINT, &bytes)?;
    if own.origin != checkpoint.origin || own.size < checkpoint.size {
        return Err(refuse(CHECKPOINT, "is not of the ledger that was anchored"));
    }

    let path = cosigned_path(checkpoint.size);
    let mut kept = match read(&path)? {
        Some(bytes) => parsed(store, &path, &bytes)?.1,
        None => Note::new(note.text()).map_err(|source| LedgerError::Checkpoint {
            path: store.display(&path),
            source: source.into(),
        })?,
    };
    if kept.text() != note.text() {
        return Err(refuse(&path, "is of another history of this ledger"));
    }
    let added = kept.adopt(note);
    if kept.signatures().len() > note::SIGNATURES_MAX {
        return Err(refuse(&path, "would have more signatures than a note may"));
    }
    commit::ensure_folders(store, &path)?;
    if added {
        commit::replace(store, &path, &kept.to_bytes())?;
    }
    // ORDER: the checkpoint before a stamp that is over it. Also where it was there: its
    // name may not be durable yet.
    let folder = commit::parent(&path);
    let sync = || {
        let done = store.sync_dir(folder);
        done.map_err(LedgerError::io(store, "make durable", folder))
    };
    sync()?;
    if let Some(response) = stamp {
        let path = stamp_path(checkpoint.size, &Digest::of(response));
        commit::replace(store, &path, response)?;
        sync()?;
    }
    let mut live = own_note;
    if live.text() == note.text() && live.adopt(&kept) {
        // Receipts are made of this one. Replaced as an append does it.
        commit::replace(store, CHECKPOINT, &live.to_bytes())?;
        store
            .sync_dir("")
            .map_err(LedgerError::io(store, "make durable", ""))?;
    }
    Ok(())
}

fn parsed<S: Store>(
    store: &S,
    path: &str,
    bytes: &[u8],
) -> Result<(Checkpoint, Note), LedgerError> {
    Checkpoint::parse(bytes).map_err(|source| LedgerError::Checkpoint {
        path: store.display(path),
        source,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::ledger::read::Reader;
    use crate::ledger::tests::{checkpoint_key, ledger, statement};
    use crate::signing::SecretKey;
    use crate::signing::cosignature::tests::cosign;

    fn note(dir: &Path) -> Note {
        let reader = Reader::open(dir).unwrap();
        Note::parse(reader.checkpoint_bytes()).unwrap()
    }

    fn cosigned(dir: &Path, seed: u8) -> Note {
        let mut note = note(dir);
        let key = SecretKey::from_seed(&[seed; 32]);
        cosign(&mut note, &format!("w{seed}"), &key, 1_764_000_000);
        note
    }

    fn kept(dir: &Path, size: u64) -> Note {
        Note::parse(&fs::read(dir.join(cosigned_path(size))).unwrap()).unwrap()
    }

    #[test]
    fn lines_of_several_witnesses_come_together_and_none_is_lost() {
        let dir = tempfile::tempdir().unwrap();
        ledger(dir.path()).append(&[statement("a")]).unwrap();
        let (one, other) = (cosigned(dir.path(), 7), cosigned(dir.path(), 8));
        keep_cosigned(dir.path(), &one).unwrap();
        keep_cosigned(dir.path(), &other).unwrap();
        keep_cosigned(dir.path(), &one).unwrap();
        let names: Vec<_> = kept(dir.path(), 1)
            .signatures()
            .iter()
            .map(|line| line.name().to_string())
            .collect();
        assert_eq!(names, ["example.com/ledger", "w7", "w8"]);
        // The live one has them too, until the ledger grows.
        assert_eq!(note(dir.path()), kept(dir.path(), 1));
        ledger(dir.path()).append(&[statement("b")]).unwrap();
        assert_eq!(note(dir.path()).signatures().len(), 1);
        // One that came late is kept with the checkpoint that it is of.
        let mut late = kept(dir.path(), 1);
        cosign(&mut late, "w9", &SecretKey::from_seed(&[9; 32]), 1);
        keep_cosigned(dir.path(), &late).unwrap();
        assert_eq!(kept(dir.path(), 1).signatures().len(), 4);
        assert_eq!(note(dir.path()).signatures().len(), 1);
    }

    #[test]
    fn a_stamp_is_kept_beside_the_checkpoint_it_is_over() {
        let dir = tempfile::tempdir().unwrap();
        ledger(dir.path()).append(&[statement("a")]).unwrap();
        let path = keep_stamp(dir.path(), &note(dir.path()), b"response").unwrap();
        assert_eq!(path, stamp_path(1, &Digest::of(b"response")));
        assert_eq!(fs::read(dir.path().join(&path)).unwrap(), b"response");
        assert_eq!(kept(dir.path(), 1), note(dir.path()));
        let name = path.rsplit('/').next().unwrap();
        assert_eq!(stamp_digest(name), Some(Digest::of(b"response")));
        assert_eq!(stamp_digest(&name.to_ascii_uppercase()), None);
        assert_eq!(stamp_digest("a.tsr"), None);
        assert_eq!(stamp_digest("checkpoint"), None);
    }

    #[test]
    fn what_is_not_of_this_ledger_is_not_kept() {
        let dir = tempfile::tempdir().unwrap();
        ledger(dir.path()).append(&[statement("a")]).unwrap();
        keep_cosigned(dir.path(), &cosigned(dir.path(), 7)).unwrap();
        let signed = |origin: &str, size| {
            let checkpoint = Checkpoint {
                size,
                ..Checkpoint::empty(origin.parse().unwrap())
            };
            checkpoint.sign(&checkpoint_key().into()).unwrap()
        };
        for (note, expected) in [
            (signed("example.com/other", 1), "is not of the ledger"),
            (signed("example.com/ledger", 2), "is not of the ledger"),
            (signed("example.com/ledger", 1), "another history"),
        ] {
            let error = keep_cosigned(dir.path(), &note).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let text = Note::new("not a checkpoint\n").unwrap();
        assert!(keep_cosigned(dir.path(), &text).is_err());
        assert_eq!(kept(dir.path(), 1).signatures().len(), 2);
        assert!(!dir.path().join("anchor/2").exists());
    }
}
