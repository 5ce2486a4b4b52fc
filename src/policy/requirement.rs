//! What a rule or a contract requires of evidence, as they spell it.

use super::custom::{CustomProblem, string};
use super::rule::Requirement;
use super::spelling::nearest;
use crate::clock;
use crate::digest::Digest;
use crate::json::Value;

/// Kinds of evidence that a requirement can name.
pub const KINDS: &[&str] = &[
    "json",
    "yaml",
    "json-map",
    "prometheus-matrix",
    "prometheus-vector",
    "prometheus-text",
    "alertmanager-alerts",
    "prometheus-alerts",
    "prometheus-rules",
    "prometheus-rule-file",
    "http-probe",
    "otlp-traces",
    "jaeger-traces",
    "junit-xml",
    "cobertura",
    "lcov",
    "k6-summary",
    "locust-stats",
    "chaos-mesh",
    "litmus",
    "sarif",
    "cyclonedx",
    "spdx",
    "trivy",
    "grype",
    "osv-scanner",
    "command-run",
    "git-commit",
    "change-record",
    "change-tickets",
    "servicenow-changes",
    "jira-issues",
    "deployments",
    "incidents",
    "recoveries",
    "service-inventory",
    "baselines",
    "pagerduty-incidents",
    "cdevents",
    "obligation-register",
    "risk-register",
    "github-pull-request",
    "github-reviews",
    "github-check-runs",
    "github-deployments",
    "gitlab-merge-request",
    "gitlab-approvals",
    "gitlab-pipeline-jobs",
    "gitlab-deployments",
    "openvex",
    "csaf-vex",
    "declaration",
    "in-toto",
    "waivers",
    "blob",
];

/// What a requirement may say.
const REQUIREMENT_KEYS: [&str; 9] = [
    "evidence",
    "kind",
    "map",
    "max_age",
    "min_coverage",
    "verified",
    "signers",
    "optional",
    "facts",
];

/// Reads one requirement outside METADATA, such as an item of a contract.
///
/// # Errors
/// What is wrong with it, naming the field below `prefix`.
pub fn read_requirement(value: &Value, prefix: &str) -> Result<Requirement, String> {
    let mut problems = Vec::new();
    let requirement = requirement(value, prefix, &mut problems)?;
    match requirement.kind.as_deref() {
        Some(kind) if !problems.is_empty() => {
            let near = nearest(kind, KINDS, 3);
            let near = near.map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
            Err(format!("`{prefix}.kind`: there is no kind `{kind}`{near}"))
        }
        _ => Ok(requirement),
    }
}

/// Reads one requirement; a kind that there is not goes to `problems`.
///
/// # Errors
/// As [`read_requirement`].
pub(super) fn requirement(
    value: &Value,
    prefix: &str,
    problems: &mut Vec<CustomProblem>,
) -> Result<Requirement, String> {
    let object = value
        .as_object()
        .ok_or_else(|| format!("`{prefix}` is not a mapping"))?;
    let unknown = |key: &&String| !REQUIREMENT_KEYS.contains(&key.as_str());
    if let Some(key) = object.keys().find(unknown) {
        return Err(format!(
            "`{prefix}` has an unknown key `{key}`: expected {}",
            REQUIREMENT_KEYS.join(", ")
        ));
    }
    let evidence = object
        .get("evidence")
        .ok_or_else(|| format!("`{prefix}.evidence` is missing"))?;
    let kind = object
        .get("kind")
        .map(|value| string(value, &format!("{prefix}.kind")))
        .transpose()?;
    if let Some(kind) = kind.clone().filter(|kind| !KINDS.contains(&kind.as_str())) {
        problems.push(CustomProblem::UnknownKind { kind });
    }
    let max_age = match object.get("max_age") {
        None => None,
        Some(value) => {
            let text = string(value, &format!("{prefix}.max_age"))?;
            let age = clock::parse_duration(&text);
            Some(age.map_err(|error| format!("`{prefix}.max_age`: {error}"))?)
        }
    };
    let min_coverage = match object.get("min_coverage") {
        None => None,
        Some(value) => {
            let share = value.as_f64().filter(|share| (0.0..=1.0).contains(share));
            let refused = || format!("`{prefix}.min_coverage` is not a number from 0 to 1");
            Some(share.ok_or_else(refused)?)
        }
    };
    let map = match object.get("map") {
        None => None,
        Some(value) => Some(map(value, kind.as_deref(), &format!("{prefix}.map"))?),
    };
    let flag = |key: &str| match object.get(key) {
        None => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(format!("`{prefix}.{key}` is not `true` or `false`")),
    };
    Ok(Requirement {
        evidence: string(evidence, &format!("{prefix}.evidence"))?,
        kind,
        max_age,
        min_coverage,
        verified: flag("verified")?,
        signers: match object.get("signers") {
            None => Vec::new(),
            Some(value) => vec![key_ids(value, &format!("{prefix}.signers"))?],
        },
        optional: flag("optional")?,
        maps: map.into_iter().collect(),
        facts: match object.get("facts") {
            None => Vec::new(),
            Some(value) => pointers(value, &format!("{prefix}.facts"))?,
        },
    })
}

/// The kind whose items are read by a mapping.
pub(super) const MAPPED: &str = "json-map";

/// Reads the digest of a mapping. A name would be that of anybody's mapping.
fn map(value: &Value, kind: Option<&str>, name: &str) -> Result<Digest, String> {
    if kind.is_some_and(|kind| kind != MAPPED) {
        return Err(format!("`{name}`: only a `{MAPPED}` is read by a mapping"));
    }
    string(value, name)?
        .parse()
        .map_err(|error| format!("`{name}`: {error}"))
}

/// Reads a list of ids of keys. A name would mean what the trust policy of the day says.
fn key_ids(value: &Value, name: &str) -> Result<Vec<String>, String> {
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let key_id = |value: &Value| {
        let text = value.as_str().filter(|text| {
            let digits = text.strip_prefix("SHA256:");
            digits.is_some_and(|digits| digits.len() == 43 && digits.bytes().all(is_base64))
        });
        text.map(str::to_owned).ok_or_else(|| {
            format!("`{name}`: {value} is no id of a key, as `assize keys list` prints it")
        })
    };
    match value.as_array() {
        Some(values) if !values.is_empty() => {
            let mut ids: Vec<_> = values.iter().map(key_id).collect::<Result<_, _>>()?;
            ids.sort();
            ids.dedup();
            Ok(ids)
        }
        _ => Err(format!("`{name}` is not a list of one id of a key or more")),
    }
}

/// Reads a list of JSON Pointers (RFC 6901).
fn pointers(value: &Value, name: &str) -> Result<Vec<String>, String> {
    let refused = || format!("`{name}` is not a list of JSON Pointers, as `[/failed]`");
    let pointer = |value: &Value| {
        let text = value.as_str().filter(|text| text.starts_with('/'));
        text.map(str::to_owned).ok_or_else(refused)
    };
    value
        .as_array()
        .ok_or_else(refused)?
        .iter()
        .map(pointer)
        .collect()
}
