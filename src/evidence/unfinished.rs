//! What a run of `collect` leaves while it writes files: `bundle.unfinished.json`, which
//! names each of them with the digest that it is to have.
//!
//! A run that is stopped leaves old files beside a manifest that knows of new ones. Whoever
//! sealed that anew would describe the old ones as if nothing had been said of them.
//!
//! INVARIANTS
//! - While the file is there, the folder is not what any manifest says: it is no item, and
//!   no manifest can name it. It is no hidden file, so that it goes where the folder goes.
//! - It is removed when each file that it names is what it says, and not before.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::json::{self, Limits};
use crate::tree::{self, TreeError};

use super::seal::replace;
use super::{EvidenceError, ITEM_SIZE_MAX};

/// The file's name.
pub const UNFINISHED_NAME: &str = "bundle.unfinished.json";
/// The format and version in `schema`.
const SCHEMA: &str = "assize/unfinished/v1";
/// As a manifest: one short line for each item.
const SIZE_MAX: u64 = 32 << 20;

/// Files that are being written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unfinished {
    schema: String,
    /// The digest that each is to have; none where it is to be removed.
    due: BTreeMap<String, Option<Digest>>,
}

impl Unfinished {
    /// Returns the mark of a run that is to bring about `due`.
    pub fn of(due: BTreeMap<String, Option<Digest>>) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            due,
        }
    }

    /// Reads the mark in the folder `root`, where there is one.
    ///
    /// # Errors
    /// A file that cannot be read or is no such mark.
    pub fn read(root: &Path) -> Result<Option<Self>, EvidenceError> {
        let path = root.join(UNFINISHED_NAME);
        if fs::symlink_metadata(&path).is_err() {
            return Ok(None);
        }
        let refuse = |reason: String| EvidenceError::Mark { reason };
        let limits = Limits {
            size_max: usize::try_from(SIZE_MAX).unwrap_or(usize::MAX),
            ..Limits::EVIDENCE
        };
        let mark: Self = json::parse_as(&tree::read(&path, SIZE_MAX)?, limits)
            .map_err(|error| refuse(error.to_string()))?;
        if mark.schema != SCHEMA {
            return Err(refuse(format!("schema is not `{SCHEMA}`")));
        }
        Ok(Some(mark))
    }

    /// Writes the mark into the folder `root`; when this returns, it is on disk.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, root: &Path) -> Result<(), EvidenceError> {
        let bytes = json::canonical(self).map_err(|error| EvidenceError::Mark {
            reason: error.to_string(),
        })?;
        replace(root, UNFINISHED_NAME, &bytes)
    }

    /// Removes the mark in the folder `root`, where there is one: all is as it is to be.
    ///
    /// # Errors
    /// A file that cannot be removed.
    pub fn remove(root: &Path) -> Result<(), EvidenceError> {
        let path = root.join(UNFINISHED_NAME);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != ErrorKind::NotFound => {
                Err(EvidenceError::Write { path, source })
            }
            _ => Ok(()),
        }
    }

    /// Returns the names of all files that it is about.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.due.keys().map(String::as_str)
    }

    /// Returns the files in `root` that are not yet what they are to be, but for those that
    /// `is_settled` answers for.
    ///
    /// # Errors
    /// Files that cannot be read.
    pub fn left(
        &self,
        root: &Path,
        is_settled: impl Fn(&str) -> bool,
    ) -> Result<Vec<String>, EvidenceError> {
        let mut left = Vec::new();
        for (path, due) in self.due.iter().filter(|(path, _)| !is_settled(path)) {
            if !is_done(root, path, *due)? {
                left.push(path.clone());
            }
        }
        Ok(left)
    }
}

/// Refuses a folder `root` in which files are not what the run that was to write them said.
///
/// # Errors
/// [`EvidenceError::Unfinished`], and what [`Unfinished::read`] refuses.
pub fn refuse_unfinished(
    root: &Path,
    is_settled: impl Fn(&str) -> bool,
) -> Result<(), EvidenceError> {
    let Some(mark) = Unfinished::read(root)? else {
        return Ok(());
    };
    let left = mark.left(root, is_settled)?;
    if left.is_empty() {
        return Ok(());
    }
    Err(EvidenceError::Unfinished {
        path: root.to_owned(),
        left,
    })
}

/// Whether the file `path` in `root` is what it is to be.
fn is_done(root: &Path, path: &str, due: Option<Digest>) -> Result<bool, EvidenceError> {
    let file = tree::join(root, path)?;
    // A folder may be where a file was to be removed.
    if fs::symlink_metadata(&file).is_ok_and(|found| found.is_dir()) {
        return Ok(due.is_none());
    }
    match tree::read(&file, ITEM_SIZE_MAX) {
        Ok(bytes) => Ok(due == Some(Digest::of(&bytes))),
        Err(TreeError::Io { source, .. })
            if matches!(
                source.kind(),
                ErrorKind::NotFound | ErrorKind::NotADirectory
            ) =>
        {
            Ok(due.is_none())
        }
        Err(TreeError::Irregular { .. } | TreeError::Size { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(due: &[(&str, Option<&[u8]>)]) -> Unfinished {
        let due = due.iter();
        Unfinished::of(
            due.map(|(path, bytes)| ((*path).to_owned(), bytes.map(Digest::of)))
                .collect(),
        )
    }

    #[test]
    fn what_is_not_as_it_is_to_be_is_left() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        for (path, text) in [("old", "1"), ("new", "2"), ("d/x", "3"), ("stays", "4")] {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), text).unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink("new", root.join("link")).unwrap();
        let mark = mark(&[
            ("d", None),
            ("d/x/y", None),
            ("gone", None),
            ("link", Some(b"2")),
            ("missing", Some(b"")),
            ("new", Some(b"2")),
            ("old", Some(b"2")),
            ("old/y", Some(b"")),
            ("stays", None),
        ]);
        let left = mark.left(root, |_| false).unwrap();
        assert_eq!(left, ["link", "missing", "old", "old/y", "stays"]);
        let left = mark.left(root, |path| path != "old").unwrap();
        assert_eq!(left, ["old"]);
        mark.write(root).unwrap();
        assert_eq!(Unfinished::read(root).unwrap(), Some(mark));
        let error = refuse_unfinished(root, |_| false).unwrap_err().to_string();
        assert!(
            error.contains("`link`, `missing`, `old` and 2 more"),
            "{error}"
        );
        refuse_unfinished(root, |_| true).unwrap();
        Unfinished::remove(root).unwrap();
        Unfinished::remove(root).unwrap();
        refuse_unfinished(root, |_| false).unwrap();
    }

    #[test]
    fn what_is_no_mark_is_refused() {
        let root = tempfile::tempdir().unwrap();
        for text in [
            "",
            "{}",
            "{\"schema\":\"assize/unfinished/v2\",\"due\":{}}",
            "{\"schema\":\"assize/unfinished/v1\",\"due\":{\"a\":\"b\"}}",
            "{\"schema\":\"assize/unfinished/v1\",\"due\":{},\"x\":1}",
            "{\"schema\":\"assize/unfinished/v1\",\"due\":{\"../a\":null}}",
        ] {
            fs::write(root.path().join(UNFINISHED_NAME), text).unwrap();
            assert!(refuse_unfinished(root.path(), |_| false).is_err(), "{text}");
        }
    }
}
