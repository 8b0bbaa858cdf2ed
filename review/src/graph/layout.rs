//! Where everything stands: in two columns, or in one for a phone.
//!
//! Left, or above, is the way of a message, from what sends it to what it does, top to bottom. Right, or below, is what that works with:
//! secrets, roles, queues, logs, alarms. Between and beside the columns run the edges ([`crate::graph::route`]). Many resources
//! of one type share one card. Whole numbers only, so that every machine draws the same.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::face::{Face, wrap};
use crate::graph::kind::Kind;
use crate::graph::mark::Mark;
use crate::graph::model::{Graph, Meaning, Node};
use crate::graph::route::{self, Route};

/// Width of a card.
pub(crate) const WIDTH: u32 = 208;
/// From a card's edge to its text.
pub(crate) const PAD: u32 = 12;
/// Size of a name.
pub(crate) const NAME: u32 = 14;
/// Size of all other text.
pub(crate) const SMALL: u32 = 13;
const ROOM: u32 = WIDTH - 2 * PAD;
const HEAD: u32 = 30;
/// Room for a mark's sign and a blank.
const SIGN: u32 = 14;
/// How far a fact's second line is set in.
const HANGING: u32 = 10;
/// Room above the first card.
const TOP: u32 = 30;
/// Between two cards of the left column, with an arrow and its label.
const GAP: u32 = 46;
/// Facts of a card, at most.
const MOST_FACTS: usize = 9;
/// Facts of a card that change, at most.
const MOST_CHANGES: usize = 30;
/// From so many on, resources of one type share a card.
const MANY: usize = 3;

/// How a picture is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Columns {
    /// One above the other.
    One,
    /// Side by side.
    Two,
}

/// A picture whose parts have their places.
pub(crate) struct Layout {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) cards: Vec<Card>,
    pub(crate) routes: Vec<Route>,
}

/// A box.
pub(crate) struct Card {
    pub(crate) kind: Kind,
    /// What the way of a message works with: in the right one of two columns.
    pub(crate) right: bool,
    pub(crate) x: u32,
    pub(crate) y: u32,
    pub(crate) height: u32,
    /// Above it: what is between it and the left column.
    pub(crate) caption: String,
    pub(crate) head: String,
    pub(crate) mark: Mark,
    pub(crate) conditional: bool,
    pub(crate) lines: Vec<Line>,
    /// The nodes that it shows, with how far below its top an edge meets each.
    pub(crate) ports: BTreeMap<String, u32>,
}

/// A line of a card.
pub(crate) struct Line {
    /// Its baseline, below the card's top.
    pub(crate) y: u32,
    /// From where the card's text begins.
    pub(crate) indent: u32,
    pub(crate) text: String,
    pub(crate) face: Face,
    pub(crate) mark: Mark,
    /// It does not go on from the line above.
    pub(crate) begins: bool,
}

impl Card {
    /// Below its last line.
    pub(crate) fn bottom(&self) -> u32 {
        self.y + self.height
    }
}

/// Places a graph.
pub(crate) fn layout(graph: &Graph, columns: Columns) -> Layout {
    let left = on_the_way(graph);
    let mut cards: Vec<Card> = left.iter().map(|node| card(false, &[node])).collect();
    let edges = Edges::of(graph);
    let rest = beside(graph, &left, &edges);
    cards.extend(rest.iter().map(|nodes| card(true, nodes)));
    for at in 0..cards.len() {
        let caption = edges.caption(&cards, at);
        if let Some(card) = cards.get_mut(at) {
            card.caption = caption;
        }
    }
    match columns {
        Columns::One => stack(&mut cards, &edges, |_| true),
        Columns::Two => {
            stack(&mut cards, &edges, |card| card.right);
            align(&mut cards, &edges);
        }
    }
    let (routes, width) = route::route(&mut cards, graph, columns);
    let height = cards.iter().map(Card::bottom).max().unwrap_or(TOP) + 20;
    Layout { width, height, cards, routes }
}

