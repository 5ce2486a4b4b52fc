//! Canonical JSON: RFC 8785 (JCS), with one stated difference.
//!
//! JCS writes every number as the nearest IEEE double in ECMAScript's notation, so
//! that 9007199254740993 and 9007199254740992 get the same bytes and hence the same
//! digest. Numbers of magnitude 2^53 and more are therefore written so that they
//! read back as what they were: integers in full, floats as shortest digits with an
//! exponent or a fraction. Everything else is JCS's.

use serde::Serialize;
use serde_json::{Number, Value};

use super::{JsonError, encode};

/// Returns the canonical bytes of `value`.
///
/// # Errors
/// Maps whose keys are not strings, and non-finite numbers.
pub fn canonical<T: Serialize>(value: &T) -> Result<Vec<u8>, JsonError> {
    let mut out = Vec::new();
    write(&encode(value)?, &mut out)?;
    Ok(out)
}

fn write(value: &Value, out: &mut Vec<u8>) -> Result<(), JsonError> {
    match value {
        Value::Object(object) => {
            let mut entries: Vec<_> = object.iter().collect();
            // JCS orders keys by UTF-16 code units, which differs from byte order
            // between the surrogates and U+E000–U+FFFF.
            entries.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            out.push(b'{');
            for (position, (key, value)) in entries.into_iter().enumerate() {
                if position > 0 {
                    out.push(b',');
                }
                leaf(key, out)?;
                out.push(b':');
                write(value, out)?;
            }
            out.push(b'}');
        }
        Value::Array(values) => {
            out.push(b'[');
            for (position, value) in values.iter().enumerate() {
                if position > 0 {
                    out.push(b',');
                }
                write(value, out)?;
            }
            out.push(b']');
        }
        Value::Number(number) if is_beyond_jcs(number) => {
            out.extend_from_slice(number.to_string().as_bytes());
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => leaf(value, out)?,
    }
    Ok(())
}

/// Whether JCS would not write `number` so that it reads back as the same number.
fn is_beyond_jcs(number: &Number) -> bool {
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    number.as_f64().is_none_or(|float| float.abs() >= EXACT_MAX)
}

fn leaf<T: Serialize>(value: &T, out: &mut Vec<u8>) -> Result<(), JsonError> {
    serde_json_canonicalizer::to_writer(value, out).map_err(|error| JsonError::Shape {
        message: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Limits, json, parse};
    use proptest::prelude::*;

    fn text(value: &Value) -> String {
        String::from_utf8(canonical(value).unwrap()).unwrap()
    }

    #[test]
    fn agrees_with_the_rfc_8785_sample() {
        let sample = parse(
            br#"{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
                 "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"#,
            Limits::AUTHORED,
        );
        assert_eq!(
            text(&sample.unwrap()),
            "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],\
             \"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}"
        );
    }

    #[test]
    fn orders_keys_by_utf16_code_units() {
        let value = json!({"\u{fb33}": 1, "\u{1f600}": 2, "a": 3});
        assert_eq!(text(&value), "{\"a\":3,\"\u{1f600}\":2,\"\u{fb33}\":1}");
    }

    #[test]
    fn keeps_large_integers_apart() {
        assert_eq!(text(&json!(9_007_199_254_740_993_u64)), "9007199254740993");
        assert_eq!(text(&json!(u64::MAX)), "18446744073709551615");
        assert_eq!(text(&json!(i64::MIN)), "-9223372036854775808");
        assert_eq!(text(&json!(4.5e20)), "4.5e+20");
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>()
                .prop_filter("finite", |f| f.is_finite())
                .prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn writing_what_was_read_changes_nothing(value in any_value()) {
            let once = canonical(&value).unwrap();
            let again = parse(&once, Limits::EVIDENCE).unwrap();
            prop_assert_eq!(canonical(&again).unwrap(), once);
        }
    }
}
