//! Why a test does not hold: the first statement of its body that has no solution
//! after those before it, and the values of what stands in it.
//!
//! The body is taken apart on the syntax tree and put into a module of its own, in the
//! package of the test and with its imports, which is evaluated beside the policies:
//!
//! ```rego
//! assize_prefix_2 if { first; second }
//! assize_shown_0 := [all | first; all := [assize_value | assize_value := (part) with …]]
//! ```

use std::collections::BTreeSet;

use regorus::Value as Term;
use regorus::unstable::{
    AssignOp, Expr, Literal, LiteralStmt, Module as Ast, Ref, Rule, RuleAssign, RuleHead, Span,
};

use super::operands::{self, Operand, Place, VALUE};
use super::{Suite, hoist, render, text};
use crate::engine::ast_lint::names::{Names, Scope, dotted, package};
use crate::engine::interpreter::{Input, Prepared, hinted, rule_path, split_message};
use crate::engine::wire::{Location, Module, Request, ShownValue, TestEnd, TestFailure};

/// Most bodies of one test that are looked into.
const BODIES_MAX: usize = 3;
/// Most solutions of the statements before it that a value is shown for.
const SOLUTIONS_MAX: usize = 3;

/// Returns where each body of `rule` fails.
pub(super) fn failures(
    suite: &Suite<'_>,
    module: &Ref<Ast>,
    rule: &Ref<Rule>,
    input: &Input,
    end: &TestEnd,
) -> Vec<TestFailure> {
    let mut failures = found(suite, module, rule, input, end);
    for failure in &mut failures {
        failure.expression = suite.hoisted.restored(&failure.expression);
        for shown in &mut failure.values {
            shown.expression = suite.hoisted.restored(&shown.expression);
        }
    }
    failures
}

fn found(
    suite: &Suite<'_>,
    module: &Ref<Ast>,
    rule: &Ref<Rule>,
    input: &Input,
    end: &TestEnd,
) -> Vec<TestFailure> {
    let probe = Probe {
        suite,
        module,
        input,
        names: Names::of(&suite.modules),
        scope: Scope::of(module),
    };
    let Rule::Spec { head, bodies, .. } = rule.as_ref() else {
        return vec![plain(rule.span(), "a default is not a test of anything")];
    };
    let value = match head {
        RuleHead::Compr { assign, .. } => assign.as_ref(),
        RuleHead::Set { .. } | RuleHead::Func { .. } => None,
    };
    let mut failures = Vec::new();
    for body in bodies.iter().take(BODIES_MAX) {
        let Some(failure) = probe.body(rule, &body.query.stmts) else {
            // This body gives the rule its value, whatever those before it do.
            let value = body.assign.as_ref().or(value);
            return vec![probe.value(rule, &body.query.stmts, value, end)];
        };
        failures.push(failure);
    }
    if bodies.is_empty() {
        failures.push(probe.value(rule, &[], value, end));
    }
    failures
}

struct Probe<'a> {
    suite: &'a Suite<'a>,
    module: &'a Ref<Ast>,
    input: &'a Input,
    names: Names,
    scope: Scope,
}

