//! Keys that are handed over, revoked and trusted.

use std::fs;

use assize::json::{self, Limits};

use super::key_id;
use crate::repo::{Ran, Repo};

const TRUST: &str = concat!(
    include_str!("../../../trust.toml"),
    "\n# Who signs records.\n[[key]]\nname = 'first'  # until the move\n",
    "public_key = '.assize/keys/first.pub.pem'\nroles = ['record', 'checkpoint']\n"
);

/// The sample with two records by the key `first`, which the trust policy names.
fn repo() -> Repo {
    let repo = Repo::sample();
    repo.run(&["keys", "generate", "first"]).exits(0);
    repo.write("trust.toml", TRUST);
    gate(&repo, "first").exits(0);
    gate(&repo, "first").exits(0);
    repo
}

fn gate(repo: &Repo, name: &str) -> Ran {
    repo.run(&["gate", "-q", "--key", &format!(".assize/keys/{name}.pem")])
}

fn rotate(repo: &Repo, from: &str, to: &str) -> Ran {
    let key = format!(".assize/keys/{from}.pem");
    repo.run(&["keys", "rotate", to, "--key", &key, "--approved-by", "ada"])
}

#[test]
fn the_old_key_announces_the_new_one_and_trust_follows() {
    let repo = repo();
    rotate(&repo, "first", "second")
        .exits(0)
        .says("announced  by record 2, signed by the old key")
        .says("until index 3\n")
        .says("from index 3  second");
    let (first, second) = (key_id(&repo, "first"), key_id(&repo, "second"));
    assert_eq!(
        repo.read("trust.toml"),
        format!(
            "{TRUST}until_index = 3\n\n[[key]]\nname = \"second\"\n\
             public_key = \"trust/second.pub.pem\"\nroles = [\"checkpoint\", \"record\"]\n\
             from_index = 3\n"
        )
    );
    repo.run(&["log", "show", "2"])
        .exits(0)
        .says("key-rotation")
        .says(&second);
    let document = repo
        .run(&["log", "show", "2", "--document", "document"])
        .exits(0)
        .stdout;
    for part in [
        first.as_str(),
        &second,
        "\"from_index\":3",
        "assize/key-rotation/v1",
    ] {
        assert!(document.contains(part), "{document}");
    }
    repo.run(&["verify"]).exits(0).says("3 records");
    gate(&repo, "second").exits(0);
    repo.run(&["verify"])
        .exits(0)
        .says("records by     first (3), second (1)\n")
        .says("keys           first: records 0 to 2\n")
        .says("second: records 3 to 3, announced by record 2, signed by first\n");
    let report = repo.run(&["verify", "-o", "json"]).exits(0).stdout;
    let report = json::parse(report.as_bytes(), Limits::AUTHORED).unwrap();
    assert_eq!(report["record_keys"][1]["announced"]["record"], 2);
    assert_eq!(report["record_keys"][1]["key_id"], second.as_str());
    assert!(report["record_keys"][0]["announced"].is_null());
    // The old key's time is over: what it signs is refused, and it hands over to nobody.
    gate(&repo, "first").exits(0);
    repo.run(&["verify"])
        .exits(1)
        .says("key `first` is not trusted to sign a record at index 4");
    rotate(&repo, "first", "third")
        .exits(2)
        .complains("key `first` is not trusted to sign a record at index 5");
}

#[test]
fn a_rotation_that_broke_off_is_finished_by_the_next() {
    let repo = repo();
    rotate(&repo, "first", "second").exits(0);
    let done = repo.read("trust.toml");
    // Done again, nothing changes.
    rotate(&repo, "first", "second").exits(0).says("record 2");
    assert_eq!(repo.read("trust.toml"), done);
    // Broken off before the trust policy was written: no second announcement.
    repo.write("trust.toml", TRUST);
    rotate(&repo, "first", "second").exits(0).says("record 2");
    assert_eq!(repo.read("trust.toml"), done);
    repo.run(&["verify"]).exits(0).says("3 records");
    // The old key has signed on meanwhile: announced anew, from where it is true.
    repo.write("trust.toml", TRUST);
    gate(&repo, "first").exits(0);
    rotate(&repo, "first", "second").exits(0).says("record 4");
    gate(&repo, "second").exits(0);
    repo.run(&["verify"]).exits(0).says("6 records");
    assert!(repo.read("trust.toml").contains("until_index = 5\n"));
}

