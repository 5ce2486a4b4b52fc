//! Receipts: handed out by a gate, verified where there is no ledger.

use std::fs;

use assize::json::{self, Limits};

use crate::repo::{Ran, Repo};

/// The receipt of a gate over the sample, and what verifies it.
fn receipt(repo: &Repo) -> Ran {
    repo.run(&["gate", "--receipt", "out.tlog-proof"])
}

fn receipt_of(repo: &Repo, more: &[&str]) -> Ran {
    repo.run(&[&["gate", "--receipt", "out.tlog-proof"][..], more].concat())
}

/// Writes the public half of a key to `key.pem`.
fn exported(repo: &Repo, name: &str) {
    let pem = repo.run(&["keys", "export", name]).exits(0).stdout;
    repo.write("key.pem", &pem);
}

/// A folder that holds the receipt and the key, and nothing else of `repo`.
fn elsewhere(repo: &Repo) -> Repo {
    let away = Repo::empty();
    exported(repo, "development");
    for name in ["out.tlog-proof", "key.pem"] {
        fs::copy(repo.path(name), away.path(name)).unwrap();
    }
    away
}

const VERIFY: [&str; 5] = ["verify", "--receipt", "out.tlog-proof", "--key", "key.pem"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&VERIFY[..], more].concat()
}

#[test]
fn a_deployment_asks_for_the_receipt_of_what_it_deploys() {
    let repo = Repo::sample();
    receipt(&repo).exits(0);
    let away = elsewhere(&repo);
    let ran = away
        .run(&VERIFY)
        .exits(0)
        .says("VERIFIED  record 0 of 1")
        .says("gate deploy: allow")
        .says("\"kind\":\"as-of\"")
        .says("not shown: that others see the same ledger");
    assert!(!ran.stdout.contains("NOT WHAT IS WANTED"));

    let shown = away.run(&with(&["-o", "json"])).exits(0).stdout;
    let shown = json::parse(shown.as_bytes(), Limits::EVIDENCE).unwrap();
    let subject = &shown["statement"]["subject"][0];
    let digest = format!("sha256:{}", subject["digest"]["sha256"].as_str().unwrap());
    let named = format!("{}@{digest}", subject["name"].as_str().unwrap());
    // The sample is of another day, which the verdict hangs on.
    away.run(&with(&["--allows", &digest]))
        .exits(1)
        .says("bent by `as-of`");
    for wanted in [&digest, &named] {
        away.run(&with(&[
            "--allows", wanted, "--gate", "deploy", "--accept", "as-of",
        ]))
        .exits(0);
    }
    let other = format!("other@{digest}");
    away.run(&with(&["--allows", &other]))
        .exits(1)
        .says("is not what was judged");
    let zero = format!("sha256:{:064}", 0);
    away.run(&with(&["--allows", &zero]))
        .exits(1)
        .says("is not what was judged");
    away.run(&with(&["--allows", &digest, "--gate", "release"]))
        .exits(1)
        .says("of gate `deploy`, not of gate `release`");
    away.run(&with(&["--allows", "deploy"]))
        .exits(2)
        .complains("expected sha256:HEX");

    // Of the record only: it is not evidence of anything else.
    repo.run(&["keys", "generate", "other"]).exits(0);
    exported(&repo, "other");
    fs::copy(repo.path("key.pem"), away.path("key.pem")).unwrap();
    away.run(&VERIFY).exits(1).says("WRONG").says("signature: ");
}

#[test]
fn an_allow_of_other_rules_or_of_something_else_is_none_of_the_gate() {
    let repo = Repo::sample();
    let digest = format!("sha256:{}", "7".repeat(64));
    let subject = format!("registry@{digest}");
    // A package of the gate's name that never denies.
    repo.write(
        "lax/p.rego",
        "package deploy\n\ndeny contains \"no\" if false\n",
    );
    repo.write("f.yaml", "a: 1\n");
    let lax = ["-p", "lax", "-n", "deploy", "f.yaml", "--subject", &subject];
    receipt_of(&repo, &lax).exits(0);
    let away = elsewhere(&repo);
    let wanted = ["--allows", &digest, "--gate", "deploy"];
    let accepting = |kinds: &[&str]| {
        let kinds = kinds.iter().flat_map(|kind| ["--accept", kind]);
        let args: Vec<_> = wanted.iter().copied().chain(kinds).collect();
        away.run(&with(&args))
    };
    accepting(&[]).exits(1).says("bent by `");
    accepting(&["override"])
        .exits(1)
        .says("bent by `namespaces`");
    accepting(&["namespaces"])
        .exits(1)
        .says("bent by `override`");
    accepting(&["namespaces", "override"]).exits(0);
    accepting(&["waiver"]).exits(2);
}

