//! What data is at risk when a resource is deleted or replaced, and whether a policy in the template keeps it.

use super::report::{ResourceEffect, Risk};
use crate::template::stack::DeployedResource;

/// Resource types with data that a template cannot restore.
const DATA: [(&str, &str); 25] = [
    ("AWS::Cognito::UserPool", "users"),
    ("AWS::DocDB::DBCluster", "databases"),
    ("AWS::DynamoDB::GlobalTable", "items"),
    ("AWS::DynamoDB::Table", "items"),
    ("AWS::EC2::Volume", "files"),
    ("AWS::ECR::Repository", "images"),
    ("AWS::EFS::FileSystem", "files"),
    ("AWS::ElastiCache::ReplicationGroup", "cached values"),
    ("AWS::Events::Archive", "events"),
    ("AWS::KMS::Key", "the key needed to decrypt what it encrypted"),
    ("AWS::Kinesis::Stream", "records"),
    ("AWS::Lambda::EventSourceMapping", "the position in the topic"),
    ("AWS::Logs::LogGroup", "log events"),
    ("AWS::MSK::Cluster", "topics and their records"),
    ("AWS::OpenSearchService::Domain", "indexes"),
    ("AWS::RDS::DBCluster", "databases"),
    ("AWS::RDS::DBInstance", "databases"),
    ("AWS::Redshift::Cluster", "databases"),
    ("AWS::S3::Bucket", "objects"),
    ("AWS::SNS::Topic", "subscriptions"),
    ("AWS::SQS::Queue", "messages"),
    ("AWS::SSM::Parameter", "the value"),
    ("AWS::SecretsManager::Secret", "secret values"),
    ("AWS::Serverless::SimpleTable", "items"),
    ("AWS::Timestream::Table", "records"),
];

/// Returns what happens to the data of a resource. `policy` is its `DeletionPolicy` if it is deleted, and its
/// `UpdateReplacePolicy` if it is replaced; `resource` is the deployed resource.
pub(super) fn risk(
    resource_type: &str,
    effect: ResourceEffect,
    policy: Option<&str>,
    resource: Option<&DeployedResource>,
) -> Option<Risk> {
    if effect != ResourceEffect::Released && !effect.is_destructive() {
        return None;
    }
    let (_, data) = DATA.iter().find(|(known, _)| *known == resource_type)?;
    if resource_type == "AWS::Lambda::EventSourceMapping" {
        return mapping(resource?, data, effect);
    }
    // Database clusters are the exception: deleted without a policy, they leave a snapshot.
    let policy = policy
        .or((effect >= ResourceEffect::MayBeDeleted && resource_type == "AWS::RDS::DBCluster").then_some("Snapshot"));
    let (lost, text) = match (policy, effect) {
        (
            Some("Retain" | "RetainExceptOnCreate"),
            ResourceEffect::Replaced | ResourceEffect::MayBeReplaced | ResourceEffect::Renamed,
        ) => (
            false,
            "the old resource is retained in the account, outside the stack; nothing is copied to the new one"
                .to_owned(),
        ),
        (Some("Retain" | "RetainExceptOnCreate"), _) => {
            (false, "the resource is retained in the account, outside the stack".to_owned())
        }
        (Some("Snapshot"), _) => {
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

/// Returns what happens to the position of an event source mapping. In Kafka it belongs to the consumer group and outlives
/// the mapping; in a stream it belongs to the mapping. A queue has no position.
fn mapping(mapping: &DeployedResource, data: &str, effect: ResourceEffect) -> Option<Risk> {
    if mapping.property(&["Topics"]).is_none() {
        mapping.property(&["StartingPosition"])?;
        let text = "only the old mapping knows it; a new one begins at its starting position".to_owned();
        return Some(Risk { data: "the position in the stream".to_owned(), lost: true, text });
    }
    let text = match effect {
        ResourceEffect::Deleted | ResourceEffect::MayBeDeleted => {
            "messages are no longer read; Kafka keeps the consumer group's offsets until their retention time ends"
        }
        _ => {
            "the new mapping resumes where its consumer group stopped; with a different group or cluster, it begins at its \
             starting position"
        }
    };
    Some(Risk { data: data.to_owned(), lost: true, text: text.to_owned() })
}
