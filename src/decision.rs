//! Rule results and waivers → findings → one verdict.
//!
//! A pure fold: no I/O, no engine, no clock, no serialisation. What comes out is a
//! function of what goes in.
//!
//! INVARIANTS
//! - The verdict is the worst thing found: deny > inconclusive > allow, and for
//!   triggers fired > inconclusive > clear.
//! - A waiver turns *fail* into *waived*, never into *pass*, and cannot touch
//!   *inconclusive*: what was not seen cannot be excused. Nor does it touch *fired*:
//!   that a condition has come true is a fact and no failure.
//! - No rules, and no rule that applied, is never *allow*; nor is a demand of a contract
//!   that is not met.
//! - A reading changes nothing.
//! - The order of results, statements and waivers does not change the decision.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use thiserror::Error;

use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::waiver::Waiver;

mod fold;
mod needed;

pub use needed::{Completeness, Demand, Origin};

/// What one rule, or one finding of it, comes to. Ordered from harmless to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Evaluated, and said nothing.
    Pass,
    /// Said that it does not concern this subject.
    NotApplicable,
    /// Worth a look; blocks nothing.
    Warn,
    /// Would fail, but its `effective_on` lies ahead.
    NotEffective,
    /// Failed, and a waiver in force covers every finding.
    Waived,
    /// Could not be decided from the evidence.
    Inconclusive,
    /// Failed.
    Fail,
    /// The condition that it watches has come true.
    Fired,
}

impl State {
    /// Every state, from harmless to worst.
    pub const ALL: [Self; 8] = [
        Self::Pass,
        Self::NotApplicable,
        Self::Warn,
        Self::NotEffective,
        Self::Waived,
        Self::Inconclusive,
        Self::Fail,
        Self::Fired,
    ];

    /// Returns the state's permanent name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::NotApplicable => "not-applicable",
            Self::Warn => "warn",
            Self::NotEffective => "not-effective",
            Self::Waived => "waived",
            Self::Inconclusive => "inconclusive",
            Self::Fail => "fail",
            Self::Fired => "fired",
        }
    }
}

/// The answer. Ordered from harmless to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing stands against it.
    Allow,
    /// No trigger fired.
    Clear,
    /// Cannot be decided from the evidence.
    Inconclusive,
    /// Something stands against it.
    Deny,
    /// A trigger fired.
    Fired,
}

impl Verdict {
    /// Returns the verdict's permanent name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Clear => "clear",
            Self::Inconclusive => "inconclusive",
            Self::Deny => "deny",
            Self::Fired => "fired",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a head means, whatever suffix its name carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meaning {
    /// `deny`, `violation`: blocks.
    Blocks,
    /// `warn`.
    Warns,
    /// `inconclusive`.
    CannotTell,
    /// `not_applicable`.
    DoesNotApply,
    /// `trigger`: what the rule watches for has come true.
    Fires,
}

/// What a run asks, and so which words answer it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Does anything stand against it? *allow*, *inconclusive* or *deny*.
    Gate,
    /// Has anything fired? *clear*, *inconclusive* or *fired*.
    Trigger,
}

/// What a question about the evidence comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not.
    False,
    /// The evidence does not tell.
    Unknown,
}

impl Truth {
    /// Reads `true`, `false` or `unknown`.
    pub fn of(name: &str) -> Option<Self> {
        [Self::True, Self::False, Self::Unknown]
            .into_iter()
            .find(|truth| truth.name() == name)
    }

    /// Returns its permanent name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::True => "true",
            Self::False => "false",
            Self::Unknown => "unknown",
        }
    }
}

/// One way to read a vague word of a condition, and what comes of it. It moves neither
/// state nor verdict.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reading {
    /// What is judged, where a rule judges several things.
    pub term: Option<String>,
    /// Name of the reading within the rule, such as `points`.
    pub id: String,
    /// The reading and its numbers, for people.
    pub msg: String,
    /// Whether the condition holds when it is read so.
    pub verdict: Truth,
    /// Whether the rule goes by it.
    pub used: bool,
    /// Ids of the evidence items that it rests on.
    pub evidence: Vec<String>,
    /// The numbers, as canonical JSON.
    pub details: String,
}

