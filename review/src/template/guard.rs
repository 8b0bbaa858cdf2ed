//! The template conditions that a value depends on, such as `HasKey` and `not HasKey`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::intrinsic::is_no_value;

/// Conditions that must all be true for something to exist.
pub(crate) type Guards = BTreeSet<String>;

/// Returns the conditions of both.
pub(crate) fn and(one: &Guards, other: &Guards) -> Guards {
    one | other
}

/// Returns the items of a list, or a single value, with each branch of `Fn::If` under its condition.
pub(crate) fn expanded(value: &Value) -> Vec<(&Value, Guards)> {
    let mut found = Vec::new();
    expand(value, &mut Guards::new(), &mut found);
    found
}

/// Returns the two branches of an `Fn::If`, each with its guard; `None` for any other value, and for an `Fn::If` that
/// cannot be read.
pub(crate) fn branches(value: &Value) -> Option<[(&Value, String); 2]> {
    let call = value.as_object().filter(|map| map.len() == 1)?.get("Fn::If")?;
    let [Value::String(condition), yes, no] = call.as_array()?.as_slice() else { return None };
    Some([(yes, condition.clone()), (no, opposite(condition))])
}

fn expand<'a>(value: &'a Value, guards: &mut Guards, found: &mut Vec<(&'a Value, Guards)>) {
    match (value, branches(value)) {
        (_, Some(branches)) => {
            for (branch, guard) in branches {
                let is_new = guards.insert(guard.clone());
                expand(branch, guards, found);
                if is_new {
                    guards.remove(&guard);
                }
            }
        }
        (Value::Array(items), _) => items.iter().for_each(|item| expand(item, guards, found)),
        (value, _) if is_no_value(value) => {}
        (value, _) => found.push((value, guards.clone())),
    }
}

/// Returns the guard that is true when this one is false.
pub(crate) fn opposite(guard: &str) -> String {
    guard.strip_prefix("not ").map_or_else(|| format!("not {guard}"), str::to_owned)
}

/// Whether the guards contradict each other: nothing exists under both a condition and its opposite.
pub(crate) fn is_impossible(guards: &Guards) -> bool {
    guards.iter().filter_map(|guard| guard.strip_prefix("not ")).any(|guard| guards.contains(guard))
}
