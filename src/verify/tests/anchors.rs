use super::*;
use crate::anchor::policy::WitnessPolicy;
use crate::json::{self, json};
use crate::ledger::anchors::{cosigned_path, keep_cosigned, keep_stamp, stamp_path};
use crate::ledger::{Draft, Receipt};
use crate::signing::cosignature::CosignerKey;
use crate::signing::cosignature::tests::cosign;
use crate::signing::note::Note;

/// Over the ledger of one record of docs/spec/ledger.md §10.
const STAMP: &[u8] = include_bytes!("../../../tests/vectors/timestamp/good.tsr");
const STRANGER: &[u8] = include_bytes!("../../../tests/vectors/timestamp/stranger.tsr");
const OTHER: &[u8] = include_bytes!("../../../tests/vectors/timestamp/other.tsr");
const UNNAMED: &[u8] = include_bytes!("../../../tests/vectors/timestamp/unnamed.tsr");
const ROOT: &[u8] = include_bytes!("../../../tests/vectors/timestamp/ca.pem");
/// 2026-11-23T13:00:00Z.
const NOW_S: u64 = 1_795_438_800;

fn witness(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

/// `w7`, `w8` and `w9`, and then `rest`.
fn policy(rest: &str) -> WitnessPolicy {
    let lines = (7..=9).map(|seed| {
        let key = CosignerKey::new(format!("w{seed}").parse().unwrap(), witness(seed).public());
        format!("witness w{seed} {key}\n")
    });
    let text = lines.collect::<String>() + rest;
    WitnessPolicy::parse(text.as_bytes()).unwrap()
}

fn two_of_three() -> Options {
    Options {
        witnesses: Some(policy("group g 2 w7 w8 w9\nquorum g\n")),
        ..Options::default()
    }
}

fn stamped(required: bool) -> Options {
    let mut authorities = Authorities::default();
    authorities.add("tsa", ROOT).unwrap();
    Options {
        authorities,
        stamped: required,
        ..Options::default()
    }
}

fn note(dir: &Path) -> Note {
    Note::parse(&fs::read(dir.join(CHECKPOINT)).unwrap()).unwrap()
}

/// Has witnesses cosign what is there.
fn anchor(dir: &Path, who: &[u8], time_s: u64) {
    let mut note = note(dir);
    for seed in who {
        cosign(&mut note, &format!("w{seed}"), &witness(*seed), time_s);
    }
    keep_cosigned(dir, &note).unwrap();
}

/// The ledger that the time stamps are over.
fn example() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    writer(dir.path())
        .append(&[naming("example", &[b"evidence"])])
        .unwrap();
    dir
}

fn with(dir: &Path, options: &Options) -> Result<Verified<LedgerReport>, VerifyError> {
    ledger(dir, &trust(), options)
}

#[test]
fn each_record_rests_on_what_covers_it() {
    let dir = sample(4);
    anchor(dir.path(), &[7, 8], NOW_S);
    writer(dir.path())
        .append(&[statement("a"), statement("b")])
        .unwrap();
    anchor(dir.path(), &[9], NOW_S + 60);
    writer(dir.path()).append(&[statement("c")]).unwrap();

    let report = match with(dir.path(), &two_of_three()) {
        Err(VerifyError::Unverifiable(failures)) => failures.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        report,
        "anchor: records 4 to 6: the quorum of the witness policy is not met"
    );
    let none = Options {
        witnesses: Some(policy("quorum none\n")),
        ..Options::default()
    };
    let report = with(dir.path(), &none).unwrap();
    let [first, second, third] = &report.rests[..] else {
        panic!("{:?}", report.rests);
    };
    let names = |rest: &Rest| -> Vec<String> {
        let names = rest.witnesses.iter();
        names
            .map(|one| format!("{} {}", one.name, one.size))
            .collect()
    };
    assert_eq!(
        (first.from, first.until, second.until, third.until),
        (0, 4, 6, 7)
    );
    assert_eq!(names(first), ["w7 4", "w8 4", "w9 6"]);
    assert_eq!(names(second), ["w9 6"]);
    assert_eq!(names(third), [""; 0]);
    // Without a policy nobody is relied on, and nothing is said of them but their number.
    let report = verify(dir.path()).unwrap();
    assert_eq!((report.rests.len(), report.unrelied.cosignatures), (1, 3));

    anchor(dir.path(), &[7, 9], NOW_S + 120);
    let report = with(dir.path(), &two_of_three()).unwrap();
    assert_eq!(report.rests.len(), 3);
    assert!(report.rests.iter().all(|rest| rest.quorum == Some(true)));
}

