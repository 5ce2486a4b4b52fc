//! The transitions of an issue, and what they say of its approval.
//!
//! INVARIANTS
//! - An approval that was taken back before the work began is none, and neither is one by
//!   an app. An issue that was withdrawn, or over, is approved anew or not at all.
//! - Transitions must join, each beginning where the one before it ended, up to the status
//!   of today. An issue was in the status in which the first begins since it was created.
//! - How an earlier end came about is said by the resolution of then.

use crate::clock::Timestamp;

use super::super::KindError;
use super::super::node::{Node, shortened, text_of};
use super::super::tickets::{Tickets, UNDATED};
use super::stage::Stage;

/// Where the server cuts a changelog off, which it does not say.
const CUT_OFF: [usize; 2] = [40, 100];

/// Other fields of Jira's own whose values have numbers, as statuses have, by their English
/// names.
const OTHERS: [&str; 10] = [
    "component",
    "fix version",
    "issuetype",
    "issue type",
    "parent",
    "priority",
    "project",
    "security",
    "version",
    "workflow",
];

/// What the transitions of an issue say.
#[derive(Debug, Default)]
pub(super) struct History<'a> {
    pub(super) requested_at: Option<Timestamp>,
    pub(super) approved_at: Option<Timestamp>,
    pub(super) approved_by: Option<&'a str>,
    pub(super) deployed_at: Option<Timestamp>,
}

/// A change of the status.
#[derive(Debug)]
struct Transition<'a> {
    at: Timestamp,
    by: Option<&'a str>,
    from: &'a str,
    to: &'a str,
    /// An app makes transitions, and approves nothing.
    is_by_app: bool,
    /// The resolution as it stood then, where the changelog says it.
    resolution: Option<&'a str>,
}

/// How an issue stands now, and since when it is there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Now<'a> {
    pub(super) status: Option<&'a str>,
    pub(super) status_id: Option<&'a str>,
    pub(super) stage: Option<Stage>,
    pub(super) opened_at: Option<Timestamp>,
}

impl<'a> History<'a> {
    /// Reads the `changelog` of the issue `key`, which stands as `now` says.
    pub(super) fn read(
        changelog: &Node<'a>,
        now: &Now<'a>,
        key: &'a str,
        tickets: &mut Tickets<'a>,
    ) -> Result<Self, KindError> {
        let (count, mut transitions, is_foreign) = transitions(changelog, now, tickets)?;
        if is_foreign {
            let what = "its changelog may call its status by another name than `status`";
            tickets.doubt(what, key);
        }
        // Cloud answers with the latest first, Data Center with the earliest.
        transitions.sort_by_key(|one| one.at);
        let total = changelog.optional("total")?.map(|total| total.count());
        let is_short = total
            .transpose()?
            .is_some_and(|total| total != count as u64);
        let pairs = transitions.iter().zip(transitions.iter().skip(1));
        let joins = pairs.into_iter().all(|(one, next)| one.to == next.from);
        let ends = transitions
            .last()
            .is_none_or(|last| Some(last.to) == now.status);
        if is_short || CUT_OFF.contains(&count) || !joins || !ends {
            tickets.doubt("its changelog leaves something out, or may", key);
        }
        let mut history = Self::default();
        history.begin(&transitions, now, key, tickets);
        for (place, one) in transitions.iter().enumerate() {
            let rest = transitions.get(place + 1..).unwrap_or_default();
            let stage = stage_of(one.to, one.resolution, rest, now, key, tickets);
            if stage == Some(Stage::Approved) && one.is_by_app {
                tickets.doubt("approved by an app, which is nobody", key);
            }
            history.pass(stage, Some(one.at), one.by.filter(|_| !one.is_by_app));
        }
        Ok(history)
    }

