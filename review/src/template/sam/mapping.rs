//! Events that Lambda polls: each becomes an event source mapping.

use serde_json::{Map, Value, json};

use super::push::Target;
use super::{destination, move_keys, rename, set, take};

/// Event types that SAM turns into event source mappings, with the property that names the source.
pub(super) const POLLED: [(&str, &str); 7] = [
    ("SelfManagedKafka", ""),
    ("MSK", "Stream"),
    ("SQS", "Queue"),
    ("Kinesis", "Stream"),
    ("DynamoDB", "Stream"),
    ("MQ", "Broker"),
    ("DocumentDB", "Cluster"),
];

/// Converts an event's properties to those of an event source mapping. What only the generated role needs stays only if the
/// function names a role of its own.
pub(super) fn properties(target: &Target, source: &str, mut properties: Map<String, Value>, has_role: bool) -> Value {
    rename(&mut properties, source, "EventSourceArn");
    if let Some(brokers) = take(&mut properties, "KafkaBootstrapServers") {
        let endpoints = json!({"Endpoints": {"KafkaBootstrapServers": brokers}});
        set(&mut properties, "SelfManagedEventSource", endpoints);
    }
    let config = if properties.contains_key("EventSourceArn") {
        "AmazonManagedKafkaEventSourceConfig"
    } else {
        "SelfManagedKafkaEventSourceConfig"
    };
    for key in ["ConsumerGroupId", "SchemaRegistryConfig"] {
        let Some(value) = take(&mut properties, key) else { continue };
        match properties.entry(config).or_insert_with(|| json!({})) {
            Value::Object(config) => drop(config.insert(key.to_owned(), value)),
            _ => set(&mut properties, key, value),
        }
    }
    if source == "Cluster" {
        let mut config = Map::new();
        move_keys(&mut properties, &mut config, &["DatabaseName", "CollectionName", "FullDocument"]);
        set(&mut properties, "DocumentDBEventSourceConfig", Value::Object(config));
    }
    if !has_role {
        if source.is_empty() || source == "Broker" || source == "Cluster" {
            take(&mut properties, "SecretsManagerKmsKeyId");
        }
        if let Some(Value::Object(to)) = properties.get_mut("DestinationConfig").and_then(|to| to.get_mut("OnFailure"))
            && let (Some(Value::String(kind)), Some(destination)) = (to.get("Type"), to.get("Destination"))
            && !destination::statements(kind, destination).is_empty()
        {
            take(to, "Type");
        }
    }
    set(&mut properties, "FunctionName", target.name.clone());
    Value::Object(properties)
}
