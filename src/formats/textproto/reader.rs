//! A message as text, read into its JSON form.

use std::collections::BTreeSet;

use super::definitions::Definitions;
use super::known::{self, ANY, EMPTY, NULL_VALUE};
use super::scalar;
use super::scanner::Scanner;
use super::schema::{Field, Kind, Label, Message, Scalar};
use crate::formats::FormatError;
use crate::json::{Map, Value, json};

/// Reads one text.
pub(super) struct Reader<'t> {
    scanner: Scanner<'t>,
    definitions: &'t Definitions,
    depth_max: usize,
}

/// What is there of a message so far.
struct Found {
    values: Map<String, Value>,
    /// Names of fields and oneofs that can be there only once.
    seen: BTreeSet<String>,
}

impl<'t> Reader<'t> {
    pub(super) fn of(text: &'t str, definitions: &'t Definitions, depth_max: usize) -> Self {
        Self {
            scanner: Scanner::of(text),
            definitions,
            depth_max,
        }
    }

    /// Reads all of the text as the message `name`.
    pub(super) fn document(&mut self, name: &str) -> Result<Value, FormatError> {
        self.message(name, None, 1)
    }

    /// Reads fields up to `end`, or the end of the text.
    fn message(
        &mut self,
        name: &str,
        end: Option<char>,
        depth: usize,
    ) -> Result<Value, FormatError> {
        self.refuse_depth(depth)?;
        if name == ANY {
            return self.any(end, depth);
        }
        let definitions = self.definitions;
        let Some(message) = definitions.message(name) else {
            return Err(self
                .scanner
                .error(format!("message `{name}` is not defined")));
        };
        let mut found = Found {
            values: Map::new(),
            seen: BTreeSet::new(),
        };
        while !self.at_end(end)? {
            if self.scanner.peek() == Some('[') {
                return Err(self.scanner.error("extensions are not read"));
            }
            let line = self.scanner.line();
            let name = self.scanner.name()?;
            let mut fields = message.fields.iter();
            let Some(field) = fields.find(|field| field.name == name) else {
                let what = format!("`{}` has no field `{name}`", message.name);
                return Err(FormatError::at(line, what));
            };
            let separated = self.scanner.take(':');
            self.field(field, separated, &mut found, line, depth)?;
            self.separator();
        }
        self.finished(message, found)
    }

    fn refuse_depth(&self, depth: usize) -> Result<(), FormatError> {
        if depth > self.depth_max {
            let what = format!("nests deeper than {} levels", self.depth_max);
            return Err(self.scanner.error(what));
        }
        Ok(())
    }

    /// Takes the end if it is next.
    fn at_end(&mut self, end: Option<char>) -> Result<bool, FormatError> {
        match (end, self.scanner.peek()) {
            (Some(end), Some(_)) => Ok(self.scanner.take(end)),
            (Some(end), None) => Err(self.scanner.unexpected(&format!("`{end}`"))),
            (None, next) => Ok(next.is_none()),
        }
    }

    /// Takes the one mark that may part fields.
    fn separator(&mut self) {
        if !self.scanner.take(',') {
            self.scanner.take(';');
        }
    }

    /// Takes the start of a message and returns its end.
    fn opened(&mut self) -> Result<Option<char>, FormatError> {
        if self.scanner.take('{') {
            Ok(Some('}'))
        } else if self.scanner.take('<') {
            Ok(Some('>'))
        } else {
            Err(self.scanner.unexpected("`{`"))
        }
    }

    fn finished(&self, message: &Message, found: Found) -> Result<Value, FormatError> {
        let mut required = message.fields.iter().filter(|f| f.label == Label::Required);
        if let Some(missing) = required.find(|f| !found.values.contains_key(&f.name)) {
            let what = format!("`{}` needs the field `{}`", message.name, missing.name);
            return Err(self.scanner.error(what));
        }
        match known::form(&message.name, &found.values) {
            Some(form) => form.map_err(|what| self.scanner.error(what)),
            None => Ok(Value::Object(found.values)),
        }
    }

