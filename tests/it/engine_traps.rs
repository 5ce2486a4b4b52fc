//! Where the engine silently differs from OPA, or would surprise: one pin for each.
//!
//! A new version of the engine that changes one of these fails here. Where the
//! change is for the better, the lint that refuses the trap can go with the pin.
//! What OPA gives was recorded with OPA 1.22.

use assize::engine::{
    Call, EngineError, ErrorKind, Module, Outcome, Request, Response, evaluate_unsupervised,
};
use assize::json::{Value, json};

const AS_OF_NS: i64 = 1_795_438_800_000_000_000;

fn request(modules: &[&str], input: &str) -> Request {
    Request {
        modules: modules
            .iter()
            .enumerate()
            .map(|(n, source)| Module {
                path: format!("m{n}.rego"),
                source: (*source).into(),
            })
            .collect(),
        inputs: vec![input.as_bytes().to_vec()],
        as_of_ns: AS_OF_NS,
        calls: vec![Call {
            id: "p".into(),
            input: 0,
            package: "p".into(),
            heads: vec!["deny".into()],
        }],
        lint: true,
        ..Request::default()
    }
}

fn run(modules: &[&str], input: &str) -> Response {
    evaluate_unsupervised(&request(modules, input)).unwrap()
}

fn outcome(rules: &str, input: &str) -> Outcome {
    let source = format!("package p\n{rules}\n");
    run(&[&source], input).results[0].heads[0].outcome.clone()
}

/// The one value of `deny contains <expression>`.
fn value(expression: &str) -> Value {
    match outcome(&format!("deny contains {expression}"), "{}") {
        Outcome::Set(values) if values.len() == 1 => values[0].clone(),
        other => panic!("{expression}: {other:?}"),
    }
}

fn error(rules: &str) -> String {
    match outcome(rules, "{}") {
        Outcome::Error(error) => error.to_string(),
        other => panic!("{rules}: {other:?}"),
    }
}

fn codes(response: &Response) -> Vec<&str> {
    response.findings.iter().map(|f| f.code.as_str()).collect()
}

/// In the engine alone, `data.p.deny` would be `[]` and nothing would be denied.
#[test]
fn base_data_never_replaces_a_rule() {
    let mut request = request(&["package p\ndeny contains \"x\"\n"], "{}");
    request.data = br#"{"p": {"deny": []}}"#.to_vec();
    assert!(matches!(
        evaluate_unsupervised(&request),
        Err(EngineError::Load(error)) if error.message.contains("would replace rule `data.p.deny`")
    ));
}

