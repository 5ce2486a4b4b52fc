//! Proofs as files: that a record is in the ledger, and that the ledger only grew.
//!
//! A receipt is a [`tlog-proof`](https://c2sp.org/tlog-proof) whose `extra` is the record's
//! line, so that it can be verified without the ledger. That a tree continues another is
//! shown as to a [witness](https://c2sp.org/tlog-witness): `old`, the hashes, and the
//! checkpoint that they lead to.
//!
//! INVARIANT: one proof, one spelling: what is read is written back byte by byte.
//!
//! TRUST: nothing here is verified; `verify` does that.

use std::fmt::Write as _;

use thiserror::Error;

use super::{LINE_SIZE_MAX, merkle};
use crate::digest::Digest;
use crate::signing::{base64, note};

/// First line of a receipt.
const RECEIPT: &str = "c2sp.org/tlog-proof@v1";
/// Most hashes that lead through a tree of 2^64 entries.
pub const HASHES_MAX: usize = 64;
/// Most bytes in a proof.
const SIZE_MAX: usize = LINE_SIZE_MAX.div_ceil(3) * 4 + HASHES_MAX * 45 + note::SIZE_MAX + 100;

/// Text that is not a proof.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProofError {
    /// Not the one spelling.
    #[error("is not {what}: line {line}: expected {expected}")]
    Spelling {
        /// What it was read as.
        what: &'static str,
        /// 1-based line.
        line: usize,
        /// What should be there.
        expected: &'static str,
    },
    /// More bytes than a proof may have.
    #[error("is larger than {SIZE_MAX} bytes")]
    Size,
}

/// That a record is in the ledger: a `tlog-proof`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The record's 0-based index.
    pub index: u64,
    /// The record's line, without its newline.
    pub record: Vec<u8>,
    /// From the leaf's sibling up to the child of the root.
    pub hashes: Vec<Digest>,
    /// The signed checkpoint that they lead to.
    pub checkpoint: Vec<u8>,
}

/// That the ledger of a checkpoint continues an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consistency {
    /// Records in the earlier one.
    pub old: u64,
    /// RFC 6962 §2.1.2.
    pub hashes: Vec<Digest>,
    /// The signed checkpoint of the later one.
    pub checkpoint: Vec<u8>,
}

impl Receipt {
    /// Most bytes in the file.
    pub const SIZE_MAX: usize = SIZE_MAX;

    /// Returns the hash that the record has as a leaf of the tree.
    pub fn leaf(&self) -> Digest {
        merkle::leaf_hash(&self.record)
    }

    /// Returns the bytes of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let extra = base64::encode(&self.record);
        let head = format!("{RECEIPT}\nextra {extra}\nindex {}\n", self.index);
        with_hashes(head, &self.hashes, &self.checkpoint)
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// Any other spelling, and a proof without the record.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofError> {
        let mut lines = Lines::new("a receipt", bytes)?;
        if lines.next()? != RECEIPT {
            return Err(lines.wrong("`c2sp.org/tlog-proof@v1`"));
        }
        let extra = lines.next()?.strip_prefix("extra ");
        let record = extra
            .and_then(base64::decode)
            .filter(|record| record.len() <= LINE_SIZE_MAX)
            .ok_or_else(|| lines.wrong("`extra` and the record's line in base64"))?;
        let index = lines.next()?.strip_prefix("index ").and_then(number);
        let index = index.ok_or_else(|| lines.wrong("`index` and a number"))?;
        Ok(Self {
            index,
            record,
            hashes: lines.hashes()?,
            checkpoint: lines.rest.to_vec(),
        })
    }
}

impl Consistency {
    /// Returns the bytes of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        with_hashes(
            format!("old {}\n", self.old),
            &self.hashes,
            &self.checkpoint,
        )
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// Any other spelling.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofError> {
        let mut lines = Lines::new("a proof of consistency", bytes)?;
        let old = lines.next()?.strip_prefix("old ").and_then(number);
        let old = old.ok_or_else(|| lines.wrong("`old` and a number"))?;
        Ok(Self {
            old,
            hashes: lines.hashes()?,
            checkpoint: lines.rest.to_vec(),
        })
    }
}

