//! `git-commit`: a commit, who made it, what git says of its signature, and what it changes
//! against a base. Our own format, `assize/git-commit/v1`; `docs/evidence/git-commit.md`.
//!
//! INVARIANTS
//! - Totals are counted from the lists, never taken over.
//! - Where git had only a part of the history, or was told not to look at files, the
//!   status says so: "no other author" and "not dirty" are then unknown.

use std::collections::BTreeSet;

use crate::evidence::{Kind, Status};
use crate::json::{Map, Value, json};

use super::node::{Node, TEXT_MAX, put, put_instant, shortened};
use super::reader::{Form, Reader, starts};
use super::{KindError, Reading};

const SCHEMA: &str = "assize/git-commit/v1";
/// Most entries of a list.
const LIST_MAX: usize = 10_000;
/// What git may say of a signature: `%G?` in words.
const SIGNATURES: [&str; 8] = [
    "none",
    "good",
    "good-unknown-validity",
    "good-expired-signature",
    "good-expired-key",
    "good-revoked-key",
    "bad",
    "cannot-verify",
];

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::GitCommit,
    media_type: "application/json",
    form: Form::Document {
        is: |value| starts(value, "schema", "assize/git-commit/"),
        read,
    },
};

/// Reads a commit.
fn read(value: &Value) -> Result<Reading, KindError> {
    let root = Node::root(value);
    root.field("schema")?.one_of(&[SCHEMA])?;
    root.only(&[
        "schema",
        "remote",
        "commit",
        "tree",
        "parents",
        "author",
        "committer",
        "subject",
        "signature",
        "tags",
        "tagged",
        "branch",
        "worktree",
        "shallow",
        "range",
        "read_at",
        "git_version",
    ])?;
    let mut facts = Map::new();
    facts.insert("schema".to_owned(), SCHEMA.into());
    for name in ["commit", "tree"] {
        facts.insert(name.to_owned(), root.field(name)?.commit_id()?.into());
    }
    let parents = list(&root, "parents", |node| Ok(node.commit_id()?.into()))?;
    facts.insert("parents".to_owned(), parents);
    for name in ["author", "committer"] {
        facts.insert(name.to_owned(), person_at(&root.field(name)?)?);
    }
    let subject = root.field("subject")?.text()?;
    facts.insert("subject".to_owned(), shortened(subject, TEXT_MAX).into());
    facts.insert(
        "signature".to_owned(),
        signature(&root.field("signature")?)?,
    );
    let tags = list(&root, "tags", |node| Ok(node.words()?.into()))?;
    facts.insert("tags".to_owned(), tags);
    facts.insert("tagged".to_owned(), tagged(&root)?);
    for name in ["remote", "branch"] {
        facts.insert(name.to_owned(), optional_words(&root, name)?);
    }
    let (worktree, unwatched) = worktree(&root)?;
    facts.insert("worktree".to_owned(), worktree);
    let shallow = root.field("shallow")?.boolean()?;
    facts.insert("shallow".to_owned(), shallow.into());
    let range = match root.optional("range")? {
        Some(node) => range(&node)?,
        None => Value::Null,
    };
    facts.insert("range".to_owned(), range);
    let version = root.field("git_version")?.words()?;
    facts.insert("git_version".to_owned(), shortened(version, 80).into());
    let read_at = put_instant(&mut facts, &root, "read_at")?;
    let mut reading = Reading::of(Kind::GitCommit, facts.into());
    reading.collected_at = Some(read_at);
    Ok(match (shallow, unwatched) {
        (true, _) => reading.found(
            Status::Partial,
            "the clone is shallow: earlier commits and their authors are not in it",
        ),
        (false, 1..) => reading.found(
            Status::Partial,
            format!("git is told not to look at {unwatched} files of the worktree"),
        ),
        _ => reading,
    })
}

