//! Cosignatures (<https://c2sp.org/tlog-cosignature>): a witness says that the checkpoint
//! above its line continues every one that it has seen of the same log, and when.
//!
//! ```text
//! cosignature/v1
//! time 1679315147
//! example.com/behind-the-sofa
//! 20852163
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//! ```
//!
//! is what an Ed25519 cosignature, type `04`, is over. ML-DSA-44, type `06`, is not
//! verified by this version: its keys are read, and nothing is taken for signed by them.
//!
//! TRUST: a line by a key that is not known proves nothing and spoils nothing. One by a
//! known key must hold, or the note is refused.

use std::fmt;
use std::str::FromStr;

use super::note::{self, KeyName, Note, NoteError};
use super::{PublicKey, Signature, base64};
use crate::digest::to_hex;

/// Signature type of Ed25519 cosignatures.
const ED25519: u8 = 0x04;
/// Signature type of ML-DSA-44 cosignatures.
const ML_DSA_44: u8 = 0x06;
/// Bytes in an ML-DSA-44 public key (FIPS 204 §4).
const ML_DSA_44_SIZE: usize = 1312;

/// A witness's key under its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CosignerKey {
    name: KeyName,
    material: Material,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Material {
    Ed25519(PublicKey),
    /// Read, and never found to have signed.
    MlDsa44(Vec<u8>),
}

/// A cosignature that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosignature {
    /// Number of the key in the list that was given.
    pub key: usize,
    /// When the witness says that this was the largest tree it knew, in seconds since 1970.
    pub time_s: i64,
    /// Number of the line among the signatures.
    pub line: usize,
}

impl CosignerKey {
    /// Returns `key` under `name`, for Ed25519 cosignatures.
    pub const fn new(name: KeyName, key: PublicKey) -> Self {
        Self {
            name,
            material: Material::Ed25519(key),
        }
    }

    /// Returns the key's name.
    pub const fn name(&self) -> &KeyName {
        &self.name
    }

    /// Returns whether this version can verify what the key signs.
    pub const fn is_supported(&self) -> bool {
        matches!(self.material, Material::Ed25519(_))
    }

    /// Returns the bytes of the public key, without its type.
    pub fn public(&self) -> &[u8] {
        match &self.material {
            Material::Ed25519(key) => key.as_bytes(),
            Material::MlDsa44(bytes) => bytes,
        }
    }

    /// Returns the first four bytes of `SHA-256(name ‖ 0A ‖ type ‖ key)`.
    pub fn key_hash(&self) -> [u8; 4] {
        note::key_hash(&self.name, self.signature_type(), self.public())
    }

    const fn signature_type(&self) -> u8 {
        match self.material {
            Material::Ed25519(_) => ED25519,
            Material::MlDsa44(_) => ML_DSA_44,
        }
    }

    /// Returns the time of the cosignature `bytes` over `text`, if it holds.
    fn verified(&self, text: &str, bytes: &[u8]) -> Option<i64> {
        let Material::Ed25519(key) = &self.material else {
            return None;
        };
        let (time, signature) = bytes.split_first_chunk::<8>()?;
        // At most 2^63 − 1, and a witness's is never 0.
        let time_s = i64::try_from(u64::from_be_bytes(*time)).ok()?;
        (time_s > 0).then_some(())?;
        let signature = Signature::from_bytes(signature.try_into().ok()?);
        key.verify(message(text, time_s).as_bytes(), &signature)
            .ok()?;
        Some(time_s)
    }
}

/// What an Ed25519 cosignature of `text` at `time_s` is over.
pub fn message(text: &str, time_s: i64) -> String {
    format!("cosignature/v1\ntime {time_s}\n{text}")
}