#[test]
fn what_was_denied_has_a_receipt_that_lets_nothing_pass() {
    let repo = Repo::sample();
    repo.run(&[
        "gate",
        "--receipt",
        "out.tlog-proof",
        "--waivers",
        "none.yaml",
    ])
    .exits(2);
    assert!(!repo.path("out.tlog-proof").exists());
    repo.write("none.yaml", "schema: assize/waivers/v1\nwaivers: []\n");
    let ran = repo.run(&[
        "gate",
        "--receipt",
        "out.tlog-proof",
        "--waivers",
        "none.yaml",
    ]);
    assert_ne!(ran.code, 0, "{}", ran.stdout);
    let away = elsewhere(&repo);
    let shown = away.run(&with(&["-o", "json"])).exits(0).stdout;
    let shown = json::parse(shown.as_bytes(), Limits::EVIDENCE).unwrap();
    let digest = shown["statement"]["subject"][0]["digest"]["sha256"]
        .as_str()
        .unwrap();
    let digest = format!("sha256:{digest}");
    away.run(&with(&["--allows", &digest]))
        .exits(1)
        .says("the verdict is ");
    away.run(&with(&["--allows", &digest, "-o", "json"]))
        .exits(1)
        .says("the verdict is ");
}

#[test]
fn a_run_without_a_verdict_leaves_no_receipt_not_even_an_old_one() {
    let repo = Repo::sample();
    receipt(&repo).exits(0);
    let old = repo.read("out.tlog-proof");
    repo.write(
        "policies/gates/deploy/broken.rego",
        "package gates.deploy.broken\n\ndeny contains\n",
    );
    receipt(&repo).exits(2).gives_no_verdict();
    assert!(!repo.path("out.tlog-proof").exists());
    for wrong in [
        ["-o", "bogus"],
        ["--trust", "none.toml"],
        ["--as-of", "soon"],
    ] {
        repo.write("out.tlog-proof", &old);
        let args = [&["gate", "--receipt", "out.tlog-proof"][..], &wrong].concat();
        repo.run(&args).exits(2);
        assert!(!repo.path("out.tlog-proof").exists(), "{wrong:?}");
    }
    // Nothing but a receipt is taken away.
    for file in [
        "evidence/release/bundle.json",
        "assize.toml",
        ".assize/ledger/checkpoint",
    ] {
        let before = repo.read(file);
        repo.run(&["gate", "--receipt", file])
            .exits(2)
            .complains("is no receipt, and would be lost");
        assert_eq!(repo.read(file), before);
    }
    repo.run(&["gate", "--receipt", "no/folder/out"])
        .exits(2)
        .complains("cannot write `no/folder/out`");
    repo.run(&["log", "head"]).exits(0).says("1 records");
}

#[test]
fn whoever_keeps_a_checkpoint_sees_that_the_ledger_only_grew() {
    let repo = Repo::sample();
    receipt(&repo).exits(0);
    fs::copy(repo.path(".assize/ledger/checkpoint"), repo.path("kept")).unwrap();
    receipt(&repo).exits(0);
    receipt(&repo).exits(0);
    let proof = repo.run(&["log", "prove", "--from", "1"]).exits(0).stdout;
    repo.write("growth", &proof);
    let growth = ["verify", "--growth", "growth", "--since", "kept"];
    repo.run(&growth)
        .exits(0)
        .says("the ledger of 3 records continues that of 1");
    repo.run(&[&growth[..], &["-o", "json"]].concat())
        .exits(0)
        .says("\"from\": 1");
    let new = ["verify", "--since", "kept", "--incremental"];
    repo.run(&new)
        .exits(0)
        .says("records by     development (2)")
        .says("not read: the first 1 records");
    repo.run(&[&new[..], &["-o", "json"]].concat())
        .exits(0)
        .says("\"unread\": 1");
    // A receipt that was made later is of the same record.
    let late = repo.run(&["log", "prove", "0"]).exits(0).stdout;
    repo.write("late", &late);
    repo.run(&["verify", "--receipt", "late"])
        .exits(0)
        .says("record 0 of 3");

    // Begun anew with the same key, and grown to the same size.
    let origin = repo.run(&["log", "head", "-o", "json"]).exits(0).stdout;
    let origin = json::parse(origin.as_bytes(), Limits::EVIDENCE).unwrap();
    let origin = format!("origin = \"{}\"\n", origin["origin"].as_str().unwrap());
    let settings = repo.read("assize.toml");
    repo.write("assize.toml", &(origin + &settings));
    fs::remove_dir_all(repo.path(".assize/ledger")).unwrap();
    for _ in 0..3 {
        receipt(&repo).exits(0);
    }
    repo.run(&["verify"]).exits(0).says("VERIFIED  3 records");
    let proof = repo.run(&["log", "prove", "--from", "1"]).exits(0).stdout;
    repo.write("growth", &proof);
    repo.run(&growth)
        .exits(1)
        .says("records were rewritten or removed");
    repo.run(&new)
        .exits(1)
        .says("signs another history of the first 1 records");
    repo.run(&["verify", "--incremental"])
        .exits(2)
        .complains("--since");

    repo.run(&["log", "prove", "--from", "9"])
        .exits(2)
        .complains("3 records, and 9");
    repo.run(&["log", "prove", "9"])
        .exits(2)
        .complains("record 9");
    repo.run(&["verify", "--growth", "growth"])
        .exits(2)
        .complains("--since");
}

