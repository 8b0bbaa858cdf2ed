//! What changes of a property or an input, beside its type and whether it is required.

use serde_json::Value;

use crate::compare::words::value;

/// Says what changes, in words that follow the field's name.
pub(super) fn differences(before: &Value, after: &Value) -> Vec<String> {
    let mut parts = choices(before, after);
    parts.extend(rules(before, after));
    parts
}

/// Says what an enum offers more or less.
fn choices(before: &Value, after: &Value) -> Vec<String> {
    let list = |document: &Value| document.get("enum").and_then(Value::as_array).cloned();
    match (list(before), list(after)) {
        (Some(old), Some(new)) => {
            let without = |these: &[Value], those: &[Value]| {
                these.iter().filter(|choice| !those.contains(choice)).map(value).collect::<Vec<_>>().join(", ")
            };
            let (more, fewer) = (without(&new, &old), without(&old, &new));
            let mut parts = Vec::new();
            if !more.is_empty() {
                parts.push(format!("may be {more} too"));
            }
            if !fewer.is_empty() {
                parts.push(format!("may no longer be {fewer}"));
            }
            parts
        }
        (None, Some(new)) => {
            vec![format!("may only be {}", new.iter().map(value).collect::<Vec<_>>().join(", "))]
        }
        (Some(_), None) => vec!["may be any value".to_owned()],
        (None, None) => Vec::new(),
    }
}

/// Keys that decide on what a value may be, beside its type and its choices.
const RULES: [&str; 14] = [
    "blueprint",
    "dataset",
    "default",
    "dependsOn",
    "encryption",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "pattern",
    "visible",
];

fn rules(before: &Value, after: &Value) -> Vec<String> {
    let changed = RULES.iter().filter(|key| before.get(**key) != after.get(**key));
    changed
        .map(|key| match (before.get(*key), after.get(*key)) {
            (_, Some(Value::Object(_) | Value::Array(_))) => format!("has another `{key}`"),
            (_, None) => format!("has no `{key}` any more"),
            (_, Some(is)) => format!("has `{key}` {}", value(is)),
        })
        .collect()
}
