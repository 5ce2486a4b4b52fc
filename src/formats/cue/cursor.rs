//! A place in the text, and what parts one element from the next.

use super::unread;
use crate::formats::fault::{Read, fault};

/// A place in a text, between two characters.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// Returns the byte offset.
    pub(super) fn at(self) -> usize {
        self.at
    }

    pub(super) fn rest(self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Goes on by one character, if there is one.
    pub(super) fn advance(&mut self) {
        self.at += self.peek().map_or(0, char::len_utf8);
    }

    /// Goes on by `bytes` bytes.
    pub(super) fn pass(&mut self, bytes: usize) {
        self.at += bytes;
    }

    pub(super) fn back_to(&mut self, at: usize) {
        self.at = at;
    }

    /// Returns whether a text in quotes is next, with or without `#` before it.
    pub(super) fn at_string(self) -> bool {
        self.rest().trim_start_matches('#').starts_with('"')
    }

    /// Passes over a word of ASCII letters, digits, `_`, `$` and `#`, which may be empty.
    /// One that begins with a digit is none.
    pub(super) fn word(&mut self) -> &'t str {
        let rest = self.rest();
        if rest.starts_with(|c: char| c.is_ascii_digit()) {
            return "";
        }
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '#');
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    /// Passes over blanks within a line.
    pub(super) fn skip_blanks(&mut self) {
        self.skip_while(|c| matches!(c, ' ' | '\t'));
    }

    /// Passes over blanks and line breaks.
    pub(super) fn skip_space(&mut self) {
        self.skip_while(is_blank);
    }

    /// Passes over blanks, line breaks and comments.
    pub(super) fn skip(&mut self) {
        loop {
            self.skip_space();
            if !self.rest().starts_with("//") {
                return;
            }
            self.skip_while(|c| c != '\n');
        }
    }

    fn skip_while(&mut self, passes: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.find(|c| !passes(c)).unwrap_or(rest.len());
    }

    /// Passes over what parts an element from the next, or from `end`: a comma, or the end
    /// of the line.
    pub(super) fn separator(&mut self, end: Option<char>) -> Read<()> {
        self.skip_blanks();
        let rest = self.rest();
        if rest.starts_with(['\n', '\r']) {
            self.skip_space();
            if self.peek() == Some(',') {
                self.advance();
            }
        } else if rest.starts_with(',') {
            self.advance();
        } else if self.peek() != end && !rest.starts_with("//") {
            return fault(self.at, unread::after_value(*self));
        }
        self.skip();
        if self.peek() == Some(',') {
            return fault(self.at, "a comma with nothing before it");
        }
        Ok(())
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}
