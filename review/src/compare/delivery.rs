//! Changes to event source mappings: how messages reach a function.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::report::{Delivery, DeliveryChange};
use super::source::Source;
use super::words::{code, from_to, list};
use crate::template::node::Node;
use crate::template::stack::{DeployedResource, Stack};

/// The aspect of delivery that each property of a mapping determines.
const ASPECTS: [(&str, Delivery); 24] = [
    ("FilterCriteria", Delivery::Filter),
    ("Enabled", Delivery::Enabled),
    ("EventSourceArn", Delivery::Brokers),
    ("SelfManagedEventSource", Delivery::Brokers),
    ("Topics", Delivery::Topic),
    ("Queues", Delivery::Topic),
    ("SelfManagedKafkaEventSourceConfig", Delivery::ConsumerGroup),
    ("AmazonManagedKafkaEventSourceConfig", Delivery::ConsumerGroup),
    ("StartingPosition", Delivery::StartingPosition),
    ("StartingPositionTimestamp", Delivery::StartingPosition),
    ("SourceAccessConfigurations", Delivery::Credentials),
    ("KmsKeyArn", Delivery::Credentials),
    ("BatchSize", Delivery::Batch),
    ("MaximumBatchingWindowInSeconds", Delivery::Batch),
    ("ParallelizationFactor", Delivery::Batch),
    ("ScalingConfig", Delivery::Batch),
    ("TumblingWindowInSeconds", Delivery::Batch),
    ("ProvisionedPollerConfig", Delivery::Pollers),
    ("MaximumRetryAttempts", Delivery::Retries),
    ("MaximumRecordAgeInSeconds", Delivery::Retries),
    ("BisectBatchOnFunctionError", Delivery::Retries),
    ("FunctionResponseTypes", Delivery::Retries),
    ("DestinationConfig", Delivery::FailureDestination),
    ("FunctionName", Delivery::Function),
];

const MAPPING: &str = "AWS::Lambda::EventSourceMapping";

/// Returns the changes to mappings, in the order of their ids and of [`Delivery`]. A new or removed mapping is reported by
/// its source.
pub(super) fn changes(old: &Stack, new: &Stack, renamed: &BTreeMap<String, String>) -> Vec<DeliveryChange> {
    let mut changes = Vec::new();
    for (old_id, before) in old.resources.iter().filter(|(_, resource)| resource.resource_type == MAPPING) {
        let id = renamed.get(old_id).unwrap_or(old_id);
        let Some(after) = new.resources.get(id).filter(|resource| resource.resource_type == MAPPING) else {
            changes.extend(source(old_id, before, false));
            continue;
        };
        let source = Source::of(after, new);
        let mut of_mapping: Vec<DeliveryChange> = ASPECTS
            .iter()
            .filter_map(|(key, what)| {
                let old = property(before, key).map(|node| node.renamed(renamed));
                let new = property(after, key).cloned();
                (old != new).then(|| change(id, key, (*what, source), old.as_ref(), new.as_ref()))
            })
            .collect();
        of_mapping.sort_by_key(|change| change.what);
        changes.extend(of_mapping);
    }
    let known: BTreeSet<&String> = old.resources.keys().map(|id| renamed.get(id).unwrap_or(id)).collect();
    for (id, resource) in
        new.resources.iter().filter(|(id, resource)| resource.resource_type == MAPPING && !known.contains(id))
    {
        changes.extend(source(id, resource, true));
    }
    changes
}

/// Describes the source of a new or removed mapping.
fn source(id: &str, mapping: &DeployedResource, is_new: bool) -> Option<DeliveryChange> {
    let read = ["Topics", "Queues", "EventSourceArn"].iter().find_map(|key| property(mapping, key))?;
    let function = property(mapping, "FunctionName").map_or_else(String::new, Node::to_text);
    let verb = if is_new { "now invoke" } else { "no longer invoke" };
    let sources = match read {
        Node::List(_) | Node::Set(_) => list(read.children().map(Node::to_text)),
        single => code(single.to_text()),
    };
    let text = format!("messages from {sources} {verb} `{function}`");
    let (old, new) = if is_new { (Value::Null, read.to_value()) } else { (read.to_value(), Value::Null) };
    Some(DeliveryChange { mapping: id.to_owned(), what: Delivery::Topic, old, new, text })
}

fn property<'a>(resource: &'a DeployedResource, key: &str) -> Option<&'a Node> {
    resource.property(&[key])
}

