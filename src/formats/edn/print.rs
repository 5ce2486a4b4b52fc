//! Forms into values, and into the text that Go prints for them.

use std::cmp::Ordering;

use crate::formats::FormatError;
use crate::formats::float::shortest;
use crate::json::{Map, Value};

use super::{Form, Kind};

/// Exponents from the one to below the other are written as zeros.
const EXPONENT_MAX: i32 = 6;
const EXPONENT_MIN: i32 = -4;

/// Shapes a form: maps, vectors and strings as such, anything else as text.
pub(super) fn value(form: Form) -> Result<Value, FormatError> {
    match form.kind {
        Kind::Text(text) => Ok(Value::String(text)),
        Kind::List(forms) => forms.into_iter().map(value).collect(),
        Kind::Map(pairs) => {
            let mut object = Map::new();
            for (key, inner) in pairs {
                let line = key.line;
                let name = name(&key)?;
                if object.insert(name.clone(), value(inner)?).is_some() {
                    let what = format!("duplicate key `{name}`");
                    return Err(FormatError::at(line, what));
                }
            }
            Ok(Value::Object(object))
        }
        _ => printed(&form).map(Value::String),
    }
}

/// Prints a key.
fn name(key: &Form) -> Result<String, FormatError> {
    match key.kind {
        Kind::List(_) | Kind::Map(_) | Kind::Set(_) | Kind::Tagged(..) => Err(FormatError::at(
            key.line,
            "a list, map, set or tag as key, which conftest prints differently each time",
        )),
        Kind::Float(float) if float == 0.0 && float.is_sign_negative() => {
            Err(FormatError::at(key.line, "`-0.0` as a key: write `0.0`"))
        }
        _ => printed(key),
    }
}

fn printed(form: &Form) -> Result<String, FormatError> {
    let refuse = |what: &str| FormatError::at(form.line, what);
    Ok(match &form.kind {
        Kind::Nil => "<nil>".to_owned(),
        Kind::Bool(value) => value.to_string(),
        Kind::Symbol(text) | Kind::Text(text) => text.clone(),
        Kind::Keyword(name) => format!(":{name}"),
        Kind::Int(integer) => integer.to_string(),
        Kind::Float(float) => printed_float(*float),
        Kind::Exact => return Err(refuse("a number with `N` or `M`: write it as a string")),
        Kind::Char(character) => u32::from(*character).to_string(),
        Kind::List(forms) => {
            let parts: Result<Vec<_>, _> = forms.iter().map(printed).collect();
            format!("[{}]", parts?.join(" "))
        }
        Kind::Set(forms) => {
            let keys = sorted(form, forms.iter())?;
            let parts: Result<Vec<_>, _> = keys.into_iter().map(printed).collect();
            let parts: Vec<_> = parts?.iter().map(|part| format!("{part}:true")).collect();
            format!("map[{}]", parts.join(" "))
        }
        Kind::Map(pairs) => {
            sorted(form, pairs.iter().map(|(key, _)| key))?;
            let mut pairs: Vec<_> = pairs.iter().collect();
            pairs.sort_by(|one, other| order(&one.0, &other.0).unwrap_or(Ordering::Equal));
            let parts: Result<Vec<_>, FormatError> = pairs
                .into_iter()
                .map(|(key, value)| Ok(format!("{}:{}", name(key)?, printed(value)?)))
                .collect();
            format!("map[{}]", parts?.join(" "))
        }
        Kind::Tagged(tag, inner) => match (tag.as_str(), &inner.kind) {
            ("inst", Kind::Text(text)) => printed_instant(text).ok_or_else(|| {
                refuse("`#inst` is `\"2032-01-01T12:20:50.52Z\"`, with `Z` at its end")
            })?,
            ("inst", _) => return Err(refuse("`#inst` without a string")),
            ("base64", _) => return Err(refuse("`#base64`: write the text itself")),
            _ => format!("#{tag} {}", printed(inner)?),
        },
    })
}

/// Returns the keys in the order in which Go prints them, which is one only if all are of
/// one type.
fn sorted<'a>(
    form: &Form,
    keys: impl Iterator<Item = &'a Form>,
) -> Result<Vec<&'a Form>, FormatError> {
    let mut keys: Vec<_> = keys.collect();
    let first = keys.first().copied();
    let is_ordered = |key: &&Form| first.is_some_and(|first| order(first, key).is_some());
    if let Some(key) = keys.iter().find(|key| !is_ordered(key)) {
        let what = "values of several types, or lists, in a set or map that is printed: \
                    conftest prints them in no fixed order";
        return Err(FormatError::at(key.line, what));
    }
    keys.sort_by(|one, other| order(one, other).unwrap_or(Ordering::Equal));
    let mut pairs = keys.iter().zip(keys.iter().skip(1));
    if pairs.any(|(one, other)| order(one, other) == Some(Ordering::Equal)) {
        return Err(FormatError::at(
            form.line,
            "the same value twice in a set or map",
        ));
    }
    Ok(keys)
}

fn order(one: &Form, other: &Form) -> Option<Ordering> {
    match (&one.kind, &other.kind) {
        (Kind::Nil, Kind::Nil) => Some(Ordering::Equal),
        (Kind::Bool(one), Kind::Bool(other)) => Some(one.cmp(other)),
        (Kind::Symbol(one), Kind::Symbol(other))
        | (Kind::Keyword(one), Kind::Keyword(other))
        | (Kind::Text(one), Kind::Text(other)) => Some(one.cmp(other)),
        (Kind::Int(one), Kind::Int(other)) => Some(one.cmp(other)),
        (Kind::Float(one), Kind::Float(other)) => one.partial_cmp(other),
        (Kind::Char(one), Kind::Char(other)) => Some(one.cmp(other)),
        _ => None,
    }
}

/// The shortest digits that are this number, with an exponent if it is large or small.
fn printed_float(float: f64) -> String {
    let scientific = shortest(&float);
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (EXPONENT_MIN..EXPONENT_MAX).contains(&exponent) {
        let behind = digits.split_once('.').map_or(0, |(_, behind)| behind.len());
        let places = i32::try_from(behind).unwrap_or(0) - exponent;
        let places = usize::try_from(places).unwrap_or(0);
        return format!("{float:.places$}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
}

/// Prints an instant of RFC 3339 in UTC; its fraction without zeros at the end.
fn printed_instant(text: &str) -> Option<String> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let (clock, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let [year, month, day] = parts(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = parts(clock, ':', [2, 2, 2])?;
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    let is_fraction =
        matches!(fraction.len(), 1..=9) && fraction.bytes().all(|digit| digit.is_ascii_digit());
    if !(1..=days).contains(&day) || hour > 23 || minute > 59 || second > 59 || !is_fraction {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    let dot = if fraction.is_empty() { "" } else { "." };
    Some(format!("{date} {clock}{dot}{fraction} +0000 UTC"))
}

fn parts(text: &str, separator: char, lengths: [usize; 3]) -> Option<[u32; 3]> {
    let parts: Vec<_> = text.split(separator).collect();
    let parts: [&str; 3] = parts.try_into().ok()?;
    let is_number = |part: &str| part.bytes().all(|digit| digit.is_ascii_digit());
    if parts.map(str::len) != lengths || !parts.into_iter().all(is_number) {
        return None;
    }
    let [one, two, three] = parts.map(str::parse);
    Some([one.ok()?, two.ok()?, three.ok()?])
}
