//! Strings of all kinds.

use super::{Kind, Lexer, Mode, starts_word};
use crate::formats::FormatError;

impl Lexer<'_> {
    fn unended(&self, start: usize) -> FormatError {
        self.error(start, "a string without an end")
    }

    /// `'…'` or `'''…'''`.
    pub(super) fn single_quoted(&mut self) -> Result<(), FormatError> {
        let start = self.at;
        let is_triple = self.rest().starts_with("'''");
        self.at += if is_triple { 3 } else { 1 };
        loop {
            match self.byte(0) {
                Some(b'\\') => self.escape(start)?,
                Some(b'\'') if !is_triple => {
                    self.at += 1;
                    break;
                }
                Some(b'\'') if self.rest().starts_with("'''") => {
                    self.at += 3;
                    break;
                }
                Some(b'\n' | b'\r') if !is_triple => return Err(self.unended(start)),
                Some(_) => self.at += 1,
                None => return Err(self.unended(start)),
            }
        }
        self.push(Kind::StringLiteral, start);
        Ok(())
    }

    /// Passes over a backslash and the character, or the end of the line, after it.
    fn escape(&mut self, start: usize) -> Result<(), FormatError> {
        self.at += 1;
        match self.rest().chars().next() {
            Some('\n' | '\r') => self.skip_line_end(),
            Some(escaped) => self.at += escaped.len_utf8(),
            None => return Err(self.unended(start)),
        }
        Ok(())
    }

    /// Adds a string with `"` up to its end, or up to what is inserted with that: then
    /// false. It goes on at the current place and counts from `start`.
    pub(super) fn string_body(
        &mut self,
        start: usize,
        is_triple: bool,
        is_first: bool,
    ) -> Result<bool, FormatError> {
        loop {
            let Some(byte) = self.byte(0) else {
                return Err(self.unended(start));
            };
            match byte {
                b'\\' => self.escape_in_text(start)?,
                b'$' if self.inserts()? => {
                    self.at += 1;
                    self.push(
                        if is_first {
                            Kind::GStringBegin
                        } else {
                            Kind::GStringPart
                        },
                        start,
                    );
                    self.modes.push(Mode::Text { is_triple });
                    self.inserted()?;
                    return Ok(false);
                }
                b'"' if !is_triple || self.rest().starts_with("\"\"\"") => {
                    self.at += if is_triple { 3 } else { 1 };
                    self.push(
                        if is_first {
                            Kind::GStringFull
                        } else {
                            Kind::GStringEnd
                        },
                        start,
                    );
                    return Ok(true);
                }
                b'\n' | b'\r' if !is_triple => return Err(self.unended(start)),
                _ => self.at += 1,
            }
        }
    }

    /// As [`escape`](Self::escape); of an end of a line with two characters only one is
    /// escaped.
    fn escape_in_text(&mut self, start: usize) -> Result<(), FormatError> {
        self.at += 1;
        match self.rest().chars().next() {
            Some(escaped) => self.at += escaped.len_utf8(),
            None => return Err(self.unended(start)),
        }
        Ok(())
    }

    /// Whether the `$` here inserts something.
    fn inserts(&self) -> Result<bool, FormatError> {
        let after = self.rest().strip_prefix('$').unwrap_or_default();
        match after.chars().next() {
            Some('{' | '_' | 'a'..='z' | 'A'..='Z') => Ok(true),
            Some(c) if !c.is_ascii() && c.is_alphabetic() => {
                let what = format!("`${c}` in a string: write `\\$` or a name of a to z");
                Err(self.error(self.at, what))
            }
            _ => Ok(false),
        }
    }

    /// Adds what comes after a `$`: a `{`, or a name with others joined by dots.
    fn inserted(&mut self) -> Result<(), FormatError> {
        let mut start = self.at;
        if self.byte(0) == Some(b'{') {
            self.at += 1;
            self.push(Kind::LBrace, start);
            self.modes.push(Mode::Inserted { open: 0 });
            return Ok(());
        }
        loop {
            let word = self.word()?;
            self.push(Kind::of_name(word), start);
            let next = self.rest().strip_prefix('.').unwrap_or_default();
            let goes_on = next.chars().next();
            if goes_on.is_some_and(|c| !c.is_ascii() && c.is_alphabetic()) {
                return Err(self.error(self.at, "a name with letters beyond a to z"));
            }
            if !goes_on.is_some_and(starts_word) {
                return Ok(());
            }
            start = self.at;
            self.at += 1;
            self.push(Kind::Dot, start);
            start = self.at;
        }
    }

    /// `/…/`
    pub(super) fn slashy(&mut self) -> Result<(), FormatError> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.byte(0) {
                Some(b'/') => {
                    self.at += 1;
                    break;
                }
                Some(b'\\') => self.escape_in_text(start)?,
                Some(_) => self.at += 1,
                None => return Err(self.unended(start)),
            }
        }
        self.push(Kind::SlashyStringLit, start);
        Ok(())
    }

    /// `$/…/$`
    pub(super) fn dollar_slashy(&mut self) -> Result<(), FormatError> {
        let start = self.at;
        self.at += 2;
        loop {
            match (self.byte(0), self.byte(1)) {
                (Some(b'/'), Some(b'$')) => {
                    self.at += 2;
                    break;
                }
                (Some(b'$'), Some(b'$' | b'/')) => self.at += 2,
                (Some(_), _) => self.at += 1,
                (None, _) => return Err(self.unended(start)),
            }
        }
        self.push(Kind::DollarSlashyStringLit, start);
        Ok(())
    }
}
