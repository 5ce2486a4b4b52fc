//! `github-check-runs`: the answer of GitHub's REST API at
//! `GET /repos/{owner}/{repo}/commits/{ref}/check-runs`, version 2022-11-28
//! (<https://docs.github.com/en/rest/checks/runs?apiVersion=2022-11-28>).
//!
//! INVARIANT: a run that was skipped, is neutral or has not ended did not pass, although
//! GitHub lets the first two of them through where a check is required. A repository is
//! shown only where every run says it.

use crate::evidence::{Kind, Status};
use crate::json::{Map, Value};

use super::forge::checks::{Run, Suite, put_checks};
use super::forge::{Agreed, Ids, Outcome, commit, github_repository, instant, text};
use super::node::{Node, TEXT_MAX, shortened};
use super::reader::{Form, Reader};
use super::{KindError, Reading};

/// Most runs in one item.
const RUNS_MAX: usize = 20_000;

/// How this kind is told and read.
pub(super) const READER: Reader = Reader {
    kind: Kind::GithubCheckRuns,
    media_type: "application/json",
    form: Form::Lines { is, read },
};

fn is(value: &Value) -> bool {
    let runs = value.get("check_runs");
    runs.is_some_and(Value::is_array) && value.get("total_count").is_some()
}

/// Reads an answer.
fn read(pages: &[Value]) -> Result<Reading, KindError> {
    let mut runs = Vec::new();
    let (mut ids, mut head, mut of) = (Ids::default(), Agreed::default(), Agreed::default());
    let (mut total, mut homeless) = (0, 0_usize);
    for page in Node::documents(pages) {
        let total_node = page.field("total_count")?;
        total = total.max(total_node.count()?);
        for node in page.field("check_runs")?.nodes()? {
            if runs.len() >= RUNS_MAX {
                return Err(node.refuse(format!("more than {RUNS_MAX} runs")));
            }
            let sha = node.field("head_sha")?;
            head.take(commit(&sha)?, &sha)?;
            match repository_of(&node)? {
                Some((repository, url)) => of.take(repository, &url)?,
                None => homeless += 1,
            }
            let id = ids.take(&node)?;
            runs.push(run(&node, id)?);
        }
        if u64::try_from(runs.len()).is_ok_and(|count| count > total) {
            return Err(total_node.refuse("is less than there are runs"));
        }
    }
    let mut facts = Map::new();
    facts.insert("forge".to_owned(), "github".into());
    let repository = of.get().filter(|_| homeless == 0);
    facts.insert("repository".to_owned(), repository.cloned().into());
    facts.insert("project_id".to_owned(), Value::Null);
    facts.insert("commit".to_owned(), head.get().cloned().into());
    facts.insert("pipeline".to_owned(), Value::Null);
    put_checks(&mut facts, &runs);
    let reading = Reading::of(Kind::GithubCheckRuns, Value::Object(facts));
    let missing = total.saturating_sub(runs.len().try_into().unwrap_or(u64::MAX));
    Ok(if missing > 0 {
        let reason = format!("{missing} of {total} runs are not here");
        reading.found(Status::Partial, reason)
    } else if runs.is_empty() {
        reading.found(Status::Empty, "nothing ran")
    } else {
        reading
    })
}

/// The repository that a run says it is of, and where it says so.
fn repository_of<'a>(node: &Node<'a>) -> Result<Option<(String, Node<'a>)>, KindError> {
    let Some(url) = node.optional("url")? else {
        return Ok(None);
    };
    Ok(github_repository(url.text()?).map(|repository| (repository, url)))
}

fn run(node: &Node<'_>, id: u64) -> Result<Run, KindError> {
    let status = node.field("status")?;
    let status_text = status.one_of(&[
        "completed",
        "queued",
        "in_progress",
        "waiting",
        "requested",
        "pending",
    ])?;
    let conclusion = node.optional("conclusion")?;
    let (outcome, word) = match (status_text, conclusion) {
        ("completed", Some(conclusion)) => outcome(&conclusion)?,
        ("completed", None) => return Err(status.refuse("is `completed`, without a conclusion")),
        (_, Some(conclusion)) => {
            return Err(conclusion.refuse(format!("is set, but the run is `{status_text}`")));
        }
        (word, None) => (Outcome::Pending, word),
    };
    let app = node.optional("app")?;
    let suite = match node.optional("check_suite")? {
        Some(suite) => Suite::Of(suite.field("id")?.count()?),
        // Without a suite nothing says that one run is another attempt of a second.
        None => Suite::Alone(id),
    };
    Ok(Run {
        name: shortened(node.field("name")?.words()?, TEXT_MAX),
        group: match &app {
            Some(app) => text(app, "slug")?,
            None => None,
        },
        suite,
        id,
        outcome,
        word: word.to_owned(),
        allow_failure: None,
        started_at: instant(node, "started_at")?,
        completed_at: instant(node, "completed_at")?,
        is_by_id: false,
    })
}

fn outcome<'a>(conclusion: &Node<'a>) -> Result<(Outcome, &'a str), KindError> {
    let word = conclusion.one_of(&[
        "success",
        "neutral",
        "skipped",
        "cancelled",
        "stale",
        "failure",
        "timed_out",
        "action_required",
        "startup_failure",
    ])?;
    let outcome = match word {
        "success" => Outcome::Passed,
        "neutral" => Outcome::Neutral,
        "skipped" => Outcome::Skipped,
        "cancelled" | "stale" => Outcome::Aborted,
        _ => Outcome::Failed,
    };
    Ok((outcome, word))
}
