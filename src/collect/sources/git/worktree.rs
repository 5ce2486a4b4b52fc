//! Whether the worktree differs from the commit that is checked out.
//!
//! INVARIANT: only what the commit itself says is let pass: its `.gitignore` and its
//! `.gitattributes`, and nothing that lies in the folder of the repository.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::index::Index;
use super::program::{Answer, Git, line, parts};
use crate::json::{Value, json};

/// What `git status` is asked.
const STATUS: [&str; 5] = [
    "status",
    "--porcelain=v1",
    "-z",
    "--ignore-submodules=none",
    "--no-renames",
];

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

/// Files that differ by the repository's index, or by their content.
fn changed_in(git: &Git, tree: &Path) -> Result<usize, String> {
    let args = [&STATUS[..], &["--untracked-files=all"]].concat();
    let mut changed = changed(&git.answer_in(tree, &args)?);
    changed.extend(differing(git, tree)?);
    Ok(changed.len())
}

/// Files whose content differs. By the repository's index a file is unchanged that has the
/// size and the times that stand there, which anybody can have put there: one of our own
/// has none, so that git has to look into each.
fn differing(git: &Git, tree: &Path) -> Result<BTreeSet<String>, String> {
    let index = Index::of_head(git, tree)?;
    let args = [&STATUS[..], &["--untracked-files=no"]].concat();
    let mut differing = changed(&index.answer(git, tree, &args)?);
    // TRUST: what a filter makes of a file is not known, since none is run. Of these, the
    // repository's index is believed, but not of what says which they are.
    let args = ["ls-files", "-z", "--", ":(exclude,attr:!filter)"];
    for path in parts(&index.answer(git, tree, &args)?.out) {
        let name = path.rsplit('/').next();
        if name != Some(".gitattributes") {
            differing.remove(&path);
        }
    }
    Ok(differing)
}

/// The paths in an answer to [`STATUS`], but for those that git does not know.
fn changed(status: &Answer) -> BTreeSet<String> {
    let entries = parts(&status.out).into_iter();
    let known = entries.filter(|entry| !entry.starts_with("??"));
    // Two letters and a space are before it.
    let paths = known.map(|entry| entry.chars().skip(3).collect());
    paths.collect()
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
