//! What replaces a resource: CloudFormation's own schemas as a table, and what they do not say.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

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
#[serde(deny_unknown_fields)]
struct Table {
    source: String,
    #[serde(rename = "sha256")]
    _sha256: String,
    types: BTreeMap<String, Facts>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // A test reads it too, so that a table which is none never gets this far.
    serde_json::from_str(include_str!("replacement.json")).unwrap_or_else(|_| Table {
        source: String::new(),
        _sha256: String::new(),
        types: BTreeMap::new(),
    })
});

/// What SAM makes of its own types, as far as their properties go.
const SAM: [(&str, &str); 2] =
    [("AWS::Serverless::Function", "AWS::Lambda::Function"), ("AWS::Serverless::SimpleTable", "AWS::DynamoDB::Table")];

/// Properties of SAM's that have another name in what it makes.
const SAM_PROPERTIES: [(&str, &str, &str); 5] = [
    ("AWS::Serverless::Function", "/CodeUri", "/Code"),
    ("AWS::Serverless::Function", "/InlineCode", "/Code"),
    ("AWS::Serverless::Function", "/ImageUri", "/Code"),
    ("AWS::Serverless::Function", "/Tracing", "/TracingConfig"),
    ("AWS::Serverless::SimpleTable", "/PrimaryKey", "/KeySchema"),
];

/// What the schemas do not say, or say wrongly: type, pointer, verdict, and why.
const OVERRIDES: [(&str, &str, Verdict, &str); 4] = [
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
    // Each runtime's packages are of one kind of machine, yet the function stays.
    ("AWS::Lambda::Function", "/Architectures", Verdict::InPlace, ""),
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

/// What is known of a type; None for one that the table does not have.
pub(crate) fn facts(kind: &str) -> Option<&'static Facts> {
    let kind = SAM.iter().find(|(sam, _)| *sam == kind).map_or(kind, |(_, made)| made);
    TABLE.types.get(kind)
}

/// What the change of a property does to a resource of a type, with the reason where the schemas do not say so. None
/// for a type that is not known. `path` is below `Properties`; `-` and numbers in it stand for items of a list.
pub(crate) fn verdict(kind: &str, path: &[String]) -> Option<(Verdict, Option<&'static str>)> {
    let facts = facts(kind)?;
    let made = SAM.iter().find(|(sam, _)| *sam == kind).map_or(kind, |(_, made)| made);
    let mut pointer: String = path.iter().map(|step| format!("/{step}")).collect();
    for (_, theirs, made) in SAM_PROPERTIES.iter().filter(|(sam, ..)| *sam == kind) {
        if let Some(rest) = pointer.strip_prefix(theirs).filter(|rest| rest.is_empty() || rest.starts_with('/')) {
            pointer = format!("{made}{rest}");
            break;
        }
    }
    let overridden = OVERRIDES.iter().find(|(kind, known, ..)| *kind == made && touches(&pointer, known));
    if let Some((.., verdict, why)) = overridden {
        return Some((*verdict, Some(*why).filter(|why| !why.is_empty())));
    }
    let hits = |pointers: &[String]| pointers.iter().any(|known| touches(&pointer, known));
    Some(if hits(&facts.create_only) {
        (Verdict::Replaces, None)
    } else if hits(&facts.conditional) {
        (Verdict::MayReplace, None)
    } else {
        (Verdict::InPlace, None)
    })
}

/// One of the two is the other or stands above it.
fn touches(changed: &str, known: &str) -> bool {
    let mut steps = changed.split('/').zip(known.split('/'));
    steps.all(|(one, other)| one == other || other == "*")
}

/// Where the table is from.
pub(crate) fn source() -> &'static str {
    &TABLE.source
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read() {
        assert!(TABLE.types.len() > 50 && source().contains("cfn-lint-1."), "{}", source());
    }

    #[test]
    fn verdicts() {
        let path = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
        for (kind, changed, want) in [
            ("AWS::Serverless::Function", "Timeout", Some(Verdict::InPlace)),
            ("AWS::Serverless::Function", "CodeUri", Some(Verdict::InPlace)),
            ("AWS::Serverless::Function", "FunctionName", Some(Verdict::Replaces)),
            ("AWS::Lambda::EventSourceMapping", "FilterCriteria/Filters/-", Some(Verdict::InPlace)),
            (
                "AWS::Lambda::EventSourceMapping",
                "SelfManagedEventSource/Endpoints/KafkaBootstrapServers/-",
                Some(Verdict::Replaces),
            ),
            (
                "AWS::Lambda::EventSourceMapping",
                "SelfManagedKafkaEventSourceConfig/ConsumerGroupId",
                Some(Verdict::MayReplace),
            ),
            ("AWS::Lambda::Permission", "Action", Some(Verdict::Replaces)),
            ("AWS::SecretsManager::Secret", "Name", Some(Verdict::Replaces)),
            ("AWS::DynamoDB::Table", "KeySchema", Some(Verdict::MayReplace)),
            ("AWS::IAM::ManagedPolicy", "PolicyDocument/Statement/-", Some(Verdict::InPlace)),
            ("Custom::Thing", "Name", None),
        ] {
            assert_eq!(verdict(kind, &path(changed)).map(|(verdict, _)| verdict), want, "{kind} {changed}");
        }
    }
}
