//! `redact` in the settings of a source.

use super::{answer, answering, document, facts, item};
use crate::repo::Repo;

const BODY: &str =
    r#"{"users": [{"name": "n", "mail": "a@mail.example"}, {"mail": "b@mail.example"}], "n": 2}"#;

fn settings(repo: &Repo, url: &str, more: &str) {
    let text = format!(
        "evidence = 'evidence'\n[server.s]\nurl = '{url}'\n[collect.users]\nfrom = 'http'\nserver = 's'\nget = '/users'\n{more}"
    );
    repo.write("assize.toml", &text);
}

/// Everything in the evidence folder, as text.
fn kept(repo: &Repo) -> String {
    let mut all = String::new();
    let mut folders = vec![repo.path("evidence")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                all += &String::from_utf8_lossy(&std::fs::read(&path).unwrap());
            }
        }
    }
    all
}

#[test]
fn what_settings_redact_is_never_written() {
    let repo = Repo::empty();
    let url = answering(|_| answer("200 OK", BODY));
    settings(
        &repo,
        &url,
        "redact = ['/users/*/mail', {pointer = '/users/*/phone', optional = true, reason = 'personal'}]\n",
    );
    // The evidence folder is not there yet, and will be.
    repo.run(&["collect", "--disclosures", "evidence/kept.json"])
        .exits(2)
        .complains("its folder is not there");
    // Nor do they go into the evidence of others.
    repo.write("other/bundle.json", "{}");
    repo.write("other/inner/a.json", "{}");
    for path in ["other/kept.json", "other/inner/kept.json"] {
        repo.run(&["collect", "--disclosures", path])
            .exits(2)
            .complains("is in an evidence folder");
    }
    assert!(!repo.path("evidence").exists());
    repo.run(&["collect", "--disclosures", "kept.json"])
        .exits(0)
        .says("partial    users  users\n           what was redacted is missing from the facts\n")
        .says("           redacted `/users/0/mail`, `/users/1/mail`\n");
    assert!(!kept(&repo).contains("mail.example"));
    let entry = item(&repo, "users");
    assert_eq!(entry["redactions"].as_array().unwrap().len(), 2);
    assert_eq!(facts(&repo, "evidence/users.json")["users"][0]["name"], "n");
    repo.run(&["evidence", "disclosed", "evidence", "kept.json"])
        .exits(0)
        .says("committed      users.json  /users/1/mail  \"b@mail.example\"");
    // Nothing is lost that was kept before, and nobody is asked for nothing.
    repo.run(&["collect", "--disclosures", "kept.json"])
        .exits(2)
        .complains("is there already");
    repo.run(&["collect", "--disclosures", "evidence/kept.json"])
        .exits(2)
        .complains("is in an evidence folder");
    // Each time with another salt.
    let before = repo.read("evidence/users.json");
    repo.run(&["collect"]).exits(0);
    assert_ne!(repo.read("evidence/users.json"), before);
}

#[test]
fn a_rule_that_does_not_fit_leaves_nothing() {
    for (status, body, what) in [
        (
            "200 OK",
            "{\"people\": [\"a@mail.example\"]}",
            "`/users/*/mail` finds nothing to remove, and is not kept",
        ),
        (
            "200 OK",
            "users: a@mail.example",
            "not JSON, and is not kept",
        ),
        (
            "200 OK",
            "{\"a@mail.example\": 1, \"a@mail.example\": 2}",
            "not JSON, and is not kept",
        ),
        // An error may say more than the answer would have.
        (
            "500 Oh",
            "no such user: a@mail.example",
            "answered 500: what it said is not repeated",
        ),
        ("500 Oh", BODY, "answered 500: what it said is not repeated"),
    ] {
        let repo = Repo::empty();
        let (status, body): (&'static str, &'static str) = (status, body);
        let url = answering(move |_| answer(status, body));
        settings(&repo, &url, "redact = ['/users/*/mail']\n");
        let ran = repo.run(&["collect"]).exits(3).says(what);
        let all = format!("{}{}{}", ran.stdout, ran.stderr, kept(&repo));
        assert!(!all.contains("mail.example"), "{all}");
        assert_eq!(item(&repo, "users")["status"], "error");
    }
}

