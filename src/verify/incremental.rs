//! What a ledger gained since a checkpoint that was kept, without what it had before.
//!
//! The cost is that of the new records and of a few tiles; how large the ledger is has no
//! part in it.
//!
//! TRUST: the records before the kept checkpoint are not read, nor their blobs, nor the
//! tiles that end before it. That the new records continue what the kept checkpoint signs
//! is established here; that the old bytes are still there, only [`super::ledger`] can say.

use std::path::Path;

use super::checkpoints::{self, SINCE};
use super::failure::{Found, What};
use super::records::{self, Start};
use super::{
    Blobs, LedgerReport, Unrelied, Verified, VerifyError, blobs, concluded, hold_appends_off,
    hold_root, tiles, unreadable, wrong_or_unreadable,
};
use crate::digest::Digest;
use crate::ledger::merkle::{self, Nodes as _};
use crate::ledger::read::{self, ReadError, TreeReader};
use crate::ledger::tile::{self, Edge, Tile, WIDTH};
use crate::ledger::{CHECKPOINT, Checkpoint, RECORDS};
use crate::signing::TrustPolicy;

/// Verifies what the ledger in `dir` gained since `kept`, a signed checkpoint of it.
///
/// # Errors
/// As [`super::ledger`].
pub fn continuation(
    dir: &Path,
    trust: &TrustPolicy,
    kept: &[u8],
    expected: Blobs,
) -> Result<Verified<LedgerReport>, VerifyError> {
    let _lock = hold_appends_off(dir);
    let mut found = Found::default();
    let nothing = || unreadable(&dir.join(CHECKPOINT), std::io::ErrorKind::NotFound.into());
    let Some(own) = checkpoints::own(dir, trust, &mut found)? else {
        concluded(found)?;
        return Err(nothing());
    };
    let checkpoint = &own.checkpoint;
    let kept = checkpoints::kept(kept, checkpoint, checkpoint.size, trust, &mut found);
    let known = match &kept {
        Some(kept) => known(dir, kept, checkpoint.size, &mut found)?,
        None => None,
    };
    let Some((mut edge, start)) = known else {
        concluded(found)?;
        return Err(nothing());
    };
    let origin = Some(&checkpoint.origin);
    let records = records::verify(dir, trust, origin, start, &mut found)?;
    let mut grown = Vec::new();
    for leaf in &records.leaves {
        edge.push(*leaf, &mut grown);
    }
    if edge.size() == checkpoint.size {
        hold_root(checkpoint, edge.root(), &mut found);
        grown.extend(edge.partial().map(|(tile, hashes)| (tile, hashes.to_vec())));
        for (tile, hashes) in &grown {
            tiles::compare(dir, &tile.path(), tile, hashes, &mut found)?;
        }
    } else {
        let (records, size) = (edge.size(), checkpoint.size);
        found.add(RECORDS, None, What::Count { records, size });
    }
    let blobs = blobs::verify(dir, &records.digests, expected, &mut found)?;
    concluded(found)?;
    Ok(Verified(LedgerReport {
        origin: own.checkpoint.origin,
        size: own.checkpoint.size,
        head: records.head,
        root: own.checkpoint.root,
        checkpoint: own.bytes,
        checkpoint_signers: own.signers,
        record_signers: records.signers,
        record_keys: records.keys,
        blobs,
        since: Some(start.index),
        unread: start.index,
        rests: Vec::new(),
        unrelied: Unrelied::default(),
    }))
}

/// Returns the tree at the kept size and where the records go on, if the tiles lead to the
/// kept root and the last record of then is in its place.
fn known(
    dir: &Path,
    kept: &Checkpoint,
    size: u64,
    found: &mut Found,
) -> Result<Option<(Edge, Start)>, VerifyError> {
    let edge = match Edge::load(kept.size, |tile| hashes(dir, tile, size)) {
        Ok(edge) => edge,
        Err(error) => return refused(dir, error, found),
    };
    if edge.root() != kept.root {
        found.add(SINCE, None, What::SinceRoot { kept: kept.size });
        return Ok(None);
    }
    let Some(last) = kept.size.checked_sub(1) else {
        return Ok(Some((edge, Start::FIRST)));
    };
    let tree = TreeReader::new(dir, size);
    let proof = merkle::inclusion(&tree, last, kept.size);
    let (leaf, proof) = match tree.node(0, last).and_then(|leaf| Ok((leaf, proof?))) {
        Ok(proved) => proved,
        Err(error) => return refused(dir, error, found),
    };
    // TRUST: a leaf out of a tile is as good as the tile; the kept root says which it was.
    if !merkle::inclusion_holds(&leaf, last, kept.size, &proof, &kept.root) {
        found.add(SINCE, None, What::SinceRoot { kept: kept.size });
        return Ok(None);
    }
    match read::end_of(dir, &leaf) {
        Ok(Some((prev, offset))) => {
            let index = kept.size;
            Ok(Some((
                edge,
                Start {
                    index,
                    offset,
                    prev,
                },
            )))
        }
        Ok(None) => {
            found.add(RECORDS, Some(last), What::SinceRecord { kept: kept.size });
            Ok(None)
        }
        Err(error) => refused(dir, error, found),
    }
}

/// Returns the hashes of a tile as it was, out of the file as it is in a tree of `size`.
fn hashes(dir: &Path, tile: &Tile, size: u64) -> Result<Vec<Digest>, ReadError> {
    let rest = tile::hashes_at(tile.level, size).saturating_sub(tile.number * WIDTH);
    let now = Tile {
        width: rest.min(WIDTH),
        ..*tile
    };
    let path = dir.join(now.path());
    let bytes = read::file(&path, tile::SIZE_MAX)?.unwrap_or_default();
    let was = usize::try_from(tile.width).unwrap_or(usize::MAX);
    tile::from_bytes(&bytes)
        .filter(|hashes| hashes.len() as u64 == now.width)
        .and_then(|hashes| hashes.get(..was).map(<[Digest]>::to_vec))
        .ok_or(ReadError::Tile { path })
}

/// Tells which file keeps the kept checkpoint from being held against the ledger.
fn refused<T>(dir: &Path, error: ReadError, found: &mut Found) -> Result<Option<T>, VerifyError> {
    let path = match &error {
        ReadError::Tile { path } | ReadError::Size { path, .. } | ReadError::Irregular { path } => {
            path.strip_prefix(dir).unwrap_or(path).display().to_string()
        }
        _ => RECORDS.to_owned(),
    };
    let what = match error {
        ReadError::Tile { .. } => What::TileHashes,
        other => wrong_or_unreadable(other)?,
    };
    found.add(path, None, what);
    Ok(None)
}

#[cfg(test)]
mod tests;
