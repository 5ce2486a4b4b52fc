//! `pagerduty-incidents`: answers of the REST API of `PagerDuty` v2 at `GET /incidents`, one or
//! several pages, and of `GET /incidents/{id}/log_entries` and `GET /log_entries` beside them
//! (<https://github.com/PagerDuty/api-schema/blob/main/reference/REST/openapiv3.json>).
//!
//! INVARIANTS
//! - A page that is not there, and fewer incidents than the answer counts, are `partial`.
//! - An answer does not say what was asked for: the log that is made of it is never
//!   complete, and one without an incident is `empty`.
//! - Who acknowledged is known from log entries; without them a resolved incident may
//!   have been acknowledged at any time.
//! - An incident that was merged into one that is not there may be open: `partial`.

use std::collections::{BTreeMap, BTreeSet};

use crate::clock::Timestamp;
use crate::evidence::{Kind, Observed, Status};
use crate::json::{Value, json};

use super::node::{Node, TEXT_MAX, shortened, with_list};
use super::reader::{Form, Reader};
use super::{KindError, Reading};

mod history;
mod pages;

use history::History;
use pages::Pages;

/// Most incidents in one file, and most log entries.
const ENTRIES_MAX: usize = 100_000;

/// How a page, and pages on lines, are told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::PagerdutyIncidents,
    media_type: "application/json",
    form: Form::Lines { is, read },
};

/// How a list of pages is told and read.
pub(super) const LIST_READER: Reader = Reader {
    kind: Kind::PagerdutyIncidents,
    media_type: "application/json",
    form: Form::List {
        is,
        read: |value| read(std::slice::from_ref(value)),
    },
};

fn is(value: &Value) -> bool {
    let has_number = |name| value.get(name).is_some_and(Value::is_number);
    let incidents = value.get("incidents").and_then(Value::as_array);
    incidents.is_some_and(|incidents| match incidents.first() {
        None => value.get("more").is_some(),
        Some(first) => first.get("id").is_some() && first.get("status").is_some(),
    }) && has_number("limit")
        && has_number("offset")
}

/// Reads pages: a document with one or a list of them, or several with one each.
fn read(values: &[Value]) -> Result<Reading, KindError> {
    let documents: Vec<Node<'_>> = match values {
        [list @ Value::Array(_)] => Node::root(list).nodes()?.collect(),
        _ => Node::documents(values).collect(),
    };
    let mut incidents = Pages::of("incidents");
    let mut entries = Pages::of("log_entries");
    for document in &documents {
        match (
            document.optional("incidents")?,
            document.optional("log_entries")?,
        ) {
            (Some(list), None) => incidents.add(document, &list)?,
            (None, Some(list)) => entries.add(document, &list)?,
            _ => return Err(document.refuse("is no page of incidents or of log entries")),
        }
    }
    let histories = history::by_incident(&entries.entries, entries.fault().is_none())?;
    let mut latest: Option<Timestamp> = entries.latest(&["created_at"])?;
    latest = latest.max(incidents.latest(&["created_at", "updated_at"])?);
    let mut events = Vec::new();
    let mut first: Option<Timestamp> = None;
    for node in &incidents.entries {
        let incident = Incident::of(node, &histories)?;
        first = Some(first.map_or(incident.created_at, |at| at.min(incident.created_at)));
        latest = latest.max(incident.resolved_at);
        events.push(incident);
    }
    let facts = json!({
        "source": account(&incidents.entries)?,
        "complete": false,
        "from": null,
        "to": null,
        "pages_count": incidents.count,
        "all_pages": incidents.fault().is_none(),
        "total": incidents.total,
        "duplicates_count": incidents.duplicates,
        "log_entries_count": entries.entries.len(),
        "all_log_entries": entries.fault().is_none(),
        "events_count": events.len(),
        "open_count": events.iter().filter(|one| one.resolved_at.is_none()).count(),
    });
    let is_empty = events.is_empty();
    let fault = incidents.fault().or_else(|| entries.fault());
    let fault = fault.or_else(|| merged_away(&events));
    let listed = events.into_iter().map(|one| one.facts).collect();
    let facts = with_list(facts, "events", listed);
    let mut reading = Reading::of(Kind::PagerdutyIncidents, facts);
    // It is not older than the last thing that it tells of.
    reading.collected_at = latest;
    reading.observed = first.zip(latest).map(|(from, to)| Observed { from, to });
    Ok(match fault {
        Some(fault) => reading.found(Status::Partial, fault),
        None if is_empty => reading.found(
            Status::Empty,
            "holds no incident, which does not say that the right ones were asked for",
        ),
        None => reading,
    })
}

