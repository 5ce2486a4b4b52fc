use std::fs;

use super::*;
use crate::evidence::{Bundle, LoadOptions, SealOptions, seal};
use crate::signing::dsse::{JointEnvelope, pae};
use crate::signing::{PublicKey, SecretKey};

fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

fn id(seed: u8) -> String {
    key(seed).public().id().to_string()
}

fn trust(seeds: &[u8], role: Role) -> TrustPolicy {
    let names: Vec<_> = seeds.iter().map(ToString::to_string).collect();
    let keys: Vec<(&str, PublicKey)> = seeds
        .iter()
        .zip(&names)
        .map(|(seed, name)| (name.as_str(), key(*seed).public()))
        .collect();
    TrustPolicy::of_keys(&keys, &[role]).unwrap()
}

fn statement() -> Value {
    json!({
        "_type": STATEMENT_TYPE, "predicateType": "https://example.com/seen/v1",
        "subject": [{"digest": {"gitCommit": "0a"}}], "predicate": {"seen": true},
    })
}

/// An envelope of ours, which is one like others.
fn envelope(statement: &Value, seeds: &[u8]) -> Vec<u8> {
    let payload = json::canonical(statement).unwrap();
    let mut envelope = JointEnvelope::sign(IN_TOTO, &payload, &key(seeds[0]).into()).unwrap();
    for seed in &seeds[1..] {
        envelope.add_signature(&key(*seed).into()).unwrap();
    }
    envelope.to_line()
}

fn found(bytes: &[u8], trust: Option<&TrustPolicy>) -> (Status, String) {
    let reading = read(bytes, Signatures::By(trust)).unwrap();
    assert_eq!(reading.status == Status::Ok, !reading.signed_by.is_empty());
    (reading.status, reading.reason.unwrap_or_default())
}

#[test]
fn one_trusted_signer_shows_the_facts_and_every_one_is_named() {
    let bytes = envelope(&statement(), &[3, 1, 2]);
    let reading = read(
        &bytes,
        Signatures::By(Some(&trust(&[1, 2], Role::Evidence))),
    )
    .unwrap();
    assert_eq!(reading.status, Status::Ok);
    let mut signers = vec![id(1), id(2)];
    signers.sort();
    assert_eq!(reading.signed_by, signers);
    assert_eq!(reading.facts["signed_by"], json!(signers));
    assert_eq!(reading.facts["unverified_signatures"], 1);
    assert_eq!(reading.facts["predicate"], json!({"seen": true}));
    assert_eq!(reading.facts["provenance"], Value::Null);
}

#[test]
fn who_signs_three_times_is_one() {
    let text = String::from_utf8(envelope(&statement(), &[1])).unwrap();
    let first = text.split_once("\"signatures\":[").unwrap().1;
    let first = first.trim_end_matches("]}");
    let thrice = text.replace(first, &[first; 3].join(","));
    let trust = trust(&[1, 2], Role::Evidence);
    let reading = read(thrice.as_bytes(), Signatures::By(Some(&trust))).unwrap();
    assert_eq!(reading.facts["signed_by"], json!([id(1)]));
    assert_eq!(reading.facts["unverified_signatures"], 0);
}

#[test]
fn without_a_signer_who_may_there_are_no_facts() {
    let bytes = envelope(&statement(), &[1]);
    for (trust, reason) in [
        (None, "no keys are trusted"),
        (
            Some(trust(&[1], Role::Declaration)),
            "no key is trusted to sign evidence",
        ),
        (
            Some(trust(&[2], Role::Evidence)),
            "signature 1 of 1 is by no key that is trusted",
        ),
    ] {
        let (status, found) = found(&bytes, trust.as_ref());
        assert_eq!(status, Status::Unverified);
        assert!(found.starts_with(reason), "{found}");
    }
    // A key id says nothing: that of a trusted key over a stranger's signature.
    let forged = String::from_utf8(envelope(&statement(), &[3])).unwrap();
    let forged = forged.replace(&id(3), &id(1));
    let (status, _) = found(forged.as_bytes(), Some(&trust(&[1], Role::Evidence)));
    assert_eq!(status, Status::Unverified);
    // And a stranger's id does not take a signature away.
    let renamed = String::from_utf8(envelope(&statement(), &[1])).unwrap();
    let renamed = renamed.replace(&id(1), "build-key-7");
    let (status, _) = found(renamed.as_bytes(), Some(&trust(&[1], Role::Evidence)));
    assert_eq!(status, Status::Ok);
}

