//! What records rest on, for people and machines.

use std::fmt::Write as _;

use crate::json::{Value, json};
use crate::report::visible;
use crate::verify::{LedgerReport, Rest};

/// Returns the lines that say on whose word each record rests.
pub fn text(report: &LedgerReport) -> String {
    let mut text = String::new();
    for rest in &report.rests {
        let _ = writeln!(text, "{:<14} {}", records(rest), visible(&words(rest)));
    }
    let unrelied = &report.unrelied;
    if unrelied.cosignatures > 0 {
        let _ = writeln!(
            text,
            "not relied on  {} cosignature{} by keys that no witness policy here names (--witnesses)",
            unrelied.cosignatures,
            if unrelied.cosignatures == 1 { "" } else { "s" }
        );
    }
    for (path, reason) in &unrelied.stamps {
        let _ = writeln!(text, "not relied on  {path}: {}", visible(reason));
    }
    text
}

fn records(rest: &Rest) -> String {
    match rest.until.saturating_sub(1) {
        last if last == rest.from => format!("record {last}"),
        last => format!("records {}-{last}", rest.from),
    }
}

fn words(rest: &Rest) -> String {
    let mut parts = Vec::new();
    for stamp in &rest.stamps {
        let accuracy = match stamp.accuracy.as_secs_f64() {
            0.0 => String::new(),
            seconds => format!(" (within {seconds} s)"),
        };
        parts.push(format!(
            "there before {}{accuracy} by time-stamping authority {} (`{}`)",
            stamp.at, stamp.authority, stamp.signer
        ));
    }
    for witness in &rest.witnesses {
        parts.push(format!("cosigned by {} at {}", witness.name, witness.at));
    }
    match rest.quorum {
        Some(true) => parts.push("quorum met".to_owned()),
        Some(false) if !rest.witnesses.is_empty() => parts.push("quorum not met".to_owned()),
        _ => {}
    }
    if parts.is_empty() {
        return "the key holder's word only".to_owned();
    }
    parts.join("; ")
}

/// Returns the same as a document.
pub fn json(report: &LedgerReport) -> (Vec<Value>, Value) {
    let rests = report.rests.iter().map(|rest| {
        let stamps: Vec<Value> = rest
            .stamps
            .iter()
            .map(|stamp| {
                json!({
                    "authority": stamp.authority,
                    "signer": stamp.signer,
                    "at": stamp.at.to_string(),
                    "accuracy_s": stamp.accuracy.as_secs_f64(),
                    "checkpoint": stamp.size,
                })
            })
            .collect();
        let witnesses: Vec<Value> = rest
            .witnesses
            .iter()
            .map(|one| json!({"name": one.name, "at": one.at.to_string(), "checkpoint": one.size}))
            .collect();
        json!({
            "from": rest.from,
            "until": rest.until,
            "stamps": stamps,
            "witnesses": witnesses,
            "quorum": rest.quorum,
        })
    });
    let stamps: Vec<Value> = report
        .unrelied
        .stamps
        .iter()
        .map(|(path, reason)| json!({"file": path, "reason": reason}))
        .collect();
    let unrelied = json!({"cosignatures": report.unrelied.cosignatures, "stamps": stamps});
    (rests.collect(), unrelied)
}
