//! References that make the engine evaluate more than they name.

use std::collections::BTreeSet;

use regorus::unstable::{Module, Ref, Rule};

use super::finding;
use super::names::{Names, Scope, dotted};
use super::visit::{self, Node, Path};
use crate::engine::wire::{Finding, Level};

pub(super) fn lint(module: &Module, scope: &Scope, names: &Names, findings: &mut Vec<Finding>) {
    for rule in &module.policy {
        let locals = locals(rule);
        visit::rule(rule, &mut |node| {
            let Node::Reference(reference) = node else {
                return;
            };
            let root = visit::root(reference);
            if root.is_none_or(|root| root == "input" || locals.contains(root)) {
                return;
            }
            if let Some(path) = visit::path(reference) {
                // In a test, an error anywhere is a failure of that test, and is seen.
                let is_test = path.span.source.get_path().ends_with("_test.rego");
                let found = package_reference(&path, scope, names);
                findings.extend(found.filter(|f| f.level == Level::Refuse || !is_test));
            }
        });
    }
}

/// Returns the variables that `rule` binds itself.
pub(super) fn locals(rule: &Ref<Rule>) -> BTreeSet<&str> {
    let mut locals = BTreeSet::new();
    visit::rule(rule, &mut |node| {
        if let Node::Local(span) | Node::Declared(span) = node {
            locals.insert(span.text());
        }
    });
    locals
}

fn package_reference(path: &Path<'_>, scope: &Scope, names: &Names) -> Option<Finding> {
    let root = path.parts.first()?;
    let written = dotted(&path.parts);
    if let Some(imported) = scope
        .imports
        .get(root)
        .filter(|full| names.is_package(full))
    {
        let full = dotted(imported);
        if *imported == scope.package {
            return Some(finding(
                Level::Refuse,
                "own-package-import",
                path.span,
                format!("`{written}` is undefined: `{root}` imports the rule's own package"),
                "use the rule's name alone",
            ));
        }
        return Some(finding(
            Level::Warn,
            "whole-package",
            path.span,
            format!("`{written}` evaluates all of `{full}`: an error there is an error here"),
            format!("write `{full}.…`, or import the rule itself"),
        ));
    }
    let is_package = root == "data" && names.is_package(&path.parts);
    if is_package && !names.is_in_rule(&path.parts) {
        return Some(finding(
            Level::Warn,
            "whole-package",
            path.span,
            format!("`{written}` evaluates all of the package: an error there is an error here"),
            "name the rules",
        ));
    }
    None
}
