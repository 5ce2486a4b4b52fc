//! Which parts of a statement are worth showing, and how each is evaluated by itself.

use std::collections::BTreeSet;

use regorus::unstable::{AssignOp, Expr, Literal, LiteralStmt, Query, Ref, Span};

use super::text;
use crate::engine::ast_lint::names::{Names, Scope};
use crate::engine::ast_lint::visit::{self, Node};
use crate::engine::limits::SHOWN_VALUES_MAX;

/// The variable that a part is assigned to. No policy has it.
pub(super) const VALUE: &str = "assize_value";

/// A part of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Operand {
    /// What it is called: its text.
    pub(super) label: String,
    /// Statements after which [`VALUE`] is its value.
    pub(super) steps: String,
    /// What it begins with, the longest first: shown where it has no value itself.
    pub(super) beginnings: Vec<Operand>,
}

/// What names mean where a statement stands.
pub(super) struct Place<'a> {
    pub(super) scope: &'a Scope,
    pub(super) names: &'a Names,
    /// Variables that the statements before it bind.
    pub(super) bound: BTreeSet<String>,
}

/// Returns the variables that `statement` declares, assigns or unifies.
pub(super) fn binds(statement: &LiteralStmt) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    visit::statement(statement, &mut |node| match node {
        Node::Local(name) | Node::Declared(name) => {
            found.insert(name.text().to_owned());
        }
        Node::Expr(Expr::AssignExpr { lhs, rhs, .. }) => {
            unified(lhs, &mut found);
            unified(rhs, &mut found);
        }
        Node::Expr(_) | Node::Reference(_) | Node::With(_) => {}
    });
    found
}

/// Adds the variables of a pattern.
fn unified(pattern: &Expr, found: &mut BTreeSet<String>) {
    match pattern {
        Expr::Var { span, .. } => {
            found.insert(span.text().to_owned());
        }
        Expr::Array { items, .. } => {
            for item in items {
                unified(item, found);
            }
        }
        Expr::Object { fields, .. } => {
            for (_, _, value) in fields {
                unified(value, found);
            }
        }
        _ => {}
    }
}

/// Returns the roots of the references in `statement`.
pub(super) fn uses(statement: &LiteralStmt) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    visit::statement(statement, &mut |node| {
        if let Node::Reference(reference) = node {
            found.extend(visit::root(reference).map(str::to_owned));
        }
    });
    found
}

/// Returns the parts of `statement`, the whole first where it is a plain expression.
pub(super) fn of(statement: &LiteralStmt, place: &Place<'_>) -> Vec<Operand> {
    let mut found = Found {
        place,
        with: text::with(statement),
        labels: BTreeSet::new(),
        operands: Vec::new(),
    };
    match &statement.literal {
        Literal::SomeVars { .. } => {}
        Literal::SomeIn { collection, .. } => found.part(collection),
        Literal::Expr { expr, .. } => found.top(expr),
        Literal::NotExpr { expr, .. } => {
            found.add(expr);
            found.parts(expr);
        }
        Literal::Every {
            key,
            value,
            domain,
            query,
            ..
        } => {
            let key = key.as_ref().map(Span::text);
            found.every(key, value.text(), domain, query);
            found.part(domain);
        }
    }
    found.with = "";
    for with in &statement.with_mods {
        found.part(&with.r#as);
    }
    found.operands.truncate(SHOWN_VALUES_MAX);
    found.operands
}

/// Returns `expr`, the value of a rule, and its parts.
pub(super) fn of_value(expr: &Ref<Expr>, place: &Place<'_>) -> Vec<Operand> {
    let mut found = Found {
        place,
        with: "",
        labels: BTreeSet::new(),
        operands: Vec::new(),
    };
    found.top(expr);
    found.operands.truncate(SHOWN_VALUES_MAX);
    found.operands
}

struct Found<'a> {
    place: &'a Place<'a>,
    with: &'a str,
    labels: BTreeSet<String>,
    operands: Vec<Operand>,
}