/// A line in which a rule finds nothing stays as it is; which lines those are, the manifest
/// says.
#[test]
fn of_json_lines_each_value_that_was_removed_is_listed() {
    let repo = Repo::empty();
    let lines = [
        "{\"mail\": \"a@mail.example\", \"n\": 1}",
        "{\"e-mail\": \"b@mail.example\", \"n\": 2}",
        "{\"mail\": \"c@mail.example\", \"n\": 3}",
    ];
    repo.write("out/users.jsonl", &(lines.join("\n") + "\n"));
    let settings = |redact: &str| {
        format!(
            "evidence = 'evidence'\n[collect.users]\nfrom = 'files'\nfile = 'out/users.jsonl'\nkind = 'blob'\nredact = {redact}\n"
        )
    };
    repo.write("assize.toml", &settings("['/mail']"));
    repo.run(&["collect"])
        .exits(0)
        .says("           redacted `/0/mail`, `/2/mail`\n");
    let listed = &item(&repo, "users")["redactions"];
    let pointers = listed.as_array().unwrap().iter();
    let pointers: Vec<_> = pointers.map(|one| one["pointer"].clone()).collect();
    assert_eq!(pointers, ["/0/mail", "/2/mail"]);
    let kept = repo.read("evidence/users.jsonl");
    assert_eq!(kept.lines().nth(1), Some(lines[1]));
    assert!(!kept.contains("a@mail") && !kept.contains("c@mail"));
    // A place that is in no line, and one that has the number of a line in it.
    for pointer in ["/phone", "/0/mail"] {
        repo.write("assize.toml", &settings(&format!("['/mail', '{pointer}']")));
        repo.run(&["collect"])
            .exits(3)
            .says(&format!("`{pointer}` finds nothing to remove"));
        assert_eq!(repo.read("evidence/users.jsonl"), "");
    }
}

#[test]
fn redactions_that_make_no_sense_are_refused() {
    let repo = Repo::empty();
    for (more, what) in [
        ("redact = '/a'\n", "`collect.users`: `redact`"),
        ("redact = ['a']\n", "redact: `a` is no JSON Pointer"),
        ("redact = [1]\n", "redact: expected pointers"),
        (
            "redact = [{pointer = '/a', path = 'b.json'}]\n",
            "`b.json` is none of its files, which are `users.json`",
        ),
        ("redact = [{pointer = '/a', optionel = true}]\n", "optionel"),
    ] {
        settings(&repo, "http://127.0.0.1:1", more);
        repo.run(&["collect"]).exits(2).complains(what);
    }
    settings(&repo, "http://127.0.0.1:1", "");
    repo.run(&["collect", "--disclosures", "kept.json"])
        .exits(2)
        .complains("no source has `redact`");
    assert!(!repo.path("evidence").exists());
}

/// Its digest has no salt, so that whoever knows the rest could guess.
#[test]
fn the_record_of_a_command_has_no_digest_of_what_was_removed() {
    let repo = Repo::empty();
    repo.write("source", "{\"pin\": \"4711\", \"n\": 1}");
    let command = |redact: &str| {
        format!(
            "evidence = 'evidence'\n[collect.scan]\nfrom = 'command'\nrun = ['sh', '-c', 'cat source | tee out.json']\nfiles = ['out.json']\nstdout = 'log.json'\n{redact}"
        )
    };
    repo.write("assize.toml", &command(""));
    repo.run(&["collect"]).exits(0);
    let plain = item(&repo, "scan.out")["sha256"].clone();
    let run = facts(&repo, "evidence/scan.json");
    assert_eq!(
        (&run["files"][0]["sha256"], &run["stdout"]["sha256"]),
        (&plain, &plain)
    );
    repo.write(
        "assize.toml",
        &command("redact = [{pointer = '/pin', path = 'scan/out.json'}, {pointer = '/pin', path = 'scan/log.json'}]\n"),
    );
    repo.run(&["collect"])
        .exits(0)
        .says("ok         scan  scan\n");
    let run = facts(&repo, "evidence/scan.json");
    for (index, id) in [(0, "scan.out"), (1, "scan.log")] {
        assert_eq!(run["files"][index]["sha256"], item(&repo, id)["sha256"]);
    }
    assert_eq!(run["stdout"]["sha256"], item(&repo, "scan.log")["sha256"]);
    let all = kept(&repo);
    assert!(
        !all.contains("\"4711\"") && !all.contains(plain.as_str().unwrap()),
        "{all}"
    );
    // What cannot be redacted is not there, and nor is a digest of it.
    repo.write(
        "assize.toml",
        &command("redact = [{pointer = '/none', path = 'scan/out.json'}, {pointer = '/pin', path = 'scan/log.json'}]\n"),
    );
    repo.run(&["collect"])
        .exits(3)
        .says("finds nothing to remove");
    let run = document(&repo, "evidence/scan.json");
    assert!(
        run["files"][0]["reason"]
            .as_str()
            .unwrap()
            .contains("finds nothing")
    );
    assert!(!kept(&repo).contains(plain.as_str().unwrap()));
    repo.write(
        "assize.toml",
        &command("redact = [{pointer = '/pin', path = 'scan/out.json'}, {pointer = '/none', path = 'scan/log.json'}]\n"),
    );
    repo.run(&["collect"])
        .exits(3)
        .says("holds the digest of what could not be redacted");
    assert!(!kept(&repo).contains(plain.as_str().unwrap()));
}

