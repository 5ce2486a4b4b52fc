use std::fs;
use std::path::Path;

use super::super::{Kind, LoadOptions, SealOptions, Status, seal};
use super::*;
use crate::clock::Timestamp;
use crate::json::{Value, json};
use crate::signing::SecretKey;
use crate::signing::dsse::Envelope;

fn as_of() -> Timestamp {
    "2026-11-23T13:00:00Z".parse().unwrap()
}

fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

fn id(seed: u8) -> String {
    key(seed).public().id().to_string()
}

fn trust(seeds: &[u8], role: Role) -> TrustPolicy {
    let names: Vec<_> = seeds.iter().map(ToString::to_string).collect();
    let keys = seeds.iter().zip(&names);
    let keys: Vec<_> = keys
        .map(|(seed, name)| (name.as_str(), key(*seed).public()))
        .collect();
    TrustPolicy::of_keys(&keys, &[role]).unwrap()
}

fn reseal(root: &Path) -> bool {
    let sealed = seal(root, &SealOptions::default()).unwrap();
    sealed.manifest.write(root).unwrap()
}

fn load(root: &Path, trust: Option<&TrustPolicy>) -> Bundle {
    let options = LoadOptions {
        trust,
        ..LoadOptions::at(as_of())
    };
    Bundle::load(root, &options).unwrap()
}

/// A sealed folder that each of `seeds` signed.
fn signed(seeds: &[u8]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("a.json"), b"{\"x\":1}").unwrap();
    fs::write(root.path().join("b.json"), b"{\"x\":2}").unwrap();
    reseal(root.path());
    for seed in seeds {
        load(root.path(), None)
            .sign(root.path(), &key(*seed).into())
            .unwrap();
    }
    root
}

fn disagreements(bundle: &Bundle) -> Vec<String> {
    let all = bundle.disagreements().iter();
    all.map(ToString::to_string).collect()
}

fn wrong(bundle: &Bundle) -> String {
    let Vouched::Wrong(reason) = bundle.vouched() else {
        panic!("{:?}", bundle.vouched());
    };
    assert!(
        bundle
            .items()
            .iter()
            .all(|item| item.signed_by().is_empty())
    );
    assert_eq!(
        disagreements(bundle),
        [format!("`{SIGNATURE_NAME}`: {reason}")]
    );
    reason.clone()
}

#[test]
fn the_bytes_are_those_of_the_specification() {
    let signature = BundleSignature::sign(Digest::of(b"manifest\n"), &key(7).into()).unwrap();
    let envelope = Envelope::parse(signature.to_bytes().trim_ascii_end()).unwrap();
    assert_eq!(
        String::from_utf8_lossy(envelope.verify(&key(7).public()).unwrap()),
        format!(
            "{{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicate\":{{}},\
             \"predicateType\":\"https://assize.dev/bundle/v1\",\
             \"subject\":[{{\"digest\":{{\"sha256\":\"{}\"}},\"name\":\"bundle.json\"}}]}}",
            Digest::of(b"manifest\n")
        )
    );
    let again = BundleSignature::parse(&signature.to_bytes()).unwrap();
    assert_eq!(again, signature);
}

#[test]
fn every_item_of_a_signed_bundle_is_signed() {
    let root = signed(&[9, 8]);
    let both = trust(&[8, 9], Role::Evidence);
    let bundle = load(root.path(), Some(&both));
    let mut signers = vec![id(8), id(9)];
    signers.sort();
    assert_eq!(bundle.vouched(), &Vouched::By(signers.clone()));
    assert_eq!(disagreements(&bundle), [""; 0]);
    assert_eq!(bundle.items().len(), 2, "the signature is no item");
    let input = bundle.input(as_of(), &Value::Null);
    assert_eq!(input["evidence"]["a"]["signed_by"], json!(signers));
    // What is not what was sealed, nobody signed.
    fs::write(root.path().join("a.json"), b"{\"x\":9}").unwrap();
    fs::remove_file(root.path().join("b.json")).unwrap();
    let bundle = load(root.path(), Some(&both));
    assert_eq!(bundle.item("a").unwrap().status(), Status::Unverified);
    assert!(
        bundle
            .items()
            .iter()
            .all(|item| item.signed_by().is_empty())
    );
}

