//! Local variables with a name that is taken.
//!
//! By an outer variable, of which they take the name half-way through a body:
//!
//! ```rego
//! name := input.name
//! twins := [name | input.all[i] == name; name := i]
//! ```
//!
//! OPA reads the first `name` of the comprehension as the outer variable and the others
//! as a new one. The engine refuses the text: "used before definition below".
//!
//! By the very variable that the statement assigns, as in `h := [h | some h in all]`,
//! which the engine refuses in the same words.
//!
//! Or by a rule or an import:
//!
//! ```rego
//! some i
//! input.all[i].bad
//! ```
//!
//! Where `i` is a rule, the engine iterates over nothing, silently, or refuses
//! `some i in …`.
//!
//! With another name for the variable the text means the same, and the engine takes it.
//!
//! INVARIANT: the other name is as long as the old one and occurs nowhere else in the
//! file, so nothing in the file moves or is hidden.

use std::collections::BTreeSet;

use regorus::unstable::{AssignOp, Expr, Literal, LiteralStmt, Module, Ref, Rule, Span};

use super::bodies::{self, Body};
use super::names::{Names, Scope};
use super::visit::{self, Node};

/// Words that are no names.
const KEYWORDS: [&str; 13] = [
    "as", "contains", "default", "else", "every", "false", "if", "import", "in", "not", "null",
    "package", "some",
];

/// Returns `source`, whose syntax tree is `module`, with its first such variable renamed;
/// nothing where there is none, or no other name of that length.
pub(super) fn renamed(module: &Module, names: &Names, source: &str) -> Option<String> {
    let scope = Scope::of(module);
    let is_global = |name: &str| scope.is_global(name, names);
    let places = module
        .policy
        .iter()
        .filter(|rule| may_hide(rule, &is_global))
        .flat_map(|rule| bodies::of_rule(rule))
        .find_map(|body| in_body(&body, &BTreeSet::new(), &BTreeSet::new(), &is_global))?;
    let old = places.first()?.text();
    let new = free_name(source, old)?;
    let mut text = source.to_owned();
    for place in &places {
        let range = usize::try_from(place.start).ok()?..usize::try_from(place.end).ok()?;
        if source.get(range.clone())? != old {
            return None;
        }
        text.replace_range(range, &new);
    }
    Some(text)
}

/// Whether `rule` declares a name twice, or one that is taken: the only ones to look into.
fn may_hide(rule: &Ref<Rule>, is_global: &dyn Fn(&str) -> bool) -> bool {
    let mut declared = BTreeSet::new();
    let mut may_hide = false;
    visit::rule(rule, &mut |node| {
        if let Node::Local(span) | Node::Declared(span) = node {
            may_hide |= !declared.insert(span.text()) || is_global(span.text());
        }
    });
    may_hide
}

/// Returns the places of the first variable to rename in `body` or below it. `outer` is
/// what the bodies around it have declared up to there, `pending` what the statement
/// around it is about to assign.
fn in_body<'a>(
    body: &Body<'a>,
    outer: &BTreeSet<&'a str>,
    pending: &BTreeSet<&'a str>,
    is_global: &dyn Fn(&str) -> bool,
) -> Option<Vec<Span>> {
    let mut own: BTreeSet<&str> = body.variables.iter().map(|span| span.text()).collect();
    let mut used: BTreeSet<&str> = BTreeSet::new();
    for (index, statement) in body.query.stmts.iter().enumerate() {
        let declared = declared(statement);
        let is_late = assigned(statement).is_some();
        let hides = declared.iter().map(|span| span.text()).find(|name| {
            if pending.contains(name) {
                true
            } else if is_late {
                outer.contains(name) && used.contains(name) && !own.contains(name)
            } else {
                is_global(name)
            }
        });
        if let Some(name) = hides {
            return Some(places(name, &declared, body, index));
        }
        let known: BTreeSet<&str> = outer.union(&own).copied().collect();
        let below = bodies::below(statement);
        let mut assigns = pending.clone();
        if is_late {
            assigns.extend(declared.iter().map(|span| span.text()));
        }
        if let Some(places) = below
            .iter()
            .find_map(|body| in_body(body, &known, &assigns, is_global))
        {
            return Some(places);
        }
        visit::statement(statement, &mut |node| {
            used.extend(name(&node).map(Span::text));
        });
        own.extend(declared.iter().map(|span| span.text()));
    }
    let known: BTreeSet<&str> = outer.union(&own).copied().collect();
    body.terms.iter().find_map(|term| {
        let below = bodies::below_expr(term);
        below
            .iter()
            .find_map(|body| in_body(body, &known, pending, is_global))
    })
}

/// Returns where `variable` is what the statement at `index` declares: there, in later
/// statements and in what is evaluated last. A body further in that declares the name
/// once more is renamed whole, which changes nothing.
fn places(variable: &str, declared: &[&Span], body: &Body<'_>, index: usize) -> Vec<Span> {
    let is_named = |span: &&Span| span.text() == variable;
    let mut places: Vec<Span> = declared.iter().copied().filter(is_named).cloned().collect();
    let mut collect = |node: Node<'_>| places.extend(name(&node).filter(is_named).cloned());
    for later in body.query.stmts.iter().skip(index + 1) {
        visit::statement(later, &mut collect);
    }
    for term in body.terms.iter().chain(&body.head) {
        visit::expr(term, &mut collect);
    }
    places.sort_by_key(|span| span.start);
    places.dedup_by_key(|span| span.start);
    places
}

/// Returns the variables that `statement` declares for those after it.
pub(super) fn declared(statement: &LiteralStmt) -> Vec<&Span> {
    let mut variables = Vec::new();
    match &statement.literal {
        Literal::SomeVars { vars, .. } => variables.extend(vars),
        Literal::SomeIn { key, value, .. } => {
            for pattern in key.iter().chain([value]) {
                visit::pattern(pattern, &mut |node| variables.extend(local(&node)));
            }
        }
        _ => {
            if let Some(pattern) = assigned(statement) {
                visit::pattern(pattern, &mut |node| variables.extend(local(&node)));
            }
        }
    }
    variables
}

/// Returns the left side of `… := …`.
pub(super) fn assigned(statement: &LiteralStmt) -> Option<&Ref<Expr>> {
    match &statement.literal {
        Literal::Expr { expr, .. } => match expr.as_ref() {
            Expr::AssignExpr {
                op: AssignOp::ColEq,
                lhs,
                ..
            } => Some(lhs),
            _ => None,
        },
        _ => None,
    }
}

fn local<'a>(node: &Node<'a>) -> Option<&'a Span> {
    match node {
        Node::Local(span) => Some(span),
        _ => None,
    }
}

/// Returns the variable that `node` names.
pub(super) fn name<'a>(node: &Node<'a>) -> Option<&'a Span> {
    match node {
        Node::Local(span) | Node::Declared(span) => Some(span),
        Node::Reference(reference) => visit::root_span(reference),
        Node::Expr(_) | Node::With(_) => None,
    }
}

/// Returns a name as long as `old` that is no word of `source`, comments included.
fn free_name(source: &str, old: &str) -> Option<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words: BTreeSet<&str> = source.split(|c| !is_part(c)).collect();
    let kept = old.len().checked_sub(1)?;
    let stem = old.get(..kept)?;
    let last = "zyxwvutsrqponmlkjihgfedcbaZYXWVUTSRQPONMLKJIHGFEDCBA".chars();
    let mut tried = last.map(|letter| format!("{stem}{letter}"));
    tried.find(|name| !words.contains(name.as_str()) && !KEYWORDS.contains(&name.as_str()))
}
