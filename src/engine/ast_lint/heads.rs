//! The heads that modules define, and base data that would replace them.

use regorus::Value as Term;
use regorus::unstable::{Expr, Module, Ref, Rule, RuleHead};

use super::names::{FullPath, dotted, package, rule_name};
use super::{finding, visit};
use crate::engine::wire::{Finding, Form, Head, Level};

/// Returns every rule head of `modules`, in order of path and line.
pub(in crate::engine) fn heads(modules: &[Ref<Module>]) -> Vec<Head> {
    let mut heads = Vec::new();
    for module in modules {
        let package = package(module);
        for rule in &module.policy {
            heads.push(Head {
                path: rule.span().source.get_path().clone(),
                line: rule.span().line,
                package: dotted(package.get(1..).unwrap_or_default()),
                name: dotted(&rule_name(rule)),
                form: form(rule),
            });
        }
    }
    heads.sort();
    heads
}

fn form(rule: &Rule) -> Form {
    match rule {
        Rule::Default { .. } => Form::Default,
        Rule::Spec { head, .. } => match head {
            RuleHead::Set { .. } => Form::Set,
            RuleHead::Func { .. } => Form::Function,
            RuleHead::Compr { refr, .. } => match refr.as_ref() {
                Expr::RefBrack { .. } => Form::Object,
                reference if visit::path(reference).is_some_and(|path| !path.rest.is_empty()) => {
                    Form::Object
                }
                _ => Form::Complete,
            },
        },
    }
}

/// Returns the rules of `modules` that base `data` would replace, or hide in part.
///
/// Data may stand beside rules, as `data.json` in a policy folder does; it may not
/// hold anything at, above (but for objects) or below a rule.
pub(in crate::engine) fn overlaps(modules: &[Ref<Module>], data: &Term) -> Vec<Finding> {
    let mut findings = Vec::new();
    for module in modules {
        let package = package(module);
        for rule in &module.policy {
            let mut path: FullPath = package.clone();
            path.extend(rule_name(rule));
            if let Some(found) = overlap(path.get(1..).unwrap_or_default(), data) {
                findings.push(finding(
                    Level::Refuse,
                    "data-shadows-rule",
                    rule.span(),
                    format!(
                        "base data at `{}` would replace rule `{}`",
                        dotted(path.get(..=found).unwrap_or_default()),
                        dotted(&path)
                    ),
                    "rename the rule or the data",
                ));
            }
        }
    }
    findings.sort();
    findings.dedup();
    findings
}

/// Returns how many parts of `path` lead to data that overlaps it.
fn overlap(path: &[String], data: &Term) -> Option<usize> {
    let mut at = data;
    for (depth, part) in path.iter().enumerate() {
        let Ok(object) = at.as_object() else {
            return Some(depth);
        };
        at = object.get(&Term::from(part.as_str()))?;
    }
    Some(path.len())
}
