//! Content-addressed files.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use super::store::Store;
use super::{BLOB_SIZE_MAX, LedgerError, TMP, commit};
use crate::digest::Digest;

/// Returns where the content with `digest` is kept, relative to the ledger.
pub fn blob_path(digest: &Digest) -> String {
    let hex = digest.hex();
    let (fan, _) = hex.split_at_checked(2).unwrap_or_default();
    format!("blob/sha256/{fan}/{hex}")
}

/// Stores every blob that is not there yet. The caller holds the lock, shared at least.
pub(super) fn store_all<S: Store>(store: &S, blobs: &[&[u8]]) -> Result<(), LedgerError> {
    for bytes in blobs {
        if bytes.len() as u64 > BLOB_SIZE_MAX {
            return Err(LedgerError::BlobSize { size: bytes.len() });
        }
    }
    let mut linked: Vec<String> = Vec::new();
    for bytes in blobs {
        let path = blob_path(&Digest::of(bytes));
        if !is_stored(store, &path, bytes)? {
            link(store, &path, bytes)?;
            linked.push(path);
        }
    }
    let mut folders: Vec<&str> = linked.iter().map(|path| commit::parent(path)).collect();
    folders.sort_unstable();
    folders.dedup();
    for dir in folders {
        store
            .sync_dir(dir)
            .map_err(LedgerError::io(store, "make durable", dir))?;
    }
    for path in &linked {
        // ORDER: the seal says that name and content are durable, so that the next who
        // stores the same blob need not make sure.
        store
            .seal(path)
            .map_err(LedgerError::io(store, "protect", path))?;
    }
    Ok(())
}

/// Whether the blob is there, durable and undamaged.
fn is_stored<S: Store>(store: &S, path: &str, bytes: &[u8]) -> Result<bool, LedgerError> {
    let io = || LedgerError::io(store, "read", path);
    if store.size(path).map_err(io())? != Some(bytes.len() as u64) {
        return Ok(false);
    }
    if !store.is_sealed(path).map_err(io())? {
        return Ok(false);
    }
    let found = store.read(path, BLOB_SIZE_MAX).map_err(io())?;
    Ok(found.is_some_and(|found| found == bytes))
}

fn link<S: Store>(store: &S, path: &str, bytes: &[u8]) -> Result<(), LedgerError> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    commit::ensure_folders(store, path)?;
    commit::ensure_folder(store, TMP)?;
    // ORDER: content first, then the name: a blob that can be seen is whole.
    let draft = loop {
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let draft = format!("{TMP}/blob-{}-{number}", std::process::id());
        match store.create(&draft, bytes) {
            Ok(()) => break draft,
            // Two containers may have one process id.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(LedgerError::io(store, "write", &draft)(error)),
        }
    };
    store
        .rename(&draft, path)
        .map_err(LedgerError::io(store, "write", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_fan_out() {
        let digest = Digest::of(b"abc");
        assert_eq!(
            blob_path(&digest),
            "blob/sha256/ba/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
