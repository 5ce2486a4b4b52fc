//! JSON whose long lists are taken out element by element, so that a large document is
//! never in memory as a whole.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::visitor::Strict;
use super::{JsonError, Limits, MEMORY_MAX, position_first, scan, utf8};

/// Where a list stands, from the root: the steps to take to it.
pub type Path = &'static [Step];

/// A step into a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Into the field of this name.
    Field(&'static str),
    /// Into each element of an array.
    Each,
}

/// An element of a list that is taken out.
#[derive(Debug)]
pub struct Element<'a> {
    /// Which of the paths led to it: its index.
    pub path: usize,
    /// The index taken at each [`Step::Each`], and then that in the list itself.
    pub indexes: &'a [usize],
    /// The element.
    pub value: Value,
}

/// Reads `bytes` as one JSON value in which the arrays at `paths` are left empty; `take`
/// gets their elements, in the order of the text.
///
/// # Errors
/// As [`parse`](super::parse), and the first error of `take`, which ends the reading.
pub fn parse<E: From<JsonError>>(
    bytes: &[u8],
    limits: Limits,
    paths: &[Path],
    take: &mut dyn FnMut(Element<'_>) -> Result<(), E>,
) -> Result<Value, E> {
    let text = utf8(bytes, limits)?;
    scan::scan(text, limits.depth_max)?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let mut refused = None;
    let mut indexes = Vec::new();
    let seed = At {
        lists: &mut |element| {
            take(element).map_err(|error| {
                refused = Some(error);
            })
        },
        // One that leads to the root itself leads nowhere else.
        leading: paths.iter().copied().enumerate().collect(),
        indexes: &mut indexes,
        left: &Cell::new(MEMORY_MAX),
    };
    let value = seed.deserialize(&mut deserializer);
    let value = value.and_then(|value| deserializer.end().map(|()| value));
    value.map_err(|error| match refused {
        Some(refusal) => refusal,
        None => E::from(JsonError::Syntax {
            message: position_first(&error),
        }),
    })
}

/// What gets the elements; an error of it is kept elsewhere.
type Lists<'a> = &'a mut dyn FnMut(Element<'_>) -> Result<(), ()>;

/// A value to which some paths lead.
struct At<'a> {
    lists: Lists<'a>,
    /// What is left of each path that leads here, with its index.
    leading: Vec<(usize, Path)>,
    indexes: &'a mut Vec<usize>,
    /// Bytes of memory left for what is kept.
    left: &'a Cell<usize>,
}

impl At<'_> {
    /// The paths that lead on by `step`.
    fn on(&self, step: Step) -> Vec<(usize, Path)> {
        let leading = self.leading.iter();
        leading
            .filter_map(|(index, path)| match path.split_first() {
                Some((first, rest)) if *first == step => Some((*index, rest)),
                _ => None,
            })
            .collect()
    }

    /// The paths that lead on into the field `name`.
    fn paths_below(&self, name: &str) -> Vec<(usize, Path)> {
        let leading = self.leading.iter();
        leading
            .filter_map(|(index, path)| match path.split_first() {
                Some((Step::Field(field), rest)) if *field == name => Some((*index, rest)),
                _ => None,
            })
            .collect()
    }

    /// The path that ends here.
    fn list(&self) -> Option<usize> {
        let mut leading = self.leading.iter();
        Some(leading.find(|(_, path)| path.is_empty())?.0)
    }

    fn take<'de, A: SeqAccess<'de>>(self, path: usize, mut items: A) -> Result<Value, A::Error> {
        let mut index = 0;
        loop {
            // Each is let go before the next comes, and so has the memory to itself.
            let left = Cell::new(MEMORY_MAX);
            let Some(value) = items.next_element_seed(Strict::new(&left))? else {
                return Ok(Value::Array(Vec::new()));
            };
            self.indexes.push(index);
            let taken = (self.lists)(Element {
                path,
                indexes: self.indexes,
                value,
            });
            self.indexes.pop();
            taken.map_err(|()| A::Error::custom("refused"))?;
            index += 1;
        }
    }
}

