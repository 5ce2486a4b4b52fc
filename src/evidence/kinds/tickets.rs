//! What the kinds for ticket systems share, so that a rule that reads `change-tickets`
//! reads theirs too: the same facts of a change, null where the system does not say them.
//!
//! INVARIANTS
//! - `from` and `to` are null: an answer does not say for which time it was asked.
//! - Whatever an answer leaves out that a rule would need makes it `partial`, and `complete`
//!   false. An answer without a change is `empty`: it does not say what was asked for.
//! - A ticket is there once. One that is there twice shows that pages have shifted, and that
//!   another may be missing.

use std::collections::{BTreeMap, BTreeSet};

use crate::clock::Timestamp;
use crate::evidence::{Kind, Status};
use crate::json::{Map, Value, json};

use super::node::{Node, TEXT_MAX, shortened, with_list};
use super::{KindError, Reading};

/// Most changes in one item.
const TICKETS_MAX: usize = 100_000;

/// Most ids that are named for one doubt.
const NAMED_MAX: usize = 3;

/// What a change without `deployed_at` leaves open, on which work has begun.
pub(super) const UNDATED: &str = "carried out, and nobody says when";

/// A change as far as its system knows it.
#[derive(Debug, Default)]
pub(super) struct Ticket {
    pub(super) title: Option<String>,
    pub(super) author: Option<String>,
    pub(super) teams: Vec<String>,
    pub(super) services: Vec<String>,
    pub(super) risk: Option<&'static str>,
    pub(super) emergency: Option<bool>,
    pub(super) opened_at: Option<Timestamp>,
    pub(super) approval_requested_at: Option<Timestamp>,
    pub(super) approved_at: Option<Timestamp>,
    pub(super) approved_by: Vec<String>,
    pub(super) planned_start_at: Option<Timestamp>,
    pub(super) planned_end_at: Option<Timestamp>,
    pub(super) deployed_at: Option<Timestamp>,
    pub(super) closed_at: Option<Timestamp>,
    pub(super) status: Option<&'static str>,
    pub(super) outcome: Option<&'static str>,
    pub(super) tags: Vec<String>,
    /// What only this system says.
    pub(super) own: Vec<(&'static str, Value)>,
}

/// The changes of one item.
#[derive(Debug, Default)]
pub(super) struct Tickets<'a> {
    ids: BTreeSet<&'a str>,
    events: Vec<Value>,
    people: BTreeMap<&'a str, &'a str>,
    /// By which fields people are told apart.
    told_by: BTreeSet<&'static str>,
    /// What is left out, and of which changes.
    doubts: BTreeMap<String, Vec<&'a str>>,
    open_count: usize,
    deployed_count: usize,
}

impl<'a> Tickets<'a> {
    /// Adds the change whose id is in `id`.
    pub(super) fn add(&mut self, id: &Node<'a>, ticket: Ticket) -> Result<(), KindError> {
        let name = id.words()?.trim();
        if self.events.len() >= TICKETS_MAX {
            return Err(id.refuse(format!("more than {TICKETS_MAX} changes")));
        }
        if !self.ids.insert(name) {
            let what =
                "a second change with this id: pages have shifted, and others may be missing";
            return Err(id.refuse(what));
        }
        self.open_count += usize::from(matches!(ticket.status, Some("open" | "approved")));
        self.deployed_count += usize::from(ticket.deployed_at.is_some());
        if ticket.status.is_none() {
            self.doubt("nobody says how it stands", name);
        }
        let was_carried_out = matches!(ticket.status, Some("deployed" | "failed"));
        if was_carried_out && ticket.deployed_at.is_none() {
            self.doubt(UNDATED, name);
        }
        self.events.push(event(name, ticket));
        Ok(())
    }

    /// Notes that `what` is left out, which concerns the change `id`.
    pub(super) fn doubt(&mut self, what: impl Into<String>, id: &'a str) {
        let ids = self.doubts.entry(what.into()).or_default();
        if ids.last() != Some(&id) {
            ids.push(id);
        }
    }

    /// Notes that `what` may be left out of the whole.
    pub(super) fn doubt_all(&mut self, what: impl Into<String>) {
        self.doubts.entry(what.into()).or_default();
    }

    /// Notes what the person with this id is called.
    pub(super) fn name(&mut self, id: &'a str, name: &'a str) {
        self.people.insert(id, name);
    }

    /// Notes that a person is told from others by this field. Of one who is told by
    /// another field nobody knows whether it is the same.
    pub(super) fn tell_by(&mut self, field: &'static str) {
        self.told_by.insert(field);
        if self.told_by.len() > 1 {
            self.doubt_all("people are told apart by different fields");
        }
    }

    pub(super) fn into_reading(self, kind: Kind, source: &str) -> Reading {
        let doubts: Vec<_> = self
            .doubts
            .iter()
            .map(|(what, ids)| said(what, ids))
            .collect();
        let people = self.people.iter();
        let people: Map<String, Value> = people
            .map(|(id, name)| ((*id).to_owned(), shortened(name, TEXT_MAX).into()))
            .collect();
        let is_empty = self.events.is_empty();
        let facts = json!({
            "source": source,
            "complete": doubts.is_empty(),
            "from": null,
            "to": null,
            "doubts": doubts,
            "events_count": self.events.len(),
            "open_count": self.open_count,
            "deployed_count": self.deployed_count,
            "people": people,
        });
        let reading = Reading::of(kind, with_list(facts, "events", self.events));
        if !doubts.is_empty() {
            reading.found(Status::Partial, doubts.join("; "))
        } else if is_empty {
            let reason = "no change was found, and the answer does not say what was asked for";
            reading.found(Status::Empty, reason)
        } else {
            reading
        }
    }
}

/// A doubt, and whom it concerns.
fn said(what: &str, ids: &[&str]) -> String {
    let named: Vec<_> = ids
        .iter()
        .take(NAMED_MAX)
        .map(|id| format!("`{}`", shortened(id, 80)))
        .collect();
    match ids.len().saturating_sub(NAMED_MAX) {
        0 if ids.is_empty() => what.to_owned(),
        0 => format!("{what}: {}", named.join(", ")),
        more => format!("{what}: {} and {more} more", named.join(", ")),
    }
}

fn event(id: &str, ticket: Ticket) -> Value {
    let at = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let mut facts = json!({
        "id": id,
        "title": ticket.title,
        "author": ticket.author,
        "teams": ticket.teams,
        "services": ticket.services,
        "environment": null,
        "risk": ticket.risk,
        "emergency": ticket.emergency,
        "opened_at": at(ticket.opened_at),
        "approval_requested_at": at(ticket.approval_requested_at),
        "approved_at": at(ticket.approved_at),
        "approved_by": ticket.approved_by,
        "planned_start_at": at(ticket.planned_start_at),
        "planned_end_at": at(ticket.planned_end_at),
        "deployed_at": at(ticket.deployed_at),
        "closed_at": at(ticket.closed_at),
        "status": ticket.status,
        "outcome": ticket.outcome,
        "tags": ticket.tags,
    });
    if let Value::Object(fields) = &mut facts {
        let own = ticket.own.into_iter();
        fields.extend(own.map(|(name, value)| (name.to_owned(), value)));
    }
    facts
}

/// `text` as it is put into facts.
pub(super) fn short(text: &str) -> String {
    shortened(text, TEXT_MAX)
}
