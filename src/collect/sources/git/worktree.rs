//! Whether the worktree differs from the commit that is checked out.
//!
//! INVARIANT: only what the commit itself says is let pass: its `.gitignore` and its
//! `.gitattributes`, and nothing that lies in the folder of the repository.

use std::fs;
use std::path::Path;

use super::program::{Git, line, parts};
use crate::json::{Value, json};

/// Counts what differs, what git does not know, and what it is told not to look at. Each
/// submodule is looked into by itself: of one in another, git would believe its settings.
///
/// # Errors
/// What git cannot tell.
pub(super) fn read(git: &Git) -> Result<Value, String> {
    let (mut changed, mut untracked, mut unwatched) = (0, git.hollow, 0);
    for tree in &git.trees {
        refuse_own_attributes(git, tree)?;
        changed += changed_in(git, tree)?;
        untracked += untracked_in(git, tree)?;
        unwatched += unwatched_in(git, tree)?;
    }
    Ok(json!({
        "changed": changed,
        "untracked": untracked,
        "unwatched": unwatched,
    }))
}

fn changed_in(git: &Git, tree: &Path) -> Result<usize, String> {
    let status = git.answer_in(
        tree,
        &[
            "status",
            "--porcelain=v1",
            "-z",
            "--untracked-files=all",
            "--ignore-submodules=none",
            "--no-renames",
        ],
    )?;
    let entries = parts(&status.out);
    let known = entries.iter().filter(|entry| !entry.starts_with("??"));
    Ok(known.count())
}

/// Files that are not known, but for those that `.gitignore` names. One that is not known
/// itself does not hide what is, and itself: it counts, unless its folder is ignored.
fn untracked_in(git: &Git, tree: &Path) -> Result<usize, String> {
    let listed = git.answer_in(
        tree,
        &[
            "ls-files",
            "-z",
            "--others",
            "--exclude-per-directory=.gitignore",
            "--exclude=!.gitignore",
            "--exclude=!.gitattributes",
        ],
    )?;
    Ok(parts(&listed.out).len())
}

fn unwatched_in(git: &Git, tree: &Path) -> Result<usize, String> {
    let listed = git.answer_in(tree, &["ls-files", "-v", "-z"])?;
    let listed = parts(&listed.out);
    Ok(listed.iter().filter(|entry| is_unwatched(entry)).count())
}

/// `h path`: a small letter where it is assumed to be unchanged, `S` where it is skipped.
fn is_unwatched(entry: &str) -> bool {
    entry.starts_with(|c: char| c.is_ascii_lowercase() || c == 'S')
}

/// Attributes say what of a file is compared. Those of `info/attributes` are no part of
/// the commit, and git has no option against them.
fn refuse_own_attributes(git: &Git, tree: &Path) -> Result<(), String> {
    let path = git.answer_in(tree, &["rev-parse", "--git-path", "info/attributes"])?;
    let path = line(&path.out);
    let said = match fs::read(tree.join(&path)) {
        Ok(said) => said,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(format!("cannot read `{path}`: {error}")),
    };
    let said = String::from_utf8_lossy(&said);
    let is_idle = |line: &str| line.is_empty() || line.starts_with('#');
    if said.lines().map(str::trim).all(is_idle) {
        return Ok(());
    }
    Err(format!(
        "`{path}` says how files are compared, and is no part of the commit: take its lines into `.gitattributes`"
    ))
}
