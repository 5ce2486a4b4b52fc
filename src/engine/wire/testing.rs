//! Tests of policies: what is asked of the worker, and what it answers.

use serde::{Deserialize, Serialize};

use super::Location;

/// That the calls of a request are tests, and what to tell of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Testing {
    /// Where each call's rule is defined, in the order of the calls.
    pub rules: Vec<TestPlace>,
    /// Paths of the modules to measure coverage of; none measures nothing.
    pub covered: Vec<String>,
}

/// Where a test is defined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestPlace {
    /// The module's path.
    pub path: String,
    /// 1-based line of its head.
    pub line: u32,
    /// Whether other rules of its package have the same name: each is a test of its own.
    pub shares_name: bool,
}

/// What came of one test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestReport {
    /// How it ended.
    pub end: TestEnd,
    /// How long it took to evaluate, in microseconds; without what it took to explain.
    pub elapsed_us: u64,
    /// Where it failed, for each body of the rule that was looked into.
    pub failures: Vec<TestFailure>,
    /// What the reader should know besides.
    pub notes: Vec<String>,
    /// What `print` wrote, as `path:line: text`.
    pub prints: Vec<String>,
}

/// How a test ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TestEnd {
    /// Its value is `true`.
    Passed,
    /// It has no value, or another; the text says which.
    Failed(String),
    /// It could not be evaluated; the text says why.
    Error(String),
}

/// A statement of a test that did not hold, and what it was made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestFailure {
    /// Where the statement begins.
    pub place: Location,
    /// The statement as it is written.
    pub expression: String,
    /// What is wrong with it.
    pub reason: String,
    /// Its parts that are not constants, in the order of the text.
    pub values: Vec<ShownValue>,
}

/// An expression and what it is worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownValue {
    /// The expression as it is written.
    pub expression: String,
    /// Its value in Rego, cut where long; or why there is none.
    pub value: String,
}

/// What tests reached of one module.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModuleCoverage {
    /// The module's path.
    pub path: String,
    /// 1-based lines with code that was evaluated.
    pub covered: Vec<u32>,
    /// 1-based lines with code that was not.
    pub uncovered: Vec<u32>,
    /// How many rules the module defines: each head, each `else`, each default.
    pub rules: u32,
    /// Those whose head never got a value.
    pub uncovered_rules: Vec<RuleSite>,
}

/// A rule without coverage.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSite {
    /// 1-based line of its head, or of its `else`.
    pub line: u32,
    /// Its name.
    pub name: String,
}
