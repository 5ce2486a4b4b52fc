use super::super::manifest::{Method, SubjectDigest};
use super::super::{Bundle, LoadOptions, Status, redaction};
use super::*;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn described(path: &str, description: Description) -> SealOptions {
    SealOptions {
        created_at: Some(at("2026-11-23T13:00:00Z")),
        collector_version: Some("0.1.0".into()),
        subject: Some(vec![Subject {
            name: "registry".into(),
            digest: SubjectDigest {
                sha256: Digest::of(b"image"),
            },
            environment: None,
        }]),
        key: None,
        descriptions: [(path.to_owned(), description)].into(),
    }
}

fn source() -> Source {
    Source {
        uri: "https://prometheus/".into(),
        request: Some("up[2h]".into()),
        response_status: Some(200),
        server: None,
        clock_skew_s: None,
        warnings: Vec::new(),
    }
}

fn full() -> Description {
    Description {
        id: Some("slo.up".into()),
        kind: None,
        collected_at: Some(at("2026-11-23T12:59:00Z")),
        valid_until: Some(at("2026-11-24T00:00:00Z")),
        source: Some(source()),
        provenance: Some(Provenance {
            method: Method::Pull,
            actor: Some("ci".into()),
            signed_by: None,
        }),
        fault: None,
        ..Description::default()
    }
}

fn entry_of<'a>(sealed: &'a Sealed, path: &str) -> &'a Entry {
    let mut items = sealed.manifest.items.iter();
    items.find(|entry| entry.path == path).unwrap()
}

#[test]
fn sealing_twice_changes_nothing_and_says_so() {
    let root = folder(&[("a.json", "{}"), ("b.json", "[1]")]);
    let options = described("a.json", full());
    let first = seal(root.path(), &options).unwrap();
    assert!(first.changes.is_empty());
    first.manifest.write(root.path()).unwrap();
    let bytes = fs::read(root.path().join("bundle.json")).unwrap();
    let again = seal(
        root.path(),
        &SealOptions {
            descriptions: BTreeMap::new(),
            subject: None,
            ..options
        },
    )
    .unwrap();
    assert_eq!((&again.changes[..], again.uncollected), (&[][..], 0));
    assert_eq!(again.manifest.to_bytes().unwrap(), bytes);
    again.manifest.write(root.path()).unwrap();
    assert_eq!(
        fs::read_dir(root.path()).unwrap().count(),
        3,
        "no draft is left"
    );
}

#[test]
fn a_description_lives_as_long_as_its_bytes() {
    let root = folder(&[("a.json", "{}"), ("b.json", "{}")]);
    let first = seal(root.path(), &described("a.json", full())).unwrap();
    first.manifest.write(root.path()).unwrap();
    fs::write(root.path().join("a.json"), "{\"new\":1}").unwrap();
    fs::remove_file(root.path().join("b.json")).unwrap();
    fs::write(root.path().join("c.json"), "{}").unwrap();
    let again = seal(root.path(), &SealOptions::default()).unwrap();
    let paths: Vec<_> = again.changes.iter().map(Change::path).collect();
    assert_eq!(paths, ["a.json", "b.json", "c.json"]);
    assert_eq!((first.uncollected, again.uncollected), (1, 2));
    assert!(matches!(again.changes[0], Change::Altered { .. }));
    assert!(matches!(again.changes[1], Change::Removed { .. }));
    assert!(matches!(again.changes[2], Change::Added { .. }));
    let entry = entry_of(&again, "a.json");
    assert_eq!(entry.id, "slo.up", "a given name stays");
    assert_eq!((&entry.source, &entry.provenance), (&None, &None));
    assert_eq!((entry.collected_at, entry.valid_until), (None, None));
    assert_eq!(again.manifest.subject, first.manifest.subject);
}

#[test]
fn a_new_description_of_the_same_bytes_is_a_change() {
    let root = folder(&[("a.json", "{}")]);
    let first = seal(root.path(), &SealOptions::default()).unwrap();
    first.manifest.write(root.path()).unwrap();
    let again = seal(root.path(), &described("a.json", full())).unwrap();
    assert!(matches!(again.changes[..], [Change::Described { .. }]));
}

#[test]
fn a_wrong_kind_is_sealed_as_an_error() {
    let root = folder(&[("a.json", "{}")]);
    let description = Description {
        kind: Some(Kind::Sarif),
        ..Description::default()
    };
    let sealed = seal(root.path(), &described("a.json", description)).unwrap();
    let entry = entry_of(&sealed, "a.json");
    assert_eq!((entry.kind, entry.status), (Kind::Sarif, Status::Error));
    assert!(
        entry
            .reason
            .as_ref()
            .unwrap()
            .contains("the content is `json`")
    );
}

