//! `json-map` from somebody else's JSON to a verdict, with the mapping and the rule of
//! docs/evidence/json-map.md.

use assize::json::{self, Limits, Value};

use crate::repo::{Ran, Repo, copy};

const PAGE: &str = include_str!("../../docs/evidence/json-map.md");
const AS_OF: &str = "2026-11-25T14:00:00Z";

/// Takes everything for whole, and its findings out of another list.
const LAX: &str = "schema: assize/json-map/v1
name: bandit
collected_at: {pointer: /generated_at}
facts:
  lines: {pointer: /metrics/_totals/loc, type: integer}
  findings: {pointer: /errors, type: list, may_be_empty: true, each: {id: {pointer: '', type: text}}}
";

/// The first block of the page in this language.
fn block(language: &str) -> &'static str {
    let (_, after) = PAGE.split_once(&format!("```{language}\n")).unwrap();
    after.split_once("```\n").unwrap().0
}

fn report(name: &str) -> String {
    let vectors = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/vectors/evidence/json-map"
    );
    std::fs::read_to_string(format!("{vectors}/{name}.json")).unwrap()
}

/// A repository with the page's mapping and rule, and the report `name`.
fn repo(name: &str) -> Repo {
    let repo = Repo::empty();
    repo.write("maps/bandit.yaml", block("yaml"));
    repo.write("maps/lax.yaml", LAX);
    let rule = block("rego").replace(
        "# custom:\n",
        "# title: No finding of Bandit is high\n# custom:\n#   id: deploy.bandit\n#   severity: high\n",
    );
    repo.write("policies/gates/deploy/bandit.rego", &rule);
    repo.write("evidence/bandit.json", &report(name));
    repo
}

fn seal(repo: &Repo, map: &str) -> Ran {
    let map = format!("bandit=maps/{map}.yaml");
    repo.run(&["seal", "evidence", "--map", &map]).exits(0)
}

fn gate(repo: &Repo) -> Ran {
    repo.run(&["gate", "deploy", "--as-of", AS_OF])
}

fn digests(repo: &Repo, index: &str) -> Value {
    let shown = repo.run(&["log", "show", index, "--document", "payload"]);
    let payload = json::parse(shown.exits(0).stdout.as_bytes(), Limits::AUTHORED).unwrap();
    payload["predicate"]["digests"].clone()
}

#[test]
fn a_report_that_assize_does_not_know_comes_to_a_verdict() {
    for (name, code, said) in [
        ("ok-bandit-clean", 0, "ALLOW"),
        ("ok-bandit-findings", 1, "B324 in src/names.py"),
        (
            "ok-bandit-nothing-looked-at",
            3,
            "`/metrics/_totals/loc`: is 0, expected anything but 0",
        ),
        (
            "ok-bandit-a-file-not-read",
            3,
            "evidence `bandit` is partial: `/errors`: is [{",
        ),
        (
            "bad-absent",
            3,
            "evidence `bandit` is error: `/metrics/_totals/nosec`: is missing",
        ),
        (
            "bad-text-for-a-number",
            3,
            "`/metrics/_totals/nosec`: is \"0\", expected a whole number",
        ),
        ("bad-unknown-value", 3, "is \"CRITICAL\", expected one of"),
        ("bad-another-document", 3, "is missing"),
        ("bad-truncated", 3, "evidence `bandit` is error: line "),
    ] {
        let repo = repo(name);
        // Nobody has said how it is read.
        gate(&repo).exits(3);
        seal(&repo, "bandit");
        gate(&repo).exits(code).says(said);
        repo.run(&["verify"]).exits(0);
    }
}

#[test]
fn a_mapping_lasts_as_long_as_the_document() {
    let repo = repo("ok-bandit-clean");
    seal(&repo, "bandit").says("json-map           ok         bandit\n");
    repo.run(&["seal", "evidence"]).exits(0);
    gate(&repo).exits(0);
    // The date is in the report: what anybody else says does not make it fresh.
    repo.run(&["seal", "evidence", "--collected-at", "now"])
        .exits(0);
    repo.run(&["gate", "deploy", "--as-of", "2026-11-27T14:00:00Z"])
        .exits(3)
        .says("`bandit` is stale");
    repo.write("evidence/bandit.json", &report("ok-bandit-findings"));
    repo.run(&["seal", "evidence"]).exits(0);
    gate(&repo)
        .exits(3)
        .says("evidence `bandit` is json, not json-map");
    seal(&repo, "bandit");
    gate(&repo).exits(1);
}

