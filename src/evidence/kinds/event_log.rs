//! What our own logs of events have in common: who wrote them, for which time they
//! speak, and a list of events, each with an id.
//!
//! INVARIANTS
//! - An id is there once, every instant lies within `from` to `to`, nothing ends before
//!   it starts, and unknown fields are refused: a misspelt field is not an absent one.
//! - An empty list in a log that is complete is a zero. One that is not complete is
//!   `partial`, whatever it holds.

use crate::evidence::{Kind, Observed, Status};
use crate::json::{Value, json};

use super::entry::{Bounds, Entry, with_ids};
use super::node::{Node, TEXT_MAX, shortened};
use super::{KindError, Reading};

/// Most events in one log.
const EVENTS_MAX: usize = 100_000;

/// Reads a log with this `schema`, and each of its events by `event`.
pub(super) fn read(
    value: &Value,
    kind: Kind,
    schema: &str,
    event: impl FnMut(&mut Entry<'_>) -> Result<(), KindError>,
) -> Result<Reading, KindError> {
    let root = Node::root(value);
    root.field("schema")?.one_of(&[schema])?;
    root.only(&["schema", "source", "complete", "from", "to", "events"])?;
    let source = root.field("source")?.words()?;
    let is_complete = root.field("complete")?.boolean()?;
    let period = Observed {
        from: root.field("from")?.timestamp()?,
        to: root.field("to")?.timestamp()?,
    };
    if period.from >= period.to {
        return Err(root.field("to")?.refuse("must be later than `from`"));
    }
    let bounds = Bounds {
        from: Some(period.from),
        to: period.to,
        to_name: "`to` of the log",
    };
    let events = with_ids(&root.field("events")?, "event", EVENTS_MAX, bounds, event)?;
    let facts = json!({
        "source": shortened(source, TEXT_MAX),
        "complete": is_complete,
        "from": period.from.to_string(),
        "to": period.to.to_string(),
        "events_count": events.len(),
        "events": events,
    });
    let mut reading = Reading::of(kind, facts);
    // A log is as recent as the end of the time for which it speaks.
    reading.collected_at = Some(period.to);
    reading.observed = Some(period);
    Ok(if is_complete {
        reading
    } else {
        reading.found(Status::Partial, "the log says that it is not complete")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::kinds::{Signatures, read};

    #[test]
    fn too_many_events_are_refused() {
        let event = |n| {
            json!({"id": n, "kind": "deployment", "service": "s", "environment": "e",
                   "outcome": "failed", "finished_at": "2026-11-20T00:00:00Z"})
        };
        let events: Vec<_> = (0..=EVENTS_MAX).map(|n| event(n.to_string())).collect();
        let log = json!({"schema": "assize/deployments/v1", "source": "s", "complete": true,
            "from": "2026-11-20T00:00:00Z", "to": "2026-11-21T00:00:00Z", "events": events});
        let reading = read(log.to_string().as_bytes(), None, Signatures::Unseen);
        assert_eq!(reading.status, Status::Error);
        assert!(reading.reason.unwrap().contains("more than 100000 events"));
    }
}
