//! Whether the worktree differs from the commit that is checked out.

use super::program::{Git, parts};
use crate::json::{Value, json};

/// Counts what differs, what git does not know, and what it is told not to look at.
///
/// # Errors
/// What git cannot tell.
pub(super) fn read(git: &Git) -> Result<Value, String> {
    let status = git.bytes(&[
        "status",
        "--porcelain=v1",
        "-z",
        "--untracked-files=all",
        "--ignore-submodules=none",
        "--no-renames",
    ])?;
    let entries = parts(&status);
    let untracked = entries.iter().filter(|entry| entry.starts_with("??"));
    let untracked = untracked.count();
    let listed = git.bytes(&["ls-files", "-v", "-z"])?;
    let unwatched = parts(&listed)
        .iter()
        .filter(|entry| is_unwatched(entry))
        .count();
    Ok(json!({
        "changed": entries.len() - untracked,
        "untracked": untracked,
        "unwatched": unwatched,
    }))
}

/// `h path`: a small letter where it is assumed to be unchanged, `S` where it is skipped.
fn is_unwatched(entry: &str) -> bool {
    entry.starts_with(|c: char| c.is_ascii_lowercase() || c == 'S')
}
