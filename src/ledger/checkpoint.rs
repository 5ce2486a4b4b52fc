//! Checkpoints (<https://c2sp.org/tlog-checkpoint>): the signed size and root of a ledger.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::merkle;
use crate::digest::Digest;
use crate::signing::note::{KeyName, Note, NoteError};
use crate::signing::{SignError, Signer, base64};

/// A ledger's identity: the first line of its checkpoints and the name of the key that
/// signs them. A URL without scheme by convention, as `example.com/payments/ledger`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin(KeyName);

/// How many entries a ledger has, and the root of the tree over them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The ledger's identity.
    pub origin: Origin,
    /// Number of entries.
    pub size: u64,
    /// RFC 6962 root over the entries.
    pub root: Digest,
}

/// Text that is not a checkpoint.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// Not a signed note.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The key gave no signature.
    #[error("cannot be signed")]
    Sign(#[from] SignError),
    /// A note, but not of a checkpoint.
    #[error("is not a checkpoint: {reason}")]
    Shape {
        /// What was expected.
        reason: &'static str,
    },
}

impl FromStr for Origin {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        text.parse().map(Self)
    }
}

impl Origin {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Returns the name under which the ledger's checkpoints are signed.
    pub const fn key_name(&self) -> &KeyName {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Checkpoint {
    /// Returns the checkpoint of a ledger without entries.
    pub fn empty(origin: Origin) -> Self {
        Self {
            origin,
            size: 0,
            root: merkle::empty_root(),
        }
    }

    /// Returns the checkpoint as a note signed by `key` under the origin.
    ///
    /// # Errors
    /// A key that gives no signature.
    pub fn sign(&self, key: &Signer) -> Result<Note, CheckpointError> {
        let mut note = Note::new(&self.to_string())?;
        note.sign(self.origin.key_name(), key)?;
        Ok(note)
    }

    /// Reads a signed checkpoint. Verifies no signature.
    ///
    /// # Errors
    /// Other bytes, and extension lines, which no ledger of ours has.
    pub fn parse(bytes: &[u8]) -> Result<(Self, Note), CheckpointError> {
        let shape = |reason| CheckpointError::Shape { reason };
        let note = Note::parse(bytes)?;
        let lines: Vec<&str> = note.text().split_terminator('\n').collect();
        let [origin, size, root] = lines.as_slice() else {
            return Err(shape("expected three lines: origin, size and root"));
        };
        let size_text = *size;
        let size: u64 = size_text
            .parse()
            .map_err(|_| shape("the second line is not a size"))?;
        if size.to_string() != size_text {
            return Err(shape("the size has leading zeros or a sign"));
        }
        let root = base64::decode(root)
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or_else(|| shape("the third line is not 32 bytes of base64"))?;
        let checkpoint = Self {
            origin: origin.parse()?,
            size,
            root: Digest::from_bytes(root),
        };
        Ok((checkpoint, note))
    }
}

impl fmt::Display for Checkpoint {
    /// The text that is signed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = base64::encode(self.root.as_bytes());
        writeln!(f, "{}\n{}\n{root}", self.origin, self.size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::SecretKey;
    use crate::signing::note::VerifierKey;

    fn key() -> Signer {
        SecretKey::from_seed(&[1; 32]).into()
    }

    fn signed(text: &str) -> Vec<u8> {
        let mut note = Note::new(text).unwrap();
        note.sign(&"example.com/log".parse().unwrap(), &key())
            .unwrap();
        note.to_bytes()
    }

    #[test]
    fn prints_what_it_reads() {
        let checkpoint = Checkpoint {
            size: 7,
            ..Checkpoint::empty("example.com/log".parse().unwrap())
        };
        assert_eq!(
            checkpoint.to_string(),
            "example.com/log\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
        );
        let bytes = checkpoint.sign(&key()).unwrap().to_bytes();
        let (read, note) = Checkpoint::parse(&bytes).unwrap();
        assert_eq!(read, checkpoint);
        let verifier = VerifierKey::new(checkpoint.origin.key_name().clone(), *key().public());
        assert!(note.verify(&[verifier]).is_ok());
    }

    #[test]
    fn refuses_other_texts() {
        let root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        assert!(Checkpoint::parse(&signed(&format!("a\n7\n{root}\n"))).is_ok());
        for text in [
            format!("a\n07\n{root}\n"),
            format!("a\n+7\n{root}\n"),
            format!("a\n-7\n{root}\n"),
            format!("a\n18446744073709551616\n{root}\n"),
            format!("a b\n7\n{root}\n"),
            format!("a\n7\n{root}\nextension\n"),
            "a\n7\n".to_owned(),
            format!("a\n7\n{}\n", root.replace("47DE", "")),
            format!("a\n7\n {root}\n"),
        ] {
            assert!(Checkpoint::parse(&signed(&text)).is_err(), "{text:?}");
        }
    }
}
