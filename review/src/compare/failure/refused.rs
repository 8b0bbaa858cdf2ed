//! Updates that a service rejects.

use std::collections::{BTreeMap, BTreeSet};

use crate::template::node::Node;
use crate::template::schema;
use crate::template::stack::DeployedResource;

/// Why an update is rejected.
pub(super) struct Refusal {
    /// A JSON Pointer below the resource.
    pub(super) pointer: String,
    /// A sentence without a full stop.
    pub(super) text: String,
    /// The way out.
    pub(super) help: &'static str,
    /// Whether it may be accepted.
    pub(super) uncertain: bool,
}

const NEW_ONE: &str = "create a new resource under another logical id, move to it, then remove this one";

/// Properties that the service does not let anyone change, although no schema says so: type, property, whether that is only
/// likely, reason.
const FIXED: &[(&str, &str, bool, &str)] = &[
    // Template Reference, AWS::KMS::Key: for each of them, "the update request fails, regardless of the value of the
    // `UpdateReplacePolicy` attribute"; for `Origin` only that it cannot be changed.
    ("AWS::KMS::Key", "KeySpec", false, KMS),
    ("AWS::KMS::Key", "KeyUsage", false, KMS),
    ("AWS::KMS::Key", "MultiRegion", false, KMS),
    ("AWS::KMS::Key", "Origin", true, KMS),
    // CloudFormation's error for each of them is "Updates are not allowed for property", also where it was not set before.
    ("AWS::Cognito::UserPool", "AliasAttributes", false, COGNITO),
    ("AWS::Cognito::UserPool", "UsernameAttributes", false, COGNITO),
    ("AWS::Cognito::UserPool", "UsernameConfiguration", false, COGNITO),
    // Lambda API Reference, `SelfManagedKafkaEventSourceConfig`; `UpdateEventSourceMapping` has no `Topics`.
    ("AWS::Lambda::EventSourceMapping", "SelfManagedKafkaEventSourceConfig/ConsumerGroupId", true, MAPPING),
    ("AWS::Lambda::EventSourceMapping", "AmazonManagedKafkaEventSourceConfig/ConsumerGroupId", true, MAPPING),
    ("AWS::Lambda::EventSourceMapping", "Topics", true, MAPPING),
    // DynamoDB Developer Guide, "Local Secondary Indexes": they are created and deleted with the table.
    (
        "AWS::DynamoDB::Table",
        "LocalSecondaryIndexes",
        true,
        "DynamoDB cannot add, change or remove a local secondary index of a table, so CloudFormation either rejects the change or \
         replaces the table",
    ),
    (
        "AWS::DynamoDB::GlobalTable",
        "LocalSecondaryIndexes",
        true,
        "DynamoDB cannot change a table's local secondary indexes",
    ),
    // S3 User Guide, "Object Lock considerations": once enabled, it cannot be disabled.
    ("AWS::S3::Bucket", "ObjectLockEnabled", true, "Object Lock cannot be disabled once a bucket has it"),
];

const KMS: &str = "KMS cannot change it in a key, and CloudFormation does not replace a key for it";
const COGNITO: &str = "Cognito does not allow this property of a user pool to be updated";
const MAPPING: &str =
    "Lambda cannot change it in a mapping, so CloudFormation either rejects the change or replaces the mapping";

/// Versions that the service does not downgrade: type, property, whether that is only likely.
const VERSIONS: &[(&str, &str, bool)] = &[
    // RDS's error for `ModifyDBCluster` and `ModifyDBInstance` is "Cannot upgrade aurora-postgresql from 17.7 to 17.4".
    ("AWS::RDS::DBInstance", "EngineVersion", false),
    ("AWS::RDS::DBCluster", "EngineVersion", false),
    // Their `ModifyDBCluster` is for upgrades only; what it does with an older version is not documented.
    ("AWS::DocDB::DBCluster", "EngineVersion", true),
    ("AWS::Neptune::DBCluster", "EngineVersion", true),
    // EKS User Guide, "Rollback cluster to previous Kubernetes version": by one minor version, for some days.
    ("AWS::EKS::Cluster", "Version", true),
    // MSK Developer Guide, "Upgrade the Apache Kafka version".
    ("AWS::MSK::Cluster", "KafkaVersion", false),
    // OpenSearch Service Developer Guide, "Upgrading a domain": it "is irreversible".
    (DOMAIN, "EngineVersion", false),
];

const DOMAIN: &str = "AWS::OpenSearchService::Domain";

