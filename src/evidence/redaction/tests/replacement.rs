//! What becomes of an item that is sealed, and of one that was redacted before.

use super::*;

/// A sealed folder with one item, and that item's line in the manifest.
fn sealed(text: &str, description: Description) -> (tempfile::TempDir, Manifest) {
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("a.json"), text).unwrap();
    let mut options = SealOptions::default();
    options.descriptions.insert("a.json".into(), description);
    let sealed = seal(root.path(), &options).unwrap();
    (root, sealed.manifest)
}

fn replaced(
    entry: &crate::evidence::manifest::Entry,
    text: &[u8],
    pointers: &[&str],
    salt: u8,
) -> Result<Replacement, RedactionError> {
    let rules: Vec<_> = pointers.iter().map(|pointer| rule(pointer)).collect();
    replace(entry, text, &rules, &mut || Ok([salt; SALT_SIZE]))
}

#[test]
fn what_was_worse_stays_worse_whatever_is_removed_next() {
    let sarif = r#"{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t", "contact": "c"}},
        "invocations": [{"executionSuccessful": true}], "results": []}]}"#;
    let plain = || Description::default();
    let harmless = "/runs/0/tool/driver/contact";
    for (text, description, pointer, status, reason) in [
        // Not read by the kind: the item is what it was.
        (sarif, plain(), harmless, Status::Ok, None),
        (
            sarif,
            Description {
                fault: Some("answered 503".into()),
                ..plain()
            },
            harmless,
            Status::Error,
            Some("answered 503"),
        ),
        (
            sarif,
            Description {
                gap: Some("page 2 is missing".into()),
                ..plain()
            },
            harmless,
            Status::Partial,
            Some("page 2 is missing"),
        ),
        (
            "{\"a\": 1}",
            plain(),
            "/a",
            Status::Partial,
            Some("missing from the facts"),
        ),
        (sarif, plain(), "/version", Status::Error, Some("is needed")),
        // What made it useless is gone, and what is left would be sound.
        (
            "{\"a\": 1, \"assize/redacted/v1\": 1}",
            Description {
                kind: Some(Kind::Sarif),
                ..plain()
            },
            "/a",
            Status::Error,
            Some("sarif"),
        ),
    ] {
        let (_root, manifest) = sealed(text, description);
        let replacement = replaced(&manifest.items[0], text.as_bytes(), &[pointer], 1).unwrap();
        let entry = replacement.entry;
        assert_eq!(entry.status, status, "{pointer}: {:?}", entry.reason);
        let said = entry.reason.unwrap_or_default();
        assert!(said.contains(reason.unwrap_or_default()), "{said}");
        assert_eq!(entry.sha256, Digest::of(&replacement.redacted.bytes));
    }
}

#[test]
fn redactions_come_one_after_another() {
    let text = "{\"a\": {\"b\": \"one\", \"c\": \"two\"}, \"d\": \"three\"}";
    let (root, mut manifest) = sealed(text, Description::default());
    let first = replaced(&manifest.items[0], text.as_bytes(), &["/a/b"], 1).unwrap();
    let second = replaced(&first.entry, &first.redacted.bytes, &["/d"], 2).unwrap();
    let at = |replacement: &Replacement| {
        let redactions = replacement.entry.redactions.iter();
        redactions
            .map(|one| one.pointer.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(at(&second), ["/a/b", "/d"]);
    // What stands for a value is none of it.
    let inside = replaced(&second.entry, &second.redacted.bytes, &["/*/*"], 3).unwrap();
    assert_eq!(at(&inside), ["/a/b", "/d", "/a/c"]);
    let again = replaced(&second.entry, &second.redacted.bytes, &["/d"], 3);
    assert!(again.unwrap_err().to_string().contains("removed before"));
    let third = replaced(&second.entry, &second.redacted.bytes, &["/a"], 3).unwrap();
    assert_eq!(at(&third), ["/d", "/a"]);
    assert_eq!(
        disagreement(&third.redacted.bytes, &third.entry.redactions),
        None
    );
    std::fs::write(root.path().join("a.json"), &third.redacted.bytes).unwrap();
    manifest.items[0] = third.entry.clone();
    manifest.write(root.path()).unwrap();
    let options = LoadOptions::at("2026-11-23T13:00:00Z".parse().unwrap());
    let bundle = Bundle::load_strict(root.path(), &options).unwrap();
    let item = bundle.item("a").unwrap();
    assert_eq!(item.status(), Status::Partial);

    let inner = &first.redacted.disclosures[0];
    let other = &second.redacted.disclosures[0];
    let outer = &third.redacted.disclosures[0];
    assert_eq!(refuted(item, other, &[]), None);
    assert_eq!(refuted(item, outer, &[]), None);
    // What was in another value is shown by way of that.
    assert!(
        refuted(item, inner, &[other])
            .unwrap()
            .contains("nothing was removed")
    );
    assert_eq!(refuted(item, inner, &[other, outer]), None);
    let salted = Disclosure::new([9; SALT_SIZE], "/d".into(), json!("three"));
    assert!(
        refuted(item, &salted, &[])
            .unwrap()
            .contains("another salt")
    );
    let forged = Disclosure::new([1; SALT_SIZE], "/a/b".into(), json!("1"));
    assert!(refuted(item, &forged, &[outer]).is_some());
    std::fs::write(root.path().join("a.json"), text).unwrap();
    let bundle = Bundle::load(root.path(), &options).unwrap();
    let said = refuted(bundle.item("a").unwrap(), other, &[]);
    assert!(said.unwrap().contains("not the one that was sealed"));
}