#[test]
fn strangers_neither_help_nor_harm() {
    let root = signed(&[9, 8]);
    let one = trust(&[8], Role::Evidence);
    assert_eq!(
        load(root.path(), Some(&one)).vouched(),
        &Vouched::By(vec![id(8)])
    );
    for (trust, reason) in [
        (None, "no keys are trusted".to_owned()),
        (
            Some(trust(&[7], Role::Evidence)),
            format!("no key `{}` is trusted", id(9)),
        ),
        (
            Some(trust(&[8, 9], Role::Declaration)),
            "key `9` is not trusted to sign evidence; key `8` is".to_owned(),
        ),
    ] {
        let bundle = load(root.path(), trust.as_ref());
        let Vouched::Unknown(found) = bundle.vouched() else {
            panic!("{:?}", bundle.vouched());
        };
        assert!(found.contains(&reason), "{found}");
        // Who trusts nobody can still read the evidence.
        assert_eq!(disagreements(&bundle), [""; 0]);
        assert_eq!(bundle.item("a").unwrap().status(), Status::Ok);
        assert_eq!(bundle.item("a").unwrap().signed_by(), [""; 0]);
    }
}

#[test]
fn what_a_trusted_key_did_not_sign_is_wrong() {
    let root = signed(&[8]);
    let path = root.path().join(SIGNATURE_NAME);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace(&id(8), &id(9))).unwrap();
    // To who does not know key 9 this is a stranger's signature.
    let bundle = load(root.path(), Some(&trust(&[8], Role::Evidence)));
    assert!(matches!(bundle.vouched(), Vouched::Unknown(_)));
    let both = trust(&[8, 9], Role::Evidence);
    let reason = wrong(&load(root.path(), Some(&both)));
    assert!(reason.contains("does not match"), "{reason}");
    // A sound signature beside it does not make up for it.
    let root = signed(&[8]);
    let path = root.path().join(SIGNATURE_NAME);
    let text = fs::read_to_string(&path).unwrap();
    let first = text.split_once("\"signatures\":[").unwrap().1;
    let first = first.trim_end().trim_end_matches("]}");
    let second = first.replace(&id(8), &id(9));
    fs::write(&path, text.replace(first, &format!("{first},{second}"))).unwrap();
    wrong(&load(root.path(), Some(&both)));
}

fn envelope(payload_type: &str, payload: &Value) -> Vec<u8> {
    let payload = json::canonical(payload).unwrap();
    let envelope = Envelope::sign(payload_type, &payload, &key(8).into()).unwrap();
    envelope.to_line()
}

