//! Forges that refuse, break off, or lead astray.

use super::*;

const REVIEWS: &str = "what = 'reviews'\nrepository = 'acme/registry'\nnumber = 12";

/// What becomes of a list of which the page 2 is `second`, asked for by the link `next`.
fn second_page(second: &str, next: &str) -> (Repo, Forge) {
    let repo = Repo::empty();
    let (second, next) = (second.to_owned(), next.to_owned());
    let forge = forge(move |request| {
        if request.nth > 1 {
            return second.clone();
        }
        let next = next.replace("{url}", &request.url);
        let link = format!("<{next}>; rel=\"next\"");
        answer("200 OK", &[("Link", &link)], "[{\"id\": 1}]")
    });
    collect(&repo, &forge.url, "github", REVIEWS).exits(3);
    (repo, forge)
}

fn first_page(first: &str, limit: &str) -> (Repo, Forge) {
    let repo = Repo::empty();
    let first = first.to_owned();
    let forge = forge(move |_| first.clone());
    collect_within(&repo, &forge.url, "github", REVIEWS, limit).exits(3);
    (repo, forge)
}

#[test]
fn a_list_that_breaks_off_is_an_error_and_no_shorter_list() {
    let torn = "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n[{\"id\": 2}]";
    let failed = answer("500 Failed", &[], "oops");
    let no_list = answer("200 OK", &[], "{\"message\": \"slow down\"}");
    let no_json = answer("200 OK", &[], "<html>sign in</html>");
    let part = answer("206 Partial Content", &[], "[{\"id\": 2}]");
    let echo = answer(
        "200 OK",
        &[],
        &format!("[{{\"id\": 2, \"body\": \"{TOKEN}\"}}]"),
    );
    for (second, told, kept) in [
        (torn, "list?page=2: ", ""),
        (&failed, "(2 pages): answered 500: oops", "oops"),
        (&no_list, "page 2: is no list", ""),
        (&no_json, "page 2: is not JSON", ""),
        (&part, "answered a part of it, with 206", ""),
        (&echo, "repeated a secret", ""),
    ] {
        let (repo, _) = second_page(second, "{url}/list?page=2");
        let reason = reason(&repo);
        assert!(reason.contains(told), "{told}: {reason}");
        assert_eq!(repo.read("evidence/it.json"), kept, "{told}");
    }
}

#[test]
fn a_next_page_that_cannot_be_read_is_not_the_end() {
    for headers in [
        "Link: garbage next",
        "X-Next-Page: \r\nLink: </list?page=2>; rel=\"next\"",
    ] {
        let body = "[{\"id\": 1}]";
        let length = body.len();
        let page =
            format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n{headers}\r\n\r\n{body}");
        let (repo, forge) = first_page(&page, "10s");
        let reason = reason(&repo);
        assert!(reason.contains("next page"), "{headers}: {reason}");
        assert_eq!(forge.asked.lock().unwrap().len(), 1);
    }
}

#[test]
fn no_link_and_no_redirect_leads_to_another_server() {
    let other = forbidden();
    let host = other.url.strip_prefix("http://").unwrap();
    for next in [
        format!("{}/list?page=2&sig=abc", other.url),
        format!("//{host}/list?page=2"),
        format!("http://127.0.0.1@{host}/list"),
        format!("https://{host}/list"),
        "list?page=2".to_owned(),
    ] {
        let (repo, forge) = second_page("", &next);
        let reason = reason(&repo);
        assert!(
            reason.contains("is another server and is not asked"),
            "{reason}"
        );
        assert!(!reason.contains("sig="), "{reason}");
        assert_eq!(forge.asked().len(), 1, "{next}");
        assert_eq!(repo.read("evidence/it.json"), "");
    }
    for (status, target) in [
        ("301 Moved", "/list"),
        ("302 Found", "/list?sig=abc"),
        ("307 Later", "/"),
    ] {
        let location = format!("{}{target}", other.url);
        let moved = answer(status, &[("Location", &location)], "");
        let (repo, _) = first_page(&moved, "20s");
        let reason = reason(&repo);
        assert!(reason.contains("which is not followed"), "{reason}");
        assert!(!reason.contains("sig="), "{reason}");
        let (repo, _) = second_page(&moved, "{url}/list?page=2");
        assert!(super::reason(&repo).contains("which is not followed"));
    }
    assert_eq!(other.asked(), [""; 0]);
}