/// A number as it is printed, and in no other way.
fn number(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

fn with_hashes(mut text: String, hashes: &[Digest], checkpoint: &[u8]) -> Vec<u8> {
    for hash in hashes {
        let _ = writeln!(text, "{}", base64::encode(hash.as_bytes()));
    }
    text.push('\n');
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(checkpoint);
    bytes
}

/// The lines above the checkpoint.
struct Lines<'b> {
    what: &'static str,
    rest: &'b [u8],
    line: usize,
}

impl<'b> Lines<'b> {
    fn new(what: &'static str, bytes: &'b [u8]) -> Result<Self, ProofError> {
        if bytes.len() > SIZE_MAX {
            return Err(ProofError::Size);
        }
        Ok(Self {
            what,
            rest: bytes,
            line: 0,
        })
    }

    /// The next line, which ends in a newline.
    fn next(&mut self) -> Result<&'b str, ProofError> {
        self.line += 1;
        let end = self.rest.iter().position(|byte| *byte == b'\n');
        let split = end.and_then(|end| self.rest.split_at_checked(end));
        let line = split.and_then(|(line, rest)| {
            self.rest = rest.get(1..)?;
            str::from_utf8(line).ok()
        });
        line.ok_or_else(|| self.wrong("a line of text"))
    }

    /// The hashes, up to an empty line.
    fn hashes(&mut self) -> Result<Vec<Digest>, ProofError> {
        let mut hashes = Vec::new();
        loop {
            let line = self.next()?;
            if line.is_empty() {
                return Ok(hashes);
            }
            let hash = base64::decode(line).and_then(|bytes| bytes.try_into().ok());
            match hash {
                Some(hash) if hashes.len() < HASHES_MAX => hashes.push(Digest::from_bytes(hash)),
                _ => return Err(self.wrong("a hash in base64, or an empty line and a checkpoint")),
            }
        }
    }

    const fn wrong(&self, expected: &'static str) -> ProofError {
        ProofError::Spelling {
            what: self.what,
            line: self.line,
            expected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt() -> Receipt {
        Receipt {
            index: 7,
            record: b"{}".to_vec(),
            hashes: vec![Digest::of(b"a"), Digest::of(b"b")],
            checkpoint: b"example.com/log\n8\nroot\n".to_vec(),
        }
    }

    #[test]
    fn writes_what_it_reads() {
        let bytes = receipt().to_bytes();
        assert_eq!(
            str::from_utf8(&bytes).unwrap(),
            "c2sp.org/tlog-proof@v1\nextra e30=\nindex 7\n\
             ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=\n\
             PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0=\n\n\
             example.com/log\n8\nroot\n"
        );
        assert_eq!(Receipt::parse(&bytes).unwrap(), receipt());
        let proof = Consistency {
            old: 3,
            hashes: receipt().hashes,
            checkpoint: receipt().checkpoint,
        };
        assert!(proof.to_bytes().starts_with(b"old 3\nypeB"));
        assert_eq!(Consistency::parse(&proof.to_bytes()).unwrap(), proof);
    }

    #[test]
    fn refuses_every_other_spelling() {
        let text = String::from_utf8(receipt().to_bytes()).unwrap();
        for (from, to, line) in [
            ("@v1", "@v2", 1),
            ("extra e30=\n", "", 2),
            ("e30=", "e30", 2),
            ("extra ", "extra  ", 2),
            ("index 7", "index 07", 3),
            ("index 7", "index +7", 3),
            ("index 7", "index 18446744073709551616", 3),
            ("index 7\n", "index 7\r\n", 3),
            ("ypeB", " ypeB", 4),
            ("uSLs=", "uSLt=", 4),
        ] {
            let other = text.replacen(from, to, 1);
            assert_ne!(other, text);
            match Receipt::parse(other.as_bytes()) {
                Err(ProofError::Spelling { line: found, .. }) => assert_eq!(found, line, "{other}"),
                read => panic!("{other}: {read:?}"),
            }
        }
        let many = Receipt {
            hashes: vec![Digest::ZERO; HASHES_MAX + 1],
            ..receipt()
        };
        assert!(Receipt::parse(&many.to_bytes()).is_err());
        assert_eq!(
            Receipt::parse(&vec![b'x'; SIZE_MAX + 1]),
            Err(ProofError::Size)
        );
        for end in 0..text.find("\n\n").unwrap() {
            assert!(Receipt::parse(&text.as_bytes()[..end]).is_err(), "{end}");
        }
        assert!(Consistency::parse(text.as_bytes()).is_err());
        assert!(Receipt::parse(b"\xff\n").is_err());
    }
}
