use super::*;
use crate::evidence::manifest::Manifest;
use crate::evidence::{Bundle, Description, LoadOptions, SealOptions, seal};
use crate::json::json;

mod replacement;

fn rule(pointer: &str) -> Rule {
    Rule::new(pointer, Some("personal".into()), false).unwrap()
}

/// Removes `pointers` with salts that count up.
fn removed(text: &str, pointers: &[&str]) -> Result<Redacted, RedactionError> {
    let rules: Vec<_> = pointers.iter().map(|pointer| rule(pointer)).collect();
    let mut next = 0;
    redact(text.as_bytes(), &rules, &[], &mut || {
        next += 1;
        Ok([next; SALT_SIZE])
    })
}

fn refused(text: &str, pointers: &[&str]) -> String {
    removed(text, pointers).unwrap_err().to_string()
}

fn shown(redacted: &Redacted) -> String {
    let mut text = String::from_utf8(redacted.bytes.clone()).unwrap();
    for redaction in &redacted.redactions {
        text = text.replace(&marker(redaction.sha256), "#");
    }
    text
}

#[test]
fn all_but_the_value_stays_as_it_was_received() {
    let text = "\u{feff}{ \"a\" : 1.10,\n\t\"items\":[ {\"token\":\"x]}\\\"\",\"n\":1e2},{\"token\":[1,{}]} ],\"z\":null }\n";
    let redacted = removed(text, &["/items/*/token", "/z"]).unwrap();
    assert_eq!(
        shown(&redacted),
        "\u{feff}{ \"a\" : 1.10,\n\t\"items\":[ {\"token\":#,\"n\":1e2},{\"token\":#} ],\"z\":# }\n"
    );
    let at: Vec<_> = redacted
        .redactions
        .iter()
        .map(|one| one.pointer.as_str())
        .collect();
    assert_eq!(at, ["/items/0/token", "/items/1/token", "/z"]);
    assert_eq!(redacted.redactions[0].reason.as_deref(), Some("personal"));
    let values: Vec<_> = redacted
        .disclosures
        .iter()
        .map(|one| one.value.clone())
        .collect();
    assert_eq!(values, [json!("x]}\""), json!([1, {}]), Value::Null]);
}

#[test]
fn a_digest_is_that_of_salt_place_and_value() {
    let redacted = removed("{\"a\": {\"b\": \"ä\"}}", &["/a/b"]).unwrap();
    // base64url of `["AQEBAQEBAQEBAQEBAQEBAQ","/a/b","ä"]`.
    let text = "WyJBUUVCQVFFQkFRRUJBUUVCQVFFQkFRIiwiL2EvYiIsIsOkIl0";
    assert_eq!(redacted.disclosures[0].text(), text);
    let sha256 = redacted.redactions[0].sha256;
    assert_eq!(sha256, Digest::of(text.as_bytes()));
    assert_eq!(
        String::from_utf8(redacted.bytes).unwrap(),
        format!("{{\"a\": {{\"b\": {{\"assize/redacted/v1\":\"{sha256}\"}}}}}}")
    );
    assert_eq!(Disclosure::parse(text).unwrap().value, json!("ä"));
    assert!(!format!("{:?}", redacted.disclosures).contains('ä'));
    // The same value at another place, or with another salt, has another digest.
    let twice = removed("[\"ä\", \"ä\"]", &["/*"]).unwrap();
    assert_ne!(twice.redactions[0].sha256, twice.redactions[1].sha256);
}

#[test]
fn disclosures_have_one_spelling() {
    for (triple, what) in [
        ("[\"AQEBAQEBAQEBAQEBAQEBAQ\", \"/a\", 1]", "as it should be"),
        ("[\"AQEB\",\"/a\",1]", "16 bytes"),
        ("[\"AQEBAQEBAQEBAQEBAQEBAQ\",1]", "salt, pointer and value"),
        ("[", "EOF"),
    ] {
        let text = crate::signing::base64::encode_url(triple.as_bytes());
        let error = Disclosure::parse(&text).unwrap_err().to_string();
        assert!(error.contains(what), "{triple}: {error}");
    }
    assert!(Disclosure::parse("a+b").is_err());
}

