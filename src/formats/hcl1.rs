//! HCL 1, as Terraform had it up to 0.11, in the shape that its Go library gives.
//!
//! The grammar is described at <https://github.com/hashicorp/hcl/tree/v1.0.0#syntax>. Every
//! object that is no element of a list is a list of objects, one for each block or value of
//! its name; labels are objects around it, each in a list of its own. Interpolations stay as
//! they are. A heredoc that is to be outdented is so by as much as its end is.
//!
//! Refused, for the library drops or joins them: a name twice, unless both are objects; an
//! end of file in place of a value; lists with two commas or none between elements; labelled
//! blocks whose names differ in case alone; bytes beyond ASCII as escapes; JSON.

use std::collections::BTreeMap;

use crate::json::{self, Limits, Map, Value};

use super::FormatError;
use super::fault::{Read, fault, refuse_lone_return};
use super::hcl2::number::number;

mod string;

/// Reads `bytes` as a file of HCL 1.
pub(super) fn parse(bytes: &[u8], limits: Limits) -> Result<Value, FormatError> {
    let text = json::utf8(bytes, limits)?;
    read(text, limits).map_err(|fault| fault.in_text(text))
}

fn read(text: &str, limits: Limits) -> Read<Value> {
    refuse_lone_return(text)?;
    // The second is the library's own mark.
    if let Some(at) = text.find(['\0', '\u{e123}']) {
        return fault(at, "a character that HCL does not have");
    }
    if text.trim_start().starts_with('{') {
        return fault(0, "this is JSON: read it as such");
    }
    let mut reader = Reader {
        text,
        at: 0,
        depth: 1,
        depth_max: limits.depth_max,
    };
    reader.object(None).map(Value::Object)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    depth_max: usize,
}

