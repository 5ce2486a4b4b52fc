//! The report for machines: `docs/triggers-report.schema.json`.

use super::{TRIGGERS_SCHEMA, Triggers, reasons};
use crate::json::{Map, Value, json};
use crate::record::decided::{Reading, Seen};
use crate::triggers::{Episode, Overdue, Point, Standing, most_urgent};

/// Returns the report.
pub fn document(report: &Triggers<'_>) -> Value {
    let counts = report.counts().into_iter();
    let counts: Map<_, _> = counts
        .map(|(state, count)| (state.name().to_owned(), json!(count)))
        .collect();
    let unreadable = report.history.unreadable().iter();
    let record = &report.record;
    json!({
        "schema": TRIGGERS_SCHEMA,
        "verdict": report.verdict,
        "counts": counts,
        "as_of": report.as_of,
        "as_of_source": report.as_of_source,
        "triggers": report.standings.iter().map(trigger).collect::<Vec<_>>(),
        "most_urgent": most_urgent(report.standings).map(|standing| &standing.rule.id),
        "history": {
            "records": report.history.len(),
            "unreadable": unreadable
                .map(|past| json!({"index": past.index, "reason": past.reason}))
                .collect::<Vec<_>>(),
        },
        "problems": report.problems,
        "decision": report.document,
        "relaxations": report.relaxations,
        "lint": report.lint,
        "prints": report.prints,
        "record": {
            "index": record.index,
            "sha256": record.digest,
            "ledger": record.ledger.display().to_string(),
            "recorded_at": record.recorded_at,
            "key": record.key,
            "development_key": record.development,
        },
    })
}

fn trigger(standing: &Standing) -> Value {
    let rule = &standing.rule;
    let known = rule.trigger.as_ref();
    json!({
        "id": rule.id,
        "title": rule.title,
        "severity": rule.severity,
        "condition": known.and_then(|known| known.condition.as_ref()),
        "class": known.and_then(|known| known.class.as_ref()),
        "matrix": known.and_then(|known| known.matrix.as_ref()),
        "state": standing.state.name(),
        "since": standing.since.map(point),
        "episode": episode(standing.episode),
        "urgency": standing.row.map(|row| row.urgency.name()),
        "due": standing.due.map(|due| json!({"from": due.from.date(), "by": due.by.date()})),
        "overdue": match standing.overdue {
            Overdue::No => json!(false),
            Overdue::Days(_) => json!(true),
            Overdue::Unknown => Value::Null,
        },
        "overdue_days": match standing.overdue {
            Overdue::Days(days) => days,
            Overdue::No | Overdue::Unknown => 0,
        },
        "evidence": rule.evidence.iter().map(seen).collect::<Vec<_>>(),
        "evidence_age_s": standing.age_s(),
        "reasons": reasons(standing).map(|finding| &finding.msg).collect::<Vec<_>>(),
        "readings": rule.readings.iter().map(reading).collect::<Vec<_>>(),
        "readings_differ": !standing.differing().is_empty(),
        "controls": rule.controls,
        "remediation": rule.remediation,
    })
}

fn point(point: Point) -> Value {
    json!({"as_of": point.as_of, "record": point.index})
}

fn episode(episode: Episode) -> Value {
    match episode {
        Episode::None => json!({"state": "none", "first_fired": null, "hidden_by": null}),
        Episode::Open { first, hidden_by } => json!({
            "state": "open",
            "first_fired": point(first),
            "hidden_by": hidden_by,
        }),
        Episode::Hidden { by } => json!({"state": "hidden", "first_fired": null, "hidden_by": by}),
    }
}

fn seen(item: &Seen) -> Value {
    let mut value = json!({
        "id": item.id,
        "kind": item.kind,
        "status": item.status,
        "reason": item.reason,
        "age_s": item.age_s,
        "sha256": item.sha256,
    });
    if let (Value::Object(object), Some(redactions)) = (&mut value, &item.redactions) {
        let (count, pointers) = (redactions.count, &redactions.pointers);
        let redactions = json!({"count": count, "pointers": pointers});
        object.insert("redactions".to_owned(), redactions);
    }
    value
}

fn reading(reading: &Reading) -> Value {
    json!({
        "id": reading.id,
        "term": reading.term,
        "msg": reading.msg,
        "verdict": reading.verdict,
        "used": reading.used,
        "evidence": reading.evidence,
    })
}
