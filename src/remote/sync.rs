//! A copy of a ledger in an object store, in a folder.
//!
//! What is copied is verified: chain, and root under the checkpoint. Nothing is overwritten:
//! a record that is there and differs ends it and is named. It can be ended at any time and
//! started again.

use std::collections::BTreeMap;
use std::path::Path;

use super::objects::Objects;
use super::retry::{self, Patience};
use super::source::{each_line, unreadable};
use crate::digest::Digest;
use crate::ledger::{
    BLOB_SIZE_MAX, CHECKPOINT, Checkpoint, Replica, ReplicaError, blob_path, tile,
};
use crate::record::{self, document};
use crate::signing::{dsse::Envelope, note};

/// The field of a record whose document names further content.
const DECISION: &str = "decision";

/// How much is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// New records; content is fetched when somebody wants it.
    Records,
    /// New records, and the content that they name.
    All,
    /// Everything is read again and held against the copy, as if nothing were there.
    Anew,
}

/// What was copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Synced {
    /// Records in both now.
    pub size: u64,
    /// Records that were copied.
    pub records: u64,
    /// Content that was copied.
    pub blobs: u64,
    /// Content that records name and that is not where it is copied from.
    pub withheld: u64,
}

/// Content that records name, and whether it is a decision document.
type Named = BTreeMap<Digest, bool>;

/// Copies the ledger in the store to `dir`; none where there is no ledger.
pub(super) fn down<O: Objects>(
    objects: &O,
    patience: &Patience,
    dir: &Path,
    extent: Extent,
) -> Result<Option<Synced>, ReplicaError> {
    let shown = objects.display("");
    let Some((checkpoint, bytes)) = checkpoint(objects, patience)? else {
        return Ok(None);
    };
    let mut replica = Replica::open(dir, (&shown, &checkpoint), extent == Extent::Anew)?;
    let (covered, start) = (replica.covered(), replica.size());
    require_shared(objects, patience, &replica, dir)?;
    let mut named = Named::new();
    each_line(objects, patience, (start, checkpoint.size), |_, line| {
        replica.push(line)?;
        if extent != Extent::Records {
            name(line, &mut named);
        }
        Ok(())
    })?;
    if extent == Extent::Anew {
        hold_tiles(objects, patience, &replica)?;
    }
    let mut synced = Synced {
        size: checkpoint.size,
        records: checkpoint.size - covered,
        ..Synced::default()
    };
    fetch_blobs(objects, patience, &replica, named, extent, &mut synced)?;
    replica.finish(&checkpoint, &bytes)?;
    Ok(Some(synced))
}

fn checkpoint<O: Objects>(
    objects: &O,
    patience: &Patience,
) -> Result<Option<(Checkpoint, Vec<u8>)>, ReplicaError> {
    let found = retry::read(objects, patience, CHECKPOINT, note::SIZE_MAX as u64)
        .map_err(|error| unreadable(objects, CHECKPOINT, error))?;
    let Some(object) = found else {
        return Ok(None);
    };
    let parsed = Checkpoint::parse(&object.bytes);
    let (checkpoint, _) = parsed.map_err(|error| unsound(objects, CHECKPOINT, &error))?;
    Ok(Some((checkpoint, object.bytes)))
}

fn unsound<O: Objects>(objects: &O, path: &str, reason: &impl ToString) -> ReplicaError {
    ReplicaError::Unsound {
        path: objects.display(path),
        reason: reason.to_string(),
    }
}

/// Requires that the last record of the copy is the store's too; each pins all before it.
fn require_shared<O: Objects>(
    objects: &O,
    patience: &Patience,
    replica: &Replica,
    dir: &Path,
) -> Result<(), ReplicaError> {
    let size = replica.size();
    let Some(last) = size.checked_sub(1) else {
        return Ok(());
    };
    let mut is_shared = false;
    each_line(objects, patience, (last, size), |_, line| {
        is_shared = Digest::of(line) == replica.line_digest();
        Ok(())
    })?;
    if is_shared {
        return Ok(());
    }
    let index = first_difference(objects, patience, dir, size)?;
    Err(ReplicaError::Diverges {
        path: dir.to_owned(),
        other: objects.display(""),
        index,
    })
}

