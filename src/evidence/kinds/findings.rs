//! What `trivy`, `grype` and `osv-scanner` have in common: vulnerabilities of packages.
//!
//! INVARIANT: counts are counted here, over the vulnerabilities that are shown.

use std::collections::BTreeSet;

use crate::digest::Digest;
use crate::json::{Value, json};

use super::KindError;
use super::node::{Node, TEXT_MAX, number, shortened};
use super::severity::{Counts, Severity};

/// Most vulnerabilities of one report.
const VULNERABILITIES_MAX: usize = 200_000;

/// Whether a version without the vulnerability exists.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fix {
    #[default]
    Unknown,
    Available,
    Absent,
    Refused,
}

/// One vulnerability of one package.
#[derive(Debug, Default)]
pub(super) struct Finding {
    pub(super) id: String,
    pub(super) aliases: BTreeSet<String>,
    pub(super) severity: Severity,
    pub(super) score: Option<f64>,
    pub(super) package: String,
    pub(super) version: Option<String>,
    pub(super) purl: Option<String>,
    pub(super) fix: Fix,
    pub(super) fixed_versions: Vec<String>,
    /// File, layer or directory.
    pub(super) target: Option<String>,
}

/// The vulnerabilities of a report.
#[derive(Debug, Default)]
pub(super) struct Findings {
    shown: Vec<Value>,
    counts: Counts,
    fixable: Counts,
}

/// What was looked at.
#[derive(Debug, Default)]
pub(super) struct Target {
    pub(super) name: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) sha256: BTreeSet<String>,
}

impl Fix {
    const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Available => "fixed",
            Self::Absent => "not-fixed",
            Self::Refused => "wont-fix",
        }
    }
}

impl Findings {
    pub(super) fn add(&mut self, finding: &Finding, at: &Node<'_>) -> Result<(), KindError> {
        if self.shown.len() >= VULNERABILITIES_MAX {
            return Err(at.refuse(format!("more than {VULNERABILITIES_MAX} vulnerabilities")));
        }
        self.counts.add(finding.severity);
        if finding.fix == Fix::Available {
            self.fixable.add(finding.severity);
        }
        self.shown.push(json!({
            "id": finding.id,
            "aliases": finding.aliases,
            "severity": finding.severity.name(),
            "score": finding.score.map(number),
            "package": finding.package,
            "version": finding.version,
            "purl": finding.purl,
            "fix_state": finding.fix.name(),
            "fixed_versions": finding.fixed_versions,
            "target": finding.target,
        }));
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    pub(super) fn counts(&self) -> Value {
        self.counts.facts()
    }

    pub(super) fn fixable(&self) -> Value {
        self.fixable.facts()
    }

    pub(super) fn facts(self) -> Vec<Value> {
        self.shown
    }
}

impl Target {
    /// Notes a digest written `sha256:…` or `name@sha256:…`; others are not compared.
    pub(super) fn add_digest(&mut self, node: &Node<'_>) -> Result<(), KindError> {
        let text = node.text()?;
        let digest = text.rsplit_once('@').map_or(text, |(_, digest)| digest);
        if let Some(hex) = digest.strip_prefix("sha256:") {
            let digest: Digest = hex
                .parse()
                .map_err(|error| node.refuse(format!("{error}")))?;
            self.sha256.insert(digest.hex());
        }
        Ok(())
    }

    pub(super) fn facts(&self) -> Value {
        json!({"name": self.name, "type": self.kind, "sha256": self.sha256})
    }
}

/// The severity that a scanner writes in `node`.
pub(super) fn severity(node: &Node<'_>) -> Result<Severity, KindError> {
    let word = node.text()?;
    Severity::named(word)
        .ok_or_else(|| node.refuse(format!("`{}` is no severity", shortened(word, 40))))
}

/// A CVSS score; a score of 0 is one that nobody has given.
pub(super) fn score(node: &Node<'_>) -> Result<Option<f64>, KindError> {
    match node.value().as_f64() {
        Some(0.0) => Ok(None),
        Some(score) if (0.0..=10.0).contains(&score) => Ok(Some(score)),
        _ => Err(node.refuse("expected a score from 0 to 10")),
    }
}

/// The higher of two scores.
pub(super) fn higher(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.max(other)),
        (one, other) => one.or(other),
    }
}

/// The text in the field `name`; none where it is empty.
pub(super) fn text(node: &Node<'_>, name: &str) -> Result<Option<String>, KindError> {
    let Some(node) = node.optional(name)? else {
        return Ok(None);
    };
    let text = node.text()?;
    Ok((!text.trim().is_empty()).then(|| shortened(text, TEXT_MAX)))
}

/// The texts in the array `name`, empty ones left out.
pub(super) fn texts(node: &Node<'_>, name: &str) -> Result<Vec<String>, KindError> {
    let mut texts = Vec::new();
    for node in node.each(name)? {
        let text = node.text()?;
        if !text.trim().is_empty() {
            texts.push(shortened(text, TEXT_MAX));
        }
    }
    Ok(texts)
}