#[test]
fn a_quorum_that_nothing_meets_is_wrong() {
    let dir = sample(3);
    let text = wrong(with(dir.path(), &two_of_three()));
    assert!(text.contains("records 0 to 2: the quorum"), "{text}");
    // Two witnesses of different states are no quorum of one.
    anchor(dir.path(), &[7], NOW_S);
    writer(dir.path()).append(&[statement("a")]).unwrap();
    anchor(dir.path(), &[8], NOW_S);
    let text = wrong(with(dir.path(), &two_of_three()));
    assert!(text.contains("records 0 to 3: the quorum"), "{text}");
    // A policy for another log takes none for this one.
    let other = VerifierKey::new(ORIGIN.parse().unwrap(), witness(1).public());
    let options = Options {
        witnesses: Some(policy(&format!("log {other}\nquorum w8\n"))),
        ..Options::default()
    };
    let text = wrong(with(dir.path(), &options));
    assert!(
        text.contains("is not of a log that the witness policy names"),
        "{text}"
    );
}

#[test]
fn anchors_of_another_history_or_of_more_records_are_failures() {
    let dir = sample(5);
    anchor(dir.path(), &[7], NOW_S);
    // Cut, with the checkpoint of that time put back; the anchor stayed.
    let older = sample(4);
    let path = older.path().join(cosigned_path(5));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::copy(dir.path().join(cosigned_path(5)), &path).unwrap();
    let text = wrong(verify(older.path()));
    assert_eq!(
        text,
        "anchor/5: is of 5 records, but the ledger has 4: records were removed from its end"
    );
    // Written anew.
    let anew = tempfile::tempdir().unwrap();
    let drafts: Vec<_> = (0..5).map(|_| statement("anew")).collect();
    writer(anew.path()).append(&drafts).unwrap();
    assert!(verify(anew.path()).is_ok());
    let path = anew.path().join(cosigned_path(5));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::copy(dir.path().join(cosigned_path(5)), &path).unwrap();
    let text = wrong(verify(anew.path()));
    assert!(
        text.contains("anchor/5/checkpoint: signs another history"),
        "{text}"
    );
}

#[test]
fn every_file_among_anchors_is_known_or_a_failure() {
    let dir = sample(2);
    anchor(dir.path(), &[7], NOW_S);
    let failure = |path: &str, bytes: &[u8]| {
        let copied = tempfile::tempdir().unwrap();
        copy(dir.path(), copied.path());
        let full = copied.path().join(path);
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(&full, bytes).unwrap();
        wrong(verify(copied.path()))
    };
    let good = fs::read(dir.path().join(cosigned_path(2))).unwrap();
    assert!(failure("anchor/2/note", b"").contains("anchor/2/note: is not a file"));
    assert!(failure("anchor/x", b"").contains("anchor/x: is not a file"));
    assert!(failure("anchor/02/checkpoint", &good).contains("anchor/02: is not a file"));
    assert!(failure("anchor/0/checkpoint", &good).contains("anchor/0: is not a file"));
    assert!(failure("anchor/1/checkpoint", &good).contains("lies among the anchors of 1"));
    assert!(failure("anchor/1", b"").contains("anchor/1: is not a file"));
    assert!(failure("anchor/2/checkpoint", b"x").contains("is not a signed note"));
    let unsigned = good
        .split(|byte| *byte == b'\n')
        .take(3)
        .collect::<Vec<_>>()
        .join(&b'\n');
    let unsigned = [unsigned.as_slice(), b"\n\n"].concat();
    let other = Note::parse(&good).unwrap();
    let line = format!("{}\n", other.signatures()[1]);
    let without = [unsigned.as_slice(), line.as_bytes()].concat();
    assert!(failure("anchor/2/checkpoint", &without).contains("carries no signature by a known"));
    assert!(failure("anchor/2/a.tsr", b"").contains("anchor/2/a.tsr: is not a file"));
    let path = stamp_path(2, &Digest::of(b"x"));
    assert!(failure(&path, b"y").contains("was altered"));
    assert!(failure(&path, b"x").contains("is not a time stamp"));
    // A crash may leave an empty folder.
    fs::create_dir(dir.path().join("anchor/1")).unwrap();
    assert!(verify(dir.path()).is_ok());
}

