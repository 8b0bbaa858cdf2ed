//! The resources that we emit, with the properties that we set.

use std::fmt;

use serde::Serialize;

use super::{Entries, Mapped, Param, PolicyDocument, Val};

/// Every logical id. Its name in the template is the variant's; a stack keeps its resources as long as it stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Id {
    /// Credentials of the Kafka topic.
    KafkaSecret,
    /// Credentials of Port's API.
    PortSecret,
    /// The function's log.
    RunnerLogGroup,
    /// Where batches go that are given up.
    FailureQueue,
    /// TLS only.
    FailureQueuePolicy,
    /// What the function may do.
    RunnerPolicy,
    /// Who the function is.
    RunnerRole,
    /// The function.
    Runner,
    /// Its event source mapping, which SAM makes of the event `Runs`.
    RunnerRuns,
    /// See [`crate::config::Alarm::FailureQueue`].
    FailureQueueAlarm,
    /// See [`crate::config::Alarm::Errors`].
    ErrorsAlarm,
    /// See [`crate::config::Alarm::OffsetLag`].
    OffsetLagAlarm,
    /// See [`crate::config::Alarm::UnfinishedRuns`].
    UnfinishedRunsAlarm,
    /// See [`crate::config::Alarm::RejectedMessages`].
    RejectedMessagesAlarm,
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Attributes for `Fn::GetAtt`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Attr {
    /// Of every resource that we ask for one, except secrets, whose `Ref` is the ARN.
    Arn,
    /// Of a queue.
    QueueName,
}

/// A resource.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Resource {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<super::Cond>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deletion_policy: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    update_replace_policy: Option<&'static str>,
    #[serde(skip_serializing_if = "Metadata::is_empty")]
    metadata: Metadata,
    properties: Properties,
}

impl Resource {
    /// A resource that exists in any case.
    pub fn new(properties: Properties) -> Self {
        let kept = matches!(properties, Properties::Secret(_) | Properties::LogGroup(_) | Properties::Queue(_));
        // Said in so many words, because a reviewer should not have to know the default.
        let policy = kept.then_some("Delete");
        Self {
            r#type: properties.type_name(),
            condition: None,
            deletion_policy: policy,
            update_replace_policy: policy,
            metadata: Metadata::default(),
            properties,
        }
    }

    /// Only under a condition.
    pub fn only(mut self, condition: super::Cond) -> Self {
        self.condition = Some(condition);
        self
    }

    /// With a description, where the type has none.
    pub fn described(mut self, description: &'static str) -> Self {
        self.metadata.description = Some(description);
        self
    }

    /// With metadata.
    pub fn with(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }
}

/// What other people's checkers are told, each with a reason, and what a reviewer is.
#[derive(Debug, Default, Serialize)]
pub struct Metadata {
    /// What it is for, where the resource's type has no description of its own.
    #[serde(rename = "Description", skip_serializing_if = "Option::is_none")]
    pub description: Option<&'static str>,
    /// For checkov.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkov: Option<Checkov>,
    /// For cdk-nag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cdk_nag: Option<CdkNag>,
    /// Ours.
    #[serde(rename = "PortActionRunner", skip_serializing_if = "Option::is_none")]
    pub runner: Option<RunnerNotes>,
}

impl Metadata {
    fn is_empty(&self) -> bool {
        self.description.is_none() && self.checkov.is_none() && self.cdk_nag.is_none() && self.runner.is_none()
    }
}

/// `Metadata.checkov`.
#[derive(Debug, Serialize)]
pub struct Checkov {
    /// Checks that do not apply.
    pub skip: Vec<Skip>,
}

/// A check that does not apply.
#[derive(Debug, Serialize)]
pub struct Skip {
    /// `CKV_AWS_…`
    pub id: &'static str,
    /// Why not.
    pub comment: &'static str,
}

/// `Metadata.cdk_nag`.
#[derive(Debug, Serialize)]
pub struct CdkNag {
    /// Rules that do not apply.
    pub rules_to_suppress: Vec<Suppression>,
}

/// A rule that does not apply.
#[derive(Debug, Serialize)]
pub struct Suppression {
    /// `AwsSolutions-…` or `Serverless-…`
    pub id: &'static str,
    /// Why not.
    pub reason: &'static str,
}

