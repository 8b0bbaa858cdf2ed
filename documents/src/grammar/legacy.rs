//! Legacy actions, from Port's documentation before May 2024. Their API reference no longer exists, so unknown keys are
//! warnings.

use schemars::JsonSchema;

use super::blueprint::Answered;
use super::{
    ActionIdentifier, Anything, Approval, ApprovalNotification, Combinator, InvocationWord, Operation, Runner,
    UserInputs,
};

/// An action in the legacy format (v0, v1; before May 2024). `create_vm` of blueprint `vm` is published as `vm_create_vm`.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActionV1 {
    /// Unique in its blueprint.
    pub identifier: ActionIdentifier,
    /// The title that people see.
    pub title: Option<String>,
    /// The name of one of Port's icons.
    pub icon: Option<String>,
    /// A description of the action.
    pub description: Option<String>,
    /// What it does to an entity.
    pub trigger: Operation,
    /// What Port calls when it runs.
    pub invocation_method: InvocationV1,
    /// The inputs of the form.
    pub user_inputs: Option<UserInputs<FormerQuery>>,
    /// Whether a run must be approved first.
    pub required_approval: Option<Approval>,
    /// How approvers are notified.
    pub approval_notification: Option<ApprovalNotification>,
    /// The blueprint, which Port adds to its answers; not published.
    #[schemars(extend("readOnly" = true))]
    pub blueprint: Option<String>,
    /// The entity that a run writes (not sent to Port). By default, inputs become properties of the same name.
    pub runner: Option<Runner>,
    #[expect(missing_docs, reason = "its own keys are documented")]
    #[serde(flatten)]
    pub answered: Answered,
}

/// What Port calls when the action runs.
#[derive(JsonSchema)]
#[serde(untagged)]
pub enum InvocationV1 {
    /// Only its name (v0).
    Word(InvocationWord),
    /// With its settings (v1).
    Object(InvocationObjectV1),
}

/// What Port calls when the action runs.
#[derive(JsonSchema)]
#[serde(tag = "type", rename_all = "UPPERCASE", rename_all_fields = "camelCase")]
pub enum InvocationObjectV1 {
    /// A message to the organisation's Kafka topic of runs, from which our function reads.
    Kafka {},
    /// A call to a URL.
    Webhook {
        /// The URL.
        url: Option<String>,
        /// Whether Port's agent makes the call.
        agent: Option<bool>,
        /// Whether the response ends the run.
        synchronized: Option<bool>,
        /// The HTTP method.
        method: Option<String>,
    },
    /// A GitHub workflow.
    Github {
        /// Its organisation.
        org: Option<String>,
        /// Its repository.
        repo: Option<String>,
        /// The workflow's file.
        workflow: Option<String>,
        /// Whether to omit Port's message.
        omit_payload: Option<bool>,
        /// Whether to omit the inputs.
        omit_user_inputs: Option<bool>,
        /// Whether the run ends when the workflow ends.
        report_workflow_status: Option<bool>,
    },
    /// A GitLab pipeline.
    Gitlab {
        /// Its project.
        project_name: Option<String>,
        /// The project's group.
        group_name: Option<String>,
        /// Its branch.
        default_ref: Option<String>,
        /// Whether Port's agent makes the call.
        agent: Option<bool>,
        /// Whether to omit Port's message.
        omit_payload: Option<bool>,
        /// Whether to omit the inputs.
        omit_user_inputs: Option<bool>,
    },
    /// An Azure pipeline.
    #[serde(rename = "AZURE-DEVOPS")]
    AzureDevops {
        /// The incoming webhook's name.
        webhook: Option<String>,
        /// Its organisation.
        org: Option<String>,
        /// Whether to omit Port's message.
        omit_payload: Option<bool>,
        /// Whether to omit the inputs.
        omit_user_inputs: Option<bool>,
    },
}

/// Which entities a form offers, in the legacy format.
#[derive(JsonSchema)]
pub struct FormerQuery {
    /// How the rules are combined.
    pub combinator: Combinator,
    /// The rules.
    pub rules: Vec<FormerRule>,
}

/// A rule, or a group of rules.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FormerRule {
    /// The property.
    pub property: Option<Anything>,
    /// A blueprint instead of a property.
    pub blueprint: Option<String>,
    /// The comparison.
    pub operator: Option<String>,
    /// The value to compare with.
    pub value: Option<Anything>,
    /// The schema of the property.
    pub property_schema: Option<Anything>,
    /// The direction of relations.
    pub direction: Option<String>,
    /// How the rules of the group are combined.
    pub combinator: Option<Combinator>,
    /// The rules of the group.
    pub rules: Option<Vec<FormerRule>>,
}
