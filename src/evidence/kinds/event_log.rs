//! What our own logs of events have in common: who wrote them, for which time they
//! speak, and a list of events, each with an id.
//!
//! INVARIANTS
//! - An id is there once, every instant lies within `from` to `to`, nothing ends before
//!   it starts, and unknown fields are refused: a misspelt field is not an absent one.
//! - An empty list in a log that is complete is a zero. One that is not complete is
//!   `partial`, whatever it holds.

use std::collections::BTreeSet;

use crate::clock::Timestamp;
use crate::evidence::{Kind, Observed, Status};
use crate::json::{Map, Value, json};

use super::node::{Node, TEXT_MAX, shortened};
use super::{KindError, Reading};

/// Most events in one log.
const EVENTS_MAX: usize = 100_000;

/// An event of a log, and what is known of it so far.
#[derive(Debug)]
pub(super) struct Event<'a> {
    node: Node<'a>,
    period: Observed,
    facts: Map<String, Value>,
}

/// Reads a log with this `schema`, and each of its events by `event`.
pub(super) fn read(
    value: &Value,
    kind: Kind,
    schema: &str,
    mut event: impl FnMut(&mut Event<'_>) -> Result<(), KindError>,
) -> Result<Reading, KindError> {
    let root = Node::root(value);
    root.field("schema")?.one_of(&[schema])?;
    root.only(&["schema", "source", "complete", "from", "to", "events"])?;
    let source = root.field("source")?.words()?;
    let is_complete = root.field("complete")?.boolean()?;
    let period = Observed {
        from: root.field("from")?.timestamp()?,
        to: root.field("to")?.timestamp()?,
    };
    if period.from >= period.to {
        return Err(root.field("to")?.refuse("must be later than `from`"));
    }
    let mut ids = BTreeSet::new();
    let mut events = Vec::new();
    for node in root.field("events")?.nodes()? {
        if events.len() >= EVENTS_MAX {
            return Err(node.refuse(format!("more than {EVENTS_MAX} events")));
        }
        let id = node.field("id")?;
        if !ids.insert(id.words()?) {
            return Err(id.refuse("a second event with this id"));
        }
        let mut one = Event::of(node, period);
        one.put("id", id.words()?);
        event(&mut one)?;
        events.push(Value::Object(one.facts));
    }
    let facts = json!({
        "source": shortened(source, TEXT_MAX),
        "complete": is_complete,
        "from": period.from.to_string(),
        "to": period.to.to_string(),
        "events_count": events.len(),
        "events": events,
    });
    let mut reading = Reading::of(kind, facts);
    // A log is as recent as the end of the time for which it speaks.
    reading.collected_at = Some(period.to);
    reading.observed = Some(period);
    Ok(if is_complete {
        reading
    } else {
        reading.found(Status::Partial, "the log says that it is not complete")
    })
}

impl<'a> Event<'a> {
    fn of(node: Node<'a>, period: Observed) -> Self {
        Self {
            node,
            period,
            facts: Map::new(),
        }
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
        let at = self.within_period(&self.node.field(name)?)?;
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
        let at = self.within_period(&node)?;
        if let Some((earlier, start)) = start
            && at < start
        {
            return Err(node.refuse(format!("is earlier than `{earlier}`")));
        }
        self.put(name, at.to_string());
        Ok(Some(at))
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

    fn within_period(&self, node: &Node<'_>) -> Result<Timestamp, KindError> {
        let at = node.timestamp()?;
        if at < self.period.from {
            Err(node.refuse("lies before the `from` of the log"))
        } else if at > self.period.to {
            Err(node.refuse("lies after the `to` of the log"))
        } else {
            Ok(at)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::kinds::{Signatures, read};

    #[test]
    fn too_many_events_are_refused() {
        let event = |n| {
            json!({"id": n, "kind": "deployment", "service": "s", "environment": "e",
                   "outcome": "failed", "finished_at": "2026-11-20T00:00:00Z"})
        };
        let events: Vec<_> = (0..=EVENTS_MAX).map(|n| event(n.to_string())).collect();
        let log = json!({"schema": "assize/deployments/v1", "source": "s", "complete": true,
            "from": "2026-11-20T00:00:00Z", "to": "2026-11-21T00:00:00Z", "events": events});
        let reading = read(log.to_string().as_bytes(), None, Signatures::Unseen);
        assert_eq!(reading.status, Status::Error);
        assert!(reading.reason.unwrap().contains("more than 100000 events"));
    }
}