fn change(
    id: &str,
    key: &str,
    (what, source): (Delivery, Source),
    old: Option<&Node>,
    new: Option<&Node>,
) -> DeliveryChange {
    let value = |node: Option<&Node>| node.map_or(Value::Null, Node::to_value);
    let text = match what {
        Delivery::Filter => filter(source, old, new),
        Delivery::Enabled => match new.map(Node::to_text).as_deref() {
            Some("false") => "the mapping is disabled: no messages are read".to_owned(),
            _ => format!("`Enabled` {}", from_to(old, new)),
        },
        Delivery::Brokers if source != Source::Kafka || key == "EventSourceArn" => {
            format!("the {} {}{}", source.read(), from_to(old, new), source.leaves())
        }
        Delivery::Brokers => {
            let brokers = |node: Option<&Node>| {
                node.and_then(|node| node.at(&["Endpoints", "KafkaBootstrapServers"])).or(node).cloned()
            };
            format!(
                "the list of brokers {}; a different cluster does not have the consumer group's offsets",
                from_to(brokers(old).as_ref(), brokers(new).as_ref())
            )
        }
        Delivery::Topic => format!("the {} {}", source.noun(), from_to(old, new)),
        Delivery::ConsumerGroup => {
            let group = |node: Option<&Node>| node.and_then(|node| node.member("ConsumerGroupId")).cloned();
            let (old, new) = (group(old), group(new));
            if old == new {
                format!("`{key}` changed")
            } else {
                format!(
                    "the consumer group {}; a group without committed offsets begins at the starting position",
                    from_to(old.as_ref(), new.as_ref())
                )
            }
        }
        Delivery::StartingPosition if source == Source::Stream => {
            format!("`{key}` {}; it applies only to a new mapping", from_to(old, new))
        }
        Delivery::StartingPosition => {
            format!("`{key}` {}; it applies only if the consumer group has no committed offsets", from_to(old, new))
        }
        Delivery::FailureDestination if new.is_none() => {
            "the on-failure destination is removed: Lambda discards batches that still fail after all retries"
                .to_owned()
        }
        Delivery::FailureDestination => {
            let queue =
                |node: Option<&Node>| node.and_then(|node| node.at(&["OnFailure", "Destination"])).or(node).cloned();
            format!("the on-failure destination {}", from_to(queue(old).as_ref(), queue(new).as_ref()))
        }
        Delivery::Function => format!("the function {}", from_to(old, new)),
        Delivery::Credentials => format!("the credentials, `{key}`, {}", from_to(old, new)),
        Delivery::Batch | Delivery::Pollers | Delivery::Retries => format!("`{key}` {}", from_to(old, new)),
    };
    DeliveryChange { mapping: id.to_owned(), what, old: value(old), new: value(new), text }
}

/// Describes which words a filter now matches, and which it no longer matches.
fn filter(source: Source, old: Option<&Node>, new: Option<&Node>) -> String {
    let (before, after) = match (words(old), words(new)) {
        (_, None) => {
            return format!("the filter is removed: every message in the {} now invokes the function", source.noun());
        }
        (None, Some(after)) => (BTreeMap::new(), after),
        (Some(before), Some(after)) => (before, after),
    };
    let (start, gains) =
        if before.is_empty() { ("the new filter ", "matches") } else { ("the filter ", "now matches") };
    let mut parts = Vec::new();
    let none = BTreeSet::new();
    for (these, those, verb) in [(&after, &before, gains), (&before, &after, "no longer matches")] {
        for (path, words) in these {
            let more = list(words.difference(those.get(path).unwrap_or(&none)));
            if !more.is_empty() {
                parts.push(format!("{verb} {more} in `{path}`"));
            }
        }
    }
    if parts.is_empty() {
        return "the filter combines the same values in a different way".to_owned();
    }
    start.to_owned() + &parts.join(", and ")
}

/// Returns the words in a filter's patterns, by path; `None` without a filter.
fn words(criteria: Option<&Node>) -> Option<BTreeMap<String, BTreeSet<String>>> {
    let filters = criteria?.member("Filters")?;
    let mut found = BTreeMap::new();
    for filter in filters.children() {
        collect(filter.member("Pattern").unwrap_or(filter), &mut Vec::new(), &mut found);
    }
    (!found.is_empty()).then_some(found)
}

fn collect(node: &Node, path: &mut Vec<String>, found: &mut BTreeMap<String, BTreeSet<String>>) {
    match node {
        Node::Map(pairs) => {
            for (key, value) in pairs {
                path.push(key.clone());
                collect(value, path, found);
                path.pop();
            }
        }
        Node::Json(inner) => collect(inner, path, found),
        Node::List(items) => items.iter().for_each(|item| collect(item, path, found)),
        Node::Set(items) => items.iter().for_each(|item| collect(item, path, found)),
        scalar => drop(found.entry(path.join(".")).or_default().insert(scalar.to_text())),
    }
}
