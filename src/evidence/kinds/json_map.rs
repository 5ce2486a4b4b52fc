//! `json-map`: facts taken out of any JSON document by a [`Mapping`].
//!
//! The mapping stands in the manifest, so the bundle's digest binds it and nothing else is
//! needed to read the item again. Its name and digest are among the facts.
//!
//! INVARIANTS
//! - A value that is required and absent, one that is of another type, and one that was
//!   redacted are errors that name the pointer. Nothing is converted silently.
//! - A list without elements is no evidence of anything, unless the mapping says that it
//!   may be one.
//! - What is read grows no further than [`VALUES_MAX`] and [`TEXT_SIZE_MAX`], whatever the
//!   mapping.

use crate::clock::Timestamp;
use crate::evidence::detect::{LIMITS, without_mark};
use crate::evidence::{Kind, Status};
use crate::json::{self, Map, Value, json};

use super::node::{number, shortened};
use super::{KindError, Reading};

mod mapping;
mod pointer;

use mapping::{Elements, Expectation, Fact, MAP, Scalar, Shape};
use pointer::{Found, Pointer};

pub use mapping::Mapping;

/// Most values in the facts of one item.
const VALUES_MAX: usize = 200_000;

/// Most bytes of text in the facts of one item.
const TEXT_SIZE_MAX: usize = 16 << 20;

/// From here on a float no longer tells neighbouring whole numbers apart.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// Reads `bytes` by `mapping`.
pub(super) fn read(bytes: &[u8], mapping: &Mapping) -> Result<Reading, KindError> {
    let text = without_mark(bytes);
    if text.trim_ascii().is_empty() {
        let reading = Reading::of(Kind::JsonMap, Value::Null);
        return Ok(reading.found(Status::Empty, "the file is empty"));
    }
    let document = json::parse(text, LIMITS)?;
    let mut taker = Taker::default();
    for expected in mapping.expected() {
        taker.expect(expected, &document)?;
    }
    let mut facts = taker.facts(mapping.facts(), &document, "")?;
    let map = json!({"name": mapping.name(), "sha256": mapping.digest().hex()});
    facts.insert(MAP.to_owned(), map);
    let collected_at = match mapping.collected_at() {
        None => None,
        Some(fact) => taker.instant(fact, &document)?,
    };
    let reading = Reading {
        collected_at,
        ..Reading::of(Kind::JsonMap, facts.into())
    };
    Ok(match taker.fallen {
        Some((status, reason)) => reading.found(status, reason),
        None => reading,
    })
}

fn at(place: &str, what: impl Into<String>) -> KindError {
    KindError::Field {
        path: if place.is_empty() {
            "the document".to_owned()
        } else {
            shortened(place, 200)
        },
        what: what.into(),
    }
}

/// Takes values, and counts them.
#[derive(Debug, Default)]
struct Taker {
    values: usize,
    text_size: usize,
    /// The worst of what keeps the item from being `ok`, and why.
    fallen: Option<(Status, String)>,
}

impl Taker {
    fn expect(&mut self, expected: &Expectation, document: &Value) -> Result<(), KindError> {
        let place = expected.pointer.text();
        let value = find(&expected.pointer, document, place)?;
        // What is of another type neither is the value nor shows that it is another.
        let is_met = |value: &Value| {
            is_same(value, &expected.value) == expected.is_equal
                && (expected.is_equal
                    || expected.value.is_null()
                    || is_same_type(value, &expected.value))
        };
        if value.is_some_and(is_met) {
            return Ok(());
        }
        let is = value.map_or("missing".to_owned(), short);
        let wanted = if expected.is_equal {
            ""
        } else {
            "anything but "
        };
        let what = format!("is {is}, expected {wanted}{}", short(&expected.value));
        self.fall(expected.otherwise, at(place, what))
    }

    /// Makes the item `status` at best; an error is one at once.
    fn fall(&mut self, status: Status, reason: KindError) -> Result<(), KindError> {
        if status == Status::Error {
            return Err(reason);
        }
        let was = self.fallen.as_ref();
        if was.is_none_or(|(was, _)| *was < status) {
            self.fallen = Some((status, reason.to_string()));
        }
        Ok(())
    }

