//! The tree's hashes, out of the tiles.

use std::path::Path;

use super::{ReadError, file};
use crate::digest::Digest;
use crate::ledger::merkle::{self, Nodes};
use crate::ledger::tile::{self, Tile, WIDTH};

/// Tile levels are eight tree levels high.
const HEIGHT: u32 = 8;

/// The hashes of a ledger's tree, read one tile at a time. Not verified: a proof made
/// of them must be held against a signed root.
#[derive(Debug, Clone, Copy)]
pub struct TreeReader<'l> {
    dir: &'l Path,
    size: u64,
}

impl<'l> TreeReader<'l> {
    pub(crate) const fn new(dir: &'l Path, size: u64) -> Self {
        Self { dir, size }
    }
}

impl Nodes for TreeReader<'_> {
    type Error = ReadError;

    fn node(&self, height: u32, index: u64) -> Result<Digest, ReadError> {
        let read = |tile: &Tile| file(&self.dir.join(tile.path()), tile::SIZE_MAX);
        node(self.size, (height, index), read)?.map_err(|tile| ReadError::Tile {
            path: self.dir.join(tile.path()),
        })
    }
}

/// Returns the hash at `(height, index)` of a tree of `size` entries, out of the tile that
/// `read` returns; that tile, where it does not hold what its name says.
///
/// # Errors
/// Those of `read`.
pub(crate) fn node<E>(
    size: u64,
    (height, index): (u32, u64),
    read: impl FnOnce(&Tile) -> Result<Option<Vec<u8>>, E>,
) -> Result<Result<Digest, Tile>, E> {
    let level = height / HEIGHT;
    let count = 1_u64 << (height % HEIGHT);
    let start = index.saturating_mul(count);
    let number = start / WIDTH;
    let rest = tile::hashes_at(level, size).saturating_sub(number * WIDTH);
    let tile = Tile {
        level,
        number,
        width: rest.min(WIDTH),
    };
    let hashes = read(&tile)?
        .and_then(|bytes| tile::from_bytes(&bytes))
        .filter(|hashes| hashes.len() as u64 == tile.width);
    let range = usize::try_from(start % WIDTH)
        .ok()
        .zip(usize::try_from(count).ok());
    let hash = hashes
        .zip(range)
        .and_then(|(hashes, (from, count))| merkle::perfect_root(hashes.get(from..from + count)?));
    Ok(hash.ok_or(tile))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::read::Reader;
    use crate::ledger::tests::{ledger, statement};

    #[test]
    fn proofs_out_of_tiles_lead_to_the_signed_root() {
        let dir = tempfile::tempdir().unwrap();
        let drafts: Vec<_> = (0..300).map(|_| statement("x")).collect();
        ledger(dir.path()).append(&drafts).unwrap();
        let old = Reader::open(dir.path()).unwrap().checkpoint().clone();
        ledger(dir.path()).append(&drafts).unwrap();
        let reader = Reader::open(dir.path()).unwrap();
        let new = reader.checkpoint();
        let tree = reader.tree();
        assert_eq!(merkle::root(&tree, 600).unwrap(), new.root);
        for index in [0, 1, 255, 256, 299, 300, 511, 512, 599] {
            let proof = merkle::inclusion(&tree, index, 600).unwrap();
            let entry = reader.entry(index).unwrap().unwrap();
            let leaf = merkle::leaf_hash(&entry.line);
            assert!(merkle::inclusion_holds(
                &leaf, index, 600, &proof, &new.root
            ));
            assert!(!merkle::inclusion_holds(
                &leaf, index, 600, &proof, &old.root
            ));
        }
        let proof = merkle::consistency(&tree, 300, 600).unwrap();
        let (old, new) = ((300, &old.root), (600, &new.root));
        assert!(merkle::consistency_holds(old, new, &proof));
        assert!(!merkle::consistency_holds((301, old.1), new, &proof));
    }

    #[test]
    fn a_damaged_tile_is_named_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let drafts: Vec<_> = (0..3).map(|_| statement("x")).collect();
        ledger(dir.path()).append(&drafts).unwrap();
        let path = dir.path().join("tile/0/000.p/3");
        std::fs::write(&path, [0; 95]).unwrap();
        let reader = Reader::open(dir.path()).unwrap();
        let error = merkle::inclusion(&reader.tree(), 0, 3).unwrap_err();
        assert!(
            error.to_string().contains("tile/0/000.p/3` does not hold"),
            "{error}"
        );
        // Beyond the ledger's end there is no node.
        assert!(merkle::inclusion(&reader.tree(), 0, 9).is_err());
    }
}
