//! What a `.proto` file declares, as written: names of types are not resolved yet.

use std::collections::BTreeSet;

use super::FormatError;
use super::tokens::{Token, Tokens};

/// Most messages within one another.
const DEPTH_MAX: usize = 32;
/// The largest number of a field.
const NUMBER_MAX: i64 = (1 << 29) - 1;
/// Numbers that belong to implementations of Protocol Buffers.
const NUMBERS_TAKEN: std::ops::RangeInclusive<i64> = 19_000..=19_999;

/// One file.
#[derive(Debug, Default)]
pub(super) struct File {
    pub(super) is_proto3: bool,
    pub(super) package: String,
    pub(super) imports: Vec<Import>,
    pub(super) messages: Vec<Message>,
    pub(super) enums: Vec<Enum>,
    /// Full names of everything else that has a name.
    pub(super) others: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Import {
    pub(super) path: String,
    pub(super) is_public: bool,
    pub(super) line: usize,
}

/// One message; those within it stand beside it.
#[derive(Debug, Clone, Default)]
pub(super) struct Message {
    /// The full name.
    pub(super) name: String,
    pub(super) fields: Vec<Field>,
    /// Whether it is not within another.
    pub(super) is_outermost: bool,
    pub(super) line: usize,
}

#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) number: i64,
    pub(super) label: Label,
    pub(super) kind: Kind,
    /// The oneof that it belongs to.
    pub(super) oneof: Option<String>,
    pub(super) line: usize,
}

