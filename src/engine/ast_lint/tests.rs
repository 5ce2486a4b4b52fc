use crate::engine::wire::{Form, Head, Module as Text, Request};
use crate::engine::{EngineError, evaluate_unsupervised};

fn response(modules: &[(&str, &str)]) -> Result<crate::engine::Response, EngineError> {
    evaluate_unsupervised(&Request {
        modules: modules
            .iter()
            .map(|(path, source)| Text {
                path: (*path).into(),
                source: (*source).into(),
            })
            .collect(),
        lint: true,
        ..Request::default()
    })
}

/// `code:line` of each finding.
fn codes(modules: &[(&str, &str)]) -> Vec<String> {
    response(modules)
        .unwrap()
        .findings
        .into_iter()
        .map(|finding| format!("{}:{}", finding.code, finding.line))
        .collect()
}

fn one(rule: &str) -> Vec<String> {
    codes(&[("x.rego", &format!("package x\n{rule}\n"))])
}

fn messages(rule: &str) -> Vec<String> {
    response(&[("x.rego", &format!("package x\n{rule}\n"))])
        .unwrap()
        .findings
        .into_iter()
        .map(|finding| format!("{} ({})", finding.message, finding.hint))
        .collect()
}

const CLEAN: &str = r#"package x

import data.lib
import data.lib.limit
import input.evidence as evidence

f(a, b) := c if {
	c := a + b
}

default g(_) := 1

deny contains {"msg": msg, "term": id} if {
	some id, item in evidence
	lib.over(item.n, limit)
	walk(item, [path, value])
	count(path) > 0
	every v in [value] {
		is_number(v)
	}
	msg := sprintf("%v is %.2f, more than %d", [id, f(item.n, 1), data.lib.limit])
	regex.match(`^[A-Za-z0-9_]{1,63}$`, id)
	not data.x.helper
	h := {k: v | some k, v in item}
	crypto.sha256(json.marshal(h)) != data.settings[id].digest
	time.now_ns() > input.as_of_ns
	print("seen", id)
}

helper if input.help
"#;

const LIB: &str = "package lib\n\nlimit := 3\n\nover(n, most) if n > most\n";

#[test]
fn ordinary_policies_have_no_findings() {
    assert_eq!(codes(&[("lib.rego", LIB), ("x.rego", CLEAN)]), [""; 0]);
}

#[test]
fn functions_that_do_not_exist_are_found_wherever_they_stand() {
    for rule in [
        "deny contains 1 if { false; nosuch.fn(1) }",
        "deny contains x if { x := [y | y := nosuch(1)] }",
        "deny contains 1 if { every x in [] { nosuch(x) } }",
        "deny contains nosuch(1)",
        "f(x) := nosuch(x)",
        "deny contains 1 if { not nosuch(1) }",
        "deny contains 1 if { input.a[nosuch(1)] }",
        "deny contains 1 if { count([1]) == nosuch(count([2])) }",
        "deny contains 1 if { data.lib.nosuch(1) }",
        "a := 1\ndeny contains 1 if { a(1) }",
        "a := 1 if { input.b } else := nosuch(2)",
    ] {
        let found = one(rule);
        assert!(
            found
                .iter()
                .all(|code| code.starts_with("unknown-function")),
            "{rule}: {found:?}"
        );
        assert_eq!(found.len(), 1, "{rule}: {found:?}");
    }
}

#[test]
fn functions_that_only_opa_has_are_named_with_a_hint() {
    let found = messages("deny contains 1 if { io.jwt.decode(input.t) }");
    assert!(
        found[0].starts_with("`io.jwt.decode` is not supported"),
        "{found:?}"
    );
    assert_eq!(
        one("deny contains crypto.md5(input.t)"),
        ["unsupported-function:2"]
    );
    let found = messages("deny contains cuont(input.t)");
    assert!(found[0].contains("did you mean `count`?"), "{found:?}");
}

#[test]
fn functions_that_read_the_world_are_refused() {
    for call in [
        r#"http.send({"url": "x", "method": "get"})"#,
        "opa.runtime()",
        r#"rand.intn("a", 5)"#,
        r#"uuid.rfc4122("a")"#,
        r#"net.lookup_ip_addr("a")"#,
    ] {
        let found = one(&format!("deny contains 1 if {{ not {call} }}"));
        assert_eq!(found, ["non-deterministic-function:2"], "{call}");
    }
}

#[test]
fn arguments_are_counted() {
    assert_eq!(one("deny contains count(1, 2, 3)"), ["arity:2"]);
    assert_eq!(one("deny contains count()"), ["arity:2"]);
    assert_eq!(one("f(a) := a\ndeny contains f(1, 2, 3)"), ["arity:3"]);
    assert_eq!(one("deny contains n if { count([1], n) }"), [""; 0]);
    assert_eq!(one("deny contains crypto.sha256()"), ["arity:2"]);
    assert_eq!(
        one("deny contains 1 if { crypto.sha256(\"a\", \"b\") }"),
        ["output-argument:2"]
    );
}

