//! Compares the conditions of two templates: equal ones get the same name, known ones are decided.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::template::node::Node;
use crate::template::normal::plain;

/// What follows the name of something whose old definition differs from the new one.
pub(super) const BEFORE: &str = " as it was";

/// Returns the name of the new condition that an old one equals.
pub(super) fn matched(
    name: &str,
    old: &BTreeMap<String, Value>,
    new: &BTreeMap<&str, Node>,
    names: &mut BTreeMap<String, String>,
    depth: usize,
) -> String {
    if let Some(known) = names.get(name) {
        return known.clone();
    }
    // Conditions that depend on each other in a circle are refused by CloudFormation.
    let Some(definition) = old.get(name).filter(|_| depth < 64) else { return name.to_owned() };
    let definition = plain(&renamed(definition, &mut |inner| matched(inner, old, new, names, depth + 1)));
    let found = match new.get(name) {
        Some(same) if *same == definition => name.to_owned(),
        at_all => match new.iter().find(|(other, node)| !old.contains_key(**other) && **node == definition) {
            Some((other, _)) => (*other).to_owned(),
            None if at_all.is_some() => format!("{name}{BEFORE}"),
            None => name.to_owned(),
        },
    };
    names.insert(name.to_owned(), found.clone());
    found
}

/// Replaces the names of conditions in a condition.
fn renamed(definition: &Value, name: &mut impl FnMut(&str) -> String) -> Value {
    match definition {
        Value::Object(map) => match map.get("Condition") {
            Some(Value::String(inner)) if map.len() == 1 => json!({"Condition": name(inner)}),
            _ => map.iter().map(|(key, value)| (key.clone(), renamed(value, name))).collect(),
        },
        Value::Array(items) => items.iter().map(|item| renamed(item, name)).collect(),
        scalar => scalar.clone(),
    }
}
