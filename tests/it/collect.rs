//! `assize collect` against servers: real ones with what is known, our own, and nobody at
//! all; and with commands.

use std::fmt::Write as _;
use std::fs;

use assize::json::{self, Limits, Value};

use crate::repo::Repo;

mod alertmanager;
mod blackbox;
mod command;
mod plan;
mod prometheus;
mod servers;
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

#[test]
fn of_twenty_sources_three_fail_and_nothing_is_lost() {
    let repo = Repo::empty();
    let url = answering(|_| {
        answer(
            "200 OK",
            "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},\"values\":[[1795438770,\"1\"]]}]}}",
        )
    });
    let mut text = format!(
        "evidence = 'evidence'\n[server.up]\nurl = '{url}'\n[server.down]\nurl = 'http://127.0.0.1:1'\n[server.shut]\nurl = '{url}'\nbearer = 'env://ASSIZE_NO_SUCH_TOKEN'\n"
    );
    for index in 0..20 {
        let server = match index {
            3 | 11 => "down",
            17 => "shut",
            _ => "up",
        };
        let _ = write!(
            text,
            "[collect.source-{index:02}]\nfrom = 'prometheus'\nserver = '{server}'\nquery = 'up'\nwindow = '1h'\nstep = '15s'\npath = 'slo/{index:02}.json'\n"
        );
    }
    repo.write("assize.toml", &text);
    repo.write("evidence/mine.json", "{\"kept\": true}");
    let ran = repo
        .run(&["collect", "--as-of", AS_OF, "--time-limit", "4s"])
        .exits(3)
        .says("collected 17 of 20, 3 failed")
        .says("error      source-03  slo.03")
        .says("error      source-11  slo.11")
        .says("error      source-17  slo.17")
        .says("`server.shut.bearer`: the environment has no `ASSIZE_NO_SUCH_TOKEN`");
    assert_eq!(ran.stdout.matches("ok         source-").count(), 17);
    let manifest = document(&repo, "evidence/bundle.json");
    assert_eq!(manifest["items"].as_array().unwrap().len(), 21);
    assert_eq!(item(&repo, "mine")["status"], "ok");
    // Again for one of them: the others stay as they are.
    repo.run(&["collect", "--only", "source-00", "--as-of", AS_OF])
        .exits(0)
        .says("collected 1");
    assert_eq!(item(&repo, "slo.03")["status"], "error");
}

#[test]
fn settings_that_cannot_be_used_leave_everything_as_it_was() {
    let repo = Repo::empty();
    repo.run(&["collect"]).exits(2).complains("nothing to ask");
    repo.write("assize.toml", "[collect.a]\nfrom = 'graphite'\n");
    repo.run(&["collect", "-e", "evidence"])
        .exits(2)
        .complains("expected alertmanager, command, http, prometheus");
    repo.run(&["collect"])
        .exits(2)
        .complains("expected `evidence`");
    assert!(!repo.path("evidence").exists());
}
