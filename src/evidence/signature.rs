//! The signature of a bundle: `bundle.intoto.json` beside `bundle.json`, an in-toto
//! statement about the manifest's bytes in a DSSE envelope that one or more keys sign.
//! `docs/spec/bundle.md` specifies it.
//!
//! TRUST: a signature says who sealed these bytes, not that what they say is true.
//!
//! INVARIANTS
//! - The file is no item, and no manifest can name it.
//! - What signs other bytes than those of the manifest beside it counts for nobody and is
//!   never passed over: reading reports it, and writing a manifest removes it first.

use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::digest::Digest;
use crate::json::{self, JsonError, Limits};
use crate::signing::dsse::{DsseError, IN_TOTO, JointEnvelope};
use crate::signing::{KeyId, PublicKey, Role, Signer, TrustPolicy};
use crate::tree;

use super::detect::without_mark;
use super::seal::replace;
use super::{Bundle, EvidenceError, MANIFEST_NAME, Manifest};

/// The file's name.
pub const SIGNATURE_NAME: &str = "bundle.intoto.json";
/// `predicateType` of the statement.
pub const BUNDLE_TYPE: &str = "https://assize.dev/bundle/v1";
/// `_type` of an in-toto Statement v1.
pub(super) const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// Most bytes in the file: sixteen signatures take four thousand.
pub const SIGNATURE_SIZE_MAX: u64 = 64 << 10;

/// A file that is not the signature of a bundle.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// Not an envelope, or a key that cannot sign it.
    #[error(transparent)]
    Envelope(#[from] DsseError),
    /// An envelope around something else.
    #[error("holds a payload of the type `{payload_type}`, not an in-toto statement")]
    Type {
        /// The payload's type.
        payload_type: String,
    },
    /// A statement about something else.
    #[error("does not hold a statement about a bundle: {reason}")]
    Statement {
        /// What is wrong.
        reason: String,
    },
    /// The signature of other bytes.
    #[error("signs another manifest, `{}…`, than the `{}…` that is there", signed.short(), found.short())]
    Manifest {
        /// The digest that was signed.
        signed: Digest,
        /// The digest of what is there.
        found: Digest,
    },
    /// The statement cannot be written down.
    #[error(transparent)]
    Json(#[from] JsonError),
}

/// What the signature beside a manifest comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Vouched {
    /// There is none.
    Unsigned,
    /// Keys that may sign evidence signed the manifest: their ids, sorted.
    By(Vec<String>),
    /// A signature of this manifest, but by no key that may sign evidence.
    Unknown(String),
    /// Malformed, over other bytes, or by a trusted key under which it does not hold.
    Wrong(String),
}

/// A statement about a manifest, and who signed it. The signatures are unverified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleSignature {
    envelope: JointEnvelope,
    manifest: Digest,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Statement {
    #[serde(rename = "_type")]
    kind: String,
    predicate: Predicate,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    subject: [Descriptor; 1],
}

/// The manifest says it all.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Predicate {}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Descriptor {
    digest: Digests,
    name: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Digests {
    sha256: Digest,
}

impl BundleSignature {
    /// Signs the manifest whose bytes have the digest `manifest`.
    ///
    /// # Errors
    /// A key that gives no signature.
    pub fn sign(manifest: Digest, key: &Signer) -> Result<Self, SignatureError> {
        let statement = Statement {
            kind: STATEMENT_TYPE.to_owned(),
            predicate: Predicate {},
            predicate_type: BUNDLE_TYPE.to_owned(),
            subject: [Descriptor {
                digest: Digests { sha256: manifest },
                name: MANIFEST_NAME.to_owned(),
            }],
        };
        let envelope = JointEnvelope::sign(IN_TOTO, &json::canonical(&statement)?, key)?;
        Ok(Self { envelope, manifest })
    }

