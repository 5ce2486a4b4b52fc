//! Records and policies under tools that are not ours.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use assize::engine;
use assize::json::{self, Limits, Value};
use assize::policy::{LoadOptions, PolicySet};

use crate::repo::{Ran, Repo};

fn script(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(name)
}

fn sampled(records: usize) -> Repo {
    let repo = Repo::sample();
    for _ in 0..records {
        repo.run(&["gate", "--quiet"]).exits(0);
    }
    repo.run(&["keys", "export", "-o", "public.pem"]).exits(0);
    repo
}

/// What a script says of something in the repository.
fn shell(repo: &Repo, name: &str, of: &str) -> Ran {
    let output = Command::new("sh")
        .arg(script(name))
        .args([of, "public.pem"])
        .current_dir(repo.path(""))
        .output()
        .unwrap();
    Ran::of(&output)
}

fn chain(repo: &Repo) -> Ran {
    shell(repo, "ledger/verify-chain.sh", ".assize/ledger")
}

#[test]
#[ignore = "needs jq and openssl"]
fn a_shell_script_with_jq_and_openssl_verifies_chain_and_signatures() {
    let repo = sampled(3);
    chain(&repo).exits(0).says("3 records");

    let records = repo.path(".assize/ledger/records.intoto.jsonl");
    let sound = fs::read_to_string(&records).unwrap();
    let lines: Vec<_> = sound.lines().collect();
    for (name, text) in [
        (
            "reordered",
            format!("{}\n{}\n{}\n", lines[1], lines[0], lines[2]),
        ),
        ("deleted", format!("{}\n{}\n", lines[0], lines[2])),
        (
            "duplicated",
            format!("{}\n{}\n{}\n", lines[0], lines[0], lines[1]),
        ),
        (
            "altered",
            sound.replacen("\"payload\":\"e", "\"payload\":\"f", 1),
        ),
    ] {
        fs::write(&records, text).unwrap();
        let ran = chain(&repo);
        assert_eq!(ran.code, 1, "{name}: {ran:?}");
    }
}

fn receipt(repo: &Repo) -> Ran {
    shell(repo, "ledger/verify-receipt.sh", "receipt")
}

#[test]
#[ignore = "needs jq and openssl"]
fn a_shell_script_with_jq_and_openssl_verifies_receipts() {
    let repo = sampled(5);
    for index in ["0", "1", "2", "3", "4"] {
        let proof = repo.run(&["log", "prove", index]).exits(0).stdout;
        repo.write("receipt", &proof);
        receipt(&repo)
            .exits(0)
            .says(&format!("record {index} of ledger"))
            .says("over 5 records")
            .says("it says: gate deploy: allow");
    }
    let sound = fs::read(repo.path("receipt")).unwrap();
    for place in (0..sound.len()).step_by(79) {
        let mut bytes = sound.clone();
        bytes[place] ^= 1;
        fs::write(repo.path("receipt"), &bytes).unwrap();
        let ran = receipt(&repo);
        assert_eq!(ran.code, 1, "byte {place}: {ran:?}");
        repo.run(&["verify", "--receipt", "receipt"]).exits(1);
    }
    // Of the same record, but out of two proofs.
    let text = String::from_utf8(sound).unwrap();
    let (_, checkpoint) = text.split_once("\n\n").unwrap();
    let other = repo.run(&["log", "prove", "3"]).exits(0).stdout;
    let (path, _) = other.split_once("\n\n").unwrap();
    let moved = path.replacen("index 3", "index 4", 1);
    for (name, mixed) in [
        ("whole", format!("{path}\n\n{checkpoint}")),
        ("moved", format!("{moved}\n\n{checkpoint}")),
    ] {
        repo.write("receipt", &mixed);
        let expected = i32::from(name != "whole");
        assert_eq!(receipt(&repo).code, expected, "{name}");
    }
}