/// Everything that a rule said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// What its verdict heads yielded.
    pub statements: Vec<Statement>,
    /// What its `reading` head yielded.
    pub readings: Vec<Reading>,
}

/// One value of one head: what a rule said.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Statement {
    /// The head's name as written, such as `deny` or `violation_image`.
    pub head: String,
    /// What the head means.
    pub meaning: Meaning,
    /// What the rule says, for people.
    pub msg: String,
    /// What the statement is about, so that a waiver can name it.
    pub term: Option<String>,
    /// Overrides the rule's own severity.
    pub severity: Option<String>,
    /// Ids of the evidence items that led there.
    pub evidence: Vec<String>,
    /// Whatever else the rule gave, as canonical JSON.
    pub details: Option<String>,
    /// A conftest `exception` that covers this statement, as `package.exception`.
    pub excepted_by: Option<String>,
}

/// What is known of a rule besides what it said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleRef {
    /// Permanent kebab-case id.
    pub id: String,
    /// Rego package.
    pub package: String,
    /// One line for people.
    pub title: String,
    /// `critical`, `high`, `medium` or `low`.
    pub severity: String,
    /// Controls it serves, such as `SOC2:CC8.1`.
    pub controls: Vec<String>,
    /// How to mend a failure.
    pub remediation: Option<String>,
    /// Before this instant a failure is *not-effective*.
    pub effective_on: Option<Timestamp>,
    /// What is known of a trigger alone.
    pub trigger: Option<TriggerRef>,
    /// File of the policy set, relative to its root.
    pub path: String,
    /// 1-based line of the package clause.
    pub line: u64,
}

/// What METADATA says of a trigger, and of no other rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriggerRef {
    /// The condition as it was written down.
    pub condition: Option<String>,
    /// How it is known: `measured`, `events`, `declared` or two of them.
    pub class: Option<String>,
    /// Its row of the decision matrix.
    pub matrix: Option<String>,
}

/// An evidence item as a rule saw it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    /// Item id.
    pub id: String,
    /// Kind, absent when the item is missing.
    pub kind: Option<String>,
    /// Status at `as_of`.
    pub status: String,
    /// Why the status is not `ok`.
    pub reason: Option<String>,
    /// Seconds from collection to `as_of`.
    pub age_s: Option<i64>,
    /// Digest of the raw bytes.
    pub sha256: Option<Digest>,
    /// What was taken out of it before it was sealed.
    pub redactions: Redactions,
}

/// Values that were taken out of an item.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Redactions {
    /// How many.
    pub count: usize,
    /// Where the first of them were, as JSON Pointers; at most [`Redactions::NAMED_MAX`].
    pub pointers: Vec<String>,
}

impl Redactions {
    /// Most that are named. All of them are in the bundle's manifest.
    pub const NAMED_MAX: usize = 20;
}

/// How a rule's evaluation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The engine evaluated every head.
    Evaluated(Said),
    /// Its `requires` were not met, so it was not evaluated; the reasons.
    Unmet(Vec<String>),
    /// The engine failed on it.
    Failed(String),
}

/// What came of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleResult {
    /// The rule.
    pub rule: RuleRef,
    /// The evidence it names.
    pub evidence: Vec<Seen>,
    /// How it ended.
    pub outcome: Outcome,
}

/// What the fold needs besides rule results.
#[derive(Debug, Clone)]
pub struct Context {
    /// The instant that policies see.
    pub as_of: Timestamp,
    /// Names of the subjects, for waivers with a scope.
    pub subjects: BTreeSet<String>,
    /// Environments of the subjects, for waivers with a scope.
    pub environments: BTreeSet<String>,
    /// What is wrong with the evidence as a whole.
    pub problems: Vec<String>,
    /// What a contract demands.
    pub demands: Vec<Demand>,
    /// How much of what is required is there.
    pub completeness: Completeness,
    /// Ids of all rules in the policy set, selected or not.
    pub known_rules: BTreeSet<String>,
    /// Warnings and waiver notes deny.
    pub fail_on_warn: bool,
    /// What is asked.
    pub question: Question,
}

