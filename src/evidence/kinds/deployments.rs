//! `deployments`: deployments and rollbacks over a time.
//! Our own format, `assize/deployments/v1`; `docs/evidence/deployments.md`.
//!
//! INVARIANT: as in `event_log`. What still runs has no end, and what has an end has an
//! outcome: a rollback under way is in the log and not behind its edge.

use crate::evidence::Kind;
use crate::json::Value;

use super::entry::Entry;
use super::event_log;
use super::node::put;
use super::reader::{Form, Reader, starts};
use super::{KindError, Reading};

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::Deployments,
    media_type: "application/json",
    form: Form::Document {
        is: |value| starts(value, "schema", "assize/deployments/"),
        read,
    },
};

#[derive(Debug, Default)]
struct Counts {
    deployments: usize,
    rollbacks: usize,
    failed: usize,
    running: usize,
}

/// Reads a log of deployments.
fn read(value: &Value) -> Result<Reading, KindError> {
    let mut counts = Counts::default();
    let mut reading = event_log::read(
        value,
        Kind::Deployments,
        "assize/deployments/v1",
        |deployment| event(deployment, &mut counts),
    )?;
    put(&mut reading.facts, "deployments_count", counts.deployments);
    put(&mut reading.facts, "rollbacks_count", counts.rollbacks);
    put(&mut reading.facts, "failed_count", counts.failed);
    put(&mut reading.facts, "running_count", counts.running);
    Ok(reading)
}

fn event(event: &mut Entry<'_>, counts: &mut Counts) -> Result<(), KindError> {
    event.only(&[
        "id",
        "kind",
        "service",
        "environment",
        "from_version",
        "version",
        "sha256",
        "commit",
        "started_at",
        "finished_at",
        "outcome",
        "automatic",
        "reason",
        "change",
        "by",
        "tags",
    ])?;
    event.words(&["service", "environment"])?;
    match event.one_of("kind", &["deployment", "rollback"])? {
        "rollback" => counts.rollbacks += 1,
        _ => counts.deployments += 1,
    }
    event.optional_words(&[
        "from_version",
        "version",
        "commit",
        "reason",
        "change",
        "by",
    ])?;
    event.optional_digest("sha256")?;
    event.optional_boolean("automatic")?;
    event.lists(&["tags"])?;
    let started_at = event.optional_instant("started_at", None)?;
    let start = started_at.map(|at| ("started_at", at));
    let finished_at = event.optional_instant("finished_at", start)?;
    event.put_span("duration_ms", started_at, finished_at);
    let outcome = event.one_of("outcome", &["succeeded", "failed", "running"])?;
    counts.failed += usize::from(outcome == "failed");
    if outcome == "running" {
        counts.running += 1;
        if finished_at.is_some() {
            return Err(event.refuse("outcome", "is `running`, and there is a `finished_at`"));
        }
        if started_at.is_none() {
            return Err(event.refuse("outcome", "is `running`, and there is no `started_at`"));
        }
    } else if finished_at.is_none() {
        let what = format!("is `{outcome}`, and there is no `finished_at`");
        return Err(event.refuse("outcome", &what));
    }
    Ok(())
}