#[test]
fn whoever_seals_by_another_mapping_is_found_out() {
    let repo = repo("ok-bandit-findings");
    seal(&repo, "lax");
    let wanted = block("rego").split("map: ").nth(1).unwrap();
    let wanted = wanted.split('\n').next().unwrap();
    gate(&repo)
        .exits(3)
        .says("evidence `bandit` was read by the map `bandit`, sha256:")
        .says(&format!("but sha256:{wanted} is wanted"));
    repo.run(&["policy", "lint"]).exits(0);
    // A rule that names no mapping takes what it gets, and `policy lint` says so.
    repo.edit(
        "policies/gates/deploy/bandit.rego",
        &format!("#       map: {wanted}\n"),
        "",
    );
    let lint = repo.run(&["policy", "lint"]).exits(0);
    assert!(lint.stdout.contains("map-unpinned"), "{}", lint.stdout);
    gate(&repo).exits(0).says("ALLOW");
    // The record has the other bundle, whose manifest has the other mapping.
    seal(&repo, "bandit");
    gate(&repo).exits(1).says("B324");
    let [lax, strict] = ["1", "2"].map(|index| digests(&repo, index));
    assert!(lax["bundle"].is_string());
    assert_ne!(lax["bundle"], strict["bundle"]);
    assert_ne!(lax["decision"], strict["decision"]);
    assert_eq!(lax["policies"], strict["policies"]);
    repo.run(&["log", "show", "1", "--document", "bundle"])
        .exits(0)
        .says("\"pointer\":\"/errors\",\"type\":\"list\"");
    // A contract says for all rules what this one no longer says.
    repo.write(
        "contracts/deploy.yaml",
        &format!("schema: assize/contract/v1\nitems: [{{evidence: bandit, map: {wanted}}}]\n"),
    );
    gate(&repo).exits(1);
    seal(&repo, "lax");
    gate(&repo)
        .exits(3)
        .says("CONTRACT NOT MET (1 of 1)")
        .says(&format!("but sha256:{wanted} is wanted"));
    repo.run(&["verify"]).exits(0);
}

#[test]
fn a_mapping_that_was_changed_in_the_manifest_is_found_out() {
    let repo = repo("ok-bandit-findings");
    repo.run(&["keys", "generate", "ci"]).exits(0);
    repo.write(
        "trust.toml",
        "[[key]]\nname = 'ci'\npublic_key = '.assize/keys/ci.pub.pem'\nroles = ['evidence']\n",
    );
    repo.edit(
        "policies/gates/deploy/bandit.rego",
        "      max_age",
        "      verified: true\n#       max_age",
    );
    repo.run(&[
        "seal",
        "evidence",
        "--map",
        "bandit=maps/bandit.yaml",
        "--key",
        ".assize/keys/ci.pem",
    ])
    .exits(0);
    gate(&repo).exits(1);
    let sound = repo.read("evidence/bundle.json");
    repo.edit(
        "evidence/bundle.json",
        "\"pointer\":\"/results\"",
        "\"pointer\":\"/errors\"",
    );
    gate(&repo)
        .exits(3)
        .says("`bundle.intoto.json`")
        .says("was read by the map `bandit`");
    // What is no mapping, and one where none belongs, are no manifest.
    for (from, to, what) in [
        (
            "\"pointer\":\"/results\"",
            "\"pointer\":\"results\"",
            "is not a JSON Pointer",
        ),
        (
            "\"kind\":\"json-map\"",
            "\"kind\":\"json\"",
            "only a `json-map` has a `map`",
        ),
        ("\"map\":{", "\"mapp\":{", "unknown field `mapp`"),
        (
            "\"may_be_empty\":true",
            "\"may_be_empty\":true,\"may_be_empty\":true",
            "duplicate key",
        ),
    ] {
        repo.write("evidence/bundle.json", &sound);
        repo.edit("evidence/bundle.json", from, to);
        gate(&repo).exits(2).complains(what).gives_no_verdict();
    }
    let map = sound.split("\"map\":").nth(1).unwrap();
    let map = map.split(",\"media_type\"").next().unwrap();
    repo.write("evidence/bundle.json", &sound);
    repo.edit("evidence/bundle.json", &format!("\"map\":{map},"), "");
    gate(&repo)
        .exits(2)
        .complains("a `json-map` has a `map`, and it has none")
        .gives_no_verdict();
}

#[test]
fn an_auditor_needs_the_bundle_alone() {
    let repo = repo("ok-bandit-findings");
    seal(&repo, "bandit");
    let show = |repo: &Repo| {
        repo.run(&[
            "evidence", "show", "bandit", "-e", "evidence", "--as-of", AS_OF,
        ])
        .exits(0)
        .stdout
    };
    let elsewhere = Repo::empty();
    copy(&repo.path("evidence"), &elsewhere.path("evidence"));
    let shown = show(&elsewhere);
    assert_eq!(shown, show(&repo));
    let shown = json::parse(shown.as_bytes(), Limits::EVIDENCE).unwrap();
    assert_eq!(shown["facts"]["map"]["name"], "bandit");
    assert_eq!(shown["facts"]["findings"][0]["id"], "B324");
    let list = ["evidence", "list", "evidence", "--as-of", AS_OF];
    elsewhere
        .run(&list)
        .exits(0)
        .says("ok         json-map           bandit")
        .says("by map bandit  sha256:");
    let list = elsewhere
        .run(&[&list[..], &["-o", "json"]].concat())
        .exits(0);
    let list = json::parse(list.stdout.as_bytes(), Limits::EVIDENCE).unwrap();
    assert_eq!(list["items"][0]["map"], shown["facts"]["map"]);
}

