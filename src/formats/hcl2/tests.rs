use proptest::prelude::*;

use super::*;
use crate::json::json;

fn read_text(text: &str) -> Result<Value, FormatError> {
    parse(text.as_bytes(), Limits::EVIDENCE)
}

fn refusal(text: &str) -> String {
    read_text(text).unwrap_err().to_string()
}

const GOOD: &str = r#"
resource "a" "b" {
  c = [1, -2.5e3, "x${y ? 1 : z[0]}", { d = f(1, x...), (e) : null }]
  g = <<-EOF
    h $ %{ if i ~} ${j} %{ else }k%{ endif }
      l
  EOF
  m = [for n, o in p : "${n}" if o] // q
  r = { for s in t : s => s... } /* u */
}
"#;

#[test]
fn bytes_that_are_no_text_are_refused() {
    assert!(parse(b"a = \"\xff\"", Limits::EVIDENCE).is_err());
    let limits = Limits {
        size_max: 3,
        depth_max: 100,
    };
    assert!(parse(b"a = 1", limits).is_err());
}

#[test]
fn nesting_ends_in_an_error() {
    for (open, close) in [
        ("[", "]"),
        ("{ a = ", "}"),
        ("(", ")"),
        ("f(", ")"),
        ("x[", "]"),
        ("\"${", "}\""),
        ("a ? b : ", ""),
        ("a ? ", " : b"),
        ("[for x in ", ": x]"),
        ("<<A\n${", "}\nA\n"),
    ] {
        let text = |depth| format!("a = {}1{}\n", open.repeat(depth), close.repeat(depth));
        assert!(read_text(&text(80)).is_ok(), "{open}");
        let error = refusal(&text(200_000));
        assert!(error.contains("deeper than 100 levels"), "{open}: {error}");
    }
    for text in [
        "a {\n".repeat(200_000),
        format!("a = \"{}", "%{if x}".repeat(200_000)) + &"%{endif}".repeat(200_000) + "\"",
        format!("a {} {{}}", "b ".repeat(200_000)),
    ] {
        let error = refusal(&text);
        assert!(error.contains("deeper than 100 levels"), "{error}");
    }
}

#[test]
fn long_runs_are_read_in_a_line() {
    let many = 200_000;
    for text in [
        format!("a = {}true\n", "!".repeat(many)),
        format!("a = b{}\n", "[*]".repeat(many)),
        format!("a = b{}\n", ".c".repeat(many)),
        format!("a = 1{}\n", " + 1".repeat(many)),
        format!("a = [{}1]\n", "\n".repeat(many)),
        format!("a = \"{}\"\n", "$".repeat(many)),
        format!("a = <<A\n{}\nA\n", "$%".repeat(many)),
    ] {
        assert!(read_text(&text).is_ok());
    }
}

#[test]
fn braces_of_an_object_do_not_end_an_interpolation() {
    let value = read_text("a = \"${f({ b = \"}${c}\" })} d\"\n").unwrap();
    assert_eq!(value, json!({"a": "${f({ b = \"}${c}\" })} d"}));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[a-c \\n\\r\\t\"'$%{}\\[\\]()=:,.~<>\\-EOF#/*!?0-9\\\\é]{0,80}") {
        let _ = read_text(&text);
    }

    #[test]
    fn a_text_with_a_change_is_read_or_refused(
        at in 0..GOOD.len(), length in 0_usize..8, with in "[a \\n\"$%{}\\[\\]()=:,.~<\\-EOF#/*0\\\\é]{0,4}",
    ) {
        let after = (at + length).min(GOOD.len());
        let (before, after) = (GOOD.get(..at).unwrap(), GOOD.get(after..).unwrap());
        let text = format!("{before}{with}{after}");
        let _ = read_text(&text);
    }
}
