//! The tree's hashes, out of the tiles in the store.

use super::objects::Objects;
use super::retry::{self, Patience};
use super::unread;
use crate::digest::Digest;
use crate::ledger::merkle::Nodes;
use crate::ledger::read::{self, ReadError};
use crate::ledger::tile::{self, Tile};

/// The hashes of a ledger's tree, read one tile at a time. Not verified: a proof made
/// of them must be held against a signed root.
#[derive(Debug)]
pub(super) struct RemoteTree<'o, O> {
    objects: &'o O,
    size: u64,
}

impl<'o, O> RemoteTree<'o, O> {
    pub(super) const fn new(objects: &'o O, size: u64) -> Self {
        Self { objects, size }
    }
}

impl<O: Objects> Nodes for RemoteTree<'_, O> {
    type Error = ReadError;

    fn node(&self, height: u32, index: u64) -> Result<Digest, ReadError> {
        let fetch = |tile: &Tile| {
            let path = tile.path();
            let read = retry::read(self.objects, &Patience::default(), &path, tile::SIZE_MAX);
            read.map(|found| found.map(|object| object.bytes))
                .map_err(|source| unread(&self.objects.display(&path), source))
        };
        read::node(self.size, (height, index), fetch)?.map_err(|tile| ReadError::Tile {
            path: self.objects.display(&tile.path()),
        })
    }
}
