//! `github-pull-request`: the answer of GitHub's REST API at
//! `GET /repos/{owner}/{repo}/pulls/{number}`, version 2022-11-28
//! (<https://docs.github.com/en/rest/pulls/pulls?apiVersion=2022-11-28>).
//!
//! INVARIANT: `merge_commit_sha` of what is not merged is a trial merge and is not shown.

use crate::evidence::Kind;
use crate::json::Value;

use super::forge::change::{Change, State};
use super::forge::{commit, github_person, optional_commit, text};
use super::node::Node;
use super::reader::{Form, Reader};
use super::{KindError, Reading};

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::GithubPullRequest,
    media_type: "application/json",
    form: Form::Json { is, read },
};

fn is(value: &Value) -> bool {
    let has = |path| value.pointer(path).is_some();
    [
        "/number",
        "/head/sha",
        "/base/sha",
        "/user",
        "/merge_commit_sha",
    ]
    .into_iter()
    .all(has)
}

/// Reads an answer.
fn read(value: &Value) -> Result<Reading, KindError> {
    let root = Node::root(value);
    let (head, base) = (root.field("head")?, root.field("base")?);
    let merged_at = root.optional("merged_at")?;
    let state = root.field("state")?;
    let state = match (state.one_of(&["open", "closed"])?, merged_at.is_some()) {
        ("open", true) => return Err(state.refuse("is `open`, but `merged_at` is set")),
        ("open", false) => State::Open,
        (_, true) => State::Merged,
        (_, false) => State::Closed,
    };
    if let Some(merged) = root.optional("merged")?
        && merged.boolean()? != (state == State::Merged)
    {
        return Err(merged.refuse("does not agree with `merged_at`"));
    }
    // An entry of a list, which does not say who merged, is not this answer.
    if !root.object()?.contains_key("merged_by") {
        root.field("merged_by")?;
    }
    let repository = |of: &Node<'_>| -> Result<Option<String>, KindError> {
        match of.optional("repo")? {
            Some(repository) => text(&repository, "full_name"),
            None => Ok(None),
        }
    };
    let (from, to) = (repository(&head)?, repository(&base)?);
    let facts = Change {
        forge: "github",
        is_from_fork: match (&from, &to) {
            (Some(from), Some(to)) => Some(from != to),
            _ => None,
        },
        repository: to,
        project_id: None,
        number: root.field("number")?.count()?,
        title: text(&root, "title")?,
        state,
        is_draft: root.field("draft")?.boolean()?,
        author: github_person(&root, "user")?,
        head_commit: commit(&head.field("sha")?)?,
        base_commit: Some(commit(&base.field("sha")?)?),
        head_branch: text(&head, "ref")?,
        base_branch: text(&base, "ref")?,
        merge_commit: optional_commit(&root, "merge_commit_sha")?,
        merged_by: github_person(&root, "merged_by")?,
        pipeline: Value::Null,
    };
    Ok(Reading::of(Kind::GithubPullRequest, facts.facts(&root)?))
}
