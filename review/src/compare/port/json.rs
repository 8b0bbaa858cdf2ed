//! Reads Port's documents: JSON with some known keys.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Returns a member that is a string.
pub(super) fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str()
}

/// Returns an object's members by key; nothing for other values.
pub(super) fn pairs(value: Option<&Value>) -> BTreeMap<&str, &Value> {
    value.and_then(Value::as_object).into_iter().flatten().map(|(key, value)| (key.as_str(), value)).collect()
}

/// Returns the strings in a list.
pub(super) fn names(value: Option<&Value>) -> BTreeSet<&str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Returns the keys of both sides, each with its old and new value.
pub(super) fn both<'a, T: Copy>(
    old: &BTreeMap<&'a str, T>,
    new: &BTreeMap<&'a str, T>,
) -> impl Iterator<Item = (&'a str, Option<T>, Option<T>)> {
    let keys: BTreeSet<&'a str> = old.keys().chain(new.keys()).copied().collect();
    let found: Vec<_> = keys.into_iter().map(|key| (key, old.get(key).copied(), new.get(key).copied())).collect();
    found.into_iter()
}
