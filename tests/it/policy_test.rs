//! `assize policy test` by the built command: what it prints, how it ends, what it writes.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use assize::evidence::{Kind, Status, facts_of};
use assize::json::{self, Limits, Value};

use crate::repo::Repo;

const POLICY: &str = "package p\n\nlimit := 5\n\ndeny contains msg if {\n\tinput.v > limit\n\tmsg := sprintf(\"%d is too many\", [input.v])\n}\n\nwarn contains \"odd\" if input.v % 2 == 1\n";

fn repo(tests: &str) -> Repo {
    let repo = Repo::empty();
    repo.write("policies/p.rego", POLICY);
    repo.write(
        "policies/p_test.rego",
        &format!("package p_test\n\n{tests}"),
    );
    repo
}

const PASSES: &str = "test_late if {\n\tcount(data.p.deny) == 1 with input as {\"v\": 6}\n}\n";
const FAILS: &str = "test_early if {\n\tfound := data.p.deny with input as {\"v\": 6}\n\tprint(\"found\", found)\n\tfound == set()\n}\n";

#[test]
fn the_policies_of_the_sample_pass_and_are_covered() {
    let repo = Repo::sample();
    let args = [
        "policy",
        "test",
        "--coverage",
        "--threshold-rules",
        "100",
        "--threshold-lines",
        "90",
    ];
    repo.run(&args)
        .exits(0)
        .says("coverage: rules 100 %, lines ");
}

#[test]
fn a_failure_shows_the_expression_and_the_values() {
    let repo = repo(&format!("{PASSES}\n{FAILS}"));
    repo.run(&["policy", "test"])
        .exits(1)
        .says("FAIL  data.p_test.test_early  policies/p_test.rego:7\n  policies/p_test.rego:10\n    found == set()\n    it is false\n      found = {\"6 is too many\"}\n")
        .says("  print   policies/p_test.rego:9: found {\"6 is too many\"}")
        .says("1 of 2 tests pass, 1 fail");
    let quiet = repo.run(&["policy", "test", "--quiet"]).exits(1);
    assert_eq!(quiet.stdout.lines().count(), 1, "{quiet:?}");
}

#[test]
fn nothing_ran_is_no_answer() {
    let none = repo("helper := 1\n");
    none.run(&["policy", "test"])
        .exits(2)
        .says("nothing ran: no rule is named `test_…`");
    let one = repo(PASSES);
    one.run(&["policy", "test", "--run", "nosuch"])
        .exits(2)
        .says("nothing ran: no test is named like `nosuch`");
    one.run(&["policy", "test", "--run", "p_test*late"])
        .exits(0)
        .says("1 of 1 tests pass");
    let todo = repo("todo_test_x if false\n");
    todo.run(&["policy", "test"])
        .exits(2)
        .says("SKIPPED")
        .says("every test is a todo");
    let broken = repo("test_x if {\n");
    broken
        .run(&["policy", "test"])
        .exits(2)
        .complains("p_test.rego");
    let unsafe_variable = repo("test_x if x == 1\n");
    unsafe_variable
        .run(&["policy", "test"])
        .exits(2)
        .complains("p_test.rego:3");
}

#[test]
fn a_test_that_ends_the_engine_does_not_take_the_others_with_it() {
    let repo = repo(&format!(
        "{PASSES}\nf(x) := f(x + 1)\n\ntest_deep if f(1) == 2\n\ntest_wide if count(numbers.range(1, 1000000000)) == 2\n\n{FAILS}"
    ));
    repo.run(&["policy", "test"])
        .exits(1)
        .says("ERROR  data.p_test.test_deep")
        .says("recurses or nests too deeply")
        .says("ERROR  data.p_test.test_wide")
        .says("1 of 4 tests pass, 1 fail, 2 error");
}

#[test]
fn errors_and_values_that_are_not_true_do_not_pass() {
    let repo = repo(
        "test_a if to_number(\"x\") == 1\n\ntest_b := 1\n\ntest_c contains 1\n\ntest_d(x) if x\n\ntest_e[name] if {\n\tsome name, v in {\"one\": 1, \"two\": 2}\n\tv == 1\n}\n\ntest_f if nosuch.function(1)\n",
    );
    repo.run(&["policy", "test"])
        .exits(1)
        .says("ERROR  data.p_test.test_a")
        .says("it is `1`, not `true`")
        .says("it is `{1}`, not `true`")
        .says("a function is not a test")
        .says("test cases in brackets are not supported")
        .says("could not find function nosuch.function")
        .says("0 of 6 tests pass");
}

