//! Positions everything: in two columns, or in one for a phone.
//!
//! On the left, or on top, is the path of a message, from its source to its effect. On the right, or below, is what the path
//! uses: secrets, roles, queues, logs, alarms. Edges run between and next to the columns ([`super::route`]). Several
//! resources of one type share a card. All positions are integers, so that every machine draws the same diagram.

use std::collections::BTreeSet;

use super::adjacency::Adjacency;
use super::card::{Card, Columns};
use super::model::Graph;
use super::order;
use super::route::{self, Route};

/// The space above the first card.
const TOP: u32 = 30;
/// The space between two cards of the left column, for an arrow and its label.
const GAP: u32 = 46;

/// A diagram with positions.
pub(crate) struct Layout {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) cards: Vec<Card>,
    pub(crate) routes: Vec<Route>,
}

/// Lays out a graph.
pub(crate) fn layout(graph: &Graph, columns: Columns) -> Layout {
    let adjacency = Adjacency::new(graph);
    let left = order::on_the_way(graph);
    let right = order::beside(graph, &left, &adjacency);
    let mut cards: Vec<Card> = left.iter().map(|node| Card::new(false, &[node])).collect();
    cards.extend(right.iter().map(|nodes| Card::new(true, nodes)));
    let on_the_left: BTreeSet<&str> = left.iter().map(|node| node.id.as_str()).collect();
    for card in cards.iter_mut().filter(|card| card.right) {
        card.caption = adjacency.caption(card, &on_the_left);
    }
    match columns {
        Columns::One => stack(&mut cards, &adjacency, |_| true),
        Columns::Two => {
            stack(&mut cards, &adjacency, |card| card.right);
            align(&mut cards, &adjacency);
        }
    }
    let (routes, width) = route::route(&mut cards, graph, columns);
    let height = cards.iter().map(Card::bottom).max().unwrap_or(TOP) + 20;
    Layout { width, height, cards, routes }
}

/// Stacks cards as closely as arrows and captions allow.
fn stack(cards: &mut [Card], adjacency: &Adjacency<'_>, chosen: impl Fn(&Card) -> bool) {
    let mut bottom = 0;
    for at in 0..cards.len() {
        let two = at.checked_sub(1).and_then(|before| cards.get(before..=at));
        let arrow = two.is_some_and(|two| two.iter().all(&chosen) && adjacency.between(two));
        let Some(card) = cards.get_mut(at).filter(|card| chosen(card)) else { continue };
        let gap = match (bottom, arrow, card.caption.is_empty()) {
            (0, ..) => TOP,
            (_, true, _) => GAP,
            (_, _, false) => 34,
            _ => 18,
        };
        card.y = bottom + gap;
        bottom = card.bottom();
    }
}

/// Aligns the left column with the right one: each card next to the cards that it is connected to.
fn align(cards: &mut [Card], adjacency: &Adjacency<'_>) {
    let mut bottom = 0;
    for at in 0..cards.len() {
        let ideal = cards.get(at).filter(|card| !card.right).map(|card| ideal_top(cards, card, adjacency));
        let (Some(ideal), Some(card)) = (ideal, cards.get_mut(at)) else { continue };
        card.y = ideal.max(if bottom == 0 { TOP } else { bottom + GAP });
        bottom = card.bottom();
    }
}