#[test]
fn an_assigned_walk_yields_nothing_and_is_found() {
    let assigned = "package p\ndeny contains v if { [_, v] := walk(input); is_number(v) }\n";
    let response = run(&[assigned], r#"{"a": 1}"#);
    assert_eq!(response.results[0].heads[0].outcome, Outcome::Set(vec![]));
    assert!(codes(&response).contains(&"walk-assignment"));
    let given = "deny contains v if { walk(input, [_, v]); is_number(v) }";
    assert_eq!(outcome(given, r#"{"a": 1}"#), Outcome::Set(vec![json!(1)]));
}

/// `lib.ok` through `import data.lib` evaluates `lib.broken` too.
#[test]
fn an_imported_package_is_evaluated_whole_and_is_found() {
    let lib = "package lib\nok := 1\nbroken := 1 / input.zero\n";
    let alias = run(
        &["package p\nimport data.lib\ndeny contains lib.ok\n", lib],
        r#"{"zero": 0}"#,
    );
    assert!(matches!(
        alias.results[0].heads[0].outcome,
        Outcome::Error(_)
    ));
    assert_eq!(codes(&alias), ["whole-package"]);
    let full = run(
        &["package p\ndeny contains data.lib.ok\n", lib],
        r#"{"zero": 0}"#,
    );
    assert_eq!(
        full.results[0].heads[0].outcome,
        Outcome::Set(vec![json!(1)])
    );
    assert!(full.findings.is_empty());
}

#[test]
fn importing_the_own_package_is_undefined_and_is_found() {
    let source = "package p\nimport data.p as me\nbad if true\ndeny contains 1 if me.bad\n";
    let response = run(&[source], "{}");
    assert_eq!(response.results[0].heads[0].outcome, Outcome::Set(vec![]));
    assert_eq!(codes(&response), ["own-package-import"]);
}

#[test]
fn patterns_have_a_cap_and_are_found_before() {
    let source = "package p\ndeny contains 1 if regex.match(`^\\w{1,63}$`, \"a\")\n";
    let response = run(&[source], "{}");
    assert!(matches!(
        &response.results[0].heads[0].outcome,
        Outcome::Error(error) if error.message.contains("size limit")
    ));
    assert_eq!(codes(&response), ["regex-refused"]);
    assert_eq!(
        value("regex.match(`^[A-Za-z0-9_]{1,63}$`, \"a\")"),
        json!(true)
    );
}

/// OPA: false.
#[test]
fn classes_match_unicode() {
    assert_eq!(value("regex.match(`^\\d$`, \"٣\")"), json!(true));
}

/// OPA: `true`, `78`, `    x`, `%!d(string=x)`.
#[test]
fn sprintf_loses_what_it_does_not_know_and_is_found() {
    assert_eq!(value("sprintf(\"<%t>\", [true])"), json!("<>"));
    assert_eq!(value("sprintf(\"<%x>\", [\"x\"])"), json!("<>"));
    assert_eq!(value("sprintf(\"<%5s>\", [\"x\"])"), json!("<x>"));
    assert_eq!(value("sprintf(\"<%d>\", [\"x\"])"), json!("<>"));
    assert!(error("deny contains sprintf(\"%6.2f\", [1.5])").contains("m0.rego:2"));
    let response = run(
        &["package p\ndeny contains sprintf(\"%t\", [true])\n"],
        "{}",
    );
    assert_eq!(codes(&response), ["sprintf-verb"]);
}

/// What lint lets through is what Go prints.
#[test]
fn sprintf_prints_as_opa_does_with_the_verbs_that_lint_allows() {
    let source = "sprintf(\"%d %v %s %.2f %05d %q %v %v %%\", \
        [3, {\"a\": [1, true]}, \"s\", 2.345, 42, \"q\\\"\", {1, 2}, 1.5])";
    assert_eq!(
        value(source),
        json!("3 {\"a\": [1, true]} s 2.35 00042 \"q\\\"\" {1, 2} 1.5 %")
    );
}

#[test]
fn integers_are_exact_to_64_bits_and_lint_refuses_the_rest() {
    assert_eq!(value("18446744073709551615"), json!(u64::MAX));
    assert_eq!(
        value("9007199254740993 - 1"),
        json!(9_007_199_254_740_992_i64)
    );
    assert_eq!(value("time.now_ns() - 1"), json!(AS_OF_NS - 1));
    let response = run(&["package p\ndeny contains 18446744073709551617\n"], "{}");
    assert_eq!(codes(&response), ["integer-range"]);
    assert!(matches!(
        evaluate_unsupervised(&request(&["package p\n"], "[18446744073709551616]")),
        Err(EngineError::Load(_))
    ));
}

/// OPA: 0.3 and 5.1.
#[test]
fn fractions_are_binary() {
    assert_eq!(value("0.1 + 0.2"), json!(0.1 + 0.2));
    assert_ne!(value("0.1 + 0.2"), json!(0.3));
    assert_eq!(value("15.3 / 3"), json!(5.100_000_000_000_000_5));
    assert_eq!(value("sum([0.1, 0.2]) == 0.3"), json!(false));
}

/// OPA refuses the policy.
#[test]
fn functions_may_recurse_and_are_found() {
    let source = "package p\nf(0) := 0\nf(n) := f(n - 1) if n > 0\ndeny contains f(9)\n";
    let response = run(&[source], "{}");
    assert_eq!(
        response.results[0].heads[0].outcome,
        Outcome::Set(vec![json!(0)])
    );
    assert_eq!(codes(&response), ["recursion"]);
}

#[test]
fn an_error_is_never_a_truth_nor_an_empty_set() {
    // OPA, without `--strict-builtin-errors`: 1 is denied.
    assert!(error("deny contains 1 if { not to_number(\"x\") }").contains("m0.rego:2"));
    assert!(error("deny contains 1 if { 1 / 0 > 1 }").contains("zero"));
    // Some errors come without a place; the result is of the rule all the same.
    assert!(error("deny contains 1 if { time.parse_rfc3339_ns(\"x\") > 0 }").contains("datetime"));
    assert!(error("s := 1\ns := 2 if true\ndeny contains s").contains("m0.rego"));
}

/// The silent pass that `requires` and typed facts are for.
#[test]
fn a_rule_over_the_wrong_shape_is_an_empty_set() {
    let rule = "deny contains 1 if input.evidence.x.facts.failures > 0";
    assert_eq!(
        outcome(rule, r#"{"evidence": {"x": {"facts": null}}}"#),
        Outcome::Set(vec![])
    );
    assert_eq!(outcome(rule, r#"{"evidence": [1]}"#), Outcome::Set(vec![]));
    assert_eq!(outcome(rule, ""), Outcome::Set(vec![]));
    assert_eq!(
        outcome(rule, r#"{"evidence": {"x": {"facts": {"failures": 1}}}}"#),
        Outcome::Set(vec![json!(1)])
    );
}

#[test]
fn undefined_is_told_from_empty_and_from_absent() {
    assert_eq!(
        outcome("deny := 1 if input.never", "{}"),
        Outcome::Undefined
    );
    assert_eq!(
        outcome("deny contains 1 if input.never", "{}"),
        Outcome::Set(vec![])
    );
    assert!(matches!(
        outcome("dney contains 1", "{}"),
        Outcome::Error(error) if error.kind == ErrorKind::NoSuchHead
    ));
}

/// The engine's own `http.send` is undefined, so that its `not` would be true.
#[test]
fn what_reads_the_world_is_refused_even_under_not() {
    for call in [
        "http.send({\"url\": \"x\"})",
        "rand.intn(\"x\", 2)",
        "opa.runtime()",
    ] {
        let message = error(&format!("deny contains 1 if {{ not {call} }}"));
        assert!(message.contains("is refused"), "{message}");
    }
}

#[test]
fn time_stands_still_but_for_with() {
    assert_eq!(value("time.now_ns()"), json!(AS_OF_NS));
    assert_eq!(
        outcome(
            "deny contains t if { t := time.now_ns(); t == time.now_ns() }",
            "{}"
        ),
        Outcome::Set(vec![json!(AS_OF_NS)])
    );
    let source =
        "package p\nnow := time.now_ns()\ndeny contains x if { x := now with time.now_ns as 5 }\n";
    let response = run(&[source], "{}");
    assert_eq!(
        response.results[0].heads[0].outcome,
        Outcome::Set(vec![json!(5)])
    );
    assert_eq!(codes(&response), ["with-function"]);
}

/// OPA: 2024-03-02, as Go counts days over.
#[test]
fn months_are_clamped() {
    assert_eq!(
        value("time.date(time.add_date(time.parse_rfc3339_ns(\"2024-01-31T00:00:00Z\"), 0, 1, 0))"),
        json!([2024, 2, 29])
    );
}

/// OPA refuses all three.
#[test]
fn some_readers_are_lenient() {
    assert_eq!(value("to_number(\" 1\")"), json!(1));
    assert_eq!(
        value("time.parse_rfc3339_ns(\"2026-01-01 00:00:00Z\")"),
        json!(1_767_225_600_000_000_000_i64)
    );
}

#[test]
fn newer_rego_is_an_error_and_never_something_else() {
    for source in [
        "package p\ndeny contains $\"{input.a}\"\n",
        "package p\nif.x := 1\n",
        "package p\ndeny[x] { x := 1 }\n",
    ] {
        assert!(
            matches!(
                evaluate_unsupervised(&request(&[source], "{}")),
                Err(EngineError::Load(_))
            ),
            "{source}"
        );
    }
}

/// Unsafe variables are found where they stand, not where evaluation gets to.
#[test]
fn unsafe_variables_are_found() {
    let source = "package p\ndeny contains x if { input.never; y := 1 }\n";
    let response = run(&[source], "{}");
    assert_eq!(response.results[0].heads[0].outcome, Outcome::Set(vec![]));
    assert_eq!(codes(&response), ["unsafe-variable"]);
}

#[test]
fn sets_come_in_one_order() {
    let rule =
        "deny contains x if { some x in {3, \"b\", null, [1], {\"k\": 1}, true, 2.5, \"a\", {9}} }";
    assert_eq!(
        outcome(rule, "{}"),
        Outcome::Set(vec![
            json!(null),
            json!(true),
            json!(2.5),
            json!(3),
            json!("a"),
            json!("b"),
            json!([1]),
            json!([9]),
            json!({"k": 1}),
        ])
    );
}

/// OPA: denied.
#[test]
fn elements_of_a_set_below_a_variable_are_undefined() {
    let rule = "q[k].r contains s if { some k in [\"a\", \"b\"]; s := \"x\" }\n\
        q.b.r contains \"foo\"\n\
        deny contains 1 if data.p.q.b.r.x";
    assert_eq!(outcome(rule, "{}"), Outcome::Set(vec![]));
}

/// As OPA has it, because the worker gives the variable another name.
#[test]
fn a_local_may_have_the_name_of_its_rule() {
    let rule = "a contains a if { some a in input.as }\n\
        deny contains i if { some i; input.as[i]; a[1] }\n\
        i := 5";
    assert_eq!(outcome(rule, "{\"as\": [1]}"), Outcome::Set(vec![json!(0)]));
}
