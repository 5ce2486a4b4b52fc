//! The record: an in-toto Statement v1 with our own predicate.
//!
//! Source of the outer form: in-toto attestation spec, `spec/v1/statement.md`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{PAYLOAD_MAX, RecordError};
use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::json::{self, Limits, Value};

/// `_type` of an in-toto Statement v1.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// `predicateType` of our records.
pub const DECISION_TYPE: &str = "https://assize.dev/decision/v1";

/// Where a record stands in its ledger. Part of what is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// The ledger's identity line.
    pub origin: String,
    /// 0-based number of the entry.
    pub index: u64,
    /// SHA-256 of the line before; [`Digest::ZERO`] for entry 0.
    pub prev: Digest,
}

/// What was judged: a name and its digests by algorithm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceDescriptor {
    /// A name, unique within the statement.
    pub name: String,
    /// Lower-case hex by algorithm; `sha256` among them.
    pub digest: BTreeMap<String, String>,
}

/// Something that bent the verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Relaxation {
    /// A denied outcome exits 0.
    Advisory {},
    /// Policies saw another instant than the time of the run.
    AsOf {
        /// The instant they saw.
        value: Timestamp,
        /// Who set it: `--as-of`, `ASSIZE_AS_OF` or `assize.toml`.
        source: String,
    },
    /// Only some namespaces were evaluated.
    Namespaces {
        /// The patterns given.
        patterns: Vec<String>,
    },
    /// Something that the evidence says was overridden by a flag.
    Override {
        /// The flag.
        flag: String,
        /// What it set.
        value: String,
    },
    /// Something was taken out of an item before it was judged.
    Redaction {
        /// The item's id.
        evidence: String,
        /// How many values.
        count: u64,
    },
    /// A conftest `exception` rule covered findings.
    Exception {
        /// The rule whose findings were covered.
        rule: String,
        /// What covered them.
        by: String,
    },
    /// A waiver covered findings.
    Waiver {
        /// The waiver's id.
        id: String,
        /// The rule.
        rule: String,
        /// The term; absent when the whole rule is waived.
        #[serde(skip_serializing_if = "Option::is_none")]
        term: Option<String>,
    },
    /// Failures that do not block yet.
    NotEffective {
        /// The rule.
        rule: String,
    },
}

/// Who ran it. A claim of the environment, proved by nobody.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// A user or service account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The CI system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ci: Option<String>,
    /// The CI run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The commit under test.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

/// Digests of everything that the decision followed from. Each names a blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Digests {
    /// The bundle's manifest.
    pub bundle: Digest,
    /// The signature of the bundle's manifest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<Digest>,
    /// The policy set's manifest.
    pub policies: Digest,
    /// The merged base data.
    pub data: Digest,
    /// The waiver file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waivers: Option<Digest>,
    /// The keys that were trusted to sign declarations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust: Option<Digest>,
    /// The contract that demanded evidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<Digest>,
    /// The document that policies saw as `input`.
    pub input: Digest,
    /// The decision document.
    pub decision: Digest,
}

/// What evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// `assize`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The Rego engine and its version.
    pub engine: String,
}

/// Our predicate, version 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Predicate {
    /// Where the record stands in its ledger.
    pub ledger: Position,
    /// `gate`, …
    pub kind: String,
    /// Which gate.
    pub name: String,
    /// `allow`, `inconclusive` or `deny`.
    pub verdict: String,
    /// Rules per state.
    pub counts: BTreeMap<String, u64>,
    /// The instant that policies saw.
    pub as_of: Timestamp,
    /// When the record was appended, by the writer's clock.
    pub recorded_at: Timestamp,
    /// What bent the verdict.
    pub relaxations: Vec<Relaxation>,
    /// How many more there are in the decision document.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub relaxations_omitted: u64,
    /// Warnings deny.
    #[serde(default, skip_serializing_if = "is_false")]
    pub fail_on_warn: bool,
    /// Who ran it.
    pub actor: Actor,
    /// What it followed from.
    pub digests: Digests,
    /// What evaluated.
    pub tool: Tool,
}

/// An in-toto Statement v1 around a [`Predicate`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// [`STATEMENT_TYPE`].
    #[serde(rename = "_type")]
    pub kind: String,
    /// What was judged; the bundle's manifest is always among them.
    pub subject: Vec<ResourceDescriptor>,
    /// [`DECISION_TYPE`].
    #[serde(rename = "predicateType")]
    pub predicate_type: String,
    /// The decision.
    pub predicate: Predicate,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