#[test]
fn malformed_signatures_are_wrong_whoever_is_trusted() {
    let root = signed(&[8]);
    let path = root.path().join(SIGNATURE_NAME);
    let sound = fs::read(&path).unwrap();
    let digest = load(root.path(), None).digest();
    let statement = json!({
        "_type": STATEMENT_TYPE, "predicateType": BUNDLE_TYPE, "predicate": {},
        "subject": [{"name": "bundle.json", "digest": {"sha256": digest.hex()}}],
    });
    let with = |field: &str, value: Value| {
        let mut statement = statement.clone();
        statement[field] = value;
        envelope(IN_TOTO, &statement)
    };
    let two = json!([statement["subject"][0], statement["subject"][0]]);
    for (bytes, what) in [
        (b"".to_vec(), "canonical DSSE envelope"),
        (b"{}".to_vec(), "canonical DSSE envelope"),
        (sound[..sound.len() / 2].to_vec(), "canonical DSSE envelope"),
        (sound.repeat(2), "end of the line"),
        (vec![b' '; (64 << 10) + 1], "larger than 65536 bytes"),
        (envelope("text/plain", &statement), "type `text/plain`"),
        (envelope(IN_TOTO, &json!([])), "a statement about a bundle"),
        (
            with("_type", json!("https://in-toto.io/Statement/v0.1")),
            "`_type` is not",
        ),
        (
            with("predicateType", json!("https://assize.dev/decision/v1")),
            "`predicateType` is not",
        ),
        (with("predicate", json!({"verified": true})), "verified"),
        (with("subject", json!([])), "subject"),
        (with("subject", two), "subject"),
        (
            with(
                "subject",
                json!([{"name": "b", "digest": {"sha256": digest.hex()}}]),
            ),
            "name",
        ),
        (
            with(
                "subject",
                json!([{"name": "bundle.json", "digest": {"sha1": "00"}}]),
            ),
            "sha1",
        ),
        (
            with(
                "subject",
                json!([{"name": "bundle.json", "digest": {"sha256": Digest::ZERO.hex()}}]),
            ),
            "signs another manifest, `000000",
        ),
    ] {
        fs::write(&path, bytes).unwrap();
        for trust in [None, Some(trust(&[8], Role::Evidence))] {
            let reason = wrong(&load(root.path(), trust.as_ref()));
            assert!(reason.contains(what), "{what}: {reason}");
        }
    }
    // The statement in another layout is the same statement.
    fs::write(&path, with("predicate", json!({}))).unwrap();
    let trust = trust(&[8], Role::Evidence);
    assert_eq!(load(root.path(), Some(&trust)).vouched().signers(), [id(8)]);
}

#[test]
fn a_manifest_that_changes_loses_its_signature() {
    let root = signed(&[8]);
    let path = root.path().join(SIGNATURE_NAME);
    let trust = trust(&[8], Role::Evidence);
    assert!(!reseal(root.path()), "the same bytes, the same signature");
    assert_eq!(load(root.path(), Some(&trust)).vouched().signers(), [id(8)]);
    // Written by other means, it is noticed.
    let manifest = root.path().join(MANIFEST_NAME);
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.clone() + "\n").unwrap();
    let reason = wrong(&load(root.path(), Some(&trust)));
    assert!(reason.contains("signs another manifest"), "{reason}");
    let error = load(root.path(), None)
        .sign(root.path(), &key(9).into())
        .unwrap_err();
    assert!(
        error.to_string().contains("signs another manifest"),
        "{error}"
    );
    fs::write(&manifest, text).unwrap();
    fs::write(root.path().join("c.json"), b"{}").unwrap();
    assert!(reseal(root.path()));
    assert!(!path.exists());
    assert_eq!(
        load(root.path(), Some(&trust)).vouched(),
        &Vouched::Unsigned
    );
    // So does one that never was the signature of anything.
    fs::write(&path, b"junk").unwrap();
    assert!(reseal(root.path()));
}

#[test]
fn a_signature_without_a_manifest_is_reported_and_no_item() {
    let root = signed(&[8]);
    fs::remove_file(root.path().join(MANIFEST_NAME)).unwrap();
    let bundle = load(root.path(), Some(&trust(&[8], Role::Evidence)));
    let reason = wrong(&bundle);
    assert!(reason.contains("there is no `bundle.json`"), "{reason}");
    assert_eq!(bundle.items().len(), 2);
    let error = bundle.sign(root.path(), &key(8).into()).unwrap_err();
    assert!(matches!(error, EvidenceError::Unsealed { .. }));
    // Further down it is a file like others.
    let below = root.path().join("x");
    fs::create_dir(&below).unwrap();
    fs::rename(root.path().join(SIGNATURE_NAME), below.join(SIGNATURE_NAME)).unwrap();
    let bundle = load(root.path(), None);
    assert_eq!(disagreements(&bundle), [""; 0]);
    assert!(bundle.item("x.bundle.intoto").is_some());
}

