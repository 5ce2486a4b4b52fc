//! VCL, as far as it declares things: backends, access lists and tables.
//!
//! <https://varnish-cache.org/docs/trunk/reference/vcl.html>, and Fastly's tables. The value
//! is conftest's: `backend`, `acl` and `table`, each an object by name. A backend is an
//! object of its attributes without their dots, but `.probe` with its attributes keeps the
//! dot; an access list is a list of addresses, those with a mask as written, quotes
//! included; a table is an object, or an empty list if it has no entry. Seconds are numbers.
//!
//! conftest loses most else, so it is refused: subroutines, directors, imports, includes and
//! probes of their own, excepted addresses, strings with a slash or a semicolon, units of
//! time other than `s`, names with a hyphen. Of `vcl 4.1;` nothing is in the value, and
//! nothing is missed.

use std::collections::{BTreeMap, BTreeSet};

use crate::json::{self, Limits, Map, Value};

use super::FormatError;

mod text;

use text::Text;

/// Most declarations, attributes and entries: each takes far more memory than its text.
const PARTS_MAX: usize = 200_000;

/// The largest integer that conftest, which reads numbers as doubles, leaves as it is.
const INTEGER_MAX: u64 = 1 << 53;

/// Words with a meaning of their own, which conftest takes for it anywhere.
const KEYWORDS: [&str; 12] = [
    "acl", "backend", "call", "director", "else", "false", "if", "import", "return", "sub",
    "table", "true",
];

/// Reads `bytes` as declarations of VCL.
pub(super) fn parse(bytes: &[u8], limits: Limits) -> Result<Value, FormatError> {
    let mut reader = Reader {
        text: Text::of(json::utf8(bytes, limits)?)?,
        parts: 0,
    };
    let mut declared: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    let mut first = true;
    while !reader.text.at_end()? {
        reader.count()?;
        let kind = reader.text.word();
        match kind {
            "vcl" if first => reader.version()?,
            "backend" | "acl" | "table" => {
                let name = reader.name(kind)?;
                let value = match kind {
                    "backend" => reader.backend()?,
                    "acl" => reader.addresses()?,
                    _ => reader.table()?,
                };
                if declared
                    .entry(kind)
                    .or_default()
                    .insert(name.to_owned(), value)
                    .is_some()
                {
                    let what = format!("a second {kind} `{name}`, of which conftest loses one");
                    return Err(reader.text.error(what));
                }
            }
            "" => return Err(reader.text.error("no declaration starts here")),
            other => {
                let what = format!(
                    "conftest loses some or all of `{other}`: only `backend`, `acl` and `table` \
                     are read"
                );
                return Err(reader.text.error(what));
            }
        }
        first = false;
    }
    if declared.is_empty() {
        return Err(FormatError::Whole {
            what: "holds no backend, acl or table".to_owned(),
        });
    }
    let object = |(kind, named): (&str, _)| (kind.to_owned(), Value::Object(named));
    Ok(Value::Object(declared.into_iter().map(object).collect()))
}

struct Reader<'a> {
    text: Text<'a>,
    parts: usize,
}

impl<'a> Reader<'a> {
    fn version(&mut self) -> Result<(), FormatError> {
        self.text.skip_blanks();
        if !self.text.take("4.0") && !self.text.take("4.1") {
            return Err(self.text.error("only VCL 4.0 and 4.1 are read"));
        }
        self.end(';')
    }

