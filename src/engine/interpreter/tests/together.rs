//! Heads evaluated together and apart give the same, or are not evaluated together.

use std::path::PathBuf;

use super::*;
use crate::clock::Timestamp;
use crate::evidence::{Bundle, LoadOptions as EvidenceOptions};
use crate::json::Value;
use crate::policy::{LoadOptions, PolicySet};

const AS_OF: &str = "2026-11-23T13:00:00Z";

fn call(package: &str, heads: &[&str]) -> Call {
    Call {
        id: package.into(),
        input: 0,
        package: package.into(),
        heads: heads.iter().map(|head| (*head).to_owned()).collect(),
    }
}

fn apart(prepared: &Prepared, call: &Call, input: &Input) -> (Vec<Outcome>, Vec<String>) {
    let limits = Limits::DEFAULT;
    let deadline = Instant::now() + Duration::from_millis(limits.call_ms);
    prepared.evaluate_apart(call, input, &limits, deadline)
}

/// Whatever is made of `call` is what its heads give apart; returns whether they were
/// evaluated together.
fn assert_same(prepared: &Prepared, call: &Call, input: &Input) -> bool {
    let (outcomes, prints) = apart(prepared, call, input);
    let result = prepared.evaluate(call, input, &Limits::DEFAULT);
    let given: Vec<Outcome> = result.heads.into_iter().map(|head| head.outcome).collect();
    assert_eq!(given, outcomes, "{call:?}");
    assert_eq!(result.prints, prints, "{call:?}");
    prepared.together.allows(&call.package, &call.heads)
        && prepared
            .evaluate_together(call, input, &Limits::DEFAULT)
            .is_some()
}

/// The sample's policies and evidence, with each item as it is, missing and unusable,
/// and with all numbers and truths turned.
#[test]
fn the_sample() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let policies = PolicySet::load(&LoadOptions {
        roots: vec![root.join("policies")],
        ..LoadOptions::default()
    });
    let policies = policies.unwrap();
    let as_of: Timestamp = AS_OF.parse().unwrap();
    let options = EvidenceOptions::at(as_of);
    let bundle = Bundle::load(&root.join("evidence/release"), &options).unwrap();
    let modules: Vec<Module> = policies
        .modules()
        .map(|file| module(&file.path, file.text()))
        .collect();
    let data = std::str::from_utf8(policies.data_bytes()).unwrap();
    let prepared = load(&modules, data).unwrap();
    let inputs = variants(&bundle.input(as_of, &json!({})));
    assert!(inputs.len() > 20);
    let (mut shared, mut found) = (0, 0);
    for input in inputs {
        let input = Input(Term::from(input));
        for rule in policies.select_gate("deploy") {
            let heads: Vec<&str> = rule.heads.iter().map(|head| head.name.as_str()).collect();
            let call = call(&rule.package, &heads);
            shared += usize::from(assert_same(&prepared, &call, &input));
            let (outcomes, _) = apart(&prepared, &call, &input);
            let any = |outcome: &Outcome| matches!(outcome, Outcome::Set(v) if !v.is_empty());
            found += outcomes.iter().filter(|outcome| any(outcome)).count();
        }
    }
    // What is compared must be neither all apart nor all empty.
    assert!(shared > 400, "{shared}");
    assert!(found > 100, "{found}");
}

fn variants(input: &Value) -> Vec<Value> {
    let mut variants = vec![input.clone(), turned(input)];
    let items = input["evidence"].as_object().unwrap();
    for name in items.keys() {
        let mut missing = input.clone();
        missing["evidence"].as_object_mut().unwrap().remove(name);
        let mut unusable = input.clone();
        unusable["evidence"][name]["status"] = json!("error");
        unusable["evidence"][name]["facts"] = Value::Null;
        let mut wrong = input.clone();
        wrong["evidence"][name]["facts"] = turned(&wrong["evidence"][name]["facts"]);
        variants.extend([missing, unusable, wrong]);
    }
    variants
}

