//! `gitlab-pipeline-jobs`: the answers of GitLab's REST API v4 at
//! `GET /projects/{id}/pipelines/{pipeline}/jobs` and, for trigger jobs, `…/trigger_jobs`,
//! or `…/bridges`, which GitLab 19.2 deprecates and which has the same answer
//! (<https://docs.gitlab.com/api/jobs/>).
//!
//! INVARIANT: a job that waits for somebody, was skipped or has not ended did not pass.
//! One that starts another pipeline is no better than that pipeline.

use crate::evidence::{Kind, Status};
use crate::json::{Map, Value, json};

use super::forge::checks::{Run, Suite, put_checks};
use super::forge::{Agreed, Entries, Ids, Outcome, Project, commit, instant, text};
use super::node::{Node, TEXT_MAX, shortened};
use super::reader::{Form, Reader};
use super::{KindError, Reading};

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::GitlabPipelineJobs,
    media_type: "application/json",
    form: Form::Pages { is, read },
};

/// What the field of a job says that starts another pipeline.
const DOWNSTREAM: &str = "downstream_pipeline";

fn is(page: &Value) -> bool {
    let first = page.get(0);
    let has = |name| first.is_some_and(|first| first.get(name).is_some());
    ["stage", "name", "status", "pipeline", "allow_failure"]
        .into_iter()
        .all(has)
}

/// Jobs and trigger jobs are two lists.
fn subject(job: &Value) -> Option<&str> {
    job.get(DOWNSTREAM).map(|_| DOWNSTREAM)
}

/// Reads answers.
fn read(pages: &[Value]) -> Result<Reading, KindError> {
    let entries = Entries::of_lists(pages, subject)?;
    let (mut ids, mut of) = (Ids::default(), Agreed::default());
    let (mut runs, mut unseen, mut project) = (Vec::new(), 0_usize, Project::default());
    for node in entries.nodes() {
        let pipeline = node.field("pipeline")?;
        let sha = commit(&pipeline.field("sha")?)?;
        let git_ref = text(&pipeline, "ref")?;
        let id = pipeline.field("id")?.count()?;
        of.take((id, sha, git_ref), &pipeline)?;
        project.take(node, &pipeline)?;
        let run = run(node, ids.take(node)?)?;
        if run.outcome == Outcome::Passed && starts_nothing(node)? {
            unseen += 1;
        }
        runs.push(run);
    }
    let mut facts = Map::new();
    facts.insert("forge".to_owned(), "gitlab".into());
    project.put(&mut facts);
    let commit = of.get().map(|(_, sha, _)| sha.clone());
    facts.insert("commit".to_owned(), commit.into());
    let pipeline = of
        .get()
        .map(|(id, _, git_ref)| json!({"id": id, "ref": git_ref}));
    facts.insert("pipeline".to_owned(), pipeline.into());
    put_checks(&mut facts, &runs);
    let facts = Value::Object(facts);
    let reading = entries.reading(Kind::GitlabPipelineJobs, facts, "nothing ran");
    Ok(if reading.status == Status::Ok && unseen > 0 {
        let reason = format!("{unseen} trigger jobs do not say what they started");
        reading.found(Status::Partial, reason)
    } else {
        reading
    })
}

/// Whether `job` starts another pipeline, and that one is not shown: how it went is not
/// known, although the job itself passed.
fn starts_nothing(job: &Node<'_>) -> Result<bool, KindError> {
    Ok(job.object()?.contains_key(DOWNSTREAM) && job.optional(DOWNSTREAM)?.is_none())
}

fn run(node: &Node<'_>, id: u64) -> Result<Run, KindError> {
    let status = node.field("status")?;
    let mut outcome = Outcome::at_gitlab(&status)?;
    if let Some(downstream) = node.optional(DOWNSTREAM)? {
        outcome = outcome.max(Outcome::at_gitlab(&downstream.field("status")?)?);
    }
    Ok(Run {
        name: shortened(node.field("name")?.words()?, TEXT_MAX),
        group: text(node, "stage")?,
        // One pipeline: jobs of one name are attempts.
        suite: Suite::Of(0),
        id,
        outcome,
        word: status.text()?.to_owned(),
        allow_failure: Some(node.field("allow_failure")?.boolean()?),
        started_at: instant(node, "started_at")?,
        completed_at: instant(node, "finished_at")?,
        is_by_id: true,
    })
}
