//! Merges the section `Globals` into the resources that it applies to.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::template::intrinsic::is_intrinsic;

/// Properties that a resource's own value replaces as a whole.
const REPLACED: [&str; 2] = ["Function.Architectures", "CapacityProvider.InstanceRequirements.Architectures"];
/// Properties of which a resource takes only the keys that it names itself.
const PRUNED: [&str; 1] = ["CapacityProvider.ManagedResourceTags"];

/// Returns the properties of a resource with those that apply to its type; `None` if none do.
pub(super) fn applied(template: &Value, kind: &str, resource: &Map<String, Value>) -> Option<Map<String, Value>> {
    let name = kind.strip_prefix("AWS::Serverless::")?;
    let mut globals = template.get("Globals")?.get(name)?.as_object()?.clone();
    match resource.get("IgnoreGlobals") {
        Some(Value::String(all)) if all == "*" => return None,
        Some(Value::Array(keys)) => {
            let ignored: BTreeSet<&str> = keys.iter().filter_map(Value::as_str).collect();
            globals.retain(|key, _| !ignored.contains(key.as_str()));
        }
        _ => {}
    }
    match resource.get("Properties") {
        None | Some(Value::Null) => Some(globals),
        Some(Value::Object(own)) => Some(merged(&globals, own, name)),
        Some(_) => None,
    }
}

/// Merges a resource's properties over the global ones: maps are merged, lists are concatenated.
fn merged(globals: &Map<String, Value>, own: &Map<String, Value>, path: &str) -> Map<String, Value> {
    let mut result = globals.clone();
    if PRUNED.contains(&path) && !own.is_empty() {
        result.retain(|key, _| own.contains_key(key));
    }
    for (key, value) in own {
        let path = format!("{path}.{key}");
        let value = match (result.get(key), value) {
            _ if REPLACED.contains(&path.as_str()) => value.clone(),
            (Some(Value::Object(below)), Value::Object(above)) if !is_intrinsic(below) && !is_intrinsic(above) => {
                Value::Object(merged(below, above, &path))
            }
            (Some(Value::Array(below)), Value::Array(above)) => below.iter().chain(above).cloned().collect(),
            _ => value.clone(),
        };
        result.insert(key.clone(), value);
    }
    result
}
