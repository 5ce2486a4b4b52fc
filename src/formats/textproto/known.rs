//! The messages that have a JSON form of their own.
//!
//! <https://protobuf.dev/programming-guides/json/>

use crate::json::{Map, Value, json};

/// What other files may import, and what is in it.
pub(super) const FILES: &[(&str, &str)] = &[
    (
        "google/protobuf/any.proto",
        "syntax = \"proto3\"; package google.protobuf;
         message Any { string type_url = 1; bytes value = 2; }",
    ),
    (
        "google/protobuf/duration.proto",
        "syntax = \"proto3\"; package google.protobuf;
         message Duration { int64 seconds = 1; int32 nanos = 2; }",
    ),
    (
        "google/protobuf/empty.proto",
        "syntax = \"proto3\"; package google.protobuf;
         message Empty {}",
    ),
    (
        "google/protobuf/field_mask.proto",
        "syntax = \"proto3\"; package google.protobuf;
         message FieldMask { repeated string paths = 1; }",
    ),
    (
        "google/protobuf/struct.proto",
        "syntax = \"proto3\"; package google.protobuf;
         message Struct { map<string, Value> fields = 1; }
         message Value {
             oneof kind {
                 NullValue null_value = 1;
                 double number_value = 2;
                 string string_value = 3;
                 bool bool_value = 4;
                 Struct struct_value = 5;
                 ListValue list_value = 6;
             }
         }
         enum NullValue { NULL_VALUE = 0; }
         message ListValue { repeated Value values = 1; }",
    ),
    (
        "google/protobuf/timestamp.proto",
        "syntax = \"proto3\"; package google.protobuf;
         message Timestamp { int64 seconds = 1; int32 nanos = 2; }",
    ),
    (
        "google/protobuf/wrappers.proto",
        "syntax = \"proto3\"; package google.protobuf;
         message DoubleValue { double value = 1; }
         message FloatValue { float value = 1; }
         message Int64Value { int64 value = 1; }
         message UInt64Value { uint64 value = 1; }
         message Int32Value { int32 value = 1; }
         message UInt32Value { uint32 value = 1; }
         message BoolValue { bool value = 1; }
         message StringValue { string value = 1; }
         message BytesValue { bytes value = 1; }",
    ),
];

/// The enum whose one value is `null`.
pub(super) const NULL_VALUE: &str = "google.protobuf.NullValue";
/// The message that holds any other.
pub(super) const ANY: &str = "google.protobuf.Any";

/// The message without fields.
pub(super) const EMPTY: &str = "google.protobuf.Empty";

/// Returns whether the message `name` is one of these.
pub(super) fn is_known(name: &str) -> bool {
    name.starts_with("google.protobuf.")
}

/// Returns the JSON form of the message `name` with these fields; nothing for one that has
/// no form of its own.
pub(super) fn form(name: &str, fields: &Map<String, Value>) -> Option<Result<Value, String>> {
    let value = |zero: Value| Some(Ok(fields.get("value").cloned().unwrap_or(zero)));
    match name.strip_prefix("google.protobuf.")? {
        "DoubleValue" | "FloatValue" | "Int32Value" | "UInt32Value" => value(json!(0)),
        "Int64Value" | "UInt64Value" => value(json!("0")),
        "BoolValue" => value(json!(false)),
        "StringValue" | "BytesValue" => value(json!("")),
        "Empty" => Some(Ok(json!({}))),
        "Struct" => Some(Ok(fields.get("fields").cloned().unwrap_or(json!({})))),
        "ListValue" => Some(Ok(fields.get("values").cloned().unwrap_or(json!([])))),
        "Value" => Some(any_value(fields)),
        "Timestamp" => Some(timestamp(fields)),
        "Duration" => Some(duration(fields)),
        "FieldMask" => Some(field_mask(fields)),
        _ => None,
    }
}

fn any_value(fields: &Map<String, Value>) -> Result<Value, String> {
    match fields.iter().next() {
        None => Err("a `Value` without a value".to_owned()),
        Some((name, Value::String(text))) if name == "number_value" => {
            Err(format!("`{text}` is no number that a `Value` can hold"))
        }
        Some((_, value)) => Ok(value.clone()),
    }
}

fn integer(fields: &Map<String, Value>, name: &str) -> i64 {
    match fields.get(name) {
        Some(Value::String(text)) => text.parse().unwrap_or_default(),
        Some(value) => value.as_i64().unwrap_or_default(),
        None => 0,
    }
}

/// Nanoseconds after the point: none, or three, six or nine digits.
fn fraction(nanos: i64) -> String {
    let digits = format!("{nanos:09}");
    let digits = digits.strip_suffix("000").unwrap_or(&digits);
    let digits = digits.strip_suffix("000").unwrap_or(digits);
    match digits {
        "000" => String::new(),
        _ => format!(".{digits}"),
    }
}

fn timestamp(fields: &Map<String, Value>) -> Result<Value, String> {
    /// 0001-01-01 to 9999-12-31.
    const SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
    const DAY: i64 = 86_400;
    let (seconds, nanos) = (integer(fields, "seconds"), integer(fields, "nanos"));
    if !SECONDS.contains(&seconds) || !(0..1_000_000_000).contains(&nanos) {
        return Err(format!("a `Timestamp` cannot be {seconds} and {nanos}"));
    }
    let (year, month, day) = date(seconds.div_euclid(DAY));
    let second = seconds.rem_euclid(DAY);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let fraction = fraction(nanos);
    Ok(Value::String(format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z"
    )))
}

/// Returns the date that is `days` after 1970-01-01, counted from a 1 March so that the
/// day that not every year has is the last.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

fn duration(fields: &Map<String, Value>) -> Result<Value, String> {
    const SECONDS_MAX: i64 = 315_576_000_000;
    let (seconds, nanos) = (integer(fields, "seconds"), integer(fields, "nanos"));
    let fits = (-SECONDS_MAX..=SECONDS_MAX).contains(&seconds)
        && (-999_999_999..=999_999_999).contains(&nanos)
        && seconds.signum() * nanos.signum() >= 0;
    if !fits {
        return Err(format!("a `Duration` cannot be {seconds} and {nanos}"));
    }
    let sign = if seconds < 0 || nanos < 0 { "-" } else { "" };
    let (seconds, fraction) = (seconds.abs(), fraction(nanos.abs()));
    Ok(Value::String(format!("{sign}{seconds}{fraction}s")))
}

/// Paths in one text, their parts in camel case.
fn field_mask(fields: &Map<String, Value>) -> Result<Value, String> {
    let paths = fields.get("paths").and_then(Value::as_array);
    let mut all = Vec::new();
    for path in paths.into_iter().flatten().filter_map(Value::as_str) {
        all.push(camel(path).ok_or_else(|| format!("`{path}` is no path of a `FieldMask`"))?);
    }
    Ok(Value::String(all.join(",")))
}

/// Nothing where the text could not be told from the camel case of another.
fn camel(path: &str) -> Option<String> {
    let mut camel = String::new();
    let mut start = true;
    let mut after_underscore = false;
    for c in path.chars() {
        match c {
            '_' if !start && !after_underscore => after_underscore = true,
            'a'..='z' if after_underscore => {
                camel.push(c.to_ascii_uppercase());
                after_underscore = false;
            }
            'a'..='z' => camel.push(c),
            '0'..='9' | '.' if !start && !after_underscore => camel.push(c),
            _ => return None,
        }
        start = c == '.';
    }
    (!start && !after_underscore).then_some(camel)
}
