use super::*;
use crate::policy::{LoadOptions, PolicySet};
use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

fn parsed(text: &str) -> Result<Contract, String> {
    Contract::parse(Path::new("contracts/deploy.yaml"), text.as_bytes().to_vec())
        .map_err(|error| error.to_string())
}

fn items(items: &str) -> Result<Contract, String> {
    parsed(&format!("schema: {SCHEMA}\nitems:\n{items}"))
}

/// Rules of a gate, each with what it requires.
fn rules(requires: &[(&str, &str)]) -> PolicySet {
    let folder = tempfile::tempdir().unwrap();
    let gate = folder.path().join("gates/deploy");
    fs::create_dir_all(&gate).unwrap();
    for (name, requires) in requires {
        let text = format!(
            "# METADATA\n# scope: package\n# title: t\n# custom:\n#   id: {name}\n\
             #   severity: high\n#   requires: {requires}\npackage gates.deploy.{name}\n\n\
             deny contains \"x\" if false\n"
        );
        fs::write(gate.join(format!("{name}.rego")), text).unwrap();
    }
    PolicySet::load(&LoadOptions {
        roots: vec![folder.path().to_owned()],
        ..LoadOptions::default()
    })
    .unwrap()
}

#[test]
fn reads_every_field() {
    let contract = items(
        "- {evidence: slo.b, kind: prometheus-matrix, max_age: 10m, min_coverage: 0.9, \
         verified: true, optional: true, facts: [/series]}\n- evidence: a\n",
    )
    .unwrap();
    let [a, b] = contract.demands.as_slice() else {
        panic!("{contract:?}");
    };
    assert_eq!((a.evidence.as_str(), a.max_age), ("a", None));
    assert_eq!(b.kind.as_deref(), Some("prometheus-matrix"));
    assert_eq!(b.max_age, Some(Duration::from_mins(10)));
    assert_eq!(b.min_coverage, Some(0.9));
    assert!(b.verified && b.optional && !a.verified && !a.optional);
    assert_eq!(b.facts, ["/series"]);
}

#[test]
fn each_mistake_names_file_and_field() {
    for (text, what) in [
        ("items: []", "`schema` is missing"),
        (
            "schema: assize/contract/v2\nitems: []",
            "v2\", expected `assize/contract/v1`",
        ),
        ("schema: 1", "`schema` is 1"),
        ("- a", "expected a mapping"),
        ("schema: assize/contract/v1", "`items` is missing"),
        ("schema: assize/contract/v1\nitems: []", "`items` is empty"),
        (
            "schema: assize/contract/v1\nitems: {a: b}",
            "`items` is not a list",
        ),
        (
            "schema: assize/contract/v1\nitem: []",
            "unknown field `item`",
        ),
        ("schema: a\nschema: b", "schema"),
        ("schema: [", "line"),
    ] {
        let error = parsed(text).unwrap_err();
        assert!(error.contains("`contracts/deploy.yaml`"), "{error}");
        assert!(error.contains(what), "{text}: {error}");
    }
    for (text, what) in [
        ("- a", "`items[0]` is not a mapping"),
        ("- kind: json", "`items[0].evidence` is missing"),
        ("- evidence: ''", "`items[0].evidence` is empty"),
        (
            "- {evidence: a}\n- {evidence: b, maxage: 1h}",
            "`items[1]` has an unknown key `maxage`",
        ),
        ("- {evidence: a, max_age: soon}", "`items[0].max_age`"),
        ("- {evidence: a, max_age: 600}", "`items[0].max_age`"),
        (
            "- {evidence: a, min_coverage: 90}",
            "`items[0].min_coverage`",
        ),
        ("- {evidence: a, verified: 1}", "`items[0].verified`"),
        ("- {evidence: a, signers: []}", "`items[0].signers`"),
        (
            "- {evidence: a, signers: [alice]}",
            "\"alice\" is no id of a key",
        ),
        (
            "- {evidence: a, signers: ['SHA256:uNiVztksCsDhcc0u9e8BrrkjOH4wKi9J3IFP3v4gq1=']}",
            "is no id of a key",
        ),
        (
            "- {evidence: a, kind: junit}",
            "`items[0].kind`: there is no kind `junit`",
        ),
        ("- {evidence: a, kind: sarfi}", "did you mean `sarif`?"),
        (
            "- {evidence: a}\n- {evidence: a}",
            "`items[1].evidence`: `a` occurs twice",
        ),
    ] {
        let error = items(text).unwrap_err();
        assert!(error.contains("`contracts/deploy.yaml`"), "{error}");
        assert!(error.contains(what), "{text}: {error}");
    }
    let many = "- evidence: e\n".repeat(ITEMS_MAX + 1);
    assert!(items(&many).unwrap_err().contains("more than 1000"));
}

#[test]
fn the_strictest_wins() {
    let set = rules(&[
        (
            "one",
            "[{evidence: a, max_age: 1h, min_coverage: 0.5, optional: true}, {evidence: b, optional: true}]",
        ),
        (
            "two",
            "[{evidence: a, kind: json, max_age: 2h, facts: [/x]}, {evidence: b, optional: true}]",
        ),
    ]);
    let contract =
        items("- {evidence: a, min_coverage: 0.9, verified: true, optional: true, facts: [/w, /x]}\n- evidence: c")
            .unwrap();
    let needs = needs(&set.select_gate("deploy"), Some(&contract)).unwrap();
    let [a, b, c] = needs.as_slice() else {
        panic!("{needs:?}");
    };
    let asked = &a.requirement;
    assert_eq!(asked.kind.as_deref(), Some("json"));
    assert_eq!(asked.max_age, Some(Duration::from_hours(1)));
    assert_eq!(asked.min_coverage, Some(0.9));
    assert!(asked.verified && !asked.optional);
    assert_eq!(asked.facts, ["/w", "/x"]);
    let [one, two] = ["one", "two"].map(|id| By::Rule(id.to_owned()));
    assert_eq!(a.by, [one.clone(), two.clone(), By::Contract]);
    assert!(b.requirement.optional);
    assert_eq!(b.by, [one, two]);
    assert_eq!(c.by, [By::Contract]);
}

