//! The text of VCL, with comments where conftest finds their ends.

use crate::formats::FormatError;

const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// What is left to read.
pub(super) struct Text<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Text<'a> {
    pub fn of(text: &'a str) -> Result<Self, FormatError> {
        if let Some((before, _)) = text.split_once('\0') {
            let line = before.matches('\n').count() + 1;
            let what = "a NUL character, where conftest stops reading";
            return Err(FormatError::at(line, what));
        }
        Ok(Self {
            rest: text.strip_prefix('\u{feff}').unwrap_or(text),
            line: 1,
        })
    }

    /// Returns an error at this line.
    pub fn error(&self, what: impl Into<String>) -> FormatError {
        FormatError::at(self.line, what)
    }

    /// Passes over blanks and comments. Returns whether nothing is left.
    pub fn at_end(&mut self) -> Result<bool, FormatError> {
        loop {
            self.skip_blanks();
            let Some(length) = comment(self.rest).map_err(|what| self.error(what))? else {
                return Ok(self.rest.is_empty());
            };
            self.advance(length);
        }
    }

    pub fn skip_blanks(&mut self) {
        self.advance(self.rest.len() - self.rest.trim_start_matches(BLANKS).len());
    }

    pub fn starts_with(&self, mark: &str) -> bool {
        self.rest.starts_with(mark)
    }

    /// Takes `mark`, if it is next.
    pub fn take(&mut self, mark: &str) -> bool {
        let next = self.rest.strip_prefix(mark);
        self.rest = next.unwrap_or(self.rest);
        next.is_some()
    }

    /// Takes letters, digits and underscores, of which there may be none.
    pub fn word(&mut self) -> &'a str {
        let named = |c: char| c.is_ascii_alphanumeric() || c == '_';
        self.advance(self.rest.len() - self.rest.trim_start_matches(named).len())
    }

    /// Takes a string with its quotes, which are not returned.
    pub fn string(&mut self) -> Result<&'a str, FormatError> {
        let inner = self.rest.strip_prefix('"');
        let Some((string, rest)) = inner.and_then(|inner| inner.split_once('"')) else {
            return Err(self.error("a string in `\"` should be here"));
        };
        if let Some(mark) = string.chars().find(|mark| "/;\n".contains(*mark)) {
            let what = format!("{mark:?} in a string, which conftest garbles");
            return Err(self.error(what));
        }
        self.rest = rest;
        Ok(string)
    }

    /// Takes `length` bytes off the rest.
    fn advance(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .unwrap_or((self.rest, ""));
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }
}

/// Returns the length of the comment that `text` starts with, if it does.
fn comment(text: &str) -> Result<Option<usize>, String> {
    if let Some(inside) = text.strip_prefix("/*") {
        let end = inside.find("*/");
        if end.is_none() || end != end_for_conftest(inside) {
            return Err(
                "conftest does not find the end of this comment: a `\"`, `#`, `//` or \
                 `/*` in it hides it"
                    .to_owned(),
            );
        }
        return Ok(end.map(|end| end + 4));
    }
    let inside = text.strip_prefix('#').or_else(|| text.strip_prefix("//"));
    let Some(inside) = inside else {
        return Ok(None);
    };
    let Some(rest) = behind_line(inside) else {
        return Err(
            "an empty comment, at which conftest fails: write a blank behind it".to_owned(),
        );
    };
    Ok(Some(text.len() - rest.len()))
}

/// Returns where conftest ends the comment that has `inside` behind `/*`. It reads what is
/// in it as VCL, so that strings, and comments to the end of their line, hide `*/`.
fn end_for_conftest(inside: &str) -> Option<usize> {
    let mut rest = inside;
    loop {
        if rest.starts_with("*/") {
            return Some(inside.len() - rest.len());
        }
        let line = rest.strip_prefix('#').or_else(|| rest.strip_prefix("//"));
        rest = if let Some(line) = line {
            behind_line(line)?
        } else if let Some(string) = rest.strip_prefix('"') {
            behind_string(string)?
        } else if let Some(opened) = rest.strip_prefix("/*") {
            opened
        } else {
            let mut characters = rest.chars();
            characters.next()?;
            characters.as_str()
        };
    }
}

/// Returns what is behind the line that a comment ends with, unless the comment is empty.
fn behind_line(inside: &str) -> Option<&str> {
    if inside.is_empty() || inside.starts_with('\n') {
        return None;
    }
    Some(inside.split_once('\n').map_or("", |(_, rest)| rest))
}

/// Returns what is behind a string for conftest: it goes on behind a quote before a slash,
/// and ends at a semicolon.
fn behind_string(inside: &str) -> Option<&str> {
    let mut characters = inside.chars();
    loop {
        let next = characters.next()?;
        if next == ';' || (next == '"' && !characters.as_str().starts_with('/')) {
            return Some(characters.as_str());
        }
    }
}