/// A record before its ledger has given it a place.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What was judged, besides the bundle.
    pub subject: Vec<ResourceDescriptor>,
    /// `gate`, …
    pub kind: String,
    /// Which gate.
    pub name: String,
    /// `allow`, `inconclusive` or `deny`.
    pub verdict: String,
    /// Rules per state.
    pub counts: BTreeMap<String, u64>,
    /// The instant that policies saw.
    pub as_of: Timestamp,
    /// What bent the verdict, most telling first.
    pub relaxations: Vec<Relaxation>,
    /// Warnings deny.
    pub fail_on_warn: bool,
    /// Who ran it.
    pub actor: Actor,
    /// What it followed from.
    pub digests: Digests,
    /// What evaluated.
    pub tool: Tool,
}

impl Draft {
    /// Returns the payload for `position`: canonical JSON of the statement.
    ///
    /// Relaxations that do not fit are counted; all of them are in the decision document.
    ///
    /// # Errors
    /// A payload beyond [`PAYLOAD_MAX`] even without relaxations.
    pub fn payload(
        &self,
        position: &Position,
        recorded_at: Timestamp,
    ) -> Result<Vec<u8>, RecordError> {
        let mut statement = self.statement(position, recorded_at);
        loop {
            let bytes =
                json::canonical(&statement).map_err(|source| RecordError::Write { source })?;
            if bytes.len() <= PAYLOAD_MAX {
                return Ok(bytes);
            }
            if statement.predicate.relaxations.pop().is_none() {
                return Err(RecordError::Size { size: bytes.len() });
            }
            statement.predicate.relaxations_omitted += 1;
        }
    }

    fn statement(&self, position: &Position, recorded_at: Timestamp) -> Statement {
        let mut subject = self.subject.clone();
        subject.push(ResourceDescriptor {
            name: "bundle.json".to_owned(),
            digest: BTreeMap::from([("sha256".to_owned(), self.digests.bundle.hex())]),
        });
        Statement {
            kind: STATEMENT_TYPE.to_owned(),
            subject,
            predicate_type: DECISION_TYPE.to_owned(),
            predicate: Predicate {
                ledger: position.clone(),
                kind: self.kind.clone(),
                name: self.name.clone(),
                verdict: self.verdict.clone(),
                counts: self.counts.clone(),
                as_of: self.as_of,
                recorded_at,
                relaxations: self.relaxations.clone(),
                relaxations_omitted: 0,
                fail_on_warn: self.fail_on_warn,
                actor: self.actor.clone(),
                digests: self.digests.clone(),
                tool: self.tool.clone(),
            },
        }
    }
}

impl Statement {
    /// Reads a payload.
    ///
    /// # Errors
    /// Any other type or version, and unknown or missing fields.
    pub fn parse(payload: &[u8]) -> Result<Self, RecordError> {
        let shape = |reason: String| RecordError::Shape { reason };
        let statement: Self =
            json::parse_as(payload, Limits::AUTHORED).map_err(|error| shape(error.to_string()))?;
        if statement.kind != STATEMENT_TYPE {
            return Err(shape(format!(
                "`_type` is `{}`, not `{STATEMENT_TYPE}`",
                statement.kind
            )));
        }
        if statement.predicate_type != DECISION_TYPE {
            return Err(shape(format!(
                "`predicateType` is `{}`, not `{DECISION_TYPE}`",
                statement.predicate_type
            )));
        }
        Ok(statement)
    }
}

/// Returns the position that the record in `payload` (an in-toto statement) claims.
///
/// Reads any predicate that has a `ledger`, so that a ledger can hold records of
/// kinds that this version does not know.
///
/// # Errors
/// Payloads that are not a statement with `predicate.ledger`.
pub fn position(payload: &[u8]) -> Result<Position, RecordError> {
    let shape = |reason: String| RecordError::Shape { reason };
    let value = json::parse(payload, Limits::AUTHORED).map_err(|e| shape(e.to_string()))?;
    let ledger = value
        .pointer("/predicate/ledger")
        .ok_or_else(|| shape("`predicate.ledger` is missing".into()))?;
    json::decode(ledger.clone()).map_err(|e| shape(format!("`predicate.ledger`: {e}")))
}

