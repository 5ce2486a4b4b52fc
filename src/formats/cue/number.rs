//! Numbers of CUE.

use super::Reader;
use crate::formats::FormatError;
use crate::json::{Number, Value};

/// Multipliers, the longer before the shorter.
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

impl Reader<'_> {
    /// The number that begins here, with its sign.
    pub(super) fn number(&mut self) -> Result<Value, FormatError> {
        let negative = self.take("-");
        if !negative {
            self.take("+");
        }
        let text = self.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'));
        let exponent = text.ends_with(['e', 'E']) && !text.starts_with("0x");
        let mut text = text.to_owned();
        if exponent && self.rest.starts_with(['+', '-']) {
            text.push_str(self.take_while(|c| matches!(c, '+' | '-')));
            text.push_str(self.take_while(|c| c.is_ascii_digit() || c == '_'));
        }
        if let Some(number) = read(&text, negative) {
            return Ok(Value::Number(number));
        }
        let sign = if negative { "-" } else { "" };
        self.refuse(format!("`{sign}{text}` is not a number that is read"))
    }
}

fn read(text: &str, negative: bool) -> Option<Number> {
    let sign = if negative { -1 } else { 1 };
    let whole = |digits: &str, radix: u32| {
        let digits = without_underscores(digits)?;
        i128::from_str_radix(&digits, radix).ok()
    };
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            let signless = !digits.starts_with(['+', '-']);
            return whole(digits, radix)
                .filter(|_| signless)
                .and_then(|n| integer(sign * n));
        }
    }
    for (suffix, factor) in MULTIPLIERS {
        if let Some(digits) = text.strip_suffix(suffix) {
            let decimal = is_decimal(digits).then(|| whole(digits, 10)).flatten()?;
            return integer(decimal.checked_mul(sign * factor)?);
        }
    }
    if is_decimal(text) {
        return integer(sign * whole(text, 10)?);
    }
    let digits = without_underscores(text)?;
    let is_float = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte))
        // `01.5` and `1.` are read by some and not by others.
        && !(digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0."))
        && !digits.ends_with('.') && !digits.contains(".e") && !digits.contains(".E");
    let value: f64 = digits.parse().ok().filter(|_| is_float)?;
    // What a double makes nothing of is not what was written.
    let vanished = value == 0.0 && digits.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    let signed = if negative { -value } else { value };
    Number::from_f64(signed).filter(|_| !(vanished || negative && value == 0.0))
}

fn integer(number: i128) -> Option<Number> {
    i64::try_from(number)
        .map(Number::from)
        .or_else(|_| u64::try_from(number).map(Number::from))
        .ok()
}

/// A decimal integer without a leading zero.
fn is_decimal(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'_')
        && (text == "0" || !text.starts_with('0'))
}

/// The digits, if each underscore stands between two.
fn without_underscores(text: &str) -> Option<String> {
    let parts: Vec<_> = text.split('_').collect();
    let sound = |part: &&str| {
        part.starts_with(|c: char| c.is_ascii_hexdigit() || c == '.')
            && part.ends_with(|c: char| c.is_ascii_hexdigit())
    };
    (parts.len() == 1 || parts.iter().all(sound)).then(|| parts.concat())
}
