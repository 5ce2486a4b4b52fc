use std::path::Path;

use super::*;
use crate::digest::Digest;
use crate::ledger::read::{self, Reader};
use crate::ledger::tests::{
    checkpoint_key, ledger as writer, options, record_key, statement, trust,
};
use crate::ledger::{Ledger, Options};
use crate::signing::{Role, SecretKey};

/// A ledger of `size` records, and its checkpoint at every size.
fn sample(size: u64) -> (tempfile::TempDir, Vec<Vec<u8>>) {
    let dir = tempfile::tempdir().unwrap();
    writer(dir.path()).append(&[]).unwrap();
    let mut checkpoints = vec![reader(dir.path()).checkpoint_bytes().to_vec()];
    for number in 0..size {
        let batch = writer(dir.path()).append(&[statement(&number.to_string())]);
        checkpoints.push(batch.unwrap().checkpoint);
    }
    (dir, checkpoints)
}

fn reader(dir: &Path) -> Reader {
    Reader::open(dir).unwrap()
}

fn receipt_of(dir: &Path, index: u64) -> Receipt {
    let entry = reader(dir).entry(index).unwrap().unwrap();
    read::receipt(dir, &entry).unwrap()
}

#[track_caller]
fn said<T: std::fmt::Debug>(result: Result<T, VerifyError>) -> String {
    match result {
        Err(VerifyError::Wrong(failures)) => failures.to_string(),
        other => panic!("expected it to be wrong: {other:?}"),
    }
}

#[test]
fn a_receipt_shows_its_record_at_every_size_and_index() {
    let dir = tempfile::tempdir().unwrap();
    for size in 1..=9 {
        writer(dir.path()).append(&[statement("x")]).unwrap();
        for index in 0..size {
            let made = receipt_of(dir.path(), index);
            let report = receipt(&made.to_bytes(), &trust()).unwrap();
            assert_eq!((report.index, report.size), (index, size));
            assert_eq!(report.record, made.record);
            assert_eq!(report.record_signer, "record");
            assert_eq!(report.checkpoint_signers, ["log"]);
        }
    }
}

#[test]
fn no_byte_of_a_receipt_can_be_another() {
    let (dir, _) = sample(5);
    let bytes = receipt_of(dir.path(), 2).to_bytes();
    receipt(&bytes, &trust()).unwrap();
    for place in 0..bytes.len() {
        for bit in [1, 0x20] {
            let mut other = bytes.clone();
            other[place] ^= bit;
            assert!(receipt(&other, &trust()).is_err(), "byte {place}");
        }
        assert!(
            receipt(&bytes[..place], &trust()).is_err(),
            "cut at {place}"
        );
    }
}

#[test]
fn a_receipt_put_together_from_others_is_refused() {
    let (dir, checkpoints) = sample(5);
    let good = receipt_of(dir.path(), 2);
    let other = receipt_of(dir.path(), 3);
    let of = |receipt: &Receipt| said(super::receipt(&receipt.to_bytes(), &trust()));

    let swapped = Receipt {
        record: other.record.clone(),
        ..good.clone()
    };
    assert!(
        of(&swapped).contains("was signed for index 3"),
        "{}",
        of(&swapped)
    );
    assert!(of(&swapped).contains("do not lead to the root over 5 records"));
    let moved = Receipt {
        index: 3,
        ..good.clone()
    };
    assert!(of(&moved).contains("was signed for index 2"));
    let older = Receipt {
        checkpoint: checkpoints[4].clone(),
        ..good.clone()
    };
    assert!(of(&older).contains("root over 4 records"));
    let before = Receipt {
        checkpoint: checkpoints[2].clone(),
        ..good.clone()
    };
    assert!(of(&before).contains("root over 2 records"));

    // A record that the key's holder signed for the place, and that was never appended.
    let forged = {
        let dir = tempfile::tempdir().unwrap();
        let texts = ["0", "1", "another"];
        writer(dir.path()).append(&texts.map(statement)).unwrap();
        receipt_of(dir.path(), 2)
    };
    receipt(&forged.to_bytes(), &trust()).unwrap();
    let claimed = Receipt {
        record: forged.record,
        ..good.clone()
    };
    assert!(of(&claimed).contains("do not lead to the root"));

    // The same ledger's key under another name.
    let elsewhere = Options {
        origin: "example.com/other".parse().unwrap(),
        ..options()
    };
    let dir = tempfile::tempdir().unwrap();
    Ledger::new(dir.path(), elsewhere)
        .append(&["0", "1", "2"].map(statement))
        .unwrap();
    let foreign = Receipt {
        checkpoint: receipt_of(dir.path(), 2).checkpoint,
        ..good
    };
    assert!(
        of(&foreign).contains("belongs to ledger `example.com/ledger`"),
        "{}",
        of(&foreign)
    );
}