#[test]
fn coverage_names_what_no_test_reaches_and_thresholds_hold() {
    let repo = repo(PASSES);
    repo.run(&["policy", "test", "--coverage"])
        .exits(0)
        .says("not covered  policies/p.rego:10  rule `warn` never had a value")
        .says("not covered  policies/p.rego  lines 10")
        .says("coverage: rules 66.6 %, lines 80.0 %");
    repo.run(&["policy", "test", "--coverage", "--threshold-rules", "66"])
        .exits(0);
    repo.run(&["policy", "test", "--coverage", "--threshold-rules", "67"])
        .exits(1)
        .says("coverage of rules is 66.6 %, less than 67 %");
    repo.run(&["policy", "test", "--coverage", "--threshold-lines", "80.1"])
        .exits(1);
    repo.run(&["policy", "test", "--threshold-lines", "75"])
        .exits(2);
    repo.run(&["policy", "test", "--coverage", "--threshold-lines", "NaN"])
        .exits(2);
}

#[test]
fn time_stands_still_where_it_is_put() {
    let repo = repo("test_now if time.now_ns() == 1767225600000000000\n");
    repo.run(&["policy", "test"]).exits(0);
    repo.run(&["policy", "test", "--as-of", "2026-01-01T00:00:01Z"])
        .exits(1);
    repo.run(&["policy", "test", "--as-of", "tomorrow"])
        .exits(2);
}

/// JSON with the durations taken out.
fn stable(text: &str) -> Value {
    let mut value = json::parse(text.as_bytes(), Limits::EVIDENCE).unwrap();
    value["elapsed_ms"] = Value::Null;
    for test in value["tests"].as_array_mut().unwrap() {
        test["elapsed_us"] = Value::Null;
    }
    value
}

#[test]
fn the_json_report_holds_everything_in_the_order_of_the_files() {
    let repo = repo(&format!("{PASSES}\n{FAILS}\ntodo_test_x if false\n"));
    let first = stable(
        &repo
            .run(&["policy", "test", "--coverage", "-o", "json"])
            .exits(1)
            .stdout,
    );
    for _ in 0..3 {
        let again = repo
            .run(&["policy", "test", "--coverage", "-o", "json"])
            .exits(1);
        assert_eq!(stable(&again.stdout), first);
    }
    let states: Vec<_> = first["tests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|test| {
            (
                test["name"].as_str().unwrap(),
                test["state"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        states,
        [
            ("data.p_test.test_late", "pass"),
            ("data.p_test.test_early", "fail"),
            ("data.p_test.todo_test_x", "skipped"),
        ]
    );
    let failure = &first["tests"][1]["failures"][0];
    assert_eq!(failure["line"], 10);
    assert_eq!(failure["values"][0]["value"], "{\"6 is too many\"}");
    assert_eq!(
        first["coverage"]["files"][0]["uncovered_rules"][0]["name"],
        "warn"
    );
}

#[test]
fn the_junit_report_is_evidence_that_assize_itself_reads() {
    let repo = repo(&format!(
        "{PASSES}\n{FAILS}\ntest_err if to_number(\"<x>\") == 1\n\ntodo_test_x if false\n"
    ));
    repo.run(&["policy", "test", "-o", "text", "-o", "junit=junit.xml"])
        .exits(1)
        .says("FAIL");
    let (status, facts) = facts_of(repo.read("junit.xml").as_bytes(), Some(Kind::JunitXml));
    assert_eq!(status, Status::Ok, "{facts}");
    assert_eq!(facts["declared_matches"], true);
    assert_eq!(facts["tests"], 4);
    assert_eq!(facts["passed"], 1);
    assert_eq!(facts["failures"], 1);
    assert_eq!(facts["errors"], 1);
    assert_eq!(facts["skipped"], 1);
    let text = facts.to_string();
    assert!(text.contains("found == set()"), "{text}");
}

#[test]
fn watching_runs_again_when_a_file_changes() {
    let repo = repo(PASSES);
    let mut child = repo
        .command(&["policy", "test", "--watch"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (sender, lines) = mpsc::channel();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let reader = thread::spawn(move || {
        for line in stdout.lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    let wait_for = |text: &str| {
        let mut seen = Vec::new();
        loop {
            let line = lines.recv_timeout(Duration::from_mins(1));
            let line = line.unwrap_or_else(|_| panic!("no `{text}` after {seen:#?}"));
            if line.contains(text) {
                return;
            }
            seen.push(line);
        }
    };
    wait_for("1 of 1 tests pass");
    wait_for("waiting for a change");
    repo.write(
        "policies/p_test.rego",
        &format!("package p_test\n\n{PASSES}\n{FAILS}"),
    );
    wait_for("1 of 2 tests pass, 1 fail");
    wait_for("waiting for a change");
    // A file that is being written does not end the watch.
    repo.write("policies/p_test.rego", "package p_test\n\ntest_x if {");
    wait_for("error: ");
    wait_for("waiting for a change");
    repo.write(
        "policies/p_test.rego",
        &format!("package p_test\n\n{PASSES}"),
    );
    wait_for("1 of 1 tests pass");
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap();
}
