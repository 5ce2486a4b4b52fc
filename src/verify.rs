//! Proof that a ledger is whole: the sole maker of [`Verified`].
//!
//! Reads files and a trust policy. Has no engine, no network, no wall clock, and
//! prints nothing.
//!
//! INVARIANTS
//! - Chain and tree are bound to each other: the same lines, in the same number, give
//!   the `prev`s, the leaves, every byte of every tile and the checkpoint's root. One
//!   never stands in for the other.
//! - Every failure names its file, and its index where there is one; nothing is
//!   repaired, and no damage makes this hang, panic or read without bound.
//!
//! TRUST: what this cannot see is a ledger that was cut at its end together with its
//! checkpoint, or signed anew from the start by whoever holds the keys. For that it
//! wants a checkpoint that was kept elsewhere: [`Options::since`].

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;

use crate::anchor::policy::WitnessPolicy;
use crate::anchor::timestamp::Authorities;
use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::ledger::{
    CHECKPOINT, Checkpoint, LOCK, Origin, RECORDS, merkle,
    read::{self, ReadError},
};
use crate::signing::{KeyId, TrustPolicy, note};

mod anchors;
mod blobs;
mod checkpoints;
mod failure;
mod incremental;
mod keys;
mod receipt;
mod records;
mod rests;
mod tiles;

pub use failure::{FAILURES_MAX, Failure, Failures, Standing, What};
pub use incremental::continuation;
pub use receipt::{ConsistencyReport, ReceiptReport, consistency, receipt, witnessed_receipt};

pub use rests::{Rest, Stamped, Unrelied, Witnessed};

use checkpoints::Own;
use failure::Found;
use records::Start;
use tiles::Levels;

/// A statement that this module, and no other, found to be true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified<T>(T);

impl<T> Verified<T> {
    /// Returns what was verified.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// What to hold a ledger against.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// A signed checkpoint of this ledger that was kept elsewhere.
    pub since: Option<Vec<u8>>,
    /// What is expected of the blobs that records name.
    pub blobs: Blobs,
    /// Whose cosignatures count, and how many every record needs.
    pub witnesses: Option<WitnessPolicy>,
    /// Who is trusted to tell the time.
    pub authorities: Authorities,
    /// Whether every record needs a time stamp of one of them.
    pub stamped: bool,
}

/// What is expected of the blobs that records name in `predicate.digests`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Blobs {
    /// All are there and have their digests.
    #[default]
    Required,
    /// Those that are there have their digests; one that is not leaves the ledger
    /// unverifiable, not wrong.
    MayBeWithheld,
    /// They are not read.
    Ignored,
}

/// What was found of a sound ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerReport {
    /// The ledger's identity.
    pub origin: Origin,
    /// Number of records.
    pub size: u64,
    /// SHA-256 of the last line; zero where there is none.
    pub head: Digest,
    /// RFC 6962 root over the lines.
    pub root: Digest,
    /// The signed checkpoint, to be kept elsewhere.
    pub checkpoint: Vec<u8>,
    /// Names, in the trust policy, of the keys that signed the checkpoint.
    pub checkpoint_signers: Vec<String>,
    /// Per name in the trust policy, how many records it signed.
    pub record_signers: BTreeMap<String, u64>,
    /// The keys that signed records, in the order in which they first did.
    pub record_keys: Vec<RecordKey>,
    /// Blobs that records name and that are there with their digests.
    pub blobs: u64,
    /// Size of the kept checkpoint of which this ledger is a continuation.
    pub since: Option<u64>,
    /// How many records, from the first on, were not read: they rest on the kept checkpoint.
    pub unread: u64,
    /// What the records rest on besides their keys, from the first on, without gaps.
    pub rests: Vec<Rest>,
    /// Anchors that were not relied on.
    pub unrelied: Unrelied,
}

/// A key that signed records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordKey {
    /// Its id.
    pub key_id: KeyId,
    /// Its name in the trust policy.
    pub name: String,
    /// How many records it signed.
    pub count: u64,
    /// Index of the first.
    pub first: u64,
    /// Index of the last.
    pub last: u64,
    /// The record before its first by which another key announced it, and that key's name.
    pub announced: Option<(u64, String)>,
}

/// Why a ledger is not [`Verified`].
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// Something is forged, altered or missing.
    #[error("{0}")]
    Wrong(Failures),
    /// Nothing is known to be wrong, and not everything could be verified with what
    /// was given.
    #[error("{0}")]
    Unverifiable(Failures),
    /// The operating system refused to read something.
    #[error("cannot read `{path}`")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Verifies the ledger in `dir`: every record, every tile, the checkpoint, the blobs.
