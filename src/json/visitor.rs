//! Builds a [`Value`] from any self-describing format, refusing duplicate keys
//! and non-finite numbers, which every format's own reader treats differently.

use std::cell::Cell;
use std::fmt;
use std::mem::size_of;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::MEMORY_MAX;

/// What an object takes that has anything in it: its map sets aside room for eleven
/// fields at once.
const OBJECT_SIZE: usize = 640;

/// Reads one value.
pub(super) fn value<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    Strict::new(&Cell::new(MEMORY_MAX)).deserialize(deserializer)
}

/// A `Deserialize` wrapper, for formats whose entry points want a type.
pub(super) struct StrictValue(pub(super) Value);

impl<'de> serde::Deserialize<'de> for StrictValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        value(deserializer).map(Self)
    }
}

/// Reads a value of which the parts take no more memory than is left.
#[derive(Clone, Copy)]
pub(super) struct Strict<'a> {
    /// Bytes of memory left, by a rough reckoning.
    left: &'a Cell<usize>,
}

impl<'a> Strict<'a> {
    pub(super) const fn new(left: &'a Cell<usize>) -> Self {
        Self { left }
    }

    /// Counts `size` bytes of memory.
    fn count<E: Error>(self, size: usize) -> Result<(), E> {
        let left = self.left.get().checked_sub(size);
        self.left.set(left.ok_or_else(|| {
            E::custom(format_args!(
                "holds more than {} MiB of values",
                MEMORY_MAX >> 20
            ))
        })?);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<Value, E> {
        match (i64::try_from(value), u64::try_from(value)) {
            (Ok(small), _) => Ok(small.into()),
            (_, Ok(large)) => Ok(large.into()),
            _ => Err(too_large(value)),
        }
    }

    fn visit_u128<E: Error>(self, value: u128) -> Result<Value, E> {
        u64::try_from(value)
            .map(Value::from)
            .map_err(|_| too_large(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom(format_args!("number `{value}` is not finite")))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.count(value.len())?;
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        self.count(value.len())?;
        Ok(Value::String(value))
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            self.count(size_of::<Value>())?;
            values.push(item);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            // Refused before its value is read, so that the position points at the key.
            if object.contains_key(&key) {
                return Err(A::Error::custom(format_args!("duplicate key `{key}`")));
            }
            // Room for more is set aside as it is needed, not field by field.
            let size = if object.len().is_multiple_of(6) {
                OBJECT_SIZE
            } else {
                0
            };
            self.count(size + key.len())?;
            let value = entries.next_value_seed(self)?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

fn too_large<E: Error>(value: impl fmt::Display) -> E {
    E::custom(format_args!(
        "integer `{value}` does not fit 64 bits; write it as a string"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, left: usize) -> Result<Value, serde_json::Error> {
        let left = Cell::new(left);
        let mut deserializer = serde_json::Deserializer::from_str(text);
        Strict::new(&left).deserialize(&mut deserializer)
    }

    #[test]
    fn what_grows_in_memory_is_counted() {
        // Each takes far more memory than text.
        let objects = format!("[{}]", ["{\"a\":1}"; 100].join(","));
        let empty = format!("[{}]", ["[]"; 100].join(","));
        for (text, size) in [
            (objects.as_str(), 100 * OBJECT_SIZE),
            (&empty, 100 * size_of::<Value>()),
            ("\"0123456789\"", 10),
        ] {
            assert!(read(text, 2 * size).is_ok(), "{text}");
            let error = read(text, size - 1).unwrap_err().to_string();
            assert!(error.contains("more than 2048 MiB of values"), "{error}");
        }
    }
}
