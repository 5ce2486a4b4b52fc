//! `recoveries`: faults that a system found and mended by itself, over a time.
//! Our own format, `assize/recoveries/v1`; `docs/evidence/recoveries.md`.
//!
//! INVARIANT: as in `event_log`. What has no `recovered_at` has not recovered.

use crate::evidence::Kind;
use crate::json::Value;

use super::entry::Entry;
use super::event_log;
use super::node::put;
use super::reader::{Form, Reader, starts};
use super::{KindError, Reading};

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::Recoveries,
    media_type: "application/json",
    form: Form::Document {
        is: |value| starts(value, "schema", "assize/recoveries/"),
        read,
    },
};

/// Reads a log of recoveries.
fn read(value: &Value) -> Result<Reading, KindError> {
    let mut open = 0_usize;
    let schema = "assize/recoveries/v1";
    let mut reading = event_log::read(value, Kind::Recoveries, schema, |recovery| {
        event(recovery, &mut open)
    })?;
    put(&mut reading.facts, "open_count", open);
    Ok(reading)
}

fn event(event: &mut Entry<'_>, open: &mut usize) -> Result<(), KindError> {
    event.only(&[
        "id",
        "source",
        "key",
        "detected_at",
        "recovered_at",
        "cause",
        "tags",
    ])?;
    event.optional_words(&["source", "key", "cause"])?;
    event.lists(&["tags"])?;
    let detected_at = event.instant("detected_at")?;
    let recovered_at =
        event.optional_instant("recovered_at", Some(("detected_at", detected_at)))?;
    *open += usize::from(recovered_at.is_none());
    event.put_span("took_ms", Some(detected_at), recovered_at);
    Ok(())
}