/// An incident, as the facts have it.
#[derive(Debug)]
struct Incident {
    id: String,
    merged_into: Option<String>,
    created_at: Timestamp,
    resolved_at: Option<Timestamp>,
    facts: Value,
}

impl Incident {
    fn of(node: &Node<'_>, histories: &BTreeMap<&str, History>) -> Result<Self, KindError> {
        let id = node.field("id")?.words()?;
        let history = histories.get(id);
        let created_at = node.field("created_at")?.timestamp()?;
        let resolved_at = resolved_at(node, history)?;
        let acknowledged_at = match history.and_then(|history| history.acknowledged_at) {
            Some(at) => Some(at),
            None => history::acknowledged_now(node)?,
        };
        let not_before = |at: Option<Timestamp>, start: Timestamp, what: &str| match at {
            Some(at) if at < start => Err(node.refuse(format!("{what}: {at}"))),
            _ => Ok(()),
        };
        not_before(resolved_at, created_at, "is resolved before it was created")?;
        not_before(
            acknowledged_at,
            created_at,
            "is acknowledged before it was created",
        )?;
        if let Some(taken) = acknowledged_at {
            not_before(resolved_at, taken, "is resolved before it was acknowledged")?;
        }
        let after = |at: Option<Timestamp>| at.map(|at| milliseconds(created_at, at));
        let text_of = |at: Option<Timestamp>| at.map(|at| at.to_string());
        let merged_into = merged_into(node)?;
        let id = shortened(id, TEXT_MAX);
        let facts = json!({
            "id": id,
            "title": text(node, "title")?,
            "service": name_of(node, "service")?,
            "service_id": id_of(node, "service")?,
            "environment": null,
            "severity": null,
            "urgency": text(node, "urgency")?,
            "priority": name_of(node, "priority")?,
            "status": node.field("status")?.text()?,
            "response": response(node, history)?,
            "detected_at": created_at.to_string(),
            "acknowledged_at": text_of(acknowledged_at),
            "resolved_at": text_of(resolved_at),
            "acknowledged_after_ms": after(acknowledged_at),
            "resolved_after_ms": after(resolved_at),
            "has_history": history.is_some_and(|history| history.is_whole),
            "merged_into": merged_into,
            "cause": null,
            "change": null,
            "tags": [],
        });
        Ok(Self {
            id,
            merged_into,
            created_at,
            resolved_at,
            facts,
        })
    }
}

fn milliseconds(start: Timestamp, end: Timestamp) -> i64 {
    (end.unix_nanoseconds() - start.unix_nanoseconds()).div_euclid(1_000_000)
}

/// When it was resolved: older answers say it only by the last change of the status.
fn resolved_at(node: &Node<'_>, history: Option<&History>) -> Result<Option<Timestamp>, KindError> {
    let status = node.field("status")?;
    let status = status.one_of(&["triggered", "acknowledged", "resolved"])?;
    let said = node.optional("resolved_at")?;
    if status != "resolved" {
        return match said {
            Some(said) => Err(said.refuse(format!("is there, and the status is `{status}`"))),
            None => Ok(None),
        };
    }
    if let Some(said) = said {
        return said.timestamp().map(Some);
    }
    match history.and_then(|history| history.resolved_at) {
        Some(at) => Ok(Some(at)),
        None => node.field("last_status_change_at")?.timestamp().map(Some),
    }
}

