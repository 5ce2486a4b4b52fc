//! `assize collect` against servers: real ones with what is known, our own, and nobody at
//! all; and with commands.

use std::fmt::Write as _;
use std::fs;

use assize::json::{self, Limits, Value};

use crate::repo::Repo;

mod alertmanager;
mod blackbox;
mod command;
mod files;
mod forge;
mod git;
mod interrupted;
mod map;
mod names;
mod plan;
mod probe;
mod prometheus;
mod redact;
mod secrets;
pub mod servers;
mod signed;
mod tls;

use servers::{answer, answering};

/// The end of all samples: 2026-11-23T13:00:00Z.
const END_S: i64 = 1_795_438_800;
const AS_OF: &str = "2026-11-23T13:00:00Z";

fn document(repo: &Repo, path: &str) -> Value {
    json::parse(&fs::read(repo.path(path)).unwrap(), Limits::EVIDENCE).unwrap()
}

/// The item called `id` as the sealed manifest has it.
fn item(repo: &Repo, id: &str) -> Value {
    let manifest = document(repo, "evidence/bundle.json");
    let items = manifest["items"].as_array().unwrap();
    let found = items.iter().find(|item| item["id"] == id);
    found
        .unwrap_or_else(|| panic!("no `{id}` in {manifest:#}"))
        .clone()
}

/// The facts that policies would see of a file.
fn facts(repo: &Repo, path: &str) -> Value {
    assize::evidence::facts_of(&fs::read(repo.path(path)).unwrap(), None).1
}

const TWENTY: usize = 20;

/// Twenty sources: one of a server that answers 500 for ever, one of a server that answers
/// nonsense, and one whose secret is not there.
fn twenty_sources() -> String {
    let up = answering(|_| {
        answer(
            "200 OK",
            "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},\"values\":[[1795438770,\"1\"]]}]}}",
        )
    });
    let broken = answering(|_| answer("500 Internal Server Error", "out of order"));
    let babbling = answering(|_| answer("200 OK", "{\"status\":\"success\",\"data\":[7"));
    let mut text = format!(
        "evidence = 'evidence'\n[server.up]\nurl = '{up}'\n[server.broken]\nurl = '{broken}'\n[server.babbling]\nurl = '{babbling}'\n[server.shut]\nurl = '{up}'\nbearer = 'env://ASSIZE_NO_SUCH_TOKEN'\n"
    );
    for index in 0..TWENTY {
        let server = match index {
            3 => "broken",
            11 => "babbling",
            17 => "shut",
            _ => "up",
        };
        let _ = write!(
            text,
            "[collect.source-{index:02}]\nfrom = 'prometheus'\nserver = '{server}'\nquery = 'up'\nwindow = '1h'\nstep = '15s'\npath = 'slo/{index:02}.json'\n"
        );
    }
    text
}

/// A rule for each of the twenty, that needs what it gives and is met by it.
fn twenty_rules(repo: &Repo) {
    for index in 0..TWENTY {
        let rule = format!(
            "# METADATA\n# scope: package\n# title: Number {index}\n# custom:\n#   id: deploy.rule-{index:02}\n#   severity: high\n#   requires:\n#     - {{evidence: slo.{index:02}, kind: prometheus-matrix}}\npackage gates.deploy.rule_{index:02}\n\ndeny contains \"no series\" if count(input.evidence[\"slo.{index:02}\"].facts.series) == 0\n"
        );
        repo.write(
            &format!("policies/gates/deploy/rule_{index:02}.rego"),
            &rule,
        );
    }
}

#[test]
fn of_twenty_sources_three_fail_and_nothing_is_lost() {
    let repo = Repo::empty();
    repo.write("assize.toml", &twenty_sources());
    repo.write("evidence/mine.json", "{\"kept\": true}");
    let ran = repo
        .run(&["collect", "--as-of", AS_OF, "--time-limit", "4s"])
        .exits(3)
        .says("collected 17 of 20, 3 failed")
        .says("error      source-03  slo.03\n           answered 500: out of order\n")
        .says("error      source-11  slo.11")
        .says("error      source-17  slo.17")
        .says("`server.shut.bearer`: the environment has no `ASSIZE_NO_SUCH_TOKEN`");
    assert_eq!(ran.stdout.matches("ok         source-").count(), 17);
    let manifest = document(&repo, "evidence/bundle.json");
    assert_eq!(manifest["items"].as_array().unwrap().len(), 21);
    assert_eq!(item(&repo, "mine")["status"], "ok");
    // Nonsense is kept as it came, for whoever has to find out.
    assert_eq!(
        repo.read("evidence/slo/11.json"),
        "{\"status\":\"success\",\"data\":[7"
    );
    assert_eq!(item(&repo, "slo.11")["source"]["response_status"], 200);
    assert_eq!(item(&repo, "slo.03")["source"]["response_status"], 500);

    a_gate_names_what_it_lacks(&repo);
    // Again for one of them: the others stay as they are.
    repo.run(&["collect", "--only", "source-00", "--as-of", AS_OF])
        .exits(0)
        .says("collected 1");
    assert_eq!(item(&repo, "slo.03")["status"], "error");
}

/// Seventeen rules hold; three do not know, and say for want of what.
fn a_gate_names_what_it_lacks(repo: &Repo) {
    twenty_rules(repo);
    let ran = repo
        .run(&["gate", "deploy", "-e", "evidence", "-o", "json"])
        .exits(3);
    let report = json::parse(ran.stdout.as_bytes(), Limits::EVIDENCE).unwrap();
    assert_eq!(report["decision"]["verdict"], "inconclusive");
    let results = report["decision"]["rules"].as_array().unwrap();
    assert_eq!(results.len(), TWENTY);
    for (index, result) in results.iter().enumerate() {
        let lacks = match index {
            3 => Some("answered 500: out of order"),
            11 => Some("line 1"),
            17 => Some("ASSIZE_NO_SUCH_TOKEN"),
            _ => None,
        };
        assert_eq!(result["id"], format!("deploy.rule-{index:02}"));
        let outcome = result["state"].as_str().unwrap();
        let text = result.to_string();
        match lacks {
            None => assert_eq!(outcome, "pass", "{text}"),
            Some(why) => {
                assert_eq!(outcome, "inconclusive", "{text}");
                assert!(text.contains(&format!("`slo.{index:02}`")), "{text}");
                assert!(text.contains(why), "{text}");
            }
        }
    }
}

#[test]
fn settings_that_cannot_be_used_leave_everything_as_it_was() {
    let repo = Repo::empty();
    repo.run(&["collect"]).exits(2).complains("nothing to ask");
    repo.write("assize.toml", "[collect.a]\nfrom = 'graphite'\n");
    repo.run(&["collect", "-e", "evidence"]).exits(2).complains(
        "expected alertmanager, command, files, git, github, gitlab, http, probe, prometheus",
    );
    repo.run(&["collect"])
        .exits(2)
        .complains("expected `evidence`");
    repo.write(
        "assize.toml",
        "[server.a]\nurl = 'http://127.0.0.1:1'\n[collect.a]\nfrom = 'command'\nrun = ['true']\nserver = 'a'\nevidence = 'evidence'\n",
    );
    repo.run(&["collect"])
        .exits(2)
        .complains("`collect.a`: server: `from = \"command\"` asks none");
    assert!(!repo.path("evidence").exists());
}
