//! Contracts: evidence that a run demands besides what its rules require.

use std::fs;

use assize::json::{self, Limits, Value};

use crate::repo::{Ran, Repo};

/// A contract with one item a line.
fn contract(items: &[&str]) -> String {
    let items: Vec<_> = items
        .iter()
        .map(|item| format!("  - {{{item}}}\n"))
        .collect();
    format!("schema: assize/contract/v1\nitems:\n{}", items.concat())
}

/// The sample with a contract for its gate.
fn sample(items: &[&str]) -> Repo {
    let repo = Repo::sample();
    repo.write("contracts/deploy.yaml", &contract(items));
    repo
}

fn document(ran: &Ran) -> Value {
    let report = json::parse(ran.stdout.as_bytes(), Limits::EVIDENCE).unwrap();
    report["decision"].clone()
}

fn digests(repo: &Repo) -> Value {
    let shown = repo.run(&["log", "show", "--document", "payload"]).exits(0);
    let payload = json::parse(shown.stdout.as_bytes(), Limits::AUTHORED).unwrap();
    payload["predicate"]["digests"].clone()
}

#[test]
fn what_is_demanded_and_not_there_is_never_allowed() {
    let repo = sample(&[
        "evidence: scan.sbom, kind: cyclonedx",
        "evidence: tests.junit, max_age: 1h",
        "evidence: slo.availability, kind: prometheus-matrix, min_coverage: 0.5",
    ]);
    repo.run(&["gate"])
        .exits(3)
        .says("contract  contracts/deploy.yaml, 3 items")
        .says("CONTRACT NOT MET (2 of 3)")
        .says("evidence `scan.sbom` is missing")
        .says("`tests.junit` is stale: 8190 s old, at most 1h allowed")
        .says("INCONCLUSIVE  11 pass, 1 warn, 1 waived");
    repo.run(&["log", "show"])
        .exits(0)
        .says("contract       evidence `scan.sbom` is missing");
    repo.run(&["verify"]).exits(0);
    // Advice bends the exit code, and says so; it makes nothing of what is not there.
    repo.run(&["gate", "--advisory"])
        .exits(0)
        .says("INCONCLUSIVE");

    let decision = document(&repo.run(&["gate", "-o", "json"]).exits(3));
    assert_eq!(decision["verdict"], "inconclusive");
    let demands = decision["contract"].as_array().unwrap();
    let unmet: Vec<_> = demands
        .iter()
        .map(|demand| {
            let id = demand["evidence"]["id"].as_str().unwrap();
            (id, demand["unmet"].as_array().unwrap().len())
        })
        .collect();
    assert_eq!(
        unmet,
        [
            ("scan.sbom", 1),
            ("slo.availability", 0),
            ("tests.junit", 1)
        ]
    );
}

#[test]
fn a_met_contract_is_bound_in_the_record() {
    let repo = Repo::sample();
    repo.run(&["gate"]).exits(0);
    assert_eq!(digests(&repo).get("contract"), None);
    let decision = document(&repo.run(&["gate", "-o", "json"]).exits(0));
    assert_eq!(decision.get("contract"), None);
    assert_eq!(decision["digests"].get("contract"), None);

    let text = contract(&[
        "evidence: scan.sbom, optional: true",
        "evidence: tests.junit",
    ]);
    repo.write("contracts/deploy.yaml", &text);
    repo.run(&["gate"])
        .exits(0)
        .says("contract  contracts/deploy.yaml, 2 items");
    let kept = repo
        .run(&["log", "show", "--document", "contract"])
        .exits(0);
    assert_eq!(kept.stdout, text);
    let bound = digests(&repo)["contract"].as_str().unwrap().to_owned();
    repo.run(&["verify"]).exits(0);
    let blob = format!(".assize/ledger/blob/sha256/{}/{bound}", &bound[..2]);
    fs::remove_file(repo.path(&blob)).unwrap();
    repo.run(&["verify"]).exits(1).says("contract");
}

#[test]
fn a_contract_loosens_nothing() {
    let repo = sample(&["evidence: tests.junit, max_age: 100d, optional: true"]);
    fs::remove_file(repo.path("evidence/release/tests/junit.xml")).unwrap();
    repo.run(&["gate"])
        .exits(3)
        .says("evidence `tests.junit` is missing");
}

#[test]
fn what_can_be_misunderstood_is_refused() {
    let repo = sample(&["evidence: tests.junit, kind: sarif"]);
    repo.run(&["gate"])
        .exits(2)
        .complains("`tests.junit` cannot be both junit-xml, as `deploy.artifact-tested-and-scanned` wants, and sarif, as the contract wants");
    repo.write(
        "contracts/deploy.yaml",
        "schema: assize/contract/v1\nitem: []\n",
    );
    repo.run(&["gate"])
        .exits(2)
        .complains("`contracts/deploy.yaml`: unknown field `item`")
        .complains("docs/contracts.md");
    repo.write(
        "contracts/deploy.yaml",
        &contract(&["evidence: a", "evidence: a"]),
    );
    repo.run(&["gate"])
        .exits(2)
        .complains("`items[1].evidence`: `a` occurs twice");
    // No verdict, no record.
    assert!(!repo.path(".assize/ledger/records.intoto.jsonl").exists());
}

