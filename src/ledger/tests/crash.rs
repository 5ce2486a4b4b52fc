//! The crash table: an append fails or dies at every step, in every way; what is found
//! after it is a sound ledger with all that was acknowledged.

use std::collections::BTreeSet;

use super::*;
use crate::ledger::anchors;
use crate::ledger::store::memory::{Fault, Memory, Outage};
use crate::signing::cosignature::tests::cosign;
use crate::signing::note::Note;
use crate::verify::{self, LedgerReport, VerifyError};

const FAULTS: [Fault; 3] = [Fault::NotDone, Fault::DoneButReported, Fault::Torn];
const OUTAGES: [Outage; 6] = [
    Outage::Kill,
    Outage::Power,
    Outage::Lottery(1),
    Outage::Lottery(2),
    Outage::Lottery(3),
    Outage::Lottery(4),
];

fn writer(store: Memory) -> Writer<Memory> {
    Writer {
        store,
        options: options(),
    }
}

/// A ledger in memory with `size` records.
fn base(size: usize) -> Memory {
    let store = Memory::default();
    if size > 0 {
        let drafts: Vec<_> = (0..size).map(|_| statement("base")).collect();
        writer(store.clone()).append(&drafts).unwrap();
    }
    store
}

fn drafts(count: usize) -> Vec<Draft<'static>> {
    (0..count)
        .map(|n| naming("new", &[b"shared", n.to_string().as_bytes()]))
        .collect()
}

fn verified(store: &Memory) -> Result<verify::Verified<LedgerReport>, VerifyError> {
    let dir = tempfile::tempdir().unwrap();
    store.materialise(dir.path());
    verify::ledger(dir.path(), &trust(), &verify::Options::default())
}

/// Runs `append` with a fault at every step in turn; `then` judges what is left.
fn at_every_step(
    base: &Memory,
    append: impl Fn(&Writer<Memory>) -> bool,
    mut then: impl FnMut(&Memory, bool, &str),
) -> usize {
    let mut steps = 0;
    for fault in FAULTS {
        for dies in [false, true] {
            for step in 1.. {
                let store = base.fork();
                store.plan(step, fault, dies);
                let acknowledged = append(&writer(store.clone()));
                if !store.failed() {
                    assert!(acknowledged);
                    steps = step - 1;
                    break;
                }
                then(
                    &store,
                    acknowledged,
                    &format!("{fault:?} at step {step}, dies: {dies}"),
                );
            }
        }
    }
    steps
}

/// What must hold after a crash in an append of `count` records to `size`.
fn survives(
    store: &Memory,
    acknowledged: bool,
    (size, count): (u64, u64),
    seen: &mut BTreeSet<(Digest, bool)>,
    what: &str,
) {
    // Verifying large ledgers takes its time.
    let large = size > 100;
    let outages = if large { 2 } else { OUTAGES.len() };
    for outage in OUTAGES.into_iter().take(outages) {
        let store = store.fork();
        store.outage(outage);
        if !seen.insert((store.fingerprint(), acknowledged)) {
            continue;
        }
        let what = format!("{what}, then {outage:?}, size {size}");
        let one = drafts(1);
        let batch = writer(store.clone())
            .append(&one)
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        let found = batch.appended[0].position.index;
        assert!((size..=size + count).contains(&found), "{what}: {found}");
        assert!(!acknowledged || found == size + count, "{what}: lost");
        let report = verified(&store).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(report.size, found + 1, "{what}");

        if large {
            continue;
        }
        // All of that was acknowledged: a power cut now takes none of it.
        store.outage(Outage::Power);
        let report = verified(&store).unwrap_or_else(|error| panic!("{what}, later: {error}"));
        assert_eq!(report.size, found + 1, "{what}, later");
    }
}

#[test]
fn an_append_survives_a_fault_at_every_step() {
    // A new ledger, the first tile, a tile that becomes full, a tile that is new.
    for (size, count) in [(0, 1), (0, 2), (3, 1), (3, 2), (255, 1), (256, 1), (255, 2)] {
        let base = base(size);
        let drafts = drafts(count);
        let mut seen = BTreeSet::new();
        let sizes = (size as u64, count as u64);
        let steps = at_every_step(
            &base,
            |writer| writer.append(&drafts).is_ok(),
            |store, acknowledged, what| survives(store, acknowledged, sizes, &mut seen, what),
        );
        assert!(steps > 20, "{steps}");
    }
}

