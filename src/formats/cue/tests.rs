use proptest::prelude::*;

use super::*;
use crate::json::json;

fn read(text: &str) -> Result<Value, FormatError> {
    parse(text.as_bytes(), Limits::EVIDENCE)
}

#[test]
fn what_is_not_data_is_named_with_its_line() {
    for (text, what) in [
        ("a: 1\nb: a", "line 2: `a` would have to be evaluated"),
        ("a: string", "line 1: `string` would"),
        ("a: 1 + 2", "line 1: found `+`"),
        ("a: 1 | 2", "found `|`"),
        ("a: >5", "found `>`"),
        ("a: (1)", "found `(`"),
        ("#A: 1", "definitions"),
        ("_a: 1", "hidden"),
        ("a?: 1", "optional"),
        ("a: b?: 1", "optional"),
        ("a=b: 1", "aliases"),
        ("import \"strings\"", "`import` is not read"),
        ("let x = 1", "`let` is not read"),
        ("if true {a: 1}", "`if` is not read"),
        ("a: \"x\\(b)\"", "interpolation"),
        ("a: 'b'", "bytes"),
        ("a: [1, ...]", "`...`"),
        ("a: {...}", "`...`"),
        ("...", "`...`"),
        ("[string]: 1", "patterns"),
        ("a: 1 @tag(x)", "found `@`"),
        ("@tag(x)", "attributes"),
        ("5", "is not read; as a label"),
        ("{a: 1}", "expected a field"),
        ("a: 1 b: 2", "found `b`"),
        ("a: {b: 1", "line 1: ends"),
        ("a: [1", "ends"),
        ("a: \"b", "has no end"),
        ("a: \"b\nc\"", "has no end"),
        ("a: \"\"\"\n  b\n c\n  \"\"\"", "line 3: must be indented"),
        ("a: \"\\x41\"", "unknown escape"),
        ("a: \"\\ud800\"", "no character"),
        ("a: 1\na: 2", "line 2: `a` has two values"),
        ("a: 1\na: 1.0", "two values"),
        ("a: 1\na: b: 1", "two values"),
        ("a: [1]\na: [1, 2]", "two values"),
        ("a: 01", "`01` is not a number"),
        ("a: 1__0", "is not a number"),
        ("a: 1.5K", "is not a number"),
        ("a: -0.0", "is not a number"),
        ("a: 9007199254740993", "more digits than conftest keeps"),
        ("a: 1e-400", "is not a number"),
        ("\u{feff}a: 1", "expected a field"),
        ("ä: 1", "write it in quotes"),
    ] {
        let error = read(text).expect_err(text).to_string();
        assert!(error.contains(what), "{text}: {error}");
    }
    let deep = format!("{}1", "a: ".repeat(101));
    assert!(read(&deep).unwrap_err().to_string().contains("deeper"));
    let deep = format!("a: {}", "[".repeat(100_000));
    assert!(read(&deep).unwrap_err().to_string().contains("deeper"));
}

#[test]
fn labels_lines_and_repetitions() {
    assert_eq!(
        read("package x\n\n// c\na: b:\n\tc: 1 // d\n\"e f\": [\n\t1\n\t2,\n], g: {}\na: b: d: +2, a: {b: c: 1}")
            .unwrap(),
        json!({"a": {"b": {"c": 1, "d": 2}}, "e f": [1, 2], "g": {}})
    );
    assert_eq!(read("").unwrap(), json!({}));
}

proptest! {
    #[test]
    fn no_text_is_too_odd(text in "\\PC*", mark in "[a: {}\\[\\]\"#\\\\\n,.0-9_e+-]*") {
        let _ = read(&text);
        let _ = read(&mark);
        let _ = read(&format!("a: {mark}"));
    }
}
