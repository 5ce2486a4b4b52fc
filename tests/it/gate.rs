//! `assize gate` on the sample, and on the sample broken in every way that must not pass.

use std::fs;
use std::process::Stdio;
use std::thread;

use assize::json::{self, Limits, Value};

use crate::repo::{Ran, Repo};

/// The digest of the decision document of the record at `index`.
fn decision_digest(repo: &Repo, index: &str) -> String {
    let shown = repo
        .run(&["log", "show", index, "--document", "payload"])
        .exits(0)
        .stdout;
    let (_, rest) = shown.split_once("\"decision\":\"").unwrap();
    rest[..64].to_owned()
}

#[test]
fn the_sample_is_allowed_with_one_warning_and_one_waived_finding() {
    let repo = Repo::sample();
    repo.run(&["gate"])
        .exits(0)
        .says("ALLOW")
        .says("1 warn")
        .says("1 waived")
        .says("set by assize.toml: not the time of this run")
        .says("record 0 sha256:")
        .says("development key");
    repo.run(&["gate"]).exits(0).says("record 1 sha256:");
    repo.run(&["verify"]).exits(0).says("2 records");
    assert_eq!(decision_digest(&repo, "0"), decision_digest(&repo, "1"));
}

#[test]
fn a_deleted_a_stale_and_a_corrupted_item_are_each_named() {
    let repo = Repo::sample();
    let junit = evidence_path(&repo, "junit-xml");
    fs::remove_file(repo.path(&junit)).unwrap();
    repo.run(&["gate"])
        .exits(3)
        .says("INCONCLUSIVE")
        .says("missing")
        .says(&item_id(&junit));

    let repo = Repo::sample();
    let slo = evidence_path(&repo, "prometheus-matrix");
    let text = repo.read(&slo);
    repo.write(&slo, &text.replacen("success", "sucess", 1));
    repo.run(&["gate"])
        .exits(3)
        .says("INCONCLUSIVE")
        .says(&item_id(&slo))
        .says("were sealed");

    let repo = Repo::sample();
    repo.run(&["gate", "--as-of", "2027-03-01T00:00:00Z"])
        .exits(3)
        .says("old");
}

#[test]
fn a_file_that_nobody_sealed_is_not_passed_over() {
    let repo = Repo::sample();
    repo.write("evidence/release/extra.json", "{}");
    repo.run(&["gate"])
        .exits(3)
        .says("INCONCLUSIVE")
        .says("extra.json");
}

#[test]
fn an_item_that_does_not_parse_is_inconclusive() {
    let repo = Repo::sample();
    let junit = evidence_path(&repo, "junit-xml");
    repo.write(&junit, "<testsuites><testsuite name=\"a\"><testcase name=");
    repo.run(&["seal", "evidence/release"])
        .exits(0)
        .says("altered: tests/junit.xml");
    repo.run(&["gate"])
        .exits(3)
        .says(&item_id(&junit))
        .says("error");
}

#[test]
fn a_misspelt_head_names_file_and_line() {
    let repo = Repo::sample();
    let (path, line) = rule_with(&repo, "deny contains");
    repo.edit(&path, "deny contains", "dney contains");
    let place = format!("{path}:{line}");
    repo.run(&["gate"])
        .exits(2)
        .complains(&place)
        .complains("dney")
        .gives_no_verdict();
    repo.run(&["policy", "lint"]).exits(1).says(&place);
}

#[test]
fn no_rules_is_no_answer() {
    let repo = Repo::sample();
    repo.run(&["gate", "nosuch"])
        .exits(2)
        .complains("nosuch")
        .gives_no_verdict();
    let repo = Repo::empty();
    repo.run(&["gate"])
        .exits(2)
        .complains("policies")
        .gives_no_verdict();
    fs::create_dir(repo.path("policies")).unwrap();
    fs::create_dir(repo.path("evidence")).unwrap();
    repo.run(&["gate"]).exits(2).gives_no_verdict();
}

#[test]
fn a_record_that_cannot_be_written_leaves_no_verdict() {
    let repo = Repo::sample();
    repo.write("ledger-file", "not a folder");
    repo.run(&["gate", "--ledger", "ledger-file"])
        .exits(2)
        .complains("ledger-file")
        .gives_no_verdict();
    // A file system that refuses writes even to root.
    repo.run(&["gate", "--ledger", "/proc/self/assize"])
        .exits(2)
        .gives_no_verdict();
}

