//! `github-reviews`: the answer of GitHub's REST API at
//! `GET /repos/{owner}/{repo}/pulls/{number}/reviews`, version 2022-11-28
//! (<https://docs.github.com/en/rest/pulls/reviews?apiVersion=2022-11-28>).
//!
//! INVARIANT: an approval is of one commit and stands beside it; a review that was
//! dismissed, taken back or not submitted is no approval.

use crate::evidence::{Kind, Status};
use crate::json::{Value, json};

use super::forge::reviews::{Decision, Review, facts};
use super::forge::{
    Agreed, Entries, Ids, github_person, github_repository, instant, number_of, optional_commit,
};
use super::node::{Node, TEXT_MAX, shortened};
use super::reader::{Form, Reader};
use super::{KindError, Reading};

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::GithubReviews,
    media_type: "application/json",
    form: Form::Pages { is, read },
};

fn is(page: &Value) -> bool {
    let first = page.get(0);
    let has = |name| first.is_some_and(|first| first.get(name).is_some());
    ["pull_request_url", "state", "commit_id", "user"]
        .into_iter()
        .all(has)
}

/// Reads an answer.
fn read(pages: &[Value]) -> Result<Reading, KindError> {
    let entries = Entries::of_one_list(pages)?;
    let (mut ids, mut of) = (Ids::default(), Agreed::default());
    let mut reviews = Vec::new();
    for node in entries.nodes() {
        let url = node.field("pull_request_url")?;
        let url_text = url.text()?;
        of.take((github_repository(url_text), number_of(url_text)), &url)?;
        reviews.push(review(node, ids.take(node)?)?);
    }
    let pending = |review: &&Review| review.decision == Decision::Pending;
    let pending_count = reviews.iter().filter(pending).count();
    let anonymous_count = reviews.iter().filter(|one| one.person.is_null()).count();
    let (all, reviewers) = facts(&reviews);
    let (repository, number) = of.get().cloned().unwrap_or_default();
    let facts = json!({
        "forge": "github",
        "repository": repository,
        "project_id": null,
        "number": number,
        "approved": null,
        "approvals_required": null,
        "approvals_left": null,
        "rules_left": null,
        "reviews_count": reviews.len(),
        "pending_count": pending_count,
        "anonymous_count": anonymous_count,
        "reviewers": reviewers,
        "reviews": all,
    });
    let reading = entries.reading(Kind::GithubReviews, facts, "nobody reviewed");
    Ok(
        if reading.status == Status::Ok && pending_count == reviews.len() {
            reading.found(Status::Empty, "no review was submitted")
        } else {
            reading
        },
    )
}

fn review(node: &Node<'_>, id: u64) -> Result<Review, KindError> {
    let state = node.field("state")?;
    let decision = match state.one_of(&[
        "APPROVED",
        "CHANGES_REQUESTED",
        "DISMISSED",
        "COMMENTED",
        "PENDING",
    ])? {
        "APPROVED" => Decision::Approved,
        "CHANGES_REQUESTED" => Decision::ChangesRequested,
        "DISMISSED" => Decision::Dismissed,
        "COMMENTED" => Decision::Commented,
        _ => Decision::Pending,
    };
    let at = instant(node, "submitted_at")?;
    if at.is_none() && decision != Decision::Pending {
        return Err(node
            .field("submitted_at")
            .err()
            .unwrap_or_else(|| state.refuse("says what was submitted, but not when")));
    }
    let association = node.field("author_association")?.words()?;
    let is_outsider = !matches!(association, "OWNER" | "MEMBER" | "COLLABORATOR");
    Ok(Review {
        id: Some(id),
        person: github_person(node, "user")?,
        decision,
        commit: optional_commit(node, "commit_id")?,
        at,
        association: Some(shortened(association, TEXT_MAX)),
        is_outsider: Some(is_outsider),
    })
}
