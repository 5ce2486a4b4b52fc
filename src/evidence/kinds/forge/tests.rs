use super::*;
use crate::evidence::kinds::{Signatures, read};

#[test]
fn names_of_tokens_are_bots_and_others_are_unknown() {
    for login in [
        "project_12_bot",
        "Project_12_bot",
        "group_3_bot_9f2c",
        "service_account_7",
    ] {
        assert!(is_gitlab_bot(login), "{login}");
    }
    for login in ["ada", "project_12_botany", "bot", "projects_1_bot"] {
        assert!(!is_gitlab_bot(login), "{login}");
    }
}

#[test]
fn repositories_are_told_from_urls() {
    let of = |url| github_repository(url);
    let expected = Some("acme/registry".to_owned());
    assert_eq!(
        of("https://api.github.com/repos/acme/registry/pulls/1"),
        expected
    );
    assert_eq!(of("https://git.test/api/v3/repos/acme/registry"), expected);
    assert_eq!(of("https://api.github.com/repos/acme"), None);
    assert_eq!(of("https://api.github.com/repos//x/pulls"), None);
}

#[test]
fn projects_are_told_from_urls_of_their_pages() {
    let of = |url| gitlab_repository(url);
    let expected = Some("acme/team/registry".to_owned());
    assert_eq!(
        of("https://gitlab.com/acme/team/registry/-/jobs/1"),
        expected
    );
    for url in [
        "https://gitlab.com/acme/registry/pipelines/12",
        "https://gitlab.com/-/jobs/1",
        "https://gitlab.com/acme/-/jobs/1",
        "https://gitlab.com//registry/-/jobs/1",
        "gitlab.com/acme/registry/-/jobs/1",
        "",
    ] {
        assert_eq!(of(url), None, "{url}");
    }
}

#[test]
fn what_one_job_does_not_say_of_its_project_is_refused_or_null() {
    let job =
        |url: &str, project: Value| json!({"web_url": url, "pipeline": {"project_id": project}});
    let here = "https://gitlab.com/acme/registry/-/jobs/1";
    let of = |jobs: &[Value]| {
        let mut project = Project::default();
        for value in jobs {
            let job = Node::root(value);
            project.take(&job, &job.field("pipeline").unwrap())?;
        }
        let mut facts = Map::new();
        project.put(&mut facts);
        Ok::<_, KindError>((facts["repository"].clone(), facts["project_id"].clone()))
    };
    let known = (json!("acme/registry"), json!(7));
    assert_eq!(of(&[job(here, json!(7))]).unwrap(), known);
    assert_eq!(of(&[]).unwrap(), (Value::Null, Value::Null));
    for other in [
        job("https://gitlab.com/other/registry/-/jobs/1", json!(7)),
        job(here, json!(8)),
        job(here, Value::Null),
    ] {
        assert!(
            of(&[job(here, json!(7)), other.clone()]).is_err(),
            "{other}"
        );
    }
}

fn page(of: &str, length: usize) -> Value {
    Value::Array((0..length).map(|_| json!({"of": of})).collect())
}

fn of(value: &Value) -> Option<&str> {
    value.get("of").and_then(Value::as_str)
}

#[test]
fn the_last_page_of_a_list_must_be_shorter_than_one_before_it() {
    let doubt = |lengths: &[usize]| {
        let pages: Vec<_> = lengths.iter().map(|length| page("a", *length)).collect();
        let one = Entries::of_one_list(&pages).unwrap().doubt.is_some();
        if !lengths.contains(&0) {
            let lists = Entries::of_lists(&pages, of).unwrap();
            assert_eq!(lists.doubt.is_some(), one, "{lengths:?}");
        }
        one
    };
    for lengths in [
        &[100][..],
        &[10],
        &[20],
        &[25],
        &[30],
        &[40],
        &[50],
        &[99],
        &[100, 100],
        &[7, 7],
        &[100, 30, 100],
        &[30, 100],
    ] {
        assert!(doubt(lengths), "{lengths:?}");
    }
    for lengths in [
        &[98][..],
        &[0],
        &[100, 1],
        &[100, 30],
        &[100, 20],
        &[100, 50],
        &[100, 0],
        &[30, 0],
        &[7, 7, 0],
        &[100, 100, 30],
    ] {
        assert!(!doubt(lengths), "{lengths:?}");
    }
}

#[test]
fn an_empty_page_ends_no_list_where_it_may_be_another() {
    let doubt = |pages: &[Value]| Entries::of_lists(pages, of).unwrap().doubt.is_some();
    assert!(doubt(&[page("a", 100), page("a", 0)]));
    assert!(doubt(&[page("a", 100), page("a", 0), page("b", 1)]));
    assert!(doubt(&[page("a", 100), page("b", 1)]));
    assert!(doubt(&[page("a", 1), page("b", 30)]));
    assert!(!doubt(&[page("a", 100), page("a", 2), page("b", 1)]));
    // A page belongs to its list wherever it stands.
    assert!(!doubt(&[page("a", 100), page("b", 1), page("a", 30)]));
    assert!(!doubt(&[page("a", 1), page("b", 0)]));
}

#[test]
fn a_full_page_of_jobs_before_no_bridges_is_not_all_jobs() {
    let job = |id: usize| {
        let sha = "6dcb09b5b57875f334f61aebed695e2e4193db5e";
        json!({
            "id": id, "name": format!("job {id}"), "stage": "test", "status": "success",
            "allow_failure": false, "pipeline": {"id": 46, "sha": sha, "ref": "main"},
        })
    };
    let status = |lengths: &[usize]| {
        let mut next = 1..;
        let pages = lengths.iter().map(|length| {
            let jobs: Vec<_> = next.by_ref().take(*length).map(job).collect();
            Value::Array(jobs).to_string()
        });
        let text = pages.collect::<Vec<_>>().join("\n");
        let read = read(text.as_bytes(), None, Signatures::Unseen);
        assert_eq!(read.kind, Kind::GitlabPipelineJobs);
        read.status
    };
    assert_eq!(status(&[100, 0]), Status::Partial);
    assert_eq!(status(&[100, 0, 0]), Status::Partial);
    assert_eq!(status(&[99, 1, 0]), Status::Ok);
    assert_eq!(status(&[100, 30, 0]), Status::Ok);
}

#[test]
fn an_empty_list_is_of_these_kinds_only_where_the_manifest_says_so() {
    let read = |kind| read(b"[]", kind, Signatures::Unseen);
    assert_eq!(read(None).kind, Kind::Json);
    for kind in [
        Kind::GithubReviews,
        Kind::GithubDeployments,
        Kind::GitlabPipelineJobs,
    ] {
        assert_eq!(read(Some(kind)).status, Status::Empty, "{kind}");
    }
    assert_eq!(read(Some(Kind::GithubCheckRuns)).status, Status::Error);
}
