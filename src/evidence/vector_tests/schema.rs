//! As much of JSON Schema 2020-12 as `docs/evidence/*.schema.json` uses. A keyword that
//! is not known here fails the test instead of passing silently.

use crate::clock::Timestamp;
use crate::json::Value;

const KNOWN: [&str; 25] = [
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
    "$defs",
    "$ref",
    "oneOf",
    "pattern",
    "maxLength",
    "propertyNames",
    "minProperties",
    "maxProperties",
];

/// Says whether `value` obeys `schema`.
pub(in crate::evidence) fn obeys(schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    within(schema, schema, value, at)
}

/// Says whether `value` obeys `schema`, which is a part of `root`.
fn within(root: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
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
    if let Some(Value::String(to)) = keywords.get("$ref") {
        let part = to.strip_prefix('#').and_then(|to| root.pointer(to));
        let part = part.ok_or_else(|| format!("{at}: `{to}` is not in the schema"))?;
        within(root, part, value, at)?;
    }
    if let Some(Value::Array(branches)) = keywords.get("oneOf") {
        let tried = branches.iter().map(|one| within(root, one, value, at));
        let (good, bad): (Vec<_>, Vec<_>) = tried.partition(Result::is_ok);
        if good.len() != 1 {
            return Err(format!("{at}: {} of `oneOf` hold: {bad:?}", good.len()));
        }
    }
    text(schema, value, at)?;
    object(root, schema, value, at)?;
    array(root, schema, value, at)
}

fn text(schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let Value::String(text) = value else {
        return Ok(());
    };
    let is_match = match schema.get("pattern").and_then(Value::as_str) {
        None => true,
        Some("^[a-z0-9][a-z0-9._-]{0,99}$") => spelt(text, "0123456789", "0123456789._-"),
        Some("^[a-z][a-z0-9_]{0,99}$") => spelt(text, "", "0123456789_"),
        Some("^(/([^~/]|~[01])*)*$") => {
            let mut escapes = text.split('~').skip(1);
            (text.is_empty() || text.starts_with('/'))
                && escapes.all(|rest| rest.starts_with(['0', '1']))
        }
        Some(other) => return Err(format!("{at}: the schema has the pattern `{other}`")),
    };
    let most = schema.get("maxLength").and_then(Value::as_u64);
    let is_long = most.is_some_and(|most| text.chars().count() as u64 > most);
    if is_match && !is_long {
        return Ok(());
    }
    Err(format!("{at}: {value} is not spelt as {schema}"))
}

/// One to 100 letters in lower case, or `first` at first and `others` later.
fn spelt(text: &str, first: &str, others: &str) -> bool {
    let is_in = |set: &str, c: char| c.is_ascii_lowercase() || set.contains(c);
    text.len() <= 100
        && text.chars().next().is_some_and(|c| is_in(first, c))
        && text.chars().all(|c| is_in(others, c))
}

fn object(root: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let Value::Object(fields) = value else {
        return Ok(());
    };
    for name in schema["required"].as_array().into_iter().flatten() {
        if !fields.contains_key(name.as_str().unwrap()) {
            return Err(format!("{at}: {name} is missing"));
        }
    }
    let bound = |name: &str| schema.get(name).and_then(Value::as_u64);
    let count = fields.len() as u64;
    if bound("minProperties").is_some_and(|least| count < least)
        || bound("maxProperties").is_some_and(|most| count > most)
    {
        return Err(format!("{at}: {count} fields"));
    }
    for (name, field) in fields {
        if let Some(names) = schema.get("propertyNames") {
            within(root, names, &Value::from(name.as_str()), at)?;
        }
        let known = schema.get("properties").and_then(|all| all.get(name));
        let other = schema.get("additionalProperties");
        if let Some(schema) = known.or(other) {
            within(root, schema, field, &format!("{at}.{name}"))?;
        }
    }
    Ok(())
}

fn array(root: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
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
            within(root, schema, item, &format!("{at}[{index}]"))?;
        }
    }
    Ok(())
}
