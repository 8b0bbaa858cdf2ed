//! Formats values for use in sentences: as code, in backticks.

use std::fmt::Display;

use serde_json::Value;

use crate::template::node::Node;

/// Formats a word as code.
pub(super) fn code(word: impl Display) -> String {
    format!("`{word}`")
}

/// Formats words as code, separated by commas.
pub(super) fn list<T: Display>(words: impl IntoIterator<Item = T>) -> String {
    words.into_iter().map(code).collect::<Vec<_>>().join(", ")
}

/// Joins phrases: "a", "a and b", "a, b and c".
pub(super) fn joined(phrases: &[String]) -> String {
    match phrases {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Formats a value that may be missing.
pub(super) fn value_or_none(optional: Option<&Value>) -> String {
    optional.map_or_else(|| "unset".to_owned(), value)
}

/// Formats values as code, separated by commas.
pub(super) fn values<'a>(values: impl IntoIterator<Item = &'a Value>) -> String {
    values.into_iter().map(value).collect::<Vec<_>>().join(", ")
}

/// Formats a value as code; a string without its quotes.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::String(text) => code(text),
        other => code(other),
    }
}

/// Formats a value of a template that may be unset.
pub(super) fn shown(node: Option<&Node>) -> String {
    node.map_or_else(|| "unset".to_owned(), |node| code(node.to_text()))
}

/// Says how a value of a template changed.
pub(super) fn from_to(old: Option<&Node>, new: Option<&Node>) -> String {
    let text = |node: &Node| code(node.to_text());
    changed(old.map(text), new.map(text))
}

/// Says how a value changed that is code already.
pub(super) fn changed(old: Option<String>, new: Option<String>) -> String {
    match (old, new) {
        (Some(old), Some(new)) => format!("changed from {old} to {new}"),
        (None, Some(new)) => format!("is now {new}; it was not set before"),
        (Some(old), None) => format!("is no longer set; it was {old}"),
        (None, None) => "did not change".to_owned(),
    }
}

/// Says which type a resource had before.
pub(super) fn former_type(resource_type: &str) -> String {
    if resource_type.is_empty() { "it had no type".to_owned() } else { format!("its type was `{resource_type}`") }
}