/// The left column: each after what sends to it, next to it where that goes.
fn on_the_way(graph: &Graph) -> Vec<&Node> {
    let sends: BTreeSet<&str> = graph
        .edges
        .iter()
        .filter(|edge| matches!(edge.meaning, Meaning::Carries | Meaning::Feeds))
        .map(|edge| edge.from.as_str())
        .collect();
    let way = |node: &&Node| node.kind.is_on_the_way() || sends.contains(node.id.as_str());
    let mut left: Vec<&Node> = graph.nodes.iter().filter(way).collect();
    if left.is_empty() {
        // Nothing runs here: whatever refers to something stands left of it.
        let refers: BTreeSet<&str> = graph.edges.iter().map(|edge| edge.from.as_str()).collect();
        left = graph.nodes.iter().filter(|node| refers.contains(node.id.as_str())).collect();
    }
    left.sort_by_key(|node| (node.kind, &node.id));
    let mut ordered: Vec<&Node> = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let waits = |node: &Node| {
            graph.edges.iter().any(|edge| {
                edge.to == node.id && edge.from != node.id && left.iter().any(|other| other.id == edge.from)
            })
        };
        let follows = |node: &Node| {
            ordered.last().is_some_and(|last| graph.edges.iter().any(|edge| edge.from == last.id && edge.to == node.id))
        };
        let ready = |at: &usize| left.get(*at).is_some_and(|node| !waits(node));
        let indices = || 0..left.len();
        let next = indices().filter(ready).find(|at| left.get(*at).is_some_and(|node| follows(node)));
        // In a circle nobody is ready; then the first one begins.
        let next = next.or_else(|| indices().find(ready)).unwrap_or_default();
        ordered.push(left.remove(next));
    }
    ordered
}

/// The right column, a list of nodes for each card: each at the height of what works with it.
fn beside<'a>(graph: &'a Graph, left: &[&Node], edges: &Edges<'_>) -> Vec<Vec<&'a Node>> {
    let places: BTreeMap<&str, usize> = left.iter().enumerate().map(|(at, node)| (node.id.as_str(), at)).collect();
    let mut groups: BTreeMap<(&str, String), Vec<&Node>> = BTreeMap::new();
    for node in graph.nodes.iter().filter(|node| !places.contains_key(node.id.as_str())) {
        groups.entry((node.word.as_str(), String::new())).or_default().push(node);
    }
    let mut groups: Vec<Vec<&Node>> = groups
        .into_values()
        .flat_map(|nodes| {
            let together = nodes.len() >= MANY || nodes.iter().all(|node| node.kind == Kind::Alarm);
            if together { vec![nodes] } else { nodes.into_iter().map(|node| vec![node]).collect() }
        })
        .collect();
    let place = |nodes: &[&Node]| {
        let near = nodes.iter().flat_map(|node| edges.neighbours(&node.id));
        near.filter_map(|near| places.get(near)).min().copied()
    };
    groups.sort_by_key(|nodes| nodes.first().map(|node| (node.kind, &node.id)));
    let (mut ordered, mut later): (Vec<_>, Vec<_>) = groups.into_iter().partition(|nodes| place(nodes).is_some());
    ordered.sort_by_key(|nodes| place(nodes));
    // What only works with something of this column stands below that.
    while !later.is_empty() {
        let holder = |nodes: &[&Node]| {
            let near: BTreeSet<&str> = nodes.iter().flat_map(|node| edges.neighbours(&node.id)).collect();
            ordered.iter().rposition(|nodes: &Vec<&Node>| nodes.iter().any(|node| near.contains(node.id.as_str())))
        };
        let found = later.iter().enumerate().find_map(|(at, nodes)| Some((at, holder(nodes)? + 1)));
        let (at, place) = found.unwrap_or((0, ordered.len()));
        ordered.insert(place, later.remove(at));
    }
    ordered
}

/// The edges that are drawn, and who is next to whom by them.
pub(crate) struct Edges<'a> {
    near: BTreeMap<&'a str, Vec<(&'a str, Meaning, bool)>>,
}

impl<'a> Edges<'a> {
    fn of(graph: &'a Graph) -> Self {
        let mut near: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for edge in graph.edges.iter().filter(|edge| edge.meaning != Meaning::Permits) {
            near.entry(&edge.from).or_default().push((edge.to.as_str(), edge.meaning, true));
            near.entry(&edge.to).or_default().push((edge.from.as_str(), edge.meaning, false));
        }
        Self { near }
    }

