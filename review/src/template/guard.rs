//! Conditions of the template under which a value is there, such as `HasKey` and `not HasKey`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::intrinsic::is_no_value;

/// Conditions that all hold where something is there.
pub(crate) type Guards = BTreeSet<String>;

/// Returns the items of a list, or a lone value, with the branches of `Fn::If` each under its condition.
pub(crate) fn expanded(value: &Value) -> Vec<(&Value, Guards)> {
    let mut found = Vec::new();
    expand(value, &Guards::new(), &mut found);
    found
}

fn expand<'a>(value: &'a Value, guards: &Guards, found: &mut Vec<(&'a Value, Guards)>) {
    match (value, value.get("Fn::If").and_then(Value::as_array).map(Vec::as_slice)) {
        (_, Some([Value::String(condition), yes, no])) => {
            for (guard, branch) in [(condition.clone(), yes), (opposite(condition), no)] {
                let mut guards = guards.clone();
                guards.insert(guard);
                expand(branch, &guards, found);
            }
        }
        (Value::Array(items), _) => items.iter().for_each(|item| expand(item, guards, found)),
        (value, _) if is_no_value(value) => {}
        (value, _) => found.push((value, guards.clone())),
    }
}

/// Returns the guard that holds where this one does not.
pub(crate) fn opposite(guard: &str) -> String {
    guard.strip_prefix("not ").map_or_else(|| format!("not {guard}"), str::to_owned)
}

/// Whether the guards exclude each other: under a condition and its opposite there is nothing.
pub(crate) fn is_impossible(guards: &Guards) -> bool {
    guards.iter().any(|guard| guards.contains(&format!("not {guard}")))
}