/// What a name stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// A value that is no object.
    Plain,
    /// Objects.
    Objects,
    /// Objects with labels.
    Labelled,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Passes over blanks, line ends and comments, and returns what is next.
    fn next(&mut self) -> Read<Option<char>> {
        loop {
            let rest = self.rest();
            let found = rest.trim_start_matches([' ', '\t', '\n', '\r']);
            self.at += rest.len() - found.len();
            if found.starts_with('#') || found.starts_with("//") {
                self.at += found.find('\n').unwrap_or(found.len());
            } else if let Some(comment) = found.strip_prefix("/*") {
                let Some(end) = comment.find("*/") else {
                    return fault(self.at, "this comment is not closed");
                };
                self.at += end + 4;
            } else {
                return Ok(found.chars().next());
            }
        }
    }

    /// Takes the next character if it is `wanted`.
    fn takes(&mut self, wanted: char) -> Read<bool> {
        let found = self.next()? == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        Ok(found)
    }

    fn unexpected<T>(&mut self, wanted: &str) -> Read<T> {
        let found = match self.next()? {
            Some(found) => format!("`{found}`"),
            None => "the end of the file".to_owned(),
        };
        fault(self.at, format!("expected {wanted}, found {found}"))
    }

    /// Reads items up to `end`, or to the end of the file.
    fn object(&mut self, end: Option<char>) -> Read<Map<String, Value>> {
        let mut object = Map::new();
        let mut names = Names::default();
        loop {
            if self.next()? == end {
                self.at += end.map_or(0, char::len_utf8);
                break;
            }
            self.item(&mut object, &mut names)?;
            self.takes(',')?;
        }
        Ok(object)
    }

    fn item(&mut self, object: &mut Map<String, Value>, names_before: &mut Names) -> Read<()> {
        let start = self.at;
        let mut names = Vec::new();
        let block = loop {
            match self.next()? {
                Some('=') if names.len() == 1 => break false,
                Some('{') if !names.is_empty() => break true,
                Some('"') => names.push(self.string()?),
                Some('a'..='z' | 'A'..='Z' | '_') => names.push(self.name()?),
                _ => return self.unexpected("a name, `=` after one or `{` after some"),
            }
        };
        // An object is two levels, as is each label: a list and what it holds.
        let levels = 2 * names.len();
        if !block {
            self.at += 1;
        }
        let mut names = names.into_iter();
        let Some(name) = names.next() else {
            return Ok(());
        };
        let labels: Vec<_> = names.collect();
        let value = if self.next()? == Some('{') {
            self.at += 1;
            self.deeper(levels, |reader| reader.object(Some('}')))
                .map(Value::Object)?
        } else {
            self.value()?
        };
        let sort = match value {
            Value::Object(_) if labels.is_empty() => Sort::Objects,
            Value::Object(_) => Sort::Labelled,
            _ => Sort::Plain,
        };
        names_before
            .add(&name, sort)
            .or_else(|what| fault(start, what))?;
        if sort == Sort::Plain {
            object.insert(name, value);
            return Ok(());
        }
        let labelled = labels.into_iter().rev().fold(value, |inner, label| {
            Value::Object(Map::from_iter([(label, Value::Array(vec![inner]))]))
        });
        let entry = object
            .entry(name)
            .or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(objects) = entry {
            objects.push(labelled);
        }
        Ok(())
    }

    fn deeper<T>(&mut self, levels: usize, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        self.depth += levels;
        if self.depth > self.depth_max {
            let what = format!("nests deeper than {} levels", self.depth_max);
            return fault(self.at, what);
        }
        let result = read(self);
        self.depth -= levels;
        result
    }

    fn word(&mut self) -> &'a str {
        let rest = self.rest();
        let within = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        let length = rest.len() - rest.trim_start_matches(within).len();
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    fn name(&mut self) -> Read<String> {
        let start = self.at;
        let name = self.word();
        if self.rest().starts_with(|c: char| !c.is_ascii()) {
            return fault(start, "put a name that has more than ASCII in quotes");
        }
        if let "true" | "false" = name {
            return fault(start, format!("put the name `{name}` in quotes"));
        }
        Ok(name.to_owned())
    }

    fn value(&mut self) -> Read<Value> {
        match self.next()? {
            Some('"') => self.string().map(Value::String),
            Some('<') => self.heredoc().map(Value::String),
            Some('-' | '0'..='9') => self.number(),
            Some('{') => {
                self.at += 1;
                self.deeper(1, |reader| reader.object(Some('}')))
                    .map(Value::Object)
            }
            Some('[') => {
                self.at += 1;
                self.deeper(1, Self::list).map(Value::Array)
            }
            Some('a'..='z' | 'A'..='Z' | '_') => {
                let start = self.at;
                match self.word() {
                    _ if self.rest().starts_with(|c: char| !c.is_ascii()) => {
                        fault(start, "put this value in quotes")
                    }
                    "true" => Ok(Value::Bool(true)),
                    "false" => Ok(Value::Bool(false)),
                    word => fault(start, format!("put the value `{word}` in quotes")),
                }
            }
            _ => self.unexpected("a value"),
        }
    }

    fn list(&mut self) -> Read<Vec<Value>> {
        let mut elements = Vec::new();
        while !self.takes(']')? {
            elements.push(self.value()?);
            if !self.takes(',')? && self.next()? != Some(']') {
                return self.unexpected("`,` or `]` after an element");
            }
        }
        Ok(elements)
    }

    /// Reads an integer, which may be hexadecimal or octal, or a decimal fraction.
    fn number(&mut self) -> Read<Value> {
        let start = self.at;
        let rest = self.rest();
        let stop = |c: char| c.is_ascii_whitespace() || ",]}#/".contains(c);
        let end = rest.find(stop).unwrap_or(rest.len());
        let text = rest.get(..end).unwrap_or_default();
        self.at += end;
        let negative = text.starts_with('-');
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (radix, plain) = match digits.strip_prefix('0') {
            Some(after) if after.starts_with(['x', 'X']) => {
                (16, after.get(1..).unwrap_or_default())
            }
            Some(after) if after.starts_with(|c: char| c.is_ascii_digit()) => (8, after),
            _ => (10, digits),
        };
        if !plain.is_empty() && plain.chars().all(|c| c.is_digit(radix)) {
            let sign = if negative { "-" } else { "" };
            return match i64::from_str_radix(&format!("{sign}{plain}"), radix) {
                Ok(integer) => Ok(Value::from(integer)),
                Err(_) => fault(start, format!("`{plain:.40}` does not fit 64 bits")),
            };
        }
        let fraction = digits.starts_with(|c: char| c.is_ascii_digit())
            && digits.ends_with(|c: char| c.is_ascii_digit() || c == '.')
            && digits
                .chars()
                .all(|c| c.is_ascii_digit() || ".eE+-".contains(c));
        if radix != 10 || !fraction {
            return fault(start, format!("`{text:.40}` is no number"));
        }
        number(digits, negative)
            .or_else(|what| fault(start, what))
            .map(Value::Number)
    }
}

/// The names of an object so far.
#[derive(Default)]
struct Names {
    sorts: BTreeMap<String, Sort>,
    /// By names without their case.
    folded: BTreeMap<String, Folded>,
}

/// Names that are the same but for their case.
struct Folded {
    first: String,
    several: bool,
    labelled: bool,
}

impl Names {
    /// Adds `name`, and refuses one that was there already, unless it stands for objects both
    /// times. In search of labelled blocks the library does not heed case.
    fn add(&mut self, name: &str, sort: Sort) -> Result<(), String> {
        let folded = self.folded.entry(name.to_uppercase().to_lowercase());
        let folded = folded.or_insert_with(|| Folded {
            first: name.to_owned(),
            several: false,
            labelled: false,
        });
        folded.several |= folded.first != name;
        folded.labelled |= sort == Sort::Labelled;
        if folded.several && folded.labelled {
            let first = &folded.first;
            return Err(format!("`{name}` and `{first}` differ in case alone"));
        }
        match self.sorts.insert(name.to_owned(), sort) {
            Some(before) if before != sort => Err(format!(
                "`{name}` is there already, with other labels or none"
            )),
            Some(Sort::Plain) => Err(format!("`{name}` is there already")),
            Some(_) | None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