#[test]
fn names_are_those_of_json_pointer() {
    let text = "{\"a/b\": 1, \"m~n\": 2, \"\": 3, \"\\u0078\": 4, \"k\": {\"a/b\": 5}}";
    for (pointer, left) in [
        ("/a~1b", text.replacen('1', "#", 1)),
        ("/m~0n", text.replacen('2', "#", 1)),
        ("/", text.replacen('3', "#", 1)),
        ("/x", text.replacen('4', "#", 1)),
        ("/*/a~1b", text.replacen('5', "#", 1)),
    ] {
        let redacted = removed(text, &[pointer]).unwrap();
        assert_eq!(shown(&redacted), left, "{pointer}");
        let concrete = pointer.replace('*', "k");
        assert_eq!(redacted.redactions[0].pointer, concrete);
    }
    for pointer in ["", "a", "a/b", "/a~2", "/~"] {
        assert!(Rule::new(pointer, None, false).is_err(), "{pointer}");
    }
}

#[test]
fn lines_are_documents_with_a_number() {
    let text = "{\"a\":1}\n\n{\"a\":{\"b\":2}}\r\n{\"c\":3}";
    let redacted = removed(text, &["/a"]).unwrap();
    assert_eq!(shown(&redacted), "{\"a\":#}\n\n{\"a\":#}\r\n{\"c\":3}");
    let at: Vec<_> = redacted
        .redactions
        .iter()
        .map(|one| one.pointer.as_str())
        .collect();
    assert_eq!(at, ["/0/a", "/1/a"]);
    assert_eq!(disagreement(&redacted.bytes, &redacted.redactions), None);
}

#[test]
fn what_is_removed_with_its_parent_is_removed_once() {
    let redacted = removed("{\"a\":{\"b\":1},\"c\":{\"b\":2}}", &["/*/b", "/a"]).unwrap();
    assert_eq!(shown(&redacted), "{\"a\":#,\"c\":{\"b\":#}}");
}

#[test]
fn what_cannot_be_redacted_is_an_error() {
    assert!(refused("a: 1\n", &["/a"]).contains("not JSON"));
    assert!(refused("{\"a\": 1", &["/a"]).contains("not JSON"));
    assert!(refused("{\"a\": 1, \"a\": 2}", &["/a"]).contains("duplicate key"));
    assert!(refused("{\"a\":1}\n{\"a\":", &["/a"]).contains("not JSON"));
    assert!(refused("", &["/a"]).contains("not JSON"));
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    assert!(refused(&deep, &["/0"]).contains("deeper than 96"));
    assert!(refused("{\"b\": 1}", &["/a"]).contains("`/a` finds nothing"));
    assert!(refused("[]", &["/*/a"]).contains("finds nothing"));
    let many = format!("[{}0]", "0,".repeat(REDACTIONS_MAX));
    assert!(refused(&many, &["/*"]).contains("more than 10000"));
    let failing = redact(b"[1]", &[rule("/0")], &[], &mut || Err("none".into()));
    assert!(failing.unwrap_err().to_string().contains("randomness"));
}

#[test]
fn an_optional_rule_may_find_nothing() {
    let rule = Rule::new("/a", None, true).unwrap();
    let redacted = redact(b"{}", &[rule], &[], &mut || Ok([0; 16])).unwrap();
    assert_eq!(
        (redacted.bytes.as_slice(), redacted.redactions.len()),
        (b"{}".as_slice(), 0)
    );
}

#[test]
fn a_marker_that_nobody_vouches_for_is_refused() {
    let first = removed("{\"a\":1,\"b\":2}", &["/a"]).unwrap();
    let text = String::from_utf8(first.bytes.clone()).unwrap();
    assert!(refused(&text, &["/b"]).contains("`/a` is a marker"));
    let second = redact(&first.bytes, &[rule("/b")], &first.redactions, &mut || {
        Ok([9; 16])
    });
    let second = second.unwrap();
    let all = [first.redactions.clone(), second.redactions].concat();
    assert_eq!(disagreement(&second.bytes, &all), None);
    assert!(
        disagreement(&second.bytes, &first.redactions)
            .unwrap()
            .contains("`/b` was redacted")
    );
    assert!(
        disagreement(b"{}", &all)
            .unwrap()
            .contains("not in the file")
    );
    assert_eq!(disagreement(b"see assize/redacted/v1", &[]), None);
    // To hide one redaction within another is to lose a commitment.
    let parent = redact(&first.bytes, &[rule("/a")], &first.redactions, &mut || {
        Ok([9; 16])
    });
    assert!(parent.unwrap().redactions.is_empty());
}

