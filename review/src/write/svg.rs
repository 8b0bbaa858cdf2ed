//! Draws the diagram as self-contained SVG: no fonts, no scripts, no other files; follows the reader's light or dark theme.

use std::fmt::Write;

use super::icon::icon;
use super::markup::escape;
use crate::graph::card::{Card, Columns, Line, NAME, PAD, SMALL, WIDTH};
use crate::graph::face::{Face, width, wrap};
use crate::graph::layout::{Layout, layout};
use crate::graph::route::Route;
use crate::graph::{Graph, Mark};

/// The colours, fonts and strokes of all diagrams; a page contains them once.
pub(super) const STYLE: &str = include_str!("picture.css");

/// Writes a standalone SVG file.
pub fn svg(graph: &Graph, columns: Columns) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    draw(graph, columns, "stack", Some(STYLE), &mut out);
    out
}

/// Writes a diagram for a page that contains [`STYLE`]; `id` is the prefix of its ids.
pub(super) fn svg_within(graph: &Graph, columns: Columns, id: &str) -> String {
    let mut out = String::new();
    draw(graph, columns, id, None, &mut out);
    out
}

// Writing to a string does not fail.
fn draw(graph: &Graph, columns: Columns, id: &str, style: Option<&str>, out: &mut String) {
    let Layout { width, height, cards, routes } = layout(graph, columns);
    let marks = legend(graph);
    let height = height + if marks.is_empty() { 0 } else { 34 };
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"picture\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\" \
         width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">"
    );
    let _ = writeln!(out, "<title id=\"{id}-title\">{}</title>", escape(&graph.title));
    let _ = writeln!(out, "<desc id=\"{id}-desc\">{}</desc>", escape(&description(graph)));
    if let Some(style) = style {
        let _ = writeln!(out, "<style>\n{style}</style>");
        let _ = writeln!(out, "<rect class=\"ground\" width=\"{width}\" height=\"{height}\"/>");
    }
    // A trunk leaves a gap in the trunks it crosses, but not in routes of its own trunk.
    for trunk in routes.chunk_by(|route, next| route.trunk == next.trunk) {
        for route in trunk {
            let _ = writeln!(out, "<path class=\"halo\" d=\"{}\"/>", path(&route.points));
        }
        for route in trunk {
            draw_route(route, out);
        }
    }
    for card in &cards {
        draw_card(card, out);
    }
    for route in &routes {
        if let Some((x, y, label)) = route.label {
            let _ = writeln!(out, "<text class=\"verb\" x=\"{x}\" y=\"{y}\">{}</text>", escape(label));
        }
    }
    let mut x = PAD;
    for mark in marks {
        badge(mark, x, height - 30, out);
        x += badge_width(mark) + 10;
    }
    out.push_str("</svg>\n");
}

/// Describes everything that the diagram shows, in sentences.
fn description(graph: &Graph) -> String {
    let nodes = graph.nodes.iter().map(|node| node.lines().join(", ") + ".");
    let edges = graph.edges.iter().map(|edge| graph.sentence(edge) + ".");
    nodes.chain(edges).collect::<Vec<_>>().join(" ")
}

/// Returns the marks in use.
fn legend(graph: &Graph) -> Vec<Mark> {
    let facts = graph.nodes.iter().flat_map(|node| node.facts.iter().map(|fact| fact.mark));
    let all: Vec<Mark> =
        graph.nodes.iter().map(|node| node.mark).chain(graph.edges.iter().map(|edge| edge.mark)).chain(facts).collect();
    [Mark::Added, Mark::Changed, Mark::Replaced, Mark::Deleted].into_iter().filter(|mark| all.contains(mark)).collect()
}

fn draw_route(route: &Route, out: &mut String) {
    let path = path(&route.points);
    let _ = writeln!(out, "<g class=\"edge {}\"><title>{}</title>", route.mark.word(), escape(&route.title));
    let _ = writeln!(out, "<path class=\"wire\" d=\"{path}\"/>");
    if let [.., (fx, fy), (x, y)] = route.points.as_slice() {
        let head = match (fx.cmp(x), fy.cmp(y)) {
            (std::cmp::Ordering::Less, _) => "l-8 -4v8z",
            (std::cmp::Ordering::Greater, _) => "l8 -4v8z",
            (_, std::cmp::Ordering::Less) => "l-4 -8h8z",
            _ => "l-4 8h8z",
        };
        let _ = writeln!(out, "<path class=\"head\" d=\"M{x} {y}{head}\"/>");
    }
    out.push_str("</g>\n");
}

