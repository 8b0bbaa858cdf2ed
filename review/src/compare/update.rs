//! Decides whether changing a property replaces its resource, from CloudFormation's schemas and a few corrections.

use super::difference::Difference;
use crate::template::node::Node;
use crate::template::schema;

/// CloudFormation's update behavior for a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Update {
    /// The resource is updated in place.
    InPlace,
    /// The resource is replaced in some cases.
    MayReplace,
    /// The resource is replaced.
    Replaces,
}

/// SAM properties that have a different name in CloudFormation: type, SAM's name, CloudFormation's name.
pub(super) const SAM_PROPERTIES: [(&str, &str, &str); 9] = [
    ("AWS::Serverless::Function", "CodeUri", "Code"),
    ("AWS::Serverless::Function", "InlineCode", "Code"),
    ("AWS::Serverless::Function", "ImageUri", "Code"),
    ("AWS::Serverless::Function", "Tracing", "TracingConfig"),
    ("AWS::Serverless::LayerVersion", "ContentUri", "Content"),
    ("AWS::Serverless::SimpleTable", "PrimaryKey", "KeySchema"),
    ("AWS::Serverless::StateMachine", "Name", "StateMachineName"),
    ("AWS::Serverless::StateMachine", "Role", "RoleArn"),
    ("AWS::Serverless::StateMachine", "Type", "StateMachineType"),
];

/// Properties whose schema is missing or wrong about updates: type, pointer, update behavior, reason.
const OVERRIDES: [(&str, &str, Update, &str); 8] = [
    // Template Reference: a key schema cannot be updated. The schema says that it replaces in some cases.
    (
        "AWS::DynamoDB::Table",
        "/KeySchema",
        Update::Replaces,
        "DynamoDB cannot change the keys of a table, so CloudFormation replaces the table",
    ),
    // The schema says that it can be updated; the developer guide, "Customizable consumer group ID", says that it cannot
    // be updated after the mapping is created.
    (
        "AWS::Lambda::EventSourceMapping",
        "/SelfManagedKafkaEventSourceConfig/ConsumerGroupId",
        Update::MayReplace,
        "Lambda cannot change a mapping's consumer group, so CloudFormation either rejects the change or replaces the mapping",
    ),
    (
        "AWS::Lambda::EventSourceMapping",
        "/AmazonManagedKafkaEventSourceConfig/ConsumerGroupId",
        Update::MayReplace,
        "Lambda cannot change a mapping's consumer group, so CloudFormation either rejects the change or replaces the mapping",
    ),
    // `UpdateEventSourceMapping` has no `Topics`.
    (
        "AWS::Lambda::EventSourceMapping",
        "/Topics",
        Update::MayReplace,
        "Lambda cannot change a mapping's topic, so CloudFormation either rejects the change or replaces the mapping",
    ),
    // Template Reference of each property. The schema does not look at `UpdatePolicy`.
    ("AWS::OpenSearchService::Domain", "/EngineVersion", Update::MayReplace, ENABLE_UPGRADE),
    ("AWS::Elasticsearch::Domain", "/ElasticsearchVersion", Update::MayReplace, ENABLE_UPGRADE),
    ("AWS::ElastiCache::ReplicationGroup", "/NodeGroupConfiguration", Update::MayReplace, USE_RESHARDING),
    ("AWS::ElastiCache::ReplicationGroup", "/NumNodeGroups", Update::MayReplace, USE_RESHARDING),
];

/// Switches that are off without a value (Template Reference of each): setting one to `false` changes nothing.
const OFF: [(&str, &str); 2] = [("AWS::SQS::Queue", "FifoQueue"), ("AWS::SNS::Topic", "FifoTopic")];

const ENABLE_UPGRADE: &str =
    "CloudFormation replaces the domain unless `EnableVersionUpgrade` of its `UpdatePolicy` is `true`";
const USE_RESHARDING: &str = "CloudFormation replaces it unless `UseOnlineResharding` of its `UpdatePolicy` is `true`";

