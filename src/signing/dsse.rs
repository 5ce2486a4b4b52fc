//! DSSE envelopes (secure-systems-lab/dsse, protocol v1.0.2) in the one JSON spelling
//! Assize writes: an [`Envelope`] with exactly one signature, which every record is, and
//! a [`JointEnvelope`] that several keys sign. What other tools write is a
//! [`ForeignEnvelope`].
//!
//! INVARIANT: an envelope of ours has one spelling, so that a flipped byte is either another
//! envelope or none:
//! `{"payload":"<base64>","payloadType":"<type>","signatures":[{"keyid":"<id>","sig":"<base64>"}]}`
//! without blanks. What is signed is the payload's bytes; no JSON is canonicalised to
//! be trusted.

use thiserror::Error;

use super::{KeyError, KeyId, PublicKey, SignError, Signature, Signer, base64};

mod foreign;
mod joint;

pub use foreign::{ForeignEnvelope, Unverified};
pub use joint::{JointEnvelope, SIGNATURES_MAX};

/// The payload type of an in-toto statement, which every record is.
pub const IN_TOTO: &str = "application/vnd.in-toto+json";

/// Most bytes in a payload type.
const TYPE_SIZE_MAX: usize = 200;

/// Bytes that are not an envelope, or one that does not verify.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DsseError {
    /// Not the one spelling of an envelope.
    #[error("is not a canonical DSSE envelope: {reason} at byte {offset}")]
    Spelling {
        /// What was expected.
        reason: &'static str,
        /// 0-based offset in the line.
        offset: usize,
    },
    /// A payload type that would need escapes in JSON.
    #[error("`{payload_type}` is not a media type")]
    Type {
        /// The type, shortened.
        payload_type: String,
    },
    /// The envelope names another key.
    #[error("is signed by `{found}`, not by `{expected}`")]
    Signer {
        /// The key asked for.
        expected: KeyId,
        /// The key named.
        found: KeyId,
    },
    /// A key that has signed already.
    #[error("`{key_id}` has signed already; a further signature needs another key")]
    Twice {
        /// The key.
        key_id: KeyId,
    },
    /// More signatures than allowed.
    #[error("has more than {SIGNATURES_MAX} signatures")]
    Count,
    /// So large that trying all signatures under all keys would take too long.
    #[error("is too large for {tries} tries to verify it")]
    Work {
        /// Signatures times keys.
        tries: usize,
    },
    /// The key has not signed.
    #[error("is not signed by `{key_id}`")]
    Absent {
        /// The key.
        key_id: KeyId,
    },
    /// The signature does not hold.
    #[error(transparent)]
    Signature(KeyError),
    /// The key gave no signature.
    #[error(transparent)]
    Sign(#[from] SignError),
}

/// A payload and who signed it. Unverified until [`Envelope::verify`] said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    payload_type: String,
    payload: Vec<u8>,
    key_id: KeyId,
    signature: Signature,
}

/// Returns DSSE's pre-authentication encoding: the bytes that are signed.
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!(
        "DSSEv1 {} {payload_type} {} ",
        payload_type.len(),
        payload.len()
    );
    [head.as_bytes(), payload].concat()
}

impl Envelope {
    /// Signs `payload`.
    ///
    /// # Errors
    /// A payload type that is not a plain media type, and a key that gives no signature.
    pub fn sign(payload_type: &str, payload: &[u8], key: &Signer) -> Result<Self, DsseError> {
        if !is_media_type(payload_type) {
            return Err(DsseError::Type {
                payload_type: payload_type.chars().take(80).collect(),
            });
        }
        Ok(Self {
            payload_type: payload_type.to_owned(),
            payload: payload.to_owned(),
            key_id: key.public().id(),
            signature: key.sign(&pae(payload_type, payload))?,
        })
    }

    /// Returns the envelope as one line of JSON, without the newline.
    pub fn to_line(&self) -> Vec<u8> {
        format!(
            r#"{{"payload":"{}","payloadType":"{}","signatures":[{{"keyid":"{}","sig":"{}"}}]}}"#,
            base64::encode(&self.payload),
            self.payload_type,
            self.key_id,
            base64::encode(self.signature.as_bytes()),
        )
        .into_bytes()
    }

