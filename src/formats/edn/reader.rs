//! Text into forms.

use crate::formats::FormatError;

use super::words::{self, is_delimiter, is_space};
use super::{Form, Kind};

/// Most values in one text.
const FORMS_MAX: usize = 2_000_000;

/// Reads the one value of `text`.
pub(super) fn only(text: &str, depth_max: usize) -> Result<Form, FormatError> {
    let mut reader = Reader {
        rest: text,
        line: 1,
        left: FORMS_MAX,
    };
    let form = reader.next(depth_max)?;
    let Found::Form(form) = form else {
        return Err(reader.refuse("no value"));
    };
    match reader.next(depth_max)? {
        Found::End => Ok(form),
        _ => Err(reader.refuse("a second value, which conftest leaves out: write a vector")),
    }
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
    left: usize,
}

/// What comes next.
enum Found {
    Form(Form),
    /// The end of a list, vector, map or set.
    Close(char),
    End,
}

impl Reader<'_> {
    fn refuse(&self, what: impl Into<String>) -> FormatError {
        FormatError::at(self.line, what)
    }

    fn take(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let character = characters.next()?;
        self.rest = characters.as_str();
        if character == '\n' {
            self.line += 1;
        }
        Some(character)
    }

    /// Takes what is left of a word.
    fn word(&mut self) -> &str {
        let end = self.rest.find(is_delimiter).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    /// Reads on behind white space, comments and what is discarded. `depth` more levels
    /// may follow.
    fn next(&mut self, depth: usize) -> Result<Found, FormatError> {
        loop {
            let Some(first) = self.rest.chars().next() else {
                return Ok(Found::End);
            };
            if is_space(first) {
                self.take();
            } else if first == ';' {
                let end = self.rest.find('\n').unwrap_or(self.rest.len());
                self.rest = self.rest.split_at(end).1;
            } else if let Some(rest) = self.rest.strip_prefix("#_") {
                self.rest = rest;
                self.form(self.within(depth)?)?;
            } else {
                break;
            }
        }
        let line = self.line;
        if let Some(close @ (')' | ']' | '}')) = self.rest.chars().next() {
            self.take();
            return Ok(Found::Close(close));
        }
        self.left = self
            .left
            .checked_sub(1)
            .ok_or_else(|| self.refuse(format!("holds more than {FORMS_MAX} values")))?;
        let kind = self.kind(depth)?;
        Ok(Found::Form(Form { line, kind }))
    }

    fn within(&self, depth: usize) -> Result<usize, FormatError> {
        depth
            .checked_sub(1)
            .ok_or_else(|| self.refuse("nests too deeply"))
    }

    /// Reads a value where there must be one.
    fn form(&mut self, depth: usize) -> Result<Form, FormatError> {
        match self.next(depth)? {
            Found::Form(form) => Ok(form),
            Found::Close(close) => Err(self.refuse(format!("`{close}` in place of a value"))),
            Found::End => Err(self.refuse("ends in place of a value")),
        }
    }

    fn kind(&mut self, depth: usize) -> Result<Kind, FormatError> {
        match self.rest.chars().next() {
            Some('(') => self.forms(1, ')', depth).map(Kind::List),
            Some('[') => self.forms(1, ']', depth).map(Kind::List),
            Some('{') => {
                let line = self.line;
                let mut forms = self.forms(1, '}', depth)?.into_iter();
                let mut pairs = Vec::new();
                while let Some(key) = forms.next() {
                    let value = forms.next();
                    let value = value
                        .ok_or_else(|| FormatError::at(line, "a map with a key without value"))?;
                    pairs.push((key, value));
                }
                Ok(Kind::Map(pairs))
            }
            Some('"') => self.text().map(Kind::Text),
            Some('\\') => self.character().map(Kind::Char),
            Some('#') if self.rest.starts_with("#{") => self.forms(2, '}', depth).map(Kind::Set),
            Some('#') => {
                self.take();
                let tag = self.word().to_owned();
                if !words::is_tag(&tag) {
                    return Err(self.refuse(format!("`#{tag}` is no tag")));
                }
                let form = self.form(self.within(depth)?)?;
                Ok(Kind::Tagged(tag, Box::new(form)))
            }
            _ => {
                let word = self.word();
                let kind = words::kind(word);
                kind.map_err(|what| self.refuse(what))
            }
        }
    }

    /// Reads forms behind `opening` characters until `end`.
    fn forms(&mut self, opening: usize, end: char, depth: usize) -> Result<Vec<Form>, FormatError> {
        let depth = self.within(depth)?;
        let line = self.line;
        for _ in 0..opening {
            self.take();
        }
        let mut forms = Vec::new();
        loop {
            match self.next(depth)? {
                Found::Form(form) => forms.push(form),
                Found::Close(close) if close == end => return Ok(forms),
                Found::Close(close) => return Err(self.refuse(format!("`{close}` for `{end}`"))),
                Found::End => return Err(FormatError::at(line, format!("`{end}` is missing"))),
            }
        }
    }

    fn text(&mut self) -> Result<String, FormatError> {
        let line = self.line;
        self.take();
        let mut text = String::new();
        loop {
            let end = || FormatError::at(line, "a string without an end");
            match self.take().ok_or_else(end)? {
                '"' => return Ok(text),
                '\\' => text.push(match self.take().ok_or_else(end)? {
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    same @ ('\\' | '/' | '"') => same,
                    'u' => {
                        let digits: String = (0..4).filter_map(|_| self.take()).collect();
                        let character = words::unicode(&digits);
                        character.map_err(|what| self.refuse(what))?
                    }
                    other => return Err(self.refuse(format!("`\\{other}` in a string"))),
                }),
                other => text.push(other),
            }
        }
    }

    fn character(&mut self) -> Result<char, FormatError> {
        self.take();
        let first = self.take().filter(|first| !is_space(*first));
        let first = first.ok_or_else(|| self.refuse("`\\` without a character"))?;
        let rest = self.word();
        let character = words::character(first, rest);
        character.map_err(|what| self.refuse(what))
    }
}
