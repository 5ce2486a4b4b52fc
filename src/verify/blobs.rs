//! The blobs that records name by digest.

use std::collections::BTreeMap;
use std::path::Path;

use super::failure::{Found, What};
use super::{Blobs, VerifyError, wrong_or_unreadable};
use crate::digest::Digest;
use crate::ledger::{BLOB_SIZE_MAX, blob_path, read};
use crate::record::document;

/// The field whose document names further blobs.
const DECISION: &str = "decision";

/// Returns how many blobs are there and sound: those that records name, and those that
/// their decision documents name as materials.
pub(super) fn verify(
    dir: &Path,
    digests: &BTreeMap<Digest, (u64, String)>,
    blobs: Blobs,
    found: &mut Found,
) -> Result<u64, VerifyError> {
    let mut sound = 0;
    if blobs == Blobs::Ignored {
        return Ok(sound);
    }
    let mut materials = BTreeMap::new();
    for (digest, (index, name)) in digests {
        let Some(bytes) = content(dir, digest, *index, name, blobs, found)? else {
            continue;
        };
        sound += 1;
        if name != DECISION {
            continue;
        }
        match document::materials(&bytes) {
            Ok(named) => {
                for digest in named {
                    materials.entry(digest).or_insert(*index);
                }
            }
            Err(error) => found.add(blob_path(digest), Some(*index), What::Record(error)),
        }
    }
    for (digest, index) in &materials {
        let is_known = digests.contains_key(digest);
        if !is_known && content(dir, digest, *index, "decision.materials", blobs, found)?.is_some()
        {
            sound += 1;
        }
    }
    Ok(sound)
}

/// Returns the content of a blob that is there and has its digest.
fn content(
    dir: &Path,
    digest: &Digest,
    index: u64,
    name: &str,
    blobs: Blobs,
    found: &mut Found,
) -> Result<Option<Vec<u8>>, VerifyError> {
    let path = blob_path(digest);
    let name = name.to_owned();
    let what = match read::file(&dir.join(&path), BLOB_SIZE_MAX) {
        Ok(Some(bytes)) => match Digest::of(&bytes) {
            content if content == *digest => return Ok(Some(bytes)),
            content => What::BlobDigest { found: content },
        },
        Ok(None) if blobs == Blobs::MayBeWithheld => What::BlobWithheld { name },
        Ok(None) => What::BlobMissing { name },
        Err(error) => wrong_or_unreadable(error)?,
    };
    found.add(path, Some(index), what);
    Ok(None)
}
