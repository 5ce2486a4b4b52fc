//! Pages of one list, in the order of the file, and whether all of them are there.
//!
//! INVARIANTS
//! - Pages follow one another as `offset`, `limit` and `more` demand, from 0 to one after
//!   which there is no more; several such rows may follow one another, of several questions.
//! - An entry that is there again must be the same. In one row it shows that the list
//!   moved while it was read, so that another entry may not be there at all.

use std::collections::{BTreeMap, BTreeSet};

use crate::clock::Timestamp;
use crate::evidence::kinds::KindError;
use crate::evidence::kinds::node::{Node, shortened};
use crate::json::Value;

use super::ENTRIES_MAX;

/// Pages of `name`.
#[derive(Debug)]
pub(super) struct Pages<'a> {
    name: &'static str,
    /// Entries by their first appearance.
    pub(super) entries: Vec<Node<'a>>,
    seen: BTreeMap<&'a str, &'a Value>,
    pub(super) count: usize,
    pub(super) duplicates: usize,
    /// What the last answer that counts says that there are, over all rows.
    pub(super) total: Option<u64>,
    /// Where the next page must begin.
    next: Option<u64>,
    in_row: BTreeSet<&'a str>,
    fault: Option<String>,
}

impl<'a> Pages<'a> {
    pub(super) fn of(name: &'static str) -> Self {
        Self {
            name,
            entries: Vec::new(),
            seen: BTreeMap::new(),
            count: 0,
            duplicates: 0,
            total: None,
            next: None,
            in_row: BTreeSet::new(),
            fault: None,
        }
    }

    /// Takes a page with this `list`.
    pub(super) fn add(&mut self, page: &Node<'a>, list: &Node<'a>) -> Result<(), KindError> {
        let (offset, limit) = (page.field("offset")?, page.field("limit")?);
        let offset = offset.count()?;
        let has_more = page.field("more")?.boolean()?;
        let length = u64::try_from(list.values()?.len()).unwrap_or(u64::MAX);
        if length > limit.count()? {
            return Err(list.refuse("has more entries than `limit` allows"));
        }
        let Some(end) = offset
            .checked_add(limit.count()?)
            .filter(|end| *end > offset)
        else {
            return Err(limit.refuse("is no size of a page"));
        };
        match self.next {
            Some(next) if next != offset => self.lacks(&format!("at offset {next}")),
            None if offset != 0 => self.lacks(&format!("before offset {offset}")),
            _ => {}
        }
        self.count += 1;
        if offset == 0 {
            self.in_row.clear();
        }
        for node in list.nodes()? {
            self.entry(node)?;
        }
        self.next = has_more.then_some(end);
        if !has_more {
            self.end_of_row(page)?;
        }
        Ok(())
    }

    fn entry(&mut self, node: Node<'a>) -> Result<(), KindError> {
        let id = node.field("id")?.words()?;
        if !self.in_row.insert(id) && self.fault.is_none() {
            let what = "is there twice: the list changed while it was read";
            self.fault = Some(format!("`{}` {what}", shortened(id, 80)));
        }
        match self.seen.insert(id, node.value()) {
            None if self.entries.len() >= ENTRIES_MAX => {
                let what = format!("more than {ENTRIES_MAX} {}", self.name);
                return Err(node.refuse(what));
            }
            None => self.entries.push(node),
            Some(earlier) if earlier == node.value() => self.duplicates += 1,
            Some(_) => {
                let what = "another entry with this `id`, which says something else: ask again";
                return Err(node.refuse(what));
            }
        }
        Ok(())
    }

    /// Holds the length of the row against what the answer counts, where it does.
    fn end_of_row(&mut self, page: &Node<'a>) -> Result<(), KindError> {
        let Some(total) = page.optional("total")? else {
            return Ok(());
        };
        let total = total.count()?;
        self.total = Some(self.total.unwrap_or(0).saturating_add(total));
        let here = u64::try_from(self.in_row.len()).unwrap_or(u64::MAX);
        if total != here && self.fault.is_none() {
            let name = self.name;
            self.fault = Some(format!("{here} {name} are there, and `total` is {total}"));
        }
        Ok(())
    }

    fn lacks(&mut self, place: &str) {
        if self.fault.is_none() {
            self.fault = Some(format!("the page of {} {place} is not there", self.name));
        }
    }

    /// Why not all pages are there.
    pub(super) fn fault(&self) -> Option<String> {
        let name = self.name;
        let end = self
            .next
            .map(|next| format!("there are more {name}, from offset {next}, which are not there"));
        self.fault.clone().or(end)
    }

    /// The latest instant in these fields of the entries.
    pub(super) fn latest(&self, names: &[&str]) -> Result<Option<Timestamp>, KindError> {
        let mut latest = None;
        for node in &self.entries {
            for name in names {
                if let Some(field) = node.optional(name)? {
                    latest = latest.max(Some(field.timestamp()?));
                }
            }
        }
        Ok(latest)
    }
}
