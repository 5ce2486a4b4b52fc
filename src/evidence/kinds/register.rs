//! What our own registers have in common: who keeps them, as of when they speak, which
//! kinds of entry they cover, and a list of entries, each with an id.
//!
//! INVARIANTS
//! - An id is there once, what has happened is not later than `as_of`, and unknown
//!   fields are refused: a misspelt field is not an absent one.
//! - A register without an entry is a zero only where it says of which kinds there is
//!   none; else it is `empty`. One that is not complete is `partial`, whatever it holds.
//! - In a register that says which kinds it covers, every entry has one of them, so that
//!   a rule on a kind overlooks none.
//! - No clock is read: whether something is overdue is for rules to say.

use std::collections::BTreeSet;

use crate::evidence::{Kind, Observed, Status};
use crate::json::{Map, Value, json};

use super::entry::{Bounds, Entry, ids_where, is_silent, number_within, with_ids};
use super::node::{Node, TEXT_MAX, put, shortened};
use super::{KindError, Reading};

/// Most entries in one register.
const ENTRIES_MAX: usize = 20_000;

/// How a register is called, and its entries.
pub(super) struct Form<'a> {
    pub(super) kind: Kind,
    pub(super) schema: &'a str,
    pub(super) list: &'a str,
    pub(super) noun: &'a str,
    /// Whole numbers in the frame that must be there, each from 2 to 10. `read` gives
    /// them to each entry, in this order.
    pub(super) scales: &'a [&'a str],
}

/// A register whose entries have been read.
pub(super) struct Register {
    pub(super) reading: Reading,
    pub(super) entries: Vec<Value>,
}

/// Reads a register, and each of its entries by `entry`, which leaves `id` and `kind` out.
pub(super) fn read(
    value: &Value,
    form: &Form<'_>,
    mut entry: impl FnMut(&mut Entry<'_>, &[u32]) -> Result<(), KindError>,
) -> Result<Register, KindError> {
    let root = Node::root(value);
    root.field("schema")?.one_of(&[form.schema])?;
    let frame = ["schema", "source", "complete", "as_of", "covers", form.list];
    root.only(&[&frame, form.scales].concat())?;
    let source = root.field("source")?.words()?;
    let is_complete = root.field("complete")?.boolean()?;
    let as_of = root.field("as_of")?.timestamp()?;
    let mut covers = BTreeSet::new();
    for node in root.each("covers")? {
        if !covers.insert(node.words()?) {
            return Err(node.refuse("is there twice"));
        }
    }
    let bounds = Bounds {
        from: None,
        to: as_of,
        to_name: "`as_of` of the register",
    };
    let mut scales = Vec::new();
    for name in form.scales {
        scales.push(number_within(&root.field(name)?, 2..=10)?);
    }
    let list = root.field(form.list)?;
    let entries = with_ids(&list, form.noun, ENTRIES_MAX, bounds, |one| {
        one.optional_words(&["kind"])?;
        if !covers.is_empty() {
            let kind = one.node().field("kind")?;
            if !covers.contains(kind.words()?) {
                return Err(kind.refuse("is none of the kinds in `covers`"));
            }
        }
        entry(one, &scales)
    })?;
    let mut facts = json!({
        "source": shortened(source, TEXT_MAX),
        "complete": is_complete,
        "as_of": as_of.to_string(),
        "covers": covers.iter().map(|kind| shortened(kind, TEXT_MAX)).collect::<Vec<_>>(),
    });
    put(&mut facts, &format!("{}_count", form.list), entries.len());
    for (name, scale) in form.scales.iter().zip(&scales) {
        put(&mut facts, name, *scale);
    }
    let mut reading = Reading::of(form.kind, facts);
    reading.collected_at = Some(as_of);
    reading.observed = Some(Observed {
        from: as_of,
        to: as_of,
    });
    if !is_complete {
        reading = reading.found(Status::Partial, "the register says that it is not complete");
    } else if entries.is_empty() && covers.is_empty() {
        let reason = format!("no {} is listed, and no kind is covered", form.noun);
        reading = reading.found(Status::Empty, reason);
    }
    Ok(Register { reading, entries })
}

impl Register {
    /// Puts how many entries have each of these `statuses`, as `<status>_count`.
    pub(super) fn put_counts(&mut self, statuses: &[&str]) {
        for status in statuses {
            let of_status = |entry: &&Value| entry.get("status").is_some_and(|is| is == status);
            let count = self.entries.iter().filter(of_status).count();
            let name = format!("{}_count", status.replace('-', "_"));
            put(&mut self.reading.facts, &name, count);
        }
    }

    /// Puts the ids of the entries that satisfy `is`.
    pub(super) fn put_ids(&mut self, name: &str, is: impl Fn(&Value) -> bool) {
        let ids = json!(ids_where(&self.entries, is));
        put(&mut self.reading.facts, name, ids);
    }

    /// Puts, for each of these fields, the ids of the entries that satisfy `is` and say
    /// nothing there.
    pub(super) fn put_unsaid(&mut self, names: &[&str], is: impl Fn(&Value) -> bool) {
        let mut unsaid = Map::new();
        for &name in names {
            let silent = |one: &Value| is(one) && is_silent(one, name);
            unsaid.insert(name.to_owned(), json!(ids_where(&self.entries, silent)));
        }
        put(&mut self.reading.facts, "unsaid", unsaid);
    }

    /// Puts the entries, which ends the reading.
    pub(super) fn finish(self, list: &str) -> Reading {
        let mut reading = self.reading;
        put(&mut reading.facts, list, self.entries);
        reading
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::kinds::{Signatures, read as read_item};

    #[test]
    fn too_many_entries_are_refused() {
        let entry = |n: usize| json!({"id": n.to_string(), "title": "t", "authority": "a", "status": "open"});
        let register = |count: usize| {
            let entries: Vec<_> = (0..count).map(entry).collect();
            let register = json!({"schema": "assize/obligation-register/v1", "source": "s",
                "complete": true, "as_of": "2026-11-20T00:00:00Z", "obligations": entries});
            read_item(register.to_string().as_bytes(), None, Signatures::Unseen)
        };
        assert_eq!(register(ENTRIES_MAX).status, Status::Ok);
        let refused = register(ENTRIES_MAX + 1);
        assert_eq!(refused.status, Status::Error);
        assert!(
            refused
                .reason
                .unwrap()
                .contains("more than 20000 obligations")
        );
    }
}
