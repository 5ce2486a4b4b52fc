//! Hash tiles (<https://c2sp.org/tlog-tiles>): the tree cut into files of up to 256
//! hashes, eight levels of the tree high.
//!
//! Tile `N` of level `L` holds the hashes at height `8·L` from index `256·N` on. A full
//! tile is `tile/<L>/<N>`; the last of a level, with `W` < 256 hashes, is
//! `tile/<L>/<N>.p/<W>`. `N` is written in groups of three digits, all but the last
//! behind an `x`: 1234067 is `x001/x234/067`.

use super::merkle;
use crate::digest::Digest;

/// Hashes in a full tile.
pub const WIDTH: u64 = 256;
/// Bytes in a hash.
pub const HASH_SIZE: usize = 32;
/// Most bytes in a tile.
pub const SIZE_MAX: u64 = WIDTH * HASH_SIZE as u64;
/// Levels that a tree of 2^64 entries can have.
pub const LEVELS_MAX: u32 = 8;

/// Which tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tile {
    /// Level; its hashes are at height `8 · level`.
    pub level: u32,
    /// Number within the level.
    pub number: u64,
    /// Hashes in it: 1 to 256.
    pub width: u64,
}

impl Tile {
    /// Returns the tile that holds the last hashes of `level` in a tree of `size`
    /// entries: partial or full; none where the level is empty.
    pub fn last(level: u32, size: u64) -> Option<Self> {
        let last = hashes_at(level, size).checked_sub(1)?;
        Some(Self {
            level,
            number: last / WIDTH,
            width: last % WIDTH + 1,
        })
    }

    /// Returns the file's path within the ledger.
    pub fn path(&self) -> String {
        numbered(&self.level.to_string(), self.number, self.width)
    }

    /// Returns the path of the entries whose hashes are in this tile, of level 0. A ledger
    /// does not keep them there; tiled logs that are served do.
    pub fn entries_path(&self) -> String {
        numbered("entries", self.number, self.width)
    }

    /// Reads what [`Tile::path`] writes; nothing else.
    pub fn parse_path(path: &str) -> Option<Self> {
        let (level, rest) = path.strip_prefix("tile/")?.split_once('/')?;
        let (number, width) = match rest.split_once(".p/") {
            Some((number, width)) => (number, width.parse().ok()?),
            None => (rest, WIDTH),
        };
        let mut value: u64 = 0;
        for group in number.split('/') {
            let digits: u64 = group.strip_prefix('x').unwrap_or(group).parse().ok()?;
            value = value.checked_mul(1000)?.checked_add(digits)?;
        }
        let tile = Self {
            level: level.parse().ok()?,
            number: value,
            width,
        };
        // One path, one spelling: what does not print back was not ours.
        (tile.level < LEVELS_MAX && (1..=WIDTH).contains(&width) && tile.path() == path)
            .then_some(tile)
    }
}

fn numbered(folder: &str, number: u64, width: u64) -> String {
    let mut groups = format!("{:03}", number % 1000);
    let mut rest = number / 1000;
    while rest > 0 {
        groups = format!("x{:03}/{groups}", rest % 1000);
        rest /= 1000;
    }
    let full = format!("tile/{folder}/{groups}");
    if width == WIDTH {
        full
    } else {
        format!("{full}.p/{width}")
    }
}

/// Returns how many hashes `level` has in a tree of `size` entries.
pub const fn hashes_at(level: u32, size: u64) -> u64 {
    match size.checked_shr(8 * level) {
        Some(count) => count,
        None => 0,
    }
}

/// Returns the bytes of a tile.
pub fn to_bytes(hashes: &[Digest]) -> Vec<u8> {
    hashes
        .iter()
        .flat_map(|hash| hash.as_bytes().iter().copied())
        .collect()
}

/// Reads the bytes of a tile; none where they are not whole hashes.
pub fn from_bytes(bytes: &[u8]) -> Option<Vec<Digest>> {
    let (hashes, rest) = bytes.as_chunks::<HASH_SIZE>();
    rest.is_empty()
        .then(|| hashes.iter().copied().map(Digest::from_bytes).collect())
}

/// The right edge of a tree: per level, the hashes of its partial tile.
///
/// INVARIANT: `levels[L]` holds `(size >> 8·L) mod 256` hashes, and there are no more
/// levels than the size needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edge {
    size: u64,
    levels: Vec<Vec<Digest>>,
}

impl Edge {
    /// Returns the edge of a tree of `size` entries, reading partial tiles with `read`.
    ///
    /// # Errors
    /// Those of `read`, which must return as many hashes as the tile is wide.
    pub fn load<E>(
        size: u64,
        mut read: impl FnMut(&Tile) -> Result<Vec<Digest>, E>,
    ) -> Result<Self, E> {
        let mut levels = Vec::new();
        for level in (0..LEVELS_MAX).take_while(|level| hashes_at(*level, size) > 0) {
            let count = hashes_at(level, size);
            let width = count % WIDTH;
            levels.push(match width {
                0 => Vec::new(),
                _ => read(&Tile {
                    level,
                    number: count / WIDTH,
                    width,
                })?,
            });
        }
        Ok(Self { size, levels })
    }

    /// Returns the number of entries.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Returns the hash of the last entry, if it lies in a partial tile.
    pub fn last_leaf(&self) -> Option<&Digest> {
        self.levels.first().and_then(|level| level.last())
    }

