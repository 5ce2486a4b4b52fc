//! What others said of the ledger: cosigned checkpoints and time stamps, held against the
//! records themselves.
//!
//! TRUST: an anchor by nobody who is trusted proves nothing and spoils nothing: it is
//! counted, and not relied on. One that is not over this ledger is a failure, whoever made
//! it, and so is one of a trusted party that does not hold.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::checkpoints::signers;
use super::failure::{Found, What};
use super::rests::{Stamped, Unrelied, Witnessed};
use super::tiles::Levels;
use super::{CHECKPOINT_SIZE_MAX, Options, VerifyError, fetch, unreadable};
use crate::anchor::policy::WitnessPolicy;
use crate::anchor::timestamp::{StampError, Token};
use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::ledger::anchors::{ANCHOR, COSIGNED, STAMP_SIZE_MAX, stamp_digest};
use crate::ledger::{CHECKPOINT, Checkpoint};
use crate::signing::TrustPolicy;
use crate::signing::note::Note;

/// What was found in `anchor/`.
#[derive(Debug, Default)]
pub(super) struct Anchors {
    /// By the number of records.
    pub(super) by_size: BTreeMap<u64, Anchor>,
    pub(super) unrelied: Unrelied,
}

/// What trusted parties said of one size.
#[derive(Debug, Default)]
pub(super) struct Anchor {
    pub(super) stamps: Vec<Stamped>,
    pub(super) witnesses: Vec<Witnessed>,
    pub(super) quorum: bool,
}

/// What anchors are held against.
pub(super) struct Against<'a> {
    pub(super) own: &'a Checkpoint,
    pub(super) levels: &'a Levels,
    pub(super) trust: &'a TrustPolicy,
    pub(super) options: &'a Options,
}

/// Verifies every file below `anchor/`, and the lines on the ledger's own checkpoint and on
/// the one that was kept elsewhere.
pub(super) fn verify(
    dir: &Path,
    own_note: &Note,
    against: &Against<'_>,
    found: &mut Found,
) -> Result<Anchors, VerifyError> {
    let mut anchors = Anchors::default();
    anchors.cosigned(CHECKPOINT, against.own.size, own_note, against, found);
    // It was held against the records as a kept checkpoint.
    if let Some((kept, note)) = against
        .options
        .since
        .as_ref()
        .and_then(|bytes| Checkpoint::parse(bytes).ok())
        && kept.size <= against.levels.size()
        && kept.root == against.levels.root(kept.size)
        && kept.origin == against.own.origin
    {
        anchors.cosigned("kept checkpoint", kept.size, &note, against, found);
    }
    for name in names(dir, ANCHOR, found)? {
        let path = format!("{ANCHOR}/{name}");
        let size = name.parse().ok().filter(|n: &u64| n.to_string() == name);
        match size {
            None | Some(0) => found.add(path, None, What::Unexpected),
            Some(kept) if kept > against.own.size.min(against.levels.size()) => {
                let size = against.levels.size();
                found.add(path, None, What::SinceSize { kept, size });
            }
            Some(size) => anchors.of_size(dir, &path, size, against, found)?,
        }
    }
    Ok(anchors)
}

impl Anchors {
    fn of_size(
        &mut self,
        dir: &Path,
        path: &str,
        size: u64,
        against: &Against<'_>,
        found: &mut Found,
    ) -> Result<(), VerifyError> {
        let expected = Checkpoint {
            origin: against.own.origin.clone(),
            size,
            root: against.levels.root(size),
        };
        let text = expected.to_string();
        let mut has_stamps = false;
        let mut has_checkpoint = false;
        for name in names(dir, path, found)? {
            let path = format!("{path}/{name}");
            if name == COSIGNED {
                has_checkpoint = true;
                self.checkpoint(dir, &path, &expected, against, found)?;
            } else if let Some(digest) = stamp_digest(&name) {
                has_stamps = true;
                self.stamp(dir, &path, (size, digest), &text, against, found)?;
            } else {
                found.add(path, None, What::Unexpected);
            }
        }
        if has_stamps && !has_checkpoint {
            found.add(format!("{path}/{COSIGNED}"), None, What::Missing);
        }
        Ok(())
    }

