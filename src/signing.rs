//! Keys, signatures, and the three forms they take: DSSE envelopes, signed notes
//! and the trust policy.
//!
//! The only module that names `ed25519-dalek`, `pkcs8`, `base64`, `getrandom` and `zeroize`.
//! It knows keys and bytes; what a record or a checkpoint means is not its business,
//! and it asks no clock: validity is a matter of ledger indexes, not of time.
//!
//! INVARIANTS
//! - Every signature is pure Ed25519 (RFC 8032) and is verified strictly: small-order
//!   keys, small-order `R` and unreduced `S` are refused. Only what other tools signed may
//!   be Ed25519ph, which no pure signature can pass for, nor the other way round.
//! - Every text form has one spelling. What parses prints back byte for byte.
//! - A [`SecretKey`] is wiped when dropped and prints as its [`KeyId`] only.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{
    DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, KeypairBytes,
};
use ed25519_dalek::{Digest as _, Sha512, Signer as _, SigningKey, VerifyingKey};
use thiserror::Error;
use zeroize::Zeroize as _;

pub use zeroize::Zeroizing;

use crate::digest::Digest;

pub mod base64;
pub mod command;
pub mod cosignature;
pub mod dsse;
mod encrypted;
pub mod keyfile;
pub mod note;
pub mod passphrase;
#[cfg(feature = "pkcs11")]
pub mod pkcs11;
pub mod signer;
pub mod trust;

pub use signer::{Custodian, SignError, Signer};
pub use trust::{Role, TrustError, TrustPolicy};

/// Bytes in an Ed25519 signature.
pub const SIGNATURE_SIZE: usize = 64;

/// A key that cannot be made or read, or a signature that does not hold.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The operating system gave no randomness.
    #[error("the operating system gives no randomness: {reason}")]
    Randomness {
        /// What the operating system said.
        reason: String,
    },
    /// Not a PKCS#8 PEM that holds an Ed25519 key.
    #[error("is not an Ed25519 private key in PKCS#8 PEM: {reason}")]
    Secret {
        /// What is wrong; never any byte of the key.
        reason: String,
    },
    /// A PKCS#8 PEM under a passphrase, where none is asked for.
    #[error("is encrypted")]
    Encrypted,
    /// The passphrase of another key.
    #[error("cannot be decrypted: the passphrase is wrong")]
    Passphrase,
    /// An encrypted key that is dearer to decrypt than any should be.
    #[error("is not decrypted, for it asks for too much: {reason}")]
    Cost {
        /// What it asks for.
        reason: String,
    },
    /// Not an SPKI PEM that holds an Ed25519 key.
    #[error("is not an Ed25519 public key in SPKI PEM: {reason}")]
    Public {
        /// What is wrong.
        reason: String,
    },
    /// A point of small order, for which anyone can make signatures.
    #[error("is a weak key of small order, for which anyone can make signatures")]
    Weak,
    /// Not an SSH fingerprint.
    #[error("`{text}` is not a key id: expected `SHA256:` and 43 base64 digits")]
    Id {
        /// The text, shortened.
        text: String,
    },
    /// The signature does not fit the key and the bytes.
    #[error("the signature by `{key_id}` does not match")]
    Signature {
        /// The key that was tried.
        key_id: KeyId,
    },
}

/// Returns random bytes of the operating system.
///
/// # Errors
/// When there are none.
pub fn random<const SIZE: usize>() -> Result<[u8; SIZE], KeyError> {
    let mut bytes = [0; SIZE];
    getrandom::fill(&mut bytes).map_err(|error| KeyError::Randomness {
        reason: error.to_string(),
    })?;
    Ok(bytes)
}

/// An Ed25519 private key.
#[derive(Clone)]
pub struct SecretKey(SigningKey);

/// An Ed25519 public key that is not weak.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// A message as Ed25519ph (RFC 8032 §5.1) signs it: by its SHA-512.
#[derive(Clone)]
pub struct Prehashed(Sha512);

/// Which key: the fingerprint `ssh-keygen -l` prints, `SHA256:` and unpadded base64.
///
/// It is SHA-256 over the key in SSH's wire form (RFC 4253 §6.6, RFC 8709 §4).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(Digest);

/// An Ed25519 signature.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; SIGNATURE_SIZE]);

impl SecretKey {
    /// Makes a new key from the operating system's randomness.
    ///
    /// # Errors
    /// When there is none.
    pub fn generate() -> Result<Self, KeyError> {
        Ok(Self::from_seed(&Zeroizing::new(random()?)))
    }

