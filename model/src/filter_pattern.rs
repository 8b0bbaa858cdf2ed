//! Lambda's event filter patterns, as far as our templates use them: equality with one of several values, and `exists`.
//!
//! Source: Lambda developer guide, "Control which events Lambda sends to your function" and "Event filtering for Kafka".

use serde_json::{Value, json};

/// The most patterns of one event source mapping, unless the quota was raised.
pub const MOST_PATTERNS: usize = 5;
/// The most characters of one pattern.
pub const LONGEST_PATTERN: usize = 4096;

/// Returns whether Lambda invokes the function for a record with this value, because one of the patterns matches.
pub fn matches(patterns: &[Value], value: &Value) -> bool {
    let record = json!({ "value": value });
    patterns.iter().any(|pattern| mismatches(pattern, &record).is_empty())
}

/// A key that keeps a record from matching a pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    /// The path below the record's value, with keys joined by dots; empty for the value itself.
    pub path: String,
    /// What the record has there.
    pub found: Option<Value>,
    /// What the pattern accepts there.
    pub wanted: Vec<Value>,
}

/// Returns why a record, `{"value": …}`, does not match a pattern. Empty if it matches.
pub fn mismatches(pattern: &Value, record: &Value) -> Vec<Mismatch> {
    let mut found = Vec::new();
    compare(pattern, Some(record), "", &mut found);
    found
}

fn compare(pattern: &Value, value: Option<&Value>, path: &str, found: &mut Vec<Mismatch>) {
    match pattern {
        Value::Object(pairs) => {
            for (key, pattern) in pairs {
                let below = match path {
                    "" if key == "value" => String::new(),
                    "" => key.clone(),
                    _ => format!("{path}.{key}"),
                };
                compare(pattern, value.and_then(|value| value.get(key)), &below, found);
            }
        }
        Value::Array(choices) => {
            let accepted = choices.iter().any(|choice| match choice.get("exists") {
                Some(exists) => *exists == Value::Bool(value.is_some_and(|value| !value.is_object())),
                None => value == Some(choice),
            });
            if !accepted {
                found.push(Mismatch { path: path.to_owned(), found: value.cloned(), wanted: choices.clone() });
            }
        }
        // Our templates use no other patterns.
        _ => found.push(Mismatch { path: path.to_owned(), found: value.cloned(), wanted: Vec::new() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mismatches_name_each_key_that_differs() {
        let pattern = json!({ "value": { "action": ["a", "b"], "context": { "blueprint": [{ "exists": true }] } } });
        let paths = |value: Value| -> Vec<String> {
            mismatches(&pattern, &json!({ "value": value })).into_iter().map(|mismatch| mismatch.path).collect()
        };
        let none: [&str; 0] = [];
        assert_eq!(paths(json!({ "action": "b", "context": { "blueprint": "vm" } })), none);
        assert_eq!(paths(json!({ "action": "c", "context": { "blueprint": {} } })), ["action", "context.blueprint"]);
        assert_eq!(paths(json!("a")), ["action", "context.blueprint"]);
        assert!(matches(&[json!({ "value": ["x"] }), pattern.clone()], &json!("x")));
        assert!(!matches(&[pattern], &json!("x")));
    }
}
