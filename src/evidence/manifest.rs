//! The wire form of a bundle's manifest: `assize/bundle/v1`, the file `bundle.json`.
//!
//! INVARIANTS
//! - [`Manifest::to_bytes`] is a function of the value: canonical JSON and one newline.
//! - A manifest that was read names every item and every path once, its items are
//!   sorted by id, and no path leads outside the folder or to a hidden file.
//!
//! `docs/spec/bundle.md` is the specification.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::json::{self, Limits};

use super::error::EvidenceError;
use super::redaction::REDACTIONS_MAX;
use super::signature::SIGNATURE_NAME;
use super::unfinished::UNFINISHED_NAME;
use super::{
    BUNDLE_SIZE_MAX, ID_SIZE_MAX, ITEM_SIZE_MAX, ITEMS_MAX, Kind, MANIFEST_NAME, Mapping, Status,
};

/// The format and version in `schema`.
pub const SCHEMA: &str = "assize/bundle/v1";

/// A manifest holds at most [`ITEMS_MAX`] items of about a kilobyte.
const LIMITS: Limits = Limits {
    size_max: 32 << 20,
    depth_max: 16,
};

/// A bundle's table of contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// What the evidence is about.
    pub subject: Vec<Subject>,
    /// When the bundle was sealed; absent when it was sealed in memory.
    #[serde(default)]
    pub created_at: Option<Timestamp>,
    /// What sealed it.
    #[serde(default)]
    pub collector: Option<Collector>,
    /// Its items, sorted by id.
    pub items: Vec<Entry>,
}

/// What is judged, as in-toto names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// Its name, such as that of a service or an image.
    pub name: String,
    /// The digest of its content.
    pub digest: SubjectDigest,
    /// Where it is to run.
    #[serde(default)]
    pub environment: Option<String>,
}

/// The digests of a [`Subject`]; SHA-256 is the only one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectDigest {
    /// SHA-256.
    pub sha256: Digest,
}

/// The program that sealed a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collector {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// One item, as the manifest describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its name in policies.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// Its file, relative to the bundle's folder.
    pub path: String,
    /// RFC 6838 media type.
    pub media_type: String,
    /// Bytes in the file.
    pub size: u64,
    /// SHA-256 of the file's bytes as received.
    pub sha256: Digest,
    /// What the sealer found; a reader takes the worse of this and what it finds itself.
    pub status: Status,
    /// Why the status is not `ok`.
    #[serde(default)]
    pub reason: Option<String>,
    /// What was told of the bytes, where their content alone is worse: a better status comes
    /// back to this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Told>,
    /// When the evidence was obtained.
    #[serde(default)]
    pub collected_at: Option<Timestamp>,
    /// The time it speaks about.
    #[serde(default)]
    pub observed: Option<Observed>,
    /// The instant from which it may not be used.
    #[serde(default)]
    pub valid_until: Option<Timestamp>,
    /// Where it came from.
    #[serde(default)]
    pub source: Option<Source>,
    /// Who obtained it, and how.
    #[serde(default)]
    pub provenance: Option<Provenance>,
    /// How it is read, where it is a `json-map`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map: Option<Mapping>,
    /// What was taken out of the file before it was sealed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redactions: Vec<Redaction>,
}

/// A status that somebody told, and not the content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// How far the item can be relied on at best.
    pub status: Status,
    /// Why it is not `ok`.
    #[serde(default)]
    pub reason: Option<String>,
}

/// A value that was taken out of an item, and the commitment to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redaction {
    /// Where it was, as a JSON Pointer.
    pub pointer: String,
    /// Why it was removed.
    #[serde(default)]
    pub reason: Option<String>,
    /// SHA-256 of its disclosure, which stands in its place too.
    pub sha256: Digest,
}

/// A stretch of time, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observed {
    /// First instant.
    pub from: Timestamp,
    /// Last instant.
    pub to: Timestamp,
}

/// The request that an item answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Where.
    pub uri: String,
    /// What was asked.
    #[serde(default)]
    pub request: Option<String>,
    /// HTTP status of the answer.
    #[serde(default)]
    pub response_status: Option<u16>,
    /// What answered, by its own word: name and version.
    #[serde(default)]
    pub server: Option<String>,
    /// The server's clock less the collector's, in whole seconds.
    #[serde(default)]
    pub clock_skew_s: Option<i64>,
    /// Warnings beside the answer.
    #[serde(default)]
    pub warnings: Vec<String>,
}

impl Source {
    /// Returns a source at `uri` of which nothing else is known.
    pub fn of(uri: impl Into<String>) -> Self {
        Self {
            uri: uri.into(),
            request: None,
            response_status: None,
            server: None,
            clock_skew_s: None,
            warnings: Vec::new(),
        }
    }
}

/// How an item came into the bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// By which way.
    pub method: Method,
    /// Who, as they call themselves.
    #[serde(default)]
    pub actor: Option<String>,
    /// Key that signed the item, where one did.
    #[serde(default)]
    pub signed_by: Option<String>,
}

/// The way an item came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Fetched by us.
    Pull,
    /// Sent by its producer.
    Push,
    /// Taken from a file.
    Import,
    /// Stated by a person.
    Declared,
}

