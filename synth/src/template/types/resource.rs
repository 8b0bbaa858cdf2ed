//! The resources that we emit, with the properties that we set.

use serde::Serialize;

use super::alarm::Alarm;
use super::condition::Cond;
use super::function::Function;
use super::metadata::Metadata;
use super::parameter::Param;
use super::policy::PolicyDocument;
use super::value::Val;

/// A resource.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Resource {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<Cond>,
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
    pub fn only(mut self, condition: Cond) -> Self {
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
