//! Groovy as tokens. Ends of lines that end a statement are tokens, too.

use super::FormatError;
use super::token::{Kind, MARKS};

mod strings;

/// Most tokens, since each is in the tree.
const TOKENS_MAX: usize = super::NODES_MAX;

/// One token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    pub(super) text: &'t str,
    /// Where it starts, in bytes.
    pub(super) start: usize,
}

/// What the text is at some place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// The inside of a string with `"`, or with three of them.
    Text { is_triple: bool },
    /// Code in `${` and `}` within such a string, with so many other `{` open.
    Inserted { open: usize },
}

/// Takes `text` apart.
///
/// # Errors
/// Strings and comments without an end, characters that Groovy does not have, and more
/// tokens than a tree may hold.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, FormatError> {
    let mut lexer = Lexer {
        text,
        at: 0,
        tokens: Vec::new(),
        open: Vec::new(),
        modes: Vec::new(),
        may_end: false,
    };
    while lexer.step()? {
        if lexer.tokens.len() > TOKENS_MAX {
            return Err(lexer.error(lexer.at, format!("more than {TOKENS_MAX} tokens")));
        }
    }
    Ok(lexer.tokens)
}

/// Returns the 1-based line of the byte `at`.
pub(super) fn line(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    before.matches('\n').count() + 1
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    tokens: Vec<Token<'t>>,
    /// `(`, `[` and `{` without their end yet.
    open: Vec<Kind>,
    modes: Vec<Mode>,
    /// Whether the end of the line may end a statement.
    may_end: bool,
}

fn continues_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$'
}

fn starts_word(c: char) -> bool {
    continues_word(c) && !c.is_ascii_digit()
}

impl<'t> Lexer<'t> {
    fn error(&self, at: usize, what: impl Into<String>) -> FormatError {
        FormatError::at(line(self.text, at), what)
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn byte(&self, offset: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + offset).copied()
    }

    fn push(&mut self, kind: Kind, start: usize) {
        let text = self.text.get(start..self.at).unwrap_or_default();
        self.tokens.push(Token { kind, text, start });
        self.may_end = kind.may_end_statement();
    }

    fn push_end_of_statement(&mut self) {
        self.push(Kind::Semicolon, self.at);
    }

    fn is_inserted(&self) -> bool {
        matches!(self.modes.last(), Some(Mode::Inserted { .. }))
    }

    fn lines_are_joined(&self) -> bool {
        matches!(self.open.last(), Some(Kind::LParen | Kind::LBrack))
    }

    /// Adds the next token, and those that come with it; false at the end.
    fn step(&mut self) -> Result<bool, FormatError> {
        if let Some(Mode::Text { is_triple }) = self.modes.last().copied() {
            self.modes.pop();
            let start = self.at;
            let has_end = self.string_body(start, is_triple, false)?;
            if has_end {
                self.after_token()?;
            }
            return Ok(true);
        }
        if self.before_token()? {
            self.push_end_of_statement();
            return Ok(true);
        }
        if self.at >= self.text.len() {
            return if self.modes.is_empty() {
                Ok(false)
            } else {
                Err(self.error(self.at, "a string without an end"))
            };
        }
        if self.token()? {
            self.after_token()?;
        }
        Ok(true)
    }

    /// Passes over what comes before a token; true where a line ends that ends a statement.
    fn before_token(&mut self) -> Result<bool, FormatError> {
        loop {
            match (self.byte(0), self.byte(1)) {
                (Some(b'\n' | b'\r'), _) => {
                    let is_free = self.may_end && !self.is_inserted() && !self.lines_are_joined();
                    if is_free {
                        if !self.goes_on() {
                            return Ok(true);
                        }
                        self.may_end = false;
                    }
                    self.skip_line_end();
                }
                (Some(b'#'), Some(b'!')) if self.at == 0 => {
                    self.at = self.rest().find(['\n', '\r']).unwrap_or(self.text.len());
                }
                _ => {
                    if !self.skip_blank()? {
                        return Ok(false);
                    }
                }
            }
        }
    }

