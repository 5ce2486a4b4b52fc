//! Documents: strict parsing of JSON, YAML and TOML into one value, and the one
//! form in which Assize writes JSON that is hashed.
//!
//! The only module that names `serde_json`, `serde-saphyr` and `toml`.
//!
//! INVARIANTS
//! - A document has one meaning: duplicate keys, integers that no reader agrees on
//!   (beyond `u64`/`i64`), non-finite numbers and invalid UTF-8 are refused, and
//!   so is nesting beyond the limit. Other tools pick "the last one wins".
//! - [`canonical`] is a function of the value alone.
//! - Bytes that were received are hashed as received, never parsed and rewritten.

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

pub mod bulk;
mod canonical;
pub mod lines;
mod scan;
pub mod toml;
mod visitor;
pub mod yaml;

pub use canonical::canonical;
pub use serde_json::{Map, Number, Value, json};

/// Most memory that the values of one document may take, in bytes, by a rough reckoning.
const MEMORY_MAX: usize = 2 << 30;

/// How much a document may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes in the document.
    pub size_max: usize,
    /// Most levels of nested objects and arrays.
    pub depth_max: usize,
}

impl Limits {
    /// For files that people write: policy data, waivers, configuration. 4 MiB.
    pub const AUTHORED: Self = Self {
        size_max: 4 << 20,
        depth_max: 64,
    };
    /// For evidence, which machines write. 64 MiB.
    pub const EVIDENCE: Self = Self {
        size_max: 64 << 20,
        depth_max: 100,
    };
}

/// A document that could not be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum JsonError {
    /// The document is larger than its limit.
    #[error("is {size} bytes, more than the limit of {size_max}")]
    Size {
        /// Bytes in the document.
        size: usize,
        /// Most bytes allowed.
        size_max: usize,
    },
    /// Objects and arrays nest deeper than the limit.
    #[error("line {line}, column {column}: nests deeper than {depth_max} levels")]
    Depth {
        /// 1-based line.
        line: usize,
        /// 1-based column, in bytes.
        column: usize,
        /// Most levels allowed.
        depth_max: usize,
    },
    /// An integer that different readers would round differently.
    #[error(
        "line {line}, column {column}: integer `{text}` does not fit 64 bits; write it as a string"
    )]
    Integer {
        /// 1-based line.
        line: usize,
        /// 1-based column, in bytes.
        column: usize,
        /// The integer, shortened.
        text: String,
    },
    /// Not valid UTF-8.
    #[error("is not valid UTF-8 at byte {offset}")]
    Encoding {
        /// 0-based offset of the first bad byte.
        offset: usize,
    },
    /// Not well-formed, or a duplicate key.
    #[error("{message}")]
    Syntax {
        /// What is wrong and where.
        message: String,
    },
    /// Well-formed, but not of the expected shape.
    #[error("{message}")]
    Shape {
        /// What was expected.
        message: String,
    },
}

/// Reads `bytes` as one JSON value.
///
/// # Errors
/// Malformed text, and everything the module's invariants refuse.
pub fn parse(bytes: &[u8], limits: Limits) -> Result<Value, JsonError> {
    let text = utf8(bytes, limits)?;
    scan::scan(text, limits.depth_max)?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let syntax = |error: serde_json::Error| JsonError::Syntax {
        message: position_first(&error),
    };
    let value = visitor::value(&mut deserializer).map_err(syntax)?;
    deserializer.end().map_err(syntax)?;
    Ok(value)
}

/// Reads `bytes` as one JSON value of type `T`.
///
/// # Errors
/// As [`parse`], and values that are not a `T`.
pub fn parse_as<T: DeserializeOwned>(bytes: &[u8], limits: Limits) -> Result<T, JsonError> {
    decode(parse(bytes, limits)?)
}

/// Reads a `T` out of `value`.
///
/// # Errors
/// Values that are not a `T`: a missing, unknown or mistyped field, by name.
pub fn decode<T: DeserializeOwned>(value: Value) -> Result<T, JsonError> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let what = error.into_inner().to_string();
        // An unknown field is in the message already; where it stands is not.
        let path = match path.rsplit_once('.') {
            Some((parent, field)) if what.contains(&format!("`{field}`")) => parent,
            None if what.contains(&format!("`{path}`")) => "",
            _ => path.trim_start_matches('.'),
        };
        JsonError::Shape {
            message: if path.is_empty() {
                what
            } else {
                format!("`{path}`: {what}")
            },
        }
    })
}

