//! Groovy as Jenkinsfiles have it, read into the syntax tree that conftest gives.
//!
//! The tree is that of <https://github.com/albertocavalcante/groovy-parser-go> for Groovy
//! 2.4, as conftest writes it: each node is `kind`, `line` and `column`, a leaf has its
//! `text`, any other node its `children`. Comments and white space are not in it. Where
//! that parser takes Groovy for something else than Groovy does (`"$a$b"` is one name for
//! it, and statements need nothing between them), so does this reader: policies are
//! written for the tree.
//!
//! Refused is all that conftest refuses, what it takes without a word although something
//! is missing (strings and comments without an end) or makes a flat list of tokens (what
//! follows `<` after a type, but is no type; `try (…)`; `for (def (a, b) = …; …)`), and what
//! no Jenkinsfile has: classes and other declarations of types, lambdas and other forms of
//! later Groovy, arrays with `{`, names with letters beyond a to z.

use super::FormatError;
use crate::json::{self, Limits, Value};

mod declarations;
mod expressions;
mod lexer;
mod lookahead;
mod operators;
mod parser;
mod statements;
mod token;
mod tree;

/// Most nodes and tokens; conftest refuses more.
const NODES_MAX: usize = 100_000;

/// Reads `bytes` as one script.
pub(super) fn parse(bytes: &[u8], limits: Limits) -> Result<Value, FormatError> {
    let text = json::utf8(bytes, limits)?;
    // Each node is an object in a list.
    let height_max = limits.depth_max.div_ceil(2);
    parser::parse(text, height_max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<Value, String> {
        parse(text.as_bytes(), Limits::EVIDENCE).map_err(|error| error.to_string())
    }

    #[test]
    fn leaves_have_their_text_and_place() {
        let tree = read("\n  é = 1");
        assert!(tree.unwrap_err().contains("line 2"));
        let tree = read("/* é */ sh 'é'").unwrap();
        let leaf = |kind: &str, text: &str, column: usize| json!({"kind": kind, "text": text, "line": 1, "column": column});
        let inner = |kind: &str, column: usize, children: Value| json!({"kind": kind, "line": 1, "column": column, "children": children});
        let name = inner("IdentExpr", 10, json!([leaf("Identifier", "sh", 10)]));
        let text = inner("LiteralExpr", 13, json!([leaf("StringLiteral", "'é'", 13)]));
        let call = inner("CallExpr", 10, json!([name, text]));
        let statement = inner("ExpressionStmt", 10, json!([call]));
        assert_eq!(tree, inner("FileNode", 10, json!([statement])));
    }

    #[test]
    fn deep_and_long_texts_end_in_an_error() {
        for piece in [
            "(",
            "[",
            "{",
            "a(",
            "x {",
            "\"${",
            "!",
            "*",
            "if (a) ",
            "[a: ",
            "- ",
            "a = ",
            "a ? ",
            "new A(",
            "(int) ",
            "a.(",
            "try {",
            "case ",
            "a: ",
            "@A(",
            "def a(b = ",
            "a[",
            "a + ",
            "a.b",
            "a b ",
            "a < ",
            "A<",
            "a as A<",
            "{ a = ",
            "switch (",
            "do ",
        ] {
            let text = piece.repeat(12_000);
            assert!(read(&text).is_err(), "{piece}");
        }
        assert!(parse(b"'\xff'", Limits::EVIDENCE).is_err());
    }

    #[test]
    fn what_is_accepted_is_not_too_deep_for_others() {
        for piece in [
            ("(", ")"),
            ("[", "]"),
            ("f(", ")"),
            ("f {", "}"),
            ("{ -> ", "}"),
        ] {
            let tree = |deep: usize| {
                read(&format!(
                    "{}1{}",
                    piece.0.repeat(deep),
                    piece.1.repeat(deep)
                ))
            };
            let deepest = (1..100).take_while(|deep| tree(*deep).is_ok()).last();
            let value = tree(deepest.unwrap()).unwrap();
            assert!(json::parse(value.to_string().as_bytes(), Limits::EVIDENCE).is_ok());
        }
    }

    #[test]
    fn many_lines_take_no_longer_than_they_are() {
        let lines = "sh 'a' // b\n".repeat(11_000);
        assert_eq!(
            read(&lines).unwrap()["children"].as_array().map(Vec::len),
            Some(11_000)
        );
        assert!(read(&lines.repeat(2)).unwrap_err().contains("100000"));
        assert!(read(&"\n \\\n /* */".repeat(200_000)).is_ok());
        assert!(read(&format!("a{}", "\n".repeat(500_000))).is_ok());
        assert!(read(&";".repeat(50_000)).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(
            text in "(def |if |for |in |new |as |try |case |switch |import |@|sh |[aA1 \n;:,.?<>=+*/&|!(){}\\[\\]\"'$\\\\é]|\\$\\{|->){0,60}",
        ) {
            let _ = read(&text);
        }

        #[test]
        fn a_changed_script_is_read_or_refused(at in 0_usize..400, with in "[(){}\\[\\]\"'$/;:.\n aé]{0,2}") {
            let mut text: String = include_str!("../../tests/vectors/formats/groovy/accepted/matrix.groovy").to_owned();
            if text.is_char_boundary(at) && at < text.len() {
                text.replace_range(at..=at, &with);
            }
            let _ = read(&text);
        }
    }
}
