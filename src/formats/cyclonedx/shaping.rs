//! XML into the JSON of the same bill of materials, by the tables of [`super::schema`].

use crate::formats::float::shortest;
use crate::json::{Map, Number, Value};
use crate::xml::XmlError;
use crate::xml::tree::{Attribute, Child, Node};

use super::schema::BOM;
use super::schema::row::{Object, Place, Presence, Row, Shape};

/// Integers beyond this are not exact in conftest.
const INTEGER_MAX: u64 = 1 << 53;

/// Numbers beyond this are printed in other ways by others.
const NUMBER_MAX: f64 = 1e15;

/// What all elements of a document share.
pub(super) struct Shaping<'a> {
    text: &'a str,
    prefix: &'a str,
}

impl<'a> Shaping<'a> {
    pub(super) fn new(text: &'a str, root: &'a Node) -> Self {
        Self {
            text,
            prefix: &root.prefix,
        }
    }

    /// Shapes the root element, the only one that declares namespaces.
    pub(super) fn bom(&self, root: &Node) -> Result<Value, XmlError> {
        let is_declaration = |attribute: &&Attribute| {
            // Their names are taken for those of attributes.
            let is_field = BOM
                .0
                .iter()
                .any(|row| matches!(row.place, Place::Attribute(name) if name == attribute.name));
            attribute.prefix == "xmlns" && !is_field
                || attribute.prefix.is_empty() && attribute.name == "xmlns"
        };
        let attributes = root
            .attributes
            .iter()
            .filter(|attribute| !is_declaration(attribute));
        let mut bom = self.fields(root, attributes, &BOM)?;
        bom.insert("bomFormat".to_owned(), Value::from(""));
        bom.insert("specVersion".to_owned(), Value::from("SpecVersion(0)"));
        Ok(Value::Object(bom))
    }

    /// Shapes an element as an object.
    pub(super) fn object(
        &self,
        node: &Node,
        object: &Object,
    ) -> Result<Map<String, Value>, XmlError> {
        self.fields(node, node.attributes.iter(), object)
    }