#[test]
#[ignore = "needs openssl"]
fn openssl_verifies_every_record() {
    let repo = sampled(3);
    for index in ["0", "1", "2"] {
        let envelope = repo
            .run(&["log", "show", index, "--document", "pae"])
            .exits(0);
        repo.write("pae.bin", &envelope.stdout);
        let signature = repo
            .command(&["log", "show", index, "--document", "signature"])
            .output()
            .unwrap();
        fs::write(repo.path("sig.bin"), signature.stdout).unwrap();
        let output = Command::new("openssl")
            .args([
                "pkeyutl",
                "-verify",
                "-pubin",
                "-inkey",
                "public.pem",
                "-rawin",
            ])
            .args(["-in", "pae.bin", "-sigfile", "sig.bin"])
            .current_dir(repo.path(""))
            .output()
            .unwrap();
        Ran::of(&output)
            .exits(0)
            .says("Signature Verified Successfully");
    }
}

/// Makes a declaration with openssl alone, has a second signer add to it, and verifies
/// both signatures with openssl alone.
#[test]
#[ignore = "needs openssl"]
fn openssl_signs_a_declaration_and_verifies_both_signatures_of_one() {
    let repo = Repo::empty();
    let output = Command::new("sh")
        .arg(script("oracle/declaration.sh"))
        .arg(crate::repo::ASSIZE)
        .current_dir(repo.path(""))
        .output()
        .unwrap();
    Ran::of(&output).exits(0).says("2 signatures verified");
}

#[test]
#[ignore = "needs cosign"]
fn cosign_verifies_a_record_against_the_sealed_bundle() {
    let repo = sampled(1);
    let envelope = repo
        .run(&["log", "show", "0", "--document", "envelope"])
        .exits(0);
    repo.write("record.dsse.json", &envelope.stdout);
    let cosign = |subject: &str| {
        let output = Command::new("cosign")
            .args([
                "verify-blob-attestation",
                "--key",
                "public.pem",
                "--insecure-ignore-tlog",
            ])
            .args(["--signature", "record.dsse.json"])
            .args(["--type", assize::record::DECISION_TYPE, subject])
            .current_dir(repo.path(""))
            .output()
            .unwrap();
        Ran::of(&output)
    };
    cosign("evidence/release/bundle.json")
        .exits(0)
        .complains("Verified OK");
    let sealed = repo.read("evidence/release/bundle.json");
    repo.write("other.json", &sealed.replacen("production", "staging", 1));
    assert_ne!(cosign("other.json").code, 0);
}

/// The same of a bundle's signature, with a rule that demands both signers.
#[test]
#[ignore = "needs openssl"]
fn openssl_signs_a_bundle_and_verifies_both_signatures_of_one() {
    let repo = Repo::empty();
    let output = Command::new("sh")
        .arg(script("oracle/bundle.sh"))
        .arg(crate::repo::ASSIZE)
        .current_dir(repo.path(""))
        .output()
        .unwrap();
    Ran::of(&output).exits(0).says("2 signatures verified");
}

fn cosign(repo: &Repo, args: &[&str]) -> Ran {
    let output = Command::new("cosign")
        .args(args)
        .env("COSIGN_PASSWORD", "")
        .current_dir(repo.path(""))
        .output()
        .unwrap();
    Ran::of(&output)
}

#[test]
#[ignore = "needs cosign"]
fn cosign_verifies_the_signature_of_a_bundle() {
    let repo = Repo::empty();
    repo.write("e/a.json", "{}");
    repo.run(&["keys", "generate", "ci"]).exits(0);
    repo.run(&["seal", "e", "--key", ".assize/keys/ci.pem"])
        .exits(0);
    let verify = |subject: &str| {
        let key = ".assize/keys/ci.pub.pem";
        let mut args = vec!["verify-blob-attestation", "--key", key];
        args.extend([
            "--insecure-ignore-tlog",
            "--signature",
            "e/bundle.intoto.json",
        ]);
        args.extend(["--type", assize::evidence::BUNDLE_TYPE, subject]);
        cosign(&repo, &args)
    };
    verify("e/bundle.json").exits(0).complains("Verified OK");
    repo.write("other.json", &(repo.read("e/bundle.json") + "\n"));
    assert_ne!(verify("other.json").code, 0);
}

