//! What lies between a base and a commit: who made it, and which files differ.

use std::collections::BTreeMap;

use super::program::{Git, parts};
use crate::json::{Value, json};

/// What `git log` is asked for of each commit, with a NUL behind each field.
const FORMAT: &str =
    "%an%x00%ae%x00%cn%x00%ce%x00%(trailers:key=Co-authored-by,valueonly,unfold,separator=%x0A)";
/// Fields of a commit.
const FIELDS: usize = 5;

/// Reads what lies between the merge base of `base` and the commit `id`, and `id`.
///
/// # Errors
/// A base that is no commit, or has nothing in common with this one.
pub(super) fn read(git: &Git, base: &str, id: &str) -> Result<Value, String> {
    let base_id = git.commit_id(base)?;
    let merge_base = git.value(&["merge-base", &base_id, id])?;
    let merge_base = merge_base
        .ok_or_else(|| format!("`{base}` and the commit have nothing in common in this clone"))?;
    let format = format!("--format={FORMAT}");
    let span = format!("{merge_base}..{id}");
    let log = git.bytes(&[
        "log",
        "-z",
        "--no-color",
        "--encoding=UTF-8",
        &format,
        &span,
        "--",
    ])?;
    let fields = parts(&log);
    let commits = fields.chunks_exact(FIELDS);
    if !commits.remainder().is_empty() {
        return Err("`git log` answers something else than was asked".into());
    }
    let count = commits.len();
    let (mut authors, mut committers) = (People::default(), People::default());
    let mut others = Vec::new();
    for commit in commits {
        let [author, author_email, committer, committer_email, trailers] = commit else {
            continue;
        };
        authors.add(author, author_email);
        committers.add(committer, committer_email);
        let trailers = trailers.lines().map(str::trim);
        others.extend(trailers.filter(|line| !line.is_empty()).map(str::to_owned));
    }
    others.sort();
    others.dedup();
    Ok(json!({
        "base": base_id,
        "merge_base": merge_base,
        "commits": count,
        "authors": authors.value(),
        "committers": committers.value(),
        "co_authors": others,
        "paths": paths(git, &merge_base, id)?,
    }))
}

/// People with the number of their commits, sorted.
#[derive(Default)]
struct People(BTreeMap<(String, String), u64>);

impl People {
    fn add(&mut self, name: &str, email: &str) {
        *self
            .0
            .entry((name.to_owned(), email.to_owned()))
            .or_default() += 1;
    }

    fn value(&self) -> Value {
        let people = self.0.iter();
        let people = people.map(
            |((name, email), commits)| json!({"name": name, "email": email, "commits": commits}),
        );
        people.collect()
    }
}

/// The files that differ, sorted, those of a rename by both names.
fn paths(git: &Git, from: &str, to: &str) -> Result<Value, String> {
    let listed = git.bytes(&[
        "diff-tree",
        "-r",
        "-z",
        "--numstat",
        "--no-renames",
        "--no-ext-diff",
        "--no-textconv",
        "--diff-algorithm=default",
        "--ignore-submodules=none",
        from,
        to,
        "--",
    ])?;
    let mut paths = BTreeMap::new();
    for entry in parts(&listed) {
        let (path, value) = path(&entry)
            .ok_or_else(|| "`git diff-tree` answers something else than was asked".to_owned())?;
        paths.insert(path, value);
    }
    Ok(paths.into_values().collect())
}

/// `12<TAB>3<TAB>path`; dashes where it is binary.
fn path(entry: &str) -> Option<(String, Value)> {
    let mut fields = entry.splitn(3, '\t');
    let (more, less, path) = (fields.next()?, fields.next()?, fields.next()?);
    let value = if (more, less) == ("-", "-") {
        json!({"path": path})
    } else {
        let (more, less): (u64, u64) = (more.parse().ok()?, less.parse().ok()?);
        json!({"path": path, "insertions": more, "deletions": less})
    };
    Some((path.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_difference_are_counted_or_binary() {
        let value = |entry: &str| path(entry).map(|(_, value)| value);
        assert_eq!(
            value("12\t3\ta b\tc").unwrap(),
            json!({"path": "a b\tc", "insertions": 12, "deletions": 3})
        );
        assert_eq!(value("-\t-\ta.png").unwrap(), json!({"path": "a.png"}));
        for odd in ["", "1\t2", "-\t2\ta", "x\t2\ta"] {
            assert!(value(odd).is_none(), "{odd}");
        }
    }
}
