//! What is exported, under tools that are not ours.
//!
//! Each must take what is sound, and refuse a flipped bit and another key: a tool that takes
//! everything would prove nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use assize::json::{self, json};
use assize::ledger::{Draft, Ledger, Options, Origin};
use assize::signing::note::VerifierKey;
use assize::signing::{SecretKey, TrustPolicy};

use super::{SUMMARY, export, sampled};
use crate::repo::{Ran, Repo};

const DECISION: &str = assize::record::DECISION_TYPE;
const JUDGED: &str = "evidence/release/bundle.json";

fn oracle(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/oracle")
        .join(name)
}

/// Where what the registries give is kept between runs.
fn cache(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn ran(command: &mut Command) -> Ran {
    Ran::of(&command.output().unwrap())
}

/// Two records, a second key, and what is exported of the last record.
fn exported() -> Repo {
    let repo = sampled(2);
    repo.run(&["keys", "generate", "other"]).exits(0);
    repo.run(&["keys", "export", "other", "-o", "other.pem"])
        .exits(0);
    for (format, name) in [("dsse", "record.json"), ("sigstore-bundle", "bundle.json")] {
        repo.run(&export(format, &["-o", name])).exits(0);
    }
    repo
}

/// Copies of a file, each with one character of its payload or signature changed.
fn altered(repo: &Repo, name: &str) -> Vec<String> {
    let sound = repo.read(name);
    let payload = sound.find("\"payload\":\"").unwrap() + 11;
    let signature = sound.find("\"sig\":\"").unwrap() + 7;
    let places = [
        payload,
        payload + 40,
        payload + 400,
        signature,
        signature + 80,
    ];
    let mut names = Vec::new();
    for place in places {
        let mut bytes = sound.clone().into_bytes();
        // Another digit of base64.
        bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
        let name = format!("altered-{place}-{name}");
        fs::write(repo.path(&name), bytes).unwrap();
        names.push(name);
    }
    names
}

/// Holds what `verify` says of a file and a key against what it should say.
fn takes_only_what_is_sound(repo: &Repo, name: &str, verify: impl Fn(&str, &str) -> Ran) {
    verify(name, "public.pem").exits(0);
    assert_ne!(verify(name, "other.pem").code, 0, "another key");
    for altered in altered(repo, name) {
        assert_ne!(verify(&altered, "public.pem").code, 0, "{altered}");
    }
}

fn cosign(repo: &Repo, key: &str, predicate_type: &str, more: &[&str]) -> Ran {
    let mut command = Command::new("cosign");
    command
        .args(["verify-blob-attestation", "--insecure-ignore-tlog"])
        .args(["--key", key, "--type", predicate_type])
        .args(more)
        .current_dir(repo.path(""));
    ran(&mut command)
}

#[test]
#[ignore = "needs cosign 3"]
fn cosign_takes_bundles_and_envelopes() {
    let repo = exported();
    takes_only_what_is_sound(&repo, "bundle.json", |name, key| {
        cosign(&repo, key, DECISION, &["--bundle", name, JUDGED])
    });
    takes_only_what_is_sound(&repo, "record.json", |name, key| {
        cosign(&repo, key, DECISION, &["--signature", name, JUDGED])
    });
    // Of another file, or as something else.
    let bundle = ["--bundle", "bundle.json"];
    let wrong = cosign(
        &repo,
        "public.pem",
        DECISION,
        &[&bundle[..], &["a"]].concat(),
    );
    assert_ne!(wrong.code, 0);
    repo.write("a", &(repo.read(JUDGED) + "\n"));
    for (predicate_type, file) in [(DECISION, "a"), ("https://example.com/v1", JUDGED)] {
        let more = [&bundle[..], &[file]].concat();
        let wrong = cosign(&repo, "public.pem", predicate_type, &more);
        assert_ne!(wrong.code, 0, "{predicate_type} {file}");
    }
}

#[test]
#[ignore = "needs cosign 3"]
fn cosign_takes_summaries() {
    let repo = exported();
    // An artefact whose digest was judged.
    repo.write("artefact", "bytes\n");
    let digest = assize::digest::Digest::of(b"bytes\n");
    let subject = format!("artefact@sha256:{digest}");
    let policy = "package main\n\ndeny contains \"no\" if input.a != 1\n";
    repo.write("policy/a.rego", policy);
    repo.write("a.json", "{\"a\": 1}");
    let gate = ["gate", "-q", "-p", "policy", "a.json", "--subject"];
    repo.run(&[&gate[..], &[&subject]].concat()).exits(0);
    let kinds = ["--accept", "override", "--accept", "namespaces"];
    repo.run(&export(
        "vsa",
        &[&SUMMARY[..], &kinds, &["-o", "vsa.json"]].concat(),
    ))
    .exits(0)
    .complains("PASSED  record 2");
    let kind = "https://slsa.dev/verification_summary/v1";
    takes_only_what_is_sound(&repo, "vsa.json", |name, key| {
        cosign(&repo, key, kind, &["--signature", name, "artefact"])
    });
    repo.write("artefact", "other bytes\n");
    let other = ["--signature", "vsa.json", "artefact"];
    assert_ne!(cosign(&repo, "public.pem", kind, &other).code, 0);
}

/// The folder with `@sigstore/verify` in the versions of the lock file.
fn sigstore() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = cache("sigstore");
        fs::create_dir_all(&folder).unwrap();
        for name in ["package.json", "package-lock.json", "verify.mjs"] {
            fs::copy(oracle("sigstore").join(name), folder.join(name)).unwrap();
        }
        let install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
        ran(Command::new("npm").args(install).current_dir(&folder)).exits(0);
        folder
    })
}

