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
    // The places of the nodes that each one sends to, and how many senders each still waits for.
    let places: BTreeMap<&str, usize> = left.iter().enumerate().map(|(at, node)| (node.id.as_str(), at)).collect();
    let mut receivers: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); left.len()];
    let mut waits: Vec<usize> = vec![0; left.len()];
    for edge in graph.edges.iter().filter(|edge| edge.from != edge.to) {
        let (Some(from), Some(to)) = (places.get(edge.from.as_str()), places.get(edge.to.as_str())) else { continue };
        if let (Some(receivers), Some(waits)) = (receivers.get_mut(*from), waits.get_mut(*to))
            && receivers.insert(*to)
        {
            *waits += 1;
        }
    }
    let mut open: BTreeSet<usize> = (0..left.len()).collect();
    let mut ready: BTreeSet<usize> = open.iter().copied().filter(|at| waits.get(*at) == Some(&0)).collect();
    let mut ordered: Vec<&GraphNode> = Vec::with_capacity(left.len());
    let mut last: Option<usize> = None;
    // In a cycle no node is ready; take the first one.
    while let Some(first) = ready.first().or(open.first()).copied() {
        let follows = last.and_then(|last| receivers.get(last)?.iter().find(|at| ready.contains(at)));
        let next = follows.copied().unwrap_or(first);
        open.remove(&next);
        ready.remove(&next);
        for receiver in receivers.get(next).into_iter().flatten() {
            if let Some(waits) = waits.get_mut(*receiver) {
                *waits -= 1;
                if *waits == 0 && open.contains(receiver) {
                    ready.insert(*receiver);
                }
            }
        }
        ordered.extend(left.get(next));
        last = Some(next);
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
    ordered.sort_by_cached_key(|nodes| place(nodes));
    // A node that is connected only within this column is placed below its neighbour.
    let mut near: BTreeSet<&str> = BTreeSet::new();
    let neighbours = |nodes: &[&GraphNode]| -> BTreeSet<&str> {
        nodes.iter().flat_map(|node| adjacency.neighbours(&node.id)).collect()
    };
    for nodes in &ordered {
        near.extend(neighbours(nodes));
    }
    while !later.is_empty() {
        // A group has a neighbour among the placed ones if one of those has it.
        let found = later.iter().position(|nodes| nodes.iter().any(|node| near.contains(node.id.as_str())));
        let nodes = later.remove(found.unwrap_or_default());
        let own = neighbours(&nodes);
        let holds = |placed: &Vec<&GraphNode>| placed.iter().any(|node| own.contains(node.id.as_str()));
        let place = found.and_then(|_| ordered.iter().rposition(holds)).map_or(ordered.len(), |at| at + 1);
        ordered.insert(place, nodes);
        near.extend(own);
    }
    ordered
}
