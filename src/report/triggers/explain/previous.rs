//! What changed from one record to the next.

use crate::record::decided::{Reading, Rule};
use crate::report::triggers::labelled;
use crate::triggers::{Point, State};

/// The trigger in the record before.
#[derive(Debug, Clone, Copy)]
pub struct Previous<'a> {
    /// That record.
    pub point: Point,
    /// The trigger as that has it; none where it was no trigger then.
    pub rule: Option<&'a Rule>,
}

impl Previous<'_> {
    /// Returns what is different now, a sentence each.
    pub(super) fn changes(&self, now: &Rule) -> Vec<String> {
        let Some(before) = self.rule else {
            return vec!["the trigger was not evaluated then".to_owned()];
        };
        let mut changes = Vec::new();
        let name = |rule| State::of(rule).map_or("another state", State::name);
        if name(before) != name(now) {
            changes.push(format!("state: {} -> {}", name(before), name(now)));
        }
        for reading in &now.readings {
            match same(&before.readings, reading) {
                None => changes.push(format!("{}: new reading", labelled(reading))),
                Some(old) => changes.extend(difference(old, reading)),
            }
        }
        let gone = before
            .readings
            .iter()
            .filter(|old| same(&now.readings, old).is_none());
        changes.extend(gone.map(|old| format!("{}: no longer there", labelled(old))));
        for item in &now.evidence {
            let old = before.evidence.iter().find(|old| old.id == item.id);
            if old.is_none_or(|old| old.sha256 != item.sha256 || old.status != item.status) {
                let status = old.map_or("absent", |old| old.status.as_str());
                changes.push(format!(
                    "evidence {}: {}",
                    item.id,
                    if status == item.status {
                        "other content".to_owned()
                    } else {
                        format!("{status} -> {}", item.status)
                    }
                ));
            }
        }
        changes
    }
}

fn same<'r>(readings: &'r [Reading], wanted: &Reading) -> Option<&'r Reading> {
    readings
        .iter()
        .find(|reading| reading.id == wanted.id && reading.term == wanted.term)
}

fn difference(old: &Reading, new: &Reading) -> Vec<String> {
    let mut changes = Vec::new();
    if old.used != new.used {
        let what = if new.used {
            "now used"
        } else {
            "no longer used"
        };
        changes.push(format!("{}: {what}", labelled(new)));
    }
    if old.msg != new.msg {
        changes.push(format!("{}: {} -> {}", labelled(new), old.msg, new.msg));
    }
    changes
}