/// A statement after waivers and dates have been applied.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// What it comes to; never [`State::Pass`].
    pub state: State,
    /// What the rule said.
    pub statement: Statement,
    /// The waiver that covers it.
    pub waiver: Option<String>,
}

/// A rule with its fate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleDecision {
    /// The rule.
    pub rule: RuleRef,
    /// The worst of its findings; [`State::Pass`] without any.
    pub state: State,
    /// The evidence it names.
    pub evidence: Vec<Seen>,
    /// What it said, sorted.
    pub findings: Vec<Finding>,
    /// How it read what it judged, sorted.
    pub readings: Vec<Reading>,
}

/// What came of one waiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WaiverState {
    /// Covers at least one finding.
    Used,
    /// In force, but covers nothing.
    Unused,
    /// No longer in force at `as_of`.
    Expired,
    /// Approved only after `as_of`.
    NotYet,
    /// Names a rule that the policy set does not have.
    UnknownRule,
}

impl WaiverState {
    /// Returns the state's permanent name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::Unused => "unused",
            Self::Expired => "expired",
            Self::NotYet => "not-yet",
            Self::UnknownRule => "unknown-rule",
        }
    }
}

/// A waiver with its fate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaiverDecision {
    /// The waiver.
    pub waiver: Waiver,
    /// What came of it.
    pub state: WaiverState,
}

/// One verdict and all that led there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The answer.
    pub verdict: Verdict,
    /// Every rule, sorted by id.
    pub rules: Vec<RuleDecision>,
    /// Every waiver, sorted by id.
    pub waivers: Vec<WaiverDecision>,
    /// What is wrong with the evidence as a whole, sorted.
    pub problems: Vec<String>,
    /// What a contract demands, sorted.
    pub demands: Vec<Demand>,
    /// How much of what is required is there. It moves no verdict.
    pub completeness: Completeness,
}

/// Why there is no decision.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum DecisionError {
    /// No rule was evaluated.
    #[error("no rule was evaluated")]
    NoRules,
    /// Two results for one rule.
    #[error("rule `{id}` has two results")]
    Duplicate {
        /// The rule.
        id: String,
    },
    /// The engine failed on some rules.
    #[error("{} failed to evaluate: {}", plural(failures.len(), "rule"), list(failures))]
    RuleErrors {
        /// Rule id and the engine's message.
        failures: Vec<(String, String)>,
    },
}

fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn list(failures: &[(String, String)]) -> String {
    let lines: Vec<_> = failures
        .iter()
        .map(|(id, message)| format!("`{id}`: {message}"))
        .collect();
    lines.join("; ")
}

impl Decision {
    /// Returns how many rules ended in each state, states without any left out.
    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        let mut counts = BTreeMap::new();
        for rule in &self.rules {
            *counts.entry(rule.state.name()).or_insert(0) += 1;
        }
        counts
    }

    /// Returns why demands of the contract are not met, a line for each reason.
    pub fn unmet_demands(&self) -> impl Iterator<Item = String> {
        let unmet = self.demands.iter().flat_map(|demand| &demand.unmet);
        unmet.map(|reason| format!("the contract is not met: {reason}"))
    }

    /// Returns whether anything asks for a look without blocking.
    pub fn has_warnings(&self) -> bool {
        fold::warns(&self.rules, &self.waivers)
    }
}

/// Folds `results` and `waivers` into one decision.
///
/// # Errors
/// No results at all, two for one rule, and rules on which the engine failed: then
/// there is no verdict, whatever the others said.
pub fn decide(
    results: Vec<RuleResult>,
    waivers: Vec<Waiver>,
    context: &Context,
) -> Result<Decision, DecisionError> {
    fold::decide(results, waivers, context)
}

#[cfg(test)]
mod tests;
