//! Anchors: what an operator who holds the key can do, and what finds it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use assize::digest::Digest;
use assize::json::{self, Limits, json};
use assize::ledger::{Draft, Ledger, Options};
use assize::signing::{SecretKey, TrustPolicy};

use crate::repo::{Repo, copy};

mod real;
mod servers;

use servers::{Witness, serving};

const ORIGIN: &str = "example.com/ledger";
const STAMP: &[u8] = include_bytes!("../vectors/timestamp/good.tsr");

/// The ledger's one key, which the operator holds.
fn operator() -> SecretKey {
    SecretKey::from_seed(&[1; 32])
}

/// Writes records into a ledger; with the same records and keys it is the same ledger.
fn write(folder: &Path, records: &[&str]) {
    let options = Options {
        origin: ORIGIN.parse().unwrap(),
        record_key: operator().into(),
        checkpoint_key: operator().into(),
        trust: TrustPolicy::default(),
    };
    let drafts: Vec<_> = records
        .iter()
        .map(|name| {
            Draft::new(move |position| {
                Ok(json::canonical(&json!({
                    "_type": "https://in-toto.io/Statement/v1",
                    "predicate": {"ledger": json::encode(position)?},
                    "predicateType": "https://assize.dev/decision/v1",
                    "subject": [{"name": name, "digest": {"sha256": Digest::of(name.as_bytes())}}],
                }))?)
            })
        })
        .collect();
    Ledger::new(folder, options).append(&drafts).unwrap();
}

const NAMES: [&str; 8] = ["r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7"];

/// A folder with the public key, a ledger of eight records, and a policy of two witnesses
/// that must both cosign.
struct Place {
    repo: Repo,
}

impl Place {
    fn new(witnesses: &[&Witness]) -> Self {
        let repo = Repo::empty();
        repo.write("key.pem", &operator().public().to_pem().unwrap());
        let mut policy = String::new();
        let mut names = String::new();
        for (number, witness) in witnesses.iter().enumerate() {
            let (vkey, url) = (&witness.vkey, &witness.url);
            let _ = writeln!(policy, "witness w{number} {vkey} {url}");
            let _ = write!(names, " w{number}");
        }
        let _ = write!(policy, "group all all{names}\nquorum all\n");
        repo.write("witnesses.txt", &policy);
        write(&repo.path("ledger"), &NAMES);
        Self { repo }
    }

    fn anchor(&self, ledger: &str) -> crate::repo::Ran {
        let args = [
            "log",
            "anchor",
            "--ledger",
            ledger,
            "--witnesses",
            "witnesses.txt",
        ];
        self.repo.run(&args)
    }

    /// The chain alone, and what witnesses say.
    fn verify(&self, ledger: &str, more: &[&str]) -> crate::repo::Ran {
        let args = ["verify", ledger, "--key", "key.pem"];
        self.repo.run(&[&args[..], more].concat())
    }
}

const WITNESSED: &[&str] = &["--witnesses", "witnesses.txt"];

#[test]
fn an_operator_who_drops_the_last_record_is_found_by_a_witness() {
    let (one, other) = (
        Witness::start("w.example/1", 7),
        Witness::start("w.example/2", 8),
    );
    let place = Place::new(&[&one, &other]);
    place.anchor("ledger").exits(0).says("quorum      met");
    place
        .verify("ledger", WITNESSED)
        .exits(0)
        .says("records 0-7    cosigned by w0 at ")
        .says("quorum met");

    // The same records without the last, signed again; nothing is left of the anchor.
    write(&place.repo.path("cut"), &NAMES[..7]);
    place
        .verify("cut", &[])
        .exits(0)
        .says("records 0-6    the key holder's word only");
    place
        .verify("cut", WITNESSED)
        .exits(1)
        .says("records 0 to 6: the quorum of the witness policy is not met");
    place
        .anchor("cut")
        .exits(1)
        .says("has cosigned 8 records of this ledger, and here are 7: it was cut");
    // What a witness cosigned, kept by somebody, finds it without asking anybody.
    let kept = place.repo.path("ledger/anchor/8/checkpoint");
    fs::copy(kept, place.repo.path("kept")).unwrap();
    place
        .verify("cut", &["--since", "kept"])
        .exits(1)
        .says("records were removed from its end");
    // And an anchor that the operator forgot to remove.
    copy(
        &place.repo.path("ledger/anchor"),
        &place.repo.path("cut/anchor"),
    );
    place
        .verify("cut", &[])
        .exits(1)
        .says("anchor/8: is of 8 records, but the ledger has 7");
}

