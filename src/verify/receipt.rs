//! Proofs that were handed out: a receipt, and that one checkpoint continues another.
//!
//! TRUST: a receipt shows that the record is in a tree whose root somebody trusted has
//! signed. That others are shown the same tree, it does not.

use super::checkpoints::signers;
use super::failure::{Failures, Found, What};
use super::{Verified, VerifyError, Witnessed, anchors, concluded, records};
use crate::anchor::policy::WitnessPolicy;
use crate::ledger::{Checkpoint, Consistency, Origin, Receipt, merkle};
use crate::signing::{TrustPolicy, dsse::Envelope, note::Note};

/// How they are called in failures.
const RECEIPT: &str = "receipt";
const PROOF: &str = "proof";
const KEPT: &str = "kept checkpoint";

/// What a receipt shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptReport {
    /// The ledger's identity.
    pub origin: Origin,
    /// The record's 0-based index.
    pub index: u64,
    /// Records in the ledger when it was made.
    pub size: u64,
    /// The record's line.
    pub record: Vec<u8>,
    /// What the record's signature is over.
    pub payload: Vec<u8>,
    /// Name, in the trust policy, of the key that signed the record.
    pub record_signer: String,
    /// Names of the keys that signed the checkpoint.
    pub checkpoint_signers: Vec<String>,
    /// The signed checkpoint, to be kept.
    pub checkpoint: Vec<u8>,
    /// Witnesses of the policy that cosigned it.
    pub witnesses: Vec<Witnessed>,
    /// Whether they are enough; none without a policy.
    pub quorum: Option<bool>,
}

/// What a proof of consistency shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsistencyReport {
    /// The ledger's identity.
    pub origin: Origin,
    /// Records that the kept checkpoint signs.
    pub old: u64,
    /// Records in the ledger that continues it.
    pub size: u64,
    /// Names of the keys that signed the later checkpoint.
    pub checkpoint_signers: Vec<String>,
    /// The later checkpoint, to be kept in the place of the other.
    pub checkpoint: Vec<u8>,
}

/// Verifies a receipt: the record's signature and place, and that it is in the tree whose
/// root the checkpoint signs.
///
/// # Errors
/// [`VerifyError::Wrong`] and [`VerifyError::Unverifiable`], as for a ledger.
pub fn receipt(bytes: &[u8], trust: &TrustPolicy) -> Result<Verified<ReceiptReport>, VerifyError> {
    witnessed_receipt(bytes, trust, None)
}

/// Verifies a receipt, and that as many witnesses as the policy asks for cosigned its
/// checkpoint.
///
/// # Errors
/// As [`receipt`], and a quorum that is not met.
pub fn witnessed_receipt(
    bytes: &[u8],
    trust: &TrustPolicy,
    policy: Option<&WitnessPolicy>,
) -> Result<Verified<ReceiptReport>, VerifyError> {
    let receipt = Receipt::parse(bytes).map_err(|error| wrong(RECEIPT, What::Proof(error)))?;
    let (checkpoint, note) = parsed(RECEIPT, &receipt.checkpoint)?;
    let envelope =
        Envelope::parse(&receipt.record).map_err(|error| wrong(RECEIPT, What::Envelope(error)))?;
    let mut found = Found::default();
    let (index, size) = (receipt.index, checkpoint.size);
    let checkpoint_signers = signers(RECEIPT, &checkpoint, &note, trust, &mut found);
    let place = (index, &checkpoint.origin);
    let signer = records::alone(RECEIPT, &receipt.record, place, trust, &mut found);
    let leaf = receipt.leaf();
    if !merkle::inclusion_holds(&leaf, index, size, &receipt.hashes, &checkpoint.root) {
        found.add(RECEIPT, Some(index), What::NotIncluded { size });
    }
    let mut witnesses = Vec::new();
    let mut quorum = None;
    if let Some(policy) = policy {
        match anchors::by_policy(policy, &note, size) {
            Ok((by, met)) => (witnesses, quorum) = (by, Some(met)),
            Err(what) => found.add(RECEIPT, None, what),
        }
        if quorum == Some(false) {
            let until = index.saturating_add(1);
            let what = What::Quorum {
                from: index,
                until,
                none: true,
            };
            found.add(RECEIPT, None, what);
        }
    }
    concluded(found)?;
    let name = signer.and_then(|key| trust.name(&key));
    Ok(Verified(ReceiptReport {
        index,
        size,
        payload: envelope.unverified_payload().to_vec(),
        record_signer: name.unwrap_or_default().to_owned(),
        origin: checkpoint.origin,
        record: receipt.record,
        checkpoint_signers,
        checkpoint: receipt.checkpoint,
        witnesses,
        quorum,
    }))
}

/// Verifies that the ledger of a proof continues that of the checkpoint `kept`.
///
/// # Errors
/// As [`receipt`].
pub fn consistency(
    bytes: &[u8],
    kept: &[u8],
    trust: &TrustPolicy,
) -> Result<Verified<ConsistencyReport>, VerifyError> {
    let proof = Consistency::parse(bytes).map_err(|error| wrong(PROOF, What::Proof(error)))?;
    let (old, old_note) = parsed(KEPT, kept)?;
    let (new, new_note) = parsed(PROOF, &proof.checkpoint)?;
    let mut found = Found::default();
    signers(KEPT, &old, &old_note, trust, &mut found);
    let checkpoint_signers = signers(PROOF, &new, &new_note, trust, &mut found);
    let (from, to) = ((old.size, &old.root), (new.size, &new.root));
    if old.origin != new.origin {
        let what = What::SinceOrigin {
            found: old.origin,
            expected: new.origin.clone(),
        };
        found.add(KEPT, None, what);
    } else if proof.old != old.size {
        let what = What::ProofSize {
            found: proof.old,
            kept: old.size,
        };
        found.add(PROOF, None, what);
    } else if !merkle::consistency_holds(from, to, &proof.hashes) {
        let (kept, size) = (old.size, new.size);
        found.add(PROOF, None, What::Inconsistent { kept, size });
    }
    concluded(found)?;
    Ok(Verified(ConsistencyReport {
        origin: new.origin,
        old: old.size,
        size: new.size,
        checkpoint_signers,
        checkpoint: proof.checkpoint,
    }))
}

fn parsed(file: &str, bytes: &[u8]) -> Result<(Checkpoint, Note), VerifyError> {
    Checkpoint::parse(bytes).map_err(|error| wrong(file, What::Checkpoint(error)))
}

fn wrong(file: &str, what: What) -> VerifyError {
    VerifyError::Wrong(Failures::one(file, what))
}

#[cfg(test)]
mod tests;
