//! As much of JSON Schema 2020-12 as `docs/evidence/*.schema.json` uses. A keyword that
//! is not known here fails the test instead of passing silently.

use crate::clock::Timestamp;
use crate::json::Value;

const KNOWN: [&str; 17] = [
    "$schema",
    "$id",
    "title",
    "description",
    "type",
    "required",
    "properties",
    "additionalProperties",
    "items",
    "prefixItems",
    "minItems",
    "maxItems",
    "uniqueItems",
    "enum",
    "minimum",
    "maximum",
    "format",
];

/// Says whether `value` obeys `schema`.
pub(super) fn obeys(schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let keywords = match schema {
        Value::Bool(true) => return Ok(()),
        Value::Bool(false) => return Err(format!("{at}: not allowed")),
        Value::Object(keywords) => keywords,
        _ => return Err(format!("{at}: the schema is no schema")),
    };
    if let Some(unknown) = keywords.keys().find(|key| !KNOWN.contains(&key.as_str())) {
        return Err(format!("{at}: the schema uses `{unknown}`"));
    }
    if let Some(types) = keywords.get("type") {
        let of_type = |name: &Value| match name.as_str().unwrap() {
            "null" => value.is_null(),
            "boolean" => value.is_boolean(),
            "string" => value.is_string(),
            "number" => value.is_number(),
            "integer" => value.is_i64() || value.is_u64(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            other => panic!("type `{other}`"),
        };
        let any = match types {
            Value::Array(types) => types.iter().any(of_type),
            one => of_type(one),
        };
        if !any {
            return Err(format!("{at}: {value} is not of type {types}"));
        }
    }
    if let Some(Value::Array(choices)) = keywords.get("enum")
        && !choices.contains(value)
    {
        return Err(format!("{at}: {value} is none of {choices:?}"));
    }
    if let Some(number) = value.as_f64() {
        let bound = |name: &str| keywords.get(name).and_then(Value::as_f64);
        if bound("minimum").is_some_and(|least| number < least)
            || bound("maximum").is_some_and(|most| number > most)
        {
            return Err(format!("{at}: {number} is out of bounds"));
        }
    }
    if keywords
        .get("format")
        .is_some_and(|format| format == "date-time")
        && value
            .as_str()
            .is_some_and(|text| text.parse::<Timestamp>().is_err())
    {
        return Err(format!("{at}: {value} is not an instant"));
    }
    object(schema, value, at)?;
    array(schema, value, at)
}

fn object(schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let Value::Object(fields) = value else {
        return Ok(());
    };
    for name in schema["required"].as_array().into_iter().flatten() {
        if !fields.contains_key(name.as_str().unwrap()) {
            return Err(format!("{at}: {name} is missing"));
        }
    }
    for (name, field) in fields {
        let known = schema.get("properties").and_then(|all| all.get(name));
        let other = schema.get("additionalProperties");
        if let Some(schema) = known.or(other) {
            obeys(schema, field, &format!("{at}.{name}"))?;
        }
    }
    Ok(())
}

fn array(schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let Value::Array(values) = value else {
        return Ok(());
    };
    let bound = |name: &str| schema.get(name).and_then(Value::as_u64);
    let count = values.len() as u64;
    if bound("minItems").is_some_and(|least| count < least)
        || bound("maxItems").is_some_and(|most| count > most)
    {
        return Err(format!("{at}: {count} items"));
    }
    let twice = |index| {
        values
            .iter()
            .skip(index + 1)
            .any(|other| *other == values[index])
    };
    if schema["uniqueItems"] == true && (0..values.len()).any(twice) {
        return Err(format!("{at}: an item occurs twice"));
    }
    let prefix = schema.get("prefixItems").and_then(Value::as_array);
    for (index, item) in values.iter().enumerate() {
        let own = prefix.and_then(|prefix| prefix.get(index));
        if let Some(schema) = own.or(schema.get("items")) {
            obeys(schema, item, &format!("{at}[{index}]"))?;
        }
    }
    Ok(())
}
