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
    /// Creates a resource without a condition.
    pub fn new(properties: Properties) -> Self {
        let kept = matches!(properties, Properties::Secret(_) | Properties::LogGroup(_) | Properties::Queue(_));
        // Written out, so that a reviewer does not have to know the default.
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

    /// Adds a condition.
    pub fn only(mut self, condition: Cond) -> Self {
        self.condition = Some(condition);
        self
    }

    /// Adds a description, for types that have none.
    pub fn described(mut self, description: &'static str) -> Self {
        self.metadata.description = Some(description);
        self
    }

    /// Adds metadata.
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
    /// What the secret is for.
    pub description: &'static str,
    /// JSON of parameters.
    pub secret_string: SecretText,
    /// Customer managed key.
    pub kms_key_id: Val<String>,
}

/// JSON whose values are parameters. Literal text is not possible, so no secret can get into the template.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct SecretText(Val<String>);

impl SecretText {
    /// Creates an object with a parameter for each key.
    pub fn new(pairs: &[(&'static str, Param)]) -> Self {
        let pairs: Vec<String> = pairs.iter().map(|(key, param)| format!(r#""{key}":"${{{param}}}""#)).collect();
        Self(Val::Sub(format!("{{{}}}", pairs.join(","))))
    }
}

/// A log group.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LogGroup {
    /// Days. A literal, because some linters do not follow references.
    pub retention_in_days: u16,
    /// Customer managed key.
    pub kms_key_id: Val<String>,
}

/// A queue.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Queue {
    /// Retention in seconds.
    pub message_retention_period: u32,
    /// Customer managed key.
    pub kms_master_key_id: Val<String>,
    /// Whether SQS's own key is used.
    pub sqs_managed_sse_enabled: Val<bool>,
}

/// A queue's policy.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct QueuePolicy {
    /// Queues.
    pub queues: Vec<Val<String>>,
    /// Policy.
    pub policy_document: PolicyDocument,
}

/// A managed policy.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ManagedPolicy {
    /// Description.
    pub description: &'static str,
    /// Policy.
    pub policy_document: PolicyDocument,
}

/// A role.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Role {
    /// Description.
    pub description: &'static str,
    /// Who may assume the role.
    pub assume_role_policy_document: PolicyDocument,
    /// Attached policies.
    pub managed_policy_arns: Vec<Val<String>>,
}
