//! Opening for append: reads the end of a ledger and repairs what a crash left there.
//!
//! Reads the checkpoint, the tiles at the right edge and the last lines; never the
//! whole file. What it finds is one of:
//! - *whole*: the last line is the one the checkpoint ends with;
//! - *unfinished*: whole records beyond it. They are completed, if they are signed by a
//!   key that may, chained to what is there, and numbered on;
//! - *torn*: bytes that are no record beyond it. They are set aside in a file;
//! - *tampered*: anything else. Refused: no crash leaves it.

use super::checkpoint::Checkpoint;
use super::commit::{self, Head, Place};
use super::read::find_line;
use super::store::Store;
use super::tile::{self, Edge, Tile, WIDTH};
use super::{BATCH_SIZE_MAX, CHECKPOINT, LINE_SIZE_MAX, LedgerError, Options, RECORDS, TMP};
use crate::digest::Digest;
use crate::record;
use crate::signing::{
    KeyId, PublicKey, Role,
    dsse::{Envelope, IN_TOTO},
    note::{self, VerifierKey},
};

/// Bytes read from the end of the records at first.
const WINDOW_SIZE: u64 = 2 * (LINE_SIZE_MAX as u64 + 1);
/// Most bytes that are searched for the record a checkpoint ends with.
const WINDOW_SIZE_MAX: u64 = BATCH_SIZE_MAX as u64 + WINDOW_SIZE;

/// What an interrupted append had left.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recovery {
    /// Whole records that are now under the checkpoint.
    pub completed: u64,
    /// Name of the file, in the ledger, that torn bytes were moved to.
    pub set_aside: Option<String>,
}

/// The end of the records file, as it was found.
struct Tail {
    /// Where the lines that the checkpoint covers end.
    offset: u64,
    /// SHA-256 of the last of them.
    line_digest: Digest,
    /// What follows them.
    beyond: Vec<u8>,
}

/// Returns the sound end of the ledger, after repair. The caller holds the exclusive lock.
pub(super) fn head<S: Store>(
    store: &S,
    options: &Options,
) -> Result<(Head, Recovery), LedgerError> {
    clear_tmp(store)?;
    let (checkpoint, checkpoint_bytes) = checkpoint(store, options)?;
    let edge = edge(store, &checkpoint)?;
    let tail = tail(store, &edge)?;
    let mut head = Head {
        origin: checkpoint.origin,
        edge,
        line_digest: tail.line_digest,
        checkpoint_bytes,
    };
    let lines = unfinished(store, options, &head, &tail.beyond)?;
    let whole: usize = lines.iter().map(|line| line.len() + 1).sum();
    let mut recovery = Recovery::default();
    if let Some(torn) = tail.beyond.get(whole..)
        && !torn.is_empty()
    {
        recovery.set_aside = Some(set_aside(store, tail.offset + whole as u64, torn)?);
    }
    if !lines.is_empty() {
        let place = Place::Over(tail.offset);
        head.commit(store, &options.checkpoint_key, &lines, place)?;
        recovery.completed = lines.len() as u64;
    }
    Ok((head, recovery))
}

/// Removes files that never got their names.
pub(super) fn clear_tmp<S: Store>(store: &S) -> Result<(), LedgerError> {
    let names = store
        .names(TMP)
        .map_err(LedgerError::io(store, "read", TMP))?;
    for name in names.unwrap_or_default() {
        let path = format!("{TMP}/{name}");
        store
            .remove(&path)
            .map_err(LedgerError::io(store, "remove", &path))?;
    }
    Ok(())
}

