//! Routes each edge: straight to a neighbour, or through a gutter between or next to the columns.
//!
//! Edges of one card in one direction share a trunk, trunks that overlap have separate lanes, and no edge crosses a card.

use std::collections::{BTreeMap, BTreeSet};

use super::card::{Card, Columns, WIDTH};
use super::model::{Edge, EdgeKind, Graph, Mark};

/// The route of an edge, with an arrow at its end.
pub(crate) struct Route {
    /// Its corners.
    pub(crate) points: Vec<(u32, u32)>,
    /// The label and its position, if there is room.
    pub(crate) label: Option<(u32, u32, &'static str)>,
    pub(crate) mark: Mark,
    /// The edge in a sentence.
    pub(crate) title: String,
    /// The number of its trunk.
    pub(crate) trunk: usize,
}

const LANE: u32 = 11;
/// The distance between a card and its lanes: room for an arrowhead and a line before it.
const APPROACH: u32 = 20;
const MARGIN: u32 = 12;

/// The places for lanes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gutter {
    Left,
    Middle,
    Right,
}

/// Identifies a trunk: the gutter, its card, and whether it starts there.
type TrunkKey = (Gutter, usize, bool);

struct Wire<'a> {
    edge: &'a Edge,
    from: usize,
    to: usize,
    key: TrunkKey,
}

/// Routes every edge, positions the columns around the lanes, and returns the total width.
pub(super) fn route(cards: &mut [Card], graph: &Graph, columns: Columns) -> (Vec<Route>, u32) {
    let owner: BTreeMap<String, usize> =
        cards.iter().enumerate().flat_map(|(at, card)| card.ports.keys().map(move |id| (id.clone(), at))).collect();
    let mut wires: Vec<Wire<'_>> = Vec::new();
    let mut straight: BTreeMap<(usize, usize), Vec<&Edge>> = BTreeMap::new();
    for edge in graph.edges.iter().filter(|edge| edge.is_drawn()) {
        let (Some(&from), Some(&to)) = (owner.get(&edge.from), owner.get(&edge.to)) else { continue };
        let (Some(start), Some(end)) = (cards.get(from), cards.get(to)) else { continue };
        if from == to {
            continue;
        }
        let beside = (columns == Columns::One || start.right == end.right) && from.abs_diff(to) == 1;
        if beside && !straight.contains_key(&(to, from)) {
            straight.entry((from, to)).or_default().push(edge);
            continue;
        }
        let key = match (start.right, end.right) {
            (false, true) => (Gutter::Middle, from, true),
            (true, false) => (Gutter::Middle, to, false),
            (false, false) => (Gutter::Left, from, true),
            (true, true) => (Gutter::Right, to, false),
        };
        // With one column, captions are on the left.
        let key = if columns == Columns::One { (Gutter::Right, key.1, key.2) } else { key };
        wires.push(Wire { edge, from, to, key });
    }
    let ports = Ports::new(cards, &wires);
    let lanes = lanes(cards, &wires, &ports);
    let width = |gutter: Gutter| {
        let count = lanes.iter().filter(|((at, ..), _)| *at == gutter).map(|(_, lane)| lane + 1).max().unwrap_or(0);
        if count == 0 { 0 } else { 2 * APPROACH + (count - 1) * LANE }
    };
    let both = cards.iter().any(|card| card.right) && cards.iter().any(|card| !card.right);
    let left = MARGIN + width(Gutter::Left);
    let right =
        if both && columns == Columns::Two { left + WIDTH + width(Gutter::Middle).max(2 * MARGIN) } else { left };
    let total = right + WIDTH + width(Gutter::Right) + MARGIN;
    for card in cards.iter_mut() {
        card.x = if card.right { right } else { left };
    }
    let x = |gutter: Gutter, lane: u32| match gutter {
        Gutter::Left => left - APPROACH - lane * LANE,
        Gutter::Middle => left + WIDTH + APPROACH + lane * LANE,
        Gutter::Right => right + WIDTH + APPROACH + lane * LANE,
    };
    let mut routes: Vec<Route> = straight
        .into_iter()
        .enumerate()
        .map(|(at, ((from, to), edges))| Route { trunk: at, ..line(graph, cards, from, to, &edges) })
        .collect();
    let first = routes.len();
    let trunks: BTreeMap<TrunkKey, usize> = lanes.keys().enumerate().map(|(at, key)| (*key, first + at)).collect();
    wires.sort_by_key(|wire| (wire.key, wire.edge.mark));
    for wire in &wires {
        let (Some(start_card), Some(end_card)) = (cards.get(wire.from), cards.get(wire.to)) else { continue };
        let lane = x(wire.key.0, lanes.get(&wire.key).copied().unwrap_or_default());
        let (start, end) = (ports.start(wire, cards), ports.end(wire, cards));
        let side = |card: &Card| match (wire.key.0, card.right) {
            (Gutter::Left, _) | (Gutter::Middle, true) => card.x,
            (Gutter::Right, _) | (Gutter::Middle, false) => card.x + WIDTH,
        };
        let points = vec![(side(start_card), start), (lane, start), (lane, end), (side(end_card), end)];
        let trunk = trunks.get(&wire.key).copied().unwrap_or_default();
        routes.push(Route { points, label: None, mark: wire.edge.mark, title: graph.sentence(wire.edge), trunk });
    }
    (routes, total)
}

/// Returns the mean of numbers, rounded down; zero without any.
pub(super) fn mean(numbers: &[u32]) -> u32 {
    let sum: u64 = numbers.iter().copied().map(u64::from).sum();
    let mean = sum.checked_div(u64::try_from(numbers.len()).unwrap_or(u64::MAX)).unwrap_or_default();
    u32::try_from(mean).unwrap_or(u32::MAX)
}

