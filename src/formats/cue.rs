//! CUE, as far as it is data.
//!
//! <https://cuelang.org/docs/reference/spec/>. The value is the one that CUE itself gives,
//! which is what conftest shows: fields with quoted and unquoted labels, `a: b: 1` for
//! nested ones, structs, lists, strings of every kind, numbers and `true`, `false`, `null`.
//! A field that is given twice must have one value, and structs are put together.
//!
//! There is no evaluator of CUE for us, and a part of one would be wrong somewhere: whatever
//! must be evaluated (references, definitions, constraints, disjunctions, arithmetic,
//! interpolation, comprehensions, imports) is refused with its line, and so are optional and
//! hidden fields, attributes, and bytes.

use super::{FormatError, doubles};
use crate::json::{self, Limits, Map, Value};

mod number;
mod text;

/// Words that begin something else than a field, or are values.
const WORDS: [&str; 9] = [
    "package", "import", "for", "if", "let", "true", "false", "null", "in",
];

/// Reads `bytes` as CUE that is data.
pub(super) fn parse(bytes: &[u8], limits: Limits) -> Result<Value, FormatError> {
    let mut reader = Reader {
        rest: json::utf8(bytes, limits)?,
        line: 1,
        depth: 0,
        depth_max: limits.depth_max,
    };
    reader.package()?;
    let mut value = Value::Object(reader.fields(None)?);
    doubles::settle(&mut value)?;
    Ok(value)
}

/// What is left of the text, and where that begins.
struct Reader<'a> {
    rest: &'a str,
    line: usize,
    depth: usize,
    depth_max: usize,
}

impl<'a> Reader<'a> {
    fn refuse<T>(&self, what: impl Into<String>) -> Result<T, FormatError> {
        Err(FormatError::at(self.line, what))
    }

    fn next(&self) -> Option<char> {
        self.rest.chars().next()
    }

