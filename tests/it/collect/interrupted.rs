//! Runs that are stopped in the middle, and runs into one folder at once: what went wrong
//! stays known.

use std::fmt::Write as _;
use std::process::{Child, Stdio};

use assize::digest::Digest;

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
        if head.contains("/bad") {
            answer("500 No", "{\"n\": 2}")
        } else {
            answer("200 OK", "{\"n\": 1}")
        }
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

/// The mark of a run that has still to write these.
fn mark(repo: &Repo, due: &[(&str, &[u8])]) {
    let due = due.iter();
    let due: Vec<_> = due
        .map(|(path, bytes)| format!("\"{path}\":\"{}\"", Digest::of(bytes)))
        .collect();
    repo.write(
        "evidence/bundle.unfinished.json",
        &format!(
            "{{\"due\":{{{}}},\"schema\":\"assize/unfinished/v1\"}}",
            due.join(",")
        ),
    );
}

const GATE: [&str; 5] = ["gate", "-p", "policies", "-e", "evidence"];

#[test]
fn old_bytes_of_a_run_that_was_stopped_are_not_sealed_as_new() {
    let repo = repo(&[("load", "get = '/good?l'"), ("other", "get = '/good'")]);
    repo.run(&["collect"]).exits(0);
    let old = repo.read("evidence/load.json");
    repo.edit("assize.toml", "/good?l", "/bad");
    repo.run(&["collect"])
        .exits(3)
        .says("error      load  load");
    let new = repo.read("evidence/load.json");
    assert_ne!(old, new);
    // As a run leaves it that was stopped behind the manifest.
    repo.write("evidence/load.json", &old);
    let due = [
        ("load.json", new.as_bytes()),
        ("other.json", old.as_bytes()),
    ];
    mark(&repo, &due);
    for args in [
        &["seal", "evidence"][..],
        &["seal", "evidence", "--collected-at", "now"],
        &["collect", "--only", "other"],
        &["collect", "run", "--name", "x", "--", "touch", "begun"],
    ] {
        repo.run(args)
            .exits(2)
            .complains("was stopped before it had written `load.json`")
            .complains("hint: run `assize collect` again, without --only");
    }
    assert!(!repo.path("begun").exists());
    repo.run(&["evidence", "redact", "evidence", "other", "--pointer", "/n"])
        .exits(2)
        .complains("has not written all of its files");
    repo.run(&GATE).exits(3).says("bundle.unfinished.json");
    // Nor where the manifest is lost, and nothing is left to compare with.
    let manifest = repo.read("evidence/bundle.json");
    std::fs::remove_file(repo.path("evidence/bundle.json")).unwrap();
    repo.run(&["seal", "evidence"]).exits(2);
    repo.run(&GATE).exits(3);
    repo.write("evidence/bundle.json", &manifest);
    // Whoever gives what is due may go on.
    repo.run(&["collect", "--only", "load"]).exits(3);
    assert!(!repo.path("evidence/bundle.unfinished.json").exists());
    assert_eq!(item(&repo, "load")["status"], "error");
    repo.run(&["seal", "evidence"]).exits(0);
    assert_eq!(item(&repo, "load")["status"], "error");
}

#[test]
fn a_mark_of_what_was_written_all_the_same_is_in_nobodys_way() {
    let repo = repo(&[("load", "get = '/good'")]);
    repo.run(&["collect"]).exits(0);
    repo.run(&GATE).exits(0);
    let item_before = item(&repo, "load");
    mark(
        &repo,
        &[("load.json", repo.read("evidence/load.json").as_bytes())],
    );
    repo.run(&GATE)
        .exits(3)
        .says("a run of `collect` has not written all of its files");
    repo.run(&["seal", "evidence"]).exits(0);
    assert_eq!(item(&repo, "load"), item_before);
    repo.run(&GATE).exits(0);
    // What is no mark is not passed over.
    repo.write("evidence/bundle.unfinished.json", "{}");
    repo.run(&["seal", "evidence"])
        .exits(2)
        .complains("`bundle.unfinished.json`: ");
    repo.run(&["collect"]).exits(2);
}

#[test]
fn what_a_stopped_run_imported_goes_with_the_next() {
    let repo = Repo::empty();
    repo.write("in/a.json", "{}");
    repo.write(
        "assize.toml",
        "evidence = 'evidence'\n[collect.found]\nfrom = 'files'\nfiles = ['in/*']\n",
    );
    // Written before there was a manifest that knows of them.
    for path in ["left.json", "torn.json", "by-hand.json"] {
        repo.write(&format!("evidence/found/{path}"), "{}");
    }
    repo.write("evidence/.assize-drafts-1/0", "{}");
    mark(
        &repo,
        &[
            ("found/left.json", b"{}"),
            ("found/torn.json", b"{\"n\":1}"),
        ],
    );
    repo.run(&["collect"])
        .exits(0)
        .says("kept       found/by-hand.json: no source gave it\n");
    let mut left: Vec<_> = std::fs::read_dir(repo.path("evidence/found"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["a.json", "by-hand.json"]);
    assert!(!repo.path("evidence/.assize-drafts-1").exists());
    assert!(item(&repo, "found.by-hand")["provenance"].is_null());
}

#[test]
fn wherever_a_run_is_killed_nothing_old_becomes_new() {
    let repo = repo(&[("load", "get = '/good'"), ("zz", "get = '/good'")]);
    for number in 0..200 {
        repo.write(&format!("in/{number}.json"), "{}");
    }
    let found = "[collect.found]\nfrom = 'files'\nfiles = ['in/*']\n";
    repo.write("assize.toml", &(repo.read("assize.toml") + found));
    repo.run(&["collect"]).exits(0);
    let old = item(&repo, "load");
    repo.edit("assize.toml", "get = '/good'", "get = '/bad'");
    for wait_ms in [5, 20, 35, 50, 65, 80, 100, 120, 150, 200] {
        let mut run = started(&repo, &["collect"]);
        std::thread::sleep(std::time::Duration::from_millis(wait_ms));
        run.kill().unwrap();
        run.wait().unwrap();
        let sealed = repo.run(&["seal", "evidence"]);
        let now = item(&repo, "load");
        // Not begun, or known to have failed, or refused.
        assert!(
            sealed.code == 2 || now == old || now["status"] == "error",
            "{now:#}"
        );
        assert_ne!(repo.run(&["collect"]).code, 2);
        assert_eq!(item(&repo, "load")["status"], "error");
    }
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
