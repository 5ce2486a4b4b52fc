//! DSSE envelopes as other tools write them: in any layout of the JSON, which is the
//! caller's affair, with key ids that mean something to whoever signed, and with
//! signatures by algorithms that are not ours. cosign signs with Ed25519ph what others sign
//! with Ed25519; both are verified.
//!
//! TRUST: a key id is an unauthenticated hint (DSSE protocol v1.0.2). It decides which key
//! is tried first, and nothing else: every signature is tried under every key.

use super::{DsseError, SIGNATURES_MAX, pae};
use crate::signing::{KeyId, Prehashed, PublicKey, SIGNATURE_SIZE, Signature};

/// Most bytes to hash for one envelope: its size, times its signatures, times the keys.
const WORK_MAX: usize = 1 << 30;

/// A payload and what claims to be signatures over it.
#[derive(Debug, Clone)]
pub struct ForeignEnvelope {
    payload_type: String,
    payload: Vec<u8>,
    signatures: Vec<(String, Vec<u8>)>,
}

/// Why a signature counts for nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unverified {
    /// It has another size than those of Ed25519.
    Size(usize),
    /// It holds under none of the keys.
    NoKey,
}

impl ForeignEnvelope {
    /// An envelope that nobody has signed yet.
    pub fn new(payload_type: &str, payload: Vec<u8>) -> Self {
        Self {
            payload_type: payload_type.to_owned(),
            payload,
            signatures: Vec::new(),
        }
    }

    /// Adds a signature, with the hint that stands beside it.
    ///
    /// # Errors
    /// More than [`SIGNATURES_MAX`].
    pub fn push(&mut self, key_id: &str, signature: Vec<u8>) -> Result<(), DsseError> {
        if self.signatures.len() >= SIGNATURES_MAX {
            return Err(DsseError::Count);
        }
        self.signatures.push((key_id.to_owned(), signature));
        Ok(())
    }

    /// Returns the payload without verifying it.
    pub fn unverified_payload(&self) -> &[u8] {
        &self.payload
    }

    /// Returns how many signatures there are.
    pub fn signatures_count(&self) -> usize {
        self.signatures.len()
    }

    /// Says of each signature, in their order, which of `keys` made it.
    ///
    /// # Errors
    /// An envelope that is too large to be tried under so many keys.
    pub fn verify(&self, keys: &[&PublicKey]) -> Result<Vec<Result<KeyId, Unverified>>, DsseError> {
        let message = pae(&self.payload_type, &self.payload);
        let tries = self.signatures.len().saturating_mul(keys.len());
        if message.len().saturating_mul(tries) > WORK_MAX {
            return Err(DsseError::Work { tries });
        }
        let prehashed = Prehashed::of(&message);
        let verified = |(key_id, bytes): &(String, Vec<u8>)| {
            let size = Unverified::Size(bytes.len());
            let bytes: [u8; SIGNATURE_SIZE] = bytes.as_slice().try_into().map_err(|_| size)?;
            let signature = Signature::from_bytes(bytes);
            let hint: Option<KeyId> = key_id.parse().ok();
            let is_hinted = |key: &&&PublicKey| Some(key.id()) == hint;
            let first = keys.iter().filter(is_hinted);
            let mut tried = first.chain(keys.iter().filter(|key| !is_hinted(key)));
            let signer = tried.find(|key| {
                key.verify(&message, &signature).is_ok()
                    || key.verify_prehashed(&prehashed, &signature).is_ok()
            });
            signer.map(|key| key.id()).ok_or(Unverified::NoKey)
        };
        Ok(self.signatures.iter().map(verified).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::SecretKey;
    use crate::signing::dsse::IN_TOTO;

    fn key(seed: u8) -> SecretKey {
        SecretKey::from_seed(&[seed; 32])
    }

    fn signature(seed: u8, payload: &[u8]) -> Vec<u8> {
        key(seed).sign(&pae(IN_TOTO, payload)).as_bytes().to_vec()
    }

    #[test]
    fn every_signature_is_tried_under_every_key_whatever_its_hint() {
        let mut envelope = ForeignEnvelope::new(IN_TOTO, b"{}".to_vec());
        let hints = ["", "SHA256:x", &key(2).public().id().to_string()];
        for hint in hints {
            envelope.push(hint, signature(1, b"{}")).unwrap();
        }
        envelope.push("", signature(3, b"{}")).unwrap();
        envelope.push("", signature(2, b"{} ")).unwrap();
        envelope.push("", vec![48; 71]).unwrap();
        let (one, two) = (key(1).public(), key(2).public());
        let found = envelope.verify(&[&two, &one]).unwrap();
        assert_eq!(
            found,
            [
                Ok(one.id()),
                Ok(one.id()),
                Ok(one.id()),
                Err(Unverified::NoKey),
                Err(Unverified::NoKey),
                Err(Unverified::Size(71)),
            ]
        );
        assert!(envelope.verify(&[]).unwrap().iter().all(Result::is_err));
    }

    #[test]
    fn there_is_an_end() {
        let mut envelope = ForeignEnvelope::new(IN_TOTO, vec![b' '; 1 << 22]);
        for _ in 0..SIGNATURES_MAX {
            envelope.push("", vec![1; 64]).unwrap();
        }
        assert!(matches!(
            envelope.push("", Vec::new()),
            Err(DsseError::Count)
        ));
        let key = key(1).public();
        let many = [&key; 17];
        assert!(matches!(
            envelope.verify(&many),
            Err(DsseError::Work { tries: 272 })
        ));
    }
}
