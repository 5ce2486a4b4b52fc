//! Numbers: integers of four bases, decimal fractions, and multipliers such as `1.5Ki`.

use super::Node;
use super::cursor::Cursor;
use crate::formats::doubles;
use crate::formats::fault::{Read, fault};
use crate::json::{self, Limits};

/// Most digits of a number: CUE computes with not many more.
const DIGITS_MAX: usize = 30;

const MULTIPLIERS: [(&str, i128); 10] = [
    ("Ki", 1 << 10),
    ("Mi", 1 << 20),
    ("Gi", 1 << 30),
    ("Ti", 1 << 40),
    ("Pi", 1 << 50),
    ("K", 1_000),
    ("M", 1_000_000),
    ("G", 1_000_000_000),
    ("T", 1_000_000_000_000),
    ("P", 1_000_000_000_000_000),
];

/// What a number is before its sign.
enum Unsigned {
    Integer(i128),
    Float { value: f64, written: String },
}

/// Reads the number that is next, with or without a sign.
pub(super) fn number(cursor: &mut Cursor<'_>) -> Read<Node> {
    let at = cursor.at();
    let is_negative = cursor.peek() == Some('-');
    if matches!(cursor.peek(), Some('+' | '-')) {
        cursor.advance();
        cursor.skip_blanks();
    }
    let rest = cursor.rest();
    let read = match rest.get(..2) {
        Some("0x" | "0X") => based(rest, 16),
        Some("0b") => based(rest, 2),
        Some("0o") => based(rest, 8),
        _ => decimal(rest),
    };
    let node = read.and_then(|(number, length)| {
        cursor.pass(length);
        let after = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '#' | '.');
        if cursor.peek().is_some_and(after) {
            return Err("is no number".to_owned());
        }
        signed(number, is_negative)
    });
    node.or_else(|what| fault(at, what))
}

/// Returns the number as JSON readers keep it.
fn signed(number: Unsigned, is_negative: bool) -> Result<Node, String> {
    match number {
        Unsigned::Integer(number) => {
            let written = if is_negative { -number } else { number }.to_string();
            let kept = written.parse::<f64>().map(|double| double.to_string());
            if kept.as_ref() != Ok(&written) {
                return Err(format!(
                    "integer `{written}` has more digits than conftest keeps: write it as a string"
                ));
            }
            let value = json::parse(written.as_bytes(), Limits::EVIDENCE);
            value.map(Node::Integer).map_err(|_| {
                format!("integer `{written}` does not fit 64 bits: write it as a string")
            })
        }
        Unsigned::Float { value, written } => {
            // There is no negative zero.
            let value = if is_negative { -value } else { value } + 0.0;
            let value = doubles::printed(value).map_err(|error| error.to_string())?;
            let sign = if is_negative { "-" } else { "" };
            let written = format!("{sign}{written}");
            Ok(Node::Float { value, written })
        }
    }
}

/// Returns the digits of `base` that `text` begins with, without what parts them, and how
/// long they are.
fn digits(text: &str, base: u32) -> Result<(String, usize), String> {
    let is_digit = |c: char| c == '_' || c.is_digit(base);
    let end = text.find(|c| !is_digit(c)).unwrap_or(text.len());
    let written = text.get(..end).unwrap_or_default();
    if written.starts_with('_') || written.ends_with('_') || written.contains("__") {
        return Err("`_` stands between two digits only".to_owned());
    }
    let digits = written.replace('_', "");
    if digits.len() > DIGITS_MAX {
        return Err(format!(
            "a number of more than {DIGITS_MAX} digits is not read"
        ));
    }
    Ok((digits, end))
}

fn based(text: &str, base: u32) -> Result<(Unsigned, usize), String> {
    let (digits, length) = digits(text.get(2..).unwrap_or_default(), base)?;
    let number = i128::from_str_radix(&digits, base).map_err(|_| "is no number".to_owned())?;
    Ok((Unsigned::Integer(number), 2 + length))
}

fn decimal(text: &str) -> Result<(Unsigned, usize), String> {
    let (whole, mut length) = digits(text, 10)?;
    if whole.len() > 1 && whole.starts_with('0') {
        return Err("a number begins with a zero: `0o` is octal".to_owned());
    }
    let from = |length: usize| text.get(length..).unwrap_or_default();
    let mut fraction = String::new();
    let is_fraction = from(length).starts_with('.');
    if is_fraction {
        let (digits, more) = digits(from(length + 1), 10)?;
        fraction = digits;
        length += 1 + more;
    }
    if whole.is_empty() && fraction.is_empty() {
        return Err("expected a number".to_owned());
    }
    let rest = from(length);
    let mut multipliers = MULTIPLIERS.iter();
    if let Some((name, factor)) = multipliers.find(|(name, _)| rest.starts_with(name)) {
        let number = multiplied(&whole, &fraction, *factor)?;
        return Ok((Unsigned::Integer(number), length + name.len()));
    }
    let mut written = format!("{whole}.{fraction}");
    let is_power = rest.starts_with(['e', 'E']);
    if is_power {
        let signed = from(length + 1);
        let sign = if signed.starts_with('-') { "-" } else { "" };
        length += 1 + usize::from(signed.starts_with(['+', '-']));
        let (digits, more) = digits(from(length), 10)?;
        if digits.is_empty() {
            return Err("an exponent without digits".to_owned());
        }
        written = format!("{written}e{sign}{digits}");
        length += more;
    }
    if !is_fraction && !is_power {
        let number = whole.parse().map_err(|_| "is no number".to_owned())?;
        return Ok((Unsigned::Integer(number), length));
    }
    let value: f64 = format!("0{written}")
        .parse()
        .map_err(|_| "is no number".to_owned())?;
    let is_zero = !format!("{whole}{fraction}").contains(|c| c != '0');
    if !value.is_finite() || (value == 0.0 && !is_zero) {
        return Err(format!(
            "the number `{written}` is none that JSON readers keep"
        ));
    }
    Ok((Unsigned::Float { value, written }, length))
}

fn multiplied(whole: &str, fraction: &str, factor: i128) -> Result<i128, String> {
    let tens = u32::try_from(fraction.len()).ok();
    let unit = tens.and_then(|tens| 10_i128.checked_pow(tens));
    let number = format!("0{whole}{fraction}").parse::<i128>().ok();
    let product = number.and_then(|number| number.checked_mul(factor));
    let (Some(unit), Some(product)) = (unit, product) else {
        return Err("a number of this size is not read".to_owned());
    };
    if product % unit != 0 {
        return Err("a number with a multiplier that is not whole".to_owned());
    }
    Ok(product / unit)
}