/// Returns the top at which a card is centred on the cards that it is connected to.
fn ideal_top(cards: &[Card], card: &Card, adjacency: &Adjacency<'_>) -> u32 {
    let near: BTreeSet<&str> = card.ports.keys().flat_map(|id| adjacency.neighbours(id)).collect();
    let heights: Vec<u32> = cards
        .iter()
        .filter(|other| other.right)
        .flat_map(|other| {
            other.ports.iter().filter(|(id, _)| near.contains(id.as_str())).map(|(_, port)| other.y + port)
        })
        .collect();
    route::mean(&heights).saturating_sub(card.height / 2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::graph::card::WIDTH;
    use crate::graph::kind::NodeKind;
    use crate::graph::model::{Edge, EdgeKind, Fact, GraphNode, Mark};

    const KINDS: [NodeKind; 9] = [
        NodeKind::Trigger,
        NodeKind::Topic,
        NodeKind::Mapping,
        NodeKind::Function,
        NodeKind::Queue,
        NodeKind::Secret,
        NodeKind::Role,
        NodeKind::Alarm,
        NodeKind::Other,
    ];
    const EDGE_KINDS: [EdgeKind; 4] = [EdgeKind::Invokes, EdgeKind::Uses, EdgeKind::Watches, EdgeKind::Carries];

    fn graph(kinds: &[usize], edges: &[(usize, usize, usize)]) -> Graph {
        let id = |at: usize| format!("Resource{at}");
        let node = |(at, kind): (usize, &usize)| GraphNode {
            id: id(at),
            kind: KINDS[kind % KINDS.len()],
            word: KINDS[kind % KINDS.len()].word().to_owned(),
            name: id(at),
            facts: vec![
                Fact { text: "a fact of some length, which is more than one line".to_owned(), mark: Mark::None };
                at % 4
            ],
            condition: None,
            mark: Mark::None,
        };
        let edges: BTreeSet<Edge> = edges
            .iter()
            .map(|(from, to, kind)| Edge {
                from: id(from % kinds.len()),
                to: id(to % kinds.len()),
                kind: EDGE_KINDS[kind % EDGE_KINDS.len()],
                mark: Mark::None,
            })
            .collect();
        let mut nodes: Vec<GraphNode> = kinds.iter().enumerate().map(node).collect();
        nodes.sort_by(|a, b| a.id.cmp(&b.id));
        Graph { title: String::new(), nodes, edges: edges.into_iter().collect() }
    }

    /// Whether a horizontal or vertical line crosses the inside of a card.
    fn through((from, to): ((u32, u32), (u32, u32)), card: &Card) -> bool {
        from.0.min(to.0) < card.x + WIDTH
            && from.0.max(to.0) > card.x
            && from.1.min(to.1) < card.bottom()
            && from.1.max(to.1) > card.y
    }

    proptest! {
        /// Every node and edge is drawn; cards do not overlap; edges cross no card and no other trunk's lane.
        #[test]
        fn everything_is_drawn_without_overlaps(
            kinds in prop::collection::vec(0..99_usize, 1..14),
            edges in prop::collection::vec((0..99_usize, 0..99_usize, 0..99_usize), 0..30),
            narrow in any::<bool>(),
        ) {
            let graph = graph(&kinds, &edges);
            let layout = layout(&graph, if narrow { Columns::One } else { Columns::Two });
            let shown: Vec<&String> = layout.cards.iter().flat_map(|card| card.ports.keys()).collect();
            prop_assert_eq!(shown.len(), graph.nodes.len());
            for (at, card) in layout.cards.iter().enumerate() {
                prop_assert!(card.x + WIDTH <= layout.width && card.bottom() <= layout.height);
                for other in &layout.cards[at + 1..] {
                    prop_assert!(card.x != other.x || card.bottom() <= other.y || other.bottom() <= card.y);
                }
                for line in &card.lines {
                    prop_assert!(line.y < card.height);
                }
            }
            let card_of = |id: &String| layout.cards.iter().position(|card| card.ports.contains_key(id));
            for edge in graph.edges.iter().filter(|edge| card_of(&edge.from) != card_of(&edge.to)) {
                let sentence = graph.sentence(edge);
                prop_assert!(layout.routes.iter().any(|route| route.title.split("; ").any(|title| title == sentence)), "{}", sentence);
            }
            let mut upright: Vec<(usize, u32, u32, u32)> = Vec::new();
            for route in &layout.routes {
                for pair in route.points.windows(2) {
                    let (from, to) = (pair[0], pair[1]);
                    prop_assert!(from.0 == to.0 || from.1 == to.1);
                    prop_assert!(from.0 <= layout.width && to.0 <= layout.width);
                    for card in &layout.cards {
                        prop_assert!(!through((from, to), card), "{} crosses {}", route.title, card.head);
                    }
                    if from.0 == to.0 && from.1 != to.1 {
                        upright.push((route.trunk, from.0, from.1.min(to.1), from.1.max(to.1)));
                    }
                }
            }
            for (trunk, x, top, bottom) in &upright {
                for (other, at, from, to) in &upright {
                    prop_assert!(trunk == other || x != at || bottom < from || to < top, "two trunks in one lane");
                }
            }
        }
    }
}
