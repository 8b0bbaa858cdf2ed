//! Backends of v2: what Port calls when an action runs.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::{Anything, FlagOrTemplate, Null, OneOrMore};

/// What Port calls when the action runs.
#[derive(JsonSchema)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Invocation {
    /// A message on the organisation's topic of runs: what the runner answers.
    Kafka {
        /// The message, with templates in it. Without one, the runner's own is published.
        payload: Option<Payload>,
    },
    /// A call of a URL.
    Webhook {
        /// Where.
        url: String,
        /// Whether Port's agent makes the call.
        agent: Option<FlagOrTemplate>,
        /// Whether the answer ends the run.
        synchronized: Option<FlagOrTemplate>,
        /// The HTTP method; `POST` goes without saying.
        method: Option<String>,
        /// HTTP headers, with templates in them.
        headers: Option<BTreeMap<String, String>>,
        /// The body, with templates in it.
        body: Option<Payload>,
    },
    /// A GitHub workflow.
    #[serde(rename = "GITHUB")]
    GitHub {
        /// Its organisation.
        org: String,
        /// Its repository.
        repo: String,
        /// The workflow's file.
        workflow: String,
        /// Its inputs, with templates in them.
        workflow_inputs: Option<BTreeMap<String, Anything>>,
        /// Whether the workflow's end ends the run.
        report_workflow_status: Option<FlagOrTemplate>,
    },
    /// An action of an integration that Port runs.
    IntegrationAction {
        /// Which integration.
        installation_id: String,
        /// Which of its actions.
        integration_action_type: IntegrationActionType,
        /// What the action needs, with templates in it.
        integration_action_execution_properties: BTreeMap<String, Anything>,
    },
    /// A GitLab pipeline.
    #[serde(rename = "GITLAB")]
    GitLab {
        /// Its project.
        project_name: String,
        /// The project's group.
        group_name: String,
        /// Its branch; the project's default goes without saying.
        default_ref: Option<String>,
        /// Its variables, with templates in them.
        pipeline_variables: Option<BTreeMap<String, Anything>>,
    },
    /// An Azure pipeline.
    AzureDevops {
        /// The incoming webhook's name.
        webhook: String,
        /// Its organisation.
        org: String,
        /// The body, with templates in it.
        payload: Option<Payload>,
    },
    /// Port writes an entity itself.
    UpsertEntity {
        /// The entity's blueprint.
        blueprint_identifier: String,
        /// The entity, with templates in it.
        mapping: Mapping,
    },
}

/// JSON with templates in its strings.
#[derive(JsonSchema)]
#[serde(untagged)]
pub enum Payload {
    /// An object.
    Object(BTreeMap<String, Anything>),
    /// A list.
    List(Vec<Anything>),
}

/// The actions of integrations.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IntegrationActionType {
    /// Starts a workflow.
    DispatchWorkflow,
}

/// An entity, with templates in it.
#[derive(JsonSchema)]
pub struct Mapping {
    /// Names the entity.
    pub identifier: Option<String>,
    /// What people read.
    pub title: Option<String>,
    /// Whose it is.
    pub team: Option<OneOrMore>,
    /// The name of one of Port's icons.
    pub icon: Option<String>,
    /// Its properties, by key.
    pub properties: Option<BTreeMap<String, Anything>>,
    /// Its relations, by key.
    pub relations: Option<BTreeMap<String, Related>>,
}

/// What a relation points at.
#[derive(JsonSchema)]
#[serde(untagged)]
pub enum Related {
    /// One entity.
    One(String),
    /// Several.
    More(Vec<String>),
    /// None.
    None(Null),
}