#[test]
fn facts_that_change_make_the_status_worse() {
    let run = include_str!("../../../tests/vectors/evidence/command-run/ok-exited.json");
    let sarif = json!({"version": "2.1.0", "runs": [{
        "tool": {"driver": {"name": "t", "contact": "a@example.com",
                 "rules": [{"id": "r", "properties": {"security-severity": "9.8"}}]}},
        "invocations": [{"executionSuccessful": true, "machine": "host-7"}],
        "results": [{"ruleId": "r", "level": "error", "message": {"text": "m"}}]}]})
    .to_string();
    let trivy = json!({"SchemaVersion": 2, "ArtifactName": "a", "Results": [{
        "Target": "t", "Class": "lang-pkgs", "Type": "npm", "Vulnerabilities": [
        {"VulnerabilityID": "CVE-1", "PkgName": "p", "InstalledVersion": "1", "Severity": "CRITICAL"}]}]})
    .to_string();
    for (text, pointer, expected) in [
        // Not read by the kind.
        (sarif.as_str(), "/runs/0/invocations/0/machine", "None"),
        (&sarif, "/runs/0/tool/driver/contact", "None"),
        // Needed, or told by.
        (&sarif, "/version", "Error"),
        (&sarif, "/runs/0/invocations/0/executionSuccessful", "Error"),
        (run, "/argv", "Error"),
        (run, "/schema", "Error"),
        (run, "/exit_code", "Error"),
        (run, "/stdout/sha256", "Error"),
        // Seen by policies, which would look for the value in vain.
        (run, "/environment", "Partial"),
        (run, "/files/0", "Error"),
        (&sarif, "/runs/0/results/0", "Error"),
        (&sarif, "/runs/0/tool/driver/rules/0", "Error"),
        ("{\"severity\": \"high\"}", "/severity", "Partial"),
        (&trivy, "/Results/0/Vulnerabilities/0", "Error"),
        (&trivy, "/Results/0/Vulnerabilities", "Error"),
        (&trivy, "/Results/0/Vulnerabilities/0/Severity", "Error"),
    ] {
        let redacted = removed(text, &[pointer]).unwrap();
        let found = format!("{:?}", effect(None, None, text.as_bytes(), &redacted.bytes));
        assert!(found.starts_with(expected), "{pointer}: {found}");
    }
}

/// Whatever is removed from whatever sample: facts are the same, or the status is worse.
#[test]
fn no_value_of_any_sample_is_removed_silently() {
    let mut removals = 0;
    for (kind, path) in crate::evidence::vector_tests::samples("ok-") {
        let bytes = std::fs::read(&path).unwrap();
        let Ok(value) = json::parse(without_mark(&bytes), LIMITS) else {
            continue;
        };
        for pointer in pointers(&value, "").into_iter().take(60) {
            let rule = Rule::new(&pointer, None, false).unwrap();
            let redacted = redact(&bytes, &[rule], &[], &mut || Ok([1; 16])).unwrap();
            assert_eq!(disagreement(&redacted.bytes, &redacted.redactions), None);
            let read = |bytes: &[u8]| kinds::read(bytes, Some(kind), Signatures::Unseen);
            let (was, is) = (read(&bytes), read(&redacted.bytes));
            let same = was.facts == is.facts && was.status == is.status;
            if effect(Some(kind), None, &bytes, &redacted.bytes) == Effect::None {
                assert!(same, "{}: {pointer}", path.display());
            }
            removals += 1;
        }
    }
    assert!(removals > 1_000, "{removals}");
}

/// Pointers to every value but the whole.
fn pointers(value: &Value, at: &str) -> Vec<String> {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.replace('~', "~0").replace('/', "~1"), value))
            .collect(),
        Value::Array(values) => values
            .iter()
            .enumerate()
            .map(|(index, value)| (index.to_string(), value))
            .collect(),
        _ => Vec::new(),
    };
    let mut all = Vec::new();
    for (name, value) in inner {
        let at = format!("{at}/{name}");
        // `*` would be any name.
        if name != "*" {
            all.push(at.clone());
            all.extend(pointers(value, &at));
        }
    }
    all
}

