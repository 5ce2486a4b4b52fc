//! DSSE envelopes that several keys sign: what more than one person answers for.
//!
//! The spelling is that of an [`Envelope`](super::Envelope) with one to
//! [`SIGNATURES_MAX`] signatures in its list. Ledger records are never joint.
//!
//! INVARIANTS
//! - No key signs twice, so that the number of signatures is the number of keys.
//! - Every signature is over the same payload; another can be added, none replaced.

use super::{Cursor, DsseError, is_media_type, pae};
use crate::signing::{KeyId, PublicKey, SIGNATURE_SIZE, Signature, Signer, base64};

/// Most signatures of one envelope.
pub const SIGNATURES_MAX: usize = 16;

/// A payload and all who signed it. Unverified until [`JointEnvelope::verify`] said so,
/// for each of [`JointEnvelope::key_ids`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JointEnvelope {
    payload_type: String,
    payload: Vec<u8>,
    signatures: Vec<(KeyId, Signature)>,
}

impl JointEnvelope {
    /// Signs `payload` as the first.
    ///
    /// # Errors
    /// A payload type that is not a plain media type, and a key that gives no signature.
    pub fn sign(payload_type: &str, payload: &[u8], key: &Signer) -> Result<Self, DsseError> {
        if !is_media_type(payload_type) {
            return Err(DsseError::Type {
                payload_type: payload_type.chars().take(80).collect(),
            });
        }
        let mut envelope = Self {
            payload_type: payload_type.to_owned(),
            payload: payload.to_owned(),
            signatures: Vec::new(),
        };
        envelope.add_signature(key)?;
        Ok(envelope)
    }

    /// Signs the same payload with a further key. Whether the earlier signatures hold is
    /// not looked at.
    ///
    /// # Errors
    /// A key that has signed already or gives no signature, and more than
    /// [`SIGNATURES_MAX`] signatures.
    pub fn add_signature(&mut self, key: &Signer) -> Result<(), DsseError> {
        let key_id = key.public().id();
        if self.key_ids().any(|other| other == key_id) {
            return Err(DsseError::Twice { key_id });
        }
        if self.signatures.len() >= SIGNATURES_MAX {
            return Err(DsseError::Count);
        }
        let signature = key.sign(&pae(&self.payload_type, &self.payload))?;
        self.signatures.push((key_id, signature));
        Ok(())
    }

