//! `incidents`: when they were seen, taken and over, over a time.
//! Our own format, `assize/incidents/v1`; `docs/evidence/incidents.md`.
//!
//! INVARIANT: as in `event_log`. Nobody has taken an incident without `acknowledged_at`,
//! and one without `resolved_at` lasts.

use crate::evidence::Kind;
use crate::json::Value;

use super::entry::Entry;
use super::event_log;
use super::node::put;
use super::reader::{Form, Reader, starts};
use super::{KindError, Reading};

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::Incidents,
    media_type: "application/json",
    form: Form::Document {
        is: |value| starts(value, "schema", "assize/incidents/"),
        read,
    },
};

/// Reads a log of incidents.
fn read(value: &Value) -> Result<Reading, KindError> {
    let mut open = 0_usize;
    let schema = "assize/incidents/v1";
    let mut reading = event_log::read(value, Kind::Incidents, schema, |incident| {
        event(incident, &mut open)
    })?;
    put(&mut reading.facts, "open_count", open);
    Ok(reading)
}

fn event(event: &mut Entry<'_>, open: &mut usize) -> Result<(), KindError> {
    event.only(&[
        "id",
        "title",
        "service",
        "environment",
        "severity",
        "urgency",
        "priority",
        "response",
        "detected_at",
        "acknowledged_at",
        "resolved_at",
        "cause",
        "change",
        "tags",
    ])?;
    event.optional_words(&[
        "title",
        "service",
        "environment",
        "severity",
        "urgency",
        "priority",
        "cause",
        "change",
    ])?;
    event.optional_one_of("response", &["manual", "automated"])?;
    event.lists(&["tags"])?;
    let detected_at = event.instant("detected_at")?;
    let detected = Some(("detected_at", detected_at));
    let acknowledged_at = event.optional_instant("acknowledged_at", detected)?;
    let taken = acknowledged_at.map(|at| ("acknowledged_at", at));
    let resolved_at = event.optional_instant("resolved_at", taken.or(detected))?;
    *open += usize::from(resolved_at.is_none());
    event.put_span("acknowledged_after_ms", Some(detected_at), acknowledged_at);
    event.put_span("resolved_after_ms", Some(detected_at), resolved_at);
    Ok(())
}
