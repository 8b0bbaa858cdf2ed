//! Marks what a change does to each part of two diagrams, before and after.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{EdgeKind, Fact, Graph, GraphNode, Mark};
use crate::compare::report::{Report, ResourceEffect};

/// Marks each part: removed parts in `before`, added parts in `after`, changed parts in both.
pub fn mark(before: &mut Graph, after: &mut Graph, report: &Report) {
    let (mut old, mut new) = (BTreeMap::new(), BTreeMap::new());
    for change in &report.resources {
        let (was, is) = match change.effect {
            ResourceEffect::Changed => (Mark::Changed, Mark::Changed),
            ResourceEffect::Added => (Mark::None, Mark::Added),
            ResourceEffect::MayBeReplaced | ResourceEffect::Replaced => (Mark::Replaced, Mark::Replaced),
            ResourceEffect::Renamed => (Mark::Deleted, Mark::Added),
            ResourceEffect::Released | ResourceEffect::MayBeDeleted | ResourceEffect::Deleted => {
                (Mark::Deleted, Mark::None)
            }
        };
        old.insert(change.old_id.as_deref().unwrap_or(&change.id), was);
        new.insert(change.id.as_str(), is);
    }
    // Each side is compared with the other one as it was before marking.
    let (old_graph, new_graph) = (before.clone(), after.clone());
    side(before, &new_graph, &old, Mark::Deleted);
    side(after, &old_graph, &new, Mark::Added);
}

/// Marks one side; `alone` is the mark of parts that the other diagram does not have.
fn side(graph: &mut Graph, other: &Graph, of_report: &BTreeMap<&str, Mark>, alone: Mark) {
    let others: BTreeMap<&str, &GraphNode> = other.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    for node in &mut graph.nodes {
        let known = of_report.get(node.id.as_str()).copied().unwrap_or_default();
        node.mark = match others.get(node.id.as_str()) {
            None if known == Mark::None => alone,
            None => known,
            Some(other) => {
                facts(&mut node.facts, &other.facts, alone);
                let same = node.name == other.name
                    && node.facts.iter().all(|fact| fact.mark == Mark::None)
                    && node.facts.len() == other.facts.len();
                if known == Mark::None && !same { Mark::Changed } else { known }
            }
        };
    }
    let edges: BTreeSet<(&str, &str, EdgeKind)> =
        other.edges.iter().map(|edge| (edge.from.as_str(), edge.to.as_str(), edge.kind)).collect();
    for edge in &mut graph.edges {
        if !edges.contains(&(edge.from.as_str(), edge.to.as_str(), edge.kind)) {
            edge.mark = alone;
        }
    }
}

fn facts(facts: &mut [Fact], others: &[Fact], alone: Mark) {
    let others: BTreeSet<&str> = others.iter().map(|fact| fact.text.as_str()).collect();
    for fact in facts.iter_mut().filter(|fact| !others.contains(fact.text.as_str())) {
        fact.mark = alone;
    }
}
