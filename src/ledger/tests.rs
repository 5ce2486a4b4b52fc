use std::fs;
use std::io;

use super::read::Reader;
use super::*;
use crate::json::{self, json};
use crate::signing::{Role, SecretKey};

mod crash;
mod processes;

pub(crate) const ORIGIN: &str = "example.com/ledger";

pub(crate) fn record_key() -> SecretKey {
    SecretKey::from_seed(&[1; 32])
}

pub(crate) fn checkpoint_key() -> SecretKey {
    SecretKey::from_seed(&[2; 32])
}

pub(crate) fn trust() -> TrustPolicy {
    let mut trust = TrustPolicy::default();
    let record = [Role::Record].into();
    let checkpoint = [Role::Checkpoint].into();
    trust
        .add("record", record_key().public(), record, 0..u64::MAX)
        .unwrap();
    trust
        .add("log", checkpoint_key().public(), checkpoint, 0..u64::MAX)
        .unwrap();
    trust
}

pub(crate) fn options() -> Options {
    Options {
        origin: ORIGIN.parse().unwrap(),
        record_key: record_key().into(),
        checkpoint_key: checkpoint_key().into(),
        trust: TrustPolicy::default(),
    }
}

pub(crate) fn ledger(dir: &Path) -> Ledger {
    Ledger::new(dir, options())
}

/// A small record that names nothing.
pub(crate) fn statement(name: &str) -> Draft<'static> {
    naming(name, &[])
}

/// A small record that names, and brings, these blobs.
pub(crate) fn naming(name: &str, blobs: &[&[u8]]) -> Draft<'static> {
    let digests: std::collections::BTreeMap<String, Digest> = (0..)
        .zip(blobs)
        .map(|(n, bytes): (u32, _)| (format!("blob{n}"), Digest::of(bytes)))
        .collect();
    let name = name.to_owned();
    let draft = Draft::new(move |position| {
        Ok(json::canonical(&json!({
            "_type": "https://in-toto.io/Statement/v1",
            "predicate": {"ledger": json::encode(position)?, "digests": json::encode(&digests)?},
            "predicateType": "https://assize.dev/decision/v1",
            "subject": [{"name": name, "digest": {"sha256": Digest::of(name.as_bytes())}}],
        }))?)
    });
    blobs
        .iter()
        .fold(draft, |draft, bytes| draft.with_blob(bytes.to_vec()))
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn chains_records_and_keeps_one_partial_tile() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("a/b/ledger");
    let mut prev = Digest::ZERO;
    for index in 0..5 {
        let batch = ledger(&root).append(&[statement("x")]).unwrap();
        let [appended] = &batch.appended[..] else {
            panic!("{batch:?}");
        };
        assert_eq!(appended.position.index, index);
        assert_eq!(appended.position.origin, ORIGIN);
        assert_eq!(appended.position.prev, prev);
        assert_eq!(batch.recovery, Recovery::default());
        assert_eq!(batch.checkpoint, fs::read(root.join(CHECKPOINT)).unwrap());
        prev = appended.line_digest;
    }
    assert_eq!(names(&root), [CHECKPOINT, LOCK, RECORDS, "tile", "tmp"]);
    assert_eq!(names(&root.join("tile/0/000.p")), ["5"]);
    assert_eq!(names(&root.join("tmp")), [""; 0]);
}

#[test]
fn a_batch_is_the_same_as_its_records_one_by_one() {
    let dir = tempfile::tempdir().unwrap();
    let (one, many) = (dir.path().join("one"), dir.path().join("many"));
    let drafts: Vec<_> = (0..300).map(|n| statement(&n.to_string())).collect();
    let batch = ledger(&many).append(&drafts).unwrap();
    assert_eq!(batch.appended.len(), 300);
    for draft in drafts.chunks(7) {
        ledger(&one).append(draft).unwrap();
    }
    for path in [
        RECORDS,
        CHECKPOINT,
        "tile/0/000",
        "tile/0/001.p/44",
        "tile/1/000.p/1",
    ] {
        let read = |root: &Path| fs::read(root.join(path)).unwrap();
        assert!(read(&one) == read(&many), "{path}");
    }
    assert_eq!(names(&one.join("tile/0")), ["000", "001.p"]);
}

#[test]
fn keeps_the_origin_it_was_made_with() {
    let dir = tempfile::tempdir().unwrap();
    ledger(dir.path()).recover().unwrap();
    let other = Options {
        origin: "example.com/other".parse().unwrap(),
        ..options()
    };
    let batch = Ledger::new(dir.path(), other)
        .append(&[statement("x")])
        .unwrap();
    assert_eq!(batch.appended[0].position.origin, ORIGIN);
    for text in ["", "a b", "a+b", "a\nb", "a\u{2003}b"] {
        assert!(text.parse::<Origin>().is_err(), "{text:?}");
    }
}

