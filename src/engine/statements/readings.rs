//! What a `reading` head yields.
//!
//! An element is an object of `id`, `msg` and `details`, and may have `term` and
//! `evidence`; `details` has `verdict` (`true`, `false` or `unknown`) and `used`, and
//! whatever numbers the rule adds.

use super::{Source, ids, shown};
use crate::decision::{Reading, Truth};
use crate::json::{self, Map, Value};

/// Returns the reading that `value`, an element of `head`, is.
///
/// # Errors
/// What is wrong with any other value, as a sentence about the head.
pub(super) fn reading(head: &str, value: &Value, source: Source<'_>) -> Result<Reading, String> {
    let Value::Object(object) = value else {
        return Err(format!(
            "`{head}` holds {}: expected an object with `id`, `msg` and `details`",
            shown(value)
        ));
    };
    let known = ["id", "msg", "term", "evidence", "details"];
    if let Some(key) = object.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(format!(
            "`{head}` gives `{key}`, which means nothing: expected {}; numbers go into `details`",
            known.join(", ")
        ));
    }
    let details = object
        .get("details")
        .and_then(Value::as_object)
        .ok_or_else(|| format!("`{head}` gives no object `details`"))?;
    let verdict = details.get("verdict").and_then(Value::as_str);
    let used = details.get("used").and_then(Value::as_bool);
    let bytes = json::canonical(details).map_err(|error| error.to_string())?;
    Ok(Reading {
        id: text(head, object, "id")?.ok_or_else(|| missing(head, "id"))?,
        msg: text(head, object, "msg")?.ok_or_else(|| missing(head, "msg"))?,
        term: text(head, object, "term")?,
        verdict: verdict.and_then(Truth::of).ok_or_else(|| {
            format!("`{head}` gives no `details.verdict` of `true`, `false` or `unknown`")
        })?,
        used: used
            .ok_or_else(|| format!("`{head}` gives no `details.used` that is true or false"))?,
        evidence: match object.get("evidence") {
            None => source.ids(),
            Some(value) => ids(head, value)?,
        },
        details: String::from_utf8_lossy(&bytes).into_owned(),
    })
}

fn missing(head: &str, key: &str) -> String {
    format!("`{head}` gives an object without `{key}`")
}

/// Returns the text at `key`; none where there is none.
fn text(head: &str, object: &Map<String, Value>, key: &str) -> Result<Option<String>, String> {
    match object.get(key) {
        None => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
        Some(_) => Err(format!("`{head}` gives a `{key}` that is not text")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    fn read(value: &Value) -> Result<Reading, String> {
        let items = ["slo.x".to_owned()];
        reading("reading", value, Source::Items(&items))
    }

    #[test]
    fn a_reading_says_how_a_word_is_read_and_what_comes_of_it() {
        let value = json!({"id": "points", "msg": "4.9 points, limit 5",
            "details": {"verdict": "false", "used": true, "drop_micro": 49_000}});
        let read_back = read(&value).unwrap();
        assert_eq!((read_back.verdict, read_back.used), (Truth::False, true));
        assert_eq!(read_back.evidence, ["slo.x"]);
        assert_eq!(
            read_back.details,
            r#"{"drop_micro":49000,"used":true,"verdict":"false"}"#
        );
        let mut named = value;
        named["evidence"] = json!("slo.y");
        named["term"] = json!("orders");
        let named = read(&named).unwrap();
        assert_eq!(named.evidence, ["slo.y"]);
        assert_eq!(named.term.as_deref(), Some("orders"));
    }

    #[test]
    fn any_other_shape_is_an_error_that_says_what_is_wrong() {
        let sound =
            json!({"id": "points", "msg": "m", "details": {"verdict": "true", "used": true}});
        assert!(read(&sound).is_ok());
        for (pointer, value, what) in [
            ("/id", json!(1), "a `id` that is not text"),
            ("/msg", json!(""), "a `msg` that is not text"),
            ("/details", json!("4.9"), "no object `details`"),
            ("/details/verdict", json!(true), "`details.verdict`"),
            ("/details/verdict", json!("fired"), "`details.verdict`"),
            ("/details/used", json!("yes"), "`details.used`"),
        ] {
            let mut odd = sound.clone();
            *odd.pointer_mut(pointer).unwrap() = value;
            let error = read(&odd).unwrap_err();
            assert!(error.contains(what), "{odd}: {error}");
        }
        for (key, value, what) in [
            ("term", json!(1), "`term`"),
            ("evidence", json!([1]), "`evidence`"),
            ("evidence", json!(null), "`evidence`"),
            ("detials", json!({}), "`detials`, which means nothing"),
        ] {
            let mut odd = sound.clone();
            odd[key] = value;
            let error = read(&odd).unwrap_err();
            assert!(error.contains(what), "{odd}: {error}");
        }
        for (value, what) in [
            (json!("points"), "expected an object"),
            (
                json!({"msg": "m", "details": {"verdict": "true", "used": true}}),
                "without `id`",
            ),
            (
                json!({"id": "i", "details": {"verdict": "true", "used": true}}),
                "without `msg`",
            ),
            (json!({"id": "i", "msg": "m"}), "no object `details`"),
            (
                json!({"id": "i", "msg": "m", "details": {"verdict": "true"}}),
                "`details.used`",
            ),
        ] {
            let error = read(&value).unwrap_err();
            assert!(error.contains(what), "{value}: {error}");
        }
    }
}
