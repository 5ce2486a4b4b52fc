//! Objects of Kubernetes, one by one or in a list, as `kubectl get -o json` and `-o yaml`
//! write them.

use crate::json::{Value, json};

use super::KindError;
use super::node::{Node, TEXT_MAX, shortened};

/// Most objects in one item.
const OBJECTS_MAX: usize = 10_000;

/// Whether `value` is an object of this API group, or a list that begins with one.
pub(super) fn is_of(value: &Value, group: &str) -> bool {
    let first = match value.pointer("/items/0") {
        Some(first) => first,
        None => value,
    };
    let version = first.get("apiVersion").and_then(Value::as_str);
    let (of, _) = version
        .and_then(|version| version.split_once('/'))
        .unwrap_or_default();
    of == group && first.get("kind").is_some() && first.get("metadata").is_some()
}

/// The objects, each of the API `version`.
pub(super) fn objects<'a>(root: &Node<'a>, version: &str) -> Result<Vec<Node<'a>>, KindError> {
    let objects = match root.optional("items")? {
        Some(items) => items.nodes()?.collect(),
        None => vec![root.clone()],
    };
    if objects.len() > OBJECTS_MAX {
        return Err(root.refuse(format!("more than {OBJECTS_MAX} objects")));
    }
    for object in &objects {
        object.field("apiVersion")?.one_of(&[version])?;
    }
    Ok(objects)
}

/// What an object is called.
pub(super) fn identity(object: &Node<'_>) -> Result<Value, KindError> {
    let metadata = object.field("metadata")?;
    Ok(json!({
        "namespace": text(&metadata, "namespace")?,
        "name": shortened(metadata.field("name")?.words()?, TEXT_MAX),
    }))
}

/// The text in the field `name`, shortened; none where it is absent or empty.
pub(super) fn text(node: &Node<'_>, name: &str) -> Result<Option<String>, KindError> {
    let Some(node) = node.optional(name)? else {
        return Ok(None);
    };
    let text = node.text()?;
    Ok((!text.is_empty()).then(|| shortened(text, TEXT_MAX)))
}
