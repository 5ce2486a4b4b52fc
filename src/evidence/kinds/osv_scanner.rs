//! `osv-scanner`: a report of OSV-Scanner 1 or 2 in JSON
//! (<https://google.github.io/osv-scanner/output/#json>).
//!
//! INVARIANT: what belongs to one group is one vulnerability with several names. The
//! report does not say that the scan succeeded, and by itself it lists only packages
//! with findings: without a package nothing was looked at.

use std::collections::BTreeMap;

use crate::evidence::{Kind, Status};
use crate::json::{Value, json};

use super::findings::{self, Finding, Findings, Fix, Target};
use super::node::{Node, TEXT_MAX, shortened};
use super::reader::{Form, Reader};
use super::severity::Severity;
use super::{KindError, Reading};

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::OsvScanner,
    media_type: "application/json",
    form: Form::Json { is, read },
};

/// The vulnerabilities of a package by id.
type Advisories<'a> = BTreeMap<&'a str, Node<'a>>;

fn is(value: &Value) -> bool {
    let Some(Value::Array(results)) = value.get("results") else {
        return false;
    };
    let is_result = |result: &Value| {
        result.get("packages").is_some()
            && result
                .get("source")
                .is_some_and(|source| source.get("path").is_some())
    };
    let is_own = value.get("experimental_config").is_some();
    is_own || (!results.is_empty() && results.iter().all(is_result))
}

/// Reads a report.
fn read(value: &Value) -> Result<Reading, KindError> {
    let root = Node::root(value);
    let mut found = Findings::default();
    let mut sources = Vec::new();
    let mut packages = 0;
    for result in root.field("results")?.nodes()? {
        let source = result.field("source")?;
        let path = shortened(source.field("path")?.text()?, TEXT_MAX);
        let listed = result.each("packages")?;
        packages += listed.len();
        for package in &listed {
            groups(package, &path, &mut found)?;
        }
        sources.push(json!({
            "path": path,
            "type": findings::text(&source, "type")?,
            "packages": listed.len(),
        }));
    }
    let facts = json!({
        "scanner": {"name": "osv-scanner", "version": null},
        "scanned_at": null,
        "target": target(&root)?.facts(),
        "counts": found.counts(),
        "fixable": found.fixable(),
        "vulnerabilities": found.facts(),
        "packages": packages,
        "sources": sources,
    });
    let reading = Reading::of(Kind::OsvScanner, facts);
    Ok(if packages == 0 {
        reading.found(Status::Empty, "names no package")
    } else {
        reading
    })
}

/// An image, where one was scanned.
fn target(root: &Node<'_>) -> Result<Target, KindError> {
    let mut target = Target::default();
    if let Some(image) = root.optional("image_metadata")? {
        target.kind = Some("image".to_owned());
        target.name = findings::text(&image, "os")?;
    }
    Ok(target)
}

/// Adds one finding for each group; a vulnerability of no group is one by itself.
fn groups(package: &Node<'_>, path: &str, found: &mut Findings) -> Result<(), KindError> {
    let of = package.field("package")?;
    let mut advisories = Advisories::new();
    for advisory in package.each("vulnerabilities")? {
        advisories.insert(advisory.field("id")?.words()?, advisory);
    }
    let new = || -> Result<Finding, KindError> {
        Ok(Finding {
            package: shortened(of.field("name")?.words()?, TEXT_MAX),
            version: findings::text(&of, "version")?,
            target: Some(path.to_owned()),
            ..Finding::default()
        })
    };
    for group in package.each("groups")? {
        let ids = findings::texts(&group, "ids")?;
        let Some(first) = ids.first() else {
            return Err(group.refuse("names no vulnerability"));
        };
        let mut finding = Finding {
            id: first.clone(),
            ..new()?
        };
        finding.aliases.extend(ids.iter().skip(1).cloned());
        finding.aliases.extend(findings::texts(&group, "aliases")?);
        for id in &ids {
            let Some(advisory) = advisories.remove(id.as_str()) else {
                let id = shortened(id, 80);
                return Err(group.refuse(format!("`{id}` is not among the vulnerabilities")));
            };
            advise(&advisory, &mut finding)?;
        }
        rate(&group, &mut finding)?;
        finding.aliases.remove(&finding.id);
        found.add(&finding, &group)?;
    }
    for (id, advisory) in advisories {
        let mut finding = Finding {
            id: shortened(id, TEXT_MAX),
            ..new()?
        };
        advise(&advisory, &mut finding)?;
        found.add(&finding, &advisory)?;
    }
    Ok(())
}

/// Takes the worst of what advisories of one vulnerability say.
fn advise(advisory: &Node<'_>, finding: &mut Finding) -> Result<(), KindError> {
    finding
        .aliases
        .extend(findings::texts(advisory, "aliases")?);
    if let Some(specific) = advisory.optional("database_specific")?
        && let Some(word) = specific.object()?.get("severity").and_then(Value::as_str)
    {
        // Each database has words of its own; one that is not known says nothing.
        let severity = Severity::named(word).unwrap_or_default();
        finding.severity = finding.severity.max(severity);
    }
    for affected in advisory.each("affected")? {
        let Some(of) = affected.optional("package")? else {
            continue;
        };
        if of.field("name")?.text()? != finding.package {
            continue;
        }
        for range in affected.each("ranges")? {
            for event in range.each("events")? {
                if let Some(version) = findings::text(&event, "fixed")?
                    && !finding.fixed_versions.contains(&version)
                    && findings::text(&range, "type")?.as_deref() != Some("GIT")
                {
                    finding.fixed_versions.push(version);
                }
            }
        }
    }
    finding.fix = if finding.fixed_versions.is_empty() {
        Fix::Absent
    } else {
        Fix::Available
    };
    Ok(())
}

/// `max_severity` is the highest CVSS score of the group, as text.
fn rate(group: &Node<'_>, finding: &mut Finding) -> Result<(), KindError> {
    let Some(node) = group.optional("max_severity")? else {
        return Ok(());
    };
    let text = node.text()?.trim();
    if text.is_empty() {
        return Ok(());
    }
    let score = text.parse().ok();
    let score = score.filter(|score: &f64| (0.0..=10.0).contains(score));
    let score = score.ok_or_else(|| node.refuse("expected a score from 0 to 10"))?;
    finding.score = Some(score);
    finding.severity = finding.severity.max(Severity::of_score(score));
    Ok(())
}
