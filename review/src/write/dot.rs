//! Writes the diagram in Graphviz's DOT language.

use std::fmt::Write;

use model::visible::visible;

use crate::graph::{EdgeKind, Graph, GraphNode, Mark};

/// Writes a graph for `dot -Tsvg` and other tools that read DOT.
pub fn dot(graph: &Graph) -> String {
    let mut out = String::from("digraph stack {\n");
    let _ = writeln!(out, "  graph [label={}, labelloc=t, fontname=\"sans-serif\", rankdir=TB]", quoted(&graph.title));
    out.push_str("  node [shape=box, style=rounded, fontname=\"sans-serif\", fontsize=11]\n");
    out.push_str("  edge [fontname=\"sans-serif\", fontsize=10]\n");
    for node in &graph.nodes {
        let _ = writeln!(out, "  {} [label={}{}]", quoted(&node.id), label(node), style(node));
    }
    for edge in &graph.edges {
        let sign = edge.mark.sign();
        let label = [sign, edge.kind.label()].into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>();
        let dotted = if edge.kind == EdgeKind::Permits { ", style=dotted" } else { "" };
        let color = color(edge.mark).map(|color| format!(", color=\"{color}\"")).unwrap_or_default();
        let label = quoted(&label.join(" "));
        let _ = writeln!(out, "  {} -> {} [label={label}{dotted}{color}]", quoted(&edge.from), quoted(&edge.to));
    }
    out.push_str("}\n");
    out
}

/// Writes left-aligned lines.
fn label(node: &GraphNode) -> String {
    let mut label = String::from("\"");
    for line in node.lines() {
        let _ = write!(label, "{}\\l", escaped(&line));
    }
    label.push('"');
    label
}

fn style(node: &GraphNode) -> String {
    let style = match (node.mark, &node.condition) {
        (Mark::Deleted, _) => ", style=\"rounded,dashed\"",
        (Mark::Added, _) => ", style=\"rounded,bold\"",
        (Mark::Replaced, _) => ", peripheries=2",
        (_, Some(_)) => ", style=\"rounded,dotted\"",
        _ => "",
    };
    let color = color(node.mark).map(|color| format!(", color=\"{color}\"")).unwrap_or_default();
    format!("{style}{color}")
}

fn color(mark: Mark) -> Option<&'static str> {
    match mark {
        Mark::None => None,
        Mark::Added => Some("#1a7f37"),
        Mark::Changed => Some("#9a6700"),
        Mark::Replaced => Some("#bc4c00"),
        Mark::Deleted => Some("#cf222e"),
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// Escapes text in double quotes. In labels a backslash starts an escape, such as `\N` for the node's name.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in visible(&text.replace('\n', " ")).chars() {
        match character {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            // Graphviz decodes HTML entities in labels.
            '&' => escaped.push_str("&amp;"),
            other => escaped.push(other),
        }
    }
    escaped
}
