//! Which service calls which, how often, how long it takes and how often it fails.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::kinds::node::{TEXT_MAX, number, shortened};
use crate::json::{Map, Value, json};

use super::{Role, Span, Traces, share};

/// Spans of one kind, as calls.
#[derive(Debug, Default)]
struct Calls {
    errors_count: usize,
    durations_ns: Vec<i64>,
}

/// What one service did.
#[derive(Debug, Default)]
struct Service {
    spans_count: usize,
    span_errors_count: usize,
    roots_count: usize,
    unmatched_calls_count: usize,
    unmatched_call_errors_count: usize,
    entries: Calls,
}

/// Services and the calls between them.
#[derive(Debug, Default)]
pub(super) struct Graph {
    services: BTreeMap<usize, Service>,
    edges: BTreeMap<(usize, usize), Calls>,
    pub(super) traces_count: usize,
    pub(super) rootless_traces_count: usize,
    pub(super) roots_count: usize,
    pub(super) missing_parents_count: usize,
    pub(super) errors_count: usize,
}

impl Graph {
    pub(super) fn of(traces: &Traces) -> Self {
        let mut graph = Self::default();
        let mut all = BTreeSet::new();
        let mut rooted = BTreeSet::new();
        let mut parents = BTreeSet::new();
        for span in &traces.spans {
            all.insert(span.trace);
            let service = graph.services.entry(span.service).or_default();
            service.spans_count += 1;
            service.span_errors_count += usize::from(span.is_error);
            graph.errors_count += usize::from(span.is_error);
            let Some(id) = span.parent else {
                rooted.insert(span.trace);
                graph.roots_count += 1;
                service.roots_count += 1;
                service.entries.add(span, span.is_error);
                continue;
            };
            parents.insert((span.trace, id));
            let index = traces.by_id.get(&(span.trace, id));
            let Some(parent) = index.and_then(|index| traces.spans.get(*index)) else {
                graph.missing_parents_count += 1;
                if span.role == Role::Callee {
                    service.entries.add(span, span.is_error);
                }
                continue;
            };
            let is_call = parent.role == Role::Caller && span.role == Role::Callee;
            if is_call || parent.service != span.service {
                service.entries.add(span, span.is_error);
                // What the caller counts as failed has failed, as a timeout.
                let failed = span.is_error || (parent.role == Role::Caller && parent.is_error);
                let edge = graph.edges.entry((parent.service, span.service));
                edge.or_default().add(span, failed);
            }
        }
        graph.count_unmatched(&traces.spans, &parents);
        graph.traces_count = all.len();
        graph.rootless_traces_count = all.len() - rooted.len();
        graph
    }

    /// Calls whose other side is not there: nobody traced it, or it never got the call.
    fn count_unmatched(&mut self, spans: &[Span], parents: &BTreeSet<(u128, u64)>) {
        for span in spans {
            if span.role == Role::Caller && !parents.contains(&(span.trace, span.id)) {
                let service = self.services.entry(span.service).or_default();
                service.unmatched_calls_count += 1;
                service.unmatched_call_errors_count += usize::from(span.is_error);
            }
        }
    }

    pub(super) fn spans_of(&self, service: usize) -> usize {
        self.services
            .get(&service)
            .map_or(0, |service| service.spans_count)
    }

    /// By name.
    pub(super) fn services(&self, names: &[String]) -> Vec<Value> {
        let mut all: Vec<(&str, Value)> = Vec::new();
        for (index, service) in &self.services {
            let mut facts = service.entries.facts("entries_count");
            facts.insert("spans_count".to_owned(), service.spans_count.into());
            let errors = service.span_errors_count;
            facts.insert("span_errors_count".to_owned(), errors.into());
            facts.insert("roots_count".to_owned(), service.roots_count.into());
            let unmatched = service.unmatched_calls_count;
            facts.insert("unmatched_calls_count".to_owned(), unmatched.into());
            let errors = service.unmatched_call_errors_count;
            facts.insert("unmatched_call_errors_count".to_owned(), errors.into());
            let name = name(names, *index);
            facts.insert("name".to_owned(), shortened(name, TEXT_MAX).into());
            all.push((name, Value::Object(facts)));
        }
        all.sort_by_key(|(name, _)| *name);
        all.into_iter().map(|(_, facts)| facts).collect()
    }

    /// By caller, then callee.
    pub(super) fn edges(&self, names: &[String]) -> Vec<Value> {
        let mut all: Vec<((&str, &str), Value)> = Vec::new();
        for ((caller, callee), calls) in &self.edges {
            let mut facts = calls.facts("calls_count");
            let (caller, callee) = (name(names, *caller), name(names, *callee));
            facts.insert("caller".to_owned(), shortened(caller, TEXT_MAX).into());
            facts.insert("callee".to_owned(), shortened(callee, TEXT_MAX).into());
            all.push(((caller, callee), Value::Object(facts)));
        }
        all.sort_by_key(|(ends, _)| *ends);
        all.into_iter().map(|(_, facts)| facts).collect()
    }
}

impl Calls {
    fn add(&mut self, span: &Span, failed: bool) {
        self.errors_count += usize::from(failed);
        self.durations_ns.push(span.end_ns - span.start_ns);
    }

    fn facts(&self, count_name: &str) -> Map<String, Value> {
        let mut sorted = self.durations_ns.clone();
        sorted.sort_unstable();
        let count = sorted.len();
        let rank = |percent| nearest_rank(&sorted, percent).map(milliseconds);
        let facts = json!({
            count_name: count,
            "errors_count": self.errors_count,
            "error_share": share(self.errors_count, count),
            "p50_ms": rank(50),
            "p95_ms": rank(95),
            "p99_ms": rank(99),
            "max_ms": rank(100),
        });
        match facts {
            Value::Object(facts) => facts,
            _ => Map::new(),
        }
    }
}

/// The smallest value that at least `percent` of `sorted` do not exceed: one that occurs.
fn nearest_rank(sorted: &[i64], percent: usize) -> Option<i64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

fn milliseconds(nanoseconds: i64) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "exact up to 104 days")]
    number(nanoseconds as f64 / 1e6)
}

fn name(names: &[String], index: usize) -> &str {
    names.get(index).map_or("", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occur() {
        let twenty: Vec<i64> = (1..=20).collect();
        assert_eq!(nearest_rank(&twenty, 50), Some(10));
        assert_eq!(nearest_rank(&twenty, 95), Some(19));
        assert_eq!(nearest_rank(&twenty, 99), Some(20));
        assert_eq!(nearest_rank(&[7], 50), Some(7));
        assert_eq!(nearest_rank(&[], 50), None);
    }
}
