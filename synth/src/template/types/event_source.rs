//! The event that starts the function: SAM makes an event source mapping of it.

use serde::Serialize;

use super::value::Val;

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
