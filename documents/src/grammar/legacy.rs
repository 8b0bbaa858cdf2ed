//! Actions of before May 2024: Port's documentation of that time. No description by its API is left, so keys outside
//! this one are warnings.

use schemars::JsonSchema;

use super::blueprint::Answered;
use super::{
    ActionIdentifier, Anything, Approval, ApprovalNotification, Combinator, InvocationWord, Operation, Runner,
    UserInputs,
};

/// An action in the form of before May 2024 (v0, v1). Published, `create_vm` of blueprint `vm` becomes `vm_create_vm`.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActionV1 {
    /// Unique in its blueprint.
    pub identifier: ActionIdentifier,
    /// What people read.
    pub title: Option<String>,
    /// The name of one of Port's icons.
    pub icon: Option<String>,
    /// What it does.
    pub description: Option<String>,
    /// What it does to an entity.
    pub trigger: Operation,
    /// What Port calls when it runs.
    pub invocation_method: InvocationV1,
    /// What the form asks.
    pub user_inputs: Option<UserInputs<FormerQuery>>,
    /// Whether somebody must approve a run first.
    pub required_approval: Option<Approval>,
    /// How those who may approve hear of it.
    pub approval_notification: Option<ApprovalNotification>,
    /// The blueprint, as Port's answers have it; not published.
    #[schemars(extend("readOnly" = true))]
    pub blueprint: Option<String>,
    /// Ours: the entity that a run writes. Without it, inputs become properties of the same name.
    pub runner: Option<Runner>,
    #[expect(missing_docs, reason = "its own keys are documented")]
    #[serde(flatten)]
    pub answered: Answered,
}

/// What Port calls when the action runs.
#[derive(JsonSchema)]
#[serde(untagged)]
pub enum InvocationV1 {
    /// By name alone (v0).
    Word(InvocationWord),
    /// With what it needs (v1).
    Object(InvocationObjectV1),
}

/// What Port calls when the action runs.
#[derive(JsonSchema)]
#[serde(tag = "type", rename_all = "UPPERCASE", rename_all_fields = "camelCase")]
pub enum InvocationObjectV1 {
    /// A message on the organisation's topic of runs: what the runner answers.
    Kafka {},
    /// A call of a URL.
    Webhook {
        /// Where.
        url: Option<String>,
        /// Whether Port's agent makes the call.
        agent: Option<bool>,
        /// Whether the answer ends the run.
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
        /// Whether the workflow gets Port's message.
        omit_payload: Option<bool>,
        /// Whether the workflow gets the inputs.
        omit_user_inputs: Option<bool>,
        /// Whether the workflow's end ends the run.
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
        /// Whether the pipeline gets Port's message.
        omit_payload: Option<bool>,
        /// Whether the pipeline gets the inputs.
        omit_user_inputs: Option<bool>,
    },
    /// An Azure pipeline.
    #[serde(rename = "AZURE-DEVOPS")]
    AzureDevops {
        /// The incoming webhook's name.
        webhook: Option<String>,
        /// Its organisation.
        org: Option<String>,
        /// Whether the pipeline gets Port's message.
        omit_payload: Option<bool>,
        /// Whether the pipeline gets the inputs.
        omit_user_inputs: Option<bool>,
    },
}

/// Which entities a form offers, in the form of before May 2024.
#[derive(JsonSchema)]
pub struct FormerQuery {
    /// How the rules go together.
    pub combinator: Combinator,
    /// What must hold.
    pub rules: Vec<FormerRule>,
}

/// One rule, or rules of their own.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FormerRule {
    /// The property.
    pub property: Option<Anything>,
    /// A blueprint in the place of a property.
    pub blueprint: Option<String>,
    /// How it compares.
    pub operator: Option<String>,
    /// With what.
    pub value: Option<Anything>,
    /// What a property is.
    pub property_schema: Option<Anything>,
    /// Which way relations go.
    pub direction: Option<String>,
    /// How rules of their own go together.
    pub combinator: Option<Combinator>,
    /// Rules of their own.
    pub rules: Option<Vec<FormerRule>>,
}
