//! The ledger's own checkpoint, and one that was kept elsewhere.

use std::path::Path;

use super::failure::{Found, What};
use super::tiles::Levels;
use super::{CHECKPOINT_SIZE_MAX, VerifyError, fetch};
use crate::ledger::{CHECKPOINT, Checkpoint};
use crate::signing::{
    Role, TrustPolicy,
    note::{Note, VerifierKey},
};

/// How the kept checkpoint is called in failures.
pub(super) const SINCE: &str = "kept checkpoint";

/// The ledger's checkpoint, which parsed.
#[derive(Debug)]
pub(super) struct Own {
    pub(super) checkpoint: Checkpoint,
    pub(super) note: Note,
    pub(super) bytes: Vec<u8>,
    pub(super) signers: Vec<String>,
}

/// Reads the ledger's checkpoint and verifies its signature.
pub(super) fn own(
    dir: &Path,
    trust: &TrustPolicy,
    found: &mut Found,
) -> Result<Option<Own>, VerifyError> {
    let Some(bytes) = fetch(dir, CHECKPOINT, CHECKPOINT_SIZE_MAX, found)? else {
        return Ok(None);
    };
    let (checkpoint, note) = match Checkpoint::parse(&bytes) {
        Ok(parsed) => parsed,
        Err(error) => {
            found.add(CHECKPOINT, None, What::Checkpoint(error));
            return Ok(None);
        }
    };
    let signers = signers(CHECKPOINT, &checkpoint, &note, trust, found);
    Ok(Some(Own {
        checkpoint,
        note,
        bytes,
        signers,
    }))
}

/// Holds the ledger against a checkpoint that was kept elsewhere: it must be a
/// continuation of what that one signs. Returns the kept size, if it is.
pub(super) fn since(
    kept: &[u8],
    own: &Checkpoint,
    levels: &Levels,
    trust: &TrustPolicy,
    found: &mut Found,
) -> Option<u64> {
    let kept = self::kept(kept, own, levels.size(), trust, found)?;
    if levels.root(kept.size) != kept.root {
        // TRUST: the root is computed from the lines themselves, which is stronger
        // than a consistency proof between two signed roots.
        found.add(SINCE, None, What::SinceRoot { kept: kept.size });
        return None;
    }
    Some(kept.size)
}

/// Reads a checkpoint that was kept elsewhere: signed by who may, of this ledger, and of
/// no more than the `records` there are.
pub(super) fn kept(
    bytes: &[u8],
    own: &Checkpoint,
    records: u64,
    trust: &TrustPolicy,
    found: &mut Found,
) -> Option<Checkpoint> {
    let (kept, note) = match Checkpoint::parse(bytes) {
        Ok(parsed) => parsed,
        Err(error) => {
            found.add(SINCE, None, What::Checkpoint(error));
            return None;
        }
    };
    if kept.origin != own.origin {
        let what = What::SinceOrigin {
            found: kept.origin,
            expected: own.origin.clone(),
        };
        found.add(SINCE, None, what);
        return None;
    }
    signers(SINCE, &kept, &note, trust, found);
    let size = records.min(own.size);
    if kept.size > size {
        let kept = kept.size;
        found.add(SINCE, None, What::SinceSize { kept, size });
        return None;
    }
    Some(kept)
}

/// Returns the names of the trusted keys that signed.
pub(super) fn signers(
    file: &str,
    checkpoint: &Checkpoint,
    note: &Note,
    trust: &TrustPolicy,
    found: &mut Found,
) -> Vec<String> {
    let role = Role::Checkpoint;
    let name = checkpoint.origin.key_name();
    let known: Vec<VerifierKey> = trust
        .keys(role)
        .map(|trusted| VerifierKey::new(name.clone(), *trusted.key()))
        .collect();
    if known.is_empty() {
        found.add(file, None, What::NoTrustedKey { role });
        return Vec::new();
    }
    let signed = match note.verify(&known) {
        Ok(signed) => signed,
        Err(error) => {
            found.add(file, None, What::CheckpointSignature(error));
            return Vec::new();
        }
    };
    // A checkpoint is signed at the index of the last record it covers.
    let index = checkpoint.size.saturating_sub(1);
    let mut names = Vec::new();
    let mut refusal = None;
    for verifier in signed {
        let key_id = verifier.key().id();
        match trust.key(&key_id, role, Some(index)) {
            Ok(_) => names.extend(trust.name(&key_id).map(str::to_owned)),
            Err(error) => refusal = Some(error),
        }
    }
    if names.is_empty()
        && let Some(error) = refusal
    {
        found.add(file, None, What::CheckpointSigner(error));
    }
    names
}