/// What the text of the template does not show.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RunnerNotes {
    /// How exact the event filter is.
    pub filter: &'static str,
}

/// The properties of a resource.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Properties {
    /// `AWS::SecretsManager::Secret`
    Secret(Secret),
    /// `AWS::Logs::LogGroup`
    LogGroup(LogGroup),
    /// `AWS::SQS::Queue`
    Queue(Queue),
    /// `AWS::SQS::QueuePolicy`
    QueuePolicy(QueuePolicy),
    /// `AWS::IAM::ManagedPolicy`
    ManagedPolicy(ManagedPolicy),
    /// `AWS::IAM::Role`
    Role(Role),
    /// `AWS::Serverless::Function`
    Function(Box<Function>),
    /// `AWS::CloudWatch::Alarm`
    Alarm(Box<Alarm>),
}

impl Properties {
    fn type_name(&self) -> &'static str {
        match self {
            Self::Secret(_) => "AWS::SecretsManager::Secret",
            Self::LogGroup(_) => "AWS::Logs::LogGroup",
            Self::Queue(_) => "AWS::SQS::Queue",
            Self::QueuePolicy(_) => "AWS::SQS::QueuePolicy",
            Self::ManagedPolicy(_) => "AWS::IAM::ManagedPolicy",
            Self::Role(_) => "AWS::IAM::Role",
            Self::Function(_) => "AWS::Serverless::Function",
            Self::Alarm(_) => "AWS::CloudWatch::Alarm",
        }
    }
}

/// A secret.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Secret {
    /// What it holds.
    pub description: &'static str,
    /// Only parameters can get in.
    pub secret_string: SecretText,
    /// The customer's key.
    pub kms_key_id: Val<String>,
}

/// JSON of parameters. There is no way to put literal text into a value, so no secret can reach the template.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct SecretText(Val<String>);

impl SecretText {
    /// An object with a parameter behind each key.
    pub fn new(pairs: &[(&'static str, Param)]) -> Self {
        let pairs: Vec<String> = pairs.iter().map(|(key, param)| format!(r#""{key}":"${{{param}}}""#)).collect();
        Self(Val::Sub(format!("{{{}}}", pairs.join(","))))
    }
}

/// A log group.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LogGroup {
    /// A literal: some checkers do not follow a reference.
    pub retention_in_days: u16,
    /// The customer's key.
    pub kms_key_id: Val<String>,
}

/// A queue.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Queue {
    /// Seconds.
    pub message_retention_period: u32,
    /// The customer's key.
    pub kms_master_key_id: Val<String>,
    /// Or else the queue's own.
    pub sqs_managed_sse_enabled: Val<bool>,
}

/// A queue's policy.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct QueuePolicy {
    /// Which.
    pub queues: Vec<Val<String>>,
    /// What.
    pub policy_document: PolicyDocument,
}

/// A managed policy.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ManagedPolicy {
    /// What it is for.
    pub description: &'static str,
    /// What it allows.
    pub policy_document: PolicyDocument,
}

/// A role.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Role {
    /// Whose.
    pub description: &'static str,
    /// Who may be it.
    pub assume_role_policy_document: PolicyDocument,
    /// What it may do.
    pub managed_policy_arns: Vec<Val<String>>,
}

/// A function.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Function {
    /// What it does.
    pub description: &'static str,
    /// Amazon Linux 2023 without a language.
    pub runtime: &'static str,
    /// The program.
    pub handler: &'static str,
    /// Folder beside the template.
    pub code_uri: &'static str,
    /// What it is built for.
    pub architectures: [&'static str; 1],
    /// Megabytes.
    pub memory_size: u16,
    /// Seconds.
    pub timeout: u16,
    /// Who it is.
    pub role: Val<String>,
    /// Encrypts the environment and the package.
    pub kms_key_arn: Val<String>,
    /// Concurrent invocations kept free.
    pub reserved_concurrent_executions: Val<u32>,
    /// Where and how it logs.
    pub logging_config: LoggingConfig,
    /// What it is told.
    pub environment: Environment,
    /// What starts it.
    pub events: Entries<&'static str, Event>,
}

