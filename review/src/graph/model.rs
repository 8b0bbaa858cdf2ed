//! What a picture shows: nodes with what matters of each, and edges with what they mean.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::graph::edges;
use crate::graph::facts;
use crate::graph::kind::Kind;
use crate::graph::mark::Mark;
use crate::template::node::Node as Tree;
use crate::template::stack::{Resource, Stack};

/// The architecture of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    /// What it is a picture of, such as the template's description.
    pub title: String,
    /// In the order of their ids.
    pub nodes: Vec<Node>,
    /// Ordered, each once.
    pub edges: Vec<Edge>,
}

/// A resource, or what a resource works with outside of the stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its logical id; for what is no resource of its own a path with a slash, which no logical id has.
    pub id: String,
    /// The part it plays.
    pub kind: Kind,
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

impl Node {
    /// All of it as lines: what it is, its name, then what matters of it.
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
    pub meaning: Meaning,
    /// What becomes of it.
    pub mark: Mark,
}

/// What is between two nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meaning {
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
    /// Somebody is told.
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

impl Meaning {
    /// Between the names of two nodes it makes a sentence.
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

    /// Beside an arrow.
    pub fn label(self) -> &'static str {
        match self {
            Self::Carries => "every message",
            Self::Passes => "what matches",
            Self::Permits => "permits",
            other => other.verb(),
        }
    }
}

impl Graph {
    /// The picture of a template, YAML or JSON having been read. Works on any; what is no template has no nodes.
    pub fn of(template: &Value) -> Self {
        let title = template.get("Description").and_then(Value::as_str).unwrap_or("A CloudFormation stack");
        let stack = Stack::from_template(template);
        let mut drawing = Drawing { stack: &stack, nodes: BTreeMap::new(), edges: BTreeSet::new() };
        for (id, resource) in &stack.resources {
            drawing.resource(id, resource);
        }
        Self {
            title: title.to_owned(),
            nodes: drawing.nodes.into_values().collect(),
            edges: drawing.edges.into_iter().collect(),
        }
    }

    /// The node of an id.
    pub fn node(&self, id: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.id == id)
    }
}

struct Drawing<'a> {
    stack: &'a Stack,
    nodes: BTreeMap<String, Node>,
    edges: BTreeSet<Edge>,
}

impl Drawing<'_> {
    fn resource(&mut self, id: &str, resource: &Resource) {
        let (kind, word) = Kind::of(&resource.kind);
        self.add(Node {
            id: id.to_owned(),
            kind,
            word,
            name: id.to_owned(),
            facts: facts::of(kind, resource),
            condition: resource.word("Condition").map(ToOwned::to_owned),
            mark: Mark::None,
        });
        for (from, to, meaning) in edges::of(self.stack, id, resource) {
            self.edge(&from, &to, meaning);
        }
        match kind {
            Kind::Mapping => self.source(id, resource),
            Kind::Function => self.port(id, resource),
            Kind::Alarm => self.notified(id, resource),
            _ => {}
        }
    }

    /// What a mapping reads, and what of it passes.
    fn source(&mut self, id: &str, resource: &Resource) {
        let patterns = facts::patterns(resource);
        let before = if patterns.is_empty() {
            id.to_owned()
        } else {
            let filter = format!("{id}/filter");
            self.outside(&filter, Kind::Filter, "Event filter", "Messages that pass", patterns);
            self.edge(&filter, id, Meaning::Passes);
            filter
        };
        let fed: Vec<String> = edges::sources(self.stack, resource);
        for source in &fed {
            self.edge(source, &before, Meaning::Carries);
        }
        if let Some(topics) = resource.property(&["Topics"]) {
            let topic = format!("{id}/topic");
            let brokers = resource.property(&["SelfManagedEventSource", "Endpoints", "KafkaBootstrapServers"]);
            let brokers = brokers.map(|brokers| format!("brokers: {}", facts::short(brokers)));
            self.outside(&topic, Kind::Topic, "Kafka topic", &facts::short(topics), brokers.into_iter().collect());
            self.edge(&topic, &before, Meaning::Carries);
        }
    }

    /// A function that is told of Port's API is ours, and reports there.
    fn port(&mut self, id: &str, resource: &Resource) {
        if let Some(url) = resource.property(&["Environment", "Variables", "PORT_API_URL"]) {
            self.outside("port/api", Kind::Port, "Port", "Port's API", vec![facts::short(url)]);
            self.edge(id, "port/api", Meaning::Reports);
        }
    }

    /// Whom an alarm tells, where the stack does not make that itself.
    fn notified(&mut self, id: &str, resource: &Resource) {
        let mut told = BTreeSet::new();
        for actions in ["AlarmActions", "OKActions", "InsufficientDataActions"] {
            resource.property(&[actions]).into_iter().for_each(|actions| edges::names(actions, &mut told));
        }
        for parameter in told.into_iter().filter(|name| self.stack.entry("Parameters", name).is_some()) {
            let node = format!("{parameter}/topic");
            self.outside(&node, Kind::Notification, "Notification topic", &parameter, Vec::new());
            self.edge(id, &node, Meaning::Notifies);
        }
    }

    fn outside(&mut self, id: &str, kind: Kind, word: &str, name: &str, facts: Vec<String>) {
        let facts = facts.into_iter().map(|text| Fact { text, mark: Mark::None }).collect();
        let (id, word, name) = (id.to_owned(), word.to_owned(), name.to_owned());
        self.add(Node { id, kind, word, name, facts, condition: None, mark: Mark::None });
    }

    fn add(&mut self, node: Node) {
        self.nodes.entry(node.id.clone()).or_insert(node);
    }

    fn edge(&mut self, from: &str, to: &str, meaning: Meaning) {
        let (from, to) = (from.to_owned(), to.to_owned());
        self.edges.insert(Edge { from, to, meaning, mark: Mark::None });
    }
}

/// A resource's properties by name.
pub(crate) fn properties(resource: &Resource) -> impl Iterator<Item = (&str, &Tree)> {
    let pairs = match resource.attributes.get("Properties") {
        Some(Tree::Map(pairs)) => Some(pairs),
        _ => None,
    };
    pairs.into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}
