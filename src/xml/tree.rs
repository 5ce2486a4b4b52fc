//! A document as a tree, strictly: well-formed text is read, anything else is an error.
//!
//! `quick-xml` passes over some of what is not well-formed (names, `<` in values, `]]>`,
//! the declaration); what is refused here beyond it is in [`super::chars`] and below.

use std::collections::BTreeSet;

use quick_xml::Reader;
use quick_xml::events::attributes::Attributes;
use quick_xml::events::{BytesStart, Event};

use super::chars::{
    attribute_value, is_space, refuse_foreign, resolve, split_name, with_plain_breaks,
};
use super::{ATTRIBUTES_MAX, XmlError, position};

/// Most elements and stretches of text in one document.
const CHILDREN_MAX: usize = 2_000_000;

/// An element.
#[derive(Debug)]
pub struct Node {
    /// Its namespace prefix, empty where there is none.
    pub prefix: String,
    /// Its name without the prefix.
    pub name: String,
    /// Its attributes, as they are written.
    pub attributes: Vec<Attribute>,
    /// What is in it.
    pub children: Vec<Child>,
    /// The byte at which it begins, for [`XmlError::at`].
    pub at: usize,
}

/// An attribute, or the declaration of a namespace.
#[derive(Debug)]
pub struct Attribute {
    /// Its namespace prefix, empty where there is none.
    pub prefix: String,
    /// Its name without the prefix.
    pub name: String,
    /// Its value, with references resolved; white space is as written.
    pub value: String,
}

/// What is in an element. Comments and processing instructions are left out, but part
/// the text around them, as the beginning and the end of CDATA does.
#[derive(Debug)]
pub enum Child {
    /// A stretch of text, with references resolved and line breaks as `\n`.
    Text(String),
    /// An element.
    Element(Node),
}

/// Reads `text`, which may nest `depth_max` elements.
///
/// # Errors
/// Text that is not one well-formed document in UTF-8, document type declarations, and
/// entities but the five of XML.
pub fn parse(text: &str, depth_max: usize) -> Result<Node, XmlError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    refuse_foreign(text).map_err(|(at, what)| XmlError::at(text, at, what))?;
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_comments = true;
    let mut builder = Builder {
        depth_max,
        ..Builder::default()
    };
    loop {
        let at = position(reader.buffer_position());
        let event = reader.read_event().map_err(|error| {
            let at = position(reader.error_position());
            XmlError::at(text, at, error.to_string())
        })?;
        let refuse = |what| XmlError::at(text, at, what);
        if matches!(event, Event::Eof) {
            return builder.end().map_err(refuse);
        }
        builder.event(event, at).map_err(refuse)?;
    }
}

#[derive(Default)]
struct Builder {
    depth_max: usize,
    open: Vec<Node>,
    root: Option<Node>,
    /// Whether the next text goes on where the last one ended.
    goes_on: bool,
    children: usize,
}

impl Builder {
    fn event(&mut self, event: Event<'_>, at: usize) -> Result<(), String> {
        match event {
            Event::Text(text) => {
                let text = text.into_inner();
                if text.contains("]]>") {
                    return Err("`]]>` in text: write `]]&gt;`".to_owned());
                }
                if self.open.is_empty() && is_space(&text) {
                    return Ok(());
                }
                self.text(&with_plain_breaks(&text), self.goes_on)?;
                self.goes_on = true;
                return Ok(());
            }
            Event::GeneralRef(reference) => {
                let character = resolve(&reference)?;
                self.text(character.encode_utf8(&mut [0; 4]), self.goes_on)?;
                self.goes_on = true;
                return Ok(());
            }
            Event::CData(text) => self.text(&with_plain_breaks(&text.into_inner()), false)?,
            Event::Start(start) => self.start(&start, at)?,
            Event::Empty(start) => {
                self.start(&start, at)?;
                self.close()?;
            }
            Event::End(_) => self.close()?,
            Event::Decl(declaration) if at == 0 => refuse_declaration(&declaration)?,
            Event::Decl(_) => {
                return Err("the XML declaration stands at the very beginning".to_owned());
            }
            Event::PI(instruction) => refuse_target(&instruction)?,
            Event::DocType(_) => return Err("document type declarations are refused".to_owned()),
            Event::Comment(_) | Event::Eof => {}
        }
        self.goes_on = false;
        Ok(())
    }

