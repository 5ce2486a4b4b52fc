use std::fs;

use proptest::prelude::*;

use super::*;
use crate::ledger::tests::{ORIGIN, options, trust};
use crate::ledger::tests::{checkpoint_key, copy, ledger as writer, naming, record_key, statement};
use crate::ledger::{Ledger, blob_path};
use crate::signing::note::VerifierKey;
use crate::signing::{Role, SecretKey, TrustPolicy};

mod anchors;
mod mutation;

pub(super) fn verify(dir: &Path) -> Result<Verified<LedgerReport>, VerifyError> {
    ledger(dir, &trust(), &Options::default())
}

/// A ledger of `size` records, each with a blob of its own, in at least two batches.
fn sample(size: usize) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let drafts: Vec<_> = (0..size)
        .map(|n| {
            naming(
                &n.to_string(),
                &[b"shared", (n % 10).to_string().as_bytes()],
            )
        })
        .collect();
    for batch in drafts.chunks(size.div_ceil(2)) {
        writer(dir.path()).append(batch).unwrap();
    }
    dir
}

#[track_caller]
pub(super) fn wrong(result: Result<Verified<LedgerReport>, VerifyError>) -> String {
    match result {
        Err(VerifyError::Wrong(failures)) => failures.to_string(),
        other => panic!("expected it to be wrong: {other:?}"),
    }
}

#[track_caller]
fn unverifiable(result: Result<Verified<LedgerReport>, VerifyError>) -> String {
    match result {
        Err(VerifyError::Unverifiable(failures)) => failures.to_string(),
        other => panic!("expected it to be unverifiable: {other:?}"),
    }
}

