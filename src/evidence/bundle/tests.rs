use std::fs;

use super::*;
use crate::evidence::{Kind, SealOptions, seal};
use crate::json::{Value, json};

const AS_OF: &str = "2026-11-23T13:00:00Z";

fn as_of() -> Timestamp {
    AS_OF.parse().unwrap()
}

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    root
}

fn sealed(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let root = folder(files);
    let sealed = seal(root.path(), &SealOptions::default()).unwrap();
    sealed.manifest.write(root.path()).unwrap();
    root
}

fn load(root: &tempfile::TempDir) -> Bundle {
    Bundle::load(root.path(), &LoadOptions::at(as_of())).unwrap()
}

fn disagreements(bundle: &Bundle) -> Vec<String> {
    bundle
        .disagreements()
        .iter()
        .map(ToString::to_string)
        .collect()
}

const TWO: [(&str, &[u8]); 2] = [("a.json", b"{\"x\":1}"), ("b/c.yaml", b"y: 2\n")];

#[test]
fn sealed_or_not_the_facts_are_the_same() {
    let unsealed = load(&folder(&TWO));
    let sealed = load(&sealed(&TWO));
    assert_eq!(unsealed.digest(), sealed.digest());
    assert_eq!(
        unsealed.input(as_of(), &json!({})),
        sealed.input(as_of(), &json!({}))
    );
    assert!(sealed.disagreements().is_empty());
    let ids: Vec<_> = sealed.items().iter().map(Item::id).collect();
    assert_eq!(ids, ["a", "b.c"]);
    assert_eq!(sealed.item("b.c").unwrap().kind(), Kind::Yaml);
    assert!(sealed.item("b").is_none());
}

