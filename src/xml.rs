//! A small view of `quick-xml`: well-formed UTF-8 XML 1.0 as a sequence of steps ([`Xml`]),
//! or as a [`tree`] that is stricter.
//!
//! The only module that names `quick-xml`.
//!
//! INVARIANT: no document type declaration is obeyed, no external one is fetched, and no entity but the five of XML
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
    types: Types,
}

/// What becomes of a document type declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Types {
    /// It is refused.
    Refused,
    /// It is passed over if it declares nothing itself. Once.
    External,
    /// It is passed over.
    Skipped,
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
            types: Types::Refused,
        }
    }

    /// Skips a document type declaration and unknown entities instead of refusing
    /// them: for documents whose text nobody reads.
    #[must_use]
    pub fn lenient(self) -> Self {
        Self {
            is_lenient: true,
            types: Types::Skipped,
            ..self
        }
    }

    /// Passes over a document type declaration before the root that does no more than
    /// name an external definition, which is never fetched.
    #[must_use]
    pub fn with_external_type(self) -> Self {
        Self {
            types: Types::External,
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
                Event::DocType(declaration) => {
                    self.document_type(&declaration)?;
                    None
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

    fn document_type(&mut self, declaration: &str) -> Result<(), XmlError> {
        match self.types {
            Types::Skipped => Ok(()),
            Types::Refused => Err(self.refuse("document type declarations are refused")),
            Types::External if self.has_root || !is_external(declaration) => Err(self.refuse(
                "a document type declaration that is more than the name of an external one \
                 is refused",
            )),
            Types::External => {
                self.types = Types::Refused;
                Ok(())
            }
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

/// Whether what stands between `<!DOCTYPE` and `>` is `name`, `name SYSTEM "uri"` or
/// `name PUBLIC "id" "uri"`, and so has no internal subset.
fn is_external(declaration: &str) -> bool {
    let literal = |text: &str| -> Option<String> {
        let text = text.trim_start();
        let mark = text.chars().next().filter(|mark| "'\"".contains(*mark))?;
        let (_, rest) = text.strip_prefix(mark)?.split_once(mark)?;
        Some(rest.to_owned())
    };
    let declaration = declaration.trim();
    let Some((name, id)) = declaration.split_once(|c: char| c.is_ascii_whitespace()) else {
        return !declaration.is_empty() && !declaration.contains(['[', '"', '\'']);
    };
    let id = id.trim_start();
    let rest = if let Some(uri) = id.strip_prefix("SYSTEM") {
        literal(uri)
    } else if let Some(ids) = id.strip_prefix("PUBLIC") {
        literal(ids).and_then(|uri| literal(&uri))
    } else {
        None
    };
    !name.contains(['[', '"', '\'']) && rest.is_some_and(|rest| rest.trim().is_empty())
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
    fn only_the_name_of_an_external_type_is_passed_over() {
        let read = |text: &str| Xml::new(text, 96).with_external_type().read_to_end();
        for declaration in [
            "a",
            "a SYSTEM 'x.dtd'",
            "a\n SYSTEM \"http://dtd.example/x.dtd\" ",
            "a PUBLIC '-//X//Y' \"x>y[.dtd\"",
        ] {
            let text = format!("<?xml version='1.0'?><!DOCTYPE {declaration}><a/>");
            read(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        }
        for text in [
            "<!DOCTYPE a [<!ENTITY x 'y'>]><a/>",
            "<!DOCTYPE a SYSTEM 'x.dtd' [<!ENTITY x 'y'>]><a/>",
            "<!DOCTYPE a SYSTEM 'x.dtd' []><a/>",
            "<!DOCTYPE a[]><a/>",
            "<!DOCTYPE a SYSTEM><a/>",
            "<!DOCTYPE a PUBLIC 'x'><a/>",
            "<!DOCTYPE a x><a/>",
            "<a/><!DOCTYPE a>",
            "<a><!DOCTYPE a></a>",
        ] {
            let error = read(text).expect_err(text).to_string();
            assert!(error.contains("more than the name"), "{text}: {error}");
        }
        let twice = read("<!DOCTYPE a><!DOCTYPE a><a/>").unwrap_err();
        assert!(twice.to_string().contains("are refused"), "{twice}");
        // No definition is known, so neither is what it would declare.
        let entity = read("<!DOCTYPE a SYSTEM 'x.dtd'><a>&x;</a>").unwrap_err();
        assert!(entity.to_string().contains("entity `x`"), "{entity}");
        let attribute = read("<!DOCTYPE a SYSTEM 'x.dtd'><a b='&x;'/>");
        assert!(attribute.is_err());
    }

    #[test]
    fn a_lenient_reader_skips_what_nobody_reads() {
        let mut xml = Xml::new("<!DOCTYPE a SYSTEM 'x.dtd'><a b='&x;'>&y;</a>", 96).lenient();
        assert_eq!(xml.root().unwrap(), "a");
        xml.read_to_end().unwrap();
    }
}