    fn checkpoint(
        &mut self,
        dir: &Path,
        path: &str,
        expected: &Checkpoint,
        against: &Against<'_>,
        found: &mut Found,
    ) -> Result<(), VerifyError> {
        let Some(bytes) = fetch(dir, path, CHECKPOINT_SIZE_MAX, found)? else {
            return Ok(());
        };
        let (kept, note) = match Checkpoint::parse(&bytes) {
            Ok(parsed) => parsed,
            Err(error) => {
                found.add(path, None, What::Checkpoint(error));
                return Ok(());
            }
        };
        if kept.origin != expected.origin {
            let expected = expected.origin.clone();
            let what = What::SinceOrigin {
                found: kept.origin,
                expected,
            };
            found.add(path, None, what);
        } else if kept.size != expected.size {
            let (named, size) = (expected.size, kept.size);
            found.add(path, None, What::AnchorSize { named, size });
        } else if kept.root != expected.root {
            let kept = kept.size;
            found.add(path, None, What::SinceRoot { kept });
        } else {
            signers(path, &kept, &note, against.trust, found);
            self.cosigned(path, kept.size, &note, against, found);
        }
        Ok(())
    }

    /// Counts the cosignatures of a checkpoint that is one of this ledger.
    fn cosigned(
        &mut self,
        path: &str,
        size: u64,
        note: &Note,
        against: &Against<'_>,
        found: &mut Found,
    ) {
        let own = against.own.origin.key_name();
        let others = note.signatures().iter().filter(|line| line.name() != own);
        let mut others = others.count() as u64;
        if let Some(policy) = &against.options.witnesses {
            match by_policy(policy, note, size) {
                Ok((witnesses, quorum)) => {
                    others = others.saturating_sub(witnesses.len() as u64);
                    let anchor = self.by_size.entry(size).or_default();
                    anchor.witnesses.extend(witnesses);
                    anchor.quorum |= quorum;
                }
                Err(what) => found.add(path, None, what),
            }
        }
        // The same lines are on the ledger's own checkpoint and on the one among anchors.
        if path != CHECKPOINT {
            self.unrelied.cosignatures += others;
        }
    }

    fn stamp(
        &mut self,
        dir: &Path,
        path: &str,
        (size, named): (u64, Digest),
        text: &str,
        against: &Against<'_>,
        found: &mut Found,
    ) -> Result<(), VerifyError> {
        let Some(bytes) = fetch(dir, path, STAMP_SIZE_MAX, found)? else {
            return Ok(());
        };
        if Digest::of(&bytes) != named {
            let found_digest = Digest::of(&bytes);
            found.add(
                path,
                None,
                What::BlobDigest {
                    found: found_digest,
                },
            );
            return Ok(());
        }
        let verified = Token::parse(&bytes).and_then(|token| {
            token.is_over(text)?;
            token.verify(&against.options.authorities)
        });
        match verified {
            Ok(stamp) => self.by_size.entry(size).or_default().stamps.push(Stamped {
                authority: stamp.authority,
                signer: stamp.signer,
                at: stamp.at,
                accuracy: stamp.accuracy,
                size,
            }),
            Err(StampError::Untrusted { reason }) => {
                self.unrelied.stamps.push((path.to_owned(), reason));
            }
            Err(error) => found.add(path, None, What::Stamp(error)),
        }
        Ok(())
    }
}

/// Who of the policy's witnesses cosigned, and whether they are enough.
pub(super) fn by_policy(
    policy: &WitnessPolicy,
    note: &Note,
    size: u64,
) -> Result<(Vec<Witnessed>, bool), What> {
    let cosigned = policy.cosigned(note).map_err(What::Cosignature)?;
    let by_log = policy.signed_by_log(note);
    let witnesses = cosigned.witnesses.into_iter().map(|(name, time_s)| {
        Timestamp::from_unix_seconds(time_s)
            .map(|at| Witnessed { name, at, size })
            .ok_or(What::CosignatureTime)
    });
    let witnesses = witnesses.collect::<Result<Vec<_>, _>>()?;
    // A policy that names logs takes cosignatures for none other.
    by_log.map_err(What::LogOfPolicy)?;
    Ok((witnesses, cosigned.quorum))
}

/// Lists the names in a folder, sorted; none where it is missing.
fn names(dir: &Path, path: &str, found: &mut Found) -> Result<Vec<String>, VerifyError> {
    let full = dir.join(path);
    match fs::symlink_metadata(&full) {
        Ok(metadata) if metadata.is_dir() => {}
        Ok(_) => {
            found.add(path, None, What::Unexpected);
            return Ok(Vec::new());
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(&full, error)),
    }
    let mut names = super::names(&full, path, found)?;
    // Sizes in the order of numbers, so that what is told has an order.
    names.sort_by_key(|name| (name.len(), name.clone()));
    Ok(names)
}