/// How often a field is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    /// Once; zero is as good as absent.
    Implicit,
    /// Once or not at all.
    Explicit,
    /// Exactly once.
    Required,
    Repeated,
    /// Many times, each under a key of its own.
    Map(Scalar),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Scalar(Scalar),
    /// A type by its name, as written.
    Named(String),
    /// A message by its full name.
    Message(String),
    /// An enum by its full name.
    Enum(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scalar {
    Bool,
    Int32,
    Int64,
    Uint32,
    Uint64,
    Float,
    Double,
    String,
    Bytes,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Enum {
    /// The full name.
    pub(super) name: String,
    /// In the order of the file.
    pub(super) values: Vec<(String, i32)>,
    /// Whether a number without a name is a value, too.
    pub(super) is_open: bool,
    pub(super) line: usize,
}

impl Enum {
    /// Returns the name of `number`.
    pub(super) fn name_of(&self, number: i32) -> Option<&str> {
        let mut values = self.values.iter();
        let (name, _) = values.find(|(_, own)| *own == number)?;
        Some(name)
    }
}

/// Returns `name` within `scope`.
pub(super) fn within(scope: &str, name: &str) -> String {
    if scope.is_empty() {
        name.to_owned()
    } else {
        format!("{scope}.{name}")
    }
}

/// Reads a file.
pub(super) fn parse(text: &str) -> Result<File, FormatError> {
    let mut parser = Parser {
        tokens: Tokens::of(text)?,
        file: File::default(),
    };
    parser.file()?;
    Ok(parser.file)
}

struct Parser {
    tokens: Tokens,
    file: File,
}

/// What a message body has kept for itself.
#[derive(Default)]
struct Reserved {
    numbers: Vec<(i64, i64)>,
    names: BTreeSet<String>,
}

impl Parser {
    fn file(&mut self) -> Result<(), FormatError> {
        let syntax = match self.tokens.next() {
            Some(Token::Word(word)) if word == "syntax" => {
                self.tokens.expect('=')?;
                let syntax = self.tokens.text()?;
                self.tokens.expect(';')?;
                syntax
            }
            _ => String::new(),
        };
        self.file.is_proto3 = match syntax.as_str() {
            "proto3" => true,
            "proto2" => false,
            _ => {
                let what = "expected `syntax = \"proto3\";` or `syntax = \"proto2\";` first";
                return Err(self.tokens.error(what));
            }
        };
        let mut has_package = false;
        while self.tokens.peek().is_some() {
            if self.tokens.take(';') {
                continue;
            }
            let word = self.tokens.word()?;
            match word.as_str() {
                "package" if !has_package => {
                    has_package = true;
                    self.file.package = self.tokens.word()?;
                    self.tokens.expect(';')?;
                }
                "import" => self.import()?,
                "option" => self.tokens.skip_to(';')?,
                "message" => {
                    let scope = self.file.package.clone();
                    self.message(&scope, 1)?;
                }
                "enum" => {
                    let scope = self.file.package.clone();
                    self.enumeration(&scope)?;
                }
                "service" => {
                    let name = self.tokens.name()?;
                    let name = within(&self.file.package, &name);
                    self.file.others.push(name);
                    self.tokens.expect('{')?;
                    self.tokens.skip_to('}')?;
                }
                "extend" => return Err(self.tokens.error("extensions are not read")),
                _ => return Err(self.tokens.error(format!("unexpected `{word}`"))),
            }
        }
        Ok(())
    }

    fn import(&mut self) -> Result<(), FormatError> {
        let is_public = match self.tokens.peek() {
            Some(Token::Word(word)) if word == "public" => true,
            Some(Token::Word(word)) if word == "weak" => false,
            _ => {
                return self.import_path(false);
            }
        };
        self.tokens.next();
        self.import_path(is_public)
    }

    fn import_path(&mut self, is_public: bool) -> Result<(), FormatError> {
        let path = self.tokens.text()?;
        let line = self.tokens.line();
        self.tokens.expect(';')?;
        self.file.imports.push(Import {
            path,
            is_public,
            line,
        });
        Ok(())
    }

    fn message(&mut self, scope: &str, depth: usize) -> Result<(), FormatError> {
        if depth > DEPTH_MAX {
            let what = format!("nests deeper than {DEPTH_MAX} messages");
            return Err(self.tokens.error(what));
        }
        let name = within(scope, &self.tokens.name()?);
        let mut message = Message {
            name,
            is_outermost: depth == 1,
            line: self.tokens.line(),
            ..Message::default()
        };
        let mut reserved = Reserved::default();
        self.tokens.expect('{')?;
        while !self.tokens.take('}') {
            if self.tokens.take(';') {
                continue;
            }
            let word = self.tokens.word()?;
            match word.as_str() {
                "message" => self.message(&message.name, depth + 1)?,
                "enum" => self.enumeration(&message.name)?,
                "option" | "extensions" => self.tokens.skip_to(';')?,
                "reserved" => self.reserved(&mut reserved)?,
                "oneof" => self.oneof(&mut message)?,
                "extend" => return Err(self.tokens.error("extensions are not read")),
                _ => {
                    let field = self.field(&word, None)?;
                    message.fields.push(field);
                }
            }
        }
        refuse_clashes(&message, &reserved)?;
        self.file.messages.push(message);
        Ok(())
    }

    fn oneof(&mut self, message: &mut Message) -> Result<(), FormatError> {
        let oneof = self.tokens.name()?;
        let others = &mut self.file.others;
        others.push(within(&message.name, &oneof));
        self.tokens.expect('{')?;
        let before = message.fields.len();
        while !self.tokens.take('}') {
            if self.tokens.take(';') {
                continue;
            }
            let word = self.tokens.word()?;
            if word == "option" {
                self.tokens.skip_to(';')?;
                continue;
            }
            let field = self.field(&word, Some(&oneof))?;
            message.fields.push(field);
        }
        if message.fields.len() == before {
            return Err(self.tokens.error(format!("oneof `{oneof}` has no field")));
        }
        Ok(())
    }

    /// Reads a field whose first word is `first`.
    fn field(&mut self, first: &str, oneof: Option<&str>) -> Result<Field, FormatError> {
        let line = self.tokens.line();
        let is_proto3 = self.file.is_proto3;
        let (label, kind) = match (first, oneof) {
            ("map", _) if self.tokens.take('<') => {
                let key = self.map_key()?;
                self.tokens.expect(',')?;
                let value = kind(self.tokens.word()?);
                self.tokens.expect('>')?;
                (Label::Map(key), value)
            }
            ("optional", None) => (Label::Explicit, kind(self.tokens.word()?)),
            ("repeated", None) => (Label::Repeated, kind(self.tokens.word()?)),
            ("required", None) if !is_proto3 => (Label::Required, kind(self.tokens.word()?)),
            ("optional" | "repeated" | "required", _) => {
                return Err(self.tokens.error(format!("`{first}` is not possible here")));
            }
            (_, Some(_)) => (Label::Explicit, kind(first.to_owned())),
            _ if is_proto3 => (Label::Implicit, kind(first.to_owned())),
            _ => {
                let what = format!(
                    "expected `optional`, `required` or `repeated` before `{first}` in proto2"
                );
                return Err(self.tokens.error(what));
            }
        };
        if kind == Kind::Named("group".to_owned()) {
            return Err(self.tokens.error("groups are not read"));
        }
        if oneof.is_some() && matches!(label, Label::Map(_)) {
            return Err(self.tokens.error("a map cannot be in a oneof"));
        }
        let name = self.tokens.name()?;
        self.tokens.expect('=')?;
        let number = self.tokens.integer()?;
        if !(1..=NUMBER_MAX).contains(&number) || NUMBERS_TAKEN.contains(&number) {
            let what = format!("field `{name}` cannot have the number {number}");
            return Err(self.tokens.error(what));
        }
        if self.tokens.take('[') {
            self.tokens.skip_to(']')?;
        }
        self.tokens.expect(';')?;
        Ok(Field {
            name,
            number,
            label,
            kind,
            oneof: oneof.map(str::to_owned),
            line,
        })
    }

    fn map_key(&mut self) -> Result<Scalar, FormatError> {
        let word = self.tokens.word()?;
        match scalar(&word) {
            Some(Scalar::Float | Scalar::Double | Scalar::Bytes) | None => {
                let what = format!("`{word}` cannot be the key of a map");
                Err(self.tokens.error(what))
            }
            Some(key) => Ok(key),
        }
    }

    fn reserved(&mut self, reserved: &mut Reserved) -> Result<(), FormatError> {
        loop {
            if let Some(Token::Text(_)) = self.tokens.peek() {
                let name = self.tokens.text()?;
                reserved.names.insert(name);
            } else {
                let from = self.tokens.integer()?;
                let mut to = from;
                if self.tokens.peek() == Some(&Token::Word("to".to_owned())) {
                    self.tokens.next();
                    to = match self.tokens.peek() {
                        Some(Token::Word(word)) if word == "max" => {
                            self.tokens.next();
                            i64::MAX
                        }
                        _ => self.tokens.integer()?,
                    };
                }
                reserved.numbers.push((from, to));
            }
            if !self.tokens.take(',') {
                return self.tokens.expect(';');
            }
        }
    }

    fn enumeration(&mut self, scope: &str) -> Result<(), FormatError> {
        let name = self.tokens.name()?;
        let mut found = Enum {
            name: within(scope, &name),
            is_open: self.file.is_proto3,
            line: self.tokens.line(),
            ..Enum::default()
        };
        let mut reserved = Reserved::default();
        self.tokens.expect('{')?;
        while !self.tokens.take('}') {
            if self.tokens.take(';') {
                continue;
            }
            let word = self.tokens.name()?;
            match word.as_str() {
                "option" => self.tokens.skip_to(';')?,
                "reserved" => self.reserved(&mut reserved)?,
                _ => {
                    self.tokens.expect('=')?;
                    let number = self.tokens.integer()?;
                    let Ok(small) = i32::try_from(number) else {
                        return Err(self.tokens.error(format!("{number} is no enum number")));
                    };
                    if reserved.has(&word, number) {
                        return Err(self.tokens.error(format!("`{word}` is reserved")));
                    }
                    if self.tokens.take('[') {
                        self.tokens.skip_to(']')?;
                    }
                    self.tokens.expect(';')?;
                    if found.name_of(small).is_some() {
                        let what = format!("{small} has two names, which conftest refuses");
                        return Err(self.tokens.error(what));
                    }
                    self.file.others.push(within(scope, &word));
                    found.values.push((word, small));
                }
            }
        }
        match found.values.first() {
            None => Err(self.tokens.error(format!("enum `{name}` has no value"))),
            Some((_, first)) if found.is_open && *first != 0 => Err(self
                .tokens
                .error(format!("the first value of enum `{name}` is not 0"))),
            Some(_) => {
                self.file.enums.push(found);
                Ok(())
            }
        }
    }
}

impl Reserved {
    fn has(&self, name: &str, number: i64) -> bool {
        let mut numbers = self.numbers.iter();
        self.names.contains(name) || numbers.any(|(from, to)| (*from..=*to).contains(&number))
    }
}

fn refuse_clashes(message: &Message, reserved: &Reserved) -> Result<(), FormatError> {
    let mut numbers = BTreeSet::new();
    for field in &message.fields {
        let (name, number) = (&field.name, field.number);
        if reserved.has(name, number) {
            return Err(FormatError::at(
                field.line,
                format!("field `{name}` is reserved"),
            ));
        }
        if !numbers.insert(number) {
            let what = format!("field `{name}` has the number {number} of another");
            return Err(FormatError::at(field.line, what));
        }
    }
    Ok(())
}

fn kind(word: String) -> Kind {
    scalar(&word).map_or(Kind::Named(word), Kind::Scalar)
}

fn scalar(word: &str) -> Option<Scalar> {
    Some(match word {
        "bool" => Scalar::Bool,
        "int32" | "sint32" | "sfixed32" => Scalar::Int32,
        "int64" | "sint64" | "sfixed64" => Scalar::Int64,
        "uint32" | "fixed32" => Scalar::Uint32,
        "uint64" | "fixed64" => Scalar::Uint64,
        "float" => Scalar::Float,
        "double" => Scalar::Double,
        "string" => Scalar::String,
        "bytes" => Scalar::Bytes,
        _ => return None,
    })
}
