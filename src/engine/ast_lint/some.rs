//! `some x` that would find nothing, silently.

use regorus::unstable::{Literal, LiteralStmt, Module, Span};

use super::bodies::{self, Body};
use super::finding;
use super::names::{Names, Scope};
use super::{shadows, visit};
use crate::engine::wire::{Finding, Level};

pub(super) fn lint(module: &Module, scope: &Scope, names: &Names, findings: &mut Vec<Finding>) {
    for rule in &module.policy {
        let mut bodies = bodies::of_rule(rule);
        while let Some(body) = bodies.pop() {
            for statement in &body.query.stmts {
                findings.extend(taken(statement, scope, names));
                findings.extend(from_head(statement, &body));
                bodies.extend(bodies::below(statement));
            }
            bodies.extend(body.terms.iter().flat_map(|term| bodies::below_expr(term)));
        }
    }
}

/// What [`shadows`] has left as it was, because no other name was free or there were too
/// many of them.
fn taken(statement: &LiteralStmt, scope: &Scope, names: &Names) -> Vec<Finding> {
    if shadows::assigned(statement).is_some() {
        return Vec::new();
    }
    let declared = shadows::declared(statement).into_iter();
    let taken = declared.filter(|span| scope.is_global(span.text(), names));
    let findings = taken.map(|span| {
        finding(
            Level::Refuse,
            "declared-name-taken",
            span,
            format!("`some {0}`, and `{0}` is a rule or an import", span.text()),
            "give one of them another name",
        )
    });
    findings.collect()
}

/// A variable that only what stands before the body gives values to. The engine gets it
/// right where it stands there once.
fn from_head(statement: &LiteralStmt, body: &Body<'_>) -> Vec<Finding> {
    let Literal::SomeVars { vars, .. } = &statement.literal else {
        return Vec::new();
    };
    let mut before = Vec::new();
    for term in body.terms.iter().chain(&body.head) {
        visit::expr(term, &mut |node| {
            before.extend(shadows::name(&node).map(Span::text));
        });
    }
    let bound = vars.iter().filter(|var| {
        let times = before.iter().filter(|name| **name == var.text()).count();
        times > 1 && !is_used(var, body)
    });
    let findings = bound.map(|var| {
        finding(
            Level::Refuse,
            "bound-in-head",
            var,
            format!("nothing in the body gives `{}` a value", var.text()),
            format!("`some {}, x in xs` for `xs[{0}]` in the head", var.text()),
        )
    });
    findings.collect()
}

/// Whether a statement of `body` says more of `variable` than that it is there.
pub(super) fn is_used(variable: &Span, body: &Body<'_>) -> bool {
    let mut is_used = false;
    for other in &body.query.stmts {
        if !matches!(other.literal, Literal::SomeVars { .. }) {
            visit::statement(other, &mut |node| {
                is_used |= shadows::name(&node).is_some_and(|span| span.text() == variable.text());
            });
        }
    }
    is_used
}
