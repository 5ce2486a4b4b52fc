//! `some x` behind a statement that iterates.
//!
//! ```rego
//! name := input.names[_]
//! some i
//! input.all[i] == name
//! ```
//!
//! The engine ends in an error at the second name: "duplicated definition of local
//! variable". Without the declaration `i` is local as well, unless it is the name of
//! something else, so `true` may stand in its place.
//!
//! INVARIANT: what stands there is as long as the declaration, so nothing in the file
//! moves.

use std::collections::BTreeSet;

use regorus::unstable::{Literal, Module, Ref, Rule, Span};

use super::bodies::{self, Body};
use super::names::{Names, Scope};
use super::visit::{self, Node};
use super::{shadows, some};

/// Returns `source`, whose syntax tree is `module`, without such declarations; nothing
/// where there are none.
pub(super) fn removed(module: &Module, names: &Names, source: &str) -> Option<String> {
    let scope = Scope::of(module);
    let is_global = |name: &str| scope.is_global(name, names);
    let mut found = Vec::new();
    for rule in module.policy.iter().filter(|rule| declares(rule)) {
        for body in bodies::of_rule(rule) {
            in_body(&body, &BTreeSet::new(), &is_global, &mut found);
        }
    }
    let mut text = source.to_owned();
    for (first, last) in &found {
        let range = usize::try_from(first.start).ok()?..usize::try_from(last.end).ok()?;
        let declaration = source.get(range.clone())?;
        if !declaration.starts_with("some") {
            return None;
        }
        let rest = declaration.chars().skip(4).flat_map(|c| {
            let blank = if c == '\n' || c == '\r' { c } else { ' ' };
            std::iter::repeat_n(blank, c.len_utf8())
        });
        let blank: String = "true".chars().chain(rest).collect();
        text.replace_range(range, &blank);
    }
    (!found.is_empty()).then_some(text)
}

/// Whether `rule` has a `some x` at all.
fn declares(rule: &Ref<Rule>) -> bool {
    let mut declares = false;
    visit::rule(rule, &mut |node| {
        declares |= matches!(node, Node::Declared(_));
    });
    declares
}

fn in_body<'a>(
    body: &Body<'a>,
    outer: &BTreeSet<&'a str>,
    is_global: &impl Fn(&str) -> bool,
    found: &mut Vec<(Span, Span)>,
) {
    let mut known = outer.clone();
    known.extend(body.variables.iter().map(|span| span.text()));
    let mut used: BTreeSet<&str> = BTreeSet::new();
    let mut is_first = true;
    for statement in &body.query.stmts {
        if let Literal::SomeVars { span, vars } = &statement.literal {
            let is_free =
                |name: &str| !known.contains(name) && !used.contains(name) && !is_global(name);
            if let Some(last) = vars.last()
                && !is_first
                && statement.with_mods.is_empty()
                && vars
                    .iter()
                    .all(|var| is_free(var.text()) && some::is_used(var, body))
            {
                found.push((span.clone(), last.clone()));
            }
        } else {
            is_first = false;
        }
        for below in bodies::below(statement) {
            in_body(&below, &known, is_global, found);
        }
        visit::statement(statement, &mut |node| {
            used.extend(shadows::name(&node).map(Span::text));
        });
        known.extend(shadows::declared(statement).into_iter().map(Span::text));
    }
    for term in &body.terms {
        for below in bodies::below_expr(term) {
            in_body(&below, &known, is_global, found);
        }
    }
}
