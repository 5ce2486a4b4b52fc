//! What traces come to, whoever wrote them: `otlp-traces` and `jaeger-traces`.
//!
//! INVARIANT: the facts do not depend on the order of spans. A span that was sent twice
//! counts once; two that share an identity and differ are refused, because nobody can
//! say which is true. A parent that is not there is counted and never made up.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::evidence::{Kind, Observed, Status};
use crate::json::{Value, json};

use super::Reading;

mod graph;
mod sampling;

pub(super) use sampling::{Hint, Sampling};

/// Most spans in one item.
const SPANS_MAX: usize = 500_000;

/// What stands for the name of a service that does not say it.
pub(super) const UNNAMED: &str = "unknown_service";

/// What a span is to the call that it belongs to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Neither: work inside a service, or nobody says.
    #[default]
    Inside,
    /// The side that asks: a client or a producer.
    Caller,
    /// The side that answers: a server or a consumer.
    Callee,
}

/// One span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) trace: u128,
    pub(super) id: u64,
    pub(super) parent: Option<u64>,
    /// As [`Traces::service`] numbers it.
    pub(super) service: usize,
    pub(super) role: Role,
    pub(super) start_ns: i64,
    pub(super) end_ns: i64,
    pub(super) is_error: bool,
}

/// Spans as they are read.
#[derive(Debug, Default)]
pub(super) struct Traces {
    spans: Vec<Span>,
    by_id: BTreeMap<(u128, u64), usize>,
    services: Vec<String>,
    services_by_name: BTreeMap<String, usize>,
    pub(super) sampling: Sampling,
    pub(super) warnings_count: usize,
    duplicates_count: usize,
}

impl Traces {
    /// The number of the service called `name`.
    pub(super) fn service(&mut self, name: &str) -> usize {
        if let Some(known) = self.services_by_name.get(name) {
            return *known;
        }
        let next = self.services.len();
        self.services.push(name.to_owned());
        self.services_by_name.insert(name.to_owned(), next);
        next
    }

    /// Takes a span, or says why not.
    pub(super) fn add(&mut self, span: Span) -> Result<(), String> {
        if span.end_ns < span.start_ns {
            return Err("ends before it starts".to_owned());
        }
        if span.parent == Some(span.id) {
            return Err("is its own parent".to_owned());
        }
        let known = self.by_id.get(&(span.trace, span.id));
        match known.and_then(|index| self.spans.get(*index)) {
            Some(known) if *known == span => self.duplicates_count += 1,
            Some(_) => return Err("there is another span with its id, and they differ".to_owned()),
            None if self.spans.len() >= SPANS_MAX => {
                return Err(format!("more than {SPANS_MAX} spans"));
            }
            None => {
                self.by_id.insert((span.trace, span.id), self.spans.len());
                self.spans.push(span);
            }
        }
        Ok(())
    }

    pub(super) fn into_reading(self, kind: Kind) -> Reading {
        let graph = graph::Graph::of(&self);
        let at = |nanoseconds: Option<i64>| nanoseconds.and_then(Timestamp::from_unix_nanoseconds);
        let from = at(self.spans.iter().map(|span| span.start_ns).min());
        let to = at(self.spans.iter().map(|span| span.end_ns).max());
        let unnamed_count = self
            .services_by_name
            .get(UNNAMED)
            .map_or(0, |index| graph.spans_of(*index));
        let facts = json!({
            "spans_count": self.spans.len(),
            "duplicates_count": self.duplicates_count,
            "traces_count": graph.traces_count,
            "rootless_traces_count": graph.rootless_traces_count,
            "roots_count": graph.roots_count,
            "missing_parents_count": graph.missing_parents_count,
            "missing_parent_share": share(graph.missing_parents_count, self.spans.len()),
            "unnamed_service_spans_count": unnamed_count,
            "errors_count": graph.errors_count,
            "error_share": share(graph.errors_count, self.spans.len()),
            "services": graph.services(&self.services),
            "edges": graph.edges(&self.services),
            "sampling": self.sampling.facts(),
            "warnings_count": self.warnings_count,
            "from": from.map(|at| at.to_string()),
            "to": to.map(|at| at.to_string()),
        });
        let mut reading = Reading::of(kind, facts);
        reading.collected_at = to;
        reading.observed = from.zip(to).map(|(from, to)| Observed { from, to });
        if self.spans.is_empty() {
            return reading.found(Status::Empty, "holds no span");
        }
        let missing = graph.missing_parents_count;
        if missing > 0 {
            let reason = format!("{missing} spans have a parent that is not there");
            return reading.found(Status::Partial, reason);
        }
        if unnamed_count > 0 {
            let reason = format!("{unnamed_count} spans do not name their service");
            return reading.found(Status::Partial, reason);
        }
        if self.sampling.leaves_out() {
            return reading.found(Status::Partial, "a sampler left out traces");
        }
        reading
    }
}

/// `part` of `whole`; null of nothing.
fn share(part: usize, whole: usize) -> Value {
    if whole == 0 {
        return Value::Null;
    }
    #[expect(clippy::cast_precision_loss, reason = "at most half a million spans")]
    super::node::number(part as f64 / whole as f64)
}

#[cfg(test)]
mod tests;
