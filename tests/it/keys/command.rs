//! Programs that sign.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::{key_id, openssl, with};
use crate::repo::{Ran, Repo};

const PATH: (&str, &str) = ("PATH", "/usr/local/bin:/usr/bin:/bin");

/// The sample with a signer whose program is `script`, and a key pair `gate` of openssl.
fn repo(script: &str) -> Repo {
    let repo = Repo::sample();
    repo.run(&["keys", "generate", "gate"]).exits(0);
    let settings = repo.read("assize.toml");
    let signer = "\n[signer.box]\ncommand = ['./sign.sh', '.assize/keys/gate.pem']\n\
                  public_key = '.assize/keys/gate.pub.pem'\ntime_limit = '20s'\n";
    repo.write("assize.toml", &(settings + signer));
    replace(&repo, script);
    repo
}

fn replace(repo: &Repo, script: &str) {
    repo.write("sign.sh", script);
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(repo.path("sign.sh"), mode).unwrap();
}

fn gate(repo: &Repo) -> Ran {
    with(repo, &[PATH], &["gate", "-q", "--key", "signer:box"])
}

const OPENSSL: &str = include_str!("../../../docs/signers/openssl.sh");

#[test]
#[ignore = "needs openssl"]
fn openssl_signs_everything_that_is_signed() {
    let repo = repo(OPENSSL);
    gate(&repo).exits(0);
    let signed = |args: &[&str]| with(&repo, &[PATH], &[args, &["--key", "signer:box"]].concat());
    signed(&["seal", "evidence/release"]).exits(0);
    signed(&[
        "declare",
        "--id",
        "d",
        "--statement",
        "s",
        "--value",
        "true",
        "--declared-by",
        "ada",
        "--expires-at",
        "2099-01-01T00:00:00Z",
        "-o",
        "d.json",
    ])
    .exits(0);
    repo.write(
        "assize.toml",
        &("key = 'signer:box'\n".to_owned() + &repo.read("assize.toml")),
    );
    with(&repo, &[PATH], &["gate", "-q"]).exits(0);
    let id = key_id(&repo, "gate");
    assert!(
        repo.read("evidence/release/bundle.intoto.json")
            .contains(&id)
    );
    assert!(repo.read("d.json").contains(&id));
    repo.run(&["verify", "--key", ".assize/keys/gate.pub.pem"])
        .exits(0)
        .says("2 records");
}

#[test]
fn nothing_is_written_without_a_signature_that_holds() {
    let repo = repo("#!/bin/sh\nprintf 'no \\033[2Jcard\\n' >&2; exit 4\n");
    let untouched = || assert!(!repo.path(".assize/ledger/checkpoint").exists());
    gate(&repo)
        .exits(2)
        .gives_no_verdict()
        .complains("no \\u{1b}[2Jcard\n")
        .complains("signer `signer:box` refused")
        .complains("ended with exit status: 4");
    untouched();
    // A signature, but over something else.
    let elsewhere = "U".repeat(85) + "Q==";
    assert_eq!(elsewhere.len(), 88);
    replace(
        &repo,
        &format!("#!/bin/sh\ncat >/dev/null\necho {elsewhere}\n"),
    );
    gate(&repo)
        .exits(2)
        .complains("gave a signature that is not by `SHA256:");
    untouched();
    replace(&repo, "#!/bin/sh\necho signed\n");
    gate(&repo)
        .exits(2)
        .complains("gave no signature: expected 88 characters");
    untouched();
    repo.edit("assize.toml", "'20s'", "'1s'");
    replace(&repo, "#!/bin/sh\nsleep 60\n");
    gate(&repo).exits(2).complains("took longer than 1 s");
    untouched();
}

#[test]
#[ignore = "needs openssl"]
fn another_key_s_signature_is_refused() {
    let repo = repo(OPENSSL);
    openssl(
        &repo,
        &["genpkey", "-algorithm", "ed25519", "-out", "other.pem"],
    )
    .exits(0);
    repo.edit("assize.toml", "'.assize/keys/gate.pem'", "'other.pem'");
    gate(&repo)
        .exits(2)
        .complains("gave a signature that is not by `SHA256:");
}

#[test]
fn says_what_is_wrong_with_the_settings() {
    let repo = repo("");
    let refused = |from: &str, to: &str, why: &str| {
        let before = repo.read("assize.toml");
        repo.edit("assize.toml", from, to);
        gate(&repo).exits(2).complains(why);
        repo.write("assize.toml", &before);
    };
    refused(
        "[signer.box]",
        "[signer.safe]",
        "the settings have no such signer",
    );
    refused("'20s'", "'soon'", "time_limit");
    refused(
        "['./sign.sh', '.assize/keys/gate.pem']",
        "[]",
        "`command` names no program",
    );
    refused("'./sign.sh'", "'./sing.sh'", "cannot be run");
    refused("gate.pub.pem'", "gone.pub.pem'", "gone.pub.pem");
    refused("gate.pub.pem'", "gate.pem'", "is not an Ed25519 public key");
    refused("time_limit", "timelimit", "timelimit");
    refused(
        "time_limit = '20s'",
        "environment = ['A=B']",
        "is no name of a variable",
    );
}
