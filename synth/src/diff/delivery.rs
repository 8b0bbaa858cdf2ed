//! How messages reach the function: each part of each event source mapping, in words.

use std::collections::BTreeSet;

use serde_json::Value;

use super::node::Node;
use super::pair::Pairs;
use super::report::{Delivery, DeliveryChange};
use super::stack::Resource;
use super::words::{list, value};

const MAPPING: &str = "AWS::Lambda::EventSourceMapping";

/// What of a mapping, where it stands, and what it is called.
const PARTS: [(Delivery, &[&str], &str); 24] = [
    (Delivery::Filter, &["FilterCriteria", "Filters"], "filters"),
    (Delivery::Enabled, &["Enabled"], "enabled"),
    (Delivery::Brokers, &["SelfManagedEventSource", "Endpoints", "KafkaBootstrapServers"], "brokers"),
    (Delivery::Brokers, &["EventSourceArn"], "source"),
    (Delivery::Topic, &["Topics"], "topic"),
    (Delivery::Topic, &["Queues"], "queue"),
    (Delivery::ConsumerGroup, &["SelfManagedKafkaEventSourceConfig", "ConsumerGroupId"], "consumer group"),
    (Delivery::ConsumerGroup, &["AmazonManagedKafkaEventSourceConfig", "ConsumerGroupId"], "consumer group"),
    (Delivery::StartingPosition, &["StartingPosition"], "starting position"),
    (Delivery::StartingPosition, &["StartingPositionTimestamp"], "starting time"),
    (Delivery::Credentials, &["SourceAccessConfigurations"], "credentials"),
    (Delivery::Batch, &["BatchSize"], "batch size"),
    (Delivery::Batch, &["MaximumBatchingWindowInSeconds"], "batching window"),
    (Delivery::Batch, &["TumblingWindowInSeconds"], "tumbling window"),
    (Delivery::Batch, &["ParallelizationFactor"], "batches of a shard at once"),
    (Delivery::Pollers, &["ProvisionedPollerConfig"], "provisioned pollers"),
    (Delivery::Pollers, &["ScalingConfig"], "scaling"),
    (Delivery::Retries, &["MaximumRetryAttempts"], "most tries"),
    (Delivery::Retries, &["MaximumRecordAgeInSeconds"], "greatest age"),
    (Delivery::Retries, &["BisectBatchOnFunctionError"], "halving of failed batches"),
    (Delivery::Retries, &["FunctionResponseTypes"], "partial responses"),
    (Delivery::FailureDestination, &["DestinationConfig"], "failure destination"),
    (Delivery::Function, &["FunctionName"], "function"),
    (Delivery::Filter, &["KmsKeyArn"], "key of the filters"),
];

/// By mapping, in the order of [`PARTS`].
pub(crate) fn changes(pairs: &Pairs<'_>) -> Vec<DeliveryChange> {
    let mut found = Vec::new();
    for pair in pairs.both.iter().filter(|pair| pair.new.kind == MAPPING) {
        compare(pair.id, |path| pair.before(path), |path| pair.new.property(path), &mut found);
    }
    let nothing = |_: &[&str]| None;
    for (id, resource) in pairs.gone.iter().filter(|(_, resource)| resource.kind == MAPPING) {
        compare(id, |path| resource.property(path), nothing, &mut found);
    }
    for (id, resource) in pairs.come.iter().filter(|(_, resource)| resource.kind == MAPPING) {
        compare(id, nothing, |path| resource.property(path), &mut found);
    }
    found.sort_by(|one, other| (&one.mapping, one.what).cmp(&(&other.mapping, other.what)));
    found
}

fn compare<'a>(
    mapping: &str,
    old: impl Fn(&[&str]) -> Option<&'a Node>,
    new: impl Fn(&[&str]) -> Option<&'a Node>,
    found: &mut Vec<DeliveryChange>,
) {
    for (what, path, name) in PARTS {
        let (before, after) = (old(path), new(path));
        if before == after {
            continue;
        }
        let text = match what {
            Delivery::Filter if name == "filters" => filter(before, after),
            _ => format!("{}{}", went(name, before, after), consequence(what, before, after)),
        };
        let json = |node: Option<&Node>| node.map_or(Value::Null, Node::to_value);
        found.push(DeliveryChange { mapping: mapping.to_owned(), what, old: json(before), new: json(after), text });
    }
}