    fn field(
        &mut self,
        field: &Field,
        separated: bool,
        found: &mut Found,
        line: usize,
        depth: usize,
    ) -> Result<(), FormatError> {
        let is_message = matches!(field.kind, Kind::Message(_));
        let is_map = matches!(field.label, Label::Map(_));
        if !separated && !is_message && !is_map {
            let what = format!("expected `:` after `{}`", field.name);
            return Err(FormatError::at(line, what));
        }
        match field.label {
            Label::Repeated => {
                let values = self.several(|reader| reader.value(&field.kind, depth + 2))?;
                if values.is_empty() {
                    return Ok(());
                }
                let all = found.values.entry(field.name.clone());
                if let Value::Array(all) = all.or_insert(json!([])) {
                    all.extend(values);
                }
            }
            Label::Map(key) => {
                let entries = self.several(|reader| reader.entry(key, &field.kind, depth + 2))?;
                for (key, value) in entries {
                    let all = found.values.entry(field.name.clone());
                    if let Value::Object(all) = all.or_insert(json!({}))
                        && all.insert(key.clone(), value).is_some()
                    {
                        let what = format!("key `{key}` is there twice in `{}`", field.name);
                        return Err(FormatError::at(line, what));
                    }
                }
            }
            Label::Implicit | Label::Explicit | Label::Required => {
                let oneof = field.oneof.iter().map(|oneof| format!("oneof {oneof}"));
                for name in oneof.chain([field.name.clone()]) {
                    if !found.seen.insert(name.clone()) {
                        let what = format!("`{name}` is there twice");
                        return Err(FormatError::at(line, what));
                    }
                }
                let value = self.value(&field.kind, depth + 1)?;
                let (zero, is_negative_zero) = scalar::zero(&value);
                if is_negative_zero {
                    return Err(FormatError::at(line, "a zero with a sign: write `0`"));
                }
                if field.label != Label::Implicit || !self.is_zero(field, &value, zero) {
                    found.values.insert(field.name.clone(), value);
                }
            }
        }
        Ok(())
    }

    /// Whether `value` is what a field without presence has anyway.
    fn is_zero(&self, field: &Field, value: &Value, zero: bool) -> bool {
        match &field.kind {
            Kind::Enum(name) if name == NULL_VALUE => true,
            Kind::Enum(name) => {
                let found = self.definitions.enumeration(name);
                let name = found.and_then(|found| found.name_of(0));
                value.as_str() == name
            }
            Kind::Scalar(Scalar::Int64 | Scalar::Uint64) => value.as_str() == Some("0"),
            _ => zero,
        }
    }

    /// Reads one value, or a list of them.
    fn several<V>(
        &mut self,
        mut one: impl FnMut(&mut Self) -> Result<V, FormatError>,
    ) -> Result<Vec<V>, FormatError> {
        if !self.scanner.take('[') {
            return Ok(vec![one(self)?]);
        }
        let mut all = Vec::new();
        if self.scanner.take(']') {
            return Ok(all);
        }
        loop {
            all.push(one(self)?);
            if self.scanner.take(']') {
                return Ok(all);
            }
            if !self.scanner.take(',') {
                return Err(self.scanner.unexpected("`,` or `]`"));
            }
        }
    }

    fn value(&mut self, kind: &Kind, depth: usize) -> Result<Value, FormatError> {
        match kind {
            Kind::Message(name) => {
                let end = self.opened()?;
                self.message(name, end, depth)
            }
            Kind::Enum(name) => self.enum_value(name),
            Kind::Scalar(kind) => {
                let line = self.scanner.line();
                let piece = self.scanner.piece()?;
                scalar::value(*kind, &piece).map_err(|what| FormatError::at(line, what))
            }
            Kind::Named(name) => Err(self.scanner.error(format!("type `{name}` is not known"))),
        }
    }

