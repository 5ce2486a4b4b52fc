//! GitHub that answers.

use super::*;

const REVIEWS: &str =
    "what = 'reviews'\nrepository = 'acme/registry'\nnumber = 'env://CHANGE_NUMBER'";
const CHECKS: &str =
    "what = 'check-runs'\nrepository = 'acme/registry'\ncommit = 'env://CHANGE_COMMIT'";
const DEPLOYMENTS: &str =
    "what = 'deployments'\nrepository = 'acme/registry'\nenvironment = 'production'";

fn review(id: usize) -> Value {
    json!({
        "id": id,
        "user": {"login": format!("dev-{id}"), "id": 1000 + id, "type": "User"},
        "state": "APPROVED",
        "commit_id": SHA,
        "submitted_at": "2026-11-22T11:00:00Z",
        "author_association": "MEMBER",
        "pull_request_url": "https://api.github.com/repos/acme/registry/pulls/12",
    })
}

fn run(id: usize) -> Value {
    json!({
        "id": id, "name": format!("check {id}"), "head_sha": SHA, "status": "completed",
        "conclusion": "success", "started_at": "2026-11-22T11:00:00Z",
        "completed_at": "2026-11-22T11:01:00Z", "check_suite": {"id": 5},
        "app": {"slug": "github-actions"},
    })
}

/// The commit of the first deployment.
const EARLIER: &str = "1111111111111111111111111111111111111111";

fn deployment(id: usize) -> Value {
    json!({
        "id": id, "sha": if id == 1 { EARLIER } else { SHA }, "ref": "main", "task": "deploy", "environment": "production",
        "creator": {"login": "dev-1", "id": 1, "type": "User"},
        "created_at": "2026-11-22T11:00:00Z",
        "statuses_url":
            format!("https://api.github.com/repos/acme/registry/deployments/{id}/statuses"),
    })
}

fn status_of(deployment: usize) -> String {
    let url = format!("https://api.github.com/repos/acme/registry/deployments/{deployment}");
    json!([{
        "id": 9000 + deployment, "state": "success", "created_at": "2026-11-22T11:05:00Z",
        "deployment_url": url,
    }])
    .to_string()
}

/// A page with the link to the next one, as GitHub writes it: on another path.
fn linked(request: &Request, (body, next): (String, Option<usize>)) -> String {
    let length = request.number("per_page", 30);
    let link = next.map(|next| {
        let url = &request.url;
        format!(
            "<{url}/repositories/7/list?per_page={length}&page=1>; rel=\"first\", <{url}/repositories/7/list?per_page={length}&page={next}>; rel=\"next\""
        )
    });
    let mut headers = vec![
        ("Server", "github.com"),
        ("X-GitHub-Enterprise-Version", "3.14.2"),
        ("Date", "Mon, 23 Nov 2026 13:00:00 GMT"),
    ];
    headers.extend(link.as_deref().map(|link| ("Link", link)));
    answer("200 OK", &headers, &body)
}

#[test]
fn reviews_are_read_to_the_last_page_and_the_manifest_says_how() {
    let repo = Repo::empty();
    let forge = forge(|request| {
        assert!(
            request
                .head
                .contains(&format!("authorization: bearer {TOKEN}"))
        );
        assert!(request.head.contains("accept: application/vnd.github+json"));
        assert!(request.head.contains("x-github-api-version: 2022-11-28"));
        linked(request, request.page(230, review))
    });
    collect(&repo, &forge.url, "github", REVIEWS)
        .exits(0)
        .says("ok         it  it");
    assert_eq!(
        forge.asked(),
        [
            "GET /repos/acme/registry/pulls/12/reviews?per_page=100 HTTP/1.1",
            "GET /repositories/7/list?per_page=100&page=2 HTTP/1.1",
            "GET /repositories/7/list?per_page=100&page=3 HTTP/1.1",
        ]
    );
    let text = repo.read("evidence/it.json");
    let lengths: Vec<_> = text
        .lines()
        .map(|page| page.matches("submitted_at").count())
        .collect();
    assert_eq!(lengths, [100, 100, 30]);
    let item = item(&repo, "it");
    assert_eq!(item["kind"], "github-reviews");
    assert_eq!(item["status"], "ok");
    let source = &item["source"];
    assert_eq!(source["uri"], forge.url.as_str());
    assert_eq!(
        source["request"],
        "GET /repos/acme/registry/pulls/12/reviews?per_page=100 (3 pages)"
    );
    assert_eq!(source["response_status"], 200);
    assert_eq!(source["server"], "GitHub Enterprise Server 3.14.2");
    assert!(source["clock_skew_s"].is_i64(), "{source}");
    let facts = facts(&repo, "evidence/it.json");
    assert_eq!(
        (&facts["reviews_count"], &facts["number"]),
        (&json!(230), &json!(12))
    );
}

