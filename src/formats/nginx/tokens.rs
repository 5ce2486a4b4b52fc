//! Words of nginx's configuration, where nginx and conftest agree on them.

use crate::formats::FormatError;

/// What a token is.
#[derive(Clone, Copy)]
pub(super) enum Kind<'a> {
    /// A name or a parameter, as written.
    Word(&'a str),
    Semicolon,
    Open,
    Close,
}

/// A token with its line.
pub(super) struct Token<'a> {
    pub line: usize,
    pub kind: Kind<'a>,
}

impl<'a> Token<'a> {
    /// Returns an error at this token.
    pub fn error(&self, what: impl Into<String>) -> FormatError {
        FormatError::at(self.line, what)
    }

    /// Returns the token as written.
    pub fn text(&self) -> &'a str {
        match self.kind {
            Kind::Word(word) => word,
            Kind::Semicolon => ";",
            Kind::Open => "{",
            Kind::Close => "}",
        }
    }
}

/// What is left to read.
pub(super) struct Tokens<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Tokens<'a> {
    /// # Errors
    /// Characters at which conftest, or nginx, ends a line or the text.
    pub fn of(text: &'a str) -> Result<Self, FormatError> {
        let mut lines = text.split('\n').enumerate();
        let wrong = lines.find_map(|(index, line)| {
            let line = line.strip_suffix('\r').unwrap_or(line);
            let what = if line.contains('\0') {
                "a NUL character, where conftest stops reading"
            } else if line.contains('\r') {
                "a carriage return within a line"
            } else {
                return None;
            };
            Some(FormatError::at(index + 1, what))
        });
        match wrong {
            Some(error) => Err(error),
            None if text.starts_with('\u{feff}') => Err(FormatError::at(
                1,
                "a byte order mark: save the file without it",
            )),
            None => Ok(Self {
                rest: text,
                line: 1,
            }),
        }
    }

    /// Returns the next token. Comments are passed over.
    pub fn next_token(&mut self) -> Result<Option<Token<'a>>, FormatError> {
        loop {
            let blank = [' ', '\t', '\r', '\n'];
            self.take(self.rest.len() - self.rest.trim_start_matches(blank).len());
            if !self.rest.starts_with('#') {
                break;
            }
            self.take(self.rest.find('\n').unwrap_or(self.rest.len()));
        }
        let Some(first) = self.rest.chars().next() else {
            return Ok(None);
        };
        let line = self.line;
        let kind = match first {
            ';' => Kind::Semicolon,
            '{' => Kind::Open,
            '}' => Kind::Close,
            '`' => {
                return Err(FormatError::at(
                    line,
                    "conftest takes a backtick for a quote",
                ));
            }
            _ => {
                let length = if first == '"' || first == '\'' {
                    quoted(self.rest, first)
                } else {
                    plain(self.rest)
                };
                let length = length.map_err(|what| FormatError::at(line, what))?;
                let kind = Kind::Word(self.take(length));
                return Ok(Some(Token { line, kind }));
            }
        };
        self.take(1);
        Ok(Some(Token { line, kind }))
    }

    /// Takes `length` bytes off the rest.
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .unwrap_or((self.rest, ""));
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }
}

/// Returns the length of the word in quotes that `text` starts with.
fn quoted(text: &str, quote: char) -> Result<usize, String> {
    // nginx takes any character behind a backslash as it is; conftest quotes only, so for
    // it the second of two backslashes may still escape.
    let mut escaped = false;
    let mut before = quote;
    let mut characters = text.char_indices();
    characters.next();
    while let Some((_, character)) = characters.next() {
        if character == quote && escaped != (before == '\\') {
            return Err("two backslashes before a quote, which conftest misreads".to_owned());
        }
        if character == quote && !escaped {
            let rest = characters.as_str();
            let ends = |next: char| " \t\r\n;{)".contains(next);
            return match rest.chars().next() {
                Some(next) if !ends(next) => Err(format!("`{next}` right behind a quote")),
                _ => Ok(text.len() - rest.len()),
            };
        }
        escaped = character == '\\' && !escaped;
        before = character;
    }
    Err("a quote is not closed".to_owned())
}

/// Returns the length of the word without quotes that `text` starts with.
fn plain(text: &str) -> Result<usize, String> {
    let mut escaped = false;
    let mut before = ' ';
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            ' ' | '\t' | '\r' | '\n' | ';' | '{' | '}' if escaped => {
                return Err(
                    "a backslash before a blank, `;` or a brace, which conftest \
                     misreads: put the word in quotes"
                        .to_owned(),
                );
            }
            '{' if before == '$' => {
                let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
                let inside = characters.as_str();
                let after = inside.trim_start_matches(name);
                if after.len() == inside.len() || !after.starts_with('}') {
                    return Err("`${` without a name and `}`".to_owned());
                }
                characters.by_ref().find(|(_, c)| *c == '}');
                before = '}';
                continue;
            }
            ' ' | '\t' | '\r' | '\n' | ';' | '{' => return Ok(at),
            '}' => {
                return Err(
                    "`}` within a word: end the directive with `;`, or put the word in \
                     quotes"
                        .to_owned(),
                );
            }
            _ => {}
        }
        // An escaped `$` starts no variable for nginx.
        if character == '$' && escaped && characters.as_str().starts_with('{') {
            return Err("`\\${`, which conftest takes for a variable".to_owned());
        }
        escaped = character == '\\' && !escaped;
        before = character;
    }
    Ok(text.len())
}