#[test]
fn an_answer_that_reports_an_error_or_warns_is_not_ok() {
    let root = sealed(&TWO);
    let path = root.path().join("bundle.json");
    let manifest = fs::read_to_string(&path).unwrap();
    for (source, status, reason) in [
        (
            r#"{"uri":"https://p/","response_status":200,"warnings":[]}"#,
            "ok",
            None,
        ),
        (
            r#"{"uri":"https://p/","response_status":500,"warnings":[]}"#,
            "error",
            Some("its source answered with status 500"),
        ),
        (
            r#"{"uri":"https://p/","response_status":200,"warnings":["partial data"]}"#,
            "partial",
            Some("its source warned: partial data"),
        ),
    ] {
        let text = manifest.replacen(r#""source":null"#, &format!(r#""source":{source}"#), 1);
        assert_ne!(text, manifest);
        fs::write(&path, text).unwrap();
        let bundle = load(&root);
        let item = bundle.item("a").unwrap();
        let found = (item.status().name(), item.reason());
        assert_eq!(found, (status, reason), "{source}");
    }
}

#[test]
fn the_input_is_the_documented_one() {
    let bundle = load(&folder(&TWO[..1]));
    let expected = json!({
        "schema": "assize/input/v1",
        "as_of": AS_OF,
        "as_of_ns": 1_795_438_800_000_000_000_i64,
        "subject": [],
        "params": {"limit": 3},
        "evidence": {"a": {
            "kind": "json", "status": "ok", "reason": null, "age_s": null,
            "sha256": "5041bf1f713df204784353e82f6a4a535931cb64f1f4b4a5aeaffcb720918b22",
            "collected_at": null, "observed": null, "valid_until": null, "signed_by": [],
            "facts": {"x": 1}
        }}
    });
    assert_eq!(bundle.input(as_of(), &json!({"limit": 3})), expected);
}

#[test]
fn a_missing_file_is_a_missing_item() {
    let root = sealed(&TWO);
    fs::remove_file(root.path().join("b/c.yaml")).unwrap();
    let bundle = load(&root);
    let item = bundle.item("b.c").unwrap();
    assert_eq!((item.status(), item.bytes()), (Status::Missing, None));
    assert_eq!(item.facts(), &Value::Null);
    assert_eq!(disagreements(&bundle), ["`b/c.yaml`: the file is missing"]);
    assert_eq!(bundle.item("a").unwrap().status(), Status::Ok);
}

#[test]
fn altered_bytes_are_unverified_and_not_shown() {
    for (bytes, what) in [
        (b"{\"x\":2}".as_slice(), "has the digest"),
        (b"{\"x\":1} ", "holds 8 bytes, but 7 were sealed"),
        (b"", "holds 0 bytes"),
    ] {
        let root = sealed(&TWO);
        fs::write(root.path().join("a.json"), bytes).unwrap();
        let bundle = load(&root);
        let item = bundle.item("a").unwrap();
        assert_eq!((item.status(), item.bytes()), (Status::Unverified, None));
        assert_eq!(item.facts(), &Value::Null);
        let all = disagreements(&bundle);
        assert_eq!(all.len(), 1);
        assert!(
            all[0].starts_with("`a.json`: ") && all[0].contains(what),
            "{all:?}"
        );
        assert!(item.reason().unwrap().contains(what));
    }
}

#[test]
fn a_file_that_the_manifest_does_not_name_is_not_evidence() {
    let root = sealed(&TWO);
    fs::write(root.path().join("b/extra.json"), b"{}").unwrap();
    fs::write(root.path().join(".hidden"), b"{}").unwrap();
    let bundle = load(&root);
    assert_eq!(bundle.items().len(), 2);
    assert_eq!(
        disagreements(&bundle),
        ["`b/extra.json`: the manifest does not name this file"]
    );
}

#[cfg(unix)]
#[test]
fn links_are_neither_followed_nor_overlooked() {
    use std::os::unix::fs::symlink;
    let root = sealed(&TWO);
    let elsewhere = folder(&TWO);
    fs::remove_file(root.path().join("a.json")).unwrap();
    symlink(elsewhere.path().join("a.json"), root.path().join("a.json")).unwrap();
    fs::remove_dir_all(root.path().join("b")).unwrap();
    symlink(elsewhere.path().join("b"), root.path().join("b")).unwrap();
    let bundle = load(&root);
    assert_eq!(bundle.item("a").unwrap().status(), Status::Unverified);
    assert_eq!(bundle.item("b.c").unwrap().status(), Status::Missing);
    assert_eq!(
        disagreements(&bundle),
        [
            "`a.json`: is a symbolic link, not a regular file",
            "`b`: is a symbolic link, not a regular file",
            "`b/c.yaml`: the file is missing",
        ]
    );
    let unsealed = folder(&TWO);
    symlink("a.json", unsealed.path().join("z.json")).unwrap();
    let error = Bundle::load(unsealed.path(), &LoadOptions::at(as_of())).unwrap_err();
    assert!(error.to_string().contains("z.json` is a symbolic link"));
}

#[cfg(unix)]
#[test]
fn devices_and_pipes_are_refused_without_being_opened() {
    let root = folder(&TWO);
    let _socket = std::os::unix::net::UnixListener::bind(root.path().join("s.json")).unwrap();
    let error = Bundle::load(root.path(), &LoadOptions::at(as_of())).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("s.json` is a device, socket or pipe")
    );
}

#[cfg(unix)]
#[test]
fn a_linked_manifest_is_refused() {
    let root = sealed(&TWO);
    fs::rename(root.path().join("bundle.json"), root.path().join(".real")).unwrap();
    std::os::unix::fs::symlink(".real", root.path().join("bundle.json")).unwrap();
    let error = Bundle::load(root.path(), &LoadOptions::at(as_of())).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("bundle.json` is a symbolic link")
    );
}

