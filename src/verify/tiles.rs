//! The tiles: every file below `tile/`, every byte of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::failure::{Found, What};
use super::{VerifyError, fetch, merkle, unreadable, wrong_or_unreadable};
use crate::digest::Digest;
use crate::ledger::{
    read::ReadError,
    tile::{self, HASH_SIZE, LEVELS_MAX, Tile, WIDTH},
};

/// Levels of folders below `tile/`: more than the number of any tile needs.
const DEPTH_MAX: usize = 12;

/// All hashes that tiles of a tree hold, computed from its leaves.
#[derive(Debug)]
pub(super) struct Levels(Vec<Vec<Digest>>);

impl Levels {
    pub(super) fn new(leaves: Vec<Digest>) -> Self {
        let mut levels = Vec::new();
        let mut hashes = leaves;
        while !hashes.is_empty() {
            let above = hashes
                .chunks_exact(256)
                .filter_map(merkle::perfect_root)
                .collect();
            levels.push(hashes);
            hashes = above;
        }
        Self(levels)
    }

    /// Returns the number of leaves.
    pub(super) fn size(&self) -> u64 {
        self.0.first().map_or(0, |leaves| leaves.len() as u64)
    }

    /// Returns the root over the first `size` leaves, of which there are as many.
    pub(super) fn root(&self, size: u64) -> Digest {
        let edge = tile::Edge::load(size, |tile| {
            Ok::<_, std::convert::Infallible>(self.hashes(tile).to_vec())
        });
        match edge {
            Ok(edge) => edge.root(),
            Err(never) => match never {},
        }
    }

    /// Returns the hashes of `tile`: as many as there are.
    fn hashes(&self, tile: &Tile) -> &[Digest] {
        let level = self.0.get(tile.level as usize).map(Vec::as_slice);
        let start = usize::try_from(tile.number.saturating_mul(WIDTH)).unwrap_or(usize::MAX);
        let rest = level.and_then(|hashes| hashes.get(start..));
        let width = usize::try_from(tile.width).unwrap_or(usize::MAX);
        rest.map_or(&[], |rest| rest.get(..width).unwrap_or(rest))
    }
}

/// Verifies every file below `tile/` against the tree of `size` records, and that
/// those the tree needs are there.
pub(super) fn verify(
    dir: &Path,
    levels: &Levels,
    size: u64,
    found: &mut Found,
) -> Result<(), VerifyError> {
    // Where the numbers differ that is a failure already; a forged size, which may be
    // anything, is not worked through.
    let mut missing = if size == levels.size() {
        needed(size)
    } else {
        BTreeSet::new()
    };
    let mut files = Vec::new();
    list(dir, "tile", 0, &mut files, found)?;
    for path in files {
        match Tile::parse_path(&path) {
            Some(tile) => {
                missing.remove(&tile);
                verify_one(dir, &path, &tile, levels, size, found)?;
            }
            None => found.add(path, None, What::Unexpected),
        }
    }
    for tile in missing {
        found.add(tile.path(), None, What::Missing);
    }
    Ok(())
}

/// Returns the tiles without which the tree cannot be read.
fn needed(size: u64) -> BTreeSet<Tile> {
    let mut tiles = BTreeSet::new();
    for level in 0..LEVELS_MAX {
        let Some(last) = Tile::last(level, size) else {
            break;
        };
        tiles.insert(last);
        tiles.extend((0..last.number).map(|number| Tile {
            number,
            width: WIDTH,
            ..last
        }));
    }
    tiles
}

fn verify_one(
    dir: &Path,
    path: &str,
    tile: &Tile,
    levels: &Levels,
    size: u64,
    found: &mut Found,
) -> Result<(), VerifyError> {
    // Partial tiles of earlier sizes may be there; none of later ones.
    let end = tile.number.saturating_mul(WIDTH).saturating_add(tile.width);
    if end > tile::hashes_at(tile.level, size) {
        found.add(path, None, What::TileBeyond { size });
        return Ok(());
    }
    compare(dir, path, tile, levels.hashes(tile), found)
}

/// Holds the file of `tile` against its hashes, or as many of them as there are.
pub(super) fn compare(
    dir: &Path,
    path: &str,
    tile: &Tile,
    hashes: &[Digest],
    found: &mut Found,
) -> Result<(), VerifyError> {
    let Some(bytes) = fetch(dir, path, tile::SIZE_MAX, found)? else {
        return Ok(());
    };
    let expected = tile.width * HASH_SIZE as u64;
    if bytes.len() as u64 != expected {
        let what = What::TileSize {
            found: bytes.len() as u64,
            expected,
        };
        found.add(path, None, what);
    }
    // Where records are missing, the hashes of those that are there are compared.
    let differs = bytes
        .chunks(HASH_SIZE)
        .zip(hashes)
        .position(|(hash, expected)| hash != expected.as_bytes());
    if let Some(number) = differs {
        let number = number as u64;
        // The first record below the hash.
        let index = (tile.number * WIDTH + number) << (8 * tile.level);
        found.add(path, Some(index), What::TileHash { number });
    }
    Ok(())
}

/// Lists the files below `path`, sorted; links, pipes and devices are failures.
fn list(
    dir: &Path,
    path: &str,
    depth: usize,
    files: &mut Vec<String>,
    found: &mut Found,
) -> Result<(), VerifyError> {
    let full = dir.join(path);
    let kind = match fs::symlink_metadata(&full) {
        Ok(metadata) => metadata.file_type(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unreadable(&full, error)),
    };
    if kind.is_file() {
        files.push(path.to_owned());
        return Ok(());
    }
    if !kind.is_dir() || depth > DEPTH_MAX {
        let what = wrong_or_unreadable(ReadError::Irregular { path: full })?;
        found.add(path, None, what);
        return Ok(());
    }
    let mut names = super::names(&full, path, found)?;
    names.sort_unstable();
    for name in names {
        list(dir, &format!("{path}/{name}"), depth + 1, files, found)?;
    }
    Ok(())
}