#[test]
fn pages_without_an_end_are_an_error() {
    // Back to a page that was read.
    let (repo, forge) = second_page(
        &answer(
            "200 OK",
            &[("Link", "</list?page=2>; rel=\"next\"")],
            "[{\"id\": 2}]",
        ),
        "{url}/list?page=2",
    );
    assert!(
        reason(&repo).contains("names itself, or one before it"),
        "{}",
        reason(&repo)
    );
    assert_eq!(forge.asked().len(), 2);
    // Always another one.
    let repo = Repo::empty();
    let forge = super::forge(|request| {
        let next = format!("</list?page={}>; rel=\"next\"", request.nth + 1);
        answer(
            "200 OK",
            &[("Link", &next)],
            &format!("[{{\"id\": {}}}]", request.nth),
        )
    });
    collect_within(&repo, &forge.url, "github", REVIEWS, "60s").exits(3);
    assert!(
        reason(&repo).contains("not all is read after 500 requests"),
        "{}",
        reason(&repo)
    );
    assert_eq!(forge.asked().len(), 500);
    assert_eq!(repo.read("evidence/it.json"), "");
}

#[test]
fn a_page_and_all_pages_have_a_largest_size() {
    let (repo, _) = first_page(&answer("200 OK", &[], &"[".repeat((16 << 20) + 1)), "20s");
    assert!(
        reason(&repo).contains("larger than 16777216 bytes"),
        "{}",
        reason(&repo)
    );
    let repo = Repo::empty();
    let body = format!("[{{\"id\": 1, \"body\": \"{}\"}}]", "a".repeat(15 << 20));
    let forge = forge(move |request| {
        let next = format!("</list?page={}>; rel=\"next\"", request.nth + 1);
        answer("200 OK", &[("Link", &next)], &body)
    });
    collect_within(&repo, &forge.url, "github", REVIEWS, "60s").exits(3);
    assert!(
        reason(&repo).contains("the answer is larger than"),
        "{}",
        reason(&repo)
    );
    assert_eq!(forge.asked().len(), 5);
}

#[test]
fn who_may_not_ask_is_told_why() {
    for (status, body, told) in [
        (
            "401 Unauthorized",
            "{\"message\":\"Bad credentials\"}",
            "answered 401: {\"message\":\"Bad credentials\"} (the token is not known)",
        ),
        (
            "404 Not Found",
            "gone",
            "answered 404: gone (it is not there, or the token may not see it)",
        ),
        (
            "403 Forbidden",
            "a secondary rate limit",
            "answered 403: a secondary rate limit",
        ),
        (
            "403 Forbidden",
            "no",
            "answered 403: no (the token may not do this)",
        ),
    ] {
        let (repo, forge) = first_page(&answer(status, &[], body), "20s");
        assert_eq!(reason(&repo), told);
        assert_eq!(forge.asked().len(), 1, "{status}");
        assert_eq!(
            item(&repo, "it")["source"]["response_status"],
            status[..3].parse::<u16>().unwrap()
        );
    }
}

#[test]
fn a_rate_limit_is_waited_for_or_named() {
    let reset = (now_s() + 3_600).to_string();
    let used_up = [
        ("X-RateLimit-Remaining", "0"),
        ("X-RateLimit-Reset", reset.as_str()),
    ];
    for headers in [&used_up[..], &[("Retry-After", "3600")]] {
        for status in ["403 Forbidden", "429 Too Many Requests"] {
            let started = Instant::now();
            let (repo, forge) = first_page(&answer(status, headers, "slow down"), "20s");
            let reason = reason(&repo);
            assert!(
                reason.contains("its rate limit is used up, and it wants to be asked again in"),
                "{reason}"
            );
            assert_eq!(forge.asked().len(), 1);
            assert!(started.elapsed() < Duration::from_secs(10));
        }
    }
    for headers in [
        &[("RateLimit-Remaining", "0"), ("RateLimit-Reset", "1")][..],
        &[("Retry-After", "1")],
    ] {
        let repo = Repo::empty();
        let limited = answer("429 Too Many Requests", headers, "slow down");
        let forge = forge(move |request| match request.nth {
            1 => limited.clone(),
            _ => answer("200 OK", &[], "[]"),
        });
        let started = Instant::now();
        collect(&repo, &forge.url, "github", REVIEWS).exits(0);
        assert!(started.elapsed() >= Duration::from_secs(1));
        assert_eq!(forge.asked().len(), 2);
    }
}