impl Probe<'_> {
    /// Returns the first statement without a solution; none where the body has one.
    fn body(&self, rule: &Rule, statements: &[LiteralStmt]) -> Option<TestFailure> {
        let ordered = ordered(statements);
        let mut rules = String::new();
        for length in 1..=ordered.len() {
            let prefix = joined(ordered.iter().take(length).copied());
            rules.push_str("assize_prefix_");
            rules.push_str(&length.to_string());
            rules.push_str(" if {\n");
            rules.push_str(&prefix);
            rules.push_str("\n}\n");
        }
        let prepared = match self.load(&rules) {
            Ok(prepared) => prepared,
            Err(message) => {
                let reason = format!("it cannot be taken apart ({message})");
                return Some(plain(rule.span(), &reason));
            }
        };
        for (place, statement) in ordered.iter().enumerate() {
            match self.evaluate(&prepared, &format!("assize_prefix_{}", place + 1)) {
                Ok(Term::Bool(true)) => {}
                Ok(_) => return Some(self.statement(&ordered, place, statement, None)),
                Err(error) => {
                    return Some(self.statement(&ordered, place, statement, Some(error)));
                }
            }
        }
        None
    }

    fn statement(
        &self,
        ordered: &[&LiteralStmt],
        place: usize,
        statement: &LiteralStmt,
        error: Option<String>,
    ) -> TestFailure {
        let before: Vec<_> = ordered.iter().take(place).copied().collect();
        let operands = operands::of(statement, &self.place(&before));
        let prefix = joined(before.iter().copied());
        let whole = whole(statement);
        let (values, whole) = self.values(&prefix, &operands, whole.as_ref());
        TestFailure {
            place: location(&statement.span),
            expression: text::of(hoisted(statement).unwrap_or(&statement.span)).to_owned(),
            reason: error.unwrap_or_else(|| reason(statement, whole.as_deref())),
            values,
        }
    }

    /// Evaluates `operands` after `prefix`, and what the statement is worth as a whole.
    fn values(
        &self,
        prefix: &str,
        operands: &[Operand],
        whole: Option<&Operand>,
    ) -> (Vec<ShownValue>, Option<String>) {
        let all: Vec<_> = operands.iter().chain(whole).collect();
        let mut rules = String::new();
        for (number, operand) in all.iter().enumerate() {
            shows(&mut rules, &number.to_string(), prefix, operand);
            for (step, beginning) in operand.beginnings.iter().enumerate() {
                shows(&mut rules, &format!("{number}_{step}"), prefix, beginning);
            }
        }
        let prepared = match self.load(&rules) {
            Ok(prepared) => prepared,
            Err(message) => {
                let shown = ShownValue {
                    expression: "values".into(),
                    value: format!("cannot be shown: {message}"),
                };
                return (vec![shown], None);
            }
        };
        let mut values = Vec::new();
        let worth = |number: &str, operand: &Operand| ShownValue {
            expression: operand.label.clone(),
            value: match self.evaluate(&prepared, &format!("assize_shown_{number}")) {
                Ok(found) => shown(&found),
                Err(error) => error,
            },
        };
        for (number, operand) in all.iter().enumerate() {
            let value = worth(&number.to_string(), operand);
            let is_undefined = value.value == UNDEFINED;
            values.push(value);
            if is_undefined {
                let mut beginnings = operand.beginnings.iter().enumerate();
                values.extend(beginnings.find_map(|(step, beginning)| {
                    let value = worth(&format!("{number}_{step}"), beginning);
                    (value.value != UNDEFINED).then_some(value)
                }));
            }
        }
        let whole = whole.and_then(|_| values.pop()).map(|shown| shown.value);
        (values, whole)
    }

    /// What can be said of a rule whose body has a solution.
    fn value(
        &self,
        rule: &Rule,
        body: &[LiteralStmt],
        value: Option<&RuleAssign>,
        end: &TestEnd,
    ) -> TestFailure {
        let reason = match end {
            TestEnd::Failed(message) | TestEnd::Error(message) => message.as_str(),
            TestEnd::Passed => "",
        };
        let Some(assign) = value else {
            let why = "every statement has a solution where it is evaluated by itself: the engine takes the whole otherwise, see docs/engine.md";
            return plain(rule.span(), &format!("{reason}, but {why}"));
        };
        let ordered = ordered(body);
        let operands = operands::of_value(&assign.value, &self.place(&ordered));
        let (values, _) = self.values(&joined(ordered.iter().copied()), &operands, None);
        TestFailure {
            place: location(assign.value.span()),
            expression: text::of(assign.value.span()).to_owned(),
            reason: reason.to_owned(),
            values,
        }
    }

    /// What names mean after `before`.
    fn place(&self, before: &[&LiteralStmt]) -> Place<'_> {
        Place {
            scope: &self.scope,
            names: &self.names,
            bound: before
                .iter()
                .flat_map(|one| operands::binds(one))
                .collect::<BTreeSet<_>>(),
        }
    }

    fn load(&self, rules: &str) -> Result<Prepared, String> {
        let mut modules = self.suite.request.modules.clone();
        modules.push(Module {
            path: "(taken apart)".into(),
            source: format!("{}{rules}", text::header(self.module)),
        });
        let request = Request {
            modules,
            ..self.suite.request.clone()
        };
        super::load(&request).map_err(|error| error.message)
    }

    fn evaluate(&self, prepared: &Prepared, name: &str) -> Result<Term, String> {
        let package = package(self.module);
        let package = dotted(package.get(1..).unwrap_or_default());
        let mut engine = prepared.engine_for(self.input, self.suite.limit());
        engine
            .eval_rule(rule_path(&package, name))
            .map_err(|error| format!("error: {}", hinted(split_message(&format!("{error:#}")).0)))
    }
}

/// Adds a rule that has every value of `operand`, for every solution of `prefix`.
fn shows(rules: &mut String, number: &str, prefix: &str, operand: &Operand) {
    rules.push_str("assize_shown_");
    rules.push_str(number);
    rules.push_str(" := [assize_found | ");
    rules.push_str(prefix);
    rules.push_str("\nassize_found := [");
    rules.push_str(VALUE);
    rules.push_str(" | ");
    rules.push_str(&operand.steps);
    rules.push_str("]]\n");
}

fn plain(span: &Span, reason: &str) -> TestFailure {
    let text = text::of(span);
    TestFailure {
        place: location(span),
        expression: text.lines().next().unwrap_or_default().to_owned(),
        reason: reason.to_owned(),
        values: Vec::new(),
    }
}

fn location(span: &Span) -> Location {
    Location {
        path: span.source.get_path().clone(),
        line: span.line,
        column: span.col,
    }
}

