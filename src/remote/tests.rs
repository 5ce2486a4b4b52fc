//! The crash table over a store that fails at every request, in every way; and many
//! writers at once.

use std::collections::BTreeMap;
use std::time::Duration;

use super::append::Writer;
use super::*;
use crate::ledger::tests::{ORIGIN, naming, options, statement, trust};
use crate::verify::{self, LedgerReport, Verified, VerifyError};

mod copies;
mod faulty;

use faulty::{Fault, Faulty};

const PATIENCE: Patience = Patience {
    tries: 6,
    rounds: 200,
    pause: Duration::ZERO,
};

fn append(store: &Faulty, options: &Options, drafts: &[Draft<'_>]) -> Result<Batch, LedgerError> {
    Writer {
        objects: store,
        options,
        patience: PATIENCE,
    }
    .append(drafts)
}

fn base(size: usize) -> Faulty {
    let store = Faulty::new();
    let drafts: Vec<_> = (0..size).map(|n| statement(&format!("base {n}"))).collect();
    // One by one where it is cheap, so that there are many objects.
    let part = if size > 10 { size } else { 1 };
    for part in drafts.chunks(part) {
        append(&store, &options(), part).unwrap();
    }
    store
}

fn drafts(count: usize) -> Vec<Draft<'static>> {
    (0..count)
        .map(|n| naming(&format!("new {n}"), &[b"shared", n.to_string().as_bytes()]))
        .collect()
}

fn verified(store: &Faulty) -> Result<Verified<LedgerReport>, VerifyError> {
    let dir = tempfile::tempdir().unwrap();
    store.materialise(dir.path());
    verify::ledger(dir.path(), &trust(), &verify::Options::default())
}

/// How often each record is there, by the name that it was given.
fn counts(store: &Faulty) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for (path, bytes) in store.objects() {
        for line in bytes
            .split(|byte| *byte == b'\n')
            .filter(|_| path.starts_with("records/"))
        {
            let Ok(envelope) = crate::signing::dsse::Envelope::parse(line) else {
                continue;
            };
            let text = String::from_utf8_lossy(envelope.unverified_payload()).into_owned();
            let name = text.rsplit_once("\"name\":\"").unwrap().1;
            let name = name.split('"').next().unwrap().to_owned();
            *counts.entry(name).or_default() += 1;
        }
    }
    counts
}

#[test]
fn an_append_survives_a_fault_at_every_request() {
    // A new ledger, the first tile, a tile that becomes full, one that is new.
    for (size, count) in [(0, 1), (0, 2), (3, 2), (255, 1), (256, 1), (255, 2)] {
        let sizes = (size as u64, count as u64);
        let base = base(size);
        let new = drafts(count);
        for fault in [
            Fault::NotDone,
            Fault::Done,
            Fault::Late(0),
            Fault::Late(1),
            Fault::Late(2),
        ] {
            for dies in [false, true] {
                for step in 1.. {
                    let store = base.fork();
                    store.plan(step, fault, dies);
                    let acknowledged = append(&store, &options(), &new);
                    let what = format!("{fault:?} at {step}, dies {dies}, {size} + {count}");
                    let steps = store.steps();
                    if !store.settle() {
                        assert!(steps > 6, "{what}: {steps}");
                        break;
                    }
                    assert!(dies || acknowledged.is_ok(), "{what}: {acknowledged:?}");
                    survives(&store, acknowledged.ok().as_ref(), sizes, &what);
                }
            }
        }
    }
}

/// What must hold once a second writer has appended.
fn survives(store: &Faulty, batch: Option<&Batch>, (size, count): (u64, u64), what: &str) {
    let second = append(store, &options(), &[statement("second")])
        .unwrap_or_else(|error| panic!("{what}: {error} {:?}", std::error::Error::source(&error)));
    let report = verified(store).unwrap_or_else(|error| panic!("{what}: {error}"));
    let counts = counts(store);
    assert_eq!(counts.values().sum::<usize>() as u64, report.size, "{what}");
    assert!(
        counts.values().all(|times| *times == 1),
        "{what}: {counts:?}"
    );
    assert_eq!(counts.get("second"), Some(&1), "{what}");
    assert_eq!(second.appended[0].position.index + 1, report.size, "{what}");
    let new = report.size - size - 1;
    match batch {
        Some(batch) => {
            assert_eq!(new, count, "{what}");
            assert_eq!(batch.appended[0].position.index, size, "{what}");
            let (checkpoint, _) = Checkpoint::parse(&batch.checkpoint).unwrap();
            assert_eq!(checkpoint.size, size + count, "{what}");
        }
        None => assert!(new == 0 || new == count, "{what}: {new}"),
    }
}

#[test]
fn a_writer_who_takes_over_may_die_too() {
    let base = base(3);
    base.plan(usize::MAX, Fault::NotDone, false);
    append(&base.fork(), &options(), &drafts(2)).unwrap();
    for step in 1..60 {
        let crashed = base.fork();
        crashed.plan(step, Fault::Done, true);
        let _ = append(&crashed, &options(), &drafts(2));
        if !crashed.settle() {
            break;
        }
        for second in 1.. {
            let store = crashed.fork();
            store.plan(second, Fault::Done, true);
            let _ = append(&store, &options(), &[]);
            if !store.settle() {
                break;
            }
            let what = format!("{step}, {second}");
            append(&store, &options(), &[]).unwrap_or_else(|error| panic!("{what}: {error}"));
            let report = verified(&store).unwrap_or_else(|error| panic!("{what}: {error}"));
            assert!(report.size == 3 || report.size == 5, "{what}");
        }
    }
}

