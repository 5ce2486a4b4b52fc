//! What log entries tell of each incident: who acted, and when.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::evidence::kinds::KindError;
use crate::evidence::kinds::node::Node;

/// What happened to an incident.
#[derive(Debug, Default)]
pub(super) struct History {
    /// Whether it is told from its beginning.
    pub(super) is_whole: bool,
    /// Whether a person did something.
    pub(super) has_person: bool,
    /// First acknowledgement by a person.
    pub(super) acknowledged_at: Option<Timestamp>,
    /// Whether something was done, and nothing says by whom.
    pub(super) has_unknown: bool,
    /// Last resolution.
    pub(super) resolved_at: Option<Timestamp>,
}

/// The histories of all incidents that log entries are of; whether they `are_all`.
pub(super) fn by_incident<'a>(
    entries: &[Node<'a>],
    are_all: bool,
) -> Result<BTreeMap<&'a str, History>, KindError> {
    let mut histories: BTreeMap<&str, History> = BTreeMap::new();
    for entry in entries {
        let incident = entry.field("incident")?.field("id")?.words()?;
        let at = entry.field("created_at")?.timestamp()?;
        let agent = entry.optional("agent")?;
        let by_person = agent.as_ref().map(is_person).transpose()?;
        let by_person = by_person.unwrap_or(false);
        let history = histories.entry(incident).or_default();
        let kind = entry.field("type")?.text()?;
        history.has_unknown |= agent.is_none() && kind != "trigger_log_entry";
        match kind {
            "trigger_log_entry" => history.is_whole = are_all,
            // The schema has both words.
            "acknowledge_log_entry" | "acknowledgement_log_entry" if by_person => {
                history.has_person = true;
                let first = history.acknowledged_at.map_or(at, |first| first.min(at));
                history.acknowledged_at = Some(first);
            }
            "resolve_log_entry" => {
                history.has_person |= by_person;
                history.resolved_at = history.resolved_at.max(Some(at));
            }
            // Somebody who is assigned or told has not acted; who did it, has.
            _ => history.has_person |= by_person,
        }
    }
    Ok(histories)
}

/// The first of the acknowledgements by people that hold now: they are not listed any
/// more when it is resolved, or when they have run out.
pub(super) fn acknowledged_now(incident: &Node<'_>) -> Result<Option<Timestamp>, KindError> {
    let mut first = None;
    for one in incident.each("acknowledgements")? {
        if !is_person(&one.field("acknowledger")?)? {
            continue;
        }
        let at = one.field("at")?.timestamp()?;
        first = Some(first.map_or(at, |first: Timestamp| first.min(at)));
    }
    Ok(first)
}

/// Whether an agent is a person: a user, or a reference to one.
pub(super) fn is_person(agent: &Node<'_>) -> Result<bool, KindError> {
    let kind = agent.field("type")?.text()?;
    Ok(kind == "user" || kind == "user_reference")
}