#[test]
fn every_flipped_byte_of_the_payload_is_noticed() {
    let bytes = envelope(&statement(), &[1]);
    let trust = trust(&[1], Role::Evidence);
    let text = String::from_utf8(bytes.clone()).unwrap();
    let payload = text.find("\",\"payloadType\"").unwrap();
    for at in 12..payload {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        if let Ok(reading) = read(&flipped, Signatures::By(Some(&trust))) {
            assert_eq!(reading.status, Status::Unverified, "byte {at}");
        }
    }
}

#[test]
fn sealing_looks_at_no_signature_and_reading_at_all() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("a.json"), envelope(&statement(), &[1])).unwrap();
    let load = |trust: &TrustPolicy| {
        let options = LoadOptions::at("2026-11-23T13:00:00Z".parse().unwrap());
        let bundle = Bundle::load(root.path(), &options.trusting(trust)).unwrap();
        let item = bundle.item("a").unwrap().clone();
        (bundle.digest(), item.status(), item.signed_by().to_vec())
    };
    let (known, stranger) = (trust(&[1], Role::Evidence), trust(&[2], Role::Evidence));
    let unsealed = load(&known);
    assert_eq!((unsealed.1, &unsealed.2), (Status::Ok, &vec![id(1)]));
    assert_eq!(load(&stranger).0, unsealed.0);
    assert_eq!(
        (load(&stranger).1, load(&stranger).2),
        (Status::Unverified, Vec::new())
    );
    let sealed = seal(root.path(), &SealOptions::default()).unwrap();
    assert_eq!(sealed.manifest.items[0].status, Status::Ok);
    sealed.manifest.write(root.path()).unwrap();
    assert_eq!(load(&known), unsealed);
    // Who signed the bundle does not make up for who did not sign the attestation.
    let options = LoadOptions::at("2026-11-23T13:00:00Z".parse().unwrap());
    let bundle = Bundle::load(root.path(), &options).unwrap();
    bundle.sign(root.path(), &key(2).into()).unwrap();
    assert_eq!(
        (load(&stranger).1, load(&stranger).2),
        (Status::Unverified, vec![id(2)])
    );
    let both = load(&trust(&[1, 2], Role::Evidence));
    let mut signers = vec![id(1), id(2)];
    signers.sort();
    assert_eq!((both.1, both.2), (Status::Ok, signers));
}

#[test]
fn depth_and_size_have_an_end() {
    let nested = format!(
        "{{\"_type\":{}1{}}}",
        "[".repeat(200_000),
        "]".repeat(200_000)
    );
    let mut envelope = json!({
        "payloadType": IN_TOTO, "payload": base64::encode(nested.as_bytes()),
        "signatures": [{"sig": ""}],
    });
    let error = read(envelope.to_string().as_bytes(), Signatures::Unseen).unwrap_err();
    assert!(error.to_string().contains("`payload`: "), "{error}");
    let mut statement = statement();
    let subject = statement["subject"][0].clone();
    statement["subject"] = Value::Array(vec![subject; RESOURCES_MAX + 1]);
    envelope["payload"] = json!(base64::encode(statement.to_string().as_bytes()));
    let error = read(envelope.to_string().as_bytes(), Signatures::Unseen).unwrap_err();
    assert!(
        error.to_string().contains("more than 50000 subjects"),
        "{error}"
    );
    // A signature over other bytes than the payload's, as a hash of them, is none.
    let payload = json::canonical(&self::statement()).unwrap();
    let signature = key(1).sign(pae(IN_TOTO, &payload).get(1..).unwrap());
    envelope["payload"] = json!(base64::encode(&payload));
    envelope["signatures"][0]["sig"] = json!(base64::encode(signature.as_bytes()));
    let (status, _) = found(
        envelope.to_string().as_bytes(),
        Some(&trust(&[1], Role::Evidence)),
    );
    assert_eq!(status, Status::Unverified);
}
