//! The record of an act of people: a baseline set, a review held.
//!
//! Beside the record of a decision, with a predicate type of its own: nothing was
//! evaluated. What was done is in a document that the record binds by digest, with every
//! file that the act rests on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Actor, PAYLOAD_MAX, Position, RecordError, ResourceDescriptor, STATEMENT_TYPE};
use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::json::{self, Limits, Value};

/// `predicateType` of records of acts.
pub const ACT_TYPE: &str = "https://assize.dev/act/v1";
/// `kind` of the act by which a key announces its successor, whose id is the `name`.
pub const KEY_ROTATION: &str = "key-rotation";
/// The name among [`ActPredicate::digests`] of the document that says what was done.
pub const DOCUMENT: &str = "document";

/// Who answers for an act, as given by whoever recorded it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct People {
    /// Who asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<String>,
    /// Who approved it.
    pub approved_by: String,
    /// How many attended; their names are in the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attended: Option<u64>,
}

/// What recorded it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActTool {
    /// `assize`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// The predicate, version 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActPredicate {
    /// Where the record stands in its ledger.
    pub ledger: Position,
    /// `baseline`, `review`, `key-rotation`.
    pub kind: String,
    /// Which metric; which review; which new key.
    pub name: String,
    /// `changed`, `held`, `announced`.
    pub outcome: String,
    /// When the record was appended, by the writer's clock.
    pub recorded_at: Timestamp,
    /// Who answers for it.
    pub people: People,
    /// Who ran the command.
    pub actor: Actor,
    /// What it rests on; [`DOCUMENT`] among them. Each names a blob.
    pub digests: BTreeMap<String, Digest>,
    /// What recorded it.
    pub tool: ActTool,
}

/// An in-toto Statement v1 around an [`ActPredicate`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// [`STATEMENT_TYPE`].
    #[serde(rename = "_type")]
    pub kind: String,
    /// The document.
    pub subject: Vec<ResourceDescriptor>,
    /// [`ACT_TYPE`].
    #[serde(rename = "predicateType")]
    pub predicate_type: String,
    /// What was done.
    pub predicate: ActPredicate,
}

/// An act before its ledger has given it a place.
#[derive(Debug, Clone)]
pub struct ActDraft {
    /// `baseline`, `review`.
    pub kind: String,
    /// Which metric; which review.
    pub name: String,
    /// `changed`, `held`.
    pub outcome: String,
    /// Who answers for it.
    pub people: People,
    /// Who ran the command.
    pub actor: Actor,
    /// The document, in canonical JSON.
    pub document: Vec<u8>,
    /// Files that the act rests on, by name.
    pub materials: BTreeMap<String, Digest>,
}

impl ActDraft {
    /// Returns the payload for `position`: canonical JSON of the statement.
    ///
    /// # Errors
    /// A payload beyond [`PAYLOAD_MAX`].
    pub fn payload(
        &self,
        position: &Position,
        recorded_at: Timestamp,
    ) -> Result<Vec<u8>, RecordError> {
        let document = Digest::of(&self.document);
        let mut digests = self.materials.clone();
        digests.insert(DOCUMENT.to_owned(), document);
        let act = Act {
            kind: STATEMENT_TYPE.to_owned(),
            subject: vec![ResourceDescriptor {
                name: format!("{}.json", self.kind),
                digest: BTreeMap::from([("sha256".to_owned(), document.hex())]),
            }],
            predicate_type: ACT_TYPE.to_owned(),
            predicate: ActPredicate {
                ledger: position.clone(),
                kind: self.kind.clone(),
                name: self.name.clone(),
                outcome: self.outcome.clone(),
                recorded_at,
                people: self.people.clone(),
                actor: self.actor.clone(),
                digests,
                tool: ActTool {
                    name: env!("CARGO_PKG_NAME").to_owned(),
                    version: env!("CARGO_PKG_VERSION").to_owned(),
                },
            },
        };
        let bytes = json::canonical(&act).map_err(|source| RecordError::Write { source })?;
        if bytes.len() > PAYLOAD_MAX {
            return Err(RecordError::Size { size: bytes.len() });
        }
        Ok(bytes)
    }
}

