//! What replaces a resource: CloudFormation's own schemas as a table, and what they do not say.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::compare::tree::Difference;
use crate::template::node::Node;

/// What is known of a type.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Facts {
    /// Pointers below `Properties` whose change makes a new one; an empty one means all.
    #[serde(default)]
    create_only: Vec<String>,
    /// Pointers whose change does so in some cases.
    #[serde(default)]
    conditional: Vec<String>,
    /// Pointers to lists without an order.
    #[serde(default)]
    unordered: Vec<String>,
}

/// `replacement.json`, which `tests/checks/replacement.py` derives.
#[derive(Debug, Deserialize)]
struct Table {
    types: BTreeMap<String, Facts>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // A test reads it too, so that a table which is none never gets this far.
    serde_json::from_str(include_str!("replacement.json")).unwrap_or_else(|_| Table { types: BTreeMap::new() })
});

/// What SAM makes of its own types, as far as their properties go.
const SAM: [(&str, &str); 6] = [
    ("AWS::Serverless::Api", "AWS::ApiGateway::RestApi"),
    ("AWS::Serverless::Application", "AWS::CloudFormation::Stack"),
    ("AWS::Serverless::Function", "AWS::Lambda::Function"),
    ("AWS::Serverless::HttpApi", "AWS::ApiGatewayV2::Api"),
    ("AWS::Serverless::SimpleTable", "AWS::DynamoDB::Table"),
    ("AWS::Serverless::StateMachine", "AWS::StepFunctions::StateMachine"),
];

/// Properties of SAM's that have another name in what it makes.
const SAM_PROPERTIES: [(&str, &str, &str); 7] = [
    ("AWS::Serverless::Function", "CodeUri", "Code"),
    ("AWS::Serverless::Function", "InlineCode", "Code"),
    ("AWS::Serverless::Function", "ImageUri", "Code"),
    ("AWS::Serverless::Function", "Tracing", "TracingConfig"),
    ("AWS::Serverless::SimpleTable", "PrimaryKey", "KeySchema"),
    ("AWS::Serverless::StateMachine", "Name", "StateMachineName"),
    ("AWS::Serverless::StateMachine", "Type", "StateMachineType"),
];

/// What the schemas do not say, or say wrongly: type, pointer, verdict, and why.
const OVERRIDES: [(&str, &str, Verdict, &str); 3] = [
    // The schema says that it updates; the developer guide, "Customizable consumer group ID", says that it cannot be
    // updated after the mapping is made.
    (
        "AWS::Lambda::EventSourceMapping",
        "/SelfManagedKafkaEventSourceConfig/ConsumerGroupId",
        Verdict::MayReplace,
        "Lambda keeps a consumer group for the life of a mapping: CloudFormation refuses the change or replaces the mapping",
    ),
    (
        "AWS::Lambda::EventSourceMapping",
        "/AmazonManagedKafkaEventSourceConfig/ConsumerGroupId",
        Verdict::MayReplace,
        "Lambda keeps a consumer group for the life of a mapping: CloudFormation refuses the change or replaces the mapping",
    ),
    // `UpdateEventSourceMapping` has no `Topics`.
    (
        "AWS::Lambda::EventSourceMapping",
        "/Topics",
        Verdict::MayReplace,
        "Lambda cannot change the topic of a mapping: CloudFormation refuses the change or replaces the mapping",
    ),
];

/// What a change of a property does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// The resource is updated.
    InPlace,
    /// A new one takes its place in some cases.
    MayReplace,
    /// A new one takes its place.
    Replaces,
}

impl Facts {
    /// Whether the list at a pointer below `Properties`, with `*` for any item of a list, has no order.
    pub(crate) fn is_unordered(&self, path: &str) -> bool {
        self.unordered.iter().any(|pointer| pointer == path)
    }
}

/// The property that names a resource of this type in its account, where another name makes another resource.
pub(crate) fn own_name(kind: &str) -> Option<&'static str> {
    let own = format!("{}Name", kind.rsplit("::").next().unwrap_or_default());
    let mut top = facts(kind)?.create_only.iter().filter_map(|pointer| pointer.strip_prefix('/'));
    top.find(|name| *name == "Name" || *name == own)
}

