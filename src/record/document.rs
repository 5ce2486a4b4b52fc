//! The decision document: every rule with its fate, bound into the record by digest.

use std::collections::BTreeSet;

use super::RecordError;
use crate::clock::Timestamp;
use crate::decision::{
    Completeness, Decision, Demand, Finding, Reading, Redactions, RuleDecision, Seen, TriggerRef,
    WaiverDecision,
};
use crate::digest::Digest;
use crate::json::{self, Limits, Value, json};

/// `schema` of the document.
pub const SCHEMA: &str = "assize/decision/v1";

/// What the document says besides the decision.
#[derive(Debug, Clone)]
pub struct Header<'a> {
    /// `gate`, …
    pub kind: &'a str,
    /// Which gate.
    pub name: &'a str,
    /// The instant that policies saw.
    pub as_of: Timestamp,
    /// Warnings deny.
    pub fail_on_warn: bool,
    /// `subject` of the input.
    pub subject: &'a Value,
    /// Digest of the bundle's manifest.
    pub bundle: Digest,
    /// Digest of the signature of the bundle's manifest.
    pub signature: Option<Digest>,
    /// Digest of the policy set's manifest.
    pub policies: Digest,
    /// Digest of the merged base data.
    pub data: Digest,
    /// Digest of the waiver file.
    pub waivers: Option<Digest>,
    /// Digest of the keys that were trusted to sign declarations.
    pub trust: Option<Digest>,
    /// Digest of the contract.
    pub contract: Option<Digest>,
    /// Digest of the input.
    pub input: Digest,
    /// The Rego engine and its version.
    pub engine: &'a str,
    /// Digests of the policy files and evidence bytes behind `policies` and `bundle`.
    pub materials: &'a BTreeSet<Digest>,
}

/// Returns the document as a value; its canonical bytes are what the record binds.
///
/// It holds nothing of the run that made it (no wall clock, host or user): the same
/// evidence, policies and instant give the same bytes on any machine.
pub fn document(header: &Header<'_>, decision: &Decision) -> Value {
    let mut document = json!({
        "schema": SCHEMA,
        "kind": header.kind,
        "name": header.name,
        "as_of": header.as_of,
        "fail_on_warn": header.fail_on_warn,
        "verdict": decision.verdict.name(),
        "counts": decision.counts(),
        "subject": header.subject,
        "digests": {
            "bundle": header.bundle,
            "policies": header.policies,
            "data": header.data,
            "waivers": header.waivers,
            "trust": header.trust,
            "input": header.input,
        },
        "engine": header.engine,
        "materials": header.materials,
        "problems": decision.problems,
        "completeness": completeness(decision.completeness),
        "rules": decision.rules.iter().map(rule).collect::<Vec<_>>(),
        "waivers": decision.waivers.iter().map(waiver).collect::<Vec<_>>(),
    });
    // Absent, not null, so that documents of unsigned bundles keep their bytes.
    if let (Some(signature), Some(Value::Object(digests))) =
        (header.signature, document.get_mut("digests"))
    {
        digests.insert("signature".to_owned(), Value::String(signature.hex()));
    }
    // Absent, not null: a run without a contract is not one with an empty contract.
    if let (Some(contract), Value::Object(object)) = (header.contract, &mut document) {
        let demands = decision.demands.iter().map(demand).collect();
        object.insert("contract".to_owned(), Value::Array(demands));
        if let Some(Value::Object(digests)) = object.get_mut("digests") {
            digests.insert("contract".to_owned(), json!(contract));
        }
    }
    document
}

/// Returns the counts as every document has them.
pub fn completeness(counts: Completeness) -> Value {
    json!({
        "required": counts.required,
        "present": counts.present,
        "automated": counts.automated,
        "declared": counts.declared,
        "unstated": counts.unstated,
        "automated_ppm": counts.automated_ppm(),
    })
}

fn demand(demand: &Demand) -> Value {
    json!({"evidence": seen(&demand.evidence), "unmet": demand.unmet})
}

