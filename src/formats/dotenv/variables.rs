//! The variables of a file so far, and values that name them.

use std::collections::BTreeMap;

use super::super::lines::shown;

/// Names with their values.
#[derive(Debug)]
pub(super) struct Variables {
    all: BTreeMap<String, String>,
    /// Bytes that values which name others may still take.
    room: usize,
}

impl Variables {
    pub(super) fn new(room: usize) -> Self {
        let all = BTreeMap::new();
        Self { all, room }
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.all.contains_key(name)
    }

    pub(super) fn set(&mut self, name: &str, value: String) {
        self.all.insert(name.to_owned(), value);
    }

    pub(super) fn into_iter(self) -> impl Iterator<Item = (String, String)> {
        self.all.into_iter()
    }

    /// Returns a value without quotes, with the variables that it names.
    pub(super) fn expanded(&mut self, text: &str) -> Result<String, String> {
        let mut value = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('$') {
            if before.ends_with("\\\\") {
                return Err("`\\\\` before `$`: put the value in single quotes".to_owned());
            }
            if let Some(before) = before.strip_suffix('\\') {
                value.push_str(before);
                value.push('$');
                rest = behind;
            } else {
                value.push_str(before);
                rest = self.variable(behind, &mut value)?;
            }
        }
        value.push_str(rest);
        Ok(value)
    }

    /// Returns a value in double quotes, with its escapes and the variables that it names.
    pub(super) fn escaped(&mut self, text: &str) -> Result<String, String> {
        let mut value = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['\\', '$']) {
            let (before, behind) = rest.split_at(at);
            value.push_str(before);
            rest = match behind.strip_prefix('$') {
                Some(behind) => self.variable(behind, &mut value)?,
                None => escape(behind, &mut value)?,
            };
        }
        value.push_str(rest);
        Ok(value)
    }

    /// Reads what stands behind a `$`, and returns what stands behind that.
    fn variable<'t>(&mut self, behind: &'t str, value: &mut String) -> Result<&'t str, String> {
        let literal = |c: char| c.is_ascii_lowercase() || ['{', '(', '$'].contains(&c);
        let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        let braced = behind.strip_prefix('{');
        let inner = braced.unwrap_or(behind);
        let end = inner.find(|c| !is_name(c)).unwrap_or(inner.len());
        let (name, rest) = inner.split_at(end);
        if name.is_empty() {
            if behind.starts_with(literal) {
                return Err(
                    "`$` that is text to conftest and stands for something to others: put the \
                     value in single quotes, or `\\` before `$`"
                        .to_owned(),
                );
            }
            value.push('$');
            return Ok(behind);
        }
        let rest = if braced.is_some() {
            rest.strip_prefix('}')
        } else {
            let torn = rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '}');
            Some(rest).filter(|_| !torn)
        };
        let Some(rest) = rest else {
            let name = shown(name);
            return Err(format!(
                "conftest takes `${name}` out of a longer name or expression: put the value in \
                 single quotes, or write `${{{name}}}`"
            ));
        };
        let Some(own) = self.all.get(name) else {
            let name = shown(name);
            return Err(format!(
                "`{name}` is not given above, so its value would be the environment's: put the \
                 value in single quotes, or `\\` before `$`"
            ));
        };
        match self.room.checked_sub(own.len()) {
            Some(room) => self.room = room,
            None => return Err("values that name others grow too large".to_owned()),
        }
        value.push_str(own);
        Ok(rest)
    }
}

/// Reads the escape that `text` begins with, and returns what stands behind it.
fn escape<'t>(text: &'t str, value: &mut String) -> Result<&'t str, String> {
    let mut chars = text.chars();
    chars.next();
    let escaped = chars.next();
    let behind = chars.as_str();
    match escaped {
        Some('n') => value.push('\n'),
        Some('r') => value.push('\r'),
        Some(c @ ('"' | '\'' | '$')) => value.push(c),
        Some('\\') if behind.starts_with(['n', 'r', '$']) => {
            return Err(
                "`\\\\` before `n`, `r` or `$`, which conftest reads as `\\`: put the value in \
                 single quotes"
                    .to_owned(),
            );
        }
        Some('\\') => value.push('\\'),
        Some(c) => {
            return Err(format!(
                "`\\{c}` in double quotes, of which conftest drops the `\\`: put the value in \
                 single quotes, or write `\\\\`"
            ));
        }
        None => return Err("`\\` at the end".to_owned()),
    }
    Ok(behind)
}
