//! The tokens of a `.proto` file.

use super::FormatError;

/// One token. Comments and white space are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A name, a keyword, or names joined by dots.
    Word(String),
    /// A number, as written.
    Number(String),
    /// A string, without its quotation marks.
    Text(String),
    /// Any other character.
    Mark(char),
}

/// The tokens that are left to read.
pub(super) struct Tokens {
    tokens: std::iter::Peekable<std::vec::IntoIter<(usize, Token)>>,
    line: usize,
}

impl Tokens {
    /// Takes `text` apart.
    pub(super) fn of(text: &str) -> Result<Self, FormatError> {
        let mut tokens = Vec::new();
        let mut line = 1;
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let (token, length) = token(rest, first, line)?;
            if let Some(token) = token {
                tokens.push((line, token));
            }
            let (taken, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
            line += taken.matches('\n').count();
            rest = after;
        }
        Ok(Self {
            tokens: tokens.into_iter().peekable(),
            line: 1,
        })
    }

    /// The line of the token that was taken last.
    pub(super) fn line(&self) -> usize {
        self.line
    }

    pub(super) fn next(&mut self) -> Option<Token> {
        let (line, token) = self.tokens.next()?;
        self.line = line;
        Some(token)
    }

    pub(super) fn peek(&mut self) -> Option<&Token> {
        self.tokens.peek().map(|(_, token)| token)
    }

    /// Takes the next token if it is `mark`.
    pub(super) fn take(&mut self, mark: char) -> bool {
        let found = self.peek() == Some(&Token::Mark(mark));
        if found {
            self.next();
        }
        found
    }

    pub(super) fn expect(&mut self, mark: char) -> Result<(), FormatError> {
        match self.next() {
            Some(Token::Mark(found)) if found == mark => Ok(()),
            other => Err(self.unexpected(other.as_ref(), &format!("`{mark}`"))),
        }
    }

    pub(super) fn word(&mut self) -> Result<String, FormatError> {
        match self.next() {
            Some(Token::Word(word)) => Ok(word),
            other => Err(self.unexpected(other.as_ref(), "a name")),
        }
    }

    /// A name without dots.
    pub(super) fn name(&mut self) -> Result<String, FormatError> {
        let word = self.word()?;
        if word.contains('.') {
            return Err(self.error(format!("`{word}` is no plain name")));
        }
        Ok(word)
    }

    pub(super) fn text(&mut self) -> Result<String, FormatError> {
        match self.next() {
            Some(Token::Text(text)) => Ok(text),
            other => Err(self.unexpected(other.as_ref(), "a string")),
        }
    }

    /// A whole number, perhaps with a sign before it.
    pub(super) fn integer(&mut self) -> Result<i64, FormatError> {
        let negative = self.take('-');
        let number = match self.next() {
            Some(Token::Number(number)) => number,
            other => return Err(self.unexpected(other.as_ref(), "a whole number")),
        };
        let digits = |prefix: &[&str], radix| {
            let digits = prefix.iter().find_map(|start| number.strip_prefix(start))?;
            Some(i64::from_str_radix(digits, radix))
        };
        let value = digits(&["0x", "0X"], 16)
            .or_else(|| (number != "0").then(|| digits(&["0"], 8)).flatten())
            .unwrap_or_else(|| number.parse());
        match value {
            Ok(value) if negative => Ok(-value),
            Ok(value) => Ok(value),
            Err(_) => Err(self.error(format!("`{number}` is no whole number"))),
        }
    }

    /// Passes over everything up to `end`, which is taken, too; brackets within are pairs.
    pub(super) fn skip_to(&mut self, end: char) -> Result<(), FormatError> {
        let mut open = Vec::new();
        loop {
            match self.next() {
                Some(Token::Mark(mark)) if open.is_empty() && mark == end => return Ok(()),
                Some(Token::Mark('{')) => open.push('}'),
                Some(Token::Mark('[')) => open.push(']'),
                Some(Token::Mark('(')) => open.push(')'),
                Some(Token::Mark(mark @ ('}' | ']' | ')'))) => {
                    if open.pop() != Some(mark) {
                        return Err(self.error(format!("a `{mark}` without its pair")));
                    }
                }
                Some(_) => {}
                None => return Err(self.unexpected(None, &format!("`{end}`"))),
            }
        }
    }

    pub(super) fn error(&self, what: impl Into<String>) -> FormatError {
        FormatError::at(self.line, what)
    }

    pub(super) fn unexpected(&self, found: Option<&Token>, expected: &str) -> FormatError {
        let found = match found {
            Some(Token::Word(text) | Token::Number(text)) => format!("`{text}`"),
            Some(Token::Text(text)) => format!("\"{text}\""),
            Some(Token::Mark(mark)) => format!("`{mark}`"),
            None => "the end".to_owned(),
        };
        self.error(format!("expected {expected}, found {found}"))
    }
}

/// Returns the token that `rest` starts with, if it is one, and how long it is.
fn token(rest: &str, first: char, line: usize) -> Result<(Option<Token>, usize), FormatError> {
    let span = |accept: fn(char) -> bool| rest.find(|c| !accept(c)).unwrap_or(rest.len());
    let taken = |length: usize| rest.get(..length).unwrap_or_default().to_owned();
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    match first {
        ' ' | '\t' | '\r' | '\n' => Ok((None, 1)),
        '/' if rest.starts_with("//") => Ok((None, rest.find('\n').unwrap_or(rest.len()))),
        '/' if rest.starts_with("/*") => match rest.get(2..).and_then(|body| body.find("*/")) {
            Some(end) => Ok((None, end + 4)),
            None => Err(FormatError::at(line, "a comment without an end")),
        },
        '"' | '\'' => {
            let body = rest.get(1..).unwrap_or_default();
            match body.find([first, '\n', '\\']) {
                Some(end) if body.get(end..).is_some_and(|end| end.starts_with(first)) => {
                    Ok((Some(Token::Text(taken(end + 1).split_off(1))), end + 2))
                }
                Some(end) if body.get(end..).is_some_and(|end| end.starts_with('\\')) => {
                    escaped(body, first, line)
                }
                _ => Err(FormatError::at(line, "a string without an end")),
            }
        }
        '0'..='9' => {
            let length = span(|c| c.is_ascii_alphanumeric() || c == '.');
            Ok((Some(Token::Number(taken(length))), length))
        }
        'a'..='z' | 'A'..='Z' | '_' | '.' => {
            let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            Ok((Some(Token::Word(taken(length))), length))
        }
        _ if first.is_ascii_punctuation() => Ok((Some(Token::Mark(first)), 1)),
        _ => Err(FormatError::at(line, format!("unexpected `{first}`"))),
    }
}

/// A string with escapes, whose value nothing here depends on.
fn escaped(body: &str, quote: char, line: usize) -> Result<(Option<Token>, usize), FormatError> {
    let mut escaped = false;
    for (at, c) in body.char_indices() {
        match c {
            '\n' => break,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => {
                let text = body.get(..at).unwrap_or_default().to_owned();
                return Ok((Some(Token::Text(text)), at + 2));
            }
            _ => {}
        }
    }
    Err(FormatError::at(line, "a string without an end"))
}
