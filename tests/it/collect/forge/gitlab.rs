//! GitLab that answers.

use super::*;

const JOBS: &str = "what = 'pipeline-jobs'\nproject = 'acme/platform/registry'\npipeline = 46";
const PIPELINE: &str = "/api/v4/projects/acme%2Fplatform%2Fregistry/pipelines/46";

fn job(id: usize) -> Value {
    json!({
        "id": id, "name": format!("job {id}"), "stage": "test", "status": "success",
        "allow_failure": false, "pipeline": {"id": 46, "sha": SHA, "ref": "main"},
        "started_at": "2026-11-22T11:00:00Z", "finished_at": "2026-11-22T11:01:00Z",
    })
}

fn trigger_job(id: usize) -> Value {
    let mut job = job(10_000 + id);
    job["downstream_pipeline"] = json!({"id": 47, "status": "failed"});
    job
}

fn deployment(id: usize) -> Value {
    json!({
        "id": id, "iid": id, "sha": SHA, "ref": "main", "status": "success", "deployable": null,
        "environment": {"id": 1, "name": "production"}, "user": null,
        "created_at": "2026-11-22T11:00:00Z", "updated_at": "2026-11-22T11:01:00Z",
    })
}

/// A page with the number of the next, as GitLab writes it.
fn numbered((body, next): (String, Option<usize>)) -> String {
    let next = next.map(|next| next.to_string()).unwrap_or_default();
    answer(
        "200 OK",
        &[("X-Next-Page", &next), ("Server", "nginx")],
        &body,
    )
}

fn version(request: &Request) -> Option<String> {
    (request.path == "/api/v4/version").then(|| {
        answer(
            "200 OK",
            &[],
            "{\"version\":\"18.4.1-ee\",\"revision\":\"a\"}",
        )
    })
}

fn missing() -> String {
    answer("404 Not Found", &[], "{\"error\":\"404 Not Found\"}")
}

#[test]
fn jobs_are_read_with_what_the_pipeline_starts_elsewhere() {
    for (trigger_jobs, name) in [(true, "trigger_jobs"), (false, "bridges")] {
        let repo = Repo::empty();
        let forge = forge(move |request| {
            if let Some(version) = version(request) {
                return version;
            }
            match request.path.strip_prefix(PIPELINE).unwrap() {
                "/jobs" => numbered(request.page(130, job)),
                "/trigger_jobs" if trigger_jobs => numbered(request.page(1, trigger_job)),
                "/bridges" => numbered(request.page(1, trigger_job)),
                _ => missing(),
            }
        });
        collect(&repo, &forge.url, "gitlab", JOBS).exits(0);
        let item = item(&repo, "it");
        assert_eq!(item["status"], "ok", "{item:#}");
        assert_eq!(
            item["source"]["request"],
            format!(
                "GET {PIPELINE}/jobs?per_page=100 (2 pages), GET {PIPELINE}/{name}?per_page=100"
            )
        );
        assert_eq!(item["source"]["server"], "GitLab 18.4.1-ee");
        let facts = facts(&repo, "evidence/it.json");
        assert_eq!(
            (&facts["passed_count"], &facts["failed_count"]),
            (&json!(130), &json!(1))
        );
    }
}

#[test]
fn the_end_of_jobs_is_seen_although_other_jobs_may_follow() {
    for count in [0, 1, 20, 30, 99, 100, 101, 200] {
        let repo = Repo::empty();
        let forge = forge(move |request| match request.path.strip_prefix(PIPELINE) {
            Some("/jobs") => numbered(request.page(count, job)),
            Some("/trigger_jobs") => numbered(request.page(0, job)),
            _ => missing(),
        });
        collect(&repo, &forge.url, "gitlab", JOBS).exits(0);
        let item = item(&repo, "it");
        let status = if count == 0 { "empty" } else { "ok" };
        assert_eq!(item["status"], status, "{count}: {item:#}");
        assert_eq!(item["source"]["server"], "nginx");
        if count > 0 {
            assert_eq!(facts(&repo, "evidence/it.json")["runs_count"], count);
        }
    }
}

#[test]
fn a_pipeline_that_only_starts_others_is_read() {
    let repo = Repo::empty();
    let forge = forge(|request| match request.path.strip_prefix(PIPELINE) {
        Some("/jobs") => numbered(request.page(0, job)),
        Some("/trigger_jobs") => numbered(request.page(2, trigger_job)),
        _ => missing(),
    });
    collect(&repo, &forge.url, "gitlab", JOBS).exits(0);
    assert_eq!(facts(&repo, "evidence/it.json")["failed_count"], 2);
}

#[test]
fn pages_that_do_not_come_to_what_the_server_counts_are_an_error() {
    let settings = "what = 'deployments'\nproject = 7\nenvironment = 'prod/eu 1'";
    let count = |total: &'static str| {
        let repo = Repo::empty();
        let forge = forge(move |request| {
            let (body, _) = request.page(3, deployment);
            answer("200 OK", &[("X-Next-Page", ""), ("X-Total", total)], &body)
        });
        (collect(&repo, &forge.url, "gitlab", settings), repo, forge)
    };
    let (ran, repo, forge) = count("3");
    ran.exits(0);
    assert_eq!(facts(&repo, "evidence/it.json")["deployments_count"], 3);
    assert_eq!(
        forge.asked()[0],
        "GET /api/v4/projects/7/deployments?environment=prod%2Feu%201&per_page=100 HTTP/1.1"
    );
    let (ran, repo, _) = count("4");
    ran.exits(3);
    assert!(reason(&repo).contains("has 3 entries on its pages and 4 by the word"));
    assert_eq!(repo.read("evidence/it.json"), "");
}

#[test]
fn a_server_may_be_named_by_its_api() {
    let repo = Repo::empty();
    let sample = include_str!("../../../vectors/evidence/gitlab-approvals/ok-one-left.json");
    let forge = forge(move |_| answer("200 OK", &[], sample));
    let settings = "what = 'approvals'\nproject = 'acme/registry'\nnumber = 'env://CHANGE_NUMBER'";
    collect(&repo, &format!("{}/api/v4/", forge.url), "gitlab", settings).exits(0);
    assert_eq!(
        forge.asked()[0],
        "GET /api/v4/projects/acme%2Fregistry/merge_requests/12/approvals HTTP/1.1"
    );
    let item = item(&repo, "it");
    assert_eq!(item["kind"], "gitlab-approvals");
    assert_eq!(
        item["source"]["request"],
        "GET /projects/acme%2Fregistry/merge_requests/12/approvals"
    );
}
