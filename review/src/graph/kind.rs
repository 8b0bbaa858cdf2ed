//! The kinds of nodes in a diagram, by resource type.

/// The role of a node in the architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeKind {
    /// Something that invokes a function: an API, a rule, a schedule.
    Trigger,
    /// A topic or stream.
    Topic,
    /// An event filter.
    Filter,
    /// An event source mapping.
    Mapping,
    /// A function or a state machine.
    Function,
    /// Port.
    Port,
    /// A queue.
    Queue,
    /// Data at rest: buckets, tables, databases, file systems.
    Storage,
    /// A secret or a stored parameter.
    Secret,
    /// An encryption key.
    Key,
    /// A role, user or group.
    Role,
    /// A policy, or a permission on a resource.
    Policy,
    /// A log group.
    Log,
    /// An alarm.
    Alarm,
    /// A notification topic.
    Notification,
    /// A network, or something in one.
    Network,
    /// Anything else.
    Other,
}

/// Resource types or prefixes of them, with their kind and name. The first match decides.
const KINDS: [(&str, NodeKind, &str); 38] = [
    ("AWS::Lambda::EventSourceMapping", NodeKind::Mapping, "Event source mapping"),
    ("AWS::Lambda::Permission", NodeKind::Policy, "Permission to invoke"),
    ("AWS::Lambda::LayerVersion", NodeKind::Other, "Layer"),
    ("AWS::Lambda::Url", NodeKind::Trigger, "Function URL"),
    ("AWS::Lambda::Function", NodeKind::Function, "Function"),
    ("AWS::Serverless::Function", NodeKind::Function, "Function"),
    ("AWS::Serverless::StateMachine", NodeKind::Function, "State machine"),
    ("AWS::StepFunctions::StateMachine", NodeKind::Function, "State machine"),
    ("AWS::Serverless::Api", NodeKind::Trigger, "API"),
    ("AWS::Serverless::HttpApi", NodeKind::Trigger, "HTTP API"),
    ("AWS::Serverless::SimpleTable", NodeKind::Storage, "Table"),
    ("AWS::ApiGateway", NodeKind::Trigger, ""),
    ("AWS::Events::Rule", NodeKind::Trigger, "Rule"),
    ("AWS::Scheduler::Schedule", NodeKind::Trigger, "Schedule"),
    ("SAM event ", NodeKind::Trigger, ""),
    ("AWS::MSK", NodeKind::Topic, ""),
    ("AWS::Kinesis::Stream", NodeKind::Topic, "Stream"),
    ("AWS::SQS::QueuePolicy", NodeKind::Policy, "Queue policy"),
    ("AWS::SQS::Queue", NodeKind::Queue, "Queue"),
    ("AWS::SNS::Topic", NodeKind::Notification, "Notification topic"),
    ("AWS::SNS::Subscription", NodeKind::Trigger, "Subscription"),
    ("AWS::S3::BucketPolicy", NodeKind::Policy, "Bucket policy"),
    ("AWS::S3::Bucket", NodeKind::Storage, "Bucket"),
    ("AWS::DynamoDB", NodeKind::Storage, "Table"),
    ("AWS::RDS", NodeKind::Storage, ""),
    ("AWS::EFS", NodeKind::Storage, ""),
    ("AWS::SecretsManager::ResourcePolicy", NodeKind::Policy, "Secret policy"),
    ("AWS::SecretsManager::Secret", NodeKind::Secret, "Secret"),
    ("AWS::SSM::Parameter", NodeKind::Secret, "Stored parameter"),
    ("AWS::KMS", NodeKind::Key, ""),
    ("AWS::IAM::Role", NodeKind::Role, "Role"),
    ("AWS::IAM::ManagedPolicy", NodeKind::Policy, "Policy"),
    ("AWS::IAM::Policy", NodeKind::Policy, "Policy"),
    ("AWS::IAM", NodeKind::Role, ""),
    ("AWS::Logs::LogGroup", NodeKind::Log, "Log group"),
    ("AWS::CloudWatch::Alarm", NodeKind::Alarm, "Alarm"),
    ("AWS::CloudWatch::CompositeAlarm", NodeKind::Alarm, "Alarm"),
    ("AWS::EC2", NodeKind::Network, ""),
];

impl NodeKind {
    /// Returns the kind of a resource type, and its name for people.
    pub(super) fn from_type(resource_type: &str) -> (Self, String) {
        let found = KINDS.iter().find(|(start, ..)| resource_type.starts_with(start));
        match found {
            Some((_, kind, word)) if !word.is_empty() => (*kind, (*word).to_owned()),
            found => {
                let word = resource_type.strip_prefix("AWS::").unwrap_or(resource_type).replace("::", " ");
                (found.map_or(Self::Other, |(_, kind, _)| *kind), word)
            }
        }
    }

    /// Whether runs, events or requests pass through it.
    pub(super) fn is_on_the_way(self) -> bool {
        self <= Self::Port
    }

    /// Returns its CSS class.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Trigger => "trigger",
            Self::Topic => "topic",
            Self::Filter => "filter",
            Self::Mapping => "mapping",
            Self::Function => "function",
            Self::Port => "port",
            Self::Queue => "queue",
            Self::Storage => "storage",
            Self::Secret => "secret",
            Self::Key => "key",
            Self::Role => "role",
            Self::Policy => "policy",
            Self::Log => "log",
            Self::Alarm => "alarm",
            Self::Notification => "notification",
            Self::Network => "network",
            Self::Other => "other",
        }
    }
}
