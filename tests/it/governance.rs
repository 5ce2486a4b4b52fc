//! Declarations, baselines, reviews: what people answer for, under the built command.

use std::fs;

use crate::repo::Repo;

const DECLARE: [&str; 12] = [
    "declare",
    "--id",
    "D-1",
    "--statement",
    "The tool is bought.",
    "--value",
    r#"{"tool":"x"}"#,
    "--declared-by",
    "ada@example.com",
    "--expires-at",
    "2200-01-01",
    "--key",
];

/// The sample with two key pairs that may declare.
fn declaring() -> Repo {
    let repo = Repo::sample();
    let trust = ["ada", "bob"].map(|name| {
        repo.run(&["keys", "generate", name]).exits(0);
        format!(
            "[[key]]\nname = \"{name}\"\npublic_key = \".assize/keys/{name}.pub.pem\"\n\
             roles = [\"declaration\"]\n"
        )
    });
    repo.write("trust.toml", &trust.concat());
    repo
}

fn declare(repo: &Repo, file: &str) {
    let args = [&DECLARE[..], &[".assize/keys/ada.pem", "-o", file]].concat();
    repo.run(&args).exits(0);
}

#[test]
fn two_people_sign_one_declaration() {
    let repo = declaring();
    repo.run(&["keys", "generate", "mallory"]).exits(0);
    fs::create_dir(repo.path("evidence/two")).unwrap();
    declare(&repo, "evidence/two/d.json");
    let add = |key: &str| {
        let key = format!(".assize/keys/{key}.pem");
        repo.run(&[
            "declare",
            "--add-signature",
            "evidence/two/d.json",
            "--key",
            &key,
        ])
    };
    add("ada").exits(2).complains("signed already");
    add("bob")
        .exits(0)
        .says("The tool is bought.")
        .says(r#"{"tool":"x"}"#)
        .says("  ada\n")
        .says("  bob\n");
    // As policies see it.
    repo.write(
        "p/gates/g/two.rego",
        "# METADATA\n# title: Two sign\n# custom:\n#   id: g.two\n#   severity: high\n\
         #   requires: [{evidence: d, kind: declaration}]\npackage gates.g.two\n\n\
         deny contains \"one signer\" if count(input.evidence.d.facts.signed_by) < 2\n",
    );
    let gate = ["gate", "g", "-p", "p", "-e", "evidence/two"];
    repo.run(&gate).exits(0).says("1 pass");
    // A third whom nobody trusts spoils it; and says so when signing.
    add("mallory")
        .exits(0)
        .says("until it is, the item is unverified");
    repo.run(&gate).exits(3).says("signature 3 of 3: no key");
    add("bob").exits(2).complains("nothing was added");
}

#[test]
fn nobody_adds_a_signature_to_what_was_altered_or_is_over() {
    let repo = declaring();
    let bob = ["--key", ".assize/keys/bob.pem"];
    declare(&repo, "d.json");
    let genuine = repo.read("d.json");
    // Another payload under the first signature.
    let args = [&DECLARE[..], &[".assize/keys/ada.pem", "-o", "other.json"]].concat();
    let args: Vec<_> = args
        .iter()
        .map(|arg| {
            if arg.contains("\"tool\"") {
                r#"{"tool":"y"}"#
            } else {
                arg
            }
        })
        .collect();
    repo.run(&args).exits(0);
    let other = repo.read("other.json");
    let payload = |text: &str| text.split('"').nth(3).unwrap().to_owned();
    repo.write(
        "d.json",
        &genuine.replace(&payload(&genuine), &payload(&other)),
    );
    let altered = repo.read("d.json");
    repo.run(&[&["declare", "--add-signature", "d.json"], &bob[..]].concat())
        .exits(2)
        .complains("does not match; nothing was added");
    assert_eq!(repo.read("d.json"), altered);

    let args: Vec<_> = DECLARE
        .iter()
        .copied()
        .chain([
            ".assize/keys/ada.pem",
            "-o",
            "old.json",
            "--declared-at",
            "2020-01-01",
        ])
        .map(|arg| {
            if arg == "2200-01-01" {
                "2021-01-01"
            } else {
                arg
            }
        })
        .collect();
    repo.run(&args).exits(0);
    repo.run(&[&["declare", "--add-signature", "old.json"], &bob[..]].concat())
        .exits(2)
        .complains("expired at 2021-01-01T00:00:00Z; nothing was added");
}

#[test]
fn a_declaration_that_no_gate_would_read_is_not_written() {
    let repo = declaring();
    let with = |from: &str, to: &str| {
        let mut args: Vec<_> = DECLARE
            .iter()
            .map(|arg| if *arg == from { to } else { arg })
            .collect();
        args.extend([".assize/keys/ada.pem", "-o", "d.json"]);
        let ran = repo.run(&args).exits(2);
        assert!(!repo.path("d.json").exists(), "{from}");
        ran
    };
    with("2200-01-01", "2001-01-01").complains("must be later than `declared_at`");
    with("2200-01-01", "soon").complains("--expires-at");
    with(r#"{"tool":"x"}"#, "null").complains("`value`: is missing");
    with(r#"{"tool":"x"}"#, "{tool}").complains("expected JSON");
    with(r#"{"tool":"x"}"#, "@no/such.json").complains("cannot read `no/such.json`");
    with("The tool is bought.", " ").complains("`statement`: must not be empty");
    declare(&repo, "d.json");
    let args = [&DECLARE[..], &[".assize/keys/bob.pem", "-o", "d.json"]].concat();
    let before = repo.read("d.json");
    repo.run(&args).exits(2).complains("cannot write `d.json`");
    assert_eq!(repo.read("d.json"), before);
    repo.run(&["declare", "--key", ".assize/keys/ada.pem"])
        .exits(2)
        .complains("--output");
}

const SET: [&str; 10] = [
    "baseline",
    "set",
    "coordination_latency",
    "105",
    "--reason",
    "measured anew",
    "--requested-by",
    "ada",
    "--approved-by",
    "bob",
];
const DATA: &str = "policies/baselines/data.json";

fn set(repo: &Repo, from: &str, to: &str) -> crate::repo::Ran {
    let args: Vec<_> = SET
        .iter()
        .map(|arg| if *arg == from { to } else { arg })
        .collect();
    repo.run(&args)
}

#[test]
fn a_baseline_changes_with_a_record_and_nothing_else_changes() {
    let repo = Repo::sample();
    repo.run(&["baseline", "show"])
        .exits(0)
        .says("before any record");
    let before = repo.read(DATA);
    repo.write("measured.json", "{\"p95\": 105}");
    let args = [&SET[..], &["--evidence", "measured.json"]].concat();
    repo.run(&args).exits(0).says("107 -> 105 ms  version 2");
    let expected = before
        .replace("\"version\": 1", "\"version\": 2")
        .replace("\"baseline\": 107", "\"baseline\": 105");
    assert_eq!(repo.read(DATA), expected);
    repo.run(&["baseline", "show"])
        .exits(0)
        .says("record 0, approved by bob");
    repo.run(&["log", "list"])
        .exits(0)
        .says("changed       baseline coordination_latency");
    repo.run(&["log", "show", "0"])
        .exits(0)
        .says("requested by ada")
        .says("\"reason\": \"measured anew\"");
    let kept = |name: &str| {
        repo.run(&["log", "show", "0", "--document", name])
            .exits(0)
            .stdout
    };
    assert_eq!(kept("before"), before);
    assert_eq!(kept("after"), expected);
    assert_eq!(kept("evidence.1"), "{\"p95\": 105}");
    repo.run(&["log", "show", "0", "--document", "evidence.2"])
        .exits(2)
        .complains("is not in the ledger");
    // The gate still reads it, and its record stands behind this one.
    repo.run(&["gate", "-q"]).exits(0);
    repo.run(&["verify"]).exits(0).says("2 records");
    let document = assize_digest(&kept("after"));
    fs::write(repo.path(&document), "altered").unwrap();
    repo.run(&["verify"]).exits(1);
}

/// Where a ledger keeps content.
fn assize_digest(content: &str) -> String {
    let hex = assize::digest::Digest::of(content.as_bytes()).hex();
    format!(".assize/ledger/blob/sha256/{}/{hex}", &hex[..2])
}

#[test]
fn no_record_no_change_and_no_change_no_record() {
    let repo = Repo::sample();
    let before = repo.read(DATA);
    for (from, to, what) in [
        ("bob", " ADA ", "two people"),
        ("measured anew", "", "--reason is blank"),
        ("105", "121", "would miss the target 120"),
        ("105", "107", "it is that already"),
        ("105", "-5", "it is not a ms"),
        ("coordination_latency", "latency", "there is no metric"),
    ] {
        set(&repo, from, to).exits(2).complains(what);
    }
    let args = [&SET[..], &["--evidence", "no/such"]].concat();
    repo.run(&args).exits(2);
    assert!(!repo.path(".assize/ledger").exists());
    // A ledger that cannot be written.
    repo.write("file", "");
    let args = [&SET[..], &["--ledger", "file/ledger"]].concat();
    repo.run(&args).exits(2);
    assert_eq!(repo.read(DATA), before);
}

#[test]
fn what_no_record_explains_is_noticed() {
    let repo = Repo::sample();
    let first = repo.read(DATA);
    set(&repo, "", "").exits(0);
    let second = repo.read(DATA);

    // Interrupted between record and file.
    repo.write(DATA, &first);
    repo.run(&["baseline", "show"])
        .exits(1)
        .says("INTERRUPTED: record 0 set 105");
    set(&repo, "105", "104")
        .exits(2)
        .complains("nothing was changed");
    set(&repo, "", "").exits(0);
    assert_eq!(repo.read(DATA), second);
    repo.run(&["baseline", "show"]).exits(0).says("record 1");

    // Edited by hand: the changed metric, another one, the version.
    for (from, to, what) in [
        (
            "\"baseline\": 105",
            "\"baseline\": 106",
            "NO RECORD explains 106: record 1 says 105",
        ),
        (
            "\"baseline\": 0.98,",
            "\"baseline\": 0.99,",
            "NO RECORD explains 0.99",
        ),
        (
            "\"version\": 2",
            "\"version\": 3",
            "NO RECORD explains version 3",
        ),
    ] {
        repo.edit(DATA, from, to);
        repo.run(&["baseline", "show"]).exits(1).says(what);
        set(&repo, "105", "103")
            .exits(2)
            .complains("nothing was changed");
        repo.write(DATA, &second);
    }
    // Targets are ordinary data.
    repo.edit(DATA, "\"target\": 120", "\"target\": 119");
    repo.run(&["baseline", "show"]).exits(0);
    repo.write(DATA, &second);

    // A ledger without the document cannot tell.
    let document = repo
        .run(&["log", "show", "1", "--document", "document"])
        .exits(0)
        .stdout;
    fs::remove_file(repo.path(&assize_digest(&document))).unwrap();
    repo.run(&["baseline", "show"])
        .exits(3)
        .says("cannot be told: record");
    set(&repo, "105", "103").exits(2);

    // Nor does an empty ledger explain a later version.
    fs::remove_dir_all(repo.path(".assize/ledger")).unwrap();
    repo.run(&["baseline", "show", "-o", "json"])
        .exits(1)
        .says("\"unexplained\"");
}
