//! What a resource is to a reader of the picture, by its type.

use serde::Serialize;

/// The part that a node plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// What invokes by itself: an API, a rule, a schedule.
    Trigger,
    /// A topic or stream that is read.
    Topic,
    /// What of a source passes.
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
    /// Where notifications go.
    Notification,
    /// Networks and what is in them.
    Network,
    /// Anything else.
    Other,
}

/// Types, or the beginnings of types, and what they are. The first that fits decides.
const KINDS: [(&str, Kind, &str); 38] = [
    ("AWS::Lambda::EventSourceMapping", Kind::Mapping, "Event source mapping"),
    ("AWS::Lambda::Permission", Kind::Policy, "Permission to invoke"),
    ("AWS::Lambda::LayerVersion", Kind::Other, "Layer"),
    ("AWS::Lambda::Url", Kind::Trigger, "Function URL"),
    ("AWS::Lambda::Function", Kind::Function, "Function"),
    ("AWS::Serverless::Function", Kind::Function, "Function"),
    ("AWS::Serverless::StateMachine", Kind::Function, "State machine"),
    ("AWS::StepFunctions::StateMachine", Kind::Function, "State machine"),
    ("AWS::Serverless::Api", Kind::Trigger, "API"),
    ("AWS::Serverless::HttpApi", Kind::Trigger, "HTTP API"),
    ("AWS::Serverless::SimpleTable", Kind::Storage, "Table"),
    ("AWS::ApiGateway", Kind::Trigger, ""),
    ("AWS::Events::Rule", Kind::Trigger, "Rule"),
    ("AWS::Scheduler::Schedule", Kind::Trigger, "Schedule"),
    ("SAM event ", Kind::Trigger, ""),
    ("AWS::MSK", Kind::Topic, ""),
    ("AWS::Kinesis::Stream", Kind::Topic, "Stream"),
    ("AWS::SQS::QueuePolicy", Kind::Policy, "Queue policy"),
    ("AWS::SQS::Queue", Kind::Queue, "Queue"),
    ("AWS::SNS::Topic", Kind::Notification, "Notification topic"),
    ("AWS::SNS::Subscription", Kind::Trigger, "Subscription"),
    ("AWS::S3::BucketPolicy", Kind::Policy, "Bucket policy"),
    ("AWS::S3::Bucket", Kind::Storage, "Bucket"),
    ("AWS::DynamoDB", Kind::Storage, "Table"),
    ("AWS::RDS", Kind::Storage, ""),
    ("AWS::EFS", Kind::Storage, ""),
    ("AWS::SecretsManager::ResourcePolicy", Kind::Policy, "Secret policy"),
    ("AWS::SecretsManager::Secret", Kind::Secret, "Secret"),
    ("AWS::SSM::Parameter", Kind::Secret, "Stored parameter"),
    ("AWS::KMS", Kind::Key, ""),
    ("AWS::IAM::Role", Kind::Role, "Role"),
    ("AWS::IAM::ManagedPolicy", Kind::Policy, "Policy"),
    ("AWS::IAM::Policy", Kind::Policy, "Policy"),
    ("AWS::IAM", Kind::Role, ""),
    ("AWS::Logs::LogGroup", Kind::Log, "Log group"),
    ("AWS::CloudWatch::Alarm", Kind::Alarm, "Alarm"),
    ("AWS::CloudWatch::CompositeAlarm", Kind::Alarm, "Alarm"),
    ("AWS::EC2", Kind::Network, ""),
];

impl Kind {
    /// What a resource of a type is, and what a person calls it.
    pub(crate) fn of(kind: &str) -> (Self, String) {
        let found = KINDS.iter().find(|(start, ..)| kind.starts_with(start));
        match found {
            Some((_, kind, word)) if !word.is_empty() => (*kind, (*word).to_owned()),
            found => {
                let word = kind.strip_prefix("AWS::").unwrap_or(kind).replace("::", " ");
                (found.map_or(Self::Other, |(_, kind, _)| *kind), word)
            }
        }
    }

    /// Whether a run, an event or a request passes through it.
    pub(crate) fn is_on_the_way(self) -> bool {
        self <= Self::Port
    }

    /// The word of the serialized form, for classes of style.
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
