//! Redaction: values are taken out of a JSON item, and each leaves a salted digest behind,
//! so that a removed value stays committed to and can be shown to an auditor later.
//!
//! A removed value is replaced by a *marker*, `{"assize/redacted/v1": "<digest>"}`. The digest
//! is that of a *disclosure*, which holds salt, place and value as in selective disclosure
//! for JWT (RFC 9901, <https://www.rfc-editor.org/rfc/rfc9901>, section 4.2); `docs/spec/bundle.md`, section 7.
//!
//! INVARIANTS
//! - Bytes that are not removed stay as they were received.
//! - What cannot be read as JSON is not redacted and is an error: nothing is kept of it.
//! - Each value has a salt of its own, of 128 random bits, so that a value that can be
//!   guessed cannot be told from its digest.
//! - What policies see of an item either does not change by its redactions, or its status
//!   says so.

use std::collections::BTreeSet;

use thiserror::Error;

use crate::digest::Digest;
use crate::evidence::Mapping;
use crate::json::{self, JsonError, Value};

use super::detect::{LIMITS, without_mark};
use super::kinds::{self, Reading, Signatures};
use super::manifest::Redaction;
use super::{Kind, Status};

mod disclosure;
mod document;
mod replace;
mod walk;

pub use disclosure::{Disclosure, SALT_SIZE};
pub(super) use document::is_disclosures;
pub use document::{DISCLOSURES, Disclosed, refuted};
pub use replace::{Replacement, replace};
pub use walk::Rule;

/// The one key of a marker.
pub const MARKER: &str = "assize/redacted/v1";
/// Most values removed from one item.
pub const REDACTIONS_MAX: usize = 10_000;

/// An item that cannot be redacted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RedactionError {
    /// A rule that is no JSON Pointer.
    #[error("`{pointer}` is no JSON Pointer: {reason}")]
    Pointer {
        /// The rule.
        pointer: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// Content that is neither JSON nor JSON lines.
    #[error("cannot be redacted, since it is not JSON: {0}")]
    NotJson(JsonError),
    /// A rule that finds nothing to remove.
    #[error("the redaction `{pointer}` finds nothing to remove")]
    Unmatched {
        /// The rule.
        pointer: String,
    },
    /// Rules that name only what was removed before.
    #[error("what is named was removed before")]
    Nothing,
    /// A marker that is there already and that nobody vouches for.
    #[error("`{pointer}` is a marker of a redaction already")]
    Marked {
        /// Where.
        pointer: String,
    },
    /// More than [`REDACTIONS_MAX`] values.
    #[error("more than {REDACTIONS_MAX} values are to be removed")]
    Count,
    /// The operating system gave no randomness.
    #[error("no randomness for a salt: {0}")]
    Salt(String),
    /// A disclosure that is not one.
    #[error("is no disclosure: {0}")]
    Disclosure(String),
}

/// An item without what was removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What was removed, in the order of the file.
    pub redactions: Vec<Redaction>,
    /// The same with salt and value, to be kept in private.
    pub disclosures: Vec<Disclosure>,
}

/// What a redaction does to what policies see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: the kind does not read what was removed.
    None,
    /// Facts are not what they were, for this reason.
    Partial(String),
    /// There are no facts without what was removed, for this reason.
    Error(String),
}

/// Removes from `bytes` what `rules` name. Markers that `known` lists may be there already.
///
/// # Errors
/// Bytes that are not JSON, markers that are not known, and rules that are not optional
/// and find nothing.
pub fn redact(
    bytes: &[u8],
    rules: &[Rule],
    known: &[Redaction],
    salt: &mut dyn FnMut() -> Result<[u8; SALT_SIZE], String>,
) -> Result<Redacted, RedactionError> {
    let text = text(bytes)?;
    let mark_size = bytes.len() - text.len();
    let documents = documents(text).map_err(RedactionError::NotJson)?;
    let found = walk::find(&documents, rules)?;
    let was: BTreeSet<_> = known.iter().map(|one| (&one.pointer, one.sha256)).collect();
    for (pointer, sha256) in &found.markers {
        if !was.contains(&(pointer, *sha256)) {
            return Err(RedactionError::Marked {
                pointer: pointer.clone(),
            });
        }
    }
    let mut redacted = Redacted {
        bytes: bytes.get(..mark_size).unwrap_or_default().to_vec(),
        redactions: Vec::new(),
        disclosures: Vec::new(),
    };
    let mut kept_from = 0;
    for span in found.spans {
        let removed = text.get(span.start..span.end).unwrap_or_default();
        let value = json::parse(removed.as_bytes(), LIMITS).map_err(RedactionError::NotJson)?;
        let disclosure =
            Disclosure::new(salt().map_err(RedactionError::Salt)?, span.pointer, value);
        let sha256 = disclosure.sha256();
        let kept = text.get(kept_from..span.start).unwrap_or_default();
        redacted.bytes.extend_from_slice(kept.as_bytes());
        redacted.bytes.extend_from_slice(marker(sha256).as_bytes());
        kept_from = span.end;
        redacted.redactions.push(Redaction {
            pointer: disclosure.pointer.clone(),
            reason: span.reason,
            sha256,
        });
        redacted.disclosures.push(disclosure);
    }
    let rest = text.get(kept_from..).unwrap_or_default();
    redacted.bytes.extend_from_slice(rest.as_bytes());
    Ok(redacted)
}

