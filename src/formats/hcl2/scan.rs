//! Tokens of HCL 2, one at a time.
//!
//! Quoted strings and heredocs are templates that hold code, which holds templates: a stack
//! of modes says which of the two the next token is read as.

use crate::formats::fault::{Read, fault};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The end of the text.
    End,
    /// The end of a line, or a comment up to the end of its line.
    Newline,
    /// A name or a keyword.
    Name,
    /// Digits, with a fraction or an exponent.
    Number,
    /// An operator or a bracket.
    Symbol(&'static str),
    /// The quote before a string.
    Quote,
    /// The quote after a string.
    QuoteEnd,
    /// `<<NAME` or, to be outdented, `<<-NAME`, with the rest of its line.
    Heredoc {
        /// Whether it is to be outdented.
        outdented: bool,
    },
    /// A heredoc's closing line, without its newline.
    HeredocEnd,
    /// Text of a string or heredoc, with escapes: a line of it at most.
    Text {
        /// Whether a backslash escapes, as it does in quotes.
        quoted: bool,
    },
    /// `${` or `${~`.
    Interpolation {
        /// Whether blanks before it are dropped.
        trim: bool,
    },
    /// `%{` or `%{~`.
    Directive {
        /// Whether blanks before it are dropped.
        trim: bool,
    },
    /// The `}` or `~}` of an interpolation or directive.
    SequenceEnd {
        /// Whether blanks after it are dropped.
        trim: bool,
    },
}

/// A token, by where it stands in the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Longer ones before those they begin with.
const SYMBOLS: &[&str] = &[
    "...", "::", "==", "!=", ">=", "<=", "&&", "||", "=>", "[", "]", "(", ")", ".", ",", "*", "/",
    "%", "+", "-", "=", "<", ">", "!", "?", ":",
];

enum Mode<'a> {
    /// Code, with this many braces open.
    Code { braces: usize },
    /// Within quotes.
    Quoted,
    /// Within a heredoc that ends at `marker`; at the start of a line, if `fresh`.
    Heredoc { marker: &'a str, fresh: bool },
}

/// Reads tokens off a text.
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    modes: Vec<Mode<'a>>,
}

impl<'a> Scanner<'a> {
    /// Starts at the byte offset `at` of `text`.
    pub(super) fn new(text: &'a str, at: usize) -> Self {
        let modes = vec![Mode::Code { braces: 0 }];
        Self { text, at, modes }
    }

    /// Reads the next token. At the end of the text that is [`Kind::End`] for ever.
    pub(super) fn token(&mut self) -> Read<Token> {
        match self.modes.last() {
            Some(Mode::Quoted) => self.quoted(),
            Some(Mode::Heredoc { marker, fresh }) => {
                let (marker, fresh) = (*marker, *fresh);
                self.heredoc(marker, fresh)
            }
            Some(Mode::Code { .. }) | None => self.code(),
        }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn advance(&mut self, kind: Kind, length: usize) -> Token {
        let start = self.at;
        self.at += length;
        Token {
            kind,
            start,
            end: self.at,
        }
    }

    fn code(&mut self) -> Read<Token> {
        loop {
            let rest = self.rest();
            let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            self.at += blanks;
            let rest = self.rest();
            if rest.starts_with('#') || rest.starts_with("//") {
                let Some(line) = rest.find('\n') else {
                    self.at = self.text.len();
                    continue;
                };
                return Ok(self.advance(Kind::Newline, line + 1));
            }
            if rest.starts_with("/*") {
                let inside = rest.get(2..).unwrap_or_default();
                let Some(end) = inside.find("*/") else {
                    return fault(self.at, "this comment is not closed");
                };
                self.at += end + 4;
                continue;
            }
            return self.code_token(rest);
        }
    }

    fn code_token(&mut self, rest: &'a str) -> Read<Token> {
        let Some(first) = rest.chars().next() else {
            return Ok(self.advance(Kind::End, 0));
        };
        match first {
            '\n' => Ok(self.advance(Kind::Newline, 1)),
            '\r' => Ok(self.advance(Kind::Newline, 2)),
            '0'..='9' => Ok(self.advance(Kind::Number, number_length(rest))),
            'a'..='z' | 'A'..='Z' | '_' => Ok(self.advance(Kind::Name, name_length(rest))),
            '"' => {
                self.modes.push(Mode::Quoted);
                Ok(self.advance(Kind::Quote, 1))
            }
            '{' => {
                if let Some(Mode::Code { braces }) = self.modes.last_mut() {
                    *braces += 1;
                }
                Ok(self.advance(Kind::Symbol("{"), 1))
            }
            '}' => self.closing(false),
            '~' if rest.starts_with("~}") => self.closing(true),
            '<' if rest.starts_with("<<") => self.heredoc_start(rest),
            _ => match SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
                Some(symbol) => Ok(self.advance(Kind::Symbol(symbol), symbol.len())),
                None if first.is_alphabetic() => fault(
                    self.at,
                    format!("names outside ASCII are not read: `{first}`"),
                ),
                None => fault(self.at, format!("`{first}` stands for nothing here")),
            },
        }
    }

