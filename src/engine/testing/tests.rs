//! Failures as they are explained, over the worker's own path but in this process.

use crate::engine::{
    Call, Module, ModuleCoverage, Request, Response, TestEnd, TestPlace, TestReport, Testing,
    evaluate_unsupervised,
};

const POLICY: &str = "package p\n\nlimit := 5\n\ndeny contains msg if {\n\tinput.v > limit\n\tmsg := sprintf(\"%d\", [input.v])\n}\n\nlate(x) if x.t > 3\n";

fn run(modules: &[(&str, &str)], tests: &[(&str, u32)], covered: &[&str]) -> Response {
    let module = |(path, source): &(&str, &str)| Module {
        path: (*path).into(),
        source: (*source).into(),
    };
    let request = Request {
        modules: modules.iter().map(module).collect(),
        inputs: vec![Vec::new()],
        calls: tests
            .iter()
            .map(|(name, _)| Call {
                id: format!("data.t.{name}"),
                input: 0,
                package: "t".into(),
                heads: vec![(*name).into()],
            })
            .collect(),
        testing: Some(Testing {
            rules: tests
                .iter()
                .map(|(name, line)| TestPlace {
                    path: "t_test.rego".into(),
                    line: *line,
                    shares_name: tests.iter().filter(|(other, _)| other == name).count() > 1,
                })
                .collect(),
            covered: covered.iter().map(|path| (*path).into()).collect(),
        }),
        ..Request::default()
    };
    evaluate_unsupervised(&request).unwrap()
}

/// The report of `test_x`, whose text follows `package t` and `import data.p`.
fn report(rule: &str) -> TestReport {
    let source = format!("package t\n\nimport data.p\n\n{rule}\n");
    let modules = [("p.rego", POLICY), ("t_test.rego", source.as_str())];
    run(&modules, &[("test_x", 5)], &[]).tests.remove(0)
}

/// Line, expression and reason of the one failure, and its values as `a = b`.
fn failure(rule: &str) -> (u32, String, String, Vec<String>) {
    let report = report(rule);
    let [failure] = report.failures.as_slice() else {
        panic!("{report:#?}");
    };
    let values = failure.values.iter();
    (
        failure.place.line,
        failure.expression.clone(),
        failure.reason.clone(),
        values
            .map(|shown| format!("{} = {}", shown.expression, shown.value))
            .collect(),
    )
}

fn expect(rule: &str, line: u32, expression: &str, reason: &str, values: &[&str]) {
    let found = failure(rule);
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    let expected = (line, expression.to_owned(), reason.to_owned(), values);
    assert_eq!(found, expected, "{rule}");
}

#[test]
fn a_comparison_shows_both_sides_and_what_they_are_made_of() {
    expect(
        "test_x if {\n\tfound := data.p.deny with input as {\"v\": 7}\n\tcount(found) == p.limit - 3\n}",
        7,
        "count(found) == p.limit - 3",
        "it is false",
        &[
            "count(found) = 1",
            "p.limit - 3 = 2",
            "found = {\"7\"}",
            "p.limit = 5",
        ],
    );
}

#[test]
fn with_is_kept_and_a_statement_may_begin_and_end_with_a_string() {
    expect(
        "test_x if \"x\" in data.p.deny with input as {\"v\": 8}",
        5,
        "\"x\" in data.p.deny with input as {\"v\": 8}",
        "it is false",
        &["data.p.deny = {\"8\"}"],
    );
    expect(
        "test_x if p.limit == \"5\"",
        5,
        "p.limit == \"5\"",
        "it is false",
        &["p.limit = 5"],
    );
}

#[test]
fn a_negation_shows_what_holds() {
    expect(
        "test_x if not p.late({\"t\": 4})",
        5,
        "not p.late({\"t\": 4})",
        "what is negated holds",
        &["p.late({\"t\": 4}) = true"],
    );
}

#[test]
fn an_every_shows_the_elements_for_which_it_does_not_hold() {
    expect(
        "test_x if {\n\tevery i, x in [1, 9, 2, 8] {\n\t\tx < p.limit\n\t}\n}",
        6,
        "every i, x in [1, 9, 2, 8] {\n\t\tx < p.limit\n\t}",
        "it does not hold for every element",
        &[
            "i, x in [1, 9, 2, 8], where it does not hold = [[1, 9], [3, 8]]",
            "x (there) = 9",
            "p.limit (there) = 5",
        ],
    );
}

