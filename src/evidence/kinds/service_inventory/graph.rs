//! Cycles among services.

use std::collections::{BTreeMap, BTreeSet};

/// What each node points at. A name that is no node is left out of account.
pub(super) type Graph<'a> = BTreeMap<&'a str, Vec<&'a str>>;

/// The groups of nodes that reach each other: each a cycle, or cycles that share nodes.
/// A node that points at itself is a group of one. Groups and the names in them are sorted.
///
/// The two passes of Kosaraju and Sharir, without recursion: linear but for the lookups.
pub(super) fn cycles<'a>(graph: &Graph<'a>) -> Vec<Vec<&'a str>> {
    let mut seen = BTreeSet::new();
    let mut order = Vec::new();
    for &start in graph.keys() {
        visit(graph, start, &mut seen, &mut order);
    }
    let reversed = reversed(graph);
    let mut seen = BTreeSet::new();
    let mut cycles = Vec::new();
    for &start in order.iter().rev() {
        let mut group = Vec::new();
        visit(&reversed, start, &mut seen, &mut group);
        if group.len() > 1 || targets(graph, start).any(|to| group.contains(&to)) {
            group.sort_unstable();
            cycles.push(group);
        }
    }
    cycles.sort_unstable();
    cycles
}

fn targets<'g, 'a>(
    graph: &'g Graph<'a>,
    node: &str,
) -> impl Iterator<Item = &'a str> + use<'g, 'a> {
    graph.get(node).into_iter().flatten().copied()
}

fn reversed<'a>(graph: &Graph<'a>) -> Graph<'a> {
    let mut reversed: Graph<'a> = graph.keys().map(|&node| (node, Vec::new())).collect();
    for (&from, targets) in graph {
        for to in targets {
            if let Some(sources) = reversed.get_mut(to) {
                sources.push(from);
            }
        }
    }
    reversed
}

/// Adds every node that `start` reaches and nobody has `seen` to `order`, the last reached
/// first.
fn visit<'a>(
    graph: &Graph<'a>,
    start: &'a str,
    seen: &mut BTreeSet<&'a str>,
    order: &mut Vec<&'a str>,
) {
    if !seen.insert(start) {
        return;
    }
    let mut path = vec![(start, targets(graph, start))];
    while let Some((node, rest)) = path.last_mut() {
        match rest.next() {
            Some(next) if graph.contains_key(next) && seen.insert(next) => {
                path.push((next, targets(graph, next)));
            }
            Some(_) => {}
            None => {
                order.push(*node);
                path.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph<'a>(edges: &[(&'a str, &[&'a str])]) -> Graph<'a> {
        let edges = edges.iter();
        edges.map(|(node, to)| (*node, to.to_vec())).collect()
    }

    #[test]
    fn groups_that_reach_each_other_are_cycles_and_nothing_else_is() {
        let found = |edges: &[(&'static str, &[&'static str])]| cycles(&graph(edges));
        assert_eq!(found(&[]), Vec::<Vec<&str>>::new());
        // A diamond has two ways and no cycle.
        let diamond = [
            ("a", &["b", "c"][..]),
            ("b", &["d"]),
            ("c", &["d"]),
            ("d", &[]),
        ];
        assert!(found(&diamond).is_empty());
        assert_eq!(found(&[("a", &["a"])]), [["a"]]);
        assert!(found(&[("a", &["b"]), ("b", &["nobody"])]).is_empty());
        let two = [
            ("e", &["d"][..]),
            ("d", &["e", "a"]),
            ("a", &["b"]),
            ("b", &["c"]),
            ("c", &["a"]),
            ("f", &["a", "e"]),
        ];
        assert_eq!(found(&two), [vec!["a", "b", "c"], vec!["d", "e"]]);
        // Two cycles that share a node are one group.
        let shared = [("a", &["b"][..]), ("b", &["a", "c"]), ("c", &["b"])];
        assert_eq!(found(&shared), [["a", "b", "c"]]);
    }

    #[test]
    fn a_long_chain_and_a_dense_graph_end_soon() {
        let names: Vec<_> = (0..20_000).map(|n| format!("s{n}")).collect();
        let chain: Graph<'_> = names
            .iter()
            .zip(names.iter().cycle().skip(1))
            .map(|(from, to)| (from.as_str(), vec![to.as_str()]))
            .collect();
        assert_eq!(cycles(&chain).len(), 1);
        let few: Vec<_> = names.iter().take(300).map(String::as_str).collect();
        let dense: Graph<'_> = few.iter().map(|&from| (from, few.clone())).collect();
        assert_eq!(cycles(&dense)[0].len(), 300);
    }
}
