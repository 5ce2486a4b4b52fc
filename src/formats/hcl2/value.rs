//! Values of expressions: what is literal as itself, the rest as its source.

use std::ops::Range;

use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::is_nfc;

use crate::json::{Map, Value};

use super::number::{decimal, number};
use super::tree::{Expression, Literal, Node, Part};
use crate::formats::fault::{Read, fault};

/// Most marks on one character: conftest's library puts a joiner between more of them.
const MARKS_MAX: usize = 20;

/// Makes values of what was read from `text`.
#[derive(Clone, Copy)]
pub(super) struct Values<'a> {
    pub(super) text: &'a str,
}

impl<'a> Values<'a> {
    fn source(self, span: &Range<usize>) -> &'a str {
        self.text.get(span.clone()).unwrap_or_default()
    }

    fn wrapped(self, span: &Range<usize>) -> String {
        format!("${{{}}}", self.source(span))
    }

    /// Returns the value of `expression`.
    pub(super) fn value(self, expression: &Expression) -> Read<Value> {
        let span = &expression.span;
        match &expression.node {
            Node::Literal(Literal::Null) => Ok(Value::Null),
            Node::Literal(Literal::Bool(truth)) => Ok(Value::Bool(*truth)),
            Node::Literal(Literal::Number) => number(self.source(span), false)
                .or_else(|what| fault(span.start, what))
                .map(Value::Number),
            Node::Signed('!', Literal::Bool(truth), _) => Ok(Value::Bool(!truth)),
            Node::Signed('-', Literal::Number, digits) => number(self.source(digits), true)
                .or_else(|what| fault(span.start, what))
                .map(Value::Number),
            Node::Signed(sign, ..) => {
                fault(span.start, format!("`{sign}` does not go with this value"))
            }
            Node::Template(parts) => self.template(parts, span.start).map(Value::String),
            Node::Wrap(inner) => self.value(inner),
            Node::Tuple(elements) => elements
                .iter()
                .map(|element| self.value(element))
                .collect::<Read<_>>()
                .map(Value::Array),
            Node::Object(items) => self.object(items).map(Value::Object),
            Node::Choice { .. } | Node::Traversal | Node::Other => {
                Ok(Value::String(self.wrapped(span)))
            }
        }
    }

    fn object(self, items: &[(Expression, Expression)]) -> Read<Map<String, Value>> {
        let mut object = Map::new();
        for (key, value) in items {
            let name = match key.node {
                Node::Traversal => self.source(&key.span).to_owned(),
                _ => self.string(key)?,
            };
            if object.contains_key(&name) {
                return fault(key.span.start, format!("duplicate key `{name}`"));
            }
            object.insert(name, self.value(value)?);
        }
        Ok(object)
    }

    fn template(self, parts: &[Part], at: usize) -> Read<String> {
        if let [Part::Expression(only)] = parts
            && matches!(only.node, Node::Literal(Literal::Null))
        {
            return fault(only.span.start, "`null` is no text");
        }
        let mut text = String::new();
        for part in parts {
            match part {
                Part::Text(literal) => text.push_str(&escaped(literal, at)?),
                Part::Expression(inner) => text.push_str(&self.string(inner)?),
                Part::If { condition, yes, no } => {
                    let yes = self.template(yes, at)?;
                    let no = self.template(no, at)?;
                    self.push_choice(&mut text, condition, &yes, &no);
                }
                Part::For {
                    key,
                    element,
                    collection,
                    body,
                } => {
                    text.push_str("%{for ");
                    if let Some(key) = key {
                        text.push_str(self.source(key));
                        text.push_str(", ");
                    }
                    text.push_str(self.source(element));
                    text.push_str(" in ");
                    text.push_str(self.source(collection));
                    text.push('}');
                    text.push_str(&self.template(body, at)?);
                    text.push_str("%{endfor}");
                }
            }
        }
        Ok(text)
    }

    fn push_choice(self, text: &mut String, condition: &Range<usize>, yes: &str, no: &str) {
        text.push_str("%{if ");
        text.push_str(self.source(condition));
        text.push('}');
        text.push_str(yes);
        if !no.is_empty() {
            text.push_str("%{else}");
            text.push_str(no);
        }
        text.push_str("%{endif}");
    }

    /// Returns `expression` as a part of a string, or as a key.
    fn string(self, expression: &Expression) -> Read<String> {
        let span = &expression.span;
        match &expression.node {
            Node::Literal(Literal::Number) => match decimal(self.source(span)) {
                Ok(digits) => Ok(digits),
                Err(what) => fault(span.start, what),
            },
            Node::Literal(_) => Ok(self.source(span).to_owned()),
            Node::Template(parts) => self.template(parts, span.start),
            Node::Wrap(inner) => self.string(inner),
            Node::Choice { condition, yes, no } => {
                let mut text = String::new();
                self.push_choice(&mut text, condition, &self.string(yes)?, &self.string(no)?);
                Ok(text)
            }
            _ => Ok(self.wrapped(span)),
        }
    }
}

/// Returns `text` with what would be an interpolation or directive escaped again.
fn escaped(text: &str, at: usize) -> Read<String> {
    if !text.is_ascii() {
        let mut marks = 0;
        for character in text.chars() {
            let mark = canonical_combining_class(character) != 0;
            marks = if mark { marks + 1 } else { 0 };
            if marks > MARKS_MAX {
                return fault(at, format!("more than {MARKS_MAX} marks on one character"));
            }
        }
        if !is_nfc(text) {
            let what = "text that is not in Unicode's normal form C, which conftest rewrites";
            return fault(at, what);
        }
    }
    Ok(text.replace("${", "$${").replace("%{", "%%{"))
}
