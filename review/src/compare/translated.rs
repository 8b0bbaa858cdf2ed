//! A resource of SAM that becomes the resource that SAM translates it to, or the reverse: it stays the same resource.

use std::collections::BTreeMap;

use super::update::SAM_PROPERTIES;
use crate::template::node::Node;
use crate::template::schema;

/// Whether SAM translates one type to the other under the same logical id.
pub(super) fn is_same(old: &str, new: &str) -> bool {
    old != new && schema::deployed_type(old) == schema::deployed_type(new)
}

/// Returns the attributes of a resource of SAM under CloudFormation's names, with the values that SAM writes by itself and
/// whose change would replace the resource. Other resources are returned unchanged.
pub(super) fn attributes(resource_type: &str, mut attributes: BTreeMap<String, Node>) -> BTreeMap<String, Node> {
    let Some(Node::Map(properties)) = attributes.get_mut("Properties") else { return attributes };
    let protocol = |name: &str| ("ProtocolType".to_owned(), Node::Text(name.to_owned()));
    match resource_type {
        "AWS::Serverless::HttpApi" => properties.extend([protocol("HTTP")]),
        "AWS::Serverless::WebSocketApi" => properties.extend([protocol("WEBSOCKET")]),
        "AWS::Serverless::Function" => code(properties),
        "AWS::Serverless::SimpleTable" => key(properties),
        "AWS::Serverless::CapacityProvider" => capacity(properties),
        _ => {}
    }
    for (.., theirs, deployed) in SAM_PROPERTIES.iter().filter(|(sam, ..)| *sam == resource_type) {
        if let Some(value) = properties.remove(*theirs) {
            properties.insert((*deployed).to_owned(), value);
        }
    }
    attributes
}

/// Writes the code of a function as Lambda does, if its place is known.
fn code(properties: &mut BTreeMap<String, Node>) {
    let text = |key: &str, value: &str| (key.to_owned(), Node::Text(value.to_owned()));
    let s3 = |uri: &str| {
        let (bucket, key) = uri.strip_prefix("s3://")?.split_once('/')?;
        Some(BTreeMap::from([text("S3Bucket", bucket), text("S3Key", key)]))
    };
    let known = match (properties.get("InlineCode"), properties.get("CodeUri")) {
        (Some(inline), _) => Some(BTreeMap::from([("ZipFile".to_owned(), inline.clone())])),
        (None, Some(Node::Text(uri))) => s3(uri),
        _ => None,
    };
    if let Some(known) = known {
        properties.remove("InlineCode");
        properties.remove("CodeUri");
        properties.insert("Code".to_owned(), Node::Map(known));
    }
}

/// Writes the primary key of a table as its schema; by default, it is a text `id`.
fn key(properties: &mut BTreeMap<String, Node>) {
    let primary = properties.remove("PrimaryKey");
    let of = |member| primary.as_ref().and_then(|key| key.member(member)).cloned();
    let name = of("Name").unwrap_or_else(|| Node::Text("id".to_owned()));
    let kind = match of("Type").as_ref().map(Node::to_text).as_deref() {
        Some("Number") => "N",
        Some("Binary") => "B",
        _ => "S",
    };
    let list = |member: &str, value: &str| {
        let pairs = [("AttributeName".to_owned(), name.clone()), (member.to_owned(), Node::Text(value.to_owned()))];
        Node::List(vec![Node::Map(BTreeMap::from(pairs))])
    };
    properties.insert("KeySchema".to_owned(), list("KeyType", "HASH"));
    properties.insert("AttributeDefinitions".to_owned(), list("AttributeType", kind));
}

/// Writes the role and the instances of a capacity provider under the names of Lambda.
fn capacity(properties: &mut BTreeMap<String, Node>) {
    if let Some(role) = properties.remove("OperatorRole") {
        let config = BTreeMap::from([("CapacityProviderOperatorRoleArn".to_owned(), role)]);
        properties.insert("PermissionsConfig".to_owned(), Node::Map(config));
    }
    if let Some(Node::Map(instances)) = properties.get_mut("InstanceRequirements") {
        for (theirs, deployed) in [("AllowedTypes", "AllowedInstanceTypes"), ("ExcludedTypes", "ExcludedInstanceTypes")]
        {
            if let Some(value) = instances.remove(theirs) {
                instances.insert(deployed.to_owned(), value);
            }
        }
    }
    if let Some(scaling) = properties.remove("ScalingConfig") {
        properties.insert("CapacityProviderScalingConfig".to_owned(), scaling);
    }
}
