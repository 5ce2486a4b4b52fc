//! Calls: functions that do not exist, may not be called, or do not do what OPA's do.

use regorus::unstable::{Expr, Module, Ref, Span, WithModifier};

use super::names::{Names, Scope, dotted};
use super::visit::{self, Node};
use super::{finding, formats};
use crate::engine::builtins::{self, Builtin};
use crate::engine::wire::{Finding, Level};

pub(super) fn lint(module: &Module, scope: &Scope, names: &Names, findings: &mut Vec<Finding>) {
    visit::module(module, &mut |node| match node {
        Node::Expr(Expr::Call {
            span, fcn, params, ..
        }) => call(span, fcn, params, scope, names, findings),
        Node::Expr(Expr::AssignExpr { lhs, rhs, .. }) => {
            for side in [lhs, rhs] {
                walk(side, findings);
            }
        }
        Node::With(with) => replaced(with, scope, names, findings),
        Node::Expr(_) | Node::Reference(_) | Node::Local(_) | Node::Declared(_) => {}
    });
}

fn call(
    span: &Span,
    function: &Expr,
    params: &[Ref<Expr>],
    scope: &Scope,
    names: &Names,
    findings: &mut Vec<Finding>,
) {
    let Some(path) = visit::path(function) else {
        return;
    };
    let name = dotted(&path.parts);
    let own = scope.resolve(&path.parts, names);
    if let Some(arity) = own.as_ref().and_then(|full| names.functions.get(full)) {
        // One more argument is OPA's older form: it takes the result.
        if params.len() != *arity && params.len() != *arity + 1 {
            findings.push(wrong_arity(span, &name, params.len(), *arity));
        }
        return;
    }
    if own.is_some() {
        findings.push(finding(
            Level::Refuse,
            "unknown-function",
            span,
            format!("`{name}` is called, but is not a function in these policies"),
            "define it, or correct the name",
        ));
        return;
    }
    builtin(span, &name, params, findings);
    formats::lint(&name, params, findings);
}

fn builtin(span: &Span, name: &str, params: &[Ref<Expr>], findings: &mut Vec<Finding>) {
    let refuse =
        |code, message: String, hint: &str| finding(Level::Refuse, code, span, message, hint);
    match builtins::lookup(name) {
        Builtin::Print => {}
        Builtin::Native(arity) => {
            let arity = usize::from(arity);
            if params.len() != arity && params.len() != arity + 1 {
                findings.push(wrong_arity(span, name, params.len(), arity));
            }
        }
        Builtin::Extension(arity) => {
            let arity = usize::from(arity);
            if params.len() == arity + 1 {
                findings.push(refuse(
                    "output-argument",
                    format!("`{name}` takes {arity} arguments and none for its result"),
                    "write `x := f(…)`",
                ));
            } else if params.len() != arity {
                findings.push(wrong_arity(span, name, params.len(), arity));
            }
        }
        Builtin::NonDeterministic(hint) => findings.push(refuse(
            "non-deterministic-function",
            format!("`{name}` is refused: its value changes between runs"),
            hint,
        )),
        Builtin::Unsupported(hint) => findings.push(refuse(
            "unsupported-function",
            format!("`{name}` is not supported"),
            hint,
        )),
        Builtin::Unknown => {
            let hint = builtins::similar(name)
                .map_or("define it, or correct the name".to_owned(), |known| {
                    format!("did you mean `{known}`?")
                });
            findings.push(refuse(
                "unknown-function",
                format!("`{name}` is called, but is defined nowhere"),
                &hint,
            ));
        }
    }
}

fn wrong_arity(span: &Span, name: &str, given: usize, arity: usize) -> Finding {
    finding(
        Level::Refuse,
        "arity",
        span,
        format!("`{name}` takes {arity} arguments, but is given {given}"),
        "give as many as it takes",
    )
}

/// `x := walk(y)` has no values here; `walk(y, x)` has those that it has in OPA.
fn walk(side: &Expr, findings: &mut Vec<Finding>) {
    let Expr::Call {
        span, fcn, params, ..
    } = side
    else {
        return;
    };
    if fcn.span().text() == "walk" && params.len() == 1 {
        findings.push(finding(
            Level::Refuse,
            "walk-assignment",
            span,
            "an assigned `walk(x)` yields nothing in this engine",
            "write `walk(x, [path, value])`",
        ));
    }
}

fn replaced(with: &WithModifier, scope: &Scope, names: &Names, findings: &mut Vec<Finding>) {
    let Some(path) = visit::path(&with.refr) else {
        return;
    };
    let is_test = with.span.source.get_path().ends_with("_test.rego");
    let name = dotted(&path.parts);
    if scope.resolve(&path.parts, names).is_some() {
        return;
    }
    let level = Level::Refuse;
    match builtins::lookup(&name) {
        // The engine knows these itself, and can then replace them.
        Builtin::Extension(0) | Builtin::Native(_) if is_test => {}
        Builtin::Native(_) | Builtin::Print => findings.push(finding(
            level,
            "with-function",
            &with.span,
            format!("`with` replaces `{name}` outside of a test"),
            "give the value as an argument",
        )),
        Builtin::Extension(0) => findings.push(finding(
            level,
            "with-function",
            &with.span,
            format!("`with` moves the clock `{name}` outside of a test"),
            "use `input.as_of_ns`",
        )),
        Builtin::Extension(_) => findings.push(finding(
            level,
            "with-extension",
            &with.span,
            format!("`with` cannot replace `{name}` in this engine"),
            "wrap it in a function of your own, and replace that",
        )),
        Builtin::NonDeterministic(_) | Builtin::Unsupported(_) | Builtin::Unknown => {}
    }
}