#[test]
fn refuses_what_it_cannot_describe() {
    let root = folder(&[("a.json", "{}"), ("b.json", "{}")]);
    let error = |options: &SealOptions| seal(root.path(), options).unwrap_err().to_string();
    let absent = error(&described("c.json", Description::default()));
    assert!(
        absent.contains("`c.json`, but there is no such file"),
        "{absent}"
    );
    let shared = Description {
        id: Some("b".into()),
        ..Description::default()
    };
    let shared = error(&described("a.json", shared));
    assert!(shared.contains("both map to the item id `b`"), "{shared}");
    let nameless = Description {
        id: Some("\n".into()),
        ..Description::default()
    };
    let nameless = error(&described("a.json", nameless));
    assert!(nameless.contains("`a.json` makes no item id"), "{nameless}");
    fs::write(root.path().join("bundle.json"), "{}").unwrap();
    let malformed = error(&SealOptions::default());
    assert!(malformed.starts_with("`bundle.json`: "), "{malformed}");
    let file = seal(&root.path().join("a.json"), &SealOptions::default()).unwrap_err();
    assert!(file.to_string().contains("is not a folder"));
}

#[cfg(unix)]
#[test]
fn refuses_irregular_files_and_unwritable_folders() {
    let root = folder(&[("a.json", "{}")]);
    std::os::unix::fs::symlink("a.json", root.path().join("b.json")).unwrap();
    let error = seal(root.path(), &SealOptions::default()).unwrap_err();
    assert!(error.to_string().contains("b.json` is a symbolic link"));
    fs::remove_file(root.path().join("b.json")).unwrap();
    let sealed = seal(root.path(), &SealOptions::default()).unwrap();
    fs::create_dir(root.path().join("bundle.json")).unwrap();
    let error = sealed.manifest.write(root.path()).unwrap_err();
    assert!(error.to_string().contains("cannot write"), "{error}");
    assert_eq!(
        fs::read_dir(root.path()).unwrap().count(),
        2,
        "no draft is left"
    );
}

#[test]
fn what_was_sealed_is_what_is_loaded() {
    let root = folder(&[("a.json", "{}"), ("sub/b.txt", "words"), ("empty", "")]);
    let sealed = seal(root.path(), &described("a.json", full())).unwrap();
    sealed.manifest.write(root.path()).unwrap();
    let options = LoadOptions::at(at("2026-11-23T13:00:00Z"));
    let bundle = Bundle::load_strict(root.path(), &options).unwrap();
    assert_eq!(bundle.manifest(), &sealed.manifest);
    let item = bundle.item("slo.up").unwrap();
    assert_eq!((item.status(), item.age_s()), (Status::Ok, Some(60)));
    assert_eq!(bundle.item("empty").unwrap().status(), Status::Empty);
    let late = LoadOptions::at(at("2026-11-24T00:00:00Z"));
    let late = Bundle::load_strict(root.path(), &late).unwrap();
    assert_eq!(late.item("slo.up").unwrap().status(), Status::Stale);
    let input = bundle.input(at("2026-11-24T00:00:00Z"), &crate::json::Value::Null);
    assert_eq!(input["evidence"]["slo.up"]["status"], "stale");
    assert!(input["evidence"]["slo.up"]["facts"].is_null());
}

#[test]
fn a_worse_status_of_the_same_bytes_is_kept() {
    let root = folder(&[("a.json", "{}")]);
    let mut first = seal(root.path(), &SealOptions::default()).unwrap();
    first.manifest.items[0].status = Status::Error;
    first.manifest.items[0].reason = Some("timed out".into());
    first.manifest.write(root.path()).unwrap();
    let again = seal(root.path(), &SealOptions::default()).unwrap();
    let entry = entry_of(&again, "a.json");
    assert_eq!(
        (entry.status, entry.reason.as_deref()),
        (Status::Error, Some("timed out"))
    );
    fs::write(root.path().join("a.json"), "{\"b\":1}").unwrap();
    let anew = seal(root.path(), &SealOptions::default()).unwrap();
    assert_eq!(entry_of(&anew, "a.json").status, Status::Ok);
}

fn mapping(pointer: &str) -> Mapping {
    let text = format!(
        "schema: assize/json-map/v1\nname: m\nfacts: {{a: {{pointer: {pointer}, type: integer}}}}"
    );
    Mapping::parse(text.as_bytes()).unwrap()
}

fn by(map: Mapping) -> SealOptions {
    let description = Description {
        map: Some(map),
        ..Description::default()
    };
    described("a.json", description)
}

