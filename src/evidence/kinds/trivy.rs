//! `trivy`: a report of Trivy in JSON, `SchemaVersion` 2
//! (<https://trivy.dev/latest/docs/configuration/reporting/#json>).
//!
//! INVARIANT: a report that names no package says nothing of vulnerabilities, however
//! few it lists. The bytes of a secret never become facts.

use std::collections::BTreeSet;

use crate::evidence::{Kind, Status};
use crate::json::{Value, json};

use super::findings::{self, Findings, Target};
use super::node::{Node, TEXT_MAX, shortened};
use super::reader::{Form, Reader};
use super::severity::Counts;
use super::{KindError, Reading};

mod result;

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::Trivy,
    media_type: "application/json",
    form: Form::Json { is, read },
};

/// What all results come to.
#[derive(Default)]
struct Report {
    classes: BTreeSet<String>,
    packages: usize,
    configurations: u64,
    findings: Findings,
    misconfigurations: Vec<Value>,
    misconfiguration_counts: Counts,
    secrets: Vec<Value>,
    secret_counts: Counts,
    suppressed: Vec<Value>,
}

fn is(value: &Value) -> bool {
    value.get("SchemaVersion").is_some() && value.get("ArtifactName").is_some()
}

/// Reads a report.
fn read(value: &Value) -> Result<Reading, KindError> {
    let root = Node::root(value);
    let version = root.field("SchemaVersion")?;
    if version.count()? != 2 {
        return Err(version.refuse("expected 2"));
    }
    let created_at = match root.optional("CreatedAt")? {
        Some(at) => Some(at.timestamp()?),
        None => None,
    };
    let mut target = Target {
        name: Some(shortened(root.field("ArtifactName")?.text()?, TEXT_MAX)),
        kind: findings::text(&root, "ArtifactType")?,
        ..Target::default()
    };
    let mut ended = None;
    if let Some(metadata) = root.optional("Metadata")? {
        ended = describe(&metadata, &mut target)?;
    }
    let mut report = Report::default();
    let results = root.each("Results")?;
    for node in &results {
        result::add(node, &mut report)?;
    }
    let scanner = match root.optional("Trivy")? {
        Some(trivy) => findings::text(&trivy, "Version")?,
        None => None,
    };
    let has_packages = report.packages > 0 || !report.findings.is_empty();
    let facts = json!({
        "scanner": {"name": "trivy", "version": scanner},
        "scanned_at": created_at.map(|at| at.to_string()),
        "target": target.facts(),
        "classes": report.classes,
        "packages": report.packages,
        "configurations": report.configurations,
        "counts": report.findings.counts(),
        "fixable": report.findings.fixable(),
        "vulnerabilities": report.findings.facts(),
        "misconfigurations": report.misconfigurations,
        "misconfiguration_counts": report.misconfiguration_counts.facts(),
        "secrets": report.secrets,
        "secret_counts": report.secret_counts.facts(),
        "suppressed": report.suppressed,
        "end_of_life": ended,
    });
    let mut reading = Reading::of(Kind::Trivy, facts);
    reading.collected_at = created_at;
    Ok(if results.is_empty() {
        reading.found(Status::Empty, "names nothing that was looked at")
    } else if !has_packages {
        let reason = "names no package, so it says nothing of vulnerabilities";
        reading.found(Status::Partial, reason)
    } else if let Some(system) = ended {
        let reason = format!("`{system}` gets no more advisories");
        reading.found(Status::Partial, reason)
    } else {
        reading
    })
}

/// Notes the digests of an image, and returns an operating system whose support ended.
fn describe(metadata: &Node<'_>, target: &mut Target) -> Result<Option<String>, KindError> {
    for digest in metadata.each("RepoDigests")? {
        target.add_digest(&digest)?;
    }
    if let Some(id) = metadata.optional("ImageID")? {
        target.add_digest(&id)?;
    }
    let Some(system) = metadata.optional("OS")? else {
        return Ok(None);
    };
    let ended = match system.optional("EOSL")? {
        Some(ended) => ended.boolean()?,
        None => false,
    };
    let family = findings::text(&system, "Family")?.unwrap_or_default();
    let name = findings::text(&system, "Name")?.unwrap_or_default();
    Ok(ended.then(|| format!("{family} {name}").trim().to_owned()))
}
