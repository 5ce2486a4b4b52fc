//! TOML, read into the same value as JSON.

use serde_json::Value;

use super::{JsonError, Limits, utf8, visitor::value};

/// Reads `bytes` as one TOML document. Dates become their text.
///
/// # Errors
/// Malformed text, and non-finite numbers.
pub fn parse(bytes: &[u8], limits: Limits) -> Result<Value, JsonError> {
    let text = utf8(bytes, limits)?;
    let table: toml::Table = toml::from_str(text).map_err(|error| syntax(text, &error))?;
    value(plain(toml::Value::Table(table))).map_err(|error| JsonError::Shape {
        message: error.to_string(),
    })
}

/// Replaces dates, which the serde model of TOML has no type for, by their text.
fn plain(value: toml::Value) -> toml::Value {
    match value {
        toml::Value::Datetime(instant) => toml::Value::String(instant.to_string()),
        toml::Value::Array(values) => toml::Value::Array(values.into_iter().map(plain).collect()),
        toml::Value::Table(table) => toml::Value::Table(
            table
                .into_iter()
                .map(|(key, value)| (key, plain(value)))
                .collect(),
        ),
        other => other,
    }
}

fn syntax(text: &str, error: &toml::de::Error) -> JsonError {
    let line = error
        .span()
        .and_then(|span| text.get(..span.start))
        .map(|before| before.matches('\n').count() + 1);
    let message = error.message();
    JsonError::Syntax {
        message: match line {
            Some(line) => format!("line {line}: {message}"),
            None => message.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    #[test]
    fn reads_tables_and_dates() {
        let text = b"as_of = 2026-11-23T13:00:00Z\n[gate.deploy]\nevidence = 'evidence/release'\n";
        assert_eq!(
            parse(text, Limits::AUTHORED).unwrap(),
            json!({"as_of": "2026-11-23T13:00:00Z", "gate": {"deploy": {"evidence": "evidence/release"}}})
        );
    }

    #[test]
    fn names_the_line_of_a_mistake() {
        let error = parse(b"a = 1\nb = \n", Limits::AUTHORED).unwrap_err();
        assert!(error.to_string().starts_with("line 2: "), "{error}");
        assert!(parse(b"a = 1\na = 2\n", Limits::AUTHORED).is_err());
        assert!(parse(b"a = nan\n", Limits::AUTHORED).is_err());
    }
}
