//! INI: sections of keys and values.
//!
//! There is no specification. This is what go-ini
//! (<https://ini.unknwon.io/docs>, version 1.67 as set up by default) reads, in conftest's
//! shape: an object of sections, each an object of keys. A section `a.b` is a key with a dot
//! in it, and inherits nothing. `%(name)s` stays as it is. Numbers and booleans are told
//! from the text by [`scalar`](super::scalar), quotes or no quotes.
//!
//! Keys before any section are read and left out, as conftest does: nothing names them.
//!
//! Refused, beside what go-ini cannot read: what it drops (a key given twice, keys of
//! `[DEFAULT]`, text behind a section or behind quotes, a `\` that continues nothing), and
//! what it reads in its own way (`#` and `;` that may be text, a `\` at the end of a path,
//! lines that are a continuation to Python's reader).

use std::collections::{BTreeMap, BTreeSet};

use crate::json::{Limits, Map, Value};

use super::FormatError;
use super::lines::{Line, Lines, before_comment, shown};
use super::scalar::typed;

/// What begins a comment.
const MARKS: [char; 2] = ['#', ';'];
/// What parts a key from its value.
const DELIMITERS: [char; 2] = ['=', ':'];
/// The section that conftest leaves out.
const DEFAULT: &str = "DEFAULT";

/// Reads `bytes` as one INI file.
pub(super) fn parse(bytes: &[u8], limits: Limits) -> Result<Value, FormatError> {
    let mut lines = Lines::of(bytes, limits)?;
    let mut file = File::default();
    while let Some(line) = lines.next() {
        let text = line.text.trim();
        if text.is_empty() || text.starts_with(MARKS) {
            continue;
        }
        file.refuse_continuation(line)?;
        if text.starts_with('[') {
            file.open(line.number, text)?;
        } else {
            file.key_indent = Some(line.indent());
            let (key, rest) = key(line)?;
            let value = value(line, rest, &mut lines)?;
            file.set(line.number, key, &value)?;
        }
    }
    Ok(file.finish())
}

#[derive(Debug, Default)]
struct File {
    sections: BTreeMap<String, Map<String, Value>>,
    /// The section that keys go to; `None` before the first.
    section: Option<String>,
    /// Keys before the first section.
    unnamed: BTreeSet<String>,
    /// How far the key before is indented, in this section.
    key_indent: Option<usize>,
}

impl File {
    /// To Python's reader, what is indented deeper than the key before it is that key's value.
    fn refuse_continuation(&self, line: Line<'_>) -> Result<(), FormatError> {
        match self.key_indent {
            Some(indent) if line.indent() > indent => Err(FormatError::at(
                line.number,
                "is indented under the key before it, so to some readers it goes on with its \
                 value: indent both the same",
            )),
            _ => Ok(()),
        }
    }

    fn open(&mut self, number: usize, text: &str) -> Result<(), FormatError> {
        let at = |what: &str| Err(FormatError::at(number, what));
        let inner = text.strip_prefix('[').unwrap_or(text);
        let Some((name, behind)) = inner.split_once(']') else {
            return at("a section without `]`");
        };
        if behind.contains(']') {
            return at(
                "a section with a second `]` behind it, up to which conftest takes the name",
            );
        }
        let behind = behind.trim_start();
        if !behind.is_empty() && !behind.starts_with(MARKS) {
            return at("text behind the section, which conftest drops");
        }
        if name.is_empty() {
            return at("a section without a name");
        }
        if name.trim() != name {
            return at("a section's name with white space around it");
        }
        self.sections.entry(name.to_owned()).or_default();
        self.section = Some(name.to_owned());
        self.key_indent = None;
        Ok(())
    }

    fn set(&mut self, number: usize, key: &str, text: &str) -> Result<(), FormatError> {
        let twice = || {
            let key = shown(key);
            FormatError::at(number, format!("duplicate key `{key}`"))
        };
        let Some(section) = &self.section else {
            let new = self.unnamed.insert(key.to_owned());
            return if new { Ok(()) } else { Err(twice()) };
        };
        if section == DEFAULT {
            let what = "conftest leaves out the section `DEFAULT`: give it another name";
            return Err(FormatError::at(number, what));
        }
        let keys = self.sections.entry(section.clone()).or_default();
        if keys.contains_key(key) {
            return Err(twice());
        }
        let value = typed(text).map_err(|what| FormatError::at(number, what))?;
        keys.insert(key.to_owned(), value);
        Ok(())
    }