#[test]
fn walk_must_be_given_its_result() {
    for rule in [
        "deny contains p if { [p, v] := walk(input) }",
        "deny contains p if { [p, v] = walk(input) }",
        "deny contains p if { walk(input) = [p, v] }",
        "deny contains x if { x := walk(input) }",
    ] {
        assert_eq!(one(rule), ["walk-assignment:2"], "{rule}");
    }
    assert_eq!(one("deny contains p if { walk(input, [p, v]) }"), [""; 0]);
}

#[test]
fn integers_keep_their_digits() {
    assert_eq!(one("a := 18446744073709551616"), ["integer-range:2"]);
    assert_eq!(
        one("a := [{\"x\": 99999999999999999999}]"),
        ["integer-range:2"]
    );
    assert_eq!(
        one("a := [18446744073709551615, 1e30, \"99999999999999999999\"]"),
        [""; 0]
    );
}

#[test]
fn recursion_is_found_through_any_number_of_rules() {
    for rule in [
        "f(x) := f(x - 1)",
        "f(x) := g(x)\ng(x) := y if { y := [h(x)] }\nh(x) := data.x.f(x)",
        "a := b\nb := c\nc if { not a }",
        "a contains x if { some x in data.x.a }",
        "a.b := data.x.a",
        "a if { every v in [1] { data.x[\"a\"] == v } }",
        "a[x] := y if { some x in [1]; y := a[2] }",
        "a := count(data.x)",
        "a := data[input.x]",
        "a := data.x[input.y]",
        "a.b := data[input.x].a.b",
    ] {
        let found = one(rule);
        assert!(
            found.contains(&"recursion:2".to_owned()),
            "{rule}: {found:?}"
        );
    }
    let found = messages("f(x) := g(x)\ng(x) := f(x)");
    assert!(
        found[0].contains("`data.x.f` needs itself, through `data.x.g`"),
        "{found:?}"
    );
}

#[test]
fn names_that_only_look_alike_are_no_recursion() {
    for rule in [
        "f(f) := f",
        "a := input.a",
        "p.a := 1\np.b := p.a + 1",
        "p := data[2]",
        "p := data[input.x].q.r",
        "default f(_) := 1\na := f(2)",
        "ab := a\na := 1",
    ] {
        let found = one(rule);
        assert!(
            !found.contains(&"recursion:2".to_owned()),
            "{rule}: {found:?}"
        );
    }
}

#[test]
fn long_chains_are_read_without_recursion() {
    let chain: Vec<String> = (1..3_000).map(|n| format!("r{n} := r{}", n - 1)).collect();
    let source = format!("package x\nr0 := 1\n{}\n", chain.join("\n"));
    assert_eq!(codes(&[("x.rego", &source)]), [""; 0]);
}

#[test]
fn references_to_whole_packages_are_pointed_out() {
    let lib = ("lib.rego", LIB);
    let with = |rule: &str| codes(&[lib, ("x.rego", &format!("package x\n{rule}\n"))]);
    assert_eq!(with("import data.lib\na := lib.limit"), ["whole-package:3"]);
    assert_eq!(with("a := data.lib[input.r]"), ["whole-package:2"]);
    assert_eq!(with("a := data.lib"), ["whole-package:2"]);
    assert_eq!(
        with("a := data[input.r]"),
        ["recursion:2", "whole-package:2"]
    );
    assert_eq!(with("import data.lib as l\na if l.over(1, 2)"), [""; 0]);
    assert_eq!(with("import data.lib.limit\na := limit"), [""; 0]);
    assert_eq!(with("a := data.lib.limit"), [""; 0]);
    assert_eq!(with("a := data.settings[input.r]"), [""; 0]);
    assert_eq!(with("import data.lib\na := lib if { lib := 1 }"), [""; 0]);
    let test = (
        "x_test.rego",
        "package x\nimport data.lib\na := lib.limit\n",
    );
    assert_eq!(codes(&[lib, test]), [""; 0]);
    assert_eq!(
        with("import data.x as me\nb := 1\na := me.b"),
        ["own-package-import:4"]
    );
}

#[test]
fn with_may_not_replace_functions_but_in_tests() {
    let source = "package x\na if count([1]) == 5 with count as 5\n";
    assert_eq!(codes(&[("x.rego", source)]), ["with-function:2"]);
    assert_eq!(codes(&[("x_test.rego", source)]), [""; 0]);
    let source = "package x\na if time.now_ns() == 5 with time.now_ns as 5\n";
    assert_eq!(codes(&[("x.rego", source)]), ["with-function:2"]);
    assert_eq!(codes(&[("x_test.rego", source)]), [""; 0]);
    let source = "package x\na if crypto.sha256(\"a\") == \"b\" with crypto.sha256 as \"b\"\n";
    assert_eq!(codes(&[("x_test.rego", source)]), ["with-extension:2"]);
    assert_eq!(one("a if b with input as {}\nb := input.x"), [""; 0]);
    assert_eq!(one("a if b with data.x.b as 1\nb := 2"), [""; 0]);
}

