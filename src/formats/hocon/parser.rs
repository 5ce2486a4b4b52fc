//! From text to a tree.

use super::super::FormatError;
use super::super::lines::shown;
use super::cursor::Cursor;
use super::tree::{File, Given, Object, Piece};

/// Reads `text`.
pub(super) fn parse(text: &str, depth_max: usize) -> Result<File, FormatError> {
    let mut parser = Parser {
        cursor: Cursor::new(text),
        required: Vec::new(),
        written: 0,
        depth_max,
    };
    let mut root = Object::default();
    parser.cursor.blank()?;
    let braces = parser.cursor.eat("{");
    parser.fields(&mut root, 0, braces)?;
    parser.cursor.blank()?;
    if parser.cursor.peek().is_some() {
        return parser
            .cursor
            .refuse("text behind the object that is the whole file");
    }
    Ok(File {
        root,
        required: parser.required,
        written: parser.written,
    })
}

#[derive(Debug)]
struct Parser<'a> {
    cursor: Cursor<'a>,
    required: Vec<(usize, String)>,
    written: usize,
    depth_max: usize,
}

impl Parser<'_> {
    /// Reads the fields of an object, `depth` levels down, up to the brace that closes it.
    fn fields(
        &mut self,
        object: &mut Object,
        depth: usize,
        braces: bool,
    ) -> Result<(), FormatError> {
        let opened = self.cursor.line;
        loop {
            self.cursor.blank()?;
            match self.cursor.peek() {
                None if braces => return Err(FormatError::at(opened, "a `{` that is not closed")),
                None => return Ok(()),
                Some('}') if braces => {
                    self.cursor.eat("}");
                    return Ok(());
                }
                Some('}') => return self.cursor.refuse("a `}` that closes nothing"),
                Some(_) => self.field(object, depth)?,
            }
        }
    }

    fn field(&mut self, object: &mut Object, depth: usize) -> Result<(), FormatError> {
        let line = self.cursor.line;
        let at = |what: &'static str| FormatError::at(line, what);
        let mut path = self.keys()?;
        self.written += path.len();
        let depth = depth + path.len();
        self.bounded(depth)?;
        if self.cursor.eat("{") {
            let inner = object.enter(line, path).map_err(at)?;
            self.fields(inner, depth, true)?;
            self.cursor.spaces();
            if self.cursor.starts_with(",") {
                return self.cursor.refuse(
                    "a comma behind `}`, at which conftest stops: end the line, or write `=` \
                     before `{`",
                );
            }
            return self.end_of_field();
        }
        if !self.cursor.eat("=") && !self.cursor.eat(":") {
            let what = if self.cursor.starts_with("+=") {
                "`+=`, which conftest does not read as others do: write the whole list"
            } else {
                "a key without `=`, `:` or `{` behind it on its line; quote keys of other letters"
            };
            return self.cursor.refuse(what);
        }
        self.cursor.spaces();
        if self.cursor.eat("{") {
            let inner = object.enter(line, path).map_err(at)?;
            self.fields(inner, depth, true)?;
        } else {
            let value = self.value(depth)?;
            let Some(key) = path.pop() else {
                return self.cursor.refuse("a value without a key");
            };
            let parent = object.enter(line, path).map_err(at)?;
            let slot = parent.keys.entry(key).or_default();
            slot.set(line, value).map_err(at)?;
        }
        self.cursor.spaces();
        if self.cursor.eat(",") {
            return Ok(());
        }
        self.end_of_field()
    }

    fn end_of_field(&self) -> Result<(), FormatError> {
        if self.cursor.is_end_of_line() || self.cursor.starts_with("}") {
            return Ok(());
        }
        self.cursor.refuse(
            "text behind the value: quote what belongs to it, and begin a new line behind it",
        )
    }

    fn bounded(&self, depth: usize) -> Result<(), FormatError> {
        if depth <= self.depth_max {
            return Ok(());
        }
        let depth_max = self.depth_max;
        self.cursor
            .refuse(format!("nests deeper than {depth_max} levels"))
    }

    /// Reads keys with dots between them.
    fn keys(&mut self) -> Result<Vec<String>, FormatError> {
        let mut keys = Vec::new();
        loop {
            let key = if self.cursor.starts_with("\"") {
                self.quoted_key()?
            } else {
                let key = self.cursor.key();
                let trimmed = key.trim();
                if trimmed.is_empty() || trimmed != key.trim_end() {
                    return self.cursor.refuse("no key where one should be");
                }
                if trimmed == "include" || trimmed.starts_with("include ") {
                    return self
                        .cursor
                        .refuse("`include`: nothing but the file itself is read");
                }
                if trimmed != key && self.cursor.starts_with(".") {
                    return self.cursor.refuse("white space before a dot in a key");
                }
                trimmed.to_owned()
            };
            keys.push(key);
            // Bounds the list, too.
            self.bounded(keys.len())?;
            if !self.cursor.eat(".") {
                self.cursor.spaces();
                return Ok(keys);
            }
        }
    }

    fn quoted_key(&mut self) -> Result<String, FormatError> {
        if self.cursor.starts_with("\"\"") {
            return self
                .cursor
                .refuse("a key that is empty or in three quotes, which conftest does not find");
        }
        let key = self.cursor.quoted()?;
        if key.contains(['.', '"']) {
            let key = shown(&key);
            return self.cursor.refuse(format!(
                "the key `{key}` with a dot or quote in it, which conftest does not find"
            ));
        }
        Ok(key)
    }

    /// Reads a value that is no object.
    fn value(&mut self, depth: usize) -> Result<Given, FormatError> {
        if self.cursor.is_end_of_line() {
            return self.cursor.refuse("no value on the line of its key");
        }
        if self.cursor.eat("[") {
            return self.list(depth + 1);
        }
        let pieces = self.pieces()?;
        if pieces.is_empty() {
            return self.cursor.refuse("no value where one should be: quote it");
        }
        Ok(Given::Text(pieces))
    }

    fn list(&mut self, depth: usize) -> Result<Given, FormatError> {
        self.bounded(depth)?;
        let opened = self.cursor.line;
        let mut elements = Vec::new();
        loop {
            self.cursor.blank()?;
            if self.cursor.eat("]") {
                break;
            }
            match self.cursor.peek() {
                None => return Err(FormatError::at(opened, "a `[` that is not closed")),
                Some('{') => {
                    return self.cursor.refuse(
                        "an object in a list, of which conftest makes text: give it a key",
                    );
                }
                Some(_) => {
                    self.written += 1;
                    elements.push(self.value(depth)?);
                }
            }
            self.cursor.spaces();
            let ends = self.cursor.eat(",")
                || self.cursor.starts_with("]")
                || self.cursor.is_end_of_line();
            if !ends {
                return self
                    .cursor
                    .refuse("text behind an element of a list: quote it");
            }
        }
        if elements.is_empty() {
            return self
                .cursor
                .refuse("an empty list, of which conftest makes `<<unknown value>>`");
        }
        Ok(Given::List(elements))
    }

    /// Reads the parts of a text up to the end of its line, or what else may end it.
    fn pieces(&mut self) -> Result<Vec<Piece>, FormatError> {
        let mut pieces = Vec::new();
        let mut spaces = "";
        loop {
            let piece = match self.cursor.peek() {
                Some('"') => Piece::Literal(self.cursor.quoted()?),
                Some('$') => self.substitution()?,
                _ => match self.cursor.word() {
                    "" => return Ok(pieces),
                    word => Piece::Literal(word.to_owned()),
                },
            };
            if !spaces.is_empty() {
                pieces.push(Piece::Literal(spaces.to_owned()));
            }
            pieces.push(piece);
            spaces = self.cursor.spaces();
        }
    }

    fn substitution(&mut self) -> Result<Piece, FormatError> {
        if !self.cursor.eat("${") {
            return self.cursor.refuse("a `$` without quotes");
        }
        let optional = self.cursor.eat("?");
        let path = self.cursor.path();
        let torn = path.split('.').any(str::is_empty);
        if torn || !self.cursor.eat("}") {
            return self.cursor.refuse(
                "`${…}` with something other than keys of letters, digits, `_` and `-`, and dots \
                 between them",
            );
        }
        if !optional {
            self.required.push((self.cursor.line, path.to_owned()));
        }
        Ok(Piece::Substitution(path.to_owned()))
    }
}
