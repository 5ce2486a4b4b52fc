//! The JSON form of arguments: an array of strings.
//!
//! What is no JSON at all is a shell command, as `[ -f a ] && b` is one, so this has to
//! tell JSON from what only looks like it.

use std::iter::Peekable;
use std::str::Chars;

/// A word of JSON.
enum Token {
    Text(String),
    Comma,
    Open,
    Close,
    /// A number, a literal or a part of an object.
    Other,
}

/// Returns the strings of an array, or `None` if `text` is not JSON.
///
/// # Errors
/// An array with something else than strings, and halves of UTF-16 pairs.
pub(super) fn strings(text: &str) -> Result<Option<Vec<String>>, String> {
    let text = text.trim_start();
    if !text.starts_with('[') {
        return Ok(None);
    }
    let mut reader = Reader {
        rest: text.chars().peekable(),
        half: false,
    };
    let mut tokens = Vec::new();
    while let Some(first) = reader.next_first() {
        let Some(token) = reader.token(first) else {
            return Ok(None);
        };
        tokens.push(token);
    }
    let mut others = tokens.iter().skip(1);
    if others.any(|token| matches!(token, Token::Open | Token::Other)) {
        return Err("an array of arguments may hold strings only".to_owned());
    }
    let strings = in_order(tokens);
    if reader.half && strings.is_some() {
        return Err("half of a UTF-16 pair is no character: write both, or neither".to_owned());
    }
    Ok(strings)
}

/// Returns the strings, if every other token is in its place.
fn in_order(tokens: Vec<Token>) -> Option<Vec<String>> {
    let mut strings = Vec::new();
    let mut tokens = tokens.into_iter();
    tokens.next();
    let mut first = true;
    loop {
        match tokens.next()? {
            Token::Text(text) => strings.push(text),
            Token::Close if first => break,
            _ => return None,
        }
        first = false;
        match tokens.next()? {
            Token::Comma => {}
            Token::Close => break,
            _ => return None,
        }
    }
    tokens.next().is_none().then_some(strings)
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    /// Whether a string held half of a UTF-16 pair.
    half: bool,
}

impl Reader<'_> {
    /// Returns the first character of the next token.
    fn next_first(&mut self) -> Option<char> {
        while self.rest.next_if(|c| " \t\r\n".contains(*c)).is_some() {}
        self.rest.next()
    }

    /// Returns the token that starts with `first`, or `None` if JSON does not go on so.
    fn token(&mut self, first: char) -> Option<Token> {
        let token = match first {
            '"' => Token::Text(self.text()?),
            ',' => Token::Comma,
            '[' => Token::Open,
            ']' => Token::Close,
            '{' | '}' | ':' => Token::Other,
            '-' | '0'..='9' => {
                let number = |c: &char| c.is_ascii_digit() || "+-.eE".contains(*c);
                while self.rest.next_if(number).is_some() {}
                Token::Other
            }
            _ => {
                let mut word = String::from(first);
                while let Some(next) = self.rest.next_if(char::is_ascii_lowercase) {
                    word.push(next);
                }
                ["true", "false", "null"]
                    .contains(&word.as_str())
                    .then_some(Token::Other)?
            }
        };
        Some(token)
    }

    /// Returns a string whose first quote is read.
    fn text(&mut self) -> Option<String> {
        let mut units: Vec<u16> = Vec::new();
        loop {
            match self.rest.next()? {
                '"' => break,
                '\\' => units.push(self.escaped()?),
                control if control < ' ' => return None,
                other => units.extend(other.encode_utf16(&mut [0; 2]).iter()),
            }
        }
        self.half |= char::decode_utf16(units.iter().copied()).any(|unit| unit.is_err());
        Some(String::from_utf16_lossy(&units))
    }

    /// Returns what an escape stands for whose backslash is read.
    fn escaped(&mut self) -> Option<u16> {
        let plain = match self.rest.next()? {
            same @ ('"' | '\\' | '/') => u32::from(same),
            'b' => 0x08,
            'f' => 0x0c,
            'n' => 0x0a,
            'r' => 0x0d,
            't' => 0x09,
            'u' => {
                let mut code = 0;
                for _ in 0..4 {
                    code = code * 16 + self.rest.next()?.to_digit(16)?;
                }
                code
            }
            _ => return None,
        };
        u16::try_from(plain).ok()
    }
}
