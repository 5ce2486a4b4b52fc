//! Rego text → tokens and comments, with positions.
//!
//! Knows where strings, comments and brackets begin and end, and nothing of what
//! they mean. It never panics, and reads each byte once.
//!
//! INVARIANT: text this lexer accepts holds no character at which the engine's
//! lexer would stop early (NUL ends a file for it: rules behind one would silently
//! not exist) and none that shows a reader other text than what is evaluated.

use thiserror::Error;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    Ident,
    Number,
    String,
    RawString,
    /// `$"…"`: newer OPA has it, the engine does not.
    Template,
    Symbol,
}

/// One token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: TokenKind,
    /// The source text, quotes included.
    pub(super) text: &'a str,
    /// 1-based.
    pub(super) line: usize,
    /// 1-based, in bytes.
    pub(super) column: usize,
    /// Follows the previous token without white space.
    pub(super) joined: bool,
    /// Stands behind a dot, where keywords are names.
    pub(super) is_field: bool,
}

/// One `#` comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Comment<'a> {
    /// The text behind `#`.
    pub(super) text: &'a str,
    pub(super) line: usize,
    pub(super) column: usize,
}

/// The tokens and comments of one file.
#[derive(Debug, Default)]
pub(super) struct Lexed<'a> {
    pub(super) tokens: Vec<Token<'a>>,
    pub(super) comments: Vec<Comment<'a>>,
}

/// Text that is not Rego.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}, column {column}: {what}")]
pub struct LexError {
    /// 1-based.
    pub line: usize,
    /// 1-based, in bytes.
    pub column: usize,
    what: String,
}

/// Reserved words: never the name of a rule or variable.
pub(super) const KEYWORDS: [&str; 15] = [
    "as", "contains", "default", "else", "every", "false", "if", "import", "in", "not", "null",
    "package", "some", "true", "with",
];

impl Token<'_> {
    pub(super) fn is(&self, text: &str) -> bool {
        let is_word = matches!(self.kind, TokenKind::Ident | TokenKind::Symbol);
        is_word && !self.is_field && self.text == text
    }

    pub(super) fn is_keyword(&self) -> bool {
        self.kind == TokenKind::Ident && !self.is_field && KEYWORDS.contains(&self.text)
    }

    /// Whether an expression can end here.
    pub(super) fn ends_operand(&self) -> bool {
        match self.kind {
            TokenKind::Symbol => matches!(self.text, ")" | "]" | "}"),
            TokenKind::Ident => {
                !self.is_keyword() || matches!(self.text, "true" | "false" | "null")
            }
            _ => true,
        }
    }

    /// The value of a string literal.
    pub(super) fn string(&self) -> Option<String> {
        match self.kind {
            TokenKind::RawString => inner(self.text).map(str::to_owned),
            TokenKind::String => inner(self.text).map(unescape),
            _ => None,
        }
    }
}

fn inner(quoted: &str) -> Option<&str> {
    quoted.get(1..quoted.len().checked_sub(1)?)
}

fn unescape(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            value.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => value.push('\n'),
            Some('t') => value.push('\t'),
            Some('r') => value.push('\r'),
            Some('u') => {
                let code: String = chars.by_ref().take(4).collect();
                let scalar = u32::from_str_radix(&code, 16).ok().and_then(char::from_u32);
                value.push(scalar.unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            Some(other) => value.push(other),
            None => {}
        }
    }
    value
}

