//! What the tests came to, as reports want it.

use crate::assess::TestRun;
use crate::engine::{ModuleCoverage, TestEnd, TestFailure, TestReport};
use crate::policy::TestRule;
use crate::report::{FileCoverage, Statement, TestCase, TestState, TestSuite};

/// Makes a suite of `run`.
pub fn suite(run: TestRun, thresholds: (Option<f64>, Option<f64>), elapsed_ms: u64) -> TestSuite {
    let cases = run.tests.into_iter();
    TestSuite {
        cases: cases.map(|(test, report)| case(test, report)).collect(),
        coverage: run
            .coverage
            .map(|files| files.into_iter().map(file).collect()),
        thresholds,
        elapsed_ms,
    }
}

fn case(test: TestRule, report: Option<TestReport>) -> TestCase {
    let name = test.full_name();
    let (state, message) = match report.as_ref().map(|report| &report.end) {
        None => (TestState::Skipped, String::new()),
        Some(TestEnd::Passed) => (TestState::Pass, String::new()),
        Some(TestEnd::Failed(message)) => (TestState::Fail, message.clone()),
        Some(TestEnd::Error(message)) => (TestState::Error, message.clone()),
    };
    let mut case = TestCase {
        name,
        package: test.package,
        path: test.path,
        line: test.line,
        state,
        message,
        elapsed_us: 0,
        failures: Vec::new(),
        notes: Vec::new(),
        prints: Vec::new(),
    };
    if let Some(report) = report {
        case.elapsed_us = report.elapsed_us;
        case.failures = report.failures.into_iter().map(statement).collect();
        case.notes = report.notes;
        case.prints = report.prints;
    }
    case
}

fn statement(failure: TestFailure) -> Statement {
    let values = failure.values.into_iter();
    Statement {
        path: failure.place.path,
        line: failure.place.line,
        expression: failure.expression,
        reason: failure.reason,
        values: values
            .map(|shown| (shown.expression, shown.value))
            .collect(),
    }
}

fn file(module: ModuleCoverage) -> FileCoverage {
    let rules = module.uncovered_rules.into_iter();
    FileCoverage {
        path: module.path,
        covered: module.covered,
        uncovered: module.uncovered,
        rules: usize::try_from(module.rules).unwrap_or(usize::MAX),
        uncovered_rules: rules.map(|rule| (rule.line, rule.name)).collect(),
    }
}
