//! Changes to the fields of a form: the properties of a blueprint, the inputs of an action.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::consequence::{About, Consequences};
use super::json::{both, text};
use crate::compare::report::ChangeKind;
use crate::compare::words::{code, joined, value, values};

/// Adds the changes to a blueprint's properties or an action's inputs.
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
                    (false, true) => parts.push("is now required".to_owned()),
                    (true, false) => parts.push("is now optional".to_owned()),
                    _ => {}
                }
                if kind(before) != kind(after) || text(before, "type") != text(after, "type") {
                    parts.push(format!("is now `{}` instead of `{}`", kind(after), kind(before)));
                }
                parts.extend(differences(before, after));
                if !parts.is_empty() {
                    found.add(about, Some(name), ChangeKind::Changed, format!("{what} {}", joined(&parts)));
                }
            }
            (None, None) => {}
        }
    }
}

/// Describes what changes apart from a field's type, in words that follow the field's name.
fn differences(before: &Value, after: &Value) -> Vec<String> {
    let mut parts = choices(before, after);
    parts.extend(rules(before, after));
    parts
}

/// Describes which choices an enum gains or loses.
fn choices(before: &Value, after: &Value) -> Vec<String> {
    let list = |document: &Value| document.get("enum").and_then(Value::as_array).cloned();
    match (list(before), list(after)) {
        (Some(old), Some(new)) => {
            let without =
                |these: &[Value], those: &[Value]| values(these.iter().filter(|choice| !those.contains(choice)));
            let (more, fewer) = (without(&new, &old), without(&old, &new));
            let mut parts = Vec::new();
            if !more.is_empty() {
                parts.push(format!("now also allows {more}"));
            }
            if !fewer.is_empty() {
                parts.push(format!("no longer allows {fewer}"));
            }
            parts
        }
        (None, Some(new)) => {
            vec![format!("now allows only {}", values(&new))]
        }
        (Some(_), None) => vec!["now allows any value".to_owned()],
        (None, None) => Vec::new(),
    }
}

/// Keys that restrict a value, apart from its type and its choices.
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
    let (mut has, mut lacks) = (Vec::new(), Vec::new());
    for key in RULES.iter().filter(|key| before.get(**key) != after.get(**key)) {
        match (before.get(*key), after.get(*key)) {
            (_, Some(Value::Object(_) | Value::Array(_))) => has.push(format!("a different `{key}`")),
            (_, None) => lacks.push(code(key)),
            (_, Some(is)) => has.push(format!("`{key}` {}", value(is))),
        }
    }
    let phrase = |verb: &str, what: &[String]| (!what.is_empty()).then(|| format!("{verb} {}", joined(what)));
    phrase("now has", &has).into_iter().chain(phrase("no longer has", &lacks)).collect()
}