#[test]
fn signers_must_be_trusted_for_what_they_signed() {
    let (dir, _) = sample(3);
    let bytes = receipt_of(dir.path(), 1).to_bytes();
    let trusting = |key: &SecretKey, roles: &[Role]| {
        let mut trust = TrustPolicy::default();
        let roles = roles.iter().copied().collect();
        trust
            .add("somebody", key.public(), roles, 0..u64::MAX)
            .unwrap();
        trust
    };
    for half in [
        trusting(&record_key(), &[Role::Record]),
        trusting(&checkpoint_key(), &[Role::Checkpoint]),
    ] {
        let error = receipt(&bytes, &half).unwrap_err();
        assert!(matches!(error, VerifyError::Unverifiable(_)), "{error}");
    }
    let stranger = SecretKey::from_seed(&[9; 32]);
    let strangers = trusting(&stranger, &[Role::Record, Role::Checkpoint]);
    let text = said(receipt(&bytes, &strangers));
    assert_eq!(text.matches("signature: ").count(), 2, "{text}");
}

#[test]
fn growth_is_shown_from_every_size_to_every_other() {
    let (dir, checkpoints) = sample(12);
    for old in 0..=12_u64 {
        let made = reader(dir.path()).consistency(old).unwrap();
        let report = consistency(
            &made.to_bytes(),
            &checkpoints[usize::try_from(old).unwrap()],
            &trust(),
        )
        .unwrap();
        assert_eq!((report.old, report.size), (old, 12));
        for (size, other) in checkpoints.iter().enumerate() {
            let result = consistency(&made.to_bytes(), other, &trust());
            assert_eq!(result.is_ok(), size as u64 == old, "{old} {size}");
        }
        for place in 0..made.hashes.len() {
            let mut damaged = made.clone();
            damaged.hashes[place] = Digest::ZERO;
            let text = said(consistency(
                &damaged.to_bytes(),
                &checkpoints[usize::try_from(old).unwrap()],
                &trust(),
            ));
            assert!(text.contains("records were rewritten or removed"), "{text}");
        }
    }
}

#[test]
fn a_history_written_anew_does_not_continue_the_kept_one() {
    let (_old, checkpoints) = sample(4);
    let dir = tempfile::tempdir().unwrap();
    writer(dir.path())
        .append(&["0", "1", "x", "3", "4"].map(statement))
        .unwrap();
    let made = reader(dir.path()).consistency(4).unwrap().to_bytes();
    let text = said(consistency(&made, &checkpoints[4], &trust()));
    assert!(
        text.contains("5 records continues the kept one of 4"),
        "{text}"
    );
    // What they have in common, they have.
    let made = reader(dir.path()).consistency(2).unwrap().to_bytes();
    consistency(&made, &checkpoints[2], &trust()).unwrap();
    let text = said(consistency(&made, &checkpoints[4], &trust()));
    assert!(text.contains("starts from 2 records"), "{text}");
    assert!(said(consistency(b"old 2\n", &checkpoints[2], &trust())).contains("line 2"));
    assert!(said(consistency(&made, b"?", &trust())).contains("kept checkpoint"));
}
