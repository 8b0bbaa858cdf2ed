//! What data is at risk when a resource is deleted or replaced, and whether a policy in the template keeps it.

use super::report::{ResourceEffect, Risk};
use super::source::Source;
use crate::template::node::Node;
use crate::template::schema::{self, ResourceSchema};
use crate::template::stack::{DeployedResource, Stack};

/// Resource types with data that a template cannot restore.
const DATA: [(&str, &str); 29] = [
    ("AWS::Cognito::UserPool", "users"),
    ("AWS::DocDB::DBCluster", "databases"),
    ("AWS::DocDBElastic::Cluster", "databases"),
    ("AWS::DynamoDB::GlobalTable", "items"),
    ("AWS::DynamoDB::Table", "items"),
    ("AWS::EC2::Volume", "files"),
    ("AWS::ECR::Repository", "images"),
    ("AWS::EFS::FileSystem", "files"),
    ("AWS::ElastiCache::CacheCluster", "cached values"),
    ("AWS::ElastiCache::ReplicationGroup", "cached values"),
    ("AWS::Events::Archive", "events"),
    ("AWS::KMS::Key", "the key needed to decrypt what it encrypted"),
    ("AWS::Kinesis::Stream", "records"),
    ("AWS::Lambda::LayerVersion", "this version of the layer"),
    ("AWS::Logs::LogGroup", "log events"),
    ("AWS::MSK::Cluster", "topics and their records"),
    ("AWS::MemoryDB::Cluster", "values in memory"),
    ("AWS::Neptune::DBCluster", "graphs"),
    ("AWS::OpenSearchService::Domain", "indexes"),
    ("AWS::RDS::DBCluster", "databases"),
    ("AWS::RDS::DBInstance", "databases"),
    ("AWS::Redshift::Cluster", "databases"),
    ("AWS::S3::Bucket", "objects"),
    ("AWS::SNS::Topic", "subscriptions"),
    ("AWS::SQS::Queue", "messages"),
    ("AWS::SSM::Parameter", "the value"),
    ("AWS::SecretsManager::Secret", "secret values"),
    ("AWS::Serverless::LayerVersion", "this version of the layer"),
    ("AWS::Timestream::Table", "records"),
];

/// Resource types that others call by a name or an address, which a new resource does not have: the callers, and what they
/// call.
const CALLED: [(&str, &str, &str); 9] = [
    ("AWS::ApiGateway::DomainName", "callers of the domain", "the domain name"),
    ("AWS::ApiGateway::RestApi", "callers of the API", "the URL"),
    ("AWS::ApiGateway::Stage", "callers of the stage", "the URL with the stage's name"),
    ("AWS::ApiGatewayV2::Api", "callers of the API", "the URL"),
    ("AWS::ApiGatewayV2::Stage", "callers of the stage", "the URL with the stage's name"),
    ("AWS::CloudFront::Distribution", "callers of the distribution", "the domain name"),
    ("AWS::Cognito::UserPoolDomain", "callers of the domain", "the domain name"),
    ("AWS::Lambda::Alias", "callers of the alias", "the ARN with the alias's name"),
    ("AWS::Lambda::Url", "callers of the URL", "the URL"),
];

/// Resource types that the service does not delete while they hold anything, with the property that has them emptied. The
/// Template Reference says so for each, the Backup API (`DeleteBackupVault`) for vaults.
const KEPT_FULL: [(&str, Option<&str>); 6] = [
    ("AWS::Athena::WorkGroup", Some("RecursiveDeleteOption")),
    ("AWS::Backup::BackupVault", None),
    ("AWS::ECR::PublicRepository", None),
    ("AWS::ECR::Repository", Some("EmptyOnDelete")),
    ("AWS::S3::Bucket", None),
    ("AWS::S3Express::DirectoryBucket", None),
];