    /// Adds an entry. Tiles that it completes go to `full`.
    pub fn push(&mut self, leaf: Digest, full: &mut Vec<(Tile, Vec<Digest>)>) {
        self.size += 1;
        let mut hash = leaf;
        for level in 0..LEVELS_MAX {
            let at = level as usize;
            if self.levels.len() <= at {
                self.levels.push(Vec::new());
            }
            let Some(hashes) = self.levels.get_mut(at) else {
                return;
            };
            hashes.push(hash);
            if (hashes.len() as u64) < WIDTH {
                return;
            }
            let hashes = std::mem::take(hashes);
            let Some(above) = merkle::perfect_root(&hashes) else {
                return;
            };
            hash = above;
            let number = hashes_at(level, self.size) / WIDTH - 1;
            full.push((
                Tile {
                    level,
                    number,
                    width: WIDTH,
                },
                hashes,
            ));
        }
    }

    /// Returns the partial tiles and their hashes.
    pub fn partial(&self) -> impl Iterator<Item = (Tile, &[Digest])> {
        (0..).zip(&self.levels).filter_map(|(level, hashes)| {
            let width = hashes.len() as u64;
            let number = hashes_at(level, self.size) / WIDTH;
            (width > 0).then_some((
                Tile {
                    level,
                    number,
                    width,
                },
                hashes.as_slice(),
            ))
        })
    }

    /// Returns the root of the tree.
    pub fn root(&self) -> Digest {
        let mut root: Option<Digest> = None;
        for hashes in &self.levels {
            // The set bits of the width, smallest first, are the perfect trees from
            // right to left.
            let mut rest = hashes.as_slice();
            while !rest.is_empty() {
                let width = 1 << rest.len().trailing_zeros();
                let (before, last) = rest.split_at(rest.len() - width);
                rest = before;
                root = match (merkle::perfect_root(last), root) {
                    (Some(left), Some(right)) => Some(merkle::node_hash(&left, &right)),
                    (left, right) => left.or(right),
                };
            }
        }
        root.unwrap_or_else(merkle::empty_root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::convert::Infallible;

    fn tile(level: u32, number: u64, width: u64) -> Tile {
        Tile {
            level,
            number,
            width,
        }
    }

    #[test]
    fn paths_are_those_of_the_specification() {
        for (tile, path) in [
            (tile(0, 0, 256), "tile/0/000"),
            (tile(0, 273, 112), "tile/0/273.p/112"),
            (tile(1, 1, 17), "tile/1/001.p/17"),
            (tile(2, 0, 1), "tile/2/000.p/1"),
            (tile(0, 1_234_067, 256), "tile/0/x001/x234/067"),
            (tile(0, 1_234_067, 5), "tile/0/x001/x234/067.p/5"),
            (tile(0, 1000, 256), "tile/0/x001/000"),
        ] {
            assert_eq!(tile.path(), path);
            assert_eq!(Tile::parse_path(path), Some(tile));
        }
        for path in [
            "tile/0/0",
            "tile/0/0000",
            "tile/0/x000/000",
            "tile/0/001/000",
            "tile/00/000",
            "tile/8/000",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/05",
            "tile/0/000.p/5/",
            "tile/0/000.p/5.p/5",
            "tile/0/+00",
            "tile/0/x99999999999999999999/000",
            "tile/entries/000",
            "tile/0/",
            "tile",
            "",
        ] {
            assert_eq!(Tile::parse_path(path), None, "{path}");
        }
    }

    #[test]
    fn last_tiles_of_the_research_tree() {
        assert_eq!(Tile::last(0, 70_000), Some(tile(0, 273, 112)));
        assert_eq!(Tile::last(1, 70_000), Some(tile(1, 1, 17)));
        assert_eq!(Tile::last(2, 70_000), Some(tile(2, 0, 1)));
        assert_eq!(Tile::last(3, 70_000), None);
        assert_eq!(Tile::last(0, 256), Some(tile(0, 0, 256)));
        assert_eq!(Tile::last(7, u64::MAX).map(|t| t.level), Some(7));
        assert_eq!(Tile::last(0, 0), None);
    }

    #[test]
    fn grows_entry_by_entry_as_the_definition_says() {
        let mut edge = Edge::default();
        let mut files: BTreeMap<Tile, Vec<Digest>> = BTreeMap::new();
        let mut leaves = Vec::new();
        assert_eq!(edge.root(), merkle::empty_root());
        for index in 0..66_000_u64 {
            let leaf = merkle::leaf_hash(&index.to_be_bytes());
            leaves.push(leaf);
            let mut full = Vec::new();
            edge.push(leaf, &mut full);
            files.extend(full);
            let size = index + 1;
            if size < 600 || size % 7_919 == 0 || size % 65_536 < 2 {
                assert_eq!(edge.root(), by_halves(&leaves), "{size}");
                let all: BTreeMap<Tile, Vec<Digest>> = edge
                    .partial()
                    .map(|(tile, hashes)| (tile, hashes.to_vec()))
                    .collect();
                let loaded = Edge::load(size, |tile| Ok::<_, Infallible>(all[tile].clone()));
                assert_eq!(loaded.unwrap().root(), edge.root());
                for level in 0..3 {
                    if let Some(last) = Tile::last(level, size) {
                        assert!(all.contains_key(&last) || files.contains_key(&last));
                    }
                }
            }
        }
        assert_eq!(files.len(), 257 + 1);
        assert_eq!(files[&tile(0, 3, 256)], leaves[768..1024]);
    }

    fn by_halves(leaves: &[Digest]) -> Digest {
        if let [leaf] = leaves {
            return *leaf;
        }
        let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
        merkle::node_hash(&by_halves(left), &by_halves(right))
    }

    #[test]
    fn bytes_are_whole_hashes() {
        let hashes = [Digest::of(b"a"), Digest::of(b"b")];
        let bytes = to_bytes(&hashes);
        assert_eq!(from_bytes(&bytes).unwrap(), hashes);
        assert_eq!(from_bytes(&bytes[..63]), None);
    }
}
