use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::*;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), files);
    root
}

fn write(root: &Path, files: &[(&str, &str)]) {
    for (file, text) in files {
        let path = root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn options(roots: &[&Path]) -> LoadOptions {
    LoadOptions {
        roots: roots.iter().map(|root| root.to_path_buf()).collect(),
        ..LoadOptions::default()
    }
}

fn load(files: &[(&str, &str)]) -> Result<PolicySet, PolicyError> {
    PolicySet::load(&options(&[folder(files).path()]))
}

fn refuse(files: &[(&str, &str)]) -> String {
    load(files).unwrap_err().to_string()
}

const APPROVAL: &str = "# METADATA
# scope: package
# title: Approved by someone else
# custom:
#   id: deploy.approval
#   severity: high
#   controls: [\"SOC2:CC8.1\"]
#   requires: [{evidence: change, kind: change-record, max_age: 24h}]
package gates.deploy.approval

# METADATA
# title: No approval
deny contains \"x\" if input.evidence.change.facts.author == \"a\"

deny contains \"y\" if input.evidence.change.facts.author == \"b\"

warn_late contains \"z\" if limit > 1

limit := 2
";

#[test]
fn a_folder_becomes_a_set() {
    let set = load(&[
        ("gates/deploy/approval.rego", APPROVAL),
        (
            "gates/deploy/approval_test.rego",
            "package gates.deploy.approval_test\ntest_x if true\n",
        ),
        ("lib/windows.rego", "package lib.windows\nf(x) := x\n"),
        ("triggers/sla/data.yaml", "limit_ms: 120\n"),
        ("data.json", "{\"freeze\": []}"),
        ("waivers.yaml", "schema: assize/waivers/v1\nwaivers: []\n"),
        ("notes.yaml", "ignored: [\n"),
        ("README.md", "ignored"),
    ])
    .unwrap();
    let paths: Vec<_> = set.files().iter().map(|file| file.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "gates/deploy/approval.rego",
            "gates/deploy/approval_test.rego",
            "lib/windows.rego"
        ]
    );
    assert_eq!((set.modules().count(), set.tests().count()), (2, 1));
    assert_eq!(
        set.data_bytes(),
        br#"{"freeze":[],"triggers":{"sla":{"limit_ms":120}}}"#
    );
    assert!(set.waivers_file().unwrap().bytes.starts_with(b"schema"));
    assert_eq!(set.rule_ids(), ["deploy.approval"]);
    assert_eq!(set.gates(), ["deploy"]);
    let [rule] = set.select_gate("deploy").try_into().unwrap();
    assert_eq!((rule.line, rule.severity), (9, Some(Severity::High)));
    let heads: Vec<_> = rule
        .heads
        .iter()
        .map(|h| (h.name.as_str(), h.kind, h.line, h.title.as_deref()))
        .collect();
    assert_eq!(
        heads,
        [
            ("deny", HeadKind::Deny, 13, Some("No approval")),
            ("warn_late", HeadKind::Warn, 17, None)
        ]
    );
    assert_eq!(rule.requires[0].kind.as_deref(), Some("change-record"));
    assert!(set.select_gate("release").is_empty());
}

#[test]
fn the_manifest_has_one_form() {
    let set = load(&[("b.rego", "package b\n"), ("a.rego", "package a\n")]).unwrap();
    let expected = format!(
        r#"{{"files":[{{"path":"a.rego","sha256":"{}","size":10}},{{"path":"b.rego","sha256":"{}","size":10}}],"schema":"assize/policies/v1"}}"#,
        Digest::of(b"package a\n"),
        Digest::of(b"package b\n"),
    );
    assert_eq!(set.manifest_bytes(), expected.as_bytes());
    assert_eq!(set.digest(), Digest::of(expected.as_bytes()));
    let entries = manifest_entries(set.manifest_bytes()).unwrap();
    assert_eq!(
        entries[1],
        ("b.rego".to_owned(), Digest::of(b"package b\n"))
    );
    for bytes in [
        "{}",
        "[]",
        r#"{"schema":"assize/policies/v1","files":[{"path":"a"}]}"#,
    ] {
        assert!(manifest_entries(bytes.as_bytes()).is_err(), "{bytes}");
    }
}

#[test]
fn every_byte_and_path_is_in_the_digest() {
    let base = load(&[("a.rego", "package a\n"), ("a_test.rego", "package a\n")]).unwrap();
    for files in [
        [("a.rego", "package a \n"), ("a_test.rego", "package a\n")],
        [("a.rego", "package a\n"), ("a_test.rego", "package a # \n")],
        [("b.rego", "package a\n"), ("a_test.rego", "package a\n")],
    ] {
        assert_ne!(load(&files).unwrap().digest(), base.digest(), "{files:?}");
    }
    let data = load(&[("a.rego", "package a\n"), ("data.json", "{\"x\":1}")]).unwrap();
    let same = load(&[("a.rego", "package a\n"), ("data.yaml", "x: 1 # one\n")]).unwrap();
    assert_eq!(data.data_digest(), same.data_digest());
    assert_ne!(data.data_digest(), base.data_digest());
}

#[test]
fn a_set_is_the_same_when_put_together_from_its_parts() {
    let set = load(&[
        ("gates/deploy/approval.rego", APPROVAL),
        ("data.json", "{\"x\":1}"),
    ])
    .unwrap();
    let files = set
        .files()
        .iter()
        .map(|file| (file.path.clone(), file.text().as_bytes().to_vec()))
        .collect();
    let again = PolicySet::from_parts(files, set.data_bytes()).unwrap();
    assert_eq!(
        (again.digest(), again.data_digest()),
        (set.digest(), set.data_digest())
    );
    assert_eq!(again.rules(), set.rules());
    let twice = vec![("a.rego".to_owned(), b"package a".to_vec()); 2];
    let error = PolicySet::from_parts(twice, b"{}").unwrap_err();
    assert_eq!(error.to_string(), "policy `a.rego` occurs twice");
}

#[test]
fn several_roots_and_single_files_load() {
    let one = folder(&[("p.rego", "package one\n"), ("data.json", "{\"a\":1}")]);
    let two = folder(&[("p.rego", "package two\n"), ("extra/limits.yaml", "b: 2\n")]);
    let file = two.path().join("p.rego");
    let mut options = options(&[one.path(), &file]);
    options.data = vec![two.path().join("extra"), two.path().join("p.rego")];
    let set = PolicySet::load(&options).unwrap();
    let paths: Vec<_> = set.files().iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["0/p.rego", "1/p.rego"]);
    assert_eq!(set.data(), &json!({"a": 1, "b": 2}));
    let error = PolicySet::load(&LoadOptions {
        roots: vec![one.path().join("absent")],
        ..LoadOptions::default()
    });
    assert!(error.unwrap_err().to_string().contains("absent"));
}