#[test]
fn a_witness_whose_line_does_not_hold_is_a_failure_only_if_it_is_known() {
    let dir = sample(2);
    let mut forged = note(dir.path());
    // Under the name and key of `w7`, made by nobody.
    let mut elsewhere = Note::new("another text\n").unwrap();
    cosign(&mut elsewhere, "w7", &witness(7), NOW_S);
    forged.add(elsewhere.signatures()[0].clone());
    keep_cosigned(dir.path(), &forged).unwrap();
    assert!(verify(dir.path()).is_ok());
    let text = wrong(with(dir.path(), &two_of_three()));
    assert!(
        text.contains("anchor/2/checkpoint: cosignature: the signature by `w7`"),
        "{text}"
    );
}

#[test]
fn time_stamps_say_before_when() {
    let dir = example();
    let note = note(dir.path());
    keep_stamp(dir.path(), &note, STAMP).unwrap();
    let report = with(dir.path(), &stamped(true)).unwrap();
    let [rest] = &report.rests[..] else {
        panic!("{:?}", report.rests);
    };
    let stamp = &rest.stamps[0];
    assert_eq!(
        (stamp.authority.as_str(), stamp.signer.as_str()),
        ("tsa", "Test TSA good")
    );
    assert_eq!(report.unrelied, Unrelied::default());
    // Nobody is trusted to tell the time.
    let report = verify(dir.path()).unwrap();
    assert!(report.rests[0].stamps.is_empty());
    assert_eq!(report.unrelied.stamps.len(), 1);
    // One by somebody else is counted, and not relied on.
    keep_stamp(dir.path(), &note, STRANGER).unwrap();
    let report = with(dir.path(), &stamped(true)).unwrap();
    assert_eq!(
        (report.rests[0].stamps.len(), report.unrelied.stamps.len()),
        (1, 1)
    );
    // The next record has none.
    writer(dir.path()).append(&[statement("b")]).unwrap();
    let text = unverifiable(with(dir.path(), &stamped(true)));
    let expected = "anchor: record 1: there is no time stamp by a trusted authority; anchor/1/";
    assert!(
        text.starts_with(expected) && text.ends_with("UnknownIssuer"),
        "{text}"
    );
    assert_eq!(with(dir.path(), &stamped(false)).unwrap().rests.len(), 2);
}

#[test]
fn time_stamps_that_are_none_of_this_ledger_are_failures() {
    for (bytes, expected) in [
        (OTHER, "is over something else than this checkpoint"),
        (
            UNNAMED,
            "signature of the time stamp: does not name its certificate",
        ),
        (&STAMP[..STAMP.len() - 1], "is not a time stamp"),
    ] {
        let dir = example();
        keep_stamp(dir.path(), &note(dir.path()), bytes).unwrap();
        let text = wrong(with(dir.path(), &stamped(false)));
        assert!(text.contains(expected), "{text}");
    }
    let dir = example();
    let text = wrong(with(dir.path(), &stamped(true)));
    assert!(text.contains("record 0: there is no time stamp"), "{text}");
    keep_stamp(dir.path(), &note(dir.path()), STAMP).unwrap();
    fs::remove_file(dir.path().join(cosigned_path(1))).unwrap();
    let text = wrong(with(dir.path(), &stamped(true)));
    assert!(text.contains("anchor/1/checkpoint: is missing"), "{text}");
}

