//! Records in the forms that other tools read.

use std::fs;

use assize::json::{self, Limits, Value};
use assize::signing::base64;

use crate::repo::Repo;

mod stock;

const RECORDS: &str = ".assize/ledger/records.intoto.jsonl";

/// The sample, with so many records.
fn sampled(records: usize) -> Repo {
    let repo = Repo::sample();
    repo.run(&["keys", "generate"]).exits(0);
    for _ in 0..records {
        repo.run(&["gate", "--quiet"]).exits(0);
    }
    repo.run(&["keys", "export", "-o", "public.pem"]).exits(0);
    repo
}

fn export<'a>(format: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["log", "export", "--format", format][..], more].concat()
}

fn parsed(text: &str) -> Value {
    json::parse(text.as_bytes(), Limits::EVIDENCE).unwrap()
}

#[test]
fn envelopes_leave_as_they_are() {
    let repo = sampled(3);
    let records = repo.read(RECORDS);
    let lines: Vec<_> = records.lines().collect();
    let ran = repo.run(&export("dsse", &["1"])).exits(0);
    assert_eq!(
        ran.stdout, lines[1],
        "no newline: its digest is the next `prev`"
    );
    ran.complains("exported record 1 of ")
        .complains("no signature was verified");
    assert_eq!(repo.run(&export("dsse", &[])).exits(0).stdout, lines[2]);
    let quiet = repo.run(&export("dsse", &["-q"])).exits(0);
    assert_eq!(quiet.stderr, "");

    assert_eq!(repo.run(&export("jsonl", &[])).exits(0).stdout, records);
    let some = repo.run(&export("jsonl", &["--from", "1"])).exits(0);
    assert_eq!(some.stdout, format!("{}\n{}\n", lines[1], lines[2]));
    some.complains("exported records 1 to 2 of ");
    let one = repo.run(&export("jsonl", &["--from", "1", "--to", "2"]));
    assert_eq!(one.exits(0).stdout, format!("{}\n", lines[1]));
    assert_eq!(
        repo.run(&export("jsonl", &["1"])).stdout,
        format!("{}\n", lines[1])
    );
}

#[test]
fn bundles_hold_the_envelope_one_a_line() {
    let repo = sampled(2);
    let records = repo.read(RECORDS);
    let bundles = repo
        .run(&export("sigstore-bundle", &["--from", "0"]))
        .exits(0);
    assert_eq!(bundles.stdout.lines().count(), 2);
    for (line, record) in bundles.stdout.lines().zip(records.lines()) {
        let bundle = parsed(line);
        assert_eq!(bundle["dsseEnvelope"], parsed(record));
        let hint = &bundle["verificationMaterial"]["publicKey"]["hint"];
        assert_eq!(*hint, bundle["dsseEnvelope"]["signatures"][0]["keyid"]);
    }
    let last = repo.run(&export("sigstore-bundle", &[])).exits(0).stdout;
    assert_eq!(last.trim_end(), bundles.stdout.lines().nth(1).unwrap());
}

#[test]
fn files_are_written_whole_or_not_at_all_and_never_into_the_ledger() {
    let repo = sampled(2);
    repo.write("out.jsonl", "old\n");
    let ran = repo.run(&export("jsonl", &["-o", "out.jsonl"])).exits(0);
    assert_eq!(ran.stdout, "");
    assert_eq!(repo.read("out.jsonl"), repo.read(RECORDS));
    let checkpoint = repo.read(".assize/ledger/checkpoint");
    for path in [
        ".assize/ledger/checkpoint",
        ".assize/ledger/new.jsonl",
        ".assize/ledger/new/new.jsonl",
    ] {
        repo.run(&export("jsonl", &["-o", path]))
            .exits(2)
            .complains("is in the ledger");
    }
    assert_eq!(repo.read(".assize/ledger/checkpoint"), checkpoint);
    repo.run(&export("jsonl", &["-o", "no/such/out.jsonl"]))
        .exits(2)
        .complains("cannot write `no/such/out.jsonl`");

    // A ledger that was altered leaves nothing behind, and no old file replaced.
    repo.write("out.jsonl", "old\n");
    repo.edit(RECORDS, "\"payload\":\"e", "\"payload\":\"f");
    for (format, more) in [
        ("jsonl", &["-o", "out.jsonl"][..]),
        ("jsonl", &[]),
        ("dsse", &["0"]),
        ("dsse", &["1"]),
        ("sigstore-bundle", &["0"]),
    ] {
        let ran = repo.run(&export(format, more)).exits(2);
        assert_eq!(ran.stdout, "", "{format} {more:?}");
        ran.complains("was altered, or is not where it was written")
            .complains("hint: `assize verify` says what is wrong");
    }
    assert_eq!(repo.read("out.jsonl"), "old\n");
    let left = fs::read_dir(repo.path("")).unwrap();
    let names = left.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(!names.into_iter().any(|name| name.contains(".new")));
}