    /// Reads what [`Envelope::to_line`] writes; nothing else.
    ///
    /// # Errors
    /// Any other bytes, blanks and a trailing newline included.
    pub fn parse(line: &[u8]) -> Result<Self, DsseError> {
        let mut cursor = Cursor { line, offset: 0 };
        let (payload_type, payload) = cursor.head()?;
        let (key_id, signature) = cursor.signature()?;
        cursor.expect("]}", "expected one signature and `]}`")?;
        cursor.end()?;
        Ok(Self {
            payload_type,
            payload,
            key_id,
            signature,
        })
    }

    /// Verifies the signature and returns the payload.
    ///
    /// # Errors
    /// Another key than the envelope names, and a signature that does not hold.
    pub fn verify(&self, key: &PublicKey) -> Result<&[u8], DsseError> {
        let expected = key.id();
        if expected != self.key_id {
            return Err(DsseError::Signer {
                expected,
                found: self.key_id,
            });
        }
        key.verify(&pae(&self.payload_type, &self.payload), &self.signature)
            .map_err(DsseError::Signature)?;
        Ok(&self.payload)
    }

    /// Returns the media type of the payload.
    pub fn payload_type(&self) -> &str {
        &self.payload_type
    }

    /// Returns the key that the envelope names. Not authenticated: a hint where to look.
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// Returns the signature, as it stands there.
    pub const fn signature(&self) -> &Signature {
        &self.signature
    }

    /// Returns the payload without verifying it.
    pub fn unverified_payload(&self) -> &[u8] {
        &self.payload
    }
}

/// Type and subtype in the characters that JSON strings hold as they are.
fn is_media_type(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+/".contains(&byte);
    text.len() <= TYPE_SIZE_MAX
        && text.split('/').filter(|part| !part.is_empty()).count() == 2
        && text.matches('/').count() == 1
        && text.bytes().all(plain)
}

