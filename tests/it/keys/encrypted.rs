//! Keys under a passphrase.

use super::{key_id, openssl, secret, with};
use crate::repo::Repo;

const VARIABLE: &str = "ASSIZE_KEY_PASSPHRASE";
const FILE: &str = "ASSIZE_KEY_PASSPHRASE_FILE";
const KEY: &str = ".assize/keys/gate.pem";

fn encrypted() -> Repo {
    let repo = Repo::sample();
    with(
        &repo,
        &[(VARIABLE, "correct horse")],
        &["keys", "generate", "gate", "--encrypt"],
    )
    .exits(0)
    .says("private  .assize/keys/gate.pem  (encrypted)\n");
    repo
}

#[test]
fn a_key_under_a_passphrase_signs_records() {
    let repo = encrypted();
    let pem = repo.read(KEY);
    assert!(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
    let gate = ["gate", "-q", "--key", KEY];
    with(&repo, &[(VARIABLE, "correct horse")], &gate).exits(0);
    secret(&repo, "passphrase", "correct horse\n");
    with(&repo, &[(FILE, "passphrase")], &gate).exits(0);
    let from_environment = ["gate", "-q", "--key", "env://GATE_KEY"];
    with(
        &repo,
        &[("GATE_KEY", pem.as_str()), (VARIABLE, "correct horse")],
        &from_environment,
    )
    .exits(0);
    with(&repo, &[("GATE_KEY", pem.as_str())], &from_environment)
        .exits(2)
        .complains("`env://GATE_KEY` is encrypted: set `ASSIZE_KEY_PASSPHRASE`");
    let id = key_id(&repo, "gate");
    let records = repo.read(".assize/ledger/records.intoto.jsonl");
    assert_eq!(records.matches(&id).count(), 3);
    repo.run(&["verify", "--key", ".assize/keys/gate.pub.pem"])
        .exits(0);
}

#[test]
fn without_the_passphrase_nothing_is_signed() {
    let repo = encrypted();
    let gate = ["gate", "-q", "--key", KEY];
    let refused = |variables: &[(&str, &str)], why: &str| {
        with(&repo, variables, &gate)
            .exits(2)
            .complains(why)
            .gives_no_verdict();
        assert!(!repo.path(".assize/ledger/checkpoint").exists());
    };
    refused(&[], "`ASSIZE_KEY_PASSPHRASE_FILE` to the file that holds");
    refused(
        &[(VARIABLE, "correct Horse")],
        "`.assize/keys/gate.pem` cannot be decrypted: the passphrase is wrong",
    );
    refused(&[(VARIABLE, "")], "is empty");
    repo.write("open", "correct horse");
    refused(&[(FILE, "open")], "others can read it");
    refused(&[(FILE, "nowhere")], "`nowhere`");
    secret(&repo, "both", "correct horse");
    refused(&[(FILE, "both"), (VARIABLE, "correct horse")], "set one");
    repo.run(&["keys", "generate", "other", "--encrypt"])
        .exits(2);
    assert!(!repo.path(".assize/keys/other.pem").exists());
    // N 2²⁰ and r 2¹⁵: four terabytes.
    let hostile = include_str!("../../vectors/keys/hostile-scrypt.pem");
    secret(&repo, KEY, hostile);
    refused(
        &[(VARIABLE, "x")],
        "asks for too much: scrypt with N 1048576",
    );
}

#[test]
fn a_command_that_is_run_does_not_learn_the_passphrase() {
    let repo = encrypted();
    let run = [
        "collect",
        "run",
        "--evidence",
        "evidence",
        "--name",
        "told",
        "--",
        "sh",
        "-c",
        "echo \"<$ASSIZE_KEY_PASSPHRASE>\"",
    ];
    let environment = [(VARIABLE, "correct horse"), ("PATH", "/usr/bin:/bin")];
    with(&repo, &environment, &run).exits(0).says("<>\n");
}

#[test]
#[ignore = "needs openssl"]
fn openssl_reads_our_encrypted_keys_and_we_read_its() {
    let repo = encrypted();
    openssl(
        &repo,
        &[
            "pkey",
            "-in",
            KEY,
            "-passin",
            "pass:correct horse",
            "-pubout",
            "-out",
            "read.pem",
        ],
    )
    .exits(0);
    assert_eq!(
        repo.read("read.pem"),
        repo.read(".assize/keys/gate.pub.pem")
    );

    openssl(
        &repo,
        &["genpkey", "-algorithm", "ed25519", "-out", "plain.pem"],
    )
    .exits(0);
    openssl(
        &repo,
        &["pkey", "-in", "plain.pem", "-pubout", "-out", "public.pem"],
    )
    .exits(0);
    for options in [
        &["-v2", "aes-256-cbc"][..],
        &["-v2", "aes-128-cbc", "-iter", "100000"],
        &["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512"],
        &["-scrypt"],
    ] {
        let convert = [
            "pkcs8",
            "-topk8",
            "-in",
            "plain.pem",
            "-passout",
            "pass:x",
            "-out",
            "e.pem",
        ];
        openssl(&repo, &[&convert[..], options].concat()).exits(0);
        with(&repo, &[(VARIABLE, "x")], &["gate", "-q", "--key", "e.pem"]).exits(0);
    }
    repo.run(&["verify", "--key", "public.pem"])
        .exits(0)
        .says("4 records");
}

#[test]
#[ignore = "needs openssl"]
fn another_key_under_a_passphrase_is_said_to_be_another() {
    let repo = Repo::sample();
    openssl(
        &repo,
        &[
            "genpkey",
            "-algorithm",
            "RSA",
            "-aes256",
            "-pass",
            "pass:x",
            "-out",
            "rsa.pem",
        ],
    )
    .exits(0);
    with(
        &repo,
        &[(VARIABLE, "x")],
        &["gate", "-q", "--key", "rsa.pem"],
    )
    .exits(2)
    .complains("is not an Ed25519 private key");
}
