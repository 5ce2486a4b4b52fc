//! All `.proto` files together: which name stands for what.

use std::collections::{BTreeMap, BTreeSet};

use super::known;
use super::schema::{self, Enum, Field, File, Kind, Label, Message};
use crate::formats::FormatError;
use crate::json::{self, Limits};

/// What `.proto` files say of the messages in other files.
#[derive(Debug, Clone, Default)]
pub struct Definitions {
    /// What each file imports so that others see it, too.
    files: BTreeMap<String, Vec<String>>,
    /// Every full name, with its file.
    symbols: BTreeMap<String, String>,
    messages: BTreeMap<String, Message>,
    enums: BTreeMap<String, Enum>,
}

impl Definitions {
    /// Reads files, each with the path that others import it by, in an order in which
    /// nothing is imported before it was read: so it is for conftest. The types of
    /// `google/protobuf/` that have a JSON form of their own are there already.
    ///
    /// # Errors
    /// The path of the file and what is wrong with it.
    pub fn read<'f>(
        files: impl IntoIterator<Item = (&'f str, &'f [u8])>,
    ) -> Result<Self, (String, FormatError)> {
        let mut definitions = Self::default();
        for (path, text) in known::FILES {
            schema::parse(text)
                .and_then(|file| definitions.insert(path, file))
                .map_err(|error| ((*path).to_owned(), error))?;
        }
        for (path, bytes) in files {
            // One that is named twice is read once.
            if definitions.files.contains_key(path) {
                continue;
            }
            json::utf8(bytes, Limits::AUTHORED)
                .map_err(FormatError::from)
                .and_then(|text| definitions.add_own(path, text))
                .map_err(|error| (path.to_owned(), error))?;
        }
        Ok(definitions)
    }

    /// Returns whether there is nothing but what is built in.
    pub fn is_empty(&self) -> bool {
        self.files.len() <= known::FILES.len()
    }

    pub(super) fn message(&self, name: &str) -> Option<&Message> {
        self.messages.get(name)
    }

    pub(super) fn enumeration(&self, name: &str) -> Option<&Enum> {
        self.enums.get(name)
    }

    fn add_own(&mut self, path: &str, text: &str) -> Result<(), FormatError> {
        let file = schema::parse(text)?;
        if file.package == "google" || file.package.starts_with("google.") {
            let what = format!("package `{}` is built in", file.package);
            return Err(FormatError::Whole { what });
        }
        self.insert(path, file)
    }

    fn insert(&mut self, path: &str, file: File) -> Result<(), FormatError> {
        let visible = self.visible(path, &file)?;
        self.name_everything(path, &file)?;
        let public = file.imports.iter().filter(|import| import.is_public);
        let public = public.map(|import| import.path.clone()).collect();
        self.files.insert(path.to_owned(), public);
        for found in file.enums {
            self.enums.insert(found.name.clone(), found);
        }
        // All of them first: messages may name one another.
        let names: Vec<_> = file.messages.iter().map(|m| m.name.clone()).collect();
        for message in file.messages {
            self.messages.insert(message.name.clone(), message);
        }
        for name in names {
            let Some(mut message) = self.messages.get(&name).cloned() else {
                continue;
            };
            for field in &mut message.fields {
                self.settle(field, &name, &visible, file.is_proto3)?;
            }
            self.messages.insert(name, message);
        }
        Ok(())
    }

    /// Returns the paths of the files whose types `file` may name.
    fn visible(&self, path: &str, file: &File) -> Result<BTreeSet<String>, FormatError> {
        let mut visible = BTreeSet::from([path.to_owned()]);
        let mut next = Vec::new();
        for import in &file.imports {
            if !self.files.contains_key(&import.path) {
                let what = format!(
                    "import `{}` is not known: name the folders so that its path is this and it comes before",
                    import.path
                );
                return Err(FormatError::at(import.line, what));
            }
            next.push(import.path.as_str());
        }
        while let Some(path) = next.pop() {
            if visible.insert(path.to_owned())
                && let Some(public) = self.files.get(path)
            {
                next.extend(public.iter().map(String::as_str));
            }
        }
        Ok(visible)
    }

    fn name_everything(&mut self, path: &str, file: &File) -> Result<(), FormatError> {
        let messages = file.messages.iter().flat_map(|message| {
            let fields = message.fields.iter();
            let fields =
                fields.map(|field| (schema::within(&message.name, &field.name), field.line));
            fields.chain([(message.name.clone(), message.line)])
        });
        let enums = file
            .enums
            .iter()
            .map(|found| (found.name.clone(), found.line));
        let others = file.others.iter().map(|name| (name.clone(), 1));
        for (name, line) in messages.chain(enums).chain(others) {
            if self.symbols.contains_key(&name) {
                let what = format!("`{name}` is there twice");
                return Err(FormatError::at(line, what));
            }
            self.symbols.insert(name, path.to_owned());
        }
        Ok(())
    }

    /// Resolves the type of `field` of the message `scope`, innermost first.
    fn settle(
        &self,
        field: &mut Field,
        scope: &str,
        visible: &BTreeSet<String>,
        is_proto3: bool,
    ) -> Result<(), FormatError> {
        let Kind::Named(name) = &field.kind else {
            return Ok(());
        };
        let error = |what: &str| Err(FormatError::at(field.line, format!("type `{name}` {what}")));
        let mut scope = Some(scope);
        let relative = name.strip_prefix('.').map_or(name.as_str(), |full| {
            scope = None;
            full
        });
        let found = loop {
            let full = schema::within(scope.unwrap_or_default(), relative);
            match self.symbols.get(&full) {
                Some(file) if visible.contains(file) => break full,
                _ => {}
            }
            scope = match scope {
                None | Some("") => return error("is not known: is its file imported?"),
                Some(inner) => Some(inner.rsplit_once('.').map_or("", |(outer, _)| outer)),
            };
        };
        if self.messages.contains_key(&found) {
            field.kind = Kind::Message(found);
            if field.label == Label::Implicit {
                field.label = Label::Explicit;
            }
            return Ok(());
        }
        let Some(target) = self.enums.get(&found) else {
            return error("is no type");
        };
        if is_proto3 && !target.is_open {
            return error("is an enum of proto2");
        }
        let first_is_zero = target
            .values
            .first()
            .is_some_and(|(_, number)| *number == 0);
        if matches!(field.label, Label::Map(_)) && !first_is_zero {
            return error("has no value for 0");
        }
        field.kind = Kind::Enum(found);
        Ok(())
    }
}
