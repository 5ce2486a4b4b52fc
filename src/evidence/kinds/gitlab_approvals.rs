//! `gitlab-approvals`: the answer of GitLab's REST API v4 at
//! `GET /projects/{id}/merge_requests/{iid}/approvals`
//! (<https://docs.gitlab.com/api/merge_request_approvals/>).
//!
//! INVARIANT: an approval at GitLab names no commit, so that none is shown. `approved`
//! without a count of what is left means only that somebody approved.

use std::collections::BTreeSet;

use crate::evidence::{Kind, Status};
use crate::json::{Value, json};

use super::forge::reviews::{Decision, Review, facts};
use super::forge::{gitlab_person, instant, text};
use super::node::Node;
use super::reader::{Form, Reader};
use super::{KindError, Reading};

/// Most approvals in one answer.
const APPROVALS_MAX: usize = 10_000;

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::GitlabApprovals,
    media_type: "application/json",
    form: Form::Json { is, read },
};

fn is(value: &Value) -> bool {
    let has = |name| value.get(name).is_some();
    has("approved_by") && has("user_has_approved")
}

/// Reads an answer.
fn read(value: &Value) -> Result<Reading, KindError> {
    let root = Node::root(value);
    let number = |name: &str| -> Result<Option<u64>, KindError> {
        root.optional(name)?.as_ref().map(Node::count).transpose()
    };
    let (required, left) = (number("approvals_required")?, number("approvals_left")?);
    let rules_left = rules_left(&root)?;
    let approved = root.optional("approved")?;
    let is_approved = approved.as_ref().map(Node::boolean).transpose()?;
    let is_left = rules_left.as_ref().is_some_and(|rules| !rules.is_empty());
    if let (Some(approved), Some(is)) = (approved, is_approved) {
        if is && (left.is_some_and(|left| left > 0) || is_left) {
            return Err(approved.refuse("is true, but approvals are left"));
        }
        if !is && left == Some(0) && !is_left && required.is_some_and(|required| required > 0) {
            return Err(approved.refuse("is false, but no approvals are left"));
        }
    }
    if let (Some(required), Some(left)) = (required, left)
        && left > required
    {
        let left = root.field("approvals_left")?;
        return Err(left.refuse("is more than `approvals_required`"));
    }
    let (mut reviews, mut accounts) = (Vec::new(), BTreeSet::new());
    for node in root.field("approved_by")?.nodes()? {
        if reviews.len() >= APPROVALS_MAX {
            return Err(node.refuse(format!("more than {APPROVALS_MAX} approvals")));
        }
        let person = gitlab_person(&node, "user")?;
        if let Some(account) = person.get("account").and_then(Value::as_u64)
            && !accounts.insert(account)
        {
            return Err(node.refuse(format!("account {account} is here twice")));
        }
        reviews.push(Review {
            id: None,
            person,
            decision: Decision::Approved,
            commit: None,
            at: instant(&node, "approved_at")?,
            association: None,
            is_outsider: None,
        });
    }
    let (all, reviewers) = facts(&reviews);
    let facts = json!({
        "forge": "gitlab",
        "repository": null,
        "project_id": number("project_id")?,
        "number": number("iid")?,
        "approved": is_approved,
        "approvals_required": required,
        "approvals_left": left,
        "rules_left": rules_left,
        "reviews_count": reviews.len(),
        "pending_count": 0,
        "anonymous_count": reviews.iter().filter(|one| one.person.is_null()).count(),
        "reviewers": reviewers,
        "reviews": all,
    });
    let reading = Reading::of(Kind::GitlabApprovals, facts);
    Ok(if reviews.is_empty() {
        reading.found(Status::Empty, "nobody approved")
    } else {
        reading
    })
}

/// The names of rules that want more approvals; null where GitLab says nothing of rules.
fn rules_left(root: &Node<'_>) -> Result<Option<Vec<String>>, KindError> {
    let Some(rules) = root.optional("approval_rules_left")? else {
        return Ok(None);
    };
    let name = |rule: Node<'_>| -> Result<String, KindError> {
        Ok(text(&rule, "name")?.unwrap_or_default())
    };
    rules.nodes()?.map(name).collect::<Result<_, _>>().map(Some)
}
