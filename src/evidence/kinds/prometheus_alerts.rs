//! `prometheus-alerts`: the answer of Prometheus at `GET /api/v1/alerts`
//! (<https://prometheus.io/docs/prometheus/latest/querying/api/#alerts>).
//!
//! INVARIANT: a list without an alert does not say that a rule was evaluated: a server
//! without rules answers the same.

use crate::evidence::{Kind, Status};
use crate::json::{Value, json};

use super::node::{Node, number, text_of};
use super::prometheus::{Observation, annotations, named_texts, observation, succeeded};
use super::reader::{Form, Reader, starts};
use super::{KindError, Reading};

/// Most alerts in one answer.
pub(super) const ALERTS_MAX: usize = 50_000;

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::PrometheusAlerts,
    media_type: "application/json",
    form: Form::Json {
        is: |value| {
            let list = value.pointer("/data/alerts");
            starts(value, "status", "success") && list.is_some_and(Value::is_array)
        },
        read,
    },
};

/// Reads an answer.
fn read(value: &Value) -> Result<Reading, KindError> {
    let answer = succeeded(value)?;
    let mut alerts = Vec::new();
    for node in answer.result.field("alerts")?.nodes()? {
        if alerts.len() >= ALERTS_MAX {
            return Err(node.refuse(format!("more than {ALERTS_MAX} alerts")));
        }
        alerts.push(alert(&node)?);
    }
    let count = |state: &str| {
        alerts
            .iter()
            .filter(|alert| text_of(alert, "state") == state)
            .count()
    };
    let facts = json!({
        "alerts_count": alerts.len(),
        "firing_count": count("firing"),
        "pending_count": count("pending"),
        "alerts": alerts,
        "warnings": answer.warnings,
        "infos": answer.infos,
    });
    let is_empty = alerts.is_empty();
    let reading = Reading::of(Kind::PrometheusAlerts, facts);
    Ok(if let Some(doubt) = answer.doubt() {
        reading.found(Status::Partial, doubt)
    } else if is_empty {
        let reason = "holds no alert, which does not say that a rule was evaluated";
        reading.found(Status::Empty, reason)
    } else {
        reading
    })
}

/// Facts of one active alert.
pub(super) fn alert(node: &Node<'_>) -> Result<Value, KindError> {
    let labels = named_texts(&node.field("labels")?)?;
    let text = node.field("value")?;
    let value = observation(text.text()?);
    let value = value.ok_or_else(|| text.refuse("is no number that Prometheus writes"))?;
    Ok(json!({
        "name": labels.get("alertname"),
        "severity": labels.get("severity"),
        "state": node.field("state")?.one_of(&["firing", "pending"])?,
        "active_at": node.field("activeAt")?.timestamp()?.to_string(),
        "value": match value {
            Observation::Finite(value) => number(value),
            _ => Value::Null,
        },
        "labels": labels,
        "annotations": annotations(node)?,
    }))
}
