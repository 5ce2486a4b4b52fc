//! `assize readiness` over the sample, and its rules over odd evidence.

use std::fs;

use assize::engine;
use assize::json::{self, Limits, Value, json};
use assize::policy::{Family, LoadOptions, PolicySet};

use crate::repo::Repo;

#[test]
fn readiness_says_what_is_missing_and_what_nobody_can_tell() {
    let repo = Repo::sample();
    repo.run(&["readiness"])
        .exits(1)
        .says("\ncomplete  14 of 15 required items usable")
        .says("PHASE4  2 of 5 ready, 2 not ready, 1 unknown")
        .says("PHASE5  2 of 5 ready, 2 not ready, 1 unknown")
        .says("missing  run `chaos-034` does not count: it had no target")
        .says("unclear  evidence `platform.model-backtest` is missing")
        .says("is signed by 1, 2 are needed where money is spent")
        .says("NOT READY  4 of 10 ready, 4 not ready, 2 unknown");
    repo.run(&["readiness", "phase4", "-o", "json"])
        .exits(1)
        .says("\"schema\": \"assize/readiness-report/v1\"")
        .says("\"state\": \"not-ready\"");
    repo.run(&["log", "list"])
        .exits(0)
        .says("deny          readiness readiness")
        .says("deny          readiness phase4");
    repo.run(&["verify"]).exits(0).says("2 records");
    repo.run(&["readiness", "phase6"])
        .exits(2)
        .complains("phases with rules: phase4, phase5");
    // Without evidence nothing is ready, and nothing is known to lack either.
    fs::create_dir(repo.path("nothing")).unwrap();
    repo.run(&["readiness", "-e", "nothing"])
        .exits(3)
        .says("UNKNOWN  0 of 10 ready, 10 unknown");
}

#[test]
fn a_ready_phase_exits_zero() {
    let repo = Repo::sample();
    for rule in ["chaos_framework", "ml_pipeline", "predictive_model"] {
        fs::remove_file(repo.path(&format!("policies/readiness/phase4/{rule}.rego"))).unwrap();
    }
    repo.run(&["readiness", "phase4"])
        .exits(0)
        .says("READY  2 of 2 ready");
    // A signature that does not hold takes readiness away, and proves nothing missing.
    let path = "evidence/readiness/declarations/apm-tooling.json";
    let declaration = repo.read(path);
    let (head, tail) = declaration.rsplit_once("\"sig\":\"").unwrap();
    let other = if tail.starts_with('A') { "B" } else { "A" };
    repo.write(path, &format!("{head}\"sig\":\"{other}{}", &tail[1..]));
    fs::remove_file(repo.path("evidence/readiness/bundle.json")).unwrap();
    repo.run(&[
        "seal",
        "evidence/readiness",
        "--collected-at",
        "2026-11-23T12:31:40Z",
    ])
    .exits(0);
    repo.run(&["readiness", "phase4"])
        .exits(3)
        .says("unverified")
        .says("1 of 2 ready, 1 unknown");
}

/// Every value of the sample's evidence replaced by something odd: rules must answer, and
/// never fail.
#[test]
fn no_odd_evidence_makes_a_rule_fail() {
    let repo = Repo::sample();
    repo.run(&["readiness", "-q"]).exits(1);
    let input = repo
        .run(&["log", "show", "0", "--document", "input"])
        .exits(0)
        .stdout;
    let input = json::parse(input.as_bytes(), Limits::EVIDENCE).unwrap();
    let set = PolicySet::load(&LoadOptions {
        roots: vec![repo.path("policies")],
        ..LoadOptions::default()
    })
    .unwrap();
    let (inputs, calls) = odd(&input, &set);
    assert!(inputs.len() > 1_000, "{}", inputs.len());
    let modules = set.modules().map(|file| engine::Module {
        path: file.path.clone(),
        source: file.text().to_owned(),
    });
    let request = engine::Request {
        modules: modules.collect(),
        data: set.data_bytes().to_vec(),
        inputs,
        as_of_ns: 0,
        calls: calls.clone(),
        lint: false,
        testing: None,
        limits: engine::Limits::DEFAULT,
    };
    let response = engine::evaluate_unsupervised(&request).unwrap();
    for (call, result) in calls.iter().zip(&response.results) {
        for head in &result.heads {
            let is_set = matches!(head.outcome, engine::Outcome::Set(_));
            assert!(is_set, "{}: {head:?}", call.id);
        }
    }
}

/// Inputs with one odd value each, and the calls of the rules that read it.
fn odd(input: &Value, set: &PolicySet) -> (Vec<Vec<u8>>, Vec<engine::Call>) {
    let rules = set.select_family(&Family::Readiness);
    assert_eq!(rules.len(), 10);
    let (mut inputs, mut calls) = (Vec::new(), Vec::new());
    for (id, item) in input["evidence"].as_object().unwrap() {
        let mut places = Vec::new();
        pointers(item, &mut String::new(), &mut places);
        let readers: Vec<_> = rules
            .iter()
            .filter(|rule| rule.requires.iter().any(|r| r.evidence == *id))
            .collect();
        assert!(!readers.is_empty(), "nobody reads {id}");
        for place in places {
            for odd in [
                json!(null),
                json!("odd"),
                json!(-0.5),
                json!([7]),
                json!({}),
                json!(true),
            ] {
                let mut changed = input.clone();
                *changed["evidence"][id].pointer_mut(&place).unwrap() = odd;
                inputs.push(changed.to_string().into_bytes());
                calls.extend(readers.iter().map(|rule| engine::Call {
                    id: format!("{} {id}{place}", rule.id),
                    input: inputs.len() - 1,
                    package: rule.package.clone(),
                    heads: rule.heads.iter().map(|head| head.name.clone()).collect(),
                }));
            }
        }
    }
    (inputs, calls)
}

/// Where values are; of a list, the first two stand for the rest.
fn pointers(value: &Value, at: &mut String, places: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(k, v)| (k.clone(), v)).collect(),
        Value::Array(items) => {
            let items = items.iter().enumerate().take(2);
            items.map(|(i, item)| (i.to_string(), item)).collect()
        }
        _ => Vec::new(),
    };
    for (key, child) in children {
        let length = at.len();
        at.push('/');
        at.push_str(&key.replace('~', "~0").replace('/', "~1"));
        places.push(at.clone());
        pointers(child, at, places);
        at.truncate(length);
    }
}
