//! What the events come to in the shape of the kinds `deployments` and `incidents`, so
//! that the rules of those read them too, and what has begun and not ended.
//!
//! INVARIANTS
//! - No log says that it is complete, nor for which time it speaks: `complete` is false,
//!   and `from` and `to` are null.
//! - What an event does not say is null, never guessed. Ids are unique in their log.
//! - An incident that was seen or reported when it was resolved, or after, is open.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::evidence::kinds::node::{TEXT_MAX, shortened, with_list};
use crate::json::{Value, json};

use super::event::{Event, digest, version};

/// A log of these events, in the frame of the kinds that have one.
fn log(source: &Value, counts: Value, events: Vec<Value>) -> Value {
    let mut log = json!({
        "source": source,
        "complete": false,
        "from": null,
        "to": null,
        "events_count": events.len(),
    });
    if let (Value::Object(log), Value::Object(counts)) = (&mut log, counts) {
        log.extend(counts);
    }
    with_list(log, "events", events)
}

/// Ids are unique within a source, so that both name a thing. No source has a blank.
fn global_id(source: &str, id: &str) -> String {
    format!("{source} {id}")
}

/// Services that were deployed, upgraded or rolled back.
pub(super) fn deployments(events: &[Event<'_>], source: &Value) -> Value {
    let mut rollbacks = 0_usize;
    let mut listed = Vec::new();
    for event in events {
        let is_rollback = event.kind.is("service", &["rolledback"]);
        if !is_rollback && !event.kind.is("service", &["deployed", "upgraded"]) {
            continue;
        }
        rollbacks += usize::from(is_rollback);
        let artifact = event.content.artifact;
        let digest = artifact.and_then(digest);
        let version = artifact.and_then(version).filter(|_| digest.is_none());
        let at = event.at.to_string();
        listed.push(json!({
            "id": global_id(event.source, event.id),
            "kind": if is_rollback { "rollback" } else { "deployment" },
            "service": event.subject_id,
            "environment": event.content.environment.map(|name| shortened(name, TEXT_MAX)),
            "from_version": null,
            "version": version.map(|version| shortened(&version, TEXT_MAX)),
            "sha256": digest,
            "commit": null,
            // An event says when the thing was done, and not how long that took.
            "started_at": at,
            "finished_at": at,
            "duration_ms": null,
            "outcome": "succeeded",
            "automatic": null,
            "reason": null,
            "change": null,
            "by": null,
            "tags": [],
        }));
    }
    let counts = json!({
        "deployments_count": listed.len() - rollbacks,
        "rollbacks_count": rollbacks,
        "failed_count": 0,
        "running_count": 0,
    });
    log(source, counts, listed)
}

/// What was heard last of each service in each environment: that it was deployed, or that
/// it was removed.
pub(super) fn services(events: &[Event<'_>]) -> Vec<Value> {
    let mut last = BTreeMap::new();
    for event in events {
        let predicates = ["deployed", "upgraded", "rolledback", "removed"];
        if event.kind.is("service", &predicates) {
            // Whoever removes it need not be who deployed it.
            last.insert((event.content.environment, event.subject_id), event);
        }
    }
    let facts = |((environment, service), event): ((Option<&str>, &str), &Event<'_>)| {
        let is_removed = event.kind.predicate == "removed";
        let artifact = event.content.artifact.filter(|_| !is_removed);
        json!({
            "environment": environment.map(|name| shortened(name, TEXT_MAX)),
            "service": service,
            "state": if is_removed { "removed" } else { "deployed" },
            "artifact": artifact.map(|artifact| shortened(artifact, TEXT_MAX)),
            "sha256": artifact.and_then(digest),
            "since": event.at.to_string(),
        })
    };
    last.into_iter().map(facts).collect()
}

/// An incident, as far as the events up to here tell.
#[derive(Debug)]
struct Incident<'a> {
    id: String,
    title: Option<&'a str>,
    service: Said<'a>,
    environment: Said<'a>,
    detected_at: Option<Timestamp>,
    resolved_at: Option<Timestamp>,
}

/// What one or several events say of the same thing.
#[derive(Debug, Default)]
struct Said<'a> {
    first: Option<&'a str>,
    is_disputed: bool,
}

