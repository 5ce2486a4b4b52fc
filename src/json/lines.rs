//! JSON lines (<https://jsonlines.org>): one JSON value on each line.

use serde_json::Value;

use super::{JsonError, Limits, parse as parse_one, utf8};

/// Reads `bytes` as JSON lines; blank lines are passed over.
///
/// # Errors
/// As [`parse`](super::parse), with the line in `bytes`.
pub fn parse(bytes: &[u8], limits: Limits) -> Result<Vec<Value>, JsonError> {
    let lines = utf8(bytes, limits)?.split('\n').enumerate();
    lines
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(above, line)| {
            parse_one(line.as_bytes(), limits).map_err(|error| below(above, error))
        })
        .collect()
}

/// The first line of `bytes` that is not blank, if it is a JSON value and not the only line.
pub fn first(bytes: &[u8], limits: Limits) -> Option<Value> {
    let mut lines = bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty());
    let first = lines.next()?;
    lines.next()?;
    parse_one(first, limits).ok()
}

/// The error of a text that begins below `above` lines.
fn below(above: usize, error: JsonError) -> JsonError {
    match error {
        JsonError::Depth {
            line,
            column,
            depth_max,
        } => JsonError::Depth {
            line: line + above,
            column,
            depth_max,
        },
        JsonError::Integer { line, column, text } => JsonError::Integer {
            line: line + above,
            column,
            text,
        },
        JsonError::Syntax { message } => JsonError::Syntax {
            message: match message.strip_prefix("line 1,") {
                Some(rest) => format!("line {},{rest}", above + 1),
                None => format!("line {}: {message}", above + 1),
            },
        },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    #[test]
    fn reads_a_value_on_each_line() {
        let text = b"{\"a\":1}\n\n[2]\r\n";
        assert_eq!(
            parse(text, Limits::AUTHORED).unwrap(),
            [json!({"a": 1}), json!([2])]
        );
        assert_eq!(first(text, Limits::AUTHORED), Some(json!({"a": 1})));
        assert_eq!(first(b"{}\n\n", Limits::AUTHORED), None);
        assert_eq!(first(b"{\n}", Limits::AUTHORED), None);
    }

    #[test]
    fn errors_name_the_line() {
        let limits = Limits {
            depth_max: 2,
            ..Limits::AUTHORED
        };
        for (text, what) in [
            ("{}\n{\"a\":", "line 2, column 5"),
            ("{}\n\n{\"a\":1,\"a\":2}", "line 3, column"),
            ("{}\n[[[1]]]", "line 2, column 3: nests deeper"),
            ("{}\n[18446744073709551616]", "line 2, column 2: integer"),
            ("{} {}\n{}", "line 1, column 4"),
        ] {
            let error = parse(text.as_bytes(), limits).unwrap_err().to_string();
            assert!(error.contains(what), "{text}: {error}");
        }
    }
}
