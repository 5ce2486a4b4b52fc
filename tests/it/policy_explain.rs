//! `assize policy explain` by the built command.

use assize::json::{self, Limits};

use crate::repo::Repo;

#[test]
fn a_rule_of_the_sample_is_explained_with_its_last_results() {
    let repo = Repo::sample();
    let id = "deploy.slo-availability";
    repo.run(&["policy", "explain", id])
        .exits(0)
        .says("results     none: there is no ledger");
    for _ in 0..3 {
        repo.run(&["gate", "--quiet"]).exits(0);
    }
    repo.run(&["policy", "explain", id, "--last", "2"])
        .exits(0)
        .says("Production is available")
        .says("requires    slo.availability  prometheus-matrix  at most 15m old  coverage at least 0.9")
        .says("evidence    slo.availability")
        .says("data        data.baselines.availability")
        .says("data        data.gates.deploy.thresholds.slo_availability")
        .says("uses        data.lib.counter.above")
        .says("tests       policies/gates/deploy/slo_availability_test.rego")
        .says("the last 2")
        .says("record 2 ")
        .says("record 1 ")
        .says("gate deploy  pass");
}

#[test]
fn the_json_holds_all_of_metadata_and_the_findings() {
    let repo = Repo::sample();
    repo.edit(
        "policies/gates/deploy/tests_green.rego",
        "#   severity: high\n",
        "#   severity: high\n#   owner: team-registry\n",
    );
    repo.run(&["gate", "--quiet"]).exits(0);
    let ran = repo
        .run(&[
            "policy",
            "explain",
            "gates.deploy.tests_green",
            "-o",
            "json",
        ])
        .exits(0);
    let value = json::parse(ran.stdout.as_bytes(), Limits::EVIDENCE).unwrap();
    assert_eq!(value["id"], "deploy.tests-green");
    assert_eq!(value["custom"]["owner"], "team-registry");
    assert_eq!(value["reads"]["evidence"][0], "tests.junit");
    assert_eq!(value["results"][0]["state"], "warn");
    let finding = value["results"][0]["findings"][0].as_str().unwrap();
    assert!(finding.contains("tests skipped"), "{finding}");
}

#[test]
fn what_is_not_there_is_said() {
    let repo = Repo::sample();
    repo.run(&["policy", "explain", "slo-availability"])
        .exits(2)
        .complains("there is no rule `slo-availability`; there is `deploy.slo-availability`")
        .complains("assize policy list");
    repo.run(&[
        "policy",
        "explain",
        "deploy.tests-green",
        "--ledger",
        "nowhere",
    ])
    .exits(2)
    .complains("there is no ledger at `nowhere`");
    repo.run(&["policy", "explain", "deploy.tests-green", "-o", "yaml"])
        .exits(2);
}
