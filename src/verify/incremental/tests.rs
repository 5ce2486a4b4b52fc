use std::fs;

use super::super::tests::{edit, lines, verify, wrong};
use super::*;
use crate::ledger::blob_path;
use crate::ledger::tests::{ledger as writer, naming, statement, trust};

fn since(dir: &Path, kept: &[u8]) -> Result<Verified<LedgerReport>, VerifyError> {
    continuation(dir, &trust(), kept, Blobs::Required)
}

/// A ledger, the checkpoint it had at `kept` records, and `new` records behind them.
fn grown(kept: usize, new: usize) -> (tempfile::TempDir, Vec<u8>) {
    let dir = tempfile::tempdir().unwrap();
    writer(dir.path()).recover().unwrap();
    if kept > 0 {
        let old: Vec<_> = (0..kept).map(|_| statement("old")).collect();
        writer(dir.path()).append(&old).unwrap();
    }
    let checkpoint = fs::read(dir.path().join(CHECKPOINT)).unwrap();
    if new > 0 {
        let drafts: Vec<_> = (0..new)
            .map(|n| naming(&n.to_string(), &[n.to_string().as_bytes()]))
            .collect();
        writer(dir.path()).append(&drafts).unwrap();
    }
    (dir, checkpoint)
}

#[test]
fn tells_of_a_grown_ledger_what_the_whole_would_and_what_it_left_out() {
    for (kept, news) in [
        (0, [0, 1, 256]),
        (1, [0, 1, 255]),
        (255, [0, 1, 2]),
        (256, [0, 1, 256]),
        (257, [0, 255, 300]),
        (512, [0, 1, 2]),
    ] {
        for new in news {
            let (dir, checkpoint) = grown(kept, new);
            let part = since(dir.path(), &checkpoint).unwrap();
            let whole = verify(dir.path()).unwrap();
            assert_eq!(part.size, (kept + new) as u64);
            assert_eq!((part.head, part.root), (whole.head, whole.root));
            assert_eq!((part.since, part.unread), (Some(kept as u64), kept as u64));
            assert_eq!(part.blobs, new as u64);
            let signed: u64 = part.record_signers.values().sum();
            assert_eq!(signed, new as u64);
        }
    }
}

#[test]
fn nothing_before_the_kept_checkpoint_is_read() {
    let (dir, checkpoint) = grown(600, 3);
    let len = fs::metadata(dir.path().join(RECORDS)).unwrap().len();
    edit(dir.path(), RECORDS, |bytes| bytes[0] = b'x');
    edit(dir.path(), "tile/0/000", |bytes| bytes[0] ^= 1);
    assert!(since(dir.path(), &checkpoint).is_ok());
    assert!(verify(dir.path()).is_err());
    assert_eq!(fs::metadata(dir.path().join(RECORDS)).unwrap().len(), len);
}

#[test]
fn every_byte_of_what_is_new_counts() {
    let (dir, checkpoint) = grown(5, 3);
    let whole = fs::read(dir.path().join(RECORDS)).unwrap();
    let new: usize = whole
        .split_inclusive(|byte| *byte == b'\n')
        .take(5)
        .map(<[u8]>::len)
        .sum();
    // From the newline of the last old record on.
    for at in (new - 1..whole.len()).step_by(7).chain([whole.len() - 1]) {
        edit(dir.path(), RECORDS, |bytes| bytes[at] ^= 1);
        wrong(since(dir.path(), &checkpoint));
        fs::write(dir.path().join(RECORDS), &whole).unwrap();
    }
    for path in ["tile/0/000.p/8", CHECKPOINT] {
        let bytes = fs::read(dir.path().join(path)).unwrap();
        for at in 0..bytes.len() {
            edit(dir.path(), path, |bytes| bytes[at] ^= 1);
            assert!(since(dir.path(), &checkpoint).is_err(), "{path} {at}");
        }
        fs::write(dir.path().join(path), bytes).unwrap();
    }
    assert!(since(dir.path(), &checkpoint).is_ok());
    for at in 0..checkpoint.len() {
        let mut other = checkpoint.clone();
        other[at] ^= 1;
        assert!(since(dir.path(), &other).is_err(), "kept {at}");
    }
}

#[test]
fn names_removal_rewriting_and_what_is_missing() {
    let (dir, checkpoint) = grown(5, 3);
    lines(dir.path(), |lines| drop(lines.remove(6)));
    let text = wrong(since(dir.path(), &checkpoint));
    assert!(
        text.contains("holds 7 records, but the checkpoint is of 8"),
        "{text}"
    );
    assert!(
        text.contains("line 7 (index 6): index does not match"),
        "{text}"
    );

    let (dir, checkpoint) = grown(5, 3);
    lines(dir.path(), |lines| drop(lines.remove(4)));
    let text = wrong(since(dir.path(), &checkpoint));
    assert!(
        text.contains("does not hold the last of the 5 records"),
        "{text}"
    );

    // The whole, signed anew by who holds the keys.
    let (other, _) = grown(0, 8);
    let text = wrong(since(other.path(), &checkpoint));
    assert!(
        text.contains("signs another history of the first 5 records"),
        "{text}"
    );
    let (short, _) = grown(0, 4);
    let text = wrong(since(short.path(), &checkpoint));
    assert!(
        text.contains("is of 5 records, but the ledger has 4"),
        "{text}"
    );

    let (dir, checkpoint) = grown(300, 3);
    fs::remove_file(dir.path().join("tile/0/001.p/47")).unwrap();
    let text = wrong(since(dir.path(), &checkpoint));
    assert_eq!(
        text,
        "tile/0/001.p/47: does not hold the hashes that its name says"
    );

    let (dir, checkpoint) = grown(5, 3);
    fs::remove_file(dir.path().join(blob_path(&Digest::of(b"1")))).unwrap();
    let text = wrong(since(dir.path(), &checkpoint));
    assert!(text.contains("is missing; the record names it"), "{text}");
    assert!(
        wrong(since(tempfile::tempdir().unwrap().path(), &checkpoint))
            .contains("checkpoint: is missing")
    );
}
