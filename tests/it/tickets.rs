//! One rule over changes, that of docs/evidence/change-tickets.md, over what `ServiceNow`
//! and Jira answer, with what their pages say must be known.

use crate::repo::{Ran, Repo};

const RULE: &str = include_str!("../../docs/evidence/change-tickets.md");
const SERVICENOW: &str = include_str!("../../docs/evidence/servicenow-changes.md");
const JIRA: &str = include_str!("../../docs/evidence/jira-issues.md");

/// The first Rego of a page.
fn rego(page: &str) -> &str {
    let (_, after) = page.split_once("```rego\n").unwrap();
    after.split_once("```\n").unwrap().0
}

/// Evaluates the rule over the sample at `path`, with what `page` calls known.
fn gate(page: &str, path: &str) -> Ran {
    let repo = Repo::empty();
    let (rule, _) = rego(RULE).split_once("known if {").unwrap();
    let policy = format!(
        "# METADATA\n# scope: package\n# title: Changes are approved\n# custom:\n\
         #   id: deploy.changes\n#   severity: high\n#   requires: [{{evidence: changes}}]\n\
         package gates.deploy.changes\n\n{rule}{}",
        // The page's own rule begins with the import that `rule` has already.
        rego(page).replace("import data.lib.text\n", ""),
    );
    repo.write("policies/gates/deploy/changes.rego", &policy);
    let names = include_str!("../../policies/lib/text.rego");
    repo.write("policies/lib/text.rego", names);
    let vectors = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/evidence");
    let answer = std::fs::read_to_string(format!("{vectors}/{path}")).unwrap();
    repo.write("evidence/changes.json", &answer);
    repo.run(&["seal", "evidence"]).exits(0);
    let collected = r#""collected_at":"2026-11-23T12:55:00Z""#;
    repo.edit("evidence/bundle.json", r#""collected_at":null"#, collected);
    repo.run(&["gate", "deploy", "--as-of", "2026-11-23T13:00:00Z"])
}

#[test]
fn one_rule_reads_what_service_now_and_jira_answer() {
    let denied = |ran: &Ran| {
        let lines = ran.stdout.lines();
        let denied = lines.filter_map(|line| line.trim().strip_prefix("deny "));
        let ids = denied.filter_map(|line| line.split_whitespace().next());
        ids.map(str::to_owned).collect::<Vec<_>>()
    };
    // By its requester; begun before; against a rejection; by whom opened it.
    let ran = gate(SERVICENOW, "servicenow-changes/ok-with-approvals.jsonl").exits(1);
    let ids = ["CHG0030002", "CHG0030006", "CHG0030008", "CHG0030009"];
    assert_eq!(denied(&ran), ids);
    // Taken back; by its reporter; by nobody; not at all.
    let ran = gate(JIRA, "jira-issues/ok-ways.json").exits(1);
    assert_eq!(denied(&ran), ["CHG-2", "CHG-3", "CHG-4", "CHG-9"]);

    // By its requester; the other approved when all was over.
    let ran = gate(SERVICENOW, "servicenow-changes/ok-approved-late.jsonl").exits(1);
    assert_eq!(denied(&ran), ["CHG0030001"]);
    // By the requester, whose id has a blank at its end.
    let ran = gate(SERVICENOW, "servicenow-changes/ok-ids-with-blanks.jsonl").exits(1);
    assert_eq!(denied(&ran), ["CHG0030001"]);
    // Begun when it was created; approved by nobody; taken back; over twice.
    let ran = gate(JIRA, "jira-issues/ok-from-the-beginning.json").exits(1);
    let ids = [
        "CHG-1", "CHG-10", "CHG-11", "CHG-2", "CHG-3", "CHG-5", "CHG-6", "CHG-7", "CHG-8",
    ];
    assert_eq!(denied(&ran), ids);

    gate(SERVICENOW, "servicenow-changes/ok-both-values.jsonl").exits(0);
    gate(JIRA, "jira-issues/ok-search.json").exits(0);
    gate(JIRA, "jira-issues/ok-by-token-chained.jsonl").exits(0);
}

#[test]
fn an_answer_of_service_now_that_leaves_something_out_is_inconclusive() {
    for (sample, said) in [
        ("ok-approvers-unknown.json", "says by whom"),
        ("ok-a-full-page.jsonl", "another page of change requests"),
        (
            "ok-nobody-says-how-many.jsonl",
            "another page of change requests",
        ),
        ("ok-total-is-more.jsonl", "the server found 15"),
        ("ok-few-fields.jsonl", "`approval` was not asked for"),
        ("ok-cut-off.jsonl", "reports an error"),
        (
            "ok-approvals-in-doubt.jsonl",
            "approved before anybody who was asked",
        ),
        ("ok-approvals-in-doubt.jsonl", "nobody stands by it"),
        ("ok-close-codes.jsonl", "no known close code"),
        ("ok-ended-and-not-begun.jsonl", "nobody says when"),
        ("bad-display-values.json", "sysparm_display_value"),
        ("bad-another-class.jsonl", "only `change_request` is read"),
        ("bad-sys-id-twice.jsonl", "is there twice"),
    ] {
        gate(SERVICENOW, &format!("servicenow-changes/{sample}"))
            .exits(3)
            .says(said);
    }
}

#[test]
fn an_answer_of_jira_that_leaves_something_out_is_inconclusive() {
    for (sample, said) in [
        ("ok-by-token-unfinished.json", "there is another page"),
        ("ok-by-token.jsonl", "with which token"),
        ("ok-by-token-one-missing.jsonl", "with another token"),
        ("ok-by-token-not-the-first.jsonl", "with another token"),
        (
            "ok-approvals-of-service-management.json",
            "Service Management are not read",
        ),
        (
            "ok-names-of-another-language.json",
            "by another name than `status`",
        ),
        ("ok-first-page-only.json", "found 120 issues"),
        ("ok-no-changelog.json", "no changelog says"),
        ("ok-none.json", "no change was found"),
        ("ok-approved-by-an-app.json", "approved by an app"),
        (
            "ok-over-once-and-nobody-says-how.json",
            "no resolution says how",
        ),
        ("ok-begun-and-undated.json", "nobody says when"),
        (
            "ok-told-by-different-fields.json",
            "told apart by different fields",
        ),
    ] {
        gate(JIRA, &format!("jira-issues/{sample}"))
            .exits(3)
            .says(said);
    }
}

#[test]
fn what_one_system_calls_known_is_not_known_of_another() {
    gate(JIRA, "servicenow-changes/ok-both-values.jsonl")
        .exits(3)
        .says("nobody says");
    gate(RULE, "jira-issues/ok-search.json")
        .exits(3)
        .says("nobody says");
}