/// A function's log.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LoggingConfig {
    /// JSON lines.
    pub log_format: &'static str,
    /// The group.
    pub log_group: Val<String>,
    /// Ours.
    pub application_log_level: &'static str,
    /// Lambda's.
    pub system_log_level: &'static str,
}

/// A function's environment.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Environment {
    /// By name.
    pub variables: Entries<&'static str, Val<String>>,
}

/// An event.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Event {
    /// `SelfManagedKafka`
    pub r#type: &'static str,
    /// Its mapping's.
    pub properties: SelfManagedKafka,
}

/// SAM's `SelfManagedKafka` event, which becomes an event source mapping.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SelfManagedKafka {
    /// Of the cluster.
    pub kafka_bootstrap_servers: Val<Vec<Val<String>>>,
    /// Exactly one.
    pub topics: [Val<String>; 1],
    /// Cannot change once the mapping exists.
    pub consumer_group_id: Val<String>,
    /// Cannot change either.
    pub starting_position: Val<String>,
    /// How to log in.
    pub source_access_configurations: [SourceAccess; 1],
    /// Records at most.
    pub batch_size: u16,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_batching_window_in_seconds: Option<u16>,
    /// Which messages.
    pub filter_criteria: FilterCriteria,
    /// Where what is given up goes.
    pub destination_config: DestinationConfig,
    /// What only provisioned polling has.
    #[serde(flatten)]
    pub provisioned: Option<Provisioned>,
}

/// Log-in to the cluster.
#[derive(Debug, Serialize)]
pub struct SourceAccess {
    /// The mechanism.
    #[serde(rename = "Type")]
    pub kind: &'static str,
    /// The secret's ARN.
    #[serde(rename = "URI")]
    pub uri: Val<String>,
}

/// Patterns, any of which lets a message pass.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FilterCriteria {
    /// At most five.
    pub filters: Vec<Pattern>,
}

/// A pattern.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Pattern {
    /// JSON text.
    pub pattern: String,
}

/// `DestinationConfig`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DestinationConfig {
    /// After the last try.
    pub on_failure: OnFailure,
}

/// `OnFailure`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct OnFailure {
    /// An ARN.
    pub destination: Val<String>,
}

/// Six settings that Lambda takes only with provisioned polling.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Provisioned {
    /// How many pollers.
    pub provisioned_poller_config: PollerConfig,
    /// Tries of a batch.
    pub maximum_retry_attempts: u16,
    /// Halves a failing batch.
    pub bisect_batch_on_function_error: bool,
    /// Partial batch responses.
    pub function_response_types: [&'static str; 1],
    /// The pollers' log.
    pub logging_config: PollerLog,
    /// The pollers' metrics.
    pub metrics_config: MetricsConfig,
}

/// `ProvisionedPollerConfig`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PollerConfig {
    /// Always there.
    pub minimum_pollers: u16,
    /// At most.
    pub maximum_pollers: u16,
}

/// The pollers' log.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PollerLog {
    /// From which level on.
    pub system_log_level: &'static str,
}

/// `MetricsConfig`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MetricsConfig {
    /// Which.
    pub metrics: [&'static str; 3],
}

/// An alarm.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Alarm {
    /// What it means.
    pub alarm_description: &'static str,
    /// Whose metric.
    pub namespace: &'static str,
    /// Which.
    pub metric_name: &'static str,
    /// Of what.
    pub dimensions: Vec<Dimension>,
    /// How it is put together.
    pub statistic: &'static str,
    /// Seconds.
    pub period: u16,
    /// Periods.
    pub evaluation_periods: u16,
    /// The bound.
    pub threshold: Val<u32>,
    /// Which side of it.
    pub comparison_operator: &'static str,
    /// No news is good news.
    pub treat_missing_data: &'static str,
    /// Who hears of it.
    pub alarm_actions: Val<Vec<Val<String>>>,
    /// Who hears of its end.
    #[serde(rename = "OKActions")]
    pub ok_actions: Val<Vec<Val<String>>>,
}

/// A metric's dimension.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Dimension {
    /// Such as `FunctionName`.
    pub name: &'static str,
    /// Of ours.
    pub value: Val<String>,
}

impl Val<Vec<Val<String>>> {
    /// A list that a mapping holds.
    pub fn find(mapped: Mapped) -> Self {
        Self::Find(mapped, Param::PortRegion)
    }
}
