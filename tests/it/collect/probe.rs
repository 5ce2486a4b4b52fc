//! `from = "probe"`: what answers, what does not, and what a gate makes of places that
//! disagree.

use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use assize::json::Value;

use super::servers::{answer, answering};
use super::{document, facts, item};
use crate::repo::Repo;

const SECRET: &str = "pl4nted-s3cret-value";

/// Settings of one probe with `more` lines, of `url`.
fn settings(url: &str, more: &str) -> String {
    format!(
        "evidence = 'evidence'\n[server.registry]\nurl = '{url}'\n[collect.up]\nfrom = 'probe'\nserver = 'registry'\ninterval = '0s'\n{more}"
    )
}

/// The facts of a probe of a server of ours.
fn probed(repo: &Repo, url: &str, more: &str) -> Value {
    repo.write("assize.toml", &settings(url, more));
    repo.run(&["collect"]).exits(0).says("ok         up  up\n");
    facts(repo, "evidence/up.json")
}

#[test]
fn an_answer_is_held_against_what_was_expected() {
    let repo = Repo::empty();
    let url = answering(|head| {
        if head.starts_with("GET /moved ") {
            return "HTTP/1.1 308 Permanent Redirect\r\nLocation: /healthz\r\nContent-Length: 0\r\n\r\n".to_owned();
        }
        answer("200 OK", "{\"status\": \"pass\"}")
    });
    let up = probed(
        &repo,
        &url,
        "get = '/healthz'\nattempts = 3\nplace = 'here'\nexpect = {status = [200], json = {'/status' = 'pass'}}\n",
    );
    assert_eq!(up["url"], format!("{url}/healthz"));
    assert_eq!((&up["attempts"], &up["successes"]), (&3.into(), &3.into()));
    assert_eq!(
        (&up["availability"], &up["place"]),
        (&1.into(), &"here".into())
    );
    assert_eq!(up["first_failure"], Value::Null);
    assert_eq!(up["results"][2]["size"], 18);
    let item = item(&repo, "up");
    assert_eq!(item["kind"], "http-probe");
    assert_eq!(item["source"]["response_status"], 200);
    // The body is not in the bundle.
    assert!(!repo.read("evidence/up.json").contains("{\\\"status"));

    let wrong = probed(
        &repo,
        &url,
        "attempts = 2\nexpect.json = {'/status' = 'fail'}\n",
    );
    assert_eq!(wrong["failures_by_class"]["body"], 2, "{wrong:#}");
    assert_eq!(
        (&wrong["availability"], &wrong["failures_at_end"]),
        (&0.into(), &2.into())
    );
    let late = probed(&repo, &url, "expect.latency_max_ms = 0\n");
    assert_eq!(late["failures_by_class"]["latency"], 5);
    assert_eq!(late["measured"], 5);
    // Not followed, and right only where it was expected.
    let moved = probed(&repo, &url, "get = '/moved'\nattempts = 1\n");
    assert_eq!(moved["first_failure"]["failure"], "redirect");
    let expected = probed(
        &repo,
        &url,
        "get = '/moved'\nattempts = 1\nexpect.status = [308]\n",
    );
    assert_eq!(expected["successes"], 1, "{expected:#}");
}

#[test]
fn that_nobody_answers_is_an_observation() {
    let repo = Repo::empty();
    let nobody = probed(&repo, "http://127.0.0.1:1", "attempts = 3\n");
    assert_eq!(nobody["failures_by_class"]["refused"], 3);
    assert_eq!(
        (&nobody["availability"], &nobody["p95_ms"]),
        (&0.into(), &Value::Null)
    );
    assert_eq!(nobody["first_failure"]["status"], Value::Null);
    let lost = probed(&repo, "http://no-such-host.invalid", "attempts = 1\n");
    assert_eq!(lost["failures_by_class"]["dns"], 1, "{lost:#}");
    // The system takes the connection, and nobody ever answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let silent = probed(&repo, &url, "attempts = 1\ntimeout = '1s'\n");
    assert_eq!(silent["failures_by_class"]["timeout"], 1);
    let plain = answering(|_| answer("200 OK", "plain"));
    let tls = plain.replace("http:", "https:");
    assert_eq!(
        probed(&repo, &tls, "attempts = 1\n")["failures_by_class"]["tls"],
        1
    );
}

#[test]
fn attempts_that_do_not_fit_are_not_begun() {
    let repo = Repo::empty();
    let url = answering(|_| answer("200 OK", "well"));
    let asked = Instant::now();
    let probe = settings(&url, "attempts = 100\ntimeout = '1s'\n").replace("'0s'", "'1s'");
    repo.write("assize.toml", &probe);
    repo.run(&["collect", "--time-limit", "3s"])
        .exits(0)
        .says("partial    up  up\n")
        .says(" of 100 attempts were made");
    assert!(asked.elapsed() < Duration::from_secs(30));
    let some = facts(&repo, "evidence/up.json");
    assert!(
        some["attempts"]
            .as_u64()
            .is_some_and(|made| (1..=3).contains(&made))
    );
    assert_eq!(some["attempts"], some["successes"]);
    // Not even one.
    repo.run(&["collect", "--time-limit", "1s"])
        .exits(0)
        .says("empty      up  up\n")
        .says("no attempt was made");
    assert_eq!(
        facts(&repo, "evidence/up.json")["availability"],
        Value::Null
    );
}

