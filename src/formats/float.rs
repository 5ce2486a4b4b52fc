//! The shortest digits that are a number, as Go has them: where two are as near, the even
//! ones, where Rust takes the larger.

use std::fmt::LowerExp;
use std::str::FromStr;

/// Returns the shortest digits of `number`, as `1.5e3`.
pub(super) fn shortest<T: LowerExp + FromStr + PartialEq>(number: &T) -> String {
    let shortest = format!("{number:e}");
    let digits = shortest.split('e').next().unwrap_or_default();
    let behind = digits.split_once('.').map_or(0, |(_, behind)| behind.len());
    // With a precision, Rust rounds halves to even.
    let even = format!("{number:.behind$e}");
    if even.parse().is_ok_and(|parsed: T| parsed == *number) {
        even
    } else {
        shortest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_to_the_even_digit() {
        for (number, digits) in [
            (93_139_459_867_524.12, "9.313945986752412e13"),
            (0.1, "1e-1"),
            (0.0, "0e0"),
            (1e23, "1e23"),
            (5e-324, "5e-324"),
            (9_007_199_254_740_992.0, "9.007199254740992e15"),
        ] {
            assert_eq!(shortest(&number), digits);
        }
        assert_eq!(shortest(&2_097_152.2_f32), "2.0971522e6");
    }
}