#[test]
fn an_operator_who_edits_a_record_and_signs_everything_again_is_found() {
    let (one, other) = (
        Witness::start("w.example/1", 7),
        Witness::start("w.example/2", 8),
    );
    let place = Place::new(&[&one, &other]);
    place.anchor("ledger").exits(0);
    let mut edited = NAMES;
    edited[5] = "another verdict";
    write(&place.repo.path("edited"), &edited);
    place.verify("edited", &[]).exits(0);
    place
        .verify("edited", WITNESSED)
        .exits(1)
        .says("the quorum");
    place
        .anchor("edited")
        .exits(1)
        .says("its records were rewritten");
    // Also where it has grown since.
    write(&place.repo.path("edited"), &["r8"]);
    place
        .anchor("edited")
        .exits(1)
        .says("does not find that this ledger of 9 records continues the 8");
    copy(
        &place.repo.path("ledger/anchor"),
        &place.repo.path("edited/anchor"),
    );
    place
        .verify("edited", &[])
        .exits(1)
        .says("anchor/8/checkpoint: signs another history of the first 8 records");
}

#[test]
fn an_operator_who_shows_two_histories_cannot_have_both_cosigned() {
    let (one, other) = (
        Witness::start("w.example/1", 7),
        Witness::start("w.example/2", 8),
    );
    let place = Place::new(&[&one, &other]);
    let mut second = NAMES;
    second[7] = "what the second auditor sees";
    write(&place.repo.path("second"), &second);
    place.verify("ledger", &[]).exits(0);
    place.verify("second", &[]).exits(0);
    place.anchor("ledger").exits(0);
    place.anchor("second").exits(1);
    place.verify("ledger", WITNESSED).exits(0);
    place.verify("second", WITNESSED).exits(1);
    // Two auditors who compare what they were shown find it without a witness.
    let kept = place.repo.path("second/checkpoint");
    fs::copy(kept, place.repo.path("kept")).unwrap();
    place
        .verify("ledger", &["--since", "kept"])
        .exits(1)
        .says("signs another history of the first 8 records");
}

#[test]
fn what_is_newer_than_the_last_anchor_is_said_to_rest_on_the_key_alone() {
    let one = Witness::start("w.example/1", 7);
    let place = Place::new(&[&one]);
    place.anchor("ledger").exits(0);
    write(&place.repo.path("ledger"), &["r8", "r9"]);
    place
        .verify("ledger", WITNESSED)
        .exits(3)
        .says("records 8 to 9: the quorum of the witness policy is not met");
    place
        .verify("ledger", &[])
        .exits(0)
        .says("not relied on  1 cosignature by");
    place.anchor("ledger").exits(0);
    let ran = place
        .verify("ledger", &[WITNESSED, &["-o", "json"]].concat())
        .exits(0);
    let report = json::parse(ran.stdout.as_bytes(), Limits::EVIDENCE).unwrap();
    let rests = report["rests_on"].as_array().unwrap();
    assert_eq!(
        (&rests[0]["from"], &rests[0]["until"]),
        (&json!(0), &json!(8))
    );
    assert_eq!(rests[1]["quorum"], json!(true));
    assert_eq!(rests[1]["witnesses"][0]["name"], "w0");
}

