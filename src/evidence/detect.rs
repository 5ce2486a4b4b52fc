//! What bytes are, told from the bytes alone.
//!
//! The first byte that is not white space says JSON or XML; a `schema` or the
//! structure says which kind. Other text is told by its first lines, before it is
//! taken for YAML. Bytes that look like JSON or XML and cannot be parsed are an error
//! and never a blob: a truncated report must not pass for "some file".

use crate::json::{self, JsonError, Limits, Value, bulk};
use crate::xml::Xml;

use super::kinds::reader::{Form, Reader, START_SIZE_MAX};
use super::kinds::{Fault, KindError, READERS};
use super::{DEPTH_MAX, Kind};

/// Limits of one item's document.
pub(super) const LIMITS: Limits = Limits {
    size_max: Limits::EVIDENCE.size_max,
    depth_max: DEPTH_MAX,
};

/// Limits of one whose long lists are read element by element: as large as an item may be.
pub(super) const BULK_LIMITS: Limits = Limits {
    size_max: 128 << 20,
    depth_max: DEPTH_MAX,
};

/// The payload type of a declaration's envelope.
pub const DECLARATION_TYPE: &str = "application/vnd.assize.declaration+json";

/// Bytes, parsed as far as their form can be told.
#[derive(Debug)]
pub(super) enum Content<'a> {
    /// Nothing but white space.
    Empty,
    /// A JSON object or array.
    Json(Value),
    /// JSON with its long lists left out, and its text.
    Bulk(Value, &'a [u8]),
    /// A JSON document on each of several lines, told by the first.
    Lines(Vec<Value>),
    /// A YAML mapping or sequence.
    Yaml(Value),
    /// Well-formed text between angle brackets, not read yet.
    Xml(&'a str),
    /// Text of a kind that is told by its first lines.
    Text(&'a str, Kind),
    /// Anything else.
    Bytes,
}

/// Tells the form and the kind of `bytes`.
///
/// # Errors
/// Bytes that look like JSON, YAML or XML but are not, with the kind they look like.
pub(super) fn detect(bytes: &[u8]) -> Result<(Content<'_>, Kind), Fault> {
    let content = content(bytes)?;
    let kind = match &content {
        Content::Empty | Content::Bytes => Kind::Blob,
        Content::Json(value) | Content::Bulk(value, _) => {
            kind_of(value, false)?.unwrap_or(Kind::Json)
        }
        Content::Yaml(value) => kind_of(value, true)?.unwrap_or(Kind::Yaml),
        Content::Lines(values) => match values.first() {
            Some(first) => kind_of(first, false)?.unwrap_or(Kind::Json),
            None => Kind::Blob,
        },
        Content::Xml(text) => kind_of_xml(text)?,
        Content::Text(_, kind) => *kind,
    };
    Ok((content, kind))
}

/// The bytes behind a UTF-8 byte order mark, where there is one.
pub(super) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

fn content(bytes: &[u8]) -> Result<Content<'_>, Fault> {
    let text = without_mark(bytes);
    let Some(first) = text
        .iter()
        .copied()
        .find(|byte| !byte.is_ascii_whitespace())
    else {
        return Ok(Content::Empty);
    };
    if let Some(kind) = looks_utf16(bytes) {
        return Err(Fault::new(kind, KindError::Utf16));
    }
    match first {
        b'{' | b'[' => match document(text) {
            Ok(content) => Ok(content),
            Err(error) => lines(text).unwrap_or_else(|| Err(Fault::new(Kind::Json, error.into()))),
        },
        b'<' if looks_xml(text) => match std::str::from_utf8(text) {
            Ok(text) => Ok(Content::Xml(text)),
            Err(error) => Err(Fault::new(
                Kind::JunitXml,
                KindError::Encoding {
                    offset: error.valid_up_to(),
                },
            )),
        },
        _ => other(text),
    }
}

/// The content of a JSON document.
fn document(text: &[u8]) -> Result<Content<'_>, JsonError> {
    let bulky = READERS.iter().map(|reader| reader.form);
    let paths: Vec<bulk::Path> = bulky.flat_map(Form::paths).copied().collect();
    let mut is_whole = true;
    let value = bulk::parse::<JsonError>(text, BULK_LIMITS, &paths, &mut |_| {
        is_whole = false;
        Ok(())
    })?;
    let forms = READERS.iter().map(|reader| reader.form);
    let mut bulky = forms.filter(|form| matches!(form, Form::Bulk { .. }));
    if bulky.any(|form| form.tells(&value, false)) {
        return Ok(Content::Bulk(value, text));
    }
    if !is_whole || text.len() > LIMITS.size_max {
        return json::parse(text, LIMITS).map(Content::Json);
    }
    Ok(Content::Json(value))
}

/// The content of a text that is not one JSON document, if it is told by the one on
/// its first line.
fn lines(text: &[u8]) -> Option<Result<Content<'_>, Fault>> {
    let first = json::lines::first(text, LIMITS)?;
    let kind = one_of(|form| form.tells_lines(&first)).transpose()?;
    Some(kind.and_then(|kind| {
        json::lines::parse(text, LIMITS)
            .map(Content::Lines)
            .map_err(|error| Fault::new(kind, error.into()))
    }))
}