    fn neighbours(&self, id: &str) -> impl Iterator<Item = &'a str> {
        self.near.get(id).into_iter().flatten().map(|(near, ..)| *near)
    }

    /// Whether two cards, one below the other, have to do with each other.
    fn between(&self, two: &[Card]) -> bool {
        let [above, below] = two else { return false };
        above.ports.keys().any(|id| self.neighbours(id).any(|near| below.ports.contains_key(near)))
    }

    /// The verbs between a card of the right column and the left one.
    fn caption(&self, cards: &[Card], at: usize) -> String {
        let Some(card) = cards.get(at).filter(|card| card.right) else { return String::new() };
        let left: BTreeSet<&str> =
            cards.iter().filter(|card| !card.right).flat_map(|card| card.ports.keys()).map(String::as_str).collect();
        let near = card.ports.keys().filter_map(|id| self.near.get(id.as_str())).flatten();
        let mut verbs: Vec<&str> =
            near.filter(|(near, ..)| left.contains(near)).map(|(_, meaning, _)| meaning.label()).collect();
        verbs.sort_unstable();
        verbs.dedup();
        verbs.join(", ")
    }
}

/// One below the other, as near as arrows and captions allow.
fn stack(cards: &mut [Card], edges: &Edges<'_>, chosen: impl Fn(&Card) -> bool) {
    let mut bottom = 0;
    for at in 0..cards.len() {
        let two = at.checked_sub(1).and_then(|before| cards.get(before..=at));
        let arrow = two.is_some_and(|two| two.iter().all(&chosen) && edges.between(two));
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

/// The left column beside the right one: each card at the height of what it works with.
fn align(cards: &mut [Card], edges: &Edges<'_>) {
    let mut bottom = 0;
    for at in 0..cards.len() {
        let wanted = cards.get(at).map(|card| wish(cards, card, edges)).unwrap_or_default();
        let Some(card) = cards.get_mut(at) else { continue };
        if card.right {
            continue;
        }
        card.y = wanted.max(if bottom == 0 { TOP } else { bottom + GAP });
        bottom = card.bottom();
    }
}

/// The top of a card that has what it works with around its middle.
fn wish(cards: &[Card], card: &Card, edges: &Edges<'_>) -> u32 {
    let near: BTreeSet<&str> = card.ports.keys().flat_map(|id| edges.neighbours(id)).collect();
    let heights: Vec<u32> = cards
        .iter()
        .filter(|other| other.right)
        .flat_map(|other| {
            other.ports.iter().filter(|(id, _)| near.contains(id.as_str())).map(|(_, port)| other.y + port)
        })
        .collect();
    let count = u32::try_from(heights.len()).unwrap_or(u32::MAX);
    heights.iter().sum::<u32>().checked_div(count).unwrap_or_default().saturating_sub(card.height / 2)
}

fn card(right: bool, nodes: &[&Node]) -> Card {
    let mut pen = Pen { lines: Vec::new(), y: HEAD + 12 };
    let mut ports = BTreeMap::new();
    let mut card = match nodes {
        [node] => {
            pen.write(&node.name, Face::Code, Mark::None, 3);
            ports.insert(node.id.clone(), 20);
            if let Some(condition) = &node.condition {
                pen.write(&format!("only if {condition}"), Face::Text, Mark::None, 2);
            }
            let changes = node.facts.iter().filter(|fact| fact.mark != Mark::None).count();
            // What changes goes before what stays, where there is not room for all.
            let (mut plain, mut marked) = (MOST_FACTS.saturating_sub(changes), MOST_CHANGES);
            let mut left_out = 0;
            for fact in &node.facts {
                let room = if fact.mark == Mark::None { &mut plain } else { &mut marked };
                if *room == 0 {
                    left_out += 1;
                    continue;
                }
                *room -= 1;
                pen.write(&fact.text, Face::Text, fact.mark, 4);
            }
            if left_out > 0 {
                pen.write(&format!("and {left_out} more"), Face::Text, Mark::None, 1);
            }
            let (head, kind) = (node.word.clone(), node.kind);
            Card { mark: node.mark, conditional: node.condition.is_some(), ..empty(kind, head, right) }
        }
        nodes => {
            for node in nodes {
                ports.insert(node.id.clone(), pen.y - 5);
                pen.write(&node.name, Face::Code, node.mark, 2);
                if let Some(fact) = node.facts.first() {
                    pen.write(&fact.text, Face::Text, fact.mark, 2);
                }
                pen.y += 4;
            }
            pen.y -= 4;
            let kind = nodes.first().map_or(Kind::Other, |node| node.kind);
            let word = nodes.first().map(|node| node.word.as_str()).unwrap_or_default();
            let marks: BTreeSet<Mark> = nodes.iter().map(|node| node.mark).collect();
            let mark = if marks.len() == 1 { marks.first().copied().unwrap_or_default() } else { Mark::None };
            Card { mark, ..empty(kind, format!("{word} × {}", nodes.len()), right) }
        }
    };
    card.height = pen.y - 6;
    card.lines = pen.lines;
    card.ports = ports;
    card
}

fn empty(kind: Kind, head: String, right: bool) -> Card {
    Card {
        kind,
        right,
        x: 0,
        y: 0,
        height: 0,
        caption: String::new(),
        head,
        mark: Mark::None,
        conditional: false,
        lines: Vec::new(),
        ports: BTreeMap::new(),
    }
}

struct Pen {
    lines: Vec<Line>,
    /// The next baseline.
    y: u32,
}

impl Pen {
    fn write(&mut self, text: &str, face: Face, mark: Mark, most: usize) {
        let (size, step) = if face == Face::Code { (NAME, 19) } else { (SMALL, 18) };
        // A sign stands before what is marked; what goes on below is set in, so that each line's beginning is seen.
        let indent = match (face, mark) {
            (Face::Code, Mark::None) => 0,
            (Face::Text, Mark::None) => HANGING,
            _ => SIGN,
        };
        for (at, text) in wrap(text, face, size, ROOM - indent, most).into_iter().enumerate() {
            let begins = at == 0;
            let indent = if begins && mark == Mark::None { 0 } else { indent };
            self.lines.push(Line { y: self.y, indent, text, face, mark, begins });
            self.y += step;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::graph::model::{Edge, Fact};

    const KINDS: [Kind; 9] = [
        Kind::Trigger,
        Kind::Topic,
        Kind::Mapping,
        Kind::Function,
        Kind::Queue,
        Kind::Secret,
        Kind::Role,
        Kind::Alarm,
        Kind::Other,
    ];
    const MEANINGS: [Meaning; 4] = [Meaning::Invokes, Meaning::Uses, Meaning::Watches, Meaning::Carries];

    fn graph(kinds: &[usize], edges: &[(usize, usize, usize)]) -> Graph {
        let id = |at: usize| format!("Resource{at}");
        let node = |(at, kind): (usize, &usize)| Node {
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
            .map(|(from, to, meaning)| Edge {
                from: id(from % kinds.len()),
                to: id(to % kinds.len()),
                meaning: MEANINGS[meaning % MEANINGS.len()],
                mark: Mark::None,
            })
            .collect();
        let nodes = kinds.iter().enumerate().map(node).collect();
        Graph { title: String::new(), nodes, edges: edges.into_iter().collect() }
    }

    /// Whether a horizontal or vertical line runs through the inside of a card.
    fn through((from, to): ((u32, u32), (u32, u32)), card: &Card) -> bool {
        from.0.min(to.0) < card.x + WIDTH
            && from.0.max(to.0) > card.x
            && from.1.min(to.1) < card.bottom()
            && from.1.max(to.1) > card.y
    }

    proptest! {
        /// Every node and edge is drawn, cards keep clear of each other, and edges of cards and of other trunks.
        #[test]
        fn all_is_shown_and_nothing_is_covered(
            kinds in prop::collection::vec(0..99_usize, 1..14),
            edges in prop::collection::vec((0..99_usize, 0..99_usize, 0..99_usize), 0..30),
            one in any::<bool>(),
        ) {
            let graph = graph(&kinds, &edges);
            let layout = layout(&graph, if one { Columns::One } else { Columns::Two });
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
                let told = route::sentence(edge);
                prop_assert!(layout.routes.iter().any(|route| route.title.split("; ").any(|one| one == told)), "{}", told);
            }
            let mut upright: Vec<(usize, u32, u32, u32)> = Vec::new();
            for route in &layout.routes {
                for pair in route.points.windows(2) {
                    let (from, to) = (pair[0], pair[1]);
                    prop_assert!(from.0 == to.0 || from.1 == to.1);
                    prop_assert!(from.0 <= layout.width && to.0 <= layout.width);
                    for card in &layout.cards {
                        prop_assert!(!through((from, to), card), "{} runs through {}", route.title, card.head);
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
