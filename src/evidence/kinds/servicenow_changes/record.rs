//! A record of a table. Its fields are text, or `{value, display_value, link}`.

use std::collections::BTreeSet;

use crate::clock::Timestamp;

use super::super::KindError;
use super::super::node::Node;
use super::super::tickets::Tickets;

/// A record of a table.
#[derive(Debug)]
pub(super) struct Record<'a> {
    pub(super) node: Node<'a>,
}

impl<'a> Record<'a> {
    /// Whether the field `name` was asked for, whatever it holds.
    pub(super) fn has(&self, name: &str) -> bool {
        let fields = self.node.object();
        fields.is_ok_and(|fields| fields.contains_key(name))
    }

    /// The value of the field `name`, without blanks around it; none where it is absent or
    /// empty.
    pub(super) fn value(&self, name: &str) -> Result<Option<&'a str>, KindError> {
        let Some(field) = self.node.optional(name)? else {
            return Ok(None);
        };
        let text = Self::value_of(&field)?.text()?;
        Ok(Some(text.trim()).filter(|text| !text.is_empty()))
    }

    /// The node with the value of `field`.
    pub(super) fn value_of(field: &Node<'a>) -> Result<Node<'a>, KindError> {
        if field.value().is_string() {
            return Ok(field.clone());
        }
        match field.optional("value")? {
            Some(value) => Ok(value),
            None => Err(field.refuse(
                "has no `value`: ask with `sysparm_display_value=false` or `all`, and not `true`",
            )),
        }
    }

    /// What is shown for the field `name`, or else its value.
    pub(super) fn shown(&self, name: &str) -> Result<Option<&'a str>, KindError> {
        let value = self.value(name)?;
        Ok(value.map(|value| self.display_value(name).unwrap_or(value)))
    }

    /// The `sys_id` in the field `name`, whose name is noted.
    pub(super) fn person(
        &self,
        name: &str,
        tickets: &mut Tickets<'a>,
    ) -> Result<Option<&'a str>, KindError> {
        let id = self.value(name)?;
        if let Some((id, shown)) = id.zip(self.display_value(name)) {
            tickets.name(id, shown);
        }
        Ok(id)
    }

    /// The instant in the field `name`, which is UTC and does not say so.
    pub(super) fn instant(&self, name: &str) -> Result<Option<Timestamp>, KindError> {
        let Some(text) = self.value(name)? else {
            return Ok(None);
        };
        let parsed = text.split_once(' ').and_then(|(date, time)| {
            let is_form = date.len() == 10 && time.len() == 8;
            is_form.then(|| format!("{date}T{time}Z").parse().ok())?
        });
        match parsed {
            Some(at) => Ok(Some(at)),
            None => Err(self
                .node
                .field(name)?
                .refuse("expected an instant in UTC, as `2026-01-02 03:04:05`")),
        }
    }

    /// The `sys_id`, which must be in none of `seen`.
    pub(super) fn sys_id(
        &self,
        seen: &mut BTreeSet<&'a str>,
    ) -> Result<Option<&'a str>, KindError> {
        let id = self.value("sys_id")?;
        match id {
            Some(id) if !seen.insert(id) => Err(self
                .node
                .field("sys_id")?
                .refuse("is there twice: pages have shifted, and others may be missing")),
            _ => Ok(id),
        }
    }

    /// The number in `state`.
    pub(super) fn state(&self) -> Result<i64, KindError> {
        let state = self.node.field("state")?;
        Self::value_of(&state)?.text()?.parse().map_err(|_| {
            state.refuse(
                "expected a number: ask with `sysparm_display_value=false` or `all`, and not `true`",
            )
        })
    }

    fn display_value(&self, name: &str) -> Option<&'a str> {
        let field = self.node.optional(name).ok().flatten()?;
        let shown = field.value().get("display_value")?.as_str()?;
        Some(shown).filter(|shown| !shown.trim().is_empty())
    }
}
