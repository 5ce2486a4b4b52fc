//! Reviews: when they are due, which were held, which were missed.

use std::collections::BTreeMap;

use thiserror::Error;

use super::calendar::{Period, PeriodError, Rhythm};
use super::{Acts, RecordedAct};
use crate::clock::Timestamp;
use crate::json::Value;
use crate::ledger::read::ReadError;
use crate::waiver::same_person;

mod document;

pub use document::{Changes, Current, Previous, REVIEW_SCHEMA, Review};

/// `kind` of the record of a review.
pub const REVIEW: &str = "review";
/// Where the schedule is in the policy data.
const POINTER: &str = "/governance/reviews";

/// A review that cannot be held, or a schedule that cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReviewError {
    /// The policy data has no such review.
    #[error("policy data has no `governance.reviews.{rhythm}`")]
    NotScheduled {
        /// Which.
        rhythm: Rhythm,
    },
    /// The schedule cannot be used.
    #[error("`governance.reviews.{rhythm}.{field}` of the policy data is not {expected}")]
    Schedule {
        /// Which review.
        rhythm: Rhythm,
        /// Which field.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// A period that cannot be read.
    #[error(transparent)]
    Period(#[from] PeriodError),
    /// A period of the future.
    #[error("{period} has not begun")]
    Future {
        /// Which.
        period: Period,
    },
    /// Nobody attended, or a name is blank or stands twice.
    #[error("--attended: {reason}")]
    Attended {
        /// What is wrong.
        reason: String,
    },
    /// Nobody approved.
    #[error("--approved-by is blank")]
    Approver,
    /// The triggers were looked at too long ago.
    #[error(
        "the newest trigger record, {index}, is of {as_of}, {age_h} h before the review; a {rhythm} review reads one that is at most {max_h} h old"
    )]
    Stale {
        /// Which review.
        rhythm: Rhythm,
        /// 0-based number of the record.
        index: u64,
        /// The instant that its policies saw.
        as_of: Timestamp,
        /// Whole hours before the review.
        age_h: i64,
        /// Most hours allowed.
        max_h: u64,
    },
    /// The triggers were looked at as of later than the review.
    #[error("the newest trigger record, {index}, is of {as_of}, which is after the review")]
    Later {
        /// 0-based number of the record.
        index: u64,
        /// The instant that its policies saw.
        as_of: Timestamp,
    },
    /// A trigger is in a state that triggers do not have.
    #[error("record {index}: trigger `{rule}` is in the state `{state}`")]
    State {
        /// 0-based number of the record.
        index: u64,
        /// The trigger.
        rule: String,
        /// Its state.
        state: String,
    },
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] ReadError),
}

/// When one kind of review is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What it is called.
    pub title: String,
    /// The day since which it is asked for: no period that ended before it is missed.
    pub since: Timestamp,
    /// Business days after the end of a period.
    pub grace_business_days: u32,
    /// How old, in hours, the trigger record may be that it reads.
    pub max_trigger_age_h: u64,
}

/// The schedule in the policy data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schedule {
    rules: BTreeMap<Rhythm, Rule>,
}

/// A review that was held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// 0-based number of its record.
    pub index: u64,
    /// When the record was appended.
    pub recorded_at: Timestamp,
    /// Who approved it.
    pub approved_by: String,
}

/// How a period stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It was held in time.
    Held(Held),
    /// It was held after its deadline.
    Late(Held),
    /// Its deadline has passed.
    Missed,
    /// Its period has ended, and the grace has not.
    Due,
    /// Its period has not ended.
    Open,
}

/// One period of one kind of review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheduled {
    /// Which.
    pub period: Period,
    /// Number of the last day on which it is in time.
    pub deadline: i64,
    /// How it stands.
    pub standing: Standing,
}

impl Schedule {
    /// Reads the schedule from policy `data`.
    ///
    /// # Errors
    /// Fields that are missing or of the wrong type.
    pub fn read(data: &Value) -> Result<Self, ReviewError> {
        let mut rules = BTreeMap::new();
        for rhythm in Rhythm::ALL {
            let Some(value) = data.pointer(&format!("{POINTER}/{rhythm}")) else {
                continue;
            };
            rules.insert(rhythm, rule(rhythm, value)?);
        }
        Ok(Self { rules })
    }