#[test]
fn what_cannot_be_asked_is_an_error_and_no_observation() {
    let repo = Repo::empty();
    repo.write(
        "assize.toml",
        &settings("http://127.0.0.1:1", "attempts = 0\n"),
    );
    repo.run(&["collect"])
        .exits(2)
        .complains("`collect.up`: attempts: expected 1 to 1000");
    repo.write("assize.toml", &settings("http://a b", ""));
    repo.run(&["collect"]).exits(3).says("error      up  up");
    let shut = settings("http://127.0.0.1:1", "").replace(
        "[collect.up]",
        "bearer = 'env://ASSIZE_NO_SUCH_TOKEN'\n[collect.up]",
    );
    repo.write("assize.toml", &shut);
    repo.run(&["collect"])
        .exits(3)
        .says("the environment has no `ASSIZE_NO_SUCH_TOKEN`");
    assert_eq!(item(&repo, "up")["status"], "error");
}

#[test]
fn a_secret_that_is_sent_is_in_nothing_that_is_kept() {
    let repo = Repo::empty();
    let url = answering(|head| match head.split(' ').nth(1) {
        Some("/moved") => {
            format!("HTTP/1.1 302 Found\r\nLocation: /?token={SECRET}\r\nContent-Length: 0\r\n\r\n")
        }
        Some("/header") => format!(
            "HTTP/1.1 200 {SECRET}\r\nServer: {SECRET}\r\nX-A: {SECRET}\r\nContent-Length: 0\r\n\r\n"
        ),
        _ => answer("200 OK", head),
    });
    let mut text =
        format!("evidence = 'evidence'\n[server.s]\nurl = '{url}'\nbearer = 'env://TOKEN'\n");
    for name in ["echo", "moved", "header"] {
        let _ = write!(
            text,
            "[collect.{name}]\nfrom = 'probe'\nserver = 's'\nget = '/{name}'\nattempts = 1\nexpect.headers = {{x-a = '1'}}\n"
        );
    }
    repo.write("assize.toml", &text);
    let output = repo
        .command(&["collect"])
        .env("TOKEN", SECRET)
        .output()
        .unwrap();
    assert!(!String::from_utf8_lossy(&output.stdout).contains(SECRET));
    assert!(!String::from_utf8_lossy(&output.stderr).contains(SECRET));
    for (name, class) in [
        ("echo", "echo"),
        ("moved", "redirect"),
        ("header", "header"),
    ] {
        let path = format!("evidence/{name}.json");
        assert_eq!(facts(&repo, &path)["first_failure"]["failure"], class);
        assert!(!repo.read(&path).contains(SECRET), "{name}");
    }
    assert!(!repo.read("evidence/bundle.json").contains(SECRET));
}

/// The rule of the page, with the address of `url`.
fn rule(url: &str) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/evidence/http-probe.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, rule) = page.split_once("```rego\n").unwrap();
    let (rule, _) = rule.split_once("```").unwrap();
    assert!(rule.contains("https://registry.example/healthz"));
    let requires: String = ["eu-west", "us-east", "ap-south"]
        .map(|place| format!("#     - {{evidence: probe.{place}, kind: http-probe, max_age: 10m, optional: true}}\n"))
        .concat();
    let metadata = format!(
        "# METADATA\n# scope: package\n# title: Reached\n# custom:\n#   id: deploy.reachable\n#   severity: high\n#   requires:\n{requires}"
    );
    metadata + &rule.replace("https://registry.example/healthz", url)
}

#[test]
fn two_places_of_three_decide() {
    let repo = Repo::empty();
    let up = answering(|_| answer("200 OK", "well"));
    // What is asked is one address; what differs is whether it is reached.
    let url = "http://127.0.0.1:1/healthz";
    repo.write("policies/gates/deploy/reachable.rego", &rule(url));
    let lib = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/lib");
    for name in ["evidence", "text", "time"] {
        let text = fs::read_to_string(lib.join(format!("{name}.rego"))).unwrap();
        repo.write(&format!("policies/lib/{name}.rego"), &text);
    }
    let collect = |place: &str, server: &str| {
        repo.write(
            "assize.toml",
            &format!("evidence = 'evidence'\n[server.s]\nurl = '{server}'\n[collect.p]\nfrom = 'probe'\nserver = 's'\nget = '/healthz'\nattempts = 2\ninterval = '0s'\nplace = '{place}'\npath = 'probe/{place}.json'\n"),
        );
        repo.run(&["collect"]).exits(0);
        // As if it had been the one address.
        let path = format!("evidence/probe/{place}.json");
        let text = repo.read(&path).replace(&format!("{server}/healthz"), url);
        repo.write(&path, &text);
        repo.run(&["seal", "evidence"]).exits(0);
    };
    let gate = || repo.run(&["gate", "deploy", "-e", "evidence"]);
    collect("eu-west", &up);
    gate()
        .exits(3)
        .says("reached from 1 places, two are needed");
    collect("us-east", &up);
    gate().exits(0);
    // One that does not reach it decides nothing, two do.
    collect("ap-south", "http://127.0.0.1:1");
    gate().exits(0);
    collect("us-east", "http://127.0.0.1:1");
    gate().exits(1).says("not reached from ap-south, us-east");
    // The same place twice is one opinion.
    repo.edit(
        "evidence/probe/ap-south.json",
        "\"place\": \"ap-south\"",
        "\"place\": \"us-east\"",
    );
    repo.run(&["seal", "evidence"]).exits(0);
    gate().exits(3);
    assert_eq!(
        document(&repo, "evidence/probe/ap-south.json")["place"],
        "us-east"
    );
}