#[test]
fn the_list_of_files_has_no_digest_of_what_was_removed() {
    let repo = Repo::empty();
    repo.write("out/a.json", "{\"pin\": \"4711\", \"n\": 1}");
    repo.write("out/b.json", "{\"n\": 2}");
    let settings = |redact: &str| {
        format!(
            "evidence = 'evidence'\n[collect.out]\nfrom = 'files'\nfiles = ['out/*.json']\n{redact}"
        )
    };
    repo.write("assize.toml", &settings(""));
    repo.run(&["collect"]).exits(0);
    let plain = item(&repo, "out.a")["sha256"].clone();
    assert!(kept(&repo).contains(plain.as_str().unwrap()));
    let rule = "redact = [{pointer = '/pin', optional = true}]\n";
    repo.write("assize.toml", &settings(rule));
    repo.run(&["collect"])
        .exits(0)
        .says("ok         out  out\n")
        .says("partial    out  out.a\n")
        .says("ok         out  out.b\n");
    let list = document(&repo, "evidence/out.json");
    assert_eq!(list["files"][0]["sha256"], item(&repo, "out.a")["sha256"]);
    assert!(!kept(&repo).contains(plain.as_str().unwrap()));
    // Not in every file there is one.
    repo.write("assize.toml", &settings("redact = ['/pin']\n"));
    repo.run(&["collect"])
        .exits(3)
        .says("error      out  out.b\n           the redaction `/pin` finds nothing");
    let list = document(&repo, "evidence/out.json");
    assert!(list["files"][1]["sha256"].is_null());
}

#[test]
fn a_mapping_reads_what_is_left() {
    let repo = Repo::empty();
    repo.write(
        "out.json",
        "{\"pin\": \"4711\", \"n\": 1, \"note\": \"of 4711\"}",
    );
    repo.write(
        "map.yaml",
        "schema: assize/json-map/v1\nname: m\nfacts: {n: {pointer: /n, type: integer}, pin: {pointer: /pin, type: text}}\n",
    );
    for (pointer, status) in [("/note", "ok"), ("/pin", "error")] {
        let text = format!(
            "evidence = 'evidence'\n[collect.out]\nfrom = 'files'\nfile = 'out.json'\nmap = 'map.yaml'\nredact = ['{pointer}']\n"
        );
        repo.write("assize.toml", &text);
        repo.run(&["collect"])
            .says(&format!("{status:<10} out  out\n"))
            .says(&format!("redacted `{pointer}`"));
        assert_eq!(item(&repo, "out")["kind"], "json-map");
        assert_eq!(item(&repo, "out")["status"], status);
    }
    // So does one that is named afterwards.
    repo.write("e/out.json", &repo.read("out.json"));
    repo.run(&["seal", "e", "--map", "out=map.yaml"]).exits(0);
    for (pointer, status) in [("/note", "ok"), ("/pin", "error")] {
        repo.run(&["evidence", "redact", "e", "out", "--pointer", pointer])
            .exits(0)
            .says(&format!("{status:<10} out\n"));
    }
}
