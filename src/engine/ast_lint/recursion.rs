//! Rules and functions that need themselves. OPA refuses them; the engine would
//! evaluate functions until the stack ends.

use std::collections::BTreeMap;

use regorus::unstable::{Expr, Module, Ref, Span};

use super::finding;
use super::names::{FullPath, Names, Scope, dotted, rule_name, starting_with};
use super::references::locals;
use super::visit::{self, Node};
use crate::engine::wire::{Finding, Level};

/// A rule, what it needs, and where it is first defined.
struct Vertex<'a> {
    path: &'a FullPath,
    span: &'a Span,
    needs: Vec<usize>,
}

pub(super) fn lint(modules: &[Ref<Module>], names: &Names, findings: &mut Vec<Finding>) {
    let numbers: BTreeMap<&FullPath, usize> = names
        .rules
        .iter()
        .enumerate()
        .map(|(number, path)| (path, number))
        .collect();
    let mut vertices: BTreeMap<usize, Vertex<'_>> = BTreeMap::new();
    for module in modules {
        let scope = Scope::of(module);
        for rule in &module.policy {
            let mut path = scope.package.clone();
            path.extend(rule_name(rule));
            let Some((path, number)) = numbers.get_key_value(&path) else {
                continue;
            };
            let vertex = vertices.entry(*number).or_insert_with(|| Vertex {
                path,
                span: rule.span(),
                needs: Vec::new(),
            });
            let locals = locals(rule);
            visit::rule(rule, &mut |node| {
                let reference: &Expr = match node {
                    Node::Reference(reference) => reference,
                    Node::Expr(Expr::Call { fcn, .. }) => fcn,
                    Node::Expr(_) | Node::Local(_) | Node::Declared(_) | Node::With(_) => return,
                };
                let root = visit::root(reference);
                if root.is_none_or(|root| root == "input" || locals.contains(root)) {
                    return;
                }
                if let Some(path) = visit::path(reference)
                    && let Some(full) = scope.resolve(&path.parts, names)
                {
                    vertex
                        .needs
                        .extend(needed(&full, &path.rest, names, &numbers));
                }
            });
        }
    }
    for cycle in cycles(&vertices) {
        findings.extend(report(&cycle, &vertices));
    }
}

/// Returns the rules that a reference to `full` and on to `rest` evaluates: the rule
/// whose value it looks into, itself, and all that lie below it and may be meant.
fn needed(
    full: &FullPath,
    rest: &[Option<String>],
    names: &Names,
    numbers: &BTreeMap<&FullPath, usize>,
) -> Vec<usize> {
    let above = (1..full.len())
        .filter_map(|length| full.get(..length))
        .filter_map(|prefix| names.rules.get(prefix));
    let may_be_meant = |path: &&FullPath| {
        let below = path.get(full.len()..).unwrap_or_default();
        below
            .iter()
            .zip(rest)
            .all(|(name, part)| part.as_ref().is_none_or(|part| part == name))
    };
    above
        .chain(starting_with(&names.rules, full).filter(may_be_meant))
        .filter_map(|path| numbers.get(path).copied())
        .collect()
}

/// Returns each strongly connected set of more than one vertex, and each vertex that
/// needs itself. Tarjan's algorithm, without recursion: chains may be long.
fn cycles(vertices: &BTreeMap<usize, Vertex<'_>>) -> Vec<Vec<usize>> {
    let mut state = Tarjan::default();
    for start in vertices.keys() {
        if !state.index.contains_key(start) {
            state.search(*start, vertices);
        }
    }
    state.found
}

#[derive(Default)]
struct Tarjan {
    index: BTreeMap<usize, usize>,
    low: BTreeMap<usize, usize>,
    stack: Vec<usize>,
    on_stack: std::collections::BTreeSet<usize>,
    found: Vec<Vec<usize>>,
}

impl Tarjan {
    fn search(&mut self, start: usize, vertices: &BTreeMap<usize, Vertex<'_>>) {
        let mut calls = vec![(start, 0)];
        self.enter(start);
        while let Some((vertex, position)) = calls.pop() {
            let next = vertices
                .get(&vertex)
                .and_then(|vertex| vertex.needs.get(position))
                .copied();
            let Some(next) = next else {
                self.leave(vertex, vertices);
                if let Some((parent, _)) = calls.last() {
                    self.lower(*parent, self.low.get(&vertex).copied());
                }
                continue;
            };
            calls.push((vertex, position + 1));
            if !self.index.contains_key(&next) {
                self.enter(next);
                calls.push((next, 0));
            } else if self.on_stack.contains(&next) {
                self.lower(vertex, self.index.get(&next).copied());
            }
        }
    }

    fn enter(&mut self, vertex: usize) {
        let number = self.index.len();
        self.index.insert(vertex, number);
        self.low.insert(vertex, number);
        self.stack.push(vertex);
        self.on_stack.insert(vertex);
    }

    fn lower(&mut self, vertex: usize, to: Option<usize>) {
        if let (Some(low), Some(to)) = (self.low.get_mut(&vertex), to) {
            *low = to.min(*low);
        }
    }

    fn leave(&mut self, vertex: usize, vertices: &BTreeMap<usize, Vertex<'_>>) {
        if self.low.get(&vertex) != self.index.get(&vertex) {
            return;
        }
        let mut members = Vec::new();
        while let Some(member) = self.stack.pop() {
            self.on_stack.remove(&member);
            members.push(member);
            if member == vertex {
                break;
            }
        }
        let needs_itself = vertices
            .get(&vertex)
            .is_some_and(|this| this.needs.contains(&vertex));
        if members.len() > 1 || needs_itself {
            members.sort_unstable();
            self.found.push(members);
        }
    }
}

fn report(cycle: &[usize], vertices: &BTreeMap<usize, Vertex<'_>>) -> Option<Finding> {
    const NAMED_MAX: usize = 4;
    let (first, others) = cycle.split_first()?;
    let first = vertices.get(first)?;
    let mut through: Vec<String> = others
        .iter()
        .take(NAMED_MAX)
        .filter_map(|number| vertices.get(number))
        .map(|vertex| format!("`{}`", dotted(vertex.path)))
        .collect();
    if others.len() > NAMED_MAX {
        through.push(format!("{} more", others.len() - NAMED_MAX));
    }
    let name = dotted(first.path);
    let message = if through.is_empty() {
        format!("`{name}` needs itself")
    } else {
        format!("`{name}` needs itself, through {}", through.join(", "))
    };
    Some(finding(
        Level::Refuse,
        "recursion",
        first.span,
        message,
        "Rego has no recursion: use a comprehension, `walk` or `graph.reachable`",
    ))
}