    fn fields<'n>(
        &self,
        node: &'n Node,
        attributes: impl Iterator<Item = &'n Attribute>,
        object: &Object,
    ) -> Result<Map<String, Value>, XmlError> {
        let mut fields = Map::new();
        for attribute in attributes {
            let row = object
                .0
                .iter()
                .find(|row| matches!(row.place, Place::Attribute(name) if name == attribute.name));
            let Some(row) = row.filter(|_| attribute.prefix.is_empty()) else {
                return Err(self.refuse_attribute(node, attribute));
            };
            let value = self.scalar(node, row.shape, &attribute.value)?;
            fields.insert(row.name.to_owned(), value);
        }
        if let Some(row) = object
            .0
            .iter()
            .find(|row| matches!(row.place, Place::Content))
        {
            let elements = node.children.iter().find_map(element);
            if let Some(element) = elements {
                return Err(self.refuse_element(node, element));
            }
            let value = Value::String(text(node));
            fields.insert(row.name.to_owned(), value);
        } else {
            for element in self.elements(node)? {
                self.add(node, element, object, &mut fields)?;
            }
        }
        for row in object.0 {
            self.finish(node, row, &mut fields)?;
        }
        Ok(fields)
    }

    /// Adds what one element of an object holds.
    fn add(
        &self,
        node: &Node,
        element: &Node,
        object: &Object,
        fields: &mut Map<String, Value>,
    ) -> Result<(), XmlError> {
        let row = object.0.iter().find(|row| match row.place {
            Place::Element(name) | Place::Wrapped(name, _) => name == element.name,
            Place::Nowhere | Place::Attribute(_) | Place::Content => false,
        });
        let Some(row) = row else {
            return Err(self.refuse_element(node, element));
        };
        if let Place::Wrapped(_, item) = row.place {
            let mut values = Vec::new();
            for inner in self.bare(element)? {
                if inner.name != item {
                    return Err(self.refuse_element(element, inner));
                }
                values.push(self.value(inner, row.shape)?);
            }
            return self.insert(element, row, Value::Array(values), fields);
        }
        let value = self.value(element, row.shape)?;
        if !row.is_many {
            return self.insert(element, row, value, fields);
        }
        match fields.get_mut(row.name) {
            Some(Value::Array(values)) => values.push(value),
            _ => {
                fields.insert(row.name.to_owned(), Value::Array(vec![value]));
            }
        }
        Ok(())
    }

    /// Inserts what may stand once.
    fn insert(
        &self,
        node: &Node,
        row: &Row,
        value: Value,
        fields: &mut Map<String, Value>,
    ) -> Result<(), XmlError> {
        match fields.insert(row.name.to_owned(), value) {
            None => Ok(()),
            Some(_) => Err(self.refuse_second(node)),
        }
    }

    /// Leaves out what JSON does not have when it is empty, and adds what it always has.
    fn finish(
        &self,
        node: &Node,
        row: &Row,
        fields: &mut Map<String, Value>,
    ) -> Result<(), XmlError> {
        let is_left_out = match fields.get(row.name) {
            None => {
                let value = match row.shape {
                    _ if row.presence != Presence::Always => return Ok(()),
                    Shape::Text if !row.is_many => Value::from(""),
                    Shape::Bool => Value::Bool(false),
                    Shape::Int | Shape::Single => Value::from(0),
                    _ => {
                        let what = format!("`{}` lacks `{}`", node.name, row.name);
                        return Err(self.refuse(node, what));
                    }
                };
                fields.insert(row.name.to_owned(), value);
                return Ok(());
            }
            Some(Value::String(text)) => text.is_empty() && row.presence == Presence::Given,
            Some(Value::Array(values)) if matches!(row.place, Place::Wrapped(..)) => {
                values.is_empty()
            }
            Some(Value::Array(values)) => values.is_empty() && row.presence == Presence::Filled,
            Some(Value::Object(inner)) => inner.is_empty() && row.presence == Presence::Filled,
            Some(Value::Bool(value)) => !value && row.presence == Presence::Filled,
            Some(_) => false,
        };
        if is_left_out {
            fields.remove(row.name);
        }
        Ok(())
    }

    /// Shapes an element as a value.
    pub(super) fn value(&self, node: &Node, shape: Shape) -> Result<Value, XmlError> {
        match shape {
            Shape::Object(object) | Shape::OneOrMany(object) => {
                Ok(Value::Object(self.object(node, object)?))
            }
            Shape::Reference => self.reference(node),
            Shape::Tools => self.tools(node),
            Shape::Licenses => self.licenses(node),
            Shape::License => self.license(node),
            Shape::Dataflow(_) => self.dataflow(node),
            Shape::Dataset(object) => self.dataset(node, object),
            // No table has these in XML.
            Shape::TextOr(_) | Shape::SpecVersion => {
                Err(self.refuse(node, format!("`{}` is not read", node.name)))
            }
            Shape::Text | Shape::Bool | Shape::Int | Shape::Number | Shape::Single => {
                if let Some(attribute) = node.attributes.first() {
                    return Err(self.refuse_attribute(node, attribute));
                }
                if let Some(element) = node.children.iter().find_map(element) {
                    return Err(self.refuse_element(node, element));
                }
                self.scalar(node, shape, &text(node))
            }
        }
    }

    fn scalar(&self, node: &Node, shape: Shape, text: &str) -> Result<Value, XmlError> {
        let trimmed = text.trim();
        let (value, kind) = match shape {
            Shape::Bool => (boolean(trimmed), "`true` or `false`"),
            Shape::Int => (integer(trimmed), "an integer"),
            Shape::Number => (decimal(trimmed).and_then(number), "a number"),
            Shape::Single => (single(trimmed), "a number"),
            _ => (Some(Value::from(text)), "text"),
        };
        value.ok_or_else(|| {
            self.refuse(
                node,
                format!("`{trimmed}` in `{}` is not {kind}", node.name),
            )
        })
    }

    /// Returns the elements in an element that has no text.
    pub(super) fn elements<'n>(&self, node: &'n Node) -> Result<Vec<&'n Node>, XmlError> {
        let mut elements = Vec::new();
        for child in &node.children {
            match child {
                Child::Element(element) => {
                    if element.prefix != self.prefix {
                        return Err(self.refuse_element(node, element));
                    }
                    elements.push(element);
                }
                Child::Text(text) => {
                    let text = text.trim_matches([' ', '\t', '\r', '\n']);
                    if !text.is_empty() {
                        let what = format!("text in `{}`, which conftest leaves out", node.name);
                        return Err(self.refuse(node, what));
                    }
                }
            }
        }
        Ok(elements)
    }

    /// The same of an element that has no attributes either.
    pub(super) fn bare<'n>(&self, node: &'n Node) -> Result<Vec<&'n Node>, XmlError> {
        match node.attributes.first() {
            Some(attribute) => Err(self.refuse_attribute(node, attribute)),
            None => self.elements(node),
        }
    }

    pub(super) fn refuse_element(&self, node: &Node, element: &Node) -> XmlError {
        let Node { prefix, name, .. } = element;
        let colon = if prefix.is_empty() { "" } else { ":" };
        let what = format!(
            "`{prefix}{colon}{name}` in `{}` is not read: conftest leaves it out",
            node.name
        );
        self.refuse(element, what)
    }

    fn refuse_attribute(&self, node: &Node, attribute: &Attribute) -> XmlError {
        let Attribute { prefix, name, .. } = attribute;
        let colon = if prefix.is_empty() { "" } else { ":" };
        let what = format!(
            "attribute `{prefix}{colon}{name}` of `{}` is not read: conftest leaves it out",
            node.name
        );
        self.refuse(node, what)
    }

    pub(super) fn refuse_second(&self, node: &Node) -> XmlError {
        self.refuse(
            node,
            format!("a second `{}`, of which conftest takes one", node.name),
        )
    }

    pub(super) fn refuse(&self, node: &Node, what: impl Into<String>) -> XmlError {
        XmlError::at(self.text, node.at, what)
    }
}

