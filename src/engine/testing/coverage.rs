//! What tests reach of the policies.
//!
//! A *line* is covered when an expression on it was evaluated, or when a rule whose
//! head is on it got a value. A *rule* (each head with its body, each `else`, each
//! default) is covered when its head got a value: its body had a solution, at least
//! once. Both are OPA's meaning, which knows the first as "evaluated" and the second
//! as "left". A default alone is covered as soon as its rule is evaluated: it is a
//! constant, and nothing tells whether it was needed.
//!
//! The engine marks lines, but for those that hold nothing but the term of a comprehension
//! or the value of an `else`: they do not count. It does not mark heads, so that a copy of the policies is
//! evaluated in which every body ends in a call that marks it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use regorus::unstable::{Module as Ast, Ref, Rule, RuleBody, Span};
use regorus::{Engine, Value as Term};

use super::text;
use crate::engine::ast_lint::names::{dotted, rule_name};
use crate::engine::ast_lint::visit::{self, Node};
use crate::engine::interpreter::Prepared;
use crate::engine::wire::{LoadError, Module, ModuleCoverage, Request, RuleSite, Testing};

/// The function that marks a head. No policy has it: OPA knows no such name.
const MARK: &str = "assize.reached";

/// Policies that mark what is reached, and what was reached so far.
pub(super) struct Coverage {
    prepared: Prepared,
    paths: Vec<String>,
    sites: Vec<Site>,
    reached: Arc<Vec<AtomicBool>>,
    lines: Mutex<BTreeMap<String, Lines>>,
}

/// Lines of one module.
#[derive(Default)]
struct Lines {
    covered: BTreeSet<u32>,
    /// All that the engine could have marked.
    code: BTreeSet<u32>,
}

/// A head.
struct Site {
    path: String,
    rule: RuleSite,
    /// Lines on which the head's value stands, where no call can mark it.
    unmarked: Option<u32>,
}

impl Coverage {
    /// Makes the copy; none where no coverage is asked for.
    pub(super) fn prepare(
        request: &Request,
        testing: &Testing,
        parsed: &[Ref<Ast>],
    ) -> Result<Option<Self>, LoadError> {
        if testing.covered.is_empty() {
            return Ok(None);
        }
        let mut sites = Vec::new();
        let modules: Vec<Module> = request
            .modules
            .iter()
            .map(|module| {
                let is_covered = testing.covered.contains(&module.path);
                let ast = parsed.iter().find(|ast| path(ast) == &module.path);
                let mut edits = Vec::new();
                for ast in ast.iter().filter(|_| is_covered) {
                    for rule in &ast.policy {
                        heads(rule, &mut sites, &mut edits);
                    }
                }
                Module {
                    path: module.path.clone(),
                    source: text::edited(text::source(module, ast), edits),
                }
            })
            .collect();
        let reached: Arc<Vec<AtomicBool>> =
            Arc::new(sites.iter().map(|_| AtomicBool::new(false)).collect());
        let mut prepared = super::load(&Request {
            modules,
            ..request.clone()
        })?;
        let marks = Arc::clone(&reached);
        let mark = move |arguments: &[Term]| {
            let number = arguments.first().and_then(|number| number.as_u64().ok());
            let number = number.and_then(|number| usize::try_from(number).ok());
            if let Some(mark) = number.and_then(|number| marks.get(number)) {
                mark.store(true, Ordering::Relaxed);
            }
            Term::from(true)
        };
        prepared.supply(MARK, 1, mark)?;
        Ok(Some(Self {
            prepared,
            paths: testing.covered.clone(),
            sites,
            reached,
            lines: Mutex::default(),
        }))
    }

    /// The policies to evaluate.
    pub(super) fn prepared(&self) -> &Prepared {
        &self.prepared
    }

    /// Takes what `engine` saw.
    pub(super) fn add(&self, engine: &Engine) {
        let (Ok(report), Ok(mut lines)) = (engine.get_coverage_report(), self.lines.lock()) else {
            return;
        };
        for file in report.files {
            if self.paths.contains(&file.path) {
                let entry = lines.entry(file.path).or_default();
                if entry.code.is_empty() {
                    entry.code.extend(&file.covered);
                    entry.code.extend(&file.not_covered);
                }
                entry.covered.extend(file.covered);
            }
        }
    }