    /// Steps over `text`, if it comes next.
    fn take(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.line += text.matches('\n').count();
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Steps over as many characters as `is` holds for, and returns them.
    fn take_while(&mut self, is: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !is(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        self.line += taken.matches('\n').count();
        taken
    }

    /// Steps over blanks and comments, and returns whether there was the end of a line.
    fn skip(&mut self) -> bool {
        let before = self.line;
        loop {
            self.take_while(|c| matches!(c, ' ' | '\t' | '\r' | '\n'));
            if !self.rest.starts_with("//") {
                return self.line > before;
            }
            self.take_while(|c| c != '\n');
        }
    }

    fn package(&mut self) -> Result<(), FormatError> {
        self.skip();
        let before = self.rest;
        if self.take_while(is_word) != "package" || !self.rest.starts_with([' ', '\t']) {
            self.rest = before;
            return Ok(());
        }
        self.take_while(|c| matches!(c, ' ' | '\t'));
        let name = self.take_while(is_word);
        if !is_plain(name) {
            return self.refuse("expected the name of a package");
        }
        self.separated(None)
    }

    /// What parts two fields or elements: a comma or the end of a line; or else `close`
    /// must come next, or the end of the text.
    fn separated(&mut self, close: Option<char>) -> Result<(), FormatError> {
        let new_line = self.skip();
        if self.take(",") {
            self.skip();
            return Ok(());
        }
        if new_line || self.next() == close {
            return Ok(());
        }
        match self.next() {
            Some(found) => self.refuse(format!(
                "found `{found}` behind a value: only data is read, without anything to evaluate"
            )),
            None => self.refuse("ends within a struct or list"),
        }
    }

    /// Fields up to `close`, or to the end.
    fn fields(&mut self, close: Option<char>) -> Result<Map<String, Value>, FormatError> {
        let mut fields = Map::new();
        self.skip();
        loop {
            if self.next() == close {
                return Ok(fields);
            }
            let (label, value) = self.field()?;
            self.unify_field(&mut fields, label, value)?;
            self.separated(close)?;
        }
    }

    fn field(&mut self) -> Result<(String, Value), FormatError> {
        let label = self.label()?;
        self.take_while(|c| matches!(c, ' ' | '\t' | '\r'));
        match self.next() {
            Some(':') => {}
            Some('?' | '!') => return self.refuse("optional and required fields are not data"),
            Some('=') => return self.refuse("aliases are not read"),
            _ => return self.refuse(format!("expected `:` behind the label `{label}`")),
        }
        self.take(":");
        if self.next() == Some(':') {
            return self.refuse("definitions are not read");
        }
        self.skip();
        self.nested(|reader| {
            let value = if reader.is_label_next() {
                let (inner, value) = reader.field()?;
                Value::Object(Map::from_iter([(inner, value)]))
            } else {
                reader.value()?
            };
            Ok((label, value))
        })
    }

    fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, FormatError>,
    ) -> Result<T, FormatError> {
        self.depth += 1;
        if self.depth > self.depth_max {
            return self.refuse(format!("nests deeper than {} levels", self.depth_max));
        }
        let read = read(self)?;
        self.depth -= 1;
        Ok(read)
    }

    fn label(&mut self) -> Result<String, FormatError> {
        match self.next() {
            Some('"') if !self.rest.starts_with("\"\"\"") => self.string(),
            Some('#') => self.refuse("definitions are not read"),
            Some('@') => self.refuse("attributes are not read"),
            Some('[') => self.refuse("lists and patterns as fields are not read"),
            Some('.') => self.refuse("`...` is not data"),
            Some(first) if is_word(first) => {
                let word = self.take_while(is_word);
                if word.starts_with('_') {
                    return self.refuse(format!("the field `{word}` is hidden, and not read"));
                }
                if WORDS.contains(&word) || !is_plain(word) {
                    return self.refuse(format!(
                        "`{word}` is not read; as a label, write it in quotes"
                    ));
                }
                Ok(word.to_owned())
            }
            Some(found) => self.refuse(format!("expected a field, found `{found}`")),
            None => self.refuse("expected a field"),
        }
    }

    /// Whether a label and its colon come next, and not a value.
    fn is_label_next(&self) -> bool {
        let mut ahead = Reader {
            rest: self.rest,
            line: self.line,
            ..*self
        };
        let found = match ahead.next() {
            Some('"') => ahead.string().is_ok(),
            Some(first) if is_word(first) && !first.is_ascii_digit() => {
                !ahead.take_while(is_word).is_empty()
            }
            _ => false,
        };
        ahead.take_while(|c| matches!(c, ' ' | '\t' | '\r'));
        found && ahead.rest.starts_with([':', '?', '!', '='])
    }

    fn value(&mut self) -> Result<Value, FormatError> {
        match self.next() {
            Some('{') => {
                self.take("{");
                let fields = self.nested(|reader| reader.fields(Some('}')))?;
                self.take("}");
                Ok(Value::Object(fields))
            }
            Some('[') => {
                self.take("[");
                let elements = self.nested(Self::elements)?;
                self.take("]");
                Ok(Value::Array(elements))
            }
            Some('"' | '#') => self.string().map(Value::String),
            Some('\'') => self.refuse("bytes are not read"),
            Some(first) if first.is_ascii_digit() || "+-.".contains(first) => self.number(),
            Some(first) if is_word(first) => match self.take_while(is_word) {
                "true" => Ok(Value::Bool(true)),
                "false" => Ok(Value::Bool(false)),
                "null" => Ok(Value::Null),
                word => self.refuse(format!("`{word}` would have to be evaluated")),
            },
            Some(found) => self.refuse(format!("expected a value, found `{found}`")),
            None => self.refuse("expected a value"),
        }
    }

    fn elements(&mut self) -> Result<Vec<Value>, FormatError> {
        let mut elements = Vec::new();
        self.skip();
        loop {
            match self.next() {
                Some(']') => return Ok(elements),
                Some('.') if self.rest.starts_with("...") => {
                    return self.refuse("`...` is not data");
                }
                Some(_) => elements.push(self.value()?),
                None => return self.refuse("ends within a list"),
            }
            self.separated(Some(']'))?;
        }
    }

    fn unify_field(
        &self,
        fields: &mut Map<String, Value>,
        label: String,
        value: Value,
    ) -> Result<(), FormatError> {
        let unified = match fields.remove(&label) {
            None => value,
            Some(earlier) => self.unify(&label, earlier, value)?,
        };
        fields.insert(label, unified);
        Ok(())
    }

    /// The one value that both are.
    fn unify(&self, label: &str, one: Value, other: Value) -> Result<Value, FormatError> {
        match (one, other) {
            (Value::Object(mut one), Value::Object(other)) => {
                for (label, value) in other {
                    self.unify_field(&mut one, label, value)?;
                }
                Ok(Value::Object(one))
            }
            (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
                let pairs = one.into_iter().zip(other);
                let unified = pairs.map(|(one, other)| self.unify(label, one, other));
                Ok(Value::Array(unified.collect::<Result<_, _>>()?))
            }
            (one, other) if one == other => Ok(one),
            _ => self.refuse(format!("`{label}` has two values that are not one")),
        }
    }
}

/// Whether `c` may be in a word. What it may be besides is decided later.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$')
}

fn is_plain(word: &str) -> bool {
    let mut bytes = word.bytes();
    let begins = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'$' | b'_');
    bytes.next().is_some_and(begins) && bytes.all(|byte| begins(byte) || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests;