#[test]
fn a_some_shows_what_it_looked_through() {
    expect(
        "test_x if {\n\tsome m in data.p.deny with input as {\"v\": 1}\n\tm != \"\"\n}",
        6,
        "some m in data.p.deny with input as {\"v\": 1}",
        "there is no such element",
        &["data.p.deny = set()"],
    );
    expect(
        "test_x if {\n\tsome x in [1, 2, 3, 4]\n\tx > 1\n\tx * 2 == 7\n}",
        8,
        "x * 2 == 7",
        "it is false",
        &["x * 2 = 4; 6; 8", "x = 2; 3; 4"],
    );
}

#[test]
fn what_is_undefined_shows_how_far_it_goes() {
    expect(
        "test_x if {\n\tx := input.evidence.foo.bar with input as {\"evidence\": {\"fo\": 1}}\n\tx > 1\n}",
        6,
        "x := input.evidence.foo.bar with input as {\"evidence\": {\"fo\": 1}}",
        "what is assigned is undefined",
        &[
            "input.evidence.foo.bar = undefined",
            "input.evidence = {\"fo\": 1}",
        ],
    );
}

#[test]
fn an_error_is_no_failure_and_is_explained_too() {
    let report = report("test_x if {\n\tx := \"a\"\n\tto_number(x) == 1\n}");
    assert!(
        matches!(&report.end, TestEnd::Error(message) if message.starts_with("t_test.rego:7: "))
    );
    let failure = &report.failures[0];
    assert_eq!(failure.place.line, 7);
    assert!(failure.reason.starts_with("error: "), "{failure:#?}");
    assert_eq!(failure.values[1].value, "\"a\"");
}

#[test]
fn a_value_that_is_not_true_is_a_failure() {
    expect("test_x := 5", 5, "5", "it is `5`, not `true`", &[]);
    expect(
        "test_x := false if {\n\t1 == 2\n} else := p.limit > 7 if {\n\ttrue\n}",
        7,
        "p.limit > 7",
        "it is `false`, not `true`",
        &["p.limit = 5"],
    );
    assert_eq!(
        report("test_x contains 1").end,
        TestEnd::Failed("it is `{1}`, not `true`".into())
    );
}

#[test]
fn the_order_of_statements_does_not_matter() {
    expect(
        "test_x if {\n\tx > 10\n\tx = p.limit * 2\n}",
        6,
        "x > 10",
        "it is false",
        &["x = 10"],
    );
}

#[test]
fn print_is_kept_with_its_test() {
    let report = report("test_x if {\n\tprint(\"seen\", p.limit)\n\tp.limit == 5\n}");
    assert_eq!(report.end, TestEnd::Passed);
    assert_eq!(report.prints, ["t_test.rego:6: seen 5"]);
}

#[test]
fn values_of_with_are_evaluated_as_opa_does() {
    // Where the rule and the test import the same package, the engine by itself finds
    // `fx.of(1)` undefined behind `with`: the first would fail, the second pass.
    let modules = [
        ("fx.rego", "package fx\nof(x) := {\"v\": x}\n"),
        (
            "p.rego",
            "package p\nimport data.fx\ns contains fx.of(input.v).v\n",
        ),
        (
            "t_test.rego",
            "package t\nimport data.fx\ng(x) := {y | some y in x}\n\
             test_a if g(data.p.s) == {1} with input as fx.of(1)\n\
             test_b if not g(data.p.s) == {1} with input as fx.of(1)\n\
             test_c if { data.p.s == {1} with input as\n fx.of(2) }\n\
             test_d if { data.p.s == {1} with input as data.nosuch.value }\n\
             test_e if { [x | some v in [1, 2]; x := g(data.p.s) with input as fx.of(v)] == [{1}, {2}] }\n\
             test_f if every v in [1, 2] { g(data.p.s) == {v} with input as fx.of(v) }\n\
             test_g if g(data.p.s) == {1} with input as {v: w | some v, w in [x | x := fx.of(1) with data.y as fx.of(2)][0]}\n\
             items := {\"a\": 1}\nseen := items.a\n\
             test_h if seen == 7 with items as {\"a\": 7}\n",
        ),
    ];
    let tests = [
        ("test_a", 4),
        ("test_b", 5),
        ("test_c", 6),
        ("test_d", 8),
        ("test_e", 9),
        ("test_f", 10),
        ("test_g", 11),
        ("test_h", 14),
    ];
    let reports = run(&modules, &tests, &[]).tests;
    assert_eq!(reports[0].end, TestEnd::Passed);
    assert!(matches!(reports[1].end, TestEnd::Failed(_)));
    let shown = &reports[2].failures[0];
    assert_eq!(shown.expression, "data.p.s == {1} with input as\n fx.of(2)");
    assert_eq!(shown.values[0].value, "{2}");
    let shown = &reports[3].failures[0];
    assert_eq!(
        (shown.place.line, shown.expression.as_str()),
        (8, "data.nosuch.value")
    );
    assert!(shown.reason.contains("behind `with`"), "{shown:#?}");
    for report in &reports[4..] {
        assert_eq!(report.end, TestEnd::Passed);
    }
}

