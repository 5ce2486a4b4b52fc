//! Variables that nothing can give a value. OPA refuses them; the engine ends in an
//! error too, but only where evaluation gets that far.

use std::collections::BTreeSet;

use regorus::unstable::{AssignOp, Expr, Module, Ref, Rule};

use super::finding;
use super::names::{Names, Scope, dotted};
use super::visit::{self, Node};
use crate::engine::builtins::{self, Builtin};
use crate::engine::wire::{Finding, Level};

pub(super) fn lint(module: &Module, scope: &Scope, names: &Names, findings: &mut Vec<Finding>) {
    for rule in &module.policy {
        let bound = bound(rule, scope, names);
        visit::rule(rule, &mut |node| {
            let Node::Reference(reference) = node else {
                return;
            };
            let Some(root) = visit::root(reference) else {
                return;
            };
            let is_known = bound.contains(root)
                || root.starts_with('_')
                || scope.resolve(&[root.to_owned()], names).is_some();
            if !is_known {
                findings.push(finding(
                    Level::Refuse,
                    "unsafe-variable",
                    reference.span(),
                    format!("variable `{root}` has no value"),
                    "bind it in the body, or correct the name",
                ));
            }
        });
    }
}

/// Returns the variables that something in `rule` may bind.
fn bound<'a>(rule: &'a Ref<Rule>, scope: &Scope, names: &Names) -> BTreeSet<&'a str> {
    let mut bound = BTreeSet::new();
    visit::rule(rule, &mut |node| match node {
        Node::Local(span) => {
            bound.insert(span.text());
        }
        Node::Expr(Expr::AssignExpr {
            op: AssignOp::Eq,
            lhs,
            rhs,
            ..
        }) => {
            unified(lhs, &mut bound);
            unified(rhs, &mut bound);
        }
        Node::Expr(Expr::Call { fcn, params, .. }) => {
            if let Some(last) = params.last()
                && takes_output(fcn, params.len(), scope, names)
            {
                unified(last, &mut bound);
            }
        }
        Node::Reference(reference) => iterated(reference, &mut bound),
        Node::Expr(_) | Node::Declared(_) | Node::With(_) => {}
    });
    bound
}

/// Adds the variables of a pattern.
fn unified<'a>(pattern: &'a Expr, bound: &mut BTreeSet<&'a str>) {
    match pattern {
        Expr::Var { span, .. } => {
            bound.insert(span.text());
        }
        Expr::Array { items, .. } | Expr::Set { items, .. } => {
            for item in items {
                unified(item, bound);
            }
        }
        Expr::Object { fields, .. } => {
            for (_, _, value) in fields {
                unified(value, bound);
            }
        }
        _ => {}
    }
}

/// Adds the variables in brackets: `x[i]` gives `i` every key of `x`.
fn iterated<'a>(reference: &'a Expr, bound: &mut BTreeSet<&'a str>) {
    let mut at = reference;
    loop {
        match at {
            Expr::RefBrack { refr, index, .. } => {
                unified(index, bound);
                at = refr;
            }
            Expr::RefDot { refr, .. } => at = refr,
            _ => return,
        }
    }
}

fn takes_output(function: &Expr, given: usize, scope: &Scope, names: &Names) -> bool {
    let Some(path) = visit::path(function) else {
        return false;
    };
    let own = scope
        .resolve(&path.parts, names)
        .and_then(|full| names.functions.get(&full).copied());
    let arity = own.or_else(|| match builtins::lookup(&dotted(&path.parts)) {
        Builtin::Native(arity) | Builtin::Extension(arity) => Some(usize::from(arity)),
        _ => None,
    });
    arity.is_none_or(|arity| given > arity)
}