#[test]
fn a_receipt_carries_what_witnesses_said_of_its_checkpoint() {
    let repo = Repo::sample();
    repo.run(&["gate", "-q"]).exits(0);
    repo.run(&["keys", "export", "-o", "key.pem"]).exits(0);
    let witness = Witness::start("w.example/1", 7);
    let policy = format!("witness one {} {}\nquorum one\n", witness.vkey, witness.url);
    repo.write("witnesses.txt", &policy);
    let prove = |name: &str| {
        let receipt = repo.run(&["log", "prove"]).exits(0).stdout;
        repo.write(name, &receipt);
    };
    let verify = |name: &str, more: &[&str]| {
        let args = ["verify", "--receipt", name, "--key", "key.pem"];
        repo.run(&[&args[..], more].concat())
    };
    prove("before");
    repo.run(&["log", "anchor", "--witnesses", "witnesses.txt"])
        .exits(0);
    prove("after");
    verify("after", WITNESSED)
        .exits(0)
        .says("cosigned by    one at ");
    let ran = verify("after", &[WITNESSED, &["-o", "json"]].concat()).exits(0);
    let report = json::parse(ran.stdout.as_bytes(), Limits::EVIDENCE).unwrap();
    assert_eq!(report["quorum"], json!(true));
    verify("after", &[]).exits(0);
    verify("before", &[]).exits(0);
    verify("before", WITNESSED)
        .exits(1)
        .says("record 0: the quorum of the witness policy is not met");
    // The ledger goes on, and the next receipt has none until it is anchored again.
    repo.run(&["gate", "-q"]).exits(0);
    repo.run(&["verify"])
        .exits(0)
        .says("not relied on  1 cosignature by");
    prove("next");
    verify("next", WITNESSED).exits(1);
}

#[test]
fn one_witness_that_is_named_needs_its_key() {
    let one = Witness::start("w.example/1", 7);
    let place = Place::new(&[&one]);
    let args = ["log", "anchor", "--ledger", "ledger", "--witness", &one.url];
    let run = |more: &[&str]| place.repo.run(&[&args[..], more].concat());
    run(&[]).exits(2).complains("its key is not known");
    run(&["--witness-key", "nonsense"])
        .exits(2)
        .complains("is not a verifier key");
    let stranger = Witness::start("w.example/2", 9);
    run(&["--witness-key", &stranger.vkey])
        .exits(2)
        .says("none of the keys that are known signed; signed by: `w.example/1`");
    assert!(!place.repo.path("ledger/anchor").exists());
    run(&["--witness-key", &one.vkey])
        .exits(0)
        .says("cosigned by w.example/1");
    run(WITNESSED).exits(0).says("quorum      met");
    let ran = place
        .repo
        .run(&["log", "head", "--ledger", "ledger", "--key", "key.pem"])
        .exits(0);
    assert!(ran.stdout.contains("vkey  example.com/ledger+"), "{ran:?}");
}

#[test]
fn what_cannot_be_asked_is_told() {
    let down = Witness {
        url: "http://127.0.0.1:1".into(),
        vkey: Witness::start("w.example/1", 7).vkey,
    };
    let up = Witness::start("w.example/2", 8);
    let place = Place::new(&[&down, &up]);
    place
        .repo
        .run(&["log", "anchor", "--ledger", "ledger"])
        .exits(2)
        .complains("nobody is named");
    place
        .repo
        .run(&["log", "anchor", "--ledger", "none", "--tsa", "http://a"])
        .exits(2)
        .complains("there is no ledger");
    place.repo.write("bad.txt", "witness a\n");
    place
        .repo
        .run(&[
            "verify",
            "ledger",
            "--key",
            "key.pem",
            "--witnesses",
            "bad.txt",
        ])
        .exits(2)
        .complains("witness policy `bad.txt`: line 1: expected `witness");
    // One that answers is kept, although another does not.
    place
        .anchor("ledger")
        .exits(2)
        .says("FAILED")
        .says("quorum      NOT MET");
    assert!(
        place
            .repo
            .read("ledger/anchor/8/checkpoint")
            .contains("w.example/2")
    );
    place.verify("ledger", &[]).exits(0);
}

