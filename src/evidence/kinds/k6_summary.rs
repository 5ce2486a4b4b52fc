//! `k6-summary`: the end-of-test summary of k6 0.4x to 1.x, in its three forms:
//! `--summary-export`, the `data` of `handleSummary()`, and the machine-readable summary
//! 1.x (<https://grafana.com/docs/k6/latest/results-output/end-of-test/custom-summary/>).
//!
//! INVARIANT: a threshold has passed only where its expression is true of the metric's
//! own values. `--summary-export` writes `true` for a threshold that *failed*
//! (<https://github.com/grafana/k6/issues/1498>), so what is declared is only compared.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::evidence::{Kind, Status};
use crate::json::{Map, Value, json};

use super::node::{Node, TEXT_MAX, number, shortened};
use super::reader::{Form, Reader};
use super::{KindError, Reading};

mod metric;
mod threshold;

use metric::Metric;
use threshold::Counts;

/// Most metrics, and most checks, in one summary.
const LIST_MAX: usize = 50_000;

/// Most groups within groups.
const DEPTH_MAX: usize = 64;

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::K6Summary,
    media_type: "application/json",
    form: Form::Json { is, read },
};

/// The three forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Export,
    Handle,
    Machine,
}

/// What all forms come to.
#[derive(Debug, Default)]
struct Summary {
    metrics: BTreeMap<String, Metric>,
    thresholds: Vec<Value>,
    counts: Counts,
    checks: Vec<Value>,
}

fn is(value: &Value) -> bool {
    shape(value).is_some()
}

fn shape(value: &Value) -> Option<Shape> {
    let object = |pointer| value.pointer(pointer).is_some_and(Value::is_object);
    if object("/metrics") && object("/root_group") {
        return Some(if object("/state") {
            Shape::Handle
        } else {
            Shape::Export
        });
    }
    let is_machine = value.pointer("/metadata/k6_version").is_some() && object("/results");
    is_machine.then_some(Shape::Machine)
}

/// Reads a summary.
fn read(value: &Value) -> Result<Reading, KindError> {
    let root = Node::root(value);
    let shape = shape(value).ok_or_else(|| root.refuse("is no summary of k6"))?;
    let mut summary = Summary::default();
    let run = match shape {
        Shape::Machine => summary.machine(&root)?,
        Shape::Export | Shape::Handle => summary.classic(&root, shape)?,
    };
    Ok(summary.into_reading(shape, &run))
}

/// What a summary says of the run.
#[derive(Debug, Default)]
struct Run {
    k6_version: Option<String>,
    duration_s: Option<Value>,
    generated_at: Option<Timestamp>,
}

impl Summary {
    fn classic(&mut self, root: &Node<'_>, shape: Shape) -> Result<Run, KindError> {
        let metrics = root.field("metrics")?;
        for name in metrics.object()?.keys() {
            let node = metrics.field(name)?;
            let values = match shape {
                Shape::Export => node.clone(),
                _ => node.field("values")?,
            };
            let metric = Metric::of(&values, node.optional("type")?.as_ref())?;
            self.add(&node, name, metric)?;
            let Some(thresholds) = node.optional("thresholds")? else {
                continue;
            };
            for expression in thresholds.object()?.keys() {
                let declared = thresholds.field(expression)?;
                let passed = match shape {
                    Shape::Export => !declared.boolean()?,
                    _ => declared.field("ok")?.boolean()?,
                };
                self.add_threshold(&declared, name, expression, passed)?;
            }
        }
        self.group(&root.field("root_group")?, 0)?;
        let duration_s = match root.optional("state")? {
            Some(state) => Some(duration(&state.field("testRunDurationMs")?, 1_000.0)?),
            None => None,
        };
        Ok(Run {
            duration_s,
            ..Run::default()
        })
    }

    fn machine(&mut self, root: &Node<'_>) -> Result<Run, KindError> {
        let version = root.field("version")?;
        if !version.text()?.starts_with("1.") {
            return Err(version.refuse("is no version of the summary that is read: 1.x"));
        }
        let results = root.field("results")?;
        if results.optional("thresholds")?.is_some() {
            return Err(results.refuse("holds `thresholds` in a form that is not read"));
        }
        let checks = results.optional("checks")?;
        let mut lists = vec![results.each("metrics")?];
        if let Some(checks) = &checks {
            lists.push(checks.each("metrics")?);
            for check in checks.each("results")? {
                self.add_check(&check)?;
            }
        }
        for node in lists.into_iter().flatten() {
            let name = node.field("name")?.words()?;
            if node.optional("thresholds")?.is_some() {
                return Err(node.refuse("holds `thresholds` in a form that is not read"));
            }
            let metric = Metric::of(&node.field("values")?, Some(&node.field("type")?))?;
            self.add(&node, name, metric)?;
        }
        let metadata = root.field("metadata")?;
        let generated_at = match metadata.optional("generated_at")? {
            Some(at) => Some(at.timestamp()?),
            None => None,
        };
        let k6_version = metadata.field("k6_version")?.words()?;
        let seconds = root.field("config")?.field("duration")?;
        Ok(Run {
            k6_version: Some(shortened(k6_version, TEXT_MAX)),
            duration_s: Some(duration(&seconds, 1.0)?),
            generated_at,
        })
    }