pub(super) fn edit(dir: &Path, path: &str, change: impl FnOnce(&mut Vec<u8>)) {
    let path = dir.join(path);
    let mut bytes = fs::read(&path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

/// Rewrites the lines of the records.
pub(super) fn lines(dir: &Path, change: impl FnOnce(&mut Vec<Vec<u8>>)) {
    edit(dir, RECORDS, |bytes| {
        let whole = bytes.split_inclusive(|byte| *byte == b'\n');
        let mut lines: Vec<_> = whole.map(<[u8]>::to_vec).collect();
        change(&mut lines);
        *bytes = lines.concat();
    });
}

#[test]
fn reports_a_sound_ledger() {
    let dir = sample(5);
    let report = verify(dir.path()).unwrap();
    assert_eq!(report.origin.as_str(), ORIGIN);
    assert_eq!((report.size, report.blobs), (5, 6));
    assert_eq!(report.checkpoint_signers, ["log"]);
    assert_eq!(report.record_signers, [("record".to_owned(), 5)].into());
    let last = read::Reader::open(dir.path()).unwrap().last().unwrap();
    assert_eq!(report.head, last.unwrap().line_digest());
    assert_eq!(report.since, None);
    for size in [1, 255, 256, 257, 600] {
        assert_eq!(verify(sample(size).path()).unwrap().size, size as u64);
    }
}

#[test]
fn an_empty_ledger_is_one_and_a_missing_one_is_not() {
    let dir = tempfile::tempdir().unwrap();
    writer(dir.path()).recover().unwrap();
    let report = verify(dir.path()).unwrap();
    assert_eq!((report.size, report.head), (0, Digest::ZERO));
    assert_eq!(report.root, merkle::empty_root());
    let missing = wrong(verify(&dir.path().join("nowhere")));
    assert_eq!(
        missing,
        "checkpoint: is missing\nrecords.intoto.jsonl: is missing"
    );
}

#[test]
fn names_deletion_reordering_and_duplication() {
    let delete = sample(5);
    lines(delete.path(), |lines| drop(lines.remove(2)));
    let text = wrong(verify(delete.path()));
    assert!(
        text.contains("line 3 (index 2): index does not match: the record was signed for index 3"),
        "{text}"
    );
    assert!(
        text.contains("line 3 (index 2): prev does not match"),
        "{text}"
    );
    assert!(
        text.contains("holds 4 records, but the checkpoint is of 5: records were removed"),
        "{text}"
    );

    let swap = sample(5);
    lines(swap.path(), |lines| lines.swap(1, 2));
    let text = wrong(verify(swap.path()));
    assert!(
        text.contains("line 2 (index 1): index does not match"),
        "{text}"
    );
    assert!(
        text.contains("tile/0/000.p/5: index 1: hash 1 does not match"),
        "{text}"
    );
    assert!(text.contains("checkpoint: root does not match"), "{text}");

    let twice = sample(5);
    lines(twice.path(), |lines| lines.insert(3, lines[3].clone()));
    let text = wrong(verify(twice.path()));
    assert!(
        text.contains("line 5 (index 4): index does not match"),
        "{text}"
    );
    assert!(
        text.contains("holds 6 records, but the checkpoint is of 5"),
        "{text}"
    );

    let last = sample(5);
    lines(last.path(), |lines| lines.push(lines[4].clone()));
    let text = wrong(verify(last.path()));
    assert!(
        text.contains("line 6 (index 5): index does not match"),
        "{text}"
    );
}

#[test]
fn names_what_was_cut_off_or_added() {
    let cut = sample(5);
    lines(cut.path(), |lines| drop(lines.pop()));
    let text = wrong(verify(cut.path()));
    assert_eq!(
        text,
        "records.intoto.jsonl: holds 4 records, but the checkpoint is of 5: records were removed"
    );
    let torn = sample(5);
    edit(torn.path(), RECORDS, |bytes| {
        bytes.truncate(bytes.len() - 1);
    });
    let text = wrong(verify(torn.path()));
    assert!(
        text.contains("line 5 (index 4): does not end in a newline"),
        "{text}"
    );
    let long = sample(2);
    edit(long.path(), RECORDS, |bytes| {
        bytes.extend(vec![b'x'; 70_000]);
    });
    let text = wrong(verify(long.path()));
    assert!(
        text.contains("line 3 (index 2): is longer than 65535 bytes"),
        "{text}"
    );
    let blank = sample(2);
    edit(blank.path(), RECORDS, |bytes| bytes.push(b'\n'));
    let text = wrong(verify(blank.path()));
    assert!(
        text.contains("line 3 (index 2): is not a canonical DSSE"),
        "{text}"
    );
    let gone = sample(5);
    fs::remove_file(gone.path().join(RECORDS)).unwrap();
    assert!(wrong(verify(gone.path())).contains("records.intoto.jsonl: is missing"));
}

#[test]
fn names_tiles_that_are_swapped_missing_or_strange() {
    let dir = sample(513);
    let tile = |n: u32| dir.path().join(format!("tile/0/00{n}"));
    let first = fs::read(tile(0)).unwrap();
    fs::copy(tile(1), tile(0)).unwrap();
    fs::write(tile(1), first).unwrap();
    let text = wrong(verify(dir.path()));
    assert!(
        text.contains("tile/0/000: index 0: hash 0 does not match"),
        "{text}"
    );
    assert!(
        text.contains("tile/0/001: index 256: hash 0 does not match"),
        "{text}"
    );

    let dir = sample(300);
    edit(dir.path(), "tile/1/000.p/1", |bytes| bytes[31] ^= 0x80);
    fs::remove_file(dir.path().join("tile/0/000")).unwrap();
    fs::write(dir.path().join("tile/0/readme"), b"").unwrap();
    fs::write(dir.path().join("tile/0/001"), b"").unwrap();
    fs::create_dir(dir.path().join("tile/0/x018")).unwrap();
    fs::write(dir.path().join("tile/0/x018/446"), b"").unwrap();
    let text = wrong(verify(dir.path()));
    assert_eq!(
        text,
        "tile/0/001: is a tile beyond the 300 records of the checkpoint\n\
         tile/0/readme: is not a file of this ledger\n\
         tile/0/x018/446: is a tile beyond the 300 records of the checkpoint\n\
         tile/1/000.p/1: index 0: hash 0 does not match the records\n\
         tile/0/000: is missing"
    );
    let dir = sample(5);
    edit(dir.path(), "tile/0/000.p/5", |bytes| bytes.push(0));
    let text = wrong(verify(dir.path()));
    assert_eq!(text, "tile/0/000.p/5: has 161 bytes instead of 160");
}

#[test]
fn verifies_stale_partial_tiles_too() {
    let dir = sample(5);
    let tile = fs::read(dir.path().join("tile/0/000.p/5")).unwrap();
    let stale = dir.path().join("tile/0/000.p/3");
    fs::write(&stale, &tile[..96]).unwrap();
    assert!(verify(dir.path()).is_ok());
    fs::write(&stale, &tile[32..128]).unwrap();
    let text = wrong(verify(dir.path()));
    assert_eq!(
        text,
        "tile/0/000.p/3: index 0: hash 0 does not match the records"
    );
}

#[test]
fn an_older_checkpoint_of_its_own_is_told() {
    let dir = sample(3);
    let old = fs::read(dir.path().join(CHECKPOINT)).unwrap();
    writer(dir.path()).append(&[statement("x")]).unwrap();
    fs::write(dir.path().join(CHECKPOINT), &old).unwrap();
    let text = wrong(verify(dir.path()));
    assert!(
        text.starts_with("records.intoto.jsonl: holds 4 records, but the checkpoint is of 3: an append was interrupted"),
        "{text}"
    );
    assert!(
        text.contains("tile/0/000.p/4: is a tile beyond the 3"),
        "{text}"
    );
}

#[test]
fn a_forged_size_is_not_worked_through() {
    let dir = sample(5);
    let text = fs::read_to_string(dir.path().join(CHECKPOINT)).unwrap();
    let forged = text.replace("\n5\n", "\n18446744073709551615\n");
    fs::write(dir.path().join(CHECKPOINT), forged).unwrap();
    let text = wrong(verify(dir.path()));
    assert!(
        text.contains("checkpoint: signature: the signature by"),
        "{text}"
    );
    assert!(
        text.contains("checkpoint is of 18446744073709551615"),
        "{text}"
    );
}

#[test]
fn a_kept_checkpoint_shows_truncation_and_rewriting() {
    let since = |dir: &Path, kept: &[u8]| {
        let options = Options {
            since: Some(kept.to_vec()),
            ..Options::default()
        };
        ledger(dir, &trust(), &options)
    };
    let dir = sample(5);
    let kept = fs::read(dir.path().join(CHECKPOINT)).unwrap();
    writer(dir.path()).append(&[statement("x")]).unwrap();
    assert_eq!(since(dir.path(), &kept).unwrap().since, Some(5));

    // The whole ledger as it was two records earlier: sound by itself.
    let shorter = sample(3);
    verify(shorter.path()).unwrap();
    assert_eq!(
        wrong(since(shorter.path(), &kept)),
        "kept checkpoint: is of 5 records, but the ledger has 3: records were removed from its end"
    );
    // Another history, signed by the key holder: sound by itself.
    let rewritten = tempfile::tempdir().unwrap();
    let drafts: Vec<_> = (0..7).map(|_| statement("rewritten")).collect();
    writer(rewritten.path()).append(&drafts).unwrap();
    verify(rewritten.path()).unwrap();
    assert_eq!(
        wrong(since(rewritten.path(), &kept)),
        "kept checkpoint: signs another history of the first 5 records: they were rewritten"
    );
    let other = kept_of("example.com/other");
    assert!(wrong(since(dir.path(), &other)).contains("is of ledger `example.com/other`"));
    let mut damaged = kept.clone();
    damaged[ORIGIN.len() + 1] = b'4';
    assert!(wrong(since(dir.path(), &damaged)).contains("kept checkpoint: signature"));
    assert!(wrong(since(dir.path(), b"")).contains("kept checkpoint: is not a signed note"));
}

fn kept_of(origin: &str) -> Vec<u8> {
    let checkpoint = Checkpoint::empty(origin.parse().unwrap());
    checkpoint
        .sign(&checkpoint_key().into())
        .unwrap()
        .to_bytes()
}

#[test]
fn forged_is_wrong_but_no_keys_is_unverifiable() {
    let dir = sample(3);
    let with = |trust: &TrustPolicy| ledger(dir.path(), trust, &Options::default());
    let text = unverifiable(with(&TrustPolicy::default()));
    assert_eq!(
        text,
        "checkpoint: cannot be verified: no key is trusted to sign a checkpoint\n\
         records.intoto.jsonl: cannot be verified: no key is trusted to sign a record"
    );
    let stranger = SecretKey::from_seed(&[9; 32]).public();
    let roles = [Role::Record, Role::Checkpoint];
    let strangers = TrustPolicy::of_keys(&[("stranger", stranger)], &roles).unwrap();
    let text = wrong(with(&strangers));
    assert!(
        text.contains("checkpoint: signature: carries no signature by a known key"),
        "{text}"
    );
    assert!(
        text.contains("line 1 (index 0): signature: no key `SHA256:"),
        "{text}"
    );

    let mut retired = TrustPolicy::default();
    retired
        .add("r", record_key().public(), [Role::Record].into(), 0..2)
        .unwrap();
    retired
        .add(
            "c",
            checkpoint_key().public(),
            [Role::Checkpoint].into(),
            0..2,
        )
        .unwrap();
    let text = wrong(with(&retired));
    assert_eq!(
        text,
        "checkpoint: signature: key `c` is not trusted to sign a checkpoint at index 2\n\
         records.intoto.jsonl: line 3 (index 2): signature: key `r` is not trusted to sign a record at index 2"
    );
    // What is wrong comes before what is unverifiable.
    edit(dir.path(), "tile/0/000.p/3", |bytes| bytes[0] ^= 1);
    assert!(wrong(with(&TrustPolicy::default())).contains("tile/0/000.p/3"));
}

#[test]
fn a_key_for_one_thing_is_none_for_another() {
    let dir = sample(2);
    let mut swapped = TrustPolicy::default();
    let (record, log) = (record_key().public(), checkpoint_key().public());
    let all = 0..u64::MAX;
    swapped
        .add("a", record, [Role::Checkpoint].into(), all.clone())
        .unwrap();
    swapped.add("b", log, [Role::Record].into(), all).unwrap();
    let text = wrong(ledger(dir.path(), &swapped, &Options::default()));
    assert!(
        text.contains("key `a` is not trusted to sign a record"),
        "{text}"
    );
}

#[test]
fn blobs_are_there_with_their_digests() {
    let dir = sample(3);
    let path = blob_path(&Digest::of(b"1"));
    let full = dir.path().join(&path);
    fs::remove_file(&full).unwrap();
    let with = |blobs| {
        let options = Options {
            blobs,
            ..Options::default()
        };
        ledger(dir.path(), &trust(), &options)
    };
    let text = wrong(with(Blobs::Required));
    assert_eq!(
        text,
        format!("{path}: index 1: is missing; the record names it as `digests.blob1`")
    );
    let text = unverifiable(with(Blobs::MayBeWithheld));
    assert!(text.contains("index 1: is withheld"), "{text}");
    assert_eq!(with(Blobs::Ignored).unwrap().blobs, 0);
    fs::write(&full, b"2").unwrap();
    let text = wrong(with(Blobs::MayBeWithheld));
    assert!(
        text.contains("index 1: was altered: its content has"),
        "{text}"
    );
}

#[cfg(unix)]
#[test]
fn links_and_folders_in_place_of_files_are_told() {
    use std::os::unix::fs::symlink;
    for file in [RECORDS, CHECKPOINT, "tile/0/000.p/3"] {
        let dir = sample(3);
        let path = dir.path().join(file);
        let moved = dir.path().join("moved");
        fs::rename(&path, &moved).unwrap();
        symlink(&moved, &path).unwrap();
        let text = wrong(verify(dir.path()));
        assert!(
            text.contains(&format!("{file}: is not a regular file")),
            "{text}"
        );
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        let text = wrong(verify(dir.path()));
        assert!(text.contains(file), "{text}");
    }
}

#[test]
fn records_of_another_ledger_do_not_pass() {
    let dir = tempfile::tempdir().unwrap();
    writer(dir.path()).append(&[statement("a")]).unwrap();
    let foreign = tempfile::tempdir().unwrap();
    let other = crate::ledger::Options {
        origin: "example.com/other".parse().unwrap(),
        ..options()
    };
    Ledger::new(foreign.path(), other)
        .append(&[statement("a")])
        .unwrap();
    for file in [CHECKPOINT, "tile/0/000.p/1"] {
        fs::copy(foreign.path().join(file), dir.path().join(file)).unwrap();
    }
    let text = wrong(verify(dir.path()));
    assert!(
        text.contains(
            "line 1 (index 0): belongs to ledger `example.com/ledger`, not `example.com/other`"
        ),
        "{text}"
    );
}

#[test]
fn waits_for_no_pipe_and_for_no_lock_that_is_none() {
    let dir = sample(2);
    fs::remove_file(dir.path().join(LOCK)).unwrap();
    assert!(verify(dir.path()).is_ok());
    fs::create_dir(dir.path().join(LOCK)).unwrap();
    assert!(verify(dir.path()).is_ok());
}
