//! Waivers: permissions to fail a rule, for a reason, by two people, until an instant.
//!
//! This module reads them; what they do to a verdict is `decision`'s.
//!
//! INVARIANTS
//! - A waiver that was read has an expiry later than its approval, and was approved by
//!   someone other than who requested it.
//! - Ids are unique, and the list is sorted by id: its order in the file means nothing.
//!
//! The format is `assize/waivers/v1`; `docs/evidence/waivers.md` describes it.

use std::collections::BTreeSet;

use serde::Deserialize;
use thiserror::Error;

use crate::clock::Timestamp;
use crate::json::{self, JsonError, Limits, Value};

/// The format and version in `schema`.
pub const SCHEMA: &str = "assize/waivers/v1";

/// Most waivers in one file.
pub const WAIVERS_MAX: usize = 1_000;

/// A permission to fail.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// Its permanent name.
    pub id: String,
    /// The id of the rule that may fail.
    pub rule: String,
    /// What the rule may fail over; absent for the whole rule.
    #[serde(default)]
    pub term: Option<String>,
    /// Where it holds; everywhere, when empty.
    #[serde(default)]
    pub scope: Scope,
    /// Why.
    pub reason: String,
    /// Who asked for it.
    pub requested_by: String,
    /// Who granted it: never who asked.
    pub approved_by: String,
    /// When it was granted; it holds from then on.
    pub approved_at: Timestamp,
    /// The instant from which it no longer holds.
    pub expires_at: Timestamp,
}

/// Where a waiver holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Only in this environment.
    #[serde(default)]
    pub environment: Option<String>,
    /// Only for the subject of this name.
    #[serde(default)]
    pub subject: Option<String>,
}

/// A file that is no list of waivers.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WaiverError {
    /// Not YAML, or beyond its limits.
    #[error(transparent)]
    Document(#[from] JsonError),
    /// Not of the format `assize/waivers/v1`.
    #[error("waivers: {reason}")]
    Format {
        /// What is wrong.
        reason: String,
    },
    /// A field that is missing, unknown or of the wrong type.
    #[error("waiver `{id}`: {reason}")]
    Field {
        /// The waiver's id, or `#n` counted from 1 where it has none.
        id: String,
        /// What is wrong.
        reason: String,
    },
    /// Two waivers share an id.
    #[error("waiver `{id}`: the id occurs twice")]
    Duplicate {
        /// The id.
        id: String,
    },
    /// Requested and approved by one person.
    #[error("waiver `{id}`: `approved_by` must not be `requested_by`, but both are `{who}`")]
    SelfApproved {
        /// The waiver's id.
        id: String,
        /// Who.
        who: String,
    },
    /// Expires before it was approved.
    #[error(
        "waiver `{id}`: `expires_at` {expires_at} must be later than `approved_at` {approved_at}"
    )]
    Expiry {
        /// The waiver's id.
        id: String,
        /// Start.
        approved_at: Timestamp,
        /// End.
        expires_at: Timestamp,
    },
}

/// Reads a list of waivers from YAML or JSON, sorted by id.
///
/// # Errors
/// Anything that is not exactly the format, naming the waiver and the field.
pub fn parse_yaml(bytes: &[u8]) -> Result<Vec<Waiver>, WaiverError> {
    let format = |reason: String| WaiverError::Format { reason };
    let Value::Object(mut document) = json::yaml::parse(bytes, Limits::AUTHORED)? else {
        return Err(format("expected an object".to_owned()));
    };
    match document.remove("schema") {
        Some(Value::String(schema)) if schema == SCHEMA => {}
        Some(other) => return Err(format(format!("`schema` is {other}, expected `{SCHEMA}`"))),
        None => return Err(format("`schema` is missing".to_owned())),
    }
    let Some(Value::Array(values)) = document.remove("waivers") else {
        return Err(format("`waivers` must be an array".to_owned()));
    };
    if let Some(key) = document.keys().next() {
        return Err(format(format!("unknown field `{key}`")));
    }
    if values.len() > WAIVERS_MAX {
        return Err(format(format!("more than {WAIVERS_MAX} waivers")));
    }
    let mut waivers = Vec::with_capacity(values.len());
    let mut ids = BTreeSet::new();
    for (index, value) in values.into_iter().enumerate() {
        let waiver = waiver(value, index)?;
        if !ids.insert(waiver.id.clone()) {
            return Err(WaiverError::Duplicate { id: waiver.id });
        }
        waivers.push(waiver);
    }
    waivers.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(waivers)
}

fn waiver(value: Value, index: usize) -> Result<Waiver, WaiverError> {
    let named = value.get("id").and_then(Value::as_str);
    let id = named.map_or_else(|| format!("#{}", index + 1), str::to_owned);
    let field = |reason: String| WaiverError::Field {
        id: id.clone(),
        reason,
    };
    let waiver: Waiver = json::decode(value).map_err(|error| field(error.to_string()))?;
    for (name, text) in [
        ("id", Some(&waiver.id)),
        ("rule", Some(&waiver.rule)),
        ("term", waiver.term.as_ref()),
        ("scope.environment", waiver.scope.environment.as_ref()),
        ("scope.subject", waiver.scope.subject.as_ref()),
        ("reason", Some(&waiver.reason)),
        ("requested_by", Some(&waiver.requested_by)),
        ("approved_by", Some(&waiver.approved_by)),
    ] {
        if text.is_some_and(|text| text.trim().is_empty()) {
            return Err(field(format!("`{name}` must not be empty")));
        }
    }
    if same_person(&waiver.requested_by, &waiver.approved_by) {
        return Err(WaiverError::SelfApproved {
            id: waiver.id,
            who: waiver.approved_by,
        });
    }
    if waiver.expires_at <= waiver.approved_at {
        return Err(WaiverError::Expiry {
            id: waiver.id,
            approved_at: waiver.approved_at,
            expires_at: waiver.expires_at,
        });
    }
    Ok(waiver)
}

/// Spelling does not make two people of one: case, blanks, invisible characters,
/// punctuation, and a display name around a mail address count for nothing.
pub(crate) fn same_person(one: &str, other: &str) -> bool {
    person(one) == person(other)
}

fn person(text: &str) -> String {
    let address = text
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'))
        .map_or(text, |(address, _)| address);
    let letters = |text: &str| -> String {
        let known = text.chars().filter(|character| character.is_alphanumeric());
        known.flat_map(char::to_lowercase).collect()
    };
    match letters(address) {
        // Nothing but punctuation is at least itself.
        empty if empty.is_empty() => text.trim().to_lowercase(),
        known => known,
    }
}

#[cfg(test)]
mod tests;