/// Returns the cosignatures on `note` by `known` keys, one of each key, the earliest.
///
/// # Errors
/// A line by a known key that does not hold.
pub fn verify(note: &Note, known: &[CosignerKey]) -> Result<Vec<Cosignature>, NoteError> {
    let mut found: Vec<Cosignature> = Vec::new();
    for (line, signature) in note.signatures().iter().enumerate() {
        let names = |key: &CosignerKey| {
            key.is_supported()
                && key.name == *signature.name()
                && key.key_hash() == signature.key_hash()
        };
        let Some(key) = known.iter().position(names) else {
            continue;
        };
        let time_s = known
            .get(key)
            .and_then(|key| key.verified(note.text(), signature.bytes()))
            .ok_or_else(|| NoteError::Signature {
                name: signature.name().clone(),
            })?;
        match found.iter_mut().find(|found| found.key == key) {
            Some(earlier) if earlier.time_s <= time_s => {}
            Some(later) => *later = Cosignature { key, time_s, line },
            None => found.push(Cosignature { key, time_s, line }),
        }
    }
    Ok(found)
}

impl fmt::Display for CosignerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[self.signature_type()], self.public()].concat();
        let hash = to_hex(&self.key_hash());
        write!(f, "{}+{hash}+{}", self.name, base64::encode(&key))
    }
}

