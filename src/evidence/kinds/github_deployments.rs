//! `github-deployments`: the answers of GitHub's REST API at
//! `GET /repos/{owner}/{repo}/deployments` and, behind them,
//! `GET /repos/{owner}/{repo}/deployments/{id}/statuses`, version 2022-11-28
//! (<https://docs.github.com/en/rest/deployments/deployments?apiVersion=2022-11-28>).
//!
//! INVARIANT: a deployment says only that somebody asked for it; how it went is in its
//! statuses, of which the newest counts. `inactive` is no success by itself. Names of
//! environments are the same in upper and lower case, as they are to GitHub. Deployments
//! that are all of one commit may have been asked for by it, which leaves out what was
//! deployed later: they do not show what stands.

use std::collections::{BTreeMap, BTreeSet};

use crate::clock::Timestamp;
use crate::evidence::{Kind, Status};
use crate::json::{Map, Value};

use super::forge::deployments::{Deployment, Scope, put_deployments};
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

/// The only task after which its commit stands in the environment. After another one, as
/// `undeploy`, nobody knows what stands there.
const DEPLOY: &str = "deploy";

/// Why nothing is known to stand where all deployments are of one commit.
const OF_ONE_COMMIT: &str = "all deployments are of one commit: a list that was asked for by commit does not say what was deployed later";

/// Statuses of one deployment, by when they were set, with the environment that they name.
type Statuses<'a> = BTreeMap<(Timestamp, u64), (&'a str, Option<Node<'a>>)>;

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
            of.take(github_repository(url.text()?), &url)?;
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
            let environment = node.optional("environment")?;
            known.insert((at, status_ids.take(node)?), (state, environment));
        } else {
            let url = node.field("statuses_url")?;
            of.take(github_repository(url.text()?), &url)?;
            deployments.push((node, ids.take(node)?));
        }
    }
    let mut read = Vec::new();
    let mut spellings = BTreeMap::new();
    for (node, id) in deployments {
        let of = statuses.remove(&id).unwrap_or_default();
        let one = deployment(node, id, &of)?;
        let name = one.environment.clone();
        let known = spellings.entry(name.to_lowercase()).or_insert(name);
        if *known != one.environment {
            let node = node.field("environment")?;
            return Err(node.refuse(format!("is a second spelling of `{known}`")));
        }
        read.push(one);
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
    facts.insert("project_id".to_owned(), Value::Null);
    let commits: BTreeSet<_> = read.iter().map(|one| one.commit.as_str()).collect();
    let scope = match commits.len() {
        0 | 1 => Scope::MaybeOfOneCommit,
        _ => Scope::All,
    };
    put_deployments(&mut facts, &read, scope);
    let facts = Value::Object(facts);
    let reading = entries.reading(Kind::GithubDeployments, facts, "nothing was deployed");
    Ok(if reading.status != Status::Ok {
        reading
    } else if unknown > 0 {
        let reason = format!("{unknown} deployments have no status here");
        reading.found(Status::Partial, reason)
    } else if scope == Scope::MaybeOfOneCommit {
        reading.found(Status::Partial, OF_ONE_COMMIT)
    } else {
        reading
    })
}

fn deployment(node: &Node<'_>, id: u64, statuses: &Statuses<'_>) -> Result<Deployment, KindError> {
    let environment = node.field("environment")?.words()?;
    let newest = statuses.last_key_value();
    // GitHub gives a deployment the environment that a status of it names.
    if let Some((_, (_, Some(of)))) = newest {
        let name = of.text()?;
        if !name.is_empty() && name.to_lowercase() != environment.to_lowercase() {
            return Err(of.refuse("is not the environment of the deployment"));
        }
    }
    let state = newest.map(|(_, (state, _))| *state);
    let at = |status: Option<(&(Timestamp, u64), _)>| status.map(|((at, _), _)| *at);
    let newest_at = at(newest);
    let succeeded_at = at(statuses
        .iter()
        .rev()
        .find(|(_, (state, _))| *state == "success"));
    let (outcome, finished_at) = match state {
        Some("success") => (Outcome::Passed, newest_at),
        Some("inactive") if succeeded_at.is_some() => (Outcome::Passed, succeeded_at),
        Some("inactive") => (Outcome::Aborted, newest_at),
        Some("failure" | "error") => (Outcome::Failed, newest_at),
        _ => (Outcome::Pending, None),
    };
    // GitHub sets to `inactive` by itself only what had succeeded.
    let inactive_at = newest_at.filter(|_| state == Some("inactive"));
    let task = node.field("task")?.words()?;
    let created_at = node.field("created_at")?.timestamp()?;
    Ok(Deployment {
        id,
        environment: shortened(environment, TEXT_MAX),
        commit: commit(&node.field("sha")?)?,
        git_ref: text(node, "ref")?,
        by: github_person(node, "creator")?,
        outcome,
        state: state.map(str::to_owned),
        task: Some(shortened(task, TEXT_MAX)),
        stood_since: succeeded_at.or(inactive_at),
        is_standing: state == Some("success") && task == DEPLOY,
        created_at,
        changed_at: newest_at.unwrap_or(created_at),
        finished_at,
    })
}
