//! `prometheus-rules`: the answer of Prometheus at `GET /api/v1/rules`
//! (<https://prometheus.io/docs/prometheus/latest/querying/api/#rules>).
//!
//! INVARIANT: a rule that was not evaluated, or failed, says nothing: `inactive` counts
//! only beside the health `ok`.

use crate::clock::Timestamp;
use crate::evidence::{Kind, Observed, Status};
use crate::json::{Value, json};

use super::node::{Node, TEXT_MAX, number, put, shortened, text_of};
use super::prometheus::{annotations, named_texts, succeeded};
use super::prometheus_alerts::{ALERTS_MAX, alert};
use super::reader::{Form, Reader, starts};
use super::{KindError, Reading};

/// Most rules in one answer.
const RULES_MAX: usize = 50_000;

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::PrometheusRules,
    media_type: "application/json",
    form: Form::Json {
        is: |value| {
            let list = value.pointer("/data/groups");
            starts(value, "status", "success") && list.is_some_and(Value::is_array)
        },
        read,
    },
};

/// What has been read.
#[derive(Debug, Default)]
struct Listing {
    groups: Vec<Value>,
    rules: Vec<Value>,
    alerts: Vec<Value>,
    evaluated_at: Vec<Timestamp>,
}

/// Reads an answer.
fn read(value: &Value) -> Result<Reading, KindError> {
    let answer = succeeded(value)?;
    let mut read = Listing::default();
    for group in answer.result.field("groups")?.nodes()? {
        read.group(&group)?;
    }
    let more = match answer.result.optional("groupNextToken")? {
        Some(token) => !token.text()?.is_empty(),
        None => false,
    };
    let count = |name: &str, value: &str| {
        read.rules
            .iter()
            .filter(|rule| text_of(rule, name) == value)
            .count()
    };
    let unhealthy_count = read.rules.len() - count("health", "ok");
    let facts = json!({
        "groups_count": read.groups.len(),
        "rules_count": read.rules.len(),
        "alerting_count": count("type", "alerting"),
        "recording_count": count("type", "recording"),
        "firing_count": count("state", "firing"),
        "pending_count": count("state", "pending"),
        "inactive_count": count("state", "inactive"),
        "unhealthy_count": unhealthy_count,
        "groups": read.groups,
        "rules": read.rules,
        "alerts": read.alerts,
        "warnings": answer.warnings,
        "infos": answer.infos,
    });
    let mut reading = Reading::of(Kind::PrometheusRules, facts);
    reading.collected_at = read.evaluated_at.iter().max().copied();
    let from = read.evaluated_at.iter().min().copied();
    let ends = from.zip(reading.collected_at);
    reading.observed = ends.map(|(from, to)| Observed { from, to });
    Ok(if let Some(doubt) = answer.doubt() {
        reading.found(Status::Partial, doubt)
    } else if more {
        reading.found(Status::Partial, "there are more groups on other pages")
    } else if unhealthy_count > 0 {
        let reason = format!("{unhealthy_count} rules failed or were not evaluated");
        reading.found(Status::Partial, reason)
    } else if read.rules.is_empty() {
        reading.found(Status::Empty, "holds no rule")
    } else {
        reading
    })
}

impl Listing {
    fn group(&mut self, node: &Node<'_>) -> Result<(), KindError> {
        let name = shortened(node.field("name")?.words()?, TEXT_MAX);
        let file = shortened(node.field("file")?.text()?, TEXT_MAX);
        let rules = node.field("rules")?;
        for rule in rules.nodes()? {
            if self.rules.len() >= RULES_MAX {
                return Err(rule.refuse(format!("more than {RULES_MAX} rules")));
            }
            let mut facts = self.rule(&rule, &name)?;
            put(&mut facts, "group", name.clone());
            put(&mut facts, "file", file.clone());
            self.rules.push(facts);
        }
        self.groups.push(json!({
            "name": name,
            "file": file,
            "interval_s": seconds(&node.field("interval")?)?,
            "evaluated_at": evaluated_at(node)?.map(|at| at.to_string()),
            "rules_count": rules.values()?.len(),
        }));
        Ok(())
    }

    fn rule(&mut self, node: &Node<'_>, group: &str) -> Result<Value, KindError> {
        let kind = node.field("type")?.one_of(&["alerting", "recording"])?;
        let is_alerting = kind == "alerting";
        let evaluated_at = evaluated_at(node)?;
        self.evaluated_at.extend(evaluated_at);
        let states = ["firing", "pending", "inactive", "unknown"];
        let state = if is_alerting {
            Some(node.field("state")?.one_of(&states)?)
        } else {
            None
        };
        let labels = match node.optional("labels")? {
            Some(labels) => named_texts(&labels)?,
            None => super::prometheus::Labels::new(),
        };
        let mut alerts_count = 0;
        for one in node.each("alerts")? {
            if self.alerts.len() >= ALERTS_MAX {
                return Err(one.refuse(format!("more than {ALERTS_MAX} alerts")));
            }
            let mut facts = alert(&one)?;
            if text_of(&facts, "state") == "firing" && state != Some("firing") {
                return Err(one.refuse("fires, and its rule does not"));
            }
            put(&mut facts, "group", group);
            self.alerts.push(facts);
            alerts_count += 1;
        }
        Ok(json!({
            "type": kind,
            "name": shortened(node.field("name")?.words()?, TEXT_MAX),
            "query": shortened(node.field("query")?.text()?, TEXT_MAX),
            "for_s": optional_seconds(node, "duration")?,
            "keep_firing_for_s": optional_seconds(node, "keepFiringFor")?,
            "severity": labels.get("severity"),
            "labels": labels,
            "annotations": annotations(node)?,
            "health": node.field("health")?.one_of(&["ok", "err", "unknown"])?,
            "last_error": match node.optional("lastError")? {
                Some(text) => Some(shortened(text.text()?, TEXT_MAX)).filter(|text| !text.is_empty()),
                None => None,
            },
            "evaluated_at": evaluated_at.map(|at| at.to_string()),
            "state": state,
            "alerts_count": alerts_count,
        }))
    }
}

fn optional_seconds(node: &Node<'_>, name: &str) -> Result<Option<Value>, KindError> {
    let node = node.optional(name)?;
    node.map(|node| seconds(&node)).transpose()
}

fn seconds(node: &Node<'_>) -> Result<Value, KindError> {
    let seconds = node.value().as_f64().filter(|seconds| *seconds >= 0.0);
    seconds
        .map(number)
        .ok_or_else(|| node.refuse("expected a number of seconds"))
}

/// The zero time, in the year 1, stands for "never".
fn evaluated_at(node: &Node<'_>) -> Result<Option<Timestamp>, KindError> {
    match node.optional("lastEvaluation")? {
        Some(at) if at.text()?.starts_with("0001-") => Ok(None),
        Some(at) => at.timestamp().map(Some),
        None => Ok(None),
    }
}
