//! A value that knows where it stands, so that every refusal names its field.

use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::json::{Map, Number, Value};

use super::KindError;

/// Most characters of free text that are copied into facts.
pub(super) const TEXT_MAX: usize = 2_000;

/// A value inside a document.
#[derive(Debug, Clone)]
pub(super) struct Node<'a> {
    value: &'a Value,
    path: String,
}

impl<'a> Node<'a> {
    pub(super) fn root(value: &'a Value) -> Self {
        Self {
            value,
            path: String::new(),
        }
    }

    /// A value that stands at `path` in its document.
    pub(super) fn at(value: &'a Value, path: String) -> Self {
        Self { value, path }
    }

    /// The documents of an item that may hold one on each line, which then say which
    /// of them they are.
    pub(super) fn documents(values: &'a [Value]) -> impl Iterator<Item = Self> {
        let many = values.len() > 1;
        values.iter().enumerate().map(move |(index, value)| Self {
            value,
            path: if many {
                format!("documents[{index}]")
            } else {
                String::new()
            },
        })
    }

    /// The field `name`, which must be there and not null.
    pub(super) fn field(&self, name: &str) -> Result<Self, KindError> {
        self.optional(name)?
            .ok_or_else(|| self.child(name, &Value::Null).refuse("is missing"))
    }

    /// The field `name`, if it is there and not null.
    pub(super) fn optional(&self, name: &str) -> Result<Option<Self>, KindError> {
        Ok(self
            .object()?
            .get(name)
            .filter(|value| !value.is_null())
            .map(|value| self.child(name, value)))
    }

    /// Refuses fields other than `names`.
    pub(super) fn only(&self, names: &[&str]) -> Result<(), KindError> {
        let unknown = |key: &&String| !names.contains(&key.as_str());
        match self.object()?.keys().find(unknown) {
            None => Ok(()),
            Some(key) => Err(self.child(key, &Value::Null).refuse("unknown field")),
        }
    }

    pub(super) fn object(&self) -> Result<&'a Map<String, Value>, KindError> {
        self.value
            .as_object()
            .ok_or_else(|| self.refuse("expected an object"))
    }

    pub(super) fn values(&self) -> Result<&'a [Value], KindError> {
        match self.value {
            Value::Array(values) => Ok(values),
            _ => Err(self.refuse("expected an array")),
        }
    }

    pub(super) fn nodes(&self) -> Result<impl Iterator<Item = Self> + use<'a>, KindError> {
        let path = self.path.clone();
        let child = move |(index, value)| Self {
            value,
            path: format!("{path}[{index}]"),
        };
        Ok(self.values()?.iter().enumerate().map(child))
    }

    /// The nodes of the array `name`; none where it is absent.
    pub(super) fn each(&self, name: &str) -> Result<Vec<Self>, KindError> {
        match self.optional(name)? {
            Some(array) => Ok(array.nodes()?.collect()),
            None => Ok(Vec::new()),
        }
    }

    pub(super) fn text(&self) -> Result<&'a str, KindError> {
        self.value
            .as_str()
            .ok_or_else(|| self.refuse("expected a string"))
    }

    /// Text that says something.
    pub(super) fn words(&self) -> Result<&'a str, KindError> {
        match self.text()? {
            text if text.trim().is_empty() => Err(self.refuse("must not be empty")),
            text => Ok(text),
        }
    }

    pub(super) fn one_of(&self, choices: &[&str]) -> Result<&'a str, KindError> {
        let text = self.text()?;
        if choices.contains(&text) {
            return Ok(text);
        }
        Err(self.refuse(format!(
            "is `{}`, expected one of {}",
            shortened(text, 80),
            choices.join(", ")
        )))
    }

    pub(super) fn boolean(&self) -> Result<bool, KindError> {
        self.value
            .as_bool()
            .ok_or_else(|| self.refuse("expected true or false"))
    }

    /// A count or an index.
    pub(super) fn count(&self) -> Result<u64, KindError> {
        self.value
            .as_u64()
            .ok_or_else(|| self.refuse("expected a whole number, 0 or more"))
    }

    pub(super) fn timestamp(&self) -> Result<Timestamp, KindError> {
        self.text()?
            .parse()
            .map_err(|error| self.refuse(format!("{error}")))
    }

    pub(super) fn digest(&self) -> Result<Digest, KindError> {
        self.text()?
            .parse()
            .map_err(|error| self.refuse(format!("{error}")))
    }

    /// The full id of a commit, or of something else that git keeps.
    pub(super) fn commit_id(&self) -> Result<&'a str, KindError> {
        let text = self.text()?;
        let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if matches!(text.len(), 40 | 64) && text.bytes().all(is_hex) {
            return Ok(text);
        }
        Err(self.refuse("expected a full commit id: 40 or 64 lower-case hex digits"))
    }

    pub(super) fn value(&self) -> &'a Value {
        self.value
    }

    pub(super) fn refuse(&self, what: impl Into<String>) -> KindError {
        KindError::Field {
            path: if self.path.is_empty() {
                "the document".to_owned()
            } else {
                self.path.clone()
            },
            what: what.into(),
        }
    }

    fn child(&self, name: &str, value: &'a Value) -> Self {
        let name = shortened(name, 80);
        Self {
            value,
            path: if self.path.is_empty() {
                name
            } else {
                format!("{}.{name}", self.path)
            },
        }
    }
}

