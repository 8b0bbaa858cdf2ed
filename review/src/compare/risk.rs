//! What is at stake when a resource goes: what it holds, and whether a policy of the template keeps it.

use super::report::{ResourceEffect, Risk};
use crate::template::stack::DeployedResource;

/// What resources hold that no template brings back.
const HELD: [(&str, &str); 25] = [
    ("AWS::Cognito::UserPool", "users"),
    ("AWS::DocDB::DBCluster", "databases"),
    ("AWS::DynamoDB::GlobalTable", "items"),
    ("AWS::DynamoDB::Table", "items"),
    ("AWS::EC2::Volume", "files"),
    ("AWS::ECR::Repository", "images"),
    ("AWS::EFS::FileSystem", "files"),
    ("AWS::ElastiCache::ReplicationGroup", "cached values"),
    ("AWS::Events::Archive", "events"),
    ("AWS::KMS::Key", "the key, without which nothing that it encrypted can be read"),
    ("AWS::Kinesis::Stream", "records"),
    ("AWS::Lambda::EventSourceMapping", "the place in the topic"),
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

/// Returns what is lost, or kept, when something happens to a resource of a type. `policy` is its `DeletionPolicy` where it
/// goes, and its `UpdateReplacePolicy` where another takes its place; `resource` is what was deployed.
pub(super) fn risk(
    resource_type: &str,
    effect: ResourceEffect,
    policy: Option<&str>,
    resource: Option<&DeployedResource>,
) -> Option<Risk> {
    if effect != ResourceEffect::Released && !effect.is_destructive() {
        return None;
    }
    let (_, data) = HELD.iter().find(|(known, _)| *known == resource_type)?;
    if resource_type == "AWS::Lambda::EventSourceMapping" {
        return mapping(resource?, data, effect);
    }
    // Databases are the exception: where they are deleted without a policy, a snapshot is made.
    let policy = policy
        .or((effect >= ResourceEffect::MayBeDeleted && resource_type == "AWS::RDS::DBCluster").then_some("Snapshot"));
    let (lost, text) = match (policy, effect) {
        (
            Some("Retain" | "RetainExceptOnCreate"),
            ResourceEffect::Replaced | ResourceEffect::MayBeReplaced | ResourceEffect::Renamed,
        ) => (false, "the old one stays in the account outside of the stack, and nothing of it is moved".to_owned()),
        (Some("Retain" | "RetainExceptOnCreate"), _) => {
            (false, "it stays in the account outside of the stack".to_owned())
        }
        (Some("Snapshot"), _) => (false, "a snapshot is made before it goes".to_owned()),
        (_, ResourceEffect::Deleted | ResourceEffect::MayBeDeleted) => {
            (true, format!("{} {} with it", whole(data), goes(data)))
        }
        _ => (true, format!("the new one starts without; {} of the old one {} with it", whole(data), goes(data))),
    };
    let text = match (resource_type, lost) {
        ("AWS::SecretsManager::Secret", true) => format!("{text}, also what was put in by hand since"),
        _ => text,
    };
    Some(Risk { data: (*data).to_owned(), lost, text })
}

fn whole(data: &str) -> String {
    if data.starts_with("the ") { data.to_owned() } else { format!("the {data}") }
}

fn goes(data: &str) -> &'static str {
    if data.starts_with("the ") { "goes" } else { "go" }
}

/// Of Kafka, the place is the consumer group's and outlives the mapping; of a stream, it is the mapping's. A queue has
/// none.
fn mapping(mapping: &DeployedResource, data: &str, effect: ResourceEffect) -> Option<Risk> {
    if mapping.property(&["Topics"]).is_none() {
        mapping.property(&["StartingPosition"])?;
        let text = "a mapping knows its place alone: another one starts at its starting position".to_owned();
        return Some(Risk { data: "the place in the stream".to_owned(), lost: true, text });
    }
    let text = match effect {
        ResourceEffect::Deleted | ResourceEffect::MayBeDeleted => {
            "messages are no longer read; Kafka keeps the consumer group's place for as long as its retention says"
        }
        _ => {
            "the new mapping goes on where its consumer group stopped; with another group, or on other brokers, it starts \
             at its starting position"
        }
    };
    Some(Risk { data: data.to_owned(), lost: true, text: text.to_owned() })
}
