//! Bytes on their way into a folder. All of them are there, in a hidden folder, before the
//! first file is replaced: where there is no room for them, nothing has changed.
//!
//! INVARIANT: nothing is written through a link, whatever lies where the drafts are to be.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::CollectError;
use crate::evidence::{MANIFEST_NAME, SIGNATURE_NAME, UNFINISHED_NAME};

/// What the name of the hidden folder begins with; no listing takes it for evidence.
const PREFIX: &str = ".assize-drafts-";

/// The hidden folder; it goes when this is dropped.
#[derive(Debug)]
pub(super) struct Drafts {
    folder: PathBuf,
}

impl Drafts {
    /// Makes the hidden folder in `root`. Those of runs that were stopped go, where we are
    /// `alone` in it.
    ///
    /// # Errors
    /// Folders that cannot be made.
    pub(super) fn make(root: &Path, alone: bool) -> Result<Self, CollectError> {
        let folder = root.join(format!("{PREFIX}{}", std::process::id()));
        let failed = |source| CollectError::Write {
            path: folder.clone(),
            source,
        };
        if alone {
            for entry in fs::read_dir(root).map_err(failed)?.flatten() {
                if is_left_behind(&entry.file_name().to_string_lossy()) {
                    clear(&entry.path()).map_err(failed)?;
                }
            }
        }
        // Whatever has this name is not ours any more.
        clear(&folder).map_err(failed)?;
        fs::create_dir(&folder).map_err(failed)?;
        Ok(Self { folder })
    }

    /// Writes the draft with this number.
    ///
    /// # Errors
    /// A file that is there already or cannot be written.
    pub(super) fn add(&self, number: usize, bytes: &[u8]) -> Result<(), CollectError> {
        let path = self.path(number);
        let written = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)
            .and_then(|mut file| file.write_all(bytes));
        written.map_err(|source| CollectError::Write { path, source })
    }

    /// Moves the draft with this number to `path`, in the place of what is there: a file, or
    /// folders without any.
    ///
    /// # Errors
    /// Files that cannot be replaced.
    pub(super) fn place(&self, number: usize, path: &Path) -> Result<(), CollectError> {
        let placed = (|| {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            if fs::symlink_metadata(path).is_ok_and(|found| found.is_dir()) {
                remove_bare(path)?;
            }
            match fs::rename(self.path(number), path) {
                Err(error) if error.kind() == ErrorKind::CrossesDevices => self.carry(number, path),
                other => other,
            }
        })();
        placed.map_err(|source| CollectError::Write {
            path: path.to_owned(),
            source,
        })
    }

    /// Moves a draft to `path` on another file system, all or nothing.
    fn carry(&self, number: usize, path: &Path) -> io::Result<()> {
        let name = self.folder.file_name().unwrap_or_default();
        let near = path.with_file_name(name);
        clear(&near)?;
        let mut draft = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&near)?;
        let carried = File::open(self.path(number))
            .and_then(|mut from| io::copy(&mut from, &mut draft))
            .and_then(|_| fs::rename(&near, path));
        carried.inspect_err(|_| {
            // The error worth reporting is the first one.
            let _ = fs::remove_file(&near);
        })
    }

    fn path(&self, number: usize) -> PathBuf {
        self.folder.join(number.to_string())
    }
}

impl Drop for Drafts {
    fn drop(&mut self) {
        // What stays goes with the next run.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Whether a file called `name` at the root of the folder is the draft of a run that is no
/// more: ours, or what `evidence` writes the manifest and its like by.
fn is_left_behind(name: &str) -> bool {
    let of_manifest = || {
        let (name, number) = name.strip_prefix('.')?.rsplit_once('.')?;
        let is_ours = [MANIFEST_NAME, SIGNATURE_NAME, UNFINISHED_NAME].contains(&name);
        (is_ours && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(())
    };
    name.starts_with(PREFIX) || of_manifest().is_some()
}

/// Removes `path`, whatever it is, and follows no link.
fn clear(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(_) => Ok(()),
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
    }
}

/// Removes a folder in which there are folders only.
fn remove_bare(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_bare(&entry.path())?;
        }
    }
    fs::remove_dir(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_already_is_no_draft_of_ours() {
        let root = tempfile::tempdir().unwrap();
        let drafts = Drafts::make(root.path(), true).unwrap();
        drafts.add(0, b"first").unwrap();
        let error = drafts.add(0, b"second").unwrap_err().to_string();
        assert!(error.contains("cannot write"), "{error}");
        drafts.place(0, &root.path().join("a/b")).unwrap();
        assert_eq!(fs::read(root.path().join("a/b")).unwrap(), b"first");
        assert!(drafts.place(0, &root.path().join("a/b")).is_err());
        let folder = drafts.folder.clone();
        drop(drafts);
        assert!(!folder.exists());
    }

    #[test]
    fn folders_give_way_and_what_is_in_them_does_not() {
        let root = tempfile::tempdir().unwrap();
        let drafts = Drafts::make(root.path(), true).unwrap();
        fs::create_dir_all(root.path().join("a/b/c")).unwrap();
        drafts.add(0, b"x").unwrap();
        drafts.place(0, &root.path().join("a")).unwrap();
        assert_eq!(fs::read(root.path().join("a")).unwrap(), b"x");
        fs::create_dir_all(root.path().join("d/e")).unwrap();
        fs::write(root.path().join("d/e/.kept"), "").unwrap();
        drafts.add(1, b"y").unwrap();
        assert!(drafts.place(1, &root.path().join("d")).is_err());
        assert!(root.path().join("d/e/.kept").exists());
    }

    #[test]
    fn drafts_of_runs_that_are_no_more_are_told_from_what_is_not_ours() {
        for name in [
            ".assize-drafts-1",
            ".bundle.json.7",
            ".bundle.intoto.json.12",
            ".bundle.unfinished.json.3",
        ] {
            assert!(is_left_behind(name), "{name}");
        }
        for name in [
            "bundle.json",
            ".bundle.json",
            ".bundle.json.bak",
            ".a.json.7",
            ".git",
        ] {
            assert!(!is_left_behind(name), "{name}");
        }
    }

    #[test]
    fn a_draft_is_carried_to_another_file_system_all_or_nothing() {
        let root = tempfile::tempdir().unwrap();
        let drafts = Drafts::make(root.path(), true).unwrap();
        drafts.add(0, b"x").unwrap();
        fs::create_dir(root.path().join("d")).unwrap();
        let file = root.path().join("d/a");
        drafts.carry(0, &file).unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"x");
        assert!(drafts.carry(1, &root.path().join("d/b")).is_err());
        let names: Vec<_> = fs::read_dir(root.path().join("d"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, ["a"]);
    }

    #[cfg(unix)]
    #[test]
    fn no_link_is_followed_and_old_drafts_go_where_nobody_else_is() {
        use std::os::unix::fs::symlink;
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("kept"), "").unwrap();
        let root = tempfile::tempdir().unwrap();
        let own = root.path().join(format!("{PREFIX}{}", std::process::id()));
        let other = root.path().join(format!("{PREFIX}0"));
        symlink(outside.path(), &own).unwrap();
        fs::create_dir(&other).unwrap();
        symlink(outside.path(), other.join("1")).unwrap();
        let drafts = Drafts::make(root.path(), false).unwrap();
        drafts.add(0, b"x").unwrap();
        assert!(!own.is_symlink() && other.exists());
        drop(drafts);
        drop(Drafts::make(root.path(), true).unwrap());
        assert!(!own.exists() && !other.exists());
        let left = fs::read_dir(outside.path()).unwrap().count();
        assert_eq!(left, 1);
    }
}
