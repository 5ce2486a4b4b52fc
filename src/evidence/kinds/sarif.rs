//! `sarif`: the Static Analysis Results Interchange Format 2.1.0
//! (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>).
//!
//! INVARIANT: "no results" is evidence only of a tool that is known to have run: a run
//! without invocations, or without a `results` array, is *unproved*, and one that reports
//! an error of its own *failed*. A result is suppressed only when every suppression of it was accepted in so many words.

use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::evidence::detect::BULK_LIMITS;
use crate::evidence::{Kind, Observed, Status};
use crate::json::bulk::{self, Step};
use crate::json::{Value, json};

use super::node::{Node, TEXT_MAX, shortened, with_list};
use super::reader::{Form, Reader, starts};
use super::{KindError, Reading};

mod result;
mod rules;

use result::{Context, Counts};
use rules::{Level, Reference, Rules};

/// Most results in one log.
const RESULTS_MAX: usize = 200_000;

/// Whether the tool did its work, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Executed {
    Proved,
    Unproved,
    Failed,
}

/// What one run comes to.
struct Run {
    facts: Value,
    executed: Executed,
    started_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
}

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::Sarif,
    media_type: "application/sarif+json",
    form: Form::Bulk {
        paths: PATHS,
        is,
        read,
    },
};

/// Where the results are.
const PATHS: &[bulk::Path] = &[&[Step::Field("runs"), Step::Each, Step::Field("results")]];

fn is(value: &Value) -> bool {
    let schema = value.get("$schema").and_then(Value::as_str);
    let says_sarif =
        starts(value, "version", "2.") || schema.is_some_and(|schema| schema.contains("sarif"));
    says_sarif && value.get("runs").is_some()
}

/// Reads the log `text`, of which `outline` has all but the results.
fn read(outline: &Value, text: &[u8]) -> Result<Reading, KindError> {
    let root = Node::root(outline);
    root.field("version")?.one_of(&["2.1.0"])?;
    if root.optional("inlineExternalProperties")?.is_some() {
        return Err(root.refuse("keeps results in `inlineExternalProperties`, which are not read"));
    }
    let nodes: Vec<Node<'_>> = root.field("runs")?.nodes()?.collect();
    let mut contexts = Vec::with_capacity(nodes.len());
    for node in &nodes {
        if node.optional("externalPropertyFileReferences")?.is_some() {
            return Err(node.refuse("keeps parts of the log in other files, which are not read"));
        }
        // Results that are no list are none to read.
        node.each("results")?;
        contexts.push(Context::of(node)?);
    }
    let Results {
        facts: results,
        counts,
        of_run,
    } = results(text, &contexts)?;
    let mut runs = Vec::with_capacity(nodes.len());
    for ((node, context), count) in nodes.iter().zip(&contexts).zip(of_run) {
        runs.push(run(node, context, count)?);
    }
    let executed = runs.iter().map(|run| run.executed).max();
    let started_at = runs.iter().filter_map(|run| run.started_at).min();
    let ended_at = runs.iter().filter_map(|run| run.ended_at).max();
    let is_empty = runs.is_empty();
    let executed = executed.unwrap_or(Executed::Unproved);
    let facts = json!({
        "version": "2.1.0",
        "runs": runs.into_iter().map(|run| run.facts).collect::<Vec<_>>(),
        "executed": executed.name(),
        "counts": counts.facts(),
    });
    let facts = with_list(facts, "results", results);
    let mut reading = Reading::of(Kind::Sarif, facts);
    reading.collected_at = ended_at;
    reading.observed = started_at
        .zip(ended_at)
        .filter(|(from, to)| from <= to)
        .map(|(from, to)| Observed { from, to });
    Ok(match executed {
        _ if is_empty => reading.found(Status::Empty, "holds no run"),
        Executed::Proved => reading,
        Executed::Unproved => reading.found(
            Status::Partial,
            "a run does not say that its tool was executed",
        ),
        Executed::Failed => reading.found(Status::Partial, "a run says that its tool failed"),
    })
}

/// The results of all runs.
struct Results {
    facts: Vec<Value>,
    counts: Counts,
    /// How many each run has.
    of_run: Vec<usize>,
}