    fn finish(mut self) -> Value {
        self.sections.remove(DEFAULT);
        let sections = self.sections.into_iter();
        Value::Object(
            sections
                .map(|(name, keys)| (name, Value::Object(keys)))
                .collect(),
        )
    }
}

/// Returns the key at the start of `line` and what stands behind its delimiter.
fn key(line: Line<'_>) -> Result<(&str, &str), FormatError> {
    let at = |what: &str| FormatError::at(line.number, what);
    let text = line.text.trim_start();
    if text.starts_with("\"\"\"") {
        return Err(at("a key in three quotes: write it in one"));
    }
    let quote = text.chars().next().filter(|c| ['"', '`'].contains(c));
    let (key, rest) = if let Some(quote) = quote {
        let inner = text.strip_prefix(quote).unwrap_or(text);
        let (key, rest) = inner
            .split_once(quote)
            .ok_or_else(|| at("a key with a quote that is not closed"))?;
        let rest = rest.trim_start();
        let rest = rest
            .strip_prefix(DELIMITERS)
            .ok_or_else(|| at("neither `=` nor `:` behind the quoted key"))?;
        (key.trim(), rest)
    } else {
        let found = text
            .find(DELIMITERS)
            .ok_or_else(|| at("neither a section nor a key with `=` or `:`"))?;
        let (key, rest) = text.split_at(found);
        let colon = rest.strip_prefix(':');
        if colon.is_some_and(|rest| rest.contains('=') && !rest.starts_with([' ', '\t'])) {
            let what = "the key ends at `:` for conftest and at `=` for others: write a space \
                        behind `:`, or quote the key";
            return Err(at(what));
        }
        let rest = rest.strip_prefix(DELIMITERS).unwrap_or(rest);
        (key.trim_end(), rest)
    };
    match key {
        "" => Err(at("a value without a key")),
        "-" => Err(at("a key `-`, which conftest numbers: give it a name")),
        _ => Ok((key, rest)),
    }
}

/// Reads the value that begins with `rest` of `line`, and any lines that go on with it.
fn value(line: Line<'_>, rest: &str, lines: &mut Lines<'_>) -> Result<String, FormatError> {
    let text = rest.trim();
    for quotes in ["\"\"\"", "`"] {
        if text.starts_with(quotes) {
            let inner = rest.trim_start().strip_prefix(quotes).unwrap_or_default();
            return raw(line, inner, quotes, lines);
        }
    }
    match text.strip_suffix('\\') {
        Some(first) => continued(line, first, lines),
        None => plain(line.number, text),
    }
}

/// Reads text up to `quotes`, over as many lines as it takes.
fn raw(
    line: Line<'_>,
    inner: &str,
    quotes: &str,
    lines: &mut Lines<'_>,
) -> Result<String, FormatError> {
    let mut value = String::new();
    let (mut number, mut text, mut end) = (line.number, inner, line.end);
    while !text.contains(quotes) {
        value.push_str(text);
        value.push_str(end);
        let Some(next) = lines.next() else {
            let what = format!("a value whose {quotes} is not closed");
            return Err(FormatError::at(line.number, what));
        };
        (number, text, end) = (next.number, next.text, next.end);
    }
    let (last, behind) = text.rsplit_once(quotes).unwrap_or((text, ""));
    if text.find(quotes) != Some(last.len()) {
        let what = format!("more than one {quotes} in a value that is quoted with it");
        return Err(FormatError::at(number, what));
    }
    let behind = behind.trim_start();
    if !behind.is_empty() && !behind.starts_with(MARKS) {
        let what = "text behind the quotes, which conftest drops";
        return Err(FormatError::at(number, what));
    }
    value.push_str(last);
    Ok(value)
}