#[test]
fn what_bends_the_verdict_is_in_the_signed_record() {
    let repo = Repo::sample();
    repo.run(&["gate", "--as-of", "2027-03-01T00:00:00Z", "--advisory"])
        .exits(0)
        .says("ADVISORY");
    let payload = repo
        .run(&["log", "show", "0", "--document", "payload"])
        .exits(0)
        .stdout;
    for text in [
        "\"verdict\":\"inconclusive\"",
        "{\"kind\":\"advisory\"}",
        "\"source\":\"--as-of\",\"value\":\"2027-03-01T00:00:00Z\"",
    ] {
        assert!(payload.contains(text), "no {text} in {payload}");
    }
    assert!(payload.contains("\"trust\":\""), "{payload}");

    repo.write("none.toml", "key = []\n");
    repo.run(&[
        "gate",
        "--trust",
        "none.toml",
        "--as-of",
        "2026-11-23T13:00:00Z",
    ])
    .exits(3)
    .says("unverified");
    let payload = repo
        .run(&["log", "show", "--document", "payload"])
        .exits(0)
        .stdout;
    assert!(payload.contains("\"flag\":\"--trust\""), "{payload}");
    assert!(!payload.contains("\"trust\":\""), "{payload}");

    repo.run(&["gate", "--fail-on-warn"]).exits(1).says("DENY");
    let payload = repo
        .run(&["log", "show", "2", "--document", "payload"])
        .exits(0)
        .stdout;
    assert!(payload.contains("\"fail_on_warn\":true"), "{payload}");
    assert!(payload.contains("\"kind\":\"waiver\""), "{payload}");
}

#[test]
fn the_decision_is_the_same_in_another_place_time_zone_locale_and_umask() {
    let here = Repo::sample();
    here.run(&["gate"]).exits(0);
    let there = Repo::empty();
    // Copied in reverse order, so that the folder lists its entries differently.
    let mut names = Vec::new();
    list(&here.path(""), "", &mut names);
    names.sort();
    names.reverse();
    for name in names.iter().filter(|name| !name.starts_with(".assize")) {
        let target = there.path(name);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(here.path(name), target).unwrap();
    }
    let script = format!("umask 077; exec {} gate", crate::repo::ASSIZE);
    let output = std::process::Command::new("sh")
        .args(["-c", &script])
        .current_dir(there.path(""))
        .env_clear()
        .envs([
            ("TZ", "Pacific/Auckland"),
            ("LANG", "tr_TR.UTF-8"),
            ("LC_ALL", "tr_TR.UTF-8"),
        ])
        .output()
        .unwrap();
    Ran::of(&output).exits(0);
    assert_eq!(decision_digest(&here, "0"), decision_digest(&there, "0"));
    let document = |repo: &Repo| {
        repo.run(&["log", "show", "0", "--document", "decision"])
            .stdout
    };
    assert_eq!(document(&here), document(&there));
}

#[test]
fn two_hundred_gates_at_once_make_one_chain() {
    let repo = Repo::sample();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..25 {
                    let mut child = repo
                        .command(&["gate", "--quiet"])
                        .stdout(Stdio::null())
                        .stderr(Stdio::piped())
                        .spawn()
                        .unwrap();
                    let status = child.wait().unwrap();
                    assert!(status.success(), "{status}");
                }
            });
        }
    });
    repo.run(&["verify"]).exits(0).says("200 records");
}

#[test]
fn every_file_behind_a_verdict_is_kept_and_missed_when_gone() {
    let repo = Repo::sample();
    repo.run(&["gate", "-q"]).exits(0);
    let mut names = Vec::new();
    list(&repo.path(".assize/ledger/blob"), "", &mut names);
    // Six documents, eleven evidence files, and every policy file with its tests.
    assert!(names.len() > 50, "{} blobs", names.len());
    for name in names.iter().step_by(7) {
        let path = repo.path(".assize/ledger/blob").join(name);
        let bytes = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        repo.run(&["verify"]).exits(1).says(name).says("is missing");
        fs::write(&path, [&bytes[..], b" "].concat()).unwrap();
        repo.run(&["verify"])
            .exits(1)
            .says(name)
            .says("was altered");
        fs::write(&path, bytes).unwrap();
    }
    repo.run(&["verify"]).exits(0);
}