impl Act {
    /// Reads a payload; none where it is a statement of another type.
    ///
    /// # Errors
    /// Bytes that are not a statement, and acts with unknown or missing fields.
    pub fn parse(payload: &[u8]) -> Result<Option<Self>, RecordError> {
        let shape = |error: json::JsonError| RecordError::Shape {
            reason: error.to_string(),
        };
        let value = json::parse(payload, Limits::AUTHORED).map_err(shape)?;
        if value.get("predicateType").and_then(Value::as_str) != Some(ACT_TYPE) {
            return Ok(None);
        }
        let act: Self = json::decode(value).map_err(shape)?;
        if act.kind != STATEMENT_TYPE {
            let reason = format!("`_type` is `{}`, not `{STATEMENT_TYPE}`", act.kind);
            return Err(RecordError::Shape { reason });
        }
        if !act.predicate.digests.contains_key(DOCUMENT) {
            let reason = format!("`digests.{DOCUMENT}` is missing");
            return Err(RecordError::Shape { reason });
        }
        Ok(Some(act))
    }

    /// Returns the digest of the document that says what was done.
    pub fn document(&self) -> Digest {
        let digests = &self.predicate.digests;
        digests.get(DOCUMENT).copied().unwrap_or(Digest::ZERO)
    }
}

/// Returns the id of the key that a payload announces, as it stands there; none where it is
/// the payload of something else.
pub fn announced_key(payload: &Value) -> Option<&str> {
    let is =
        |pointer: &str, text: &str| payload.pointer(pointer).and_then(Value::as_str) == Some(text);
    if !is("/predicateType", ACT_TYPE) || !is("/predicate/kind", KEY_ROTATION) {
        return None;
    }
    payload.pointer("/predicate/name").and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::position;

    fn draft() -> ActDraft {
        ActDraft {
            kind: "baseline".into(),
            name: "coordination_latency".into(),
            outcome: "changed".into(),
            people: People {
                requested_by: Some("ada".into()),
                approved_by: "bob".into(),
                attended: None,
            },
            actor: Actor::default(),
            document: b"{}".to_vec(),
            materials: BTreeMap::from([("before".into(), Digest::of(b"x"))]),
        }
    }

    fn payload(draft: &ActDraft) -> Result<Vec<u8>, RecordError> {
        let position = Position {
            origin: "assize.local/test".into(),
            index: 0,
            prev: Digest::ZERO,
        };
        draft.payload(&position, "2026-11-24T08:00:00Z".parse().unwrap())
    }

    #[test]
    fn reads_back_what_it_writes_and_what_was_written_before() {
        let bytes = payload(&draft()).unwrap();
        let act = Act::parse(&bytes).unwrap().unwrap();
        assert_eq!(json::canonical(&act).unwrap(), bytes);
        assert_eq!(act.document(), Digest::of(b"{}"));
        // Never changed: records of the first version are readable for ever.
        let golden = include_bytes!("../../tests/golden/v1/act.json").trim_ascii();
        let mut first = Act::parse(golden).unwrap().unwrap();
        assert_eq!(json::canonical(&first).unwrap(), golden);
        first.predicate.tool = act.predicate.tool.clone();
        assert_eq!(first, act);
        assert_eq!(position(&bytes).unwrap().index, 0);
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        let text = String::from_utf8(payload(&draft()).unwrap()).unwrap();
        let read = |from: &str, to: &str| {
            let other = text.replacen(from, to, 1);
            assert_ne!(other, text);
            Act::parse(other.as_bytes())
        };
        assert!(read("act/v1", "decision/v1").unwrap().is_none());
        for (from, to, what) in [
            ("\"actor\"", "\"acter\"", "acter"),
            ("Statement/v1", "Statement/v2", "_type"),
            ("\"document\"", "\"documents\"", "digests.document"),
            ("\"approved_by\":\"bob\",", "", "approved_by"),
        ] {
            let error = read(from, to).unwrap_err().to_string();
            assert!(error.contains(what), "{error}");
        }
        let mut long = draft();
        long.name = "x".repeat(PAYLOAD_MAX);
        assert!(matches!(payload(&long), Err(RecordError::Size { .. })));
    }
}
