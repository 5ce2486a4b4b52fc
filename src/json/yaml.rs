//! YAML 1.2, read into the same value as JSON and with the same refusals.

use serde_json::Value;
use serde_saphyr::{DuplicateKeyPolicy, MergeKeyPolicy, Options};

use super::{JsonError, Limits, utf8, visitor::StrictValue};

mod ambiguous;

/// Reads `bytes` as one YAML document.
///
/// # Errors
/// Malformed text, more than one document, duplicate or non-string keys,
/// non-finite numbers, and aliases that grow beyond the budget.
pub fn parse(bytes: &[u8], limits: Limits) -> Result<Value, JsonError> {
    let text = utf8(bytes, limits)?;
    let value: StrictValue = serde_saphyr::from_str_with_options(text, options(limits))
        .map_err(|error| syntax(&error))?;
    exact(value.0)
}

/// Reads `bytes` as a stream of YAML documents.
///
/// # Errors
/// As [`parse`], but any number of documents is allowed.
pub fn parse_stream(bytes: &[u8], limits: Limits) -> Result<Vec<Value>, JsonError> {
    let text = utf8(bytes, limits)?;
    let documents: Vec<StrictValue> =
        serde_saphyr::from_multiple_with_options(text, options(limits))
            .map_err(|error| syntax(&error))?;
    documents.into_iter().map(|value| exact(value.0)).collect()
}

/// Another tool that may read the same file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherReader {
    /// OPA, which reads data files.
    Opa,
    /// conftest, which reads inputs.
    Conftest,
}

impl OtherReader {
    const fn name(self) -> &'static str {
        match self {
            Self::Opa => "OPA",
            Self::Conftest => "conftest",
        }
    }
}

/// Refuses plain words that `other` and we read differently, such as `0644`; `documents`
/// is what [`parse`] or [`parse_stream`] made of `bytes`.
///
/// # Errors
/// The first such word, with both readings and what to write.
pub fn refuse_ambiguous(
    bytes: &[u8],
    documents: &[Value],
    other: OtherReader,
) -> Result<(), JsonError> {
    ambiguous::refuse(bytes, documents, other)
}

/// Refuses floats at which integers beyond 64 bits arrive: the reader has already
/// rounded them, and their spelling is gone.
fn exact(value: Value) -> Result<Value, JsonError> {
    refuse_rounded(&value).map(|()| value)
}

fn refuse_rounded(value: &Value) -> Result<(), JsonError> {
    const FLOAT_MAX: f64 = 9.2e18;
    match value {
        Value::Number(number)
            if number.is_f64() && number.as_f64().is_some_and(|f| f.abs() >= FLOAT_MAX) =>
        {
            Err(JsonError::Shape {
                message: format!("number `{number}` does not fit 64 bits; write it as a string"),
            })
        }
        Value::Array(values) => values.iter().try_for_each(refuse_rounded),
        Value::Object(object) => object.values().try_for_each(refuse_rounded),
        _ => Ok(()),
    }
}

fn options(limits: Limits) -> Options {
    let mut options = serde_saphyr::options! {
        duplicate_keys: DuplicateKeyPolicy::Error,
        // `yes` and `on` are strings, as YAML 1.2 has it.
        strict_booleans: true,
        merge_keys: MergeKeyPolicy::Merge,
        non_finite_float_policy: serde_saphyr::options::NonFiniteFloatPolicy::Reject,
    };
    if let Some(budget) = options.budget.as_mut() {
        budget.max_depth = limits.depth_max;
        budget.max_total_scalar_bytes = limits.size_max;
        budget.max_nodes = limits.size_max / 16;
    }
    options
}

fn syntax(error: &serde_saphyr::Error) -> JsonError {
    let place = error.location().map_or_else(String::new, |at| {
        format!("line {}, column {}: ", at.line(), at.column())
    });
    // The reader renders a source snippet behind the first line; one line is enough here.
    let text = error.without_snippet().to_string();
    let what = text.lines().next().unwrap_or_default();
    // It says where a second time, and offers settings that our readers do not have.
    let what = what
        .split_once(", set ")
        .or_else(|| what.split_once(" at line "))
        .map_or(what, |(what, _)| what);
    JsonError::Syntax {
        message: format!("{place}{what}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    fn refuse(text: &str) -> String {
        parse(text.as_bytes(), Limits::AUTHORED)
            .expect_err(text)
            .to_string()
    }

    #[test]
    fn reads_ordinary_documents() {
        let text = "a: 1\nb: [x, 'y', 1.5, null, true]\nc:\n  d: 2026-12-01\n  e: yes\n";
        assert_eq!(
            parse(text.as_bytes(), Limits::AUTHORED).unwrap(),
            json!({"a": 1, "b": ["x", "y", 1.5, null, true], "c": {"d": "2026-12-01", "e": "yes"}})
        );
    }

    #[test]
    fn reads_streams() {
        let stream = parse_stream(b"a: 1\n---\nb: 2\n", Limits::AUTHORED).unwrap();
        assert_eq!(stream, [json!({"a": 1}), json!({"b": 2})]);
        refuse("a: 1\n---\nb: 2\n");
    }

    #[test]
    fn refuses_duplicates_bombs_and_non_finite_numbers() {
        assert!(
            refuse("a: 1\na: 2\n").contains("line 2"),
            "{}",
            refuse("a: 1\na: 2\n")
        );
        refuse("a: .nan\n");
        refuse("a: .inf\n");
        refuse("a: [\n");
        refuse("a: 99999999999999999999999\n");
        refuse(&"[".repeat(100_000));
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let previous = level - 1;
            let refs = vec![format!("*a{previous}"); 10].join(", ");
            bomb = format!("{bomb}a{level}: &a{level} [{refs}]\n");
        }
        refuse(&bomb);
    }
}
