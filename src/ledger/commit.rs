//! The commit protocol: how lines become durable, chained, in the tree and signed for.
//!
//! | step | durable after it | a crash before the next leaves |
//! |---|---|---|
//! | 1 line | the records | lines beyond the checkpoint: recovery completes them |
//! | 2 tiles | the tree's hashes | the same, with tiles ahead: rewritten alike |
//! | 3 checkpoint | size and root | nothing to do: the batch is in |
//! | 4 stale tiles | – | partial tiles that nobody needs: harmless |
//!
//! All is signed before step 1: a key that is kept elsewhere may give no signature, and then
//! nothing is written. The note of a batch that was not written is seen by nobody.

use super::checkpoint::{Checkpoint, Origin};
use super::merkle::leaf_hash;
use super::store::Store;
use super::tile::{self, Edge, Tile};
use super::{CHECKPOINT, LedgerError, RECORDS, TMP};
use crate::digest::Digest;
use crate::signing::Signer;

/// The end of a sound ledger, held under the exclusive lock.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) origin: Origin,
    pub(crate) edge: Edge,
    /// SHA-256 of the last line; zero where there is none.
    pub(crate) line_digest: Digest,
    /// The signed checkpoint.
    pub(crate) checkpoint_bytes: Vec<u8>,
}

/// Where lines go.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// Behind the last line.
    End,
    /// Over themselves, from this offset on: they are in the file, perhaps only in the
    /// operating system's memory.
    Over(u64),
}

impl Head {
    /// Adds `lines` to the ledger.
    pub(super) fn commit<S: Store>(
        &mut self,
        store: &S,
        key: &Signer,
        lines: &[&[u8]],
        place: Place,
    ) -> Result<(), LedgerError> {
        let stale = self.partial();
        let mut tiles = Vec::new();
        for line in lines {
            self.push(line, &mut tiles);
        }
        tiles.extend(self.partial_since(&stale));
        // ORDER: signed first and shown last, see above.
        let signed = sign_checkpoint(store, &self.checkpoint(), key)?;
        write_lines(store, lines, place)?;
        write_tiles(store, &tiles)?;
        write_checkpoint(store, &signed)?;
        self.checkpoint_bytes = signed;

        let needed = self.partial();
        remove_stale(store, stale.iter().filter(|tile| !needed.contains(tile)));
        Ok(())
    }
}

impl Head {
    /// Adds one line. Tiles that it completes go to `full`.
    pub(crate) fn push(&mut self, line: &[u8], full: &mut Vec<(Tile, Vec<Digest>)>) {
        self.edge.push(leaf_hash(line), full);
        self.line_digest = Digest::of(line);
    }

    /// Returns the partial tiles.
    pub(crate) fn partial(&self) -> Vec<Tile> {
        self.edge.partial().map(|(tile, _)| tile).collect()
    }

    /// Returns the partial tiles that are not in `stale`, with their hashes.
    pub(crate) fn partial_since<'h>(
        &'h self,
        stale: &'h [Tile],
    ) -> impl Iterator<Item = (Tile, Vec<Digest>)> + 'h {
        self.edge
            .partial()
            .filter(|(tile, _)| !stale.contains(tile))
            .map(|(tile, hashes)| (tile, hashes.to_vec()))
    }

    /// Returns what is to be signed.
    pub(crate) fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            origin: self.origin.clone(),
            size: self.edge.size(),
            root: self.edge.root(),
        }
    }
}

fn write_lines<S: Store>(store: &S, lines: &[&[u8]], place: Place) -> Result<(), LedgerError> {
    let mut bytes = Vec::with_capacity(lines.iter().map(|line| line.len() + 1).sum());
    for line in lines {
        bytes.extend_from_slice(line);
        bytes.push(b'\n');
    }
    // ORDER: step 1. The lines are durable before a tile or checkpoint speaks of them;
    // one fsync for the whole batch. From here on the batch may survive a crash.
    let written = match place {
        Place::End => store.append(RECORDS, &bytes),
        // ORDER: an fsync that failed may have left clean pages that never reached the
        // disk; writing the bytes again makes them dirty again.
        Place::Over(offset) => store.overwrite(RECORDS, offset, &bytes),
    };
    written.map_err(LedgerError::io(store, "append to", RECORDS))
}