/// Whether a person had to act, where that can be told.
fn response(node: &Node<'_>, history: Option<&History>) -> Result<Option<&'static str>, KindError> {
    let status = node.field("status")?.text()?;
    let by = node.optional("last_status_change_by")?;
    // Who triggered it has not acted on it.
    let by = by.filter(|_| status != "triggered");
    let by_person = by.as_ref().map(history::is_person).transpose()?;
    let has_person = history.is_some_and(|history| history.has_person);
    let is_told = history.is_some_and(|history| {
        history.is_whole && !history.has_unknown && history.resolved_at.is_some()
    });
    Ok(match by_person {
        _ if has_person => Some("manual"),
        Some(true) => Some("manual"),
        Some(false) if is_told && status == "resolved" => Some("automated"),
        _ => None,
    })
}

/// The incident that it was merged into, and is resolved as a part of.
fn merged_into(node: &Node<'_>) -> Result<Option<String>, KindError> {
    let Some(reason) = node.optional("resolve_reason")? else {
        return Ok(None);
    };
    id_of(&reason, "incident")
}

/// Why the answer lacks an incident: another was merged into it, and may be open there.
fn merged_away(incidents: &[Incident]) -> Option<String> {
    let ids: BTreeSet<&str> = incidents.iter().map(|one| one.id.as_str()).collect();
    let mut merged = incidents.iter().filter_map(|one| {
        let into = one.merged_into.as_deref()?;
        (!ids.contains(into)).then_some((&one.id, into))
    });
    let (id, into) = merged.next()?;
    let (id, into) = (shortened(id, 80), shortened(into, 80));
    Some(format!(
        "`{id}` was merged into `{into}`, which is not there"
    ))
}

fn text(node: &Node<'_>, name: &str) -> Result<Option<String>, KindError> {
    let field = node.optional(name)?.map(|field| field.text());
    Ok(field.transpose()?.map(|text| shortened(text, TEXT_MAX)))
}

fn id_of(node: &Node<'_>, name: &str) -> Result<Option<String>, KindError> {
    match node.optional(name)? {
        Some(reference) => text(&reference, "id"),
        None => Ok(None),
    }
}

/// What people call that which is referred to.
fn name_of(node: &Node<'_>, name: &str) -> Result<Option<String>, KindError> {
    let Some(reference) = node.optional(name)? else {
        return Ok(None);
    };
    for field in ["summary", "name", "id"] {
        if let Some(text) = text(&reference, field)? {
            return Ok(Some(text));
        }
    }
    Ok(None)
}

/// The host of the account, where all incidents name one.
fn account(incidents: &[Node<'_>]) -> Result<Option<String>, KindError> {
    let mut account = None;
    for node in incidents {
        let url = text(node, "html_url")?;
        let url = url.as_deref().and_then(|url| url.strip_prefix("https://"));
        let host = url
            .and_then(|rest| rest.split('/').next())
            .map(str::to_owned);
        match (&account, host) {
            (None, Some(host)) => account = Some(host),
            (Some(one), Some(host)) if *one == host => {}
            _ => return Ok(None),
        }
    }
    Ok(account)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::kinds::{Signatures, read as read_bytes};
    use crate::json::{self, Limits};

    #[test]
    fn it_has_the_fields_of_the_kind_whose_rules_read_it() {
        let schema = |kind: Kind| json::parse(kind.schema().as_bytes(), Limits::EVIDENCE).unwrap();
        let (own, other) = (schema(Kind::PagerdutyIncidents), schema(Kind::Incidents));
        let has = |here: &Value, there: &Value| {
            let (here, there) = (here.as_array().unwrap(), there.as_array().unwrap());
            there.iter().all(|field| here.contains(field))
        };
        assert!(has(&own["required"], &other["required"]));
        let fields = |schema: &Value| schema["properties"]["events"]["items"]["required"].clone();
        assert!(has(&fields(&own), &fields(&other)));
    }

    #[test]
    fn too_many_incidents_are_refused() {
        let incident = |n: usize| json!({"id": n.to_string(), "status": "triggered", "created_at": "2026-11-20T00:00:00Z"});
        let incidents: Vec<_> = (0..=ENTRIES_MAX).map(incident).collect();
        let page = json!({"limit": 1_000_000, "offset": 0, "more": false, "incidents": incidents});
        let reading = read_bytes(page.to_string().as_bytes(), None, Signatures::Unseen);
        assert_eq!(reading.status, Status::Error);
        assert!(
            reading
                .reason
                .unwrap()
                .contains("more than 100000 incidents")
        );
    }
}