#[test]
#[ignore = "needs node and npm"]
fn sigstore_js_takes_bundles() {
    let repo = exported();
    let script = sigstore().join("verify.mjs");
    takes_only_what_is_sound(&repo, "bundle.json", |name, key| {
        let mut node = Command::new("node");
        node.arg(&script)
            .args([name, key])
            .current_dir(repo.path(""));
        ran(&mut node)
    });
}

/// The Python that has securesystemslib.
fn python() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let folder = cache("securesystemslib");
        let python = folder.join("bin/python");
        let venv = ["-m", "venv", "--clear"];
        ran(Command::new("python3").args(venv).arg(&folder)).exits(0);
        let install = ["-m", "pip", "install", "--quiet", "-r"];
        let list = oracle("dsse_verify.txt");
        ran(Command::new(&python).args(install).arg(list)).exits(0);
        python
    })
}

#[test]
#[ignore = "needs python3 with venv, and PyPI"]
fn securesystemslib_takes_envelopes() {
    let repo = exported();
    takes_only_what_is_sound(&repo, "record.json", |name, key| {
        let mut command = Command::new(python());
        command
            .arg(oracle("dsse_verify.py"))
            .args([name, key])
            .current_dir(repo.path(""));
        ran(&mut command)
    });
}

#[test]
#[ignore = "needs jq and openssl"]
fn openssl_takes_envelopes() {
    let repo = exported();
    // As in docs/spec/ledger.md §9; a payload that is no base64 has no signature either.
    let recipe = "jq -r .payload \"$1\" | openssl base64 -d -A >p &&
        { printf 'DSSEv1 28 application/vnd.in-toto+json %d ' \"$(wc -c <p)\"; cat p; } >pae &&
        jq -r '.signatures[0].sig' \"$1\" | openssl base64 -d -A >sig &&
        openssl pkeyutl -verify -pubin -inkey \"$2\" -rawin -in pae -sigfile sig";
    takes_only_what_is_sound(&repo, "record.json", |name, key| {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", recipe, "sh", name, key])
            .current_dir(repo.path(""));
        ran(&mut shell)
    });
}

/// A ledger of small records, more than a tile of them.
fn many(repo: &Repo, count: usize) -> String {
    let key = SecretKey::from_seed(&[7; 32]);
    let origin: Origin = "example.com/many".parse().unwrap();
    let vkey = VerifierKey::new(origin.key_name().clone(), key.public()).to_string();
    let ledger = Ledger::new(
        &repo.path("ledger"),
        Options {
            origin,
            record_key: key.clone().into(),
            checkpoint_key: key.into(),
            trust: TrustPolicy::default(),
        },
    );
    let draft = || {
        Draft::new(|position| {
            Ok(json::canonical(&json!({
                "_type": "https://in-toto.io/Statement/v1",
                "predicate": {"ledger": json::encode(position)?},
                "predicateType": "https://example.com/small/v1",
                "subject": [],
            }))?)
        })
    };
    let drafts: Vec<_> = std::iter::repeat_with(draft).take(count).collect();
    ledger.append(&drafts).unwrap();
    vkey
}

/// Tessera's fsck ends with 0 whatever it finds; it says so when all is well.
fn fsck(repo: &Repo, log: &str) -> bool {
    let url = format!("--storage_url=file://{}/", repo.path(log).display());
    let mut command = Command::new("tessera-fsck");
    command
        .args([url.as_str(), "--public_key=log.vkey", "--ui=false", "-N=4"])
        .current_dir(repo.path(""));
    ran(&mut command)
        .stderr
        .contains("Successfully fsck'd log with size")
}

#[test]
#[ignore = "needs Tessera's fsck, as tessera-fsck"]
fn tessera_s_fsck_takes_logs() {
    for count in [1, 256, 700] {
        let repo = Repo::empty();
        repo.write("log.vkey", &many(&repo, count));
        let tiles = ["--ledger", "ledger", "-o", "log"];
        repo.run(&export("tiles", &tiles)).exits(0);
        assert!(fsck(&repo, "log"), "{count} records");
        let partial = format!(".p/{}", count % 256);
        for name in ["tile/0/000", "tile/entries/000", "tile/1/000", "checkpoint"] {
            let path = repo.path("log").join(name);
            let path = match (path.exists(), name) {
                (true, _) => path,
                (false, "tile/1/000") if count < 256 => continue,
                (false, "tile/1/000") => repo.path(&format!("log/{name}.p/{}", count / 256)),
                (false, _) => repo.path(&format!("log/{name}{partial}")),
            };
            let sound = fs::read(&path).unwrap();
            let mut bytes = sound.clone();
            bytes[20] ^= 1;
            fs::write(&path, bytes).unwrap();
            assert!(!fsck(&repo, "log"), "{count} records, {name}");
            fs::write(&path, sound).unwrap();
        }
        assert!(fsck(&repo, "log"));
    }
}
