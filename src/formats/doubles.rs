//! Numbers as conftest has them: each is a double.

use super::FormatError;
use crate::json::{Number, Value};

/// Makes whole numbers integers, as they are printed, however they were written.
///
/// # Errors
/// An integer that a double cannot hold, so that conftest sees another one.
pub(super) fn settle(value: &mut Value) -> Result<(), FormatError> {
    match value {
        Value::Array(values) => values.iter_mut().try_for_each(settle),
        Value::Object(object) => object.values_mut().try_for_each(settle),
        Value::Number(number) => {
            *number = settled(number)?;
            Ok(())
        }
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
    }
}

fn settled(number: &Number) -> Result<Number, FormatError> {
    let Some(double) = number.as_f64() else {
        return Ok(number.clone());
    };
    // The fewest digits that read back as the same double, as conftest prints them.
    let written = double.to_string();
    if !number.is_f64() {
        if written == number.to_string() {
            return Ok(number.clone());
        }
        let what =
            format!("integer `{number}` has more digits than conftest keeps: write it as a string");
        return Err(FormatError::Whole { what });
    }
    if written == "-0" {
        return Ok(number.clone());
    }
    let whole = written.parse::<i64>().map(Number::from);
    Ok(whole
        .or_else(|_| written.parse::<u64>().map(Number::from))
        .unwrap_or_else(|_| number.clone()))
}

/// Returns `number` as conftest prints it: without a point where it is whole and below
/// 10²¹.
///
/// # Errors
/// Whole numbers below 10²¹ that do not fit 64 bits, and what is not finite.
pub(super) fn printed(number: f64) -> Result<Value, FormatError> {
    let written = number.to_string();
    if number.fract() != 0.0 || number.abs() >= 1e21 || written == "-0" {
        let number = Number::from_f64(number).map(Value::Number);
        return number.ok_or_else(|| FormatError::Whole {
            what: format!("number `{written}` is not finite"),
        });
    }
    let whole = written.parse::<i64>().map(Value::from);
    let whole = whole.or_else(|_| written.parse::<u64>().map(Value::from));
    whole.map_err(|_| FormatError::Whole {
        what: format!("integer `{written}` does not fit 64 bits: write it as a string"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    #[test]
    fn whole_doubles_are_integers() {
        let mut value = json!([1.0, -0.5, {"a": 1e3}, 1e20, 7, u64::from(u32::MAX), 9_007_199_254_740_994_u64, 1_234_567_890_123_456_768.0]);
        settle(&mut value).unwrap();
        let expected = json!([1, -0.5, {"a": 1000}, 1e20, 7, u64::from(u32::MAX), 9_007_199_254_740_994_u64, 1_234_567_890_123_456_800_u64]);
        assert_eq!(value, expected);
    }

    #[test]
    fn integers_that_would_change_are_refused() {
        for number in [
            "9007199254740993",
            "-9007199254740993",
            "18446744073709551615",
        ] {
            let mut value: Value = number.parse().unwrap();
            let error = settle(&mut value).unwrap_err().to_string();
            assert!(error.contains(number), "{error}");
        }
    }
}