/// What is known of a type; None for one that the table does not have.
pub(crate) fn facts(kind: &str) -> Option<&'static Facts> {
    let kind = SAM.iter().find(|(sam, _)| *sam == kind).map_or(kind, |(_, made)| made);
    TABLE.types.get(kind)
}

/// What the change of a property does to a resource of a type, with the reason where the schemas do not say so. None
/// for a type that is not known. The way of the difference starts below `Properties`.
pub(crate) fn verdict(kind: &str, difference: &Difference) -> Option<(Verdict, Option<&'static str>)> {
    let facts = facts(kind)?;
    let made = SAM.iter().find(|(sam, _)| *sam == kind).map_or(kind, |(_, made)| made);
    let mut steps = without_intrinsics(&difference.path);
    if let Some((.., made)) =
        SAM_PROPERTIES.iter().find(|(sam, theirs, _)| *sam == kind && steps.first() == Some(theirs))
        && let Some(first) = steps.first_mut()
    {
        *first = made;
    }
    let hits = |known: &str| touches(&steps, known, difference);
    if let Some((.., verdict, why)) = OVERRIDES.iter().find(|(kind, known, ..)| *kind == made && hits(known)) {
        return Some((*verdict, Some(why)));
    }
    Some(if facts.create_only.iter().any(|known| hits(known)) {
        (Verdict::Replaces, None)
    } else if facts.conditional.iter().any(|known| hits(known)) {
        (Verdict::MayReplace, None)
    } else {
        (Verdict::InPlace, None)
    })
}

/// A branch of `Fn::If` is a value of the property itself.
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

/// What changed is the known property, or stands in it, or holds it.
fn touches(changed: &[&str], known: &str, difference: &Difference) -> bool {
    let known: Vec<&str> = known.split('/').skip(1).collect();
    if !changed.iter().zip(&known).all(|(one, other)| one == other || *other == "*") {
        return false;
    }
    let rest = known.get(changed.len()..).unwrap_or_default();
    rest.is_empty() || [&difference.old, &difference.new].into_iter().flatten().any(|node| holds(node, rest))
}

/// Whether there is something at a place. What is computed when deployed may hold anything.
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
    fn the_table_is_read() {
        assert!(TABLE.types.len() > 50);
    }

    #[test]
    fn verdicts() {
        for (kind, changed, value, want) in [
            ("AWS::Serverless::Function", "Timeout", json!(1), Some(Verdict::InPlace)),
            ("AWS::Serverless::Function", "CodeUri", json!("x"), Some(Verdict::InPlace)),
            ("AWS::Serverless::Function", "FunctionName", json!("x"), Some(Verdict::Replaces)),
            ("AWS::Serverless::Function", "FunctionName/Fn::If/1", json!("x"), Some(Verdict::Replaces)),
            ("AWS::Lambda::EventSourceMapping", "FilterCriteria/Filters/-", json!("x"), Some(Verdict::InPlace)),
            (
                "AWS::Lambda::EventSourceMapping",
                "SelfManagedEventSource/Endpoints/KafkaBootstrapServers/-",
                json!("x"),
                Some(Verdict::Replaces),
            ),
            (
                "AWS::Lambda::EventSourceMapping",
                "SelfManagedKafkaEventSourceConfig",
                json!({"ConsumerGroupId": "x"}),
                Some(Verdict::MayReplace),
            ),
            (
                "AWS::Lambda::EventSourceMapping",
                "SelfManagedKafkaEventSourceConfig",
                json!({"SchemaRegistryConfig": {}}),
                Some(Verdict::InPlace),
            ),
            ("AWS::Lambda::Permission", "Action", json!("x"), Some(Verdict::Replaces)),
            ("AWS::SecretsManager::Secret", "Name", json!("x"), Some(Verdict::Replaces)),
            ("AWS::DynamoDB::Table", "KeySchema", json!([]), Some(Verdict::MayReplace)),
            ("AWS::IAM::ManagedPolicy", "PolicyDocument/Statement/-", json!({}), Some(Verdict::InPlace)),
            ("Custom::Thing", "Name", json!("x"), None),
        ] {
            let path = changed.split('/').map(str::to_owned).collect();
            let difference = Difference { path, old: None, new: Some(plain(&value)) };
            assert_eq!(verdict(kind, &difference).map(|(verdict, _)| verdict), want, "{kind} {changed}");
        }
    }
}
