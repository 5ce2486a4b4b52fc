//! `gitlab-merge-request`: the answer of GitLab's REST API v4 at
//! `GET /projects/{id}/merge_requests/{iid}`
//! (<https://docs.gitlab.com/api/merge_requests/>).
//!
//! INVARIANT: the pipeline that is shown may be of another commit than the head, and of
//! another project, as of a fork, and says of which.

use crate::evidence::Kind;
use crate::json::{Value, json};

use super::forge::change::{Change, State};
use super::forge::{Outcome, commit, gitlab_person, optional_commit, text};
use super::node::Node;
use super::reader::{Form, Reader};
use super::{KindError, Reading};

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::GitlabMergeRequest,
    media_type: "application/json",
    form: Form::Json { is, read },
};

fn is(value: &Value) -> bool {
    let has = |name| value.get(name).is_some();
    ["iid", "source_branch", "target_branch", "sha", "author"]
        .into_iter()
        .all(has)
}

/// Reads an answer.
fn read(value: &Value) -> Result<Reading, KindError> {
    let root = Node::root(value);
    let merged_at = root.optional("merged_at")?;
    let state = root.field("state")?;
    let word = state.one_of(&["opened", "locked", "closed", "merged"])?;
    let state = match (word, merged_at.is_some()) {
        ("merged", true) => State::Merged,
        ("merged", false) => return Err(state.refuse("is `merged`, but `merged_at` is not set")),
        (_, true) => return Err(state.refuse("is not `merged`, but `merged_at` is set")),
        ("closed", false) => State::Closed,
        // `locked` is what it is while it is being merged.
        (_, false) => State::Open,
    };
    let project = |name: &str| -> Result<Option<u64>, KindError> {
        root.optional(name)?.as_ref().map(Node::count).transpose()
    };
    let target = project("target_project_id")?;
    if let (Some(target), Some(own), Some(node)) =
        (target, project("project_id")?, root.optional("project_id")?)
        && own != target
    {
        return Err(node.refuse("is not `target_project_id`"));
    }
    let is_from_fork = match (project("source_project_id")?, target) {
        (Some(from), Some(to)) => Some(from != to),
        _ => None,
    };
    let head = root.field("sha")?;
    let head_commit = commit(&head)?;
    let refs = root.optional("diff_refs")?;
    let base_commit = match &refs {
        Some(refs) => optional_commit(refs, "base_sha")?,
        None => None,
    };
    if let Some(refs) = &refs
        && optional_commit(refs, "head_sha")?.is_some_and(|other| other != head_commit)
    {
        return Err(head.refuse("is not `diff_refs.head_sha`"));
    }
    let merge_commit = match optional_commit(&root, "merge_commit_sha")? {
        None => optional_commit(&root, "squash_commit_sha")?,
        some => some,
    };
    // `merged_by` is what older versions say.
    let merged_by = match gitlab_person(&root, "merge_user")? {
        Value::Null => gitlab_person(&root, "merged_by")?,
        person => person,
    };
    let is_draft = match root.optional("draft")? {
        Some(draft) => draft.boolean()?,
        None => root.field("work_in_progress")?.boolean()?,
    };
    let facts = Change {
        forge: "gitlab",
        repository: repository(&root)?,
        project_id: project("project_id")?.or(target),
        number: root.field("iid")?.count()?,
        title: text(&root, "title")?,
        state,
        is_draft,
        is_from_fork,
        author: gitlab_person(&root, "author")?,
        head_commit,
        base_commit,
        head_branch: text(&root, "source_branch")?,
        base_branch: text(&root, "target_branch")?,
        merge_commit,
        merged_by,
        pipeline: pipeline(&root)?,
    };
    Ok(Reading::of(Kind::GitlabMergeRequest, facts.facts(&root)?))
}

/// The project's path, as `group/project` in `group/project!12`.
fn repository(root: &Node<'_>) -> Result<Option<String>, KindError> {
    let full = match root.optional("references")? {
        Some(references) => text(&references, "full")?,
        None => None,
    };
    let path = full.as_deref().and_then(|full| full.split_once('!'));
    Ok(path.map(|(path, _)| path.to_owned()))
}

/// The pipeline that ran last for the head of the branch.
fn pipeline(root: &Node<'_>) -> Result<Value, KindError> {
    let Some(pipeline) = root.optional("head_pipeline")? else {
        return Ok(Value::Null);
    };
    let outcome = Outcome::at_gitlab(&pipeline.field("status")?)?;
    let project = pipeline.optional("project_id")?;
    let project = project.as_ref().map(Node::count).transpose()?;
    Ok(json!({
        "project_id": project,
        "id": pipeline.field("id")?.count()?,
        "commit": commit(&pipeline.field("sha")?)?,
        "outcome": outcome.name(),
    }))
}
