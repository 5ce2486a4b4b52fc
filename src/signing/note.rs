//! Signed notes (<https://c2sp.org/signed-note>): a text and signature lines below it.
//!
//! ```text
//! example.com/log
//! 5
//! <base64 of a root hash>
//!
//! — example.com/log <base64 of four bytes of key hash and the signature>
//! ```
//!
//! TRUST: a signature line by a key we do not know proves nothing and spoils nothing:
//! witnesses add theirs. One by a key we know must hold, or the note is refused.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::{PublicKey, SignError, Signature, Signer, base64};
use crate::digest::{Digest, to_hex};

/// Most bytes in a note.
pub const SIZE_MAX: usize = 1 << 20;
/// Most signature lines on a note.
pub const SIGNATURES_MAX: usize = 100;

/// Signature type of pure Ed25519 in key hashes and verifier keys.
const ED25519: u8 = 0x01;
/// An em dash and a space.
const PREFIX: &str = "\u{2014} ";

/// Bytes that are not a signed note, or one that does not verify.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NoteError {
    /// Not the one spelling of a note.
    #[error("is not a signed note: {reason}")]
    Spelling {
        /// What was expected.
        reason: String,
    },
    /// A key name with a blank, a `+` or nothing in it.
    #[error("`{name}` is not a key name: use text without blanks, control characters and `+`")]
    Name {
        /// The name, shortened.
        name: String,
    },
    /// Not the text form of a verifier key.
    #[error("`{text}` is not a verifier key: {reason}")]
    VerifierKey {
        /// The text, shortened.
        text: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// A signature by a known key does not hold.
    #[error("the signature by `{name}` does not match the text")]
    Signature {
        /// The key's name.
        name: KeyName,
    },
    /// No signature by a known key.
    #[error("carries no signature by a known key; signed by: {found}")]
    Unsigned {
        /// Names and key hashes on the note.
        found: String,
    },
}

/// What a note's signer is called: a schema-less URL by convention.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

/// A public key under its name: the two determine the key hash on signature lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: KeyName,
    key: PublicKey,
}

/// A text and its signatures, none of them verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    name: KeyName,
    key_hash: [u8; 4],
    /// What the signature type says: 64 bytes for Ed25519, more for cosignatures.
    bytes: Vec<u8>,
}

impl FromStr for KeyName {
    type Err = NoteError;

    fn from_str(name: &str) -> Result<Self, NoteError> {
        let plain = |c: char| !c.is_whitespace() && !c.is_control() && c != '+';
        if name.is_empty() || name.len() > 200 || !name.chars().all(plain) {
            return Err(NoteError::Name {
                name: name.chars().take(80).collect(),
            });
        }
        Ok(Self(name.to_owned()))
    }
}

impl KeyName {
    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl VerifierKey {
    /// Returns `key` under `name`.
    pub const fn new(name: KeyName, key: PublicKey) -> Self {
        Self { name, key }
    }

    /// Returns the first four bytes of `SHA-256(name ‖ 0A ‖ 01 ‖ key)`.
    pub fn key_hash(&self) -> [u8; 4] {
        key_hash(&self.name, ED25519, self.key.as_bytes())
    }

    /// Returns the key's name.
    pub const fn name(&self) -> &KeyName {
        &self.name
    }

    /// Returns the key.
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }
}

impl fmt::Display for VerifierKey {
    /// `<name>+<hex key hash>+<base64 of 01 ‖ key>`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[ED25519], self.key.as_bytes().as_slice()].concat();
        let hash = to_hex(&self.key_hash());
        write!(f, "{}+{hash}+{}", self.name, base64::encode(&key))
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let (name, hash, bytes) = split_verifier_key(text)?;
        let error = |reason| verifier_key_error(text, reason);
        let key = match bytes.split_first() {
            Some((&ED25519, key)) => key
                .try_into()
                .map_err(|_| error("an Ed25519 key has 32 bytes"))?,
            _ => return Err(error("only signature type 1, Ed25519, is known")),
        };
        let key = PublicKey::from_bytes(key).map_err(|_| error("the key is weak or no point"))?;
        let verifier = Self::new(name, key);
        if to_hex(&verifier.key_hash()) != hash {
            return Err(error("the hash does not fit name and key"));
        }
        Ok(verifier)
    }
}

/// Returns the first four bytes of `SHA-256(name ‖ 0A ‖ type ‖ key)`.
pub(super) fn key_hash(name: &KeyName, signature_type: u8, key: &[u8]) -> [u8; 4] {
    let digest = Digest::of_parts(&[name.0.as_bytes(), b"\n", &[signature_type], key]);
    digest.as_bytes().first_chunk().copied().unwrap_or_default()
}

/// Splits a verifier key into its name, its hash in hex, and signature type and key.
pub(super) fn split_verifier_key(text: &str) -> Result<(KeyName, &str, Vec<u8>), NoteError> {
    let error = |reason| verifier_key_error(text, reason);
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(hash), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(error("expected `<name>+<hash>+<key>`"));
    };
    let bytes = base64::decode(key).ok_or_else(|| error("the key is not base64"))?;
    Ok((name.parse()?, hash, bytes))
}

pub(super) fn verifier_key_error(text: &str, reason: &'static str) -> NoteError {
    NoteError::VerifierKey {
        text: text.chars().take(120).collect(),
        reason,
    }
}

impl NoteSignature {
    /// Returns the line of the signature `bytes`.
    pub const fn new(name: KeyName, key_hash: [u8; 4], bytes: Vec<u8>) -> Self {
        Self {
            name,
            key_hash,
            bytes,
        }
    }