impl Found<'_> {
    /// A statement that is an expression: both sides of a comparison, then their parts.
    fn top(&mut self, expr: &Ref<Expr>) {
        match expr.as_ref() {
            Expr::BoolExpr { lhs, rhs, .. }
            | Expr::AssignExpr {
                op: AssignOp::Eq,
                lhs,
                rhs,
                ..
            } => {
                self.side(lhs);
                self.side(rhs);
                self.parts(lhs);
                self.parts(rhs);
            }
            Expr::AssignExpr { rhs, .. } => {
                self.side(rhs);
                self.parts(rhs);
            }
            Expr::Membership {
                key,
                value,
                collection,
                ..
            } => {
                for side in key.iter().chain([value, collection]) {
                    self.side(side);
                }
                self.parts(collection);
            }
            _ => {
                self.side(expr);
                self.parts(expr);
            }
        }
    }

    fn side(&mut self, expr: &Ref<Expr>) {
        if !is_constant(expr) {
            self.add(expr);
        }
    }

    /// `expr`, and what it is made of.
    fn part(&mut self, expr: &Ref<Expr>) {
        self.side(expr);
        self.parts(expr);
    }

    fn parts(&mut self, expr: &Ref<Expr>) {
        let children: Vec<&Ref<Expr>> = match expr.as_ref() {
            Expr::BoolExpr { lhs, rhs, .. }
            | Expr::ArithExpr { lhs, rhs, .. }
            | Expr::BinExpr { lhs, rhs, .. } => vec![lhs, rhs],
            Expr::Call { params, .. } => params.iter().collect(),
            Expr::UnaryExpr { expr: inner, .. } => vec![inner],
            Expr::Array { items, .. } | Expr::Set { items, .. } => items.iter().collect(),
            Expr::Object { fields, .. } => fields.iter().map(|(_, _, value)| value).collect(),
            Expr::Membership {
                value, collection, ..
            } => vec![value, collection],
            // `f.msg == "x"` is understood better with `f` beside it.
            Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } => return self.root(refr),
            // What a comprehension binds has no value outside of it.
            _ => return,
        };
        for child in children {
            self.part(child);
        }
    }

    /// The local variable that a reference begins with.
    fn root(&mut self, reference: &Ref<Expr>) {
        match reference.as_ref() {
            Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } => self.root(refr),
            Expr::Var { span, .. } if self.place.bound.contains(span.text()) => {
                self.add(reference);
            }
            Expr::Call { .. } => self.part(reference),
            _ => {}
        }
    }

    fn add(&mut self, expr: &Ref<Expr>) {
        if self.is_safe(expr, &BTreeSet::new()) {
            let mut operand = self.operand(expr);
            operand.beginnings = self.beginnings(expr);
            self.push(operand);
        }
    }

    fn operand(&self, expr: &Ref<Expr>) -> Operand {
        let label = text::of(expr.span());
        Operand {
            label: label.to_owned(),
            steps: format!("{VALUE} := ({label}) {}", self.with),
            beginnings: Vec::new(),
        }
    }

    /// What a reference goes through, down to its root; not whole packages.
    fn beginnings(&self, expr: &Ref<Expr>) -> Vec<Operand> {
        let mut found = Vec::new();
        let mut at = expr;
        while let Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } = at.as_ref() {
            at = refr;
            let path = visit::path(at).filter(|path| path.rest.is_empty());
            let full =
                path.and_then(|path| self.place.scope.resolve(&path.parts, self.place.names));
            let is_package = full.is_some_and(|full| self.place.names.is_package(&full));
            if !is_package && self.is_safe(at, &BTreeSet::new()) {
                found.push(self.operand(at));
            }
        }
        found
    }

    fn push(&mut self, operand: Operand) {
        if !operand.label.is_empty() && self.labels.insert(operand.label.clone()) {
            self.operands.push(operand);
        }
    }

    /// Whether all variables of `expr` have a value where the statement stands.
    fn is_safe(&self, expr: &Ref<Expr>, more: &BTreeSet<String>) -> bool {
        let mut inner = more.clone();
        let mut roots = BTreeSet::new();
        visit::expr(expr, &mut |node| match node {
            Node::Local(name) | Node::Declared(name) => {
                inner.insert(name.text().to_owned());
            }
            Node::Reference(reference) => {
                roots.extend(visit::root(reference).map(str::to_owned));
                // `x[i]` gives `i` a value.
                let mut at = reference;
                while let Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } = at {
                    if let Expr::RefBrack { index, .. } = at
                        && let Expr::Var { span, .. } = index.as_ref()
                    {
                        inner.insert(span.text().to_owned());
                    }
                    at = refr;
                }
            }
            Node::Expr(_) | Node::With(_) => {}
        });
        let place = self.place;
        roots.iter().all(|root| {
            inner.contains(root)
                || place.bound.contains(root)
                || root.starts_with('_')
                || place
                    .scope
                    .resolve(std::slice::from_ref(root), place.names)
                    .is_some()
        })
    }

    /// The elements for which the body of an `every` does not hold, and, for the first
    /// of them, what a body of one statement is made of.
    fn every(&mut self, key: Option<&str>, value: &str, domain: &Ref<Expr>, body: &Query) {
        if !self.is_safe(domain, &BTreeSet::new()) {
            return;
        }
        let domain = text::of(domain.span());
        let variables = key.map_or_else(|| value.to_owned(), |key| format!("{key}, {value}"));
        let shown = key.map_or_else(|| value.to_owned(), |key| format!("[{key}, {value}]"));
        let statements: Vec<_> = body.stmts.iter().map(|one| text::of(&one.span)).collect();
        let failing = format!(
            "some {variables} in {domain}\ncount([1 | {}]) == 0",
            statements.join("\n")
        );
        let with = self.with;
        self.push(Operand {
            label: format!("{variables} in {domain}, where it does not hold"),
            steps: format!("{VALUE} := [{shown} | {failing}] {with}"),
            beginnings: Vec::new(),
        });
        let [only] = body.stmts.as_slice() else {
            return;
        };
        let mut bound = self.place.bound.clone();
        bound.extend(key.iter().chain([&value]).map(|&name| name.to_owned()));
        let inside = Place {
            bound,
            ..*self.place
        };
        for operand in of(only, &inside) {
            // Of the first element alone.
            let steps = format!(
                "assize_all := [assize_each | {failing}\nassize_each := [{VALUE} | {}]] {with}\n\
                 {VALUE} := assize_all[0][_]",
                operand.steps
            );
            self.push(Operand {
                label: format!("{} (there)", operand.label),
                steps,
                beginnings: Vec::new(),
            });
        }
    }
}

/// Whether the text of `expr` says all that its value could.
fn is_constant(expr: &Ref<Expr>) -> bool {
    match expr.as_ref() {
        Expr::String { .. }
        | Expr::RawString { .. }
        | Expr::Number { .. }
        | Expr::Bool { .. }
        | Expr::Null { .. } => true,
        Expr::Array { items, .. } | Expr::Set { items, .. } => items.iter().all(is_constant),
        Expr::Object { fields, .. } => fields.iter().all(|(_, _, value)| is_constant(value)),
        Expr::UnaryExpr { expr, .. } => is_constant(expr),
        Expr::Call { params, fcn, .. } => params.is_empty() && text::of(fcn.span()) == "set",
        _ => false,
    }
}
