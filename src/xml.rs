//! A small view of `quick-xml`: well-formed UTF-8 XML 1.0 as a sequence of steps ([`Xml`]),
//! or as a [`tree`] that is stricter.
//!
//! The only module that names `quick-xml`.
//!
//! INVARIANT: no document type declaration is obeyed and no entity but the five of XML
//! and character references is resolved, so the text read is never longer than the
//! text received. What `quick-xml` leaves to its caller (one root, nothing behind it,
//! every element closed, bounded depth) is enforced here.

use std::borrow::Cow;
use std::collections::BTreeMap;

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use thiserror::Error;

pub mod tree;

mod chars;

/// Most attributes of one element.
const ATTRIBUTES_MAX: usize = 256;

/// Text that is not XML, or XML that is refused.
#[derive(Debug, Error)]
#[error("line {line}, column {column}: {what}")]
pub struct XmlError {
    /// 1-based line.
    pub line: usize,
    /// 1-based column, in bytes.
    pub column: usize,
    /// What is wrong.
    pub what: String,
}

impl XmlError {
    /// An error at the byte `at` of `text`.
    pub fn at(text: &str, at: usize, what: impl Into<String>) -> Self {
        let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
        let line = before.split(|byte| *byte == b'\n').count();
        let column = before
            .iter()
            .rev()
            .take_while(|byte| **byte != b'\n')
            .count()
            + 1;
        let what = what.into();
        Self { line, column, what }
    }
}

/// One step through a document.
#[derive(Debug)]
pub enum Step<'a> {
    /// An element begins.
    Open(Element),
    /// A stretch of text inside an element; there may be several in a row.
    Text(Cow<'a, str>),
    /// The innermost open element ends.
    Close,
}

/// The start of an element.
#[derive(Debug, Default)]
pub struct Element {
    /// Its name, without a namespace prefix.
    pub name: String,
    attributes: BTreeMap<String, String>,
}

/// A document, read step by step.
pub struct Xml<'a> {
    text: &'a str,
    reader: Reader<&'a [u8]>,
    depth: usize,
    depth_max: usize,
    has_root: bool,
    is_lenient: bool,
}

impl Element {
    /// Returns the value of the attribute `name`.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }
}

impl<'a> Xml<'a> {
    /// Starts reading `text`, which may nest `depth_max` elements.
    pub fn new(text: &'a str, depth_max: usize) -> Self {
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.check_comments = true;
        Self {
            text,
            reader,
            depth: 0,
            depth_max,
            has_root: false,
            is_lenient: false,
        }
    }

    /// Skips a document type declaration and unknown entities instead of refusing
    /// them: for documents whose text nobody reads.
    #[must_use]
    pub fn lenient(self) -> Self {
        Self {
            is_lenient: true,
            ..self
        }
    }

    /// Returns the name of the root element.
    ///
    /// # Errors
    /// As [`step`](Self::step), and a document without one.
    pub fn root(&mut self) -> Result<String, XmlError> {
        match self.step()? {
            Some(Step::Open(element)) => Ok(element.name),
            _ => Err(self.refuse("has no root element")),
        }
    }

    /// Reads what is left, for its errors.
    ///
    /// # Errors
    /// As [`step`](Self::step).
    pub fn read_to_end(&mut self) -> Result<(), XmlError> {
        while self.step()?.is_some() {}
        Ok(())
    }

