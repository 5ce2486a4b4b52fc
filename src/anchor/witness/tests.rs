use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use super::*;
use crate::clock::Fixed;
use crate::ledger::merkle;
use crate::ledger::tests::{ledger, statement};
use crate::ledger::{Checkpoint, anchors};
use crate::signing::SecretKey;
use crate::signing::cosignature::tests::cosign as sign;

const NOW_S: u64 = 1_795_438_800;

fn clock() -> Fixed {
    Fixed(Timestamp::from_unix_seconds(i64::try_from(NOW_S).unwrap()).unwrap())
}

fn key() -> SecretKey {
    SecretKey::from_seed(&[7; 32])
}

fn keys() -> Vec<CosignerKey> {
    vec![CosignerKey::new("w".parse().unwrap(), key().public())]
}

/// A server that answers each request with what `answer` makes of its body.
fn server(mut answer: impl FnMut(&[u8]) -> (u16, Vec<u8>) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut bytes = Vec::new();
            let mut buffer = [0; 4096];
            let body = loop {
                let read = stream.read(&mut buffer).unwrap_or(0);
                bytes.extend_from_slice(&buffer[..read]);
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let Some((head, _)) = text.split_once("\r\n\r\n") else {
                    assert!(read > 0, "no request");
                    continue;
                };
                assert!(head.starts_with("POST /add-checkpoint HTTP/1.1"), "{head}");
                let length: usize = head
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length: "))
                    .map_or(0, |length| length.parse().unwrap());
                if bytes.len() >= head.len() + 4 + length {
                    break bytes[head.len() + 4..].to_vec();
                }
            };
            let (status, body) = answer(&body);
            let head = format!(
                "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(&[head.as_bytes(), &body].concat());
        }
    });
    url
}

/// A second implementation: what the specification says that a witness does.
fn witness(mut seen: Checkpoint, time_s: u64) -> impl FnMut(&[u8]) -> (u16, Vec<u8>) {
    move |body| {
        let Ok(proof) = Consistency::parse(body) else {
            return (400, b"bad request".to_vec());
        };
        let (new, note) = Checkpoint::parse(&proof.checkpoint).unwrap();
        if proof.old > new.size {
            return (400, Vec::new());
        }
        if proof.old != seen.size {
            return (409, format!("{}\n", seen.size).into_bytes());
        }
        let (from, to) = ((seen.size, &seen.root), (new.size, &new.root));
        if !merkle::consistency_holds(from, to, &proof.hashes) {
            return (422, b"bad consistency proof".to_vec());
        }
        seen = new;
        let mut cosigned = Note::new(note.text()).unwrap();
        sign(&mut cosigned, "w", &key(), time_s);
        sign(&mut cosigned, "unknown", &SecretKey::from_seed(&[8; 32]), 1);
        let text = cosigned.to_bytes();
        (200, text[note.text().len() + 1..].to_vec())
    }
}

fn nothing() -> Checkpoint {
    Checkpoint::empty("example.com/ledger".parse().unwrap())
}

fn ask(dir: &Path, url: &str) -> Result<Cosigned, AnchorError> {
    let client = super::super::ask::client().unwrap();
    let anchored = Anchored::read(dir)?;
    cosign(dir, &anchored, url, &keys(), &client, &clock())
}

fn of(size: usize) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    grow(dir.path(), size);
    dir
}

fn grow(dir: &Path, size: usize) {
    let drafts: Vec<_> = (0..size).map(|n| statement(&n.to_string())).collect();
    ledger(dir).append(&drafts).unwrap();
}

#[test]
fn a_ledger_that_grows_is_cosigned_again_and_again() {
    let dir = of(3);
    let url = server(witness(nothing(), NOW_S));
    for more in [1, 300, 1, 0] {
        let cosigned = ask(dir.path(), &url).unwrap();
        assert_eq!(cosigned.keys[0].0, "w");
        assert_eq!(cosigned.keys[0].1, clock().0);
        // The line of a key that nobody named is not taken over.
        assert_eq!(cosigned.note.signatures().len(), 2);
        assert_eq!(
            cosignature::verify(&cosigned.note, &keys()).unwrap().len(),
            1
        );
        anchors::keep_cosigned(dir.path(), &cosigned.note).unwrap();
        if more > 0 {
            grow(dir.path(), more);
        }
    }
    assert!(dir.path().join("anchor/305/checkpoint").exists());
}

