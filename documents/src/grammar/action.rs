//! Actions of the current generation: API reference, "Create an action/automation".

use schemars::JsonSchema;

use super::blueprint::Answered;
use super::{ActionIdentifier, Invocation, Runner, Trigger};

/// An action in its current format (v2).
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("additionalProperties" = false))]
pub struct Action {
    /// Unique in the organisation.
    pub identifier: ActionIdentifier,
    /// The title that people see.
    pub title: Option<String>,
    /// The name of one of Port's icons.
    pub icon: Option<String>,
    /// A description of the action.
    pub description: Option<String>,
    /// What starts it.
    pub trigger: Trigger,
    /// What Port calls when it runs.
    pub invocation_method: Invocation,
    /// Whether a run must be approved first, and by how many people.
    pub required_approval: Option<Approval>,
    /// How approvers are notified.
    pub approval_notification: Option<ApprovalNotification>,
    /// Whether an automation is active.
    pub publish: Option<bool>,
    /// Whether everyone can see its runs.
    pub allow_anyone_to_view_runs: Option<bool>,
    /// The entity that a run writes (not sent to Port). By default, inputs become properties of the same name.
    pub runner: Option<Runner>,
    #[expect(missing_docs, reason = "its own keys are documented")]
    #[serde(flatten)]
    pub answered: Answered,
}

/// Whether a run must be approved.
#[derive(JsonSchema)]
#[serde(untagged)]
pub enum Approval {
    /// Yes or no.
    Flag(bool),
    /// How many of the approvers.
    By(Approvers),
}

/// How many approvers must approve.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Approvers {
    /// How many approvers must approve.
    pub r#type: ApproversWord,
}

/// How many approvers must approve.
#[derive(JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum ApproversWord {
    /// One is enough.
    Any,
    /// All of them.
    All,
}

/// How approvers are notified.
#[derive(JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub enum ApprovalNotification {
    /// By email.
    Email {},
    /// With a call to a URL.
    Webhook {
        /// An absolute URL.
        #[schemars(extend("x-rule" = "absolute-url"))]
        url: String,
        /// The format of the body.
        format: Option<NotificationFormat>,
    },
}

/// The format of a notification.
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NotificationFormat {
    /// Port's own format.
    Json,
    /// For a Slack webhook.
    Slack,
}