    /// Reads a brace: the end of an interpolation or directive, when none is open within it.
    fn closing(&mut self, trim: bool) -> Read<Token> {
        let nested = self.modes.len() > 1;
        let length = if trim { 2 } else { 1 };
        match self.modes.last_mut() {
            Some(Mode::Code { braces: 0 }) if nested => {
                self.modes.pop();
                Ok(self.advance(Kind::SequenceEnd { trim }, length))
            }
            _ if trim => fault(self.at, "`~}` closes no template sequence"),
            Some(Mode::Code { braces }) => {
                *braces = braces.saturating_sub(1);
                Ok(self.advance(Kind::Symbol("}"), 1))
            }
            _ => Ok(self.advance(Kind::Symbol("}"), 1)),
        }
    }

    fn heredoc_start(&mut self, rest: &'a str) -> Read<Token> {
        let after = rest.get(2..).unwrap_or_default();
        let outdented = after.starts_with('-');
        let named = after.strip_prefix('-').unwrap_or(after);
        let marker = named.get(..name_length(named)).unwrap_or_default();
        let line = named.get(marker.len()..).unwrap_or_default();
        let newline = newline_length(line);
        if marker.is_empty() || newline == 0 {
            return fault(
                self.at,
                "a heredoc starts with `<<` and a name that ends the line",
            );
        }
        let fresh = true;
        self.modes.push(Mode::Heredoc { marker, fresh });
        let length = rest.len() - line.len() + newline;
        Ok(self.advance(Kind::Heredoc { outdented }, length))
    }

    /// Reads `${`, `%{` or a dollar or percent sign that stands for itself, if one is next.
    fn sequence(&mut self, quoted: bool) -> Option<Token> {
        let rest = self.rest();
        let sign = rest
            .chars()
            .next()
            .filter(|sign| ['$', '%'].contains(sign))?;
        let after = rest.get(1..).unwrap_or_default();
        if let Some(code) = after.strip_prefix('{') {
            self.modes.push(Mode::Code { braces: 0 });
            let trim = code.starts_with('~');
            let kind = if sign == '$' {
                Kind::Interpolation { trim }
            } else {
                Kind::Directive { trim }
            };
            return Some(self.advance(kind, if trim { 3 } else { 2 }));
        }
        let escape = if sign == '$' { "${" } else { "%{" };
        let length = match after.chars().next() {
            _ if after.starts_with(escape) => 3,
            // Before the end of a heredoc's line, HCL takes one more character along: a blank
            // there is not trimmed with the line end.
            Some(last) if !quoted && last.is_ascii() && last != '\n' => {
                let rest = after.get(1..).unwrap_or_default();
                if newline_length(rest) > 0 { 2 } else { 1 }
            }
            _ => 1,
        };
        Some(self.advance(Kind::Text { quoted }, length))
    }

    fn quoted(&mut self) -> Read<Token> {
        if self.rest().starts_with('"') {
            self.modes.pop();
            return Ok(self.advance(Kind::QuoteEnd, 1));
        }
        if let Some(token) = self.sequence(true) {
            return Ok(token);
        }
        let mut characters = self.rest().char_indices();
        let mut length = None;
        while let Some((at, character)) = characters.next() {
            let next = match character {
                '"' | '$' | '%' | '\n' | '\r' => Some(character),
                '\\' => characters.next().map_or(Some('\n'), |(_, escaped)| {
                    Some(escaped).filter(|escaped| ['\n', '\r'].contains(escaped))
                }),
                _ => None,
            };
            if let Some(next) = next {
                if ['\n', '\r'].contains(&next) {
                    let what = "a string in quotes ends on its line: write `\\n`, or a heredoc";
                    return fault(self.at + at, what);
                }
                length = Some(at);
                break;
            }
        }
        match length {
            Some(length) => Ok(self.advance(Kind::Text { quoted: true }, length)),
            None => fault(self.at, "this string is not closed"),
        }
    }