/// The ledger of docs/spec/ledger.md §10, which the vectors are over.
fn example(repo: &Repo) {
    let key = |seed| SecretKey::from_seed(&[seed; 32]);
    let options = Options {
        origin: ORIGIN.parse().unwrap(),
        record_key: key(1).into(),
        checkpoint_key: key(2).into(),
        trust: TrustPolicy::default(),
    };
    let blob = Digest::of(b"evidence");
    let draft = Draft::new(move |position| {
        Ok(json::canonical(&json!({
            "_type": "https://in-toto.io/Statement/v1",
            "predicate": {"ledger": json::encode(position)?, "digests": {"blob0": blob}},
            "predicateType": "https://assize.dev/decision/v1",
            "subject": [{"name": "example", "digest": {"sha256": Digest::of(b"example")}}],
        }))?)
    });
    let draft = draft.with_blob(b"evidence".to_vec());
    Ledger::new(&repo.path("ledger"), options)
        .append(&[draft])
        .unwrap();
    repo.write("record.pem", &key(1).public().to_pem().unwrap());
    repo.write("log.pem", &key(2).public().to_pem().unwrap());
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/timestamp");
    for name in ["ca.pem", "stranger.pem"] {
        fs::copy(vectors.join(name), repo.path(name)).unwrap();
    }
}

const KEYS: [&str; 4] = ["--key", "record.pem", "--key", "log.pem"];

#[test]
fn a_time_stamp_in_the_ledger_is_verified_offline() {
    let repo = Repo::empty();
    example(&repo);
    let verify = |more: &[&str]| repo.run(&[&["verify", "ledger"][..], &KEYS, more].concat());
    verify(&["--tsa-ca", "ca.pem"])
        .exits(1)
        .says("record 0: there is no time stamp by a trusted authority");
    let place = repo.path("ledger/anchor/1");
    fs::create_dir_all(&place).unwrap();
    fs::copy(repo.path("ledger/checkpoint"), place.join("checkpoint")).unwrap();
    fs::write(
        place.join(format!("{}.tsr", Digest::of(STAMP).hex())),
        STAMP,
    )
    .unwrap();
    verify(&["--tsa-ca", "ca.pem"])
        .exits(0)
        .says("record 0       there before ")
        .says("by time-stamping authority ca.pem (`Test TSA good`)");
    verify(&[]).exits(0).says("not relied on  anchor/1/");
    verify(&["--tsa-ca", "stranger.pem"]).exits(1);
    verify(&["--tsa-ca", "record.pem"])
        .exits(2)
        .complains("holds no certificate");
    // The same trust from trust.toml, which asks for nothing by itself.
    repo.write(
        "trust.toml",
        "[[key]]\nname = 'r'\npublic_key = 'record.pem'\nroles = ['record']\n\
         [[key]]\nname = 'l'\npublic_key = 'log.pem'\nroles = ['checkpoint']\n\
         [[timestamp-authority]]\nname = 'tsa-2026'\nca = 'ca.pem'\n",
    );
    repo.run(&["verify", "ledger"])
        .exits(0)
        .says("by time-stamping authority tsa-2026");
}

#[test]
fn an_authority_that_answers_another_request_is_refused() {
    let repo = Repo::empty();
    example(&repo);
    let replayed = serving(|_| ("200 OK", STAMP.to_vec()));
    let args = [
        "log", "anchor", "--ledger", "ledger", "--tsa-ca", "ca.pem", "--tsa",
    ];
    let ask = |url: &str| repo.run(&[&args[..], &[url]].concat()).exits(2);
    ask(&replayed).says("does not repeat the nonce");
    let refusing = serving(|_| {
        let refused = include_bytes!("../vectors/timestamp/refused.tsr");
        ("200 OK", refused.to_vec())
    });
    ask(&refusing).says("the authority refused with status 2");
    ask(&serving(|_| ("200 OK", b"<html>".to_vec()))).says("is not a time stamp");
    ask(&serving(|_| ("404 Not Found", b"none".to_vec()))).says("answered 404: none");
    ask("ftp://a").says("expected `https://…`");
    assert!(!repo.path("ledger/anchor").exists());
}