    /// What was reached of each module asked for.
    pub(super) fn report(&self, parsed: &[Ref<Ast>]) -> Vec<ModuleCoverage> {
        let Ok(lines) = self.lines.lock() else {
            return Vec::new();
        };
        let none = Lines::default();
        self.paths
            .iter()
            .map(|asked| {
                let seen = lines.get(asked).unwrap_or(&none);
                let touched = &seen.covered;
                let mut coverage = ModuleCoverage {
                    path: asked.clone(),
                    ..ModuleCoverage::default()
                };
                let mut covered = touched.clone();
                let ast = parsed.iter().find(|ast| path(ast) == asked);
                let mut code = seen.code.clone();
                if code.is_empty() {
                    code = ast.map_or_else(BTreeSet::new, |ast| code_lines(ast));
                }
                for (site, reached) in self.sites.iter().zip(self.reached.iter()) {
                    if site.path != *asked {
                        continue;
                    }
                    coverage.rules += 1;
                    code.insert(site.rule.line);
                    let is_touched = site.unmarked.is_some_and(|line| touched.contains(&line));
                    if reached.load(Ordering::Relaxed) || is_touched {
                        covered.insert(site.rule.line);
                    } else {
                        coverage.uncovered_rules.push(site.rule.clone());
                    }
                }
                coverage.uncovered = code.difference(&covered).copied().collect();
                coverage.covered = covered.into_iter().collect();
                coverage.uncovered_rules.sort();
                coverage
            })
            .collect()
    }
}

fn path(ast: &Ast) -> &String {
    ast.package.span.source.get_path()
}

/// The lines on which expressions begin, of a module of which the engine marked none.
fn code_lines(ast: &Ast) -> BTreeSet<u32> {
    let mut lines = BTreeSet::new();
    for rule in &ast.policy {
        match rule.as_ref() {
            Rule::Default { value, .. } => {
                lines.insert(value.span().line);
            }
            Rule::Spec { .. } => visit::rule(rule, &mut |node| {
                if let Node::Expr(expr) = node {
                    lines.insert(expr.span().line);
                }
            }),
        }
    }
    lines
}

type Edits = Vec<(Range<usize>, String)>;

/// Adds the heads of `rule`, and what marks them.
fn heads(rule: &Ref<Rule>, sites: &mut Vec<Site>, edits: &mut Edits) {
    let name = dotted(&rule_name(rule));
    let mut site = |span: &Span, name: String, unmarked| {
        sites.push(Site {
            path: span.source.get_path().clone(),
            rule: RuleSite {
                line: span.line,
                name,
            },
            unmarked,
        });
        format!("{MARK}({})", sites.len() - 1)
    };
    match rule.as_ref() {
        Rule::Default { span, value, .. } => {
            // A default is a constant, and cannot call.
            site(span, format!("default {name}"), Some(value.span().line));
        }
        Rule::Spec { span, bodies, .. } if bodies.is_empty() => {
            let mark = site(span, name, None);
            let end = text::range(span).end;
            edits.push((end..end, format!(" if {mark}")));
        }
        Rule::Spec { span, bodies, .. } => {
            for body in bodies {
                let (span, name) = if body.is_else {
                    (&body.span, format!("else of {name}"))
                } else {
                    (span, name.clone())
                };
                mark_body(body, &site(span, name, None), edits);
            }
        }
    }
}

fn mark_body(body: &RuleBody, mark: &str, edits: &mut Edits) {
    let (Some(first), Some(last)) = (body.query.stmts.first(), body.query.stmts.last()) else {
        // `else := value`
        let end = text::range(&body.span).end;
        edits.push((end..end, format!(" if {mark}")));
        return;
    };
    let start = text::range(&first.span).start;
    let end = text::range(&last.span).end;
    if text::range(&body.query.span).start == start {
        edits.push((start..start, "{ ".into()));
        edits.push((end..end, format!("; {mark} }}")));
    } else {
        edits.push((end..end, format!("; {mark}")));
    }
}
