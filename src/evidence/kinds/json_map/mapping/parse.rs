//! A document becomes the parts of a mapping, or says which field is wrong.

use super::{Elements, Expectation, Fact, Parts, Pointer, Scalar, Shape};
use crate::evidence::Status;
use crate::evidence::kinds::KindError;
use crate::evidence::kinds::node::{Node, shortened};
use crate::json::Value;

const SCHEMA: &str = "assize/json-map/v1";

/// Most facts in one mapping, inner ones included.
const FACTS_MAX: usize = 500;

/// Most lists inside one another.
const NESTING_MAX: usize = 3;

/// Most characters in a name.
const NAME_SIZE_MAX: usize = 100;

/// The fact that says which mapping it was.
pub(in crate::evidence::kinds::json_map) const MAP: &str = "map";

const INSTANTS: [&str; 3] = ["instant", "unix-seconds", "unix-milliseconds"];

const SCALARS: [&str; 7] = [
    "text",
    "integer",
    "number",
    "boolean",
    "instant",
    "unix-seconds",
    "unix-milliseconds",
];

const TYPES: [&str; 10] = [
    "text",
    "integer",
    "number",
    "boolean",
    "instant",
    "unix-seconds",
    "unix-milliseconds",
    "count",
    "list",
    "members",
];

pub(super) fn parts(document: &Value) -> Result<Parts, KindError> {
    let root = Node::root(document);
    root.field("schema")?.one_of(&[SCHEMA])?;
    only(
        &root,
        &["schema", "name", "collected_at", "expect", "facts"],
    )?;
    let mut expected = Vec::new();
    for node in root.each("expect")? {
        expected.push(expectation(&node)?);
    }
    let mut count = 0;
    Ok(Parts {
        name: name(&root.field("name")?)?,
        expected,
        facts: facts(&root.field("facts")?, 0, &mut count)?,
        collected_at: root
            .optional("collected_at")?
            .map(|node| instant(&node))
            .transpose()?,
    })
}

fn only(node: &Node<'_>, names: &[&str]) -> Result<(), KindError> {
    let unknown = |key: &&String| !names.contains(&key.as_str());
    match node.object()?.keys().find(unknown) {
        None => Ok(()),
        Some(key) => Err(node.refuse(format!(
            "unknown field `{}`: expected {}",
            shortened(key, 80),
            names.join(", ")
        ))),
    }
}

fn name(node: &Node<'_>) -> Result<String, KindError> {
    let text = node.text()?;
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let is_name = text.len() <= NAME_SIZE_MAX
        && text.starts_with(is_plain)
        && text.chars().all(|c| is_plain(c) || "-_.".contains(c));
    if is_name {
        Ok(text.to_owned())
    } else {
        Err(node.refuse("is no name in lower case, as `load-report`"))
    }
}

fn expectation(node: &Node<'_>) -> Result<Expectation, KindError> {
    only(node, &["pointer", "equals", "differs", "else"])?;
    let object = node.object()?;
    let (value, is_equal) = match (object.get("equals"), object.get("differs")) {
        (Some(value), None) => (value, true),
        (None, Some(value)) => (value, false),
        _ => return Err(node.refuse("expected one of `equals` and `differs`")),
    };
    let is_simple = match value {
        Value::Object(_) => false,
        Value::Array(values) => values.is_empty(),
        _ => true,
    };
    if !is_simple {
        return Err(
            node.refuse("what is compared with is a text, a number, true, false, null or []")
        );
    }
    let otherwise = match node.optional("else")? {
        None => Status::Error,
        Some(status) => match status.one_of(&["error", "partial", "empty"])? {
            "partial" => Status::Partial,
            "empty" => Status::Empty,
            _ => Status::Error,
        },
    };
    Ok(Expectation {
        pointer: pointer(node)?,
        value: value.clone(),
        is_equal,
        otherwise,
    })
}

fn facts(
    node: &Node<'_>,
    nesting: usize,
    count: &mut usize,
) -> Result<Vec<(String, Fact)>, KindError> {
    let mut facts = Vec::new();
    for name in node.object()?.keys() {
        let inner = node.field(name)?;
        if !is_fact_name(name) {
            return Err(inner.refuse(NO_FACT_NAME));
        }
        if nesting == 0 && name == MAP {
            return Err(inner.refuse("this fact says which mapping it was"));
        }
        *count += 1;
        if *count > FACTS_MAX {
            return Err(inner.refuse(format!("more than {FACTS_MAX} facts")));
        }
        facts.push((name.clone(), fact(&inner, nesting, count)?));
    }
    if facts.is_empty() {
        return Err(node.refuse("names no fact"));
    }
    Ok(facts)
}

const NO_FACT_NAME: &str = "a fact has a name in lower case, as `p95_ms`";

