//! Orders the nodes of both columns, and decides which of them share a card.

use std::collections::{BTreeMap, BTreeSet};

use super::adjacency::Adjacency;
use super::kind::NodeKind;
use super::model::{EdgeKind, Graph, GraphNode};

/// From this many on, resources of one type share a card.
const MANY: usize = 3;

/// Orders the left column: each node after its senders, and directly after one if possible.
pub(super) fn on_the_way(graph: &Graph) -> Vec<&GraphNode> {
    let sends: BTreeSet<&str> = graph
        .edges
        .iter()
        .filter(|edge| matches!(edge.kind, EdgeKind::Carries | EdgeKind::Feeds))
        .map(|edge| edge.from.as_str())
        .collect();
    let way = |node: &&GraphNode| node.kind.is_on_the_way() || sends.contains(node.id.as_str());
    let mut left: Vec<&GraphNode> = graph.nodes.iter().filter(way).collect();
    if left.is_empty() {
        // Without a message path, nodes that refer to others are on the left.
        let refers: BTreeSet<&str> = graph.edges.iter().map(|edge| edge.from.as_str()).collect();
        left = graph.nodes.iter().filter(|node| refers.contains(node.id.as_str())).collect();
    }
    left.sort_by_key(|node| (node.kind, &node.id));
    let mut ordered: Vec<&GraphNode> = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let waits = |node: &GraphNode| {
            graph.edges.iter().any(|edge| {
                edge.to == node.id && edge.from != node.id && left.iter().any(|other| other.id == edge.from)
            })
        };
        let follows = |node: &GraphNode| {
            ordered.last().is_some_and(|last| graph.edges.iter().any(|edge| edge.from == last.id && edge.to == node.id))
        };
        let ready = |at: &usize| left.get(*at).is_some_and(|node| !waits(node));
        let indices = || 0..left.len();
        let next = indices().filter(ready).find(|at| left.get(*at).is_some_and(|node| follows(node)));
        // In a cycle no node is ready; take the first one.
        let next = next.or_else(|| indices().find(ready)).unwrap_or_default();
        ordered.push(left.remove(next));
    }
    ordered
}

/// Orders the right column, as a list of nodes for each card: each next to what uses it.
pub(super) fn beside<'a>(graph: &'a Graph, left: &[&GraphNode], adjacency: &Adjacency<'_>) -> Vec<Vec<&'a GraphNode>> {
    let places: BTreeMap<&str, usize> = left.iter().enumerate().map(|(at, node)| (node.id.as_str(), at)).collect();
    let mut groups: BTreeMap<&str, Vec<&GraphNode>> = BTreeMap::new();
    for node in graph.nodes.iter().filter(|node| !places.contains_key(node.id.as_str())) {
        groups.entry(node.word.as_str()).or_default().push(node);
    }
    let mut groups: Vec<Vec<&GraphNode>> = groups
        .into_values()
        .flat_map(|nodes| {
            let together = nodes.len() >= MANY || nodes.iter().all(|node| node.kind == NodeKind::Alarm);
            if together { vec![nodes] } else { nodes.into_iter().map(|node| vec![node]).collect() }
        })
        .collect();
    let place = |nodes: &[&GraphNode]| {
        let near = nodes.iter().flat_map(|node| adjacency.neighbours(&node.id));
        near.filter_map(|near| places.get(near)).min().copied()
    };
    groups.sort_by_key(|nodes| nodes.first().map(|node| (node.kind, &node.id)));
    let (mut ordered, mut later): (Vec<_>, Vec<_>) = groups.into_iter().partition(|nodes| place(nodes).is_some());
    ordered.sort_by_key(|nodes| place(nodes));
    // A node that is connected only within this column is placed below its neighbour.
    while !later.is_empty() {
        let holder = |nodes: &[&GraphNode]| {
            let near: BTreeSet<&str> = nodes.iter().flat_map(|node| adjacency.neighbours(&node.id)).collect();
            ordered.iter().rposition(|nodes: &Vec<&GraphNode>| nodes.iter().any(|node| near.contains(node.id.as_str())))
        };
        let found = later.iter().enumerate().find_map(|(at, nodes)| Some((at, holder(nodes)? + 1)));
        let (at, place) = found.unwrap_or((0, ordered.len()));
        ordered.insert(place, later.remove(at));
    }
    ordered
}
