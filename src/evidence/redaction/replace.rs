//! A redaction of an item that is sealed already.

use super::{Effect, REDACTIONS_MAX, Redacted, RedactionError, Rule, SALT_SIZE, effect, redact};
use crate::digest::Digest;
use crate::evidence::manifest::{Entry, Redaction};
use crate::evidence::{Kind, Status, validate};

/// What an item becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// Its bytes, and what was removed from them this time.
    pub redacted: Redacted,
    /// Its line in the manifest, with every redaction there is.
    pub entry: Entry,
}

/// Removes from the item `entry`, whose bytes are `bytes`, what `rules` name.
///
/// INVARIANT: its status is no better than it was, and no better than what is left and
/// what is missing make it.
///
/// # Errors
/// As [`redact`], and rules that name only what was removed before.
pub fn replace(
    entry: &Entry,
    bytes: &[u8],
    rules: &[Rule],
    salt: &mut dyn FnMut() -> Result<[u8; SALT_SIZE], String>,
) -> Result<Replacement, RedactionError> {
    let redacted = redact(bytes, rules, &entry.redactions, salt)?;
    if redacted.redactions.is_empty() {
        return Err(RedactionError::Nothing);
    }
    let redactions = all(&entry.redactions, &redacted.redactions);
    if redactions.len() > REDACTIONS_MAX {
        return Err(RedactionError::Count);
    }
    let (status, reason) = standing(entry, bytes, &redacted.bytes);
    let entry = Entry {
        size: redacted.bytes.len() as u64,
        sha256: Digest::of(&redacted.bytes),
        status,
        reason,
        redactions,
        ..entry.clone()
    };
    Ok(Replacement { redacted, entry })
}

/// The redactions that there are when `new` come to those `known`. One within a value that
/// was removed now went with it: the disclosure of that value holds its marker.
fn all(known: &[Redaction], new: &[Redaction]) -> Vec<Redaction> {
    let is_within = |one: &Redaction| {
        let mut parents = new.iter();
        parents.any(|parent| is_below(&one.pointer, &parent.pointer))
    };
    let left = known.iter().filter(|one| !is_within(one));
    left.chain(new).cloned().collect()
}

/// Whether `pointer` is that of a value in the one at `parent`.
pub(super) fn is_below(pointer: &str, parent: &str) -> bool {
    let rest = pointer.strip_prefix(parent);
    rest.is_some_and(|rest| rest.starts_with('/'))
}

/// The worst of what the item was, what is left of it and what that lacks.
fn standing(entry: &Entry, before: &[u8], after: &[u8]) -> (Status, Option<String>) {
    let kind: Kind = entry.kind;
    let map = entry.map.as_ref();
    let left = validate(after, Some(kind), map);
    let lacks = match effect(Some(kind), map, before, after) {
        Effect::None => (Status::Ok, None),
        Effect::Partial(reason) => (Status::Partial, Some(reason)),
        Effect::Error(reason) => (Status::Error, Some(reason)),
    };
    let was = (entry.status, entry.reason.clone());
    [lacks, (left.status, left.reason)]
        .into_iter()
        .fold(
            was,
            |worst, other| {
                if other.0 > worst.0 { other } else { worst }
            },
        )
}
