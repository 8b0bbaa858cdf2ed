//! Backends of current actions (v2): what Port calls when an action runs.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::{Anything, FlagOrTemplate, Null, OneOrMore};

/// What Port calls when the action runs.
#[derive(JsonSchema)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Invocation {
    /// A message to the organisation's Kafka topic of runs, from which our function reads.
    Kafka {
        /// The message, which may contain templates. By default, it is the one that our function reads.
        payload: Option<Payload>,
    },
    /// A call to a URL.
    Webhook {
        /// The URL.
        url: String,
        /// Whether Port's agent makes the call.
        agent: Option<FlagOrTemplate>,
        /// Whether the response ends the run.
        synchronized: Option<FlagOrTemplate>,
        /// The HTTP method. Default: `POST`.
        method: Option<String>,
        /// HTTP headers, which may contain templates.
        headers: Option<BTreeMap<String, String>>,
        /// The body, which may contain templates.
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
        /// Its inputs, which may contain templates.
        workflow_inputs: Option<BTreeMap<String, Anything>>,
        /// Whether the run ends when the workflow ends.
        report_workflow_status: Option<FlagOrTemplate>,
    },
    /// An action of one of Port's integrations.
    IntegrationAction {
        /// The integration.
        installation_id: String,
        /// The integration's action.
        integration_action_type: IntegrationActionType,
        /// The action's properties, which may contain templates.
        integration_action_execution_properties: BTreeMap<String, Anything>,
    },
    /// A GitLab pipeline.
    #[serde(rename = "GITLAB")]
    GitLab {
        /// Its project.
        project_name: String,
        /// The project's group.
        group_name: String,
        /// Its branch. Default: the project's default branch.
        default_ref: Option<String>,
        /// Its variables, which may contain templates.
        pipeline_variables: Option<BTreeMap<String, Anything>>,
    },
    /// An Azure pipeline.
    AzureDevops {
        /// The incoming webhook's name.
        webhook: String,
        /// Its organisation.
        org: String,
        /// The body, which may contain templates.
        payload: Option<Payload>,
    },
    /// Port writes an entity itself.
    UpsertEntity {
        /// The entity's blueprint.
        blueprint_identifier: String,
        /// The entity, which may contain templates.
        mapping: Mapping,
    },
}

/// JSON whose strings may contain templates.
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

/// An entity, which may contain templates.
#[derive(JsonSchema)]
pub struct Mapping {
    /// The entity's identifier.
    pub identifier: Option<String>,
    /// The title that people see.
    pub title: Option<String>,
    /// The team or teams that own it.
    pub team: Option<OneOrMore>,
    /// The name of one of Port's icons.
    pub icon: Option<String>,
    /// Its properties, by key.
    pub properties: Option<BTreeMap<String, Anything>>,
    /// Its relations, by key.
    pub relations: Option<BTreeMap<String, Related>>,
}

/// The target of a relation.
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