/// Properties that protect a resource from being deleted: type, property, value. The Template Reference says of each that the
/// resource cannot be deleted while it is on.
const LOCKED: [(&str, &str, &str); 17] = [
    ("AWS::CloudTrail::EventDataStore", "TerminationProtectionEnabled", "true"),
    ("AWS::Cognito::UserPool", "DeletionProtection", "ACTIVE"),
    ("AWS::DocDB::DBCluster", "DeletionProtection", "true"),
    ("AWS::DocDB::GlobalCluster", "DeletionProtection", "true"),
    ("AWS::DynamoDB::Table", "DeletionProtectionEnabled", "true"),
    ("AWS::DSQL::Cluster", "DeletionProtectionEnabled", "true"),
    ("AWS::EC2::Instance", "DisableApiTermination", "true"),
    ("AWS::EKS::Cluster", "DeletionProtection", "true"),
    ("AWS::Logs::LogGroup", "DeletionProtectionEnabled", "true"),
    ("AWS::Neptune::DBCluster", "DeletionProtection", "true"),
    ("AWS::Neptune::GlobalCluster", "DeletionProtection", "true"),
    ("AWS::NeptuneGraph::Graph", "DeletionProtection", "true"),
    ("AWS::NetworkFirewall::Firewall", "DeleteProtection", "true"),
    ("AWS::QLDB::Ledger", "DeletionProtection", "true"),
    ("AWS::RDS::DBCluster", "DeletionProtection", "true"),
    ("AWS::RDS::DBInstance", "DeletionProtection", "true"),
    ("AWS::RDS::GlobalCluster", "DeletionProtection", "true"),
];

/// Returns the property that protects a resource from being deleted, and its value.
pub(super) fn lock(resource: &DeployedResource) -> Option<(&'static str, &'static str)> {
    let kind = schema::deployed_type(&resource.resource_type);
    let is_on = |(known, property, value): &&(&str, &'static str, &str)| {
        *known == kind && resource.property(&[property]).and_then(Node::word) == Some(*value)
    };
    LOCKED.iter().find(is_on).map(|(_, property, value)| (*property, *value))
}

/// Whether the service refuses to delete a resource that holds anything.
pub(super) fn is_kept_full(resource: &DeployedResource) -> bool {
    let known = KEPT_FULL.iter().find(|(known, _)| *known == resource.resource_type);
    let is_emptied = |key: &str| resource.property(&[key]).and_then(Node::word) == Some("true");
    known.is_some_and(|(_, emptied)| !emptied.is_some_and(is_emptied))
}

/// Returns the policy of a resource that does not set `attribute`. `UpdateReplacePolicy` has no default by type.
pub(super) fn default_policy(resource: &DeployedResource, attribute: &str) -> &'static str {
    let has = |key: &str| resource.property(&[key]).is_some();
    match (attribute, resource.resource_type.as_str()) {
        ("DeletionPolicy", "AWS::RDS::DBCluster") => "Snapshot",
        ("DeletionPolicy", "AWS::RDS::DBInstance") if !has("DBClusterIdentifier") => "Snapshot",
        // SAM writes the policy that `RetentionPolicy` names.
        (_, "AWS::Serverless::LayerVersion") => {
            let policy = resource.property(&["RetentionPolicy"]).and_then(Node::word);
            if policy.is_some_and(|policy| policy.eq_ignore_ascii_case("delete")) { "Delete" } else { "Retain" }
        }
        _ => "Delete",
    }
}

/// Returns what `DeletionPolicy` or `UpdateReplacePolicy` does with a resource.
pub(super) fn policy<'a>(resource: &'a DeployedResource, attribute: &str) -> &'a str {
    resource.word(attribute).unwrap_or_else(|| default_policy(resource, attribute))
}

/// Whether a policy keeps a resource that the stack does not need any more.
pub(super) fn keeps(policy: &str) -> bool {
    matches!(policy, "Retain" | "RetainExceptOnCreate")
}