fn list(
    root: &Node<'_>,
    name: &str,
    mut read: impl FnMut(&Node<'_>) -> Result<Value, KindError>,
) -> Result<Value, KindError> {
    let field = root.field(name)?;
    if field.values()?.len() > LIST_MAX {
        return Err(field.refuse(format!("more than {LIST_MAX} entries")));
    }
    let values: Result<Vec<_>, _> = field.nodes()?.map(|node| read(&node)).collect();
    Ok(values?.into())
}

fn optional_words(node: &Node<'_>, name: &str) -> Result<Value, KindError> {
    let field = node.optional(name)?;
    let words = field.map(|field| field.words()).transpose()?;
    Ok(json!(words.map(|words| shortened(words, TEXT_MAX))))
}

/// Who, and when. Git lets a name and an address be empty.
fn person_at(node: &Node<'_>) -> Result<Value, KindError> {
    node.only(&["name", "email", "at"])?;
    let mut facts = Map::new();
    put_instant(&mut facts, node, "at")?;
    let mut facts = Value::Object(facts);
    named(node, &mut facts)?;
    Ok(facts)
}

fn named(node: &Node<'_>, facts: &mut Value) -> Result<(), KindError> {
    for name in ["name", "email"] {
        put(facts, name, shortened(node.field(name)?.text()?, TEXT_MAX));
    }
    Ok(())
}

fn signature(node: &Node<'_>) -> Result<Value, KindError> {
    node.only(&["git_says", "key", "fingerprint", "signer"])?;
    let says = node.field("git_says")?.one_of(&SIGNATURES)?;
    let mut facts = json!({"git_says": says});
    for name in ["key", "fingerprint", "signer"] {
        let text = optional_words(node, name)?;
        if says == "none" && !text.is_null() {
            let field = node.field(name)?;
            return Err(field.refuse("must be absent where there is no signature"));
        }
        put(&mut facts, name, text);
    }
    Ok(facts)
}

/// Each of the `tags`, and what git says of its signature; null of one that is only a name.
fn tagged(root: &Node<'_>) -> Result<Value, KindError> {
    let Some(field) = root.optional("tagged")? else {
        return Ok(Value::Null);
    };
    let mut names = root.field("tags")?.nodes()?;
    let tagged = list(root, "tagged", |tag| {
        tag.only(&["name", "annotated", "signature"])?;
        let name = tag.field("name")?.words()?;
        let known = names.next().map(|node| node.words()).transpose()?;
        if known != Some(name) {
            let name = shortened(name, 80);
            return Err(tag.refuse(format!("`{name}` is not the name that stands in `tags`")));
        }
        let annotated = tag.field("annotated")?.boolean()?;
        let said = tag.optional("signature")?;
        if said.is_some() != annotated {
            return Err(tag.refuse("has a `signature` where it is annotated, and only there"));
        }
        let said = said.as_ref().map(signature).transpose()?;
        Ok(json!({"name": name, "annotated": annotated, "signature": said}))
    })?;
    if names.next().is_some() {
        return Err(field.refuse("does not name all `tags`"));
    }
    Ok(tagged)
}

/// What differs from the commit, and how many files git does not look at.
fn worktree(root: &Node<'_>) -> Result<(Value, u64), KindError> {
    let Some(node) = root.optional("worktree")? else {
        return Ok((Value::Null, 0));
    };
    node.only(&["changed", "untracked", "unwatched"])?;
    let changed = node.field("changed")?.count()?;
    let untracked = node.field("untracked")?.count()?;
    let unwatched = node.field("unwatched")?.count()?;
    let facts = json!({
        "changed": changed,
        "untracked": untracked,
        "unwatched": unwatched,
        "dirty": changed > 0 || untracked > 0,
    });
    Ok((facts, unwatched))
}

/// What lies between the base and the commit.
fn range(node: &Node<'_>) -> Result<Value, KindError> {
    node.only(&[
        "base",
        "merge_base",
        "commits",
        "authors",
        "committers",
        "co_authors",
        "paths",
    ])?;
    let commits = node.field("commits")?.count()?;
    let mut facts = json!({
        "base": node.field("base")?.commit_id()?,
        "merge_base": node.field("merge_base")?.commit_id()?,
        "commits": commits,
    });
    for name in ["authors", "committers"] {
        put(&mut facts, name, people(node, name, commits)?);
    }
    let others = list(node, "co_authors", |node| {
        Ok(shortened(node.words()?, TEXT_MAX).into())
    })?;
    put(&mut facts, "co_authors", others);
    let (mut insertions, mut deletions, mut binary) = (0_u64, 0_u64, 0_u64);
    let mut known = BTreeSet::new();
    let mut paths = Vec::new();
    for path in node.each("paths")? {
        path.only(&["path", "insertions", "deletions"])?;
        let name = path.field("path")?.words()?;
        if !known.insert(name) {
            return Err(path.refuse(format!("`{}` is named twice", shortened(name, 80))));
        }
        let count = |field: &str| path.optional(field)?.map(|node| node.count()).transpose();
        match (count("insertions")?, count("deletions")?) {
            (Some(more), Some(less)) => {
                insertions = insertions.saturating_add(more);
                deletions = deletions.saturating_add(less);
                paths.push(json!({"path": name, "insertions": more, "deletions": less}));
            }
            (None, None) => {
                binary += 1;
                paths.push(json!({"path": name, "insertions": null, "deletions": null}));
            }
            _ => return Err(path.refuse("`insertions` and `deletions` go together")),
        }
        if paths.len() > LIST_MAX {
            return Err(node.refuse(format!("more than {LIST_MAX} paths")));
        }
    }
    put(&mut facts, "files", paths.len());
    put(&mut facts, "binary", binary);
    put(&mut facts, "insertions", insertions);
    put(&mut facts, "deletions", deletions);
    put(&mut facts, "paths", paths);
    Ok(facts)
}

/// Everybody with the number of their commits, which are all of them.
fn people(node: &Node<'_>, name: &str, commits: u64) -> Result<Value, KindError> {
    let mut sum = 0_u64;
    let mut known = BTreeSet::new();
    for person in node.field(name)?.nodes()? {
        person.only(&["name", "email", "commits"])?;
        sum = sum.saturating_add(person.field("commits")?.count()?);
        let who = (
            person.field("name")?.text()?,
            person.field("email")?.text()?,
        );
        if !known.insert(who) {
            return Err(person.refuse("is named twice"));
        }
    }
    if sum != commits {
        let field = node.field(name)?;
        return Err(field.refuse(format!("have {sum} commits, but there are {commits}")));
    }
    list(node, name, |person| {
        let mut facts = json!({"commits": person.field("commits")?.count()?});
        named(person, &mut facts)?;
        Ok(facts)
    })
}
