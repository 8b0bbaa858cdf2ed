//! Which nodes and cards are connected.

use std::collections::{BTreeMap, BTreeSet};

use super::card::Card;
use super::model::{EdgeKind, Graph};

/// The neighbours of each node, along drawn edges.
pub(super) struct Adjacency<'a> {
    near: BTreeMap<&'a str, Vec<(&'a str, EdgeKind)>>,
}

impl<'a> Adjacency<'a> {
    pub(super) fn new(graph: &'a Graph) -> Self {
        let mut near: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for edge in graph.edges.iter().filter(|edge| edge.is_drawn()) {
            near.entry(&edge.from).or_default().push((edge.to.as_str(), edge.kind));
            near.entry(&edge.to).or_default().push((edge.from.as_str(), edge.kind));
        }
        Self { near }
    }

    pub(super) fn neighbours(&self, id: &str) -> impl Iterator<Item = &'a str> {
        self.near.get(id).into_iter().flatten().map(|(near, _)| *near)
    }

    /// Whether two adjacent cards are connected.
    pub(super) fn between(&self, two: &[Card]) -> bool {
        let [above, below] = two else { return false };
        above.ports.keys().any(|id| self.neighbours(id).any(|near| below.ports.contains_key(near)))
    }

    /// Returns the verbs between a card of the right column and the nodes of the left one.
    pub(super) fn caption(&self, card: &Card, left: &BTreeSet<&str>) -> String {
        let near = card.ports.keys().filter_map(|id| self.near.get(id.as_str())).flatten();
        let mut verbs: Vec<&str> = near.filter(|(near, _)| left.contains(near)).map(|(_, kind)| kind.label()).collect();
        verbs.sort_unstable();
        verbs.dedup();
        verbs.join(", ")
    }
}