    /// The facts that `of` takes out of `value`, which stands at `base`.
    fn facts(
        &mut self,
        of: &[(String, Fact)],
        value: &Value,
        base: &str,
    ) -> Result<Map<String, Value>, KindError> {
        let mut facts = Map::new();
        for (name, fact) in of {
            facts.insert(name.clone(), self.fact(fact, value, base)?);
        }
        Ok(facts)
    }

    fn fact(&mut self, fact: &Fact, value: &Value, base: &str) -> Result<Value, KindError> {
        let place = format!("{base}{}", fact.pointer.text());
        self.count(1, 0, &place)?;
        let value = match find(&fact.pointer, value, &place)? {
            Some(value) if !value.is_null() => value,
            _ if !fact.is_required => return Ok(Value::Null),
            Some(_) => return Err(at(&place, "is null")),
            None => return Err(at(&place, "is missing")),
        };
        self.shaped(&fact.shape, value, &place)
    }

    fn shaped(&mut self, shape: &Shape, value: &Value, place: &str) -> Result<Value, KindError> {
        match shape {
            Shape::Scalar(scalar) => self.scalar(scalar, value, place),
            Shape::Count { may_be_empty } => {
                Ok(Value::from(self.list(value, *may_be_empty, place)?.len()))
            }
            Shape::List {
                may_be_empty,
                elements,
            } => {
                let mut list = Vec::new();
                for (index, element) in self.list(value, *may_be_empty, place)?.iter().enumerate() {
                    let place = format!("{place}/{index}");
                    list.push(match elements {
                        Elements::Of(scalar) => {
                            self.count(1, 0, &place)?;
                            self.scalar(scalar, element, &place)?
                        }
                        Elements::Each(facts) => self.element(facts, element, &place)?.into(),
                    });
                }
                Ok(list.into())
            }
            Shape::Members {
                may_be_empty,
                key,
                each,
            } => {
                let Value::Object(members) = value else {
                    return Err(at(
                        place,
                        format!("is {}, expected an object", short(value)),
                    ));
                };
                if members.is_empty() && !may_be_empty {
                    self.fall(Status::Empty, at(place, "is an empty object"))?;
                }
                let mut list: Vec<Value> = Vec::new();
                for (name, member) in members {
                    let place = format!("{place}/{}", pointer::escaped(name));
                    self.count(1, name.len(), &place)?;
                    let mut facts = self.element(each, member, &place)?;
                    facts.insert(key.clone(), name.as_str().into());
                    list.push(facts.into());
                }
                Ok(list.into())
            }
        }
    }

    /// The facts of one element. One that the pointers do not lead into has none, and would
    /// be a row of nulls where they are optional.
    fn element(
        &mut self,
        each: &[(String, Fact)],
        element: &Value,
        place: &str,
    ) -> Result<Map<String, Value>, KindError> {
        let leads = |(_, fact): &(String, Fact)| fact.pointer.leads_into(element);
        if !each.iter().all(leads) {
            let what = format!("is {}, expected an object", short(element));
            return Err(at(place, what));
        }
        self.facts(each, element, place)
    }

    fn list<'a>(
        &mut self,
        value: &'a Value,
        may_be_empty: bool,
        place: &str,
    ) -> Result<&'a [Value], KindError> {
        let Value::Array(values) = value else {
            return Err(at(place, "expected a list"));
        };
        if values.is_empty() && !may_be_empty {
            self.fall(Status::Empty, at(place, "is an empty list"))?;
        }
        Ok(values)
    }

    fn scalar(&mut self, scalar: &Scalar, value: &Value, place: &str) -> Result<Value, KindError> {
        let taken = taken(scalar, value).map_err(|what| at(place, what))?;
        self.count(0, taken.as_str().map_or(0, str::len), place)?;
        Ok(taken)
    }

    fn instant(&mut self, fact: &Fact, document: &Value) -> Result<Option<Timestamp>, KindError> {
        let taken = self.fact(fact, document, "")?;
        Ok(taken.as_str().and_then(|text| text.parse().ok()))
    }

    fn count(&mut self, values: usize, text_size: usize, place: &str) -> Result<(), KindError> {
        self.values += values;
        self.text_size += text_size;
        if self.values > VALUES_MAX {
            return Err(at(place, format!("more than {VALUES_MAX} values in facts")));
        }
        if self.text_size > TEXT_SIZE_MAX {
            let what = format!("more than {TEXT_SIZE_MAX} bytes of text in facts");
            return Err(at(place, what));
        }
        Ok(())
    }
}