fn joined<'s>(statements: impl Iterator<Item = &'s LiteralStmt>) -> String {
    let texts: Vec<_> = statements.map(|one| text::of(&one.span)).collect();
    texts.join("\n")
}

/// Returns `statements` so that what one binds comes before what needs it, and else in
/// the order of the text: Rego does not mind the order, a prefix does.
fn ordered(statements: &[LiteralStmt]) -> Vec<&LiteralStmt> {
    let binds: Vec<_> = statements.iter().map(operands::binds).collect();
    let uses: Vec<_> = statements.iter().map(operands::uses).collect();
    let mut left: Vec<usize> = (0..statements.len()).collect();
    let mut order = Vec::with_capacity(statements.len());
    while !left.is_empty() {
        let waits = |one: usize| {
            left.iter().any(|other| {
                *other != one
                    && match (uses.get(one), binds.get(*other), binds.get(one)) {
                        (Some(uses), Some(others), Some(own)) => {
                            uses.intersection(others).any(|name| !own.contains(name))
                        }
                        _ => false,
                    }
            })
        };
        let at = left.iter().position(|one| !waits(*one)).unwrap_or_default();
        order.extend(statements.get(left.remove(at)));
    }
    order
}

/// The statement itself, where it is an expression with a value.
fn whole(statement: &LiteralStmt) -> Option<Operand> {
    let Literal::Expr { expr, .. } = &statement.literal else {
        return None;
    };
    if matches!(expr.as_ref(), Expr::AssignExpr { .. }) {
        return None;
    }
    Some(Operand {
        label: String::new(),
        steps: format!(
            "{VALUE} := ({}) {}",
            text::of(expr.span()),
            text::with(statement)
        ),
        beginnings: Vec::new(),
    })
}

fn reason(statement: &LiteralStmt, whole: Option<&str>) -> String {
    match &statement.literal {
        Literal::NotExpr { .. } => "what is negated holds".into(),
        Literal::SomeIn { .. } => "there is no such element".into(),
        Literal::Every { .. } => "it does not hold for every element".into(),
        Literal::SomeVars { .. } => "it is undefined".into(),
        Literal::Expr { expr, .. } => match (expr.as_ref(), whole) {
            (_, Some(value)) if value.starts_with("error: ") => value.to_owned(),
            (_, Some(value)) => format!("it is {value}"),
            (
                Expr::AssignExpr {
                    op: AssignOp::ColEq,
                    lhs,
                    ..
                },
                None,
            ) if matches!(lhs.as_ref(), Expr::Var { .. }) => match hoisted(statement) {
                Some(_) => "it is undefined, and stands behind `with`".into(),
                None => "what is assigned is undefined".into(),
            },
            (_, None) => "the two sides have no value in common".into(),
        },
    }
}

/// The value of a `with` that was put before its statement.
fn hoisted(statement: &LiteralStmt) -> Option<&Span> {
    match &statement.literal {
        Literal::Expr { expr, .. } => match expr.as_ref() {
            Expr::AssignExpr { lhs, rhs, .. } if hoist::is_ours(text::of(lhs.span())) => {
                Some(rhs.span())
            }
            _ => None,
        },
        _ => None,
    }
}

/// What is shown where there is no value.
const UNDEFINED: &str = "undefined";

/// What `found` holds: for each solution of what stands before it, each value.
fn shown(found: &Term) -> String {
    let Term::Array(solutions) = found else {
        return UNDEFINED.into();
    };
    let each: Vec<String> = solutions.iter().take(SOLUTIONS_MAX).map(several).collect();
    let is_one = each.windows(2).all(|pair| pair.first() == pair.last());
    match each.as_slice() {
        [] => UNDEFINED.into(),
        [first, ..] if is_one && solutions.len() <= SOLUTIONS_MAX => first.clone(),
        _ => {
            let more = solutions.len().saturating_sub(each.len());
            let rest = if more == 0 {
                String::new()
            } else {
                format!("; and {more} more")
            };
            format!("{}{rest}", each.join("; "))
        }
    }
}

fn several(values: &Term) -> String {
    let Term::Array(values) = values else {
        return UNDEFINED.into();
    };
    match values.len() {
        0 => UNDEFINED.into(),
        1 => values.iter().next().map_or_else(String::new, |value| {
            render::rego(value, render::VALUE_MAX_BYTES)
        }),
        _ => {
            let each: Vec<_> = values
                .iter()
                .take(SOLUTIONS_MAX)
                .map(|value| render::rego(value, render::VALUE_MAX_BYTES / 3))
                .collect();
            let more = values.len().saturating_sub(each.len());
            let is_one = each.windows(2).all(|pair| pair.first() == pair.last());
            if let (true, 0, Some(one)) = (is_one, more, each.first()) {
                one.clone()
            } else if more == 0 {
                each.join(" or ")
            } else {
                format!("{} or {more} more", each.join(" or "))
            }
        }
    }
}
