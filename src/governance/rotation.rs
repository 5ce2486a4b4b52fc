//! One key hands over to the next: the announcement, which the old key signs as a record.
//!
//! The bytes are in `docs/spec/ledger.md` §4.1.
//!
//! TRUST: an announcement tells an auditor that whoever held the old key named the new one.
//! Which key may sign is the trust policy's to say, and that is the auditor's own.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Acts, RecordedAct};
use crate::digest::Digest;
use crate::json::{self, JsonError, Limits};
use crate::ledger::read::{ReadError, Reader};
use crate::record::act::KEY_ROTATION;
use crate::signing::{KeyError, KeyId, PublicKey, SignError, Signature, Signer, base64, dsse};

/// `schema` of the document.
const SCHEMA: &str = "assize/key-rotation/v1";
/// Payload type of what the new key signs, so that the signature is good for nothing else.
const POSSESSION_TYPE: &str = "application/vnd.assize.key-rotation+json";

/// A document that is not the announcement of a key.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RotationError {
    /// Not the shape.
    #[error("is not the announcement of a key: {reason}")]
    Shape {
        /// What is wrong.
        reason: String,
    },
    /// Whoever announced the key does not have it.
    #[error("the new key did not sign its announcement")]
    Possession(#[source] KeyError),
    /// The new key gives no signature.
    #[error("the new key cannot sign its announcement")]
    Sign(#[from] SignError),
    /// Cannot be written as JSON.
    #[error("cannot write the announcement")]
    Write(#[from] JsonError),
    /// A key that cannot be written.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Who hands over, to whom, and from where on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    schema: String,
    /// The ledger.
    pub origin: String,
    /// The key that signs this record.
    pub from: Named,
    /// The key that signs what follows.
    pub to: Named,
    /// The new key as PEM.
    pub public_key: String,
    /// What the old key signed and the new one will, sorted.
    pub roles: Vec<String>,
    /// First index of the new key: that after this record's.
    pub from_index: u64,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The new key's signature over all the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    possession: Option<String>,
}

/// A key and what the trust policy calls it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Its id.
    pub key_id: String,
    /// Its name.
    pub name: String,
}

impl Named {
    /// Names a key.
    pub fn new(name: &str, key: &PublicKey) -> Self {
        Self {
            key_id: key.id().to_string(),
            name: name.to_owned(),
        }
    }
}

impl Rotation {
    /// Returns the announcement of `new`.
    ///
    /// # Errors
    /// None that is known; the encoder's type has them.
    pub fn new(
        origin: &str,
        (from, to): (Named, Named),
        new: &PublicKey,
        roles: Vec<String>,
        from_index: u64,
        reason: Option<String>,
    ) -> Result<Self, RotationError> {
        Ok(Self {
            schema: SCHEMA.to_owned(),
            origin: origin.to_owned(),
            from,
            to,
            public_key: new.to_pem()?,
            roles,
            from_index,
            reason,
            possession: None,
        })
    }

    /// Returns the document, with the new key's signature over it.
    ///
    /// # Errors
    /// A key that gives no signature.
    pub fn document(&self, new: &Signer) -> Result<Vec<u8>, RotationError> {
        let possession = new.sign(&self.message()?)?;
        Ok(json::canonical(&Self {
            possession: Some(base64::encode(possession.as_bytes())),
            ..self.clone()
        })?)
    }

    /// Reads a document, and confirms that the new key signed it.
    ///
    /// # Errors
    /// Other documents, and a signature that does not hold.
    pub fn parse(document: &[u8]) -> Result<Self, RotationError> {
        let shape = |reason: String| RotationError::Shape { reason };
        let mut rotation: Self =
            json::parse_as(document, Limits::AUTHORED).map_err(|error| shape(error.to_string()))?;
        let possession = rotation.possession.take().unwrap_or_default();
        if rotation.schema != SCHEMA {
            return Err(shape(format!("`schema` is not `{SCHEMA}`")));
        }
        let key = PublicKey::from_pem(&rotation.public_key)?;
        if key.id().to_string() != rotation.to.key_id {
            return Err(shape("`public_key` is not that of `to`".to_owned()));
        }
        let signature = base64::decode(&possession)
            .and_then(|bytes| bytes.try_into().ok())
            .map(Signature::from_bytes)
            .ok_or_else(|| shape("`possession` is no signature".to_owned()))?;
        key.verify(&rotation.message()?, &signature)
            .map_err(RotationError::Possession)?;
        Ok(rotation)
    }

    /// What the new key signs.
    fn message(&self) -> Result<Vec<u8>, RotationError> {
        Ok(dsse::pae(POSSESSION_TYPE, &json::canonical(self)?))
    }
}

/// Returns the last announcement of `new` in a ledger after which no record was appended
/// that `old` signed, with its document's digest.
///
/// # Errors
/// A ledger that cannot be read.
pub fn announced(
    reader: &Reader,
    old: &KeyId,
    new: &KeyId,
) -> Result<Option<(u64, Digest)>, ReadError> {
    let acts = Acts::read(reader, KEY_ROTATION)?;
    let wanted = new.to_string();
    let last = acts
        .records
        .iter()
        .rfind(|RecordedAct { act, .. }| act.predicate.name == wanted);
    let Some(RecordedAct { index, act }) = last else {
        return Ok(None);
    };
    for entry in reader.entries()? {
        let entry = entry?;
        let signer = dsse::Envelope::parse(&entry.line).map(|envelope| envelope.key_id());
        if entry.index > *index && signer.is_ok_and(|signer| signer == *old) {
            return Ok(None);
        }
    }
    Ok(Some((*index, act.document())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::SecretKey;

    fn key(seed: u8) -> SecretKey {
        SecretKey::from_seed(&[seed; 32])
    }

    fn rotation() -> Rotation {
        let (old, new) = (key(1).public(), key(2).public());
        let named = (Named::new("gate-2026", &old), Named::new("gate-2027", &new));
        let roles = vec!["checkpoint".to_owned(), "record".to_owned()];
        Rotation::new("example.com/ledger", named, &new, roles, 7, None).unwrap()
    }

    #[test]
    fn reads_back_what_the_new_key_signed() {
        let document = rotation().document(&key(2).into()).unwrap();
        assert_eq!(Rotation::parse(&document).unwrap(), rotation());
        // Never changed: announcements of the first version are readable for ever.
        let golden = include_bytes!("../../tests/golden/v1/key-rotation.json").trim_ascii();
        assert_eq!(document, golden);
    }

    #[test]
    fn who_does_not_have_the_key_cannot_announce_it() {
        let document = rotation().document(&key(1).into()).unwrap();
        let error = Rotation::parse(&document).unwrap_err();
        assert!(matches!(error, RotationError::Possession(_)), "{error:?}");
        let sound = String::from_utf8(rotation().document(&key(2).into()).unwrap()).unwrap();
        for (from, to) in [
            ("\"from_index\":7", "\"from_index\":8"),
            ("gate-2027", "gate-2028"),
            ("example.com", "example.org"),
            ("rotation/v1", "rotation/v2"),
            ("\"origin\"", "\"original\""),
            ("\"possession\":\"", "\"possession\":\"A"),
            ("\"possession\"", "\"reason\""),
        ] {
            let other = sound.replacen(from, to, 1);
            assert_ne!(other, sound);
            assert!(Rotation::parse(other.as_bytes()).is_err(), "{from}");
        }
        let id = key(2).public().id().to_string();
        let other = sound.replacen(&id, &key(3).public().id().to_string(), 1);
        let error = Rotation::parse(other.as_bytes()).unwrap_err().to_string();
        assert!(
            error.contains("`public_key` is not that of `to`"),
            "{error}"
        );
    }
}