    /// Passes over the rest of the line behind a token, and adds its end if that ends a
    /// statement.
    fn after_token(&mut self) -> Result<(), FormatError> {
        if matches!(self.modes.last(), Some(Mode::Text { .. })) {
            return Ok(());
        }
        let has_line_end = loop {
            if let Some(b'\n' | b'\r') = self.byte(0) {
                self.skip_line_end();
                break true;
            }
            let start = self.at;
            if !self.skip_blank()? {
                break false;
            }
            let skipped = self.text.get(start..self.at).unwrap_or_default();
            // A comment over several lines ends this one.
            if skipped.starts_with("/*") && skipped.contains(['\n', '\r']) {
                break true;
            }
        };
        let is_free = self.may_end && !self.is_inserted() && !self.lines_are_joined();
        if has_line_end && is_free && !self.goes_on() {
            self.push_end_of_statement();
        }
        Ok(())
    }

    fn skip_line_end(&mut self) {
        let is_pair = self.rest().starts_with("\r\n");
        self.at += if is_pair { 2 } else { 1 };
    }

    /// Passes over white space within a line, or a comment; false where there is neither.
    fn skip_blank(&mut self) -> Result<bool, FormatError> {
        match (self.byte(0), self.byte(1)) {
            (Some(b' ' | b'\t'), _) => {
                let rest = self.rest();
                self.at += rest.find(|c| c != ' ' && c != '\t').unwrap_or(rest.len());
            }
            (Some(b'\\'), Some(b'\n' | b'\r')) => {
                self.at += 1;
                self.skip_line_end();
            }
            (Some(b'/'), Some(b'/')) => {
                let rest = self.rest();
                self.at += rest.find(['\n', '\r']).unwrap_or(rest.len());
            }
            (Some(b'/'), Some(b'*')) => {
                let body = self.text.get(self.at + 2..).unwrap_or_default();
                let Some(end) = body.find("*/") else {
                    return Err(self.error(self.at, "a comment without an end"));
                };
                self.at += end + 4;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Whether what comes next, perhaps lines away, goes on with the statement.
    fn goes_on(&self) -> bool {
        let mut rest = self.rest();
        loop {
            rest = rest.trim_start_matches([' ', '\t', '\n', '\r']);
            match rest.strip_prefix('\\') {
                Some(after) if after.starts_with(['\n', '\r']) => rest = after,
                _ => break,
            }
        }
        let marks = [".", "?.", "?:", "??.", "*."];
        marks.iter().any(|mark| rest.starts_with(mark))
    }

    /// Adds a token; false where more of a string comes right after it.
    fn token(&mut self) -> Result<bool, FormatError> {
        let start = self.at;
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return Ok(true);
        };
        match first {
            '$' if rest.starts_with("$/") => self.dollar_slashy()?,
            '\'' => self.single_quoted()?,
            '"' => {
                let is_triple = rest.starts_with("\"\"\"");
                self.at += if is_triple { 3 } else { 1 };
                return self.string_body(start, is_triple, true);
            }
            '0'..='9' => self.number(),
            '.' if self.byte(1).is_some_and(|byte| byte.is_ascii_digit()) => {
                self.at += 1;
                self.digits();
                self.exponent();
                self.take_suffix();
                self.push(Kind::FloatLiteral, start);
            }
            _ if starts_word(first) => {
                let word = self.word()?;
                self.push(Kind::of_word(word), start);
            }
            '/' if self.starts_slashy() => self.slashy()?,
            _ => self.mark()?,
        }
        Ok(true)
    }

    /// Takes a word.
    fn word(&mut self) -> Result<&'t str, FormatError> {
        let rest = self.rest();
        let length = rest.find(|c| !continues_word(c)).unwrap_or(rest.len());
        let next = rest.get(length..).and_then(|rest| rest.chars().next());
        if next.is_some_and(|c| !c.is_ascii() && c.is_alphanumeric()) {
            return Err(self.error(self.at, "a name with letters beyond a to z"));
        }
        self.at += length;
        Ok(rest.get(..length).unwrap_or_default())
    }

    fn mark(&mut self) -> Result<(), FormatError> {
        let start = self.at;
        let rest = self.rest();
        for unknown in ["??", "<."] {
            if rest.starts_with(unknown) {
                return Err(self.error(start, format!("`{unknown}` is not read")));
            }
        }
        for (word, kind) in [("!instanceof", Kind::NotInstanceof), ("!in", Kind::NotIn)] {
            let Some(after) = rest.strip_prefix(word) else {
                continue;
            };
            if !after.starts_with(continues_word) {
                self.at += word.len();
                self.push(kind, start);
                return Ok(());
            }
        }
        if rest.len() > 1 && "!instanceof".starts_with(rest) {
            return Err(self.error(start, format!("`{rest}` at the end")));
        }
        let mut marks = MARKS.iter();
        let Some((text, kind)) = marks.find(|(text, _)| rest.starts_with(text)) else {
            let found = rest.chars().next().unwrap_or_default();
            return Err(self.error(start, format!("unexpected `{}`", found.escape_debug())));
        };
        self.at += text.len();
        if self.ends_insertion(*kind) {
            self.modes.pop();
        }
        match kind {
            Kind::LParen | Kind::LBrack | Kind::LBrace => self.open.push(*kind),
            Kind::SafeIndex => self.open.push(Kind::LBrack),
            Kind::RParen => self.close(Kind::LParen),
            Kind::RBrack => self.close(Kind::LBrack),
            Kind::RBrace => self.close(Kind::LBrace),
            _ => {}
        }
        self.push(*kind, start);
        Ok(())
    }

    /// Counts `{` and `}` within `${` and `}`; true for the `}` that belongs to the `${`.
    fn ends_insertion(&mut self, kind: Kind) -> bool {
        let Some(Mode::Inserted { open }) = self.modes.last_mut() else {
            return false;
        };
        match kind {
            Kind::LBrace => *open += 1,
            Kind::RBrace if *open == 0 => return true,
            Kind::RBrace => *open -= 1,
            _ => {}
        }
        false
    }

    /// Closes the innermost bracket if it is `kind`. That of a `${` was never opened, but
    /// conftest closes one all the same, and so do we.
    fn close(&mut self, kind: Kind) {
        if self.open.last() == Some(&kind) {
            self.open.pop();
        }
    }

    fn starts_slashy(&self) -> bool {
        let last = self.tokens.last();
        !matches!(self.byte(1), None | Some(b'/' | b'='))
            && last.is_none_or(|token| token.kind.may_precede_slashy())
    }

    fn take_while(&mut self, accept: fn(u8) -> bool) {
        while self.byte(0).is_some_and(accept) {
            self.at += 1;
        }
    }

    fn digits(&mut self) {
        self.take_while(|byte| byte.is_ascii_digit() || byte == b'_');
    }

    fn exponent(&mut self) -> bool {
        let found = matches!(self.byte(0), Some(b'e' | b'E'));
        if found {
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte(0) {
                self.at += 1;
            }
            self.digits();
        }
        found
    }

    /// Takes the letter behind a number; true if it makes it a float.
    fn take_suffix(&mut self) -> bool {
        let suffix = self.byte(0).map(|byte| byte.to_ascii_lowercase());
        if let Some(b'l' | b'i' | b'f' | b'd' | b'g') = suffix {
            self.at += 1;
        }
        matches!(suffix, Some(b'f' | b'd'))
    }

    fn number(&mut self) {
        let start = self.at;
        let mut is_decimal = false;
        match (self.byte(0), self.byte(1)) {
            (Some(b'0'), Some(b'x' | b'X')) => {
                self.at += 2;
                self.take_while(|byte| byte.is_ascii_hexdigit() || byte == b'_');
            }
            (Some(b'0'), Some(b'b' | b'B')) => {
                self.at += 2;
                self.take_while(|byte| matches!(byte, b'0' | b'1' | b'_'));
                self.take_suffix();
                return self.push(Kind::IntLiteral, start);
            }
            (Some(b'0'), Some(b'0'..=b'7')) => {
                self.take_while(|byte| matches!(byte, b'0'..=b'7' | b'_'));
                is_decimal = match (self.byte(0), self.byte(1)) {
                    (Some(b'8' | b'9'), _) => true,
                    (Some(b'.'), Some(next)) => next.is_ascii_digit(),
                    _ => false,
                };
                if !is_decimal {
                    self.take_suffix();
                    return self.push(Kind::IntLiteral, start);
                }
            }
            _ => is_decimal = true,
        }
        let mut is_float = false;
        if is_decimal {
            self.digits();
            let next = (self.byte(0), self.byte(1));
            if let (Some(b'.'), Some(b'0'..=b'9')) = next {
                is_float = true;
                self.at += 1;
                self.digits();
            }
            is_float |= self.exponent();
        }
        is_float |= self.take_suffix();
        let kind = if is_float {
            Kind::FloatLiteral
        } else {
            Kind::IntLiteral
        };
        self.push(kind, start);
    }
}
