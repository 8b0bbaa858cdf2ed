//! Checks Kafka event sources for settings that Lambda refuses at deployment or ignores.

use model::pointer::below;
use serde_json::{Map, Value};

use model::filter_pattern::{LONGEST_PATTERN, MOST_PATTERNS};

use super::violation::Violations;
use crate::template::intrinsic::{
    functions, guard, intrinsic, is_no_value, outcomes, outcomes_of, resources, section, substituted,
};

/// Maximum duration of an invocation for Kafka, in seconds (developer guide, "Kafka event source mappings").
const LONGEST_TIMEOUT: u64 = 840;
/// Maximum length of a URI in `SourceAccessConfigurations` (API reference of Lambda).
const LONGEST_URI: usize = 200;

/// Settings that Lambda accepts for Kafka only with provisioned pollers.
const PROVISIONED_ONLY: [&str; 6] = [
    "MaximumRetryAttempts",
    "MaximumRecordAgeInSeconds",
    "BisectBatchOnFunctionError",
    "FunctionResponseTypes",
    "LoggingConfig",
    "MetricsConfig",
];

const OPERATORS: [&str; 6] = ["prefix", "suffix", "numeric", "exists", "anything-but", "equals-ignore-case"];

pub(super) fn check(template: &Value, violations: &mut Violations) {
    for (at, properties) in mappings(template) {
        starting_position(&at, properties, violations);
        filters(&at, properties, violations);
        provisioned(&at, properties, violations);
        secret_uris(&at, properties, violations);
    }
    timeouts(template, violations);
}

/// Returns the properties of each self-managed Kafka event source, whether it is a SAM event or a resource.
fn mappings(template: &Value) -> Vec<(String, &Map<String, Value>)> {
    let events = resources(template, &["AWS::Serverless::Function"]).flat_map(|(at, function)| {
        let events = function.get("Events").and_then(Value::as_object).into_iter().flatten();
        let kafka = events.filter(|(_, event)| event.get("Type").is_some_and(|kind| kind == "SelfManagedKafka"));
        kafka.filter_map(move |(name, event)| {
            let at = format!("{}/Properties", below(&format!("{at}/Events"), name));
            Some((at, event.get("Properties")?.as_object()?))
        })
    });
    let resources = resources(template, &["AWS::Lambda::EventSourceMapping"])
        .filter(|(_, properties)| properties.contains_key("SelfManagedEventSource"));
    events.chain(resources).collect()
}

fn starting_position(at: &str, properties: &Map<String, Value>, violations: &mut Violations) {
    if outcomes_of(properties, "StartingPosition").is_empty() {
        violations
            .error(
                format!("{at}/StartingPosition"),
                "no-starting-position",
                "`StartingPosition` is missing; Lambda does not create a Kafka event source without it",
            )
            .help("keep `{\"Ref\": \"KafkaStartingPosition\"}`");
    }
}

fn filters(at: &str, properties: &Map<String, Value>, violations: &mut Violations) {
    let at = format!("{at}/FilterCriteria/Filters");
    for criteria in outcomes_of(properties, "FilterCriteria") {
        let filters = criteria.get("Filters").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if filters.is_empty() {
            violations
                .error(&at, "filter-pattern", "`FilterCriteria` has no filter")
                .help("to let every message through, remove it with \"FilterCriteria\": null");
        }
        if filters.len() > MOST_PATTERNS {
            let message = format!("{} filters; Lambda allows at most {MOST_PATTERNS} per event source", filters.len());
            violations.error(&at, "too-many-filters", message).help("put several names into one pattern's list");
        }
        for (index, filter) in filters.iter().enumerate() {
            let at = format!("{at}/{index}/Pattern");
            let patterns = outcomes(filter).into_iter().filter_map(|filter| filter.get("Pattern")).flat_map(outcomes);
            for message in patterns.filter_map(|pattern| pattern_fault(pattern).err()) {
                violations.error(&at, "filter-pattern", message).help(FILTER_HELP);
            }
        }
    }
}

const FILTER_HELP: &str = r#"such as "{\"value\":{\"action\":[\"create_vm\"]}}""#;

/// Checks a filter pattern, and returns what is wrong with it.
fn pattern_fault(pattern: &Value) -> Result<(), String> {
    let Some((text, names)) = substituted(pattern) else {
        return Err("the pattern must be a string or an `Fn::Sub`, so that it can be checked".to_owned());
    };
    let text = names.iter().fold(text.to_owned(), |text, name| text.replace(&format!("${{{name}}}"), "x"));
    let length = text.chars().count();
    if length > LONGEST_PATTERN {
        return Err(format!("the pattern has {length} characters; Lambda allows at most {LONGEST_PATTERN}"));
    }
    let parsed: Value =
        serde_json::from_str(&text).map_err(|error| format!("the pattern is not valid JSON: {error}"))?;
    match parsed.as_object().filter(|map| map.len() == 1).and_then(|map| map.get("value")) {
        Some(value) => leaf_fault(value, "value"),
        None => Err("the pattern must have `value` as its only key; a Kafka filter can match nothing else".to_owned()),
    }
}