#[test]
fn refuses_drafts_that_do_not_belong_where_they_go() {
    let dir = tempfile::tempdir().unwrap();
    let append = |draft: Draft<'_>| ledger(dir.path()).append(&[draft]).unwrap_err();
    let elsewhere = |position: &Position| Position {
        index: position.index + 1,
        ..position.clone()
    };
    let error = append(Draft::new(|position| {
        let position = json::encode(&elsewhere(position))?;
        Ok(json::canonical(
            &json!({"predicate": {"ledger": position}}),
        )?)
    }));
    assert_eq!(
        error.to_string(),
        "the record for index 0 of `example.com/ledger` claims another position"
    );
    let error = append(Draft::new(|_| Ok(b"{}".to_vec())));
    assert!(matches!(error, LedgerError::Record { index: 0, .. }));
    let error = append(Draft::new(|_| Err("no".into())));
    assert!(matches!(error, LedgerError::Draft { index: 0, .. }));
    let error = append(statement(&"x".repeat(50_000)));
    assert!(matches!(error, LedgerError::LineSize { index: 0, .. }));
    assert!(error.to_string().contains("more than 65535"), "{error}");
    assert_eq!(fs::read(dir.path().join(RECORDS)).unwrap(), b"");
    let blob = vec![0; usize::try_from(BLOB_SIZE_MAX).unwrap() + 1];
    let error = append(statement("x").with_blob(blob));
    assert!(matches!(error, LedgerError::BlobSize { .. }));
}

#[test]
fn sets_aside_torn_bytes_and_never_overwrites_what_was_set_aside() {
    let dir = tempfile::tempdir().unwrap();
    let records = dir.path().join(RECORDS);
    ledger(dir.path()).append(&[statement("x")]).unwrap();
    for (number, torn) in [(1, b"{\"payload\":\"abc".as_slice()), (2, b"\0\0\0{}\nxyz")] {
        let sound = fs::read(&records).unwrap();
        fs::write(&records, [&sound, torn].concat()).unwrap();
        let recovery = ledger(dir.path()).recover().unwrap();
        let name = format!("{RECORDS}.torn-{number}");
        assert_eq!(recovery.set_aside.as_ref(), Some(&name));
        assert_eq!(recovery.completed, 0);
        assert_eq!(fs::read(dir.path().join(name)).unwrap(), torn);
        assert_eq!(fs::read(&records).unwrap(), sound);
        ledger(dir.path()).append(&[statement("y")]).unwrap();
    }
    assert_eq!(Reader::open(dir.path()).unwrap().checkpoint().size, 3);
}