    fn add(&mut self, node: &Node<'_>, name: &str, metric: Metric) -> Result<(), KindError> {
        if self.metrics.len() >= LIST_MAX {
            return Err(node.refuse(format!("more than {LIST_MAX} metrics")));
        }
        match self.metrics.insert(name.to_owned(), metric) {
            None => Ok(()),
            Some(_) => Err(node.refuse(format!("a second metric `{}`", shortened(name, 80)))),
        }
    }

    fn add_threshold(
        &mut self,
        node: &Node<'_>,
        name: &str,
        expression: &str,
        declared_passed: bool,
    ) -> Result<(), KindError> {
        if self.thresholds.len() >= LIST_MAX {
            return Err(node.refuse(format!("more than {LIST_MAX} thresholds")));
        }
        let metric = self.metrics.get(name);
        let metric = metric.ok_or_else(|| node.refuse("is of no metric"))?;
        let judged = threshold::judge(expression, metric, declared_passed);
        let (facts, outcome) = judged.map_err(|what| node.refuse(what))?;
        self.counts.add(outcome);
        let mut facts = facts;
        super::node::put(&mut facts, "metric", shortened(name, TEXT_MAX));
        self.thresholds.push(facts);
        Ok(())
    }

    /// Checks of a group and of the groups in it: a list, or an object by name.
    fn group(&mut self, node: &Node<'_>, depth: usize) -> Result<(), KindError> {
        if depth > DEPTH_MAX {
            return Err(node.refuse(format!("groups nest deeper than {DEPTH_MAX}")));
        }
        for check in members(node, "checks")? {
            self.add_check(&check)?;
        }
        for group in members(node, "groups")? {
            self.group(&group, depth + 1)?;
        }
        Ok(())
    }

    fn add_check(&mut self, node: &Node<'_>) -> Result<(), KindError> {
        if self.checks.len() >= LIST_MAX {
            return Err(node.refuse(format!("more than {LIST_MAX} checks")));
        }
        let path = match node.optional("path")? {
            Some(path) => Some(shortened(path.text()?, TEXT_MAX)),
            None => None,
        };
        self.checks.push(json!({
            "name": shortened(node.field("name")?.text()?, TEXT_MAX),
            "path": path,
            "passes": node.field("passes")?.count()?,
            "fails": node.field("fails")?.count()?,
        }));
        Ok(())
    }

    fn into_reading(self, shape: Shape, run: &Run) -> Reading {
        let value =
            |name: &str, stat: &str| self.metrics.get(name).and_then(|metric| metric.value(stat));
        let count = |name: &str| value(name, "count");
        let did_nothing =
            count("iterations").unwrap_or(0.0) == 0.0 && count("http_reqs").unwrap_or(0.0) == 0.0;
        let metrics: Map<String, Value> = self
            .metrics
            .iter()
            .map(|(name, metric)| (shortened(name, TEXT_MAX), metric.facts()))
            .collect();
        let facts = json!({
            "format": shape.name(),
            "k6_version": run.k6_version,
            "duration_s": run.duration_s,
            "iterations_count": count("iterations").map(number),
            "http_requests_count": count("http_reqs").map(number),
            "http_failed_share": value("http_req_failed", "rate").map(number),
            "http_duration_p95_ms": value("http_req_duration", "p(95)").map(number),
            "outcome": self.counts.outcome(),
            "thresholds_count": self.thresholds.len(),
            "passed_count": self.counts.passed,
            "failed_count": self.counts.failed,
            "unproved_count": self.counts.unproved,
            "thresholds": self.thresholds,
            "checks": self.checks,
            "metrics": metrics,
        });
        let mut reading = Reading::of(Kind::K6Summary, facts);
        reading.collected_at = run.generated_at;
        if did_nothing {
            reading.found(
                Status::Empty,
                "no iteration was finished and no request sent",
            )
        } else if self.thresholds.is_empty() {
            reading.found(Status::Partial, "has no thresholds")
        } else if self.counts.unproved > 0 {
            let reason = format!(
                "{} thresholds are not proved by values",
                self.counts.unproved
            );
            reading.found(Status::Partial, reason)
        } else {
            reading
        }
    }
}

/// The nodes of the array or object `name`.
fn members<'a>(node: &Node<'a>, name: &str) -> Result<Vec<Node<'a>>, KindError> {
    let Some(list) = node.optional(name)? else {
        return Ok(Vec::new());
    };
    match list.value() {
        Value::Object(entries) => entries.keys().map(|key| list.field(key)).collect(),
        _ => Ok(list.nodes()?.collect()),
    }
}

fn duration(node: &Node<'_>, units_a_second: f64) -> Result<Value, KindError> {
    let duration = node.value().as_f64().filter(|value| *value >= 0.0);
    let duration = duration.ok_or_else(|| node.refuse("is no duration"))?;
    Ok(number(duration / units_a_second))
}

impl Shape {
    const fn name(self) -> &'static str {
        match self {
            Self::Export => "summary-export",
            Self::Handle => "handle-summary",
            Self::Machine => "machine-readable",
        }
    }
}
