//! A file as it was written, before substitutions.

use std::collections::BTreeMap;

/// What was read.
#[derive(Debug, Default)]
pub(super) struct File {
    pub(super) root: Object,
    /// Paths that must have a value, with their lines.
    pub(super) required: Vec<(usize, String)>,
    /// How many values were written.
    pub(super) written: usize,
}

/// Keys with what was given to them.
#[derive(Debug, Default)]
pub(super) struct Object {
    pub(super) keys: BTreeMap<String, Slot>,
}

/// What was given to one key.
#[derive(Debug, Default)]
pub(super) struct Slot {
    /// How often something was given to it, or to something in it.
    pub(super) times: usize,
    /// With their lines. The last counts; those before where it has no value.
    pub(super) values: Vec<(usize, Given)>,
}

/// A value as it was written.
#[derive(Debug)]
pub(super) enum Given {
    Object(Object),
    List(Vec<Given>),
    Text(Vec<Piece>),
}

/// A part of a text.
#[derive(Debug)]
pub(super) enum Piece {
    Literal(String),
    /// Of what is at a path.
    Substitution(String),
}

impl Given {
    /// Tells whether a substitution is part of this text.
    pub(super) fn has_substitution(&self) -> bool {
        match self {
            Self::Text(pieces) => pieces
                .iter()
                .any(|piece| matches!(piece, Piece::Substitution(_))),
            Self::Object(_) | Self::List(_) => false,
        }
    }
}

impl Slot {
    /// Returns the object that this key is given, which adds to the one it has.
    pub(super) fn open(&mut self, line: usize) -> Result<&mut Object, &'static str> {
        self.times += 1;
        if self.values.is_empty() {
            self.values.push((line, Given::Object(Object::default())));
        }
        match self.values.last_mut() {
            Some((_, Given::Object(object))) => Ok(object),
            _ => Err(
                "an object for a key that has a value of another kind, of which conftest \
                      may lose one",
            ),
        }
    }

    /// Gives this key a value that is no object.
    pub(super) fn set(&mut self, line: usize, value: Given) -> Result<(), &'static str> {
        self.times += 1;
        let object = matches!(self.values.last(), Some((_, Given::Object(_))));
        if !value.has_substitution() {
            self.values.clear();
        } else if object {
            return Err(
                "a substitution for a key that has an object, which conftest does not \
                        merge",
            );
        }
        self.values.push((line, value));
        Ok(())
    }
}

impl Object {
    /// Returns the object at `path` below this one.
    pub(super) fn enter(
        &mut self,
        line: usize,
        path: Vec<String>,
    ) -> Result<&mut Self, &'static str> {
        let mut object = self;
        for key in path {
            object = object.keys.entry(key).or_default().open(line)?;
        }
        Ok(object)
    }
}
