//! Which heads may be evaluated in one query, sharing what both need.
//!
//! The engine's `eval_rule` runs every rule of a path. A query does not: it takes a
//! path for done as soon as one above it is, and a path is marked as done
//!
//! - when a policy refers to a whole package from within it: the engine then leaves
//!   out the very file that it is evaluating, so that `warn` may lose what that file
//!   adds to it, silently;
//! - when a rule above it is done, as `p.x` is for a rule `x.y` beside a rule `x`.
//!
//! Neither harms a head evaluated by itself in any way that depends on other heads.
//! So where a policy could do either, no heads are evaluated together. Nor are they
//! with `with`, which swaps all state of the engine while it lasts.

use std::collections::BTreeSet;

use regorus::unstable::{Expr, Module, Ref, Rule, RuleHead};

use super::names::{FullPath, Names, Scope, dotted, package, rule_name, starting_with};
use super::visit::{self, Node};

/// Heads that may be evaluated in one query.
#[derive(Default)]
pub(in crate::engine) struct Together {
    /// Package, as `gates.deploy.freeze`, and name, as `deny`.
    heads: BTreeSet<(String, String)>,
}

impl Together {
    /// Whether all of `heads` of `package` may be; never for fewer than two.
    pub(in crate::engine) fn allows(&self, package: &str, heads: &[String]) -> bool {
        heads.len() > 1
            && heads
                .iter()
                .all(|head| self.heads.contains(&(package.to_owned(), head.clone())))
    }
}

/// Returns the heads of `modules` that may be evaluated together.
pub(in crate::engine) fn together(modules: &[Ref<Module>], names: &Names) -> Together {
    if has_nested(names) || modules.iter().any(|module| is_far_reaching(module, names)) {
        return Together::default();
    }
    let mut heads = BTreeSet::new();
    let mut others = BTreeSet::new();
    for module in modules {
        let package = package(module);
        for rule in &module.policy {
            let mut path = package.clone();
            path.extend(rule_name(rule));
            let is_plain = path.iter().all(|part| is_name(part));
            let entry = match path.split_last() {
                Some((name, above)) if above.len() == package.len() => {
                    (dotted(above.get(1..).unwrap_or_default()), name.clone())
                }
                _ => continue,
            };
            if is_plain && is_set(rule) {
                heads.insert(entry);
            } else {
                others.insert(entry);
            }
        }
    }
    heads.retain(|head| !others.contains(head));
    Together { heads }
}

/// Whether a rule lies within another one, or holds a package.
fn has_nested(names: &Names) -> bool {
    names.rules.iter().any(|rule| {
        starting_with(&names.packages, rule).next().is_some()
            || starting_with(&names.rules, rule).nth(1).is_some()
    })
}

/// Whether `module` refers to a whole package, or uses `with`.
fn is_far_reaching(module: &Module, names: &Names) -> bool {
    let scope = Scope::of(module);
    let mut is_far = false;
    visit::module(module, &mut |node| match node {
        Node::With(_) => is_far = true,
        // A local variable may have the name of an import; it is taken for the import.
        Node::Reference(reference) => is_far |= may_be_package(reference, &scope, names),
        Node::Expr(_) | Node::Local(_) | Node::Declared(_) => {}
    });
    is_far
}

fn may_be_package(reference: &Expr, scope: &Scope, names: &Names) -> bool {
    let parts = constant(reference);
    let full: FullPath = match parts.split_first() {
        Some((root, _)) if root == "data" => parts,
        // The engine evaluates what an import names before it looks into it.
        Some((root, _)) => match scope.imports.get(root) {
            Some(imported) => imported.clone(),
            None => return false,
        },
        None => return false,
    };
    names.is_package(&full)
}

/// Returns the parts of `reference` that the engine takes together: it evaluates what
/// is left of brackets by itself, unless they hold a string in double quotes.
fn constant(reference: &Expr) -> FullPath {
    let mut reversed = Vec::new();
    let mut at = reference;
    loop {
        match at {
            Expr::Var { span, .. } => {
                reversed.push(span.text().to_owned());
                reversed.reverse();
                return reversed;
            }
            Expr::RefDot { refr, field, .. } => {
                reversed.push(field.0.text().to_owned());
                at = refr;
            }
            Expr::RefBrack { refr, index, .. } => {
                match index.as_ref() {
                    Expr::String { value, .. } => match value.as_string() {
                        Ok(text) => reversed.push(text.as_ref().to_owned()),
                        Err(_) => reversed.clear(),
                    },
                    _ => reversed.clear(),
                }
                at = refr;
            }
            _ => return Vec::new(),
        }
    }
}

fn is_set(rule: &Rule) -> bool {
    let Rule::Spec {
        head: RuleHead::Set { refr, .. },
        ..
    } = rule
    else {
        return false;
    };
    visit::path(refr).is_some_and(|path| path.rest.is_empty())
}

fn is_name(part: &str) -> bool {
    part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && part
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