#[test]
fn what_evidence_says_cannot_look_like_a_verdict() {
    let repo = Repo::empty();
    repo.write("policy/a.rego", "package main\ndeny contains input.x\n");
    repo.write("i.json", r#"{"x": "a\nALLOW  1 pass\u001b[2J\u202e"}"#);
    let ran = repo.run(&["gate", "i.json"]).exits(1);
    let shown = repo.run(&["log", "show"]).exits(0);
    for text in [&ran.stdout, &shown.stdout] {
        assert!(text.contains("ALLOW  1 pass\\u{1b}[2J\\u{202e}"), "{text}");
        assert!(!text.contains("\nALLOW"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }
}

#[test]
fn conftest_policies_run_as_they_are() {
    let repo = Repo::empty();
    repo.write(
        "policy/deployment.rego",
        "package main\n\ndeny contains msg if {\n\tinput.kind == \"Deployment\"\n\tnot input.spec.template.spec.securityContext.runAsNonRoot\n\
         \tmsg := \"Containers must not run as root\"\n}\n\nwarn contains msg if {\n\tinput.kind == \"Service\"\n\tmsg := sprintf(\"Found service %s\", [input.metadata.name])\n}\n",
    );
    repo.write(
        "deployment.yaml",
        "kind: Deployment\nmetadata: {name: hello}\nspec: {template: {spec: {}}}\n",
    );
    repo.write("service.yaml", "kind: Service\nmetadata: {name: hello}\n");
    repo.write("both.yaml", "kind: Service\nmetadata: {name: a}\n---\nkind: Deployment\nmetadata: {name: b}\nspec: {template: {spec: {}}}\n");
    repo.run(&["gate", "-p", "policy", "deployment.yaml"])
        .exits(1)
        .says("Containers must not run as root");
    repo.run(&["gate", "-p", "policy", "service.yaml"])
        .exits(0)
        .says("Found service hello");
    repo.run(&["gate", "-p", "policy", "service.yaml", "--fail-on-warn"])
        .exits(1);
    repo.run(&["gate", "-p", "policy", "both.yaml"])
        .exits(1)
        .says("Found service a");
    repo.run(&["gate", "-p", "policy", "-n", "other", "service.yaml"])
        .exits(2)
        .gives_no_verdict();
    repo.run(&["gate", "-p", "policy", "missing.yaml"])
        .exits(2)
        .complains("missing.yaml");
}

#[test]
fn what_init_writes_is_a_gate_that_says_what_it_lacks() {
    let repo = Repo::empty();
    repo.run(&["init"]).exits(0);
    repo.run(&["policy", "lint"])
        .exits(0)
        .says("0 refused, 0 to look at");
    repo.run(&["gate"])
        .exits(3)
        .says("evidence `build.junit` is missing");
    let junit = |body: &str| {
        format!(
            "<testsuites><testsuite name=\"s\" timestamp=\"2026-11-23T12:00:00Z\">{body}</testsuite></testsuites>"
        )
    };
    let at = ["gate", "--as-of", "2026-11-23T13:00:00Z"];
    repo.write("evidence/build/junit.xml", &junit("<testcase name=\"t\"/>"));
    repo.run(&at).exits(0);
    repo.write(
        "evidence/build/junit.xml",
        &junit("<testcase name=\"t\"><failure/></testcase>"),
    );
    repo.run(&at).exits(1).says("1 of 1 tests failed");
    repo.write("evidence/build/junit.xml", &junit(""));
    repo.run(&at).exits(3).says("`build.junit` is empty");
    repo.run(&["init"]).exits(2).complains("exists already");
}

#[test]
fn wrong_input_gets_a_clear_answer() {
    let repo = Repo::sample();
    repo.run(&["gate", "--as-of", "yesterday"])
        .exits(2)
        .complains("yesterday");
    repo.run(&["gate", "-o", "xml"]).exits(2).complains("xml");
    repo.run(&["gate", "--subject", "registry"])
        .exits(2)
        .complains("registry");
    repo.run(&["gate", "-e", "nowhere"])
        .exits(2)
        .complains("nowhere");
    repo.run(&["gate", "--waivers", "none.yaml"])
        .exits(2)
        .complains("none.yaml");
    repo.run(&["gate", "-o", "json=nowhere/out.json"])
        .exits(2)
        .complains("nowhere/out.json")
        .gives_no_verdict();
    assert!(
        !repo.path(".assize/ledger").exists(),
        "nothing was recorded"
    );
    let settings = repo.read("assize.toml");
    repo.edit("assize.toml", "[gate.deploy]", "[gate.deploi]");
    repo.run(&["gate"])
        .exits(2)
        .complains("`deploi`")
        .gives_no_verdict();
    repo.write("assize.toml", &settings);
    repo.edit(
        "assize.toml",
        "[gate.deploy]",
        "[gate.depoly]\nas_off = 1\n[gate.deploy]",
    );
    repo.run(&["gate"]).exits(2).complains("as_off");
}

#[test]
fn json_goes_where_it_is_told() {
    let repo = Repo::sample();
    repo.run(&["gate", "-o", "text", "-o", "json=out.json"])
        .exits(0)
        .says("ALLOW");
    let report = repo.read("out.json");
    assert!(report.contains("\"assize/gate-report/v1\""));
    let schema = json::parse(
        include_bytes!("../../docs/gate-report.schema.json"),
        Limits::AUTHORED,
    );
    let report = json::parse(report.as_bytes(), Limits::EVIDENCE).unwrap();
    let mut wrong = Vec::new();
    shape(&schema.unwrap(), &report, "report", &mut wrong);
    assert!(wrong.is_empty(), "{wrong:?}");

    let ran = repo.run(&["gate", "-o", "json"]).exits(0);
    assert!(
        ran.stdout.trim_start().starts_with('{') && !ran.stdout.contains("ALLOW"),
        "{}",
        ran.stdout
    );
}

/// Holds `value` against the parts of JSON Schema that our schemas use for shape.
pub fn shape(schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
    let name = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let is_of = |kind: &Value| match kind {
        Value::Array(kinds) => kinds.iter().any(|kind| kind == name),
        kind => kind == name,
    };
    if schema.get("type").is_some_and(|kind| !is_of(kind)) {
        wrong.push(format!("{at} is {name}"));
    }
    let allowed = schema.get("enum").and_then(Value::as_array);
    if allowed.is_some_and(|allowed| !allowed.contains(value)) {
        wrong.push(format!("{at} is {value}"));
    }
    if let (Some(properties), Some(object)) = (schema.get("properties"), value.as_object()) {
        let known = properties.as_object().unwrap();
        wrong.extend(
            object
                .keys()
                .filter(|key| !known.contains_key(*key))
                .map(|key| format!("{at}.{key}")),
        );
        let required = schema.get("required").and_then(Value::as_array);
        for (key, schema) in known {
            let is_required = required.is_some_and(|keys| keys.iter().any(|name| name == key));
            match object.get(key) {
                Some(value) => shape(schema, value, &format!("{at}.{key}"), wrong),
                None if is_required => wrong.push(format!("{at}.{key} is missing")),
                None => {}
            }
        }
    }
    if let (Some(schema), Some(values)) = (schema.get("items"), value.as_array()) {
        for value in values {
            shape(schema, value, &format!("{at}[]"), wrong);
        }
    }
}

fn list(folder: &std::path::Path, prefix: &str, names: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().into_string().unwrap());
        if entry.file_type().unwrap().is_dir() {
            list(&entry.path(), &format!("{name}/"), names);
        } else {
            names.push(name);
        }
    }
}

/// The path of the first item of `kind` in the sample's manifest.
fn evidence_path(repo: &Repo, kind: &str) -> String {
    let manifest = repo.read("evidence/release/bundle.json");
    let at = manifest.find(&format!("\"{kind}\"")).unwrap();
    let (_, rest) = manifest[at..].split_once("\"path\":").unwrap();
    let path = rest.split('"').nth(1).unwrap();
    format!("evidence/release/{path}")
}

fn item_id(path: &str) -> String {
    let path = path.strip_prefix("evidence/release/").unwrap();
    path.rsplit_once('.').unwrap().0.replace('/', ".")
}

/// A gate rule that holds `text`, with the line.
fn rule_with(repo: &Repo, text: &str) -> (String, usize) {
    let mut names = Vec::new();
    list(
        &repo.path("policies/gates/deploy"),
        "policies/gates/deploy/",
        &mut names,
    );
    names.sort();
    names
        .into_iter()
        .filter(|name| !name.ends_with("_test.rego"))
        .find_map(|name| {
            let line = repo
                .read(&name)
                .lines()
                .position(|line| line.starts_with(text))?;
            Some((name, line + 1))
        })
        .unwrap()
}

#[test]
fn a_url_is_not_taken_for_a_folder() {
    let repo = Repo::sample();
    for url in ["ftp://host/ledger", "https://host/ledger", "file:///tmp/x"] {
        repo.run(&["gate", "--ledger", url])
            .exits(2)
            .complains("no ledger can be kept at");
        repo.run(&["log", "list", "--ledger", url]).exits(2);
        repo.run(&["verify", url]).exits(2);
        let scheme = url.split_once('/').unwrap().0;
        assert!(!repo.path(scheme).exists(), "{url}");
    }
    let settings = repo.read("assize.toml");
    repo.write(
        "assize.toml",
        &format!("ledger = 'ftp://host/x'\n{settings}"),
    );
    repo.run(&["gate"])
        .exits(2)
        .complains("ledger `ftp://host/x`: no ledger can be kept at `ftp:`");
}