/// Returns what the record in `payload` names by digest, as far as it can be read.
pub fn digests(payload: &[u8]) -> Vec<(String, Digest)> {
    let value = json::parse(payload, Limits::AUTHORED).unwrap_or_default();
    let fields = value
        .pointer("/predicate/digests")
        .and_then(Value::as_object);
    let fields = fields.into_iter().flatten();
    fields
        .filter_map(|(name, digest)| Some((name.clone(), digest.as_str()?.parse().ok()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    pub(super) fn draft() -> Draft {
        let digest = Digest::of(b"x");
        Draft {
            subject: vec![ResourceDescriptor {
                name: "registry".into(),
                digest: BTreeMap::from([("sha256".into(), digest.hex())]),
            }],
            kind: "gate".into(),
            name: "deploy".into(),
            verdict: "allow".into(),
            counts: BTreeMap::from([("pass".into(), 9), ("waived".into(), 1)]),
            as_of: at("2026-11-23T13:00:00Z"),
            relaxations: vec![
                Relaxation::AsOf {
                    value: at("2026-11-23T13:00:00Z"),
                    source: "assize.toml".into(),
                },
                Relaxation::Waiver {
                    id: "W-1".into(),
                    rule: "deploy.x".into(),
                    term: None,
                },
                Relaxation::Advisory {},
            ],
            fail_on_warn: false,
            actor: Actor {
                user: Some("ada".into()),
                ..Actor::default()
            },
            digests: Digests {
                bundle: digest,
                signature: None,
                policies: digest,
                data: digest,
                waivers: None,
                trust: None,
                contract: None,
                input: digest,
                decision: digest,
            },
            tool: Tool {
                name: "assize".into(),
                version: "0.1.0".into(),
                engine: "regorus 0.14.1".into(),
            },
        }
    }

    fn position_zero() -> Position {
        Position {
            origin: "assize.local/test".into(),
            index: 0,
            prev: Digest::ZERO,
        }
    }

    #[test]
    fn reads_back_what_it_writes() {
        let payload = draft()
            .payload(&position_zero(), at("2026-11-24T08:00:00Z"))
            .unwrap();
        let statement = Statement::parse(&payload).unwrap();
        assert_eq!(json::canonical(&statement).unwrap(), payload);
        assert_eq!(position(&payload).unwrap(), position_zero());
        assert_eq!(statement.subject[1].name, "bundle.json");
        assert_eq!(statement.predicate.relaxations.len(), 3);
    }

    #[test]
    fn a_signed_bundle_is_bound_with_its_signature() {
        let mut signed = draft();
        signed.digests.signature = Some(Digest::of(b"envelope"));
        let payload = signed.payload(&position_zero(), at("2026-11-24")).unwrap();
        let digests = Statement::parse(&payload).unwrap().predicate.digests;
        assert_eq!(digests, signed.digests);
        let unsigned = draft().payload(&position_zero(), at("2026-11-24")).unwrap();
        assert!(!String::from_utf8(unsigned).unwrap().contains("signature"));
    }

    #[test]
    fn many_relaxations_are_counted_not_dropped() {
        let mut many = draft();
        many.relaxations = (0..200)
            .map(|n| Relaxation::Waiver {
                id: format!("W-{n}"),
                rule: "deploy.x".into(),
                term: None,
            })
            .collect();
        let payload = many.payload(&position_zero(), at("2026-11-24")).unwrap();
        assert!(payload.len() <= PAYLOAD_MAX);
        let predicate = Statement::parse(&payload).unwrap().predicate;
        assert!(!predicate.relaxations.is_empty());
        assert_eq!(
            predicate.relaxations.len() as u64 + predicate.relaxations_omitted,
            200
        );
    }

    #[test]
    fn what_cannot_fit_is_refused() {
        let mut large = draft();
        large.actor.run = Some("x".repeat(PAYLOAD_MAX));
        let error = large.payload(&position_zero(), at("2026-11-24"));
        assert!(matches!(error, Err(RecordError::Size { .. })));
    }

    #[test]
    fn refuses_other_types_versions_and_fields() {
        let payload = draft().payload(&position_zero(), at("2026-11-24")).unwrap();
        let text = String::from_utf8(payload).unwrap();
        for (from, to, what) in [
            ("decision/v1", "decision/v2", "predicateType"),
            ("Statement/v1", "Statement/v0.1", "_type"),
            ("\"verdict\"", "\"verdikt\"", "verdikt"),
            ("\"actor\":{", "\"actor\":{\"root\":true,", "root"),
            ("\"kind\":\"advisory\"", "\"kind\":\"magic\"", "magic"),
            ("\"index\":0", "\"index\":-1", "-1"),
        ] {
            assert!(text.contains(from), "{from}");
            let error = Statement::parse(text.replace(from, to).as_bytes())
                .unwrap_err()
                .to_string();
            assert!(error.contains(what), "{error}");
        }
    }

    #[test]
    fn the_golden_record_reads_for_ever() {
        let payload = draft()
            .payload(&position_zero(), at("2026-11-24T08:00:00Z"))
            .unwrap();
        let golden = include_bytes!("../../tests/golden/v1/record.json");
        assert_eq!(
            String::from_utf8_lossy(&payload),
            String::from_utf8_lossy(golden).trim_end(),
            "records of version 1 have these bytes; a change needs a new version"
        );
    }
}
