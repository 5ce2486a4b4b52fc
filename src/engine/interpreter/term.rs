//! A value of the engine as JSON.

use regorus::Value as Term;

use crate::engine::limits::RESULT_DEPTH_MAX;
use crate::engine::wire::{ErrorKind, EvaluationError, Outcome};
use crate::json::{Map, Number, Value};

/// Returns what the value of a head means.
pub(super) fn outcome(term: &Term) -> Outcome {
    let found = match term {
        Term::Set(items) => {
            let values: Result<Vec<_>, _> = items.iter_sorted().map(|item| json(item, 0)).collect();
            return values.map_or_else(
                |message| {
                    Outcome::Error(EvaluationError {
                        kind: ErrorKind::Unrepresentable,
                        message,
                        location: None,
                    })
                },
                Outcome::Set,
            );
        }
        Term::Undefined => return Outcome::Undefined,
        Term::Null => "null",
        Term::Bool(_) => "boolean",
        Term::Number(_) => "number",
        Term::String(_) => "string",
        Term::Array(_) => "array",
        Term::Object(_) => "object",
    };
    Outcome::NotASet {
        found: found.to_owned(),
    }
}

/// Returns `term` as JSON: sets become arrays in the engine's order, scalar keys
/// become strings as in OPA.
///
/// Refuses what JSON cannot hold rather than write something like it: undefined,
/// numbers beyond 64 bits and f64, composite keys, and keys that become one.
pub(super) fn json(term: &Term, depth: usize) -> Result<Value, String> {
    if depth > RESULT_DEPTH_MAX {
        return Err(format!(
            "the value nests deeper than {RESULT_DEPTH_MAX} levels"
        ));
    }
    Ok(match term {
        Term::Null => Value::Null,
        Term::Bool(bool) => Value::Bool(*bool),
        Term::String(string) => Value::String(string.as_ref().to_owned()),
        Term::Number(_) => Value::Number(number(term)?),
        Term::Array(items) => list(items.iter(), depth)?,
        Term::Set(items) => list(items.iter_sorted(), depth)?,
        Term::Object(entries) => {
            let mut object = Map::new();
            for (key, value) in entries.iter_sorted() {
                let key = key_text(key)?;
                let value = json(value, depth + 1)?;
                if object.insert(key.clone(), value).is_some() {
                    return Err(format!(
                        "an object has the key `{key}` twice, as text and not"
                    ));
                }
            }
            Value::Object(object)
        }
        Term::Undefined => return Err("a part of the value is undefined".to_owned()),
    })
}

fn list<'a>(items: impl Iterator<Item = &'a Term>, depth: usize) -> Result<Value, String> {
    items
        .map(|item| json(item, depth + 1))
        .collect::<Result<_, _>>()
        .map(Value::Array)
}

fn key_text(key: &Term) -> Result<String, String> {
    Ok(match key {
        Term::String(string) => string.as_ref().to_owned(),
        Term::Null => "null".to_owned(),
        Term::Bool(bool) => bool.to_string(),
        Term::Number(_) => number(key)?.to_string(),
        Term::Array(_) | Term::Set(_) | Term::Object(_) | Term::Undefined => {
            return Err("an object has a key that is not a scalar".to_owned());
        }
    })
}

/// Whole numbers become integers, whatever the engine holds them as.
fn number(term: &Term) -> Result<Number, String> {
    let Term::Number(number) = term else {
        return Err("the value is not a number".to_owned());
    };
    if let Some(integer) = number.as_i64() {
        return Ok(integer.into());
    }
    if let Some(integer) = number.as_u64() {
        return Ok(integer.into());
    }
    number
        .as_f64()
        .and_then(Number::from_f64)
        .ok_or_else(|| "a number does not fit 64 bits".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json as j;
    use std::collections::BTreeMap;

    fn set(items: Vec<Term>) -> Term {
        items
            .into_iter()
            .collect::<std::collections::BTreeSet<_>>()
            .into()
    }

    fn refuse(term: Term) -> String {
        match outcome(&set(vec![term])) {
            Outcome::Error(EvaluationError {
                kind: ErrorKind::Unrepresentable,
                message,
                ..
            }) => message,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn sets_become_arrays_in_a_stable_order() {
        let term = set(vec![
            Term::from("b"),
            Term::from(2_u64),
            Term::from("a"),
            set(vec![Term::from(u64::MAX), Term::from(i64::MIN)]),
            Term::from(0.5),
            Term::from(3.0),
        ]);
        assert_eq!(
            outcome(&term),
            Outcome::Set(vec![
                j!(0.5),
                j!(2),
                j!(3),
                j!("a"),
                j!("b"),
                j!([i64::MIN, u64::MAX]),
            ])
        );
    }

    #[test]
    fn only_sets_are_sets() {
        assert_eq!(outcome(&Term::Undefined), Outcome::Undefined);
        for (term, found) in [
            (Term::from(true), "boolean"),
            (Term::Null, "null"),
            (Term::new_array(), "array"),
            (Term::new_object(), "object"),
            (Term::from("x"), "string"),
            (Term::from(1_u64), "number"),
        ] {
            let found = found.to_owned();
            assert_eq!(outcome(&term), Outcome::NotASet { found });
        }
        assert_eq!(outcome(&Term::new_set()), Outcome::Set(Vec::new()));
    }

    #[test]
    fn what_json_cannot_hold_is_an_error_and_not_something_like_it() {
        let undefined = Term::from(BTreeMap::from([(Term::from("a"), Term::Undefined)]));
        assert!(refuse(undefined).contains("undefined"));
        let composite = Term::from(BTreeMap::from([(Term::new_array(), Term::Null)]));
        assert!(refuse(composite).contains("not a scalar"));
        let twice = Term::from(BTreeMap::from([
            (Term::from(1_u64), Term::Null),
            (Term::from("1"), Term::Null),
        ]));
        assert!(refuse(twice).contains("`1` twice"));
        assert!(refuse(Term::from(u128::MAX)).contains("64 bits"));
        let mut deep = Term::Null;
        for _ in 0..=RESULT_DEPTH_MAX + 1 {
            deep = Term::from(vec![deep]);
        }
        assert!(refuse(deep).contains("deeper than 64"));
    }

    #[test]
    fn scalar_keys_become_text() {
        let term = Term::from(BTreeMap::from([
            (Term::from(1_u64), Term::from("x")),
            (Term::Null, Term::from("y")),
            (Term::from(true), Term::from("z")),
        ]));
        assert_eq!(
            outcome(&set(vec![term])),
            Outcome::Set(vec![j!({"1": "x", "null": "y", "true": "z"})])
        );
    }
}