    /// Returns when `rhythm` is due.
    ///
    /// # Errors
    /// A review that is not in the schedule.
    pub fn rule(&self, rhythm: Rhythm) -> Result<&Rule, ReviewError> {
        let rule = self.rules.get(&rhythm);
        rule.ok_or(ReviewError::NotScheduled { rhythm })
    }

    /// Returns every period from its `since` on to the one in which `now` lies.
    pub fn standings(&self, acts: &Acts, now: Timestamp) -> Vec<Scheduled> {
        let mut all = Vec::new();
        for (rhythm, rule) in &self.rules {
            let last = Period::of(*rhythm, now);
            let mut period = Period::of(*rhythm, rule.since);
            while period <= last {
                all.push(rule.standing(period, acts, now));
                period = period.next();
            }
        }
        all
    }

    /// Returns the period that a review held at `now` is of: the one that ended last, while
    /// it is due and not held; else the one in which `now` lies.
    ///
    /// # Errors
    /// A review that is not in the schedule.
    pub fn current(
        &self,
        rhythm: Rhythm,
        acts: &Acts,
        now: Timestamp,
    ) -> Result<Period, ReviewError> {
        let rule = self.rule(rhythm)?;
        let current = Period::of(rhythm, now);
        let before = current.previous();
        let is_asked = before.last_day() >= rule.since.day();
        let is_due = rule.standing(before, acts, now).standing == Standing::Due;
        Ok(if is_asked && is_due { before } else { current })
    }
}

fn rule(rhythm: Rhythm, value: &Value) -> Result<Rule, ReviewError> {
    let schedule = |field, expected| ReviewError::Schedule {
        rhythm,
        field,
        expected,
    };
    let text = |field| value.get(field).and_then(Value::as_str);
    let count = |field| value.get(field).and_then(Value::as_u64);
    let grace = count("grace_business_days").and_then(|days| u16::try_from(days).ok());
    Ok(Rule {
        title: text("title")
            .ok_or_else(|| schedule("title", "a text"))?
            .to_owned(),
        since: text("since")
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| schedule("since", "a date"))?,
        grace_business_days: grace
            .ok_or_else(|| schedule("grace_business_days", "a whole number below 65,536"))?
            .into(),
        max_trigger_age_h: count("max_trigger_age_h")
            .filter(|hours| *hours < 1 << 32)
            .ok_or_else(|| schedule("max_trigger_age_h", "a whole number of hours"))?,
    })
}

impl Rule {
    /// How `period` stands at `now`. What counts is when a record was appended: a review
    /// cannot be dated back into its grace.
    fn standing(&self, period: Period, acts: &Acts, now: Timestamp) -> Scheduled {
        let deadline = period.deadline(self.grace_business_days);
        let name = act_name(period);
        let mut held = acts
            .records
            .iter()
            .filter(|recorded| recorded.act.predicate.name == name)
            .map(held);
        let standing = match held.next() {
            Some(held) if held.recorded_at.day() <= deadline => Standing::Held(held),
            Some(held) => Standing::Late(held),
            None if now.day() > deadline => Standing::Missed,
            None if now.day() > period.last_day() => Standing::Due,
            None => Standing::Open,
        };
        Scheduled {
            period,
            deadline,
            standing,
        }
    }
}

fn held(recorded: &RecordedAct) -> Held {
    let predicate = &recorded.act.predicate;
    Held {
        index: recorded.index,
        recorded_at: predicate.recorded_at,
        approved_by: predicate.people.approved_by.clone(),
    }
}

/// Returns the `name` of the record of the review of `period`.
pub fn act_name(period: Period) -> String {
    format!("{} {period}", period.rhythm)
}

/// Returns who attended, as given.
///
/// # Errors
/// Nobody, blank names, and names that stand twice.
pub fn attended(names: &[String]) -> Result<Vec<String>, ReviewError> {
    let refuse = |reason: String| ReviewError::Attended { reason };
    let names: Vec<_> = names.iter().map(|name| name.trim().to_owned()).collect();
    if names.is_empty() || names.iter().any(String::is_empty) {
        return Err(refuse("a name is blank".to_owned()));
    }
    for (position, name) in names.iter().enumerate() {
        let mut others = names.iter().skip(position + 1);
        if others.any(|other| same_person(name, other)) {
            return Err(refuse(format!("`{name}` stands twice")));
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests;
