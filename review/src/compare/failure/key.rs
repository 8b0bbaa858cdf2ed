//! What the service lets only one resource have: a name in the account, or a name under a parent.

use std::collections::BTreeSet;

use crate::template::node::{Dependency, Node};
use crate::template::schema;
use crate::template::stack::DeployedResource;

/// What identifies a resource to its service, where the identifiers of the type's schema do not say so. A `?` marks a property
/// that may be missing; the last that may not is the name.
///
/// Sources: the errors that the service's API Reference lists for its create call (`…AlreadyExists`, `ConflictException`; for
/// EC2, in its "Error codes"); for alarms, rules, filters and `EventInvokeConfig`, which the service itself would overwrite, the
/// "Resource type handler contract" of CloudFormation, by which a second resource with the same primary identifier fails with
/// `AlreadyExists`; for bucket policies and rules also CloudFormation's errors ("The bucket policy already exists on bucket").
const KEYS: &[(&str, &[&str])] = &[
    ("AWS::AmazonMQ::Broker", &["BrokerName"]),
    ("AWS::ApiGateway::BasePathMapping", &["DomainName", "BasePath?"]),
    ("AWS::ApiGateway::DomainName", &["DomainName"]),
    ("AWS::ApiGateway::Method", &["RestApiId", "ResourceId", "HttpMethod"]),
    ("AWS::ApiGateway::Resource", &["RestApiId", "ParentId", "PathPart"]),
    ("AWS::ApiGatewayV2::ApiMapping", &["DomainName", "ApiMappingKey?"]),
    ("AWS::ApiGatewayV2::DomainName", &["DomainName"]),
    ("AWS::ApiGatewayV2::Route", &["ApiId", "RouteKey"]),
    ("AWS::CodeBuild::Project", &["Name"]),
    ("AWS::Cognito::UserPoolDomain", &["Domain"]),
    ("AWS::DocDB::DBCluster", &["DBClusterIdentifier"]),
    ("AWS::DocDB::DBInstance", &["DBInstanceIdentifier"]),
    (
        "AWS::EC2::Route",
        &["RouteTableId", "DestinationCidrBlock?", "DestinationIpv6CidrBlock?", "DestinationPrefixListId?"],
    ),
    ("AWS::EC2::LaunchTemplate", &["LaunchTemplateName"]),
    ("AWS::EC2::SecurityGroup", &["GroupName", "VpcId?"]),
    ("AWS::ECS::Service", &["ServiceName", "Cluster?"]),
    ("AWS::EKS::Nodegroup", &["ClusterName", "NodegroupName"]),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", &["Name"]),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", &["Name"]),
    ("AWS::Elasticsearch::Domain", &["DomainName"]),
    ("AWS::Events::Rule", &["Name", "EventBusName?"]),
    ("AWS::IAM::ManagedPolicy", &["ManagedPolicyName"]),
    ("AWS::Lambda::Alias", &["FunctionName", "Name"]),
    ("AWS::Lambda::EventInvokeConfig", &["FunctionName", "Qualifier"]),
    ("AWS::Lambda::Url", &["TargetFunctionArn", "Qualifier?"]),
    ("AWS::MSK::Cluster", &["ClusterName"]),
    ("AWS::Route53::RecordSet", &["HostedZoneId?", "HostedZoneName?", "Type", "Name", "SetIdentifier?"]),
    ("AWS::S3::BucketPolicy", &["Bucket"]),
    ("AWS::Scheduler::Schedule", &["Name", "GroupName?"]),
    ("AWS::SecretsManager::Secret", &["Name"]),
    // SAM's name for `StateMachineName`.
    ("AWS::Serverless::StateMachine", &["Name"]),
    // These accept a second one that is the same in everything; the Template Reference says that a named one cannot be replaced.
    ("AWS::SNS::Topic", &["TopicName"]),
    ("AWS::SQS::Queue", &["QueueName"]),
    ("AWS::WAFv2::IPSet", &["Name", "Scope"]),
    ("AWS::WAFv2::RegexPatternSet", &["Name", "Scope"]),
    ("AWS::WAFv2::RuleGroup", &["Name", "Scope"]),
    ("AWS::WAFv2::WebACL", &["Name", "Scope"]),
];

/// Types of which many resources can have the same name: versions and revisions (`…Version`, `…Revision` of the API's response),
/// and pipelines of Data Pipeline (`CreatePipeline`).
const SHARED: [&str; 10] = [
    "AWS::AppRunner::AutoScalingConfiguration",
    "AWS::AppRunner::ObservabilityConfiguration",
    "AWS::Batch::JobDefinition",
    "AWS::Comprehend::DocumentClassifier",
    "AWS::Comprehend::EntityRecognizer",
    "AWS::DataPipeline::Pipeline",
    "AWS::ImageBuilder::Component",
    "AWS::ImageBuilder::ContainerRecipe",
    "AWS::ImageBuilder::ImageRecipe",
    "AWS::ImageBuilder::Workflow",
];

