//! The rules of docs/evidence/obligation-register.md and risk-register.md over registers
//! that are whole, overdue, silent, old or of tomorrow.

use crate::repo::{Ran, Repo};

const OBLIGATIONS: &str = include_str!("../../docs/evidence/obligation-register.md");
const RISKS: &str = include_str!("../../docs/evidence/risk-register.md");

const OBLIGATION: &str = r"schema: assize/obligation-register/v1
source: compliance
complete: true
as_of: 2026-11-20T09:00:00Z
obligations:
  - {id: OBL-1, title: t, authority: DORA, owner: o, effective_on: 2027-01-17, due_at: 2026-12-31,
     status: open, controls: [DORA:Art.9]}
";

const RISK: &str = r"schema: assize/risk-register/v1
source: risk control
complete: true
as_of: 2026-11-20T09:00:00Z
likelihood_max: 5
impact_max: 5
risks:
  - {id: RSK-1, title: t, owner: o, likelihood: 2, impact: 4, treatment: accept, status: open,
     review_by: 2027-02-01, accepted_at: 2026-10-12, accepted_by: [p], accepted_until: 2027-01-12}
";

/// Evaluates the rule of a page over a register, sealed and collected yesterday.
fn gate(page: &str, id: &str, register: &str) -> Ran {
    let repo = Repo::empty();
    let (_, after) = page.split_once("```rego\n").unwrap();
    let rule = after.split_once("```\n").unwrap().0;
    let policy = format!(
        "# METADATA\n# scope: package\n# title: The register\n# custom:\n#   id: deploy.register\n\
         #   severity: high\n#   requires: [{{evidence: {id}}}]\n\
         package gates.deploy.register\n\n{rule}"
    );
    repo.write("policies/gates/deploy/register.rego", &policy);
    repo.write(&format!("evidence/{id}.yaml"), register);
    repo.run(&["seal", "evidence"]).exits(0);
    let as_of = register
        .split_once("as_of: ")
        .unwrap()
        .1
        .lines()
        .next()
        .unwrap();
    let collected = r#""collected_at":"2026-11-22T09:00:00Z""#;
    let manifest = repo.read("evidence/bundle.json");
    let found = format!(r#""collected_at":"{as_of}""#);
    let manifest = manifest.replace(&found, collected);
    // What could not be read has no time of its own.
    let manifest = manifest.replace(r#""collected_at":null"#, collected);
    assert!(manifest.contains(collected), "{manifest}");
    repo.write("evidence/bundle.json", &manifest);
    repo.run(&["gate", "deploy", "--as-of", "2026-11-23T13:00:00Z"])
}

/// Each change of a register, the exit code that it leads to, and what is said.
fn judge(page: &str, id: &str, register: &str, changes: &[(&str, &str, i32, &str)]) {
    gate(page, id, register).exits(0);
    for (from, to, code, said) in changes {
        let changed = register.replace(from, to);
        assert_ne!(changed, register, "{from}");
        gate(page, id, &changed).exits(*code).says(said);
    }
}

#[test]
fn an_obligation_is_owned_dated_and_met() {
    let changes = [
        (
            "due_at: 2026-12-31",
            "due_at: 2026-11-23",
            1,
            "OBL-1 (DORA) was due",
        ),
        (
            "due_at: 2026-12-31,\n     status: open",
            "due_at: 2026-09-30, last_done_at: 2025-09-30,\n     status: satisfied",
            1,
            "OBL-1 (DORA) was due",
        ),
        (
            "due_at: 2026-12-31,\n     status: open",
            "due_at: 2026-09-30,\n     status: withdrawn",
            3,
            "there is no `reason`",
        ),
        (", controls: [DORA:Art.9]", "", 1, "and no control meets it"),
        (
            "status: open, controls: [DORA:Art.9]",
            "status: satisfied",
            1,
            "nothing shows it",
        ),
        ("owner: o, ", "", 3, "no whole register"),
        ("effective_on: 2027-01-17, ", "", 3, "no whole register"),
        ("due_at: 2026-12-31,", "", 3, "no whole register"),
        ("2026-11-20T09", "2026-10-20T09", 3, "no whole register"),
        (
            "2026-11-20T09:00:00Z",
            "2026-11-24T09:00:00Z",
            3,
            "observed in the future",
        ),
        (
            "complete: true",
            "complete: false",
            3,
            "says that it is not complete",
        ),
        ("status: open", "status: opened", 3, "is `opened`"),
    ];
    judge(OBLIGATIONS, "obligations", OBLIGATION, &changes);
}

#[test]
fn a_risk_is_owned_rated_reviewed_and_accepted_until_a_date() {
    let changes = [
        (
            "review_by: 2027-02-01",
            "review_by: 2026-11-23",
            1,
            "to be reviewed by",
        ),
        (
            "accepted_until: 2027-01-12",
            "accepted_until: 2026-11-01",
            1,
            "accepted until",
        ),
        (
            ", accepted_until: 2027-01-12",
            "",
            1,
            "nobody accepted RSK-1",
        ),
        (
            "accepted_by: [p]",
            "accepted_by: [O]",
            1,
            "nobody accepted RSK-1",
        ),
        ("impact: 4, ", "", 3, "no whole register"),
        ("owner: o, ", "", 3, "no whole register"),
        ("review_by: 2027-02-01, ", "", 3, "no whole register"),
        ("2026-11-20T09", "2026-10-20T09", 3, "no whole register"),
        (
            "2026-11-20T09:00:00Z",
            "2026-11-24T09:00:00Z",
            3,
            "observed in the future",
        ),
        (
            "complete: true",
            "complete: false",
            3,
            "says that it is not complete",
        ),
        (
            "impact: 4",
            "impact: 4, score: 9",
            3,
            "is not `likelihood` times `impact`",
        ),
    ];
    judge(RISKS, "risks", RISK, &changes);
}