    /// Returns the envelope as one line of JSON, without the newline.
    pub fn to_line(&self) -> Vec<u8> {
        let signatures: Vec<_> = self
            .signatures
            .iter()
            .map(|(key_id, signature)| {
                let signature = base64::encode(signature.as_bytes());
                format!(r#"{{"keyid":"{key_id}","sig":"{signature}"}}"#)
            })
            .collect();
        format!(
            r#"{{"payload":"{}","payloadType":"{}","signatures":[{}]}}"#,
            base64::encode(&self.payload),
            self.payload_type,
            signatures.join(","),
        )
        .into_bytes()
    }

    /// Reads what [`JointEnvelope::to_line`] writes; nothing else.
    ///
    /// # Errors
    /// Any other bytes, a key that signs twice, and too many signatures.
    pub fn parse(line: &[u8]) -> Result<Self, DsseError> {
        let mut cursor = Cursor { line, offset: 0 };
        let (payload_type, payload) = cursor.head()?;
        let mut envelope = Self {
            payload_type,
            payload,
            signatures: Vec::new(),
        };
        loop {
            let (key_id, signature) = cursor.signature()?;
            if envelope.key_ids().any(|other| other == key_id) {
                return Err(DsseError::Twice { key_id });
            }
            if envelope.signatures.len() >= SIGNATURES_MAX {
                return Err(DsseError::Count);
            }
            envelope.signatures.push((key_id, signature));
            if !cursor.rest().starts_with(b",") {
                break;
            }
            cursor.expect(",", "expected `,`")?;
        }
        cursor.expect("]}", "expected another signature or `]}`")?;
        cursor.end()?;
        Ok(envelope)
    }

    /// Verifies the signature by `key` and returns the payload. Says nothing of the other
    /// signatures.
    ///
    /// # Errors
    /// A key that has not signed, and a signature that does not hold.
    pub fn verify(&self, key: &PublicKey) -> Result<&[u8], DsseError> {
        let expected = key.id();
        let mut signatures = self.signatures.iter();
        let Some((_, signature)) = signatures.find(|(key_id, _)| *key_id == expected) else {
            return Err(DsseError::Absent { key_id: expected });
        };
        key.verify(&pae(&self.payload_type, &self.payload), signature)
            .map_err(DsseError::Signature)?;
        Ok(&self.payload)
    }

    /// Returns the media type of the payload.
    pub fn payload_type(&self) -> &str {
        &self.payload_type
    }

    /// Returns the keys that the envelope names, in the order of signing; each once. Not
    /// authenticated.
    pub fn key_ids(&self) -> impl Iterator<Item = KeyId> {
        self.signatures.iter().map(|(key_id, _)| *key_id)
    }

    /// Returns the payload without verifying it.
    pub fn unverified_payload(&self) -> &[u8] {
        &self.payload
    }
}

impl Cursor<'_> {
    /// Reads one element of `signatures`.
    pub(super) fn signature(&mut self) -> Result<(KeyId, Signature), DsseError> {
        self.expect(r#"{"keyid":""#, "expected `{\"keyid\":\"`")?;
        let key_id = self.string(|text| text.parse().ok(), "expected a key id")?;
        self.expect(r#","sig":""#, "expected `,\"sig\":\"`")?;
        let signature = |text: &str| base64::decode(text)?.try_into().ok();
        let signature: [u8; SIGNATURE_SIZE] =
            self.string(signature, "expected 64 bytes of base64")?;
        self.expect("}", "expected `}`")?;
        Ok((key_id, Signature::from_bytes(signature)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::SecretKey;
    use crate::signing::dsse::{Envelope, IN_TOTO};

    fn key(seed: u8) -> Signer {
        SecretKey::from_seed(&[seed; 32]).into()
    }

    fn joint(seeds: &[u8]) -> JointEnvelope {
        let mut envelope = JointEnvelope::sign(IN_TOTO, b"{\"a\":1}", &key(seeds[0])).unwrap();
        for seed in &seeds[1..] {
            envelope.add_signature(&key(*seed)).unwrap();
        }
        envelope
    }

    #[test]
    fn one_signature_is_spelt_as_in_a_record() {
        let single = Envelope::sign(IN_TOTO, b"{\"a\":1}", &key(1)).unwrap();
        assert_eq!(joint(&[1]).to_line(), single.to_line());
        assert!(Envelope::parse(&joint(&[1, 2]).to_line()).is_err());
    }

    #[test]
    fn every_signer_verifies_and_nobody_else() {
        let envelope = JointEnvelope::parse(&joint(&[1, 2, 3]).to_line()).unwrap();
        assert_eq!(envelope, joint(&[1, 2, 3]));
        for seed in 1..=3 {
            assert_eq!(envelope.verify(key(seed).public()).unwrap(), b"{\"a\":1}");
        }
        assert!(matches!(
            envelope.verify(key(4).public()),
            Err(DsseError::Absent { .. })
        ));
        let other = JointEnvelope {
            payload: b"{\"a\":2}".to_vec(),
            ..envelope
        };
        for seed in 1..=3 {
            assert!(matches!(
                other.verify(key(seed).public()),
                Err(DsseError::Signature(_))
            ));
        }
    }

    #[test]
    fn nobody_signs_twice_and_there_is_an_end() {
        let mut envelope = joint(&[1, 2]);
        let error = envelope.add_signature(&key(1)).unwrap_err().to_string();
        assert!(error.contains("signed already"), "{error}");
        let text = String::from_utf8(envelope.to_line()).unwrap();
        let first = text.split_once("\"signatures\":[").unwrap().1;
        let first = first.split_once(",{").unwrap().0;
        let twice = text.replace("]}", &format!(",{first}]}}"));
        assert!(matches!(
            JointEnvelope::parse(twice.as_bytes()),
            Err(DsseError::Twice { .. })
        ));
        for seed in 3..=16 {
            envelope.add_signature(&key(seed)).unwrap();
        }
        assert!(matches!(
            envelope.add_signature(&key(17)),
            Err(DsseError::Count)
        ));
        assert!(JointEnvelope::parse(&envelope.to_line()).is_ok());
    }

    #[test]
    fn refuses_every_other_spelling() {
        let text = String::from_utf8(joint(&[1, 2]).to_line()).unwrap();
        let (_, signatures) = text.split_once("\"signatures\":").unwrap();
        for other in [
            text.replace("},{", "}, {"),
            text.replace("},{", "}{"),
            text.replace("}]}", "},]}"),
            text.replace("}]}", "}]} "),
            text.replace(signatures, "[]}"),
            text.replace("\"sig\"", "\"signature\""),
            text.replace("}]}", ",\"x\":\"\"}]}"),
            text.clone() + "\n",
        ] {
            assert_ne!(other, text);
            assert!(JointEnvelope::parse(other.as_bytes()).is_err(), "{other}");
        }
    }

    #[test]
    fn no_flipped_bit_leaves_both_signatures_standing() {
        let line = joint(&[1, 2]).to_line();
        for at in 0..line.len() {
            for bit in 0..8 {
                let mut flipped = line.clone();
                flipped[at] ^= 1 << bit;
                let stands = JointEnvelope::parse(&flipped).is_ok_and(|envelope| {
                    (1..=2).all(|seed| envelope.verify(key(seed).public()).is_ok())
                });
                assert!(!stands, "byte {at}, bit {bit}");
            }
        }
    }
}
