//! How values are written into sentences: as code, in backticks.

use std::fmt::Display;

use serde_json::Value;

/// Writes a word as code.
pub(super) fn code(word: impl Display) -> String {
    format!("`{word}`")
}

/// Writes words as code, with commas between them.
pub(super) fn list<T: Display>(words: impl IntoIterator<Item = T>) -> String {
    words.into_iter().map(code).collect::<Vec<_>>().join(", ")
}

/// Writes a value that may be missing.
pub(super) fn value_or_none(optional: Option<&Value>) -> String {
    optional.map_or_else(|| "not said".to_owned(), value)
}

/// Writes values as people do, with commas between them.
pub(super) fn values<'a>(values: impl IntoIterator<Item = &'a Value>) -> String {
    values.into_iter().map(value).collect::<Vec<_>>().join(", ")
}

/// Writes a value as people do: a text without its quotes.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::String(text) => code(text),
        other => code(other),
    }
}