    /// Returns what tells the key among those of one name.
    pub const fn key_hash(&self) -> [u8; 4] {
        self.key_hash
    }

    /// Returns the signature, as its type says.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the signer's name.
    pub const fn name(&self) -> &KeyName {
        &self.name
    }

    fn parse(line: &str) -> Option<Self> {
        let (name, encoded) = line.strip_prefix(PREFIX)?.split_once(' ')?;
        let bytes = base64::decode(encoded)?;
        let (key_hash, bytes) = bytes.split_first_chunk::<4>()?;
        (!bytes.is_empty()).then_some(())?;
        Some(Self {
            name: name.parse().ok()?,
            key_hash: *key_hash,
            bytes: bytes.to_vec(),
        })
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.key_hash.as_slice(), &self.bytes].concat();
        write!(f, "{PREFIX}{} {}", self.name, base64::encode(&bytes))
    }
}

impl Note {
    /// Returns a note without signatures.
    ///
    /// # Errors
    /// Text that does not end in a newline or holds control characters.
    pub fn new(text: &str) -> Result<Self, NoteError> {
        let spelling = |reason: &str| NoteError::Spelling {
            reason: reason.to_owned(),
        };
        if text.len() < 2 || !text.ends_with('\n') {
            return Err(spelling("the text must end in a newline"));
        }
        if text.chars().any(|c| c.is_ascii_control() && c != '\n') {
            return Err(spelling("the text holds a control character"));
        }
        Ok(Self {
            text: text.to_owned(),
            signatures: Vec::new(),
        })
    }

    /// Adds a signature of `key` under `name`.
    ///
    /// # Errors
    /// A key that gives no signature.
    pub fn sign(&mut self, name: &KeyName, key: &Signer) -> Result<(), SignError> {
        let verifier = VerifierKey::new(name.clone(), *key.public());
        let signature = key.sign(self.text.as_bytes())?;
        self.signatures.push(NoteSignature {
            name: name.clone(),
            key_hash: verifier.key_hash(),
            bytes: signature.as_bytes().to_vec(),
        });
        Ok(())
    }

    /// Adds a signature that somebody else made.
    pub fn add(&mut self, signature: NoteSignature) {
        self.signatures.push(signature);
    }

    /// Adds the lines of `other`, a note of the same text, whose name and key have none
    /// here; returns whether there were any.
    pub fn adopt(&mut self, other: &Self) -> bool {
        let before = self.signatures.len();
        for line in &other.signatures {
            let same = |own: &NoteSignature| own.name == line.name && own.key_hash == line.key_hash;
            if !self.signatures.iter().any(same) {
                self.signatures.push(line.clone());
            }
        }
        self.signatures.len() > before
    }

    /// Reads a note.
    ///
    /// # Errors
    /// Any bytes that [`Note::to_bytes`] would not write.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        let spelling = |reason: String| NoteError::Spelling { reason };
        if bytes.len() > SIZE_MAX {
            return Err(spelling(format!("more than {SIZE_MAX} bytes")));
        }
        let whole = std::str::from_utf8(bytes)
            .map_err(|error| spelling(format!("not UTF-8 at byte {}", error.valid_up_to())))?;
        let (text, lines) = whole
            .rfind("\n\n")
            .and_then(|at| whole.split_at_checked(at + 1))
            .ok_or_else(|| spelling("no blank line before the signatures".to_owned()))?;
        let mut note = Self::new(text)?;
        let lines = lines
            .strip_prefix('\n')
            .and_then(|lines| lines.strip_suffix('\n'))
            .ok_or_else(|| spelling("the last line does not end in a newline".to_owned()))?;
        for (number, line) in lines.split('\n').enumerate() {
            if number == SIGNATURES_MAX {
                return Err(spelling(format!("more than {SIGNATURES_MAX} signatures")));
            }
            let signature = NoteSignature::parse(line)
                .ok_or_else(|| spelling(format!("signature line {} is malformed", number + 1)))?;
            note.signatures.push(signature);
        }
        Ok(note)
    }

    /// Returns the note's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = format!("{}\n", self.text);
        for signature in &self.signatures {
            out.push_str(&signature.to_string());
            out.push('\n');
        }
        out.into_bytes()
    }

    /// Returns which of `known` signed this note.
    ///
    /// # Errors
    /// A signature by a known key that does not hold, and a note without any.
    pub fn verify<'k>(&self, known: &'k [VerifierKey]) -> Result<Vec<&'k VerifierKey>, NoteError> {
        let mut signers = Vec::new();
        let mut seen = BTreeSet::new();
        for signature in &self.signatures {
            let names = |verifier: &&VerifierKey| {
                verifier.name == signature.name && verifier.key_hash() == signature.key_hash
            };
            let Some(verifier) = known.iter().find(names) else {
                continue;
            };
            let holds = signature.bytes.as_slice().try_into().is_ok_and(|bytes| {
                let signature = Signature::from_bytes(bytes);
                verifier
                    .key
                    .verify(self.text.as_bytes(), &signature)
                    .is_ok()
            });
            if !holds {
                return Err(NoteError::Signature {
                    name: signature.name.clone(),
                });
            }
            if seen.insert(verifier.key.id()) {
                signers.push(verifier);
            }
        }
        if signers.is_empty() {
            let found = self
                .signatures
                .iter()
                .map(|signature| format!("`{}` ({})", signature.name, to_hex(&signature.key_hash)));
            return Err(NoteError::Unsigned {
                found: found.collect::<Vec<_>>().join(", "),
            });
        }
        Ok(signers)
    }

    /// Returns the signed text, with its final newline.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the signature lines.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }
}

#[cfg(test)]
mod tests;
