//! HOCON, as conftest sees it.
//!
//! The format is that of <https://github.com/lightbend/config/blob/main/HOCON.md>. conftest
//! reads it with go-akka (<https://github.com/go-akka/configuration>, of June 2020), asks
//! that for each value as text, and tells numbers and booleans from the text. Its shape has
//! quirks that policies see, and that are kept:
//!
//! - text with a space or tab in it has quotes around it, and so has the empty text;
//! - a list is text too: `[1,"a b"]`;
//! - what comes of `${?name}` without a value, and of text that it is part of, is the text
//!   `<<unknown value>>`; a value given before stays.
//!
//! Substitutions are read from the file alone. conftest also asks the environment.
//!
//! Refused is what go-akka loses or mangles, which is much: `include`, `+=`, `null`, empty
//! lists, objects in lists, lists and objects that are joined, `${name}` of what is given
//! more than once, keys with dots, white space at the ends of quoted text, `\u`, letters
//! beyond ASCII without quotes; and values that are not in an object.

mod cursor;
mod parser;
mod resolve;
mod tree;

use crate::json::{Limits, Value};

use super::FormatError;
use super::lines::text;

/// Reads `bytes` as one HOCON file.
pub(super) fn parse(bytes: &[u8], limits: Limits) -> Result<Value, FormatError> {
    let text = text(bytes, limits)?;
    if text.starts_with('\u{feff}') {
        let what = "a byte order mark, which conftest takes for part of the first key";
        return Err(FormatError::at(1, what));
    }
    let file = parser::parse(text, limits.depth_max)?;
    resolve::value(&file, limits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Value, FormatError> {
        parse(text.as_bytes(), Limits::EVIDENCE)
    }

    fn refuse(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn nesting_is_bounded() {
        for (open, close) in [("a{", "}"), ("a={", "}"), ("{", "}"), ("[", "]")] {
            for depth in [101, 100_000] {
                let text = format!("a{{a={}", open.repeat(depth));
                read(&format!("{text}{}}}", close.repeat(depth))).unwrap_err();
                read(&text).unwrap_err();
            }
        }
        assert!(read(&format!("a={}1{}", "{a=".repeat(99), "}".repeat(99))).is_ok());
        assert!(refuse(&format!("a={}1{}", "{a=".repeat(100), "}".repeat(100))).contains("deeper"));
        assert!(refuse(&format!("a{}=1", ".a".repeat(100_000))).contains("deeper"));
        assert!(read(&format!("a.a={}1{}", "[".repeat(98), "]".repeat(98))).is_ok());
        assert!(read(&format!("a.a={}1{}", "[".repeat(99), "]".repeat(99))).is_err());
    }

    /// `a.k1` names `a.k0` in `value`, and so on.
    fn chain(length: usize, value: &str) -> String {
        let links = (1..=length).map(|n| {
            let former = format!("${{a.k{}}}", n - 1);
            format!("a.k{n}={}\n", value.replace('_', &former))
        });
        links.collect()
    }

    #[test]
    fn substitutions_are_bounded() {
        assert!(read(&format!("a.k0=x\n{}", chain(50, "_"))).is_ok());
        for value in ["_", "_ _", "[_,_]", "{a=_\nb=_}"] {
            assert!(
                read(&format!("a.k0=x\n{}", chain(5, value))).is_ok(),
                "{value}"
            );
            if value != "_" {
                refuse(&format!("a.k0=x\n{}", chain(90, value)));
            }
            refuse(&format!("a.k0=x\n{}", chain(100_000, value)));
        }
        // Lists in lists, through substitutions: deep in both ways.
        let nested = format!("{}_{}", "[".repeat(90), "]".repeat(90));
        refuse(&format!("a.k0=x\n{}", chain(90, &nested)));
    }

    #[test]
    fn what_is_long_takes_linear_time() {
        let text = format!("a {{\n{}}}\n", "x = ${?y}\n".repeat(100_000));
        assert!(read(&text).is_ok());
        let text = format!("a {{ b = [{}] }}\n", "1 2,".repeat(100_000));
        assert!(read(&text).is_ok());
        let text = format!("a {{ b = {} }}\n", "\"x\"".repeat(100_000));
        assert!(read(&text).is_ok());
        assert!(parse(b"a { b = \"\xff\" }", Limits::EVIDENCE).is_err());
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "[ab=:{}\\[\\].,${}?\"\\\\#/ 1\n\r]{0,60}|\\PC{0,40}") {
            let _ = read(&text);
        }

        #[test]
        fn a_good_text_with_a_change_does_not_panic(at in 0..80usize, put in "\\PC{0,3}") {
            let good = "a { b = 1, \"c d\" : x y // e\nf = [1, ${a.b}]\n}\ng = ${a}\nh.i = \"\"\"j\"\"\"\n";
            let (before, behind) = good.split_at(at.min(good.len()));
            let _ = read(&format!("{before}{put}{behind}"));
        }
    }
}
