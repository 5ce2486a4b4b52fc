//! Loading: a folder, with or without a manifest, becomes a [`Bundle`].

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::signing::trust::TrustPolicy;
use crate::tree::{self, Irregular, Survey};

use super::kinds::{self, Reading, Signatures};
use super::manifest::{Entry, Manifest, Subject};
use super::signature::{SIGNATURE_NAME, SIGNATURE_SIZE_MAX, Vouched};
use super::unfinished::UNFINISHED_NAME;
use super::{EvidenceError, ITEM_SIZE_MAX, Item, MANIFEST_NAME, Status, redaction, seal};

/// How a bundle is to be read.
#[derive(Debug, Clone)]
pub struct LoadOptions<'a> {
    /// The instant at which items are judged.
    pub as_of: Timestamp,
    /// Keys that may sign declarations and evidence; without them, no signature is verified.
    pub trust: Option<&'a TrustPolicy>,
    /// What is judged, in place of what the manifest says. Does not change the manifest.
    pub subject: Option<Vec<Subject>>,
}

/// Sealed evidence.
#[derive(Debug, Clone)]
pub struct Bundle {
    manifest: Manifest,
    manifest_bytes: Vec<u8>,
    subject: Vec<Subject>,
    items: Vec<Item>,
    disagreements: Vec<Disagreement>,
    is_sealed: bool,
    signature: Option<Vec<u8>>,
    vouched: Vouched,
    as_of: Timestamp,
}

/// A file that is not what the manifest says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Disagreement {
    /// The file, relative to the bundle's folder.
    pub path: String,
    /// In which way.
    pub mismatch: Mismatch,
}

/// How a file differs from what the manifest says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mismatch {
    /// It is not there.
    Missing,
    /// The manifest does not name it.
    Extra,
    /// The manifest does not name it, and it shows what was taken out of the evidence.
    Disclosures,
    /// It is a symbolic link, device, socket or pipe.
    Irregular(&'static str),
    /// It has another size, in bytes.
    Size {
        /// The manifest's.
        sealed: u64,
        /// The file's.
        found: u64,
    },
    /// It has another digest.
    Digest {
        /// The manifest's.
        sealed: Digest,
        /// The file's.
        found: Digest,
    },
    /// It should be the signature of the manifest, and is not.
    Signature(String),
    /// It is the mark of a run of `collect` that has not written all of its files.
    Unfinished,
}

impl<'a> LoadOptions<'a> {
    /// Judges at `as_of`, trusts no key, and takes the subject from the manifest.
    pub fn at(as_of: Timestamp) -> Self {
        Self {
            as_of,
            trust: None,
            subject: None,
        }
    }

    /// Trusts the keys in `trust`.
    #[must_use]
    pub fn trusting(self, trust: &'a TrustPolicy) -> Self {
        Self {
            trust: Some(trust),
            ..self
        }
    }
}

impl Bundle {
    /// Reads the folder `root`.
    ///
    /// Where it holds `bundle.json`, files that are not what the manifest says become
    /// items without facts and are listed by [`Bundle::disagreements`]: with any
    /// disagreement, no gate may come to a verdict other than inconclusive or deny.
    ///
    /// # Errors
    /// A malformed manifest, and what has no honest reading: no folder, limits
    /// exceeded, and, without a manifest, irregular files and shared ids.
    pub fn load(root: &Path, options: &LoadOptions<'_>) -> Result<Self, EvidenceError> {
        if !root.is_dir() {
            return Err(EvidenceError::NotAFolder {
                path: root.to_owned(),
            });
        }
        let survey = tree::survey(root)?;
        let is_sealed = survey.files.iter().any(|file| file.path == MANIFEST_NAME)
            || survey
                .irregular
                .iter()
                .any(|file| file.path == MANIFEST_NAME);
        if is_sealed {
            Self::load_sealed(root, survey, options)
        } else {
            Self::load_unsealed(root, survey, options)
        }
    }

    /// As [`Bundle::load`], but refuses a folder that disagrees with its manifest.
    ///
    /// # Errors
    /// As [`Bundle::load`], and [`EvidenceError::Disagrees`] with all disagreements.
    pub fn load_strict(root: &Path, options: &LoadOptions<'_>) -> Result<Self, EvidenceError> {
        let bundle = Self::load(root, options)?;
        if bundle.disagreements.is_empty() {
            Ok(bundle)
        } else {
            Err(EvidenceError::Disagrees {
                disagreements: bundle.disagreements,
            })
        }
    }

