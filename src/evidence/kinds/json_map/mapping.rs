//! The mapping: which pointer becomes which fact. Our own format, `assize/json-map/v1`;
//! `docs/evidence/json-map.md`.
//!
//! INVARIANT: a mapping is its canonical bytes: they are what is written back, `digest` is
//! theirs, and two that have the same are one.

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::pointer::Pointer;
use crate::digest::Digest;
use crate::evidence::detect::without_mark;
use crate::evidence::kinds::KindError;
use crate::evidence::{EvidenceError, Status};
use crate::json::{self, Limits, Value};
use crate::tree;

mod parse;

pub(super) use parse::MAP;

/// Most bytes in a mapping, as it is in its file and as it is in a manifest.
const SIZE_MAX: usize = 64 << 10;

const LIMITS: Limits = Limits {
    size_max: SIZE_MAX,
    depth_max: 12,
};

/// Which values of a JSON document become which facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    digest: Digest,
    canonical: Arc<[u8]>,
    parts: Arc<Parts>,
}

#[derive(Debug, PartialEq, Eq)]
struct Parts {
    name: String,
    expected: Vec<Expectation>,
    facts: Vec<(String, Fact)>,
    collected_at: Option<Fact>,
}

/// What a document must say for its facts to be whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expectation {
    pub(super) pointer: Pointer,
    pub(super) value: Value,
    /// Whether the value must be there, or another one.
    pub(super) is_equal: bool,
    /// The status where it does not say so.
    pub(super) otherwise: Status,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fact {
    pub(super) pointer: Pointer,
    pub(super) is_required: bool,
    pub(super) shape: Shape,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    Scalar(Scalar),
    /// The length of a list.
    Count {
        may_be_empty: bool,
    },
    List {
        may_be_empty: bool,
        elements: Elements,
    },
    /// The members of an object, as a list.
    Members {
        may_be_empty: bool,
        /// The fact that is the name of the member.
        key: String,
        each: Vec<(String, Fact)>,
    },
}

/// What each element of a list becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Elements {
    Of(Scalar),
    Each(Vec<(String, Fact)>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scalar {
    /// One of these, or any where there are none.
    Text(Vec<String>),
    Integer,
    Number,
    Boolean,
    Instant,
    UnixSeconds,
    UnixMilliseconds,
}

impl Mapping {
    /// Reads the mapping in the file at `path`.
    ///
    /// # Errors
    /// A file that cannot be read or is not a mapping, naming the field.
    pub fn load(path: &Path) -> Result<Self, EvidenceError> {
        let bytes = tree::read(path, SIZE_MAX as u64)?;
        Self::parse(&bytes).map_err(|source| EvidenceError::Map {
            path: path.to_owned(),
            source,
        })
    }

    /// Reads a mapping, in JSON or YAML.
    ///
    /// # Errors
    /// What is not a mapping, naming the field.
    pub fn parse(bytes: &[u8]) -> Result<Self, KindError> {
        let bytes = without_mark(bytes);
        let document = if bytes.trim_ascii_start().starts_with(b"{") {
            json::parse(bytes, LIMITS)?
        } else {
            json::yaml::parse(bytes, LIMITS)?
        };
        Self::of(&document)
    }

    /// Returns its name, by its own word.
    pub fn name(&self) -> &str {
        &self.parts.name
    }

    /// Returns the SHA-256 of its canonical JSON, which tells it from every other.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Whether it says where a document has its date.
    pub fn is_dating(&self) -> bool {
        self.parts.collected_at.is_some()
    }

    pub(super) fn expected(&self) -> &[Expectation] {
        &self.parts.expected
    }

    pub(super) fn facts(&self) -> &[(String, Fact)] {
        &self.parts.facts
    }

    pub(super) fn collected_at(&self) -> Option<&Fact> {
        self.parts.collected_at.as_ref()
    }

    fn of(document: &Value) -> Result<Self, KindError> {
        let bytes = json::canonical(document)?;
        // As they are read back, so that `1.0` is what it will be written as.
        let parts = parse::parts(&json::parse(&bytes, LIMITS)?)?;
        Ok(Self {
            digest: Digest::of(&bytes),
            canonical: bytes.into(),
            parts: Arc::new(parts),
        })
    }
}

impl Serialize for Mapping {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let document = json::parse(&self.canonical, LIMITS);
        document
            .map_err(serde::ser::Error::custom)?
            .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Mapping {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let document = Value::deserialize(deserializer)?;
        Self::of(&document).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
