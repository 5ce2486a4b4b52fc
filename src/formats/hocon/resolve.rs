//! From a tree to the value that conftest sees.

use crate::json::{Limits, Map, Value};

use super::super::FormatError;
use super::super::lines::shown;
use super::super::scalar::typed;
use super::tree::{File, Given, Object, Piece, Slot};

/// What conftest makes of a value that it does not have.
const UNKNOWN: &str = "<<unknown value>>";
/// How many values substitutions may copy. Those that name others twice each double at
/// each step.
const COPIES_MAX: usize = 100_000;

/// Returns the value of `file`.
pub(super) fn value(file: &File, limits: Limits) -> Result<Value, FormatError> {
    let mut resolver = Resolver {
        root: &file.root,
        depth_max: limits.depth_max,
        room: limits.size_max,
        steps: file.written + COPIES_MAX,
    };
    for (line, path) in &file.required {
        if resolver.found(*line, path)?.is_none() {
            let path = shown(path);
            let what =
                format!("`${{{path}}}` has no value in the file, so it would be the environment's");
            return Err(FormatError::at(*line, what));
        }
    }
    let mut all = Map::new();
    for (key, slot) in &file.root.keys {
        let (line, found) = resolver.slot(slot, 0)?;
        let Found::Object(object) = found else {
            let key = shown(key);
            let what = format!("`{key}` is no object, and conftest reads only objects here");
            return Err(FormatError::at(line, what));
        };
        all.insert(key.clone(), resolver.object(object, 1)?);
    }
    Ok(Value::Object(all))
}

/// What a key has in the end.
enum Found<'a> {
    Object(&'a Object),
    /// As the text that conftest makes of it.
    List(String),
    Text(String),
    Unknown,
}

struct Resolver<'a> {
    root: &'a Object,
    depth_max: usize,
    /// Bytes that substitutions may still take.
    room: usize,
    /// Values that may still be looked up.
    steps: usize,
}

impl<'a> Resolver<'a> {
    fn object(&mut self, object: &'a Object, depth: usize) -> Result<Value, FormatError> {
        let mut all = Map::new();
        for (key, slot) in &object.keys {
            let (line, found) = self.slot(slot, 0)?;
            let at = |what: String| FormatError::at(line, what);
            if depth >= self.depth_max {
                let what = format!("nests deeper than {} levels", self.depth_max);
                return Err(at(what));
            }
            let value = match found {
                Found::Object(object) => self.object(object, depth + 1)?,
                Found::List(text) => Value::String(text),
                Found::Text(text) => typed(&in_quotes(text)).map_err(at)?,
                Found::Unknown => Value::String(UNKNOWN.to_owned()),
            };
            self.spend(line, key.len())?;
            all.insert(key.clone(), value);
        }
        Ok(Value::Object(all))
    }

    /// Returns what `slot` has, with its line. `level` counts the substitutions that led
    /// here.
    fn slot(&mut self, slot: &'a Slot, level: usize) -> Result<(usize, Found<'a>), FormatError> {
        let mut last = 0;
        for (index, (line, given)) in slot.values.iter().enumerate().rev() {
            last = last.max(*line);
            self.step(*line, level)?;
            let found = match given {
                Given::Object(object) => Some(Found::Object(object)),
                Given::List(elements) => Some(Found::List(self.list(*line, elements, level)?)),
                Given::Text(pieces) => self.text(*line, pieces, index > 0, level)?,
            };
            if let Some(found) = found {
                return Ok((*line, found));
            }
        }
        Ok((last, Found::Unknown))
    }