/// Reads and verifies the checkpoint; creates it for a ledger that does not exist.
fn checkpoint<S: Store>(
    store: &S,
    options: &Options,
) -> Result<(Checkpoint, Vec<u8>), LedgerError> {
    let io = |action, path| LedgerError::io(store, action, path);
    let records_size = store.size(RECORDS).map_err(io("read", RECORDS))?;
    let found = store
        .read(CHECKPOINT, note::SIZE_MAX as u64)
        .map_err(io("read", CHECKPOINT))?;
    let Some(bytes) = found else {
        let tiles = store.names("tile").map_err(io("read", "tile"))?;
        if records_size.unwrap_or(0) > 0 || tiles.is_some() {
            // TRUST: the checkpoint of the empty ledger precedes the first line, so
            // that no crash leaves lines without one.
            return Err(LedgerError::CheckpointMissing {
                path: store.display(CHECKPOINT),
            });
        }
        let empty = Checkpoint::empty(options.origin.clone());
        let bytes = commit::sign_checkpoint(store, &empty, &options.checkpoint_key)?;
        create_records(store, records_size)?;
        // ORDER: the ledger's identity is durable before its first line.
        commit::write_checkpoint(store, &bytes)?;
        return Ok((empty, bytes));
    };
    let path = || store.display(CHECKPOINT);
    let (checkpoint, note) =
        Checkpoint::parse(&bytes).map_err(|source| LedgerError::Checkpoint {
            path: path(),
            source,
        })?;
    note.verify(&checkpoint_verifiers(options, &checkpoint))
        .map_err(|source| LedgerError::CheckpointSigner {
            path: path(),
            source,
        })?;
    if checkpoint.size == 0 {
        create_records(store, records_size)?;
    }
    Ok((checkpoint, bytes))
}

/// Creates the file of records, unless it holds something.
fn create_records<S: Store>(store: &S, size: Option<u64>) -> Result<(), LedgerError> {
    if size.is_none() {
        store
            .create(RECORDS, b"")
            .map_err(LedgerError::io(store, "create", RECORDS))?;
    }
    if size.unwrap_or(0) == 0 {
        // ORDER: the file's name is durable before the first line is in it.
        store
            .sync_dir("")
            .map_err(LedgerError::io(store, "make durable", ""))?;
    }
    Ok(())
}

/// Returns who may have signed `checkpoint`, as a key under its origin.
pub(crate) fn checkpoint_verifiers(options: &Options, checkpoint: &Checkpoint) -> Vec<VerifierKey> {
    let last = checkpoint.size.saturating_sub(1);
    let trusted = options
        .trust
        .keys(Role::Checkpoint)
        .filter(|trusted| trusted.indexes().contains(&last))
        .map(|trusted| *trusted.key());
    let mut keys: Vec<PublicKey> = vec![*options.checkpoint_key.public()];
    keys.extend(trusted);
    let name = checkpoint.origin.key_name();
    keys.into_iter()
        .map(|key| VerifierKey::new(name.clone(), key))
        .collect()
}

/// Reads the tiles at the right edge and compares their root.
fn edge<S: Store>(store: &S, checkpoint: &Checkpoint) -> Result<Edge, LedgerError> {
    let edge = Edge::load(checkpoint.size, |tile| read_tile(store, tile))?;
    if edge.root() != checkpoint.root {
        return Err(LedgerError::Root {
            path: store.display("tile"),
            size: checkpoint.size,
        });
    }
    Ok(edge)
}

fn read_tile<S: Store>(store: &S, tile: &Tile) -> Result<Vec<Digest>, LedgerError> {
    let path = tile.path();
    let wrong = |reason| LedgerError::Tile {
        path: store.display(&path),
        reason,
    };
    let bytes = store
        .read(&path, tile::SIZE_MAX)
        .map_err(LedgerError::io(store, "read", &path))?
        .ok_or_else(|| wrong("is missing although the checkpoint needs it"))?;
    tile::from_bytes(&bytes)
        .filter(|hashes| hashes.len() as u64 == tile.width)
        .ok_or_else(|| wrong("does not have the size that its name says"))
}

/// Returns the leaf hash of the last entry; none where there is no entry.
fn last_leaf<S: Store>(store: &S, edge: &Edge) -> Result<Option<Digest>, LedgerError> {
    if edge.size() == 0 || edge.last_leaf().is_some() {
        return Ok(edge.last_leaf().copied());
    }
    // The size is a multiple of 256: the last leaf ends a full tile.
    let full = Tile {
        level: 0,
        number: edge.size() / WIDTH - 1,
        width: WIDTH,
    };
    Ok(read_tile(store, &full)?.last().copied())
}