#[test]
fn writers_of_the_same_record_have_one_each() {
    let store = Faulty::new();
    let (threads, times) = (8, 10);
    let mut indexes: Vec<u64> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let append = |_| append(&store, &options(), &[statement("same")]).unwrap();
                    let batches: Vec<Batch> = (0..times).map(append).collect();
                    batches
                        .iter()
                        .map(|batch| batch.appended[0].position.index)
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        running
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    indexes.sort_unstable();
    assert_eq!(indexes, (0..threads * times).collect::<Vec<_>>());
    assert_eq!(verified(&store).unwrap().size, threads * times);
}

#[test]
fn a_large_batch_is_several_objects() {
    let store = Faulty::new();
    let many: Vec<_> = (0..600).map(|n| statement(&n.to_string())).collect();
    let batch = append(&store, &options(), &many).unwrap();
    assert_eq!(batch.appended.len(), 600);
    let records: Vec<_> = store.objects().into_iter().map(|(path, _)| path).collect();
    for first in [0, 256, 512] {
        assert!(records.contains(&records_path(first)), "{records:?}");
    }
    append(&store, &options(), &[statement("one more")]).unwrap();
    assert_eq!(verified(&store).unwrap().size, 601);
}

#[test]
fn the_first_who_makes_a_ledger_names_it() {
    let store = Faulty::new();
    append(&store, &options(), &[]).unwrap();
    let other = Options {
        origin: "example.com/other".parse().unwrap(),
        ..options()
    };
    let batch = append(&store, &other, &[statement("x")]).unwrap();
    assert_eq!(batch.appended[0].position.origin, ORIGIN);
}

#[test]
fn what_no_writer_leaves_is_refused() {
    let refused = |change: &dyn Fn(&Faulty)| {
        let store = base(3);
        change(&store);
        let error = append(&store, &options(), &[statement("x")]).unwrap_err();
        assert!(
            !store
                .objects()
                .iter()
                .any(|(path, _)| *path == records_path(4)),
            "{error}"
        );
        error.to_string()
    };
    let line = |options: &Options, size: usize| {
        let other = base(size);
        append(&other, options, &[statement("y")]).unwrap();
        other
            .objects()
            .into_iter()
            .find(|(path, _)| *path == records_path(size as u64))
            .unwrap()
            .1
    };
    let strange = Options {
        record_key: crate::signing::SecretKey::from_seed(&[9; 32]).into(),
        ..options()
    };
    for (path, bytes, says) in [
        (
            "records/00000000000000000003",
            line(&strange, 3),
            "trusted key",
        ),
        (
            "records/00000000000000000003",
            line(&options(), 2),
            "not chained",
        ),
        (
            "records/00000000000000000003",
            b"{}".to_vec(),
            "does not end in a newline",
        ),
        ("records/00000000000000000003", b"{}\n".to_vec(), "is none"),
        (
            "records/00000000000000000003",
            b"\n".repeat(300),
            "more than 256 lines",
        ),
        (
            "records/00000000000000000002",
            line(&options(), 1),
            "record with index 2",
        ),
        ("tile/0/000.p/3", vec![0; 96], "do not have the root"),
        ("tile/0/000.p/3", vec![0; 95], "does not have the size"),
        ("checkpoint", b"x".to_vec(), "checkpoint"),
    ] {
        let error = refused(&|store| store.put(path, &bytes));
        assert!(error.contains(says), "{path}: {error}");
    }
}

#[test]
fn what_was_put_in_the_way_is_refused() {
    // The tile that is next, and a blob.
    let store = base(3);
    store.put("tile/0/000.p/4", &[0; 128]);
    let error = append(&store, &options(), &[statement("x")]).unwrap_err();
    let error = error.to_string();
    assert!(error.contains("does not hold the hashes"), "{error}");
    let store = base(1);
    store.put(&crate::ledger::blob_path(&Digest::of(b"evidence")), b"else");
    let error = append(&store, &options(), &[naming("x", &[b"evidence"])]).unwrap_err();
    assert!(error.to_string().contains("was altered"), "{error}");
    // Records whose checkpoint is gone.
    let store = Faulty::new();
    store.put(&records_path(0), b"{}\n");
    let error = append(&store, &options(), &[]).unwrap_err();
    assert!(
        matches!(error, LedgerError::CheckpointMissing { .. }),
        "{error}"
    );
}

#[test]
fn a_receipt_is_made_of_the_tiles_on_the_way() {
    let store = base(300);
    let batch = append(&store, &options(), &[statement("x")]).unwrap();
    let appended = &batch.appended[0];
    append(&store, &options(), &[statement("y")]).unwrap();
    store.plan(usize::MAX, Fault::NotDone, false);
    let entry = Entry {
        index: appended.position.index,
        line: appended.line.clone(),
    };
    let made = receipt(&store, &entry).unwrap();
    assert!(store.steps() < 12, "{}", store.steps());
    let report = verify::receipt(&made.to_bytes(), &trust()).unwrap();
    assert_eq!((report.index, report.size), (300, 302));
    let beyond = Entry {
        index: 302,
        ..entry
    };
    assert!(matches!(
        receipt(&store, &beyond),
        Err(ReadError::Beyond { .. })
    ));
}

#[test]
fn an_append_costs_the_same_at_every_size() {
    let mut costs = Vec::new();
    for size in [10, 300, 1_000] {
        let store = base(size);
        store.plan(usize::MAX, Fault::NotDone, false);
        append(&store, &options(), &[statement("x")]).unwrap();
        costs.push(store.steps());
    }
    assert!(costs.iter().all(|steps| *steps <= 10), "{costs:?}");
}
