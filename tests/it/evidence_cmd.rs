//! `assize evidence`: what is there, as policies see it, and what is wrong.

use std::fs;

use assize::json::{self, Limits, Value};

use crate::repo::Repo;

const AS_OF: &str = "2026-11-23T13:00:00Z";

fn parsed(text: &str) -> Value {
    json::parse(text.as_bytes(), Limits::EVIDENCE).unwrap()
}

#[test]
fn items_are_listed_with_what_is_wrong() {
    let repo = Repo::empty();
    repo.write("e/a.json", "{}");
    repo.write("e/tests/junit.xml", "<testsuites/>");
    repo.write("e/torn.json", "{");
    repo.run(&["evidence", "list", "e", "--as-of", AS_OF])
        .exits(0)
        .says("ok         json               a  age unknown\n")
        .says("empty      junit-xml          tests.junit")
        .says("error      json               torn")
        .says("           line 1, column 1: ");
    repo.run(&["seal", "e", "--collected-at", "2026-11-21T12:00:00Z"])
        .exits(0);
    repo.write("e/a.json", "[]");
    let list = repo
        .run(&["evidence", "list", "e", "--as-of", AS_OF, "-o", "json"])
        .exits(0);
    let list = parsed(&list.stdout);
    assert_eq!(list["items"][0]["status"], "unverified");
    assert_eq!(list["items"][1]["age_s"], 176_400);
    assert_eq!(list["disagreements"].as_array().unwrap().len(), 1);
    repo.run(&["evidence", "list", "e", "--as-of", AS_OF])
        .says("tests.junit  2d old");
    repo.run(&["evidence", "list", "none"])
        .exits(2)
        .complains("none");
    repo.run(&["evidence", "list", "e", "-o", "csv"])
        .exits(2)
        .complains("text or json");
}

/// Before results and samples were read one by one, each of these took three times the
/// memory that it is given here.
#[cfg(target_os = "linux")]
#[test]
fn large_files_are_read_in_bounded_memory() {
    use std::fmt::Write as _;

    let repo = Repo::empty();
    let mut log = r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"t"}},"invocations":[{"executionSuccessful":true}],"results":["#.to_owned();
    let place = r#"{"physicalLocation":{"artifactLocation":{"uri":"src/lib.rs"},"region":{"startLine":7}}}"#;
    for n in 0..16_000 {
        let comma = if n == 0 { "" } else { "," };
        write!(log, r#"{comma}{{"ruleId":"r{n}","message":{{"text":"m"}},"locations":[{place}],"relatedLocations":[{}]}}"#,
            [place; 10].join(",")).unwrap();
    }
    log.push_str("]}]}");
    repo.write("findings.sarif", &log);
    let mut answer =
        r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":["#
            .to_owned();
    for n in 0..500_000 {
        let comma = if n == 0 { "" } else { "," };
        write!(answer, r#"{comma}[{}.123,"{n}.5"]"#, 1_790_000_000 + 15 * n).unwrap();
    }
    answer.push_str("]}]}}");
    repo.write("latency.json", &answer);
    for (file, size, limit_kib) in [
        ("findings.sarif", log.len(), 160_000),
        ("latency.json", answer.len(), 160_000),
    ] {
        let script = format!("ulimit -v {limit_kib} && exec \"$0\" evidence validate {file}");
        let ran = std::process::Command::new("bash")
            .args(["-c", &script, env!("CARGO_BIN_EXE_assize")])
            .current_dir(repo.path("."))
            .output()
            .unwrap();
        assert!(ran.status.success(), "{file}, {size} bytes: {ran:?}");
    }
}

#[test]
fn an_item_is_shown_as_policies_see_it() {
    let repo = Repo::sample();
    let ran = repo
        .run(&[
            "evidence",
            "show",
            "change-record",
            "-e",
            "evidence/release",
        ])
        .exits(0);
    let item = parsed(&ran.stdout);
    assert_eq!(item["kind"], "change-record");
    assert!(item["facts"].is_object());
    repo.run(&[
        "evidence",
        "show",
        "chagne-record",
        "-e",
        "evidence/release",
    ])
    .exits(2)
    .complains("no such item")
    .complains("change-record");
}

#[test]
fn files_are_read_as_what_they_are_or_are_to_be() {
    let repo = Repo::empty();
    repo.write("a.json", "{\"version\": \"2.1.0\", \"runs\": []}");
    repo.write("b.json", "{\"version\": \"2.1.0\", \"runs\": 1}");
    repo.run(&["evidence", "validate", "a.json"])
        .exits(0)
        .says("empty      sarif              a.json\n           holds no run\n");
    repo.run(&["evidence", "validate", "a.json", "b.json"])
        .exits(1)
        .says("error      sarif              b.json\n           `runs`: expected an array\n");
    repo.run(&["evidence", "validate", "a.json", "--kind", "openvex"])
        .exits(1)
        .says("but the content is `sarif`");
    repo.run(&["evidence", "validate", "a.json", "--kind", "sarrif"])
        .exits(2)
        .complains("no such kind");
    repo.run(&["evidence", "validate", "c.json"]).exits(2);
}

#[test]
fn schemas_are_in_the_program() {
    let repo = Repo::empty();
    repo.run(&["evidence", "schema"]).exits(0).says("sarif\n");
    let schema = repo.run(&["evidence", "schema", "sarif"]).exits(0);
    assert_eq!(
        parsed(&schema.stdout)["title"],
        "Facts of an item of kind sarif"
    );
    repo.run(&["evidence", "schema", "x"]).exits(2);
}

#[test]
fn a_file_that_was_away_comes_back_as_one_that_nobody_collected() {
    let repo = Repo::empty();
    repo.write("e/a.json", "{}");
    repo.run(&["seal", "e"])
        .exits(0)
        .says("new, not from a collector: 1\n");
    for (from, to) in [
        ("\"status\":\"ok\"", "\"status\":\"error\""),
        ("\"reason\":null", "\"reason\":\"answered 503\""),
        (
            "\"provenance\":null",
            "\"provenance\":{\"method\":\"pull\"}",
        ),
    ] {
        repo.edit("e/bundle.json", from, to);
    }
    let ran = repo.run(&["seal", "e"]).exits(0).says("answered 503");
    assert!(!ran.stdout.contains("new, not"), "{}", ran.stdout);
    fs::rename(repo.path("e/a.json"), repo.path("a.json")).unwrap();
    let ran = repo.run(&["seal", "e"]).exits(0).says("removed: a.json");
    assert!(!ran.stdout.contains("new, not"), "{}", ran.stdout);
    fs::rename(repo.path("a.json"), repo.path("e/a.json")).unwrap();
    let ran = repo.run(&["seal", "e"]).exits(0);
    assert!(!ran.stdout.contains("answered 503"), "{}", ran.stdout);
    ran.says("added: a.json\nnew, not from a collector: 1\n");
}
