//! `github-deployments`: the answers of GitHub's REST API at
//! `GET /repos/{owner}/{repo}/deployments` and, behind them,
//! `GET /repos/{owner}/{repo}/deployments/{id}/statuses`, version 2022-11-28
//! (<https://docs.github.com/en/rest/deployments/deployments?apiVersion=2022-11-28>).
//!
//! INVARIANT: a deployment says only that somebody asked for it; how it went is in its
//! statuses, of which the newest counts. `inactive` is no success by itself.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::evidence::{Kind, Status};
use crate::json::{Map, Value};

use super::forge::deployments::{Deployment, put_deployments};
use super::forge::{
    Agreed, Entries, Ids, Outcome, commit, github_person, github_repository, number_of, text,
};
use super::node::{Node, TEXT_MAX, shortened};
use super::reader::{Form, Reader};
use super::{KindError, Reading};

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::GithubDeployments,
    media_type: "application/json",
    form: Form::Pages { is, read },
};

/// What the field of a status says that a deployment has not.
const OF: &str = "deployment_url";

/// Statuses of one deployment, by when they were set.
type Statuses<'a> = BTreeMap<(Timestamp, u64), &'a str>;

fn is(page: &Value) -> bool {
    let first = page.get(0);
    let has = |name| first.is_some_and(|first| first.get(name).is_some());
    ["sha", "environment", "statuses_url", "task"]
        .into_iter()
        .all(has)
}

/// All deployments are one list, the statuses of each another.
fn subject(entry: &Value) -> Option<&str> {
    entry.get(OF).and_then(Value::as_str)
}

/// Reads answers.
fn read(pages: &[Value]) -> Result<Reading, KindError> {
    let entries = Entries::of_lists(pages, subject)?;
    let mut statuses: BTreeMap<u64, Statuses<'_>> = BTreeMap::new();
    let (mut deployments, mut of) = (Vec::new(), Agreed::default());
    let (mut ids, mut status_ids) = (Ids::default(), Ids::default());
    for node in entries.nodes() {
        if let Some(url) = node.optional(OF)? {
            let deployment = number_of(url.text()?);
            let deployment = deployment.ok_or_else(|| url.refuse("names no deployment"))?;
            let at = node.field("created_at")?.timestamp()?;
            let state = node.field("state")?.one_of(&[
                "success",
                "inactive",
                "failure",
                "error",
                "in_progress",
                "queued",
                "pending",
            ])?;
            let known = statuses.entry(deployment).or_default();
            known.insert((at, status_ids.take(node)?), state);
        } else {
            let url = node.field("statuses_url")?;
            of.take(github_repository(url.text()?), &url)?;
            deployments.push((node, ids.take(node)?));
        }
    }
    let mut read = Vec::new();
    for (node, id) in deployments {
        let of = statuses.remove(&id).unwrap_or_default();
        read.push(deployment(node, id, &of)?);
    }
    if let (Some(id), Some(first)) = (statuses.keys().next(), entries.nodes().first()) {
        return Err(first.refuse(format!(
            "statuses of deployment {id}, which is not here, stand behind it"
        )));
    }
    let unknown = read.iter().filter(|one| one.state.is_none()).count();
    let mut facts = Map::new();
    facts.insert("forge".to_owned(), "github".into());
    let repository = of.get().cloned().flatten();
    facts.insert("repository".to_owned(), repository.into());
    put_deployments(&mut facts, &read);
    let facts = Value::Object(facts);
    let reading = entries.reading(Kind::GithubDeployments, facts, "nothing was deployed");
    Ok(if reading.status == Status::Ok && unknown > 0 {
        let reason = format!("{unknown} deployments have no status here");
        reading.found(Status::Partial, reason)
    } else {
        reading
    })
}

fn deployment(node: &Node<'_>, id: u64, statuses: &Statuses<'_>) -> Result<Deployment, KindError> {
    let newest = statuses.last_key_value();
    let succeeded = statuses
        .iter()
        .rev()
        .find(|(_, state)| **state == "success");
    let (outcome, finished) = match newest.map(|(_, state)| *state) {
        Some("success") => (Outcome::Passed, newest),
        Some("inactive") if succeeded.is_some() => (Outcome::Passed, succeeded),
        Some("inactive") => (Outcome::Aborted, newest),
        Some("failure" | "error") => (Outcome::Failed, newest),
        _ => (Outcome::Pending, None),
    };
    Ok(Deployment {
        id,
        environment: shortened(node.field("environment")?.words()?, TEXT_MAX),
        commit: commit(&node.field("sha")?)?,
        git_ref: text(node, "ref")?,
        by: github_person(node, "creator")?,
        outcome,
        state: newest.map(|(_, state)| (*state).to_owned()),
        is_inactive: newest.is_some_and(|(_, state)| *state == "inactive"),
        created_at: node.field("created_at")?.timestamp()?,
        finished_at: finished.map(|((at, _), _)| *at),
    })
}
