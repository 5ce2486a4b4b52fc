//! An entry of a list in a document of our own, and what has been read of it so far.
//!
//! INVARIANT: every field that a kind knows is in the facts, whether the entry has it or
//! not: an absent one is null, so that a rule cannot overlook it.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use crate::clock::Timestamp;
use crate::json::{Map, Value};

use super::KindError;
use super::node::{Node, TEXT_MAX, shortened, text_of};

/// Within which time an entry can tell of something that has happened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) from: Option<Timestamp>,
    pub(super) to: Timestamp,
    /// What errors call `to`.
    pub(super) to_name: &'static str,
}

/// An entry, and what is known of it so far.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    node: Node<'a>,
    bounds: Bounds,
    facts: Map<String, Value>,
}

/// Reads the entries of `list`, at most `count_max`, each with an `id` that no other has.
pub(super) fn with_ids(
    list: &Node<'_>,
    noun: &str,
    count_max: usize,
    bounds: Bounds,
    mut read: impl FnMut(&mut Entry<'_>) -> Result<(), KindError>,
) -> Result<Vec<Value>, KindError> {
    let mut ids = BTreeSet::new();
    let mut entries = Vec::new();
    for node in list.nodes()? {
        if entries.len() >= count_max {
            return Err(node.refuse(format!("more than {count_max} {noun}s")));
        }
        let id = node.field("id")?;
        if !ids.insert(id.words()?) {
            return Err(id.refuse(format!("a second {noun} with this id")));
        }
        let mut entry = Entry::of(node, bounds);
        entry.put("id", id.words()?);
        read(&mut entry)?;
        entries.push(entry.into_facts());
    }
    Ok(entries)
}

/// The ids of the entries that satisfy `is`, in their order.
pub(super) fn ids_where(entries: &[Value], is: impl Fn(&Value) -> bool) -> Vec<&str> {
    let found = entries.iter().filter(|entry| is(entry));
    found.map(|entry| text_of(entry, "id")).collect()
}

/// Whether an entry says nothing in the field `name`.
pub(super) fn is_silent(entry: &Value, name: &str) -> bool {
    match entry.get(name) {
        None | Some(Value::Null) => true,
        Some(Value::Array(list)) => list.is_empty(),
        Some(_) => false,
    }
}

/// A whole number within `range`.
pub(super) fn number_within(node: &Node<'_>, range: RangeInclusive<u32>) -> Result<u32, KindError> {
    let number = node.value().as_u64().and_then(|n| u32::try_from(n).ok());
    number
        .filter(|number| range.contains(number))
        .ok_or_else(|| {
            let (least, most) = (range.start(), range.end());
            node.refuse(format!("expected a whole number from {least} to {most}"))
        })
}

impl<'a> Entry<'a> {
    pub(super) fn of(node: Node<'a>, bounds: Bounds) -> Self {
        Self {
            node,
            bounds,
            facts: Map::new(),
        }
    }

    pub(super) fn node(&self) -> &Node<'a> {
        &self.node
    }

    pub(super) fn into_facts(self) -> Value {
        Value::Object(self.facts)
    }

    pub(super) fn only(&self, fields: &[&str]) -> Result<(), KindError> {
        self.node.only(fields)
    }

    pub(super) fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.facts.insert(name.to_owned(), value.into());
    }

    /// Takes over fields with text that must be there.
    pub(super) fn words(&mut self, names: &[&str]) -> Result<(), KindError> {
        for name in names {
            let words = self.node.field(name)?.words()?;
            self.put(name, shortened(words, TEXT_MAX));
        }
        Ok(())
    }

    /// Takes over fields with text; null where it is absent.
    pub(super) fn optional_words(&mut self, names: &[&str]) -> Result<(), KindError> {
        for name in names {
            let words = self.node.optional(name)?.map(|node| node.words());
            let words = words.transpose()?.map(|words| shortened(words, TEXT_MAX));
            self.put(name, words);
        }
        Ok(())
    }

    /// Takes over lists of text; empty where they are absent.
    pub(super) fn lists(&mut self, names: &[&str]) -> Result<(), KindError> {
        for name in names {
            let mut list = Vec::new();
            for node in self.node.each(name)? {
                list.push(shortened(node.words()?, TEXT_MAX));
            }
            self.put(name, list);
        }
        Ok(())
    }

    /// Takes over a list of text that must be there.
    pub(super) fn required_list(&mut self, name: &str) -> Result<(), KindError> {
        self.node.field(name)?;
        self.lists(&[name])
    }

    /// Takes over a SHA-256 digest in hex; null where it is absent.
    pub(super) fn optional_digest(&mut self, name: &str) -> Result<(), KindError> {
        let digest = self.node.optional(name)?.map(|node| node.digest());
        let digest = digest.transpose()?.map(|digest| digest.hex());
        self.put(name, digest);
        Ok(())
    }

    /// Takes over a list of text in which nothing is twice; null where it is absent.
    pub(super) fn optional_set(&mut self, name: &str) -> Result<(), KindError> {
        if self.node.optional(name)?.is_none() {
            self.put(name, Value::Null);
            return Ok(());
        }
        let mut seen = BTreeSet::new();
        for node in self.node.each(name)? {
            if !seen.insert(node.words()?) {
                return Err(node.refuse("is there twice"));
            }
        }
        self.lists(&[name])
    }

    /// Takes over a whole number within `range`; null where it is absent.
    pub(super) fn optional_number(
        &mut self,
        name: &str,
        range: RangeInclusive<u32>,
    ) -> Result<Option<u32>, KindError> {
        let number = match self.node.optional(name)? {
            Some(node) => Some(number_within(&node, range)?),
            None => None,
        };
        self.put(name, number);
        Ok(number)
    }

    /// Takes over a field that is true or false; null where it is absent.
    pub(super) fn optional_boolean(&mut self, name: &str) -> Result<(), KindError> {
        let boolean = self.node.optional(name)?.map(|node| node.boolean());
        let boolean = boolean.transpose()?;
        self.put(name, boolean);
        Ok(())
    }

    /// Takes over a field that has one of `choices`.
    pub(super) fn one_of(&mut self, name: &str, choices: &[&str]) -> Result<&'a str, KindError> {
        let choice = self.node.field(name)?.one_of(choices)?;
        self.put(name, choice);
        Ok(choice)
    }

    /// The same; null where it is absent.
    pub(super) fn optional_one_of(
        &mut self,
        name: &str,
        choices: &[&str],
    ) -> Result<(), KindError> {
        let choice = self.node.optional(name)?.map(|node| node.one_of(choices));
        let choice = choice.transpose()?;
        self.put(name, choice);
        Ok(())
    }

    /// Takes over an instant that must be there.
    pub(super) fn instant(&mut self, name: &str) -> Result<Timestamp, KindError> {
        let at = self.within_bounds(&self.node.field(name)?)?;
        self.put(name, at.to_string());
        Ok(at)
    }

    /// Takes over an instant, which is not before `start`; null where it is absent.
    pub(super) fn optional_instant(
        &mut self,
        name: &str,
        start: Option<(&str, Timestamp)>,
    ) -> Result<Option<Timestamp>, KindError> {
        let Some(node) = self.node.optional(name)? else {
            self.put(name, Value::Null);
            return Ok(None);
        };
        let at = self.within_bounds(&node)?;
        if let Some((earlier, start)) = start
            && at < start
        {
            return Err(node.refuse(format!("is earlier than `{earlier}`")));
        }
        self.put(name, at.to_string());
        Ok(Some(at))
    }

    /// Takes over an instant that may lie in the future; null where it is absent.
    pub(super) fn optional_date(&mut self, name: &str) -> Result<Option<Timestamp>, KindError> {
        let at = self.node.optional(name)?.map(|node| node.timestamp());
        let at = at.transpose()?;
        self.put(name, at.map(|at| at.to_string()));
        Ok(at)
    }

    /// Puts the whole milliseconds from `start` to `stop`; null where one is absent.
    pub(super) fn put_span(
        &mut self,
        name: &str,
        start: Option<Timestamp>,
        stop: Option<Timestamp>,
    ) {
        let span = start.zip(stop).map(|(start, stop)| {
            (stop.unix_nanoseconds() - start.unix_nanoseconds()).div_euclid(1_000_000)
        });
        self.put(name, span);
    }

    /// What is wrong with the field `name`, which is there.
    pub(super) fn refuse(&self, name: &str, what: &str) -> KindError {
        match self.node.optional(name) {
            Ok(Some(node)) => node.refuse(what),
            _ => self.node.refuse(format!("`{name}` {what}")),
        }
    }

    fn within_bounds(&self, node: &Node<'_>) -> Result<Timestamp, KindError> {
        let at = node.timestamp()?;
        if self.bounds.from.is_some_and(|from| at < from) {
            Err(node.refuse("lies before the `from` of the log"))
        } else if at > self.bounds.to {
            Err(node.refuse(format!("lies after the {}", self.bounds.to_name)))
        } else {
            Ok(at)
        }
    }
}