/// Draws a straight line between two cards of a column.
fn line(graph: &Graph, cards: &[Card], from: usize, to: usize, edges: &[&Edge]) -> Route {
    let mut points = Vec::new();
    let mut label = None;
    let kinds: BTreeSet<EdgeKind> = edges.iter().map(|edge| edge.kind).collect();
    if let (Some(first), Some(last)) = (cards.get(from), cards.get(to)) {
        // The arrow keeps clear of a caption on the left.
        let x = first.x + WIDTH / 2;
        let (start, end) = if first.y < last.y { (first.bottom(), last.y) } else { (first.y, last.bottom()) };
        points = vec![(x, start), (x, end)];
        label = kinds.first().map(|kind| (x + 11, u32::midpoint(start, end) + 4, kind.label()));
    }
    let mark = Mark::common(edges.iter().map(|edge| edge.mark));
    let title = edges.iter().map(|edge| graph.sentence(edge)).collect::<Vec<_>>().join("; ");
    Route { points, label, mark, title, trunk: 0 }
}

/// The points where trunks meet cards.
struct Ports {
    /// The position at the card that owns the trunk.
    own: BTreeMap<TrunkKey, u32>,
    /// The offset below the port at another card, where several trunks may meet.
    shift: BTreeMap<(TrunkKey, usize), u32>,
}

impl Ports {
    fn new(cards: &[Card], wires: &[Wire<'_>]) -> Self {
        let mut shift = BTreeMap::new();
        let mut met: BTreeMap<(Gutter, usize), BTreeSet<TrunkKey>> = BTreeMap::new();
        for wire in wires {
            let far = if wire.key.1 == wire.from { wire.to } else { wire.from };
            met.entry((wire.key.0, far)).or_default().insert(wire.key);
        }
        for ((_, card), keys) in met {
            for (at, key) in (0_u32..).zip(keys) {
                let height = cards.get(card).map_or(0, |card| card.height);
                let alone = cards.get(card).is_some_and(|card| card.ports.len() == 1);
                shift.insert((key, card), if alone { (at * 12).min(height.saturating_sub(32)) } else { at.min(2) * 5 });
            }
        }
        let mut trunks: BTreeMap<(Gutter, usize), BTreeMap<TrunkKey, Vec<u32>>> = BTreeMap::new();
        for wire in wires {
            let far = if wire.key.1 == wire.from { (wire.to, &wire.edge.to) } else { (wire.from, &wire.edge.from) };
            let y = cards.get(far.0).map_or(0, |card| card.y + card.ports.get(far.1).copied().unwrap_or_default());
            trunks.entry((wire.key.0, wire.key.1)).or_default().entry(wire.key).or_default().push(y);
        }
        let mut own = BTreeMap::new();
        for ((gutter, card), trunks) in trunks {
            let Some(card) = cards.get(card) else { continue };
            let mut order: Vec<(u32, TrunkKey)> = trunks.into_iter().map(|(key, ys)| (mean(&ys), key)).collect();
            order.sort_unstable();
            let count = u32::try_from(order.len()).unwrap_or(1);
            // Other trunks may meet this card at its port on the right side.
            let room = if gutter == Gutter::Right { card.height / 2 } else { card.height };
            for (at, (_, key)) in (1_u32..).zip(order) {
                own.insert(key, card.y + card.height - room + room * at / (count + 1));
            }
        }
        Self { own, shift }
    }

    fn start(&self, wire: &Wire<'_>, cards: &[Card]) -> u32 {
        self.at(wire, wire.from, &wire.edge.from, cards)
    }

    fn end(&self, wire: &Wire<'_>, cards: &[Card]) -> u32 {
        self.at(wire, wire.to, &wire.edge.to, cards)
    }

    fn at(&self, wire: &Wire<'_>, card: usize, id: &str, cards: &[Card]) -> u32 {
        if wire.key.1 == card {
            return self.own.get(&wire.key).copied().unwrap_or_default();
        }
        let port = cards.get(card).map_or(0, |card| card.y + card.ports.get(id).copied().unwrap_or_default());
        port + self.shift.get(&(wire.key, card)).copied().unwrap_or_default()
    }
}

/// Assigns a lane to each trunk so that none overlap; the shortest are next to the cards.
fn lanes(cards: &[Card], wires: &[Wire<'_>], ports: &Ports) -> BTreeMap<TrunkKey, u32> {
    let mut spans: BTreeMap<TrunkKey, (u32, u32)> = BTreeMap::new();
    for wire in wires {
        let (start, end) = (ports.start(wire, cards), ports.end(wire, cards));
        let span = spans.entry(wire.key).or_insert((u32::MAX, 0));
        *span = (span.0.min(start).min(end), span.1.max(start).max(end));
    }
    let mut order: Vec<(u32, TrunkKey)> = spans.iter().map(|(key, (start, end))| (end - start, *key)).collect();
    order.sort_unstable();
    let mut taken: BTreeMap<Gutter, Vec<Vec<(u32, u32)>>> = BTreeMap::new();
    let mut lanes = BTreeMap::new();
    for (_, key) in order {
        let Some(&(start, end)) = spans.get(&key) else { continue };
        let taken = taken.entry(key.0).or_default();
        let free = |lane: &Vec<(u32, u32)>| lane.iter().all(|(from, to)| end + 8 < *from || *to + 8 < start);
        let lane = taken.iter().position(free).unwrap_or(taken.len());
        if lane == taken.len() {
            taken.push(Vec::new());
        }
        if let Some(lane) = taken.get_mut(lane) {
            lane.push((start, end));
        }
        lanes.insert(key, u32::try_from(lane).unwrap_or_default());
    }
    lanes
}
