//! What the template says about the function and the mapping, which hold here as they are deployed.

use std::sync::{Arc, PoisonError, RwLock};

use anyhow::anyhow;
use local::mapping::{MappingSettings, ProvisionedMode, RecordFilter};
use model::filter_pattern::mismatches;
use serde_json::{Map, Value, json};
use synth::Build;

use super::args::Args;
use super::kafka::Kafka;
use crate::cli::filter_test::Reason;

/// The patterns in force, of which a record must match one.
pub(super) type Patterns = Arc<RwLock<Vec<Value>>>;

/// Returns a number of the function's properties in the template.
pub(super) fn number(build: &Build, property: &str, default: u64) -> u64 {
    let found = build.template.pointer("/Resources/Runner/Properties").and_then(|of| of.get(property));
    found.and_then(Value::as_u64).unwrap_or(default)
}

/// Returns the mapping's settings: those of the template, and what flags say.
pub(super) fn settings(args: &Args, build: &Build, kafka: &Kafka) -> anyhow::Result<MappingSettings> {
    let none = Map::new().into();
    let properties = build.template.pointer("/Resources/Runner/Properties/Events/Runs/Properties").unwrap_or(&none);
    let mut settings = MappingSettings::new(kafka.topic.as_str(), kafka.group.as_str())
        .read(properties)
        .map_err(|why| anyhow!("Lambda would refuse the mapping of the template: {why}"))?;
    settings.bootstrap_servers = kafka.brokers.split(',').map(str::to_owned).collect();
    settings.retry_speed = args.mapping.retry_speed;
    settings.seed = args.mapping.seed;
    settings.batching_window = args.mapping.window.or(settings.batching_window);
    if args.mapping.provisioned && settings.provisioned.is_none() {
        settings.provisioned = Some(ProvisionedMode { partial: true, ..Default::default() });
    }
    Ok(settings)
}

/// Describes the mapping's batches.
pub(super) fn described(settings: &MappingSettings) -> String {
    let mode = if settings.provisioned.is_some() { "provisioned" } else { "on demand" };
    let queue = if settings.on_failure { ", failure queue" } else { "" };
    let retries = settings.retries().map(|retries| format!(", {retries} retries")).unwrap_or_default();
    let window = settings.window().as_millis();
    format!("batch {}, window {window} ms, {mode}{retries}{queue}", settings.batch_size)
}

/// Returns the filter of the patterns in force, which says why a record does not pass.
pub(super) fn passes(patterns: &Patterns) -> RecordFilter {
    let patterns = Arc::clone(patterns);
    Arc::new(move |value: &[u8]| {
        // Lambda compares text that is not JSON as text.
        let value = serde_json::from_slice(value).unwrap_or_else(|_| Value::from(String::from_utf8_lossy(value)));
        let record = json!({ "value": value });
        let patterns = patterns.read().unwrap_or_else(PoisonError::into_inner);
        let mut why = None;
        for pattern in patterns.iter() {
            let wrong = mismatches(pattern, &record);
            if wrong.is_empty() {
                return Ok(());
            }
            why = why.or(wrong.into_iter().next());
        }
        Err(why.map_or_else(|| "the filter lets nothing pass".to_owned(), |why| Reason(&why).to_string()))
    })
}
