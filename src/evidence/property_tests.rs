//! What holds for all bytes and all folders.

use std::fs;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::Index;

use super::kinds::{self, Signatures};
use super::vector_tests::samples;
use super::{Bundle, Kind, LoadOptions, SealOptions, Status, seal};
use crate::json::{self, Value, json};

fn kind() -> impl Strategy<Value = Option<Kind>> {
    proptest::option::of(proptest::sample::select(Kind::ALL.to_vec()))
}

fn sample_bytes() -> impl Strategy<Value = Vec<u8>> {
    let all: Vec<Vec<u8>> = samples("")
        .into_iter()
        .map(|(_, path)| fs::read(path).unwrap())
        .filter(|bytes| bytes.len() < 20_000)
        .collect();
    proptest::sample::select(all)
}

/// Reads, and demands what every reading must hold.
fn read(bytes: &[u8], kind: Option<Kind>) -> Result<(), TestCaseError> {
    let reading = kinds::read(bytes, kind, Signatures::By(None));
    if let Some(kind) = kind {
        prop_assert_eq!(reading.kind, kind);
    }
    prop_assert_eq!(reading.status == Status::Ok, reading.reason.is_none());
    if reading.status == Status::Error {
        prop_assert_eq!(&reading.facts, &Value::Null);
    }
    if let Some(coverage) = reading.coverage {
        prop_assert!((0.0..=1.0).contains(&coverage));
    }
    // Facts have canonical bytes, so every number in them is finite.
    prop_assert!(json::canonical(&reading.facts).is_ok());
    let again = kinds::read(bytes, kind, Signatures::By(None));
    prop_assert_eq!(again.facts, reading.facts);
    Ok(())
}

fn load(root: &std::path::Path) -> Bundle {
    let as_of = "2027-01-01T00:00:00Z".parse().unwrap();
    Bundle::load(root, &LoadOptions::at(as_of)).unwrap()
}

fn folder(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    root
}

/// Files in folders, whose names do not clash.
fn files() -> impl Strategy<Value = std::collections::BTreeMap<String, Vec<u8>>> {
    let bytes = prop_oneof![vec(any::<u8>(), 0..64), sample_bytes()];
    btree_map("([a-c]/)?[d-h]{1,3}", bytes, 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_are_too_odd(bytes in vec(any::<u8>(), 0..400), kind in kind()) {
        read(&bytes, kind)?;
    }

    #[test]
    fn no_text_is_too_odd(
        start in proptest::sample::select(vec!["{", "[", "<", "<testsuite", "- ", "a: ", "\u{feff}"]),
        text in any::<String>(),
        kind in kind(),
    ) {
        read(format!("{start}{text}").as_bytes(), kind)?;
    }

    #[test]
    fn no_alteration_of_a_sample_is_too_odd(
        mut bytes in sample_bytes(),
        edits in vec((any::<Index>(), any::<u8>(), 0_u8..3), 1..6),
        kind in kind(),
    ) {
        for (at, byte, how) in edits {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => { bytes.remove(at); }
                _ => bytes.truncate(at),
            }
        }
        read(&bytes, kind)?;
    }

    #[test]
    fn samples_of_a_series_may_come_in_any_order(
        points in btree_map(0_i64..200, 0_u32..50, 1..40).prop_flat_map(|points| {
            let points: Vec<_> = points.into_iter().collect();
            (Just(points.clone()), Just(points).prop_shuffle())
        }),
    ) {
        let facts = |points: &[(i64, u32)]| {
            let values: Vec<_> = points.iter().map(|(t, v)| json!([t, v.to_string()])).collect();
            let answer = json!({"status": "success", "data": {"resultType": "matrix",
                "result": [{"metric": {"a": "b"}, "values": values}]}});
            let bytes = answer.to_string();
            let mut facts = kinds::read(bytes.as_bytes(), None, Signatures::Unseen).facts;
            facts["series"][0]["out_of_order"] = Value::Null;
            facts
        };
        let (sorted, shuffled) = points;
        prop_assert_eq!(facts(&sorted), facts(&shuffled));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn what_is_sealed_loads_without_disagreement(files in files()) {
        let root = folder(files.clone());
        let unsealed = load(root.path());
        let sealed = seal(root.path(), &SealOptions::default()).unwrap();
        sealed.manifest.write(root.path()).unwrap();
        let loaded = load(root.path());
        prop_assert_eq!(loaded.disagreements(), &[]);
        prop_assert_eq!(loaded.digest(), unsealed.digest());
        let input = |bundle: &Bundle| bundle.input(bundle.as_of(), &Value::Null);
        prop_assert_eq!(input(&loaded), input(&unsealed));
        // Written in the opposite order, the same folder.
        let reversed = load(folder(files.into_iter().rev()).path());
        prop_assert_eq!(reversed.digest(), unsealed.digest());
        prop_assert_eq!(input(&reversed), input(&unsealed));
    }

    #[test]
    fn any_flipped_bit_is_a_disagreement_that_names_its_file(
        files in files(),
        file in any::<Index>(),
        at in any::<Index>(),
        bit in 0_u8..8,
    ) {
        let root = folder(files.clone());
        let sealed = seal(root.path(), &SealOptions::default()).unwrap();
        sealed.manifest.write(root.path()).unwrap();
        let (path, bytes) = files.iter().nth(file.index(files.len())).unwrap();
        prop_assume!(!bytes.is_empty());
        let mut bytes = bytes.clone();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        fs::write(root.path().join(path), bytes).unwrap();
        let loaded = load(root.path());
        let named: Vec<_> = loaded.disagreements().iter().map(|d| d.path.as_str()).collect();
        prop_assert_eq!(named, [path.as_str()]);
        let item = loaded.items().iter().find(|item| item.path() == path).unwrap();
        prop_assert_eq!(item.status(), Status::Unverified);
        prop_assert_eq!(item.facts(), &Value::Null);
    }
}
