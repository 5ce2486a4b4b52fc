//! EDN, as conftest reads it, which is through `olympos.io/encoding/edn`.
//!
//! Maps are objects, vectors and lists are lists, strings are strings; every other value
//! is the text that Go prints for it: `:port` and `5432` with their characters, `nil` as
//! `<nil>`, a character as its number, a set as `map[:a:true :b:true]`, `#inst` as
//! `2032-01-01 12:20:50.52 +0000 UTC`, any other tag as `#tag value`. So are keys.
//!
//! <https://github.com/edn-format/edn>
//!
//! Refused: what conftest drops (text behind the first value, the first of two values of a
//! key), what is printed differently from run to run (sets and printed maps of several
//! types, maps and lists as keys), what depends on its surroundings (`#inst` with an offset
//! other than `Z`), what it mangles (`1N`, `1M`, `#base64`, halves of surrogate pairs), and
//! letters in names beyond the common scripts.

use crate::json::{self, Limits, Value};

use super::FormatError;

mod print;
mod reader;
mod words;

/// Reads `bytes`.
pub(super) fn parse(bytes: &[u8], limits: Limits) -> Result<Value, FormatError> {
    let text = json::utf8(bytes, limits)?;
    let form = reader::only(text, limits.depth_max)?;
    print::value(form)
}

/// A value with the line it begins at.
#[derive(Debug)]
struct Form {
    line: usize,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Nil,
    Bool(bool),
    Symbol(String),
    Keyword(String),
    Text(String),
    Int(i64),
    Float(f64),
    /// A number whose digits conftest does not keep.
    Exact,
    Char(char),
    List(Vec<Form>),
    Map(Vec<(Form, Form)>),
    Set(Vec<Form>),
    Tagged(String, Box<Form>),
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str = "{:a [1 -2.5e3 \"x\\n\" \\c #{:b :c} #inst \"2032-01-01T12:20:50.52Z\"]\n\
        ; comment\n sym/bol (nil true #_ {d e} #t 5)}";

    fn read(text: &str) -> Result<Value, FormatError> {
        parse(text.as_bytes(), Limits::EVIDENCE)
    }

    #[test]
    fn nesting_is_bounded() {
        for open in ["[", "{:a ", "(", "#{", "#t ", "#_ ", "#_ [", "{[", "#_#_"] {
            let error = read(&open.repeat(100_000)).unwrap_err().to_string();
            assert!(error.contains("nests too deeply"), "{open}: {error}");
        }
        let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
        assert!(read(&deep).is_ok());
    }

    #[test]
    fn many_values_are_refused_and_long_words_are_not() {
        let error = read(&format!("[{}]", "1 ".repeat(2_000_001))).unwrap_err();
        assert!(error.to_string().contains("more than 2000000"), "{error}");
        assert!(read(&"a".repeat(1 << 20)).is_ok());
    }

    #[test]
    fn what_is_not_utf8_is_refused() {
        assert!(parse(b"\"\xff\"", Limits::EVIDENCE).is_err());
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>(), other in "[\\[\\](){}#_:;\"\\\\a1.eNM/+ -]{0,40}") {
            let _ = read(&text);
            let _ = read(&other);
        }

        #[test]
        fn no_change_to_a_good_text_panics(at in 0..GOOD.len(), end in 0..9_usize, new in "[:#_\"\\\\\\[{ 1a]{0,3}") {
            let mut text = GOOD.to_owned();
            text.replace_range(at..(at + end).min(GOOD.len()), &new);
            let _ = read(&text);
        }
    }
}
