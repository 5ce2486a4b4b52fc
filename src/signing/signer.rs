//! What signs: a key in memory, or one that never leaves where it is kept.
//!
//! INVARIANT: a signature that was made elsewhere is verified with the public key before
//! anybody gets it: a wrong one, or another key's, is an error and never a record.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

use super::{PublicKey, SecretKey, Signature};

/// Why nothing was signed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SignError {
    /// What holds the key gave no signature.
    #[error("signer `{signer}` {reason}")]
    Refused {
        /// Which, as the settings or the key reference name it.
        signer: String,
        /// Why, as far as it said.
        reason: String,
    },
    /// What holds the key gave something else.
    #[error(
        "signer `{signer}` gave a signature that is not by `{key_id}` over what was to be signed"
    )]
    Wrong {
        /// Which.
        signer: String,
        /// The key it should sign with.
        key_id: super::KeyId,
    },
}

/// Something that signs with a key that we never see.
pub trait Custodian: fmt::Debug + Send + Sync {
    /// Returns what settings or key reference call it.
    fn name(&self) -> &str;

    /// Asks for a pure Ed25519 signature over `message`.
    ///
    /// # Errors
    /// Why there is none.
    fn sign(&self, message: &[u8]) -> Result<Signature, SignError>;
}

/// A key that can sign, wherever it is.
#[derive(Clone)]
pub struct Signer {
    public: PublicKey,
    source: Source,
}

#[derive(Clone)]
enum Source {
    // Boxed: it is fifteen times as large as the other.
    Memory(Box<SecretKey>),
    Elsewhere(Arc<dyn Custodian>),
}

impl Signer {
    /// Returns what signs with the private half of `public`, which `custodian` keeps.
    pub fn kept(public: PublicKey, custodian: Arc<dyn Custodian>) -> Self {
        Self {
            public,
            source: Source::Elsewhere(custodian),
        }
    }

    /// Returns the public half.
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs `message`.
    ///
    /// # Errors
    /// A key that is kept elsewhere, where it gives no signature or one that does not hold.
    pub fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        let custodian = match &self.source {
            Source::Memory(key) => return Ok(key.sign(message)),
            Source::Elsewhere(custodian) => custodian,
        };
        let signature = custodian.sign(message)?;
        // TRUST: what answers may hold another key, or be another program.
        self.public
            .verify(message, &signature)
            .map_err(|_| SignError::Wrong {
                signer: custodian.name().to_owned(),
                key_id: self.public.id(),
            })?;
        Ok(signature)
    }
}

impl From<SecretKey> for Signer {
    fn from(key: SecretKey) -> Self {
        Self {
            public: key.public(),
            source: Source::Memory(Box::new(key)),
        }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Source::Memory(_) => write!(f, "Signer({})", self.public.id()),
            Source::Elsewhere(custodian) => {
                write!(f, "Signer({}, {})", self.public.id(), custodian.name())
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Signs with one key, whatever key it is said to hold.
    #[derive(Debug)]
    pub(crate) struct Safe(pub(crate) Option<SecretKey>);

    impl Custodian for Safe {
        fn name(&self) -> &'static str {
            "safe"
        }

        fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
            match &self.0 {
                Some(key) => Ok(key.sign(message)),
                None => Err(SignError::Refused {
                    signer: "safe".to_owned(),
                    reason: "is locked".to_owned(),
                }),
            }
        }
    }

    fn key(seed: u8) -> SecretKey {
        SecretKey::from_seed(&[seed; 32])
    }

    #[test]
    fn a_key_elsewhere_signs_as_one_in_memory() {
        let memory = Signer::from(key(1));
        let kept = Signer::kept(key(1).public(), Arc::new(Safe(Some(key(1)))));
        assert_eq!(memory.sign(b"x").unwrap(), kept.sign(b"x").unwrap());
        assert_eq!(memory.public(), kept.public());
        let id = key(1).public().id();
        assert_eq!(format!("{memory:?}"), format!("Signer({id})"));
        assert_eq!(format!("{kept:?}"), format!("Signer({id}, safe)"));
    }

    #[test]
    fn the_signature_of_another_key_is_none() {
        let kept = Signer::kept(key(1).public(), Arc::new(Safe(Some(key(2)))));
        let error = kept.sign(b"x").unwrap_err();
        let id = key(1).public().id();
        assert_eq!(
            error.to_string(),
            format!(
                "signer `safe` gave a signature that is not by `{id}` over what was to be signed"
            )
        );
    }

    #[test]
    fn a_refusal_is_passed_on() {
        let kept = Signer::kept(key(1).public(), Arc::new(Safe(None)));
        assert_eq!(
            kept.sign(b"x").unwrap_err().to_string(),
            "signer `safe` is locked"
        );
    }
}