/// The content of bytes that are neither JSON nor XML.
fn other(text: &[u8]) -> Result<Content<'_>, Fault> {
    let start = text.get(..START_SIZE_MAX).unwrap_or(text);
    let start = start.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    if let Some(kind) = one_of(|form| form.tells_text(start))? {
        return match std::str::from_utf8(text) {
            Ok(text) => Ok(Content::Text(text, kind)),
            Err(error) => Err(Fault::new(
                kind,
                KindError::Encoding {
                    offset: error.valid_up_to(),
                },
            )),
        };
    }
    if !looks_yaml(text) {
        return Ok(Content::Bytes);
    }
    match json::yaml::parse(text, LIMITS) {
        Ok(value @ (Value::Object(_) | Value::Array(_))) => Ok(Content::Yaml(value)),
        Ok(_) => Ok(Content::Bytes),
        Err(error) => Err(Fault::new(Kind::Yaml, error.into())),
    }
}

/// The kind of a document.
fn kind_of(value: &Value, is_yaml: bool) -> Result<Option<Kind>, Fault> {
    one_of(|form| form.tells(value, is_yaml))
}

/// The kind whose form `tells`; content must not pass for two.
fn one_of(tells: impl Fn(Form) -> bool) -> Result<Option<Kind>, Fault> {
    let told = |reader: &&Reader| tells(reader.form);
    let mut kinds = READERS.iter().filter(told).map(|reader| reader.kind);
    match (kinds.next(), kinds.next()) {
        (Some(kind), Some(other)) => Err(Fault::new(kind, KindError::Ambiguous { kind, other })),
        (kind, _) => Ok(kind),
    }
}

/// Reports are told by their root element. Other XML has no facts, but must be whole.
fn kind_of_xml(text: &str) -> Result<Kind, Fault> {
    let mut xml = Xml::new(text, DEPTH_MAX).lenient();
    let root = match xml.root() {
        Ok(root) => root,
        Err(error) => return Err(Fault::new(Kind::JunitXml, error.into())),
    };
    let mut readers = READERS.iter();
    match readers.find(|reader| reader.form.tells_root(&root)) {
        Some(reader) => Ok(reader.kind),
        None => match xml.read_to_end() {
            Ok(()) => Ok(Kind::Blob),
            Err(error) => Err(Fault::new(Kind::Blob, error.into())),
        },
    }
}

fn looks_utf16(bytes: &[u8]) -> Option<Kind> {
    let ([0xff, 0xfe, low, 0, ..] | [0xfe, 0xff, 0, low, ..] | [low, 0, ..] | [0, low, ..]) = bytes
    else {
        return None;
    };
    match low {
        b'{' | b'[' => Some(Kind::Json),
        b'<' => Some(Kind::JunitXml),
        _ => None,
    }
}

/// HTML is not XML: it is a blob, as a picture is.
fn looks_xml(text: &[u8]) -> bool {
    let start: Vec<u8> = text
        .trim_ascii_start()
        .iter()
        .take(14)
        .map(u8::to_ascii_lowercase)
        .collect();
    let is_html = start.starts_with(b"<!doctype html") || start.starts_with(b"<html");
    let is_markup = matches!(
        start.get(1),
        Some(b'?' | b'!' | b'_' | b':' | b'a'..=b'z' | 0x80..)
    );
    is_markup && !is_html
}

