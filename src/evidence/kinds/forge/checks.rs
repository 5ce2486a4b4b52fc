//! What ran on a commit: check runs, and the jobs of a pipeline.
//!
//! INVARIANT: where several runs have one name, none of them hides another that failed:
//! a run counts no more only when the forge started the same one again.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::json::{Map, Value, json};

use super::Outcome;

/// One run.
#[derive(Debug, Clone)]
pub(in crate::evidence::kinds) struct Run {
    pub(in crate::evidence::kinds) name: String,
    /// What it belongs to: an app, a stage.
    pub(in crate::evidence::kinds) group: Option<String>,
    /// Runs of one name in one suite are attempts of which the last counts.
    pub(in crate::evidence::kinds) suite: u64,
    pub(in crate::evidence::kinds) id: u64,
    pub(in crate::evidence::kinds) outcome: Outcome,
    /// As the forge puts it.
    pub(in crate::evidence::kinds) word: String,
    pub(in crate::evidence::kinds) allow_failure: Option<bool>,
    pub(in crate::evidence::kinds) started_at: Option<Timestamp>,
    pub(in crate::evidence::kinds) completed_at: Option<Timestamp>,
    /// Whether ids, and not when they started, tell which of two came later.
    pub(in crate::evidence::kinds) is_by_id: bool,
}

/// What tells how late a run is.
type Order = (bool, Option<Timestamp>, u64);

impl Run {
    /// One that has not started yet is later than those that have.
    fn order(&self) -> Order {
        if self.is_by_id {
            return (false, None, self.id);
        }
        (self.started_at.is_none(), self.started_at, self.id)
    }
}

/// Adds the checks that `runs` come to, and how many there are of each outcome, to `facts`.
pub(in crate::evidence::kinds) fn put_checks(facts: &mut Map<String, Value>, runs: &[Run]) {
    let mut by_name: BTreeMap<(&str, Option<&str>), Vec<&Run>> = BTreeMap::new();
    for run in runs {
        let name = (run.name.as_str(), run.group.as_deref());
        by_name.entry(name).or_default().push(run);
    }
    let mut counts = Outcome::ALL.map(|outcome| (outcome, 0_usize));
    let mut checks = Vec::new();
    for ((name, group), runs) in by_name {
        let mut last: BTreeMap<u64, &Run> = BTreeMap::new();
        for run in &runs {
            let known = last.entry(run.suite).or_insert(run);
            if run.order() > known.order() {
                *known = run;
            }
        }
        let Some(latest) = last.values().max_by_key(|run| run.order()) else {
            continue;
        };
        let outcomes = last.values().map(|run| run.outcome);
        let outcome = outcomes.max().unwrap_or(latest.outcome);
        for (of, count) in &mut counts {
            *count += usize::from(*of == outcome);
        }
        // What may fail in one place need not be allowed to in another.
        let allow_failure = last
            .values()
            .map(|run| run.allow_failure)
            .reduce(|one, other| Some(one? && other?));
        checks.push(json!({
            "name": name,
            "group": group,
            "outcome": outcome.name(),
            "latest_outcome": latest.outcome.name(),
            "latest_state": latest.word,
            "allow_failure": allow_failure.flatten(),
            "runs_count": runs.len(),
            "suites_count": last.len(),
            "started_at": latest.started_at.map(|at| at.to_string()),
            "completed_at": latest.completed_at.map(|at| at.to_string()),
        }));
    }
    facts.insert("runs_count".to_owned(), runs.len().into());
    facts.insert("checks_count".to_owned(), checks.len().into());
    for (outcome, count) in counts {
        facts.insert(format!("{}_count", outcome.name()), count.into());
    }
    facts.insert("checks".to_owned(), checks.into());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(suite: u64, id: u64, started_s: Option<i64>, outcome: Outcome) -> Run {
        Run {
            name: "build".to_owned(),
            group: None,
            suite,
            id,
            outcome,
            word: String::new(),
            allow_failure: Some(suite == 9),
            started_at: started_s.and_then(Timestamp::from_unix_seconds),
            completed_at: None,
            is_by_id: false,
        }
    }

    fn check(runs: &[Run]) -> (String, String, Value) {
        let mut facts = Map::new();
        put_checks(&mut facts, runs);
        let check = facts["checks"][0].clone();
        let text = |name: &str| check[name].as_str().unwrap().to_owned();
        let flag = check["allow_failure"].clone();
        (text("outcome"), text("latest_outcome"), flag)
    }

    #[test]
    fn the_last_attempt_counts_and_hides_no_other_run_of_its_name() {
        use Outcome::{Failed, Passed, Pending};
        let of = |runs: &[Run]| {
            let (outcome, latest, _) = check(runs);
            (outcome, latest)
        };
        let told = |outcome: &str, latest: &str| (outcome.to_owned(), latest.to_owned());
        let again = [run(1, 1, Some(10), Failed), run(1, 2, Some(20), Passed)];
        assert_eq!(of(&again), told("passed", "passed"));
        // By when they started, not by place or id.
        let swapped = [run(1, 2, Some(10), Failed), run(1, 1, Some(20), Passed)];
        assert_eq!(of(&swapped), told("passed", "passed"));
        let elsewhere = [run(1, 1, Some(10), Failed), run(2, 2, Some(20), Passed)];
        assert_eq!(of(&elsewhere), told("failed", "passed"));
        let queued = [run(1, 1, Some(10), Passed), run(1, 2, None, Pending)];
        assert_eq!(of(&queued), told("pending", "pending"));
    }

    #[test]
    fn what_may_fail_may_fail_everywhere() {
        use Outcome::Failed;
        assert_eq!(check(&[run(9, 1, Some(1), Failed)]).2, json!(true));
        let both = [run(9, 1, Some(1), Failed), run(1, 2, Some(1), Failed)];
        assert_eq!(check(&both).2, json!(false));
        let mut unknown = run(9, 1, Some(1), Failed);
        unknown.allow_failure = None;
        assert_eq!(check(&[unknown]).2, Value::Null);
    }
}
