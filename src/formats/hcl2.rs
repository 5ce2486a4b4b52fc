//! HCL 2, as Terraform has it, in the shape that conftest takes from `hcl2json`.
//!
//! The grammar is that of <https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md>.
//! Blocks are lists of objects, by their type and then by their labels. Literals, lists and
//! objects are values; any other expression is its source within `${…}`. In strings,
//! interpolations and directives stay as they are, and the text between them is resolved.
//!
//! Refused, for conftest loses or rewrites them: a key twice in an object, an attribute and
//! a block of one name, integers beyond 2^53, `null` alone in a directive, text that is not
//! in Unicode's normal form C. Refused for caution: names outside ASCII, and a carriage
//! return that ends no line.
//!
//! A reader of our own: of the syntax trees that crates offer none keeps the lines of a
//! heredoc apart, or has its end where HCL has it, and both are part of the value.

use std::collections::BTreeSet;

use crate::json::{self, Limits, Map, Value};

use super::FormatError;
use super::fault::{Read, fault, refuse_lone_return};

mod expression;
pub(super) mod number;
mod scan;
mod template;
mod tree;
mod value;

use expression::Parser;
use scan::{Kind, unescaped};
use value::Values;

/// Reads `bytes` as a file of HCL 2.
pub(super) fn parse(bytes: &[u8], limits: Limits) -> Result<Value, FormatError> {
    let text = json::utf8(bytes, limits)?;
    read(text, limits).map_err(|fault| fault.in_text(text))
}

fn read(text: &str, limits: Limits) -> Read<Value> {
    refuse_lone_return(text)?;
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut reader = Reader {
        parser: Parser::new(text, start, limits.depth_max),
        values: Values { text },
    };
    reader.body(Kind::End).map(Value::Object)
}

struct Reader<'a> {
    parser: Parser<'a>,
    values: Values<'a>,
}

/// What a body holds.
#[derive(Default)]
struct Body {
    members: Map<String, Value>,
    /// Those of them that are attributes.
    attributes: BTreeSet<String>,
}

impl Reader<'_> {
    fn body(&mut self, end: Kind) -> Read<Map<String, Value>> {
        let mut body = Body::default();
        loop {
            let token = self.parser.peek()?;
            match token.kind {
                kind if kind == end => {
                    self.parser.take()?;
                    return Ok(body.members);
                }
                Kind::Newline => {
                    self.parser.take()?;
                }
                Kind::Name => {
                    self.item(&mut body)?;
                    match self.parser.peek()?.kind {
                        Kind::Newline => {
                            self.parser.take()?;
                        }
                        Kind::End => {}
                        _ => return self.parser.unexpected("the end of the line"),
                    }
                }
                _ => return self.parser.unexpected("an attribute or a block"),
            }
        }
    }

    fn item(&mut self, body: &mut Body) -> Read<()> {
        let token = self.parser.take()?;
        let name = self.parser.source(token.start..token.end);
        match self.parser.peek()?.kind {
            Kind::Symbol("=") => self.attribute(body, token.start, name),
            Kind::Quote | Kind::Symbol("{") | Kind::Name => self.block(body, token.start, name),
            _ => self.parser.unexpected("`=`, a label or `{` after the name"),
        }
    }

    fn attribute(&mut self, body: &mut Body, at: usize, name: &str) -> Read<()> {
        self.parser.expect("=")?;
        let expression = self.parser.expression()?;
        if body.members.contains_key(name) {
            return fault(at, format!("`{name}` is there already"));
        }
        let value = self.values.value(&expression)?;
        body.attributes.insert(name.to_owned());
        body.members.insert(name.to_owned(), value);
        Ok(())
    }

    fn block(&mut self, body: &mut Body, at: usize, name: &str) -> Read<()> {
        if body.attributes.contains(name) {
            let what = format!("`{name}` is an attribute already: of the two conftest drops one");
            return fault(at, what);
        }
        let mut path = vec![name.to_owned()];
        while !self.parser.takes("{")? {
            path.push(self.label()?);
        }
        let levels = path.len() + 1;
        self.parser.descend(levels)?;
        let content = self.content()?;
        self.parser.ascend(levels);
        let Some(last) = path.pop() else {
            return Ok(());
        };
        let mut members = &mut body.members;
        for key in path {
            let next = members
                .entry(key)
                .or_insert_with(|| Value::Object(Map::new()));
            let Value::Object(next) = next else {
                return fault(at, format!("`{name}` is a block with fewer labels before"));
            };
            members = next;
        }
        match members
            .entry(last)
            .or_insert_with(|| Value::Array(Vec::new()))
        {
            Value::Array(blocks) => blocks.push(Value::Object(content)),
            _ => return fault(at, format!("`{name}` is a block with more labels before")),
        }
        Ok(())
    }

    fn label(&mut self) -> Read<String> {
        if self.parser.peek()?.kind == Kind::Name {
            let token = self.parser.take()?;
            return Ok(self.parser.source(token.start..token.end).to_owned());
        }
        if self.parser.peek()?.kind != Kind::Quote {
            return self.parser.unexpected("a label or `{`");
        }
        self.parser.take()?;
        let mut label = String::new();
        loop {
            let token = self.parser.take()?;
            match token.kind {
                Kind::QuoteEnd => return Ok(label),
                Kind::Text { quoted } => {
                    let source = self.parser.source(token.start..token.end);
                    label.push_str(&unescaped(source, token.start, quoted)?);
                }
                _ => return fault(token.start, "a label has no interpolation or directive"),
            }
        }
    }

    /// Reads what is in a block: lines, or one attribute on the line of both braces.
    fn content(&mut self) -> Read<Map<String, Value>> {
        match self.parser.peek()?.kind {
            Kind::Newline | Kind::End | Kind::Symbol("}") => self.body(Kind::Symbol("}")),
            _ => {
                let mut body = Body::default();
                let start = self.parser.peek()?.start;
                let name = self.parser.name("an attribute")?;
                let name = self.parser.source(name);
                self.attribute(&mut body, start, name)?;
                self.parser.expect("}")?;
                Ok(body.members)
            }
        }
    }
}

#[cfg(test)]
mod tests;
