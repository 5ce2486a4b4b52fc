//! Documents that Assize does not know, collected and read by a mapping.

use super::servers::{answer, answering};
use super::{AS_OF, item};
use crate::repo::{Ran, Repo};

const MAP: &str = "schema: assize/json-map/v1
name: load
collected_at: {pointer: /ended, type: unix-milliseconds}
expect: [{pointer: /state, equals: done, else: partial}]
facts: {p95_ms: {pointer: /latency/p95, type: number}}
";

fn repo(server: &str) -> Repo {
    let repo = Repo::empty();
    repo.write("maps/load.yaml", MAP);
    repo.write(
        "assize.toml",
        &format!(
            "evidence = 'evidence'\n[server.s]\nurl = '{server}'\n[collect.load]\nfrom = 'http'\nserver = 's'\nget = '/load'\nmap = 'maps/load.yaml'\n"
        ),
    );
    repo
}

#[test]
fn an_answer_is_read_by_the_mapping_of_its_source() {
    let url = answering(|_| {
        answer(
            "200 OK",
            "{\"state\": \"done\", \"ended\": 1795438740000, \"latency\": {\"p95\": 41.5}}",
        )
    });
    let repo = repo(&url);
    repo.run(&["collect"])
        .exits(0)
        .says("ok         load  load");
    let load = item(&repo, "load");
    assert_eq!(
        (&load["kind"], &load["status"]),
        (&"json-map".into(), &"ok".into())
    );
    assert_eq!(load["map"]["name"], "load");
    // When the answer was received is not when the test ended.
    assert_eq!(load["collected_at"], "2026-11-23T12:59:00Z");
    repo.run(&["evidence", "show", "load", "--as-of", AS_OF])
        .exits(0)
        .says("\"age_s\": 60")
        .says("\"p95_ms\": 41.5")
        .says("\"name\": \"load\"");
    // Collected anew, it needs nobody to say so again.
    repo.run(&["collect"]).exits(0);
    assert_eq!(item(&repo, "load")["map"], load["map"]);
}

#[test]
fn what_fails_or_is_something_else_is_an_error_of_its_item() {
    let whole = "{\"state\": \"done\", \"ended\": 1, \"latency\": {\"p95\": 1}}";
    for (status, body, what) in [
        (
            "200 OK",
            "{\"state\": \"done\", \"ended\": 1}",
            "`/latency/p95`: is missing",
        ),
        ("200 OK", "{\"state\": \"done\"", "line 1"),
        ("404 Not Found", whole, "answered 404"),
    ] {
        let repo = repo(&answering(move |_| answer(status, body)));
        repo.run(&["collect"]).exits(3).says(what);
        let load = item(&repo, "load");
        let read = (&load["kind"], &load["status"]);
        assert_eq!(read, (&"json-map".into(), &"error".into()), "{what}");
    }
    // Nobody there at all.
    let repo = repo("http://127.0.0.1:1");
    repo.run(&["collect", "--time-limit", "1s"]).exits(3);
    let load = item(&repo, "load");
    assert_eq!(
        (&load["kind"], &load["map"]["name"]),
        (&"json-map".into(), &"load".into())
    );
}

#[test]
fn files_that_another_step_has_left_are_read_by_a_mapping_and_their_list_is_not() {
    let repo = repo("http://127.0.0.1:1");
    repo.write(
        "assize.toml",
        "evidence = 'evidence'\n[collect.load]\nfrom = 'files'\nfiles = ['out/*.json']\nmap = 'maps/load.yaml'\n",
    );
    let report = |p95| {
        format!(
            "{{\"state\": \"done\", \"ended\": 1795438740000, \"latency\": {{\"p95\": {p95}}}}}"
        )
    };
    repo.write("out/a.json", &report("7"));
    repo.write("out/b.json", &report("\"7\""));
    repo.run(&["collect"]).exits(3);
    assert_eq!(item(&repo, "load")["kind"], "json");
    let [a, b] = ["load.a", "load.b"].map(|id| item(&repo, id));
    let read = (&a["kind"], &a["status"]);
    assert_eq!(read, (&"json-map".into(), &"ok".into()));
    assert_eq!(a["collected_at"], "2026-11-23T12:59:00Z");
    assert_eq!(b["reason"], "`/latency/p95`: is \"7\", expected a number");
}

#[test]
fn what_a_command_writes_is_read_by_a_mapping_and_its_own_record_is_not() {
    let repo = Repo::empty();
    repo.write("load.yaml", MAP);
    let script =
        "echo '{\"state\": \"running\", \"ended\": 1795438740000, \"latency\": {\"p95\": 7}}'";
    let run = |flags: &[&str]| {
        let mut args = vec!["collect", "run", "--name", "k", "--map", "load.yaml"];
        args.extend(flags);
        args.extend(["--", "sh", "-c", script]);
        let output = repo.command(&args).env("PATH", "/usr/bin:/bin").output();
        Ran::of(&output.unwrap())
    };
    run(&["--stdout", "out.json"]).exits(0);
    assert_eq!(item(&repo, "k")["kind"], "command-run");
    let out = item(&repo, "k.out");
    assert_eq!(
        (&out["kind"], &out["status"]),
        (&"json-map".into(), &"partial".into())
    );
    assert_eq!(out["reason"], "`/state`: is \"running\", expected \"done\"");
    run(&[])
        .exits(2)
        .complains("`map` is for files that may be of any kind");
}
