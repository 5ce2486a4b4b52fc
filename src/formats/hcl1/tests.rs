use proptest::prelude::*;

use super::*;
use crate::json::json;

fn read_text(text: &str) -> Result<Value, FormatError> {
    parse(text.as_bytes(), Limits::EVIDENCE)
}

const GOOD: &str = r#"
resource "a" "b" {
  c = [1, -2.5e3, 0x1f, 010, "x${y("z")}", { d = true }, [[]],] # e
  "f g" = <<-EOF
    h
      i
    EOF
  j { k = "\u00e9\x41\101" } l = 1, // m
} /* n */
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
    for (open, close) in [("[", "]"), ("[{ a = ", "}]"), ("{ a = ", "}")] {
        let text = |depth| format!("a = {}1{}\n", open.repeat(depth), close.repeat(depth));
        assert!(read_text(&text(40)).is_ok(), "{open}");
        let error = read_text(&text(200_000)).unwrap_err().to_string();
        assert!(error.contains("deeper than 100 levels"), "{open}: {error}");
    }
    for text in [
        "a {\n".repeat(200_000),
        format!("a {} {{}}", "b ".repeat(200_000)),
    ] {
        let error = read_text(&text).unwrap_err().to_string();
        assert!(error.contains("deeper than 100 levels"), "{error}");
    }
}

#[test]
fn many_blocks_are_read_in_their_order() {
    let text = "a \"b\" { c = 1 }\n".repeat(20_000);
    let value = read_text(&text).unwrap();
    assert_eq!(value["a"].as_array().map(Vec::len), Some(20_000));
    assert_eq!(value["a"][19_999], json!({"b": [{"c": 1}]}));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[a-c \\n\\r\\t\"'$%{}\\[\\]=:,.<\\-EOF#/*0-9\\\\é]{0,80}") {
        let _ = read_text(&text);
    }

    #[test]
    fn a_text_with_a_change_is_read_or_refused(
        at in 0..GOOD.len(), length in 0_usize..8, with in "[a \\n\"$%{}\\[\\]=:,.<\\-EOF#/*0\\\\é]{0,4}",
    ) {
        let after = (at + length).min(GOOD.len());
        let (before, after) = (GOOD.get(..at).unwrap(), GOOD.get(after..).unwrap());
        let _ = read_text(&format!("{before}{with}{after}"));
    }
}
