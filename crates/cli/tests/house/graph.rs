//! Circles and floors of a directed graph.

use std::collections::{BTreeMap, BTreeSet};

/// What each node points at.
pub(crate) type Graph = BTreeMap<String, BTreeSet<String>>;

/// A graph with these arrows, without those from a node to itself.
pub(crate) fn graph(arrows: impl IntoIterator<Item = (String, String)>) -> Graph {
    let mut graph = Graph::new();
    for (from, to) in arrows {
        graph.entry(to.clone()).or_default();
        let targets = graph.entry(from.clone()).or_default();
        if from != to {
            targets.insert(to);
        }
    }
    graph
}

/// Groups of nodes each of which can be reached from each other one of its group; the largest come first.
pub(crate) fn circles(graph: &Graph) -> Vec<BTreeSet<String>> {
    let reached: BTreeMap<&String, BTreeSet<&String>> = graph.keys().map(|node| (node, reach(graph, node))).collect();
    let mut circles = BTreeSet::new();
    for (node, others) in &reached {
        let circle: BTreeSet<String> =
            others.iter().filter(|other| reached[**other].contains(node)).map(|other| (*other).clone()).collect();
        if circle.len() > 1 {
            circles.insert(circle);
        }
    }
    let mut circles: Vec<_> = circles.into_iter().collect();
    circles.sort_by_key(|circle| std::cmp::Reverse(circle.len()));
    circles
}

/// Everything that can be reached from a node in one step or more.
fn reach<'a>(graph: &'a Graph, node: &String) -> BTreeSet<&'a String> {
    let mut found = BTreeSet::new();
    let mut next: Vec<&String> = graph[node].iter().collect();
    while let Some(node) = next.pop() {
        if found.insert(node) {
            next.extend(&graph[node]);
        }
    }
    found
}

/// The fewest arrows found that have to be taken away so that all others go down.
pub(crate) fn arrows_up(graph: &Graph) -> Vec<(String, String)> {
    let mut up = vec![];
    for circle in circles(graph) {
        let mut order: Vec<&String> = circle.iter().collect();
        // Each node goes to its best place, until none moves.
        loop {
            let before = against(graph, &order).len();
            for node in &circle {
                let rest: Vec<&String> = order.iter().copied().filter(|other| *other != node).collect();
                let orders = (0..=rest.len()).map(|place| {
                    let mut order = rest.clone();
                    order.insert(place, node);
                    order
                });
                order = orders.min_by_key(|order| against(graph, order).len()).unwrap_or(rest);
            }
            if against(graph, &order).len() == before {
                break;
            }
        }
        up.extend(against(graph, &order));
    }
    up
}

/// The arrows from a later node of an order to an earlier one.
fn against(graph: &Graph, order: &[&String]) -> Vec<(String, String)> {
    let mut found = vec![];
    for (place, from) in order.iter().enumerate() {
        let earlier = order[..place].iter().filter(|to| graph[*from].contains(**to));
        found.extend(earlier.map(|to| ((*from).clone(), (*to).clone())));
    }
    found
}

/// Nodes of the longest way down, leaving out these arrows; enough of them have to be left out that no circle is left.
pub(crate) fn floors(graph: &Graph, without: &[(String, String)]) -> usize {
    fn depth_of(
        graph: &Graph,
        without: &[(String, String)],
        node: &String,
        known: &mut BTreeMap<String, usize>,
    ) -> usize {
        if let Some(depth) = known.get(node) {
            return *depth;
        }
        let below = graph[node].iter().filter(|to| !without.contains(&(node.clone(), (*to).clone())));
        let depth = 1 + below.map(|to| depth_of(graph, without, to, known)).max().unwrap_or(0);
        known.insert(node.clone(), depth);
        depth
    }
    let mut known = BTreeMap::new();
    graph.keys().map(|node| depth_of(graph, without, node, &mut known)).max().unwrap_or(0)
}