#[test]
fn no_manifest_names_the_signature() {
    let root = signed(&[8]);
    let manifest = root.path().join(MANIFEST_NAME);
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace("a.json", SIGNATURE_NAME)).unwrap();
    let error = Bundle::load(root.path(), &LoadOptions::at(as_of())).unwrap_err();
    assert!(
        error.to_string().contains("path `bundle.intoto.json`"),
        "{error}"
    );
    let text = text.replace("\"kind\":\"json\"", "\"kind\":\"declaration\"");
    fs::write(&manifest, text).unwrap();
    let bundle = load(root.path(), None);
    assert!(
        bundle
            .items()
            .iter()
            .all(|item| item.kind() == Kind::Declaration)
    );
}

#[cfg(unix)]
#[test]
fn a_linked_signature_is_wrong() {
    let root = signed(&[8]);
    let path = root.path().join(SIGNATURE_NAME);
    let hidden = root.path().join(".real");
    fs::rename(&path, &hidden).unwrap();
    std::os::unix::fs::symlink(".real", &path).unwrap();
    let reason = wrong(&load(root.path(), Some(&trust(&[8], Role::Evidence))));
    assert!(reason.contains("symbolic link"), "{reason}");
    // Sealing refuses links as everywhere.
    assert!(seal(root.path(), &SealOptions::default()).is_err());
}

#[test]
fn nobody_signs_twice_and_nothing_that_disagrees_is_signed() {
    let root = signed(&[8]);
    let error = load(root.path(), None)
        .sign(root.path(), &key(8).into())
        .unwrap_err();
    assert!(error.to_string().contains("signed already"), "{error}");
    fs::write(root.path().join("a.json"), b"{\"x\":9}").unwrap();
    let error = load(root.path(), None)
        .sign(root.path(), &key(9).into())
        .unwrap_err();
    assert!(matches!(error, EvidenceError::Disagrees { .. }));
}

#[test]
fn only_the_manifest_that_was_sealed_is_signed() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("a.json"), b"{\"x\":1}").unwrap();
    let sealed = seal(root.path(), &SealOptions::default()).unwrap();
    sealed.manifest.write(root.path()).unwrap();
    let path = root.path().join(MANIFEST_NAME);
    let mut bytes = fs::read(&path).unwrap();
    bytes.push(b' ');
    fs::write(&path, &bytes).unwrap();
    let error = sealed.manifest.sign(root.path(), &key(1).into());
    let error = error.unwrap_err().to_string();
    assert!(error.contains("is not what was sealed"), "{error}");
    assert!(!root.path().join(SIGNATURE_NAME).exists());
    sealed.manifest.write(root.path()).unwrap();
    for (seed, signers) in [(1, 1), (1, 1), (2, 2)] {
        let signature = sealed.manifest.sign(root.path(), &key(seed).into());
        assert_eq!(signature.unwrap().key_ids().count(), signers);
    }
}

#[test]
fn for_a_key_only_what_it_has_signed_was_there() {
    let root = signed(&[1]);
    let path = root.path().join(MANIFEST_NAME);
    let sealed_for = |seed: u8| {
        let options = SealOptions {
            key: Some(key(seed).public()),
            ..SealOptions::default()
        };
        seal(root.path(), &options).unwrap().manifest.items
    };
    let mut manifest = Manifest::parse(&fs::read(&path).unwrap()).unwrap();
    manifest.items[0].id = "named".to_owned();
    manifest.items.sort_by(|one, other| one.id.cmp(&other.id));
    manifest.write(root.path()).unwrap();
    manifest.sign(root.path(), &key(1).into()).unwrap();
    let has_name =
        |items: &[crate::evidence::manifest::Entry]| items.iter().any(|item| item.id == "named");
    assert!(has_name(&sealed_for(1)));
    assert!(!has_name(&sealed_for(2)));
    fs::remove_file(root.path().join(SIGNATURE_NAME)).unwrap();
    assert!(!has_name(&sealed_for(1)));
}