#[test]
fn each_of_several_definitions_is_a_test() {
    let source = "package t\ntest_x if 1 == 2\ntest_x if 1 == 1\n";
    let tests = [("test_x", 2), ("test_x", 3)];
    let reports = run(&[("t_test.rego", source)], &tests, &[]).tests;
    assert!(matches!(reports[0].end, TestEnd::Failed(_)));
    assert_eq!(reports[1].end, TestEnd::Passed);
}

#[test]
fn a_rule_is_covered_when_its_head_had_a_value() {
    let policy = "package p\n\ndefault level := 0\n\nlevel := 2 if {\n\tinput.v > 5\n} else := 1 if input.v > 3\n\n\
                  f(x) := x + 1\n\nnever contains \"a\" if {\n\tinput.v > 1\n\tinput.v > 100\n}\n\nunread := 7\n";
    let test = "package t\ntest_a if { data.p.level == 2 with input as {\"v\": 6} }\n\
                test_b if { count(data.p.never) == 0 with input as {\"v\": 6} }\n\
                test_c if data.p.f(1) == 2\n";
    let tests = [("test_a", 2), ("test_b", 3), ("test_c", 4)];
    let modules = [("p.rego", policy), ("t_test.rego", test)];
    let response = run(&modules, &tests, &["p.rego"]);
    assert!(
        response
            .tests
            .iter()
            .all(|test| test.end == TestEnd::Passed)
    );
    let [
        ModuleCoverage {
            covered,
            uncovered,
            rules,
            uncovered_rules,
            ..
        },
    ] = response.coverage.as_slice()
    else {
        panic!("{:#?}", response.coverage);
    };
    let missing: Vec<_> = uncovered_rules
        .iter()
        .map(|rule| (rule.line, rule.name.as_str()))
        .collect();
    // The default counts: its rule was evaluated.
    let expected = [(7, "else of level"), (11, "never"), (16, "unread")];
    assert_eq!((*rules, missing.as_slice()), (6, &expected[..]));
    assert_eq!(covered, &[3, 5, 6, 9, 12, 13]);
    assert_eq!(uncovered, &[7, 11, 16]);
}

#[test]
fn what_is_measured_is_evaluated_alike() {
    // Every form that the marks are written into, and text that looks like it.
    let policy = "package p\n\na contains \"x} if {\" if { \"}\" == \"}\" }\n\nb if count({1 | true}) == 1 # if { true }\n\n\
                  c := \"`\" if {\n\t# last line\n\tinput.v == \"v\" # said\n\t# below\n}\n\n\
                  d(\"x\") := 1\n\nd(\"y\") := 2 if true\n\ne := 1 if false\nelse := 2\n\ng := 1 if false\nelse := set()\n\nh := set()\n\nf := {\"a\": {1 | 1 == 1}} if { {1, 2} == {2, 1}; true }\n";
    let test = "package t\ntest_a if data.p.a == {\"x} if {\"}\ntest_b if data.p.b\n\
                test_c if { data.p.c == \"`\" with input as {\"v\": \"v\"} }\n\
                test_d if [data.p.d(\"x\"), data.p.d(\"y\")] == [1, 2]\ntest_e if data.p.e == 2\ntest_f if data.p.f.a == {1}\ntest_g if { data.p.g == data.p.h with data.x as set() }\n";
    let tests = [
        ("test_a", 2),
        ("test_b", 3),
        ("test_c", 4),
        ("test_d", 5),
        ("test_e", 6),
        ("test_f", 7),
        ("test_g", 8),
    ];
    let modules = [("p.rego", policy), ("t_test.rego", test)];
    for covered in [&[][..], &["p.rego"]] {
        let response = run(&modules, &tests, covered);
        for (report, (name, _)) in response.tests.iter().zip(tests) {
            assert_eq!(report.end, TestEnd::Passed, "{name} {covered:?}");
        }
        for module in &response.coverage {
            let missing = &module.uncovered_rules;
            let names: Vec<_> = missing.iter().map(|rule| rule.name.as_str()).collect();
            assert_eq!(names, ["e", "g"]);
        }
    }
}