#[test]
fn silence_in_the_middle_ends_in_time() {
    let repo = Repo::empty();
    let forge = forge(|request| {
        if request.nth > 1 {
            thread::sleep(Duration::from_secs(8));
        }
        answer(
            "200 OK",
            &[("Link", "</list?page=2>; rel=\"next\"")],
            "[{\"id\": 1}]",
        )
    });
    let started = Instant::now();
    collect_within(&repo, &forge.url, "github", REVIEWS, "2s").exits(3);
    assert!(started.elapsed() < Duration::from_secs(7));
    assert!(
        reason(&repo).contains("no answer within"),
        "{}",
        reason(&repo)
    );
    assert_eq!(repo.read("evidence/it.json"), "");
}

#[test]
fn what_the_pipeline_does_not_know_is_an_error_of_the_item() {
    let forge = forbidden();
    for (settings, told) in [
        (
            "number = 'env://NO_SUCH_NUMBER'",
            "number: the environment has no `NO_SUCH_NUMBER`",
        ),
        (
            "number = 'env://CHANGE_COMMIT'",
            "number: `CHANGE_COMMIT` in the environment is not a number",
        ),
    ] {
        let repo = Repo::empty();
        let settings = format!("what = 'reviews'\nrepository = 'acme/registry'\n{settings}");
        collect(&repo, &forge.url, "github", &settings).exits(3);
        assert_eq!(reason(&repo), told);
    }
    for settings in [
        "number = 'env://FORGE_TOKEN'",
        "number = 'main'",
        "numbers = 1",
        "number = 12\npage = 2",
    ] {
        let repo = Repo::empty();
        let settings = format!("what = 'reviews'\nrepository = 'acme/registry'\n{settings}");
        collect(&repo, &forge.url, "github", &settings)
            .exits(2)
            .complains("collect.it");
        assert!(!repo.path("evidence").exists());
    }
    let repo = Repo::empty();
    collect(&repo, "https://github.com", "github", REVIEWS).exits(3);
    assert!(reason(&repo).contains("`https://api.github.com`"));
    assert_eq!(forge.asked(), [""; 0]);
}

#[test]
fn a_plan_names_what_a_forge_gives() {
    let repo = Repo::empty();
    repo.write(
        "contracts/deploy.yaml",
        "schema: assize/contract/v1\nitems:\n  - {evidence: reviews, kind: github-reviews}\n  - {evidence: jobs, kind: gitlab-pipeline-jobs}\n",
    );
    repo.write("policies/a.rego", "# METADATA\n# scope: package\n# title: A\n# custom:\n#   id: deploy.a\n#   severity: low\npackage gates.deploy.a\n\ndeny contains \"a\" if false\n");
    repo.write(
        "assize.toml",
        "[gate.deploy]\nevidence = 'evidence'\n[server.a]\nurl = 'http://127.0.0.1:1'\n[collect.reviews]\nfrom = 'github'\nserver = 'a'\nevidence = 'evidence'\nwhat = 'reviews'\nrepository = 'acme/registry'\nnumber = 'env://NO_SUCH_NUMBER'\n[collect.jobs]\nfrom = 'gitlab'\nserver = 'a'\nevidence = 'evidence'\nwhat = 'pipeline-jobs'\nproject = 7\npipeline = 'env://NO_SUCH_NUMBER'\n",
    );
    repo.run(&["collect", "--plan"])
        .exits(3)
        .says("missing   jobs  gitlab-pipeline-jobs")
        .says("from [collect.jobs]")
        .says("missing   reviews  github-reviews")
        .says("from [collect.reviews]");
}