fn is_fact_name(name: &str) -> bool {
    name.len() <= NAME_SIZE_MAX
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn fact(node: &Node<'_>, nesting: usize, count: &mut usize) -> Result<Fact, KindError> {
    let of_type = node.field("type")?;
    let mut fields = vec!["pointer", "type", "required"];
    let shape = match of_type.one_of(&TYPES)? {
        "count" => {
            fields.push("may_be_empty");
            only(node, &fields)?;
            Shape::Count {
                may_be_empty: flag(node, "may_be_empty", false)?,
            }
        }
        "list" => {
            fields.extend(["may_be_empty", "each", "of"]);
            only(node, &fields)?;
            Shape::List {
                may_be_empty: flag(node, "may_be_empty", false)?,
                elements: elements(node, nesting + 1, count)?,
            }
        }
        "members" => {
            fields.extend(["may_be_empty", "key", "each"]);
            only(node, &fields)?;
            members(node, nesting + 1, count)?
        }
        "text" => {
            fields.push("enum");
            only(node, &fields)?;
            Shape::Scalar(Scalar::Text(choices(node)?))
        }
        name => {
            only(node, &fields)?;
            Shape::Scalar(scalar(name))
        }
    };
    Ok(Fact {
        pointer: pointer(node)?,
        is_required: flag(node, "required", true)?,
        shape,
    })
}

fn members(node: &Node<'_>, nesting: usize, count: &mut usize) -> Result<Shape, KindError> {
    refuse_nested(node, nesting)?;
    let key = node.field("key")?;
    let name = key.text()?;
    if !is_fact_name(name) {
        return Err(key.refuse(NO_FACT_NAME));
    }
    let each = facts(&node.field("each")?, nesting, count)?;
    if each.iter().any(|(fact, _)| fact == name) {
        return Err(key.refuse(format!("`each` has a fact `{name}`, too")));
    }
    Ok(Shape::Members {
        may_be_empty: flag(node, "may_be_empty", false)?,
        key: name.to_owned(),
        each,
    })
}

fn refuse_nested(node: &Node<'_>, nesting: usize) -> Result<(), KindError> {
    if nesting > NESTING_MAX {
        return Err(node.refuse(format!("more than {NESTING_MAX} lists in one another")));
    }
    Ok(())
}

fn elements(node: &Node<'_>, nesting: usize, count: &mut usize) -> Result<Elements, KindError> {
    refuse_nested(node, nesting)?;
    match (node.optional("each")?, node.optional("of")?) {
        (Some(each), None) => Ok(Elements::Each(facts(&each, nesting, count)?)),
        (None, Some(of)) => Ok(Elements::Of(scalar(of.one_of(&SCALARS)?))),
        _ => Err(node.refuse("a list has either `each`, with facts, or `of`, with a type")),
    }
}

fn choices(node: &Node<'_>) -> Result<Vec<String>, KindError> {
    let Some(list) = node.optional("enum")? else {
        return Ok(Vec::new());
    };
    let mut choices = Vec::new();
    for choice in list.nodes()? {
        choices.push(choice.text()?.to_owned());
    }
    if choices.is_empty() {
        return Err(list.refuse("names no value"));
    }
    Ok(choices)
}

/// When a document was made: an instant, unless it says which other.
fn instant(node: &Node<'_>) -> Result<Fact, KindError> {
    only(node, &["pointer", "type", "required"])?;
    let of_type = node.optional("type")?;
    let of_type = of_type
        .map(|of_type| of_type.one_of(&INSTANTS))
        .transpose()?;
    Ok(Fact {
        pointer: pointer(node)?,
        is_required: flag(node, "required", true)?,
        shape: Shape::Scalar(scalar(of_type.unwrap_or("instant"))),
    })
}

/// `name` is one of [`SCALARS`].
fn scalar(name: &str) -> Scalar {
    match name {
        "integer" => Scalar::Integer,
        "number" => Scalar::Number,
        "boolean" => Scalar::Boolean,
        "instant" => Scalar::Instant,
        "unix-seconds" => Scalar::UnixSeconds,
        "unix-milliseconds" => Scalar::UnixMilliseconds,
        _ => Scalar::Text(Vec::new()),
    }
}

fn flag(node: &Node<'_>, name: &str, default: bool) -> Result<bool, KindError> {
    match node.optional(name)? {
        None => Ok(default),
        Some(flag) => flag.boolean(),
    }
}

fn pointer(node: &Node<'_>) -> Result<Pointer, KindError> {
    let field = node.field("pointer")?;
    Pointer::parse(field.text()?)
        .ok_or_else(|| field.refuse("is not a JSON Pointer (RFC 6901), as `/stats/p95`"))
}
