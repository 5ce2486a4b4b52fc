//! What ran on a commit: check runs, and the jobs of a pipeline.
//!
//! INVARIANT: where several runs have one name, none of them hides another that failed:
//! a run counts no more only when it had ended before the same one was started again.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::json::{Map, Value, json};

use super::Outcome;

/// What tells attempts of one run from runs of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::evidence::kinds) enum Suite {
    Of(u64),
    /// None is named: the run of this id is an attempt of no other.
    Alone(u64),
}

/// One run.
#[derive(Debug, Clone)]
pub(in crate::evidence::kinds) struct Run {
    pub(in crate::evidence::kinds) name: String,
    /// What it belongs to: an app, a stage.
    pub(in crate::evidence::kinds) group: Option<String>,
    pub(in crate::evidence::kinds) suite: Suite,
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
    /// One that waits for its start is later than those that have started, one that ended
    /// and does not say when it started is not.
    fn order(&self) -> Order {
        if self.is_by_id {
            return (false, None, self.id);
        }
        let waits = self.started_at.is_none() && self.outcome == Outcome::Pending;
        (waits, self.started_at, self.id)
    }

    /// Whether this is an earlier attempt of `last`, of the same name and suite. An app can
    /// add a run to its suite at any time: while this one runs, that one is another.
    fn is_attempt_before(&self, last: &Self) -> bool {
        if self.id == last.id || last.is_by_id {
            return self.id != last.id;
        }
        match (self.started_at, self.completed_at, last.started_at) {
            (Some(_), Some(completed), Some(started)) => completed <= started,
            (Some(_), Some(_), None) => last.outcome == Outcome::Pending,
            _ => false,
        }
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
        let mut last: BTreeMap<Suite, &Run> = BTreeMap::new();
        for run in &runs {
            let known = last.entry(run.suite).or_insert(run);
            if run.order() > known.order() {
                *known = run;
            }
        }
        let Some(latest) = last.values().max_by_key(|run| run.order()) else {
            continue;
        };
        let is_replaced = |run: &Run| {
            let last = last.get(&run.suite);
            last.is_some_and(|last| run.is_attempt_before(last))
        };
        let counted: Vec<&&Run> = runs.iter().filter(|run| !is_replaced(run)).collect();
        let outcomes = counted.iter().map(|run| run.outcome);
        let outcome = outcomes.max().unwrap_or(latest.outcome);
        for (of, count) in &mut counts {
            *count += usize::from(*of == outcome);
        }
        // What may fail in one place need not be allowed to in another.
        let allow_failure = counted
            .iter()
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
            suite: Suite::Of(suite),
            id,
            outcome,
            word: String::new(),
            allow_failure: Some(suite == 9),
            started_at: started_s.and_then(Timestamp::from_unix_seconds),
            completed_at: started_s
                .filter(|_| outcome != Outcome::Pending)
                .and_then(|at| Timestamp::from_unix_seconds(at + 5)),
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
    fn a_run_that_was_added_while_another_ran_is_no_attempt_of_it() {
        use Outcome::{Failed, Passed};
        let of = |runs: &[Run]| check(runs).0;
        let beside = [run(1, 1, Some(10), Failed), run(1, 2, Some(14), Passed)];
        assert_eq!(of(&beside), "failed");
        let at_once = [run(1, 1, Some(10), Failed), run(1, 2, Some(15), Passed)];
        assert_eq!(of(&at_once), "passed");
        let mut endless = run(1, 1, Some(10), Failed);
        endless.completed_at = None;
        assert_eq!(of(&[endless, run(1, 2, Some(20), Passed)]), "failed");
        // Ends before it starts: none of two takes the place of the other.
        let mut backward = run(1, 1, Some(20), Failed);
        backward.completed_at = Timestamp::from_unix_seconds(10);
        assert_eq!(of(&[backward, run(1, 2, Some(18), Passed)]), "failed");
    }

    #[test]
    fn a_run_that_does_not_say_when_it_started_hides_none() {
        use Outcome::{Failed, Passed};
        let of = |runs: &[Run]| check(runs).0;
        assert_eq!(
            of(&[run(1, 9, None, Passed), run(1, 3, Some(20), Failed)]),
            "failed"
        );
        assert_eq!(
            of(&[run(1, 1, None, Failed), run(1, 3, Some(20), Passed)]),
            "failed"
        );
        assert_eq!(
            of(&[run(1, 1, None, Failed), run(1, 3, None, Passed)]),
            "failed"
        );
    }

    #[test]
    fn a_run_without_a_suite_is_in_none() {
        use Outcome::{Failed, Passed};
        let mut alone = run(7, 7, Some(10), Failed);
        alone.suite = Suite::Alone(7);
        assert_eq!(check(&[alone, run(7, 8, Some(20), Passed)]).0, "failed");
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