/// What `a` comes to after it was sealed anew, and the digest of the bundle.
fn resealed(root: &tempfile::TempDir, options: &SealOptions) -> (Status, Option<String>, Digest) {
    let sealed = seal(root.path(), options).unwrap();
    sealed.manifest.write(root.path()).unwrap();
    let options = LoadOptions::at(at("2026-11-23T13:00:00Z"));
    let bundle = Bundle::load_strict(root.path(), &options).unwrap();
    let item = bundle.item("a").unwrap();
    let reason = item.reason().map(str::to_owned);
    (item.status(), reason, bundle.digest())
}

#[test]
fn a_mapping_is_in_the_manifest_and_lives_as_long_as_its_bytes() {
    let root = folder(&[("a.json", "{\"x\": 1, \"y\": 2}")]);
    let fact = || {
        let options = LoadOptions::at(at("2026-11-23T13:00:00Z"));
        let bundle = Bundle::load_strict(root.path(), &options).unwrap();
        bundle.item("a").unwrap().facts()["a"].clone()
    };
    let (status, _, first) = resealed(&root, &by(mapping("/x")));
    assert_eq!((status, fact()), (Status::Ok, 1.into()));
    // Kept, and the same bytes by another mapping are another bundle.
    let again = resealed(&root, &described("a.json", Description::default()));
    assert_eq!((again.2, fact()), (first, 1.into()));
    let other = seal(root.path(), &by(mapping("/y"))).unwrap();
    assert!(matches!(other.changes[..], [Change::Described { .. }]));
    let (_, _, other) = resealed(&root, &by(mapping("/y")));
    assert_eq!(fact(), 2);
    assert_ne!(other, first);
    // Another kind takes it away, and so do other bytes.
    let kind = Description {
        kind: Some(Kind::Json),
        ..Description::default()
    };
    let sealed = seal(root.path(), &described("a.json", kind)).unwrap();
    assert_eq!(entry_of(&sealed, "a.json").map, None);
    fs::write(root.path().join("a.json"), "{}").unwrap();
    let sealed = seal(root.path(), &SealOptions::default()).unwrap();
    let entry = entry_of(&sealed, "a.json");
    assert_eq!((entry.kind, &entry.map), (Kind::Json, &None));
    let kind = Description {
        kind: Some(Kind::JsonMap),
        ..Description::default()
    };
    let error = seal(root.path(), &described("a.json", kind)).unwrap_err();
    assert!(error.to_string().contains("a `json-map` has a `map`"));
}

#[test]
fn another_mapping_mends_what_a_mapping_broke_and_nothing_else() {
    let root = folder(&[("a.json", "{\"x\": 1}")]);
    let (status, reason, _) = resealed(&root, &by(mapping("/y")));
    assert_eq!(status, Status::Error);
    assert_eq!(reason.unwrap(), "`/y`: is missing");
    let (status, reason, _) = resealed(&root, &by(mapping("/x")));
    assert_eq!((status, reason), (Status::Ok, None));
    // A collector has told that something went wrong: no mapping makes that undone.
    let failed = Description {
        fault: Some("timed out".into()),
        ..Description::default()
    };
    resealed(&root, &described("a.json", failed));
    for pointer in ["/y", "/x"] {
        let (status, reason, _) = resealed(&root, &by(mapping(pointer)));
        assert_eq!(
            (status, reason.as_deref()),
            (Status::Error, Some("timed out"))
        );
    }
}

#[test]
fn no_row_of_mappings_makes_what_was_told_better() {
    for (told, reason) in [
        (Status::Partial, "page 2 is missing"),
        (Status::Empty, "nothing was there"),
        (Status::Stale, "of last week"),
        (Status::Unverified, "the signature does not hold"),
        (Status::Error, "timed out"),
        (Status::Missing, "was not there"),
    ] {
        let root = folder(&[("a.json", "{\"x\": 1, \"t\": \"x\"}")]);
        let mut first = seal(root.path(), &SealOptions::default()).unwrap();
        first.manifest.items[0].status = told;
        first.manifest.items[0].reason = Some(reason.into());
        first.manifest.write(root.path()).unwrap();
        let nothing = SealOptions::default();
        let of = |pointer| by(mapping(pointer));
        for options in [
            of("/y"),
            nothing.clone(),
            of("/t"),
            of("/x"),
            nothing.clone(),
        ] {
            let (status, why, _) = resealed(&root, &options);
            assert!(status >= told, "{told}: {status} {why:?}");
        }
        let (status, why, _) = resealed(&root, &of("/x"));
        assert_eq!((status, why.as_deref()), (told, Some(reason)));
        let sealed = seal(root.path(), &nothing).unwrap();
        assert!(sealed.changes.is_empty() && sealed.is_same);
        assert_eq!(entry_of(&sealed, "a.json").told, None);
    }
}

