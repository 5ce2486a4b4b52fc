//! Copies in a folder: of a ledger that grows, of one that was exchanged, and of one that is
//! not sound.

use std::fs;
use std::path::Path;

use super::*;
use crate::ledger::{RECORDS as FILE, blob_path};
use crate::remote::sync::down;

fn copy(store: &Faulty, dir: &Path, extent: Extent) -> Result<Option<Synced>, ReplicaError> {
    down(store, &PATIENCE, dir, extent)
}

fn sound(dir: &Path) -> Verified<LedgerReport> {
    verify::ledger(dir, &trust(), &verify::Options::default()).unwrap()
}

#[test]
fn a_copy_follows_the_ledger_and_costs_what_is_new() {
    let dir = tempfile::tempdir().unwrap();
    let store = Faulty::new();
    assert_eq!(copy(&store, dir.path(), Extent::All).unwrap(), None);
    assert!(!dir.path().join(CHECKPOINT).exists());
    let store = base(300);
    append(&store, &options(), &drafts(2)).unwrap();
    let synced = copy(&store, dir.path(), Extent::All).unwrap().unwrap();
    let expected = Synced {
        size: 302,
        records: 302,
        blobs: 3,
        withheld: 0,
    };
    assert_eq!(synced, expected);
    assert_eq!(sound(dir.path()).size, 302);
    // Nothing is new: the checkpoint, and that the last record is still the last.
    store.plan(usize::MAX, Fault::NotDone, false);
    let synced = copy(&store, dir.path(), Extent::All).unwrap().unwrap();
    assert_eq!((synced.records, synced.blobs), (0, 0));
    assert!(store.steps() <= 4, "{}", store.steps());
    for n in 0..20 {
        append(&store, &options(), &[statement(&n.to_string())]).unwrap();
    }
    store.plan(usize::MAX, Fault::NotDone, false);
    let synced = copy(&store, dir.path(), Extent::Records).unwrap().unwrap();
    assert_eq!((synced.size, synced.records), (322, 20));
    assert!(store.steps() <= 24, "{}", store.steps());
    assert_eq!(sound(dir.path()).size, 322);
    copy(&store, dir.path(), Extent::Anew).unwrap();
    assert_eq!(sound(dir.path()).size, 322);
}

#[test]
fn another_history_is_found_at_its_first_record() {
    let dir = tempfile::tempdir().unwrap();
    let store = base(4);
    let fork = store.fork();
    append(&store, &options(), &[statement("a"), statement("b")]).unwrap();
    append(
        &fork,
        &options(),
        &[statement("c"), statement("d"), statement("e")],
    )
    .unwrap();
    copy(&store, dir.path(), Extent::Records).unwrap();
    let before = fs::read(dir.path().join(FILE)).unwrap();
    for extent in [Extent::Records, Extent::Anew] {
        match copy(&fork, dir.path(), extent) {
            Err(ReplicaError::Diverges { index, .. }) => assert_eq!(index, 4),
            other => panic!("{other:?}"),
        }
    }
    let older = base(4);
    let error = copy(&older, dir.path(), Extent::Records).unwrap_err();
    assert!(
        matches!(
            error,
            ReplicaError::Shorter {
                size: 6,
                other_size: 4,
                ..
            }
        ),
        "{error}"
    );
    let stranger = Faulty::new();
    let other = Options {
        origin: "example.com/other".parse().unwrap(),
        ..options()
    };
    append(&stranger, &other, &drafts(9)).unwrap();
    let error = copy(&stranger, dir.path(), Extent::Records).unwrap_err();
    assert!(error.to_string().contains("`example.com/other`"), "{error}");
    assert_eq!(fs::read(dir.path().join(FILE)).unwrap(), before);
    assert_eq!(sound(dir.path()).size, 6);
}

#[test]
fn a_copy_that_was_ended_is_taken_up_again() {
    let store = base(300);
    append(&store, &options(), &drafts(2)).unwrap();
    let whole = tempfile::tempdir().unwrap();
    copy(&store, whole.path(), Extent::All).unwrap();
    let records = fs::read(whole.path().join(FILE)).unwrap();
    for step in 1.. {
        let dir = tempfile::tempdir().unwrap();
        store.plan(step, Fault::NotDone, true);
        let ended = copy(&store, dir.path(), Extent::All);
        if !store.settle() {
            break;
        }
        assert!(ended.is_err(), "{step}");
        copy(&store, dir.path(), Extent::All).unwrap();
        assert_eq!(sound(dir.path()).size, 302, "{step}");
    }
    // What was written before the checkpoint, whole or torn.
    for length in [0, 1, 500, records.len() / 2, records.len()] {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FILE), &records[..length]).unwrap();
        copy(&store, dir.path(), Extent::All).unwrap();
        assert_eq!(sound(dir.path()).size, 302, "{length}");
    }
    // What was not.
    let mut other = records.clone();
    let at = records.len() - 20;
    other[at] ^= 1;
    let more = [records.as_slice(), b"{}\n"].concat();
    for (bytes, first) in [(other, 301), (more, 302)] {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FILE), &bytes).unwrap();
        match copy(&store, dir.path(), Extent::All) {
            Err(ReplicaError::Diverges { index, .. }) => assert_eq!(index, first),
            other => panic!("{other:?}"),
        }
        assert_eq!(fs::read(dir.path().join(FILE)).unwrap(), bytes);
        assert!(!dir.path().join(CHECKPOINT).exists());
    }
}

#[test]
fn a_store_is_not_believed() {
    let store = base(4);
    append(&store, &options(), &drafts(2)).unwrap();
    let blob = blob_path(&Digest::of(b"shared"));
    let object = |path: &str| {
        let found = store.objects().into_iter().find(|(name, _)| name == path);
        found.unwrap().1
    };
    let altered = |path: &str| {
        let mut bytes = object(path);
        let middle = bytes.len() / 2;
        bytes[middle] = if bytes[middle] == b'A' { b'B' } else { b'A' };
        bytes
    };
    let two = [object(&records_path(1)), object(&records_path(2))].concat();
    for (path, bytes, says) in [
        (records_path(2), altered(&records_path(2)), "record"),
        (
            records_path(2),
            object(&records_path(1)),
            "record 2 is not chained",
        ),
        (records_path(1), two, "is missing, or in two objects"),
        (records_path(2), b"{}".to_vec(), "does not end in a newline"),
        (
            records_path(2),
            vec![b'x'; 17 << 20],
            "larger than 16777216 bytes",
        ),
        ("checkpoint".to_owned(), vec![b'x'; 2 << 20], "larger than"),
        (
            "tile/0/000.p/6".to_owned(),
            vec![0; 192],
            "does not hold the hashes",
        ),
        (
            blob.clone(),
            b"other!".to_vec(),
            "does not have the digest in its name",
        ),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let bad = store.fork();
        bad.put(&path, &bytes);
        let error = copy(&bad, dir.path(), Extent::Anew).unwrap_err();
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        let text = format!("{error} {}", cause.unwrap_or_default());
        assert!(text.contains(says), "{path}: {text}");
        assert!(!dir.path().join(CHECKPOINT).exists(), "{path}");
    }
    // Names that are none of ours are not looked at, and make no file.
    let dir = tempfile::tempdir().unwrap();
    for name in [
        "records/0",
        "records/x",
        "records/deeper/00000000000000000000",
        "blob/x",
    ] {
        store.put(name, b"x");
    }
    copy(&store, &dir.path().join("copy"), Extent::All).unwrap();
    assert_eq!(sound(&dir.path().join("copy")).size, 6);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}
