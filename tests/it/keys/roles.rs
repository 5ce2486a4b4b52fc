//! Two keys, and the key that proves nothing.

use std::fmt::Write as _;

use super::key_id;
use crate::repo::Repo;

#[test]
fn records_and_checkpoints_may_have_a_key_each() {
    let repo = Repo::sample();
    let mut trust = repo.read("trust.toml");
    for (name, role) in [("gate", "record"), ("log", "checkpoint")] {
        repo.run(&["keys", "generate", name]).exits(0);
        let _ = write!(
            trust,
            "\n[[key]]\nname = '{name}'\npublic_key = '.assize/keys/{name}.pub.pem'\nroles = ['{role}']\n"
        );
    }
    repo.write("trust.toml", &trust);
    let settings = repo.read("assize.toml");
    let keys = "key = '.assize/keys/gate.pem'\ncheckpoint_key = '.assize/keys/log.pem'\n";
    repo.write("assize.toml", &(keys.to_owned() + &settings));
    repo.run(&["gate", "-q"]).exits(0);
    repo.run(&["verify"])
        .exits(0)
        .says("records by     gate (1)\n")
        .says("checkpoint by  log\n")
        .says("trusting       the trust policy\n");
    // Handing over leaves the log's key as it is.
    repo.run(&["keys", "rotate", "next", "--approved-by", "ada"])
        .exits(0);
    let trust = repo.read("trust.toml");
    assert!(trust.ends_with("roles = [\"record\"]\nfrom_index = 2\n"));
    repo.run(&["verify"]).exits(0).says("2 records");
    // The gate's key alone cannot make a checkpoint that holds.
    repo.edit(
        "assize.toml",
        "checkpoint_key = '.assize/keys/log.pem'\n",
        "",
    );
    repo.edit("assize.toml", "keys/gate.pem", "keys/next.pem");
    repo.run(&["gate", "-q"]).exits(0);
    repo.run(&["verify"])
        .exits(1)
        .says("carries no signature by a known key");
}

#[test]
fn every_report_tells_the_development_key() {
    let repo = Repo::sample();
    let says = "proves nothing to others";
    repo.run(&["gate"]).exits(0).says(says);
    repo.run(&["verify"]).exits(0).says(says);
    // However it is named, and whoever trusts it.
    let private = ".assize/keys/development.pem";
    let public = ".assize/keys/development.pub.pem";
    repo.run(&["gate", "--key", private]).exits(0).says(says);
    repo.run(&["log", "show"]).exits(0).says(says);
    repo.run(&["verify", "--key", public]).exits(0).says(says);
    let add = ["keys", "trust", "add", public, "--name", "d"];
    let roles = ["--role", "record", "--role", "checkpoint"];
    repo.run(&[&add[..], &roles].concat()).exits(0);
    repo.run(&["verify"]).exits(0).says(says);
    repo.run(&["keys", "generate", "gate"]).exits(0);
    let other = repo.run(&["gate", "--key", ".assize/keys/gate.pem"]);
    let id = key_id(&repo, "gate");
    assert!(!other.stdout.contains(says) && other.stdout.contains(&id));
}
