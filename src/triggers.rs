//! Where triggers stand: since when one has fired, how urgent it is, when it is due.
//!
//! Everything is told from decision documents, the one just recorded and those that the
//! ledger holds from before, and from the decision matrix in the policy data. It
//! evaluates nothing, records nothing and asks no clock.
//!
//! INVARIANTS
//! - An episode begins with the first record in which a trigger fired and ends with a
//!   *clear* one. That nobody could tell in between ends nothing.
//! - A record that cannot be read is never taken for clear or for fired: what depends on
//!   it is said to be unknown.

use crate::record::decided::Rule;

mod history;
mod matrix;
mod standing;

pub use history::{Episode, History, Point, Recorded, RecordedError, Unreadable};
pub use matrix::{Due, Matrix, MatrixError, Row, Urgency, Window};
pub use standing::{Overdue, Standing, most_urgent};

/// `name` of the record of a run.
pub const NAME: &str = "triggers";
/// `kind` of the record of a run.
pub const KIND: &str = "trigger";

/// `id` of an inconclusive finding that says that nobody has declared anything.
const UNMEASURED: &str = "unmeasured";

/// What a trigger shows, in the order in which people look at them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// The condition has come true.
    Fired,
    /// The evidence does not tell.
    Unknown,
    /// Nobody has declared what only a person can know.
    Unmeasured,
    /// The condition has not come true.
    Clear,
    /// It does not concern this subject.
    NotApplicable,
}

impl State {
    /// Every state, the most pressing first.
    pub const ALL: [Self; 5] = [
        Self::Fired,
        Self::Unknown,
        Self::Unmeasured,
        Self::Clear,
        Self::NotApplicable,
    ];

    /// Returns the state's permanent name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fired => "fired",
            Self::Unknown => "unknown",
            Self::Unmeasured => "unmeasured",
            Self::Clear => "clear",
            Self::NotApplicable => "not-applicable",
        }
    }

    /// Returns the state of a trigger as a decision document has it; none where it holds
    /// a state that triggers do not have.
    pub fn of(rule: &Rule) -> Option<Self> {
        match rule.state.as_str() {
            "fired" => Some(Self::Fired),
            "pass" => Some(Self::Clear),
            "not-applicable" => Some(Self::NotApplicable),
            "inconclusive" => Some(if is_unmeasured(rule) {
                Self::Unmeasured
            } else {
                Self::Unknown
            }),
            _ => None,
        }
    }
}

fn is_unmeasured(rule: &Rule) -> bool {
    let findings = rule.findings.iter();
    findings
        .filter(|finding| finding.state == "inconclusive")
        .all(|finding| {
            let id = finding.details.as_ref().and_then(|d| d.get("id"));
            id.is_some_and(|id| id == UNMEASURED)
        })
}

#[cfg(test)]
mod tests;