    /// Takes in the status that the issue was created with.
    fn begin(
        &mut self,
        transitions: &[Transition<'a>],
        now: &Now<'a>,
        key: &'a str,
        tickets: &mut Tickets<'a>,
    ) {
        let stage = match transitions.first() {
            Some(first) => stage_of(first.from, None, transitions, now, key, tickets),
            None => now.stage,
        };
        if stage.is_some_and(Stage::has_begun) && now.opened_at.is_none() {
            tickets.doubt(UNDATED, key);
        }
        self.pass(stage, now.opened_at, None);
    }

    /// Takes in that the issue came to `stage`; none is one that nobody knows.
    fn pass(&mut self, stage: Option<Stage>, at: Option<Timestamp>, by: Option<&'a str>) {
        let stage = stage.unwrap_or(Stage::Open);
        if stage == Stage::Approved {
            self.approved_at = at;
            self.approved_by = by;
        } else if stage.has_begun() {
            self.deployed_at = self.deployed_at.or(at);
        } else if self.deployed_at.is_none() {
            self.approved_at = None;
            self.approved_by = None;
        }
        if stage == Stage::Awaiting {
            self.requested_at = self.requested_at.or(at);
        }
    }
}

/// What the status of this name meant, with the resolution that was set then, before the
/// transitions in `rest`. Where it ended and stays so, today's resolution says how.
fn stage_of<'a>(
    status: &str,
    resolution: Option<&str>,
    rest: &[Transition<'_>],
    now: &Now<'_>,
    key: &'a str,
    tickets: &mut Tickets<'a>,
) -> Option<Stage> {
    let is_end = |status: &str| Stage::named(status) == Some(Stage::Ended);
    let named = Stage::named(status);
    if named.is_none() {
        let name = shortened(status, 80);
        tickets.doubt(format!("nobody says what the status `{name}` means"), key);
    }
    if !is_end(status) {
        return named;
    }
    let stage = resolution.and_then(Stage::resolved);
    if stage.is_some() {
        return stage;
    }
    if rest.iter().all(|one| is_end(one.to)) {
        return now.stage;
    }
    tickets.doubt("was over once, and no resolution says how", key);
    None
}

/// What an item changes: its `fieldId`, which Cloud gives, or else the name of the field,
/// which may be in the language of whoever asks.
fn field_of(item: &Node<'_>) -> Result<String, KindError> {
    let name = item.field("field")?.text()?;
    let id = item.optional("fieldId")?.map(|id| id.text()).transpose()?;
    Ok(id.unwrap_or(name).to_lowercase())
}

/// Whether an item whose field is called `field` may be a transition to the status of `now`,
/// in an answer whose names are not English and which has no ids of fields.
fn is_foreign(item: &Node<'_>, field: &str, now: &Now<'_>) -> Result<bool, KindError> {
    let is_of_jira = text_of(item.value(), "fieldtype") == "jira";
    let is_now = |name, of: Option<&str>| of == Some(text_of(item.value(), name));
    let leads_here = is_now("to", now.status_id) || is_now("toString", now.status);
    let has_id = item.optional("fieldId")?.is_some();
    Ok(is_of_jira && leads_here && !has_id && !OTHERS.contains(&field))
}

/// How many entries the changelog has, those of them that change the status, and whether
/// another may do so under a name that nobody knows.
fn transitions<'a>(
    changelog: &Node<'a>,
    now: &Now<'_>,
    tickets: &mut Tickets<'a>,
) -> Result<(usize, Vec<Transition<'a>>, bool), KindError> {
    let mut has_foreign = false;
    let mut count = 0;
    let mut transitions = Vec::new();
    let mut resolutions = Vec::new();
    for history in changelog.field("histories")?.nodes()? {
        count += 1;
        for item in history.each("items")? {
            let field = field_of(&item)?;
            match field.as_str() {
                "status" => {}
                "resolution" => {
                    let at = super::stamp(&history.field("created")?)?;
                    let to = item.optional("toString")?.map(|to| to.text());
                    resolutions.push((at, to.transpose()?));
                    continue;
                }
                name => {
                    has_foreign |= is_foreign(&item, name, now)?;
                    continue;
                }
            }
            let author = history.optional("author")?;
            let account = author
                .as_ref()
                .map(|author| text_of(author.value(), "accountType"));
            transitions.push(Transition {
                at: super::stamp(&history.field("created")?)?,
                is_by_app: account == Some("app"),
                by: super::person(author, tickets)?,
                from: item.field("fromString")?.words()?,
                to: item.field("toString")?.words()?,
                resolution: None,
            });
        }
    }
    resolutions.sort_by_key(|(at, _)| *at);
    for one in &mut transitions {
        let known = resolutions.iter().rev().find(|(at, _)| *at <= one.at);
        one.resolution = known.and_then(|(_, to)| *to);
    }
    Ok((count, transitions, has_foreign))
}