    /// Reads the name of a declaration and the `{` behind it.
    fn name(&mut self, kind: &str) -> Result<&'a str, FormatError> {
        self.text.skip_blanks();
        let name = self.text.word();
        let is_name = name.starts_with(|first: char| !first.is_ascii_digit());
        if !is_name || KEYWORDS.contains(&name) {
            return Err(self.text.error(format!("the {kind} has no name")));
        }
        self.text.skip_blanks();
        if self.text.take("{") {
            return Ok(name);
        }
        let what =
            format!("`{{` is missing behind {kind} `{name}`; conftest reads no hyphen in a name");
        Err(self.text.error(what))
    }

    fn backend(&mut self) -> Result<Value, FormatError> {
        let attributes = self.attributes(true)?;
        if attributes.is_empty() {
            return Err(self.text.error("a backend without attributes"));
        }
        Ok(Value::Object(attributes))
    }

    /// Reads attributes up to `}`, or to the end of those within them.
    fn attributes(&mut self, may_nest: bool) -> Result<Map<String, Value>, FormatError> {
        let mut attributes = Map::new();
        let mut seen = BTreeSet::new();
        while !self.block_ends()? {
            let dotted = self.text.take(".");
            let name = self.text.word();
            self.text.skip_blanks();
            if !dotted || name.is_empty() || !self.text.take("=") {
                return Err(self
                    .text
                    .error("an attribute should be here, as `.port = \"80\";`"));
            }
            if !seen.insert(name) {
                return Err(self.text.error(format!("a second `.{name}`")));
            }
            self.text.skip_blanks();
            if may_nest && self.text.take("{") {
                let inner = Value::Object(self.attributes(false)?);
                // Only here the dot stays.
                attributes.insert(format!(".{name}"), inner);
                self.text.skip_blanks();
                self.text.take(";");
            } else {
                let value = self.value()?;
                self.end(';')?;
                attributes.insert(name.to_owned(), value);
            }
        }
        Ok(attributes)
    }

    /// Reads the value of an attribute.
    fn value(&mut self) -> Result<Value, FormatError> {
        if self.text.starts_with("\"") {
            return Ok(self.text.string()?.into());
        }
        let word = self.text.word();
        if word.starts_with(|first: char| first.is_ascii_digit()) {
            let digits = word.strip_suffix('s').unwrap_or(word);
            let number = digits.parse().ok().filter(|number: &u64| {
                *number <= INTEGER_MAX && (digits == "0" || !digits.starts_with('0'))
            });
            return number.map(Value::from).ok_or_else(|| {
                let what = format!(
                    "`{word}` is not read by conftest as it should: write a whole number, or \
                     seconds, as `90s`"
                );
                self.text.error(what)
            });
        }
        match word {
            "true" => Ok(true.into()),
            "false" => Ok(false.into()),
            "" => Err(self
                .text
                .error("a string, a number or a name should be here")),
            word if KEYWORDS.contains(&word) => {
                Err(self.text.error(format!("`{word}` is no value")))
            }
            name => Ok(name.into()),
        }
    }

    fn addresses(&mut self) -> Result<Value, FormatError> {
        let mut addresses = Vec::new();
        while !self.block_ends()? {
            if self.text.starts_with("!") {
                let what = "conftest loses addresses with `!`, so no policy would see them";
                return Err(self.text.error(what));
            }
            let address = self.text.string()?;
            if self.text.take("/") {
                let mask = self.text.word();
                let is_mask = !mask.is_empty() && mask.chars().all(|c| c.is_ascii_digit());
                if !is_mask || !self.text.take(";") {
                    let what = "a mask should be here, as `\"192.0.2.0\"/24;` without blanks";
                    return Err(self.text.error(what));
                }
                addresses.push(format!("\"{address}\"/{mask}").into());
            } else {
                self.end(';')?;
                addresses.push(address.into());
            }
        }
        Ok(Value::Array(addresses))
    }

    fn table(&mut self) -> Result<Value, FormatError> {
        let mut entries = Map::new();
        while !self.block_ends()? {
            let key = self.text.string()?;
            if key.starts_with('.') || key.ends_with('.') {
                let what = format!("conftest takes the dot off the key `{key}`");
                return Err(self.text.error(what));
            }
            self.end(':')?;
            self.text.skip_blanks();
            let value = self.text.string()?;
            if self.text.starts_with("/") {
                let what = "a comment right behind a string, of which conftest makes it a part";
                return Err(self.text.error(what));
            }
            if entries.insert(key.to_owned(), value.into()).is_some() {
                return Err(self.text.error(format!("a second `{key}`")));
            }
            self.text.skip_blanks();
            if !self.text.take(",") {
                if self.block_ends()? {
                    break;
                }
                return Err(self.text.error("a comma should be here"));
            }
        }
        if entries.is_empty() {
            return Ok(Value::Array(Vec::new()));
        }
        Ok(Value::Object(entries))
    }

    /// Returns whether `}` is next, and takes it.
    fn block_ends(&mut self) -> Result<bool, FormatError> {
        if self.text.at_end()? {
            return Err(self.text.error("`{` is not closed"));
        }
        self.count()?;
        Ok(self.text.take("}"))
    }

    fn end(&mut self, mark: char) -> Result<(), FormatError> {
        self.text.skip_blanks();
        if self.text.take(mark.encode_utf8(&mut [0; 4])) {
            return Ok(());
        }
        Err(self.text.error(format!("`{mark}` should be here")))
    }

    fn count(&mut self) -> Result<(), FormatError> {
        self.parts += 1;
        if self.parts > PARTS_MAX {
            let what = format!("more than {PARTS_MAX} declarations and entries");
            return Err(self.text.error(what));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