struct Cursor<'a> {
    line: &'a [u8],
    offset: usize,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a [u8] {
        self.line.get(self.offset..).unwrap_or_default()
    }

    fn error(&self, reason: &'static str) -> DsseError {
        DsseError::Spelling {
            reason,
            offset: self.offset,
        }
    }

    /// Reads what stands before the signatures: payload type and payload.
    fn head(&mut self) -> Result<(String, Vec<u8>), DsseError> {
        self.expect(r#"{"payload":""#, "expected `{\"payload\":\"`")?;
        let payload = self.string(base64::decode, "expected base64")?;
        self.expect(r#","payloadType":""#, "expected `,\"payloadType\":\"`")?;
        let media_type = |text: &str| is_media_type(text).then(|| text.to_owned());
        let payload_type = self.string(media_type, "expected a media type")?;
        self.expect(r#","signatures":["#, "expected `,\"signatures\":[`")?;
        Ok((payload_type, payload))
    }

    fn end(&self) -> Result<(), DsseError> {
        if self.offset == self.line.len() {
            Ok(())
        } else {
            Err(self.error("expected the end of the line"))
        }
    }

    fn expect(&mut self, text: &str, reason: &'static str) -> Result<(), DsseError> {
        if !self.rest().starts_with(text.as_bytes()) {
            return Err(self.error(reason));
        }
        self.offset += text.len();
        Ok(())
    }

    /// Reads up to the closing quote, and the quote.
    fn string<T>(
        &mut self,
        read: impl FnOnce(&str) -> Option<T>,
        reason: &'static str,
    ) -> Result<T, DsseError> {
        let rest = self.rest();
        let value = rest
            .iter()
            .position(|byte| *byte == b'"')
            .and_then(|length| rest.get(..length))
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .and_then(|text| Some((text.len(), read(text)?)));
        let Some((length, value)) = value else {
            return Err(self.error(reason));
        };
        self.offset += length + 1;
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::SecretKey;
    use proptest::prelude::*;

    fn key() -> SecretKey {
        // RFC 8032 §7.1, test 1.
        let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        SecretKey::from_seed(seed.parse::<crate::digest::Digest>().unwrap().as_bytes())
    }

    fn line() -> Vec<u8> {
        Envelope::sign(IN_TOTO, b"{\"a\":1}", &key().into())
            .unwrap()
            .to_line()
    }

    #[test]
    fn encodes_the_specification_s_example() {
        let bytes = pae("http://example.com/HelloWorld", b"hello world");
        assert_eq!(
            bytes,
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
        assert_eq!(
            base64::encode(key().sign(&bytes).as_bytes()),
            "4DHX3Zn4qpBKvEj7maE8O9u9bjXEnPLLnyXVUJ2PXJR8DSLcL3QDpFvfJOj3pB/SPHsl6Jg4boxsMb6KvuYABw=="
        );
        assert_eq!(pae("", b""), b"DSSEv1 0  0 ");
    }

    #[test]
    fn writes_and_reads_one_line() {
        let envelope = Envelope::parse(&line()).unwrap();
        assert_eq!(envelope.to_line(), line());
        assert_eq!(envelope.payload_type(), IN_TOTO);
        assert_eq!(envelope.verify(&key().public()).unwrap(), b"{\"a\":1}");
    }

    #[test]
    fn refuses_every_other_spelling() {
        let text = String::from_utf8(line()).unwrap();
        let twice = text.replace("}]}", "},{\"keyid\":\"\",\"sig\":\"\"}]}");
        for other in [
            text.replace("\":\"", "\": \""),
            text.replace("\"}]}", "\"}]} "),
            text.clone() + "\n",
            text.replace("SHA256:", "SHA256:A"),
            text.replace("SHA256:", ""),
            text.replace("payloadType", "payload_type"),
            text.replace("application/vnd", "application\\/vnd"),
            text.replace("application/vnd", "application/vnd\u{e9}"),
            text.replace("\"payload\"", "\"payload\":\"\",\"payload\""),
            twice,
            String::new(),
            "{}".to_owned(),
        ] {
            assert_ne!(other, text);
            assert!(Envelope::parse(other.as_bytes()).is_err(), "{other}");
        }
        let error = Envelope::parse(b"{\"payload\":\"=\"").unwrap_err();
        assert_eq!(
            error.to_string(),
            "is not a canonical DSSE envelope: expected base64 at byte 12"
        );
    }

    #[test]
    fn refuses_types_that_json_would_escape() {
        for payload_type in ["", "a", "a/", "/a", "a/b/c", "a/\"b", "a/b\n", "a/é"] {
            assert!(Envelope::sign(payload_type, b"", &key().into()).is_err());
        }
    }

    #[test]
    fn refuses_another_key_and_other_bytes() {
        let envelope = Envelope::parse(&line()).unwrap();
        let other = SecretKey::from_seed(&[7; 32]);
        assert!(matches!(
            envelope.verify(&other.public()),
            Err(DsseError::Signer { .. })
        ));
        for changed in [
            Envelope {
                payload: b"{\"a\":2}".to_vec(),
                ..envelope.clone()
            },
            Envelope {
                payload_type: "application/json".to_owned(),
                ..envelope.clone()
            },
            Envelope {
                signature: other.sign(b""),
                ..envelope.clone()
            },
        ] {
            assert!(matches!(
                changed.verify(&key().public()),
                Err(DsseError::Signature(_))
            ));
        }
    }

    #[test]
    fn no_flipped_bit_verifies() {
        let line = line();
        for at in 0..line.len() {
            for bit in 0..8 {
                let mut flipped = line.clone();
                flipped[at] ^= 1 << bit;
                let verified = Envelope::parse(&flipped)
                    .is_ok_and(|envelope| envelope.verify(&key().public()).is_ok());
                assert!(!verified, "byte {at}, bit {bit}");
            }
        }
    }

    proptest! {
        #[test]
        fn parses_only_what_it_prints(payload: Vec<u8>, at: prop::sample::Index, byte: u8) {
            let mut line = Envelope::sign(IN_TOTO, &payload, &key().into()).unwrap().to_line();
            *at.get_mut(&mut line) = byte;
            if let Ok(envelope) = Envelope::parse(&line) {
                prop_assert_eq!(envelope.to_line(), line);
            }
        }
    }
}
