//! What changes of the fields of a form: properties of a blueprint, inputs of an action.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::consequence::{About, Consequences};
use super::json::{both, text};
use crate::compare::report::ChangeKind;
use crate::compare::words::{value, values};

/// Adds what changes of a blueprint's properties, or of an action's inputs.
pub(super) fn changes(
    about: About<'_>,
    (old, new): (&BTreeMap<&str, &Value>, &BTreeMap<&str, &Value>),
    (required_before, required_after): (&BTreeSet<&str>, &BTreeSet<&str>),
    words: &dyn Fn(&str) -> String,
    found: &mut Consequences,
) {
    for (name, before, after) in both(old, new) {
        let kind =
            |document: &Value| text(document, "format").or_else(|| text(document, "type")).unwrap_or("?").to_owned();
        let what = words(name);
        match (before, after) {
            (None, Some(after)) => {
                let needed = if required_after.contains(name) { ", required" } else { "" };
                found.add(about, Some(name), ChangeKind::Added, format!("{what} added (`{}`{needed})", kind(after)));
            }
            (Some(_), None) => found.add(about, Some(name), ChangeKind::Removed, format!("{what} removed")),
            (Some(before), Some(after)) => {
                let mut parts = Vec::new();
                match (required_before.contains(name), required_after.contains(name)) {
                    (false, true) => parts.push("became required".to_owned()),
                    (true, false) => parts.push("became optional".to_owned()),
                    _ => {}
                }
                if kind(before) != kind(after) || text(before, "type") != text(after, "type") {
                    parts.push(format!("is `{}`, was `{}`", kind(after), kind(before)));
                }
                parts.extend(differences(before, after));
                if !parts.is_empty() {
                    found.add(about, Some(name), ChangeKind::Changed, format!("{what} {}", parts.join(", ")));
                }
            }
            (None, None) => {}
        }
    }
}

/// Says what changes beside a field's type, in words that follow the field's name.
fn differences(before: &Value, after: &Value) -> Vec<String> {
    let mut parts = choices(before, after);
    parts.extend(rules(before, after));
    parts
}

/// Says what an enum offers more or less.
fn choices(before: &Value, after: &Value) -> Vec<String> {
    let list = |document: &Value| document.get("enum").and_then(Value::as_array).cloned();
    match (list(before), list(after)) {
        (Some(old), Some(new)) => {
            let without =
                |these: &[Value], those: &[Value]| values(these.iter().filter(|choice| !those.contains(choice)));
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
            vec![format!("may only be {}", values(&new))]
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