/// Sizes that the service only increases: type, property, whether that is only likely.
const SIZES: &[(&str, &str, bool)] = &[
    // RDS User Guide, "Increasing DB instance storage capacity".
    ("AWS::RDS::DBInstance", "AllocatedStorage", false),
    // EC2 API Reference, `ModifyVolume`.
    ("AWS::EC2::Volume", "Size", false),
    // MSK Developer Guide, "Scale up broker storage".
    ("AWS::MSK::Cluster", "BrokerNodeGroupInfo/StorageInfo/EBSStorageInfo/VolumeSize", false),
    // FSx API Reference, `UpdateFileSystem`: ONTAP file systems of later generations can become smaller.
    ("AWS::FSx::FileSystem", "StorageCapacity", true),
];

/// Returns why the update of a resource is rejected, whatever else happens to it. `is_replaced` says that it gets a new
/// resource instead.
pub(super) fn updates(old: &DeployedResource, new: &DeployedResource, is_replaced: bool) -> Vec<Refusal> {
    let kind = schema::deployed_type(&new.resource_type);
    let mut found = Vec::new();
    let values = |path: &str| {
        let steps: Vec<&str> = path.split('/').collect();
        (old.property(&steps), new.property(&steps))
    };
    for (_, property, uncertain, why) in FIXED.iter().filter(|(known, ..)| *known == kind) {
        let (was, is) = values(property);
        let starts = *property == "ObjectLockEnabled" && was.and_then(Node::word) != Some("true");
        // What is set to its default is the same as what is unset, where the default is the usual value.
        if was != is && !starts && !(kind == "AWS::KMS::Key" && effective(property, was) == effective(property, is)) {
            let name = property.rsplit('/').next().unwrap_or_default();
            let text = format!("`{name}` changed: {why}");
            let uncertain = *uncertain || [was, is].into_iter().flatten().any(|node| !is_literal(node));
            found.push(Refusal { pointer: format!("/Properties/{property}"), text, help: NEW_ONE, uncertain });
        }
    }
    if is_replaced {
        return found;
    }
    for (_, property, uncertain) in VERSIONS.iter().filter(|(known, ..)| *known == kind) {
        // Without it, CloudFormation replaces the domain (Template Reference, `EngineVersion`).
        let upgrades = new.attributes.get("UpdatePolicy").and_then(|policy| policy.member("EnableVersionUpgrade"));
        if kind == DOMAIN && upgrades.and_then(Node::word) != Some("true") {
            continue;
        }
        if let (Some(Node::Text(was)), Some(Node::Text(is))) = values(property)
            && version(is) < version(was)
        {
            let text = format!("`{property}` changed from `{was}` to `{is}`: the service does not downgrade a version");
            let help = "keep the version; an older one needs a new resource";
            found.push(Refusal { pointer: format!("/Properties/{property}"), text, help, uncertain: *uncertain });
        }
    }
    for (_, property, uncertain) in SIZES.iter().filter(|(known, ..)| *known == kind) {
        if let (Some(was), Some(is)) = values(property)
            && let (Some(before), Some(after)) = (number(was), number(is))
            && after < before
        {
            let name = property.rsplit('/').next().unwrap_or_default();
            let text = format!("`{name}` changed from `{before}` to `{after}`: storage cannot become smaller");
            let help = "keep the size; a smaller one needs a new resource";
            found.push(Refusal { pointer: format!("/Properties/{property}"), text, help, uncertain: *uncertain });
        }
    }
    match kind {
        "AWS::DynamoDB::Table" | "AWS::DynamoDB::GlobalTable" => indexes(old, new, &mut found),
        "AWS::Cognito::UserPool" => attributes(old, new, &mut found),
        "AWS::Kinesis::Stream" => shards(old, new, &mut found),
        "AWS::S3::Bucket" => versions(old, new, &mut found),
        _ => {}
    }
    found
}

/// Returns the value that holds in a KMS key (Template Reference, `AWS::KMS::Key`).
fn effective(property: &str, node: Option<&Node>) -> String {
    let default = match property {
        "KeySpec" => "SYMMETRIC_DEFAULT",
        "KeyUsage" => "ENCRYPT_DECRYPT",
        "Origin" => "AWS_KMS",
        _ => "false",
    };
    node.map_or_else(|| default.to_owned(), Node::to_text)
}

