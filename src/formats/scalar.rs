//! Text that conftest turns into numbers and booleans, in formats that have only text.
//!
//! conftest asks Go's `strconv.ParseFloat`, then `strconv.ParseBool`, also about what was
//! quoted. Plain decimal numbers and `true` and `false` are what everybody takes them for.
//! What Go reads beside these (`0640` as 640, `1_000`, `0x1p-2`, `12e5`, `t`) is refused:
//! the value no longer shows what was written.

use crate::json::{Number, Value};

use super::lines::shown;

/// From here on two integers may be one float.
const INTEGER_MAX: f64 = 9_007_199_254_740_992.0;

/// Returns what conftest makes of `text`.
///
/// # Errors
/// What is wrong with text that Go reads as a number or boolean and few others do.
pub(super) fn typed(text: &str) -> Result<Value, String> {
    match text {
        "true" | "TRUE" | "True" => return Ok(Value::Bool(true)),
        "false" | "FALSE" | "False" => return Ok(Value::Bool(false)),
        "t" | "T" | "f" | "F" => {
            let meant = text.eq_ignore_ascii_case("t");
            return Err(format!(
                "`{text}` is {meant} to conftest: write `{meant}`, or another word"
            ));
        }
        _ => {}
    }
    if !is_number(text) {
        return Ok(Value::String(text.to_owned()));
    }
    if !is_plain(text) {
        return Err(format!(
            "`{}` is a number to conftest, which then loses how it was written: write it as \
             plain digits, or add something that no number has",
            shown(text)
        ));
    }
    number(text).ok_or_else(|| {
        let text = shown(text);
        format!("`{text}` is a number that conftest rounds: write fewer digits")
    })
}

/// Returns the number that `text`, a plain decimal, stands for; `None` is one that a float
/// cannot hold.
fn number(text: &str) -> Option<Value> {
    let float: f64 = text.parse().ok()?;
    if float.fract() != 0.0 {
        return Number::from_f64(float).map(Value::Number);
    }
    if float.abs() >= INTEGER_MAX {
        return None;
    }
    // Through text, which is exact: a fraction may have been rounded up.
    let integer: i64 = format!("{float:.0}").parse().ok()?;
    Some(Value::from(integer))
}

/// Tells whether `text` is digits, perhaps with a minus before and digits after a point.
fn is_plain(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let leading_zero = whole.len() > 1 && whole.starts_with('0');
    let negative_zero = text.starts_with('-') && text.parse() == Ok(0.0_f64);
    all_digits(whole) && all_digits(fraction) && !leading_zero && !negative_zero
}

/// Tells whether Go reads `text` as a floating-point number, or would if it fit one.
fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned.eq_ignore_ascii_case("inf")
        || unsigned.eq_ignore_ascii_case("infinity")
        || text.eq_ignore_ascii_case("nan")
    {
        return true;
    }
    let underscores_parted =
        |text: &str| !text.starts_with('_') && !text.ends_with('_') && !text.contains("__");
    if !underscores_parted(unsigned) {
        return false;
    }
    let bare: String = unsigned.chars().filter(|c| *c != '_').collect();
    let hexadecimal = bare.strip_prefix("0x").or_else(|| bare.strip_prefix("0X"));
    let (digits, mark, is_digit): (&str, [char; 2], fn(&u8) -> bool) = match hexadecimal {
        Some(digits) => (digits, ['p', 'P'], u8::is_ascii_hexdigit),
        None => (&bare, ['e', 'E'], u8::is_ascii_digit),
    };
    let (mantissa, exponent) = match digits.split_once(mark) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let points = mantissa.bytes().filter(|b| *b == b'.').count();
    let is_mantissa = points <= 1
        && mantissa.len() > points
        && mantissa.bytes().all(|b| b == b'.' || is_digit(&b));
    let is_exponent = |text: &str| {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    };
    // Hexadecimal needs its exponent: `0x10` is text.
    is_mantissa && exponent.map_or(hexadecimal.is_none(), is_exponent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    #[test]
    fn plain_numbers_and_booleans_have_types() {
        for (text, value) in [
            ("0", json!(0)),
            ("-12", json!(-12)),
            ("1.10", json!(1.1)),
            ("3.0", json!(3)),
            ("0.000001", json!(0.000_001)),
            ("9007199254740991", json!(9_007_199_254_740_991_i64)),
            ("4503599627370497.9", json!(4_503_599_627_370_498_i64)),
            ("TRUE", json!(true)),
            ("False", json!(false)),
        ] {
            assert_eq!(typed(text), Ok(value), "{text}");
        }
    }

    #[test]
    fn text_stays_text() {
        for text in [
            "",
            " 1",
            "1.2.3",
            "0x10",
            "1 000",
            "_1",
            "1__0",
            "1_",
            "yes",
            "tRUE",
            "1e",
            "e5",
            ".",
            "-",
            "+nan",
            "10.0.0.1",
            "2024-01-02",
            "0b1",
            "infinit",
            "1e5x",
            "٣",
        ] {
            assert_eq!(typed(text), Ok(json!(text)), "{text}");
        }
    }

    #[test]
    fn what_only_go_reads_as_a_number_is_refused() {
        for text in [
            "0640",
            "-0",
            "-0.0",
            "+5",
            ".5",
            "5.",
            "1_000",
            "0x1p-2",
            "0X_1.8P3",
            "12e5",
            "1E400",
            "inf",
            "-Infinity",
            "NaN",
            "t",
            "F",
            "9007199254740992",
            "9007199254740993",
            "12345678901234567890",
            "00.5",
            "0_1",
        ] {
            assert!(typed(text).is_err(), "{text}");
        }
        let long = "9".repeat(1000);
        assert!(typed(&long).unwrap_err().len() < 300);
    }
}
