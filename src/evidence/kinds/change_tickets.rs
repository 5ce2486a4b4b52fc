//! `change-tickets`: changes over a time, from opening to deployment.
//! Our own format, `assize/change-tickets/v1`; `docs/evidence/change-tickets.md`.
//!
//! INVARIANT: as in `event_log`. A change that was deployed before its approval, without
//! one or against a rejection is read as it is: that is a finding and no broken file.

use crate::evidence::Kind;
use crate::json::Value;

use super::entry::Entry;
use super::event_log;
use super::node::put;
use super::reader::{Form, Reader, starts};
use super::{KindError, Reading};

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::ChangeTickets,
    media_type: "application/json",
    form: Form::Document {
        is: |value| starts(value, "schema", "assize/change-tickets/"),
        read,
    },
};

#[derive(Debug, Default)]
struct Counts {
    open: usize,
    deployed: usize,
}

/// Reads a log of changes.
fn read(value: &Value) -> Result<Reading, KindError> {
    let mut counts = Counts::default();
    let schema = "assize/change-tickets/v1";
    let mut reading = event_log::read(value, Kind::ChangeTickets, schema, |change| {
        event(change, &mut counts)
    })?;
    put(&mut reading.facts, "open_count", counts.open);
    put(&mut reading.facts, "deployed_count", counts.deployed);
    Ok(reading)
}

fn event(event: &mut Entry<'_>, counts: &mut Counts) -> Result<(), KindError> {
    event.only(&[
        "id",
        "title",
        "author",
        "teams",
        "services",
        "environment",
        "risk",
        "emergency",
        "opened_at",
        "approval_requested_at",
        "approved_at",
        "approved_by",
        "planned_start_at",
        "planned_end_at",
        "deployed_at",
        "closed_at",
        "status",
        "outcome",
        "tags",
    ])?;
    event.words(&["title"])?;
    event.optional_words(&["author", "environment"])?;
    event.required_list("teams")?;
    event.lists(&["services", "approved_by", "tags"])?;
    event.optional_one_of("risk", &["low", "medium", "high"])?;
    event.optional_boolean("emergency")?;
    let opened = Some(("opened_at", event.instant("opened_at")?));
    let requested = event.optional_instant("approval_requested_at", opened)?;
    let requested = requested.map(|at| ("approval_requested_at", at));
    let approved_at = event.optional_instant("approved_at", requested.or(opened))?;
    let deployed_at = event.optional_instant("deployed_at", opened)?;
    event.optional_instant("closed_at", opened)?;
    let planned_start_at = event.optional_date("planned_start_at")?;
    let planned_end_at = event.optional_date("planned_end_at")?;
    if planned_start_at > planned_end_at && planned_end_at.is_some() {
        return Err(event.refuse("planned_end_at", "is earlier than `planned_start_at`"));
    }
    let outcomes = ["successful", "with-issues", "unsuccessful"];
    event.optional_one_of("outcome", &outcomes)?;
    let statuses = [
        "open",
        "approved",
        "deployed",
        "failed",
        "rejected",
        "withdrawn",
    ];
    let status = event.one_of("status", &statuses)?;
    counts.open += usize::from(matches!(status, "open" | "approved"));
    counts.deployed += usize::from(deployed_at.is_some());
    let outcome = event.node().optional("outcome")?;
    let contradicts = match (status, outcome.map(|outcome| outcome.value().as_str())) {
        ("deployed", Some(outcome)) => outcome == Some("unsuccessful"),
        ("failed", Some(outcome)) => outcome != Some("unsuccessful"),
        _ => false,
    };
    if contradicts {
        return Err(event.refuse("outcome", "contradicts `status`"));
    }
    let needs = match status {
        "approved" if approved_at.is_none() => "approved_at",
        "deployed" if deployed_at.is_none() => "deployed_at",
        _ => return Ok(()),
    };
    let what = format!("is `{status}`, and there is no `{needs}`");
    Err(event.refuse("status", &what))
}
