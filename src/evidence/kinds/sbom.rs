//! What `cyclonedx` and `spdx` have in common: components, and what they leave out.
//!
//! INVARIANT: counts are counted here, over the components that are shown.

use std::collections::{BTreeMap, BTreeSet};

use crate::digest::Digest;
use crate::json::{Value, json};

use super::KindError;
use super::node::{Node, TEXT_MAX, shortened};

/// Most components of one document, files included.
const COMPONENTS_MAX: usize = 200_000;

/// A component, package or subject.
#[derive(Debug, Default)]
pub(super) struct Component {
    pub(super) reference: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) name: String,
    pub(super) version: Option<String>,
    pub(super) purl: Option<String>,
    pub(super) supplier: Option<String>,
    /// Each once; none where nothing is asserted.
    pub(super) licenses: BTreeSet<String>,
    pub(super) hashes: BTreeMap<String, String>,
    pub(super) scope: Option<String>,
}

/// The components of a document.
#[derive(Debug, Default)]
pub(super) struct Components {
    shown: Vec<Value>,
    files: usize,
    without_version: usize,
    without_purl: usize,
    without_license: usize,
    without_hash: usize,
    without_supplier: usize,
}

impl Component {
    pub(super) fn facts(&self) -> Value {
        json!({
            "ref": self.reference,
            "type": self.kind,
            "name": self.name,
            "version": self.version,
            "purl": self.purl,
            "supplier": self.supplier,
            "licenses": self.licenses,
            "hashes": self.hashes,
            "scope": self.scope,
        })
    }

    /// The same as what the document is about: with the SHA-256 digests that it names.
    pub(super) fn subject(&self) -> Value {
        json!({
            "ref": self.reference,
            "type": self.kind,
            "name": self.name,
            "version": self.version,
            "purl": self.purl,
            "hashes": self.hashes,
            "sha256": self.sha256(),
        })
    }

    /// A container image has its digest in its version or its package URL.
    fn sha256(&self) -> BTreeSet<String> {
        let purl = self.purl.as_deref().unwrap_or_default();
        let purl = purl.split(['?', '#']).next().unwrap_or_default();
        let version = purl.rsplit_once('@').map_or("", |(_, version)| version);
        let version = version.replace("%3A", ":").replace("%3a", ":");
        let named = [self.version.as_deref().unwrap_or_default(), &version];
        let named = named.iter().filter_map(|text| text.strip_prefix("sha256:"));
        let hash = self.hashes.get("sha256").map(String::as_str);
        named
            .chain(hash)
            .filter_map(|text| text.parse::<Digest>().ok())
            .map(|digest| digest.hex())
            .collect()
    }

    /// Adds a hash by its algorithm's name, which both formats spell in their own way.
    pub(super) fn add_hash(
        &mut self,
        algorithm: &str,
        content: &Node<'_>,
    ) -> Result<(), KindError> {
        let algorithm = shortened(&algorithm.to_ascii_lowercase(), 40);
        let algorithm = match algorithm.strip_prefix("sha-") {
            Some(size) => format!("sha{size}"),
            None => algorithm,
        };
        let hex = content.words()?.to_ascii_lowercase();
        let is_hex = hex.len() <= 128 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_hex || (algorithm == "sha256" && hex.len() != 64) {
            return Err(content.refuse(format!("is not a `{algorithm}` hash in hex")));
        }
        match self.hashes.get(&algorithm) {
            Some(other) if *other != hex => {
                Err(content.refuse(format!("is a second `{algorithm}` hash")))
            }
            _ => {
                self.hashes.insert(algorithm, hex);
                Ok(())
            }
        }
    }
}

impl Components {
    /// Adds one; a file is only counted.
    pub(super) fn add(&mut self, component: &Component, at: &Node<'_>) -> Result<(), KindError> {
        if self.shown.len() + self.files >= COMPONENTS_MAX {
            return Err(at.refuse(format!("more than {COMPONENTS_MAX} components and files")));
        }
        if component.kind.as_deref() == Some("file") {
            self.files += 1;
            return Ok(());
        }
        self.without_version += usize::from(component.version.is_none());
        self.without_purl += usize::from(component.purl.is_none());
        self.without_license += usize::from(component.licenses.is_empty());
        self.without_hash += usize::from(component.hashes.is_empty());
        self.without_supplier += usize::from(component.supplier.is_none());
        self.shown.push(component.facts());
        Ok(())
    }

    pub(super) fn add_files(&mut self, count: usize) {
        self.files += count;
    }

    /// The share of components without a licence.
    pub(super) fn license_gap(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let ratio = |part: usize, whole: usize| part as f64 / whole as f64;
        (!self.is_empty()).then(|| ratio(self.without_license, self.shown.len()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    pub(super) fn has_files(&self) -> bool {
        self.files > 0
    }

    pub(super) fn counts(&self) -> Value {
        json!({
            "components": self.shown.len(),
            "files": self.files,
            "without_version": self.without_version,
            "without_purl": self.without_purl,
            "without_license": self.without_license,
            "without_hash": self.without_hash,
            "without_supplier": self.without_supplier,
        })
    }

    pub(super) fn facts(self) -> Vec<Value> {
        self.shown
    }
}

/// The package URL in `node`; none where it is empty.
pub(super) fn purl(node: &Node<'_>) -> Result<Option<String>, KindError> {
    match node.text()? {
        "" => Ok(None),
        purl if purl.starts_with("pkg:") => Ok(Some(shortened(purl, TEXT_MAX))),
        _ => Err(node.refuse("is not a package URL")),
    }
}

/// A name and a version, as tools have them.
pub(super) fn tool(name: &str, version: Option<&str>) -> Value {
    json!({
        "name": shortened(name, TEXT_MAX),
        "version": version.map(|version| shortened(version, TEXT_MAX)),
    })
}
