//! A commit, as `docs/evidence/git-commit.md` has it: who made it, what git says of its
//! signature, which tags point at it, whether the worktree differs, and what it changes
//! against a base. By the program `git` (<https://git-scm.com/docs>).
//!
//! INVARIANTS
//! - Nothing that the repository's settings name is run: they are part of what is judged.
//! - What is read belongs to one commit, by its id; names are resolved one time.
//! - That there is no signature is said only where the commit, or the tag, has none.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::below::below;
use super::command::address;
use super::{Ask, Errand, Given, Origin};
use crate::evidence::Kind;
use crate::evidence::manifest::{self, Method};
use crate::json::{self, Value, json};
use crate::tree;

mod commit;
mod index;
mod name;
mod program;
mod range;
mod tag;
mod trees;
mod worktree;

use program::Git;

pub(super) const ORIGIN: Origin = Origin {
    from: "git",
    needs_server: false,
    read: |own| {
        let commit = own.decode::<Settings>()?.read();
        Ok(Box::new(commit.map_err(|reason| own.refuse(reason))?))
    },
};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The repository, or a folder in it.
    directory: Option<String>,
    revision: Option<String>,
    /// What it is held against.
    base: Option<String>,
    /// A file of the keys that may sign, as `ssh-keygen` reads it.
    allowed_signers: Option<PathBuf>,
}

/// What is read.
#[derive(Debug, Clone)]
struct Commit {
    directory: String,
    revision: String,
    base: Option<String>,
    allowed_signers: Option<PathBuf>,
}

impl Settings {
    fn read(self) -> Result<Commit, String> {
        let directory = self.directory.unwrap_or_else(|| ".".to_owned());
        if directory != "." {
            tree::join(Path::new(""), &directory).map_err(|error| format!("directory: {error}"))?;
        }
        let revision = self.revision.unwrap_or_else(|| "HEAD".to_owned());
        for (name, text) in [("revision", Some(&revision)), ("base", self.base.as_ref())] {
            // What begins with a dash would be read as an option.
            let is_sound = |text: &String| {
                !text.trim().is_empty()
                    && !text.starts_with('-')
                    && !text.chars().any(char::is_control)
            };
            if let Some(text) = text.filter(|text| !is_sound(text)) {
                let text = text.escape_default();
                return Err(format!("{name}: `{text}` names no commit"));
            }
        }
        Ok(Commit {
            directory,
            revision,
            base: self.base,
            allowed_signers: self.allowed_signers,
        })
    }
}

impl Ask for Commit {
    fn ask(&self, errand: &Errand<'_>) -> Result<Vec<Given>, String> {
        let signers = self.allowed_signers.as_ref();
        let signers = signers.map(|path| readable(&errand.base.join(path)));
        let directory = below(errand.base, Path::new(&self.directory))?;
        let directory =
            directory.ok_or_else(|| format!("there is no folder `{}`", self.directory))?;
        let git = Git::open(&directory, signers.transpose()?, errand.deadline)?;
        let read_at = errand.clock.now();
        let head = git.commit_id("HEAD").ok();
        let id = git.commit_id(&self.revision)?;
        let mut document = commit::read(&git, &id)?;
        let remote = git.value(&["config", "--get", "remote.origin.url"])?;
        let remote = remote.map(|url| address(&url));
        // Shortened by git, it would depend on which tags there are.
        let branch = git.value(&["symbolic-ref", "-q", "HEAD"])?;
        let mut more = json!({
            "remote": remote,
            "branch": branch.as_deref().map(|name| name.strip_prefix("refs/heads/").unwrap_or(name)),
            "shallow": git.flag("--is-shallow-repository")?,
            "read_at": read_at,
            "git_version": git.version(),
        });
        // Another commit differs from the worktree as it must.
        if head.as_ref() == Some(&id) && !git.trees.is_empty() {
            put(&mut more, "worktree", worktree::read(&git)?);
        }
        if let Some(base) = &self.base {
            put(&mut more, "range", range::read(&git, base, &id)?);
        }
        if git.commit_id("HEAD").ok() != head {
            return Err("another commit was checked out while this one was read".into());
        }
        if let (Value::Object(document), Value::Object(more)) = (&mut document, more) {
            document.extend(more);
        }
        let place = remote.unwrap_or_else(|| format!("git:{}", self.directory));
        let mut source = manifest::Source::of(place);
        let base = self.base.as_ref();
        let base = base.map_or_else(String::new, |base| format!(" base={base}"));
        source.request = Some(format!("revision={}{base}", self.revision));
        source.server = Some(format!("git {}", git.version()));
        Ok(vec![Given {
            path: errand.path.to_owned(),
            bytes: (json::pretty(&document) + "\n").into_bytes(),
            kind: Some(Kind::GitCommit),
            collected_at: Some(read_at),
            method: Method::Pull,
            source: Some(source),
            fault: None,
        }])
    }
}

/// `path` as an absolute one, where a file is.
fn readable(path: &Path) -> Result<PathBuf, String> {
    let shown = path.display();
    let whole = std::fs::canonicalize(path);
    let whole = whole.map_err(|error| format!("allowed_signers: `{shown}`: {error}"))?;
    if !whole.is_file() {
        return Err(format!("allowed_signers: `{shown}` is no file"));
    }
    Ok(whole)
}

fn put(document: &mut Value, name: &str, value: Value) {
    if let Value::Object(fields) = document {
        fields.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_make_no_sense_are_refused() {
        for (settings, what) in [
            (
                json!({"revision": "--all"}),
                "revision: `--all` names no commit",
            ),
            (json!({"base": "-c"}), "base: `-c` names no commit"),
            (json!({"revision": " "}), "revision: ` `"),
            (json!({"revision": "a\nb"}), "revision: `a\\nb`"),
            (json!({"directory": "../x"}), "directory: path"),
        ] {
            let read = json::decode::<Settings>(settings).unwrap().read();
            let error = read.unwrap_err();
            assert!(error.contains(what), "{error}");
        }
    }
}