/// What `pointer` finds in `root`, where it is at `place`.
fn find<'a>(
    pointer: &Pointer,
    root: &'a Value,
    place: &str,
) -> Result<Option<&'a Value>, KindError> {
    match pointer.find(root) {
        Found::Value(value) => Ok(Some(value)),
        Found::Nothing => Ok(None),
        Found::Redacted => Err(at(place, "was redacted")),
    }
}

/// Whether two values are the same; `1` and `1.0` are.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one.as_f64(), other.as_f64()) {
        // From 2^53 on, floats would take neighbours for one.
        (Some(float), Some(other_float)) if float.abs() < EXACT_MAX => {
            number(float) == number(other_float)
        }
        _ => one == other,
    }
}

fn is_same_type(one: &Value, other: &Value) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}

fn short(value: &Value) -> String {
    shortened(&value.to_string(), 80)
}

/// The fact that `value` comes to, or what is wrong with it.
fn taken(scalar: &Scalar, value: &Value) -> Result<Value, String> {
    let is_whole = value.is_i64() || value.is_u64();
    let (taken, expected) = match scalar {
        Scalar::Text(choices) => match value.as_str() {
            Some(text) if !choices.is_empty() && !choices.iter().any(|choice| choice == text) => {
                let choices = choices.join(", ");
                return Err(format!("is {}, expected one of {choices}", short(value)));
            }
            text => (text.map(Value::from), "a text"),
        },
        Scalar::Integer => (
            is_whole.then(|| value.clone()),
            "a whole number, without fraction and exponent",
        ),
        Scalar::Number => match value.as_f64() {
            Some(float) if !is_whole && float.abs() >= EXACT_MAX => {
                return Err(format!(
                    "is {}: from 2^53 on, a number with a fraction or an exponent is not exact",
                    short(value)
                ));
            }
            Some(float) if !is_whole => (Some(number(float)), "a number"),
            float => (float.map(|_| value.clone()), "a number"),
        },
        Scalar::Boolean => (value.as_bool().map(Value::from), "true or false"),
        Scalar::Instant => {
            // A date is no instant: which midnight it means, nobody says.
            let text = value.as_str().filter(|text| text.contains(':'));
            let instant = text.and_then(|text| text.parse().ok());
            (instant.map(shown), "an RFC 3339 instant")
        }
        Scalar::UnixSeconds => (
            since_1970(value, 1_000_000).map(shown),
            "seconds since 1970",
        ),
        Scalar::UnixMilliseconds => (
            since_1970(value, 1_000).map(shown),
            "milliseconds since 1970",
        ),
    };
    taken.ok_or_else(|| format!("is {}, expected {expected}", short(value)))
}

fn shown(instant: Timestamp) -> Value {
    instant.to_string().into()
}

/// The instant that many times `unit_us` microseconds after 1970.
fn since_1970(value: &Value, unit_us: i32) -> Option<Timestamp> {
    let microseconds = if let Some(count) = value.as_i64() {
        count.checked_mul(unit_us.into())?
    } else {
        // Nanoseconds would be invented: a float does not hold them.
        let microseconds = (value.as_f64()? * f64::from(unit_us)).round();
        let is_in_range = (0.0..EXACT_MAX).contains(&microseconds);
        #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
        is_in_range.then_some(microseconds as i64)?
    };
    Timestamp::from_unix_nanoseconds(microseconds.checked_mul(1_000)?)
}

#[cfg(test)]
mod tests;
