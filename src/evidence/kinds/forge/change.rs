//! A change that is proposed for a branch: a pull request or a merge request.

use crate::clock::Timestamp;
use crate::evidence::kinds::KindError;
use crate::evidence::kinds::node::Node;
use crate::json::{Value, json};

use super::instant;

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::evidence::kinds) enum State {
    Open,
    Closed,
    Merged,
}

impl State {
    const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Merged => "merged",
        }
    }
}

/// What both forges say of it.
#[derive(Debug)]
pub(in crate::evidence::kinds) struct Change {
    pub(in crate::evidence::kinds) forge: &'static str,
    pub(in crate::evidence::kinds) repository: Option<String>,
    /// The number of the project, where the forge has one.
    pub(in crate::evidence::kinds) project_id: Option<u64>,
    pub(in crate::evidence::kinds) number: u64,
    pub(in crate::evidence::kinds) title: Option<String>,
    pub(in crate::evidence::kinds) state: State,
    pub(in crate::evidence::kinds) is_draft: bool,
    pub(in crate::evidence::kinds) is_from_fork: Option<bool>,
    pub(in crate::evidence::kinds) author: Value,
    pub(in crate::evidence::kinds) head_commit: String,
    pub(in crate::evidence::kinds) base_commit: Option<String>,
    pub(in crate::evidence::kinds) head_branch: Option<String>,
    pub(in crate::evidence::kinds) base_branch: Option<String>,
    /// Only what is merged has one.
    pub(in crate::evidence::kinds) merge_commit: Option<String>,
    pub(in crate::evidence::kinds) merged_by: Value,
    pub(in crate::evidence::kinds) pipeline: Value,
}

impl Change {
    /// Returns it as facts; `root` is what it was read from.
    pub(in crate::evidence::kinds) fn facts(self, root: &Node<'_>) -> Result<Value, KindError> {
        let is_merged = self.state == State::Merged;
        let text = |at: Option<Timestamp>| at.map(|at| at.to_string());
        let created_at = root.field("created_at")?.timestamp()?;
        let merged_at = instant(root, "merged_at")?;
        if let Some(node) = root.optional("merged_at")?
            && merged_at.is_some_and(|merged_at| merged_at < created_at)
        {
            return Err(node.refuse("is earlier than `created_at`"));
        }
        Ok(json!({
            "forge": self.forge,
            "repository": self.repository,
            "project_id": self.project_id,
            "number": self.number,
            "title": self.title,
            "state": self.state.name(),
            "is_draft": self.is_draft,
            "is_from_fork": self.is_from_fork,
            "author": self.author,
            "head_commit": self.head_commit,
            "head_branch": self.head_branch,
            "base_commit": self.base_commit,
            "base_branch": self.base_branch,
            "merge_commit": self.merge_commit.filter(|_| is_merged),
            "merged_by": if is_merged { self.merged_by } else { Value::Null },
            "pipeline": self.pipeline,
            "created_at": created_at.to_string(),
            "updated_at": text(instant(root, "updated_at")?),
            "merged_at": text(merged_at),
            "merged_at_ns": merged_at.map(Timestamp::unix_nanoseconds),
        }))
    }
}