#[test]
fn a_mapping_is_named_by_its_digest() {
    let digest = "0".repeat(64);
    for (map, what) in [
        (
            "load".to_owned(),
            "`items[0].map`: `load` is not a SHA-256 digest",
        ),
        ("{name: load}".to_owned(), "`items[0].map` is not a string"),
        (format!("sha256:{digest}"), "is not a SHA-256 digest"),
        (
            format!("'{digest}', kind: json"),
            "`items[0].map`: only a `json-map` is read by a mapping",
        ),
    ] {
        let error = items(&format!("- {{evidence: a, map: {map}}}")).unwrap_err();
        assert!(error.contains(what), "{map}: {error}");
    }
}

#[test]
fn mappings_that_are_asked_for_add_up() {
    let (zeros, ones) = ("0".repeat(64), "1".repeat(64));
    let set = rules(&[
        ("one", &format!("[{{evidence: a, map: '{zeros}'}}]")),
        ("two", "[{evidence: a, kind: json-map}]"),
    ]);
    let contract = |map: &str| items(&format!("- {{evidence: a, map: '{map}'}}")).unwrap();
    for (map, wanted) in [(&zeros, vec![&zeros]), (&ones, vec![&zeros, &ones])] {
        let needs = needs(&set.select_gate("deploy"), Some(&contract(map))).unwrap();
        let maps = needs[0].requirement.maps.iter().map(ToString::to_string);
        assert_eq!(maps.collect::<Vec<_>>().iter().collect::<Vec<_>>(), wanted);
    }
}

#[test]
fn two_kinds_of_one_item_are_refused() {
    let set = rules(&[
        ("one", "[{evidence: a, kind: json}]"),
        ("two", "[{evidence: a}]"),
        ("three", "[{evidence: b, kind: sarif, optional: true}]"),
    ]);
    let gate = set.select_gate("deploy");
    assert_eq!(needs(&gate, None).unwrap().len(), 2);
    for (text, what) in [
        (
            "- {evidence: a, kind: yaml}",
            "cannot be both json, as `one` wants, and yaml, as the contract wants",
        ),
        (
            "- {evidence: b, kind: trivy}",
            "both sarif, as `three` wants",
        ),
    ] {
        let error = needs(&gate, Some(&items(text).unwrap())).unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
    }
}

#[test]
fn a_contract_is_found_by_name() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(find(folder.path(), "deploy").unwrap(), None);
    assert_eq!(find(&folder.path().join("none"), "deploy").unwrap(), None);
    let path = folder.path().join("deploy.yaml");
    fs::write(
        &path,
        format!("schema: {SCHEMA}\nitems: [{{evidence: a}}]\n"),
    )
    .unwrap();
    let contract = find(folder.path(), "deploy").unwrap().unwrap();
    assert_eq!(contract.demands.len(), 1);
    assert_eq!(contract.bytes, fs::read(&path).unwrap());
    // What is there and cannot be read is no absence.
    fs::create_dir(folder.path().join("release.yaml")).unwrap();
    assert!(find(folder.path(), "release").is_err());
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nowhere", folder.path().join("canary.yaml")).unwrap();
        assert!(find(folder.path(), "canary").is_err());
    }
}

#[test]
fn contracts_for_nothing_are_refused() {
    let known = BTreeSet::from(["deploy", "triggers"]);
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let refused = |is_named| {
        let result = refuse_strays(root, &known, is_named);
        result.map_err(|error| error.to_string())
    };
    let says = format!("schema: {SCHEMA}\nitems: [");
    fs::write(root.join("deploy.yaml"), &says).unwrap();
    fs::write(root.join("README.md"), &says).unwrap();
    fs::write(root.join(".draft.yaml"), &says).unwrap();
    // Somebody else's, in a folder that happens to be called so.
    fs::write(root.join("erc20.json"), "{}").unwrap();
    assert_eq!(refused(false), Ok(()));
    assert!(refused(true).unwrap_err().contains("erc20.json"));
    fs::remove_file(root.join("erc20.json")).unwrap();
    assert_eq!(refused(true), Ok(()));
    for stray in [
        "delpoy.yaml",
        "deploy.yml",
        "triggers.json",
        "yaml.yaml",
        "DEPLOY.YAML",
        "deploy.Yml",
    ] {
        fs::write(root.join(stray), &says).unwrap();
        for is_named in [false, true] {
            let error = refused(is_named).unwrap_err();
            assert!(error.contains(stray), "{error}");
            assert!(error.contains("`deploy.yaml`, `triggers.yaml`"), "{error}");
        }
        fs::remove_file(root.join(stray)).unwrap();
    }
    let none = root.join("none");
    assert!(refuse_strays(&none, &known, false).is_ok());
    assert!(matches!(
        refuse_strays(&none, &known, true),
        Err(ContractError::Folder { .. })
    ));
}

#[cfg(unix)]
#[test]
fn what_stands_where_contracts_are_looked_for_is_no_absence() {
    let known = BTreeSet::from(["deploy"]);
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("link");
    std::os::unix::fs::symlink("nowhere", &link).unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [&link, &file] {
        let refused = refuse_strays(path, &known, false);
        assert!(matches!(refused, Err(ContractError::Folder { .. })));
    }
}
