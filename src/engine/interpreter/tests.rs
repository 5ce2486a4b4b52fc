use super::*;
use crate::json::json;

mod rewrites;
mod together;

fn module(path: &str, source: &str) -> Module {
    Module {
        path: path.into(),
        source: source.into(),
    }
}

fn load(modules: &[Module], data: &str) -> Result<Prepared, LoadError> {
    Prepared::load(modules, data.as_bytes(), 42, |_| Ok::<_, LoadError>(()))
}

fn refuse(source: &str) -> LoadError {
    load(&[module("p/x.rego", source)], "")
        .err()
        .expect("a refusal")
}

fn outcomes(source: &str, heads: &[&str], input: &str) -> Vec<Outcome> {
    evaluate(source, heads, input)
        .heads
        .into_iter()
        .map(|result| result.outcome)
        .collect()
}

fn evaluate(source: &str, heads: &[&str], input: &str) -> CallResult {
    let prepared = load(&[module("p/x.rego", source)], "").unwrap();
    let call = Call {
        id: "x".into(),
        input: 0,
        package: "p.x".into(),
        heads: heads.iter().map(|head| (*head).to_owned()).collect(),
    };
    let input = Input::parse(input.as_bytes()).unwrap();
    prepared.evaluate(&call, &input, &Limits::DEFAULT)
}

#[test]
fn heads_have_sets_and_nothing_else_is_one() {
    let source = "package p.x\n\
        deny contains m if { some m in input.messages }\n\
        warn contains {\"msg\": \"w\", \"n\": count(input.messages)} if input.w\n\
        allow := true\n\
        trigger := {1} if input.never\n";
    assert_eq!(
        outcomes(
            source,
            &["deny", "warn", "allow", "trigger", "nope"],
            r#"{"messages": ["b", "a"], "w": true}"#
        ),
        vec![
            Outcome::Set(vec![json!("a"), json!("b")]),
            Outcome::Set(vec![json!({"msg": "w", "n": 2})]),
            Outcome::NotASet {
                found: "boolean".into()
            },
            Outcome::Undefined,
            Outcome::Error(EvaluationError {
                kind: ErrorKind::NoSuchHead,
                message: "package `p.x` has no rule `nope`".into(),
                location: None,
            }),
        ]
    );
}

