//! The model of a diagram: nodes with their main facts, edges with their meaning, and marks for changes.

use std::collections::BTreeSet;

use super::kind::NodeKind;

/// The architecture of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    /// The title, such as the template's description.
    pub title: String,
    /// The nodes, ordered by id: [`Self::node`] relies on it.
    pub nodes: Vec<GraphNode>,
    /// The edges, ordered and without duplicates.
    pub edges: Vec<Edge>,
}

/// A resource, or something outside the stack that a resource works with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphNode {
    /// Its logical id; for anything else a path with a slash, which logical ids cannot contain.
    pub id: String,
    /// Its kind.
    pub kind: NodeKind,
    /// The name of its kind for people.
    pub word: String,
    /// Its own name.
    pub name: String,
    /// Its main facts.
    pub facts: Vec<Fact>,
    /// The template condition that it depends on.
    pub condition: Option<String>,
    /// What happens to it in a change.
    pub mark: Mark,
}

/// A line about a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The text.
    pub text: String,
    /// What happens to it in a change.
    pub mark: Mark,
}

/// A relationship between two nodes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The id of the node that acts or passes messages on.
    pub from: String,
    /// The id of the node that is acted on or receives messages.
    pub to: String,
    /// The kind of relationship.
    pub kind: EdgeKind,
    /// What happens to it in a change.
    pub mark: Mark,
}

/// The kind of relationship between two nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EdgeKind {
    /// Sends all messages of a source.
    Carries,
    /// Triggers the other.
    Feeds,
    /// Passes the messages that match a filter.
    Passes,
    /// Invokes it with events.
    Invokes,
    /// Reports the outcome of runs.
    Reports,
    /// Runs with this identity.
    RunsAs,
    /// Authenticates to a source with these credentials.
    LogsIn,
    /// Reads what is stored there.
    Reads,
    /// Uses it.
    Uses,
    /// Writes its log there.
    LogsTo,
    /// Sends what it could not process there.
    GivesUp,
    /// Watches a metric of it.
    Watches,
    /// Sends notifications there.
    Notifies,
    /// Has this policy.
    Has,
    /// Controls access to it.
    Guards,
    /// Names it in a policy.
    Permits,
    /// Any other reference.
    Refers,
}

/// What happens to a node, fact or edge in a change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// No change.
    #[default]
    None,
    /// Added.
    Added,
    /// Changed in place.
    Changed,
    /// Replaced, or may be.
    Replaced,
    /// Deleted, or may be.
    Deleted,
}

impl Graph {
    /// Returns the node with an id.
    pub fn node(&self, id: &str) -> Option<&GraphNode> {
        let at = self.nodes.binary_search_by(|node| node.id.as_str().cmp(id)).ok()?;
        self.nodes.get(at)
    }

    /// Describes an edge in a sentence, for those who hear the diagram.
    pub(crate) fn sentence(&self, edge: &Edge) -> String {
        let title = |id: &str| self.node(id).map_or_else(|| id.to_owned(), GraphNode::title);
        let mark = if edge.mark == Mark::None { String::new() } else { format!(" ({})", edge.mark.word()) };
        let sentence = format!("{} {} {}{mark}", title(&edge.from), edge.kind.verb(), title(&edge.to));
        match sentence.strip_prefix("the ") {
            Some(rest) => format!("The {rest}"),
            None => sentence,
        }
    }
}

impl GraphNode {
    /// Returns what the node is called in a sentence. What is outside the stack has no logical id, so its kind is named.
    fn title(&self) -> String {
        let Some((owner, _)) = self.id.split_once('/') else { return self.name.clone() };
        match self.kind {
            NodeKind::Filter => format!("the event filter of {owner}"),
            NodeKind::Topic => format!("the Kafka topic {}", self.name),
            NodeKind::Notification => format!("the notification topic {}", self.name),
            _ => self.name.clone(),
        }
    }

    /// Writes the node as lines: its kind, its name, its facts.
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
    /// Creates a fact without a mark.
    pub(super) fn new(text: String) -> Self {
        Self { text, mark: Mark::None }
    }
}

impl Edge {
    /// Creates an edge without a mark.
    pub(super) fn new(from: &str, to: &str, kind: EdgeKind) -> Self {
        Self { from: from.to_owned(), to: to.to_owned(), kind, mark: Mark::None }
    }

    /// Whether the SVG diagram draws it. Arrows for policy permissions would cross everything else.
    pub(crate) fn is_drawn(&self) -> bool {
        self.kind != EdgeKind::Permits
    }
}

impl EdgeKind {
    /// Returns the verb that forms a sentence with the names of two nodes.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Carries => "sends all messages to",
            Self::Feeds => "feeds",
            Self::Passes => "passes matching messages to",
            Self::Invokes => "invokes",
            Self::Reports => "reports to",
            Self::RunsAs => "runs as",
            Self::LogsIn => "logs in with",
            Self::Reads => "reads",
            Self::Uses => "uses",
            Self::LogsTo => "logs to",
            Self::GivesUp => "sends failures to",
            Self::Watches => "watches",
            Self::Notifies => "notifies",
            Self::Has => "has",
            Self::Guards => "protects",
            Self::Permits => "allows use of",
            Self::Refers => "refers to",
        }
    }

    /// Returns the label of an arrow.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Carries => "all messages",
            Self::Passes => "matching messages",
            Self::Permits => "allows",
            other => other.verb(),
        }
    }
}

impl Mark {
    /// Returns the common mark of all, or [`Mark::None`].
    pub(super) fn common(marks: impl Iterator<Item = Self>) -> Self {
        let marks: BTreeSet<Self> = marks.collect();
        if marks.len() == 1 { marks.first().copied().unwrap_or_default() } else { Self::None }
    }

    /// Returns a sign that shows the mark without colour.
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Added => "+",
            Self::Changed => "~",
            Self::Replaced => "⇄",
            Self::Deleted => "−",
        }
    }

    /// Returns the word for the mark; empty for no change.
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