impl<'a> Said<'a> {
    fn add(&mut self, said: Option<&'a str>) {
        match (self.first, said) {
            (None, said) => self.first = said,
            (Some(first), Some(said)) if first != said => self.is_disputed = true,
            _ => {}
        }
    }

    /// Null where events disagree: a rule then takes it for one that may be anywhere.
    fn facts(&self) -> Value {
        let said = self.first.filter(|_| !self.is_disputed);
        said.map_or(Value::Null, |said| shortened(said, TEXT_MAX).into())
    }
}

/// Incidents by their subject, in the order in which they were first heard of.
pub(super) fn incidents(events: &[Event<'_>], source: &Value) -> Value {
    let mut places = BTreeMap::new();
    let mut incidents: Vec<Incident<'_>> = Vec::new();
    let of_incidents = events.iter().filter(|event| {
        let predicates = ["detected", "reported", "resolved"];
        event.kind.is("incident", &predicates)
    });
    for event in of_incidents {
        let key = (event.subject_source, event.subject_id);
        let place = *places.entry(key).or_insert(incidents.len());
        if place == incidents.len() {
            incidents.push(Incident {
                id: global_id(event.subject_source, event.subject_id),
                title: event.content.reason,
                service: Said::default(),
                environment: Said::default(),
                detected_at: None,
                resolved_at: None,
            });
        }
        if let Some(incident) = incidents.get_mut(place) {
            incident.add(event);
        }
    }
    let open = incidents.iter().filter(|one| one.resolved_at.is_none());
    let counts = json!({"open_count": open.count()});
    let listed = incidents.iter().map(Incident::facts).collect();
    log(source, counts, listed)
}

impl<'a> Incident<'a> {
    /// Takes an event into account that is not earlier than those before.
    fn add(&mut self, event: &Event<'a>) {
        self.environment.add(event.content.environment);
        self.service.add(event.content.service);
        if event.kind.predicate == "resolved" {
            self.resolved_at = Some(event.at);
            return;
        }
        self.detected_at = self.detected_at.or(Some(event.at));
        if self.resolved_at.is_some_and(|at| at <= event.at) {
            self.resolved_at = None;
        }
    }

    fn facts(&self) -> Value {
        let lasted = self.detected_at.zip(self.resolved_at).map(|(start, end)| {
            (end.unix_nanoseconds() - start.unix_nanoseconds()).div_euclid(1_000_000)
        });
        json!({
            "id": self.id,
            "title": self.title.map(|title| shortened(title, TEXT_MAX)),
            "service": self.service.facts(),
            "environment": self.environment.facts(),
            "severity": null,
            "urgency": null,
            "priority": null,
            "response": null,
            "detected_at": self.detected_at.map(|at| at.to_string()),
            "acknowledged_at": null,
            "resolved_at": self.resolved_at.map(|at| at.to_string()),
            "acknowledged_after_ms": null,
            "resolved_after_ms": lasted,
            "cause": null,
            "change": null,
            "tags": [],
        })
    }
}

/// Runs of which a beginning is there and no end after it.
pub(super) fn unfinished(events: &[Event<'_>]) -> Vec<Value> {
    let mut running = BTreeMap::new();
    let subjects = [
        "build",
        "pipelinerun",
        "taskrun",
        "testcaserun",
        "testsuiterun",
    ];
    for event in events {
        let subject = event.kind.subject;
        if !subjects.contains(&subject) {
            continue;
        }
        let key = (subject, event.subject_source, event.subject_id);
        if event.kind.is(subject, &["queued", "started"]) {
            running.entry(key).or_insert(event.at);
        } else if event.kind.is(subject, &["finished", "skipped"]) {
            running.remove(&key);
        }
    }
    let facts = |((subject, source, id), since): ((&str, &str, &str), Timestamp)| {
        json!({
            "subject": subject,
            "subject_id": id,
            "subject_source": source,
            "since": since.to_string(),
        })
    };
    running.into_iter().map(facts).collect()
}
