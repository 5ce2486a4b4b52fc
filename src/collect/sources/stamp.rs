//! By what it can be told that a file was written, also with the same content.

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::clock::Timestamp;

/// What the file system says of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    size: u64,
    modified: Option<SystemTime>,
    /// Inode, and the seconds and nanoseconds of its last change, which nobody can set.
    change: (u64, i64, i64),
}

impl Stamp {
    /// Returns the stamp of the file at `path`, where there is one.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let metadata = fs::symlink_metadata(path).ok()?;
        Some(Self {
            size: metadata.len(),
            modified: metadata.modified().ok(),
            change: change(&metadata),
        })
    }

    /// Returns the instant of the last change, as far as anybody can set it.
    pub(super) fn modified_at(&self) -> Option<Timestamp> {
        let since = self.modified?.duration_since(UNIX_EPOCH).ok()?;
        Timestamp::from_unix_nanoseconds(since.as_nanos().try_into().ok()?)
    }
}

#[cfg(unix)]
fn change(metadata: &fs::Metadata) -> (u64, i64, i64) {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
}

#[cfg(not(unix))]
fn change(_: &fs::Metadata) -> (u64, i64, i64) {
    (0, 0, 0)
}