#[test]
fn strict_loading_lists_every_disagreement() {
    let root = sealed(&TWO);
    assert!(confirm(root.path(), &LoadOptions::at(as_of())).is_ok());
    fs::write(root.path().join("a.json"), b"{\"x\":9}").unwrap();
    fs::write(root.path().join("z"), b"").unwrap();
    fs::remove_file(root.path().join("b/c.yaml")).unwrap();
    let error = confirm(root.path(), &LoadOptions::at(as_of())).unwrap_err();
    let text = error.to_string();
    for part in [
        "`a.json`: has the digest",
        "`b/c.yaml`: the file is missing",
        "`z`: the manifest",
    ] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn a_malformed_manifest_is_an_error_and_not_an_unsealed_folder() {
    for bytes in [
        b"".as_slice(),
        b"{}",
        b"[]",
        b"{\"schema\":\"assize/bundle/v1\"}",
    ] {
        let root = folder(&TWO);
        fs::write(root.path().join("bundle.json"), bytes).unwrap();
        let error = Bundle::load(root.path(), &LoadOptions::at(as_of())).unwrap_err();
        assert!(matches!(error, EvidenceError::Manifest { .. }), "{error}");
    }
}

#[test]
fn manifest_bytes_are_hashed_as_they_are() {
    let root = sealed(&TWO);
    let path = root.path().join("bundle.json");
    let canonical = load(&root).digest();
    let mut bytes = fs::read(&path).unwrap();
    bytes.push(b'\n');
    fs::write(&path, &bytes).unwrap();
    let bundle = load(&root);
    assert_ne!(bundle.digest(), canonical);
    assert_eq!(bundle.manifest_bytes(), bytes);
}

#[test]
fn two_files_with_one_id_are_refused_by_name() {
    let root = folder(&[("a.json", b"{}"), ("a.yaml", b"x: 1\n")]);
    let error = Bundle::load(root.path(), &LoadOptions::at(as_of())).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`a.json` and `a.yaml` both map to the item id `a`; rename one of them"
    );
}

#[test]
fn a_file_or_nothing_is_no_folder() {
    let root = folder(&TWO);
    for path in [root.path().join("a.json"), root.path().join("absent")] {
        let error = Bundle::load(&path, &LoadOptions::at(as_of())).unwrap_err();
        assert!(matches!(error, EvidenceError::NotAFolder { .. }), "{error}");
    }
}

#[test]
fn a_kind_that_the_content_does_not_have_is_an_error() {
    let root = sealed(&TWO);
    let path = root.path().join("bundle.json");
    for (kind, status, reason) in [
        (
            "sarif",
            Status::Error,
            "the manifest says `sarif`, but the content is `json`",
        ),
        ("junit-xml", Status::Error, "but the content is `json`"),
        ("waivers", Status::Error, "but the content is `json`"),
        ("yaml", Status::Ok, ""),
        ("blob", Status::Ok, ""),
    ] {
        let text = fs::read_to_string(&path).unwrap();
        let changed = text.replacen("\"kind\":\"json\"", &format!("\"kind\":\"{kind}\""), 1);
        fs::write(&path, changed).unwrap();
        let bundle = load(&root);
        fs::write(&path, text).unwrap();
        let item = bundle.item("a").unwrap();
        assert_eq!(item.status(), status, "{kind}");
        assert!(item.reason().unwrap_or_default().contains(reason), "{kind}");
        assert!(bundle.disagreements().is_empty());
    }
}

#[test]
fn the_subject_can_be_given_without_touching_the_manifest() {
    let root = sealed(&TWO);
    let subject = Subject {
        name: "registry".into(),
        digest: crate::evidence::manifest::SubjectDigest {
            sha256: Digest::of(b"image"),
        },
        environment: Some("production".into()),
    };
    let options = LoadOptions {
        subject: Some(vec![subject]),
        ..LoadOptions::at(as_of())
    };
    let bundle = Bundle::load(root.path(), &options).unwrap();
    assert_eq!(bundle.digest(), load(&root).digest());
    let input = bundle.input(as_of(), &Value::Null);
    assert_eq!(input["subject"][0]["name"], "registry");
    assert_eq!(input["subject"][0]["environment"], "production");
    assert_eq!(
        input["subject"][0]["digest"]["sha256"],
        Digest::of(b"image").hex()
    );
}

#[test]
fn a_claim_of_the_sealer_can_only_make_things_worse() {
    let root = sealed(&TWO);
    let path = root.path().join("bundle.json");
    let text = fs::read_to_string(&path).unwrap();
    let claim = "\"kind\":\"json\",\"media_type\":\"application/json\",\"observed\":null,\"path\":\"a.json\",\"provenance\":null,\"reason\":\"timed out\"";
    let changed = text
        .replacen(&claim.replace("\"timed out\"", "null"), claim, 1)
        .replacen("\"status\":\"ok\"", "\"status\":\"error\"", 1);
    assert_ne!(changed, text);
    fs::write(&path, changed).unwrap();
    let bundle = load(&root);
    let item = bundle.item("a").unwrap();
    assert_eq!(
        (item.status(), item.reason()),
        (Status::Error, Some("timed out"))
    );
    assert_eq!(item.facts(), &Value::Null);
}
