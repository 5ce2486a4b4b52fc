//! XML 1.0, as conftest reads it: the shape of `basgys/goxml2json`.
//!
//! An element is an object with its attributes (`-name`), its elements by name, and its
//! text (`#content`); one that has text only is a string. Elements of one name are a
//! list. All values are strings, and names are without their namespace prefix.
//!
//! <https://www.w3.org/TR/xml/>
//!
//! Refused, because conftest loses it: what is not well-formed (it stops there and keeps
//! what came before), text that more text or an element's end overwrites (it keeps the
//! last stretch only, which a comment, CDATA or an element ends), and a letter at either
//! end of a text that only some versions of Unicode know, or that cannot be seen.
//! Document types, their entities and other encodings are refused with the reader,
//! [`crate::xml::tree`].

use crate::json::{self, Limits, Map, Value};
use crate::xml::XmlError;
use crate::xml::tree::{self, Child, Node};

use super::FormatError;

mod edges;

/// Reads `bytes`.
pub(super) fn parse(bytes: &[u8], limits: Limits) -> Result<Value, FormatError> {
    let text = json::utf8(bytes, limits)?;
    let root = tree::parse(text, limits.depth_max)?;
    let shaping = Shaping {
        text,
        depth_max: limits.depth_max,
    };
    let mut object = Map::new();
    let value = shaping.value(&root, 1)?;
    object.insert(root.name, value);
    Ok(Value::Object(object))
}

struct Shaping<'a> {
    text: &'a str,
    depth_max: usize,
}

impl Shaping<'_> {
    /// `depth` objects and lists are around the value.
    fn value(&self, node: &Node, depth: usize) -> Result<Value, XmlError> {
        let content = self.content(node)?;
        let elements = || {
            node.children.iter().filter_map(|child| match child {
                Child::Element(element) => Some(element),
                Child::Text(_) => None,
            })
        };
        if node.attributes.is_empty() && elements().next().is_none() {
            return Ok(Value::String(content));
        }
        // An object, and a list in it.
        if depth + 2 > self.depth_max {
            let what = format!("its value nests deeper than {} levels", self.depth_max);
            return Err(self.refuse(node, what));
        }
        let mut object = Map::new();
        if !content.is_empty() {
            object.insert("#content".to_owned(), Value::String(content));
        }
        for attribute in &node.attributes {
            let value = Value::String(attribute.value.clone());
            add(&mut object, format!("-{}", attribute.name), value);
        }
        for element in elements() {
            let value = self.value(element, depth + 2)?;
            add(&mut object, element.name.clone(), value);
        }
        Ok(Value::Object(object))
    }

    /// The text of an element, which is its last stretch of text. Attributes are not
    /// trimmed, so only this is.
    fn content(&self, node: &Node) -> Result<String, XmlError> {
        let mut content = "";
        for child in &node.children {
            if let Child::Text(text) = child {
                if !content.is_empty() {
                    let what = format!(
                        "the text of `{}` is in several parts, of which conftest keeps the last: \
                         write it in one, without comment, CDATA or element in it",
                        node.name
                    );
                    return Err(self.refuse(node, what));
                }
                content = edges::trimmed(text).map_err(|what| self.refuse(node, what))?;
            }
        }
        Ok(content.to_owned())
    }

    fn refuse(&self, node: &Node, what: impl Into<String>) -> XmlError {
        XmlError::at(self.text, node.at, what)
    }
}

/// Adds one value of a name; several are a list. No value is a list by itself.
fn add(object: &mut Map<String, Value>, name: String, value: Value) {
    match object.get_mut(&name) {
        None => {
            object.insert(name, value);
        }
        Some(Value::Array(values)) => values.push(value),
        Some(one) => {
            let first = one.take();
            *one = Value::Array(vec![first, value]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str = "<?xml version='1.0'?>\n<a x='1'><!-- c --><b>t&amp;<![CDATA[]]></b><?p?>\
        <b y=\"2\"/> z </a>";

    fn refused(text: &str) -> String {
        parse(text.as_bytes(), Limits::EVIDENCE)
            .expect_err("refused")
            .to_string()
    }

    #[test]
    fn nesting_is_bounded_in_the_text_and_in_the_value() {
        assert!(refused(&"<a>".repeat(100_000)).contains("deeper than 100"));
        let deep = format!("{}{}", "<a>".repeat(60), "</a>".repeat(60));
        assert!(refused(&deep).contains("its value nests deeper than 100"));
        let deep = format!("{}{}", "<a>".repeat(45), "</a>".repeat(45));
        assert!(parse(deep.as_bytes(), Limits::EVIDENCE).is_ok());
    }

    #[test]
    fn many_elements_are_a_list_and_too_many_are_refused() {
        let text = format!("<a>{}</a>", "<b/>".repeat(10_000));
        let value = parse(text.as_bytes(), Limits::EVIDENCE).unwrap();
        assert_eq!(value["a"]["b"].as_array().map(Vec::len), Some(10_000));
        let text = format!("<a>{}</a>", "<b/>".repeat(2_000_001));
        assert!(refused(&text).contains("more than 2000000"));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = parse(text.as_bytes(), Limits::EVIDENCE);
        }

        #[test]
        fn no_change_to_a_good_text_panics(at in 0..GOOD.len(), end in 0..9_usize, new in "[<>&;'\"/!?a \\[\\]-]{0,3}") {
            let mut text = GOOD.to_owned();
            text.replace_range(at..(at + end).min(GOOD.len()), &new);
            let _ = parse(text.as_bytes(), Limits::EVIDENCE);
        }
    }
}