    fn heredoc(&mut self, marker: &str, fresh: bool) -> Read<Token> {
        let stop = self.rest().find(['$', '%', '\n']);
        let Some(stop) = stop else {
            let what = format!("this heredoc is not closed: `{marker}` stands alone on its line");
            return fault(self.at, what);
        };
        let line = self.rest().get(..stop).unwrap_or_default();
        let whole = self
            .rest()
            .get(stop..)
            .unwrap_or_default()
            .starts_with('\n');
        if whole && fresh && line.trim() == marker {
            self.modes.pop();
            let length = line.strip_suffix('\r').unwrap_or(line).len();
            return Ok(self.advance(Kind::HeredocEnd, length));
        }
        if let Some(Mode::Heredoc { fresh, .. }) = self.modes.last_mut() {
            *fresh = whole;
        }
        if stop == 0
            && let Some(token) = self.sequence(false)
        {
            return Ok(token);
        }
        let length = if whole { stop + 1 } else { stop };
        Ok(self.advance(Kind::Text { quoted: false }, length))
    }
}

/// Returns how long the line end is that `text` starts with, or 0.
fn newline_length(text: &str) -> usize {
    if text.starts_with('\n') {
        1
    } else if text.starts_with("\r\n") {
        2
    } else {
        0
    }
}

/// Returns how long the name is that `text` starts with, or 0.
fn name_length(text: &str) -> usize {
    if !text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return 0;
    }
    let within = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    text.len() - text.trim_start_matches(within).len()
}

/// Returns how long the number is that `text` starts with: up to its last digit, whatever
/// dots and exponents are between.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let (mut at, mut length) = (0, 0);
    loop {
        match bytes.get(at) {
            Some(b'0'..=b'9') => {}
            Some(b'.') => {
                at += 1;
                continue;
            }
            Some(b'e' | b'E') => {
                at += 1;
                if matches!(bytes.get(at), Some(b'+' | b'-')) {
                    at += 1;
                }
                if !digit(at) {
                    return length;
                }
            }
            _ => return length,
        }
        at += 1;
        length = at;
    }
}

/// Resolves the escapes of a [`Kind::Text`] that starts at the offset `at`.
pub(super) fn unescaped(text: &str, at: usize, quoted: bool) -> Read<String> {
    if let "$${" | "%%{" = text {
        return Ok(text.get(1..).unwrap_or_default().to_owned());
    }
    if !quoted || !text.contains('\\') {
        return Ok(text.to_owned());
    }
    let mut read = String::with_capacity(text.len());
    let mut characters = text.char_indices();
    while let Some((offset, character)) = characters.next() {
        if character != '\\' {
            read.push(character);
            continue;
        }
        let at = at + offset;
        let selector = characters.next().map(|(_, selector)| selector);
        let digits = match selector {
            Some('n') => {
                read.push('\n');
                continue;
            }
            Some('r') => {
                read.push('\r');
                continue;
            }
            Some('t') => {
                read.push('\t');
                continue;
            }
            Some(plain @ ('"' | '\\')) => {
                read.push(plain);
                continue;
            }
            Some('u') => 4,
            Some('U') => 8,
            other => {
                let what = format!("`\\{}` is no escape", other.unwrap_or_default());
                return fault(at, what);
            }
        };
        let after = text.get(offset + 2..offset + 2 + digits);
        let code = after
            .filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|hex| u32::from_str_radix(hex, 16).ok())
            .and_then(char::from_u32);
        let Some(code) = code else {
            return fault(
                at,
                "`\\u` takes 4 and `\\U` takes 8 hexadecimal digits of a character",
            );
        };
        read.push(code);
        for _ in 0..digits {
            characters.next();
        }
    }
    Ok(read)
}