#[test]
fn patterns_are_compiled_as_the_engine_would() {
    assert_eq!(
        one(r"a if regex.match(`^\w{1,63}$`, input.x)"),
        ["regex-refused:2"]
    );
    assert_eq!(one(r"a if regex.match(`(`, input.x)"), ["regex-refused:2"]);
    assert_eq!(
        one(r"a := regex.replace(input.x, `[`, `y`)"),
        ["regex-refused:2"]
    );
    assert_eq!(
        one(r"a if regex.match(`^\d$`, input.x)"),
        ["regex-unicode:2"]
    );
    assert_eq!(one(r"a if regex.match(`^[0-9]{1,63}$`, input.x)"), [""; 0]);
    assert_eq!(one(r#"a := sprintf("%t", [true])"#), ["sprintf-verb:2"]);
}

#[test]
fn heads_are_told_apart_by_form() {
    let source = "package a[\"b-c\"].d\n\
        deny contains 1\n\
        dney := 1\n\
        default allow := false\n\
        allow if input.x\n\
        by[x] := 1 if some x in input.xs\n\
        f(x) := x\n\
        p.q contains 2\n\
        p[x].r := 1 if some x in input.xs\n";
    let heads = response(&[("x.rego", source)]).unwrap().heads;
    let expected = [
        (2, "deny", Form::Set),
        (3, "dney", Form::Complete),
        (4, "allow", Form::Default),
        (5, "allow", Form::Complete),
        (6, "by", Form::Object),
        (7, "f", Form::Function),
        (8, "p.q", Form::Set),
        (9, "p", Form::Object),
    ];
    let expected: Vec<Head> = expected
        .iter()
        .map(|(line, name, form)| Head {
            path: "x.rego".into(),
            line: *line,
            package: "a.b-c.d".into(),
            name: (*name).into(),
            form: *form,
        })
        .collect();
    assert_eq!(heads, expected);
}

#[test]
fn variables_need_a_value() {
    for rule in [
        "deny contains x if { y := 1 }",
        "deny contains x",
        "deny contains 1 if { y := z }",
        "a := b",
        "a := sprintf(\"%v\", [b.c])",
        "f(x) := y",
        "a[x] := 1 if input.b",
    ] {
        assert_eq!(one(rule), ["unsafe-variable:2"], "{rule}");
    }
}

#[test]
fn whatever_may_bind_a_variable_is_seen() {
    for rule in [
        "deny contains x if { x = input.a }",
        "deny contains x if { input.a = [x, {\"b\": y}]; y > 1 }",
        "deny contains [i, j] if { input.a[i].b[j] }",
        "deny contains n if { count([1], n) }",
        "f(a) := a\ndeny contains n if { f(1, n) }",
        "deny contains [p, v] if { walk(input, [p, v]) }",
        "deny contains x if { some x, _ in input.a }",
        "deny contains v if { some i; v := input.a[i] }",
        "f([x, {\"k\": y}]) := x + y",
        "a := [y | some y in input.a]",
        "a := {k: v | some k, v in input.a}",
        "a if { every k, v in input.a { k != v } }",
        "a[x] := 1 if some x in input.b",
        "a := x if { x := 1 } else := y if { y := 2 }",
        "import input.b.c\na := c.d",
    ] {
        assert_eq!(one(rule), [""; 0], "{rule}");
    }
}

#[test]
fn a_variable_needs_a_value_from_the_body() {
    for rule in [
        "deny contains [i, input.xs[i]] if some i",
        "deny contains [input.xs[i], i] if {\n\tinput.a\n\tsome i\n}",
        "deny contains {i: input.xs[i] | some i}",
        "p := [[i, input.xs[i]] | some i; input.a]",
        "p[i] := input.xs[i] if some i",
        "f(x) := [i, x[i]] if some i",
    ] {
        let found = one(rule);
        assert!(
            matches!(found.as_slice(), [code] if code.starts_with("bound-in-head:")),
            "{rule}: {found:?}"
        );
    }
    for rule in ["deny contains i if some i", "p[i] := 3 if some i"] {
        assert_eq!(one(rule), ["unsafe-variable:2"], "{rule}");
    }
    for rule in [
        "deny contains input.xs[i] if some i",
        "deny contains [i, input.xs[i]] if {\n\tsome i\n\tinput.xs[i] > 1\n}",
        "deny contains [i, x] if {\n\tsome i\n\tx := input.xs[i]\n}",
        "deny contains [i, input.xs[i]] if some i, _ in input.xs",
        "deny contains [i, i] if {\n\tsome i\n\ti = 1\n}",
        "p := [input.xs[i] | some i]",
        "deny contains [n, i] if {\n\tn := input.ns[_]\n\tsome i\n\tinput.xs[i] == n\n}",
    ] {
        assert!(one(rule).is_empty(), "{rule}: {:?}", one(rule));
    }
}
