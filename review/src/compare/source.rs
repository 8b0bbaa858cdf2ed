//! What an event source mapping reads from: a position or a consumer group exists only in some sources.

use crate::template::node::Node;
use crate::template::stack::{DeployedResource, Stack};

/// The kind of source of an event source mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// A Kafka cluster, of Amazon MSK or self-managed: offsets belong to a consumer group and outlive the mapping.
    Kafka,
    /// A queue of SQS: it has no position.
    Queue,
    /// A stream of Kinesis, `DynamoDB` or `DocumentDB`: only the mapping knows its position.
    Stream,
    /// A broker of Amazon MQ.
    Broker,
}

impl Source {
    /// Reads it from a mapping's properties, or from the type of the resource that the mapping names.
    pub(super) fn of(mapping: &DeployedResource, stack: &Stack) -> Self {
        let has = |key: &str| mapping.property(&[key]).is_some();
        if has("Topics") || has("SelfManagedEventSource") || has("AmazonManagedKafkaEventSourceConfig") {
            return Self::Kafka;
        }
        if has("Queues") {
            return Self::Broker;
        }
        let arn = mapping.property(&["EventSourceArn"]);
        let named = match arn {
            Some(Node::Ref(name) | Node::Attr(name, _)) => stack.resources.get(name),
            _ => None,
        };
        let kind = named.map_or_else(String::new, |resource| resource.resource_type.clone());
        let text = arn.map_or_else(String::new, Node::to_text);
        let service = text.split(':').nth(2).unwrap_or_default();
        match (kind.as_str(), service) {
            ("AWS::SQS::Queue", _) | (_, "sqs") => Self::Queue,
            ("AWS::MSK::Cluster" | "AWS::MSK::ServerlessCluster", _) | (_, "kafka") => Self::Kafka,
            ("AWS::AmazonMQ::Broker", _) | (_, "mq") => Self::Broker,
            // Lambda requires a starting position for every stream and does not accept one for a queue.
            _ if has("StartingPosition") => Self::Stream,
            _ => Self::Queue,
        }
    }

    /// Returns the word for what the mapping reads.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Kafka => "topic",
            Self::Queue | Self::Broker => "queue",
            Self::Stream => "stream",
        }
    }

    /// Returns the word for what `EventSourceArn` names.
    pub(super) fn read(self) -> &'static str {
        match self {
            Self::Kafka => "cluster",
            Self::Broker => "broker",
            Self::Queue | Self::Stream => self.noun(),
        }
    }

    /// Explains what reading another source means, as the end of a sentence.
    pub(super) fn leaves(self) -> &'static str {
        match self {
            Self::Kafka => "; a different cluster does not have the consumer group's offsets",
            Self::Queue | Self::Broker => "; messages that are left in the old one no longer invoke the function",
            Self::Stream => {
                "; the position in the old stream is lost, and a new mapping begins at its starting position"
            }
        }
    }
}
