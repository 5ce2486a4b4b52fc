//! METADATA, ids and where packages lie.

use std::collections::BTreeMap;

use super::super::assemble::{is_of_package, package_annotation};
use super::super::custom::{self, CustomProblem};
use super::super::metadata::{Annotation, KEYS};
use super::super::requirement::KINDS;
use super::super::spelling::nearest;
use super::super::{Family, PolicyFile, PolicySet, Rule};
use super::{LintCode, Module, Report, by_package};

pub(super) fn lint(set: &PolicySet, modules: &[Module<'_>], report: &mut Report) {
    for module in modules {
        lint_path(module, report);
        for problem in &module.file.problems {
            report.add(
                LintCode::MetadataInvalid,
                module.file,
                problem.line,
                problem.message.clone(),
                "correct the METADATA block; its lines are YAML in one column",
            );
        }
        for annotation in &module.file.annotations {
            lint_keys(module.file, annotation, report);
        }
    }
    for (package, modules) in by_package(modules) {
        let files: Vec<&PolicyFile> = modules.iter().map(|module| module.file).collect();
        let package = package.join(".");
        let rule = set.rules().iter().find(|rule| rule.package == package);
        if let (Some(rule), Some(first)) = (rule, files.first()) {
            lint_package(rule, first, &files, report);
        }
    }
    lint_ids(set, modules, report);
}

fn lint_path(module: &Module<'_>, report: &mut Report) {
    let file = module.file;
    let package = &file.outline.package;
    if matches!(package.as_slice(), [only] if only == "gates") {
        report.add(
            LintCode::GateUnnamed,
            file,
            file.outline.package_line,
            "package `gates` belongs to no gate",
            "name the gate and the rule, as `package gates.deploy.approval`",
        );
    }
    if module.family == Family::Plain {
        return;
    }
    let expected = format!("{}.rego", package.join("/"));
    let is_below = |path: &str| path == expected || path.ends_with(&format!("/{expected}"));
    let depth = |path: &str| path.matches('/').count();
    // A root inside the tree is fine: what was loaded must be a tail of the path.
    if !is_below(&file.shown) || depth(&file.relative) > depth(&expected) {
        report.add(
            LintCode::PackagePath,
            file,
            file.outline.package_line,
            format!("package `{}` does not lie at `{expected}`", file.package()),
            format!("move the file to `{expected}` below the policy folder, or rename the package"),
        );
    }
}

fn lint_keys(file: &PolicyFile, annotation: &Annotation, report: &mut Report) {
    for key in &annotation.unknown {
        if let Some(meant) = nearest(key, &KEYS, 2) {
            misspelt(file, annotation.line, key, meant, report);
        }
    }
}

fn misspelt(file: &PolicyFile, line: usize, key: &str, meant: &str, report: &mut Report) {
    report.add(
        LintCode::MetadataUnknownKey,
        file,
        line,
        format!("METADATA key `{key}` means nothing"),
        format!("write `{meant}`, or choose a name that does not resemble it"),
    );
}

fn lint_package(rule: &Rule, first: &PolicyFile, files: &[&PolicyFile], report: &mut Report) {
    let is_strict = rule.family.is_strict();
    let Some((file, annotation)) = package_annotation(files) else {
        if is_strict {
            report.add(
                LintCode::MetadataMissing,
                first,
                rule.line,
                format!("package `{}` has no METADATA", rule.package),
                "put `# METADATA` with title and custom.{id, severity} above `package`",
            );
            lint_head(rule, first, rule.line, report);
        }
        return;
    };
    let custom = custom::read(&annotation.custom, &rule.family);
    for problem in &custom.problems {
        lint_problem(file, annotation.line, problem, report);
    }
    let has = |key: &str| annotation.custom.get(key).is_some_and(|v| !v.is_null());
    if is_strict {
        let parts = [
            ("title", annotation.title.is_some()),
            ("custom.id", has("id")),
            ("custom.severity", has("severity")),
        ];
        let missing: Vec<_> = parts.iter().filter(|p| !p.1).map(|p| p.0).collect();
        if !missing.is_empty() {
            report.add(
                LintCode::MetadataIncomplete,
                file,
                annotation.line,
                format!("METADATA has no `{}`", missing.join("`, `")),
                "every rule has a title, an id that never changes and a severity",
            );
        }
    }
    if is_strict || has("id") {
        lint_head(rule, file, annotation.line, report);
    }
    let blocks = files
        .iter()
        .flat_map(|file| file.annotations.iter().map(move |a| (*file, a)))
        .filter(|(_, annotation)| is_of_package(annotation));
    for (other, block) in blocks.skip(1) {
        report.add(
            LintCode::MetadataTwice,
            other,
            block.line,
            format!("package `{}` has METADATA twice", rule.package),
            format!("keep the block at {}:{}", file.shown, annotation.line),
        );
    }
}

fn lint_problem(file: &PolicyFile, line: usize, problem: &CustomProblem, report: &mut Report) {
    match problem {
        CustomProblem::Invalid(message) => report.add(
            LintCode::MetadataValue,
            file,
            line,
            message.clone(),
            "see docs/spec/policy.md for what each key takes",
        ),
        CustomProblem::Misspelt { key, meant } => misspelt(file, line, key, meant, report),
        CustomProblem::UnknownKind { kind } => report.add(
            LintCode::RequiresUnknownKind,
            file,
            line,
            format!("`requires` names the kind `{kind}`, which does not exist"),
            format!("the kinds are {}", KINDS.join(", ")),
        ),
    }
}

fn lint_head(rule: &Rule, file: &PolicyFile, line: usize, report: &mut Report) {
    if !rule.has_verdict() {
        let kinds = rule.family.head_kinds().iter();
        let verdicts = kinds.filter(|kind| kind.is_verdict());
        let names: Vec<_> = verdicts.map(|kind| kind.name()).collect();
        report.add(
            LintCode::HeadMissing,
            file,
            line,
            format!("package `{}` has no verdict head", rule.package),
            format!("add one of `{}`", names.join("`, `")),
        );
    }
}

/// Two rules with one id: a waiver for one would be a waiver for both.
fn lint_ids(set: &PolicySet, modules: &[Module<'_>], report: &mut Report) {
    let mut seen: BTreeMap<&str, &Rule> = BTreeMap::new();
    for rule in set.rules() {
        let Some(first) = seen.insert(&rule.id, rule) else {
            continue;
        };
        let file = modules
            .iter()
            .find(|module| module.file.path == rule.path)
            .map(|module| module.file);
        if let Some(file) = file {
            report.add(
                LintCode::IdDuplicate,
                file,
                rule.line,
                format!(
                    "packages `{}` and `{}` have one id `{}`",
                    first.package, rule.package, rule.id
                ),
                "an id names one rule and is never used again",
            );
        }
    }
}
