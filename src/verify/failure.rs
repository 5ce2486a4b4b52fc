//! What is wrong with a ledger, as values that name file and index.

use std::fmt;

use thiserror::Error;

use crate::anchor::timestamp::StampError;
use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::ledger::{self, CheckpointError, LINE_SIZE_MAX, Origin, ProofError};
use crate::record::RecordError;
use crate::signing::{Role, TrustError, dsse::DsseError, note::NoteError};

/// Most failures that are listed; the others are counted.
pub const FAILURES_MAX: usize = 100;

/// Everything that is wrong; never empty.
#[derive(Debug)]
pub struct Failures {
    listed: Vec<Failure>,
    omitted: u64,
}

/// One thing that is wrong, and where.
#[derive(Debug)]
pub struct Failure {
    /// File, relative to the ledger.
    pub file: String,
    /// The entry it is about.
    pub index: Option<u64>,
    /// What it is.
    pub what: What,
}

/// Whether a ledger is bad or only not shown to be good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Forged, altered or missing.
    Wrong,
    /// Cannot be verified with what was given.
    Unverifiable,
}

/// What can be wrong.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum What {
    /// The file is not there.
    #[error("is missing")]
    Missing,
    /// A link, folder, device or pipe.
    #[error("is not a regular file")]
    Irregular,
    /// More than the file may hold.
    #[error("is larger than {size_max} bytes")]
    Size {
        /// Most bytes allowed.
        size_max: u64,
    },
    /// No key is trusted for this at all.
    #[error("cannot be verified: no key is trusted to sign a {role}")]
    NoTrustedKey {
        /// What would be signed.
        role: Role,
    },
    /// A line is longer than an entry may be; what follows was not read.
    #[error("is longer than {LINE_SIZE_MAX} bytes; nothing after it was read")]
    LineSize,
    /// The last line does not end in a newline.
    #[error("does not end in a newline: a torn write, or bytes were removed or added")]
    Torn,
    /// A line is not an envelope.
    #[error(transparent)]
    Envelope(DsseError),
    /// An envelope of something else.
    #[error("holds a `{payload_type}`, not an in-toto statement")]
    PayloadType {
        /// The type.
        payload_type: String,
    },
    /// The record's signer is not trusted.
    #[error("signature: {0}")]
    Signer(TrustError),
    /// The record's signature does not hold.
    #[error("signature: {0}")]
    Signature(DsseError),
    /// The payload is not a record.
    #[error(transparent)]
    Record(RecordError),
    /// The record is one of another ledger.
    #[error("belongs to ledger `{found}`, not `{expected}`")]
    Origin {
        /// What the record says.
        found: String,
        /// What the checkpoint says.
        expected: Origin,
    },
    /// The record was signed for another place.
    #[error("index does not match: the record was signed for index {found}")]
    Index {
        /// What the record says.
        found: u64,
    },
    /// The record was signed behind another one.
    #[error(
        "prev does not match: the record was signed behind {found}, and stands behind {expected}"
    )]
    Prev {
        /// What the record says.
        found: Digest,
        /// SHA-256 of the line before.
        expected: Digest,
    },
    /// The two disagree about the number of records.
    #[error("holds {records} records, but the checkpoint is of {size}{}", hint(*records, *size))]
    Count {
        /// Lines in the file.
        records: u64,
        /// Size in the checkpoint.
        size: u64,
    },
    /// The checkpoint is malformed.
    #[error(transparent)]
    Checkpoint(CheckpointError),
    /// The checkpoint's signature does not hold or is not by a trusted key.
    #[error("signature: {0}")]
    CheckpointSignature(NoteError),
    /// The checkpoint's signer is trusted for other indexes.
    #[error("signature: {0}")]
    CheckpointSigner(TrustError),
    /// The records do not have the checkpoint's root.
    #[error("root does not match: it signs {signed}, but the records have {computed}")]
    Root {
        /// What the checkpoint says.
        signed: Digest,
        /// What the records have.
        computed: Digest,
    },
    /// A file in `tile/` that is no tile.
    #[error("is not a file of this ledger")]
    Unexpected,
    /// A tile that the tree does not have.
    #[error("is a tile beyond the {size} records of the checkpoint")]
    TileBeyond {
        /// Size in the checkpoint.
        size: u64,
    },
    /// A tile's size does not fit its name.
    #[error("has {found} bytes instead of {expected}")]
    TileSize {
        /// Bytes in the file.
        found: u64,
        /// Bytes that its name says.
        expected: u64,
    },
    /// A tile that is missing, or is not whole.
    #[error("does not hold the hashes that its name says")]
    TileHashes,
    /// A hash is not that of the record, or of the records below it.
    #[error("hash {number} does not match the records")]
    TileHash {
        /// 0-based number in the tile.
        number: u64,
    },
    /// `predicate.digests` is not an object of digests.
    #[error("`predicate.digests.{name}` is not a SHA-256 digest in hex")]
    Digests {
        /// The field.
        name: String,
    },
    /// A blob that a record names is not there.
    #[error("is missing; the record names it as `digests.{name}`")]
    BlobMissing {
        /// The field.
        name: String,
    },
    /// A blob is not there, which was allowed.
    #[error("is withheld, so that `digests.{name}` cannot be verified")]
    BlobWithheld {
        /// The field.
        name: String,
    },
    /// A blob's content does not have its digest.
    #[error("was altered: its content has the digest {found}")]
    BlobDigest {
        /// What its content has.
        found: Digest,
    },
    /// Not a proof.
    #[error(transparent)]
    Proof(ProofError),
    /// The hashes do not lead from the record to the root.
    #[error(
        "is not shown to be in the ledger: its hashes do not lead to the root over {size} records"
    )]
    NotIncluded {
        /// Size in the checkpoint.
        size: u64,
    },
    /// A proof from another size.
    #[error("starts from {found} records, but the kept checkpoint is of {kept}")]
    ProofSize {
        /// What the proof says.
        found: u64,
        /// Size in the kept checkpoint.
        kept: u64,
    },
    /// The hashes do not lead from one root to the other.
    #[error(
        "does not show that the ledger of {size} records continues the kept one of {kept}: records were rewritten or removed"
    )]
    Inconsistent {
        /// Size in the kept checkpoint.
        kept: u64,
        /// Size in the later one.
        size: u64,
    },
    /// A checkpoint among anchors that is of another size than its folder says.
    #[error("is of {size} records, and lies among the anchors of {named}")]
    AnchorSize {
        /// What the folder says.
        named: u64,
        /// What the checkpoint says.
        size: u64,
    },
    /// A known witness's line does not hold.
    #[error("cosignature: {0}")]
    Cosignature(NoteError),
    /// A time that no calendar has.
    #[error("cosignature: says a time that no calendar has")]
    CosignatureTime,
    /// The witness policy is for other logs.
    #[error("is not of a log that the witness policy names: {0}")]
    LogOfPolicy(NoteError),
    /// A time stamp that is none, or is not over this ledger.
    #[error("{0}")]
    Stamp(StampError),
    /// A record says to have been made after somebody else saw it.
    #[error(
        "says that it was recorded at {recorded_at}, but {by} saw it at {seen_at} at the latest"
    )]
    SeenBefore {
        /// What the record says.
        recorded_at: Timestamp,
        /// When it was seen.
        seen_at: Timestamp,
        /// By whom.
        by: String,
    },
    /// Too few witnesses.
    #[error("{}: the quorum of the witness policy is not met", lacking(*from, *until))]
    Quorum {
        /// The first record without.
        from: u64,
        /// Records in the ledger.
        until: u64,
        /// Whether no record has one.
        none: bool,
    },
    /// No time stamp.
    #[error("{}: there is no time stamp by a trusted authority{reason}", lacking(*from, *until))]
    Unstamped {
        /// Why one that is there is not relied on.
        reason: String,
        /// The first record without.
        from: u64,
        /// Records in the ledger.
        until: u64,
        /// Whether no record has one.
        none: bool,
    },
    /// The kept checkpoint is of another ledger.
    #[error("is of ledger `{found}`, not `{expected}`")]
    SinceOrigin {
        /// What the kept one says.
        found: Origin,
        /// What the ledger's own says.
        expected: Origin,
    },
    /// The ledger is shorter than it was.
    #[error("is of {kept} records, but the ledger has {size}: records were removed from its end")]
    SinceSize {
        /// Size in the kept checkpoint.
        kept: u64,
        /// Records in the ledger.
        size: u64,
    },
    /// The record that the kept checkpoint ends with is not there.
    #[error(
        "does not hold the last of the {kept} records of the kept checkpoint: it was changed or removed"
    )]
    SinceRecord {
        /// Size in the kept checkpoint.
        kept: u64,
    },
    /// The ledger's first records are not those they were.
    #[error("signs another history of the first {kept} records: they were rewritten")]
    SinceRoot {
        /// Size in the kept checkpoint.
        kept: u64,
    },
}