    fn load_sealed(
        root: &Path,
        survey: Survey,
        options: &LoadOptions<'_>,
    ) -> Result<Self, EvidenceError> {
        let manifest_bytes = tree::read(&root.join(MANIFEST_NAME), ITEM_SIZE_MAX)?;
        let manifest = Manifest::parse(&manifest_bytes)?;
        let mut folder = Folder::of(survey);
        let (signature, vouched) =
            folder.signature(root, Some(Digest::of(&manifest_bytes)), options.trust)?;
        folder.refuse_unfinished();
        let mut items = Vec::with_capacity(manifest.items.len());
        for entry in &manifest.items {
            let item = folder.item(root, entry, options)?;
            items.push(item.vouched_by(vouched.signers()));
        }
        Ok(Self {
            subject: options.subject.clone().unwrap_or(manifest.subject.clone()),
            manifest,
            manifest_bytes,
            items,
            disagreements: folder.into_disagreements(root),
            is_sealed: true,
            signature,
            vouched,
            as_of: options.as_of,
        })
    }

    fn load_unsealed(
        root: &Path,
        survey: Survey,
        options: &LoadOptions<'_>,
    ) -> Result<Self, EvidenceError> {
        let found = seal::survey(root)?;
        let mut folder = Folder::of(survey);
        let (signature, vouched) = folder.signature(root, None, options.trust)?;
        folder.refuse_unfinished();
        let mut items = Vec::with_capacity(found.len());
        let mut entries = Vec::with_capacity(found.len());
        for file in found {
            entries.push(file.entry.clone());
            // Sealing looks at no signature: the manifest must not depend on who is trusted.
            let reading = if kinds::is_signed(file.entry.kind) {
                kinds::read(&file.bytes, None, Signatures::By(options.trust))
            } else {
                file.reading
            };
            items.push(Item::read(file.entry, file.bytes, reading, options.as_of));
        }
        let manifest = seal::manifest(Vec::new(), entries);
        Ok(Self {
            subject: options.subject.clone().unwrap_or_default(),
            manifest_bytes: manifest.to_bytes()?,
            manifest,
            items,
            disagreements: folder.disagreements,
            is_sealed: false,
            signature,
            vouched,
            as_of: options.as_of,
        })
    }

    /// Returns SHA-256 of the manifest's bytes: the bundle's identity.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.manifest_bytes)
    }

    /// Returns the bytes of `bundle.json` as they were read, or as they would be written.
    pub fn manifest_bytes(&self) -> &[u8] {
        &self.manifest_bytes
    }

    /// Returns the manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Returns what is judged.
    pub fn subject(&self) -> &[Subject] {
        &self.subject
    }

    /// Returns the items, sorted by id.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// Returns the item called `id`.
    pub fn item(&self, id: &str) -> Option<&Item> {
        let at = self.items.binary_search_by(|item| item.id().cmp(id)).ok()?;
        self.items.get(at)
    }

    /// Returns every file that is not what the manifest says, sorted by path.
    pub fn disagreements(&self) -> &[Disagreement] {
        &self.disagreements
    }

    /// Whether it has a manifest on disk.
    pub fn is_sealed(&self) -> bool {
        self.is_sealed
    }

    /// Returns what the signature of the manifest comes to.
    pub fn vouched(&self) -> &Vouched {
        &self.vouched
    }

    /// Returns the bytes of `bundle.intoto.json`, whatever they are worth.
    pub fn signature_bytes(&self) -> Option<&[u8]> {
        self.signature.as_deref()
    }

    /// Returns the instant at which the items were judged.
    pub fn as_of(&self) -> Timestamp {
        self.as_of
    }
}

/// Confirms that the sealed folder `root` is what its manifest says.
///
/// # Errors
/// As [`Bundle::load_strict`].
pub fn confirm(root: &Path, options: &LoadOptions<'_>) -> Result<Bundle, EvidenceError> {
    Bundle::load_strict(root, options)
}

/// What the folder holds that no item has claimed yet.
struct Folder {
    sizes: BTreeMap<String, u64>,
    has_signature: bool,
    irregular: BTreeMap<String, &'static str>,
    disagreements: Vec<Disagreement>,
}

impl Folder {
    fn of(survey: Survey) -> Self {
        let mut sizes: BTreeMap<_, _> = survey
            .files
            .into_iter()
            .map(|file| (file.path, file.size))
            .collect();
        sizes.remove(MANIFEST_NAME);
        let has_signature = sizes.remove(SIGNATURE_NAME).is_some();
        let irregular = survey.irregular.into_iter();
        Self {
            sizes,
            has_signature,
            irregular: irregular
                .map(|Irregular { path, what }| (path, what))
                .collect(),
            disagreements: Vec::new(),
        }
    }

    /// Reports the mark of a run that is not through, or was stopped.
    fn refuse_unfinished(&mut self) {
        if self.sizes.remove(UNFINISHED_NAME).is_some() {
            self.disagreements.push(Disagreement {
                path: UNFINISHED_NAME.to_owned(),
                mismatch: Mismatch::Unfinished,
            });
        }
    }

