use super::*;
use crate::signing::SecretKey;

#[test]
fn one_set_of_keys_has_one_document_whatever_their_names_and_order() {
    let of = |keys: &[(&str, PublicKey)], role| {
        let policy = TrustPolicy::of_keys(keys, &[role]).unwrap();
        policy.document().unwrap()
    };
    for role in [Role::Declaration, Role::Evidence] {
        let both = of(&[("a", key(1)), ("b", key(2))], role);
        assert_eq!(both, of(&[("x", key(2)), ("y", key(1))], role));
        assert_ne!(both, of(&[("a", key(1))], role));
        assert_eq!(of(&[], role), None);
    }
    assert_eq!(of(&[("a", key(1))], Role::Record), None);
}

#[test]
fn a_document_says_which_key_signs_what() {
    let mut policy = TrustPolicy::of_keys(&[("a", key(1))], &[Role::Declaration]).unwrap();
    let (one, pem) = (key(1).id().to_string(), key(1).to_pem().unwrap());
    // The bytes of the first version, which records hold.
    let first = json!({"schema": "assize/trusted-keys/v1", "role": "declaration",
                       "keys": {one.clone(): pem.clone()}});
    assert_eq!(policy.document().unwrap(), Some(first));
    let roles = BTreeSet::from([Role::Evidence]);
    policy.add("b", key(2), roles, 0..u64::MAX).unwrap();
    let (other, other_pem) = (key(2).id().to_string(), key(2).to_pem().unwrap());
    let second = json!({"schema": "assize/trusted-keys/v2",
                        "roles": {"declaration": {one: pem}, "evidence": {other: other_pem}}});
    assert_eq!(policy.document().unwrap(), Some(second));
}

fn key(seed: u8) -> PublicKey {
    SecretKey::from_seed(&[seed; 32]).public()
}

fn folder(trust: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("trust")).unwrap();
    for seed in 1..=2 {
        let pem = key(seed).to_pem().unwrap();
        let path = format!("trust/{seed}.pub.pem");
        std::fs::write(folder.path().join(path), pem).unwrap();
    }
    let path = folder.path().join("trust.toml");
    std::fs::write(&path, trust).unwrap();
    (folder, path)
}

fn refuse(trust: &str) -> String {
    let (_folder, path) = folder(trust);
    TrustPolicy::load(&path).unwrap_err().to_string()
}

#[test]
fn reads_keys_relative_to_the_file() {
    let (_folder, path) = folder(
        "[[key]]\nname = 'old'\npublic_key = 'trust/1.pub.pem'\nroles = ['record', 'checkpoint']\nuntil_index = 10\n\
         [[key]]\nname = 'new'\npublic_key = 'trust/2.pub.pem'\nroles = ['record']\nfrom_index = 10\n",
    );
    let policy = TrustPolicy::load(&path).unwrap();
    let (old, new) = (key(1).id(), key(2).id());
    assert_eq!(policy.key(&old, Role::Record, Some(9)).unwrap(), &key(1));
    assert_eq!(policy.key(&new, Role::Record, Some(10)).unwrap(), &key(2));
    assert_eq!(policy.key(&new, Role::Record, None).unwrap(), &key(2));
    let error = policy.key(&old, Role::Record, Some(10)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "key `old` is not trusted to sign a record at index 10"
    );
    let error = policy.key(&new, Role::Checkpoint, Some(10)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "key `new` is not trusted to sign a checkpoint"
    );
    let error = policy.key(&key(3).id(), Role::Record, None).unwrap_err();
    assert!(matches!(error, TrustError::Unknown { .. }));
    assert_eq!(policy.keys(Role::Record).count(), 2);
    assert_eq!(policy.keys(Role::Waiver).count(), 0);
    assert_eq!(policy.name(&old), Some("old"));
}

#[test]
fn refuses_what_it_does_not_know() {
    let entry = "[[key]]\nname = 'a'\npublic_key = 'trust/1.pub.pem'\nroles = ['record']\n";
    assert!(refuse(&entry.replace("name", "nmae")).contains("nmae"));
    assert!(refuse(&entry.replace("'record'", "'records'")).contains("records"));
    assert!(refuse(&format!("{entry}not_after = 2027-01-01\n")).contains("not_after"));
    assert!(refuse(&format!("version = 1\n{entry}")).contains("version"));
    assert!(refuse(&entry.replace("1.pub", "9.pub")).contains("key `a`"));
    assert!(refuse(&entry.replace("['record']", "[]")).contains("at least one role"));
    assert!(refuse(&format!("{entry}from_index = 5\nuntil_index = 5\n")).contains("not after"));
    assert!(refuse(&format!("{entry}from_index = -5\n")).contains("-5"));
}

#[test]
fn refuses_entries_that_undo_each_other() {
    let revoked = "[[key]]\nname = 'a'\npublic_key = 'trust/1.pub.pem'\nroles = ['record']\nuntil_index = 5\n";
    let again = revoked
        .replace("'a'", "'b'")
        .replace("until_index = 5\n", "");
    assert!(refuse(&format!("{revoked}{again}")).contains("same key as `a`"));
    assert!(refuse(&format!("{revoked}{revoked}")).contains("occurs twice"));
    let (_folder, path) = folder(&format!("{revoked}{again}from_index = 5\n"));
    assert!(TrustPolicy::load(&path).is_ok());
}
