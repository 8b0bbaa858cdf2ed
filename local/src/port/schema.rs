//! Checks values against the properties that a blueprint or a form declares.
//!
//! Types, enums, bounds, items and unambiguous formats are checked; `pattern` is not.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde_json::Value;

use super::answer::Object;
use crate::clock;

/// The meaning of absent values and null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nulls {
    /// Null clears an optional property.
    Allowed,
    /// Null is a value of the wrong type.
    Refused,
}

/// Returns every reason why these values do not fit, as `path: reason`.
pub(super) fn misfits(declared: &Object, required: &[&str], values: &Object, nulls: Nulls) -> Vec<String> {
    let missing = required
        .iter()
        .filter(|key| values.get(**key).is_none_or(Value::is_null))
        .map(|key| format!("properties must have required property \"{key}\""));
    let wrong = values.iter().flat_map(|(key, value)| match declared.get(key) {
        None => vec![format!("properties must NOT have additional properties: \"{key}\"")],
        Some(_) if value.is_null() && nulls == Nulls::Allowed => Vec::new(),
        Some(rules) => misfit(&format!("properties/{key}"), rules, value),
    });
    missing.chain(wrong).collect()
}

fn misfit(path: &str, rules: &Value, value: &Value) -> Vec<String> {
    if let Some(kind) = rules.get("type").and_then(Value::as_str)
        && !is_of_type(kind, value)
    {
        return vec![format!("{path} must be {kind}")];
    }
    let mut reasons = Vec::new();
    if let Some(choices) = rules.get("enum").and_then(Value::as_array)
        && !choices.contains(value)
    {
        reasons.push(format!("{path} must be equal to one of the allowed values"));
    }
    reasons.extend(out_of_bounds(path, rules, value));
    if let (Some(format), Some(text)) = (rules.get("format").and_then(Value::as_str), value.as_str())
        && !has_format(format, text)
    {
        reasons.push(format!("{path} must match format \"{format}\""));
    }
    if let (Some(items), Some(values)) = (rules.get("items"), value.as_array()) {
        reasons.extend(values.iter().enumerate().flat_map(|(at, item)| misfit(&format!("{path}/{at}"), items, item)));
    }
    reasons
}

fn is_of_type(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        _ => false,
    }
}

/// Returns whether a size is within a bound.
type Holds = fn(f64, f64) -> bool;

fn out_of_bounds(path: &str, rules: &Value, value: &Value) -> Vec<String> {
    let count = match value {
        Value::String(text) => u32::try_from(text.chars().count()).ok().map(f64::from),
        Value::Array(items) => u32::try_from(items.len()).ok().map(f64::from),
        Value::Number(number) => number.as_f64(),
        _ => None,
    };
    let keywords: &[(&str, Holds)] = match value {
        Value::String(_) => &[("minLength", |is, bound| is >= bound), ("maxLength", |is, bound| is <= bound)],
        Value::Array(_) => &[("minItems", |is, bound| is >= bound), ("maxItems", |is, bound| is <= bound)],
        Value::Number(_) => &[
            ("minimum", |is, bound| is >= bound),
            ("maximum", |is, bound| is <= bound),
            ("exclusiveMinimum", |is, bound| is > bound),
            ("exclusiveMaximum", |is, bound| is < bound),
        ],
        _ => &[],
    };
    keywords
        .iter()
        .filter_map(|(keyword, holds)| {
            let bound = rules.get(keyword)?.as_f64()?;
            (!holds(count?, bound)).then(|| format!("{path} breaks {keyword} {bound}"))
        })
        .collect()
}

fn has_format(format: &str, text: &str) -> bool {
    match format {
        "date-time" => clock::is_date_time(text),
        "url" => text.split_once(':').is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty()),
        "email" => text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty()),
        "ipv4" => text.parse::<Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<Ipv6Addr>().is_ok(),
        _ => true,
    }
}
