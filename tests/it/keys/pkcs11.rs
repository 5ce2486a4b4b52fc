//! Keys on a token in software.

use std::process::Command;

use super::{secret, with};
use crate::repo::{Ran, Repo};

const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";

/// The sample, and a token with the key `gate` in a folder of its own.
fn repo() -> Repo {
    let repo = Repo::sample();
    let tokens = repo.path("tokens");
    std::fs::create_dir(&tokens).unwrap();
    repo.write(
        "softhsm2.conf",
        &format!(
            "directories.tokendir = {}\nobjectstore.backend = file\n",
            tokens.display()
        ),
    );
    tool(
        &repo,
        "softhsm2-util",
        "--init-token --free --label assize --pin 1234 --so-pin 5678",
    );
    make(&repo, "gate", "01");
    repo
}

fn make(repo: &Repo, label: &str, id: &str) {
    let make = format!(
        "--module {MODULE} --login --pin 1234 --keypairgen --key-type EC:edwards25519 \
         --label {label} --id {id}"
    );
    tool(repo, "pkcs11-tool", &make);
}

fn tool(repo: &Repo, program: &str, args: &str) -> Ran {
    let mut command = Command::new(program);
    command
        .args(args.split(' '))
        .env("SOFTHSM2_CONF", repo.path("softhsm2.conf"));
    Ran::of(&command.output().unwrap()).exits(0)
}

fn gate(repo: &Repo, pin: &[(&str, &str)], uri: &str) -> Ran {
    let conf = repo.path("softhsm2.conf");
    let mut environment = vec![("SOFTHSM2_CONF", conf.to_str().unwrap())];
    environment.extend(pin);
    with(repo, &environment, &["gate", "-q", "--key", uri])
}

fn uri(path: &str) -> String {
    format!("pkcs11:{path}?module-path={MODULE}")
}

const PIN: &[(&str, &str)] = &[("ASSIZE_PKCS11_PIN", "1234")];

#[test]
#[ignore = "needs softhsm2 and opensc"]
fn a_key_on_a_token_signs_records_and_checkpoints() {
    let repo = repo();
    let key = uri("token=assize;object=gate;type=private");
    gate(&repo, PIN, &key).exits(0);
    secret(&repo, "pin", "1234\n");
    let with_file = format!(
        "{}&pin-source=file:{}",
        uri("id=%01"),
        repo.path("pin").display()
    );
    gate(&repo, &[], &with_file).exits(0);
    // The record key and the checkpoint key in one process, on one token.
    let settings = repo.read("assize.toml");
    repo.write(
        "assize.toml",
        &format!("checkpoint_key = '{key}'\n{settings}"),
    );
    gate(&repo, PIN, &key).exits(0);
    repo.write("assize.toml", &settings);

    // What another program shows of the key: an OCTET STRING of 32 bytes.
    let list = format!("--module {MODULE} --list-objects --type pubkey --label gate");
    let shown = tool(&repo, "pkcs11-tool", &list).stdout;
    let point = shown.split("EC_POINT:").nth(1).unwrap();
    let point = point.lines().next().unwrap().trim();
    let point: assize::digest::Digest = point.strip_prefix("0420").unwrap().parse().unwrap();
    let point = *point.as_bytes();
    let public = assize::signing::PublicKey::from_bytes(&point).unwrap();
    repo.write("gate.pub.pem", &public.to_pem().unwrap());
    repo.run(&["verify", "--key", "gate.pub.pem"])
        .exits(0)
        .says("3 records");
}

#[test]
#[ignore = "needs softhsm2 and opensc"]
fn without_the_one_key_or_the_pin_nothing_is_signed() {
    let repo = repo();
    make(&repo, "two", "02");
    make(&repo, "two", "03");
    let refused = |pin: &[(&str, &str)], uri: &str, why: &str| {
        gate(&repo, pin, uri)
            .exits(2)
            .gives_no_verdict()
            .complains(why);
        assert!(!repo.path(".assize/ledger/checkpoint").exists());
    };
    refused(&[], &uri("object=gate"), "set `ASSIZE_PKCS11_PIN`");
    refused(
        &[("ASSIZE_PKCS11_PIN", "4321")],
        &uri("token=assize;object=gate"),
        "refused to log in",
    );
    refused(
        PIN,
        &uri("object=two;token=assize"),
        "2 private keys answer to the URI",
    );
    refused(
        PIN,
        &uri("object=gone;token=assize"),
        "0 private keys answer",
    );
    refused(PIN, &uri("object=gate;token=other"), "0 tokens answer");
    refused(
        PIN,
        "pkcs11:object=gate?module-path=/no/such.so",
        "refused to load its library",
    );
    refused(
        PIN,
        &format!("{}&pin-value=1234", uri("object=gate")),
        "`pin-value`",
    );
    repo.write("open", "1234");
    let open = format!(
        "{}&pin-source=file:{}",
        uri("object=gate"),
        repo.path("open").display()
    );
    refused(&[], &open, "others can read it");
}
