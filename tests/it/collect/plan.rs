//! `assize collect --plan`: what runs need, what is there, and what collects it.

use std::fs;

use assize::json::{self, Limits, Value};

use super::AS_OF;
use crate::repo::{Ran, Repo};

const RULE: &str = r#"# METADATA
# scope: package
# title: The tests passed
# custom:
#   id: deploy.tests
#   severity: high
#   requires:
#     - {evidence: tests.unit, kind: junit-xml, max_age: 1d}
#     - {evidence: slo.latency, kind: prometheus-matrix}
#     - {evidence: notes, optional: true}
package gates.deploy.tests

deny contains "tests failed" if input.evidence["tests.unit"].facts.failures > 0
"#;

const SETTINGS: &str = r#"
[server.metrics]
url = "http://127.0.0.1:1"

[gate.deploy]
evidence = "evidence"

[collect.latency]
from = "prometheus"
server = "metrics"
query = "latency"
window = "1h"
step = "15s"
evidence = "evidence"
path = "slo/latency.json"

[collect.nobody]
from = "command"
run = ["true"]
evidence = "elsewhere"
"#;

fn repo() -> Repo {
    let repo = Repo::empty();
    repo.write("policies/gates/deploy/tests.rego", RULE);
    repo.write(
        "contracts/deploy.yaml",
        "schema: assize/contract/v1\nitems:\n  - {evidence: scan.sbom, kind: cyclonedx}\n",
    );
    repo.write("assize.toml", SETTINGS);
    repo
}

fn plan(repo: &Repo) -> Ran {
    repo.run(&["collect", "--plan", "--as-of", AS_OF])
}

fn value(ran: &Ran) -> Value {
    json::parse(ran.stdout.as_bytes(), Limits::EVIDENCE).unwrap()
}

#[test]
fn what_is_missing_is_seen_before_anything_is_collected() {
    let repo = repo();
    let shown = plan(&repo).exits(3).stdout;
    assert_eq!(
        shown,
        "deploy  0 of 3 required items usable in evidence\n\
        \x20 absent    notes  optional\n\
        \x20           for `deploy.tests`\n\
        \x20           no source in the settings\n\
        \x20 missing   scan.sbom  cyclonedx\n\
        \x20           evidence `scan.sbom` is missing\n\
        \x20           for the contract\n\
        \x20           no source in the settings\n\
        \x20 missing   slo.latency  prometheus-matrix\n\
        \x20           evidence `slo.latency` is missing\n\
        \x20           for `deploy.tests`\n\
        \x20           from [collect.latency]\n\
        \x20 missing   tests.unit  junit-xml  at most 1d old\n\
        \x20           evidence `tests.unit` is missing\n\
        \x20           for `deploy.tests`\n\
        \x20           no source in the settings\n\
        \n\
        nothing needs what these give: nobody\n"
    );
    // Nothing was asked, and nothing written.
    assert!(!repo.path("evidence").exists());
    assert!(!repo.path(".assize").exists());
}

#[test]
fn what_is_there_is_held_against_what_is_asked() {
    let repo = repo();
    repo.write("evidence/tests/unit.xml", "<testsuites/>");
    repo.write("evidence/scan/sbom.json", "{}");
    let report = value(
        &repo
            .run(&["collect", "--plan", "--as-of", AS_OF, "-o", "json"])
            .exits(3),
    );
    assert_eq!(report["schema"], "assize/collect-plan/v1");
    let run = &report["runs"][0];
    assert_eq!(run["name"], "deploy");
    assert_eq!((&run["required"], &run["usable"]), (&3.into(), &0.into()));
    let states: Vec<_> = run["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            let id = item["requires"]["evidence"].as_str().unwrap();
            (id, item["state"].as_str().unwrap(), item["source"].as_str())
        })
        .collect();
    assert_eq!(
        states,
        [
            ("notes", "absent", None),
            ("scan.sbom", "unusable", None),
            ("slo.latency", "missing", Some("latency")),
            ("tests.unit", "unusable", None),
        ]
    );
    plan(&repo)
        .exits(3)
        .says("evidence `scan.sbom` is json, not cyclonedx")
        .says("evidence `tests.unit` is empty");

    repo.write(
        "evidence/tests/unit.xml",
        r#"<testsuites><testsuite name="s" timestamp="2026-11-23T12:00:00Z"><testcase name="t"/></testsuite></testsuites>"#,
    );
    repo.write(
        "evidence/scan/sbom.json",
        r#"{"bomFormat":"CycloneDX","specVersion":"1.6","metadata":{"timestamp":"2026-11-23T12:00:00Z"},"components":[{"type":"library","name":"a","version":"1"}]}"#,
    );
    repo.write(
        "evidence/slo/latency.json",
        r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1795438770,"1"]]}]}}"#,
    );
    plan(&repo)
        .exits(0)
        .says("deploy  3 of 3 required items usable in evidence\n")
        .says("from [collect.latency]");
    // Sealed and changed since: a gate would not allow.
    repo.run(&["seal", "evidence"]).exits(0);
    fs::write(repo.path("evidence/scan/sbom.json"), "{}").unwrap();
    plan(&repo).exits(3).says("scan/sbom.json");
}

#[test]
fn names_of_nothing_are_refused() {
    let repo = repo();
    repo.run(&["collect", "--plan", "--for", "deploi"])
        .exits(2)
        .complains("--for `deploi`: the policies have rules for deploy\n");
    repo.run(&["collect", "--plan", "-o", "yaml"])
        .exits(2)
        .complains("expected text or json");
    repo.run(&["collect", "--for", "deploy"]).exits(2);
    repo.run(&["collect", "--plan", "--only", "latency"])
        .exits(2);
}