/// What becomes of the facts, read by `map` where there is one, when `before` becomes
/// `after`.
pub fn effect(kind: Option<Kind>, map: Option<&Mapping>, before: &[u8], after: &[u8]) -> Effect {
    let read = |bytes: &[u8], kind| kinds::read_mapped(bytes, kind, map, Signatures::Unseen);
    let was = read(before, kind);
    // What it is must not hang on what was removed.
    let is = read(after, Some(was.kind));
    if is.status == Status::Error && was.status != Status::Error {
        let reason = is.reason.unwrap_or_default();
        return Effect::Error(format!("what was redacted is needed: {reason}"));
    }
    // What makes an item useless must not be taken out of it. The reason may hold it.
    if is.status < was.status && was.status > Status::Partial {
        let status = was.status;
        return Effect::Error(format!("was {status} before something was taken out of it"));
    }
    let seen = |reading: &Reading| {
        (
            reading.facts.clone(),
            reading.status,
            reading.collected_at,
            reading.observed,
            reading.valid_until,
            reading.coverage.map(f64::to_bits),
        )
    };
    if seen(&was) == seen(&is) {
        return Effect::None;
    }
    Effect::Partial("what was redacted is missing from the facts".to_owned())
}

/// Where in `bytes` markers are, whoever vouches for them.
pub fn markers(bytes: &[u8]) -> Vec<String> {
    let found = found(bytes).into_iter();
    found.map(|(pointer, _)| pointer).collect()
}

fn found(bytes: &[u8]) -> Vec<(String, Digest)> {
    // Most have none, and need not be read again.
    if !text(bytes).is_ok_and(walk::names_marker) {
        return Vec::new();
    }
    text(bytes)
        .and_then(|text| documents(text).map_err(RedactionError::NotJson))
        .and_then(|documents| walk::find(&documents, &[]))
        .map(|found| found.markers)
        .unwrap_or_default()
}

/// Why the markers in `bytes` are not the redactions that the manifest lists.
pub(super) fn disagreement(bytes: &[u8], listed: &[Redaction]) -> Option<String> {
    let markers = found(bytes);
    let held: BTreeSet<_> = markers.iter().map(|(at, sha256)| (at, *sha256)).collect();
    let named: BTreeSet<_> = listed
        .iter()
        .map(|one| (&one.pointer, one.sha256))
        .collect();
    if let Some((pointer, _)) = held.difference(&named).next() {
        return Some(format!(
            "`{pointer}` was redacted, but the manifest does not list that"
        ));
    }
    let (pointer, _) = named.difference(&held).next()?;
    Some(format!(
        "the manifest lists a redaction of `{pointer}`, which is not in the file"
    ))
}

/// What stands in the place of a value with this digest.
fn marker(sha256: Digest) -> String {
    format!("{{\"{MARKER}\":\"{sha256}\"}}")
}

/// The digest that `value` marks, if it is a marker.
pub(super) fn marked(value: &Value) -> Option<Digest> {
    let object = value.as_object().filter(|object| object.len() == 1)?;
    object.get(MARKER)?.as_str()?.parse().ok()
}

fn text(bytes: &[u8]) -> Result<&str, RedactionError> {
    std::str::from_utf8(without_mark(bytes)).map_err(|error| {
        RedactionError::NotJson(JsonError::Encoding {
            offset: error.valid_up_to(),
        })
    })
}

/// The JSON documents in `text` with where each begins: one, or one on each line, which
/// then have a number.
fn documents(text: &str) -> Result<Vec<walk::Document<'_>>, JsonError> {
    let Err(whole) = json::parse(text.as_bytes(), LIMITS) else {
        return Ok(vec![walk::Document {
            text,
            start: 0,
            number: None,
        }]);
    };
    if json::lines::first(text.as_bytes(), LIMITS).is_none()
        || json::lines::parse(text.as_bytes(), LIMITS).is_err()
    {
        return Err(whole);
    }
    let mut documents = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if !line.trim().is_empty() {
            documents.push(walk::Document {
                text: line,
                start,
                number: Some(documents.len()),
            });
        }
        start += line.len();
    }
    Ok(documents)
}

#[cfg(test)]
mod tests;
