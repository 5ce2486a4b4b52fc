//! What was deployed where, and how that went.
//!
//! INVARIANT: what stands in an environment is the deployment that succeeded last, not
//! the one that was asked for last; and where that one is no longer what it was, nothing
//! is known to stand there, least of all what stood there before.

use std::collections::{BTreeMap, BTreeSet};

use crate::clock::Timestamp;
use crate::json::{Map, Value, json};

use super::Outcome;

/// One deployment.
#[derive(Debug, Clone)]
pub(in crate::evidence::kinds) struct Deployment {
    pub(in crate::evidence::kinds) id: u64,
    pub(in crate::evidence::kinds) environment: String,
    pub(in crate::evidence::kinds) commit: String,
    pub(in crate::evidence::kinds) git_ref: Option<String>,
    pub(in crate::evidence::kinds) by: Value,
    pub(in crate::evidence::kinds) outcome: Outcome,
    /// As the forge puts it; none where it says nothing.
    pub(in crate::evidence::kinds) state: Option<String>,
    /// What was done; none where the forge does not tell.
    pub(in crate::evidence::kinds) task: Option<String>,
    /// When its environment came to be as it left it, if it ever did.
    pub(in crate::evidence::kinds) stood_since: Option<Timestamp>,
    /// Whether its commit stands there since, by its last word.
    pub(in crate::evidence::kinds) is_standing: bool,
    pub(in crate::evidence::kinds) created_at: Timestamp,
    /// When the forge said something of it last.
    pub(in crate::evidence::kinds) changed_at: Timestamp,
    /// When it succeeded or failed.
    pub(in crate::evidence::kinds) finished_at: Option<Timestamp>,
}

/// What the deployments are that are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::evidence::kinds) enum Scope {
    /// Whatever was deployed.
    All,
    /// Perhaps those of one commit alone: what came after them is then not listed.
    MaybeOfOneCommit,
}

/// What happened in one environment.
#[derive(Debug, Default)]
struct Environment<'a> {
    all: Vec<&'a Deployment>,
    /// What left its mark there last, whatever has become of it.
    last: Option<&'a Deployment>,
}

impl<'a> Environment<'a> {
    fn take(&mut self, one: &'a Deployment) {
        let order = |one: &Deployment| (one.stood_since, one.created_at, one.id);
        self.all.push(one);
        let is_later = self.last.is_none_or(|known| order(one) > order(known));
        if one.stood_since.is_some() && is_later {
            self.last = Some(one);
        }
    }

    /// What stands there. One that was taken down or failed later leaves nothing, not what
    /// stood there before.
    fn current(&self) -> Option<&'a Deployment> {
        self.last.filter(|last| last.is_standing)
    }

    /// The ids of those that may yet take, or may have taken, the place of what stands.
    fn pending_after_current(&self) -> Vec<u64> {
        let current = self.current();
        let is_after = |one: &&&Deployment| {
            current.is_none_or(|current| {
                one.created_at >= current.created_at || Some(one.changed_at) >= current.stood_since
            })
        };
        let pending = self
            .all
            .iter()
            .filter(|one| one.outcome == Outcome::Pending);
        pending.filter(is_after).map(|one| one.id).collect()
    }

    fn facts(&self, name: &str) -> Value {
        let current = self.current();
        json!({
            "name": name,
            "deployments_count": self.all.len(),
            "current_id": current.map(|one| one.id),
            "current_commit": current.map(|one| one.commit.clone()),
            "current_since": current.and_then(|one| one.stood_since).map(|at| at.to_string()),
            "pending_after_current": self.pending_after_current(),
        })
    }
}

impl Deployment {
    fn facts(&self, is_current: bool) -> Value {
        json!({
            "id": self.id,
            "environment": self.environment,
            "commit": self.commit,
            "ref": self.git_ref,
            "by": self.by,
            "task": self.task,
            "outcome": self.outcome.name(),
            "state": self.state,
            "is_current": is_current,
            "created_at": self.created_at.to_string(),
            "created_at_ns": self.created_at.unix_nanoseconds(),
            "finished_at": self.finished_at.map(|at| at.to_string()),
            "finished_at_ns": self.finished_at.map(Timestamp::unix_nanoseconds),
        })
    }
}

