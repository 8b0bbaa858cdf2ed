//! Actions of the current generation: API reference, "Create an action/automation".

use schemars::JsonSchema;

use super::blueprint::Answered;
use super::{ActionIdentifier, Invocation, Runner, Trigger};

/// An action in its current form (v2).
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("additionalProperties" = false))]
pub struct Action {
    /// Unique in the organisation.
    pub identifier: ActionIdentifier,
    /// What people read.
    pub title: Option<String>,
    /// The name of one of Port's icons.
    pub icon: Option<String>,
    /// What it does.
    pub description: Option<String>,
    /// What starts it.
    pub trigger: Trigger,
    /// What Port calls when it runs.
    pub invocation_method: Invocation,
    /// Whether somebody must approve a run first, and who.
    pub required_approval: Option<Approval>,
    /// How those who may approve hear of it.
    pub approval_notification: Option<ApprovalNotification>,
    /// Whether an automation is active.
    pub publish: Option<bool>,
    /// Whether everybody sees its runs.
    pub allow_anyone_to_view_runs: Option<bool>,
    /// Ours: the entity that a run writes. Without it, inputs become properties of the same name.
    pub runner: Option<Runner>,
    #[expect(missing_docs, reason = "its own keys are documented")]
    #[serde(flatten)]
    pub answered: Answered,
}

/// Whether somebody must approve a run.
#[derive(JsonSchema)]
#[serde(untagged)]
pub enum Approval {
    /// Yes or no.
    Flag(bool),
    /// How many of those who may.
    By(Approvers),
}

/// How many must approve.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Approvers {
    /// How many.
    pub r#type: ApproversWord,
}

/// How many must approve.
#[derive(JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum ApproversWord {
    /// One is enough.
    Any,
    /// All of them.
    All,
}

/// How those who may approve hear of it.
#[derive(JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub enum ApprovalNotification {
    /// By mail.
    Email {},
    /// By a call of a URL.
    Webhook {
        /// An absolute one.
        #[schemars(extend("x-rule" = "absolute-url"))]
        url: String,
        /// How the body looks.
        format: Option<NotificationFormat>,
    },
}

/// How a notification looks.
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NotificationFormat {
    /// Port's own.
    Json,
    /// For a Slack webhook.
    Slack,
}