fn write_tiles<S: Store>(store: &S, tiles: &[(Tile, Vec<Digest>)]) -> Result<(), LedgerError> {
    let mut folders = Vec::new();
    // ORDER: step 2. Each tile is whole before it has its name, and the old partial
    // tiles stay until the new checkpoint is durable.
    for (tile, hashes) in tiles {
        let path = tile.path();
        ensure_folders(store, &path)?;
        replace(store, &path, &tile::to_bytes(hashes))?;
        folders.push(parent(&path).to_owned());
    }
    folders.sort_unstable();
    folders.dedup();
    // ORDER: the tiles' names are durable before the checkpoint that needs them.
    for dir in folders {
        store
            .sync_dir(&dir)
            .map_err(LedgerError::io(store, "make durable", &dir))?;
    }
    Ok(())
}

/// Returns the bytes of the signed checkpoint.
pub(super) fn sign_checkpoint<S: Store>(
    store: &S,
    checkpoint: &Checkpoint,
    key: &Signer,
) -> Result<Vec<u8>, LedgerError> {
    match checkpoint.sign(key) {
        Ok(note) => Ok(note.to_bytes()),
        Err(source) => Err(LedgerError::Checkpoint {
            path: store.display(CHECKPOINT),
            source,
        }),
    }
}

/// Makes a signed checkpoint the ledger's, durably.
pub(super) fn write_checkpoint<S: Store>(store: &S, bytes: &[u8]) -> Result<(), LedgerError> {
    // ORDER: step 3. Replaced by rename: a reader sees the old or the new one, whole.
    // Durable before the caller hears of the batch, so that no receipt names a
    // checkpoint that a crash takes back.
    replace(store, CHECKPOINT, bytes)?;
    store
        .sync_dir("")
        .map_err(LedgerError::io(store, "make durable", ""))
}

/// Steps 2 to 4 for lines that are durable, and a checkpoint that somebody else signed.
#[cfg(feature = "object-store")]
pub(super) fn conclude<S: Store>(
    store: &S,
    tiles: &[(Tile, Vec<Digest>)],
    checkpoint: &[u8],
    stale: &[Tile],
    head: &Head,
) -> Result<(), LedgerError> {
    write_tiles(store, tiles)?;
    replace(store, CHECKPOINT, checkpoint)?;
    store
        .sync_dir("")
        .map_err(LedgerError::io(store, "make durable", ""))?;
    let needed = head.partial();
    remove_stale(store, stale.iter().filter(|tile| !needed.contains(tile)));
    Ok(())
}

/// ORDER: step 4, after the checkpoint is durable: until then recovery needs the old
/// partial tiles. Failing to remove one harms nothing, so that nobody is told.
fn remove_stale<'t, S: Store>(store: &S, tiles: impl Iterator<Item = &'t Tile>) {
    for tile in tiles {
        let path = tile.path();
        if store.remove(&path).is_ok() {
            // Goes only where it was the last one.
            let _ = store.remove_dir(parent(&path));
        }
    }
}

/// Writes a file under a temporary name and renames it; the name is not durable yet.
pub(super) fn replace<S: Store>(store: &S, path: &str, bytes: &[u8]) -> Result<(), LedgerError> {
    ensure_folder(store, TMP)?;
    let draft = format!("{TMP}/{}", path.replace('/', "-"));
    store
        .create(&draft, bytes)
        .map_err(LedgerError::io(store, "write", &draft))?;
    store
        .rename(&draft, path)
        .map_err(LedgerError::io(store, "write", path))
}

/// Makes the folders above `path`, each durable before anything is put into it.
pub(super) fn ensure_folders<S: Store>(store: &S, path: &str) -> Result<(), LedgerError> {
    for (at, _) in path.match_indices('/') {
        if let Some(dir) = path.get(..at) {
            ensure_folder(store, dir)?;
        }
    }
    Ok(())
}

/// Makes one folder, durably.
///
/// ORDER: a folder that is there but empty may have been made by someone who failed
/// before its name was durable; one that holds something was durable before that.
pub(super) fn ensure_folder<S: Store>(store: &S, dir: &str) -> Result<(), LedgerError> {
    let io = |action| LedgerError::io(store, action, dir);
    let vacant = store.is_vacant(dir).map_err(io("read"))?;
    if vacant == Some(false) {
        return Ok(());
    }
    if vacant.is_none() {
        store.create_dir(dir).map_err(io("create"))?;
    }
    if dir == TMP {
        // Nothing in it outlives a crash, so its name need not.
        return Ok(());
    }
    store.sync_dir(parent(dir)).map_err(io("make durable"))
}

/// Returns the folder that holds `path`.
pub(super) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}