/// Template Reference, `AWS::DynamoDB::Table` and `GlobalTable`, `GlobalSecondaryIndexes`: one index can be added or removed by an update, and
/// nothing but the throughput, the insights and the warm throughput of one that stays can change.
fn indexes(old: &DeployedResource, new: &DeployedResource, found: &mut Vec<Refusal>) {
    let key = "GlobalSecondaryIndexes";
    let (Some(before), Some(after)) = (named(old, key, "IndexName"), named(new, key, "IndexName")) else { return };
    let names = |these: &BTreeMap<String, &Node>, those: &BTreeMap<String, &Node>| -> Vec<String> {
        these.keys().filter(|name| !those.contains_key(*name)).map(|name| format!("`{name}`")).collect()
    };
    let changed = [names(&after, &before), names(&before, &after)].concat();
    let pointer = || format!("/Properties/{key}");
    if changed.len() > 1 {
        let text = format!(
            "{} are added or removed: DynamoDB creates or deletes one global secondary index in an update",
            changed.join(", ")
        );
        found.push(Refusal { pointer: pointer(), text, help: "deploy one index at a time", uncertain: false });
    }
    for (name, was) in &before {
        let Some(is) = after.get(name) else { continue };
        if ["KeySchema", "Projection"].iter().any(|part| was.member(part) != is.member(part)) {
            let text = format!("the keys or the projection of index `{name}` changed: DynamoDB cannot change them");
            let help = "add an index under a new name, deploy, then remove this one";
            found.push(Refusal { pointer: pointer(), text, help, uncertain: false });
        }
    }
}

/// Cognito only has `AddCustomAttributes`, which the schema of `AWS::Cognito::UserPool` lists for updates: attributes can be
/// added, and neither changed nor removed.
fn attributes(old: &DeployedResource, new: &DeployedResource, found: &mut Vec<Refusal>) {
    let (Some(before), Some(after)) = (named(old, "Schema", "Name"), named(new, "Schema", "Name")) else { return };
    let gone: Vec<String> = before
        .iter()
        .filter(|(name, was)| after.get(*name) != Some(*was))
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    if !gone.is_empty() {
        let text =
            format!("attribute {} is changed or removed: Cognito only adds attributes to a user pool", gone.join(", "));
        let help = "keep the attributes as they are, and add new ones";
        found.push(Refusal { pointer: "/Properties/Schema".to_owned(), text, help, uncertain: false });
    }
}

/// Kinesis API Reference, `UpdateShardCount`: at most twice as many shards, and at least half as many.
fn shards(old: &DeployedResource, new: &DeployedResource, found: &mut Vec<Refusal>) {
    let count = |stream: &DeployedResource| stream.property(&["ShardCount"]).and_then(number);
    if let (Some(was), Some(is)) = (count(old), count(new))
        && (is > was * 2.0 || is * 2.0 < was)
    {
        let text =
            format!("`ShardCount` changed from `{was}` to `{is}`: Kinesis at most doubles or halves it at a time");
        let help = "go there in several deployments";
        found.push(Refusal { pointer: "/Properties/ShardCount".to_owned(), text, help, uncertain: false });
    }
}

/// S3 User Guide, "Object Lock considerations": versioning cannot be suspended in a bucket that has it.
fn versions(old: &DeployedResource, new: &DeployedResource, found: &mut Vec<Refusal>) {
    let status = |bucket: &DeployedResource| {
        bucket.property(&["VersioningConfiguration", "Status"]).and_then(Node::word).map(str::to_owned)
    };
    let is_locked = old.property(&["ObjectLockEnabled"]).and_then(Node::word) == Some("true");
    if is_locked && status(new).as_deref() == Some("Suspended") && status(old) != status(new) {
        let text = "versioning is suspended in a bucket with Object Lock: S3 does not allow it".to_owned();
        let pointer = "/Properties/VersioningConfiguration/Status".to_owned();
        found.push(Refusal { pointer, text, help: "keep versioning enabled", uncertain: false });
    }
}

/// Returns the items of a list by name; `None` if it is not a list of objects.
fn named<'a>(resource: &'a DeployedResource, key: &str, name: &str) -> Option<BTreeMap<String, &'a Node>> {
    let Some(list) = resource.property(&[key]) else { return Some(BTreeMap::new()) };
    if !matches!(list, Node::List(_) | Node::Set(_)) {
        return None;
    }
    list.children().map(|item| Some((item.member(name)?.to_text(), item))).collect()
}

fn number(node: &Node) -> Option<f64> {
    node.word()?.parse().ok()
}

/// Whether a value is known before the deployment.
fn is_literal(node: &Node) -> bool {
    let mut on = BTreeSet::new();
    node.dependencies(&mut on);
    on.is_empty()
}

/// Returns the numbers of a version, so that `9` comes before `10`. Names, such as `OpenSearch_2.11`, count as text.
fn version(text: &str) -> Vec<(String, u64)> {
    let numbers = text.split(|c: char| !c.is_ascii_alphanumeric());
    let part = |part: &str| part.parse().map_or_else(|_| (part.to_owned(), 0), |number| (String::new(), number));
    numbers.map(part).collect()
}
