//! What the service lets only one resource have: a name in the account, or a name under a parent.

use std::collections::BTreeSet;

use crate::template::node::{Dependency, Node};
use crate::template::schema;
use crate::template::stack::DeployedResource;

/// What identifies a resource to its service, besides the types whose own name alone does. A `?` marks a property that may be
/// missing; the last that may not is the name.
///
/// Each is from the errors that the service's API Reference lists for its create call (`…AlreadyExists`, `ConflictException`).
const KEYS: &[(&str, &[&str])] = &[
    ("AWS::ApiGateway::BasePathMapping", &["DomainName", "BasePath?"]),
    ("AWS::ApiGateway::DomainName", &["DomainName"]),
    ("AWS::ApiGateway::Method", &["RestApiId", "ResourceId", "HttpMethod"]),
    ("AWS::ApiGateway::Resource", &["RestApiId", "ParentId", "PathPart"]),
    ("AWS::ApiGateway::Stage", &["RestApiId", "StageName"]),
    ("AWS::ApiGatewayV2::ApiMapping", &["DomainName", "ApiMappingKey?"]),
    ("AWS::ApiGatewayV2::DomainName", &["DomainName"]),
    ("AWS::ApiGatewayV2::Route", &["ApiId", "RouteKey"]),
    ("AWS::ApiGatewayV2::Stage", &["ApiId", "StageName"]),
    ("AWS::CloudWatch::Alarm", &["AlarmName"]),
    ("AWS::Cognito::UserPoolDomain", &["Domain"]),
    ("AWS::DocDB::DBCluster", &["DBClusterIdentifier"]),
    ("AWS::DocDB::DBInstance", &["DBInstanceIdentifier"]),
    (
        "AWS::EC2::Route",
        &["RouteTableId", "DestinationCidrBlock?", "DestinationIpv6CidrBlock?", "DestinationPrefixListId?"],
    ),
    ("AWS::EC2::SecurityGroup", &["GroupName", "VpcId?"]),
    ("AWS::ECS::Service", &["ServiceName", "Cluster?"]),
    ("AWS::ElastiCache::CacheCluster", &["ClusterName"]),
    ("AWS::ElastiCache::ReplicationGroup", &["ReplicationGroupId"]),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", &["Name"]),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", &["Name"]),
    ("AWS::Events::Rule", &["Name", "EventBusName?"]),
    ("AWS::KMS::Alias", &["AliasName"]),
    ("AWS::Lambda::Alias", &["FunctionName", "Name"]),
    ("AWS::Lambda::EventInvokeConfig", &["FunctionName", "Qualifier"]),
    ("AWS::Lambda::Url", &["TargetFunctionArn", "Qualifier?"]),
    ("AWS::Logs::MetricFilter", &["LogGroupName", "FilterName"]),
    ("AWS::Logs::SubscriptionFilter", &["LogGroupName", "FilterName"]),
    ("AWS::Neptune::DBCluster", &["DBClusterIdentifier"]),
    ("AWS::Neptune::DBInstance", &["DBInstanceIdentifier"]),
    ("AWS::RDS::DBCluster", &["DBClusterIdentifier"]),
    ("AWS::RDS::DBInstance", &["DBInstanceIdentifier"]),
    ("AWS::Redshift::Cluster", &["ClusterIdentifier"]),
    ("AWS::Route53::RecordSet", &["HostedZoneId?", "HostedZoneName?", "Type", "Name", "SetIdentifier?"]),
    ("AWS::S3::BucketPolicy", &["Bucket"]),
    ("AWS::Scheduler::Schedule", &["Name", "GroupName?"]),
    // SAM's name for `StateMachineName`.
    ("AWS::Serverless::StateMachine", &["Name"]),
];

/// Types of which a name has many versions or revisions, each a resource.
const VERSIONED: [&str; 7] = [
    "AWS::AppRunner::AutoScalingConfiguration",
    "AWS::AppRunner::ObservabilityConfiguration",
    "AWS::Batch::JobDefinition",
    "AWS::ImageBuilder::Component",
    "AWS::ImageBuilder::ContainerRecipe",
    "AWS::ImageBuilder::ImageRecipe",
    "AWS::ImageBuilder::Workflow",
];

/// What only one resource can have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) what: What,
    /// The type that CloudFormation deploys.
    resource_type: String,
    /// The values, as written.
    values: Vec<Node>,
    /// The property that names the resource, and its value.
    pub(super) name: (String, String),
    /// Whether the service is known to reject a second one.
    pub(super) is_known: bool,
}

/// What keys that exclude each other have in common.
pub(super) type Identity = (What, String, Vec<Node>);

/// The kind of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    /// A name.
    Name,
    /// What an event source mapping reads and invokes.
    Mapping,
    /// The consumer group of an event source mapping.
    ConsumerGroup,
}

