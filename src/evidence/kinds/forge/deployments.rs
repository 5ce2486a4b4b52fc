//! What was deployed where, and how that went.
//!
//! INVARIANT: what stands in an environment is the deployment that succeeded last, not
//! the one that was asked for last.

use std::collections::BTreeMap;

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
    /// Whether something else has taken its place.
    pub(in crate::evidence::kinds) is_inactive: bool,
    pub(in crate::evidence::kinds) created_at: Timestamp,
    /// When it succeeded or failed.
    pub(in crate::evidence::kinds) finished_at: Option<Timestamp>,
}

/// Adds the deployments and what stands in each environment to `facts`.
pub(in crate::evidence::kinds) fn put_deployments(
    facts: &mut Map<String, Value>,
    deployments: &[Deployment],
) {
    let mut current: BTreeMap<&str, (usize, Option<&Deployment>)> = BTreeMap::new();
    let mut counts = Outcome::ALL.map(|outcome| (outcome, 0_usize));
    for one in deployments {
        for (of, count) in &mut counts {
            *count += usize::from(*of == one.outcome);
        }
        let (count, stands) = current.entry(one.environment.as_str()).or_default();
        *count += 1;
        let order = |one: &Deployment| (one.finished_at, one.created_at, one.id);
        if one.outcome == Outcome::Passed && stands.is_none_or(|known| order(one) > order(known)) {
            *stands = Some(one);
        }
    }
    // One that was taken down leaves nothing, not what stood there before.
    let stands = |one: &Deployment| {
        let (_, stands) = current
            .get(one.environment.as_str())
            .copied()
            .unwrap_or_default();
        stands
            .filter(|known| !known.is_inactive)
            .map(|known| known.id)
            == Some(one.id)
    };
    let all: Vec<Value> = deployments
        .iter()
        .map(|one| {
            json!({
                "id": one.id,
                "environment": one.environment,
                "commit": one.commit,
                "ref": one.git_ref,
                "by": one.by,
                "outcome": one.outcome.name(),
                "state": one.state,
                "is_current": stands(one),
                "created_at": one.created_at.to_string(),
                "created_at_ns": one.created_at.unix_nanoseconds(),
                "finished_at": one.finished_at.map(|at| at.to_string()),
                "finished_at_ns": one.finished_at.map(Timestamp::unix_nanoseconds),
            })
        })
        .collect();
    let environments: Vec<Value> = current
        .iter()
        .map(|(name, (count, stands))| {
            let stands = stands.filter(|known| !known.is_inactive);
            json!({
                "name": name,
                "deployments_count": count,
                "current_id": stands.map(|one| one.id),
                "current_commit": stands.map(|one| one.commit.clone()),
                "current_since": stands
                    .and_then(|one| one.finished_at)
                    .map(|at| at.to_string()),
            })
        })
        .collect();
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
            is_inactive: false,
            created_at: Timestamp::from_unix_seconds(0).unwrap(),
            finished_at: Timestamp::from_unix_seconds(finished_s),
        }
    }

    fn current(deployments: &[Deployment]) -> Value {
        let mut facts = Map::new();
        put_deployments(&mut facts, deployments);
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
        gone.is_inactive = true;
        assert_eq!(current(&[one(1, Passed, 10), gone]), Value::Null);
    }
}