#[test]
fn completes_whole_records_beyond_the_checkpoint() {
    for before in [0, 1, 255, 256] {
        let dir = tempfile::tempdir().unwrap();
        let drafts: Vec<_> = (0..before).map(|_| statement("x")).collect();
        ledger(dir.path()).append(&drafts).unwrap();
        let saved = tempfile::tempdir().unwrap();
        copy(dir.path(), saved.path());
        let batch = ledger(dir.path())
            .append(&[statement("a"), statement("b")])
            .unwrap();
        let sound = fs::read(dir.path().join(RECORDS)).unwrap();
        // As after a crash behind step 1, with a third record torn.
        fs::write(
            saved.path().join(RECORDS),
            [&sound, b"{".as_slice()].concat(),
        )
        .unwrap();
        let recovery = ledger(saved.path()).recover().unwrap();
        assert_eq!(recovery.completed, 2);
        assert!(recovery.set_aside.is_some());
        assert_eq!(fs::read(saved.path().join(RECORDS)).unwrap(), sound);
        let checkpoint = fs::read(saved.path().join(CHECKPOINT)).unwrap();
        assert_eq!(checkpoint, batch.checkpoint);
    }
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Appends three records, lets `damage` loose, and returns why a fourth is refused.
fn refused(damage: impl Fn(&Path)) -> String {
    let dir = tempfile::tempdir().unwrap();
    let drafts = [statement("a"), statement("b"), statement("c")];
    ledger(dir.path()).append(&drafts).unwrap();
    damage(dir.path());
    let records = fs::read(dir.path().join(RECORDS)).ok();
    let error = ledger(dir.path()).append(&[statement("d")]).unwrap_err();
    assert_eq!(fs::read(dir.path().join(RECORDS)).ok(), records);
    error.to_string()
}

fn edit(dir: &Path, path: &str, change: impl Fn(&mut Vec<u8>)) {
    let path = dir.join(path);
    let mut bytes = fs::read(&path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

#[test]
fn refuses_what_no_crash_leaves_behind() {
    let lost = refused(|dir| edit(dir, RECORDS, |bytes| bytes.truncate(bytes.len() / 2)));
    assert!(
        lost.contains("does not hold the record with index 2"),
        "{lost}"
    );
    let gone = refused(|dir| fs::remove_file(dir.join(RECORDS)).unwrap());
    assert!(gone.contains("index 2"), "{gone}");
    let altered = refused(|dir| {
        edit(dir, RECORDS, |bytes| {
            let at = bytes.len() - 40;
            bytes[at] ^= 1;
        });
    });
    assert!(altered.contains("truncated or altered"), "{altered}");
    let tile = refused(|dir| edit(dir, "tile/0/000.p/3", |bytes| bytes[7] ^= 1));
    assert!(tile.contains("the tiles do not have the root"), "{tile}");
    let short = refused(|dir| edit(dir, "tile/0/000.p/3", |bytes| bytes.truncate(64)));
    assert!(
        short.contains("tile/0/000.p/3` does not have the size"),
        "{short}"
    );
    let none = refused(|dir| fs::remove_file(dir.join("tile/0/000.p/3")).unwrap());
    assert!(none.contains("tile/0/000.p/3` is missing"), "{none}");
    let checkpoint = refused(|dir| fs::remove_file(dir.join(CHECKPOINT)).unwrap());
    assert!(
        checkpoint.contains("checkpoint` is missing although"),
        "{checkpoint}"
    );
    let forged = refused(|dir| edit(dir, CHECKPOINT, |bytes| bytes[19] = b'2'));
    assert!(forged.contains("is not signed by a key"), "{forged}");
    let shape = refused(|dir| edit(dir, CHECKPOINT, Vec::clear));
    assert!(shape.contains("checkpoint`"), "{shape}");
}

#[test]
fn refuses_whole_records_that_do_not_continue_the_ledger() {
    let stranger = SecretKey::from_seed(&[9; 32]);
    let forge = |index: u64, prev: Option<Digest>, key: &SecretKey| {
        let key = key.clone();
        move |dir: &Path| {
            let prev = match prev {
                Some(prev) => prev,
                None => Reader::open(dir)
                    .unwrap()
                    .last()
                    .unwrap()
                    .unwrap()
                    .line_digest(),
            };
            let position = json!({"origin": ORIGIN, "index": index, "prev": prev});
            let payload = json::canonical(&json!({"predicate": {"ledger": position}}));
            let line = Envelope::sign(IN_TOTO, &payload.unwrap(), &key.clone().into())
                .unwrap()
                .to_line();
            edit(dir, RECORDS, |bytes| {
                bytes.extend([&line, b"\n".as_slice()].concat());
            });
        }
    };
    let signer = refused(forge(3, None, &stranger));
    assert!(
        signer.contains("index 3, is not signed by a trusted key"),
        "{signer}"
    );
    let index = refused(forge(4, None, &record_key()));
    assert!(index.contains("is not chained"), "{index}");
    let prev = refused(forge(3, Some(Digest::ZERO), &record_key()));
    assert!(prev.contains("is not chained"), "{prev}");
}

#[test]
fn completes_records_and_extends_checkpoints_of_trusted_others() {
    let other = Options {
        record_key: SecretKey::from_seed(&[8; 32]).into(),
        checkpoint_key: SecretKey::from_seed(&[7; 32]).into(),
        ..options()
    };
    let dir = tempfile::tempdir().unwrap();
    ledger(dir.path()).append(&[statement("a")]).unwrap();
    let error = Ledger::new(dir.path(), other.clone())
        .recover()
        .unwrap_err();
    assert!(matches!(error, LedgerError::CheckpointSigner { .. }));

    let saved = fs::read(dir.path().join(CHECKPOINT)).unwrap();
    ledger(dir.path()).append(&[statement("b")]).unwrap();
    fs::write(dir.path().join(CHECKPOINT), saved).unwrap();
    let tile = fs::read(dir.path().join("tile/0/000.p/2")).unwrap();
    fs::write(dir.path().join("tile/0/000.p/1"), &tile[..32]).unwrap();
    let trusting = Options {
        trust: trust(),
        ..other
    };
    let recovery = Ledger::new(dir.path(), trusting).recover().unwrap();
    assert_eq!(recovery.completed, 1);
}

#[test]
fn of_many_threads_each_gets_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("ledger");
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let root = &root;
            scope.spawn(move || {
                for n in 0..6 {
                    let name = format!("{thread}.{n}");
                    let draft = naming(&name, &[b"shared", name.as_bytes()]);
                    ledger(root).append(&[draft]).unwrap();
                }
            });
        }
    });
    let reader = Reader::open(&root).unwrap();
    assert_eq!(reader.checkpoint().size, 48);
    let mut prev = Digest::ZERO;
    for entry in reader.entries().unwrap() {
        let entry = entry.unwrap();
        let envelope = Envelope::parse(&entry.line).unwrap();
        let position = record::position(envelope.unverified_payload()).unwrap();
        assert_eq!((position.index, position.prev), (entry.index, prev));
        prev = entry.line_digest();
    }
    assert_eq!(names(&root.join("tmp")), [""; 0]);
}