fn turned(value: &Value) -> Value {
    match value {
        Value::Bool(bool) => Value::Bool(!bool),
        Value::Number(number) => json!(1_000.0 - number.as_f64().unwrap()),
        Value::Array(items) => items.iter().rev().map(turned).collect(),
        Value::Object(entries) => {
            let entries = entries.iter();
            Value::Object(entries.map(|(k, v)| (k.clone(), turned(v))).collect())
        }
        Value::Null | Value::String(_) => value.clone(),
    }
}

/// The rules of `tests/it/engine_traps.rs`, beside a head that is well.
#[test]
fn traps() {
    let traps = [
        "deny contains v if { [_, v] := walk(input); is_number(v) }",
        "deny contains v if { walk(input, [_, v]); is_number(v) }",
        "deny contains \"x\" if regex.match(`^\\w{1,63}$`, \"abc\")",
        "deny contains sprintf(\"%2.1q\", [1])",
        "deny contains 18446744073709551616 + 1",
        "deny contains 0.1 + 0.2",
        "f(x) := 0 if x == 0\nf(x) := f(x - 1) if x > 0\ndeny contains f(3)",
        "deny contains 1 if not to_number(input.x)",
        "deny contains 1 / input.zero",
        "deny contains 1 if input.none.of.this",
        "deny := {1} if input.none",
        "deny := {1}",
        "deny := \"x\"",
        "deny contains 1 if not opa.runtime().env",
        "deny contains http.send({\"method\": \"get\", \"url\": \"x\"})",
        "deny contains time.now_ns()",
        "deny contains time.now_ns() with time.now_ns as 7",
        "deny contains x if { x := input.x } with input as {\"x\": 5}",
        "deny contains {\"b\": {2, 1}, \"a\": [null, 1.5, \"\"]}",
        "deny contains {\"a\": {[1]: 2}}",
        "b[q].r contains s if { some q, s in input.list }\ndeny contains data.p.b[q].r if some q in [0]",
        "deny contains x if { some x in warn }",
        "deny contains x if { some x in object.keys(data.p) }",
        "deny contains x if { some x; data.p[x] }",
        "deny[x] contains 1 if { some x in input.list }",
        "deny.x contains 1",
        "default deny := set()\ndeny := {1} if input.none",
        "deny contains 1 if print(\"seen\", count(shared))",
        "deny contains count(shared) if count(shared) > 1",
        "deny contains sprintf(\"%.2000000000f\", [\"x\"])",
        "deny contains deny",
    ];
    let input = br#"{"x": "1", "zero": 0, "list": ["a", "b"], "a": 1}"#;
    let input = Input::parse(input).unwrap();
    let mut shared = Vec::new();
    for trap in traps {
        let source = format!(
            "package p\n{trap}\nshared contains v if {{ some v in input.list }}\n\
             warn contains v if {{ some v in shared }}\n"
        );
        let Ok(prepared) = load(&[module("p.rego", &source)], "") else {
            continue;
        };
        for heads in [
            ["deny", "warn"],
            ["warn", "deny"],
            ["warn", "nope"],
            ["deny", "deny"],
        ] {
            if assert_same(&prepared, &call("p", &heads), &input) {
                shared.push(trap);
            }
        }
    }
    shared.dedup();
    assert!(shared.len() > 8 && shared.len() < traps.len(), "{shared:?}");
}

/// In one query `warn` would lose `from a`: the engine evaluates all of `p` but the
/// file it is in, and then takes all of `p` for done.
#[test]
fn a_query_takes_what_it_left_out_for_done() {
    let a = "package p\ndeny contains k if { some k; data.p[k] }\nwarn contains \"from a\"\n";
    let b = "package p\nwarn contains \"from b\"\n";
    let prepared = load(&[module("a.rego", a), module("b.rego", b)], "").unwrap();
    let input = Input::parse(b"{}").unwrap();
    let asked = call("p", &["deny", "warn"]);
    let all = Outcome::Set(vec![json!("from a"), json!("from b")]);
    assert_eq!(
        prepared.evaluate(&asked, &input, &Limits::DEFAULT).heads[1].outcome,
        all
    );
    assert!(!assert_same(&prepared, &asked, &input));
    // Should the engine mend this, `ast_lint::together` may allow more.
    let outcomes = prepared.evaluate_together(&asked, &input, &Limits::DEFAULT);
    assert_eq!(
        outcomes.unwrap()[1],
        Outcome::Set(vec![json!("from b")]),
        "the trap is gone"
    );
}

