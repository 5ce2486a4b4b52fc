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