fn element(child: &Child) -> Option<&Node> {
    match child {
        Child::Element(element) => Some(element),
        Child::Text(_) => None,
    }
}

fn text(node: &Node) -> String {
    let texts = node.children.iter().filter_map(|child| match child {
        Child::Text(text) => Some(text.as_str()),
        Child::Element(_) => None,
    });
    texts.collect()
}

fn boolean(text: &str) -> Option<Value> {
    match text {
        "true" | "1" => Some(Value::Bool(true)),
        "false" | "0" => Some(Value::Bool(false)),
        _ => None,
    }
}

fn integer(text: &str) -> Option<Value> {
    let integer: i64 = text.parse().ok()?;
    (integer.unsigned_abs() <= INTEGER_MAX).then(|| Value::from(integer))
}

/// Returns `text` if it is a decimal fraction, with or without an exponent.
fn decimal(text: &str) -> Option<&str> {
    let is_decimal = |byte: u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
    text.bytes().all(is_decimal).then_some(text)
}

fn number(text: &str) -> Option<Value> {
    let number: f64 = text.parse().ok()?;
    if number.abs() >= NUMBER_MAX || number.is_sign_negative() && number == 0.0 {
        return None;
    }
    if number.fract() == 0.0 {
        #[expect(clippy::cast_possible_truncation, reason = "integral and below 1e15")]
        let integer = number as i64;
        return Some(Value::from(integer));
    }
    Number::from_f64(number).map(Value::Number)
}

/// A number of 32 bits is written with as many digits as tell it from its neighbours.
fn single(text: &str) -> Option<Value> {
    let single: f32 = decimal(text)?.parse().ok()?;
    number(&shortest(&single))
}