#[test]
fn a_last_page_as_long_as_a_full_one_is_not_taken_for_the_end() {
    for (count, requests) in [
        (25, 2),
        (30, 2),
        (98, 1),
        (99, 2),
        (100, 2),
        (200, 3),
        (0, 1),
    ] {
        let repo = Repo::empty();
        let forge = forge(move |request| linked(request, request.page(count, review)));
        collect(&repo, &forge.url, "github", REVIEWS).exits(0);
        assert_eq!(forge.asked().len(), requests, "{count}");
        let status = if count == 0 { "empty" } else { "ok" };
        assert_eq!(item(&repo, "it")["status"], status, "{count}");
    }
    // Somebody between us took the links away: there was more.
    let repo = Repo::empty();
    let forge = forge(|request| {
        let (body, _) = request.page(230, review);
        answer("200 OK", &[], &body)
    });
    collect(&repo, &forge.url, "github", REVIEWS).exits(0);
    assert_eq!(facts(&repo, "evidence/it.json")["reviews_count"], 230);
}

#[test]
fn check_runs_are_those_of_the_commit_that_the_pipeline_names() {
    let repo = Repo::empty();
    let forge = forge(|request| {
        let (runs, next) = request.page(101, run);
        linked(
            request,
            (
                format!("{{\"total_count\": 101,\n\"check_runs\": {runs}\n}}"),
                next,
            ),
        )
    });
    collect(&repo, &forge.url, "github", CHECKS).exits(0);
    let item = item(&repo, "it");
    assert_eq!(
        item["source"]["request"],
        format!(
            "GET /repos/acme/registry/commits/{SHA}/check-runs?filter=all&per_page=100 (2 pages)"
        )
    );
    let facts = facts(&repo, "evidence/it.json");
    assert_eq!(
        (&facts["commit"], &facts["passed_count"]),
        (&json!(SHA), &json!(101))
    );
}

#[test]
fn check_runs_that_do_not_come_although_they_are_counted_are_missed() {
    let repo = Repo::empty();
    let forge = forge(|_| {
        let body = json!({"total_count": 2, "check_runs": [run(1)]});
        answer("200 OK", &[], &body.to_string())
    });
    collect(&repo, &forge.url, "github", CHECKS).exits(0);
    let item = item(&repo, "it");
    assert_eq!(
        (&item["status"], &item["reason"]),
        (&json!("partial"), &json!("1 of 2 runs are not here"))
    );
}

#[test]
fn deployments_come_with_their_statuses_however_many_there_are() {
    for (count, length) in [(2, 100), (30, 29), (100, 99)] {
        let repo = Repo::empty();
        let forge = forge(
            move |request| match request.path.strip_suffix("/statuses") {
                Some(path) => {
                    let id = path.rsplit('/').next().unwrap().parse().unwrap();
                    answer("200 OK", &[], &status_of(id))
                }
                None => linked(request, request.page(count, deployment)),
            },
        );
        collect(&repo, &forge.url, "github", DEPLOYMENTS).exits(0);
        let item = item(&repo, "it");
        assert_eq!(item["status"], "ok", "{count}: {item:#}");
        let request = item["source"]["request"].as_str().unwrap();
        let list = format!(
            "GET /repos/acme/registry/deployments?environment=production&per_page={length}"
        );
        assert!(request.starts_with(&list), "{request}");
        let facts = facts(&repo, "evidence/it.json");
        assert_eq!(facts["passed_count"], count);
        assert_eq!(facts["environments"][0]["current_commit"], SHA);
    }
}

#[test]
fn a_pull_request_is_one_document() {
    let repo = Repo::empty();
    let sample = include_str!("../../../vectors/evidence/github-pull-request/ok-merged.json");
    let forge = forge(move |_| answer("200 OK", &[], sample));
    let settings = "what = 'pull-request'\nrepository = 'acme/registry'\nnumber = 12";
    collect(&repo, &forge.url, "github", settings).exits(0);
    assert_eq!(repo.read("evidence/it.json"), sample);
    assert_eq!(
        forge.asked(),
        ["GET /repos/acme/registry/pulls/12 HTTP/1.1"]
    );
    assert_eq!(item(&repo, "it")["kind"], "github-pull-request");
}