/// Returns what happens to the data of a resource, and to those who call it. `policy` is its `DeletionPolicy` if it is
/// deleted, and its `UpdateReplacePolicy` if it is replaced; `resource` is the deployed resource in its stack.
pub(super) fn risk(resource: &DeployedResource, stack: &Stack, effect: ResourceEffect, policy: &str) -> Option<Risk> {
    if effect != ResourceEffect::Released && !effect.is_destructive() {
        return None;
    }
    let resource_type = schema::deployed_type(&resource.resource_type);
    if resource_type == "AWS::Lambda::EventSourceMapping" {
        return mapping(resource, Source::of(resource, stack), effect);
    }
    if let Some((_, callers, address)) = CALLED.iter().find(|(known, ..)| *known == resource_type) {
        return Some(called(callers, address, effect, policy));
    }
    // The data of an instance in a cluster is the cluster's.
    if resource_type == "AWS::RDS::DBInstance" && resource.property(&["DBClusterIdentifier"]).is_some() {
        return None;
    }
    let (_, data) = DATA.iter().find(|(known, _)| *known == resource_type)?;
    let creates = matches!(effect, ResourceEffect::Replaced | ResourceEffect::MayBeReplaced | ResourceEffect::Renamed);
    let (lost, text) = match (policy, effect) {
        _ if keeps(policy) && creates => (
            false,
            "the old resource is retained in the account, outside the stack; nothing is copied to the new one"
                .to_owned(),
        ),
        _ if keeps(policy) => (false, "the resource is retained in the account, outside the stack".to_owned()),
        _ if is_kept_full(resource) || lock(resource).is_some() => {
            let new = if creates { "; nothing is copied to the new one" } else { "" };
            let why = if is_kept_full(resource) { "while there are any" } else { "because the resource is protected" };
            (
                false,
                format!("the deletion fails {why}, and the resource is left in the account, outside the stack{new}"),
            )
        }
        ("Snapshot", _) if schema::of(resource_type).is_some_and(ResourceSchema::has_snapshots) => {
            (false, "in a snapshot that CloudFormation takes; the resource itself is deleted".to_owned())
        }
        (_, ResourceEffect::Deleted) => (true, "deleted with the resource".to_owned()),
        (_, ResourceEffect::MayBeDeleted) => (true, "deleted if the resource is deleted".to_owned()),
        (_, ResourceEffect::MayBeReplaced) => {
            (true, "deleted with the old resource if it is replaced, not copied to the new one".to_owned())
        }
        _ => (true, "deleted with the old resource, not copied to the new one".to_owned()),
    };
    let text = match (resource_type, lost) {
        ("AWS::SecretsManager::Secret", true) => format!("{text}; this includes values set by hand"),
        _ => text,
    };
    Some(Risk { data: (*data).to_owned(), lost, text })
}

/// Returns what happens to those who call a resource.
fn called(callers: &str, address: &str, effect: ResourceEffect, policy: &str) -> Risk {
    let text = match effect {
        _ if keeps(policy) => "the old one is retained in the account, outside the stack".to_owned(),
        ResourceEffect::Deleted => format!("{address} is deleted, so their calls fail"),
        ResourceEffect::MayBeDeleted => format!("if it is deleted, so is {address}, and their calls fail"),
        ResourceEffect::MayBeReplaced => format!("if it is replaced, {address} changes, and their calls fail"),
        _ => format!("{address} changes, so their calls fail until they use the new one"),
    };
    Risk { data: callers.to_owned(), lost: !keeps(policy), text }
}

/// Returns what happens to the position of an event source mapping. In Kafka it belongs to the consumer group and outlives
/// the mapping; in a stream it belongs to the mapping. A queue has no position.
fn mapping(mapping: &DeployedResource, source: Source, effect: ResourceEffect) -> Option<Risk> {
    let (data, text) = match (source, effect) {
        (Source::Queue | Source::Broker, _) => return None,
        (Source::Stream, _) if mapping.property(&["StartingPosition"]).is_none() => return None,
        (Source::Stream, _) => {
            ("the position in the stream", "only the old mapping knows it; a new one begins at its starting position")
        }
        (Source::Kafka, ResourceEffect::Deleted | ResourceEffect::MayBeDeleted) => (
            "the position in the topic",
            "messages are no longer read; Kafka keeps the consumer group's offsets until their retention time ends",
        ),
        (Source::Kafka, _) => (
            "the position in the topic",
            "the new mapping resumes where its consumer group stopped; with a different group or cluster, it begins at its \
             starting position",
        ),
    };
    Some(Risk { data: data.to_owned(), lost: true, text: text.to_owned() })
}