fn results(text: &[u8], contexts: &[Context<'_>]) -> Result<Results, KindError> {
    let mut all = Results {
        facts: Vec::new(),
        counts: Counts::default(),
        of_run: vec![0; contexts.len()],
    };
    bulk::parse(text, BULK_LIMITS, PATHS, &mut |element| {
        let &[run, index] = element.indexes else {
            return Ok(());
        };
        let result = Node::at(&element.value, format!("runs[{run}].results[{index}]"));
        let (Some(context), Some(count)) = (contexts.get(run), all.of_run.get_mut(run)) else {
            return Err(result.refuse("is of no run"));
        };
        *count += 1;
        if all.facts.len() >= RESULTS_MAX {
            return Err(result.refuse(format!("more than {RESULTS_MAX} results")));
        }
        let facts = result::facts(&result, context, &mut all.counts)?;
        all.facts.push(facts);
        Ok(())
    })?;
    Ok(all)
}

fn run(node: &Node<'_>, context: &Context<'_>, results_count: usize) -> Result<Run, KindError> {
    let tool = node.field("tool")?;
    let driver = tool.field("driver")?;
    let text = |name| -> Result<Option<String>, KindError> {
        let node = driver.optional(name)?;
        node.map(|node| Ok(shortened(node.text()?, TEXT_MAX)))
            .transpose()
    };
    let notifications = Rules::of(&tool, "notifications")?;
    let mut executed = Executed::Unproved;
    let mut started_at: Option<Timestamp> = None;
    let mut ended_at: Option<Timestamp> = None;
    for (index, invocation) in node.each("invocations")?.iter().enumerate() {
        let succeeded = succeeded(invocation, &notifications)?;
        executed = match (index, succeeded) {
            (_, false) => Executed::Failed,
            (0, true) => Executed::Proved,
            (_, true) => executed,
        };
        started_at = instant(invocation, "startTimeUtc")?
            .into_iter()
            .chain(started_at)
            .min();
        ended_at = instant(invocation, "endTimeUtc")?
            .into_iter()
            .chain(ended_at)
            .max();
    }
    // A tool that produced no list of results has not said that it found nothing.
    if node.optional("results")?.is_none() {
        executed = executed.max(Executed::Unproved);
    }
    let facts = json!({
        "tool": {
            "name": shortened(driver.field("name")?.words()?, TEXT_MAX),
            "version": text("version")?,
            "semantic_version": text("semanticVersion")?,
        },
        "executed": executed.name(),
        "started_at": started_at.map(|instant| instant.to_string()),
        "ended_at": ended_at.map(|instant| instant.to_string()),
        "artifacts": artifacts(context)?,
        "rules_count": context.rules_count(),
        "results_count": results_count,
    });
    Ok(Run {
        facts,
        executed,
        started_at,
        ended_at,
    })
}

/// Whether an invocation says that it succeeded, and nothing else beside that.
fn succeeded(invocation: &Node<'_>, known: &Rules<'_>) -> Result<bool, KindError> {
    let mut succeeded = invocation.field("executionSuccessful")?.boolean()?;
    for name in [
        "toolExecutionNotifications",
        "toolConfigurationNotifications",
    ] {
        for notification in invocation.each(name)? {
            succeeded &= !is_error(&notification, known)?;
        }
    }
    // A tool may exit with 1 because it found something; one that explains its code, that
    // did not start or that was killed did not do its work.
    let has_text = |name| -> Result<bool, KindError> {
        let text = invocation.optional(name)?;
        Ok(text.is_some_and(|text| text.value().as_str() != Some("")))
    };
    let code = invocation.optional("exitCode")?;
    let is_bad = code.is_some_and(|code| code.value().as_i64() != Some(0));
    let is_explained = is_bad && has_text("exitCodeDescription")?;
    let is_killed = has_text("exitSignalName")? || has_text("exitSignalNumber")?;
    Ok(succeeded && !is_explained && !is_killed && !has_text("processStartFailureMessage")?)
}

/// Whether a notification is an error, by its own level or by that of its descriptor.
fn is_error(notification: &Node<'_>, known: &Rules<'_>) -> Result<bool, KindError> {
    if let Some(level) = Level::of(notification)? {
        return Ok(level == Level::Error);
    }
    let Some(descriptor) = notification.optional("descriptor")? else {
        return Ok(false);
    };
    let reference = Reference::of_descriptor(descriptor)?;
    let weights = known.weights(&reference, &known.named(&reference)?)?;
    Ok(weights
        .iter()
        .any(|weight| weight.level == Some(Level::Error)))
}

/// The files that were looked at and whose SHA-256 the log gives.
fn artifacts(context: &Context<'_>) -> Result<Vec<Value>, KindError> {
    let mut artifacts = Vec::new();
    for artifact in context.artifacts() {
        let Some(hashes) = artifact.optional("hashes")? else {
            continue;
        };
        let Some(hash) = hashes.optional("sha-256")? else {
            continue;
        };
        let digest = hash.text()?.to_ascii_lowercase();
        let digest: Digest = digest
            .parse()
            .map_err(|error| hash.refuse(format!("{error}")))?;
        let location = artifact.optional("location")?;
        let uri = match &location {
            Some(location) => location.optional("uri")?,
            None => None,
        };
        let uri = uri.map(|uri| uri.text()).transpose()?;
        artifacts.push(json!({"uri": uri, "sha256": digest.hex()}));
    }
    Ok(artifacts)
}

fn instant(node: &Node<'_>, name: &str) -> Result<Option<Timestamp>, KindError> {
    node.optional(name)?
        .map(|node| node.timestamp())
        .transpose()
}

impl Executed {
    const fn name(self) -> &'static str {
        match self {
            Self::Proved => "proved",
            Self::Unproved => "unproved",
            Self::Failed => "failed",
        }
    }
}

#[cfg(test)]
mod tests;
