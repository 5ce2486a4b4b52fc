//! Texts that the engine does not take as they are. What each policy comes to is what OPA
//! 1.22 says.

use super::*;
use crate::engine::wire::Level;

fn warned(body: &str) -> Vec<json::Value> {
    let source = format!("package p.x\n\nwarn contains x if {{\n{body}\n}}\n");
    match outcomes(&source, &["warn"], "{}").as_slice() {
        [Outcome::Set(elements)] => elements.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_variable_that_hides_an_outer_one_after_its_use_is_another() {
    for (body, elements) in [
        (
            "name := \"a\"\nx := [name | some i; [\"a\", \"b\"][i] == name; name := [[\"c\", \"d\"][i]]]",
            json!([[["c"]]]),
        ),
        (
            "n := 2\nx := {\"k\": [n, m] | some m in [1, 2, 3]; m > n; n := m * n}",
            json!([{"k": [6, 3]}]),
        ),
        // The new one is hidden once more, further in.
        (
            "a := 1\nx := [a | a == 1; a := [a | a := 5; a == 5]]",
            json!([[[5]]]),
        ),
        (
            "a := 1\nx := [a | a == 1; a := [b | b := a; a == 1]]",
            json!([[[1]]]),
        ),
        (
            "v := 1\nevery e in [1, 2] {\ne >= v\nv := e\nv == e\n}\nx := v",
            json!([1]),
        ),
        (
            "every v in [1] {\nv == 1\n[2] == [v | v == 1; v := 2]\n}\nx := 3",
            json!([3]),
        ),
        (
            "[n, k] := [1, 2]\nx := [[n, k] | n < k; [n, k] := [k, n]]",
            json!([[[2, 1]]]),
        ),
        // By what the statement assigns, in whatever form and however deep.
        ("h := [h | some h in [1, 2]]\nx := count(h)", json!([2])),
        ("h := [[h] | h := 3]\nx := h", json!([[[3]]])),
        (
            "h := [k | some k in [h | some i, h in [4, 5]; i > 0]]\nx := h",
            json!([[5]]),
        ),
        (
            "[h, k] := [{h | some h in [1]}, [k | some k, _ in [7]]]\nx := [h, k]",
            json!([[[1], [0]]]),
        ),
        // Two of them, and one in each of two bodies.
        (
            "n := 1\nk := 2\nx := [[n, k] | n == 1; k == 2; n := 3; k := 4]",
            json!([[[3, 4]]]),
        ),
        (
            "n := 1\nx := [y | some y in array.concat([n | n == 1; n := 7], [n | n == 1; n := 8])]",
            json!([[7, 8]]),
        ),
    ] {
        assert_eq!(json!(warned(body)), elements, "{body}");
    }
}

#[test]
fn a_declaration_behind_an_iteration_declares() {
    for (body, elements) in [
        (
            "n := [1, 2][_]\nsome i\n[3, 2][i] == n\nx := [n, i]",
            json!([[2, 1]]),
        ),
        (
            "some n in [1, 2]; some i, k; [[3, 2]][k][i] == n; x := [n, i, k]",
            json!([[2, 1, 0]]),
        ),
        (
            "n := [1, 2][_]\nsome i\nx := [y | y := [4, 5, 6][i]; i >= n]",
            json!([[5, 6], [6]]),
        ),
        (
            "n := [1, 2][_]\nn == 1\nx := [[i, k] | k := [7, 8][_]; some\n\ti\n[8, 7][i] == k]",
            json!([[[1, 7], [0, 8]]]),
        ),
        // Declared around it, or the name of a rule: left as it is, which this engine takes here.
        (
            "i := 5\nx := [[i, j] | some j; j = 1; some i; i = 2]",
            json!([[[2, 1]]]),
        ),
    ] {
        assert_eq!(json!(warned(body)), elements, "{body}");
    }
}

#[test]
fn a_variable_with_the_name_of_a_rule_is_not_the_rule() {
    for (rule, body, elements) in [
        ("i := 1", "some i\n[4, 5][i]\nx := i", json!([0, 1])),
        (
            "i := 1",
            "1 == 1\nsome i\nk := [4, 5][i]\nx := k",
            json!([4, 5]),
        ),
        (
            "i := 5 if input.never",
            "some i, k\nk = [4, 5][i]\nx := k",
            json!([4, 5]),
        ),
        ("i := 1", "x := [i | some i in [7, 8]]", json!([[7, 8]])),
        (
            "i := 0",
            "some j, i in [7, 8]\ni > 7\nx := [i, j]",
            json!([[8, 1]]),
        ),
        ("i(x) := x", "some i in [7]\nx := i", json!([7])),
        (
            "i contains 1",
            "x := {i | some i; [4, 5][i] == 5}",
            json!([[1]]),
        ),
        // What stands before the declaration is the rule.
        (
            "i := [2, 3]",
            "n := i[0]\nsome k in i\nx := [n, k]",
            json!([[2, 2], [2, 3]]),
        ),
        // Of a length that has few names.
        (
            "i := 0\nz := 0\ny := 0",
            "some i, z, y\n[[[1], [2]]][z][y][i] == 2\nx := [i, z, y]",
            json!([[0, 0, 1]]),
        ),
    ] {
        let source = format!("package p.x\n\n{rule}\n\nwarn contains x if {{\n{body}\n}}\n");
        match outcomes(&source, &["warn"], "{}").as_slice() {
            [Outcome::Set(found)] => assert_eq!(json!(found), elements, "{body}"),
            other => panic!("{body}: {other:?}"),
        }
    }
    let imported = "package p.x\n\nimport data.q.i\n\nwarn contains i if {\nsome i\n[7, 8][i] == 8\n}\n\nwarn contains [i] if some i in [9]\n";
    let expected = Outcome::Set(vec![json!(1), json!([9])]);
    assert_eq!(outcomes(imported, &["warn"], "{}"), [expected]);
}

#[test]
fn an_else_without_a_value_is_true() {
    for (rule, body, elements) in [
        (
            "f(x) := 1 if {\nx > 1\n} else if {\nx == 0\n}",
            "x := [f(n) | some n in [0, 1, 2]]",
            json!([[true, 1]]),
        ),
        (
            "f(x) := 1 if x > 1 else := 2 if x == 1 else if x == 0",
            "x := [f(n) | some n in [0, 1, 2]]",
            json!([[true, 2, 1]]),
        ),
        ("p := 1 if input.a else if true", "x := p", json!([true])),
        ("p if input.a else if true", "x := p", json!([true])),
        (
            "p if input.a else if true else := 3",
            "x := p",
            json!([true]),
        ),
        (
            "p if input.a else if input.b else := 3",
            "x := p",
            json!([3]),
        ),
        (
            "p if input.a else := 3 if input.b else if true",
            "x := p",
            json!([true]),
        ),
    ] {
        let source = format!("package p.x\n\n{rule}\n\nwarn contains x if {{\n{body}\n}}\n");
        match outcomes(&source, &["warn"], "{}").as_slice() {
            [Outcome::Set(found)] => assert_eq!(json!(found), elements, "{rule}"),
            other => panic!("{rule}: {other:?}"),
        }
    }
}

#[test]
fn a_variable_that_cannot_be_renamed_is_refused_by_lint() {
    let letters = "abcdefghjklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    let rules: Vec<_> = letters
        .chars()
        .map(|letter| format!("{letter} := 1"))
        .collect();
    let rules = rules.join("\n");
    let source =
        format!("package p.x\n\ni := 1\n{rules}\nwarn contains 1 if {{\nsome i\n[7][i]\n}}\n");
    let mut prepared = load(&[module("p/x.rego", &source)], "").unwrap();
    let findings = prepared.lint();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].code, "declared-name-taken");
    assert_eq!(findings[0].level, Level::Refuse);
}

#[test]
fn what_opa_refuses_stays_refused() {
    for rule in [
        "x := [n | n == 1; n := 2]",
        "x := [n | n == 1; n := 2] if n := 1",
        "f(n) := [n | n == 1; n := 2]\n\nx := f(1)",
        "x := y if {\ny := [n | n == 1; n := 2]\nn := 1\n}",
        "n := 1\n\nx := [n | n == 1; n := 2]",
    ] {
        let error = refuse(&format!("package p.x\n\n{rule}\n"));
        assert!(error.message.contains("used before"), "{rule}: {error:?}");
    }
}
