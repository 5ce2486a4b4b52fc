//! CUE, as far as it is concrete data.
//!
//! The language is at <https://cuelang.org/docs/reference/spec/>; the value is the one that
//! CUE 0.17 writes as JSON. Read are fields, also as `a: b: 1`, structs, lists, texts of all
//! kinds, numbers with their multipliers, booleans, `null`, comments and a `package` clause.
//! A field that is there twice is one if both are equal scalars, or structs, which are
//! merged, or lists of the same length, whose elements are.
//!
//! All else is refused by its name, because it takes CUE to say what comes of it:
//! references, definitions and hidden fields, optional and required ones, types and other
//! constraints, disjunctions, operators, comprehensions, `let`, aliases, interpolations,
//! imports, attributes, bytes, `...` and values within a struct that have no label. So are
//! numbers that JSON readers round.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::FormatError;
use super::fault::{Read, fault, refuse_lone_return};
use crate::json::{self, Limits, Value};

mod cursor;
mod number;
mod string;
mod unread;

use cursor::Cursor;

/// Reads `bytes` as concrete data in CUE.
pub(super) fn parse(bytes: &[u8], limits: Limits) -> Result<Value, FormatError> {
    let text = json::utf8(bytes, limits)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader {
        cursor: Cursor::new(text),
        depth_max: limits.depth_max,
    };
    let node = refuse_lone_return(text)
        .and_then(|()| refuse_characters(text))
        .and_then(|()| reader.file())
        .map_err(|fault| fault.in_text(text))?;
    Ok(value(node))
}

/// Refuses what may be nowhere in a text.
fn refuse_characters(text: &str) -> Read<()> {
    match text.find(['\0', '\u{feff}']) {
        Some(at) => fault(at, "a NUL or byte order mark within the text"),
        None => Ok(()),
    }
}

/// A value, with what CUE tells apart and JSON does not.
#[derive(Debug, PartialEq)]
enum Node {
    Null,
    Bool(bool),
    Text(String),
    Integer(Value),
    Float { value: Value, written: String },
    List(Vec<Node>),
    Struct(BTreeMap<String, Node>),
}

/// Returns `node` as JSON.
fn value(node: Node) -> Value {
    match node {
        Node::Null => Value::Null,
        Node::Bool(value) => Value::Bool(value),
        Node::Text(text) => Value::String(text),
        Node::Integer(value) | Node::Float { value, .. } => value,
        Node::List(elements) => Value::Array(elements.into_iter().map(value).collect()),
        Node::Struct(fields) => {
            let fields = fields.into_iter();
            Value::Object(fields.map(|(name, field)| (name, value(field))).collect())
        }
    }
}

/// Adds a field, which may be there already.
fn add(fields: &mut BTreeMap<String, Node>, name: String, node: Node) -> Result<(), String> {
    match fields.entry(name) {
        Entry::Vacant(place) => {
            place.insert(node);
            Ok(())
        }
        Entry::Occupied(mut place) => {
            let name = place.key().clone();
            unify(place.get_mut(), node, &name)
        }
    }
}

/// Makes `old` what CUE makes of both, which stand for the field `name`.
fn unify(old: &mut Node, new: Node, name: &str) -> Result<(), String> {
    match (old, new) {
        (Node::Struct(old), Node::Struct(new)) => {
            let mut new = new.into_iter();
            new.try_for_each(|(name, node)| add(old, name, node))
        }
        (Node::List(old), Node::List(new)) if old.len() == new.len() => {
            let mut pairs = old.iter_mut().zip(new);
            pairs.try_for_each(|(old, new)| unify(old, new, name))
        }
        (Node::List(_), Node::List(_)) => Err(format!(
            "`{name}` is there twice, with lists of different lengths"
        )),
        (old, new) if *old == new => Ok(()),
        (Node::Float { .. }, Node::Float { .. }) => Err(format!(
            "`{name}` is there twice, and not written the same: write it once"
        )),
        _ => Err(format!("`{name}` is there twice, with different values")),
    }
}

/// Reads a text from left to right.
struct Reader<'t> {
    cursor: Cursor<'t>,
    depth_max: usize,
}

