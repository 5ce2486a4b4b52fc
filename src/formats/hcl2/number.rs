//! Decimal numbers that a double holds as they are written.

use crate::json::Number;

/// Largest integer up to which a double holds each of them.
const INTEGER_MAX: u64 = 1 << 53;
/// Most digits of a number.
const DIGITS_MAX: usize = 150;
/// Most digits before or after the point, once there is no exponent.
const PLACES_MAX: i64 = 400;

/// Whether `digits` have one point and one exponent at most, in that order.
pub(super) fn is_number(digits: &str) -> bool {
    pieces(digits).is_some()
}

/// Returns the digits before the point, those after it, and the exponent.
fn pieces(digits: &str) -> Option<(&str, &str, i64)> {
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse().ok()?),
        None => (digits, 0_i32),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    (all_digits(whole) && all_digits(fraction)).then_some((whole, fraction, exponent.into()))
}

fn shortened(digits: &str) -> &str {
    digits.get(..40).unwrap_or(digits)
}

/// Returns the number without an exponent and without zeros that say nothing.
pub(super) fn decimal(digits: &str) -> Result<String, String> {
    let too_long = || {
        let shown = shortened(digits);
        format!("number `{shown}` is too long; write it as a string")
    };
    let (whole, fraction, exponent) = pieces(digits).ok_or_else(too_long)?;
    let all = format!("{whole}{fraction}");
    let leading = all.len() - all.trim_start_matches('0').len();
    let significant = all.trim_matches('0');
    if significant.is_empty() {
        return Ok("0".to_owned());
    }
    // Where the point is, counted from the first significant digit.
    let point = i64::try_from(whole.len())
        .ok()
        .zip(i64::try_from(leading).ok());
    let point = point
        .and_then(|(whole, leading)| whole.checked_sub(leading)?.checked_add(exponent))
        .filter(|point| point.abs() <= PLACES_MAX && significant.len() <= DIGITS_MAX)
        .ok_or_else(too_long)?;
    let zeros = |count: usize| "0".repeat(count);
    let Ok(before) = usize::try_from(point) else {
        let between = zeros(usize::try_from(point.unsigned_abs()).unwrap_or_default());
        return Ok(format!("0.{between}{significant}"));
    };
    Ok(match significant.split_at_checked(before) {
        Some(("", fraction)) => format!("0.{fraction}"),
        Some((whole, "")) => whole.to_owned(),
        Some((whole, fraction)) => format!("{whole}.{fraction}"),
        None => format!("{significant}{}", zeros(before - significant.len())),
    })
}

/// Returns the number `digits` with or without a minus sign, as long as it is the same as a double.
pub(in crate::formats) fn number(digits: &str, negative: bool) -> Result<Number, String> {
    let decimal = decimal(digits)?;
    let rounded = || {
        let shown = shortened(digits);
        format!("number `{shown}` is rounded to a double; write it as a string")
    };
    if !decimal.contains('.') {
        let integer = decimal.parse::<u64>().ok();
        let integer = integer
            .filter(|integer| *integer <= INTEGER_MAX)
            .ok_or_else(rounded)?;
        if !negative {
            return Ok(integer.into());
        }
        if integer == 0 {
            return Err("a zero with a minus sign; write `0`".to_owned());
        }
        return i64::try_from(integer)
            .map(|integer| Number::from(-integer))
            .map_err(|_| rounded());
    }
    let double = decimal
        .parse::<f64>()
        .ok()
        .filter(|double| double.fract() != 0.0);
    let double = double.map(|double| if negative { -double } else { double });
    double.and_then(Number::from_f64).ok_or_else(rounded)
}