    /// Returns what a text is; `None` is a substitution of nothing, which leaves the value
    /// before it.
    fn text(
        &mut self,
        line: usize,
        pieces: &'a [Piece],
        has_former: bool,
        level: usize,
    ) -> Result<Option<Found<'a>>, FormatError> {
        let refuse = |what: &str| Err(FormatError::at(line, what));
        if let [Piece::Substitution(path)] = pieces {
            return self.substituted(line, path, level);
        }
        let mut text = String::new();
        // Nothing more to say of the value, but of what else is part of it.
        let mut unknown = false;
        for piece in pieces {
            match piece {
                Piece::Literal(literal) => text.push_str(literal),
                Piece::Substitution(path) => match self.substituted(line, path, level)? {
                    Some(Found::Text(part)) => text.push_str(&part),
                    None if has_former => {
                        return refuse(
                            "text with a substitution that has no value, for a key that has \
                             one, which conftest puts there",
                        );
                    }
                    Some(Found::Unknown) | None => unknown = true,
                    Some(Found::Object(_) | Found::List(_)) => {
                        return refuse(
                            "text, lists or objects that are joined, of which conftest loses some",
                        );
                    }
                },
            }
        }
        self.spend(line, text.len())?;
        if unknown {
            return Ok(Some(Found::Unknown));
        }
        if text.trim() != text {
            return refuse("white space at an end of the value, which conftest drops");
        }
        if text == "null" {
            return refuse("`null`, of which conftest makes `\"\"`: leave it out");
        }
        Ok(Some(Found::Text(text)))
    }

    /// Returns what is at `path`; `None` is nothing.
    fn substituted(
        &mut self,
        line: usize,
        path: &str,
        level: usize,
    ) -> Result<Option<Found<'a>>, FormatError> {
        let Some(slot) = self.found(line, path)? else {
            return Ok(None);
        };
        if slot.times > 1 {
            let path = shown(path);
            let what = format!(
                "a substitution of `{path}`, which is given more than once, and of which \
                 conftest takes one that is not the last"
            );
            return Err(FormatError::at(line, what));
        }
        let (_, found) = self.slot(slot, level + 1)?;
        Ok(Some(found))
    }

    /// Looks `path` up from the root.
    fn found(&self, line: usize, path: &str) -> Result<Option<&'a Slot>, FormatError> {
        let mut object = self.root;
        let mut found = None;
        for key in path.split('.') {
            if let Some(slot) = found {
                let slot: &Slot = slot;
                match slot.values.last() {
                    Some((_, Given::Object(inner))) => object = inner,
                    Some((_, given)) if given.has_substitution() => {
                        let path = shown(path);
                        let what = format!(
                            "a substitution of `{path}`, which leads through another, where \
                             conftest may find nothing"
                        );
                        return Err(FormatError::at(line, what));
                    }
                    _ => return Ok(None),
                }
            }
            found = object.keys.get(key);
            if found.is_none() {
                return Ok(None);
            }
        }
        Ok(found)
    }

    /// Returns the text that conftest makes of a list.
    fn list(
        &mut self,
        line: usize,
        elements: &'a [Given],
        level: usize,
    ) -> Result<String, FormatError> {
        let refuse = |what: &str| Err(FormatError::at(line, what));
        let mut all = Vec::new();
        for element in elements {
            self.step(line, level)?;
            let found = match element {
                Given::Object(object) => Some(Found::Object(object)),
                Given::List(inner) => Some(Found::List(self.list(line, inner, level + 1)?)),
                Given::Text(pieces) => self.text(line, pieces, false, level)?,
            };
            all.push(match found {
                Some(Found::Text(text)) if text.contains([',', '[', ']', '"']) => {
                    return refuse(
                        "a comma, bracket or quote in an element of a list, of which conftest \
                         makes text that does not tell them apart",
                    );
                }
                Some(Found::Text(text)) => in_quotes(text),
                Some(Found::List(text)) => {
                    self.spend(line, text.len())?;
                    text
                }
                Some(Found::Object(_)) => {
                    return refuse("an object in a list, of which conftest makes text");
                }
                Some(Found::Unknown) | None => {
                    return refuse("an element of a list that has no value");
                }
            });
        }
        Ok(format!("[{}]", all.join(",")))
    }

    fn step(&mut self, line: usize, level: usize) -> Result<(), FormatError> {
        if level > self.depth_max {
            let what = "a substitution that leads to itself, or through very many others";
            return Err(FormatError::at(line, what));
        }
        match self.steps.checked_sub(1) {
            Some(steps) => self.steps = steps,
            None => return Err(FormatError::at(line, "too many substitutions")),
        }
        Ok(())
    }

    fn spend(&mut self, line: usize, bytes: usize) -> Result<(), FormatError> {
        match self.room.checked_sub(bytes) {
            Some(room) => self.room = room,
            None => return Err(FormatError::at(line, "substitutions grow too large")),
        }
        Ok(())
    }
}

/// Puts `text` in quotes, where conftest does.
fn in_quotes(text: String) -> String {
    if text.is_empty() || text.contains([' ', '\t']) {
        format!("\"{text}\"")
    } else {
        text
    }
}