    /// The bytes of the signature, and what they come to beside the manifest with this
    /// digest. One that is wrong is a disagreement.
    fn signature(
        &mut self,
        root: &Path,
        manifest: Option<Digest>,
        trust: Option<&TrustPolicy>,
    ) -> Result<(Option<Vec<u8>>, Vouched), EvidenceError> {
        if let Some(what) = self.irregular.get(SIGNATURE_NAME) {
            // Listed with the others that are not regular files.
            let reason = Mismatch::Irregular(what).to_string();
            return Ok((None, Vouched::Wrong(reason)));
        }
        if !self.has_signature {
            return Ok((None, Vouched::Unsigned));
        }
        let bytes = match tree::read(&root.join(SIGNATURE_NAME), SIGNATURE_SIZE_MAX) {
            Ok(bytes) => Some(bytes),
            Err(tree::TreeError::Size { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let vouched = match (&bytes, manifest) {
            (None, _) => Vouched::Wrong(format!("is larger than {SIGNATURE_SIZE_MAX} bytes")),
            (_, None) => Vouched::Wrong(format!("there is no `{MANIFEST_NAME}` that it signs")),
            (Some(bytes), Some(manifest)) => Vouched::of(bytes, manifest, trust),
        };
        if let Vouched::Wrong(reason) = &vouched {
            self.disagreements.push(Disagreement {
                path: SIGNATURE_NAME.to_owned(),
                mismatch: Mismatch::Signature(reason.clone()),
            });
        }
        Ok((bytes, vouched))
    }

    fn item(
        &mut self,
        root: &Path,
        entry: &Entry,
        options: &LoadOptions<'_>,
    ) -> Result<Item, EvidenceError> {
        match self.bytes(root, entry)? {
            Ok(bytes) if redaction::is_disclosures(&bytes) => Err(EvidenceError::Disclosures {
                path: entry.path.clone(),
            }),
            Ok(bytes) => {
                let signatures = Signatures::By(options.trust);
                let map = entry.map.as_ref();
                let reading: Reading =
                    kinds::read_mapped(&bytes, Some(entry.kind), map, signatures);
                Ok(Item::read(entry.clone(), bytes, reading, options.as_of))
            }
            Err(mismatch) => {
                let status = match mismatch {
                    Mismatch::Missing => Status::Missing,
                    _ => Status::Unverified,
                };
                let reason = mismatch.to_string();
                self.disagreements.push(Disagreement {
                    path: entry.path.clone(),
                    mismatch,
                });
                Ok(Item::unread(entry.clone(), status, reason, options.as_of))
            }
        }
    }

    fn bytes(
        &mut self,
        root: &Path,
        entry: &Entry,
    ) -> Result<Result<Vec<u8>, Mismatch>, EvidenceError> {
        if let Some(what) = self.irregular.remove(&entry.path) {
            return Ok(Err(Mismatch::Irregular(what)));
        }
        let Some(size) = self.sizes.remove(&entry.path) else {
            return Ok(Err(Mismatch::Missing));
        };
        if size != entry.size {
            return Ok(Err(Mismatch::Size {
                sealed: entry.size,
                found: size,
            }));
        }
        let bytes = tree::read(&tree::join(root, &entry.path)?, ITEM_SIZE_MAX)?;
        let found = Digest::of(&bytes);
        if found == entry.sha256 {
            return Ok(Ok(bytes));
        }
        Ok(Err(Mismatch::Digest {
            sealed: entry.sha256,
            found,
        }))
    }

    fn into_disagreements(self, root: &Path) -> Vec<Disagreement> {
        let extra = self.sizes.into_keys().map(|path| {
            let bytes = tree::join(root, &path).and_then(|file| tree::read(&file, ITEM_SIZE_MAX));
            let mismatch = match bytes {
                Ok(bytes) if redaction::is_disclosures(&bytes) => Mismatch::Disclosures,
                // Whatever it is, and whether or not it can be read.
                _ => Mismatch::Extra,
            };
            Disagreement { path, mismatch }
        });
        let irregular = self.irregular.into_iter().map(|(path, what)| Disagreement {
            path,
            mismatch: Mismatch::Irregular(what),
        });
        let mut all = self.disagreements;
        all.extend(extra);
        all.extend(irregular);
        all.sort();
        all
    }
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.path, self.mismatch)
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("the file is missing"),
            Self::Extra => f.write_str("the manifest does not name this file"),
            Self::Disclosures => f.write_str(
                "is a file of disclosures, which the manifest does not name: move it out of the folder",
            ),
            Self::Irregular(what) => write!(f, "is a {what}, not a regular file"),
            Self::Signature(reason) => f.write_str(reason),
            Self::Unfinished => f.write_str("a run of `collect` has not written all of its files"),
            Self::Size { sealed, found } => {
                write!(f, "holds {found} bytes, but {sealed} were sealed")
            }
            Self::Digest { sealed, found } => write!(
                f,
                "has the digest {}…, but {}… was sealed",
                found.short(),
                sealed.short()
            ),
        }
    }
}

#[cfg(test)]
mod tests;