/// Adds the deployments and what stands in each environment to `facts`.
pub(in crate::evidence::kinds) fn put_deployments(
    facts: &mut Map<String, Value>,
    deployments: &[Deployment],
    scope: Scope,
) {
    let mut environments: BTreeMap<&str, Environment<'_>> = BTreeMap::new();
    let mut counts = Outcome::ALL.map(|outcome| (outcome, 0_usize));
    for one in deployments {
        for (of, count) in &mut counts {
            *count += usize::from(*of == one.outcome);
        }
        environments
            .entry(one.environment.as_str())
            .or_default()
            .take(one);
    }
    if scope == Scope::MaybeOfOneCommit {
        for environment in environments.values_mut() {
            environment.last = None;
        }
    }
    let commits: BTreeSet<_> = deployments.iter().map(|one| one.commit.as_str()).collect();
    let is_current = |one: &Deployment| {
        let environment = environments.get(one.environment.as_str());
        let current = environment.and_then(Environment::current);
        current.is_some_and(|current| current.id == one.id)
    };
    let all: Vec<Value> = deployments
        .iter()
        .map(|one| one.facts(is_current(one)))
        .collect();
    let environments: Vec<Value> = environments
        .iter()
        .map(|(name, environment)| environment.facts(name))
        .collect();
    facts.insert("commits_count".to_owned(), commits.len().into());
    facts.insert("deployments_count".to_owned(), deployments.len().into());
    for (outcome, count) in counts {
        facts.insert(format!("{}_count", outcome.name()), count.into());
    }
    facts.insert("environments".to_owned(), environments.into());
    facts.insert("deployments".to_owned(), all.into());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(id: u64, outcome: Outcome, finished_s: i64) -> Deployment {
        Deployment {
            id,
            environment: "production".to_owned(),
            commit: format!("{id:040}"),
            git_ref: None,
            by: Value::Null,
            outcome,
            state: None,
            task: None,
            stood_since: Timestamp::from_unix_seconds(finished_s)
                .filter(|_| outcome == Outcome::Passed),
            is_standing: outcome == Outcome::Passed,
            created_at: Timestamp::from_unix_seconds(0).unwrap(),
            changed_at: Timestamp::from_unix_seconds(finished_s).unwrap(),
            finished_at: Timestamp::from_unix_seconds(finished_s),
        }
    }

    fn current(deployments: &[Deployment]) -> Value {
        let mut facts = Map::new();
        put_deployments(&mut facts, deployments, Scope::All);
        let current: Vec<_> = facts["deployments"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| one["is_current"] == true)
            .map(|one| one["id"].clone())
            .collect();
        let shown = facts["environments"][0]["current_id"].clone();
        assert_eq!(current.first().cloned().unwrap_or_default(), shown);
        assert!(current.len() < 2);
        shown
    }

    #[test]
    fn what_succeeded_last_stands() {
        use Outcome::{Failed, Passed};
        assert_eq!(current(&[one(1, Passed, 10), one(2, Failed, 20)]), 1);
        // The older one was started again later: a rollback.
        assert_eq!(current(&[one(2, Passed, 10), one(1, Passed, 20)]), 1);
        assert_eq!(current(&[one(1, Failed, 10)]), Value::Null);
        let mut gone = one(3, Passed, 30);
        gone.is_standing = false;
        assert_eq!(current(&[one(1, Passed, 10), gone.clone()]), Value::Null);
        // It failed, or was started again, after it had stood: the one before is not back.
        for outcome in [Failed, Outcome::Pending] {
            gone.outcome = outcome;
            assert_eq!(current(&[one(1, Passed, 10), gone.clone()]), Value::Null);
        }
        // What is deployed after something was taken down stands.
        assert_eq!(current(&[gone, one(4, Passed, 40)]), 4);
    }

    #[test]
    fn where_all_may_be_of_one_commit_nothing_is_known_to_stand() {
        let mut facts = Map::new();
        let all = [one(1, Outcome::Passed, 10), one(2, Outcome::Pending, 20)];
        put_deployments(&mut facts, &all, Scope::MaybeOfOneCommit);
        assert_eq!(facts["environments"][0]["current_commit"], Value::Null);
        assert_eq!(
            facts["environments"][0]["pending_after_current"],
            json!([2])
        );
        assert_eq!(facts["deployments"][0]["is_current"], json!(false));
        assert_eq!(facts["deployments"][0]["outcome"], json!("passed"));
    }

    #[test]
    fn what_runs_after_what_stands_is_told() {
        use Outcome::{Passed, Pending};
        let pending = |deployments: &[Deployment]| {
            let mut facts = Map::new();
            put_deployments(&mut facts, deployments, Scope::All);
            facts["environments"][0]["pending_after_current"].clone()
        };
        let mut stands = one(5, Passed, 20);
        stands.created_at = Timestamp::from_unix_seconds(15).unwrap();
        assert_eq!(pending(&[stands.clone(), one(6, Pending, 30)]), json!([6]));
        assert_eq!(pending(&[stands.clone(), one(4, Pending, 20)]), json!([4]));
        assert_eq!(pending(&[stands.clone(), one(4, Pending, 10)]), json!([]));
        let mut asked = one(6, Pending, 16);
        asked.created_at = Timestamp::from_unix_seconds(16).unwrap();
        assert_eq!(pending(&[stands, asked]), json!([6]));
        assert_eq!(pending(&[one(4, Pending, 10)]), json!([4]));
    }
}
