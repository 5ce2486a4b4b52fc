//! Runs that are stopped in the middle, and runs into one folder at once: what went wrong
//! stays known.

use std::fmt::Write as _;
use std::process::{Child, Stdio};

use super::{answer, answering, item};
use crate::repo::Repo;

const RULE: &str = "# METADATA
# title: It loads
# custom:
#   id: deploy.load
#   severity: high
#   remediation: mend it
#   requires:
#   - evidence: load
package gates.deploy.load

deny contains \"slow\" if input.evidence.load.facts.n > 5
";

/// A source that fails, whose answer looks as if all were well, and others.
fn repo(names: &[(&str, &str)]) -> Repo {
    let repo = Repo::empty();
    let url = answering(|head| {
        let status = if head.contains("/bad") {
            "500 No"
        } else {
            "200 OK"
        };
        answer(status, "{\"n\": 1}")
    });
    let mut text = format!("evidence = 'evidence'\n[server.s]\nurl = '{url}'\n");
    for (name, settings) in names {
        let _ = write!(
            text,
            "[collect.{name}]\nfrom = 'http'\nserver = 's'\n{settings}\n"
        );
    }
    repo.write("assize.toml", &text);
    repo.write("policies/gates/deploy/load.rego", RULE);
    repo
}

fn started(repo: &Repo, args: &[&str]) -> Child {
    let mut command = repo.command(args);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

#[test]
fn a_run_that_could_not_end_leaves_nothing_that_a_gate_allows_with() {
    let repo = repo(&[
        ("load", "get = '/bad'"),
        ("other", "get = '/good'\npath = 'taken/other.json'"),
    ]);
    // Behind the first file, the second cannot be written.
    repo.write("evidence/taken", "a file where a folder should be");
    repo.run(&["collect"]).exits(2).complains("cannot write");
    let gate = ["gate", "-p", "policies", "-e", "evidence"];
    assert_ne!(repo.run(&gate).code, 0);
    // Nor when it is sealed by hand: what was told of the bytes is still known.
    std::fs::remove_file(repo.path("evidence/taken")).unwrap();
    repo.run(&["seal", "evidence"]).exits(0);
    assert_eq!(item(&repo, "load")["status"], "error");
    repo.run(&gate).exits(3).says("answered 500");
}

#[test]
fn what_two_runs_at_once_were_told_is_in_the_manifest() {
    for _ in 0..10 {
        let repo = repo(&[("load", "get = '/bad'"), ("good", "get = '/good'")]);
        let runs = ["load", "good"].map(|name| started(&repo, &["collect", "--only", name]));
        for mut run in runs {
            run.wait().unwrap();
        }
        assert_eq!(item(&repo, "load")["status"], "error");
        assert_eq!(item(&repo, "good")["status"], "ok");
    }
}

#[test]
fn two_redactions_at_once_are_both_made_or_one_is_refused() {
    for _ in 0..5 {
        let repo = Repo::empty();
        repo.write(
            "evidence/x.json",
            "{\"a\": \"first value\", \"b\": \"second value\"}",
        );
        repo.run(&["seal", "evidence"]).exits(0);
        let redact = |pointer| {
            let args = ["evidence", "redact", "evidence", "x", "--pointer", pointer];
            started(&repo, &args)
        };
        for mut run in [redact("/a"), redact("/b")] {
            assert!(run.wait().unwrap().success());
        }
        let left = repo.read("evidence/x.json");
        assert!(!left.contains("value"), "{left}");
        let redactions = &item(&repo, "x")["redactions"];
        assert_eq!(redactions.as_array().unwrap().len(), 2);
    }
}

#[cfg(unix)]
#[test]
fn a_link_in_the_folder_leads_to_nothing_that_is_written_or_removed() {
    let repo = repo(&[("other", "get = '/good'\npath = 't/other.json'")]);
    repo.write("outside/kept", "x");
    repo.write(
        "evidence/bundle.json",
        "{\"schema\": \"assize/bundle/v1\", \"items\": []}",
    );
    std::os::unix::fs::symlink(repo.path("outside"), repo.path("evidence/t")).unwrap();
    repo.run(&["collect"])
        .exits(2)
        .complains("is a symbolic link");
    let left = std::fs::read_dir(repo.path("outside")).unwrap().count();
    assert_eq!(left, 1);
}
