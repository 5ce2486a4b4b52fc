//! `urlquery.*`: percent-encoding of query strings, as Go's `net/url` does it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use regorus::Value;

use super::{ExtensionError, argument, object, text};

pub(super) fn encode(arguments: &[Value]) -> Result<Value, ExtensionError> {
    Ok(Value::from(escape(text("urlquery.encode", arguments, 0)?)))
}

pub(super) fn decode(arguments: &[Value]) -> Result<Value, ExtensionError> {
    unescape("urlquery.decode", text("urlquery.decode", arguments, 0)?).map(Value::from)
}

/// Values are strings, or arrays or sets of strings.
pub(super) fn encode_object(arguments: &[Value]) -> Result<Value, ExtensionError> {
    let refused =
        || ExtensionError::new("`urlquery.encode_object`: argument 1 must be an object of strings");
    let entries = argument(arguments, 0)?.as_object().map_err(|_| refused())?;
    let mut out = String::new();
    for (key, value) in entries.iter_sorted() {
        let key = key.as_string().map_err(|_| refused())?;
        let values: Vec<&Value> = match value {
            Value::Array(items) => items.iter().collect(),
            Value::Set(items) => items.iter_sorted().collect(),
            other => vec![other],
        };
        for value in values {
            let value = value.as_string().map_err(|_| refused())?;
            if !out.is_empty() {
                out.push('&');
            }
            out.push_str(&escape(key));
            out.push('=');
            out.push_str(&escape(value));
        }
    }
    Ok(Value::from(out))
}

pub(super) fn decode_object(arguments: &[Value]) -> Result<Value, ExtensionError> {
    const NAME: &str = "urlquery.decode_object";
    let mut entries: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for pair in text(NAME, arguments, 0)?.split('&') {
        if pair.is_empty() {
            continue;
        }
        if pair.contains(';') {
            return Err(ExtensionError(format!("`{NAME}`: `;` separates nothing")));
        }
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        entries
            .entry(unescape(NAME, key)?)
            .or_default()
            .push(Value::from(unescape(NAME, value)?));
    }
    Ok(object(entries))
}

fn escape(plain: &str) -> String {
    let mut out = String::with_capacity(plain.len());
    for byte in plain.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            b' ' => out.push('+'),
            // Writing to a `String` cannot fail.
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

fn unescape(name: &str, escaped: &str) -> Result<String, ExtensionError> {
    let mut bytes = Vec::with_capacity(escaped.len());
    let mut rest = escaped.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = rest.next().and_then(hex).zip(rest.next().and_then(hex));
                let (high, low) = digits.ok_or_else(|| {
                    ExtensionError(format!("`{name}`: `{escaped}` holds an invalid escape"))
                })?;
                high << 4 | low
            }
            other => other,
        });
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn hex(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}
