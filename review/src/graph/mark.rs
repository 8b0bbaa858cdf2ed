//! What a change makes of each part of two pictures, the one before and the one after.

use std::collections::{BTreeMap, BTreeSet};

use crate::compare::report::{Effect, Report};
use crate::graph::model::{Fact, Graph, Meaning, Node};

/// What becomes of a part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// Nothing.
    #[default]
    None,
    /// It is new.
    Added,
    /// It changes where it is.
    Changed,
    /// A new one takes its place, or may.
    Replaced,
    /// It goes.
    Deleted,
}

impl Mark {
    /// A sign that tells it without colour.
    pub fn sign(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Added => "+",
            Self::Changed => "~",
            Self::Replaced => "⇄",
            Self::Deleted => "−",
        }
    }

    /// The word for it; empty for nothing.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Replaced => "replaced",
            Self::Deleted => "deleted",
        }
    }
}

/// Marks what becomes of each part: in the picture before what goes, in the one after what comes, in both what changes.
pub fn marked(before: &mut Graph, after: &mut Graph, report: &Report) {
    let (mut old, mut new) = (BTreeMap::new(), BTreeMap::new());
    for change in &report.resources {
        let (gone, come) = match change.effect {
            Effect::Changed => (Mark::Changed, Mark::Changed),
            Effect::Added => (Mark::None, Mark::Added),
            Effect::MayBeReplaced | Effect::Replaced => (Mark::Replaced, Mark::Replaced),
            Effect::Renamed => (Mark::Deleted, Mark::Added),
            Effect::Released | Effect::MayBeDeleted | Effect::Deleted => (Mark::Deleted, Mark::None),
        };
        old.insert(change.old_id.as_deref().unwrap_or(&change.id), gone);
        new.insert(change.id.as_str(), come);
    }
    // A picture taken of one side is compared with the other as it was before any mark.
    let (was, is) = (before.clone(), after.clone());
    mark(before, &is, &old, Mark::Deleted);
    mark(after, &was, &new, Mark::Added);
}

/// `alone` is what a part is that the other picture does not have.
fn mark(graph: &mut Graph, other: &Graph, of_report: &BTreeMap<&str, Mark>, alone: Mark) {
    let others: BTreeMap<&str, &Node> = other.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
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
    let edges: BTreeSet<(&str, &str, Meaning)> =
        other.edges.iter().map(|edge| (edge.from.as_str(), edge.to.as_str(), edge.meaning)).collect();
    for edge in &mut graph.edges {
        if !edges.contains(&(edge.from.as_str(), edge.to.as_str(), edge.meaning)) {
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