#[test]
fn what_is_not_there_is_not_exported() {
    let repo = sampled(1);
    for (more, says) in [
        (&["dsse", "1"][..], "there is no record 1: the ledger has 1"),
        (&["jsonl", "--from", "1"], "no records from 1 to 1"),
        (
            &["jsonl", "--from", "0", "--to", "2"],
            "no records from 0 to 2",
        ),
        (&["jsonl", "--to", "0"], "no records from 0 to 0"),
        (&["dsse", "--from", "0"], "several are --format jsonl"),
        (&["dsse", "18446744073709551615"], "the ledger has 1"),
        (&["jsonl", "0", "--from", "0"], "cannot be used with"),
        (&["pdf"], "possible values"),
        (
            &["jsonl", "--accept", "as-of"],
            "--accept: is for --format vsa",
        ),
        (&["dsse", "--resource-uri", "a:b"], "is for --format vsa"),
        (&["tiles"], "required arguments were not provided"),
        (&["tiles", "0", "-o", "out"], "is the whole ledger"),
        (&["vsa"], "required arguments were not provided"),
        (&["dsse", "--ledger", "nowhere"], "there is no ledger"),
    ] {
        let ran = repo.run(&export(more[0], &more[1..])).exits(2);
        assert_eq!(ran.stdout, "");
        ran.complains(says);
    }
}

const SUMMARY: [&str; 6] = [
    "--verifier-id",
    "https://example.com/release-gate",
    "--resource-uri",
    "pkg:oci/registry",
    "--accept",
    "as-of",
];

/// The statement of an envelope.
fn statement(envelope: &str) -> Value {
    let envelope = parsed(envelope);
    let payload = base64::decode(envelope["payload"].as_str().unwrap()).unwrap();
    json::parse(&payload, Limits::AUTHORED).unwrap()
}

#[test]
fn a_summary_is_made_of_a_record_that_verifies_and_signed_anew() {
    let repo = sampled(1);
    repo.run(&["keys", "generate", "release"]).exits(0);
    let key = [&SUMMARY[..], &["--key", ".assize/keys/release.pem"]].concat();
    let ran = repo.run(&export("vsa", &key)).exits(0);
    let shown = repo.run(&["keys", "show", "release"]).exits(0).stdout;
    let id = shown.lines().next().unwrap();
    let id = id.trim_start_matches("key id").trim();
    let summary = statement(&ran.stdout);
    assert_eq!(parsed(&ran.stdout)["signatures"][0]["keyid"], id);
    ran.complains("PASSED  record 0 is verified").complains(id);
    let predicate = &summary["predicate"];
    let predicate_type = &summary["predicateType"];
    assert_eq!(predicate_type, "https://slsa.dev/verification_summary/v1");
    assert_eq!(predicate["verificationResult"], "PASSED");
    let listed = &predicate["https://assize.dev/relaxations/v1"]["listed"];
    assert_eq!(listed[0]["kind"], "as-of");
    // What was judged, by digests that the record has.
    let judged = statement(&repo.run(&export("dsse", &[])).exits(0).stdout);
    assert_eq!(summary["subject"][0], judged["subject"][0]);
    assert_eq!(summary["subject"].as_array().unwrap().len(), 1);

    // The sample is of another day.
    let strict = [&SUMMARY[..4], &["--key", ".assize/keys/release.pem"]].concat();
    let ran = repo.run(&export("vsa", &strict)).exits(2);
    assert_eq!(ran.stdout, "");
    ran.complains("bent by `as-of`")
        .complains("hint: --accept as-of");
    let ran = repo.run(&export("vsa", &SUMMARY)).exits(0);
    ran.complains("signed by this machine's own development key");
    for uris in [["x", "a:b"], ["a:b", "x"]] {
        let args = ["--verifier-id", uris[0], "--resource-uri", uris[1]];
        let ran = repo.run(&export("vsa", &args)).exits(2);
        ran.complains("`x` is not a URI");
    }
}

