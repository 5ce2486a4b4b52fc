//! `chaos-mesh`: experiments of Chaos Mesh 2.x with their status
//! (<https://github.com/chaos-mesh/chaos-mesh/blob/master/api/v1alpha1/common_types.go>).
//!
//! INVARIANT: an experiment that ran has not passed: Chaos Mesh gives no verdict, and no
//! fact here is one. A fault is injected only where there is a target and every target
//! was hit.

use crate::clock::Timestamp;
use crate::evidence::{Kind, Observed, Status};
use crate::json::{Value, json};

use super::kubernetes::{identity, is_of, objects, text};
use super::node::{Node, put};
use super::reader::{Form, Reader};
use super::{KindError, Reading};

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::ChaosMesh,
    media_type: "application/json",
    form: Form::Document {
        is: |value| is_of(value, "chaos-mesh.org"),
        read,
    },
};

/// What all experiments come to.
#[derive(Debug, Default)]
struct Counts {
    targets: usize,
    injected: usize,
    recovered: usize,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

/// What one target went through.
#[derive(Debug, Default)]
struct Record {
    was_injected: bool,
    was_recovered: bool,
    failed_events: usize,
    applied_at: Option<Timestamp>,
    recovered_at: Option<Timestamp>,
}

/// Reads experiments.
fn read(value: &Value) -> Result<Reading, KindError> {
    let root = Node::root(value);
    let mut counts = Counts::default();
    let mut experiments = Vec::new();
    for object in objects(&root, "chaos-mesh.org/v1alpha1")? {
        experiments.push(experiment(&object, &mut counts)?);
    }
    let all = experiments.len();
    let facts = json!({
        "experiments_count": all,
        "injected_count": counts.injected,
        "recovered_count": counts.recovered,
        "targets_count": counts.targets,
        "experiments": experiments,
    });
    let mut reading = Reading::of(Kind::ChaosMesh, facts);
    reading.collected_at = counts.to;
    let ends = counts.from.zip(counts.to);
    reading.observed = ends.map(|(from, to)| Observed { from, to });
    Ok(if counts.targets == 0 {
        reading.found(Status::Empty, "no experiment selected a target")
    } else if counts.injected < all {
        let reason = format!(
            "{} experiments did not reach every target",
            all - counts.injected
        );
        reading.found(Status::Partial, reason)
    } else if counts.recovered < all {
        let reason = format!("{} experiments did not recover", all - counts.recovered);
        reading.found(Status::Partial, reason)
    } else {
        reading
    })
}

fn experiment(node: &Node<'_>, counts: &mut Counts) -> Result<Value, KindError> {
    let kind = node.field("kind")?;
    if !kind.text()?.ends_with("Chaos") {
        return Err(kind.refuse("is no experiment: look at the objects that it made"));
    }
    let spec = node.field("spec")?;
    let status = node.optional("status")?;
    let mut conditions = Conditions::default();
    let mut records = Vec::new();
    let mut desired_phase = None;
    if let Some(status) = &status {
        conditions = Conditions::of(status)?;
        let experiment = status.field("experiment")?;
        if experiment.optional("podRecords")?.is_some() {
            return Err(experiment.refuse("is of Chaos Mesh 1.x"));
        }
        desired_phase = text(&experiment, "desiredPhase")?;
        for record in experiment.each("containerRecords")? {
            records.push(Record::of(&record, &conditions)?);
        }
    }
    let all = |what: fn(&Record) -> bool| !records.is_empty() && records.iter().all(what);
    let injected = all(|record| record.was_injected);
    let recovered = injected && all(|record| record.was_recovered);
    let applied_at = records.iter().filter_map(|record| record.applied_at).min();
    let recovered_at = records
        .iter()
        .filter_map(|record| record.recovered_at)
        .max();
    counts.targets += records.len();
    counts.injected += usize::from(injected);
    counts.recovered += usize::from(recovered);
    counts.from = counts.from.into_iter().chain(applied_at).min();
    let last = recovered_at.into_iter().chain(applied_at).max();
    counts.to = counts.to.into_iter().chain(last).max();
    let mut facts = identity(node)?;
    put(&mut facts, "kind", kind.text()?);
    for name in ["action", "mode", "duration"] {
        put(&mut facts, name, text(&spec, name)?);
    }
    put(&mut facts, "desired_phase", desired_phase);
    put(&mut facts, "selected", conditions.selected);
    put(&mut facts, "paused", conditions.paused);
    put(&mut facts, "targets_count", records.len());
    let count = |what: fn(&Record) -> bool| records.iter().filter(|record| what(record)).count();
    put(
        &mut facts,
        "injected_targets_count",
        count(|record| record.was_injected),
    );
    put(
        &mut facts,
        "recovered_targets_count",
        count(|record| record.was_recovered),
    );
    let failed_events: usize = records.iter().map(|record| record.failed_events).sum();
    put(&mut facts, "failed_events_count", failed_events);
    put(&mut facts, "injected", injected);
    put(&mut facts, "recovered", recovered);
    put(
        &mut facts,
        "injected_at",
        applied_at.map(|at| at.to_string()),
    );
    put(
        &mut facts,
        "recovered_at",
        recovered_at.map(|at| at.to_string()),
    );
    Ok(facts)
}

/// Conditions as they are now: after the recovery `AllInjected` is false.
#[derive(Debug, Default)]
struct Conditions {
    selected: Option<bool>,
    all_injected: Option<bool>,
    all_recovered: Option<bool>,
    paused: Option<bool>,
}

impl Conditions {
    fn of(status: &Node<'_>) -> Result<Self, KindError> {
        let mut found = Self::default();
        for condition in status.each("conditions")? {
            let state = condition.field("status")?;
            let state = match state.one_of(&["True", "False", "Unknown"])? {
                "True" => Some(true),
                "False" => Some(false),
                _ => None,
            };
            match condition.field("type")?.text()? {
                "Selected" => found.selected = state,
                "AllInjected" => found.all_injected = state,
                "AllRecovered" => found.all_recovered = state,
                "Paused" => found.paused = state,
                _ => {}
            }
        }
        Ok(found)
    }
}

impl Record {
    fn of(node: &Node<'_>, conditions: &Conditions) -> Result<Self, KindError> {
        let phase = node.field("phase")?;
        let is_injected = phase.one_of(&["Injected", "Not Injected"])? == "Injected";
        if is_injected && conditions.all_recovered == Some(true) {
            return Err(phase.refuse("is `Injected`, and the condition `AllRecovered` is true"));
        }
        if !is_injected && conditions.all_injected == Some(true) {
            return Err(phase.refuse("is `Not Injected`, and the condition `AllInjected` is true"));
        }
        let count = |name| -> Result<u64, KindError> {
            let count = node.optional(name)?;
            count.map_or(Ok(0), |count| count.count())
        };
        let injections = count("injectedCount")?;
        let recoveries = count("recoveredCount")?;
        let mut record = Self {
            was_injected: is_injected || injections > 0,
            was_recovered: !is_injected && injections > 0 && recoveries >= injections,
            ..Self::default()
        };
        for event in node.each("events")? {
            let at = event.field("timestamp")?.timestamp()?;
            let operation = event.field("operation")?.one_of(&["Apply", "Recover"])?;
            if event.field("type")?.one_of(&["Succeeded", "Failed"])? == "Failed" {
                record.failed_events += 1;
            } else if operation == "Apply" {
                record.applied_at = record.applied_at.into_iter().chain([at]).min();
            } else {
                record.recovered_at = record.recovered_at.into_iter().chain([at]).max();
            }
        }
        Ok(record)
    }
}