#[test]
fn a_recovery_survives_a_fault_at_every_step() {
    let base = base(3);
    let two = drafts(2);
    let mut interrupted = Vec::new();
    at_every_step(
        &base,
        |writer| writer.append(&two).is_ok(),
        |store, _, what| interrupted.push((store.fork(), what.to_owned())),
    );
    let (mut seen, mut seen_again) = (BTreeSet::new(), BTreeSet::new());
    for (store, first) in &interrupted {
        for outage in [Outage::Kill, Outage::Power, Outage::Lottery(9)] {
            let crashed = store.fork();
            crashed.outage(outage);
            if !seen.insert(crashed.fingerprint()) {
                continue;
            }
            at_every_step(
                &crashed,
                |writer| writer.append(&[]).is_ok(),
                |store, _, second| {
                    store.outage(Outage::Power);
                    if !seen_again.insert(store.fingerprint()) {
                        return;
                    }
                    let what = format!("{first}, {outage:?}, {second}");
                    let recovered = writer(store.clone()).append(&[]);
                    recovered.unwrap_or_else(|error| panic!("{what}: {error}"));
                    let report = verified(store).unwrap_or_else(|error| panic!("{what}: {error}"));
                    assert!((3..=5).contains(&report.size), "{what}");
                },
            );
        }
    }
}

#[test]
fn torn_bytes_are_kept_whatever_happens_to_their_rescue() {
    let base = base(3);
    let torn = b"{\"payload\":\"half a rec";
    base.append(RECORDS, torn).unwrap();
    let steps = at_every_step(
        &base,
        |writer| writer.append(&[]).is_ok(),
        |store, _, what| {
            store.outage(Outage::Power);
            writer(store.clone()).append(&[]).unwrap();
            let names = store.names("").unwrap().unwrap();
            let kept = names.iter().filter(|name| name.contains(".torn-"));
            let whole = kept
                .filter(|name| store.read(name, 100).unwrap().as_deref() == Some(torn))
                .count();
            assert!(whole >= 1, "{what}: {names:?}");
            assert_eq!(verified(store).unwrap().size, 3, "{what}");
        },
    );
    assert!(steps >= 5, "{steps}");
}

#[test]
fn blobs_reach_the_disk_before_the_line_that_names_them() {
    let base = base(1);
    at_every_step(
        &base,
        |writer| writer.append(&drafts(1)).is_ok(),
        |store, _, what| {
            store.outage(Outage::Power);
            writer(store.clone()).append(&[]).unwrap();
            // `verify` requires every blob that a record names.
            verified(store).unwrap_or_else(|error| panic!("{what}: {error}"));
        },
    );
}

/// Over the ledger of docs/spec/ledger.md §10.
const STAMP: &[u8] = include_bytes!("../../../tests/vectors/timestamp/good.tsr");

#[test]
fn an_anchor_survives_a_fault_at_every_step() {
    let base = Memory::default();
    writer(base.clone())
        .append(&[naming("example", &[b"evidence"])])
        .unwrap();
    let checkpoint = base.read(CHECKPOINT, 1 << 20).unwrap().unwrap();
    let mut cosigned = Note::parse(&checkpoint).unwrap();
    cosign(&mut cosigned, "w", &SecretKey::from_seed(&[7; 32]), 1);
    let (kept, stamp) = (
        anchors::cosigned_path(1),
        anchors::stamp_path(1, &Digest::of(STAMP)),
    );
    let steps = at_every_step(
        &base,
        |writer| anchors::keep(&writer.store, &cosigned, Some(STAMP)).is_ok(),
        |store, acknowledged, what| {
            for outage in OUTAGES {
                let store = store.fork();
                store.outage(outage);
                let what = format!("{what}, then {outage:?}");
                let read = |path: &str| store.read(path, 1 << 20).unwrap();
                let found = read(&kept);
                assert!(read(&stamp).is_none() || found.is_some(), "{what}");
                if let Some(bytes) = &found {
                    assert_eq!(bytes, &cosigned.to_bytes(), "{what}");
                }
                if acknowledged {
                    assert_eq!(read(&stamp).unwrap(), STAMP, "{what}");
                }
                verified(&store).unwrap_or_else(|error| panic!("{what}: {error}"));
                // Nothing of it is in the way of an append, nor of another try.
                anchors::keep(&store, &cosigned, Some(STAMP)).unwrap();
                writer(store.clone()).append(&drafts(1)).unwrap();
                assert_eq!(verified(&store).unwrap().size, 2, "{what}");
            }
        },
    );
    assert!(steps > 10, "{steps} steps");
}
