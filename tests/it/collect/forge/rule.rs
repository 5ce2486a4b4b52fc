//! The rule of the page on pull requests, with the settings of the page.

use super::*;

const PAGE: &str = include_str!("../../../../docs/evidence/github-pull-request.md");
const OTHER: &str = "1111111111111111111111111111111111111111";

/// The block of `language` below the heading of the rule over all three.
fn block(language: &str) -> &'static str {
    let (_, section) = PAGE.split_once("## A rule over a change").unwrap();
    let (_, rest) = section.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0
}

/// What GitHub knows.
#[derive(Clone)]
struct Known {
    /// The accounts of those who approved, and which commit.
    approvals: Vec<(u64, &'static str)>,
    /// The app that made the checks.
    app: &'static str,
    /// Where the checks are.
    repository: &'static str,
    /// The names of checks and their conclusions.
    checks: Vec<(&'static str, Option<&'static str>)>,
    /// How many checks there are.
    total: usize,
    /// The commit that is the head of the pull request.
    head: &'static str,
    /// What the reviews are answered with.
    status: &'static str,
}

fn good() -> Known {
    Known {
        approvals: vec![(2, SHA)],
        checks: vec![("build", Some("success")), ("test", Some("success"))],
        app: "github-actions",
        repository: "acme/registry",
        total: 2,
        head: SHA,
        status: "200 OK",
    }
}

fn person(account: u64) -> Value {
    json!({"login": format!("dev-{account}"), "id": account, "type": "User"})
}

fn respond(known: &Known, request: &Request) -> String {
    if request.path.ends_with("/reviews") {
        let review = |(nth, (account, commit)): (usize, &(u64, &str))| {
            json!({
                "id": nth, "user": person(*account), "state": "APPROVED", "commit_id": commit,
                "submitted_at": "2026-11-22T11:00:00Z", "author_association": "MEMBER",
                "pull_request_url": "https://api.github.com/repos/acme/registry/pulls/12",
            })
        };
        let reviews: Vec<_> = known.approvals.iter().enumerate().map(review).collect();
        return answer(known.status, &[], &Value::Array(reviews).to_string());
    }
    if request.path.ends_with("/check-runs") {
        let run = |(nth, (name, conclusion)): (usize, &(&str, Option<&str>))| {
            let status = if conclusion.is_some() {
                "completed"
            } else {
                "in_progress"
            };
            json!({
                "id": nth, "name": name, "head_sha": SHA, "status": status,
                "conclusion": conclusion, "started_at": "2026-11-22T11:00:00Z",
                "completed_at": null, "check_suite": {"id": 5}, "app": {"slug": known.app},
                "url": format!("https://api.github.com/repos/{}/check-runs/{nth}", known.repository),
            })
        };
        let runs: Vec<_> = known.checks.iter().enumerate().map(run).collect();
        let page = json!({"total_count": known.total, "check_runs": runs});
        return answer("200 OK", &[], &page.to_string());
    }
    let repository = json!({"full_name": "acme/registry"});
    let pull = json!({
        "number": 12, "state": "open", "draft": false, "merged": false, "merged_at": null,
        "title": "Retry reads", "user": person(1), "merge_commit_sha": OTHER, "merged_by": null,
        "created_at": "2026-11-22T10:00:00Z", "updated_at": "2026-11-22T11:00:00Z",
        "head": {"sha": known.head, "ref": "retry", "repo": repository},
        "base": {"sha": OTHER, "ref": "main", "repo": repository},
    });
    answer("200 OK", &[], &pull.to_string())
}

/// Collects and asks the gate.
fn gate(known: Known) -> Ran {
    let repo = Repo::empty();
    let forge = forge(move |request| respond(&known, request));
    let settings = block("toml").replace("https://api.github.com", &forge.url);
    repo.write(
        "assize.toml",
        &format!("evidence = 'evidence'\n[gate.deploy]\nevidence = 'evidence'\n{settings}"),
    );
    repo.write(
        "policies/gates/deploy/change_approved_and_checked.rego",
        block("rego"),
    );
    let mut command = repo.command(&["collect"]);
    command
        .env("GITHUB_TOKEN", TOKEN)
        .env("GITHUB_REPOSITORY", "acme/registry")
        .env("PR_NUMBER", "12")
        .env("PR_HEAD", SHA);
    let collected = Ran::of(&command.output().unwrap());
    assert!(matches!(collected.code, 0 | 3), "{collected:?}");
    repo.run(&["gate", "deploy"])
}

#[test]
fn a_change_that_another_approved_and_that_was_checked_goes_through() {
    gate(good()).exits(0);
}

#[test]
fn a_change_that_is_known_not_to_be_good_is_denied() {
    let denied = |change: fn(&mut Known), told: &str| {
        let mut known = good();
        change(&mut known);
        gate(known).exits(1).says(told);
    };
    denied(
        |known| known.approvals = vec![(1, SHA)],
        "nobody but the author",
    );
    denied(
        |known| known.approvals = vec![(2, OTHER)],
        "nobody but the author",
    );
    denied(
        |known| known.checks[1].1 = Some("failure"),
        "the check test is failed",
    );
    denied(
        |known| known.checks[0].1 = Some("skipped"),
        "the check build is skipped",
    );
}

#[test]
fn doubt_is_inconclusive() {
    let doubted = |change: fn(&mut Known), told: &str| {
        let mut known = good();
        change(&mut known);
        gate(known).exits(3).says(told);
    };
    doubted(
        |known| known.checks[1].1 = None,
        "the check test has not run to its end",
    );
    doubted(
        |known| {
            known.checks.pop();
            known.total = 1;
        },
        "the check test has not run to its end",
    );
    // Anybody's app may name its checks as ours do.
    doubted(
        |known| known.app = "stranger",
        "the check build has not run to its end",
    );
    doubted(
        |known| known.repository = "other/registry",
        "not of one change",
    );
    doubted(|known| known.total = 3, "1 of 3 runs are not here");
    doubted(|known| known.head = OTHER, "not of one change");
    doubted(|known| known.approvals.clear(), "nobody reviewed");
    doubted(|known| known.status = "404 Not Found", "answered 404");
}