impl Key {
    /// Returns what identifies a resource, if it has a name of its own.
    pub(super) fn of(resource: &DeployedResource) -> Option<Self> {
        if resource.resource_type == "AWS::Lambda::EventSourceMapping" {
            return Self::of_mapping(resource);
        }
        if VERSIONED.contains(&resource.resource_type.as_str()) {
            return None;
        }
        let known = KEYS
            .iter()
            .find(|(known, _)| *known == resource.resource_type)
            .or_else(|| KEYS.iter().find(|(known, _)| *known == schema::deployed_type(&resource.resource_type)));
        let known = known.map(|(_, keys)| *keys);
        let (properties, name): (Vec<String>, &str) = if let Some(keys) = known {
            let name = keys.iter().rfind(|key| !key.ends_with('?'))?;
            (keys.iter().map(|key| (*key).to_owned()).collect(), name)
        } else {
            let name = schema::own_name(&resource.resource_type)?;
            let schema = schema::of(&resource.resource_type)?;
            let top = schema.create_only().filter_map(|pointer| pointer.strip_prefix('/'));
            let parents = top.filter(|property| *property != name && is_parent(property));
            (std::iter::once(name.to_owned()).chain(parents.map(|parent| format!("{parent}?"))).collect(), name)
        };
        let mut values = Vec::new();
        for property in &properties {
            let is_optional = property.ends_with('?');
            match resource.property(&[property.trim_end_matches('?')]) {
                Some(node) if !node.is_no_value() => values.push(plain(node)),
                _ if is_optional => values.push(Node::Null),
                _ => return None,
            }
        }
        let value = resource.property(&[name])?.to_text();
        let resource_type = schema::deployed_type(&resource.resource_type).to_owned();
        // A name alone is unique for most types; where there is a parent, only the table knows.
        let is_known = known.is_some() || properties.len() == 1;
        Some(Self { what: What::Name, resource_type, values, name: (name.to_owned(), value), is_known })
    }

    /// Returns what Lambda allows once. For the consumer group, the Developer Guide, "Customizable consumer group ID", says
    /// that it must be unique among all Kafka event sources; for the rest, `CreateEventSourceMapping` has
    /// `ResourceConflictException`.
    fn of_mapping(mapping: &DeployedResource) -> Option<Self> {
        let configs = ["SelfManagedKafkaEventSourceConfig", "AmazonManagedKafkaEventSourceConfig"];
        let group = configs.iter().find_map(|config| mapping.property(&[config, "ConsumerGroupId"]));
        let key = |what, values: Vec<Node>, property: &str, value: String| Self {
            what,
            resource_type: mapping.resource_type.clone(),
            values,
            name: (property.to_owned(), value),
            is_known: true,
        };
        if let Some(group) = group {
            return Some(key(What::ConsumerGroup, vec![group.clone()], "ConsumerGroupId", group.to_text()));
        }
        let source = mapping.property(&["EventSourceArn"]).or_else(|| mapping.property(&["SelfManagedEventSource"]))?;
        let function = mapping.property(&["FunctionName"])?;
        let mut values = vec![plain(source), plain(function)];
        for part in ["Topics", "Queues", "DocumentDBEventSourceConfig"] {
            values.push(mapping.property(&[part]).cloned().unwrap_or(Node::Null));
        }
        let read = source.at(&["Endpoints", "KafkaBootstrapServers"]).unwrap_or(source);
        let read = mapping.property(&["Topics"]).unwrap_or(read);
        Some(key(What::Mapping, values, "EventSourceArn", read.to_text()))
    }

    /// Returns the names that the values depend on.
    pub(super) fn dependencies(&self) -> BTreeSet<Dependency<'_>> {
        let mut found = BTreeSet::new();
        for value in &self.values {
            value.dependencies(&mut found);
        }
        found
    }

    /// Returns what is the same in all keys that exclude each other.
    pub(super) fn identity(&self) -> Identity {
        (self.what, self.resource_type.clone(), self.values.clone())
    }

    /// Whether a resource with this key and one with another one exclude each other.
    pub(super) fn conflicts(&self, other: &Self) -> bool {
        self.what == other.what && self.resource_type == other.resource_type && self.values == other.values
    }
}

/// Whether a property names another resource, as in `RestApiId`.
pub(super) fn is_parent(property: &str) -> bool {
    ["Id", "Arn", "Identifier", "Name", "Bus", "Cluster"]
        .iter()
        .any(|end| property.trim_end_matches('?').ends_with(end))
}

/// Returns a reference to a resource in one spelling: a function's name and its ARN name the same function.
fn plain(node: &Node) -> Node {
    match node {
        Node::Attr(name, attribute) if attribute == "Arn" => Node::Ref(name.clone()),
        other => other.clone(),
    }
}