const OTHER: &str = "sha256:7777777777777777777777777777777777777777777777777777777777777777";

/// Records an allow of [`OTHER`] at this moment, by a policy that reads data.
fn just_allowed(repo: &Repo, more: &[&str]) {
    repo.write(
        "lax/p.rego",
        "package main\n\ndeny contains \"no\" if data.most < 1\n",
    );
    repo.write("lax/data.json", "{\"most\": 3}");
    repo.write("f.yaml", "a: 1\n");
    let subject = format!("registry@{OTHER}");
    let gate = ["-p", "lax", "f.yaml", "--subject", &subject];
    receipt_of(repo, &[&gate[..], more].concat()).exits(0);
}

/// Verifies that [`OTHER`] was allowed, whatever bent it.
fn asked(away: &Repo, more: &[&str]) -> Ran {
    let kinds = ["override", "namespaces", "as-of"];
    let accept: Vec<_> = kinds.iter().flat_map(|kind| ["--accept", kind]).collect();
    away.run(&with(&[&["--allows", OTHER], &accept[..], more].concat()))
}

#[test]
fn a_deployment_asks_for_the_policies_and_their_data() {
    let repo = Repo::empty();
    just_allowed(&repo, &[]);
    let away = elsewhere(&repo);
    let shown = asked(&away, &["-o", "json"]).exits(0).stdout;
    let shown = json::parse(shown.as_bytes(), Limits::EVIDENCE).unwrap();
    let digests = &shown["statement"]["predicate"]["digests"];
    let zero = format!("sha256:{:064}", 0);
    for (flag, name, refused) in [
        ("--policy", "policies", "made by the policies sha256:"),
        ("--data", "data", "the policies had the data sha256:"),
    ] {
        let is = format!("sha256:{}", digests[name].as_str().unwrap());
        asked(&away, &[flag, &is])
            .exits(0)
            .says(&format!("{name:<15}{is}"));
        asked(&away, &[flag, &zero])
            .exits(1)
            .says(refused)
            .says(&is);
        for odd in ["sha256:12", "lax", &is[7..], ""] {
            asked(&away, &[flag, odd])
                .exits(2)
                .complains("expected sha256:HEX");
        }
        // Of nothing in particular, it would be asked in vain.
        away.run(&with(&[flag, &is])).exits(2).complains("--allows");
    }
}

#[test]
fn what_was_made_too_long_for_the_record_is_not_taken_for_absent() {
    let repo = Repo::empty();
    // Each stands in the name and in the relaxation, which then do not fit both.
    just_allowed(&repo, &["-n", "main"].repeat(300));
    let away = elsewhere(&repo);
    let only = ["--allows", OTHER];
    away.run(&with(&only))
        .exits(1)
        .says("2 relaxations are not in the record, and may be of any kind");
    let some = ["--accept", "override", "--accept", "namespaces"];
    away.run(&with(&[&only[..], &some].concat()))
        .exits(1)
        .says("are not in the record");
    asked(&away, &[]).exits(0);
}

#[test]
fn a_deployment_asks_for_a_recent_record_of_a_recent_instant() {
    let repo = Repo::empty();
    just_allowed(&repo, &[]);
    let away = elsewhere(&repo);
    asked(&away, &["--max-age", "1h"]).exits(0);
    let then = |instant| asked(&away, &["--max-age", "1h", "--as-of", instant]);
    then("2100-01-01T00:00:00Z")
        .exits(1)
        .says("NOT WHAT IS WANTED  it was recorded at ")
        .says("more than 1h before 2100-01-01T00:00:00Z");
    then("2020-01-01T00:00:00Z")
        .exits(1)
        .says(", later than 2020-01-01T00:00:00Z");
    then("soon").exits(2).complains("--as-of");
    asked(&away, &["--max-age", "soon"])
        .exits(2)
        .complains("--max-age");
    asked(&away, &["--as-of", "2100-01-01T00:00:00Z"])
        .exits(2)
        .complains("--max-age");
    away.run(&with(&["--max-age", "1h"]))
        .exits(2)
        .complains("--allows");

    // Recorded just now, of an instant that is long past or still to come.
    for (instant, refused) in [
        (
            "2020-01-01T00:00:00Z",
            "it is as of 2020-01-01T00:00:00Z, more than 1h before ",
        ),
        (
            "2100-01-01T00:00:00Z",
            "it is as of 2100-01-01T00:00:00Z, later than ",
        ),
    ] {
        just_allowed(&repo, &["--as-of", instant]);
        fs::copy(repo.path("out.tlog-proof"), away.path("out.tlog-proof")).unwrap();
        asked(&away, &[]).exits(0);
        asked(&away, &["--max-age", "1h"]).exits(1).says(refused);
    }
}