    /// Signs the same statement with a further key.
    ///
    /// # Errors
    /// A key that has signed already or gives no signature, and too many signatures.
    pub fn add(&mut self, key: &Signer) -> Result<(), SignatureError> {
        Ok(self.envelope.add_signature(key)?)
    }

    /// Reads `bundle.intoto.json`; looks at no signature.
    ///
    /// # Errors
    /// Anything but an envelope in its one spelling around a statement about a manifest.
    pub fn parse(bytes: &[u8]) -> Result<Self, SignatureError> {
        let envelope = JointEnvelope::parse(without_mark(bytes).trim_ascii())?;
        if envelope.payload_type() != IN_TOTO {
            return Err(SignatureError::Type {
                payload_type: envelope.payload_type().to_owned(),
            });
        }
        let refuse = |reason: String| SignatureError::Statement { reason };
        let statement: Statement = json::parse_as(envelope.unverified_payload(), Limits::AUTHORED)
            .map_err(|error| refuse(error.to_string()))?;
        let [subject] = statement.subject;
        for (field, found, expected) in [
            ("_type", &statement.kind, STATEMENT_TYPE),
            ("predicateType", &statement.predicate_type, BUNDLE_TYPE),
            ("subject[0].name", &subject.name, MANIFEST_NAME),
        ] {
            if found != expected {
                return Err(refuse(format!("`{field}` is not `{expected}`")));
            }
        }
        Ok(Self {
            envelope,
            manifest: subject.digest.sha256,
        })
    }

    /// Returns the bytes of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut line = self.envelope.to_line();
        line.push(b'\n');
        line
    }

    /// Returns the keys that the envelope names. Not authenticated.
    pub fn key_ids(&self) -> impl Iterator<Item = KeyId> {
        self.envelope.key_ids()
    }

    /// Whether `key` signed it.
    pub fn is_by(&self, key: &PublicKey) -> bool {
        self.envelope.verify(key).is_ok()
    }

    /// Confirms that it is about the manifest whose bytes have the digest `found`.
    ///
    /// # Errors
    /// [`SignatureError::Manifest`].
    pub fn covers(&self, found: Digest) -> Result<(), SignatureError> {
        if self.manifest == found {
            return Ok(());
        }
        Err(SignatureError::Manifest {
            signed: self.manifest,
            found,
        })
    }

    /// Who of `trust` signed. A signature by somebody else neither helps nor harms.
    fn vouched(&self, trust: Option<&TrustPolicy>) -> Vouched {
        let mut signers = Vec::new();
        let mut unknown = Vec::new();
        for key_id in self.key_ids() {
            let key = match trust.map(|trust| trust.key(&key_id, Role::Evidence, None)) {
                Some(Ok(key)) => key,
                Some(Err(error)) => {
                    unknown.push(error.to_string());
                    continue;
                }
                None => {
                    unknown.push(format!("signed by `{key_id}`, and no keys are trusted"));
                    continue;
                }
            };
            // TRUST: who is known would not have signed this: somebody made it up.
            if let Err(error) = self.envelope.verify(key) {
                return Vouched::Wrong(error.to_string());
            }
            signers.push(key_id.to_string());
        }
        if signers.is_empty() {
            return Vouched::Unknown(unknown.join("; "));
        }
        signers.sort();
        Vouched::By(signers)
    }
}

impl Vouched {
    /// Judges `bytes` as the signature of the manifest with this digest.
    pub(super) fn of(bytes: &[u8], manifest: Digest, trust: Option<&TrustPolicy>) -> Self {
        let signature = BundleSignature::parse(bytes);
        match signature.and_then(|signature| signature.covers(manifest).map(|()| signature)) {
            Ok(signature) => signature.vouched(trust),
            Err(error) => Self::Wrong(error.to_string()),
        }
    }

    /// Returns the ids of the keys that signed and may sign evidence, sorted.
    pub fn signers(&self) -> &[String] {
        match self {
            Self::By(signers) => signers,
            _ => &[],
        }
    }
}

