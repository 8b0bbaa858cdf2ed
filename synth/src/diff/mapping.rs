//! What the plan says of runs: which are ours, and what each writes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::meaning::of_function;
use super::report::{Happens, Meaning, Subject};
use super::words::{code, list};

/// Settings of the plan, and what they are called.
const SETTINGS: [(&str, &str); 5] = [
    ("concurrency", "runs side by side"),
    ("partialBatchResponse", "partial batch responses"),
    ("replayWindow", "seconds that a signature is good for"),
    ("runLog", "runs that get a line in their log"),
    ("signatures", "what is asked of signatures"),
];

/// What differs from plan to plan, except for actions that Port's documents tell of.
pub(crate) fn changes(old: &Value, new: &Value) -> Vec<Meaning> {
    let mut found = Vec::new();
    for (key, name) in SETTINGS {
        if old.get(key) != new.get(key) {
            let text = format!("{name}: {} → {}", shown(old.get(key)), shown(new.get(key)));
            found.push(of_function(Some(key), Happens::Changed, text));
        }
    }
    let (before, after) = (actions(old), actions(new));
    let all: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    for name in all {
        match (before.get(name), after.get(name)) {
            (Some(old), Some(new)) => found.extend(action(name, old, new)),
            (None, Some(new)) => {
                let text = format!("action `{name}` ({}) added: its runs now reach the function", kind(new));
                found.push(meaning(Subject::Action, new, None, Happens::Added, text));
            }
            (Some(old), None) => {
                let text = format!("action `{name}` ({}) removed: its runs no longer reach the function", kind(old));
                found.push(meaning(Subject::Action, old, None, Happens::Removed, text));
            }
            (None, None) => {}
        }
    }
    found
}

/// By the identifier that Port holds.
fn actions(plan: &Value) -> BTreeMap<&str, &Value> {
    let actions = plan.get("actions").and_then(Value::as_array).into_iter().flatten();
    actions.filter_map(|action| Some((action.get("action")?.as_str()?, action))).collect()
}

/// `DAY-2 on `vm``.
fn kind(action: &Value) -> String {
    format!("{} on `{}`", word(action, "operation"), word(action, "blueprint"))
}

fn word<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn meaning(subject: Subject, action: &Value, name: Option<&str>, happens: Happens, text: String) -> Meaning {
    Meaning {
        subject,
        blueprint: word(action, "blueprint").to_owned(),
        action: Some(word(action, "action").to_owned()),
        name: name.map(str::to_owned),
        happens,
        text,
    }
}

fn action(name: &str, old: &Value, new: &Value) -> Vec<Meaning> {
    let mut found = Vec::new();
    if kind(old) != kind(new) {
        let text = format!("action `{name}` was {}, and is {}", kind(old), kind(new));
        found.push(meaning(Subject::Action, new, None, Happens::Changed, text));
    }
    let aliases = |action: &Value| -> BTreeSet<String> {
        let aliases = action.get("aliases").and_then(Value::as_array).into_iter().flatten();
        aliases.filter_map(|alias| alias.as_str().map(str::to_owned)).collect()
    };
    let (before, after) = (aliases(old), aliases(new));
    if before != after {
        let text = format!(
            "action `{name}` is also known as {}, no longer as {}",
            list(&after - &before),
            list(&before - &after)
        );
        found.push(meaning(Subject::Action, new, None, Happens::Changed, text));
    }
    let nothing = Value::Null;
    let entity = |action: &'_ Value| action.get("entity").cloned().unwrap_or_default();
    let (before, after) = (written(&entity(old)), written(&entity(new)));
    let all: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for key in all {
        let (one, other) = (before.get(key).unwrap_or(&nothing), after.get(key).unwrap_or(&nothing));
        let (happens, text) = match (one, other) {
            (one, other) if one == other => continue,
            (Value::Null, other) => (Happens::Added, format!("`{name}` now writes {key} from {}", shown(Some(other)))),
            (one, Value::Null) => {
                (Happens::Removed, format!("`{name}` no longer writes {key}, which was {}", shown(Some(one))))
            }
            (one, other) => (
                Happens::Changed,
                format!("`{name}` writes {key} from {}, not from {}", shown(Some(other)), shown(Some(one))),
            ),
        };
        found.push(meaning(Subject::Mapping, new, Some(key.trim_matches('`')), happens, text));
    }
    let encrypted = |action: &Value| action.get("encrypted").and_then(Value::as_object).cloned().unwrap_or_default();
    let (before, after) = (encrypted(old), encrypted(new));
    let all: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for input in all {
        let (happens, text) = match (before.get(input), after.get(input)) {
            (one, other) if one == other => continue,
            (_, None) => (Happens::Removed, format!("input `{input}` of `{name}` is no longer encrypted")),
            (None, Some(_)) => (Happens::Added, format!("input `{input}` of `{name}` arrives encrypted")),
            (Some(_), Some(how)) => {
                (Happens::Changed, format!("input `{input}` of `{name}` is encrypted by {}", shown(Some(how))))
            }
        };
        found.push(meaning(Subject::Input, new, Some(input), happens, text));
    }
    found
}

/// What an entity template writes, by what a sentence calls it.
fn written(entity: &Value) -> BTreeMap<String, Value> {
    let mut written = BTreeMap::new();
    for (key, value) in entity.as_object().into_iter().flatten() {
        match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                written.extend(properties.iter().map(|(name, value)| (format!("`{name}`"), value.clone())));
            }
            ("relations", Value::Object(relations)) => {
                written.extend(relations.iter().map(|(name, value)| (format!("relation `{name}`"), value.clone())));
            }
            (key, value) => drop(written.insert(format!("the entity's {key}"), value.clone())),
        }
    }
    written
}

fn shown(value: Option<&Value>) -> String {
    match value {
        None => "the default".to_owned(),
        Some(Value::String(text)) => code(text),
        Some(other) => code(&other.to_string()),
    }
}