/// Types, below `AWS::`, of which nobody documents that the name is unique: their create call lists no such error, their
/// documentation does not say so, and their primary identifier is different.
const UNPROVEN: &str = "\
    ARCRegionSwitch::Plan AppConfig::DeploymentStrategy AppRunner::VpcConnector AppTest::TestCase \
    Athena::CapacityReservation Athena::NamedQuery Athena::PreparedStatement Batch::QuotaShare Batch::SchedulingPolicy \
    Batch::ServiceEnvironment Chime::MediaInsightsPipelineConfiguration CodeConnections::Host CodePipeline::Webhook \
    DeviceFarm::Upload EMR::Step EMRContainers::JobTemplate EMRContainers::SecurityConfiguration FraudDetector::List \
    FraudDetector::Variable GammaDilithium::JobDefinition GuardDuty::Master HealthAgent::Domain \
    InspectorV2::CodeSecurityScanConfiguration InspectorV2::Connector IoTManagedIntegrations::CredentialLocker \
    IoTManagedIntegrations::ProvisioningProfile MediaConnect::Flow NetworkFirewall::ContainerAssociation \
    NetworkFirewall::FirewallPolicy NetworkFirewall::RuleGroup NetworkFirewall::TLSInspectionConfiguration \
    NimbleStudio::Studio Omics::ReferenceStore Panorama::Package Pinpoint::App Pinpoint::EmailTemplate \
    Pinpoint::PushTemplate Pinpoint::SmsTemplate PinpointEmail::Identity Polly::Lexicon QuickSight::Assignment \
    RoboMaker::Fleet RoboMaker::RobotApplication RoboMaker::SimulationApplication Route53Profiles::Profile \
    Route53RecoveryControl::Cluster Route53Resolver::FirewallDomainList Route53Resolver::FirewallRuleGroup \
    S3Outposts::AccessPoint SES::MailManagerAddressList SageMaker::Algorithm SageMaker::CodeRepository \
    SageMaker::ExperimentTrialComponent SageMaker::ModelPackageGroup SageMaker::NotebookInstanceLifecycleConfig \
    SageMaker::Project SecurityAgent::TargetDomain StorageGateway::TapePool Translate::Terminology WAF::ByteMatchSet \
    WAF::IPSet WAF::SizeConstraintSet WAF::SqlInjectionMatchSet WAF::XssMatchSet WAFRegional::ByteMatchSet \
    WAFRegional::GeoMatchSet WAFRegional::IPSet WAFRegional::RegexPatternSet WAFRegional::SizeConstraintSet \
    WAFRegional::SqlInjectionMatchSet WAFRegional::XssMatchSet";

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
    /// Whether the properties are known to be all that matters, and a second one to be rejected.
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
        if SHARED.contains(&resource.resource_type.as_str()) {
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
            let others = schema::of(&resource.resource_type)?.key().filter_map(|pointer| pointer.strip_prefix('/'));
            let others = others.filter(|property| *property != name).map(|property| format!("{property}?"));
            (std::iter::once(name.to_owned()).chain(others).collect(), name)
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
        // Another name may be unique only below a parent, or not at all.
        let kind = resource_type.strip_prefix("AWS::").unwrap_or_default();
        let is_unproven = UNPROVEN.split(' ').any(|unproven| unproven == kind);
        let has_key = schema::of(&resource.resource_type).is_some_and(|schema| schema.key().next().is_some());
        let is_known = known.is_some() || has_key && !is_unproven;
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

    /// Returns the values.
    pub(super) fn values(&self) -> &[Node] {
        &self.values
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

/// Returns a reference to a resource in one spelling: a function's name and its ARN name the same function.
fn plain(node: &Node) -> Node {
    match node {
        Node::Attr(name, attribute) if attribute == "Arn" => Node::Ref(name.clone()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::compare::{Side, diff};

    /// A kept name is certain to be refused only where a schema or the service says that it is unique.
    #[test]
    fn only_an_identifier_is_known_to_be_unique() {
        for (kind, properties, changed, want) in [
            // The identifier of the type.
            ("AWS::RDS::DBInstance", json!({"DBInstanceIdentifier": "a"}), "MasterUsername", Some(false)),
            ("AWS::Logs::LogStream", json!({"LogStreamName": "a", "LogGroupName": {"Ref": "P"}}), "Other", Some(false)),
            // The service's documentation.
            ("AWS::SQS::Queue", json!({"QueueName": "a"}), "FifoQueue", Some(false)),
            // Only an ARN identifies it.
            ("AWS::Macie::CustomDataIdentifier", json!({"Name": "a"}), "Regex", Some(true)),
            ("AWS::ImageBuilder::ImageRecipe", json!({"Name": "a"}), "Version", None),
        ] {
            let side = |value: &str| {
                let mut properties = properties.clone();
                properties[changed] = json!(value);
                let resource = json!({"Type": kind, "Properties": properties});
                let template = json!({"Parameters": {"P": {"Type": "String"}}, "Resources": {"R": resource}});
                Side { template, ..Side::default() }
            };
            let found = diff(&side("a"), &side("b")).failures;
            let named: Vec<bool> = found
                .iter()
                .filter(|hazard| hazard.text.contains("does not change"))
                .map(|hazard| hazard.uncertain)
                .collect();
            assert_eq!(named, Vec::from_iter(want), "{kind}: {found:?}");
        }
    }

    /// A name counts below its parent, as the identifier of the type says.
    #[test]
    fn the_rest_of_an_identifier_counts() {
        let template = |parents: [&str; 2]| -> Value {
            let stage =
                |api: &str| json!({"Type": "AWS::EKS::Addon", "Properties": {"ClusterName": api, "AddonName": "live"}});
            json!({"Resources": {"Old": stage(parents[0]), "New": stage(parents[1])}})
        };
        let of = |parents: [&str; 2]| {
            let mut old = template(parents);
            old["Resources"].as_object_mut().unwrap().remove("New");
            let side = |template| Side { template, ..Side::default() };
            diff(&side(old), &side(template(parents)))
                .failures
                .iter()
                .map(|hazard| hazard.uncertain)
                .collect::<Vec<_>>()
        };
        assert_eq!(of(["a", "a"]), [false]);
        assert_eq!(of(["a", "b"]), [false; 0]);
    }
}
