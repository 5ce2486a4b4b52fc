//! The `assize/input/v1` document: all that a policy sees of a bundle.

use crate::clock::Timestamp;
use crate::json::{Map, Value, json};

use super::manifest::{Observed, Redaction, Subject};
use super::{Bundle, Item};

/// The format and version in `schema`.
const SCHEMA: &str = "assize/input/v1";

impl Bundle {
    /// Returns the document that policies see as `input`, with every item judged at `as_of`.
    ///
    /// `params` is put in as it is.
    pub fn input(&self, as_of: Timestamp, params: &Value) -> Value {
        let evidence: Map<String, Value> = self
            .items()
            .iter()
            .map(|item| (item.id().to_owned(), item_seen(item, as_of)))
            .collect();
        json!({
            "schema": SCHEMA,
            "as_of": as_of.to_string(),
            "as_of_ns": as_of.unix_nanoseconds(),
            "subject": self.subject().iter().map(subject_seen).collect::<Vec<_>>(),
            "params": params,
            "evidence": evidence,
        })
    }
}

fn item_seen(item: &Item, as_of: Timestamp) -> Value {
    let found = item.judged_at(as_of);
    let mut seen = json!({
        "kind": item.kind().name(),
        "status": found.status.name(),
        "reason": found.reason,
        "age_s": item.age_s_at(as_of),
        "sha256": item.sha256().hex(),
        "collected_at": item.collected_at().map(|instant| instant.to_string()),
        "observed": item.observed().map(observed_seen),
        "valid_until": item.valid_until().map(|instant| instant.to_string()),
        "signed_by": item.signed_by(),
        "facts": item.facts_at(found.status),
    });
    let redactions = &item.entry().redactions;
    // Absent where there is none, so that inputs without them keep their bytes.
    if let Value::Object(object) = &mut seen
        && !redactions.is_empty()
    {
        let redactions = redactions.iter().map(redaction_seen).collect();
        object.insert("redactions".to_owned(), Value::Array(redactions));
    }
    seen
}

fn redaction_seen(redaction: &Redaction) -> Value {
    json!({
        "pointer": redaction.pointer,
        "reason": redaction.reason,
        "sha256": redaction.sha256.hex(),
    })
}

fn observed_seen(span: Observed) -> Value {
    json!({"from": span.from.to_string(), "to": span.to.to_string()})
}

fn subject_seen(subject: &Subject) -> Value {
    json!({
        "name": subject.name,
        "digest": {"sha256": subject.digest.sha256.hex()},
        "environment": subject.environment,
    })
}