///
/// Waits a few seconds for an append that is going on, and holds others off while it
/// reads, where the ledger's lock file can be opened.
///
/// # Errors
/// [`VerifyError::Wrong`] with everything that is wrong;
/// [`VerifyError::Unverifiable`] if nothing is, but keys or blobs were not given.
pub fn ledger(
    dir: &Path,
    trust: &TrustPolicy,
    options: &Options,
) -> Result<Verified<LedgerReport>, VerifyError> {
    let _lock = hold_appends_off(dir);
    let mut found = Found::default();
    let own = checkpoints::own(dir, trust, &mut found)?;
    let origin = own.as_ref().map(|own| &own.checkpoint.origin);
    let mut records = records::verify(dir, trust, origin, Start::FIRST, &mut found)?;
    let size = records.leaves.len() as u64;
    let levels = Levels::new(std::mem::take(&mut records.leaves));
    let mut since = None;
    let (mut rests, mut unrelied) = (Vec::new(), Unrelied::default());
    if let Some(own) = &own {
        let checkpoint = &own.checkpoint;
        bind(checkpoint, size, &levels, &mut found);
        tiles::verify(dir, &levels, checkpoint.size, &mut found)?;
        if let Some(kept) = &options.since {
            since = checkpoints::since(kept, checkpoint, &levels, trust, &mut found);
        }
        (rests, unrelied) = anchored(
            dir,
            own,
            (&levels, &records.recorded),
            (trust, options),
            &mut found,
        )?;
    }
    let blobs = blobs::verify(dir, &records.digests, options.blobs, &mut found)?;
    concluded(found)?;
    let Some(own) = own else {
        // Without a checkpoint there was a failure.
        return Err(unreadable(
            &dir.join(CHECKPOINT),
            io::ErrorKind::NotFound.into(),
        ));
    };
    Ok(Verified(LedgerReport {
        origin: own.checkpoint.origin,
        size,
        head: records.head,
        root: own.checkpoint.root,
        checkpoint: own.bytes,
        checkpoint_signers: own.signers,
        record_signers: records.signers,
        record_keys: records.keys,
        blobs,
        since,
        unread: 0,
        rests,
        unrelied,
    }))
}

/// Verifies what others said of the ledger, and returns what its records rest on.
fn anchored(
    dir: &Path,
    own: &Own,
    (levels, recorded): (&Levels, &[Option<Timestamp>]),
    (trust, options): (&TrustPolicy, &Options),
    found: &mut Found,
) -> Result<(Vec<Rest>, Unrelied), VerifyError> {
    let against = anchors::Against {
        own: &own.checkpoint,
        levels,
        trust,
        options,
    };
    let anchors = anchors::verify(dir, &own.note, &against, found)?;
    let rests = Rest::all(&anchors.by_size, levels.size(), options);
    rests::times(&rests, recorded, found);
    rests::required(&rests, &anchors.unrelied, options, found);
    Ok((rests, anchors.unrelied))
}

/// Tells whether anything was found, and what that means.
fn concluded(found: Found) -> Result<(), VerifyError> {
    match found.finish() {
        Some((Standing::Wrong, failures)) => Err(VerifyError::Wrong(failures)),
        Some((Standing::Unverifiable, failures)) => Err(VerifyError::Unverifiable(failures)),
        None => Ok(()),
    }
}

/// Compares what the records have with what the checkpoint says they have.
fn bind(checkpoint: &Checkpoint, size: u64, levels: &Levels, found: &mut Found) {
    if size != checkpoint.size {
        found.add(
            RECORDS,
            None,
            What::Count {
                records: size,
                size: checkpoint.size,
            },
        );
    }
    if size < checkpoint.size {
        return;
    }
    hold_root(checkpoint, levels.root(checkpoint.size), found);
}

/// Compares the root that the records have with the one that was signed.
fn hold_root(checkpoint: &Checkpoint, computed: Digest, found: &mut Found) {
    if computed != checkpoint.root {
        found.add(
            CHECKPOINT,
            None,
            What::Root {
                signed: checkpoint.root,
                computed,
            },
        );
    }
}

/// Takes the ledger's lock, shared, so that files and checkpoint are of one moment.
///
/// A lock that cannot be had is no failure: ledgers on read-only media have none, and
/// nobody may keep a verifier waiting for ever.
fn hold_appends_off(dir: &Path) -> Option<File> {
    const PAUSE: Duration = Duration::from_millis(10);
    const PAUSES_MAX: u32 = 1_000;
    let path = dir.join(LOCK);
    read::regular(&path).ok().flatten()?;
    let file = File::open(path).ok()?;
    for _ in 0..PAUSES_MAX {
        match file.try_lock_shared() {
            Ok(()) => return Some(file),
            Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            Err(TryLockError::Error(_)) => return None,
        }
    }
    None
}

/// Reads a file of the ledger; what is wrong with it goes to `found`.
fn fetch(
    dir: &Path,
    path: &str,
    size_max: u64,
    found: &mut Found,
) -> Result<Option<Vec<u8>>, VerifyError> {
    let what = match read::file(&dir.join(path), size_max) {
        Ok(Some(bytes)) => return Ok(Some(bytes)),
        Ok(None) => What::Missing,
        Err(error) => wrong_or_unreadable(error)?,
    };
    found.add(path, None, what);
    Ok(None)
}

/// Tells what is wrong with a file from what kept us from reading it.
fn wrong_or_unreadable(error: ReadError) -> Result<What, VerifyError> {
    match error {
        ReadError::Size { size_max, .. } => Ok(What::Size { size_max }),
        ReadError::Io { path, source } => Err(VerifyError::Io { path, source }),
        _ => Ok(What::Irregular),
    }
}

/// Returns the names in the folder `full`, which is `path` in the ledger; one that is no
/// text goes to `found`.
fn names(full: &Path, path: &str, found: &mut Found) -> Result<Vec<String>, VerifyError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(full).map_err(|error| unreadable(full, error))? {
        let entry = entry.map_err(|error| unreadable(full, error))?;
        match entry.file_name().into_string() {
            Ok(name) => names.push(name),
            Err(name) => {
                let path = format!("{path}/{}", name.to_string_lossy());
                found.add(path, None, What::Unexpected);
            }
        }
    }
    Ok(names)
}

fn unreadable(path: &Path, source: io::Error) -> VerifyError {
    VerifyError::Io {
        path: path.to_owned(),
        source,
    }
}

/// Most bytes in a checkpoint.
const CHECKPOINT_SIZE_MAX: u64 = note::SIZE_MAX as u64;

#[cfg(test)]
mod tests;
