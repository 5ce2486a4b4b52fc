//! An index of our own, beside that of the repository.
//!
//! INVARIANT: it lies in a folder that nobody else may enter, and goes with its value.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::program::{Answer, Git};

/// Most names that are tried for a folder.
const TRIES: u32 = 1_000;

/// An index, in a folder of its own.
#[derive(Debug)]
pub(super) struct Index {
    folder: PathBuf,
}

impl Index {
    /// The index of the commit that is checked out in `tree`, without what git would know
    /// of the files there.
    ///
    /// # Errors
    /// No folder to put it in, and what git cannot read.
    pub(super) fn of_head(git: &Git, tree: &Path) -> Result<Self, String> {
        // Git runs elsewhere, where a relative path is another one.
        let base = std::path::absolute(std::env::temp_dir());
        let base = base.map_err(|error| format!("there is no folder for an index: {error}"))?;
        let folder = folder_of_our_own(&base)?;
        let index = Self { folder };
        index.answer(git, tree, &["read-tree", "HEAD"])?;
        Ok(index)
    }

    /// What git says in `tree` by this index.
    pub(super) fn answer(&self, git: &Git, tree: &Path, args: &[&str]) -> Result<Answer, String> {
        git.answer_by(&self.folder.join("index"), tree, args)
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        // What is left over is in nobody's way.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Makes a folder below `base` that was not there.
fn folder_of_our_own(base: &Path) -> Result<PathBuf, String> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    for _ in 0..TRIES {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = base.join(format!("assize-{}-{number}", std::process::id()));
        match builder.create(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => {
                let base = base.display();
                return Err(format!("cannot make a folder in `{base}`: {error}"));
            }
        }
    }
    let base = base.display();
    Err(format!(
        "cannot make a folder in `{base}`: all names are taken"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_new_and_goes_with_its_index() {
        let base = tempfile::tempdir().unwrap();
        let [first, second] = [0, 1].map(|_| folder_of_our_own(base.path()).unwrap());
        assert_ne!(first, second);
        fs::write(first.join("index"), "x").unwrap();
        drop(Index {
            folder: first.clone(),
        });
        assert!(!first.exists() && second.is_dir());
        let error = folder_of_our_own(&base.path().join("none")).unwrap_err();
        assert!(error.contains("cannot make a folder"), "{error}");
    }
}