/// Returns the first index at which the folder has another record than the store.
fn first_difference<O: Objects>(
    objects: &O,
    patience: &Patience,
    dir: &Path,
    size: u64,
) -> Result<u64, ReplicaError> {
    let reader = crate::ledger::read::Reader::open(dir)?;
    let mut entries = reader.entries()?;
    let mut found = None;
    each_line(objects, patience, (0, size), |index, line| {
        if found.is_none() {
            let entry = entries.next().transpose()?;
            if entry.is_none_or(|entry| entry.line != line) {
                found = Some(index);
            }
        }
        Ok(())
    })?;
    Ok(found.unwrap_or(size - 1))
}

/// Adds the content that a record names. What it cannot be read from, `verify` says.
fn name(line: &[u8], named: &mut Named) {
    let Ok(envelope) = Envelope::parse(line) else {
        return;
    };
    for (name, digest) in record::digests(envelope.unverified_payload()) {
        *named.entry(digest).or_default() |= name == DECISION;
    }
}

/// Requires that every tile in the store is what the records give.
fn hold_tiles<O: Objects>(
    objects: &O,
    patience: &Patience,
    replica: &Replica,
) -> Result<(), ReplicaError> {
    for (tile, hashes) in replica.tiles() {
        let path = tile.path();
        let found = retry::read(objects, patience, &path, tile::SIZE_MAX)
            .map_err(|error| unreadable(objects, &path, error))?;
        let reason = match found {
            None => "is missing",
            Some(object) if object.bytes == tile::to_bytes(&hashes) => continue,
            Some(_) => "does not hold the hashes of the records",
        };
        return Err(unsound(objects, &path, &reason));
    }
    Ok(())
}

/// Fetches the content that records name, and that which their decisions name.
fn fetch_blobs<O: Objects>(
    objects: &O,
    patience: &Patience,
    replica: &Replica,
    mut named: Named,
    extent: Extent,
    synced: &mut Synced,
) -> Result<(), ReplicaError> {
    let mut seen: Vec<Digest> = Vec::new();
    while let Some((digest, is_decision)) = named.pop_first() {
        if let Err(at) = seen.binary_search(&digest) {
            seen.insert(at, digest);
        } else {
            continue;
        }
        if extent != Extent::Anew && !is_decision && replica.has_blob(&digest) {
            continue;
        }
        let Some(bytes) = blob(objects, patience, &digest)? else {
            synced.withheld += 1;
            continue;
        };
        if is_decision && let Ok(materials) = document::materials(&bytes) {
            let new = materials.into_iter();
            named.extend(
                new.filter(|one| seen.binary_search(one).is_err())
                    .map(|one| (one, false)),
            );
        }
        if !replica.has_blob(&digest) {
            synced.blobs += 1;
        }
        replica.store_blob(&bytes)?;
    }
    Ok(())
}

/// Returns the content with `digest`, which it has; none where it is not there.
pub(super) fn blob<O: Objects>(
    objects: &O,
    patience: &Patience,
    digest: &Digest,
) -> Result<Option<Vec<u8>>, ReplicaError> {
    let path = blob_path(digest);
    let found = retry::read(objects, patience, &path, BLOB_SIZE_MAX)
        .map_err(|error| unreadable(objects, &path, error))?;
    match found {
        Some(object) if Digest::of(&object.bytes) == *digest => Ok(Some(object.bytes)),
        Some(_) => {
            let reason = "was altered: its content does not have the digest in its name";
            Err(unsound(objects, &path, &reason))
        }
        None => Ok(None),
    }
}
