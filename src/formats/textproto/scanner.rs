//! The pieces of a text: names, marks and values.

use super::FormatError;

/// A value that is no message and no list.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece<'t> {
    /// The bytes of strings, one after the other.
    Text(Vec<u8>),
    /// A word, perhaps with a sign before it.
    Word(&'t str),
    /// A number as written, perhaps with a sign before it.
    Number(&'t str),
}

/// What is left to read.
pub(super) struct Scanner<'t> {
    rest: &'t str,
    line: usize,
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

impl<'t> Scanner<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let mut scanner = Self {
            rest: text,
            line: 1,
        };
        scanner.skip(0);
        scanner
    }

    pub(super) fn line(&self) -> usize {
        self.line
    }

    pub(super) fn error(&self, what: impl Into<String>) -> FormatError {
        FormatError::at(self.line, what)
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    /// Returns an error that says what is next, but should not be.
    pub(super) fn unexpected(&self, expected: &str) -> FormatError {
        match self.peek() {
            Some(found) => self.error(format!("expected {expected}, found `{found}`")),
            None => self.error(format!("expected {expected}, found the end")),
        }
    }

    /// Passes over `length` bytes, and white space and comments after them.
    fn skip(&mut self, length: usize) -> &'t str {
        let (taken, mut rest) = self
            .rest
            .split_at_checked(length)
            .unwrap_or((self.rest, ""));
        self.line += taken.matches('\n').count();
        loop {
            rest = match rest.as_bytes() {
                [b'\n', ..] => {
                    self.line += 1;
                    rest.get(1..).unwrap_or_default()
                }
                [b' ' | b'\t' | b'\r', ..] => rest.get(1..).unwrap_or_default(),
                [b'#', ..] => rest
                    .find('\n')
                    .and_then(|end| rest.get(end..))
                    .unwrap_or_default(),
                _ => break,
            };
        }
        self.rest = rest;
        taken
    }

    /// Takes `mark` if it is next.
    pub(super) fn take(&mut self, mark: char) -> bool {
        let found = self.peek() == Some(mark);
        if found {
            self.skip(mark.len_utf8());
        }
        found
    }

    fn delimited(&self, length: usize) -> bool {
        let next = self.rest.get(length..).and_then(|rest| rest.chars().next());
        !next.is_some_and(|c| is_name(c) || matches!(c, '-' | '+' | '.') || !c.is_ascii())
    }

    /// Takes the name of a field.
    pub(super) fn name(&mut self) -> Result<&'t str, FormatError> {
        let length = self.rest.find(|c| !is_name(c)).unwrap_or(self.rest.len());
        if length == 0 {
            return Err(self.unexpected("the name of a field"));
        }
        let name = self.rest.get(..length).unwrap_or_default();
        if name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(self.error(format!("field `{name}` by its number: write its name")));
        }
        if !self.delimited(length) {
            return Err(self.error(format!("`{name}` is followed by what no name has")));
        }
        Ok(self.skip(length))
    }

    /// Takes the name of a type in `[` and `]`, without these.
    pub(super) fn type_url(&mut self) -> Result<&'t str, FormatError> {
        let is_url = |c: char| is_name(c) || matches!(c, '-' | '.' | '/');
        let inner = self.rest.get(1..).unwrap_or_default();
        match inner.find(|c| !is_url(c)) {
            Some(length)
                if inner
                    .get(length..)
                    .is_some_and(|rest| rest.starts_with(']')) =>
            {
                self.skip(length + 2);
                Ok(inner.get(..length).unwrap_or_default())
            }
            _ => Err(self.error("expected the name of a type in `[` and `]`")),
        }
    }

    /// Takes a value.
    pub(super) fn piece(&mut self) -> Result<Piece<'t>, FormatError> {
        if let Some('"' | '\'') = self.peek() {
            let mut all = Vec::new();
            while let Some(quote @ ('"' | '\'')) = self.peek() {
                self.string(quote, &mut all)?;
            }
            return Ok(Piece::Text(all));
        }
        let unsigned = self.rest.strip_prefix('-').unwrap_or(self.rest);
        let sign = self.rest.len() - unsigned.len();
        if unsigned.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            let length = sign + unsigned.find(|c| !is_name(c)).unwrap_or(unsigned.len());
            if self.delimited(length) {
                return Ok(Piece::Word(self.skip(length)));
            }
        } else if unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            // A sign is part of a number only in its exponent.
            let mut before = ' ';
            let end = unsigned.find(|c| {
                let goes_on = is_name(c)
                    || c == '.'
                    || (matches!(c, '+' | '-') && matches!(before, 'e' | 'E'));
                before = c;
                !goes_on
            });
            let length = sign + end.unwrap_or(unsigned.len());
            if self.delimited(length) {
                return Ok(Piece::Number(self.skip(length)));
            }
        }
        Err(self.unexpected("a value"))
    }

    fn string(&mut self, quote: char, all: &mut Vec<u8>) -> Result<(), FormatError> {
        let mut at = 1;
        loop {
            let rest = self.rest.get(at..).unwrap_or_default();
            let Some(end) = rest.find([quote, '\\', '\n', '\0']) else {
                return Err(self.error("a string without an end"));
            };
            let (plain, rest) = rest.split_at_checked(end).unwrap_or_default();
            all.extend_from_slice(plain.as_bytes());
            at += end;
            if rest.starts_with(quote) {
                self.skip(at + 1);
                return Ok(());
            }
            let Some(escape) = rest.strip_prefix('\\') else {
                return Err(self.error("a string without an end in its line"));
            };
            at += 1 + escaped(escape, all).ok_or_else(|| self.error("an unknown escape"))?;
        }
    }
}

/// Appends what the escape at the start of `text`, without its backslash, stands for;
/// returns how long it is.
fn escaped(text: &str, all: &mut Vec<u8>) -> Option<usize> {
    let mut chars = text.chars();
    let first = chars.next()?;
    let span = |from: usize, most: usize, radix: u32| {
        let digits = text.get(from..).unwrap_or_default().chars();
        digits.take(most).take_while(|c| c.is_digit(radix)).count()
    };
    let simple = match first {
        '"' | '\'' | '\\' | '?' => u8::try_from(first).ok(),
        'a' => Some(0x07),
        'b' => Some(0x08),
        'f' => Some(0x0c),
        'n' => Some(b'\n'),
        'r' => Some(b'\r'),
        't' => Some(b'\t'),
        'v' => Some(0x0b),
        _ => None,
    };
    if let Some(byte) = simple {
        all.push(byte);
        return Some(1);
    }
    let (from, length, radix) = match first {
        '0'..='7' => (0, span(0, 3, 8), 8),
        'x' => (1, span(1, 2, 16), 16),
        'u' => (1, 4, 16),
        'U' => (1, 8, 16),
        _ => return None,
    };
    let digits = text.get(from..from + length)?;
    if !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let number = u32::from_str_radix(digits, radix).ok()?;
    if matches!(first, 'u' | 'U') {
        let mut buffer = [0; 4];
        let encoded = char::from_u32(number)?.encode_utf8(&mut buffer);
        all.extend_from_slice(encoded.as_bytes());
    } else {
        all.push(u8::try_from(number).ok()?);
    }
    Some(from + length)
}