#[test]
fn an_error_in_one_head_names_its_place_and_leaves_the_others() {
    let source = "package p.x\n\
        deny contains \"d\" if input.a / input.b > 2\n\
        warn contains \"w\"\n";
    let results = outcomes(source, &["deny", "warn"], r#"{"a": 1, "b": 0}"#);
    let Outcome::Error(error) = &results[0] else {
        panic!("{results:?}");
    };
    assert_eq!(error.kind, ErrorKind::Evaluation);
    assert_eq!(
        error.location.as_ref().map(|l| (l.path.as_str(), l.line)),
        Some(("p/x.rego", 2))
    );
    assert!(error.message.contains("zero"), "{error}");
    assert_eq!(results[1], Outcome::Set(vec![json!("w")]));
}

#[test]
fn prints_are_gathered_and_bounded() {
    let source = "package p.x\ndeny contains 1 if { print(\"seen\", input.a) }\n";
    assert_eq!(
        evaluate(source, &["deny"], r#"{"a": [1]}"#).prints,
        ["p/x.rego:2: seen [1]"]
    );
    let source = "package p.x\n\
        deny contains i if { some i in numbers.range(1, 3000); print(\"a line of some length\", i) }\n";
    let prints = evaluate(source, &["deny"], "{}").prints;
    assert!(prints.iter().map(String::len).sum::<usize>() < PRINTS_MAX_BYTES + 200);
    assert!(prints.last().unwrap().contains("left out"));
}

#[test]
fn text_that_is_not_rego_v1_is_refused_with_its_place() {
    let error = refuse("package p.x\ndeny[x] { x := 1 }\n");
    assert_eq!(
        error.location.map(|l| (l.path, l.line)),
        Some(("p/x.rego".into(), 2))
    );
    let error = refuse("package p.x\n\ndeny contains x if { y > 1 }\n");
    assert_eq!(error.location.as_ref().map(|l| l.line), Some(3), "{error}");
    assert!(error.message.contains("`y`"), "{error}");
    assert!(refuse("").to_string().contains("p/x.rego"));
}

#[test]
fn what_newer_rego_has_is_refused_with_a_hint() {
    let error = refuse("package p.x\ndeny contains $\"{input.a}\" if true\n");
    assert!(error.hint.contains("sprintf"), "{error:?}");
}

#[test]
fn data_may_stand_beside_rules_but_not_in_their_place() {
    let source = "package p.x\ndeny contains 1\nlimits.a := 2\n";
    let modules = [module("p/x.rego", source)];
    assert!(load(&modules, r#"{"p": {"x": {"limit": 3}, "y": 1}}"#).is_ok());
    for data in [
        r#"{"p": {"x": {"deny": []}}}"#,
        r#"{"p": {"x": {"deny": {}}}}"#,
        r#"{"p": {"x": {"limits": {"a": 1}}}}"#,
        r#"{"p": {"x": {"limits": 1}}}"#,
        r#"{"p": {"x": null}}"#,
        r#"{"p": 5}"#,
    ] {
        let error = load(&modules, data).err().expect(data);
        assert!(
            error.message.contains("would replace rule"),
            "{data}: {error}"
        );
        assert!(error.location.is_some());
    }
    assert!(load(&modules, "[]").is_err());
    assert!(load(&modules, r#"{"a": 1, "a": 2}"#).is_err());
}

#[test]
fn an_input_is_read_strictly_and_may_be_absent() {
    assert!(Input::parse(br#"{"a": 1, "a": 2}"#).is_err());
    assert!(Input::parse(b"{\"a\": 18446744073709551616}").is_err());
    let source = "package p.x\ndeny contains 1 if not input\n";
    assert_eq!(
        outcomes(source, &["deny"], ""),
        [Outcome::Set(vec![json!(1)])]
    );
}

#[test]
fn clones_share_nothing_that_evaluation_changes() {
    let source = "package p.x\ndeny contains input.a\n";
    let prepared = load(&[module("p/x.rego", source)], "").unwrap();
    let call = Call {
        id: "x".into(),
        input: 0,
        package: "p.x".into(),
        heads: vec!["deny".into()],
    };
    for n in 0..3 {
        let input = Input::parse(format!("{{\"a\": {n}}}").as_bytes()).unwrap();
        let result = prepared.evaluate(&call, &input, &Limits::DEFAULT);
        assert_eq!(result.heads[0].outcome, Outcome::Set(vec![json!(n)]));
    }
}

#[test]
fn messages_are_taken_apart() {
    let text = "\n--> a:b/x.rego:3:17\n  |\n3 | p := 1\n  |      ^\nerror: wrong: very";
    let (message, location) = split_message(text);
    assert_eq!(message, "wrong: very");
    assert_eq!(
        location,
        Some(Location {
            path: "a:b/x.rego".into(),
            line: 3,
            column: 17
        })
    );
    assert_eq!(split_message("plain"), ("plain".into(), None));
    assert_eq!(split_message("--> x"), ("--> x".into(), None));
}

#[test]
fn the_engine_is_the_one_that_is_pinned() {
    let lock = include_str!("../../../Cargo.lock");
    let version = ENGINE.strip_prefix("regorus ").unwrap();
    assert!(lock.contains(&format!("name = \"regorus\"\nversion = \"{version}\"")));
}

#[test]
fn packages_may_have_names_that_are_no_identifiers() {
    let source = "package a[\"b-c\"].d\ndeny contains 1\nq.r contains 2\n";
    let prepared = load(&[module("x.rego", source)], "").unwrap();
    for package in ["a.b-c.d", "a[\"b-c\"].d"] {
        let call = Call {
            id: "x".into(),
            input: 0,
            package: package.into(),
            heads: vec!["deny".into(), "q.r".into(), "no\"pe".into()],
        };
        let input = Input::parse(b"{}").unwrap();
        let heads = prepared.evaluate(&call, &input, &Limits::DEFAULT).heads;
        assert_eq!(heads[0].outcome, Outcome::Set(vec![json!(1)]), "{package}");
        assert_eq!(heads[1].outcome, Outcome::Set(vec![json!(2)]), "{package}");
        assert!(
            matches!(&heads[2].outcome, Outcome::Error(error) if error.kind == ErrorKind::NoSuchHead)
        );
    }
}

#[test]
fn policy_files_are_bounded() {
    let long = |length: usize| format!("package p.x\na := \"{}\"\n", "x".repeat(length));
    let columns = usize::try_from(MODULE_LINE_MAX_COLUMNS.get()).unwrap();
    assert!(load(&[module("p/x.rego", &long(columns - 10))], "").is_ok());
    for source in [
        long(columns + 10),
        long(MODULE_MAX_BYTES.get()),
        format!("package p.x\n{}", "\n".repeat(MODULE_MAX_LINES.get())),
    ] {
        let error = refuse(&source).to_string();
        assert!(
            error.contains("p/x.rego") && error.contains("exceeds"),
            "{error}"
        );
    }
}
