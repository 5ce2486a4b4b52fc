//! `litmus`: `ChaosResult` objects of Litmus 2.x and 3.x
//! (<https://github.com/litmuschaos/chaos-operator/blob/master/api/litmuschaos/v1alpha1/chaosresult_types.go>).
//!
//! INVARIANT: a verdict `Pass` without a probe that passed, or without a target, is
//! unproved: nobody looked whether the system held.

use crate::evidence::{Kind, Status};
use crate::json::{Value, json};

use super::kubernetes::{identity, is_of, objects, text};
use super::node::{Node, put};
use super::reader::{Form, Reader};
use super::{KindError, Reading};

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::Litmus,
    media_type: "application/json",
    form: Form::Document {
        is: |value| is_of(value, "litmuschaos.io"),
        read,
    },
};

/// Results by outcome.
#[derive(Debug, Default)]
struct Counts {
    passed: usize,
    failed: usize,
    unproved: usize,
}

/// Probes of one result.
#[derive(Debug, Default)]
struct Probes {
    facts: Vec<Value>,
    passed: usize,
    failed: usize,
}

/// Targets of one result.
#[derive(Debug, Default)]
struct Targets {
    facts: Vec<Value>,
    injected: usize,
    reverted: usize,
}

/// Reads results.
fn read(value: &Value) -> Result<Reading, KindError> {
    let root = Node::root(value);
    let mut counts = Counts::default();
    let mut results = Vec::new();
    for object in objects(&root, "litmuschaos.io/v1alpha1")? {
        object.field("kind")?.one_of(&["ChaosResult"])?;
        results.push(result(&object, &mut counts)?);
    }
    let is_empty = results.is_empty();
    let facts = json!({
        "results_count": results.len(),
        "passed_count": counts.passed,
        "failed_count": counts.failed,
        "unproved_count": counts.unproved,
        "results": results,
    });
    let reading = Reading::of(Kind::Litmus, facts);
    Ok(if is_empty {
        reading.found(Status::Empty, "holds no result")
    } else if counts.unproved > 0 {
        let reason = format!("{} results prove nothing", counts.unproved);
        reading.found(Status::Partial, reason)
    } else {
        reading
    })
}

fn result(node: &Node<'_>, counts: &mut Counts) -> Result<Value, KindError> {
    let spec = node.field("spec")?;
    let status = node.field("status")?;
    let test = status.field("experimentStatus")?;
    let phase = text(&test, "phase")?;
    let verdict = test.field("verdict")?;
    let verdict = verdict.one_of(&["Pass", "Fail", "Error", "Stopped", "Awaited"])?;
    let probes = Probes::of(&status)?;
    let history = status.optional("history")?;
    let targets = match &history {
        Some(history) => Targets::of(history)?,
        None => Targets::default(),
    };
    let is_proved = phase.as_deref() == Some("Completed")
        && !probes.facts.is_empty()
        && probes.passed == probes.facts.len()
        && !targets.facts.is_empty()
        && targets.injected == targets.facts.len();
    let outcome = match verdict {
        "Fail" | "Error" => "failed",
        _ if probes.failed > 0 => "failed",
        "Pass" if is_proved => "passed",
        _ => "unproved",
    };
    match outcome {
        "passed" => counts.passed += 1,
        "failed" => counts.failed += 1,
        _ => counts.unproved += 1,
    }
    let runs = |name: &str| -> Result<Option<u64>, KindError> {
        let runs = history
            .as_ref()
            .map(|history| history.optional(name))
            .transpose()?;
        runs.flatten().map(|runs| runs.count()).transpose()
    };
    let failure = test.optional("failureOutput")?;
    let failed_step = match &failure {
        Some(failure) => text(failure, "failedStep")?,
        None => text(&test, "failStep")?,
    };
    let mut facts = identity(node)?;
    put(&mut facts, "engine", text(&spec, "engine")?);
    put(&mut facts, "experiment", spec.field("experiment")?.words()?);
    put(&mut facts, "phase", phase);
    put(&mut facts, "verdict", verdict);
    put(&mut facts, "failed_step", failed_step);
    put(&mut facts, "probe_success_percentage", percentage(&test)?);
    put(&mut facts, "outcome", outcome);
    put(&mut facts, "probes_count", probes.facts.len());
    put(&mut facts, "probes_passed_count", probes.passed);
    put(&mut facts, "probes_failed_count", probes.failed);
    put(&mut facts, "probes", probes.facts);
    let all = targets.facts.len();
    put(&mut facts, "targets_count", all);
    put(&mut facts, "injected", all > 0 && targets.injected == all);
    put(&mut facts, "recovered", all > 0 && targets.reverted == all);
    put(&mut facts, "targets", targets.facts);
    put(&mut facts, "passed_runs_count", runs("passedRuns")?);
    put(&mut facts, "failed_runs_count", runs("failedRuns")?);
    put(&mut facts, "stopped_runs_count", runs("stoppedRuns")?);
    Ok(facts)
}

/// A whole number in a string; `Awaited` while nobody knows.
fn percentage(test: &Node<'_>) -> Result<Option<u64>, KindError> {
    let Some(node) = test.optional("probeSuccessPercentage")? else {
        return Ok(None);
    };
    let text = node.text()?;
    if matches!(text, "" | "Awaited") {
        return Ok(None);
    }
    let percent = text.parse().ok().filter(|percent: &u64| *percent <= 100);
    let percent = percent.ok_or_else(|| node.refuse("expected a whole number up to 100"))?;
    Ok(Some(percent))
}

impl Probes {
    fn of(status: &Node<'_>) -> Result<Self, KindError> {
        if status.optional("probeStatus")?.is_some() {
            return Err(status.refuse("keeps probes in `probeStatus`, which Litmus 2.x does not"));
        }
        let mut probes = Self::default();
        for probe in status.each("probeStatuses")? {
            let status = probe.field("status")?;
            let verdict = match status.optional("verdict")? {
                Some(verdict) => verdict.one_of(&["Passed", "Failed", "N/A", "Awaited"])?,
                None => "Awaited",
            };
            probes.passed += usize::from(verdict == "Passed");
            probes.failed += usize::from(verdict == "Failed");
            probes.facts.push(json!({
                "name": text(&probe, "name")?,
                "type": text(&probe, "type")?,
                "mode": text(&probe, "mode")?,
                "verdict": verdict,
                "description": text(&status, "description")?,
            }));
        }
        Ok(probes)
    }
}

impl Targets {
    fn of(history: &Node<'_>) -> Result<Self, KindError> {
        let mut targets = Self::default();
        for target in history.each("targets")? {
            let status = text(&target, "chaosStatus")?;
            let is_reverted = status.as_deref() == Some("reverted");
            targets.reverted += usize::from(is_reverted);
            let is_injected = is_reverted || status.as_deref() == Some("injected");
            targets.injected += usize::from(is_injected);
            targets.facts.push(json!({
                "name": text(&target, "name")?,
                "kind": text(&target, "kind")?,
                "status": status,
            }));
        }
        Ok(targets)
    }
}
