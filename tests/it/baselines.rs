//! Measured baselines as evidence, under the built command.

use crate::repo::{Ran, Repo};

const SAMPLE: &str = include_str!("../vectors/evidence/baselines/ok-two.json");

/// Evaluates the rule of the page on measured baselines over this evidence.
fn judged(evidence: &str) -> Ran {
    let page = include_str!("../../docs/evidence/baselines.md");
    let (_, rule) = page.split_once("```rego\n").unwrap();
    let (rule, _) = rule.split_once("```").unwrap();
    let head = "# METADATA\n# scope: package\n# title: Measured\n# custom:\n#   id: measured.latency\n\
                #   severity: high\n\
                #   requires: [{evidence: baselines, kind: baselines, max_age: 30d}]\n\
                package gates.measured.latency\n\n";
    let repo = Repo::empty();
    let in_force = include_str!("../../policies/baselines/data.json");
    repo.write("policies/baselines/data.json", in_force);
    repo.write(
        "policies/gates/measured/latency.rego",
        &format!("{head}{rule}"),
    );
    repo.write("measured/baselines.json", evidence);
    let at = "2026-11-23T13:00:00Z";
    repo.run(&["gate", "measured", "-e", "measured", "--as-of", at])
}

#[test]
fn a_measurement_is_held_against_the_baseline_in_force() {
    judged(SAMPLE).exits(0).says("ALLOW");
    judged(&SAMPLE.replace("\"value\": 107", "\"value\": 105"))
        .exits(1)
        .says("107 ms is in force, and 105 was measured");
}

#[test]
fn a_weak_measurement_is_inconclusive_and_says_why() {
    for (from, to, says) in [
        ("\"n\": 8640", "\"n\": 999", "cannot be relied on (n 999,"),
        ("\"coverage\": 0.987", "\"coverage\": 0.5", "coverage 0.5"),
        ("\"n\": 8640", "\"n\": null", "n-unsaid"),
        ("bob@example.com", "ADA@example.com ", "approved-by-maker"),
        ("sum by (le)", "sum by (le, pod)", "query-digest-differs"),
        ("\"unit\": \"ms\"", "\"unit\": \"s\"", "was not measured"),
        ("2027-02-23T00:00:00Z", "2026-11-23T12:30:00Z", "is stale"),
        ("2026-10-24T00:00:00Z", "2026-11-22T23:59:00Z", "60 s until"),
        (
            "\"metric\": \"coordination_latency\"",
            "\"metric\": \"coordination_latency \"",
            "has blanks at its ends",
        ),
        (
            "measured-baselines/v1",
            "baselines/v1",
            "is that of the data of policies",
        ),
    ] {
        let changed = SAMPLE.replace(from, to);
        assert_ne!(changed, SAMPLE);
        judged(&changed).exits(3).says(says);
    }
    // The document is new, and what was measured is not.
    let old = SAMPLE
        .replace("2026-10-24T00:00:00Z", "2024-10-24T00:00:00Z")
        .replace("2026-11-23T00:00:00Z", "2024-11-23T00:00:00Z")
        .replace("2026-11-23T00:05:00Z", "2024-11-23T00:05:00Z");
    judged(&old).exits(3).says("measured 2024-11-23T00:05:00Z");
    // One of two has expired: it is shown, and the rule says so.
    judged(&SAMPLE.replacen("2027-02-23T00:00:00Z", "2026-11-23T12:30:00Z", 1))
        .exits(3)
        .says("valid until 2026-11-23T12:30:00Z");
}
