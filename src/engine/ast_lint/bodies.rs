//! The bodies of rules, and those within them, as scopes of variables.

use regorus::unstable::{Expr, Literal, LiteralStmt, Query, Ref, Rule, RuleHead, Span};

use super::visit::{self, Node};

/// A body within another one, with what it declares before its first statement and what
/// is evaluated after its last.
pub(super) struct Body<'a> {
    pub(super) variables: Vec<&'a Span>,
    pub(super) query: &'a Query,
    pub(super) terms: Vec<&'a Ref<Expr>>,
    /// What the rule's head says with its variables.
    pub(super) head: Vec<&'a Ref<Expr>>,
}

/// Returns the bodies of `rule`, and those in its head. Arguments and what bodies declare
/// are none of theirs: OPA does not let these be hidden.
pub(super) fn of_rule(rule: &Rule) -> Vec<Body<'_>> {
    let (head, bodies) = match rule {
        Rule::Spec { head, bodies, .. } => (head, bodies),
        Rule::Default { value, .. } => return below_expr(value),
    };
    let said = match head {
        RuleHead::Func { assign, .. } | RuleHead::Compr { assign, .. } => {
            assign.as_ref().map(|assign| &assign.value)
        }
        RuleHead::Set { key, .. } => key.as_ref(),
    };
    let (RuleHead::Func { refr, .. } | RuleHead::Compr { refr, .. } | RuleHead::Set { refr, .. }) =
        head;
    let bodies = bodies.iter().enumerate().map(|(index, body)| Body {
        variables: Vec::new(),
        query: &body.query,
        terms: Vec::new(),
        // Those after the first are `else`, with a value of their own.
        head: if index == 0 {
            said.into_iter().chain(brackets(refr)).collect()
        } else {
            body.assign.iter().map(|assign| &assign.value).collect()
        },
    });
    let in_head = said.into_iter().chain(brackets(refr)).flat_map(below_expr);
    bodies.chain(in_head).collect()
}

/// Returns what stands in the brackets of the name of a rule.
fn brackets(name: &Expr) -> Vec<&Ref<Expr>> {
    let mut found = Vec::new();
    let mut at = name;
    loop {
        match at {
            Expr::RefDot { refr, .. } => at = refr,
            Expr::RefBrack { refr, index, .. } => {
                found.push(index);
                at = refr;
            }
            _ => return found,
        }
    }
}

/// Returns the bodies directly below `statement`.
pub(super) fn below(statement: &LiteralStmt) -> Vec<Body<'_>> {
    inner(|see| visit::statement(statement, see), Some(statement))
}

/// Returns the bodies directly below `expr`.
pub(super) fn below_expr(expr: &Ref<Expr>) -> Vec<Body<'_>> {
    inner(|see| visit::expr(expr, see), None)
}

/// Returns the bodies directly below what `walk` shows.
fn inner<'a>(
    walk: impl FnOnce(&mut dyn FnMut(Node<'a>)),
    statement: Option<&'a LiteralStmt>,
) -> Vec<Body<'a>> {
    let mut bodies: Vec<(u32, u32, Body<'a>)> = Vec::new();
    if let Some(Literal::Every {
        span,
        key,
        value,
        query,
        ..
    }) = statement.map(|one| &one.literal)
    {
        let variables = key.iter().chain([value]).collect();
        bodies.push((
            query.span.start,
            span.end,
            Body {
                variables,
                query,
                terms: Vec::new(),
                head: Vec::new(),
            },
        ));
    }
    walk(&mut |node| {
        let Node::Expr(expr) = node else { return };
        let (query, terms) = match expr {
            Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
                (query, vec![term])
            }
            Expr::ObjectCompr {
                key, value, query, ..
            } => (query, vec![key, value]),
            _ => return,
        };
        let span = expr.span();
        // Those further in belong to the body that they are in.
        if bodies
            .iter()
            .all(|(start, end, _)| span.start < *start || span.start >= *end)
        {
            let body = Body {
                variables: Vec::new(),
                query,
                terms,
                head: Vec::new(),
            };
            bodies.push((span.start, span.end, body));
        }
    });
    bodies.into_iter().map(|(_, _, body)| body).collect()
}