/// Names the records that lack something.
fn lacking(from: u64, until: u64) -> String {
    match until.saturating_sub(1) {
        last if last == from => format!("record {from}"),
        last => format!("records {from} to {last}"),
    }
}

/// Says what a difference in number can mean.
fn hint(records: u64, size: u64) -> &'static str {
    if records > size {
        ": an append was interrupted (the next one completes it), or the checkpoint is an older one"
    } else {
        ": records were removed"
    }
}

impl What {
    /// Returns whether this shows the ledger to be bad.
    pub const fn standing(&self) -> Standing {
        match self {
            // What is newer than the last anchor may still get one.
            Self::NoTrustedKey { .. }
            | Self::BlobWithheld { .. }
            | Self::Quorum { none: false, .. }
            | Self::Unstamped { none: false, .. } => Standing::Unverifiable,
            _ => Standing::Wrong,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.file)?;
        match self.index {
            Some(index) if self.file == ledger::RECORDS => {
                write!(f, "line {} (index {index}): ", index + 1)?;
            }
            Some(index) => write!(f, "index {index}: ")?,
            None => {}
        }
        self.what.fmt(f)
    }
}

impl Failures {
    /// Returns one failure of a whole file.
    pub(super) fn one(file: &str, what: What) -> Self {
        Self {
            listed: vec![Failure {
                file: file.to_owned(),
                index: None,
                what,
            }],
            omitted: 0,
        }
    }