impl<'de> DeserializeSeed<'de> for At<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.leading.is_empty() {
            return Strict::new(self.left).deserialize(deserializer);
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for At<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Strict::new(self.left).visit_bool(value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Strict::new(self.left).visit_i64(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Strict::new(self.left).visit_u64(value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Strict::new(self.left).visit_f64(value)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Strict::new(self.left).visit_str(value)
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Strict::new(self.left).visit_unit()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        if let Some(path) = self.list() {
            return self.take(path, items);
        }
        let on = self.on(Step::Each);
        let mut values = Vec::new();
        loop {
            self.indexes.push(values.len());
            let next = items.next_element_seed(At {
                lists: &mut *self.lists,
                leading: on.clone(),
                indexes: &mut *self.indexes,
                left: self.left,
            });
            self.indexes.pop();
            match next? {
                Some(value) => values.push(value),
                None => return Ok(Value::Array(values)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if object.contains_key(&key) {
                return Err(A::Error::custom(format_args!("duplicate key `{key}`")));
            }
            let value = entries.next_value_seed(At {
                leading: self.paths_below(&key),
                lists: &mut *self.lists,
                indexes: &mut *self.indexes,
                left: self.left,
            })?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    const PATHS: &[Path] = &[
        &[Step::Field("runs"), Step::Each, Step::Field("results")],
        &[Step::Field("all")],
    ];

    type Taken = Vec<(usize, Vec<usize>, Value)>;

    fn apart(text: &str) -> Result<(Value, Taken), JsonError> {
        let mut taken = Vec::new();
        let outline = parse::<JsonError>(text.as_bytes(), Limits::AUTHORED, PATHS, &mut |at| {
            taken.push((at.path, at.indexes.to_vec(), at.value));
            Ok(())
        })?;
        Ok((outline, taken))
    }

    #[test]
    fn elements_are_taken_and_the_rest_is_kept() {
        let text = r#"{"runs": [{"results": [1, {"a": [2]}], "x": [3]}, {"results": []}, {}, 7],
            "all": ["b"], "results": [4], "more": {"runs": [{"results": [5]}]}}"#;
        let (outline, taken) = apart(text).unwrap();
        let expected = json!({"runs": [{"results": [], "x": [3]}, {"results": []}, {}, 7],
            "all": [], "results": [4], "more": {"runs": [{"results": [5]}]}});
        assert_eq!(outline, expected);
        let expected = [
            (0, vec![0, 0], json!(1)),
            (0, vec![0, 1], json!({"a": [2]})),
            (1, vec![0], json!("b")),
        ];
        assert_eq!(taken, expected);
    }

    #[test]
    fn what_is_no_list_is_kept() {
        let value = json!({"runs": {"results": [1]}, "all": {"a": 1}});
        assert_eq!(apart(&value.to_string()).unwrap(), (value, Vec::new()));
        for text in ["[1]", "null", "true", "-1", "1.5", "\"a\""] {
            assert_eq!(apart(text).unwrap().0.to_string(), text);
        }
    }

    #[test]
    fn refuses_what_parsing_refuses() {
        for text in [
            "{\"all\": [1, ",
            "{\"all\": [1]} x",
            "{\"all\": [{\"a\": 1, \"a\": 2}]}",
            "{\"all\": [1], \"all\": [2]}",
            "{\"all\": [18446744073709551616]}",
            "{\"all\": [1e400]}",
            "{\"a\": 1e400}",
        ] {
            let whole = crate::json::parse(text.as_bytes(), Limits::AUTHORED);
            let apart = apart(text).unwrap_err().to_string();
            assert_eq!(apart, whole.unwrap_err().to_string(), "{text}");
        }
    }

    #[test]
    fn a_refusal_ends_the_reading() {
        #[derive(Debug)]
        struct Refusal(String);
        impl From<JsonError> for Refusal {
            fn from(error: JsonError) -> Self {
                Self(error.to_string())
            }
        }
        let mut seen = 0;
        let refused = parse(
            b"{\"all\": [1, 2, 3]}",
            Limits::AUTHORED,
            PATHS,
            &mut |_| {
                seen += 1;
                if seen == 2 {
                    return Err(Refusal("enough".to_owned()));
                }
                Ok(())
            },
        );
        assert_eq!((refused.unwrap_err().0.as_str(), seen), ("enough", 2));
    }
}
