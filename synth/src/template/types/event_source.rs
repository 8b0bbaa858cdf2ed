//! The event that starts the function, from which SAM makes an event source mapping.

use serde::Serialize;

use super::value::Val;

/// An event.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Event {
    /// `SelfManagedKafka`
    pub r#type: &'static str,
    /// Properties of the mapping.
    pub properties: SelfManagedKafka,
}

/// SAM's `SelfManagedKafka` event, which becomes an event source mapping.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SelfManagedKafka {
    /// Brokers of the cluster.
    pub kafka_bootstrap_servers: Val<Vec<Val<String>>>,
    /// The topic.
    pub topics: [Val<String>; 1],
    /// Consumer group. Cannot change once the mapping exists.
    pub consumer_group_id: Val<String>,
    /// Where to start without a committed offset. Cannot change either.
    pub starting_position: Val<String>,
    /// Credentials.
    pub source_access_configurations: [SourceAccess; 1],
    /// Maximum number of records.
    pub batch_size: u16,
    /// Batch window in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_batching_window_in_seconds: Option<u16>,
    /// Which messages invoke the function.
    pub filter_criteria: FilterCriteria,
    /// Where discarded batches go.
    pub destination_config: DestinationConfig,
    /// Settings that need provisioned polling.
    #[serde(flatten)]
    pub provisioned: Option<Provisioned>,
}

/// Credentials for the cluster.
#[derive(Debug, Serialize)]
pub struct SourceAccess {
    /// The mechanism.
    #[serde(rename = "Type")]
    pub kind: &'static str,
    /// The secret's ARN.
    #[serde(rename = "URI")]
    pub uri: Val<String>,
}

/// Patterns; a message passes if one of them matches.
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
    /// Where a batch goes after the last retry.
    pub on_failure: OnFailure,
}

/// `OnFailure`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct OnFailure {
    /// An ARN.
    pub destination: Val<String>,
}

/// Six settings that Lambda accepts only with provisioned polling.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Provisioned {
    /// Number of pollers.
    pub provisioned_poller_config: PollerConfig,
    /// Retries of a batch.
    pub maximum_retry_attempts: u16,
    /// Whether a failing batch is split in half.
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
    /// Minimum number.
    pub minimum_pollers: u16,
    /// Maximum number.
    pub maximum_pollers: u16,
}

/// The pollers' log.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PollerLog {
    /// Lowest level that is logged.
    pub system_log_level: &'static str,
}

/// `MetricsConfig`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MetricsConfig {
    /// Kinds of metrics.
    pub metrics: [&'static str; 3],
}