/// A record that says when it was made.
fn recorded(at: &str) -> Draft<'static> {
    let at = at.to_owned();
    Draft::new(move |position| {
        Ok(json::canonical(&json!({
            "_type": "https://in-toto.io/Statement/v1",
            "predicate": {"ledger": json::encode(position)?, "recorded_at": at},
            "predicateType": "https://assize.dev/decision/v1",
            "subject": [{"name": "a", "digest": {"sha256": Digest::of(b"a")}}],
        }))?)
    })
}

#[test]
fn a_record_that_says_to_be_younger_than_what_saw_it_is_wrong() {
    let drafts = [
        recorded("2026-11-23T12:00:00Z"),
        recorded("2026-11-23T13:01:00Z"),
        recorded("2026-11-23T13:01:01Z"),
    ];
    let dir = tempfile::tempdir().unwrap();
    writer(dir.path()).append(&drafts).unwrap();
    anchor(dir.path(), &[7, 8], NOW_S);
    // It is the witnesses' word, for who trusts them.
    assert!(verify(dir.path()).is_ok());
    let text = wrong(with(dir.path(), &two_of_three()));
    assert_eq!(
        text,
        "records.intoto.jsonl: line 3 (index 2): says that it was recorded at \
         2026-11-23T13:01:01Z, but w7 saw it at 2026-11-23T13:00:00Z at the latest"
    );
}

#[test]
fn a_kept_checkpoint_with_cosignatures_counts_as_an_anchor() {
    let dir = sample(3);
    let mut kept = note(dir.path());
    for seed in [7, 9] {
        cosign(&mut kept, &format!("w{seed}"), &witness(seed), NOW_S);
    }
    let options = Options {
        since: Some(kept.to_bytes()),
        ..two_of_three()
    };
    assert!(with(dir.path(), &options).is_ok());
    let anew = tempfile::tempdir().unwrap();
    let drafts: Vec<_> = (0..3).map(|_| statement("anew")).collect();
    writer(anew.path()).append(&drafts).unwrap();
    let text = wrong(with(anew.path(), &options));
    assert!(
        text.contains("kept checkpoint: signs another history"),
        "{text}"
    );
}

#[test]
fn a_receipt_carries_the_witnesses_of_its_checkpoint() {
    let dir = sample(3);
    let receipt = |dir: &Path| {
        let reader = read::Reader::open(dir).unwrap();
        let entry = reader.entry(1).unwrap().unwrap();
        reader.receipt(&entry).unwrap().to_bytes()
    };
    let bare = receipt(dir.path());
    let policy = policy("group g 2 w7 w8 w9\nquorum g\n");
    let asked = |bytes: &[u8]| witnessed_receipt(bytes, &trust(), Some(&policy));
    let text = match asked(&bare) {
        Err(VerifyError::Wrong(failures)) => failures.to_string(),
        other => panic!("{other:?}"),
    };
    assert!(text.contains("record 1: the quorum"), "{text}");
    anchor(dir.path(), &[8, 9], NOW_S);
    let cosigned = receipt(dir.path());
    let report = asked(&cosigned).unwrap();
    assert_eq!((report.witnesses.len(), report.quorum), (2, Some(true)));
    let report = super::super::receipt(&cosigned, &trust()).unwrap();
    assert_eq!((report.witnesses.len(), report.quorum), (0, None));
    // The lines of another ledger's checkpoint say nothing of this one.
    let other = sample(4);
    anchor(other.path(), &[8, 9], NOW_S);
    let mut forged = Receipt::parse(&bare).unwrap();
    let mut own = note(dir.path());
    let lines = note(other.path()).signatures()[1..].to_vec();
    own = Note::new(own.text()).unwrap();
    own.sign(&ORIGIN.parse().unwrap(), &checkpoint_key().into())
        .unwrap();
    for line in lines {
        own.add(line);
    }
    forged.checkpoint = own.to_bytes();
    let text = match asked(&forged.to_bytes()) {
        Err(VerifyError::Wrong(failures)) => failures.to_string(),
        other => panic!("{other:?}"),
    };
    assert!(
        text.contains("cosignature: the signature by `w8`"),
        "{text}"
    );
}