impl Reader<'_> {
    fn file(&mut self) -> Read<Node> {
        self.cursor.skip();
        self.package()?;
        let at = self.cursor.at();
        if self.cursor.peek().is_none() {
            return Ok(Node::Struct(BTreeMap::new()));
        }
        if self.label()?.is_some() {
            self.cursor.back_to(at);
            return self.fields(None, self.depth_max);
        }
        if unread::entry(self.cursor).is_some() {
            return fault(at, unread::entry(self.cursor).unwrap_or_default());
        }
        let node = self.value(self.depth_max)?;
        self.cursor.separator(None)?;
        match self.cursor.peek() {
            None => Ok(node),
            Some(_) => fault(
                self.cursor.at(),
                "a value without a label beside others is not read",
            ),
        }
    }

    /// Passes over a `package` clause, if one is next.
    fn package(&mut self) -> Read<()> {
        let at = self.cursor.at();
        if self.cursor.word() != "package" {
            self.cursor.back_to(at);
            return Ok(());
        }
        self.cursor.skip_blanks();
        let name = self.cursor.word();
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic()) && !name.contains('#');
        if !is_name || unread::is_keyword(name) {
            return fault(
                at,
                "`package` has no name: a field of this name is `\"package\"`",
            );
        }
        self.cursor.separator(None)
    }

    /// Reads fields up to `end`, and that.
    fn fields(&mut self, end: Option<char>, depth: usize) -> Read<Node> {
        let Some(depth) = depth.checked_sub(1) else {
            return self.too_deep();
        };
        let mut fields = BTreeMap::new();
        loop {
            self.cursor.skip();
            if self.cursor.peek() == end {
                self.cursor.advance();
                return Ok(Node::Struct(fields));
            }
            let at = self.cursor.at();
            let Some(name) = self.label()? else {
                let what = unread::entry(self.cursor).unwrap_or_else(|| {
                    "expected a field: a value without a label is not read here".to_owned()
                });
                return fault(at, what);
            };
            let node = self.labelled(depth)?;
            if let Err(what) = add(&mut fields, name, node) {
                return fault(at, what);
            }
            self.cursor.separator(end)?;
        }
    }

    /// Reads what follows a label and its colon: a value, or another label.
    fn labelled(&mut self, depth: usize) -> Read<Node> {
        self.cursor.skip_space();
        let at = self.cursor.at();
        self.cursor.skip();
        let is_commented = self.cursor.at() > at;
        let Some(name) = self.label()? else {
            return self.value(depth);
        };
        if is_commented {
            // conftest formats the text first, and then may crash.
            return fault(at, "a comment between two labels: put it above");
        }
        let Some(depth) = depth.checked_sub(1) else {
            return self.too_deep();
        };
        let node = self.labelled(depth)?;
        Ok(Node::Struct(BTreeMap::from([(name, node)])))
    }

    /// Reads a label and its colon, if that is what comes next.
    fn label(&mut self) -> Read<Option<String>> {
        let at = self.cursor.at();
        let is_quoted = self.cursor.at_string();
        let name = if is_quoted {
            string::string(&mut self.cursor)?
        } else {
            self.cursor.word().to_owned()
        };
        if name.is_empty() && !is_quoted {
            return Ok(None);
        }
        // A line break before a colon ends nothing.
        self.cursor.skip_space();
        let after = self.cursor.rest();
        if let Some(what) = unread::mark(after) {
            return fault(at, format!("`{name}` is {what}, which is not read"));
        }
        if !after.starts_with(':') {
            self.cursor.back_to(at);
            return Ok(None);
        }
        if let Some(what) = unread::label(&name).filter(|_| !is_quoted) {
            return fault(at, what);
        }
        self.cursor.advance();
        Ok(Some(name))
    }

    fn value(&mut self, depth: usize) -> Read<Node> {
        let at = self.cursor.at();
        if self.cursor.at_string() {
            return string::string(&mut self.cursor).map(Node::Text);
        }
        match self.cursor.peek() {
            Some('{') => {
                self.cursor.advance();
                self.fields(Some('}'), depth)
            }
            Some('[') => {
                self.cursor.advance();
                self.list(depth)
            }
            Some('0'..='9' | '+' | '-') => number::number(&mut self.cursor),
            Some('.') if !self.cursor.rest().starts_with("..") => number::number(&mut self.cursor),
            _ => {
                let node = match self.cursor.word() {
                    "true" => Node::Bool(true),
                    "false" => Node::Bool(false),
                    "null" => Node::Null,
                    _ => {
                        self.cursor.back_to(at);
                        return fault(at, unread::value(self.cursor));
                    }
                };
                Ok(node)
            }
        }
    }

    /// Reads elements up to the closing bracket, and that.
    fn list(&mut self, depth: usize) -> Read<Node> {
        let Some(depth) = depth.checked_sub(1) else {
            return self.too_deep();
        };
        let mut elements = Vec::new();
        loop {
            self.cursor.skip();
            if self.cursor.peek() == Some(']') {
                self.cursor.advance();
                return Ok(Node::List(elements));
            }
            elements.push(self.value(depth)?);
            self.cursor.separator(Some(']'))?;
        }
    }

    fn too_deep<T>(&self) -> Read<T> {
        let what = format!("nests deeper than {} levels", self.depth_max);
        fault(self.cursor.at(), what)
    }
}

#[cfg(test)]
mod tests;