#[test]
fn a_mapping_is_tried_before_it_is_used() {
    let repo = repo("ok-bandit-findings");
    let try_it = |map: &str, file: &str| repo.run(&["evidence", "validate", "--map", map, file]);
    try_it("maps/bandit.yaml", "evidence/bandit.json")
        .exits(0)
        .says("map        bandit  sha256:2df23c78")
        .says("ok         json-map           evidence/bandit.json")
        .says("\"severity\": \"HIGH\"");
    repo.write("absent.json", &report("bad-absent"));
    try_it("maps/bandit.yaml", "absent.json")
        .exits(1)
        .says("error      json-map           absent.json\n           `/metrics/_totals/nosec`: is missing\n");
    try_it("maps/none.yaml", "absent.json")
        .exits(2)
        .complains("maps/none.yaml");
    repo.write(
        "maps/typo.yaml",
        &block("yaml").replace("pointer: /results", "path: /results"),
    );
    try_it("maps/typo.yaml", "absent.json")
        .exits(2)
        .complains("map `maps/typo.yaml`: `facts.findings")
        .complains("unknown field `path`: expected pointer, type");
    repo.run(&[
        "evidence",
        "validate",
        "--map",
        "maps/bandit.yaml",
        "--kind",
        "json",
        "absent.json",
    ])
    .exits(2);
    repo.run(&["evidence", "validate", "--kind", "json-map", "absent.json"])
        .exits(1)
        .says("there is no map that says what to take out of it");
}

#[test]
fn a_mapping_is_for_an_item_that_is_there() {
    let repo = repo("ok-bandit-findings");
    let seal = |maps: &[&str]| {
        let mut args = vec!["seal", "evidence"];
        args.extend(maps.iter().flat_map(|map| ["--map", map]));
        repo.run(&args)
    };
    for (maps, what) in [
        (&["bandit"][..], "expected ITEM=FILE"),
        (
            &["bandti=maps/bandit.yaml"],
            "there is no item `bandti`: there is bandit",
        ),
        (
            &["bandit.json=maps/bandit.yaml"],
            "`bandit.json` is a file; its item is `bandit`",
        ),
        (&["bandit="], "cannot read"),
        (&["bandit=maps/none.yaml"], "maps/none.yaml"),
        (
            &["bandit=evidence/bandit.json"],
            "map `evidence/bandit.json`: `schema`: is missing",
        ),
        (
            &["bandit=maps/lax.yaml", "bandit=maps/bandit.yaml"],
            "`bandit` has one mapping already",
        ),
    ] {
        seal(maps).exits(2).complains(what);
        assert!(!repo.path("evidence/bundle.json").exists(), "{maps:?}");
    }
    repo.run(&[
        "seal",
        "evidence",
        "--add-signature",
        "--key",
        "k",
        "--map",
        "bandit=maps/lax.yaml",
    ])
    .exits(2);
    // By the item's id, also where it has one that is not its path's.
    repo.write("evidence/scan/bandit.json", &report("ok-bandit-clean"));
    seal(&["bandit=maps/bandit.yaml", "scan.bandit=maps/lax.yaml"])
        .exits(0)
        .says("by map bandit  sha256:2df23c78");
}

#[test]
fn what_a_mapping_names_cannot_be_taken_out_unnoticed() {
    let repo = repo("ok-bandit-findings");
    seal(&repo, "bandit");
    let redact = |pointer: &str| {
        let args = [
            "evidence",
            "redact",
            "evidence",
            "bandit",
            "--pointer",
            pointer,
        ];
        repo.run(&args).exits(0)
    };
    // Nobody reads the code.
    redact("/results/0/code");
    gate(&repo).exits(1).says("B324");
    // Somebody reads the severity, and what a rule does not see it must not pass.
    redact("/results/0/issue_severity");
    gate(&repo)
        .exits(3)
        .says("`/results/0/issue_severity`: was redacted");
    seal(&repo, "bandit");
    gate(&repo).exits(3);
    seal(&repo, "lax");
    gate(&repo).exits(3);
}

#[test]
fn what_a_manifest_says_is_worse_stays_worse_through_two_mappings() {
    let repo = repo("ok-bandit-clean");
    seal(&repo, "bandit");
    gate(&repo).exits(0).says("ALLOW");
    repo.edit(
        "evidence/bundle.json",
        "\"status\":\"ok\"",
        "\"status\":\"partial\"",
    );
    let wrong = "schema: assize/json-map/v1\nname: w\nfacts: {w: {pointer: /w, type: text}}\n";
    repo.write("maps/wrong.yaml", wrong);
    seal(&repo, "wrong").says("json-map           error      bandit");
    seal(&repo, "bandit").says("json-map           partial    bandit");
    gate(&repo).exits(3);
}
