//! `cdevents`: events of continuous delivery, `CDEvents` 0.4 and 0.5
//! (<https://github.com/cdevents/spec/blob/v0.5.1/spec.md>): one, a list, or one on each
//! line, as they are or in a `CloudEvents` 1.0 envelope in its JSON format
//! (<https://github.com/cdevents/spec/blob/v0.5.1/cloudevents-binding.md>,
//! <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md>).
//!
//! INVARIANTS
//! - An event is there once for its source and id, however often it was delivered; two
//!   that differ under one id are refused.
//! - An envelope that says something else than what is in it is refused.
//! - Nothing says for which time the events are all there were: the logs that are made
//!   of them are never complete.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::{Kind, Observed, Status};
use crate::json::{Value, json};

use super::node::{Node, put, with_list};
use super::reader::{Form, Reader, starts};
use super::{KindError, Reading};

mod event;
mod logs;

use event::Event;

/// Most events in one file.
const EVENTS_MAX: usize = 100_000;
/// What every type of `CDEvents` begins with, custom ones included.
const PREFIX: &str = "dev.cdevents";

/// How one event, and events on lines, are told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::Cdevents,
    media_type: "application/json",
    form: Form::Lines { is, read },
};

/// How a list, and a batch of envelopes, are told and read.
pub(super) const LIST_READER: Reader = Reader {
    kind: Kind::Cdevents,
    media_type: "application/json",
    form: Form::List {
        is,
        read: |value| read(std::slice::from_ref(value)),
    },
};

fn is(value: &Value) -> bool {
    let is_envelope = value.get("specversion").is_some() && starts(value, "type", PREFIX);
    let context = value.get("context");
    is_envelope || context.is_some_and(|context| starts(context, "type", PREFIX))
}

/// Reads events: one document with one or a list of them, or several with one each.
fn read(values: &[Value]) -> Result<Reading, KindError> {
    let nodes: Vec<Node<'_>> = match values {
        [list @ Value::Array(_)] => Node::root(list).nodes()?.collect(),
        _ => Node::documents(values).collect(),
    };
    if let Some(node) = nodes.get(EVENTS_MAX) {
        return Err(node.refuse(format!("more than {EVENTS_MAX} events")));
    }
    let delivered = nodes.len();
    let mut seen = BTreeMap::new();
    let mut events = Vec::new();
    for node in &nodes {
        let (event, bare) = unwrapped(node)?;
        match seen.insert((event.source, event.id), bare) {
            None => events.push(event),
            Some(earlier) if earlier == bare => {}
            Some(_) => {
                let what = "another event with this source and `id`, which says something else";
                return Err(node.refuse(what));
            }
        }
    }
    // INVARIANT: a stable sort; of what happened at one instant the worse comes last.
    events.sort_by_key(|event| (event.at, event.is_worse()));
    let doubles = delivered - events.len();
    Ok(reading(&events, doubles))
}

/// The event that `node` is or is the envelope of, and its value.
fn unwrapped<'a>(node: &Node<'a>) -> Result<(Event<'a>, &'a Value), KindError> {
    if node.optional("specversion")?.is_none() {
        return Ok((Event::of(node)?, node.value()));
    }
    node.field("specversion")?.one_of(&["1.0"])?;
    if let Some(encoded) = node.optional("data_base64")? {
        return Err(encoded.refuse("is not read: a CDEvent is JSON, and belongs into `data`"));
    }
    if let Some(media_type) = node.optional("datacontenttype")? {
        let text = media_type.text()?.to_ascii_lowercase();
        let essence = text.split(';').next().unwrap_or_default().trim();
        if essence != "application/json" && !essence.ends_with("+json") {
            return Err(media_type.refuse("is no media type of JSON"));
        }
    }
    let data = node.field("data")?;
    let event = Event::of(&data)?;
    let type_ = event.full_type();
    for (name, within, is_required) in [
        ("id", event.id, true),
        ("source", event.source, true),
        ("type", type_.as_str(), true),
        ("subject", event.subject_id, false),
    ] {
        let without = if is_required {
            Some(node.field(name)?)
        } else {
            node.optional(name)?
        };
        if let Some(without) = without
            && without.text()? != within
        {
            return Err(without.refuse("is not what the event in the envelope says"));
        }
    }
    if let Some(time) = node.optional("time")?
        && time.timestamp()? != event.at
    {
        return Err(time.refuse("is not the `timestamp` of the event in the envelope"));
    }
    Ok((event, data.value()))
}

