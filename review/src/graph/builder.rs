//! Builds the graph of a template: a node for each resource, and for what resources work with outside the stack.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::kind::NodeKind;
use super::model::{Edge, EdgeKind, Fact, Graph, GraphNode, Mark};
use super::{edges, facts};
use crate::template::limit::Excess;
use crate::template::stack::{DeployedResource, Stack};

/// What SAM generates and a picture need not show: it only connects what has a card.
const UNSEEN: [&str; 3] = ["AWS::ApiGateway::Stage", "AWS::ApiGatewayV2::Stage", "AWS::Lambda::Permission"];

impl Graph {
    /// Builds the graph of a parsed template. A value that is not a template gives a graph without nodes.
    ///
    /// # Errors
    /// If the template is larger than what can be drawn; see [`Excess`].
    pub fn from_template(template: &Value) -> Result<Self, Excess> {
        let title = template.get("Description").and_then(Value::as_str).unwrap_or("CloudFormation stack");
        let stack = Stack::from_template(template)?;
        let mut builder = Builder { stack: &stack, nodes: BTreeMap::new(), edges: BTreeSet::new() };
        for (id, resource) in &stack.resources {
            if resource.generated_by.is_none() || !UNSEEN.contains(&resource.resource_type.as_str()) {
                builder.resource(id, resource);
            }
        }
        Ok(Self {
            title: title.to_owned(),
            nodes: builder.nodes.into_values().collect(),
            edges: builder.edges.into_iter().collect(),
        })
    }
}

/// A graph under construction.
struct Builder<'a> {
    stack: &'a Stack,
    nodes: BTreeMap<String, GraphNode>,
    edges: BTreeSet<Edge>,
}

impl Builder<'_> {
    fn resource(&mut self, id: &str, resource: &DeployedResource) {
        let (kind, word) = NodeKind::from_type(&resource.resource_type);
        self.add(GraphNode {
            id: id.to_owned(),
            kind,
            word,
            name: id.to_owned(),
            facts: facts::of(kind, resource),
            condition: resource.word("Condition").map(ToOwned::to_owned),
            mark: Mark::None,
        });
        self.edges.extend(edges::of(self.stack, id, resource));
        match kind {
            NodeKind::Mapping => self.source(id, resource),
            NodeKind::Function => self.port(id, resource),
            NodeKind::Alarm => self.notified(id, resource),
            _ => {}
        }
    }

    /// Adds the source of a mapping, and its filter.
    fn source(&mut self, id: &str, resource: &DeployedResource) {
        let patterns = facts::patterns(resource);
        let before = if patterns.is_empty() {
            id.to_owned()
        } else {
            let filter = format!("{id}/filter");
            self.outside(&filter, NodeKind::Filter, "Event filter", "Messages that match", patterns);
            self.edge(&filter, id, EdgeKind::Passes);
            filter
        };
        let sources: Vec<String> = edges::sources(self.stack, resource);
        for source in &sources {
            self.edge(source, &before, EdgeKind::Carries);
        }
        if let Some(topics) = resource.property(&["Topics"]) {
            let topic = format!("{id}/topic");
            let brokers = resource.property(&["SelfManagedEventSource", "Endpoints", "KafkaBootstrapServers"]);
            let brokers = brokers.map(|brokers| format!("brokers: {}", facts::short(brokers)));
            self.outside(&topic, NodeKind::Topic, "Kafka topic", &facts::short(topics), brokers.into_iter().collect());
            self.edge(&topic, &before, EdgeKind::Carries);
        }
    }

    /// Adds Port for a function with Port's API in its environment: it reports to Port.
    fn port(&mut self, id: &str, resource: &DeployedResource) {
        if let Some(url) = resource.property(&["Environment", "Variables", "PORT_API_URL"]) {
            self.outside("port/api", NodeKind::Port, "Port", "Port's API", vec![facts::short(url)]);
            self.edge(id, "port/api", EdgeKind::Reports);
        }
    }

    /// Adds the topic that an alarm notifies, if it is outside the stack.
    fn notified(&mut self, id: &str, resource: &DeployedResource) {
        let mut topics = BTreeSet::new();
        for actions in ["AlarmActions", "OKActions", "InsufficientDataActions"] {
            resource.property(&[actions]).into_iter().for_each(|actions| edges::names(actions, &mut topics));
        }
        for parameter in topics.into_iter().filter(|name| self.stack.entry("Parameters", name).is_some()) {
            let node = format!("{parameter}/topic");
            self.outside(&node, NodeKind::Notification, "Notification topic", &parameter, Vec::new());
            self.edge(id, &node, EdgeKind::Notifies);
        }
    }

    fn outside(&mut self, id: &str, kind: NodeKind, word: &str, name: &str, facts: Vec<String>) {
        let facts = facts.into_iter().map(Fact::new).collect();
        let (id, word, name) = (id.to_owned(), word.to_owned(), name.to_owned());
        self.add(GraphNode { id, kind, word, name, facts, condition: None, mark: Mark::None });
    }

    fn add(&mut self, node: GraphNode) {
        self.nodes.entry(node.id.clone()).or_insert(node);
    }

    fn edge(&mut self, from: &str, to: &str, kind: EdgeKind) {
        self.edges.insert(Edge::new(from, to, kind));
    }
}