#[test]
fn one_that_was_cut_is_told_by_its_size() {
    let dir = of(5);
    let older = tempfile::tempdir().unwrap();
    crate::ledger::tests::copy(dir.path(), older.path());
    grow(dir.path(), 1);
    let url = server(witness(nothing(), NOW_S));
    ask(dir.path(), &url).unwrap();
    let error = ask(older.path(), &url).unwrap_err();
    assert!(error.accuses());
    assert!(
        matches!(
            error,
            AnchorError::Cut {
                seen: 6,
                size: 5,
                ..
            }
        ),
        "{error}"
    );
    assert!(error.to_string().contains("it was cut"), "{error}");
}

#[test]
fn one_that_was_written_anew_is_told_by_its_hashes() {
    let dir = of(5);
    let url = server(witness(nothing(), NOW_S));
    ask(dir.path(), &url).unwrap();
    // The same keys and size, another history; and one that is longer.
    for size in [5, 9] {
        let anew = tempfile::tempdir().unwrap();
        let drafts: Vec<_> = (0..size).map(|_| statement("another")).collect();
        ledger(anew.path()).append(&drafts).unwrap();
        let error = ask(anew.path(), &url).unwrap_err();
        assert!(error.accuses());
        assert!(
            matches!(error, AnchorError::Rewritten { old: 5, .. }),
            "{error}"
        );
    }
}

#[test]
fn what_others_appended_meanwhile_is_no_accusation() {
    let dir = of(2);
    let anchored = Anchored::read(dir.path()).unwrap();
    grow(dir.path(), 2);
    let url = server(witness(nothing(), NOW_S));
    ask(dir.path(), &url).unwrap();
    let client = super::super::ask::client().unwrap();
    let error = cosign(dir.path(), &anchored, &url, &keys(), &client, &clock()).unwrap_err();
    assert!(!error.accuses());
    assert!(
        matches!(error, AnchorError::Overtaken { seen: 4, .. }),
        "{error}"
    );
}

#[test]
fn answers_that_are_none_are_refused() {
    let dir = of(2);
    let said = |status: u16, body: &[u8]| {
        let body = body.to_vec();
        let url = server(move |_| (status, body.clone()));
        let error = ask(dir.path(), &url).unwrap_err();
        assert!(!error.accuses(), "{error}");
        error.to_string()
    };
    assert!(said(400, b"no\x1b[31m").contains("it answered 400: no [31m"));
    assert!(said(403, b"").contains("does not accept the key"));
    assert!(said(404, b"").contains("does not know the log `example.com/ledger`"));
    assert!(said(500, b"oops").contains("it answered 500: oops"));
    assert!(said(409, b"").contains("409 and no size"));
    assert!(said(409, b"1").contains("409 and no size"));
    assert!(said(409, b"01\n").contains("409 and no size"));
    assert!(said(409, b"-1\n").contains("409 and no size"));
    assert!(said(409, b"0\n").contains("which is what it was sent"));
    assert!(said(200, b"").contains("is not a signed note"));
    assert!(said(200, b"OK\n").contains("is not a signed note"));
    let anchored = Anchored::read(dir.path()).unwrap();
    let lines = |name: &str, key: &SecretKey, time_s: u64, text: &str| {
        let mut note = Note::new(text).unwrap();
        sign(&mut note, name, key, time_s);
        note.to_bytes()[text.len() + 1..].to_vec()
    };
    let text = anchored.note.text();
    let good = lines("w", &key(), NOW_S, text);
    assert!(said(200, &good[..good.len() - 1]).contains("is not a signed note"));
    let other = SecretKey::from_seed(&[8; 32]);
    assert!(said(200, &lines("w", &other, NOW_S, text)).contains("none of the keys"));
    assert!(said(200, &lines("v", &key(), NOW_S, text)).contains("signed by: `v`"));
    let of_another = lines("w", &key(), NOW_S, "example.com/ledger\n1\nroot\n");
    assert!(said(200, &of_another).contains("does not match the text"));
    for far in [NOW_S - 301, NOW_S + 301, 1] {
        assert!(said(200, &lines("w", &key(), far, text)).contains("and here it is"));
    }
    assert!(said(200, &lines("w", &key(), 1 << 62, text)).contains("no calendar"));
}

#[test]
fn a_witness_that_never_settles_ends() {
    let dir = of(9);
    let mut size = 0;
    let url = server(move |_| {
        size = (size + 1) % 5;
        (409, format!("{}\n", size + 1).into_bytes())
    });
    let error = ask(dir.path(), &url).unwrap_err().to_string();
    assert!(error.contains("changes its mind"), "{error}");
}

#[test]
fn an_empty_ledger_has_nothing_to_anchor() {
    let dir = tempfile::tempdir().unwrap();
    ledger(dir.path()).recover().unwrap();
    assert!(matches!(
        Anchored::read(dir.path()),
        Err(AnchorError::Empty)
    ));
    assert!(!fs::exists(dir.path().join("anchor")).unwrap());
}
