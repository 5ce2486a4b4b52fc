//! Rules without tests, and tests without rules.

use super::super::super::PolicySet;
use super::super::{LintCode, Report};
use super::{Source, has_head};

/// A rule that no test names.
pub(super) fn untested(
    source: &Source<'_>,
    set: &PolicySet,
    sources: &[Source<'_>],
    report: &mut Report,
) {
    let package = source.file().package();
    let rule = set.rules().iter().find(|rule| rule.package == package);
    if !rule.is_some_and(|rule| has_head(source, rule)) {
        return;
    }
    let path = source.package();
    let is_tested = sources
        .iter()
        .any(|other| holds_tests(other) && other.reads.iter().any(|read| read.is_in(&path)));
    if !is_tested {
        let name = source
            .file()
            .path
            .strip_suffix(".rego")
            .unwrap_or(&source.file().path);
        report.add(
            LintCode::RuleUntested,
            source.file(),
            source.file().outline.package_line,
            format!("no test reads `data.{package}`"),
            format!("write `{name}_test.rego`"),
        );
    }
}

/// A file of tests that has none, or whose tests read no policy.
pub(super) fn nothing(source: &Source<'_>, sources: &[Source<'_>], report: &mut Report) {
    let path = source.package();
    let is_read = sources.iter().any(|other| {
        other.file().path != source.file().path && other.reads.iter().any(|read| read.is_in(&path))
    });
    let message = if !holds_tests(source) {
        if is_read {
            // It serves other tests.
            return;
        }
        "no rule here is named `test_…`, and no other test reads the package"
    } else if reads_policy(source, sources) {
        return;
    } else {
        "the tests here read no package of policies"
    };
    report.add(
        LintCode::TestOfNothing,
        source.file(),
        source.file().outline.package_line,
        message,
        "test a rule, as `data.gates.deploy.approval.deny with input as …`, or remove the file",
    );
}

fn holds_tests(source: &Source<'_>) -> bool {
    source.file().outline.rules.iter().any(|rule| {
        let mut parts = rule.name.iter();
        parts.any(|part| part.starts_with("test_") || part.starts_with("todo_test_"))
    })
}

/// Whether a test reads, or lies in, a package that is not one of tests.
fn reads_policy(source: &Source<'_>, sources: &[Source<'_>]) -> bool {
    let package = source.package();
    sources
        .iter()
        .filter(|other| !other.is_test())
        .any(|other| {
            let policy = other.package();
            policy == package || source.reads.iter().any(|read| read.is_in(&policy))
        })
}
