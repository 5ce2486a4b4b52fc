//! What the authors of a library of policies want to know, and a gate need not say.
//!
//! Remarks are about what is unused, untested or undocumented, and about reads that
//! nothing requires. None of them refuses a policy.

use std::collections::BTreeSet;

use super::super::module::{HeadForm, RuleHead};
use super::super::reads::{self, Read};
use super::super::{Family, FileRole, PolicyFile, PolicySet, Rule};
use super::{LintCode, LintFinding, Module, Report};

mod facts;
mod tested;

/// How other tools and languages call a verdict.
const LOOKALIKES: &[&str] = &[
    "alert",
    "block",
    "blocked",
    "blocking",
    "denial",
    "denials",
    "denied",
    "deniedby",
    "error",
    "errors",
    "fail",
    "failed",
    "failure",
    "failures",
    "fired",
    "fires",
    "forbid",
    "refuse",
    "refused",
    "reject",
    "rejected",
    "triggered",
    "violated",
    "warned",
    "warnings",
];

/// One file with what it reads.
struct Source<'a> {
    module: Module<'a>,
    reads: Vec<Read>,
}

impl Source<'_> {
    fn file(&self) -> &PolicyFile {
        self.module.file
    }

    fn is_test(&self) -> bool {
        self.file().role == FileRole::Test
    }

    fn package(&self) -> Vec<&str> {
        let parts = self.file().outline.package.iter();
        ["data"]
            .into_iter()
            .chain(parts.map(String::as_str))
            .collect()
    }
}

/// Returns the remarks on `set`, sorted by path, line and code.
pub fn remarks(set: &PolicySet) -> Vec<LintFinding> {
    let sources: Vec<Source<'_>> = set
        .files()
        .iter()
        .map(|file| {
            let module = Module::new(file);
            let reads = reads::of(file, module.tokens());
            Source { module, reads }
        })
        .collect();
    let mut report = Report::default();
    for source in &sources {
        imports(source, &mut report);
        if source.is_test() {
            tested::nothing(source, &sources, &mut report);
            continue;
        }
        if source.module.family == Family::Lib {
            undocumented(source, &sources, &mut report);
        }
        if source.module.family.is_strict() {
            unused(source, &sources, &mut report);
            unselectable(source, &mut report);
            tested::untested(source, set, &sources, &mut report);
            let package = source.file().package();
            if let Some(rule) = set.rules().iter().find(|rule| rule.package == package) {
                facts::unrequired(source, rule, &mut report);
                facts::unpinned(source, rule, &mut report);
            }
        }
    }
    report.findings.sort();
    report.findings.dedup();
    report.findings
}

/// Imports that nothing in the file uses.
fn imports(source: &Source<'_>, report: &mut Report) {
    for import in &source.file().outline.imports {
        let is_document = matches!(
            import.path.first().map(String::as_str),
            Some("data" | "input")
        );
        let is_used = source
            .module
            .references()
            .any(|(_, token)| token.text == import.alias && token.line != import.line);
        if is_document && !is_used {
            report.add(
                LintCode::ImportUnused,
                source.file(),
                import.line,
                format!("`{}` is imported and not used", import.alias),
                "remove the import",
            );
        }
    }
}

/// Rules and functions of a rule's package that no policy reads.
fn unused(source: &Source<'_>, sources: &[Source<'_>], report: &mut Report) {
    let package = source.package();
    let mut seen = BTreeSet::new();
    for rule in &source.file().outline.rules {
        let name = rule.first_name();
        let is_verdict = source.module.family.head_kind(name).is_some();
        let is_test = name.starts_with("test_") || name.starts_with("todo_test_");
        if is_verdict || is_test || name.starts_with('_') || !seen.insert(name) {
            continue;
        }
        let mut path = package.clone();
        path.push(name);
        let is_read = sources
            .iter()
            .filter(|other| !other.is_test())
            .any(|other| {
                other.reads.iter().any(|read| read.is_in(&path))
                    || other.package() == package && mentions(other, name)
            });
        if !is_read {
            unread(source, rule, report);
        }
    }
}

fn unread(source: &Source<'_>, rule: &RuleHead, report: &mut Report) {
    let name = rule.first_name();
    if rule.form == HeadForm::Set && LOOKALIKES.contains(&name) {
        let heads: Vec<_> = source
            .module
            .family
            .head_kinds()
            .iter()
            .map(|kind| kind.name())
            .collect();
        report.add(
            LintCode::HeadLookalike,
            source.file(),
            rule.line,
            format!("no policy reads `{name}`, and it is not a verdict head"),
            format!("the heads that count here are `{}`", heads.join("`, `")),
        );
        return;
    }
    report.add(
        LintCode::RuleUnused,
        source.file(),
        rule.line,
        format!("no policy reads `{name}`"),
        "remove it, or use it; what only tests need belongs in their file",
    );
}

/// Whether `name` stands in a file of its package, other than as the head of a rule.
fn mentions(source: &Source<'_>, name: &str) -> bool {
    let rules = source.file().outline.rules.iter();
    let heads = rules.filter(|rule| rule.first_name() == name).count();
    let all = source.module.references();
    all.filter(|(_, token)| token.text == name).count() > heads
}

/// Packages of `lib` that others use and no comment introduces.
fn undocumented(source: &Source<'_>, sources: &[Source<'_>], report: &mut Report) {
    let path = source.package();
    let is_used = sources.iter().any(|other| {
        !other.is_test()
            && other.package() != path
            && other.reads.iter().any(|read| read.is_in(&path))
    });
    let line = source.file().outline.package_line;
    let mut comments = source.module.lexed.comments.iter();
    if is_used && !comments.any(|comment| comment.line < line) {
        report.add(
            LintCode::LibUndocumented,
            source.file(),
            line,
            format!(
                "`{}` is used by other packages, and no comment says what for",
                source.file().package()
            ),
            "write a comment or a METADATA block above `package`",
        );
    }
}

/// Gates that no command line can name.
fn unselectable(source: &Source<'_>, report: &mut Report) {
    let Family::Gate(name) = &source.module.family else {
        return;
    };
    let is_name = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if !is_name {
        report.add(
            LintCode::GateUnselectable,
            source.file(),
            source.file().outline.package_line,
            format!("`assize gate` takes no gate named `{name}`"),
            "use letters, digits, `-` and `_`",
        );
    }
}

/// Whether `rule` has a verdict head in `source`.
fn has_head(source: &Source<'_>, rule: &Rule) -> bool {
    rule.heads
        .iter()
        .any(|head| head.path == source.file().path)
}
