//! By what it can be told that a file was written, also with the same content.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::evidence::ITEM_SIZE_MAX;
use crate::tree;

/// How far the clock of a file system may be from ours, or its times be rounded.
const SLACK: Duration = Duration::from_secs(2);

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

/// A file before a command runs.
#[derive(Debug)]
pub(super) struct Before {
    stamp: Stamp,
    /// Of its content, where that can be read.
    content: Option<Digest>,
}

impl Before {
    /// Returns what the file at `path` is, where there is one.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let stamp = Stamp::of(path)?;
        let bytes = tree::read(path, ITEM_SIZE_MAX).ok();
        let content = bytes.map(|bytes| Digest::of(&bytes));
        Some(Self { stamp, content })
    }

    /// Whether the file was written between the instants `during`, where it now has the stamp
    /// `now` and holds `bytes`: it is another file, holds something else, or was modified at
    /// the time. That its mode, its owner or its name changed is not enough: it would be an
    /// old file still.
    pub(super) fn is_written(&self, now: &Stamp, bytes: &[u8], during: [Timestamp; 2]) -> bool {
        let [from, to] = during.map(|instant| instant.unix_seconds().unsigned_abs());
        let from = UNIX_EPOCH + Duration::from_secs(from) - SLACK;
        // The last second has not ended where it began.
        let to = UNIX_EPOCH + Duration::from_secs(to) + Duration::from_secs(1) + SLACK;
        let is_of_now = now.modified.is_some_and(|at| from <= at && at <= to);
        now.change.0 != self.stamp.change.0
            || now.size != self.stamp.size
            || self.content.is_some_and(|old| old != Digest::of(bytes))
            || (is_of_now && now.modified != self.stamp.modified)
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