    fn start(&mut self, start: &BytesStart<'_>, at: usize) -> Result<(), String> {
        if self.root.is_some() {
            return Err("a second root element".to_owned());
        }
        if self.open.len() >= self.depth_max {
            return Err(format!("nests deeper than {} levels", self.depth_max));
        }
        let (prefix, name) = split_name(start.name().as_ref()).map(owned)?;
        self.open.push(Node {
            prefix,
            name,
            attributes: attributes(start)?,
            children: Vec::new(),
            at,
        });
        Ok(())
    }

    fn close(&mut self) -> Result<(), String> {
        let node = self.open.pop().ok_or("an end without a beginning")?;
        if self.open.is_empty() {
            self.root = Some(node);
            return Ok(());
        }
        self.push(Child::Element(node))
    }

    fn text(&mut self, text: &str, goes_on: bool) -> Result<(), String> {
        let last = self.open.last_mut();
        let last = last.and_then(|node| node.children.last_mut());
        match last {
            Some(Child::Text(before)) if goes_on => {
                before.push_str(text);
                Ok(())
            }
            _ => self.push(Child::Text(text.to_owned())),
        }
    }

    fn push(&mut self, child: Child) -> Result<(), String> {
        self.children += 1;
        if self.children > CHILDREN_MAX {
            return Err(format!("holds more than {CHILDREN_MAX} elements and texts"));
        }
        let node = self
            .open
            .last_mut()
            .ok_or("text outside the root element")?;
        node.children.push(child);
        Ok(())
    }

    fn end(self) -> Result<Node, String> {
        if let Some(open) = self.open.last() {
            return Err(format!("ends within `{}`", open.name));
        }
        self.root.ok_or_else(|| "has no root element".to_owned())
    }
}

fn owned((prefix, name): (&str, &str)) -> (String, String) {
    (prefix.to_owned(), name.to_owned())
}

fn attributes(start: &BytesStart<'_>) -> Result<Vec<Attribute>, String> {
    let mut attributes = Vec::new();
    let mut known = BTreeSet::new();
    // Its own search for duplicates takes quadratic time.
    for attribute in start.attributes().with_checks(false) {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let key: &str = attribute.key.as_ref();
        let (prefix, name) = split_name(key).map(owned)?;
        if !known.insert(key.to_owned()) {
            return Err(format!("duplicate attribute `{key}`"));
        }
        if known.len() > ATTRIBUTES_MAX {
            return Err(format!("more than {ATTRIBUTES_MAX} attributes"));
        }
        let value = attribute_value(&attribute.value)?;
        attributes.push(Attribute {
            prefix,
            name,
            value,
        });
    }
    Ok(attributes)
}

/// Refuses a declaration other than `xml version="1.0" encoding="UTF-8"
/// standalone="yes"`, of which the last two may be missing.
fn refuse_declaration(declaration: &str) -> Result<(), String> {
    let mut order = ["version", "encoding", "standalone"].into_iter();
    for part in Attributes::new(declaration, 3) {
        let part = part.map_err(|error| error.to_string())?;
        let key: &str = part.key.as_ref();
        if !order.any(|next| next == key) {
            return Err(format!("`{key}` in the XML declaration"));
        }
        let value = part.value.as_ref();
        match key {
            "version" if value != "1.0" => return Err(format!("XML {value}: only 1.0 is read")),
            "encoding" if !value.eq_ignore_ascii_case("utf-8") => {
                return Err(format!("encoding `{value}`: only UTF-8 is read"));
            }
            "standalone" if !matches!(value, "yes" | "no") => {
                return Err(format!("`standalone` is `yes` or `no`, not `{value}`"));
            }
            _ => {}
        }
    }
    if order.len() == 3 {
        return Err("an XML declaration without `version`".to_owned());
    }
    Ok(())
}

fn refuse_target(instruction: &str) -> Result<(), String> {
    let is_end = |character: char| matches!(character, ' ' | '\t' | '\r' | '\n');
    let target = instruction.split(is_end).next().unwrap_or_default();
    if target.eq_ignore_ascii_case("xml") {
        return Err("the XML declaration stands at the very beginning".to_owned());
    }
    split_name(target).map(|_| ())
}
