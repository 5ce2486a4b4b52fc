//! `assize gate --each`: many evidence folders, a record each, few commits.

use std::fs;

use assize::json::{self, Limits};

use crate::gate::shape;
use crate::repo::{self, Repo};

/// The sample, with copies of its evidence in `services/`: the first as it is, the second
/// without its tests, the third with one that failed.
fn services() -> Repo {
    let repo = Repo::sample();
    for name in ["a", "b", "c"] {
        let folder = repo.path(&format!("services/{name}"));
        repo::copy(&repo.path("evidence/release"), &folder);
    }
    fs::remove_file(repo.path("services/b/tests/junit.xml")).unwrap();
    let junit = repo.read("services/c/tests/junit.xml");
    let (before, rest) = junit.split_once("<testcase ").unwrap();
    let (_, after) = rest.split_once("/>").unwrap();
    let failed = format!(
        "{before}<testcase name=\"broken\" classname=\"a\"><failure message=\"no\"/></testcase>{after}"
    );
    repo.write(
        "services/c/tests/junit.xml",
        &failed.replacen("failures=\"0\"", "failures=\"1\"", 2),
    );
    repo.run(&["seal", "services/c"]).exits(0);
    repo
}

#[test]
fn each_folder_has_a_verdict_and_a_record_and_the_worst_is_the_exit() {
    let repo = services();
    let ran = repo
        .run(&["gate", "--each", "services"])
        .exits(1)
        .says("ALLOW         services/a  record 0")
        .says("INCONCLUSIVE  services/b  record 1")
        .says("DENY          services/c  record 2")
        .says("1 allowed, 1 denied, 1 inconclusive, of 3 folders")
        .says("tests.junit");
    // What is allowed is one line; what is not says why.
    assert_eq!(
        ran.stdout.matches("\npolicies  ").count(),
        2,
        "{}",
        ran.stdout
    );
    repo.run(&["verify"]).exits(0).says("3 records");
    // The same as three runs would have recorded.
    let decision = |index: &str| {
        let show = ["log", "show", index, "--document", "decision"];
        repo.run(&show).exits(0).stdout
    };
    repo.run(&["gate", "-e", "services/b"]).exits(3);
    assert_eq!(decision("1"), decision("3"));
    fs::remove_dir_all(repo.path("services/c")).unwrap();
    repo.run(&["gate", "--each", "services", "-q"])
        .exits(3)
        .says("of 2 folders");
    fs::remove_dir_all(repo.path("services/b")).unwrap();
    repo.run(&["gate", "--each", "services"]).exits(0);
    repo.run(&["verify"]).exits(0).says("7 records");
}

#[test]
fn json_has_a_report_for_each() {
    let repo = services();
    let ran = repo
        .run(&["gate", "--each", "services", "-o", "json"])
        .exits(1);
    let report = json::parse(ran.stdout.as_bytes(), Limits::EVIDENCE).unwrap();
    let schema = json::parse(
        include_bytes!("../../docs/gate-reports.schema.json"),
        Limits::AUTHORED,
    );
    let mut wrong = Vec::new();
    shape(&schema.unwrap(), &report, "reports", &mut wrong);
    assert!(wrong.is_empty(), "{wrong:?}");
    for (number, verdict) in ["allow", "inconclusive", "deny"].into_iter().enumerate() {
        let one = &report["reports"][number]["report"];
        assert_eq!(one["decision"]["verdict"].as_str(), Some(verdict));
        assert_eq!(one["record"]["index"].as_u64(), Some(number as u64));
    }
}

#[test]
fn what_lies_in_the_wrong_place_is_not_left_out() {
    let repo = services();
    repo.write("services/junit.xml", "<testsuites/>");
    repo.run(&["gate", "--each", "services"])
        .exits(2)
        .complains("`junit.xml` in it is no folder of evidence")
        .gives_no_verdict();
    fs::create_dir(repo.path("none")).unwrap();
    for (folder, why) in [("none", "there is no folder in it"), ("nowhere", "nowhere")] {
        repo.run(&["gate", "--each", folder])
            .exits(2)
            .complains(why)
            .gives_no_verdict();
    }
    for more in [
        &["-e", "evidence/release"][..],
        &["--receipt", "out"],
        &["assize.toml"],
    ] {
        repo.run(&[&["gate", "--each", "services"], more].concat())
            .exits(2)
            .gives_no_verdict();
    }
}

#[test]
fn a_folder_without_verdict_ends_the_run_and_what_was_recorded_is_told() {
    let repo = Repo::empty();
    repo.write(
        "policy/a.rego",
        "package main\n\ndeny contains \"no\" if input.a\n",
    );
    for number in 0..40 {
        fs::create_dir_all(repo.path(&format!("many/{number:02}"))).unwrap();
    }
    repo.write("many/35/a.json", "{}");
    repo.write("many/35/a.yaml", "{}");
    repo.run(&["gate", "--each", "many", "-p", "policy", "-n", "main"])
        .exits(2)
        .complains("`many/35` has no verdict")
        .complains("both map to the item id `a`")
        .says("32 allowed, 0 denied, 0 inconclusive, of 40 folders");
    repo.run(&["verify"]).exits(0).says("32 records");
}