#[test]
#[ignore = "needs cosign"]
fn what_cosign_attests_with_an_ed25519_key_is_verified() {
    let repo = Repo::empty();
    repo.run(&["keys", "generate", "builder"]).exits(0);
    let key = ".assize/keys/builder.pem";
    cosign(
        &repo,
        &[
            "import-key-pair",
            "--key",
            key,
            "--output-key-prefix",
            "builder",
        ],
    )
    .exits(0);
    repo.write("artefact", "bytes\n");
    repo.write("predicate.json", r#"{"built": true}"#);
    repo.write("e/other.json", "{}");
    let mut args = vec!["attest-blob", "--key", "builder.key", "--yes"];
    args.extend(["--type", "https://example.com/built/v1"]);
    args.extend(["--predicate", "predicate.json", "--bundle", "e/built.json"]);
    args.extend([
        "--use-signing-config=false",
        "--tlog-upload=false",
        "artefact",
    ]);
    cosign(&repo, &args).exits(0);
    let shown = || repo.run(&["evidence", "show", "built", "-e", "e"]).exits(0);
    shown().says("unverified").says("no keys are trusted");
    let trust = "[[key]]\nname = 'builder'\npublic_key = '.assize/keys/builder.pub.pem'\nroles = ['evidence']\n";
    repo.write("trust.toml", trust);
    shown()
        .says("\"kind\": \"in-toto\"")
        .says("\"status\": \"ok\"")
        .says("\"built\": true");
}

/// `package head` → the set's members in canonical JSON, sorted: what our engine yields
/// for every head, `reading` included, of every rule below `namespace`.
fn ours(policies: PathBuf, namespace: &str, input: &str) -> BTreeMap<String, Vec<String>> {
    let set = PolicySet::load(&LoadOptions {
        roots: vec![policies],
        ..LoadOptions::default()
    })
    .unwrap();
    let below = format!("{namespace}.");
    let rules = set.rules().iter();
    let rules: Vec<_> = rules
        .filter(|rule| rule.package.starts_with(&below))
        .collect();
    let request = engine::Request {
        modules: set
            .modules()
            .map(|file| engine::Module {
                path: file.path.clone(),
                source: file.text().to_owned(),
            })
            .collect(),
        data: set.data_bytes().to_vec(),
        inputs: vec![input.as_bytes().to_vec()],
        as_of_ns: 0,
        calls: rules
            .iter()
            .map(|rule| engine::Call {
                id: rule.id.clone(),
                input: 0,
                package: rule.package.clone(),
                heads: rule.heads.iter().map(|head| head.name.clone()).collect(),
            })
            .collect(),
        lint: false,
        testing: None,
        limits: engine::Limits::DEFAULT,
    };
    let response = engine::evaluate_unsupervised(&request).unwrap();
    let mut values = BTreeMap::new();
    for (rule, result) in rules.iter().zip(response.results) {
        for head in result.heads {
            let engine::Outcome::Set(members) = head.outcome else {
                panic!("{head:?}")
            };
            values.insert(
                format!("{} {}", rule.package, head.head),
                canonical(&members),
            );
        }
    }
    values
}

fn canonical(members: &[Value]) -> Vec<String> {
    let mut texts: Vec<_> = members
        .iter()
        .map(|member| String::from_utf8(json::canonical(member).unwrap()).unwrap())
        .collect();
    texts.sort();
    texts
}

#[test]
#[ignore = "needs opa and jq"]
fn stock_opa_accepts_the_policies_and_says_the_same() {
    let repo = sampled(1);
    for line in ["check --strict policies", "test policies"] {
        let args = line.split(' ');
        let output = Command::new("opa")
            .args(args)
            .current_dir(repo.path(""))
            .output()
            .unwrap();
        Ran::of(&output).exits(0);
    }
    same_as_stock_opa(&repo, "gates.deploy");
    let repo = Repo::sample();
    repo.run(&["readiness", "-q"]).exits(1);
    same_as_stock_opa(&repo, "readiness");
    let repo = Repo::sample();
    repo.run(&["triggers", "-q"]).exits(0);
    same_as_stock_opa(&repo, "triggers");
}

/// Holds the heads below `namespace` against stock OPA's, over the input of record 0.
fn same_as_stock_opa(repo: &Repo, namespace: &str) {
    let input = repo
        .run(&["log", "show", "0", "--document", "input"])
        .exits(0)
        .stdout;
    // As shipped, and with every item missing, when rules must answer and not fail.
    let mut bare = json::parse(input.as_bytes(), Limits::EVIDENCE).unwrap();
    bare["evidence"] = json::json!({});
    for input in [input, bare.to_string()] {
        let theirs = theirs(repo, namespace, &input);
        assert!(theirs.len() >= 20, "{} heads", theirs.len());
        assert_eq!(ours(repo.path("policies"), namespace, &input), theirs);
    }
}

#[test]
#[ignore = "needs opa and jq"]
fn stock_opa_says_the_same_of_triggers_and_their_readings() {
    let repo = crate::triggers::repo();
    for value in [Some(140), Some(70), None] {
        crate::triggers::at(&repo, "2026-10-01", value, &[]).exits(0);
        let input = repo.run(&["log", "show", "--document", "input"]).stdout;
        let theirs = theirs(&repo, "triggers", &input);
        assert_eq!(ours(repo.path("policies"), "triggers", &input), theirs);
        let readings = &theirs["triggers.sla.latency reading"];
        assert_eq!(readings.len(), if value.is_some() { 2 } else { 0 });
    }
}

/// What stock OPA yields for every head of every rule below `namespace`.
fn theirs(repo: &Repo, namespace: &str, input: &str) -> BTreeMap<String, Vec<String>> {
    repo.write("input.json", input);
    let output = Command::new("sh")
        .arg(script("oracle/opa.sh"))
        .args(["-e", "-n", namespace, "opa", "input.json", "policies"])
        .current_dir(repo.path(""))
        .output()
        .unwrap();
    let ran = Ran::of(&output).exits(0);
    let mut theirs = BTreeMap::new();
    for line in ran.stdout.lines() {
        let mut parts = line.splitn(3, ' ');
        let (package, head) = (parts.next().unwrap(), parts.next().unwrap());
        let value = json::parse(parts.next().unwrap().as_bytes(), Limits::EVIDENCE).unwrap();
        theirs.insert(
            format!("{package} {head}"),
            canonical(value.as_array().unwrap()),
        );
    }
    theirs
}

/// Name → whether it passes, for every test that was not skipped.
fn outcomes(tests: &Value, passes: impl Fn(&Value) -> bool) -> BTreeMap<String, bool> {
    let tests = tests.as_array().unwrap().iter();
    tests
        .map(|test| {
            let name = test["name"].as_str().unwrap();
            let package = test["package"].as_str().unwrap();
            let name = match name.strip_prefix("data.") {
                Some(full) => full.to_owned(),
                None => format!("{}.{name}", package.trim_start_matches("data.")),
            };
            (name, passes(test))
        })
        .collect()
}

#[test]
#[ignore = "needs opa"]
fn opa_runs_the_same_tests_of_our_policies_to_the_same_end() {
    let repo = Repo::sample();
    // Some that do not pass, or are counted in an odd way.
    repo.write(
        "policies/lib/odd_test.rego",
        "package lib.odd_test\n\nimport data.lib.fixture_test as fixture\n\ntest_dup if false\n\ntest_dup if true\n\ntest_number := 5\n\n\
         test_set contains 1\n\ntest_else := false if { 1 == 2 } else := true\n\ntest_nothing if input.x\n\n\
         test_with if not f(seen) == {1} with input as fixture.of({})\n\ntest_with_undefined if not f(seen) == set() with input as data.nosuch\n\n\
         seen contains fixture.of(input.evidence).as_of_ns\n\nf(x) := {y | some y in x}\n\nfoo.test_below if true\n\ntodo_test_x if false\n",
    );
    let ours = repo.run(&["policy", "test", "-o", "json"]).exits(1);
    let ours = json::parse(ours.stdout.as_bytes(), Limits::EVIDENCE).unwrap();
    let opa = Command::new("opa")
        .args(["test", "--format", "json", "policies"])
        .current_dir(repo.path(""))
        .output()
        .unwrap();
    let theirs = json::parse(&opa.stdout, Limits::EVIDENCE).unwrap();
    let skipped = |test: &Value| test["state"] == "skipped" || test["skip"] == true;
    let ran = |tests: &Value| -> Value {
        let tests = tests.as_array().unwrap().iter();
        tests.filter(|test| !skipped(test)).cloned().collect()
    };
    let ours = outcomes(&ran(&ours["tests"]), |test| test["state"] == "pass");
    let theirs = outcomes(&ran(&theirs), |test| {
        test["fail"] != true && test["error"].is_null()
    });
    assert!(theirs.len() > 265, "{}", theirs.len());
    assert_eq!(ours, theirs);
}
