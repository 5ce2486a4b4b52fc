//! A place in the text, and the smallest things that stand there.

use super::super::FormatError;

/// What neither unquoted keys nor unquoted text may hold.
const FORBIDDEN: &str = "$\"{}[]:=+,#`^?!@*&\\";

/// The text from some place on.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    rest: &'a str,
    /// 1-based.
    pub(super) line: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            rest: text,
            line: 1,
        }
    }

    pub(super) fn refuse<T>(&self, what: impl Into<String>) -> Result<T, FormatError> {
        Err(FormatError::at(self.line, what))
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    pub(super) fn starts_with(&self, text: &str) -> bool {
        self.rest.starts_with(text)
    }

    /// Steps over `text`, which is part of one line, if it stands here.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Takes what stands before the first character that is not `wanted`.
    fn take(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !wanted(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    /// Takes spaces and tabs.
    pub(super) fn spaces(&mut self) -> &'a str {
        self.take(|c| c == ' ' || c == '\t')
    }

    fn is_comment(&self) -> bool {
        self.starts_with("#") || self.starts_with("//")
    }

    /// Tells whether nothing but a comment stands here up to the end of the line.
    pub(super) fn is_end_of_line(&self) -> bool {
        matches!(self.peek(), None | Some('\n' | '\r')) || self.is_comment()
    }

    /// Steps over white space, ends of lines and comments.
    pub(super) fn blank(&mut self) -> Result<(), FormatError> {
        loop {
            self.spaces();
            if self.is_comment() {
                let comment = self.take(|c| c != '\n');
                if self.rest.is_empty() && (comment == "#" || comment == "//") {
                    return self.refuse(
                        "a comment without text at the end of the file, which conftest does not \
                         take for one",
                    );
                }
            }
            self.eat("\r");
            if !self.eat("\n") {
                return Ok(());
            }
            self.line += 1;
        }
    }

    /// Takes what stands before a comment and before the first character that is not
    /// `wanted`.
    fn take_before_comment(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let mut end = self.rest.len();
        let mut chars = self.rest.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let comment = c == '/' && chars.peek().is_some_and(|(_, next)| *next == '/');
            if comment || !wanted(c) {
                end = at;
                break;
            }
        }
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    /// Takes unquoted text, as far as it goes without spaces.
    pub(super) fn word(&mut self) -> &'a str {
        self.take_before_comment(|c| c.is_ascii_graphic() && !FORBIDDEN.contains(c))
    }

    /// Takes an unquoted key, with spaces in it and behind it, up to a dot.
    pub(super) fn key(&mut self) -> &'a str {
        self.take_before_comment(|c| {
            let space = c == ' ' || c == '\t';
            space || c.is_ascii_graphic() && c != '.' && !FORBIDDEN.contains(c)
        })
    }

    /// Takes the path of a substitution.
    pub(super) fn path(&mut self) -> &'a str {
        self.take(|c| c.is_ascii_alphanumeric() || ['.', '_', '-'].contains(&c))
    }

    /// Takes text in quotes, or in three of them.
    pub(super) fn quoted(&mut self) -> Result<String, FormatError> {
        if self.eat("\"\"\"") {
            let Some((text, rest)) = self.rest.split_once("\"\"\"") else {
                return self.refuse("three quotes that are not closed");
            };
            self.rest = rest;
            if self.starts_with("\"") {
                return self.refuse("more than three quotes, of which conftest drops some");
            }
            self.line += text.matches('\n').count();
            return Ok(text.to_owned());
        }
        self.eat("\"");
        let mut text = String::new();
        loop {
            text.push_str(self.take(|c| !['"', '\\', '\n', '\r'].contains(&c)));
            if self.eat("\"") {
                return Ok(text);
            }
            if !self.eat("\\") {
                return self.refuse("a quote that is not closed on its line");
            }
            let escaped = self.peek();
            text.push(match escaped {
                Some(c @ ('"' | '\\' | '/')) => c,
                Some('b') => '\u{8}',
                Some('f') => '\u{c}',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some('u') => {
                    return self
                        .refuse("`\\u`, which conftest leaves as it is: write the letter itself");
                }
                Some(c) => return self.refuse(format!("`\\{c}`, which is no escape")),
                None => return self.refuse("a quote that is not closed on its line"),
            });
            self.take_one();
        }
    }

    fn take_one(&mut self) {
        let mut chars = self.rest.chars();
        chars.next();
        self.rest = chars.as_str();
    }
}