    fn enum_value(&mut self, name: &str) -> Result<Value, FormatError> {
        let line = self.scanner.line();
        let piece = self.scanner.piece()?;
        let Some(found) = self.definitions.enumeration(name) else {
            return Err(FormatError::at(
                line,
                format!("enum `{name}` is not defined"),
            ));
        };
        let number =
            scalar::enum_number(found, &piece).map_err(|what| FormatError::at(line, what))?;
        Ok(match found.name_of(number) {
            _ if name == NULL_VALUE => Value::Null,
            Some(name) => json!(name),
            None => json!(number),
        })
    }

    /// Reads an entry of a map.
    fn entry(
        &mut self,
        key_kind: Scalar,
        kind: &Kind,
        depth: usize,
    ) -> Result<(String, Value), FormatError> {
        let end = self.opened()?;
        let (mut key, mut value) = (None, None);
        while !self.at_end(end)? {
            let line = self.scanner.line();
            let name = self.scanner.name()?;
            let separated = self.scanner.take(':');
            let may_join = name == "value" && matches!(kind, Kind::Message(_));
            if !separated && !may_join {
                return Err(FormatError::at(
                    line,
                    format!("expected `:` after `{name}`"),
                ));
            }
            let twice = match name {
                "key" => {
                    let read = self.value(&Kind::Scalar(key_kind), depth)?;
                    key.replace(scalar::key(&read)).is_some()
                }
                "value" => value.replace(self.value(kind, depth)?).is_some(),
                _ => {
                    let what = format!("expected `key` or `value`, found `{name}`");
                    return Err(FormatError::at(line, what));
                }
            };
            if twice {
                return Err(FormatError::at(line, format!("`{name}` is there twice")));
            }
            self.separator();
        }
        match (key, value) {
            (Some(key), Some(value)) => Ok((key, value)),
            _ => Err(self
                .scanner
                .error("an entry of a map needs `key` and `value`")),
        }
    }

    /// Reads the one message that is in an `Any`.
    fn any(&mut self, end: Option<char>, depth: usize) -> Result<Value, FormatError> {
        if self.at_end(end)? {
            return Ok(json!({}));
        }
        if self.scanner.peek() != Some('[') {
            let what = "an `Any` as bytes: write the message as `[type.googleapis.com/NAME] { … }`";
            return Err(self.scanner.error(what));
        }
        let line = self.scanner.line();
        let url = self.scanner.type_url()?;
        let Some((_, name)) = url.rsplit_once('/') else {
            return Err(FormatError::at(
                line,
                format!("`{url}` has no `/` before the type"),
            ));
        };
        let definitions = self.definitions;
        match definitions.message(name) {
            Some(message) if message.is_outermost => {}
            _ => return Err(FormatError::at(line, not_outermost(definitions, name))),
        }
        self.scanner.take(':');
        let inner_end = self.opened()?;
        let inner = self.message(name, inner_end, depth + 1)?;
        self.separator();
        if !self.at_end(end)? {
            return Err(self.scanner.error("an `Any` holds one message"));
        }
        // An `Empty` is like any other message here.
        let has_form = known::form(name, &Map::new()).is_some() && name != EMPTY || name == ANY;
        Ok(match inner {
            Value::Object(mut fields) if !has_form => {
                fields.insert("@type".to_owned(), json!(url));
                Value::Object(fields)
            }
            value => json!({"@type": url, "value": value}),
        })
    }
}

/// Says why the message `name` cannot be named in a text.
pub(super) fn not_outermost(definitions: &Definitions, name: &str) -> String {
    if known::is_known(name) {
        format!("message `{name}` is built in, and conftest reads it only within another")
    } else if definitions.message(name).is_some() {
        format!("message `{name}` is within another, where conftest does not find it")
    } else {
        format!("message `{name}` is not defined")
    }
}