    /// Returns the key whose RFC 8032 seed is `seed`.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// Reads a PKCS#8 PEM, version 1 or 2.
    ///
    /// # Errors
    /// Other text, other algorithms, a key under a passphrase, and a version 2 whose public
    /// half does not fit.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        if encrypted::is_encrypted(pem) {
            return Err(KeyError::Encrypted);
        }
        SigningKey::from_pkcs8_pem(pem)
            .map(Self)
            .map_err(|error| KeyError::Secret {
                reason: error.to_string(),
            })
    }

    /// Writes PKCS#8 PEM.
    ///
    /// Version 1, without the public half: openssl before 3.5 reads no other.
    ///
    /// # Errors
    /// None that is known; the encoder's type has them.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        let mut seed = self.0.to_bytes();
        let pair = KeypairBytes {
            secret_key: seed,
            public_key: None,
        };
        seed.zeroize();
        pair.to_pkcs8_pem(LineEnding::LF)
            .map_err(|error| KeyError::Secret {
                reason: error.to_string(),
            })
    }

    /// Returns the public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Signs `message`.
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).to_bytes())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({})", self.public().id())
    }
}

impl PublicKey {
    /// Returns the key with these 32 bytes.
    ///
    /// # Errors
    /// Bytes that are no point of the curve, and weak keys.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|error| KeyError::Public {
            reason: error.to_string(),
        })?;
        Self::strong(key)
    }

    /// Reads an SPKI PEM.
    ///
    /// # Errors
    /// Other text, other algorithms, and weak keys.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let key = VerifyingKey::from_public_key_pem(pem).map_err(|error| KeyError::Public {
            reason: error.to_string(),
        })?;
        Self::strong(key)
    }

    /// Writes SPKI PEM.
    ///
    /// # Errors
    /// None that is known; the encoder's type has them.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        self.0
            .to_public_key_pem(LineEnding::LF)
            .map_err(|error| KeyError::Public {
                reason: error.to_string(),
            })
    }

    /// Returns the 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Returns the key's id.
    pub fn id(&self) -> KeyId {
        // RFC 4253 `string`s: a 32-bit big-endian length before each.
        KeyId(Digest::of_parts(&[
            b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20",
            self.as_bytes(),
        ]))
    }

    /// Verifies `signature` over `message`, strictly.
    ///
    /// # Errors
    /// A signature that does not hold.
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), KeyError> {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        // TRUST: the lax `verify` accepts small-order `R`, so that two verifiers
        // could disagree about one record.
        self.0
            .verify_strict(message, &signature)
            .map_err(|_| KeyError::Signature { key_id: self.id() })
    }

    /// Verifies `signature` over `message` as Ed25519ph without context, strictly.
    ///
    /// # Errors
    /// A signature that does not hold.
    pub fn verify_prehashed(
        &self,
        message: &Prehashed,
        signature: &Signature,
    ) -> Result<(), KeyError> {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        self.0
            .verify_prehashed_strict(message.0.clone(), None, &signature)
            .map_err(|_| KeyError::Signature { key_id: self.id() })
    }

    fn strong(key: VerifyingKey) -> Result<Self, KeyError> {
        if key.is_weak() {
            return Err(KeyError::Weak);
        }
        Ok(Self(key))
    }
}

impl Prehashed {
    /// Hashes `message`.
    pub fn of(message: &[u8]) -> Self {
        Self(Sha512::new_with_prefix(message))
    }
}

impl fmt::Debug for Prehashed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prehashed")
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.id())
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SHA256:{}", base64::encode_unpadded(self.0.as_bytes()))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for KeyId {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        text.strip_prefix("SHA256:")
            .and_then(base64::decode_unpadded)
            .and_then(|bytes| bytes.try_into().ok())
            .map(|bytes| Self(Digest::from_bytes(bytes)))
            .ok_or_else(|| KeyError::Id {
                text: text.chars().take(80).collect(),
            })
    }
}

impl Signature {
    /// Returns the signature with these bytes.
    pub const fn from_bytes(bytes: [u8; SIGNATURE_SIZE]) -> Self {
        Self(bytes)
    }

    /// Returns the 64 bytes.
    pub const fn as_bytes(&self) -> &[u8; SIGNATURE_SIZE] {
        &self.0
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64::encode(&self.0))
    }
}

#[cfg(test)]
mod tests;