/// Returns a path with rounded corners.
fn path(points: &[(u32, u32)]) -> String {
    const RADIUS: u32 = 6;
    let toward = |from: (u32, u32), to: (u32, u32), by: u32| {
        let step = |from: u32, to: u32| {
            let by = by.min(from.abs_diff(to) / 2);
            if to > from { from + by } else { from - by }
        };
        (step(from.0, to.0), step(from.1, to.1))
    };
    let mut path = String::new();
    for (at, &(x, y)) in points.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| points.get(at));
        match (before, points.get(at + 1)) {
            (None, _) => drop(write!(path, "M{x} {y}")),
            (Some(_), None) => drop(write!(path, "L{x} {y}")),
            (Some(&before), Some(&after)) => {
                let (start, end) = (toward((x, y), before, RADIUS), toward((x, y), after, RADIUS));
                let _ = write!(path, "L{} {}Q{x} {y} {} {}", start.0, start.1, end.0, end.1);
            }
        }
    }
    path
}

fn draw_card(card: &Card, out: &mut String) {
    let Card { x, y, height, .. } = *card;
    let conditional = if card.conditional { " conditional" } else { "" };
    let _ = writeln!(out, "<g class=\"card {}{conditional} {}\">", card.kind.word(), card.mark.word());
    if !card.caption.is_empty() {
        let caption = wrap(&card.caption, Face::Text, SMALL, WIDTH - 70, 1).concat();
        let _ = writeln!(out, "<text class=\"verb\" x=\"{x}\" y=\"{}\">{}</text>", y - 7, escape(&caption));
    }
    let _ = writeln!(out, "<rect class=\"box\" x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{height}\" rx=\"8\"/>");
    if card.mark == Mark::Replaced {
        let (x, y, width, height) = (x + 4, y + 4, WIDTH - 8, height - 8);
        let _ = writeln!(
            out,
            "<rect class=\"box inner\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"5\"/>"
        );
    }
    let _ = writeln!(
        out,
        "<path class=\"icon\" transform=\"translate({} {})\" d=\"{}\"/>",
        x + PAD,
        y + 9,
        icon(card.kind)
    );
    let head = wrap(&card.head, Face::Text, SMALL, WIDTH - 2 * PAD - 24, 1).concat();
    if !head.is_empty() {
        let _ = writeln!(out, "<text class=\"word\" x=\"{}\" y=\"{}\">{}</text>", x + PAD + 24, y + 22, escape(&head));
    }
    for line in &card.lines {
        draw_line(line, x + PAD, y, out);
    }
    if card.mark != Mark::None {
        badge(card.mark, x + WIDTH - badge_width(card.mark) - 8, y - 10, out);
    }
    out.push_str("</g>\n");
}

fn draw_line(line: &Line, left: u32, top: u32, out: &mut String) {
    let class = if line.face == Face::Code { "name" } else { "fact" };
    let (x, y) = (left + line.indent, top + line.y);
    let mark = line.mark.word();
    if line.begins && line.mark != Mark::None {
        let _ = writeln!(out, "<text class=\"sign {mark}\" x=\"{left}\" y=\"{y}\">{}</text>", line.mark.sign());
    }
    let _ = writeln!(out, "<text class=\"{class} {mark}\" x=\"{x}\" y=\"{y}\">{}</text>", escape(&line.text));
}

fn badge_width(mark: Mark) -> u32 {
    width(&format!("{} {}", mark.sign(), mark.word()), Face::Text, SMALL) + 14
}

fn badge(mark: Mark, x: u32, y: u32, out: &mut String) {
    let wide = badge_width(mark);
    let (word, sign) = (mark.word(), mark.sign());
    let _ =
        writeln!(out, "<g class=\"badge {word}\"><rect x=\"{x}\" y=\"{y}\" width=\"{wide}\" height=\"20\" rx=\"10\"/>");
    let _ = writeln!(out, "<text x=\"{}\" y=\"{}\">{sign} {word}</text></g>", x + wide / 2, y + 14);
}

// The layout uses the font sizes of the style.
const _: () = assert!(NAME == 14 && SMALL == 13);
