//! `sarif`: the Static Analysis Results Interchange Format 2.1.0
//! (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>).
//!
//! INVARIANT: "no results" is evidence only of a tool that is known to have run: a run
//! without invocations, or without a `results` array, is *unproved*. A result is
//! suppressed only when every suppression of it was accepted in so many words.

use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::evidence::{Kind, Observed, Status};
use crate::json::{Value, json};

use super::node::{Node, TEXT_MAX, shortened};
use super::reader::{Form, Reader, starts};
use super::{KindError, Reading};

mod result;

use result::{Context, Counts};

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
    form: Form::Json { is, read },
};

fn is(value: &Value) -> bool {
    let schema = value.get("$schema").and_then(Value::as_str);
    let says_sarif =
        starts(value, "version", "2.") || schema.is_some_and(|schema| schema.contains("sarif"));
    says_sarif && value.get("runs").is_some()
}

/// Reads a log.
pub(super) fn read(value: &Value) -> Result<Reading, KindError> {
    let root = Node::root(value);
    root.field("version")?.one_of(&["2.1.0"])?;
    if root.optional("inlineExternalProperties")?.is_some() {
        return Err(root.refuse("keeps results in `inlineExternalProperties`, which are not read"));
    }
    let mut runs = Vec::new();
    let mut results = Vec::new();
    let mut counts = Counts::default();
    for node in root.field("runs")?.nodes()? {
        runs.push(run(&node, &mut results, &mut counts)?);
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
        "results": results,
        "counts": counts.facts(),
    });
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

fn run(node: &Node<'_>, results: &mut Vec<Value>, counts: &mut Counts) -> Result<Run, KindError> {
    if node.optional("externalPropertyFileReferences")?.is_some() {
        return Err(node.refuse("keeps parts of the log in other files, which are not read"));
    }
    let tool = node.field("tool")?;
    let driver = tool.field("driver")?;
    let text = |name| -> Result<Option<String>, KindError> {
        let node = driver.optional(name)?;
        node.map(|node| Ok(shortened(node.text()?, TEXT_MAX)))
            .transpose()
    };
    let context = Context::of(node)?;
    let list = node.optional("results")?;
    let mut results_count = 0;
    for result in node.each("results")? {
        results_count += 1;
        if results.len() >= RESULTS_MAX {
            return Err(result.refuse(format!("more than {RESULTS_MAX} results")));
        }
        results.push(result::facts(&result, &context, counts)?);
    }
    let mut executed = Executed::Unproved;
    let mut started_at: Option<Timestamp> = None;
    let mut ended_at: Option<Timestamp> = None;
    for (index, invocation) in node.each("invocations")?.iter().enumerate() {
        let succeeded = invocation.field("executionSuccessful")?.boolean()?;
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
    if list.is_none() {
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
        "artifacts": artifacts(&context)?,
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
