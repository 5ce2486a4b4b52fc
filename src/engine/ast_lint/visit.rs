//! Walks a module once, in source order.

use regorus::unstable::{
    Expr, Literal, LiteralStmt, Module, Query, Ref, Rule, RuleAssign, RuleHead, Span, WithModifier,
};

/// Something that a lint looks at.
pub(in crate::engine) enum Node<'a> {
    /// Any expression but the name of a called function.
    Expr(&'a Expr),
    /// A whole reference: `data.a[x].b`, not also `data.a`; also a lone variable.
    Reference(&'a Expr),
    /// A variable that becomes local here and gets its values: an argument, `x := …`,
    /// `some x in …`.
    Local(&'a Span),
    /// A variable that becomes local here and gets its values elsewhere: `some x`.
    Declared(&'a Span),
    /// `… with x as y`.
    With(&'a WithModifier),
}

pub(in crate::engine) type See<'s, 'a> = &'s mut dyn FnMut(Node<'a>);

/// Shows every node of `module` but those of its head names.
pub(in crate::engine) fn module<'a>(module: &'a Module, see: See<'_, 'a>) {
    for one in &module.policy {
        rule(one, see);
    }
}

/// Shows every node of `rule` but those of its name.
pub(in crate::engine) fn rule<'a>(rule: &'a Ref<Rule>, see: See<'_, 'a>) {
    match rule.as_ref() {
        Rule::Spec { head, bodies, .. } => {
            head_nodes(head, see);
            for body in bodies {
                assignment(body.assign.as_ref(), see);
                query(&body.query, see);
            }
        }
        Rule::Default { args, value, .. } => {
            for argument in args {
                pattern(argument, see);
            }
            expr(value, see);
        }
    }
}

fn head_nodes<'a>(head: &'a RuleHead, see: See<'_, 'a>) {
    match head {
        RuleHead::Compr { refr, assign, .. } => {
            indices(refr, see);
            assignment(assign.as_ref(), see);
        }
        RuleHead::Set { refr, key, .. } => {
            indices(refr, see);
            if let Some(key) = key {
                expr(key, see);
            }
        }
        RuleHead::Func {
            refr, args, assign, ..
        } => {
            indices(refr, see);
            for argument in args {
                pattern(argument, see);
            }
            assignment(assign.as_ref(), see);
        }
    }
}

fn assignment<'a>(assign: Option<&'a RuleAssign>, see: See<'_, 'a>) {
    if let Some(assign) = assign {
        expr(&assign.value, see);
    }
}

fn query<'a>(query: &'a Query, see: See<'_, 'a>) {
    for one in &query.stmts {
        statement(one, see);
    }
}

/// Shows every node of `statement`.
pub(in crate::engine) fn statement<'a>(statement: &'a LiteralStmt, see: See<'_, 'a>) {
    match &statement.literal {
        Literal::SomeVars { vars, .. } => {
            for var in vars {
                see(Node::Declared(var));
            }
        }
        Literal::SomeIn {
            key,
            value,
            collection,
            ..
        } => {
            if let Some(key) = key {
                pattern(key, see);
            }
            pattern(value, see);
            expr(collection, see);
        }
        Literal::Expr { expr: inner, .. } | Literal::NotExpr { expr: inner, .. } => {
            expr(inner, see);
        }
        Literal::Every {
            key,
            value,
            domain,
            query: inner,
            ..
        } => {
            for var in key.iter().chain([value]) {
                see(Node::Local(var));
            }
            expr(domain, see);
            query(inner, see);
        }
    }
    for with in &statement.with_mods {
        see(Node::With(with));
        expr(&with.r#as, see);
    }
}

/// Shows what is bound: its variables are local.
pub(super) fn pattern<'a>(pattern_expr: &'a Ref<Expr>, see: See<'_, 'a>) {
    match pattern_expr.as_ref() {
        Expr::Var { span, .. } => see(Node::Local(span)),
        Expr::Array { items, .. } => {
            for item in items {
                pattern(item, see);
            }
        }
        Expr::Object { fields, .. } => {
            for (_, key, value) in fields {
                expr(key, see);
                pattern(value, see);
            }
        }
        _ => expr(pattern_expr, see),
    }
}

