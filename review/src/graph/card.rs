//! A card with the facts of one node, or of several nodes of one type: its content and height, but not its position.

use std::collections::BTreeMap;

use super::face::{Face, wrap};
use super::kind::NodeKind;
use super::model::{GraphNode, Mark};

/// The width of a card.
pub(crate) const WIDTH: u32 = 208;
/// The distance from a card's edge to its text.
pub(crate) const PAD: u32 = 12;
/// The font size of a name.
pub(crate) const NAME: u32 = 14;
/// The font size of all other text.
pub(crate) const SMALL: u32 = 13;
const ROOM: u32 = WIDTH - 2 * PAD;
const HEAD: u32 = 30;
/// The room for a mark's sign and a space.
const SIGN: u32 = 14;
/// The indent of a fact's second line.
const HANGING: u32 = 10;
/// The most facts on a card.
const MOST_FACTS: usize = 9;
/// The most changed facts on a card.
const MOST_CHANGES: usize = 30;

/// The layout of a diagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Columns {
    /// One column.
    One,
    /// Two columns side by side.
    Two,
}

/// A card.
pub(crate) struct Card {
    pub(crate) kind: NodeKind,
    /// Whether it is in the right column, with what the message path uses.
    pub(crate) right: bool,
    pub(crate) x: u32,
    pub(crate) y: u32,
    pub(crate) height: u32,
    /// The text above it: its relationships to the left column.
    pub(crate) caption: String,
    pub(crate) head: String,
    pub(crate) mark: Mark,
    pub(crate) conditional: bool,
    pub(crate) lines: Vec<Line>,
    /// The nodes on it, with the offset from its top where edges meet each node.
    pub(crate) ports: BTreeMap<String, u32>,
}

/// A line of a card.
pub(crate) struct Line {
    /// Its baseline, from the card's top.
    pub(crate) y: u32,
    /// Its indent, from the start of the card's text.
    pub(crate) indent: u32,
    pub(crate) text: String,
    pub(crate) face: Face,
    pub(crate) mark: Mark,
    /// Whether it starts a text, rather than continuing the line above.
    pub(crate) begins: bool,
}

impl Card {
    /// Creates a card for one node, or for several nodes of one type.
    pub(super) fn new(right: bool, nodes: &[&GraphNode]) -> Self {
        let mut pen = Pen { lines: Vec::new(), y: HEAD + 12 };
        let mut card = match nodes {
            [node] => Self::of_one(right, node, &mut pen),
            nodes => Self::of_many(right, nodes, &mut pen),
        };
        card.height = pen.y - 6;
        card.lines = pen.lines;
        card
    }

    fn of_one(right: bool, node: &GraphNode, pen: &mut Pen) -> Self {
        pen.write(&node.name, Face::Code, Mark::None, 3);
        if let Some(condition) = &node.condition {
            pen.write(&format!("only if {condition}"), Face::Text, Mark::None, 2);
        }
        let changes = node.facts.iter().filter(|fact| fact.mark != Mark::None).count();
        // Changed facts take precedence if not all fit.
        let (mut plain, mut marked) = (MOST_FACTS.saturating_sub(changes), MOST_CHANGES);
        let mut hidden = 0;
        for fact in &node.facts {
            let room = if fact.mark == Mark::None { &mut plain } else { &mut marked };
            if *room == 0 {
                hidden += 1;
                continue;
            }
            *room -= 1;
            pen.write(&fact.text, Face::Text, fact.mark, 4);
        }
        if hidden > 0 {
            pen.write(&format!("and {hidden} more"), Face::Text, Mark::None, 1);
        }
        Self {
            mark: node.mark,
            conditional: node.condition.is_some(),
            ports: BTreeMap::from([(node.id.clone(), 20)]),
            ..Self::empty(node.kind, node.word.clone(), right)
        }
    }

    fn of_many(right: bool, nodes: &[&GraphNode], pen: &mut Pen) -> Self {
        let mut ports = BTreeMap::new();
        for node in nodes {
            ports.insert(node.id.clone(), pen.y - 5);
            pen.write(&node.name, Face::Code, node.mark, 2);
            if let Some(fact) = node.facts.first() {
                pen.write(&fact.text, Face::Text, fact.mark, 2);
            }
            pen.y += 4;
        }
        pen.y -= 4;
        let kind = nodes.first().map_or(NodeKind::Other, |node| node.kind);
        let word = nodes.first().map(|node| node.word.as_str()).unwrap_or_default();
        let mark = Mark::common(nodes.iter().map(|node| node.mark));
        Self { mark, ports, ..Self::empty(kind, format!("{word} × {}", nodes.len()), right) }
    }

    fn empty(kind: NodeKind, head: String, right: bool) -> Self {
        Self {
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

    /// Returns the position of its lower edge.
    pub(crate) fn bottom(&self) -> u32 {
        self.y + self.height
    }
}

/// Writes the lines of a card.
struct Pen {
    lines: Vec<Line>,
    /// The baseline of the next line.
    y: u32,
}

impl Pen {
    fn write(&mut self, text: &str, face: Face, mark: Mark, most: usize) {
        let (size, step) = if face == Face::Code { (NAME, 19) } else { (SMALL, 18) };
        // Marked text starts with a sign; continuation lines are indented, so that the start of each text is visible.
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