#[test]
fn a_damaged_blob_is_replaced_when_it_is_stored_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(blob_path(&Digest::of(b"evidence")));
    for damage in [b"evidencf".as_slice(), b"evi"] {
        let draft = naming("x", &[b"evidence"]);
        ledger(dir.path()).append(&[draft]).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"evidence");
        assert!(fs::metadata(&path).unwrap().permissions().readonly());
        fs::remove_file(&path).unwrap();
        fs::write(&path, damage).unwrap();
    }
}

#[test]
fn says_that_a_folder_cannot_be_written() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, b"").unwrap();
    let error = ledger(&file.join("ledger")).recover().unwrap_err();
    assert!(error.to_string().starts_with("cannot lock `"), "{error}");
    let denied = io::Error::from(io::ErrorKind::ReadOnlyFilesystem);
    let error = LedgerError::io(&Folder::new(dir.path()), "append to", RECORDS)(denied);
    assert!(
        error
            .to_string()
            .starts_with("ledger is read-only: cannot append to `")
    );
}

#[test]
fn the_specification_shows_what_is_written() {
    let specification = include_str!("../../docs/spec/ledger.md");
    let dir = tempfile::tempdir().unwrap();
    let draft = naming("example", &[b"evidence"]);
    let batch = ledger(dir.path()).append(&[draft]).unwrap();
    let line = &batch.appended[0].line;
    let payload = Envelope::parse(line).unwrap().unverified_payload().to_vec();
    let tile = fs::read(dir.path().join("tile/0/000.p/1")).unwrap();
    for (name, bytes) in [
        ("line", line.clone()),
        ("payload", payload),
        ("checkpoint", batch.checkpoint),
        ("leaf", crate::digest::to_hex(&tile).into_bytes()),
    ] {
        let text = String::from_utf8(bytes).unwrap();
        assert!(specification.contains(text.trim_end()), "{name}: {text}");
    }
}

#[test]
fn a_key_that_does_not_sign_leaves_nothing_behind() {
    use crate::signing::signer::tests::Safe;
    use std::sync::Arc;
    let wrong = |public: &SecretKey, holds: Option<SecretKey>| {
        Signer::kept(public.public(), Arc::new(Safe(holds)))
    };
    let dir = tempfile::tempdir().unwrap();
    let record_locked = Options {
        record_key: wrong(&record_key(), None),
        ..options()
    };
    let checkpoint_locked = Options {
        checkpoint_key: wrong(&checkpoint_key(), None),
        ..options()
    };
    // No signature of the checkpoint: there is no ledger.
    let path = dir.path().join("new");
    let refused = Ledger::new(&path, checkpoint_locked.clone()).append(&[statement("a")]);
    let error = refused.unwrap_err();
    assert!(matches!(error, LedgerError::Checkpoint { .. }), "{error:?}");
    assert!(!path.join(RECORDS).exists() && !path.join(CHECKPOINT).exists());

    ledger(&path).append(&[statement("a")]).unwrap();
    let before = (
        fs::read(path.join(RECORDS)).unwrap(),
        fs::read(path.join(CHECKPOINT)).unwrap(),
    );
    let another = Options {
        record_key: wrong(&record_key(), Some(checkpoint_key())),
        ..options()
    };
    for options in [record_locked, checkpoint_locked, another] {
        let refused = Ledger::new(&path, options).append(&[statement("b")]);
        assert!(refused.is_err());
        let after = (
            fs::read(path.join(RECORDS)).unwrap(),
            fs::read(path.join(CHECKPOINT)).unwrap(),
        );
        assert_eq!(before, after);
    }
    let batch = ledger(&path).append(&[statement("b")]).unwrap();
    assert_eq!(
        (batch.appended[0].position.index, batch.recovery),
        (1, Recovery::default())
    );
}
