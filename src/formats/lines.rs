//! Text as lines, for formats that are read line by line.

use crate::json::{self, Limits};

use super::FormatError;

const CARRIAGE_RETURN: &str = "a carriage return without a line feed: end lines with a line feed";

/// One line of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    /// 1-based.
    pub(super) number: usize,
    /// Without its end.
    pub(super) text: &'a str,
    /// How it ends; the last line may have no end.
    pub(super) end: &'static str,
}

impl Line<'_> {
    /// Returns how many bytes of white space stand before the text.
    pub(super) fn indent(&self) -> usize {
        self.text.len() - self.text.trim_start().len()
    }
}

/// The lines of a text, without a byte order mark.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    rest: &'a str,
    number: usize,
}

impl<'a> Lines<'a> {
    /// Returns the lines of `bytes`.
    ///
    /// # Errors
    /// What is too large or not UTF-8; and carriage returns within a line, where only some
    /// readers see its end.
    pub(super) fn of(bytes: &'a [u8], limits: Limits) -> Result<Self, FormatError> {
        let text = text(bytes, limits)?;
        let rest = text.strip_prefix('\u{feff}').unwrap_or(text);
        Ok(Self { rest, number: 0 })
    }
}

/// Returns `bytes` as text.
///
/// # Errors
/// As [`Lines::of`].
pub(super) fn text(bytes: &[u8], limits: Limits) -> Result<&str, FormatError> {
    let text = json::utf8(bytes, limits)?;
    for (index, line) in text.split('\n').enumerate() {
        let bare = line.strip_suffix('\r').unwrap_or(line);
        if bare.contains('\r') {
            return Err(FormatError::at(index + 1, CARRIAGE_RETURN));
        }
    }
    // At the very end there is no line feed behind it.
    if text.ends_with('\r') {
        return Err(FormatError::at(text.split('\n').count(), CARRIAGE_RETURN));
    }
    Ok(text)
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        self.number += 1;
        let (text, end, rest) = match self.rest.split_once('\n') {
            Some((text, rest)) => match text.strip_suffix('\r') {
                Some(text) => (text, "\r\n", rest),
                None => (text, "\n", rest),
            },
            None => (self.rest, "", ""),
        };
        self.rest = rest;
        Some(Line {
            number: self.number,
            text,
            end,
        })
    }
}

/// Returns `text` up to a comment, which one of `marks` begins. `None` is a mark that
/// nothing sets apart from the text around it, so that it may be meant as text.
pub(super) fn before_comment<'a>(text: &'a str, marks: &[char]) -> Option<&'a str> {
    let Some(at) = text.find(marks) else {
        return Some(text);
    };
    let (before, comment) = text.split_at(at);
    let apart = if before.is_empty() {
        let mut comment = comment.chars();
        comment.next();
        comment.next().is_none_or(char::is_whitespace)
    } else {
        before.ends_with([' ', '\t'])
    };
    apart.then_some(before)
}

/// Returns `text` as an error shows it: the beginning of what is long.
pub(super) fn shown(text: &str) -> String {
    const CHARS_MAX: usize = 60;
    match text.char_indices().nth(CHARS_MAX) {
        Some((at, _)) => format!("{}…", text.split_at(at).0),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_numbers_and_ends() {
        let lines = Lines::of("\u{feff}a\r\n\n b".as_bytes(), Limits::EVIDENCE).unwrap();
        let lines: Vec<_> = lines
            .map(|line| (line.number, line.text, line.end, line.indent()))
            .collect();
        assert_eq!(
            lines,
            [(1, "a", "\r\n", 0), (2, "", "\n", 0), (3, " b", "", 1)]
        );
    }

    #[test]
    fn a_carriage_return_of_its_own_is_refused() {
        for (text, line) in [("a\rb", 1), ("a\nb\r", 2), ("a\r\r\n", 1)] {
            let error = Lines::of(text.as_bytes(), Limits::EVIDENCE).unwrap_err();
            assert!(error.to_string().starts_with(&format!("line {line}: ")));
        }
        assert!(Lines::of(b"\xff", Limits::EVIDENCE).is_err());
    }

    #[test]
    fn a_comment_stands_apart() {
        for (text, before) in [
            ("a # b", Some("a ")),
            ("# b", Some("")),
            ("#", Some("")),
            ("#b", None),
            ("a#b", None),
            ("a", Some("a")),
        ] {
            assert_eq!(before_comment(text, &['#']), before, "{text}");
        }
    }
}