/// Returns `value` as a [`Value`].
///
/// # Errors
/// Maps whose keys are not strings, and non-finite numbers.
pub fn encode<T: Serialize>(value: &T) -> Result<Value, JsonError> {
    serde_json::to_value(value).map_err(|error| JsonError::Shape {
        message: error.to_string(),
    })
}

/// Returns `value` indented for people. Never hashed, never signed.
pub fn pretty(value: &Value) -> String {
    format!("{value:#}")
}

/// Returns `bytes` as text.
///
/// # Errors
/// More bytes than `limits` allow, and invalid UTF-8.
pub(crate) fn utf8(bytes: &[u8], limits: Limits) -> Result<&str, JsonError> {
    if bytes.len() > limits.size_max {
        return Err(JsonError::Size {
            size: bytes.len(),
            size_max: limits.size_max,
        });
    }
    std::str::from_utf8(bytes).map_err(|error| JsonError::Encoding {
        offset: error.valid_up_to(),
    })
}

/// `serde_json` puts the position last; our messages put it first, as compilers do.
fn position_first(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    match text.strip_suffix(&position) {
        Some(what) if error.line() > 0 => {
            format!("line {}, column {}: {what}", error.line(), error.column())
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuse(text: &str) -> String {
        parse(text.as_bytes(), Limits::AUTHORED)
            .expect_err(text)
            .to_string()
    }

    #[test]
    fn reads_ordinary_documents() {
        let value = parse(
            br#"{"b": [1, -2, 3.5, "x\u0041", null, true], "a": {}}"#,
            Limits::AUTHORED,
        );
        assert_eq!(
            value.unwrap(),
            json!({"a": {}, "b": [1, -2, 3.5, "xA", null, true]})
        );
    }

    #[test]
    fn refuses_duplicate_keys_at_any_depth() {
        assert_eq!(
            refuse("{\"a\": 1,\n \"a\": 2}"),
            "line 2, column 4: duplicate key `a`"
        );
        assert!(refuse(r#"[{"x": {"y": 1, "y": 1}}]"#).contains("duplicate key `y`"));
    }

    #[test]
    fn refuses_integers_beyond_64_bits_but_not_in_strings() {
        assert!(refuse("[18446744073709551616]").contains("column 2: integer"));
        assert!(refuse("[-9223372036854775809]").contains("64 bits"));
        for text in [
            "18446744073709551615",
            "-9223372036854775808",
            "\"99999999999999999999\"",
            "1e30",
        ] {
            assert!(parse(text.as_bytes(), Limits::AUTHORED).is_ok(), "{text}");
        }
    }

    #[test]
    fn refuses_non_finite_numbers_and_trailing_text() {
        for text in [
            "NaN",
            "Infinity",
            "1e400",
            "{} {}",
            "",
            "{",
            "[1,]",
            "{\"a\":1}x",
        ] {
            refuse(text);
        }
    }

    #[test]
    fn bounds_depth_size_and_encoding() {
        let limits = Limits {
            size_max: 100,
            depth_max: 3,
        };
        assert!(parse(b"[[[1]]]", limits).is_ok());
        let error = parse(b"[[[[1]]]]", limits).unwrap_err().to_string();
        assert_eq!(error, "line 1, column 4: nests deeper than 3 levels");
        assert!(
            parse(&[b' '; 101], limits)
                .unwrap_err()
                .to_string()
                .contains("101 bytes")
        );
        assert!(matches!(
            parse(b"\"\xff\"", limits),
            Err(JsonError::Encoding { offset: 1 })
        ));
    }

    #[test]
    fn a_field_of_the_wrong_type_is_named_by_its_path() {
        #[derive(Debug, serde::Deserialize)]
        #[expect(dead_code, reason = "only its shape matters")]
        struct Outer {
            items: Vec<std::collections::BTreeMap<String, u8>>,
        }
        let error = parse_as::<Outer>(br#"{"items": [{"a": 1}, {"b": null}]}"#, Limits::AUTHORED);
        assert!(
            error.unwrap_err().to_string().starts_with("`items[1].b`: "),
            "path first"
        );
    }

    #[test]
    fn a_hundred_thousand_brackets_end_in_an_error() {
        assert!(refuse(&"[".repeat(100_000)).contains("deeper"));
        assert!(refuse(&"{\"a\":".repeat(100_000)).contains("deeper"));
    }
}
