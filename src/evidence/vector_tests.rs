//! The samples below `tests/vectors/evidence/<kind>/`: `ok-*` with what they come to in
//! `<name>.facts.json`, `bad-*` with `<kind>: <part of the reason>` in `<name>.expect`.
//! A `json-map` is read by `<name>.map.yaml`, or by the `map.yaml` of all.
//! `ASSIZE_BLESS=1` writes the former anew; read the difference before committing it.

use std::fs;
use std::path::{Path, PathBuf};

use super::kinds::{self, Reading, Signatures};
use super::{Kind, Mapping, Status};
use crate::json::{self, Limits, Value, json};
use crate::signing::{
    SecretKey,
    trust::{Role, TrustPolicy},
};

pub(super) mod schema;

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

pub(super) fn samples(prefix: &str) -> Vec<(Kind, PathBuf)> {
    let mut samples = Vec::new();
    for &kind in Kind::ALL {
        let folder = repository("tests/vectors/evidence").join(kind.name());
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if name.starts_with(prefix)
                && !name.ends_with(".facts.json")
                && !name.ends_with(".expect")
                && !name.ends_with("map.yaml")
            {
                samples.push((kind, path));
            }
        }
    }
    samples.sort();
    samples
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let name = path.file_name().unwrap().to_str().unwrap();
    path.with_file_name(format!("{name}{suffix}"))
}

fn read(path: &Path) -> Reading {
    let key = |seed| SecretKey::from_seed(&[seed; 32]).public();
    let keys = [("sample", key(7)), ("second", key(10))];
    let mut trust = TrustPolicy::of_keys(&keys, &[Role::Declaration]).unwrap();
    for (name, seed) in [("builder", 21), ("tester", 22)] {
        let roles = [Role::Evidence].into();
        trust.add(name, key(seed), roles, 0..u64::MAX).unwrap();
    }
    let maps = [beside(path, ".map.yaml"), path.with_file_name("map.yaml")];
    let map = maps.iter().find(|map| map.exists());
    let map = map.map(|map| Mapping::load(map).unwrap());
    let bytes = fs::read(path).unwrap();
    kinds::read_mapped(&bytes, None, map.as_ref(), Signatures::By(Some(&trust)))
}

fn shown(reading: &Reading) -> Value {
    let facts = if reading.status.shows_facts() {
        &reading.facts
    } else {
        &Value::Null
    };
    json!({
        "kind": reading.kind.name(),
        "status": reading.status.name(),
        "reason": reading.reason,
        "collected_at": reading.collected_at.map(|at| at.to_string()),
        "observed": reading.observed.map(|span| json!({
            "from": span.from.to_string(), "to": span.to.to_string(),
        })),
        "valid_until": reading.valid_until.map(|at| at.to_string()),
        "coverage": reading.coverage,
        "facts": facts,
    })
}

#[test]
fn samples_come_to_their_facts() {
    let samples = samples("ok-");
    assert!(samples.len() > 40, "{}", samples.len());
    for (kind, path) in samples {
        let reading = read(&path);
        assert_eq!(reading.kind, kind, "{}", path.display());
        assert_ne!(
            reading.status,
            Status::Error,
            "{}: {:?}",
            path.display(),
            reading.reason
        );
        let shown = shown(&reading);
        let golden = beside(&path, ".facts.json");
        if std::env::var_os("ASSIZE_BLESS").is_some() {
            fs::write(&golden, json::pretty(&shown) + "\n").unwrap();
        }
        let golden = json::parse(&fs::read(&golden).unwrap(), Limits::EVIDENCE).unwrap();
        assert_eq!(
            json::canonical(&shown).unwrap(),
            json::canonical(&golden).unwrap(),
            "{}: {shown:#}",
            path.display()
        );
    }
}

#[test]
fn bad_samples_are_errors_that_say_what_and_where() {
    let samples = samples("bad-");
    assert!(samples.len() > 100, "{}", samples.len());
    let mut wrong = Vec::new();
    for (_, path) in samples {
        let reading = read(&path);
        let expected = fs::read_to_string(beside(&path, ".expect")).unwrap();
        let expected = expected.trim_end_matches('\n');
        let found = format!("{}: {}", reading.kind, reading.reason.unwrap_or_default());
        let part = match expected.split_once(": ") {
            Some((kind, part)) if Kind::named(kind) == Some(reading.kind) => part,
            Some((kind, _)) if Kind::named(kind).is_some() => "another kind",
            _ => expected,
        };
        if reading.status != Status::Error || !found.contains(part) {
            wrong.push(format!(
                "{}: {} {found}\n  expected {expected}",
                path.display(),
                reading.status
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_kind_has_a_fuzz_target() {
    let targets = fs::read_to_string(repository("fuzz/Cargo.toml")).unwrap();
    for kind in Kind::ALL {
        assert!(
            targets.contains(&format!(
                "\nname = \"kind-{kind}\"\npath = \"fuzz_targets/kind.rs\"\n"
            )),
            "fuzz/Cargo.toml has no target for {kind}"
        );
    }
}

#[test]
fn every_kind_has_a_page_a_schema_and_facts_that_obey_it() {
    for &kind in Kind::ALL {
        let page = repository(&format!("docs/evidence/{kind}.md"));
        let page = fs::read_to_string(&page).unwrap_or_else(|e| panic!("{}: {e}", page.display()));
        assert!(page.starts_with(&format!("# `{kind}`")), "{kind}");
        let schema = fs::read(repository(&format!("docs/evidence/{kind}.schema.json"))).unwrap();
        let schema = json::parse(&schema, Limits::AUTHORED).unwrap();
        let mut validated = 0;
        for (of, path) in samples("ok-") {
            if of == kind {
                let facts = shown(&read(&path))["facts"].take();
                // What is not shown obeys nothing.
                if kind != Kind::Blob && facts.is_null() {
                    continue;
                }
                schema::obeys(&schema, &facts, "facts")
                    .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                validated += 1;
            }
        }
        assert!(validated > 0, "{kind}");
    }
}
