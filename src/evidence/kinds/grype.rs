//! `grype`: a report of Grype in JSON
//! (<https://github.com/anchore/grype/tree/main/grype/presenter/models>).
//!
//! INVARIANT: no match is evidence only with a database that is known to be good: one
//! that says nothing of itself, or calls itself invalid, makes the report *partial*.

use crate::clock::Timestamp;
use crate::evidence::{Kind, Status};
use crate::json::{Value, json};

use super::findings::{self, Finding, Findings, Fix, Target};
use super::node::{Node, TEXT_MAX, shortened};
use super::reader::{Form, Reader};
use super::sbom;
use super::{KindError, Reading};

/// Most matches that were left out.
const SUPPRESSED_MAX: usize = 200_000;

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::Grype,
    media_type: "application/json",
    form: Form::Json { is, read },
};

/// What the report says of its database.
struct Database {
    facts: Value,
    problem: Option<String>,
}

fn is(value: &Value) -> bool {
    let descriptor = value.get("descriptor");
    let name = descriptor.and_then(|descriptor| descriptor.get("name"));
    value.get("matches").is_some() && name.and_then(Value::as_str) == Some("grype")
}

/// Reads a report.
fn read(value: &Value) -> Result<Reading, KindError> {
    let root = Node::root(value);
    let descriptor = root.field("descriptor")?;
    let scanned_at = match findings::text(&descriptor, "timestamp")? {
        Some(_) => Some(descriptor.field("timestamp")?.timestamp()?),
        None => None,
    };
    let mut found = Findings::default();
    for node in root.field("matches")?.nodes()? {
        found.add(&finding(&node)?, &node)?;
    }
    let mut suppressed = Vec::new();
    for node in root.each("ignoredMatches")? {
        if suppressed.len() >= SUPPRESSED_MAX {
            return Err(node.refuse(format!("more than {SUPPRESSED_MAX} ignored matches")));
        }
        suppressed.push(ignored(&node)?);
    }
    let target = match root.optional("source")? {
        Some(source) => Some(target(&source)?),
        None => None,
    };
    let database = database(&descriptor, scanned_at)?;
    let facts = json!({
        "scanner": {"name": "grype", "version": findings::text(&descriptor, "version")?},
        "scanned_at": scanned_at.map(|at| at.to_string()),
        "target": target.as_ref().unwrap_or(&Target::default()).facts(),
        "counts": found.counts(),
        "fixable": found.fixable(),
        "vulnerabilities": found.facts(),
        "suppressed": suppressed,
        "database": database.facts,
        "distribution": distribution(&root)?,
    });
    let mut reading = Reading::of(Kind::Grype, facts);
    reading.collected_at = scanned_at;
    Ok(match database.problem {
        _ if target.is_none() => reading.found(Status::Empty, "does not say what was looked at"),
        Some(problem) => reading.found(Status::Partial, problem),
        None => reading,
    })
}

fn finding(node: &Node<'_>) -> Result<Finding, KindError> {
    let vulnerability = node.field("vulnerability")?;
    let artifact = node.field("artifact")?;
    let mut finding = Finding {
        id: shortened(vulnerability.field("id")?.words()?, TEXT_MAX),
        package: shortened(artifact.field("name")?.words()?, TEXT_MAX),
        version: findings::text(&artifact, "version")?,
        ..Finding::default()
    };
    if let Some(severity) = vulnerability.optional("severity")? {
        finding.severity = findings::severity(&severity)?;
    }
    if let Some(purl) = artifact.optional("purl")? {
        finding.purl = sbom::purl(&purl)?;
    }
    if let Some(location) = artifact.each("locations")?.first() {
        finding.target = findings::text(location, "path")?;
    }
    if let Some(fix) = vulnerability.optional("fix")? {
        finding.fixed_versions = findings::texts(&fix, "versions")?;
        finding.fix = match fix.field("state")?.text()? {
            "fixed" => Fix::Available,
            "not-fixed" => Fix::Absent,
            "wont-fix" => Fix::Refused,
            "unknown" | "" => Fix::Unknown,
            other => {
                let other = shortened(other, 40);
                return Err(fix.refuse(format!("`{other}` is no state of a fix")));
            }
        };
    }
    finding.score = score(&vulnerability)?;
    for related in node.each("relatedVulnerabilities")? {
        let id = shortened(related.field("id")?.words()?, TEXT_MAX);
        if id != finding.id {
            finding.aliases.insert(id);
        }
        // A distribution may leave the score to the record that it refers to.
        finding.score = findings::higher(finding.score, score(&related)?);
    }
    Ok(finding)
}

