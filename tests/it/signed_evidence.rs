//! Evidence that somebody answers for: `assize seal --key`, and rules that demand it.

use std::fmt::Write as _;

use crate::repo::Repo;

const AS_OF: &str = "2026-11-23T13:00:00Z";

const RULE: &str = r#"# METADATA
# scope: package
# title: Somebody answers for the tests
# custom:
#   id: deploy.tests
#   severity: high
#   requires: [{evidence: junit, kind: junit-xml, verified: true}]
package gates.deploy.tests

deny contains "tests failed" if input.evidence.junit.facts.failures > 0

deny contains "signed by nobody" if count(input.evidence.junit.signed_by) == 0
"#;

/// A folder with one rule, one item, and the keys `ci` and `officer`, of which `trusted`
/// may sign evidence.
fn repo(trusted: &[&str]) -> Repo {
    let repo = Repo::empty();
    repo.write("policies/gates/deploy/tests.rego", RULE);
    repo.write(
        "evidence/junit.xml",
        r#"<testsuites><testsuite name="s"><testcase name="t"/></testsuite></testsuites>"#,
    );
    let mut trust = String::new();
    for name in ["ci", "officer"] {
        repo.run(&["keys", "generate", name]).exits(0);
        if trusted.contains(&name) {
            let _ = write!(
                trust,
                "[[key]]\nname = '{name}'\npublic_key = '.assize/keys/{name}.pub.pem'\nroles = ['evidence']\n"
            );
        }
    }
    if !trust.is_empty() {
        repo.write("trust.toml", &trust);
    }
    repo
}

fn gate(repo: &Repo) -> crate::repo::Ran {
    repo.run(&["gate", "deploy", "--as-of", AS_OF])
}

fn key_id(repo: &Repo, name: &str) -> String {
    let shown = repo.run(&["keys", "show", name]).exits(0).stdout;
    let line = shown.lines().find(|line| line.starts_with("key id"));
    line.unwrap().rsplit(' ').next().unwrap().to_owned()
}

#[test]
fn a_rule_may_demand_that_somebody_signed() {
    let repo = repo(&["ci"]);
    gate(&repo)
        .exits(3)
        .says("`junit` carries no signature, and neither does its bundle");
    let ci = key_id(&repo, "ci");
    repo.run(&["seal", "evidence", "--key", ".assize/keys/ci.pem"])
        .exits(0)
        .says(&format!("signed by {ci}  evidence/bundle.intoto.json\n"));
    gate(&repo).exits(0).says("ALLOW");
    repo.run(&["evidence", "list", "evidence", "--as-of", AS_OF])
        .exits(0)
        .says("ok         junit-xml          junit")
        .says(&format!("signed by {ci}\n"));
    // The signature and the keys are in the ledger, with all that verifies the record.
    let index = "1";
    let envelope = repo.run(&["log", "show", index, "--document", "bundle-signature"]);
    assert_eq!(
        envelope.exits(0).stdout,
        repo.read("evidence/bundle.intoto.json")
    );
    repo.run(&["log", "show", index, "--document", "trust"])
        .exits(0)
        .says("assize/trusted-keys/v2")
        .says(&ci);
    repo.run(&["log", "show", index, "--document", "input"])
        .exits(0)
        .says(&format!("\"signed_by\":[\"{ci}\"]"));
    repo.run(&["verify"]).exits(0);
    // The record before was of an unsigned bundle and says nothing of one.
    let payload = repo
        .run(&["log", "show", "0", "--document", "payload"])
        .exits(0);
    assert!(!payload.stdout.contains("\"signature\""));
    repo.run(&["log", "show", "0", "--document", "bundle-signature"])
        .exits(2)
        .complains("not in the ledger");
}

#[test]
fn a_contract_may_say_who_has_to_sign() {
    let repo = repo(&["ci", "officer"]);
    let (ci, officer) = (key_id(&repo, "ci"), key_id(&repo, "officer"));
    repo.write(
        "contracts/deploy.yaml",
        &format!(
            "schema: assize/contract/v1\nitems:\n  - {{evidence: junit, signers: ['{officer}']}}\n"
        ),
    );
    repo.run(&["seal", "evidence", "--key", ".assize/keys/ci.pem"])
        .exits(0);
    gate(&repo)
        .exits(3)
        .says("CONTRACT NOT MET (1 of 1)")
        .says(&format!(
            "evidence `junit` is signed by {ci}, not by {officer}"
        ));
    repo.run(&[
        "seal",
        "evidence",
        "--key",
        ".assize/keys/officer.pem",
        "--add-signature",
    ])
    .exits(0);
    gate(&repo).exits(0).says("ALLOW");
}

#[test]
fn a_key_that_is_not_trusted_or_has_no_part_in_it_signs_for_nothing() {
    let repo = repo(&["officer"]);
    repo.run(&["seal", "evidence", "--key", ".assize/keys/ci.pem"])
        .exits(0);
    let ci = key_id(&repo, "ci");
    gate(&repo)
        .exits(3)
        .says(&format!("`bundle.intoto.json`: no key `{ci}` is trusted"));
    repo.run(&["evidence", "list", "evidence", "--as-of", AS_OF])
        .exits(0)
        .says("`bundle.intoto.json` is not verified: no key");
    // A second signature, over the same manifest, by somebody who is.
    let manifest = repo.read("evidence/bundle.json");
    let officer = key_id(&repo, "officer");
    repo.run(&[
        "seal",
        "evidence",
        "--add-signature",
        "--key",
        ".assize/keys/officer.pem",
    ])
    .exits(0)
    .says(&format!("signed by {ci}"))
    .says(&format!("signed by {officer}"));
    assert_eq!(repo.read("evidence/bundle.json"), manifest);
    gate(&repo).exits(0);
    repo.edit("trust.toml", "['evidence']", "['record', 'declaration']");
    gate(&repo)
        .exits(3)
        .says("key `officer` is not trusted to sign evidence");
}