/// Whether the first line that is neither blank nor a comment opens a YAML document,
/// an entry of a sequence or an entry of a mapping.
fn looks_yaml(text: &[u8]) -> bool {
    let first = text
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .find(|line| !line.is_empty() && !line.starts_with(b"#"));
    let Some(Ok(line)) = first.map(std::str::from_utf8) else {
        return false;
    };
    if line == "---"
        || line == "-"
        || ["--- ", "%YAML", "- ", "? "]
            .iter()
            .any(|s| line.starts_with(s))
    {
        return true;
    }
    let key = match line.split_once(": ") {
        Some((key, _)) => key,
        None => match line.strip_suffix(':') {
            Some(key) => key,
            None => return false,
        },
    };
    let quoted = |mark| key.len() > 1 && key.starts_with(mark) && key.ends_with(mark);
    let plain = |c: char| c.is_alphanumeric() || "_-./@$".contains(c);
    quoted('"') || quoted('\'') || (!key.is_empty() && key.chars().all(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(bytes: &[u8]) -> Kind {
        detect(bytes).unwrap().1
    }

    fn fault(bytes: &[u8]) -> (Kind, String) {
        let fault = detect(bytes).expect_err(&String::from_utf8_lossy(bytes));
        (fault.kind, fault.error.to_string())
    }

    #[test]
    fn tells_kinds_by_structure() {
        for (text, expected) in [
            ("{}", Kind::Json),
            (" \n\t[1]", Kind::Json),
            ("\u{feff}{\"a\": 1}", Kind::Json),
            ("a: 1\n", Kind::Yaml),
            ("# comment\n\n---\nx:\n", Kind::Yaml),
            ("- a\n- b\n", Kind::Yaml),
            ("'quoted key': 1\n", Kind::Yaml),
            (
                r#"{"schema": "assize/change-record/v9"}"#,
                Kind::ChangeRecord,
            ),
            ("schema: assize/change-record/v1\n", Kind::ChangeRecord),
            ("schema: assize/waivers/v1\nwaivers: []\n", Kind::Waivers),
            (r#"{"schema": "assize/other/v1"}"#, Kind::Json),
            (
                r#"{"@context": "https://openvex.dev/ns/v0.2.0"}"#,
                Kind::Openvex,
            ),
            (r#"{"version": "2.1.0", "runs": []}"#, Kind::Sarif),
            (r#"{"version": "3.1.0", "runs": []}"#, Kind::Json),
            (
                r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#,
                Kind::PrometheusMatrix,
            ),
            (
                r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#,
                Kind::PrometheusVector,
            ),
            (
                r#"{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}"#,
                Kind::Json,
            ),
            (
                r#"{"status":"error","errorType":"bad_data","error":"x"}"#,
                Kind::PrometheusMatrix,
            ),
            (r#"{"status":"error"}"#, Kind::Json),
            ("<testsuites/>", Kind::JunitXml),
            (
                "<?xml version='1.0'?>\n<!-- c --><testsuite/>",
                Kind::JunitXml,
            ),
            ("<!DOCTYPE html><p>unclosed", Kind::Blob),
            ("< 5 ms", Kind::Blob),
            ("plain words", Kind::Blob),
            ("Some sentence: with a colon", Kind::Blob),
            ("\"a string\"", Kind::Blob),
            ("42", Kind::Blob),
            ("", Kind::Blob),
            ("\u{feff} \n", Kind::Blob),
        ] {
            assert_eq!(kind(text.as_bytes()), expected, "{text}");
        }
        for (root, expected) in [("coverage", Kind::Cobertura), ("report", Kind::Blob)] {
            let text = format!("<?xml version='1.0'?><!DOCTYPE {root} SYSTEM 'x.dtd'><{root}/>");
            assert_eq!(kind(text.as_bytes()), expected, "{root}");
        }
        assert_eq!(kind(b"\x7fELF\x02\x01\xff"), Kind::Blob);
        assert_eq!(kind(b"\xff\xd8\xff\xe0JFIF"), Kind::Blob);
    }

    #[test]
    fn tells_envelopes_by_what_is_in_them() {
        for (text, expected) in [
            (
                r#"{"payloadType":"application/vnd.assize.declaration+json","payload":"","signatures":[]}"#,
                Kind::Declaration,
            ),
            (
                r#"{"payloadType":"application/vnd.in-toto+json","payload":"","signatures":[]}"#,
                Kind::InToto,
            ),
            (
                r#"{"mediaType":"application/vnd.dev.sigstore.bundle.v9+json","dsseEnvelope":{"payloadType":"application/vnd.in-toto+json","payload":"","signatures":[]}}"#,
                Kind::InToto,
            ),
            (
                r#"{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","messageSignature":{}}"#,
                Kind::Json,
            ),
            (
                r#"{"payloadType":"text/plain","payload":"","signatures":[]}"#,
                Kind::Json,
            ),
            (
                r#"{"_type":"https://in-toto.io/Statement/v1","subject":[]}"#,
                Kind::Json,
            ),
        ] {
            assert_eq!(kind(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn broken_documents_are_never_blobs_in_disguise() {
        for (text, expected, what) in [
            ("{\"a\": 1", Kind::Json, "line 1, column 7"),
            ("{\"a\": 1}\n{\"a\": 2}", Kind::Json, "line 2, column 1"),
            ("[section]\nkey = 1", Kind::Json, "line 1"),
            ("{\"a\":1,\"a\":1}", Kind::Json, "duplicate key `a`"),
            ("a: 1\na: 2\n", Kind::Yaml, "line 2"),
            ("a: 1\n---\nb: 1\n", Kind::Yaml, "multiple"),
            ("<?xml version='1.0'?>", Kind::JunitXml, "no root element"),
            ("<report><a></report>", Kind::Blob, "line 1"),
        ] {
            let (kind, message) = fault(text.as_bytes());
            assert_eq!(kind, expected, "{text}");
            assert!(message.contains(what), "{text}: {message}");
        }
        let two = br#"{"schema": "assize/waivers/v1", "version": "2.1.0", "runs": []}"#;
        assert!(fault(two).1.contains("both `sarif` and `waivers`"));
        assert!(fault(b"{\"a\": \"\xff\"}").1.contains("UTF-8 at byte 7"));
        assert!(fault(b"<a>\xff</a>").1.contains("UTF-8 at byte 3"));
        assert!(fault(b"\xff\xfe{\0}\0").1.contains("UTF-16"));
        assert!(fault(b"\xfe\xff\0<\0a").1.contains("UTF-16"));
        assert!(fault(b"<\0a\0>\0").1.contains("UTF-16"));
    }
}