/// Reads a decision document, as far as its version is known.
///
/// # Errors
/// Bytes that are not a decision document of version 1.
pub fn parse(bytes: &[u8]) -> Result<Value, RecordError> {
    let shape = |reason: String| RecordError::Shape { reason };
    let value = json::parse(bytes, Limits::EVIDENCE).map_err(|error| shape(error.to_string()))?;
    match value.get("schema").and_then(Value::as_str) {
        Some(SCHEMA) => Ok(value),
        other => Err(shape(format!(
            "`schema` is `{}`, not `{SCHEMA}`",
            other.unwrap_or_default()
        ))),
    }
}

/// Returns the digests that a decision document names as its materials.
///
/// # Errors
/// Bytes that are not a decision document of version 1.
pub fn materials(bytes: &[u8]) -> Result<BTreeSet<Digest>, RecordError> {
    let mut value = parse(bytes)?;
    let named = value
        .get_mut("materials")
        .map(Value::take)
        .unwrap_or_default();
    json::decode(named).map_err(|error| RecordError::Shape {
        reason: format!("`materials`: {error}"),
    })
}

fn rule(decided: &RuleDecision) -> Value {
    let rule = &decided.rule;
    let mut value = json!({
        "id": rule.id,
        "package": rule.package,
        "title": rule.title,
        "severity": rule.severity,
        "controls": rule.controls,
        "remediation": rule.remediation,
        "effective_on": rule.effective_on,
        "source": {"path": rule.path, "line": rule.line},
        "state": decided.state.name(),
        "evidence": decided.evidence.iter().map(seen).collect::<Vec<_>>(),
        "findings": decided.findings.iter().map(finding).collect::<Vec<_>>(),
    });
    // Absent, not empty, so that documents of rules without them keep their bytes.
    if let Value::Object(object) = &mut value {
        if !decided.readings.is_empty() {
            let readings = decided.readings.iter().map(reading).collect();
            object.insert("readings".to_owned(), Value::Array(readings));
        }
        if let Some(known) = &rule.trigger {
            object.insert("trigger".to_owned(), trigger(known));
        }
    }
    value
}

fn trigger(known: &TriggerRef) -> Value {
    json!({
        "condition": known.condition,
        "class": known.class,
        "matrix": known.matrix,
    })
}

fn reading(reading: &Reading) -> Value {
    json!({
        "id": reading.id,
        "term": reading.term,
        "msg": reading.msg,
        "verdict": reading.verdict.name(),
        "used": reading.used,
        "evidence": reading.evidence,
        "details": parsed(&reading.details),
    })
}

/// `details` came out of the engine as canonical JSON, so it parses.
fn parsed(details: &str) -> Option<Value> {
    json::parse(details.as_bytes(), Limits::EVIDENCE).ok()
}

fn seen(item: &Seen) -> Value {
    let mut value = json!({
        "id": item.id,
        "kind": item.kind,
        "status": item.status,
        "reason": item.reason,
        "age_s": item.age_s,
        "sha256": item.sha256,
    });
    // Absent where there is none, so that documents without them keep their bytes.
    if let Value::Object(object) = &mut value
        && item.redactions.count > 0
    {
        let Redactions { count, pointers } = &item.redactions;
        let redactions = json!({"count": count, "pointers": pointers});
        object.insert("redactions".to_owned(), redactions);
    }
    value
}

fn finding(finding: &Finding) -> Value {
    let said = &finding.statement;
    let details = said.details.as_deref().and_then(parsed);
    json!({
        "state": finding.state.name(),
        "head": said.head,
        "msg": said.msg,
        "term": said.term,
        "severity": said.severity,
        "evidence": said.evidence,
        "details": details,
        "waiver": finding.waiver,
        "excepted_by": said.excepted_by,
    })
}

fn waiver(decided: &WaiverDecision) -> Value {
    let waiver = &decided.waiver;
    json!({
        "id": waiver.id,
        "state": decided.state.name(),
        "rule": waiver.rule,
        "term": waiver.term,
        "scope": {"environment": waiver.scope.environment, "subject": waiver.scope.subject},
        "reason": waiver.reason,
        "requested_by": waiver.requested_by,
        "approved_by": waiver.approved_by,
        "approved_at": waiver.approved_at,
        "expires_at": waiver.expires_at,
    })
}
