//! Who approved a change, and when, by the records of those who were asked.
//!
//! INVARIANTS
//! - Of several records of one person the latest counts: a later rejection takes an
//!   approval back, and of one instant so does what is no approval.
//! - Who answered after the work began has not approved what was done, and neither has
//!   somebody of whom nobody knows when the answer was given.

use std::collections::BTreeMap;

use crate::clock::Timestamp;

/// What is said where `approval` and those who were asked do not fit.
const EARLY: &str = "approved before anybody who was asked had said so";
const NOBODY: &str = "approved, and of those who were asked nobody stands by it";
const REJECTED: &str = "approved, and somebody who was asked has rejected it";
const UNDATED: &str = "approved by somebody, and nobody says when";

/// Somebody who was asked to approve.
#[derive(Debug, Clone, Copy)]
pub(super) struct Approval<'a> {
    pub(super) by: Option<&'a str>,
    pub(super) state: Option<&'a str>,
    pub(super) asked_at: Option<Timestamp>,
    pub(super) answered_at: Option<Timestamp>,
}

impl Approval<'_> {
    fn is_given(&self) -> bool {
        self.state == Some("approved")
    }

    /// Where the answer lies among those of the same person.
    fn rank(&self) -> (bool, Option<Timestamp>, bool) {
        // What has no instant may be the latest, unless it is an approval.
        let is_unplaced = self.answered_at.is_none() && !self.is_given();
        (is_unplaced, self.answered_at, !self.is_given())
    }
}

/// What the records of one change come to.
#[derive(Debug, Default)]
pub(super) struct Approvals<'a> {
    pub(super) requested_at: Option<Timestamp>,
    pub(super) approved_at: Option<Timestamp>,
    pub(super) by: Vec<&'a str>,
    doubts: Vec<&'static str>,
}

impl<'a> Approvals<'a> {
    /// What these come to for a change that `is_approved`, since `set_at`, and on which
    /// work has begun at `start_at`.
    pub(super) fn of(
        asked: &[Approval<'a>],
        is_approved: bool,
        set_at: Option<Timestamp>,
        start_at: Option<Timestamp>,
    ) -> Self {
        let mut order: Vec<&str> = Vec::new();
        let mut last: BTreeMap<&str, Approval<'a>> = BTreeMap::new();
        for one in asked {
            let Some(by) = one.by else {
                continue;
            };
            match last.get(by) {
                Some(earlier) if earlier.rank() > one.rank() => {}
                Some(_) => {
                    last.insert(by, *one);
                }
                None => {
                    order.push(by);
                    last.insert(by, *one);
                }
            }
        }
        let standing = || order.iter().filter_map(|by| Some((*by, last.get(by)?)));
        let given = || standing().filter(|(_, one)| one.is_given());
        let is_in_time = |at: Timestamp| start_at.is_none_or(|start| at <= start);
        let counts = given().filter(|(_, one)| one.answered_at.is_some_and(is_in_time));
        let by = counts.map(|(by, _)| by).collect();
        let answers = || given().filter_map(|(_, one)| one.answered_at);
        let mut doubts = Vec::new();
        if given().any(|(_, one)| one.answered_at.is_none()) {
            doubts.push(UNDATED);
        }
        if is_approved {
            // Nobody is asked for a standard change.
            if !asked.is_empty() && given().next().is_none() {
                doubts.push(NOBODY);
            }
            if standing().any(|(_, one)| one.state == Some("rejected")) {
                doubts.push(REJECTED);
            }
            if set_at
                .zip(answers().min())
                .is_some_and(|(set, first)| set < first)
            {
                doubts.push(EARLY);
            }
        }
        Self {
            requested_at: asked.iter().filter_map(|one| one.asked_at).min(),
            approved_at: if is_approved {
                set_at.or_else(|| answers().max())
            } else {
                None
            },
            by,
            doubts,
        }
    }

    /// What does not fit.
    pub(super) fn doubts(&self) -> &[&'static str] {
        &self.doubts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: u32) -> Timestamp {
        format!("2026-11-04T{hour:02}:00:00Z").parse().unwrap()
    }

    fn answer<'a>(by: &'a str, state: &'a str, hour: u32) -> Approval<'a> {
        Approval {
            by: Some(by),
            state: Some(state),
            asked_at: Some(at(1)),
            answered_at: Some(at(hour)),
        }
    }

    /// Approved at six, and begun at ten.
    fn of<'a>(asked: &[Approval<'a>]) -> (Vec<&'a str>, Vec<&'static str>) {
        let approvals = Approvals::of(asked, true, Some(at(6)), Some(at(10)));
        assert_eq!(approvals.approved_at, Some(at(6)));
        (approvals.by, approvals.doubts)
    }

    #[test]
    fn only_who_answered_before_the_work_began_has_approved() {
        let ada = answer("ada", "approved", 6);
        for (hour, expected) in [
            (9, vec!["ada", "bob"]),
            (10, vec!["ada", "bob"]),
            (11, vec!["ada"]),
        ] {
            let found = of(&[ada, answer("bob", "approved", hour)]);
            assert_eq!(found, (expected, vec![]), "{hour}");
        }
        assert_eq!(of(&[answer("bob", "approved", 11)]), (vec![], vec![EARLY]));
        assert_eq!(
            of(&[answer("bob", "approved", 7)]),
            (vec!["bob"], vec![EARLY])
        );
        let undated = Approval {
            answered_at: None,
            ..ada
        };
        assert_eq!(of(&[undated]), (vec![], vec![UNDATED]));
        // Nobody was asked for a standard change.
        assert_eq!(of(&[]), (vec![], vec![]));
    }

    #[test]
    fn the_latest_answer_of_a_person_counts_whatever_the_order() {
        let given = answer("bob", "approved", 5);
        for (state, hour, by, doubts) in [
            ("rejected", 7, vec![], vec![NOBODY, REJECTED]),
            ("rejected", 5, vec![], vec![NOBODY, REJECTED]),
            ("rejected", 12, vec![], vec![NOBODY, REJECTED]),
            ("requested", 7, vec![], vec![NOBODY]),
            ("rejected", 4, vec!["bob"], vec![]),
        ] {
            let other = answer("bob", state, hour);
            for asked in [[given, other], [other, given]] {
                assert_eq!(of(&asked), (by.clone(), doubts.clone()), "{state} {hour}");
            }
        }
        let unplaced = Approval {
            answered_at: None,
            ..answer("bob", "rejected", 1)
        };
        for asked in [[given, unplaced], [unplaced, given]] {
            assert_eq!(of(&asked), (vec![], vec![NOBODY, REJECTED]));
        }
    }
}