/// Splits `text` into tokens and comments.
///
/// # Errors
/// Characters that Rego does not have, and strings that do not end.
pub(super) fn lex(text: &str) -> Result<Lexed<'_>, LexError> {
    let mut lexer = Lexer {
        text,
        at: 0,
        line: 1,
        line_start: 0,
        spaced: true,
        out: Lexed::default(),
    };
    while let Some(c) = lexer.peek() {
        lexer.next(c)?;
    }
    Ok(lexer.out)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    line_start: usize,
    spaced: bool,
    out: Lexed<'a>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn column(&self) -> usize {
        self.at - self.line_start + 1
    }

    fn error(&self, what: impl Into<String>) -> LexError {
        LexError {
            line: self.line,
            column: self.column(),
            what: what.into(),
        }
    }

    fn next(&mut self, c: char) -> Result<(), LexError> {
        match c {
            ' ' | '\t' | '\r' | '\n' => {
                self.advance(c)?;
                self.spaced = true;
                Ok(())
            }
            '#' => self.comment(),
            '"' => self.string(TokenKind::String),
            '`' => self.raw(TokenKind::RawString),
            '$' => self.template(),
            'a'..='z' | 'A'..='Z' | '_' => {
                self.word(TokenKind::Ident);
                Ok(())
            }
            '0'..='9' => {
                self.number();
                Ok(())
            }
            _ => self.symbol(c),
        }
    }

    /// Moves past `c`, which stands at the position, and refuses what hides text.
    fn advance(&mut self, c: char) -> Result<(), LexError> {
        match c {
            '\n' => {
                self.line += 1;
                self.line_start = self.at + 1;
            }
            '\t' => {}
            '\r' if self.rest().starts_with("\r\n") => {}
            '\r' => return Err(self.error("carriage return without a line feed")),
            _ if c.is_control() => {
                let code = u32::from(c);
                return Err(self.error(format!("control character U+{code:04X}")));
            }
            // Bidirectional overrides display text in another order than it is read.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                let code = u32::from(c);
                return Err(self.error(format!("bidirectional control U+{code:04X} hides text")));
            }
            _ => {}
        }
        self.at += c.len_utf8();
        Ok(())
    }

    fn push(&mut self, kind: TokenKind, start: usize, line: usize, column: usize) {
        let is_field = self.out.tokens.last().is_some_and(|token| token.is("."));
        self.out.tokens.push(Token {
            kind,
            text: self.text.get(start..self.at).unwrap_or_default(),
            line,
            column,
            joined: !self.spaced,
            is_field,
        });
        self.spaced = false;
    }

    fn comment(&mut self) -> Result<(), LexError> {
        let (line, column) = (self.line, self.column());
        self.at += 1;
        let start = self.at;
        self.skip(is_printable);
        while let Some(c) = self.peek().filter(|c| *c != '\n') {
            self.advance(c)?;
            self.skip(is_printable);
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        self.out.comments.push(Comment {
            text: text.trim_end_matches('\r'),
            line,
            column,
        });
        self.spaced = true;
        Ok(())
    }

    fn string(&mut self, kind: TokenKind) -> Result<(), LexError> {
        let (start, line, column) = (self.at, self.line, self.column());
        if kind == TokenKind::Template {
            self.at += 1;
        }
        self.at += 1;
        let unmatched = || LexError {
            line,
            column,
            what: "string does not end on its line".to_owned(),
        };
        loop {
            self.skip(|byte| is_printable(byte) && !matches!(byte, b'"' | b'\\'));
            match self.peek() {
                None | Some('\n') => return Err(unmatched()),
                Some('"') => break,
                Some('\\') => {
                    self.at += 1;
                    match self.peek() {
                        None | Some('\n') => return Err(unmatched()),
                        Some(c) => self.advance(c)?,
                    }
                }
                Some(c) => self.advance(c)?,
            }
        }
        self.at += 1;
        self.push(kind, start, line, column);
        Ok(())
    }

    fn raw(&mut self, kind: TokenKind) -> Result<(), LexError> {
        let (start, line, column) = (self.at, self.line, self.column());
        if kind == TokenKind::Template {
            self.at += 1;
        }
        self.at += 1;
        loop {
            self.skip(|byte| is_printable(byte) && byte != b'`');
            match self.peek() {
                None => {
                    return Err(LexError {
                        line,
                        column,
                        what: "raw string does not end".to_owned(),
                    });
                }
                Some('`') => break,
                Some(c) => self.advance(c)?,
            }
        }
        self.at += 1;
        self.push(kind, start, line, column);
        Ok(())
    }

    /// Only where a template begins matters: it is refused whatever it holds.
    fn template(&mut self) -> Result<(), LexError> {
        if self.rest().starts_with("$\"") {
            self.string(TokenKind::Template)
        } else if self.rest().starts_with("$`") {
            self.raw(TokenKind::Template)
        } else {
            Err(self.error("unexpected character `$`"))
        }
    }

    fn word(&mut self, kind: TokenKind) {
        let (start, line, column) = (self.at, self.line, self.column());
        self.skip(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        self.push(kind, start, line, column);
    }

    fn number(&mut self) {
        let (start, line, column) = (self.at, self.line, self.column());
        let digit = |byte: u8| byte.is_ascii_digit();
        self.skip(digit);
        let mut ahead = self.rest().bytes();
        if ahead.next() == Some(b'.') && ahead.next().is_some_and(digit) {
            self.at += 1;
            self.skip(digit);
        }
        if self.rest().starts_with(['e', 'E']) {
            self.at += 1;
            if self.rest().starts_with(['+', '-']) {
                self.at += 1;
            }
            self.skip(digit);
        }
        self.push(TokenKind::Number, start, line, column);
    }

    fn skip(&mut self, wanted: impl Fn(u8) -> bool) {
        self.at += self.rest().bytes().take_while(|byte| wanted(*byte)).count();
    }

    fn symbol(&mut self, c: char) -> Result<(), LexError> {
        const PAIRS: [&str; 5] = [":=", "==", "!=", "<=", ">="];
        const SINGLES: &str = "{}[]().,;:=<>+-*/%|&";
        let (start, line, column) = (self.at, self.line, self.column());
        if PAIRS.iter().any(|pair| self.rest().starts_with(pair)) {
            self.at += 2;
        } else if SINGLES.contains(c) {
            self.at += 1;
        } else if c.is_control() {
            return self.advance(c);
        } else {
            // Printed escaped: the character may be invisible.
            return Err(self.error(format!("unexpected character `{}`", c.escape_default())));
        }
        self.push(TokenKind::Symbol, start, line, column);
        Ok(())
    }
}

/// Printable ASCII: most of every file, and nothing to look at twice.
fn is_printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(text: &str) -> Vec<String> {
        let lexed = lex(text).unwrap();
        lexed.tokens.iter().map(|t| t.text.to_owned()).collect()
    }

    #[test]
    fn splits_rego() {
        assert_eq!(
            texts("deny contains `a\n#b` if x[\"y\\\"z\"] >= 1.5e-3-2 # c"),
            [
                "deny",
                "contains",
                "`a\n#b`",
                "if",
                "x",
                "[",
                "\"y\\\"z\"",
                "]",
                ">=",
                "1.5e-3",
                "-",
                "2"
            ]
        );
    }

    #[test]
    fn positions_are_those_of_an_editor() {
        let lexed = lex("a\n  b # note\r\n\tc").unwrap();
        let at: Vec<_> = lexed.tokens.iter().map(|t| (t.line, t.column)).collect();
        assert_eq!(at, [(1, 1), (2, 3), (3, 2)]);
        assert_eq!(lexed.comments[0].text, " note");
        assert_eq!((lexed.comments[0].line, lexed.comments[0].column), (2, 5));
    }

    #[test]
    fn strings_have_values() {
        let lexed = lex(r#""a\"\u0041\n" `\d`"#).unwrap();
        assert_eq!(lexed.tokens[0].string().unwrap(), "a\"A\n");
        assert_eq!(lexed.tokens[1].string().unwrap(), "\\d");
        assert_eq!(lex("x").unwrap().tokens[0].string(), None);
    }

    #[test]
    fn refuses_what_ends_or_hides_text() {
        for (text, what) in [
            (
                "package p\n\0deny := 1",
                "line 2, column 1: control character U+0000",
            ),
            ("# a\0b", "control character U+0000"),
            ("a\rb", "carriage return"),
            ("# \u{202e}x", "bidirectional control U+202E"),
            ("x := \"abc\ndef\"", "line 1, column 6: string does not end"),
            ("x := \"abc\\", "does not end"),
            ("x := `abc", "raw string does not end"),
            ("x := 'a'", "unexpected character `\\'`"),
            ("x\u{a0}:= 1", "unexpected character `\\u{a0}`"),
            ("$x", "unexpected character `$`"),
            ("\u{feff}package p", "unexpected character `\\u{feff}`"),
        ] {
            let error = lex(text).unwrap_err().to_string();
            assert!(error.contains(what), "{text:?}: {error}");
        }
    }

    proptest! {
        #[test]
        fn any_text_ends_in_tokens_or_an_error(text in any::<String>()) {
            if let Ok(lexed) = lex(&text) {
                let length: usize = lexed.tokens.iter().map(|t| t.text.len()).sum();
                prop_assert!(length <= text.len());
            }
        }

        #[test]
        fn tokens_stand_where_they_say(text in "[a-z0-9 .:=\\[\\]{}()\"`#\n\t-]{0,200}") {
            if let Ok(lexed) = lex(&text) {
                let lines: Vec<&str> = text.split('\n').collect();
                for token in &lexed.tokens {
                    let first = token.text.split('\n').next().unwrap();
                    let rest = lines[token.line - 1].get(token.column - 1..);
                    prop_assert!(rest.is_some_and(|rest| rest.starts_with(first)));
                }
            }
        }
    }
}