impl Method {
    /// Returns the word of manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Push => "push",
            Self::Import => "import",
            Self::Declared => "declared",
        }
    }
}

impl Manifest {
    /// Reads `bundle.json`, in any layout of its JSON.
    ///
    /// # Errors
    /// [`EvidenceError::Manifest`], naming the item and field.
    pub fn parse(bytes: &[u8]) -> Result<Self, EvidenceError> {
        let manifest: Self =
            json::parse_as(bytes, LIMITS).map_err(|error| refuse(error.to_string()))?;
        manifest.refuse_unsound()?;
        Ok(manifest)
    }

    /// Returns the bytes of `bundle.json`: canonical JSON and a newline.
    ///
    /// # Errors
    /// [`EvidenceError::Manifest`], for what [`Manifest::parse`] would not read back.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EvidenceError> {
        self.refuse_unsound()?;
        let mut bytes = json::canonical(self).map_err(|error| refuse(error.to_string()))?;
        bytes.push(b'\n');
        if bytes.len() > LIMITS.size_max {
            return Err(refuse(format!("is larger than {} bytes", LIMITS.size_max)));
        }
        Ok(bytes)
    }

    fn refuse_unsound(&self) -> Result<(), EvidenceError> {
        if self.schema != SCHEMA {
            return Err(refuse(format!(
                "schema is `{}`, expected `{SCHEMA}`",
                self.schema
            )));
        }
        if self.items.len() > ITEMS_MAX {
            return Err(refuse(format!("more than {ITEMS_MAX} items")));
        }
        if let Some(subject) = self.subject.iter().find(|s| s.name.trim().is_empty()) {
            return Err(refuse(format!(
                "the subject with digest `{}` has no name",
                subject.digest.sha256
            )));
        }
        self.refuse_unsorted()?;
        let mut paths = BTreeSet::new();
        for entry in &self.items {
            entry.refuse_unsound()?;
            if !paths.insert(&entry.path) {
                return Err(refuse(format!("two items name the file `{}`", entry.path)));
            }
        }
        if self.items.iter().map(|entry| entry.size).sum::<u64>() > BUNDLE_SIZE_MAX {
            return Err(EvidenceError::BundleSize);
        }
        Ok(())
    }

    fn refuse_unsorted(&self) -> Result<(), EvidenceError> {
        for (one, next) in self.items.iter().zip(self.items.iter().skip(1)) {
            if one.id == next.id {
                return Err(refuse(format!("two items have the id `{}`", one.id)));
            }
            if one.id > next.id {
                return Err(refuse(format!(
                    "items are not sorted by id: `{}` stands after `{}`",
                    next.id, one.id
                )));
            }
        }
        Ok(())
    }
}

impl Entry {
    fn refuse_unsound(&self) -> Result<(), EvidenceError> {
        let error = |what: &str| Err(refuse(format!("item `{}`: {what}", self.id)));
        if !is_sound_id(&self.id) {
            return error("the id must be 1 to 255 bytes of printable text");
        }
        if !is_sound_path(&self.path) {
            return Err(refuse(format!(
                "item `{}`: path `{}` is not a relative path to a visible file inside the folder",
                self.id, self.path
            )));
        }
        if self.size > ITEM_SIZE_MAX {
            return Err(EvidenceError::ItemSize {
                path: self.path.clone(),
            });
        }
        match (self.kind, &self.map) {
            (Kind::JsonMap, None) => return error("a `json-map` has a `map`, and it has none"),
            (Kind::JsonMap, Some(_)) | (_, None) => {}
            (_, Some(_)) => return error("only a `json-map` has a `map`"),
        }
        let told = self.told.as_ref().map(|told| told.status);
        if told.is_some_and(|told| told == Status::Ok || told >= self.status) {
            return error("`told.status` is worse than `ok` and better than `status`");
        }
        if self.observed.is_some_and(|span| span.from > span.to) {
            return error("`observed.from` is later than `observed.to`");
        }
        if self.redactions.len() > REDACTIONS_MAX {
            return error("there are too many redactions");
        }
        let mut pointers = BTreeSet::new();
        for Redaction { pointer, .. } in &self.redactions {
            if !pointer.starts_with('/') || !pointers.insert(pointer) {
                return error(&format!(
                    "the redaction `{pointer}` is no JSON Pointer, or is listed twice"
                ));
            }
        }
        Ok(())
    }
}

/// Whether `id` can name an item.
pub(crate) fn is_sound_id(id: &str) -> bool {
    !id.trim().is_empty() && id.len() <= ID_SIZE_MAX && !id.chars().any(char::is_control)
}

/// Whether `path` names a visible file other than the manifest itself, its signature and the
/// mark of an unfinished run.
pub(crate) fn is_sound_path(path: &str) -> bool {
    ![MANIFEST_NAME, SIGNATURE_NAME, UNFINISHED_NAME].contains(&path)
        && !path.chars().any(|c| c.is_control() || c == '\\')
        && path
            .split('/')
            .all(|part| !part.is_empty() && !part.starts_with('.'))
}

fn refuse(reason: String) -> EvidenceError {
    EvidenceError::Manifest { reason }
}

#[cfg(test)]
mod tests;
