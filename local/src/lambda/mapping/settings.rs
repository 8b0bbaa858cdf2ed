//! What an event source mapping is created with, in the terms of Lambda's API, with its defaults and limits.

use std::ops::RangeInclusive;
use std::time::Duration;

use serde_json::Value;

/// The batching window where none is set; no setting in whole seconds reaches it.
const DEFAULT_WINDOW: Duration = Duration::from_millis(500);

/// How often Lambda retries a batch by itself where an on-failure destination is set and nothing else is.
const RETRIES_WITH_DESTINATION: u32 = 10;

/// The most invocations that a poller of provisioned mode makes at once.
const INVOCATIONS_PER_POLLER: usize = 5;

/// The settings that Lambda takes only with `ProvisionedPollerConfig`.
const PROVISIONED_ONLY: [&str; 6] = [
    "MaximumRetryAttempts",
    "MaximumRecordAgeInSeconds",
    "BisectBatchOnFunctionError",
    "FunctionResponseTypes",
    "LoggingConfig",
    "MetricsConfig",
];

/// The settings of an event source mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingSettings {
    /// The topic.
    pub topic: String,
    /// The consumer group.
    pub consumer_group_id: String,
    /// The brokers, as the event names them.
    pub bootstrap_servers: Vec<String>,
    /// The function, as messages to the on-failure destination name it.
    pub function_arn: String,
    /// Where a partition begins that the group has committed nothing for.
    pub starting_position: StartingPosition,
    /// The most records in a batch: 1 to 10 000.
    pub batch_size: usize,
    /// `MaximumBatchingWindowInSeconds`: 0 to 300; without it, the window is half a second.
    pub batching_window: Option<u16>,
    /// Whether there is an on-failure destination.
    pub on_failure: bool,
    /// Provisioned mode, with what it alone allows; without it, the mapping polls on demand.
    pub provisioned: Option<ProvisionedMode>,
    /// Every wait before a retry is divided by this.
    pub retry_speed: u32,
    /// From what request ids are drawn.
    pub seed: u64,
}

/// Where a partition begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartingPosition {
    /// `TRIM_HORIZON`: the oldest record.
    TrimHorizon,
    /// `LATEST`: behind the newest record at the first assignment.
    Latest,
    /// `AT_TIMESTAMP`: the first record of this time, in milliseconds since 1970, or later.
    AtTimestamp(i64),
}

/// `ProvisionedPollerConfig`, and the settings that need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvisionedMode {
    /// `MinimumPollers`: 1 to 200.
    pub minimum_pollers: usize,
    /// `MaximumRetryAttempts`: 0 to 10 000, not counting the first attempt; without it, for ever.
    pub retries: Option<u32>,
    /// `MaximumRecordAgeInSeconds`: 60 to 604 800; without it, records may have any age.
    pub record_age: Option<u32>,
    /// `BisectBatchOnFunctionError`
    pub bisect: bool,
    /// Whether `FunctionResponseTypes` has `ReportBatchItemFailures`.
    pub partial: bool,
}

impl Default for ProvisionedMode {
    fn default() -> Self {
        Self { minimum_pollers: 1, retries: None, record_age: None, bisect: false, partial: false }
    }
}

impl MappingSettings {
    /// Creates settings with Lambda's defaults: on demand, batches of 100 records, no on-failure destination.
    #[must_use]
    pub fn new(topic: impl Into<String>, consumer_group_id: impl Into<String>) -> Self {
        Self {
            topic: topic.into(),
            consumer_group_id: consumer_group_id.into(),
            bootstrap_servers: vec!["b-1.example.test:9196".to_owned(), "b-2.example.test:9196".to_owned()],
            function_arn: crate::lambda::FUNCTION_ARN.to_owned(),
            starting_position: StartingPosition::TrimHorizon,
            batch_size: 100,
            batching_window: None,
            on_failure: false,
            provisioned: None,
            retry_speed: 1,
            seed: 0,
        }
    }