#[test]
fn what_cannot_be_loaded_is_named() {
    assert!(refuse(&[("x/a.rego", "package a\nx := [")]).contains("x/a.rego`: line 2, column 6"));
    assert!(refuse(&[("a.rego", "x := 1")]).contains("a.rego`: has no `package`"));
    assert!(refuse(&[("a.rego", &"#".repeat(300 << 10))]).contains("a.rego` is larger"));
    assert!(refuse(&[("a/data.yaml", "a: [")]).contains("a/data.yaml`: "));
    let conflict = refuse(&[
        ("data.json", "{\"a\":{\"b\":1}}"),
        ("a/data.json", "{\"b\":2}"),
    ]);
    assert!(
        conflict.contains("a/data.json") && conflict.contains("`data.a.b`"),
        "{conflict}"
    );
    let shadow = refuse(&[
        ("gates/deploy/approval.rego", APPROVAL),
        (
            "data.json",
            "{\"gates\":{\"deploy\":{\"approval\":{\"deny\":[]}}}}",
        ),
    ]);
    assert!(
        shadow.contains("data.json") && shadow.contains("approval.rego:13"),
        "{shadow}"
    );
    let mut few = options(&[]);
    let root = folder(&[("a.rego", "package a"), ("b.rego", "package b")]);
    few.roots = vec![root.path().to_owned()];
    few.limits.files_max = 1;
    let error = PolicySet::load(&few).unwrap_err();
    assert_eq!(error.to_string(), "more than 1 Rego files");
    let both = [root.path(), root.path()];
    write(root.path(), &[("waivers.yaml", "x")]);
    let error = PolicySet::load(&options(&both)).unwrap_err().to_string();
    assert!(error.contains("both waiver files"), "{error}");
}

#[test]
fn namespaces_select_as_in_conftest() {
    let set = load(&[
        ("a.rego", "package main\ndeny contains 1\n"),
        ("b.rego", "package main.gke\nwarn_x contains 1\n"),
        ("c.rego", "package kubernetes\nis_service if true\n"),
        (
            "d.rego",
            "package main\nimport data.kubernetes\nwarn contains 1\n",
        ),
    ])
    .unwrap();
    let packages = |patterns: &[&str]| -> Vec<String> {
        let rules = set.select_namespace(patterns);
        rules.iter().map(|rule| rule.package.clone()).collect()
    };
    assert_eq!(packages(&["main"]), ["main"]);
    assert_eq!(packages(&["main", "main.*"]), ["main", "main.gke"]);
    assert_eq!(packages(&[]), ["main", "main.gke"]);
    assert!(packages(&["mian"]).is_empty());
    assert_eq!(set.select_namespace(&["main"])[0].heads.len(), 2);
}

proptest! {
    #[test]
    fn anything_that_loads_can_be_linted(
        text in "(\n|[a-z]{1,5}|deny|[ .:=%]|contains |if |not |input\\.evidence|with |walk\\(|sprintf\\(\"%[a-z0-9]\"|\\[|\\]|\\(|\\)|\\{|\\}|,|import data\\.){0,40}",
        package in prop::sample::select(vec!["main", "gates.a.b", "gates", "lib.x", "triggers"]),
    ) {
        let text = format!("package {package}\n{text}");
        let files = vec![("a.rego".to_owned(), text.into_bytes())];
        if let Ok(set) = PolicySet::from_parts(files, b"{}") {
            let found = lint(&set);
            prop_assert!(found.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }

    #[test]
    fn the_order_of_parts_changes_nothing(
        names in prop::collection::btree_set("[a-z]{1,6}", 1..6),
        seed in any::<prop::sample::Index>(),
    ) {
        let mut files: Vec<_> = names
            .iter()
            .map(|name| (format!("{name}.rego"), format!("package {name}_x\n").into_bytes()))
            .collect();
        let first = PolicySet::from_parts(files.clone(), b"{}").unwrap();
        let length = files.len();
        files.rotate_left(seed.index(length));
        let second = PolicySet::from_parts(files, b"{}").unwrap();
        prop_assert_eq!(first.manifest_bytes(), second.manifest_bytes());
    }
}
