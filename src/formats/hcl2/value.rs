//! Values of expressions: what is literal as itself, the rest as its source.

use std::ops::Range;

use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::is_nfc;

use crate::json::{Map, Number, Value};

use super::tree::{Expression, Literal, Node, Part};
use super::{Read, fault};

/// Largest integer up to which a double holds each of them.
const INTEGER_MAX: u64 = 1 << 53;
/// Most digits of a number.
const DIGITS_MAX: usize = 150;
/// Most digits before or after the point, once there is no exponent.
const PLACES_MAX: i64 = 400;
/// Most marks on one character: conftest's library puts a joiner between more of them.
const MARKS_MAX: usize = 20;

/// Makes values of what was read from `text`.
#[derive(Clone, Copy)]
pub(super) struct Values<'a> {
    pub(super) text: &'a str,
}

impl<'a> Values<'a> {
    fn source(self, span: &Range<usize>) -> &'a str {
        self.text.get(span.clone()).unwrap_or_default()
    }

    fn wrapped(self, span: &Range<usize>) -> String {
        format!("${{{}}}", self.source(span))
    }

    /// Returns the value of `expression`.
    pub(super) fn value(self, expression: &Expression) -> Read<Value> {
        let span = &expression.span;
        match &expression.node {
            Node::Literal(Literal::Null) => Ok(Value::Null),
            Node::Literal(Literal::Bool(truth)) => Ok(Value::Bool(*truth)),
            Node::Literal(Literal::Number) => number(self.source(span), false)
                .or_else(|what| fault(span.start, what))
                .map(Value::Number),
            Node::Signed('!', Literal::Bool(truth), _) => Ok(Value::Bool(!truth)),
            Node::Signed('-', Literal::Number, digits) => number(self.source(digits), true)
                .or_else(|what| fault(span.start, what))
                .map(Value::Number),
            Node::Signed(sign, ..) => {
                fault(span.start, format!("`{sign}` does not go with this value"))
            }
            Node::Template(parts) => self.template(parts, span.start).map(Value::String),
            Node::Wrap(inner) => self.value(inner),
            Node::Tuple(elements) => elements
                .iter()
                .map(|element| self.value(element))
                .collect::<Read<_>>()
                .map(Value::Array),
            Node::Object(items) => self.object(items).map(Value::Object),
            Node::Choice { .. } | Node::Traversal | Node::Other => {
                Ok(Value::String(self.wrapped(span)))
            }
        }
    }

    fn object(self, items: &[(Expression, Expression)]) -> Read<Map<String, Value>> {
        let mut object = Map::new();
        for (key, value) in items {
            let name = match key.node {
                Node::Traversal => self.source(&key.span).to_owned(),
                _ => self.string(key)?,
            };
            if object.contains_key(&name) {
                return fault(key.span.start, format!("duplicate key `{name}`"));
            }
            object.insert(name, self.value(value)?);
        }
        Ok(object)
    }

    fn template(self, parts: &[Part], at: usize) -> Read<String> {
        if let [Part::Expression(only)] = parts
            && matches!(only.node, Node::Literal(Literal::Null))
        {
            return fault(only.span.start, "`null` is no text");
        }
        let mut text = String::new();
        for part in parts {
            match part {
                Part::Text(literal) => text.push_str(&escaped(literal, at)?),
                Part::Expression(inner) => text.push_str(&self.string(inner)?),
                Part::If { condition, yes, no } => {
                    let yes = self.template(yes, at)?;
                    let no = self.template(no, at)?;
                    self.push_choice(&mut text, condition, &yes, &no);
                }
                Part::For {
                    key,
                    element,
                    collection,
                    body,
                } => {
                    text.push_str("%{for ");
                    if let Some(key) = key {
                        text.push_str(self.source(key));
                        text.push_str(", ");
                    }
                    text.push_str(self.source(element));
                    text.push_str(" in ");
                    text.push_str(self.source(collection));
                    text.push('}');
                    text.push_str(&self.template(body, at)?);
                    text.push_str("%{endfor}");
                }
            }
        }
        Ok(text)
    }

    fn push_choice(self, text: &mut String, condition: &Range<usize>, yes: &str, no: &str) {
        text.push_str("%{if ");
        text.push_str(self.source(condition));
        text.push('}');
        text.push_str(yes);
        if !no.is_empty() {
            text.push_str("%{else}");
            text.push_str(no);
        }
        text.push_str("%{endif}");
    }

    /// Returns `expression` as a part of a string, or as a key.
    fn string(self, expression: &Expression) -> Read<String> {
        let span = &expression.span;
        match &expression.node {
            Node::Literal(Literal::Number) => match decimal(self.source(span)) {
                Ok(digits) => Ok(digits),
                Err(what) => fault(span.start, what),
            },
            Node::Literal(_) => Ok(self.source(span).to_owned()),
            Node::Template(parts) => self.template(parts, span.start),
            Node::Wrap(inner) => self.string(inner),
            Node::Choice { condition, yes, no } => {
                let mut text = String::new();
                self.push_choice(&mut text, condition, &self.string(yes)?, &self.string(no)?);
                Ok(text)
            }
            _ => Ok(self.wrapped(span)),
        }
    }
}

/// Returns `text` with what would be an interpolation or directive escaped again.
fn escaped(text: &str, at: usize) -> Read<String> {
    if !text.is_ascii() {
        let mut marks = 0;
        for character in text.chars() {
            let mark = canonical_combining_class(character) != 0;
            marks = if mark { marks + 1 } else { 0 };
            if marks > MARKS_MAX {
                return fault(at, format!("more than {MARKS_MAX} marks on one character"));
            }
        }
        if !is_nfc(text) {
            let what = "text that is not in Unicode's normal form C, which conftest rewrites";
            return fault(at, what);
        }
    }
    Ok(text.replace("${", "$${").replace("%{", "%%{"))
}

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
fn decimal(digits: &str) -> Result<String, String> {
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

/// Returns the number, as long as it is the same as a double.
fn number(digits: &str, negative: bool) -> Result<Number, String> {
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