#[test]
fn a_contract_that_would_bind_nobody_is_reported() {
    let repo = Repo::sample();
    repo.write("contracts/delpoy.yaml", &contract(&["evidence: scan.sbom"]));
    for args in [&["gate"][..], &["triggers"], &["readiness"]] {
        repo.run(args)
            .exits(2)
            .complains("contract `contracts/delpoy.yaml` is for nothing that there is")
            .complains("`deploy.yaml`, `readiness.yaml`, `triggers.yaml`");
    }
    // Somebody else's folder of that name.
    fs::remove_file(repo.path("contracts/delpoy.yaml")).unwrap();
    repo.write("contracts/token.json", "{\"abi\": []}");
    repo.run(&["gate"]).exits(0);

    repo.edit(
        "assize.toml",
        "policies = ",
        "contracts = \"evidence-contracts\"\npolicies = ",
    );
    repo.run(&["gate"]).exits(2).complains("evidence-contracts");
    repo.write(
        "evidence-contracts/deploy.yaml",
        &contract(&["evidence: scan.sbom"]),
    );
    repo.run(&["gate"]).exits(3).says("scan.sbom");
}

#[test]
fn a_contract_given_by_hand_is_in_the_record() {
    let repo = sample(&["evidence: scan.sbom"]);
    repo.write("mine.yaml", &contract(&["evidence: tests.junit"]));
    repo.run(&["gate", "--contract", "mine.yaml"])
        .exits(0)
        .says("contract  mine.yaml, 1 item");
    repo.run(&["log", "show"])
        .exits(0)
        .says("{\"flag\":\"--contract\",\"kind\":\"override\",\"value\":\"mine.yaml\"}");
    repo.run(&["gate", "--contract", "none.yaml"])
        .exits(2)
        .complains("none.yaml");
    repo.run(&[
        "gate",
        "-n",
        "gates.deploy.*",
        "--contract",
        "contracts/deploy.yaml",
    ])
    .exits(3)
    .says("scan.sbom");
    repo.write("main.tf", "locals {}\n");
    repo.run(&[
        "gate",
        "-p",
        "policies",
        "main.tf",
        "--contract",
        "mine.yaml",
    ])
    .exits(2)
    .complains("files are none");
}

#[test]
fn triggers_and_readiness_have_contracts_too() {
    let repo = Repo::sample();
    let text = contract(&["evidence: traces.checkout, kind: otlp-traces"]);
    repo.write("contracts/triggers.yaml", &text);
    repo.write("contracts/readiness.yaml", &text);
    repo.run(&["gate"]).exits(0);
    for format in ["text", "markdown", "html"] {
        repo.run(&["triggers", "-o", format])
            .exits(0)
            .says("the contract is not met: evidence ")
            .says("traces.checkout");
    }
    for args in [&["readiness"][..], &["readiness", "phase5"]] {
        repo.run(args)
            .says("contract  evidence `traces.checkout` is missing");
    }
}

#[test]
fn completeness_counts_what_meets_its_requirements() {
    let repo = Repo::sample();
    let counts = |repo: &Repo, code| {
        document(&repo.run(&["gate", "-o", "json"]).exits(code))["completeness"].clone()
    };
    let counted = |required: u64, [automated, declared, unstated]: [u64; 3]| {
        json::json!({
            "required": required,
            "present": automated + declared + unstated,
            "automated": automated,
            "declared": declared,
            "unstated": unstated,
            "automated_ppm": automated * 1_000_000 / required,
        })
    };
    assert_eq!(counts(&repo, 0), counted(11, [10, 1, 0]));
    // Demanded and missing, demanded and stale; what may be missing is not required.
    repo.write(
        "contracts/deploy.yaml",
        &contract(&[
            "evidence: scan.sbom",
            "evidence: tests.junit, max_age: 1h",
            "evidence: scan.licences, optional: true",
        ]),
    );
    assert_eq!(counts(&repo, 3), counted(12, [9, 1, 0]));
    repo.run(&["gate"])
        .exits(3)
        .says("complete  10 of 12 required items usable; 9 automated (75.0 %), 1 declared");

    // Without its manifest nobody says how it came, and what it is about: no automation is claimed, but declarations stay what they are.
    fs::remove_dir_all(repo.path("contracts")).unwrap();
    fs::remove_file(repo.path("evidence/release/bundle.json")).unwrap();
    let unsealed = counts(&repo, 1);
    assert_eq!(
        (&unsealed["automated"], &unsealed["declared"]),
        (&0.into(), &1.into())
    );
    assert_eq!(unsealed["automated_ppm"], 0);
    assert!(unsealed["unstated"].as_u64() > Some(0), "{unsealed}");
}