    /// Returns the next step, or `None` behind the root element.
    ///
    /// # Errors
    /// Text that is not one well-formed document, and what the module refuses.
    pub fn step(&mut self) -> Result<Option<Step<'a>>, XmlError> {
        loop {
            let event = self.reader.read_event().map_err(|error| {
                let at = position(self.reader.error_position());
                XmlError::at(self.text, at, error.to_string())
            })?;
            let step = match event {
                Event::Start(start) => Some(self.open(&start)?),
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    Some(Step::Close)
                }
                Event::Text(text) => self.text(text.into_inner())?,
                Event::CData(text) => {
                    if self.depth == 0 {
                        return Err(self.refuse("text outside the root element"));
                    }
                    Some(Step::Text(text.into_inner()))
                }
                Event::GeneralRef(reference) => self.reference(&reference)?,
                Event::Decl(declaration) => {
                    let encoding = declaration.encoding().and_then(Result::ok);
                    self.refuse_encoding(encoding.as_deref())?;
                    None
                }
                Event::DocType(_) if self.is_lenient => None,
                Event::DocType(_) => {
                    return Err(self.refuse("document type declarations are refused"));
                }
                Event::Eof => return self.end(),
                Event::Empty(_) | Event::Comment(_) | Event::PI(_) => None,
            };
            if step.is_some() {
                return Ok(step);
            }
        }
    }

    fn open(&mut self, start: &BytesStart<'_>) -> Result<Step<'a>, XmlError> {
        if self.depth == 0 && self.has_root {
            return Err(self.refuse("a second root element"));
        }
        self.has_root = true;
        self.depth += 1;
        if self.depth > self.depth_max {
            let depth_max = self.depth_max;
            return Err(self.refuse(format!("nests deeper than {depth_max} levels")));
        }
        let mut element = Element {
            name: start.local_name().as_ref().to_owned(),
            attributes: BTreeMap::new(),
        };
        // Its own search for duplicates takes quadratic time; the map's does not.
        for attribute in start.attributes().with_checks(false) {
            let attribute = attribute.map_err(|error| self.refuse(error.to_string()))?;
            let value = match attribute.normalized_value(XmlVersion::Implicit1_0) {
                Ok(value) => value.into_owned(),
                Err(_) if self.is_lenient => String::new(),
                Err(error) => return Err(self.refuse(error.to_string())),
            };
            let key = attribute.key.as_ref().to_owned();
            if element.attributes.contains_key(&key) {
                return Err(self.refuse(format!("duplicate attribute `{key}`")));
            }
            element.attributes.insert(key, value);
            if element.attributes.len() > ATTRIBUTES_MAX {
                return Err(self.refuse(format!("more than {ATTRIBUTES_MAX} attributes")));
            }
        }
        Ok(Step::Open(element))
    }

    fn text(&self, text: Cow<'a, str>) -> Result<Option<Step<'a>>, XmlError> {
        if self.depth > 0 {
            return Ok(Some(Step::Text(text)));
        }
        if text.trim().is_empty() {
            Ok(None)
        } else {
            Err(self.refuse("text outside the root element"))
        }
    }

    fn reference(&self, reference: &BytesRef<'_>) -> Result<Option<Step<'a>>, XmlError> {
        if self.depth == 0 {
            return Err(self.refuse("text outside the root element"));
        }
        let character = reference
            .resolve_char_ref()
            .map_err(|error| self.refuse(error.to_string()))?;
        if let Some(character) = character {
            return Ok(Some(Step::Text(character.to_string().into())));
        }
        let name: &str = reference;
        match quick_xml::escape::resolve_xml_entity(name) {
            Some(text) => Ok(Some(Step::Text(text.into()))),
            None if self.is_lenient => Ok(None),
            None => Err(self.refuse(format!("entity `{name}` is not one of XML's own"))),
        }
    }

    fn refuse_encoding(&self, encoding: Option<&str>) -> Result<(), XmlError> {
        match encoding.map(str::to_ascii_lowercase).as_deref() {
            None | Some("utf-8" | "utf8" | "us-ascii" | "ascii") => Ok(()),
            Some(other) => Err(self.refuse(format!("encoding `{other}`: only UTF-8 is read"))),
        }
    }

    fn end(&self) -> Result<Option<Step<'a>>, XmlError> {
        if self.depth > 0 {
            return Err(self.refuse(format!("ends with {} open elements", self.depth)));
        }
        if !self.has_root {
            return Err(self.refuse("has no root element"));
        }
        Ok(None)
    }

    /// An error where the reader stands.
    pub fn refuse(&self, what: impl Into<String>) -> XmlError {
        let at = position(self.reader.buffer_position());
        XmlError::at(self.text, at, what)
    }
}

/// The reader's positions are 64-bit everywhere.
fn position(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        Xml::new(text, 96)
            .read_to_end()
            .expect_err(text)
            .to_string()
    }

    #[test]
    fn reads_text_references_and_cdata() {
        let mut xml = Xml::new(
            "<?xml version=\"1.0\"?>\n<a b='1 &lt; 2'>x&amp;&#65;<![CDATA[<y>]]></a>\n",
            96,
        );
        let mut text = String::new();
        while let Some(step) = xml.step().unwrap() {
            match step {
                Step::Open(element) => assert_eq!(element.attribute("b"), Some("1 < 2")),
                Step::Text(part) => text.push_str(&part),
                Step::Close => {}
            }
        }
        assert_eq!(text, "x&A<y>");
    }

    #[test]
    fn refuses_what_is_not_one_well_formed_document() {
        for (text, what) in [
            ("<a>", "ends with 1 open elements"),
            ("<a></b>", "line 1, column 4"),
            ("<a/><b/>", "second root"),
            ("<a/>x", "outside the root"),
            ("x<a/>", "outside the root"),
            ("", "no root element"),
            ("<!-- only -->", "no root element"),
            ("<a b='1' b='2'/>", "duplicate attribute `b`"),
            ("<a b=1/>", "line 1"),
            ("<a>&nbsp;</a>", "entity `nbsp`"),
            ("<a b='&x;'/>", "line 1"),
            ("<a>&#0;</a>", "line 1"),
            ("<a>& b</a>", "line 1"),
            (
                "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
                "document type",
            ),
            (
                "<?xml version='1.0' encoding='ISO-8859-1'?><a/>",
                "encoding `iso-8859-1`",
            ),
            ("<a>\n\n</b>", "line 3"),
        ] {
            let error = refused(text);
            assert!(error.contains(what), "{text}: {error}");
        }
        assert!(refused(&"<a>".repeat(100_000)).contains("deeper than 96"));
        let attributes: Vec<_> = (0..300).map(|n| format!("a{n}='x'")).collect();
        let attributes = attributes.join(" ");
        assert!(refused(&format!("<a {attributes}/>")).contains("256 attributes"));
    }

    #[test]
    fn a_lenient_reader_skips_what_nobody_reads() {
        let mut xml = Xml::new("<!DOCTYPE a SYSTEM 'x.dtd'><a b='&x;'>&y;</a>", 96).lenient();
        assert_eq!(xml.root().unwrap(), "a");
        xml.read_to_end().unwrap();
    }
}