/// Returns what changing a property does to a resource of a type, with a reason if the schema does not give it; `None` for
/// an unknown type. The path of the difference starts below `Properties`.
pub(crate) fn behavior(resource_type: &str, difference: &Difference) -> Option<(Update, Option<&'static str>)> {
    let schema = schema::of(resource_type)?;
    let deployed = schema::deployed_type(resource_type);
    let mut steps = without_intrinsics(&difference.path);
    if let Some((.., deployed_name)) =
        SAM_PROPERTIES.iter().find(|(sam, theirs, _)| *sam == resource_type && steps.first() == Some(theirs))
        && let Some(first) = steps.first_mut()
    {
        *first = deployed_name;
    }
    let is_off = |node: &Option<Node>| node.as_ref().is_none_or(|node| node.word() == Some("false"));
    if OFF.iter().any(|(kind, switch)| *kind == deployed && steps == [*switch])
        && is_off(&difference.old)
        && is_off(&difference.new)
    {
        return Some((Update::InPlace, None));
    }
    let hits = |known: &str| touches(&steps, known, difference);
    if let Some((.., update, why)) = OVERRIDES.iter().find(|(kind, known, ..)| *kind == deployed && hits(known)) {
        return Some((*update, Some(why)));
    }
    Some(if schema.create_only().any(hits) {
        (Update::Replaces, None)
    } else if schema.conditional().any(hits) {
        (Update::MayReplace, None)
    } else {
        (Update::InPlace, None)
    })
}

/// Removes `Fn::If` and its branch number from a path: a branch is a value of the property itself.
fn without_intrinsics(path: &[String]) -> Vec<&str> {
    let mut steps = Vec::with_capacity(path.len());
    let mut path = path.iter().map(String::as_str);
    while let Some(step) = path.next() {
        if step == "Fn::If" {
            path.next();
        } else {
            steps.push(step);
        }
    }
    steps
}

/// Whether the change is at the known property, inside it, or above it.
fn touches(changed: &[&str], known: &str, difference: &Difference) -> bool {
    let known: Vec<&str> = known.split('/').skip(1).collect();
    if !changed.iter().zip(&known).all(|(step, known)| step == known || *known == "*") {
        return false;
    }
    let rest = known.get(changed.len()..).unwrap_or_default();
    rest.is_empty() || [&difference.old, &difference.new].into_iter().flatten().any(|node| holds(node, rest))
}

/// Whether a value has something at a path. A value known only at deployment may have anything.
fn holds(node: &Node, path: &[&str]) -> bool {
    match (path, node) {
        ([], _) => true,
        ([key, rest @ ..], Node::Map(pairs)) => pairs.get(*key).is_some_and(|inner| holds(inner, rest)),
        (["*", rest @ ..], Node::List(_) | Node::Set(_)) => node.children().any(|item| holds(item, rest)),
        (_, node) => !matches!(node, Node::Null | Node::Text(_) | Node::List(_) | Node::Set(_)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::template::normal::plain;

    #[test]
    fn behaviors() {
        for (kind, changed, value, want) in [
            ("AWS::Serverless::Function", "Timeout", json!(1), Some(Update::InPlace)),
            ("AWS::Serverless::Function", "CodeUri", json!("x"), Some(Update::InPlace)),
            ("AWS::Serverless::Function", "FunctionName", json!("x"), Some(Update::Replaces)),
            ("AWS::Serverless::Function", "FunctionName/Fn::If/1", json!("x"), Some(Update::Replaces)),
            ("AWS::Lambda::EventSourceMapping", "FilterCriteria/Filters/-", json!("x"), Some(Update::InPlace)),
            (
                "AWS::Lambda::EventSourceMapping",
                "SelfManagedEventSource/Endpoints/KafkaBootstrapServers/-",
                json!("x"),
                Some(Update::Replaces),
            ),
            (
                "AWS::Lambda::EventSourceMapping",
                "SelfManagedKafkaEventSourceConfig",
                json!({"ConsumerGroupId": "x"}),
                Some(Update::MayReplace),
            ),
            (
                "AWS::Lambda::EventSourceMapping",
                "SelfManagedKafkaEventSourceConfig",
                json!({"SchemaRegistryConfig": {}}),
                Some(Update::InPlace),
            ),
            ("AWS::Lambda::Permission", "Action", json!("x"), Some(Update::Replaces)),
            ("AWS::SecretsManager::Secret", "Name", json!("x"), Some(Update::Replaces)),
            ("AWS::DynamoDB::Table", "KeySchema", json!([]), Some(Update::Replaces)),
            ("AWS::SQS::Queue", "FifoQueue", json!(false), Some(Update::InPlace)),
            ("AWS::SQS::Queue", "FifoQueue", json!(true), Some(Update::Replaces)),
            ("AWS::SNS::Topic", "FifoTopic", json!(false), Some(Update::InPlace)),
            ("AWS::IAM::ManagedPolicy", "PolicyDocument/Statement/-", json!({}), Some(Update::InPlace)),
            ("Custom::Thing", "Name", json!("x"), None),
        ] {
            let path = changed.split('/').map(str::to_owned).collect();
            let difference = Difference { path, old: None, new: Some(plain(&value)) };
            assert_eq!(behavior(kind, &difference).map(|(update, _)| update), want, "{kind} {changed}");
        }
    }
}