/// Finds the line that the checkpoint ends with, from the end of the file backwards.
fn tail<S: Store>(store: &S, edge: &Edge) -> Result<Tail, LedgerError> {
    let io = || LedgerError::io(store, "read", RECORDS);
    let file_size = store.size(RECORDS).map_err(io())?.unwrap_or(0);
    let Some(leaf) = last_leaf(store, edge)? else {
        if file_size > WINDOW_SIZE_MAX {
            return Err(LedgerError::Unfinished {
                path: store.display(RECORDS),
                index: 0,
                reason: format!("is one of {file_size} bytes, more than any batch"),
            });
        }
        return Ok(Tail {
            offset: 0,
            line_digest: Digest::ZERO,
            beyond: store.read_at(RECORDS, 0, file_size).map_err(io())?,
        });
    };
    let mut window = WINDOW_SIZE;
    loop {
        let start = file_size.saturating_sub(window);
        let bytes = match file_size {
            0 => Vec::new(),
            _ => store
                .read_at(RECORDS, start, file_size - start)
                .map_err(io())?,
        };
        if let Some((line, end)) = find_line(&bytes, start == 0, &leaf) {
            return Ok(Tail {
                offset: start + end as u64,
                line_digest: line,
                beyond: bytes.get(end..).unwrap_or_default().to_vec(),
            });
        }
        if start == 0 || window >= WINDOW_SIZE_MAX {
            return Err(LedgerError::Lost {
                path: store.display(RECORDS),
                index: edge.size() - 1,
            });
        }
        window = (window * 4).min(WINDOW_SIZE_MAX);
    }
}

/// Returns the whole records at the start of `beyond`, which continue the ledger.
fn unfinished<'b, S: Store>(
    store: &S,
    options: &Options,
    head: &Head,
    beyond: &'b [u8],
) -> Result<Vec<&'b [u8]>, LedgerError> {
    let mut lines = Vec::new();
    let mut prev = head.line_digest;
    for line in beyond.split_inclusive(|byte| *byte == b'\n') {
        let index = head.edge.size() + lines.len() as u64;
        let Some(line) = line.strip_suffix(b"\n") else {
            break;
        };
        // A batch may be torn in its middle: blocks reach the disk in any order.
        let Ok(envelope) = Envelope::parse(line) else {
            break;
        };
        continues(options, head, &envelope, index, &prev).map_err(|reason| {
            LedgerError::Unfinished {
                path: store.display(RECORDS),
                index,
                reason,
            }
        })?;
        prev = Digest::of(line);
        lines.push(line);
    }
    Ok(lines)
}

/// Tells why a record does not continue the ledger that ends at `head`.
pub(crate) fn continues(
    options: &Options,
    head: &Head,
    envelope: &Envelope,
    index: u64,
    prev: &Digest,
) -> Result<(), String> {
    let key = record_key(options, &envelope.key_id(), index)?;
    let payload = envelope.verify(&key).map_err(|error| error.to_string())?;
    if envelope.payload_type() != IN_TOTO {
        return Err(format!("has the type `{}`", envelope.payload_type()));
    }
    let position = record::position(payload).map_err(|error| error.to_string())?;
    if position.origin != head.origin.as_str() {
        return Err(format!("belongs to ledger `{}`", position.origin));
    }
    if position.index != index || position.prev != *prev {
        return Err("is not chained to the record before it".to_owned());
    }
    Ok(())
}

fn record_key(options: &Options, key_id: &KeyId, index: u64) -> Result<PublicKey, String> {
    let own = *options.record_key.public();
    if own.id() == *key_id {
        return Ok(own);
    }
    options
        .trust
        .key(key_id, Role::Record, Some(index))
        .copied()
        .map_err(|error| format!("is not signed by a trusted key: {error}"))
}

/// Moves the bytes from `offset` on to a file of their own; returns its name.
fn set_aside<S: Store>(store: &S, offset: u64, torn: &[u8]) -> Result<String, LedgerError> {
    let mut number = 1_u64;
    let name = loop {
        let name = format!("{RECORDS}.torn-{number}");
        let found = store
            .size(&name)
            .map_err(LedgerError::io(store, "read", &name))?;
        if found.is_none() {
            break name;
        }
        number += 1;
    };
    // ORDER: the bytes are durable elsewhere before they are cut off here.
    store
        .create(&name, torn)
        .map_err(LedgerError::io(store, "write", &name))?;
    store
        .sync_dir("")
        .map_err(LedgerError::io(store, "make durable", ""))?;
    store
        .truncate(RECORDS, offset)
        .map_err(LedgerError::io(store, "truncate", RECORDS))?;
    Ok(name)
}