impl FromStr for CosignerKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let (name, hash, bytes) = note::split_verifier_key(text)?;
        let error = |reason| note::verifier_key_error(text, reason);
        let material = match bytes.split_first() {
            Some((&ED25519, key)) => {
                let key = key
                    .try_into()
                    .map_err(|_| error("an Ed25519 key has 32 bytes"))?;
                let key =
                    PublicKey::from_bytes(key).map_err(|_| error("the key is weak or no point"))?;
                Material::Ed25519(key)
            }
            Some((&ML_DSA_44, key)) if key.len() == ML_DSA_44_SIZE => {
                Material::MlDsa44(key.to_vec())
            }
            Some((&ML_DSA_44, _)) => return Err(error("an ML-DSA-44 key has 1312 bytes")),
            _ => {
                return Err(error(
                    "a witness's key has signature type 4 (Ed25519 cosignatures) or 6 (ML-DSA-44)",
                ));
            }
        };
        let key = Self { name, material };
        if to_hex(&key.key_hash()) != hash {
            return Err(error("the hash does not fit name and key"));
        }
        Ok(key)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::signing::SecretKey;
    use crate::signing::note::NoteSignature;

    /// Adds a cosignature of `key` at `time_s`.
    pub(crate) fn cosign(note: &mut Note, name: &str, key: &SecretKey, time_s: u64) {
        let text = format!("cosignature/v1\ntime {time_s}\n{}", note.text());
        let signature = key.sign(text.as_bytes());
        let bytes = [&time_s.to_be_bytes(), signature.as_bytes().as_slice()].concat();
        let cosigner = CosignerKey::new(name.parse().unwrap(), key.public());
        note.add(NoteSignature::new(
            cosigner.name.clone(),
            cosigner.key_hash(),
            bytes,
        ));
    }

    fn key(seed: u8) -> SecretKey {
        SecretKey::from_seed(&[seed; 32])
    }

    fn cosigner(name: &str, seed: u8) -> CosignerKey {
        CosignerKey::new(name.parse().unwrap(), key(seed).public())
    }

    fn note() -> Note {
        let text = "example.com/log\n1\nDKmJw+LjuguGiKl0pu0ORneeLPV5l6pjXR9F8fQGXOQ=\n";
        let mut note = Note::new(text).unwrap();
        note.sign(&"example.com/log".parse().unwrap(), &key(2).into())
            .unwrap();
        note
    }

    #[test]
    fn a_cosignature_holds_for_its_key_text_and_time() {
        let mut signed = note();
        cosign(&mut signed, "witness.example/w1", &key(7), 1_764_000_000);
        let signed = Note::parse(&signed.to_bytes()).unwrap();
        let known = [cosigner("other", 8), cosigner("witness.example/w1", 7)];
        let found = verify(&signed, &known).unwrap();
        let expected = Cosignature {
            key: 1,
            time_s: 1_764_000_000,
            line: 1,
        };
        assert_eq!(found, [expected]);
        // Another key, or the same under another name, is not known.
        assert!(
            verify(&signed, &[cosigner("witness.example/w1", 8)])
                .unwrap()
                .is_empty()
        );
        assert!(
            verify(&signed, &[cosigner("witness.example/w2", 7)])
                .unwrap()
                .is_empty()
        );
        assert!(verify(&note(), &known).unwrap().is_empty());
    }

    #[test]
    fn a_known_key_whose_line_does_not_hold_spoils_the_note() {
        let known = [cosigner("w", 7)];
        let mut good = note();
        cosign(&mut good, "w", &key(7), 1_764_000_000);
        let line = good.signatures()[1].clone();
        let refused = |bytes: Vec<u8>| {
            let mut changed = note();
            changed.add(NoteSignature::new(
                line.name().clone(),
                line.key_hash(),
                bytes,
            ));
            let error = verify(&changed, &known).unwrap_err();
            assert!(matches!(error, NoteError::Signature { .. }));
            // Nobody else is held up by it.
            assert!(verify(&changed, &[cosigner("v", 7)]).unwrap().is_empty());
        };
        for at in 0..line.bytes().len() {
            let mut bytes = line.bytes().to_vec();
            bytes[at] ^= 1;
            refused(bytes);
        }
        refused(line.bytes()[..71].to_vec());
        refused([line.bytes(), &[0]].concat());
        refused(vec![0; 8]);
        // A pure signature of the text is none of a witness.
        refused(key(7).sign(good.text().as_bytes()).as_bytes().to_vec());
        for time_s in [0, 1 << 63] {
            let mut wrong = note();
            cosign(&mut wrong, "w", &key(7), time_s);
            assert!(verify(&wrong, &known).is_err(), "{time_s}");
        }
        let mut of_another = Note::new("example.com/other\n1\nroot\n").unwrap();
        of_another.add(line);
        assert!(verify(&of_another, &known).is_err());
    }

    #[test]
    fn the_earliest_of_one_key_counts() {
        let mut signed = note();
        for time_s in [30, 10, 20] {
            cosign(&mut signed, "w", &key(7), time_s);
        }
        let found = verify(&signed, &[cosigner("w", 7)]).unwrap();
        assert_eq!((found.len(), found[0].time_s, found[0].line), (1, 10, 2));
    }

    #[test]
    fn verifier_keys_have_one_spelling() {
        let text = cosigner("witness.example/w1", 7).to_string();
        let read: CosignerKey = text.parse().unwrap();
        assert_eq!(read, cosigner("witness.example/w1", 7));
        assert_eq!(read.to_string(), text);
        let ml_dsa = CosignerKey {
            name: "pq.example".parse().unwrap(),
            material: Material::MlDsa44(vec![9; ML_DSA_44_SIZE]),
        };
        let read: CosignerKey = ml_dsa.to_string().parse().unwrap();
        assert_eq!(read, ml_dsa);
        assert!(!read.is_supported());
        let log = note::VerifierKey::new("a".parse().unwrap(), key(7).public());
        for other in [
            log.to_string(),
            text.replace("w1", "w2"),
            text.replace('+', "-"),
            format!("{text}A"),
            text.to_ascii_uppercase(),
            String::new(),
        ] {
            assert!(other.parse::<CosignerKey>().is_err(), "{other}");
        }
    }

    #[test]
    fn a_line_by_a_key_of_another_kind_is_not_taken_for_signed() {
        let ml_dsa = CosignerKey {
            name: "pq.example".parse().unwrap(),
            material: Material::MlDsa44(vec![9; ML_DSA_44_SIZE]),
        };
        let mut signed = note();
        signed.add(NoteSignature::new(
            ml_dsa.name.clone(),
            ml_dsa.key_hash(),
            vec![0; 2428],
        ));
        assert!(verify(&signed, &[ml_dsa]).unwrap().is_empty());
    }
}