#[test]
fn no_summary_vouches_for_a_record_by_a_stranger() {
    let repo = sampled(1);
    // A ledger that holds together, by a key that nobody trusts.
    repo.run(&["keys", "generate", "stranger"]).exits(0);
    let stranger = ["--key", ".assize/keys/stranger.pem", "--ledger", "other"];
    repo.run(&[&["gate", "-q"][..], &stranger].concat())
        .exits(0);
    let other = [&SUMMARY[..], &["--ledger", "other"]].concat();
    let ran = repo.run(&export("vsa", &other)).exits(2);
    assert_eq!(ran.stdout, "");
    ran.complains("record 0 does not verify, and so has no summary");
    repo.run(&export("dsse", &["--ledger", "other"])).exits(0);
}

#[test]
fn what_is_denied_has_failed_and_what_no_gate_decided_has_no_summary() {
    let repo = sampled(0);
    repo.run(&["triggers", "-q"]).exits(0);
    repo.run(&export("vsa", &SUMMARY))
        .exits(2)
        .complains("is of trigger `triggers`, and not of a gate");
    let policy = "package main\n\ndeny contains \"no\" if input.a != 1\n";
    repo.write("policy/a.rego", policy);
    repo.write("a.json", "{\"a\": 2}");
    let digest = format!("x@sha256:{}", "7".repeat(64));
    let gate = ["gate", "-q", "-p", "policy", "a.json", "--advisory"];
    repo.run(&[&gate[..], &["--subject", &digest]].concat())
        .exits(0);
    let ran = repo.run(&export("vsa", &SUMMARY)).exits(0);
    let summary = statement(&ran.stdout);
    assert_eq!(summary["predicate"]["verificationResult"], "FAILED");
    ran.complains("FAILED  record 1 is verified");
}

#[test]
fn a_log_is_written_once_and_grows() {
    let repo = sampled(2);
    let tiles = export("tiles", &["-o", "log"]);
    repo.run(&tiles)
        .exits(0)
        .complains("exported 2 records of ");
    let ledger = |name: &str| fs::read(repo.path(".assize/ledger").join(name)).unwrap();
    let log = |name: &str| fs::read(repo.path("log").join(name)).unwrap();
    assert_eq!(log("checkpoint"), ledger("checkpoint"));
    assert_eq!(log("tile/0/000.p/2"), ledger("tile/0/000.p/2"));
    let bundle = log("tile/entries/000.p/2");
    repo.run(&tiles).exits(0);
    repo.run(&["gate", "-q"]).exits(0);
    repo.run(&tiles).exits(0);
    assert_eq!(log("checkpoint"), ledger("checkpoint"));
    assert!(log("tile/entries/000.p/3").starts_with(&bundle));
    assert_eq!(log("tile/entries/000.p/2"), bundle);

    // Not over another, and not into a ledger.
    repo.run(&["gate", "-q", "--ledger", "other"]).exits(0);
    let other = export("tiles", &["--ledger", "other", "-o", "log"]);
    repo.run(&other).exits(2).complains("is of the log `");
    for into in ["other", ".assize/ledger", ".assize/ledger/tile/log"] {
        repo.run(&export("tiles", &["-o", into])).exits(2);
    }
    repo.run(&["verify", "-q"]).exits(0);
    repo.run(&["verify", "other"]).exits(0);
    fs::write(repo.path("log/tile/entries/000.p/3"), "").unwrap();
    let ran = repo.run(&tiles).exits(2);
    ran.complains("000.p/3`: is there with another content");
    let before = log("checkpoint");
    repo.edit(RECORDS, "\"payload\":\"e", "\"payload\":\"f");
    repo.run(&export("tiles", &["-o", "new"])).exits(2);
    assert!(!repo.path("new").exists());
    assert_eq!(log("checkpoint"), before);
}

#[test]
fn a_log_never_shrinks() {
    let repo = sampled(1);
    crate::repo::copy(&repo.path(".assize/ledger"), &repo.path("early"));
    repo.run(&["gate", "-q"]).exits(0);
    repo.run(&export("tiles", &["-o", "log"])).exits(0);
    repo.run(&export("tiles", &["--ledger", "early", "-o", "log"]))
        .exits(2)
        .complains("has 2 records already, more than the ledger's 1");
}

#[test]
#[cfg(target_os = "linux")]
fn nothing_is_said_to_be_exported_that_is_not_out() {
    let repo = sampled(1);
    let full = fs::OpenOptions::new().write(true).open("/dev/full");
    let mut command = repo.command(&export("jsonl", &[]));
    let output = command.stdout(full.unwrap()).output().unwrap();
    let ran = crate::repo::Ran::of(&output).exits(2);
    assert!(!ran.stderr.contains("exported"), "{}", ran.stderr);
    ran.complains("cannot write to standard output");
}
