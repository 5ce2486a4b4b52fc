//! The day in operations that ships with the twenty triggers.

use std::collections::BTreeMap;

use assize::json::{self, Limits};

use crate::repo::Repo;

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
