//! What a policy is attached to, whether it only limits, and what holds without it.

use serde_json::{Map, Value};

use super::collect::bare;
use super::known::Known;
use crate::template::guard::{Guards, expanded};
use crate::template::normal::plain;
use crate::template::stack::DeployedResource;

/// The properties by which a resource that is only a policy names what it is attached to, most specific first.
const TARGETS: [&str; 25] = [
    "Queues",
    "Queue",
    "Topics",
    "TopicArn",
    "Bucket",
    "BucketArn",
    "TableBucketARN",
    "TableARN",
    "VectorBucketArn",
    "VectorBucketName",
    "ObjectLambdaAccessPoint",
    "MrapName",
    "SecretId",
    "EventBusName",
    "ClusterArn",
    "LayerVersionArn",
    "FunctionName",
    "FunctionArn",
    "ResourceArn",
    "ResourceARN",
    "ResourceIdentifier",
    "StreamARN",
    "RegistryName",
    "DomainName",
    "FileSystemId",
];

/// Policies that grant nothing: they limit what others grant. By type, with the top-level property.
///
/// Sources: the Template Reference of each type, and `CreatePodIdentityAssociation` of EKS.
const LIMITS: [(&str, &str); 4] = [
    ("AWS::EC2::VPCEndpoint", "PolicyDocument"),
    ("AWS::EKS::PodIdentityAssociation", "Policy"),
    ("AWS::RolesAnywhere::Profile", "SessionPolicy"),
    ("AWS::Transfer::User", "Policy"),
];

/// Services in whose policies a resource is one thing, so that its ARN and `*` are the same. Others have things below it, such
/// as a bucket's objects.
const UNDIVIDED: [&str; 7] = ["SQS", "SNS", "KMS", "SecretsManager", "Lambda", "IAM", "Events"];

/// Whether a top-level property of a type is a policy that only limits.
pub(super) fn is_limit(resource_type: &str, property: &str) -> bool {
    LIMITS.contains(&(resource_type, property))
}

/// Whether `*` in a policy of this type is exactly the resource that the policy is attached to.
pub(super) fn is_undivided(resource_type: &str) -> bool {
    resource_type.split("::").nth(1).is_some_and(|service| UNDIVIDED.contains(&service))
}

/// Returns what the policies in a resource are attached to: the resource itself, or what it names.
pub(super) fn targets(known: &Known<'_>, own: &str, resource: &DeployedResource) -> Vec<(String, Guards)> {
    if !resource.resource_type.ends_with("Policy") {
        return vec![(own.to_owned(), Guards::new())];
    }
    let named = TARGETS.iter().find_map(|key| resource.written.get(*key));
    let Some(value) = named.map(|value| known.value(value)) else { return vec![(own.to_owned(), Guards::new())] };
    let found = expanded(&value).into_iter();
    found.map(|(target, guards)| (bare(&plain(target).to_text()).to_owned(), guards)).collect()
}

/// What a service documents for a resource without a policy: principal, action.
pub(super) fn without_policy(resource: &DeployedResource) -> Option<(&'static str, &'static str)> {
    match resource.resource_type.as_str() {
        // KMS Developer Guide, "Default key policy".
        "AWS::KMS::Key" => Some(("AWS:arn:aws:iam::${AWS::AccountId}:root", "kms:*")),
        // Any client that reaches a mount target: EFS User Guide, "Default EFS file system policy".
        "AWS::EFS::FileSystem" => Some(("*", "elasticfilesystem:Client*")),
        // Only its authorizers decide; a private API is closed: API Gateway Developer Guide, "Controlling access to a REST API".
        "AWS::ApiGateway::RestApi" | "AWS::Serverless::Api" if !is_private(&resource.written) => {
            Some(("*", "execute-api:Invoke"))
        }
        _ => None,
    }
}

fn is_private(written: &Map<String, Value>) -> bool {
    written.get("EndpointConfiguration").is_some_and(|configuration| configuration.to_string().contains("PRIVATE"))
}
