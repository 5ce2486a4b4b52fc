//! What people said of a change, and what each of them holds now.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::evidence::kinds::node::put;
use crate::json::{Value, json};

/// One review as its author left it.
#[derive(Debug, Clone)]
pub(in crate::evidence::kinds) struct Review {
    /// Where reviews have one.
    pub(in crate::evidence::kinds) id: Option<u64>,
    /// Null where the account is gone.
    pub(in crate::evidence::kinds) person: Value,
    pub(in crate::evidence::kinds) decision: Decision,
    /// The commit that was looked at.
    pub(in crate::evidence::kinds) commit: Option<String>,
    pub(in crate::evidence::kinds) at: Option<Timestamp>,
    /// How its author stands to the repository.
    pub(in crate::evidence::kinds) association: Option<String>,
    /// Whether that says that they need not be able to write to it.
    pub(in crate::evidence::kinds) is_outsider: Option<bool>,
}

/// What tells how late a word is: in one second, the review with the greater id is the later.
type Rank = (bool, Option<Timestamp>, Option<u64>, usize);

/// What a review says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::evidence::kinds) enum Decision {
    Approved,
    ChangesRequested,
    Dismissed,
    Commented,
    Pending,
}

impl Decision {
    pub(in crate::evidence::kinds) const fn name(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::ChangesRequested => "changes_requested",
            Self::Dismissed => "dismissed",
            Self::Commented => "commented",
            Self::Pending => "pending",
        }
    }

    /// Whether it takes the place of what its author said before: a comment does not.
    const fn is_word(self) -> bool {
        !matches!(self, Self::Commented | Self::Pending)
    }
}

impl Review {
    fn facts(&self) -> Value {
        let mut facts = match &self.person {
            Value::Null => json!({"login": null, "account": null, "is_bot": null}),
            person => person.clone(),
        };
        put(&mut facts, "decision", self.decision.name());
        put(&mut facts, "commit", self.commit.clone());
        put(&mut facts, "at", self.at.map(|at| at.to_string()));
        put(
            &mut facts,
            "at_ns",
            self.at.map(Timestamp::unix_nanoseconds),
        );
        put(&mut facts, "association", self.association.clone());
        put(&mut facts, "is_outsider", self.is_outsider);
        facts
    }
}

/// Returns all reviews as facts, and the last word of each reviewer whose account is known.
///
/// A comment does not lift what was said before; somebody who only commented is there
/// with that.
pub(in crate::evidence::kinds) fn facts(reviews: &[Review]) -> (Vec<Value>, Vec<Value>) {
    let mut last: BTreeMap<String, Rank> = BTreeMap::new();
    for (index, review) in reviews.iter().enumerate() {
        if review.person.is_null() || review.decision == Decision::Pending {
            continue;
        }
        let account = review.person.get("account").map(Value::to_string);
        // The account tells people apart; a name can be changed, and then be another's.
        let key = account.unwrap_or_default();
        let rank = (review.decision.is_word(), review.at, review.id, index);
        let known = last.entry(key).or_insert(rank);
        *known = (*known).max(rank);
    }
    let mut held: Vec<usize> = last.into_values().map(|(.., index)| index).collect();
    held.sort_unstable();
    let reviewers = held.into_iter().filter_map(|index| reviews.get(index));
    let reviewers = reviewers.map(Review::facts).collect();
    let reviews = reviews.iter().map(|review| {
        let mut facts = review.facts();
        put(&mut facts, "id", review.id);
        facts
    });
    (reviews.collect(), reviewers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::kinds::node::text_of;

    fn held(words: &[(&str, Decision, i64)]) -> Vec<(String, String)> {
        let reviews: Vec<_> = words
            .iter()
            .map(|(login, decision, at)| Review {
                id: None,
                person: json!({"login": login, "account": login.len(), "is_bot": false}),
                decision: *decision,
                commit: None,
                at: Timestamp::from_unix_seconds(*at),
                association: None,
                is_outsider: None,
            })
            .collect();
        let text = |value: &Value, name| text_of(value, name).to_owned();
        let (_, reviewers) = facts(&reviews);
        reviewers
            .iter()
            .map(|facts| (text(facts, "login"), text(facts, "decision")))
            .collect()
    }

    #[test]
    fn of_one_second_the_review_of_the_greater_id_is_the_later() {
        let of = |id, decision| Review {
            id: Some(id),
            person: json!({"login": "ada", "account": 1, "is_bot": false}),
            decision,
            commit: None,
            at: Timestamp::from_unix_seconds(1),
            association: None,
            is_outsider: None,
        };
        let changes = of(2, Decision::ChangesRequested);
        for all in [
            [changes.clone(), of(1, Decision::Approved)],
            [of(1, Decision::Approved), changes],
        ] {
            assert_eq!(facts(&all).1[0]["decision"], "changes_requested");
        }
    }

    fn one(words: &[(Decision, i64)]) -> String {
        let words: Vec<_> = words.iter().map(|(word, at)| ("ada", *word, *at)).collect();
        let mut held = held(&words);
        assert_eq!(held.len(), 1);
        held.remove(0).1
    }

    #[test]
    fn the_last_word_counts_and_a_comment_is_none() {
        use Decision::{Approved, ChangesRequested, Commented, Dismissed};
        assert_eq!(
            one(&[(Approved, 1), (ChangesRequested, 2)]),
            "changes_requested"
        );
        assert_eq!(one(&[(ChangesRequested, 1), (Approved, 2)]), "approved");
        // By time, not by place.
        assert_eq!(
            one(&[(ChangesRequested, 2), (Approved, 1)]),
            "changes_requested"
        );
        assert_eq!(
            one(&[(ChangesRequested, 1), (Commented, 2)]),
            "changes_requested"
        );
        assert_eq!(one(&[(Commented, 1)]), "commented");
        // What was dismissed does not bring back what was said before it.
        assert_eq!(one(&[(Approved, 1), (Dismissed, 2)]), "dismissed");
        // At one instant, the later entry.
        assert_eq!(
            one(&[(Approved, 1), (ChangesRequested, 1)]),
            "changes_requested"
        );
    }

    #[test]
    fn a_review_that_was_not_submitted_and_one_of_nobody_are_no_word() {
        assert_eq!(held(&[("ada", Decision::Pending, 1)]), []);
        let nobody = Review {
            id: Some(1),
            person: Value::Null,
            decision: Decision::Approved,
            commit: None,
            at: None,
            association: None,
            is_outsider: None,
        };
        let (reviews, reviewers) = facts(&[nobody]);
        assert_eq!((reviews.len(), reviewers.len()), (1, 0));
    }
}
