//! What a resource holds that goes with it, and what keeps it.

use super::node::Node;
use super::report::Risk;
use super::stack::Resource;

/// Type, what it holds, and what its going means.
const HOLDS: [(&str, &str, &str); 15] = [
    (
        "AWS::SecretsManager::Secret",
        "secret values",
        "CloudFormation deletes a secret without a recovery window; what was put or rotated into it is gone",
    ),
    ("AWS::SQS::Queue", "queue messages", "messages that nobody has read are gone; senders need the new address"),
    (
        "AWS::Logs::LogGroup",
        "log events",
        "the log of the past is gone, and so are its metric and subscription filters",
    ),
    (
        "AWS::Lambda::EventSourceMapping",
        "consumer-group offsets",
        "Kafka keeps the place under the consumer group, not the mapping: under another group, or once the offsets have lapsed, reading starts at `StartingPosition`",
    ),
    ("AWS::KMS::Key", "key material", "whatever it encrypts cannot be read once its waiting time is over"),
    ("AWS::SSM::Parameter", "parameter value", "its value and the versions before are gone"),
    ("AWS::SNS::Topic", "subscriptions", "subscriptions that were not made by this template are gone"),
    ("AWS::DynamoDB::Table", "table items", "its items are gone"),
    ("AWS::DynamoDB::GlobalTable", "table items", "its items are gone"),
    ("AWS::Serverless::SimpleTable", "table items", "its items are gone"),
    ("AWS::S3::Bucket", "objects", "CloudFormation deletes a bucket only while it is empty"),
    ("AWS::Kinesis::Stream", "stream records", "records that nobody has read are gone"),
    ("AWS::RDS::DBInstance", "database", "its data is gone"),
    ("AWS::RDS::DBCluster", "database", "its data is gone"),
    ("AWS::Lambda::Url", "address", "callers need the new address"),
];

/// A mapping is made before the one whose place it takes is deleted.
const CONFLICT: &str = "the new mapping is made while the old one still reads: with the same consumer group Lambda may \
                        refuse it as a conflict. Give the event another name and group, or remove it in one deployment \
                        and add it in the next";

/// What is at stake where a resource is deleted, by the policy that was deployed with it.
pub(crate) fn deleted(resource: &Resource) -> Option<Risk> {
    risk(resource, resource.word("DeletionPolicy").or_else(|| default_policy(resource)))
}

/// What is at stake where a new one takes the place of a resource.
pub(crate) fn replaced(old: &Resource, new: &Resource) -> Option<Risk> {
    let mut risk = risk(old, new.word("UpdateReplacePolicy"))?;
    if old.kind == "AWS::Lambda::EventSourceMapping" {
        risk.text = format!("{}; {CONFLICT}", risk.text);
    }
    if old.kind == "AWS::SecretsManager::Secret" && risk.lost && has_value(new) {
        risk.text = format!("{}; the new one holds what `SecretString` says", risk.text);
    }
    Some(risk)
}

fn risk(resource: &Resource, policy: Option<&str>) -> Option<Risk> {
    let (_, data, text) = HOLDS.iter().find(|(kind, ..)| *kind == resource.kind)?;
    let (lost, text) = match policy {
        Some("Retain" | "RetainExceptOnCreate") => (false, "the old one stays in the account, outside of the stack"),
        Some("Snapshot") => (false, "a snapshot of it is kept"),
        _ => (true, *text),
    };
    Some(Risk { data: (*data).to_owned(), lost, text: text.to_owned() })
}

/// Databases are the exception: without a policy, CloudFormation keeps a snapshot.
fn default_policy(resource: &Resource) -> Option<&'static str> {
    let snapshot = match resource.kind.as_str() {
        "AWS::RDS::DBCluster" => true,
        "AWS::RDS::DBInstance" => resource.property(&["DBClusterIdentifier"]).is_none(),
        _ => false,
    };
    snapshot.then_some("Snapshot")
}

fn has_value(secret: &Resource) -> bool {
    secret.property(&["SecretString"]).is_some_and(|value| *value != Node::Null)
}
