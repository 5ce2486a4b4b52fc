//! A decision document, read back from a ledger.
//!
//! TRUST: what is read here was recorded by somebody; whoever needs to know by whom
//! asks `verify`. Fields that a later version of the document adds are passed over.

use serde::Deserialize;

use super::{RecordError, document};
use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::json::{self, Value};

/// As much of a decision document as reports need.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Decided {
    /// `gate`, `trigger`, …
    pub kind: String,
    /// Which gate; `triggers`.
    pub name: String,
    /// The instant that policies saw.
    pub as_of: Timestamp,
    /// The answer.
    pub verdict: String,
    /// What is wrong with the evidence as a whole.
    pub problems: Vec<String>,
    /// What a contract demands.
    #[serde(default)]
    pub contract: Vec<Demand>,
    /// Every rule with its fate, sorted by id.
    pub rules: Vec<Rule>,
}

/// An item that a contract demands, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Demand {
    /// The item as it was seen.
    pub evidence: Seen,
    /// Why the demand is not met.
    pub unmet: Vec<String>,
}

/// A rule with its fate.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Rule {
    /// Permanent id.
    pub id: String,
    /// Rego package.
    pub package: String,
    /// One line for people.
    pub title: String,
    /// `critical`, `high`, `medium` or `low`.
    pub severity: String,
    /// Controls it serves.
    pub controls: Vec<String>,
    /// How to mend a failure.
    pub remediation: Option<String>,
    /// Where its package begins.
    pub source: Source,
    /// Permanent name of its state.
    pub state: String,
    /// The evidence it names.
    pub evidence: Vec<Seen>,
    /// What it said.
    pub findings: Vec<Finding>,
    /// How it read what it judged.
    #[serde(default)]
    pub readings: Vec<Reading>,
    /// METADATA of a trigger.
    #[serde(default)]
    pub trigger: Option<Trigger>,
}

/// A place in the policy set.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Source {
    /// File, relative to its root.
    pub path: String,
    /// 1-based line.
    pub line: u64,
}

/// An evidence item as a rule saw it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Seen {
    /// Item id.
    pub id: String,
    /// Kind, absent when the item is missing and the rule names none.
    pub kind: Option<String>,
    /// Status at `as_of`.
    pub status: String,
    /// Why the status is not `ok`.
    pub reason: Option<String>,
    /// Seconds from collection to `as_of`.
    pub age_s: Option<i64>,
    /// Digest of the raw bytes.
    pub sha256: Option<Digest>,
    /// What was taken out of it before it was sealed.
    #[serde(default)]
    pub redactions: Option<Redactions>,
}

/// Values that were taken out of an item.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Redactions {
    /// How many.
    pub count: usize,
    /// Where the first of them were.
    pub pointers: Vec<String>,
}

/// One thing that a rule said.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Finding {
    /// Permanent name of what it comes to.
    pub state: String,
    /// The head that said so.
    pub head: String,
    /// What it says.
    pub msg: String,
    /// What it is about.
    pub term: Option<String>,
    /// Ids of the items it rests on.
    pub evidence: Vec<String>,
    /// Whatever else the rule gave.
    pub details: Option<Value>,
}

/// How a rule read what it judged.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Reading {
    /// Name of the reading.
    pub id: String,
    /// What is judged.
    pub term: Option<String>,
    /// The reading and its numbers.
    pub msg: String,
    /// `true`, `false` or `unknown`.
    pub verdict: String,
    /// Whether the rule goes by it.
    pub used: bool,
    /// Ids of the items it rests on.
    pub evidence: Vec<String>,
    /// The numbers.
    pub details: Option<Value>,
}

/// METADATA of a trigger.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Trigger {
    /// The condition as it was written down.
    pub condition: Option<String>,
    /// How it is known.
    pub class: Option<String>,
    /// Its row of the decision matrix.
    pub matrix: Option<String>,
}

impl Decided {
    /// Reads the bytes of a decision document.
    ///
    /// # Errors
    /// Bytes that are not a decision document of version 1.
    pub fn parse(bytes: &[u8]) -> Result<Self, RecordError> {
        Self::of(document::parse(bytes)?)
    }

    /// Reads a decision document.
    ///
    /// # Errors
    /// A value that is not a decision document of version 1.
    pub fn of(document: Value) -> Result<Self, RecordError> {
        json::decode(document).map_err(|error| RecordError::Shape {
            reason: error.to_string(),
        })
    }

    /// Returns why demands of the contract are not met.
    pub fn unmet_demands(&self) -> impl Iterator<Item = &String> {
        self.contract.iter().flat_map(|demand| &demand.unmet)
    }

    /// Returns the rule with `id`.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_of_the_first_version_reads_for_ever() {
        let decided =
            Decided::parse(include_bytes!("../../tests/golden/v1/decision.json")).unwrap();
        assert_eq!(
            (decided.kind.as_str(), decided.verdict.as_str()),
            ("gate", "allow")
        );
        let rule = decided.rule("deploy.no-open-findings").unwrap();
        assert_eq!((rule.state.as_str(), rule.readings.len()), ("waived", 0));
        assert_eq!(rule.trigger, None);
        assert_eq!(decided.rule("deploy.other"), None);
    }

    #[test]
    fn other_documents_are_refused() {
        for bytes in [
            &b"{}"[..],
            br#"{"schema":"assize/decision/v2"}"#,
            br#"{"schema":"assize/decision/v1"}"#,
            b"not json",
        ] {
            assert!(Decided::parse(bytes).is_err());
        }
    }
}