/// Shows every node of `node`.
pub(in crate::engine) fn expr<'a>(node: &'a Ref<Expr>, see: See<'_, 'a>) {
    see(Node::Expr(node));
    match node.as_ref() {
        Expr::Var { .. } | Expr::RefDot { .. } | Expr::RefBrack { .. } => {
            see(Node::Reference(node));
            indices(node, see);
        }
        Expr::Array { items, .. } | Expr::Set { items, .. } => {
            for item in items {
                expr(item, see);
            }
        }
        Expr::Object { fields, .. } => {
            for (_, key, value) in fields {
                expr(key, see);
                expr(value, see);
            }
        }
        Expr::ArrayCompr { .. } | Expr::SetCompr { .. } | Expr::ObjectCompr { .. } => {
            comprehension(node, see);
        }
        Expr::Call { params, .. } => {
            for param in params {
                expr(param, see);
            }
        }
        Expr::UnaryExpr { expr: inner, .. } => expr(inner, see),
        Expr::AssignExpr { op, lhs, rhs, .. } => {
            if *op == regorus::unstable::AssignOp::ColEq {
                pattern(lhs, see);
            } else {
                expr(lhs, see);
            }
            expr(rhs, see);
        }
        Expr::BinExpr { lhs, rhs, .. }
        | Expr::BoolExpr { lhs, rhs, .. }
        | Expr::ArithExpr { lhs, rhs, .. } => {
            expr(lhs, see);
            expr(rhs, see);
        }
        Expr::Membership {
            key,
            value,
            collection,
            ..
        } => {
            for one in key.iter().chain([value, collection]) {
                expr(one, see);
            }
        }
        Expr::String { .. }
        | Expr::RawString { .. }
        | Expr::Number { .. }
        | Expr::Bool { .. }
        | Expr::Null { .. } => {}
    }
}

fn comprehension<'a>(node: &'a Ref<Expr>, see: See<'_, 'a>) {
    match node.as_ref() {
        Expr::ArrayCompr {
            term, query: inner, ..
        }
        | Expr::SetCompr {
            term, query: inner, ..
        } => {
            query(inner, see);
            expr(term, see);
        }
        Expr::ObjectCompr {
            key,
            value,
            query: inner,
            ..
        } => {
            query(inner, see);
            expr(key, see);
            expr(value, see);
        }
        _ => {}
    }
}

/// The expressions in the brackets of a reference, and its root if that is no name.
fn indices<'a>(reference: &'a Ref<Expr>, see: See<'_, 'a>) {
    let mut at = reference;
    loop {
        match at.as_ref() {
            Expr::RefDot { refr, .. } => at = refr,
            Expr::RefBrack { refr, index, .. } => {
                expr(index, see);
                at = refr;
            }
            Expr::Var { .. } => return,
            _ => return expr(at, see),
        }
    }
}

/// A reference taken apart: its root, and its parts up to the first that is not constant.
pub(in crate::engine) struct Path<'a> {
    pub(super) span: &'a Span,
    pub(in crate::engine) parts: Vec<String>,
    /// The parts from there on; `None` where not constant. Empty if all are constant.
    pub(in crate::engine) rest: Vec<Option<String>>,
}

/// Returns the name that `reference` starts with, if it starts with one.
pub(in crate::engine) fn root(reference: &Expr) -> Option<&str> {
    root_span(reference).map(Span::text)
}

/// Returns where the name is that `reference` starts with.
pub(in crate::engine) fn root_span(reference: &Expr) -> Option<&Span> {
    let mut at = reference;
    loop {
        match at {
            Expr::Var { span, .. } => return Some(span),
            Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } => at = refr,
            _ => return None,
        }
    }
}

/// Takes `reference` apart; `None` if its root is not a name.
pub(in crate::engine) fn path(reference: &Expr) -> Option<Path<'_>> {
    let mut reversed: Vec<Option<String>> = Vec::new();
    let mut at = reference;
    loop {
        match at {
            Expr::Var { span, .. } => {
                reversed.push(Some(span.text().to_owned()));
                break;
            }
            Expr::RefDot { refr, field, .. } => {
                reversed.push(Some(field.0.text().to_owned()));
                at = refr;
            }
            Expr::RefBrack { refr, index, .. } => {
                reversed.push(match index.as_ref() {
                    Expr::String { value, .. } | Expr::RawString { value, .. } => {
                        value.as_string().ok().map(|text| text.as_ref().to_owned())
                    }
                    // No rule has such a name.
                    Expr::Number { span, .. } => Some(span.text().to_owned()),
                    _ => None,
                });
                at = refr;
            }
            _ => return None,
        }
    }
    reversed.reverse();
    let constant = reversed.iter().take_while(|part| part.is_some()).count();
    let rest = reversed.split_off(constant);
    Some(Path {
        span: reference.span(),
        parts: reversed.into_iter().flatten().collect(),
        rest,
    })
}