impl Bundle {
    /// Signs the manifest of the folder `root`, which this bundle was loaded from, with
    /// `key`, beside those who have signed it already.
    ///
    /// # Errors
    /// A folder without a manifest or one that disagrees with it, a key that has signed
    /// already, and a file that cannot be written.
    pub fn sign(&self, root: &Path, key: &Signer) -> Result<BundleSignature, EvidenceError> {
        if !self.is_sealed() {
            return Err(EvidenceError::Unsealed {
                path: root.to_owned(),
            });
        }
        if !self.disagreements().is_empty() {
            return Err(EvidenceError::Disagrees {
                disagreements: self.disagreements().to_vec(),
            });
        }
        let signature = match self.signature_bytes() {
            None => BundleSignature::sign(self.digest(), key)?,
            Some(bytes) => {
                let mut signature = BundleSignature::parse(bytes)?;
                signature.covers(self.digest())?;
                signature.add(key)?;
                signature
            }
        };
        replace(root, SIGNATURE_NAME, &signature.to_bytes())?;
        Ok(signature)
    }
}

impl Manifest {
    /// Signs this manifest with `key`, which was just written to the folder `root`, beside
    /// those who have signed it already. Whether the files are what it says, whoever reads
    /// the folder compares.
    ///
    /// # Errors
    /// Another manifest in the folder, a key that gives no signature, and a file that cannot
    /// be written.
    pub fn sign(&self, root: &Path, key: &Signer) -> Result<BundleSignature, EvidenceError> {
        let digest = Digest::of(&self.to_bytes()?);
        let path = root.join(MANIFEST_NAME);
        // TRUST: what is signed is what was sealed here, and not what somebody has put there
        // since.
        if Digest::of(&tree::read(&path, super::ITEM_SIZE_MAX)?) != digest {
            return Err(EvidenceError::Replaced { path });
        }
        let signature = match of_manifest(root, digest) {
            None => BundleSignature::sign(digest, key)?,
            Some(signature) if signature.is_by(key.public()) => return Ok(signature),
            Some(mut signature) => {
                signature.add(key)?;
                signature
            }
        };
        replace(root, SIGNATURE_NAME, &signature.to_bytes())?;
        Ok(signature)
    }
}

/// Returns the signature of the manifest that lies in the folder `root`, where it is sound
/// in form and signs those very bytes; looks at no key.
///
/// # Errors
/// Files that cannot be read.
pub fn signature(root: &Path) -> Result<Option<BundleSignature>, EvidenceError> {
    let manifest = root.join(MANIFEST_NAME);
    if fs::symlink_metadata(&manifest).is_err() {
        return Ok(None);
    }
    let digest = Digest::of(&tree::read(&manifest, super::ITEM_SIZE_MAX)?);
    Ok(of_manifest(root, digest))
}

/// Removes the signature in the folder `root` unless it is that of the manifest with this
/// digest. Returns whether it did.
pub(super) fn remove_other(root: &Path, manifest: Digest) -> io::Result<bool> {
    let path = root.join(SIGNATURE_NAME);
    let is_there = fs::symlink_metadata(&path).is_ok_and(|found| !found.is_dir());
    if !is_there || of_manifest(root, manifest).is_some() {
        return Ok(false);
    }
    fs::remove_file(&path)?;
    Ok(true)
}

/// Returns the signature in the folder `root`, where it is sound in form and signs the
/// manifest with this digest; looks at no key.
pub(crate) fn of_manifest(root: &Path, manifest: Digest) -> Option<BundleSignature> {
    let bytes = tree::read(&root.join(SIGNATURE_NAME), SIGNATURE_SIZE_MAX).ok()?;
    let signature = BundleSignature::parse(&bytes).ok()?;
    signature.covers(manifest).ok()?;
    Some(signature)
}

#[cfg(test)]
mod tests;