#[test]
fn a_gap_behind_an_error_of_the_content_is_in_the_manifest() {
    let root = folder(&[("a.json", "{\"x\": 1}")]);
    let gap = Description {
        map: Some(mapping("/y")),
        gap: Some("page 2 is missing".into()),
        ..Description::default()
    };
    let (status, reason, _) = resealed(&root, &described("a.json", gap));
    assert_eq!(
        (status, reason.as_deref()),
        (Status::Error, Some("`/y`: is missing"))
    );
    let sealed = seal(root.path(), &SealOptions::default()).unwrap();
    assert_eq!(sealed.changes, [], "sealing twice changes nothing");
    let told = entry_of(&sealed, "a.json").told.clone().unwrap();
    assert_eq!(told.status, Status::Partial);
    assert_eq!(told.reason.as_deref(), Some("page 2 is missing"));
    let (status, reason, _) = resealed(&root, &by(mapping("/x")));
    assert_eq!(
        (status, reason.as_deref()),
        (Status::Partial, Some("page 2 is missing"))
    );
    // Whoever obtains it anew tells it anew.
    let anew = Description {
        kind: Some(Kind::Json),
        ..Description::default()
    };
    let (status, _, _) = resealed(&root, &described("a.json", anew));
    assert_eq!(status, Status::Ok);
}

#[test]
fn a_mapping_that_names_the_date_goes_before_whoever_tells_another() {
    let root = folder(&[
        ("a.json", "{\"at\": \"2026-11-20T13:00:00Z\"}"),
        ("b.json", "{}"),
    ]);
    let text = "schema: assize/json-map/v1\nname: m\ncollected_at: {pointer: /at, required: false}\n\
                facts: {at: {pointer: /at, type: instant, required: false}}";
    let map = Mapping::parse(text.as_bytes()).unwrap();
    let told = Description {
        map: Some(map),
        ..full()
    };
    let mut options = described("a.json", told.clone());
    options
        .descriptions
        .insert("b.json".into(), Description { id: None, ..told });
    let mut sealed = seal(root.path(), &options).unwrap();
    let dated = Some(at("2026-11-20T13:00:00Z"));
    assert_eq!(entry_of(&sealed, "a.json").collected_at, dated);
    assert_eq!(entry_of(&sealed, "b.json").collected_at, None);
    // Nor does a reader believe a manifest that tells another.
    for entry in &mut sealed.manifest.items {
        entry.collected_at = Some(at("2026-11-23T12:59:00Z"));
    }
    sealed.manifest.write(root.path()).unwrap();
    let options = LoadOptions::at(at("2026-11-23T13:00:00Z"));
    let bundle = Bundle::load_strict(root.path(), &options).unwrap();
    assert_eq!(bundle.item("slo.up").unwrap().age_s(), Some(3 * 86_400));
    assert_eq!(bundle.item("b").unwrap().age_s(), None);
    // One that is older stays, or a mapping with another date would make the item younger.
    for entry in &mut sealed.manifest.items {
        entry.collected_at = Some(at("2026-11-19T13:00:00Z"));
    }
    sealed.manifest.write(root.path()).unwrap();
    let again = seal(root.path(), &SealOptions::default()).unwrap();
    let first = Some(at("2026-11-19T13:00:00Z"));
    assert_eq!(entry_of(&again, "a.json").collected_at, first);
    let bundle = Bundle::load_strict(root.path(), &options).unwrap();
    assert_eq!(bundle.item("slo.up").unwrap().age_s(), Some(4 * 86_400));
}

#[test]
fn a_kind_that_is_named_does_not_mend_what_was_redacted() {
    let rule = redaction::Rule::new("/a", None, false).unwrap();
    let redacted = redaction::redact(b"{\"a\": 1}", &[rule], &[], &mut || Ok([1; 16])).unwrap();
    let text = String::from_utf8(redacted.bytes).unwrap();
    let root = folder(&[("a.json", &text)]);
    for (gap, fault, worse) in [
        (Some("a is missing"), None, Status::Partial),
        (None, Some("a is needed"), Status::Error),
    ] {
        let description = Description {
            gap: gap.map(str::to_owned),
            fault: fault.map(str::to_owned),
            redactions: redacted.redactions.clone(),
            ..Description::default()
        };
        let sealed = seal(root.path(), &described("a.json", description)).unwrap();
        sealed.manifest.write(root.path()).unwrap();
        for redactions in [Vec::new(), redacted.redactions.clone()] {
            for kind in [None, Some(Kind::Json), Some(Kind::Yaml)] {
                let named = Description {
                    kind,
                    redactions: redactions.clone(),
                    ..Description::default()
                };
                let again = seal(root.path(), &described("a.json", named)).unwrap();
                let entry = entry_of(&again, "a.json");
                assert_eq!(entry.status, worse, "{kind:?}");
                assert_eq!(entry.reason.as_deref(), gap.or(fault));
                assert_eq!(entry.redactions, redacted.redactions);
            }
        }
    }
}
