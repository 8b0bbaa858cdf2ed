//! What a picture shows: nodes with what matters of each, edges with what they mean, and what a change makes of them.

use std::collections::BTreeSet;

use super::kind::NodeKind;

/// The architecture of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    /// What it is a picture of, such as the template's description.
    pub title: String,
    /// In the order of their ids.
    pub nodes: Vec<GraphNode>,
    /// Ordered, each once.
    pub edges: Vec<Edge>,
}

/// A resource, or what a resource works with outside of the stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphNode {
    /// Its logical id; for what is not a resource a path with a slash, which no logical id has.
    pub id: String,
    /// The part it plays.
    pub kind: NodeKind,
    /// What a person calls such a thing.
    pub word: String,
    /// Its name for a reader.
    pub name: String,
    /// What matters of it, in short.
    pub facts: Vec<Fact>,
    /// The condition of the template under which it is there.
    pub condition: Option<String>,
    /// What becomes of it.
    pub mark: Mark,
}

/// A line about a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it says.
    pub text: String,
    /// What becomes of it.
    pub mark: Mark,
}

/// Something between two nodes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The id of the node that acts, or that hands on.
    pub from: String,
    /// The id of the node that it does so to.
    pub to: String,
    /// What is between them.
    pub kind: EdgeKind,
    /// What becomes of it.
    pub mark: Mark,
}

/// What is between two nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EdgeKind {
    /// All that a source has.
    Carries,
    /// What makes the other begin.
    Feeds,
    /// What a filter lets through.
    Passes,
    /// Events make it run.
    Invokes,
    /// The outcome of runs.
    Reports,
    /// The identity with which it acts.
    RunsAs,
    /// Credentials for a source.
    LogsIn,
    /// It takes what is kept there.
    Reads,
    /// It works with it.
    Uses,
    /// Where its log is.
    LogsTo,
    /// Where that goes which it could not do.
    GivesUp,
    /// A measure of it is looked at.
    Watches,
    /// Somebody is notified.
    Notifies,
    /// What an identity may do.
    Has,
    /// Who may use it.
    Guards,
    /// A policy names it.
    Permits,
    /// Any other reference.
    Refers,
}

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

impl Graph {
    /// Returns the node of an id.
    pub fn node(&self, id: &str) -> Option<&GraphNode> {
        self.nodes.iter().find(|node| node.id == id)
    }
}

impl GraphNode {
    /// Writes all of it as lines: what it is, its name, then what matters of it.
    pub(crate) fn lines(&self) -> Vec<String> {
        let condition = self.condition.as_ref().map(|name| format!(" if {name}")).unwrap_or_default();
        let word = match self.mark {
            Mark::None => format!("{}{condition}", self.word),
            mark => format!("{} {}: {}{condition}", mark.sign(), mark.word(), self.word),
        };
        let facts = self.facts.iter().map(|fact| match fact.mark {
            Mark::None => fact.text.clone(),
            mark => format!("{} {}", mark.sign(), fact.text),
        });
        [word, self.name.clone()].into_iter().chain(facts).collect()
    }
}

impl Fact {
    /// A line that nothing happens to.
    pub(super) fn new(text: String) -> Self {
        Self { text, mark: Mark::None }
    }
}

impl Edge {
    /// An edge that nothing happens to.
    pub(super) fn new(from: &str, to: &str, kind: EdgeKind) -> Self {
        Self { from: from.to_owned(), to: to.to_owned(), kind, mark: Mark::None }
    }

    /// Says it in a sentence.
    pub(crate) fn sentence(&self) -> String {
        let mark = if self.mark == Mark::None { String::new() } else { format!(" ({})", self.mark.word()) };
        format!("{} {} {}{mark}", self.from, self.kind.verb(), self.to)
    }

    /// Whether a picture draws it: what a policy permits would be an arrow across everything.
    pub(crate) fn is_drawn(&self) -> bool {
        self.kind != EdgeKind::Permits
    }
}

impl EdgeKind {
    /// Returns the verb that makes a sentence between the names of two nodes.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Carries => "sends every message to",
            Self::Feeds => "feeds",
            Self::Passes => "passes what matches to",
            Self::Invokes => "invokes",
            Self::Reports => "reports to",
            Self::RunsAs => "runs as",
            Self::LogsIn => "logs in with",
            Self::Reads => "reads",
            Self::Uses => "uses",
            Self::LogsTo => "logs to",
            Self::GivesUp => "gives up to",
            Self::Watches => "watches",
            Self::Notifies => "notifies",
            Self::Has => "has",
            Self::Guards => "guards",
            Self::Permits => "permits the use of",
            Self::Refers => "refers to",
        }
    }

    /// Returns the word beside an arrow.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Carries => "every message",
            Self::Passes => "what matches",
            Self::Permits => "permits",
            other => other.verb(),
        }
    }
}

impl Mark {
    /// Returns the mark that all of them have, or none.
    pub(super) fn common(marks: impl Iterator<Item = Self>) -> Self {
        let marks: BTreeSet<Self> = marks.collect();
        if marks.len() == 1 { marks.first().copied().unwrap_or_default() } else { Self::None }
    }

    /// Returns a sign that shows it without colour.
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Added => "+",
            Self::Changed => "~",
            Self::Replaced => "⇄",
            Self::Deleted => "−",
        }
    }

    /// Returns the word for it; empty for nothing.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Replaced => "replaced",
            Self::Deleted => "deleted",
        }
    }
}