/// `facts`, an object, with a list that may be long: `json!` would copy it.
pub(super) fn with_list(mut facts: Value, name: &str, list: Vec<Value>) -> Value {
    if let Value::Object(fields) = &mut facts {
        fields.insert(name.to_owned(), Value::Array(list));
    }
    facts
}

/// At most `length_max` characters of `text`, with an ellipsis for the rest.
pub(super) fn shortened(text: &str, length_max: usize) -> String {
    match text.char_indices().nth(length_max) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
    }
}

/// The text in the field `name` of `facts`; none reads as empty.
pub(super) fn text_of<'a>(facts: &'a Value, name: &str) -> &'a str {
    let text = facts.get(name).and_then(Value::as_str);
    text.unwrap_or_default()
}

/// Adds the field `name` to `facts`.
pub(super) fn put(facts: &mut Value, name: &str, value: impl Into<Value>) {
    if let Value::Object(fields) = facts {
        fields.insert(name.to_owned(), value.into());
    }
}

/// Puts the instant `name` of `node` into `facts`, as text and as nanoseconds.
pub(super) fn put_instant(
    facts: &mut Map<String, Value>,
    node: &Node<'_>,
    name: &str,
) -> Result<Timestamp, KindError> {
    let instant = node.field(name)?.timestamp()?;
    facts.insert(name.to_owned(), instant.to_string().into());
    facts.insert(format!("{name}_ns"), instant.unix_nanoseconds().into());
    Ok(instant)
}

/// A finite number as policies and canonical JSON see it: whole numbers as integers.
pub(super) fn number(value: f64) -> Value {
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() < EXACT_MAX {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole and below 2^53 in magnitude"
        )]
        return Value::from(value as i64);
    }
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    #[test]
    fn refusals_name_the_field() {
        let value = json!({"runs": [{"tool": {}}, {"tool": {"name": 1}}], "at": "noon"});
        let root = Node::root(&value);
        let run = root.field("runs").unwrap().nodes().unwrap().nth(1).unwrap();
        let name = run.field("tool").unwrap().field("name").unwrap();
        assert_eq!(
            name.text().unwrap_err().to_string(),
            "`runs[1].tool.name`: expected a string"
        );
        let missing = run.field("results").unwrap_err().to_string();
        assert_eq!(missing, "`runs[1].results`: is missing");
        let unknown = root.only(&["runs"]).unwrap_err().to_string();
        assert_eq!(unknown, "`at`: unknown field");
        assert!(root.field("at").unwrap().timestamp().is_err());
        let text = json!("x");
        let error = Node::root(&text).object().unwrap_err().to_string();
        assert_eq!(error, "`the document`: expected an object");
    }

    #[test]
    fn whole_numbers_are_integers_and_no_number_is_lost() {
        assert_eq!(number(5.0), json!(5));
        assert_eq!(number(-0.0), json!(0));
        assert_eq!(number(0.5), json!(0.5));
        assert_eq!(number(1e300), json!(1e300));
        assert_eq!(number(f64::NAN), Value::Null);
    }

    #[test]
    fn shortens_between_characters() {
        assert_eq!(shortened("äöü", 3), "äöü");
        assert_eq!(shortened("äöü", 2), "äö…");
    }
}
