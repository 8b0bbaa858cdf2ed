//! Writes the diagram in Mermaid, which GitHub draws in comments and files.

use std::collections::BTreeMap;
use std::fmt::Write;

use model::visible::visible;

use crate::graph::{EdgeKind, Graph, GraphNode, Mark};

/// Writes a flowchart. Nodes get generated ids, because a logical id may be a Mermaid keyword, such as `end`.
pub fn mermaid(graph: &Graph) -> String {
    let mut out = String::from("flowchart TD\n");
    let _ = writeln!(out, "  accTitle: {}", plain(&graph.title));
    let ids: BTreeMap<&str, String> =
        graph.nodes.iter().enumerate().map(|(at, node)| (node.id.as_str(), format!("n{at}"))).collect();
    for node in &graph.nodes {
        let Some(id) = ids.get(node.id.as_str()) else { continue };
        let class = if node.mark == Mark::None { String::new() } else { format!(":::{}", node.mark.word()) };
        let _ = writeln!(out, "  {id}[\"{}\"]{class}", label(node));
    }
    for edge in &graph.edges {
        let (Some(from), Some(to)) = (ids.get(edge.from.as_str()), ids.get(edge.to.as_str())) else { continue };
        let arrow = if edge.kind == EdgeKind::Permits { "-.->" } else { "-->" };
        let sign = edge.mark.sign();
        let label = [sign, edge.kind.label()].into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>();
        let _ = writeln!(out, "  {from} {arrow}|\"{}\"| {to}", label.join(" "));
    }
    for (mark, style) in [
        (Mark::Added, "stroke:#1a7f37,stroke-width:3px"),
        (Mark::Changed, "stroke:#9a6700,stroke-dasharray:2 3"),
        (Mark::Replaced, "stroke:#bc4c00,stroke-dasharray:8 3 2 3"),
        (Mark::Deleted, "stroke:#cf222e,stroke-dasharray:6 4"),
    ] {
        if graph.nodes.iter().any(|node| node.mark == mark) {
            let _ = writeln!(out, "  classDef {} {style}", mark.word());
        }
    }
    out
}

fn label(node: &GraphNode) -> String {
    node.lines().iter().map(|line| escaped(line)).collect::<Vec<_>>().join("<br/>")
}

/// Escapes what Mermaid or HTML would interpret, as entities in Mermaid's notation.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in visible(&text.replace('\n', " ")).chars() {
        match character {
            character if character.is_alphanumeric() || " .,:/-_()+*=~≥≤⇄−…$".contains(character) => {
                escaped.push(character);
            }
            character => {
                let _ = write!(escaped, "#{};", u32::from(character));
            }
        }
    }
    // Digits and a dot, or a hyphen, would start a Markdown list, which Mermaid does not draw.
    match escaped.split_once(['.', '-', '*', '+']) {
        Some((start, _)) if start.chars().all(|character| character.is_ascii_digit()) => format!("#8203;{escaped}"),
        _ => escaped,
    }
}

/// Replaces special characters with spaces: a title ends with its line and has no entities.
fn plain(text: &str) -> String {
    text.chars()
        .map(|character| if character.is_alphanumeric() || ",.'()-".contains(character) { character } else { ' ' })
        .collect()
}