/// What `events`, in order, come to.
fn reading(events: &[Event<'_>], doubles: usize) -> Reading {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut unknown = BTreeSet::new();
    let mut sources = BTreeSet::new();
    let mut versions = BTreeSet::new();
    for event in events {
        *counts.entry(event.kind.name).or_default() += 1;
        sources.insert(event.source);
        versions.insert(event.spec_version);
        if !event.kind.is_known() {
            unknown.insert(event.kind.name);
        }
    }
    let ends = events.first().zip(events.last());
    let ends = ends.map(|(first, last)| (first.at, last.at));
    let mut facts = json!({
        "spec_versions": versions,
        "first_at": ends.map(|(first, _)| first.to_string()),
        "last_at": ends.map(|(_, last)| last.to_string()),
        "events_count": events.len(),
        "duplicates_count": doubles,
        "counts": counts,
        "unknown_types": unknown,
    });
    let source = match sources.iter().next() {
        Some(source) if sources.len() == 1 => Value::from(*source),
        _ => Value::Null,
    };
    put(
        &mut facts,
        "deployments",
        logs::deployments(events, &source),
    );
    put(&mut facts, "incidents", logs::incidents(events, &source));
    put(&mut facts, "services", logs::services(events));
    put(&mut facts, "unfinished", logs::unfinished(events));
    put(&mut facts, "sources", Vec::from_iter(sources));
    let list = events.iter().map(Event::facts).collect();
    let mut reading = Reading::of(Kind::Cdevents, with_list(facts, "events", list));
    let Some((from, to)) = ends else {
        return reading.found(Status::Empty, "there is no event");
    };
    // Whoever wrote the file had seen the last event.
    reading.collected_at = Some(to);
    reading.observed = Some(Observed { from, to });
    reading
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::kinds::{Signatures, read as read_bytes};
    use crate::json::{self, Limits};

    fn event(n: usize) -> Value {
        json!({
            "context": {"specversion": "0.5.1", "id": n.to_string(), "source": "/ci",
                "type": "dev.cdevents.taskrun.started.0.3.0", "timestamp": "2026-11-20T00:00:00Z"},
            "subject": {"id": "t", "content": {}},
        })
    }

    fn read_of(value: &Value, kind: Option<Kind>) -> Reading {
        read_bytes(value.to_string().as_bytes(), kind, Signatures::Unseen)
    }

    #[test]
    fn an_empty_list_is_of_this_kind_where_somebody_says_so_and_holds_nothing() {
        assert_eq!(read_of(&json!([]), None).kind, Kind::Json);
        let reading = read_of(&json!([]), Some(Kind::Cdevents));
        assert_eq!(reading.status, Status::Empty);
        assert_eq!(reading.facts.get("events_count"), Some(&json!(0)));
        assert_eq!(reading.collected_at, None);
    }

    #[test]
    fn too_many_events_are_refused() {
        let events: Vec<_> = (0..=EVENTS_MAX).map(event).collect();
        let reading = read_of(&Value::Array(events), None);
        assert_eq!(reading.status, Status::Error);
        assert!(reading.reason.unwrap().contains("more than 100000 events"));
    }

    #[test]
    fn one_event_a_list_and_lines_come_to_the_same() {
        let (one, two) = (event(1), event(2));
        let lines = read_bytes(
            format!("{one}\n\n{two}\n{one}\n").as_bytes(),
            None,
            Signatures::Unseen,
        );
        let list = read_of(&json!([one, two, one]), None);
        assert_eq!(lines.facts, list.facts);
        assert_eq!(lines.facts.get("events_count"), Some(&json!(2)));
        assert_eq!(lines.facts.get("duplicates_count"), Some(&json!(1)));
        let alone = read_of(&one, None);
        assert_eq!(alone.facts, read_of(&json!([one]), None).facts);
    }

    #[test]
    fn at_one_instant_the_worse_comes_last_whatever_the_order_of_the_file() {
        let of = |kind: &str, content: Value| {
            let mut event = event(1);
            event["context"]["id"] = json!(format!("{kind} {content}"));
            event["context"]["type"] = json!(format!("dev.cdevents.{kind}.0.3.0"));
            event["subject"]["content"] = content;
            event
        };
        let place = json!({"id": "staging"});
        let test = |outcome: &str| {
            let content = json!({"environment": place, "outcome": outcome});
            of("testsuiterun.finished", content)
        };
        let service = |predicate: &str| {
            let content = json!({"environment": place, "artifactId": "pkg:oci/a@1"});
            of(&format!("service.{predicate}"), content)
        };
        let incident = |predicate: &str| {
            of(
                &format!("incident.{predicate}"),
                json!({"environment": place}),
            )
        };
        for (better, worse) in [
            (test("success"), test("failure")),
            (service("deployed"), service("rolledback")),
            (incident("resolved"), incident("detected")),
        ] {
            for list in [json!([better, worse]), json!([worse, better])] {
                let reading = read_of(&list, None);
                let last = &reading.facts["events"][1]["id"];
                assert_eq!(last, &worse["context"]["id"], "{list}");
                if worse["context"]["type"] == "dev.cdevents.incident.detected.0.3.0" {
                    assert_eq!(reading.facts["incidents"]["open_count"], json!(1), "{list}");
                }
            }
        }
    }

    #[test]
    fn a_service_that_was_removed_is_deployed_no_more_whoever_removed_it() {
        let of = |n: usize, predicate: &str, minute: usize, source: &str| {
            let mut event = event(n);
            event["context"]["type"] = json!(format!("dev.cdevents.service.{predicate}.0.3.0"));
            event["context"]["timestamp"] = json!(format!("2026-11-20T00:{minute:02}:00Z"));
            event["context"]["source"] = json!(source);
            event["subject"]["id"] = json!("registry");
            event["subject"]["content"] =
                json!({"environment": {"id": "production"}, "artifactId": "pkg:oci/a@1"});
            event
        };
        let state = |events: &[Value]| {
            let reading = read_of(&json!(events), None);
            let services = reading.facts["services"].as_array().unwrap().clone();
            assert_eq!(services.len(), 1, "{:?}", reading.reason);
            (
                services[0]["state"].clone(),
                services[0]["artifact"].clone(),
            )
        };
        let deployed = of(1, "deployed", 1, "/cd");
        let stands = (json!("deployed"), json!("pkg:oci/a@1"));
        let gone = (json!("removed"), Value::Null);
        assert_eq!(state(std::slice::from_ref(&deployed)), stands);
        for removed in [of(2, "removed", 2, "/operator"), of(2, "removed", 1, "/cd")] {
            assert_eq!(state(&[removed.clone(), deployed.clone()]), gone);
            let again = of(3, "upgraded", 3, "/cd");
            assert_eq!(state(&[again, removed, deployed.clone()]), stands);
        }
        assert_eq!(state(&[deployed, of(2, "published", 2, "/cd")]), stands);
    }

    #[test]
    fn what_it_comes_to_has_the_fields_of_the_kinds_whose_rules_read_it() {
        let schema = |kind: Kind| json::parse(kind.schema().as_bytes(), Limits::EVIDENCE).unwrap();
        let own = schema(Kind::Cdevents);
        for (kind, name) in [
            (Kind::Deployments, "deployments"),
            (Kind::Incidents, "incidents"),
        ] {
            let (here, there) = (&own["properties"][name], &schema(kind));
            assert_eq!(here["required"], there["required"], "{name}");
            let fields =
                |schema: &Value| schema["properties"]["events"]["items"]["required"].clone();
            assert_eq!(fields(here), fields(there), "{name}");
        }
    }
}
