//! The tests of a policy set, evaluated by the engine's worker.
//!
//! INVARIANT: every test that was chosen has exactly one end. A worker that a test
//! brought down does not take the others with it: they are evaluated again without it.

use std::path::Path;

use super::AssessError;
use crate::clock::Timestamp;
use crate::engine::{
    Call, EngineError, Limits, Module, ModuleCoverage, Request, Supervisor, TestEnd, TestPlace,
    TestReport, Testing,
};
use crate::policy::{FileRole, PolicySet, TestRule};

/// The instant that tests see unless told otherwise, in nanoseconds since the Unix
/// epoch: 2026-01-01T00:00:00Z.
pub const AS_OF_NS: i64 = 1_767_225_600_000_000_000;

/// Longest run of all tests, in milliseconds.
const RUN_MS: u64 = 600_000;
/// How often the rest is evaluated again without a test that ended the worker.
const DEATHS_MAX: usize = 5;

/// Which tests, and how.
#[derive(Debug, Clone)]
pub struct TestOptions<'a> {
    /// Tests whose full name holds this, `*` standing for any text; all where there is
    /// none.
    pub pattern: Option<&'a str>,
    /// Whether to measure coverage.
    pub coverage: bool,
    /// What `time.now_ns()` returns; [`AS_OF_NS`] where it is not given.
    pub as_of: Option<Timestamp>,
}

/// What came of the tests.
#[derive(Debug, Clone, PartialEq)]
pub struct TestRun {
    /// Every chosen test with its report; none for one that was skipped.
    pub tests: Vec<(TestRule, Option<TestReport>)>,
    /// What they reached, for every file that is not one of tests.
    pub coverage: Option<Vec<ModuleCoverage>>,
}

/// Evaluates the tests of `policies`.
///
/// # Errors
/// Policies that do not load, and an engine that cannot be run.
pub fn test(
    policies: &PolicySet,
    options: &TestOptions<'_>,
    worker: &Path,
) -> Result<TestRun, AssessError> {
    let chosen: Vec<TestRule> = policies
        .test_rules()
        .into_iter()
        .filter(|test| {
            options
                .pattern
                .is_none_or(|p| matches(p, &test.full_name()))
        })
        .collect();
    let mut reports: Vec<Option<TestReport>> = chosen.iter().map(refused).collect();
    let mut coverage = None;
    let supervisor = Supervisor::new(worker);
    for _ in 0..=DEATHS_MAX {
        let waiting: Vec<usize> = chosen
            .iter()
            .zip(&reports)
            .enumerate()
            .filter(|(_, (test, report))| report.is_none() && !test.is_todo)
            .map(|(index, _)| index)
            .collect();
        let tests: Vec<&TestRule> = waiting.iter().filter_map(|i| chosen.get(*i)).collect();
        match supervisor.evaluate(&request(policies, &tests, options)) {
            Ok(response) => {
                for (index, report) in waiting.iter().zip(response.tests) {
                    if let Some(slot) = reports.get_mut(*index) {
                        *slot = Some(report);
                    }
                }
                coverage = options.coverage.then_some(response.coverage);
                break;
            }
            Err(error) => {
                let guilty = tests.iter().position(|test| stopped_by(&error, test));
                let slot = guilty
                    .and_then(|place| waiting.get(place))
                    .and_then(|index| reports.get_mut(*index));
                match slot {
                    Some(slot) => *slot = Some(failed(error.to_string())),
                    None => return Err(error.into()),
                }
            }
        }
    }
    for (test, report) in chosen.iter().zip(&mut reports) {
        if report.is_none() && !test.is_todo {
            *report = Some(failed("not run: too many tests ended the engine".into()));
        }
    }
    Ok(TestRun {
        tests: chosen.into_iter().zip(reports).collect(),
        coverage,
    })
}

fn refused(test: &TestRule) -> Option<TestReport> {
    test.refusal
        .filter(|_| !test.is_todo)
        .map(|refusal| failed(refusal.to_owned()))
}

fn failed(message: String) -> TestReport {
    TestReport {
        end: TestEnd::Error(message),
        elapsed_us: 0,
        failures: Vec::new(),
        notes: Vec::new(),
        prints: Vec::new(),
    }
}

fn stopped_by(error: &EngineError, test: &TestRule) -> bool {
    matches!(error, EngineError::Stopped { activity, .. }
        if *activity == format!("evaluating `{}`", test.full_name()))
}

fn request(policies: &PolicySet, tests: &[&TestRule], options: &TestOptions<'_>) -> Request {
    let line = |test: &TestRule| u32::try_from(test.line).unwrap_or(u32::MAX);
    let covered = policies
        .files()
        .iter()
        .filter(|file| options.coverage && file.role == FileRole::Module)
        .map(|file| file.shown.clone());
    Request {
        modules: policies
            .files()
            .iter()
            .map(|file| Module {
                path: file.shown.clone(),
                source: file.text().to_owned(),
            })
            .collect(),
        data: policies.data_bytes().to_vec(),
        // As in OPA, there is no `input` but what `with` gives.
        inputs: vec![Vec::new()],
        as_of_ns: options.as_of.map_or(AS_OF_NS, Timestamp::unix_nanoseconds),
        calls: tests
            .iter()
            .map(|test| Call {
                id: test.full_name(),
                input: 0,
                package: test.package.clone(),
                heads: vec![test.name.clone()],
            })
            .collect(),
        lint: false,
        testing: Some(Testing {
            rules: tests
                .iter()
                .map(|test| TestPlace {
                    path: test.path.clone(),
                    line: line(test),
                    shares_name: test.shares_name,
                })
                .collect(),
            covered: covered.collect(),
        }),
        limits: Limits {
            run_ms: RUN_MS,
            ..Limits::DEFAULT
        },
    }
}

/// Whether `name` holds `pattern`, in which `*` stands for any text.
fn matches(pattern: &str, name: &str) -> bool {
    let mut rest = name;
    pattern.split('*').all(|part| match rest.split_once(part) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_looked_for_anywhere_in_the_name() {
        let name = "data.gates.deploy.approval_test.test_own_approval";
        for pattern in [
            "",
            "approval",
            "test_own*",
            "deploy*own",
            "data.*.test_own_approval",
        ] {
            assert!(matches(pattern, name), "{pattern}");
        }
        for pattern in ["other", "own*deploy", "approval_test*approval_test"] {
            assert!(!matches(pattern, name), "{pattern}");
        }
    }

    #[test]
    fn the_instant_is_the_one_that_is_documented() {
        let instant: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(instant.unix_nanoseconds(), AS_OF_NS);
    }
}