fn went(name: &str, old: Option<&Node>, new: Option<&Node>) -> String {
    match (old, new) {
        (None, new) => format!("{name}: {}", value(new)),
        (old, None) => format!("{name}: no longer {}", value(old)),
        (old, new) => format!("{name}: {} → {}", value(old), value(new)),
    }
}

/// What a reader has to know before it is deployed.
fn consequence(what: Delivery, old: Option<&Node>, new: Option<&Node>) -> &'static str {
    let both = old.is_some() && new.is_some();
    match what {
        Delivery::Brokers if both => {
            "; the mapping is replaced. The new one is made while the old one still reads, and Lambda may refuse a second \
             one with the same consumer group; the place in the topic is the group's, so another cluster starts anew"
        }
        Delivery::Topic if both => "; Lambda cannot change the topic of a mapping",
        Delivery::ConsumerGroup if old.is_some() || new.is_some() => {
            if both {
                "; Lambda keeps the group of a mapping, and another group starts at the starting position"
            } else {
                ""
            }
        }
        Delivery::StartingPosition if both => "; the mapping is replaced. It counts only while the group has no offset",
        Delivery::FailureDestination if new.is_none() => "; batches that are given up are lost",
        _ => "",
    }
}

/// What passes that did not, and the other way round. No filter at all lets everything pass.
fn filter(old: Option<&Node>, new: Option<&Node>) -> String {
    let mut said = Vec::new();
    match (old, new) {
        (Some(_), None) => said.push("no filter any more: every message invokes the function".to_owned()),
        (None, Some(_)) => said.push("only messages that match invoke the function now".to_owned()),
        _ => {}
    }
    let (before, after) = (Filter::of(old), Filter::of(new));
    let both = old.is_some() && new.is_some();
    let mut differ = |gone: &BTreeSet<String>, come: &BTreeSet<String>, what: &str| {
        let (less, more): (Vec<_>, Vec<_>) = (gone.difference(come).collect(), come.difference(gone).collect());
        if !more.is_empty() {
            said.push(format!("{what} {} now reach the function", list(&more)));
        }
        if !less.is_empty() {
            let way = if new.is_none() { "are no longer singled out" } else { "no longer reach the function" };
            said.push(format!("{what} {} {way}", list(&less)));
        }
    };
    differ(&before.actions, &after.actions, "messages of action");
    if both && before.actions == after.actions {
        differ(&before.blueprints, &after.blueprints, "messages of blueprint");
    }
    differ(&before.others, &after.others, "messages that match");
    if said.is_empty() {
        said.push("the combinations of action and blueprint that reach the function are others".to_owned());
    }
    said.join("; ")
}

/// A filter by what it asks for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Filter {
    actions: BTreeSet<String>,
    blueprints: BTreeSet<String>,
    /// Patterns of another shape than ours.
    others: BTreeSet<String>,
}

impl Filter {
    fn of(filters: Option<&Node>) -> Self {
        let mut filter = Self::default();
        for item in filters.into_iter().flat_map(Node::children) {
            let pattern = item.member("Pattern");
            let Some(Node::Json(pattern)) = pattern else {
                filter.others.insert(pattern.unwrap_or(item).to_text());
                continue;
            };
            let names = |path: &[&str]| {
                let names = pattern.at(path)?;
                names
                    .children()
                    .map(|name| matches!(name, Node::Text(_)).then(|| name.to_text()))
                    .collect::<Option<BTreeSet<_>>>()
            };
            match (names(&["value", "action"]), names(&["value", "context", "blueprint"])) {
                (Some(actions), blueprints) if !actions.is_empty() => {
                    filter.actions.extend(actions);
                    filter.blueprints.extend(blueprints.unwrap_or_default());
                }
                _ => drop(filter.others.insert(pattern.to_text())),
            }
        }
        filter
    }
}

/// The actions that a mapping's filter lets pass, for whoever tells what an action means.
pub(crate) fn actions_that_pass(resource: &Resource) -> BTreeSet<String> {
    Filter::of(resource.property(&["FilterCriteria", "Filters"])).actions
}
