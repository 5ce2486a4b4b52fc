//! `alertmanager-alerts`: the answer of Alertmanager at `GET /api/v2/alerts`
//! (<https://github.com/prometheus/alertmanager/blob/v0.25.0/api/v2/openapi.yaml>).
//!
//! INVARIANT: a suppressed alert is an alert. `endsAt` of an alert that lasts is when
//! Alertmanager would forget it, and never its end.

use std::collections::BTreeSet;

use crate::evidence::{Kind, Status};
use crate::json::{Value, json};

use super::node::{Node, TEXT_MAX, shortened};
use super::prometheus::{annotations, named_texts};
use super::reader::{Form, Reader};
use super::{KindError, Reading};

/// Most alerts in one answer.
const ALERTS_MAX: usize = 50_000;

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::AlertmanagerAlerts,
    media_type: "application/json",
    form: Form::List { is, read },
};

/// Alerts by what became of them.
#[derive(Debug, Default)]
struct Counts {
    active: usize,
    unprocessed: usize,
    suppressed: usize,
    silenced: usize,
    inhibited: usize,
}

fn is(first: &Value) -> bool {
    let has = |name| first.get(name).is_some();
    first.pointer("/status/state").is_some()
        && ["fingerprint", "labels", "receivers", "startsAt"]
            .into_iter()
            .all(has)
}

/// Reads an answer.
fn read(value: &Value) -> Result<Reading, KindError> {
    let root = Node::root(value);
    let mut alerts = Vec::new();
    let mut counts = Counts::default();
    let mut known = BTreeSet::new();
    for node in root.nodes()? {
        if alerts.len() >= ALERTS_MAX {
            return Err(node.refuse(format!("more than {ALERTS_MAX} alerts")));
        }
        let fingerprint = node.field("fingerprint")?;
        if !known.insert(fingerprint.words()?) {
            return Err(fingerprint.refuse("a second alert with this fingerprint"));
        }
        alerts.push(alert(&node, &mut counts)?);
    }
    let is_empty = alerts.is_empty();
    let facts = json!({
        "alerts_count": alerts.len(),
        "active_count": counts.active,
        "unprocessed_count": counts.unprocessed,
        "suppressed_count": counts.suppressed,
        "silenced_count": counts.silenced,
        "inhibited_count": counts.inhibited,
        "alerts": alerts,
    });
    let reading = Reading::of(Kind::AlertmanagerAlerts, facts);
    Ok(if is_empty {
        let reason = "holds no alert, which does not say that a rule was evaluated";
        reading.found(Status::Empty, reason)
    } else {
        reading
    })
}

fn alert(node: &Node<'_>, counts: &mut Counts) -> Result<Value, KindError> {
    let status = node.field("status")?;
    let state = status.field("state")?;
    let state = state.one_of(&["active", "suppressed", "unprocessed"])?;
    let silenced_by = texts(&status, "silencedBy")?;
    let inhibited_by = texts(&status, "inhibitedBy")?;
    let muted_by = texts(&status, "mutedBy")?;
    let is_held = !silenced_by.is_empty() || !inhibited_by.is_empty();
    match state {
        "active" if is_held => {
            return Err(status.refuse("says `active`, and by what it is suppressed"));
        }
        "active" => counts.active += 1,
        "unprocessed" => counts.unprocessed += 1,
        _ => counts.suppressed += 1,
    }
    counts.silenced += usize::from(!silenced_by.is_empty());
    counts.inhibited += usize::from(!inhibited_by.is_empty());
    let labels = named_texts(&node.field("labels")?)?;
    let mut receivers = Vec::new();
    for receiver in node.field("receivers")?.nodes()? {
        receivers.push(receiver.field("name")?.text()?);
    }
    Ok(json!({
        "name": labels.get("alertname"),
        "severity": labels.get("severity"),
        "state": state,
        "fingerprint": node.field("fingerprint")?.text()?,
        "silenced_by": silenced_by,
        "inhibited_by": inhibited_by,
        "muted_by": muted_by,
        "receivers": receivers,
        "starts_at": node.field("startsAt")?.timestamp()?.to_string(),
        "updated_at": node.field("updatedAt")?.timestamp()?.to_string(),
        "labels": labels,
        "annotations": annotations(node)?,
    }))
}

fn texts(node: &Node<'_>, name: &str) -> Result<Vec<String>, KindError> {
    let nodes = node.each(name)?;
    let texts = nodes
        .iter()
        .map(|node| Ok(shortened(node.text()?, TEXT_MAX)));
    texts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::kinds::{Signatures, read};

    #[test]
    fn an_empty_list_is_of_this_kind_only_where_the_manifest_says_so() {
        let read = |kind| read(b"[]", kind, Signatures::Unseen);
        assert_eq!(read(None).kind, Kind::Json);
        assert_eq!(read(Some(Kind::AlertmanagerAlerts)).status, Status::Empty);
        assert_eq!(read(Some(Kind::PrometheusAlerts)).status, Status::Error);
    }
}