/// The highest score of CVSS 3 or 4.
fn score(vulnerability: &Node<'_>) -> Result<Option<f64>, KindError> {
    let mut highest = None;
    for cvss in vulnerability.each("cvss")? {
        let version = findings::text(&cvss, "version")?;
        let is_old = version.is_some_and(|version| version.starts_with('2'));
        if let Some(metrics) = cvss.optional("metrics")?
            && let Some(score) = metrics.optional("baseScore")?
            && !is_old
        {
            highest = findings::higher(highest, findings::score(&score)?);
        }
    }
    Ok(highest)
}

fn ignored(node: &Node<'_>) -> Result<Value, KindError> {
    let finding = finding(node)?;
    let rule = node.each("appliedIgnoreRules")?.into_iter().next();
    let of_rule = |name: &str| match &rule {
        Some(rule) => findings::text(rule, name),
        None => Ok(None),
    };
    let status = of_rule("vex-status")?;
    let reason = match of_rule("vex-justification")? {
        Some(justification) => Some(justification),
        None => of_rule("reason")?,
    };
    Ok(json!({
        "id": finding.id,
        "status": status.unwrap_or_else(|| "ignored".to_owned()),
        "statement": reason,
        "package": finding.package,
    }))
}

/// A directory, file or bill of materials by its path, an image by name and digests.
fn target(source: &Node<'_>) -> Result<Target, KindError> {
    let mut target = Target {
        kind: Some(shortened(source.field("type")?.words()?, TEXT_MAX)),
        ..Target::default()
    };
    let node = source.field("target")?;
    if let Some(name) = node.value().as_str() {
        target.name = Some(shortened(name, TEXT_MAX));
        return Ok(target);
    }
    target.name = findings::text(&node, "userInput")?;
    for digest in node.each("repoDigests")? {
        target.add_digest(&digest)?;
    }
    for name in ["manifestDigest", "imageID"] {
        if let Some(digest) = node.optional(name)? {
            target.add_digest(&digest)?;
        }
    }
    Ok(target)
}

/// `descriptor.db`: a `status` since version 0.88, the same fields by themselves before.
fn database(descriptor: &Node<'_>, scanned_at: Option<Timestamp>) -> Result<Database, KindError> {
    let unknown = |problem: &str| Database {
        facts: Value::Null,
        problem: Some(problem.to_owned()),
    };
    let Some(node) = descriptor.optional("db")? else {
        return Ok(unknown("does not say which database was asked"));
    };
    let status = match node.optional("status")? {
        Some(status) => status,
        None => node,
    };
    let Some(built) = status.optional("built")? else {
        return Ok(unknown("does not say when its database was built"));
    };
    let built = built.timestamp()?;
    let is_valid = match status.optional("valid")? {
        Some(valid) => valid.boolean()?,
        None => true,
    };
    let error = findings::text(&status, "error")?;
    let version = status.optional("schemaVersion")?;
    let version = version.map(|version| match version.value() {
        Value::String(text) => shortened(text, 80),
        other => other.to_string(),
    });
    let age_s = scanned_at.map(|at| at.seconds_since(built));
    let facts = json!({
        "built_at": built.to_string(),
        "age_s": age_s,
        "schema_version": version,
        "valid": is_valid && error.is_none(),
    });
    let problem = match error {
        Some(error) => Some(format!("its database failed: {}", shortened(&error, 200))),
        None if is_valid => None,
        None => Some("its database is not valid".to_owned()),
    };
    Ok(Database { facts, problem })
}

fn distribution(root: &Node<'_>) -> Result<Option<String>, KindError> {
    let Some(node) = root.optional("distro")? else {
        return Ok(None);
    };
    let name = findings::text(&node, "name")?.unwrap_or_default();
    let version = findings::text(&node, "version")?.unwrap_or_default();
    let both = format!("{name} {version}");
    Ok((!both.trim().is_empty()).then(|| both.trim().to_owned()))
}
