//! The day in operations that ships with the twenty triggers.

use std::collections::BTreeMap;

use assize::json::{self, Limits};

use crate::repo::{Ran, Repo};

/// What is not clear.
const OPEN: [(&str, &str); 6] = [
    ("business.continuity", "unmeasured"),
    ("business.customer-sla-precision", "unmeasured"),
    ("compliance.predictive-detection", "unmeasured"),
    ("compliance.scanning-gaps", "fired"),
    ("operational.rollback-frequency", "fired"),
    ("sla.coordination-latency", "unknown"),
];

#[test]
fn two_have_fired_one_is_unknown_and_three_are_unmeasured() {
    let repo = Repo::sample();
    let ran = repo.run(&["triggers", "-o", "json"]).exits(0);
    let report = json::parse(ran.stdout.as_bytes(), Limits::EVIDENCE).unwrap();
    let triggers = report["triggers"].as_array().unwrap();
    assert_eq!(triggers.len(), 20);
    let open: BTreeMap<_, _> = triggers
        .iter()
        .map(|one| (one["id"].as_str().unwrap(), one["state"].as_str().unwrap()))
        .filter(|(_, state)| *state != "clear")
        .collect();
    assert_eq!(open, BTreeMap::from(OPEN));
    repo.run(&["triggers", "--exit-code", "-q"])
        .exits(1)
        .says("FIRED  2 fired, 1 unknown, 3 unmeasured, 14 clear");
    repo.run(&["verify"]).exits(0);
}

#[test]
fn the_cache_is_clear_by_points_and_would_fire_by_relative() {
    let repo = Repo::sample();
    repo.run(&["triggers", "-q"]).exits(0);
    repo.run(&["triggers", "explain", "sla.cache-hit-rate"])
        .exits(0)
        .says("CLEAR in record 0")
        .says("differs: would fire")
        .says("5.23 % below");
}

#[test]
fn evidence_that_is_gone_makes_its_triggers_unknown_and_never_clear() {
    let repo = Repo::sample();
    std::fs::remove_file(repo.path("evidence/operations/slo/cache-hit-rate.json")).unwrap();
    let ran = repo.run(&["triggers", "-o", "json"]).exits(0);
    let report = json::parse(ran.stdout.as_bytes(), Limits::EVIDENCE).unwrap();
    let cache = report["triggers"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["id"] == "sla.cache-hit-rate")
        .unwrap();
    assert_eq!(cache["state"], "unknown");
}

/// What `CDEvents` come to can be read by the rule of the kind `deployments`: it fires for
/// what is there, and is never clear, since no event says that it is the only one.
#[test]
fn the_rule_of_deployments_reads_events_of_continuous_delivery() {
    let rule = "policies/triggers/operational/rollback_frequency.rego";
    let event = |kind: &str, id: &str, at: &str| {
        format!(
            r#"{{"context":{{"specversion":"0.5.1","id":"{id}","source":"/cd","type":"dev.cdevents.service.{kind}.0.3.0","timestamp":"2026-11-{at}Z"}},"subject":{{"id":"registry","content":{{"environment":{{"id":"production"}},"artifactId":"pkg:oci/registry@1"}}}}}}"#
        )
    };
    let deployed = event("deployed", "d", "23T12:00:00");
    let (first, second) = (
        event("rolledback", "r1", "04T10:31:08"),
        event("rolledback", "r2", "14T10:31:08"),
    );
    for (events, expected) in [
        (vec![&deployed, &first, &second], "fired"),
        (vec![&deployed, &first, &first], "unknown"),
        (vec![&deployed], "unknown"),
    ] {
        let repo = Repo::sample();
        repo.edit(rule, "].facts if", "].facts.deployments if");
        repo.edit(
            rule,
            r#""events.deployments": "deployments""#,
            r#""events.deployments": "cdevents""#,
        );
        repo.edit(rule, "kind: deployments", "kind: cdevents");
        for file in ["events/deployments.json", "bundle.json"] {
            std::fs::remove_file(repo.path(&format!("evidence/operations/{file}"))).unwrap();
        }
        let lines: Vec<_> = events.iter().map(|event| event.as_str()).collect();
        repo.write(
            "evidence/operations/events/deployments.jsonl",
            &lines.join("\n"),
        );
        let ran = repo.run(&["triggers", "-o", "json"]).exits(0);
        let report = json::parse(ran.stdout.as_bytes(), Limits::EVIDENCE).unwrap();
        let mut triggers = report["triggers"].as_array().unwrap().iter();
        let trigger = triggers.find(|one| one["id"] == "operational.rollback-frequency");
        assert_eq!(trigger.unwrap()["state"], expected, "{lines:?}");
    }
}