/// Checks that a filter consists of objects with lists of accepted values at the end. Anything else matches nothing or is
/// refused.
fn leaf_fault(pattern: &Value, path: &str) -> Result<(), String> {
    match pattern {
        Value::Object(map) if !map.is_empty() => map.iter().try_for_each(|(key, child)| match child.as_array() {
            Some(choices) if key == "$or" => choices.iter().try_for_each(|choice| leaf_fault(choice, path)),
            _ => leaf_fault(child, &format!("{path}.{key}")),
        }),
        Value::Array(accepted) if !accepted.is_empty() => accepted.iter().try_for_each(|accepted| {
            let known = match accepted {
                Value::Object(map) => map.keys().all(|key| OPERATORS.contains(&key.as_str())),
                other => !other.is_array(),
            };
            let violation = || format!("`{accepted}` in `{path}` is neither a value nor a comparison");
            known.then_some(()).ok_or_else(violation)
        }),
        other => Err(format!("`{path}` must be a list of accepted values; it is `{other}`")),
    }
}

fn provisioned(at: &str, properties: &Map<String, Value>, violations: &mut Violations) {
    let set = |name: &str| properties.get(name).filter(|value| !is_no_value(value));
    let pollers = set("ProvisionedPollerConfig");
    for name in PROVISIONED_ONLY {
        let Some(setting) = set(name) else { continue };
        let message = match pollers {
            None => format!("Lambda accepts `{name}` only with provisioned polling"),
            Some(pollers) if guard(pollers).is_some() && guard(pollers) != guard(setting) => {
                format!("`{name}` must depend on the same condition as `ProvisionedPollerConfig`")
            }
            Some(_) => continue,
        };
        violations
            .error(format!("{at}/{name}"), "needs-provisioned-polling", message)
            .caused_at(format!("{at}/ProvisionedPollerConfig"))
            .help("add `[provisioned_polling]` to synth.toml, which sets all of them");
    }
}

fn secret_uris(at: &str, properties: &Map<String, Value>, violations: &mut Violations) {
    let accesses = outcomes_of(properties, "SourceAccessConfigurations");
    for (index, access) in accesses.into_iter().filter_map(Value::as_array).flatten().enumerate() {
        let uris = access.get("URI").map(outcomes).unwrap_or_default();
        for length in uris.into_iter().filter_map(Value::as_str).map(|uri| uri.chars().count()) {
            if length > LONGEST_URI {
                let message = format!("the URI has {length} characters; Lambda allows at most {LONGEST_URI}");
                let at = format!("{at}/SourceAccessConfigurations/{index}/URI");
                violations.error(at, "secret-uri", message).help("give the secret a shorter name");
            }
        }
    }
}

/// Checks the timeouts of functions with a Kafka event source. Others may take as long as Lambda allows.
fn timeouts(template: &Value, violations: &mut Violations) {
    let behind: Vec<&str> = mappings(template)
        .iter()
        .filter_map(|(_, properties)| intrinsic(properties.get("FunctionName")?)?.1.as_str())
        .collect();
    for (at, properties) in functions(template) {
        let id = at.split('/').nth(2).unwrap_or_default();
        let events = properties.get("Events").and_then(Value::as_object).into_iter().flatten();
        let own = events.into_iter().any(|(_, event)| event.get("Type").is_some_and(|kind| kind == "SelfManagedKafka"));
        if !own && !behind.contains(&id) {
            continue;
        }
        for timeout in outcomes_of(properties, "Timeout") {
            let longest = match intrinsic(timeout) {
                Some((_, name)) => section(template, "Parameters")
                    .find(|(parameter, _)| name == parameter)
                    .and_then(|(_, parameter)| number(parameter.get("MaxValue")?)),
                None => number(timeout),
            };
            let message = match longest {
                Some(seconds) if seconds <= LONGEST_TIMEOUT => continue,
                Some(seconds) => {
                    format!(
                        "`Timeout` is {seconds}; Lambda allows at most {LONGEST_TIMEOUT} seconds with a Kafka event source"
                    )
                }
                None => format!("`Timeout` may be more than {LONGEST_TIMEOUT} seconds"),
            };
            violations.error(format!("{at}/Timeout"), "timeout", message).help("set `timeout` in synth.toml");
        }
    }
}

/// Reads a number, which `CloudFormation` also accepts as text.
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}
