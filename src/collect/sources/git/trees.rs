//! The worktree and those of its submodules: that they are where git takes them to be, and
//! that nothing which their settings name is run.
//!
//! INVARIANT: the worktree of a repository is the folder that holds its `.git`. Where the
//! repository's own settings say otherwise, nothing is said of it.

use std::fs;
use std::path::{Path, PathBuf};

use super::program::{Git, failed, line};

/// Most levels of submodules.
pub(super) const DEPTH_MAX: usize = 8;

impl Git {
    /// The worktree that `directory`, a path without links, lies in; none of a repository
    /// that has none.
    ///
    /// # Errors
    /// A worktree that is not where `.git` is.
    pub(super) fn worktree_of(&self, directory: &Path) -> Result<Option<PathBuf>, String> {
        let mut above = directory.ancestors();
        let holder = above.find(|folder| fs::symlink_metadata(folder.join(".git")).is_ok());
        let inside = line(
            &self
                .answer_in(directory, &["rev-parse", "--is-inside-work-tree"])?
                .out,
        );
        let Some(holder) = holder else {
            return Ok(None);
        };
        let elsewhere = || {
            format!(
                "`{}` holds `.git`, but git takes its files to be elsewhere or nowhere (`core.worktree`, `core.bare`)",
                holder.display()
            )
        };
        if inside != "true" {
            return Err(elsewhere());
        }
        let top = line(
            &self
                .answer_in(directory, &["rev-parse", "--show-toplevel"])?
                .out,
        );
        let top =
            fs::canonicalize(&top).map_err(|error| format!("cannot read `{top}`: {error}"))?;
        if top != holder {
            return Err(elsewhere());
        }
        Ok(Some(top))
    }

    /// Goes into the worktree `tree`, and from there into its submodules.
    ///
    /// # Errors
    /// What cannot be overridden, and submodules that are not what git takes them for.
    pub(super) fn enter(&mut self, tree: &Path, depth: usize) -> Result<(), String> {
        self.disarm(tree)?;
        self.trees.push(tree.to_owned());
        for path in self.submodules(tree)? {
            let shown = path.display();
            if fs::symlink_metadata(path.join(".git")).is_err() {
                // Git takes it for unchanged, whatever it holds.
                let held = fs::read_dir(&path).map(|mut held| held.next().is_some());
                self.hollow += usize::from(held.unwrap_or(true));
                continue;
            }
            if depth == 0 {
                return Err(format!("submodules lie more than {DEPTH_MAX} deep"));
            }
            if self.worktree_of(&path)?.as_ref() != Some(&path) {
                return Err(format!("`{shown}` is not the worktree of a submodule"));
            }
            // Of one without a commit git says that it is unchanged.
            let head = ["show-ref", "--verify", "--quiet", "HEAD"];
            if self.run_in(&path, &head, false)?.code != 0 {
                return Err(format!("the submodule in `{shown}` has no commit"));
            }
            self.enter(&path, depth - 1)?;
        }
        Ok(())
    }

    /// Overrides the filters that the settings of the repository at `directory` name.
    fn disarm(&mut self, directory: &Path) -> Result<(), String> {
        let args = [
            "config",
            "--includes",
            "-z",
            "--name-only",
            "--get-regexp",
            r"^filter\.",
        ];
        let names = self.run_in(directory, &args, false)?;
        // 1 is that there is none.
        if !matches!(names.code, 0 | 1) {
            return Err(failed(&args, &names));
        }
        let listed = str::from_utf8(&names.out)
            .map_err(|_| "a filter of the repository has a name that is not UTF-8".to_owned())?;
        for name in listed.split_terminator('\0') {
            let Some((filter, _)) = name.rsplit_once('.') else {
                continue;
            };
            // TRUST: `-c` takes what stands before the first `=` for the name.
            if filter.contains('=') {
                let filter = filter.escape_debug();
                return Err(format!("`{filter}` of the repository cannot be overridden"));
            }
            for key in ["clean", "smudge", "process"] {
                self.set(format!("{filter}.{key}="));
            }
            self.set(format!("{filter}.required=false"));
        }
        Ok(())
    }

    /// The folders of submodules that are there.
    fn submodules(&self, directory: &Path) -> Result<Vec<PathBuf>, String> {
        let args = ["ls-files", "-s", "-z"];
        let listed = self.answer_in(directory, &args)?;
        let mut found = Vec::new();
        let entries = listed.out.split(|byte| *byte == 0);
        for entry in entries.filter(|entry| entry.starts_with(b"160000 ")) {
            let entry = str::from_utf8(entry)
                .map_err(|_| "a submodule lies at a path that is not UTF-8".to_owned())?;
            let Some((_, path)) = entry.split_once('\t') else {
                continue;
            };
            let path = directory.join(path);
            // What a link leads to is no submodule, and git says that it differs.
            if fs::canonicalize(&path).is_ok_and(|real| real == path) && path.is_dir() {
                found.push(path);
            }
        }
        Ok(found)
    }
}