#[test]
fn what_could_mislead_a_query_is_not_evaluated_together() {
    let plain = "package p\ndeny contains 1\nwarn contains 2\n";
    let allowed = |modules: &[&str]| {
        let modules: Vec<Module> = modules
            .iter()
            .enumerate()
            .map(|(n, source)| module(&format!("m{n}.rego"), source))
            .collect();
        let prepared = load(&modules, "").unwrap();
        let heads = ["deny".to_owned(), "warn".to_owned()];
        prepared.together.allows("p", &heads)
    };
    assert!(allowed(&[plain]));
    for fine in [
        "package q\nx := data.p.deny",
        "package q\nimport data.p.deny\nx := count(deny)",
        "package q\nimport data.lib.f as g\nx := g(1)",
        "package q\nimport data.p\nx := p.f(1)",
        "package q\nx := data.thresholds[input.x].y",
        "package q\nx := data[\"p\"][\"deny\"]",
    ] {
        let lib = "package lib\nf(x) := x";
        let function = "package p\nf(x) := x";
        assert!(allowed(&[plain, fine, lib, function]), "{fine}");
    }
    for far in [
        "package q\nx := data.p",
        "package q\nx := data",
        "package q\nx contains k if { some k; data[k] }",
        "package q\nx contains k if { some k; data.p[k] }",
        "package q\nx := data.p[`deny`]",
        "package q\nx contains k if { some k, _ in data.p }",
        "package q\nx if { every k, v in data.p { k; v } }",
        "package q\nx := [v | v := data.p]",
        "package q\nimport data.p\nx := p.deny",
        "package q\nimport data.p as r\nx := count(r.deny)",
        "package q\nimport data.r\nx := r.s\n",
        "package q\nx[data.p.z] := 1\nx[data.p] := 1",
        "package q\nx := 1 if input.x with input as {}",
        "package q\nx := {\"a\": 1}\nx.y := 2",
        "package r\ns := 1",
    ] {
        let nested = "package r.s\nx := 1";
        assert!(!allowed(&[plain, far, nested]), "{far}");
    }
    for other in [
        "package p\ndefault deny := {3}",
        "package p\ndeny[x] contains 1 if { some x in input.l }",
    ] {
        assert!(!allowed(&[plain, other]), "{other}");
    }
    let bracketed = "package a[\"b.p\"]\ndeny contains 1\nwarn contains 2\n";
    let prepared = load(&[module("a.rego", bracketed)], "").unwrap();
    let heads = ["deny".to_owned(), "warn".to_owned()];
    assert!(!prepared.together.allows("a.b.p", &heads));
    assert!(!prepared.together.allows("p", &heads));
    assert!(!prepared.together.allows("p", &heads[..1]));
}

/// The slow head has the error, though it ran out of time with the other one.
#[test]
fn a_head_that_takes_too_long_is_told_from_one_that_does_not() {
    let source = "package p\ndeny contains 1\n\
        warn contains 1 if { some x in numbers.range(1, 10000)\n\
        some y in numbers.range(1, 10000)\nx * y == -1 }\n";
    let prepared = load(&[module("p.rego", source)], "").unwrap();
    let limits = Limits {
        call_ms: 300,
        ..Limits::DEFAULT
    };
    let began = Instant::now();
    let asked = call("p", &["warn", "deny"]);
    let result = prepared.evaluate(&asked, &Input::parse(b"{}").unwrap(), &limits);
    assert!(matches!(
        &result.heads[0].outcome,
        Outcome::Error(error) if error.kind == ErrorKind::Time
    ));
    assert_eq!(result.heads[1].outcome, Outcome::Set(vec![json!(1)]));
    let most = limits.call_ms + crate::engine::limits::WATCHDOG_GRACE_MS;
    assert!(began.elapsed() < Duration::from_millis(most));
}
