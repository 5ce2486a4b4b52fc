//! `gitlab-deployments`: the answer of GitLab's REST API v4 at
//! `GET /projects/{id}/deployments` (<https://docs.gitlab.com/api/deployments/>).
//!
//! INVARIANT: a deployment that waits for an approval (`blocked`) or for its job was not
//! deployed.

use crate::evidence::Kind;
use crate::json::{Map, Value};

use super::forge::deployments::{Deployment, Scope, put_deployments};
use super::forge::{Entries, Ids, Outcome, Project, commit, gitlab_person, instant, text};
use super::node::{Node, TEXT_MAX, shortened};
use super::reader::{Form, Reader};
use super::{KindError, Reading};

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::GitlabDeployments,
    media_type: "application/json",
    form: Form::Pages { is, read },
};

fn is(page: &Value) -> bool {
    let first = page.get(0);
    let has = |path| first.is_some_and(|first| first.pointer(path).is_some());
    [
        "/iid",
        "/sha",
        "/status",
        "/environment/name",
        "/deployable",
    ]
    .into_iter()
    .all(has)
}

/// Reads an answer.
fn read(pages: &[Value]) -> Result<Reading, KindError> {
    let entries = Entries::of_one_list(pages)?;
    let (mut ids, mut project) = (Ids::default(), Project::default());
    let mut deployments = Vec::new();
    for node in entries.nodes() {
        let id = ids.take(node)?;
        // One that was made through the API has no job, and says no project.
        if let Some(job) = node.optional("deployable")?
            && let Some(pipeline) = job.optional("pipeline")?
        {
            project.take(&job, &pipeline)?;
        }
        deployments.push(deployment(node, id)?);
    }
    let mut facts = Map::new();
    facts.insert("forge".to_owned(), "gitlab".into());
    project.put(&mut facts);
    put_deployments(&mut facts, &deployments, Scope::All);
    let facts = Value::Object(facts);
    Ok(entries.reading(Kind::GitlabDeployments, facts, "nothing was deployed"))
}

fn deployment(node: &Node<'_>, id: u64) -> Result<Deployment, KindError> {
    let status = node.field("status")?;
    let outcome = Outcome::at_gitlab(&status)?;
    let environment = node.field("environment")?.field("name")?;
    let is_over = matches!(
        outcome,
        Outcome::Passed | Outcome::Failed | Outcome::Aborted
    );
    let updated_at = instant(node, "updated_at")?;
    let by_job = match node.optional("deployable")? {
        Some(job) => {
            agrees(&job, outcome)?;
            instant(&job, "finished_at")?
        }
        None => None,
    };
    let finished_at = by_job.or(updated_at).filter(|_| is_over);
    if is_over && finished_at.is_none() {
        return Err(status.refuse("has ended, but nothing says when"));
    }
    let created_at = node.field("created_at")?.timestamp()?;
    Ok(Deployment {
        id,
        environment: shortened(environment.words()?, TEXT_MAX),
        commit: commit(&node.field("sha")?)?,
        git_ref: text(node, "ref")?,
        by: gitlab_person(node, "user")?,
        outcome,
        state: Some(status.text()?.to_owned()),
        task: None,
        stood_since: finished_at.filter(|_| outcome == Outcome::Passed),
        is_standing: outcome == Outcome::Passed,
        created_at,
        changed_at: updated_at.unwrap_or(created_at),
        finished_at,
    })
}

/// Refuses a `job` that came out otherwise than its deployment.
fn agrees(job: &Node<'_>, outcome: Outcome) -> Result<(), KindError> {
    let Some(status) = job.optional("status")? else {
        return Ok(());
    };
    let passed = Outcome::at_gitlab(&status)? == Outcome::Passed;
    if outcome != Outcome::Pending && passed != (outcome == Outcome::Passed) {
        return Err(status.refuse("does not agree with the status of the deployment"));
    }
    Ok(())
}
