//! Values that are no messages, and their JSON form.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::scanner::Piece;
use super::schema::{Enum, Scalar};
use crate::json::{Number, Value, json};

/// Returns the JSON form of `piece` as a `kind`.
pub(super) fn value(kind: Scalar, piece: &Piece<'_>) -> Result<Value, String> {
    match (kind, piece) {
        (Scalar::Bool, piece) => boolean(piece).map(Value::Bool),
        (Scalar::Int32, piece) => integer::<i32>(piece).map(Value::from),
        (Scalar::Uint32, piece) => integer::<u32>(piece).map(Value::from),
        // JSON readers would round them.
        (Scalar::Int64, piece) => integer::<i64>(piece).map(|n| json!(n.to_string())),
        (Scalar::Uint64, piece) => integer::<u64>(piece).map(|n| json!(n.to_string())),
        (Scalar::Float | Scalar::Double, piece) => float(kind, piece),
        (Scalar::String, Piece::Text(bytes)) => match String::from_utf8(bytes.clone()) {
            Ok(text) => Ok(Value::String(text)),
            Err(_) => Err("a string that is not UTF-8".to_owned()),
        },
        (Scalar::Bytes, Piece::Text(bytes)) => Ok(Value::String(STANDARD.encode(bytes))),
        (Scalar::String | Scalar::Bytes, piece) => Err(unlike(piece, "a string")),
    }
}

fn unlike(piece: &Piece<'_>, expected: &str) -> String {
    match piece {
        Piece::Text(_) => format!("expected {expected}, found a string"),
        Piece::Word(text) | Piece::Number(text) => format!("expected {expected}, found `{text}`"),
    }
}

fn boolean(piece: &Piece<'_>) -> Result<bool, String> {
    match piece {
        Piece::Word("true" | "True" | "t") | Piece::Number("1") => Ok(true),
        Piece::Word("false" | "False" | "f") | Piece::Number("0") => Ok(false),
        _ => Err(unlike(piece, "`true` or `false`")),
    }
}

/// Reads a decimal, hexadecimal or octal number.
fn integer<N: TryFrom<i128>>(piece: &Piece<'_>) -> Result<N, String> {
    let error = || unlike(piece, "a whole number that fits");
    let Piece::Number(text) = piece else {
        return Err(error());
    };
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (digits, radix) = if let Some(digits) = unsigned.strip_prefix("0x") {
        (digits, 16)
    } else if let Some(digits) = unsigned.strip_prefix("0X") {
        (digits, 16)
    } else {
        match unsigned.strip_prefix('0') {
            Some(digits) if !digits.is_empty() => (digits, 8),
            _ => (unsigned, 10),
        }
    };
    let magnitude = i64_or_larger(digits, radix).ok_or_else(error)?;
    let is_negative = unsigned.len() < text.len();
    if is_negative && magnitude == 0 {
        return Err("a zero with a sign: write `0`".to_owned());
    }
    let value = if is_negative { -magnitude } else { magnitude };
    N::try_from(value).map_err(|_| error())
}

fn i64_or_larger(digits: &str, radix: u32) -> Option<i128> {
    let plain = digits.chars().all(|c| c.is_digit(radix));
    plain.then(|| i128::from_str_radix(digits, radix).ok())?
}

/// A number, or the text for one that JSON does not have.
fn float(kind: Scalar, piece: &Piece<'_>) -> Result<Value, String> {
    let text = match piece {
        Piece::Number(text) => *text,
        Piece::Word(word) => {
            return match word.to_ascii_lowercase().as_str() {
                "nan" => Ok(json!("NaN")),
                "inf" | "infinity" => Ok(json!("Infinity")),
                "-inf" | "-infinity" => Ok(json!("-Infinity")),
                _ => Err(unlike(piece, "a number")),
            };
        }
        Piece::Text(_) => return Err(unlike(piece, "a number")),
    };
    let plain = text.strip_suffix(['f', 'F']).unwrap_or(text);
    let unsigned = plain.strip_prefix('-').unwrap_or(plain);
    let is_octal = unsigned.len() > 1
        && unsigned.starts_with('0')
        && !unsigned.starts_with("0.")
        && !unsigned.starts_with(['e', 'E']);
    let is_decimal = unsigned
        .chars()
        .all(|c| matches!(c, '0'..='9' | '.' | 'e' | 'E' | '+' | '-'));
    if is_octal || !is_decimal {
        return Err(unlike(piece, "a decimal number"));
    }
    // The fewest digits of a float are those that conftest reads as a double.
    let written = if kind == Scalar::Float {
        plain
            .parse::<f32>()
            .ok()
            .filter(|n| n.is_finite())
            .map(|n| n.to_string())
    } else {
        plain
            .parse::<f64>()
            .ok()
            .filter(|n| n.is_finite())
            .map(|n| n.to_string())
    };
    let double = written.and_then(|written| written.parse::<f64>().ok());
    let number = double.and_then(Number::from_f64);
    number
        .map(Value::Number)
        .ok_or_else(|| unlike(piece, "a number that fits"))
}

/// Returns whether `value` is a zero or empty, and whether it is a zero with a sign.
pub(super) fn zero(value: &Value) -> (bool, bool) {
    match value {
        Value::Bool(value) => (!value, false),
        Value::String(text) => (text.is_empty(), false),
        Value::Number(number) => {
            let float = number.as_f64().unwrap_or_default();
            let is_zero = float.abs() <= 0.0;
            (is_zero, is_zero && float.is_sign_negative())
        }
        Value::Null | Value::Array(_) | Value::Object(_) => (false, false),
    }
}

/// Returns `value` as the key of a JSON object.
pub(super) fn key(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Returns the number that `piece` stands for in `found`.
pub(super) fn enum_number(found: &Enum, piece: &Piece<'_>) -> Result<i32, String> {
    let unknown = || unlike(piece, &format!("a value of enum `{}`", found.name));
    match piece {
        Piece::Word(name) => {
            let mut values = found.values.iter();
            let value = values.find(|(own, _)| own == name);
            value.map(|(_, number)| *number).ok_or_else(unknown)
        }
        Piece::Number(_) => {
            let number = integer::<i32>(piece)?;
            if found.is_open || found.name_of(number).is_some() {
                Ok(number)
            } else {
                Err(unknown())
            }
        }
        Piece::Text(_) => Err(unknown()),
    }
}