/// Evaluates the rule of the page on `CDEvents` for one digest over these events, each
/// with its environment, what happened, and a digest or an outcome.
fn staged(events: &[(&str, &str, &str)]) -> Ran {
    let page = include_str!("../../docs/evidence/cdevents.md");
    let (_, rule) = page.split_once("```rego\n").unwrap();
    let (rule, _) = rule.split_once("```").unwrap();
    let head = "# METADATA\n# scope: package\n# title: Staged\n# custom:\n#   id: deploy.staged\n\
                #   severity: high\n#   requires: [{evidence: cd-events, kind: cdevents}]\n\
                package gates.deploy.staged\n\n";
    let repo = Repo::empty();
    repo.write(
        "policies/gates/deploy/staged.rego",
        &format!("{head}{rule}"),
    );
    let lines: Vec<_> = events
        .iter()
        .enumerate()
        .map(|(n, (at, kind, what))| {
            let content = if kind.starts_with("service") {
                let digest = what.repeat(64);
                format!(r#""artifactId":"pkg:oci/registry@sha256:{digest}""#)
            } else {
                format!(r#""outcome":"{what}","testSuite":{{"id":"smoke"}}"#)
            };
            format!(
                r#"{{"context":{{"specversion":"0.5.1","id":"{n}","source":"/cd","type":"dev.cdevents.{kind}.0.3.0","timestamp":"2026-11-23T12:{at}:00Z"}},"subject":{{"id":"registry","content":{{"environment":{{"id":"staging"}},{content}}}}}}}"#
            )
        })
        .collect();
    repo.write("evidence/cd-events.jsonl", &lines.join("\n"));
    let subject = format!("registry@sha256:{}", "d".repeat(64));
    repo.run(&["seal", "evidence", "--subject", &subject])
        .exits(0);
    repo.run(&["gate", "deploy", "--as-of", "2026-11-23T13:00:00Z"])
}

#[test]
fn a_smoke_test_is_that_of_what_was_last_deployed_to_staging() {
    let deployed = ("10", "service.deployed", "d");
    let passed = ("20", "testsuiterun.finished", "success");
    staged(&[deployed, passed]).exits(0).says("ALLOW");
    for (event, exit, says) in [
        (
            ("05", "testsuiterun.finished", "success"),
            3,
            "no smoke test has finished since",
        ),
        (
            ("10", "testsuiterun.finished", "success"),
            3,
            "no smoke test has finished since",
        ),
        (
            ("20", "testsuiterun.finished", "failure"),
            1,
            "the last smoke test",
        ),
    ] {
        staged(&[deployed, event]).exits(exit).says(says);
    }
    for later in [
        ("15", "service.rolledback", "e"),
        ("15", "service.rolledback", "d"),
        ("15", "service.removed", "d"),
        ("15", "service.upgraded", "e"),
        ("10", "service.deployed", "e"),
        ("25", "service.deployed", "e"),
    ] {
        staged(&[deployed, later, passed])
            .exits(1)
            .says("is not what was last deployed to staging");
    }
    staged(&[deployed, passed, ("20", "testsuiterun.finished", "failure")]).exits(1);
    staged(&[deployed, ("20", "testsuiterun.finished", "failure"), passed]).exits(1);
    let again = ("30", "service.deployed", "d");
    staged(&[deployed, passed, again]).exits(3);
}
