//! One element of `Results`: what was found in one target.

use crate::evidence::kinds::{
    KindError,
    findings::{self, Finding, Fix},
    node::{Node, TEXT_MAX, shortened},
    sbom,
};
use crate::json::{Value, json};

use super::Report;

/// Most misconfigurations, secrets and suppressed findings of one report.
const OTHERS_MAX: usize = 200_000;

const CLASSES: [&str; 8] = [
    "os-pkgs",
    "lang-pkgs",
    "config",
    "secret",
    "license",
    "license-file",
    "custom",
    "unknown",
];

/// Adds what a result holds.
pub(super) fn add(node: &Node<'_>, report: &mut Report) -> Result<(), KindError> {
    let target = shortened(node.field("Target")?.text()?, TEXT_MAX);
    let class = match node.optional("Class")? {
        Some(class) => class.one_of(&CLASSES)?,
        None => "unknown",
    };
    report.classes.insert(class.to_owned());
    report.packages += node.each("Packages")?.len();
    if let Some(summary) = node.optional("MisconfSummary")? {
        for name in ["Successes", "Failures"] {
            let count = summary
                .optional(name)?
                .map_or(Ok(0), |count| count.count())?;
            report.configurations = report.configurations.saturating_add(count);
        }
    }
    for vulnerability in node.each("Vulnerabilities")? {
        let finding = finding(&vulnerability, &target)?;
        report.findings.add(&finding, &vulnerability)?;
    }
    for misconfiguration in node.each("Misconfigurations")? {
        bounded(&report.misconfigurations, &misconfiguration)?;
        let (facts, failed) = self::misconfiguration(&misconfiguration, &target)?;
        if failed {
            let severity = misconfiguration.field("Severity")?;
            report
                .misconfiguration_counts
                .add(findings::severity(&severity)?);
            report.misconfigurations.push(facts);
        }
    }
    for secret in node.each("Secrets")? {
        bounded(&report.secrets, &secret)?;
        let severity = findings::severity(&secret.field("Severity")?)?;
        report.secret_counts.add(severity);
        let line = secret.optional("StartLine")?;
        report.secrets.push(json!({
            "rule_id": shortened(secret.field("RuleID")?.words()?, TEXT_MAX),
            "severity": severity.name(),
            "title": findings::text(&secret, "Title")?,
            "target": target,
            "line": line.map(|line| line.count()).transpose()?,
        }));
    }
    for modified in node.each("ExperimentalModifiedFindings")? {
        bounded(&report.suppressed, &modified)?;
        report.suppressed.push(suppressed(&modified, &target)?);
    }
    Ok(())
}

fn bounded(list: &[Value], at: &Node<'_>) -> Result<(), KindError> {
    if list.len() < OTHERS_MAX {
        return Ok(());
    }
    Err(at.refuse(format!("more than {OTHERS_MAX} of these")))
}

fn finding(node: &Node<'_>, target: &str) -> Result<Finding, KindError> {
    let mut finding = Finding {
        id: shortened(node.field("VulnerabilityID")?.words()?, TEXT_MAX),
        aliases: findings::texts(node, "VendorIDs")?.into_iter().collect(),
        severity: findings::severity(&node.field("Severity")?)?,
        package: shortened(node.field("PkgName")?.words()?, TEXT_MAX),
        version: findings::text(node, "InstalledVersion")?,
        target: Some(findings::text(node, "PkgPath")?.unwrap_or_else(|| target.to_owned())),
        ..Finding::default()
    };
    if let Some(identifier) = node.optional("PkgIdentifier")?
        && let Some(purl) = identifier.optional("PURL")?
    {
        finding.purl = sbom::purl(&purl)?;
    }
    if let Some(versions) = findings::text(node, "FixedVersion")? {
        let versions = versions.split(',').map(str::trim);
        finding.fixed_versions = versions.map(str::to_owned).collect();
    }
    let status = findings::text(node, "Status")?;
    finding.fix = match status.as_deref() {
        _ if !finding.fixed_versions.is_empty() => Fix::Available,
        Some("fixed") => Fix::Available,
        Some("will_not_fix" | "end_of_life") => Fix::Refused,
        Some("affected" | "fix_deferred" | "under_investigation") => Fix::Absent,
        _ => Fix::Unknown,
    };
    if let Some(vendors) = node.optional("CVSS")? {
        for vendor in vendors.object()?.keys() {
            let scores = vendors.field(vendor)?;
            for name in ["V40Score", "V3Score"] {
                if let Some(score) = scores.optional(name)? {
                    let score = findings::score(&score)?;
                    finding.score = findings::higher(finding.score, score);
                }
            }
        }
    }
    Ok(finding)
}

/// A misconfiguration, and whether it is one: passed checks may stand beside them.
fn misconfiguration(node: &Node<'_>, target: &str) -> Result<(Value, bool), KindError> {
    let status = match node.optional("Status")? {
        Some(status) => status.one_of(&["PASS", "FAIL", "EXCEPTION"])?,
        None => "FAIL",
    };
    let severity = findings::severity(&node.field("Severity")?)?;
    let line = match node.optional("CauseMetadata")? {
        Some(cause) => cause.optional("StartLine")?,
        None => None,
    };
    let facts = json!({
        "id": shortened(node.field("ID")?.words()?, TEXT_MAX),
        "severity": severity.name(),
        "message": findings::text(node, "Message")?,
        "target": target,
        "line": line.map(|line| line.count()).transpose()?,
    });
    Ok((facts, status == "FAIL"))
}

/// A finding that a filter or a VEX document took out.
fn suppressed(node: &Node<'_>, target: &str) -> Result<Value, KindError> {
    let finding = node.field("Finding")?;
    let mut id = None;
    for name in ["VulnerabilityID", "ID", "RuleID", "Name"] {
        if id.is_none() {
            id = findings::text(&finding, name)?;
        }
    }
    Ok(json!({
        "id": id,
        "status": findings::text(node, "Status")?,
        "statement": findings::text(node, "Statement")?,
        "source": findings::text(node, "Source")?,
        "target": target,
    }))
}