#[test]
fn what_was_tampered_with_is_a_problem_of_the_bundle() {
    let repo = repo(&["ci"]);
    repo.run(&["seal", "evidence", "--key", ".assize/keys/ci.pem"])
        .exits(0);
    let signature = repo.read("evidence/bundle.intoto.json");
    // Sealed anew by somebody who has no key, with the signature left in its place.
    repo.edit("evidence/junit.xml", "name=\"t\"", "name=\"u\"");
    repo.run(&["seal", "evidence"])
        .exits(0)
        .says("removed evidence/bundle.intoto.json: it does not sign this manifest");
    gate(&repo).exits(3).says("carries no signature");
    repo.write("evidence/bundle.intoto.json", &signature);
    gate(&repo)
        .exits(3)
        .says("`bundle.intoto.json`: signs another manifest");
    repo.run(&[
        "seal",
        "evidence",
        "--add-signature",
        "--key",
        ".assize/keys/ci.pem",
    ])
    .exits(2)
    .complains("signs another manifest");
    // Also where no rule asks for a signature.
    let rule = RULE.replace(", verified: true", "");
    let rule = rule.split("\n\ndeny contains \"signed by").next().unwrap();
    repo.write("policies/gates/deploy/tests.rego", rule);
    gate(&repo)
        .exits(3)
        .says("`bundle.intoto.json`: signs another manifest");
    // A folder without a manifest.
    std::fs::remove_file(repo.path("evidence/bundle.json")).unwrap();
    gate(&repo)
        .exits(3)
        .says("`bundle.intoto.json`: there is no `bundle.json` that it signs");
    repo.run(&[
        "seal",
        "evidence",
        "--add-signature",
        "--key",
        ".assize/keys/ci.pem",
    ])
    .exits(2)
    .complains("holds no `bundle.json`")
    .complains("assize seal FOLDER --key KEY");
}

#[test]
fn what_is_sealed_again_unchanged_keeps_its_signature() {
    let repo = repo(&["ci"]);
    let key = ["--key", ".assize/keys/ci.pem"];
    repo.run(&["seal", "evidence", key[0], key[1]]).exits(0);
    let manifest = repo.read("evidence/bundle.json");
    repo.run(&["seal", "evidence"])
        .exits(0)
        .says("evidence/bundle.json and its signature stay as they are")
        .says("signed by SHA256:");
    assert_eq!(repo.read("evidence/bundle.json"), manifest);
    gate(&repo).exits(0);
    repo.run(&[
        "seal",
        "evidence",
        "--subject",
        &format!("a@sha256:{}", "0".repeat(64)),
    ])
    .exits(0)
    .says("removed evidence/bundle.intoto.json");
    assert!(!repo.path("evidence/bundle.intoto.json").exists());
    repo.run(&["seal", "evidence", key[0], key[1]]).exits(0);
    gate(&repo).exits(0);
}

#[test]
fn nothing_is_signed_that_should_not_be() {
    let repo = repo(&["ci"]);
    let add = [
        "seal",
        "evidence",
        "--add-signature",
        "--key",
        ".assize/keys/ci.pem",
    ];
    repo.run(&["seal", "evidence", "--add-signature"]).exits(2);
    repo.run(&["seal", "evidence", "--key", "none.pem"])
        .exits(2)
        .complains("none.pem");
    assert!(
        !repo.path("evidence/bundle.json").exists(),
        "the key is read first"
    );
    repo.run(&["seal", "evidence"]).exits(0);
    // What was sealed by one may be signed by another, once.
    repo.run(&add).exits(0);
    repo.run(&add).exits(2).complains("has signed already");
    repo.edit("evidence/junit.xml", "name=\"t\"", "name=\"u\"");
    let other = ["--key", ".assize/keys/officer.pem"];
    repo.run(&["seal", "evidence", "--add-signature", other[0], other[1]])
        .exits(2)
        .complains("`junit.xml`: has the digest");
}

#[test]
fn what_is_collected_can_be_signed_on_the_way() {
    let repo = repo(&["ci"]);
    repo.write(
        "assize.toml",
        "evidence = 'evidence'\n[collect.junit]\nfrom = 'files'\nfile = 'reports/junit.xml'\n[server.down]\nurl = 'http://127.0.0.1:1'\n[collect.up]\nfrom = 'prometheus'\nserver = 'down'\nquery = 'up'\nwindow = '1h'\nstep = '15s'\n",
    );
    repo.write("reports/junit.xml", &repo.read("evidence/junit.xml"));
    let ci = key_id(&repo, "ci");
    repo.run(&[
        "collect",
        "--time-limit",
        "4s",
        "--key",
        ".assize/keys/ci.pem",
    ])
    .exits(3)
    .says(&format!("signed by {ci}  "));
    gate(&repo).exits(0);
    repo.run(&["collect", "--time-limit", "4s"])
        .exits(3)
        .says("removed ")
        .says("bundle.intoto.json: it does not sign this manifest");
    gate(&repo).exits(3).says("carries no signature");
}