#[test]
fn what_cannot_be_handed_over_changes_nothing() {
    let repo = repo();
    let records = || repo.read(".assize/ledger/records.intoto.jsonl");
    let before = records();
    rotate(&repo, "first", "first")
        .exits(2)
        .complains("signs already");
    rotate(&repo, "first", "../x")
        .exits(2)
        .complains("is not a key name");
    repo.run(&["keys", "generate", "stranger"]).exits(0);
    rotate(&repo, "stranger", "second")
        .exits(2)
        .complains("is trusted")
        .complains("assize keys trust add");
    let encrypted = [
        "keys",
        "rotate",
        "other",
        "--encrypt",
        "--approved-by",
        "ada",
    ];
    repo.run(&encrypted).exits(2).complains("is encrypted");
    repo.run(&["keys", "rotate", "other"])
        .exits(2)
        .complains("--approved-by");
    assert_eq!(
        (records(), repo.read("trust.toml")),
        (before, TRUST.to_owned())
    );
    fs::remove_file(repo.path("trust.toml")).unwrap();
    rotate(&repo, "first", "second")
        .exits(2)
        .complains("cannot read `trust.toml`");
}

#[test]
fn a_change_that_nobody_announced_is_told() {
    let repo = repo();
    repo.run(&["keys", "generate", "second"]).exits(0);
    repo.run(&["keys", "revoke", "first", "--from-index", "2"])
        .exits(0);
    let add = [
        "keys",
        "trust",
        "add",
        ".assize/keys/second.pub.pem",
        "--name",
        "second",
    ];
    let roles = [
        "--role",
        "record",
        "--role",
        "checkpoint",
        "--from-index",
        "2",
    ];
    repo.run(&[&add[..], &roles].concat()).exits(0);
    gate(&repo, "second").exits(0);
    repo.run(&["verify"])
        .exits(0)
        .says("second: records 2 to 2, NOT ANNOUNCED by a record of an earlier key\n");
    repo.run(&["keys", "trust", "list"])
        .exits(0)
        .says(&format!(
            "first                {}  0-1  record, checkpoint\n",
            key_id(&repo, "first")
        ))
        .says(&format!(
            "second               {}  2-  record, checkpoint\n",
            key_id(&repo, "second")
        ));
}

#[test]
fn a_key_that_is_revoked_signs_no_more() {
    let repo = repo();
    repo.run(&["keys", "revoke", "first", "--from-index", "1"])
        .exits(0)
        .says("remove the key's entry");
    repo.run(&["verify"])
        .exits(1)
        .says("key `first` is not trusted to sign a record at index 1");
    let refused = |index: &str, why: &str| {
        let revoke = ["keys", "revoke", "first", "--from-index", index];
        repo.run(&revoke).exits(2).complains(why);
    };
    // A revocation is not taken back by another.
    refused("2", "ends at index 1 already");
    refused("0", "nothing would be left");
    repo.run(&["keys", "revoke", "nobody", "--from-index", "1"])
        .exits(2)
        .complains("is not in the trust policy");
}

#[test]
fn a_key_signs_only_what_its_role_is() {
    let repo = repo();
    let with = |roles: &str, why: &str| {
        repo.write(
            "trust.toml",
            &TRUST.replace("['record', 'checkpoint']", roles),
        );
        repo.run(&["verify", "--trust", "trust.toml"]).says(why)
    };
    with("['checkpoint']", "no key is trusted to sign a record").exits(3);
    with("['record']", "no key is trusted to sign a checkpoint").exits(3);
    with("['declaration', 'evidence', 'waiver']", "no key is trusted").exits(3);
    let other =
        "[[key]]\nname = 'other'\npublic_key = '.assize/keys/other.pub.pem'\nroles = ['record']\n";
    repo.run(&["keys", "generate", "other"]).exits(0);
    repo.write(
        "trust.toml",
        &(TRUST.replace("['record', 'checkpoint']", "['checkpoint']") + other),
    );
    repo.run(&["verify"])
        .exits(1)
        .says("key `first` is not trusted to sign a record");
    let add = |args: &[&str], why: &str| {
        let add = [
            "keys",
            "trust",
            "add",
            ".assize/keys/first.pub.pem",
            "--name",
        ];
        repo.run(&[&add[..], args].concat()).exits(2).complains(why);
    };
    add(
        &["again", "--role", "checkpoint"],
        "is the same key as `first`",
    );
    add(&["first", "--role", "evidence"], "occurs twice");
    add(
        &["x", "--role", "auditor"],
        "expected one of record, checkpoint",
    );
    add(&["x"], "--role");
}
