//! `from = "files"`: what is there, what is not, and what is not there any more.

use std::fs;

use super::{AS_OF, document, item};
use crate::repo::{Ran, Repo};

const REPORT: &str = r#"<testsuites><testsuite name="s" timestamp="2026-11-23T12:00:00Z"><testcase name="t"/></testsuite></testsuites>"#;

fn settings(more: &str) -> String {
    format!("evidence = 'evidence'\n[collect.tests]\nfrom = 'files'\n{more}")
}

fn repo(files: &str) -> Repo {
    let repo = Repo::empty();
    repo.write("reports/unit.xml", REPORT);
    repo.write("reports/slow/load.xml", REPORT);
    repo.write("reports/notes.txt", "none\n");
    repo.write("assize.toml", &settings(&format!("files = [{files}]\n")));
    repo
}

fn collect(repo: &Repo) -> Ran {
    repo.run(&["collect", "--as-of", AS_OF])
}

/// The ids of the items, sorted.
fn ids(repo: &Repo) -> Vec<String> {
    let manifest = document(repo, "evidence/bundle.json");
    let items = manifest["items"].as_array().unwrap().iter();
    items
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn an_old_report_does_not_become_new_by_being_taken() {
    let repo = repo("'reports/**/*.xml'");
    let settings = repo.read("assize.toml") + "valid_for = '1h'\n";
    repo.write("assize.toml", &settings);
    collect(&repo).exits(0);
    assert_eq!(
        item(&repo, "tests.unit")["valid_until"],
        "2026-11-23T13:00:00Z"
    );
}

#[test]
fn what_matches_is_evidence_with_a_list_of_it() {
    let repo = repo("'reports/**/*.xml'");
    collect(&repo).exits(0).says("collected 3");
    assert_eq!(ids(&repo), ["tests", "tests.slow.load", "tests.unit"]);
    let unit = item(&repo, "tests.unit");
    assert_eq!(
        (&unit["kind"], &unit["status"]),
        (&"junit-xml".into(), &"ok".into())
    );
    assert_eq!(unit["source"]["uri"], "file:reports/unit.xml");
    assert_eq!(unit["provenance"]["method"], "import");
    // By its content, and not by when it was found.
    assert_eq!(unit["collected_at"], "2026-11-23T12:00:00Z");
    assert_eq!(repo.read("evidence/tests/unit.xml"), REPORT);
    let list = document(&repo, "evidence/tests.json");
    assert_eq!(list["files"][0]["path"], "reports/slow/load.xml");
    assert_eq!(list["files"][1]["sha256"], unit["sha256"]);
    assert_eq!(list["files"][1]["item_path"], "tests/unit.xml");
    // The same again, byte by byte.
    let before = repo.read("evidence/tests.json");
    collect(&repo).exits(0);
    assert_eq!(repo.read("evidence/tests.json"), before);
}

#[test]
fn what_does_not_match_any_more_is_not_evidence_any_more() {
    let repo = repo("'reports/**/*.xml'");
    collect(&repo).exits(0);
    repo.write("evidence/tests/by-hand.json", "{\"kept\": true}");
    fs::remove_file(repo.path("reports/slow/load.xml")).unwrap();
    collect(&repo).exits(0);
    assert_eq!(ids(&repo), ["tests", "tests.by-hand", "tests.unit"]);
    assert!(!repo.path("evidence/tests/slow/load.xml").exists());
    // Nothing matches: an error by the name of the source, and nothing of before.
    fs::remove_dir_all(repo.path("reports")).unwrap();
    collect(&repo)
        .exits(3)
        .says("error      tests  tests\n           nothing matches `reports/**/*.xml`\n");
    assert_eq!(ids(&repo), ["tests", "tests.by-hand"]);
    repo.write("reports/unit.xml", REPORT);
    collect(&repo).exits(0);
    assert_eq!(item(&repo, "tests")["status"], "ok");
}

#[test]
fn each_pattern_has_to_match_something() {
    let repo = repo("'reports/*.xml', 'coverage/*.xml'");
    collect(&repo)
        .exits(3)
        .says("nothing matches `coverage/*.xml`")
        .says("ok         tests  tests.unit");
}

#[test]
fn files_that_cannot_be_taken_are_errors_by_name() {
    let repo = repo("'reports/*'");
    repo.write("reports/unit.html", "<p>");
    std::os::unix::fs::symlink("unit.xml", repo.path("reports/latest.xml")).unwrap();
    repo.write("reports/.secret.xml", REPORT);
    collect(&repo)
        .exits(3)
        .says("error      tests  tests.latest")
        .says("is a symbolic link")
        .says("error      tests  tests.unit")
        .says("`reports/unit.html` and `reports/unit.xml` would be one item")
        .says("collected 2 of 4, 2 failed");
    let list = document(&repo, "evidence/tests.json");
    assert_eq!(list["files"].as_array().unwrap().len(), 3);
    assert!(!list.to_string().contains("secret"));
    assert_eq!(repo.read("evidence/tests/latest.xml"), "");
}

#[test]
fn one_file_goes_where_the_source_says() {
    let repo = repo("");
    let text = settings("file = 'reports/unit.xml'\nkind = 'sarif'\n");
    repo.write("assize.toml", &text);
    collect(&repo)
        .exits(3)
        .says("the manifest says `sarif`, but the content is `junit-xml`");
    assert_eq!(ids(&repo), ["tests"]);
    assert_eq!(item(&repo, "tests")["path"], "tests.xml");
    repo.write("assize.toml", &text.replace("unit", "none"));
    collect(&repo)
        .exits(3)
        .says("there is no `reports/none.xml`");
    assert_eq!(repo.read("evidence/tests.xml"), "");

    fs::remove_file(repo.path("evidence/tests.xml")).unwrap();
    // What has no time of its own is as old as its file, where that is asked for.
    repo.write("assize.toml", &settings("file = 'reports/notes.txt'\n"));
    collect(&repo).exits(0);
    assert!(item(&repo, "tests")["collected_at"].is_null());
    repo.write(
        "assize.toml",
        &settings("file = 'reports/notes.txt'\ndated = 'modified'\n"),
    );
    collect(&repo).exits(0);
    assert!(item(&repo, "tests")["collected_at"].is_string());
}

#[test]
fn a_mapping_reads_each_file_and_not_the_list() {
    let repo = repo("");
    repo.write("reports/a.json", "{\"found\": {\"open\": 3}}");
    repo.write(
        "map.yaml",
        "schema: assize/json-map/v1\nname: open\nfacts: {open: {pointer: /found/open, type: integer}}\n",
    );
    repo.write(
        "assize.toml",
        &settings("files = ['reports/*.json']\nmap = 'map.yaml'\n"),
    );
    collect(&repo).exits(0).says("ok         tests  tests.a\n");
    assert_eq!(item(&repo, "tests.a")["kind"], "json-map");
    assert_eq!(item(&repo, "tests")["kind"], "json");
}

#[test]
fn nobody_writes_into_the_folder_of_another() {
    let repo = repo("");
    for (other, what) in [
        (
            "from = 'command'\nrun = ['true']\npath = 'tests/a.json'",
            "gives all that is in `evidence/tests`",
        ),
        (
            "from = 'files'\nfiles = ['b/*']\npath = 'tests/b.json'",
            "gives all that is in `evidence/tests`",
        ),
        (
            "from = 'files'\nfiles = ['b/*']\npath = 'tests.xml'",
            "`a` and `tests` both give the item `tests`",
        ),
        (
            "from = 'command'\nrun = ['true']\npath = 'tests.json'",
            "both write",
        ),
    ] {
        let text = settings("files = ['reports/*.xml']\n");
        repo.write("assize.toml", &format!("{text}[collect.a]\n{other}\n"));
        repo.run(&["collect"]).exits(2).complains(what);
    }
    let none = settings("files = ['reports/*.xml']\nserver = 'a'\n");
    repo.write(
        "assize.toml",
        &format!("{none}[server.a]\nurl = 'https://a.test'\n"),
    );
    repo.run(&["collect"])
        .exits(2)
        .complains("server: `from = \"files\"` asks none");
    assert!(!repo.path("evidence").exists());
}

#[test]
fn a_plan_says_what_may_be_found() {
    let repo = repo("'reports/**/*.xml'");
    repo.write(
        "policies/gates/deploy/tests.rego",
        "# METADATA\n# scope: package\n# title: The tests passed\n# custom:\n#   id: deploy.tests\n#   severity: high\n#   requires:\n#     - {evidence: tests.unit, kind: junit-xml}\n#     - {evidence: tests, kind: json}\n#     - {evidence: testsuite, kind: json}\npackage gates.deploy.tests\n\ndeny contains \"tests failed\" if input.evidence[\"tests.unit\"].facts.failures > 0\n",
    );
    let plan = || repo.run(&["collect", "--plan", "--as-of", AS_OF]).exits(3);
    plan()
        .says("for `deploy.tests`\n            from [collect.tests]\n")
        .says("for `deploy.tests`\n            from [collect.tests], if it finds such a file\n")
        .says("for `deploy.tests`\n            no source in the settings\n");
    collect(&repo).exits(0);
    let planned = plan().says("  usable    tests.unit  junit-xml\n");
    assert!(
        planned.stdout.contains("if it finds such a file"),
        "{}",
        planned.stdout
    );
    let json = repo.run(&["collect", "--plan", "--as-of", AS_OF, "-o", "json"]);
    assert!(
        json.stdout.contains("\"source_is_sure\": false"),
        "{}",
        json.stdout
    );
}
