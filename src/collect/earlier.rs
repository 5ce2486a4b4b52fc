//! What an earlier import has left in a folder, where this one does not give it.
//!
//! INVARIANT: only what the manifest says was imported is removed: a file that somebody
//! has put there is not ours to take away.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::{CollectError, Collected};
use crate::evidence::manifest::{Entry, Manifest, Method};
use crate::evidence::{ITEM_SIZE_MAX, MANIFEST_NAME};
use crate::tree;

/// Removes from `folder` what `files` are in the place of and do not name.
///
/// # Errors
/// A manifest that cannot be read, and files that cannot be removed.
pub(super) fn forget(folder: &Path, files: &[Collected]) -> Result<(), CollectError> {
    let wholes: BTreeSet<_> = files
        .iter()
        .filter_map(|file| file.whole.as_deref())
        .collect();
    let manifest = folder.join(MANIFEST_NAME);
    if wholes.is_empty() || fs::symlink_metadata(&manifest).is_err() {
        return Ok(());
    }
    let manifest = Manifest::parse(&tree::read(&manifest, ITEM_SIZE_MAX)?)?;
    for entry in manifest.items.iter().filter(|entry| was_imported(entry)) {
        let is_below = |whole: &&&str| {
            let rest = entry.path.strip_prefix(**whole);
            rest.is_some_and(|rest| rest.starts_with('/'))
        };
        let is_given = || files.iter().any(|file| file.path == entry.path);
        if wholes.iter().find(is_below).is_none() || is_given() {
            continue;
        }
        let path = tree::join(folder, &entry.path)?;
        match fs::remove_file(&path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(CollectError::Write { path, source });
            }
            _ => {}
        }
    }
    Ok(())
}

fn was_imported(entry: &Entry) -> bool {
    let by_import = entry.provenance.as_ref();
    by_import.is_some_and(|from| from.method == Method::Import)
        && entry
            .source
            .as_ref()
            .is_some_and(|source| source.uri.starts_with("file:"))
}