/// Reads the lines that go on behind `first`, which ended in `\`. conftest takes nothing
/// off: neither comments nor quotes.
fn continued(line: Line<'_>, first: &str, lines: &mut Lines<'_>) -> Result<String, FormatError> {
    let refuse = |number: usize, what: &str| Err(FormatError::at(number, what));
    if first.starts_with(['"', '\'']) {
        return refuse(
            line.number,
            "a value that begins with a quote and ends in `\\`",
        );
    }
    let mut value = String::new();
    let (mut part, mut number) = (first, line.number);
    loop {
        if part.contains(MARKS) {
            return refuse(
                number,
                "`#` or `;` in a value of several lines: write it in one",
            );
        }
        value.push_str(part);
        if value.ends_with('\\') {
            let what = "`\\\\` at the end, of which conftest takes one for a continuation";
            return refuse(number, what);
        }
        let next = lines.next().filter(|next| !next.text.trim().is_empty());
        let Some(next) = next else {
            return refuse(number, "nothing goes on behind `\\`, which conftest drops");
        };
        number = next.number;
        let text = next.text.trim();
        let own =
            text.starts_with('[') || next.indent() <= line.indent() && text.contains(DELIMITERS);
        if own {
            return refuse(
                number,
                "may be a line of its own, and conftest joins it to the one before, which ends \
                 in `\\`: indent it, or put the value in backticks",
            );
        }
        part = match text.strip_suffix('\\') {
            Some(text) => text,
            None if text.contains(MARKS) => {
                return refuse(
                    number,
                    "`#` or `;` in a value of several lines: write it in one",
                );
            }
            None => {
                value.push_str(text);
                return Ok(value);
            }
        };
    }
}

/// Takes comment and quotes off a value of one line.
fn plain(number: usize, text: &str) -> Result<String, FormatError> {
    let refuse = |what: &str| Err(FormatError::at(number, what));
    let Some(before) = before_comment(text, &MARKS) else {
        return refuse(
            "`#` or `;` begins a comment for conftest even within a word or quotes: put the \
             value in backticks, or white space before a comment",
        );
    };
    let comment = text.strip_prefix(before).unwrap_or_default();
    let value = before.trim_end();
    if value.ends_with('\\') {
        return refuse("`\\` before a comment: it continues nothing");
    }
    let quotes = |text: &str| text.matches('"').count();
    if quotes(value) % 2 == 1 && quotes(comment) > 0 {
        return refuse(
            "`#` or `;` begins a comment for conftest even within quotes: put the value in \
             backticks",
        );
    }
    let Some(quote) = value.chars().next().filter(|c| ['"', '\''].contains(c)) else {
        return Ok(value.to_owned());
    };
    let inner = value.strip_prefix(quote).unwrap_or_default();
    match inner.split_once(quote) {
        None => refuse("a quote that is not closed: put the value in backticks"),
        Some((before, _)) if before.ends_with('\\') => {
            refuse("`\\` before a quote, which conftest leaves there: put the value in backticks")
        }
        Some((whole, "")) => Ok(whole.to_owned()),
        Some(_) => Ok(value.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::json::json;

    fn read(text: &str) -> Result<Value, FormatError> {
        parse(text.as_bytes(), Limits::EVIDENCE)
    }

    #[test]
    fn what_is_too_large_or_not_utf8_is_refused() {
        let limits = Limits {
            size_max: 8,
            depth_max: 2,
        };
        assert!(parse(b"[a]\nb=1\n", limits).is_ok());
        assert!(parse(b"[a]\nb=12\n", limits).is_err());
        assert!(parse(b"[a]\nb=\xff", Limits::EVIDENCE).is_err());
        assert!(parse(b"\xff\xfe[\0a\0]\0", Limits::EVIDENCE).is_err());
    }

    #[test]
    fn long_values_take_linear_time() {
        let text = format!("[a]\nb = x{}\n", " \\\n  y".repeat(200_000));
        let value = read(&text).unwrap();
        assert_eq!(value["a"]["b"].as_str().map(str::len), Some(400_001));
        let text = format!("[a]\nb = `{}`\n", "x\n".repeat(200_000));
        assert!(read(&text).is_ok());
        assert!(read(&"[".repeat(200_000)).is_err());
    }

    #[test]
    fn keys_before_any_section_are_left_out() {
        assert_eq!(
            read("a = inf\n[b]\nc = 1\n").unwrap(),
            json!({"b": {"c": 1}})
        );
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "[-\\[\\]=:#;\"'`\\\\a0. \n\r]{0,60}|\\PC{0,40}") {
            let _ = read(&text);
        }

        #[test]
        fn a_good_text_with_a_change_does_not_panic(at in 0..60usize, put in "\\PC{0,3}") {
            let good = "[a.b]\nk = \"v\" ; c\nl: `x\ny`\nm = 1 \\\n  2\n\"n\" = 0.5\n";
            let (before, behind) = good.split_at(at.min(good.len()));
            let _ = read(&format!("{before}{put}{behind}"));
        }
    }
}