    /// Returns the first failures, at most [`FAILURES_MAX`].
    pub fn listed(&self) -> &[Failure] {
        &self.listed
    }

    /// Returns how many more there are.
    pub const fn omitted(&self) -> u64 {
        self.omitted
    }
}

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, failure) in self.listed.iter().enumerate() {
            if number > 0 {
                f.write_str("\n")?;
            }
            failure.fmt(f)?;
        }
        if self.omitted > 0 {
            write!(f, "\nand {} more", self.omitted)?;
        }
        Ok(())
    }
}

/// Failures as they are found.
#[derive(Debug, Default)]
pub(super) struct Found {
    listed: Vec<Failure>,
    omitted: u64,
    wrong: bool,
}

impl Found {
    pub(super) fn add(&mut self, file: impl Into<String>, index: Option<u64>, what: What) {
        let wrong = what.standing() == Standing::Wrong;
        if self.listed.len() < FAILURES_MAX || (wrong && !self.wrong) {
            // The list never hides that something is wrong behind what is unverifiable.
            self.listed.push(Failure {
                file: file.into(),
                index,
                what,
            });
        } else {
            self.omitted += 1;
        }
        self.wrong |= wrong;
    }

    /// Returns the failures and the worse of their standings; none if there are none.
    pub(super) fn finish(self) -> Option<(Standing, Failures)> {
        let standing = if self.wrong {
            Standing::Wrong
        } else {
            Standing::Unverifiable
        };
        (!self.listed.is_empty()).then_some((
            standing,
            Failures {
                listed: self.listed,
                omitted: self.omitted,
            },
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_file_line_and_index() {
        let failure = Failure {
            file: ledger::RECORDS.to_owned(),
            index: Some(3),
            what: What::Index { found: 4 },
        };
        assert_eq!(
            failure.to_string(),
            "records.intoto.jsonl: line 4 (index 3): index does not match: \
             the record was signed for index 4"
        );
    }

    #[test]
    fn a_long_list_of_unverifiable_never_hides_a_wrong() {
        let mut found = Found::default();
        for _ in 0..FAILURES_MAX + 5 {
            let name = "input".to_owned();
            found.add("blob", None, What::BlobWithheld { name });
        }
        found.add("checkpoint", None, What::Missing);
        found.add("checkpoint", None, What::Missing);
        let (standing, failures) = found.finish().unwrap();
        assert_eq!(standing, Standing::Wrong);
        assert!(failures.to_string().contains("checkpoint: is missing"));
        assert!(failures.to_string().ends_with("and 6 more"));
        assert!(Found::default().finish().is_none());
    }
}