    /// Takes over what properties of an `AWS::Lambda::EventSourceMapping` or of SAM's `SelfManagedKafka` say about
    /// batches, retries and the starting position. A value that is not a literal, such as a `Ref`, leaves the setting as it
    /// is.
    ///
    /// # Errors
    ///
    /// When Lambda would refuse the properties: says which one, and what it takes.
    pub fn read(mut self, properties: &Value) -> Result<Self, String> {
        let present = |name: &&'static str| properties.get(*name).is_some_and(|value| !value.is_null());
        if let Some(size) = number(properties, "BatchSize", 1..=10_000)? {
            self.batch_size = usize::try_from(size).unwrap_or(self.batch_size);
        }
        if let Some(window) = number(properties, "MaximumBatchingWindowInSeconds", 0..=300)? {
            self.batching_window = u16::try_from(window).ok();
        }
        if let Some(position) = properties.get("StartingPosition").and_then(Value::as_str) {
            self.starting_position = starting_position(position, properties)?;
        }
        self.on_failure |= properties.pointer("/DestinationConfig/OnFailure/Destination").is_some();
        let Some(pollers) = properties.get("ProvisionedPollerConfig").filter(|pollers| pollers.is_object()) else {
            return match PROVISIONED_ONLY.into_iter().find(present) {
                Some(name) => Err(format!("`{name}` needs `ProvisionedPollerConfig`")),
                None => Ok(self),
            };
        };
        let mut provisioned = self.provisioned.take().unwrap_or_default();
        let minimum = number(pollers, "MinimumPollers", 1..=200)?.unwrap_or(1);
        let maximum = number(pollers, "MaximumPollers", 1..=2_000)?.unwrap_or(200);
        if minimum > maximum {
            return Err(format!("`MinimumPollers` is {minimum}, more than `MaximumPollers` with {maximum}"));
        }
        provisioned.minimum_pollers = usize::try_from(minimum).unwrap_or(1);
        // Both have -1 for no limit.
        if let Some(retries) = number(properties, "MaximumRetryAttempts", -1..=10_000)? {
            provisioned.retries = u32::try_from(retries).ok();
        }
        if let Some(age) = number(properties, "MaximumRecordAgeInSeconds", -1..=604_800)? {
            if (0..60).contains(&age) {
                return Err(format!("`MaximumRecordAgeInSeconds` is {age}; it takes -1, or 60 to 604800"));
            }
            provisioned.record_age = u32::try_from(age).ok();
        }
        let flag = |name| properties.get(name).and_then(Value::as_bool);
        provisioned.bisect = flag("BisectBatchOnFunctionError").unwrap_or(provisioned.bisect);
        let responses = properties.get("FunctionResponseTypes").and_then(Value::as_array);
        provisioned.partial |=
            responses.is_some_and(|types| types.iter().any(|kind| kind == "ReportBatchItemFailures"));
        self.provisioned = Some(provisioned);
        Ok(self)
    }

    /// Returns the batching window.
    #[must_use]
    pub fn window(&self) -> Duration {
        self.batching_window.map_or(DEFAULT_WINDOW, |seconds| Duration::from_secs(u64::from(seconds)))
    }

    /// Returns how often a batch is retried before it is discarded; nothing if it never is.
    #[must_use]
    pub fn retries(&self) -> Option<u32> {
        let own = self.provisioned.as_ref().and_then(|provisioned| provisioned.retries);
        own.or(self.on_failure.then_some(RETRIES_WITH_DESTINATION))
    }

    /// Returns whether the function may name the records that it did not finish.
    #[must_use]
    pub fn partial(&self) -> bool {
        self.provisioned.as_ref().is_some_and(|provisioned| provisioned.partial)
    }

    /// Returns whether a batch that fails is split.
    pub(super) fn bisect(&self) -> bool {
        self.provisioned.as_ref().is_some_and(|provisioned| provisioned.bisect)
    }

    /// Returns the age in milliseconds beyond which a record is not sent to the function.
    pub(super) fn record_age(&self) -> Option<i64> {
        let age = self.provisioned.as_ref().and_then(|provisioned| provisioned.record_age);
        age.map(|seconds| i64::from(seconds) * 1_000)
    }

    /// Returns how many invocations there may be at once.
    pub(super) fn concurrency(&self) -> usize {
        let pollers = self.provisioned.as_ref().map(|provisioned| provisioned.minimum_pollers);
        pollers.map_or(1, |pollers| pollers.saturating_mul(INVOCATIONS_PER_POLLER)).max(1)
    }
}

fn starting_position(name: &str, properties: &Value) -> Result<StartingPosition, String> {
    match name {
        "TRIM_HORIZON" => Ok(StartingPosition::TrimHorizon),
        "LATEST" => Ok(StartingPosition::Latest),
        "AT_TIMESTAMP" => {
            // Lambda takes seconds.
            let seconds = properties.get("StartingPositionTimestamp").and_then(Value::as_i64);
            let seconds = seconds.ok_or("`AT_TIMESTAMP` needs `StartingPositionTimestamp`, in seconds since 1970")?;
            Ok(StartingPosition::AtTimestamp(seconds.saturating_mul(1_000)))
        }
        other => Err(format!("`StartingPosition` is `{other}`; it takes `TRIM_HORIZON`, `LATEST` or `AT_TIMESTAMP`")),
    }
}

/// Reads a number that may be missing.
fn number(properties: &Value, name: &str, range: RangeInclusive<i64>) -> Result<Option<i64>, String> {
    match properties.get(name) {
        Some(Value::Number(given)) => match given.as_i64().filter(|given| range.contains(given)) {
            Some(number) => Ok(Some(number)),
            None => Err(format!("`{name}` is {given}; it takes {} to {}", range.start(), range.end())),
        },
        Some(Value::String(text)) => Err(format!("`{name}` is the text `{text}` instead of a number")),
        _ => Ok(None),
    }
}