#[test]
fn a_bundle_says_what_was_removed_and_notices_what_it_was_not_told() {
    let root = tempfile::tempdir().unwrap();
    let redacted = removed("{\"a\": 1}", &["/a"]).unwrap();
    std::fs::write(root.path().join("a.json"), &redacted.bytes).unwrap();
    let load = || {
        let options = LoadOptions::at("2026-11-23T13:00:00Z".parse().unwrap());
        let bundle = Bundle::load(root.path(), &options).unwrap();
        let item = bundle.item("a").unwrap();
        (item.status(), item.reason().unwrap_or_default().to_owned())
    };
    // Without a manifest, nobody vouches for the marker.
    assert_eq!(load().0, Status::Error);
    let sealed = seal(root.path(), &SealOptions::default()).unwrap();
    assert_eq!(sealed.manifest.items[0].status, Status::Error);
    let mut options = SealOptions::default();
    let description = Description {
        gap: Some("what was redacted is missing".into()),
        redactions: redacted.redactions.clone(),
        ..Description::default()
    };
    options.descriptions.insert("a.json".into(), description);
    let sealed = seal(root.path(), &options).unwrap();
    sealed.manifest.write(root.path()).unwrap();
    assert_eq!(
        load(),
        (Status::Partial, "what was redacted is missing".into())
    );
    // Sealed again, it stays so.
    let again = seal(root.path(), &SealOptions::default()).unwrap();
    assert_eq!(again.manifest.items, sealed.manifest.items);
    let text = String::from_utf8(sealed.manifest.to_bytes().unwrap()).unwrap();
    assert!(
        text.contains("\"redactions\":[{\"pointer\":\"/a\",\"reason\":\"personal\",\"sha256\":")
    );
    let mut stripped = sealed.manifest.clone();
    stripped.items[0].redactions.clear();
    stripped.items[0].status = Status::Ok;
    stripped.items[0].reason = None;
    stripped.write(root.path()).unwrap();
    assert_eq!(load().0, Status::Error);
    for (from, to) in [("\"/a\"", "\"a\""), ("\"sha256\":\"", "\"sha256\":\"0")] {
        assert!(Manifest::parse(text.replace(from, to).as_bytes()).is_err());
    }
}

/// Whatever is removed from whatever sample: it is not better than it was.
#[test]
fn what_makes_an_item_useless_cannot_be_taken_out_of_it() {
    let mut mended = 0;
    for (kind, path) in crate::evidence::vector_tests::samples("") {
        let bytes = std::fs::read(&path).unwrap();
        let Ok(value) = json::parse(without_mark(&bytes), LIMITS) else {
            continue;
        };
        let read = |bytes: &[u8]| kinds::read(bytes, Some(kind), Signatures::Unseen).status;
        let was = read(&bytes);
        // A marker is no value that could be removed.
        if was <= Status::Partial || !markers(&bytes).is_empty() {
            continue;
        }
        for pointer in pointers(&value, "").into_iter().take(60) {
            let redacted = removed(std::str::from_utf8(&bytes).unwrap(), &[&pointer]).unwrap();
            if read(&redacted.bytes) < was {
                let found = effect(Some(kind), None, &bytes, &redacted.bytes);
                assert!(
                    matches!(found, Effect::Error(_)),
                    "{}: {pointer}",
                    path.display()
                );
                mended += 1;
            }
        }
    }
    assert!(mended > 10, "{mended}");
}

#[test]
fn disclosures_are_kept_in_one_document() {
    let redacted = removed("{\"a\": \"one\", \"b\": 2}", &["/*"]).unwrap();
    let all: Vec<_> = redacted
        .disclosures
        .into_iter()
        .map(|disclosure| Disclosed {
            path: "x.json".into(),
            disclosure,
        })
        .collect();
    let bytes = Disclosed::to_bytes(&all).unwrap();
    assert_eq!(Disclosed::parse(&bytes).unwrap(), all);
    let text = String::from_utf8(bytes).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kept.json");
    Disclosed::store(&path, &all).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    // What is there is not lost.
    assert!(Disclosed::store(&path, &[]).is_err());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    for (from, to, what) in [
        ("\"/a\"", "\"/b\"", "another pointer"),
        ("disclosures/v1", "disclosures/v2", "`schema`"),
        ("\"path\"", "\"item\"", "item"),
        (
            "\"disclosure\": \"W",
            "\"disclosure\": \"V",
            "no disclosure",
        ),
    ] {
        assert!(text.contains(from), "{text}");
        let error = Disclosed::parse(text.replace(from, to).as_bytes()).unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
    }
}

#[test]
fn a_marker_is_one_however_it_is_written() {
    let digest = "ab".repeat(32);
    let unicode = |text: &str| {
        let escapes = text.bytes().map(|byte| format!("\\u{byte:04x}"));
        escapes.collect::<String>()
    };
    let digest = unicode(&digest);
    for key in [
        MARKER,
        "assize\\/redacted\\/v1",
        "\\u0061ssize/redacted/v1",
        &unicode(MARKER),
    ] {
        let text = format!("{{\"a\\\"\": [\"x\", {{ \"{key}\" : \"{digest}\"}}]}}");
        assert_eq!(markers(text.as_bytes()), ["/a\"/1"], "{text}");
        assert!(disagreement(text.as_bytes(), &[]).is_some(), "{text}");
    }
    for text in [
        "{\"a\": \"assize/redacted/v1\"}",
        "\"\\",
        "\"\\u0061",
        "\"ab",
    ] {
        assert_eq!(disagreement(text.as_bytes(), &[]), None, "{text}");
    }
}
