//! The types of a bill of materials in JSON: conftest decodes it, and refuses what has
//! another type, before it takes the JSON as it is written.

use crate::formats::FormatError;
use crate::json::{Map, Value};

use super::schema::row::{Object, Row, Shape};
use super::schema::{BOM, COMPONENT, LICENSE, LICENSE_CHOICE, SERVICE, TOOL};

/// Refuses a field that does not have the type of the schema. `null` is of every type,
/// and fields that the schema does not have are not looked at.
///
/// # Errors
/// The first such field, by its path.
pub(super) fn refuse_mistyped(value: &Value) -> Result<(), FormatError> {
    object(value, &BOM).map_err(|mistyped| FormatError::Whole {
        what: match mistyped.path.as_str() {
            "" => format!("is not {}", mistyped.expected),
            path => format!("`{path}` is not {}", mistyped.expected),
        },
    })
}

/// A field of another type.
struct Mistyped {
    /// Where it is; longer with each object around it.
    path: String,
    expected: &'static str,
}

impl Mistyped {
    fn expected(expected: &'static str) -> Self {
        let path = String::new();
        Self { path, expected }
    }

    fn within(self, name: &str) -> Self {
        let path = match self.path.chars().next() {
            None => name.to_owned(),
            Some('[') => format!("{name}{}", self.path),
            Some(_) => format!("{name}.{}", self.path),
        };
        Self { path, ..self }
    }
}

fn object(value: &Value, object: &Object) -> Result<(), Mistyped> {
    let Value::Object(fields) = value else {
        return is(value.is_null(), "an object");
    };
    for (name, value) in fields {
        if let Some(row) = row_of(object, name) {
            field(value, row).map_err(|mistyped| mistyped.within(name))?;
        }
    }
    Ok(())
}

/// Returns the row of the field `name`, whatever its case if there is none as written.
fn row_of<'a>(object: &'a Object, name: &str) -> Option<&'a Row> {
    let same = object.0.iter().find(|row| row.name == name);
    same.or_else(|| {
        // Two letters that are ASCII in another case.
        let name = name.replace('\u{17f}', "s").replace('\u{212a}', "k");
        object
            .0
            .iter()
            .find(|row| row.name.eq_ignore_ascii_case(&name))
    })
}

fn field(value: &Value, row: &Row) -> Result<(), Mistyped> {
    match row.shape {
        Shape::OneOrMany(inner) if value.is_object() => object(value, inner),
        Shape::OneOrMany(inner) => list(value, |value| object(value, inner)),
        Shape::Licenses => list(value, |value| object(value, &LICENSE_CHOICE)),
        Shape::Tools => tools(value),
        shape if row.is_many => list(value, |value| one(value, shape)),
        shape => one(value, shape),
    }
}

fn list(value: &Value, each: impl Fn(&Value) -> Result<(), Mistyped>) -> Result<(), Mistyped> {
    let Value::Array(values) = value else {
        return is(value.is_null(), "a list");
    };
    for (index, value) in values.iter().enumerate() {
        each(value).map_err(|mistyped| mistyped.within(&format!("[{index}]")))?;
    }
    Ok(())
}

fn one(value: &Value, shape: Shape) -> Result<(), Mistyped> {
    if let Shape::SpecVersion = shape {
        let version = value.as_str().and_then(|text| text.strip_prefix("1."));
        let is_known = version.is_some_and(|version| matches!(version.as_bytes(), [b'0'..=b'7']));
        return is(is_known, "a version from `1.0` to `1.7`");
    }
    if value.is_null() {
        return Ok(());
    }
    match shape {
        Shape::Text | Shape::Reference => is(value.is_string(), "a string"),
        Shape::Bool => is(value.is_boolean(), "a boolean"),
        Shape::Int => is(value.is_i64(), "an integer, written as such"),
        Shape::Number => is(value.is_number(), "a number"),
        Shape::Single => {
            let is_small = |number: f64| number.abs() <= f64::from(f32::MAX);
            is(value.as_f64().is_some_and(is_small), "a number of 32 bits")
        }
        Shape::License => object(value, &LICENSE),
        Shape::TextOr(_) if value.is_string() => Ok(()),
        Shape::Object(inner)
        | Shape::OneOrMany(inner)
        | Shape::TextOr(inner)
        | Shape::Dataflow(inner)
        | Shape::Dataset(inner) => object(value, inner),
        // Handled with their lists; and above.
        Shape::Tools | Shape::Licenses | Shape::SpecVersion => Ok(()),
    }
}

fn tools(value: &Value) -> Result<(), Mistyped> {
    if value.is_array() {
        return list(value, |value| object(value, &TOOL));
    }
    let Value::Object(fields) = value else {
        return is(value.is_null(), "a list or an object");
    };
    group(fields, "components", &COMPONENT)?;
    group(fields, "services", &SERVICE)
}

fn group(fields: &Map<String, Value>, name: &str, inner: &Object) -> Result<(), Mistyped> {
    for (key, value) in fields {
        if key.replace('\u{17f}', "s").eq_ignore_ascii_case(name) {
            list(value, |value| object(value, inner)).map_err(|mistyped| mistyped.within(key))?;
        }
    }
    Ok(())
}

fn is(holds: bool, expected: &'static str) -> Result<(), Mistyped> {
    if holds {
        Ok(())
    } else {
        Err(Mistyped::expected(expected))
    }
}
