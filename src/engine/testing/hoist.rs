//! Tests with the values of `with` evaluated before their statement, as OPA has it.
//!
//! `p with input as f.of(x)` becomes `assize_with_1 := f.of(x)` and
//! `p with input as assize_with_1`. OPA's compiler does the same. The engine evaluates
//! the value after it has forgotten what rules are worth, and then finds some undefined:
//! `g(data.p.s) with input as f.of(1)`, where `s` and the test import the same `f`.
//!
//! And `with items as x`, where `items` is a rule of the test's package, becomes
//! `with data.p_test.items as x`: OPA takes either, the engine the second alone.
//!
//! INVARIANT: no line of a test moves.

use std::collections::BTreeSet;
use std::ops::Range;

use regorus::unstable::{Expr, Literal, LiteralStmt, Module as Ast, Query, Ref, Rule, RuleHead};

use super::text;
use crate::engine::ast_lint::names;
use crate::engine::ast_lint::visit::{self, Node};
use crate::engine::interpreter::rule_path;
use crate::engine::wire::{Module, Request, Testing};

const NAME: &str = "assize_with_";

/// The modules, rewritten where they hold tests.
pub(super) struct Hoisted {
    pub(super) modules: Vec<Module>,
    pub(super) values: Values,
}

/// What the names stand for, by their number from 1.
#[derive(Default)]
pub(super) struct Values(Vec<String>);

impl Values {
    /// Returns `text` as its author wrote it.
    pub(super) fn restored(&self, text: &str) -> String {
        let mut restored = text.to_owned();
        // The last first: `assize_with_1` begins `assize_with_12`.
        for (index, value) in self.0.iter().enumerate().rev() {
            if restored.contains(NAME) {
                restored = restored.replace(&format!("{NAME}{}", index + 1), value);
            }
        }
        restored
    }
}

/// Whether a variable was made here.
pub(super) fn is_ours(variable: &str) -> bool {
    variable.starts_with(NAME)
}

/// Rewrites the modules of `request` that hold tests, or lie in files of tests.
///
/// What coverage is measured of is left as a gate evaluates it.
pub(super) fn modules(request: &Request, testing: &Testing, parsed: &[Ref<Ast>]) -> Hoisted {
    let mut values = Values::default();
    let is_test = |path: &String| {
        !testing.covered.contains(path)
            && (path.ends_with("_test.rego") || testing.rules.iter().any(|rule| rule.path == *path))
    };
    let modules = request
        .modules
        .iter()
        .map(|module| {
            let ast = parsed
                .iter()
                .filter(|_| is_test(&module.path))
                .find(|ast| ast.package.span.source.get_path() == &module.path);
            let edits = ast.map_or_else(Vec::new, |ast| {
                let mut rewriter = Rewriter::of(ast, parsed, &mut values);
                ast.policy.iter().for_each(|rule| rewriter.rule(rule));
                rewriter.edits
            });
            Module {
                path: module.path.clone(),
                source: text::edited(text::source(module, ast), edits),
            }
        })
        .collect();
    Hoisted { modules, values }
}

/// What is to be changed in one module.
struct Rewriter<'v> {
    values: &'v mut Values,
    package: String,
    /// The rules of the module's package that are not functions.
    rules: BTreeSet<String>,
    edits: Vec<(Range<usize>, String)>,
}

impl<'v> Rewriter<'v> {
    fn of(module: &Ast, parsed: &[Ref<Ast>], values: &'v mut Values) -> Self {
        let package = names::package(module);
        let is_function = |rule: &Rule| {
            matches!(
                rule,
                Rule::Spec {
                    head: RuleHead::Func { .. },
                    ..
                }
            )
        };
        let rules = parsed
            .iter()
            .filter(|other| names::package(other) == package)
            .flat_map(|other| &other.policy)
            .filter(|rule| !is_function(rule))
            .filter_map(|rule| names::rule_name(rule).into_iter().next())
            .collect();
        Self {
            values,
            package: names::dotted(package.get(1..).unwrap_or_default()),
            rules,
            edits: Vec::new(),
        }
    }

    /// Rewrites the bodies of `rule`, and the comprehensions in it.
    fn rule(&mut self, rule: &Ref<Rule>) {
        if let Rule::Spec { bodies, .. } = rule.as_ref() {
            for body in bodies {
                self.query(&body.query);
            }
        }
        let mut inner = Vec::new();
        visit::rule(rule, &mut |node| {
            if let Node::Expr(
                Expr::ArrayCompr { span, query, .. }
                | Expr::SetCompr { span, query, .. }
                | Expr::ObjectCompr { span, query, .. },
            ) = node
            {
                inner.push((span, query));
            }
        });
        for (span, query) in inner {
            // What is moved as a whole stays as it is.
            let place = text::range(span);
            let is_moved = self
                .edits
                .iter()
                .any(|(moved, _)| moved.start <= place.start && place.end <= moved.end);
            if !is_moved {
                query.stmts.iter().for_each(|one| self.statement(one));
            }
        }
    }

    fn query(&mut self, query: &Query) {
        let Some(first) = query.stmts.first() else {
            return;
        };
        let start = text::range(&first.span).start;
        let has_braces = text::range(&query.span).start != start;
        let opening = self.edits.len();
        for one in &query.stmts {
            self.statement(one);
            if let Literal::Every { query, .. } = &one.literal {
                query.stmts.iter().for_each(|inner| self.statement(inner));
            }
        }
        if self.edits.len() > opening && !has_braces {
            self.edits.insert(opening, (start..start, "{ ".into()));
            let end = text::range(&first.span).end;
            self.edits.push((end..end, " }".into()));
        }
    }

    fn statement(&mut self, one: &LiteralStmt) {
        let start = text::range(&one.span).start;
        for with in &one.with_mods {
            let Some(root) = visit::root(&with.refr) else {
                continue;
            };
            if self.rules.contains(root) {
                // OPA takes the name of a rule; the engine wants its path.
                let name = text::range(with.refr.span()).start;
                let path = rule_path(&self.package, root);
                self.edits.push((name..name + root.len(), path));
            } else if root != "input" && root != "data" {
                // `with f as g` names functions, which have no value.
                continue;
            }
            if matches!(
                with.r#as.as_ref(),
                Expr::Call { .. } | Expr::RefDot { .. } | Expr::RefBrack { .. }
            ) {
                let value = text::of(with.r#as.span());
                self.values.0.push(value.to_owned());
                let name = format!("{NAME}{}", self.values.0.len());
                let before = format!("{name} := {value}; ");
                self.edits.push((start..start, before));
                self.edits.push((text::range(with.r#as.span()), name));
            }
        }
    }
}
