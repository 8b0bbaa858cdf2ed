//! The documents in a file: one, or several in an array or in an answer of Port's API.
//!
//! A file may be a document itself, an array such as those that Port's own integrations ship, or what Port's API answers:
//! `{"ok": true, "blueprint": {…}}`, `{"ok": true, "actions": […]}`. Everything behind this module sees single documents,
//! each with the JSON Pointer to it.

use serde_json::{Map, Value};

use crate::cursor::Cursor;

/// The keys under which Port's API answers with documents (API reference, "Get all blueprints", "Get a blueprint", and the
/// same for actions).
const CONTENT: [&str; 4] = ["blueprint", "blueprints", "action", "actions"];
/// Other keys that may be beside them.
const BESIDE: [&str; 2] = ["ok", "$schema"];

/// Calls `visit` for each document, in order. Returns whether they are a list, even if it has one document or none.
pub(crate) fn each<'a>(root: &Cursor<'a>, visit: &mut impl FnMut(&Cursor<'a>)) -> bool {
    match root.value {
        Value::Array(_) => {
            for element in root.elements() {
                each(&element, visit);
            }
            true
        }
        Value::Object(map) if is_envelope(map) => {
            let contents: Vec<Cursor<'_>> = CONTENT.iter().filter_map(|key| root.get(key)).collect();
            let lists = contents.iter().filter(|content| each(content, visit)).count();
            lists > 0 || contents.len() > 1
        }
        _ => {
            visit(root);
            false
        }
    }
}

/// Returns whether an object is an answer of Port's API with documents in it.
fn is_envelope(map: &Map<String, Value>) -> bool {
    let content = |key: &str| CONTENT.contains(&key);
    let answer = map.get("ok") == Some(&Value::Bool(true)) && !map.contains_key("identifier");
    let only = || map.keys().all(|key| content(key) || BESIDE.contains(&key.as_str()));
    let full = |(key, value): (&String, &Value)| content(key) && (value.is_object() || value.is_array());
    map.iter().any(full) && (answer || only())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::source::Source;
    use crate::sources::Sources;

    #[test]
    fn documents_are_found_wherever_they_are() {
        let file = Sources::default().add(Source::new("a.json".into(), ""));
        for (value, list, want) in [
            (json!({"identifier": "a", "actions": []}), false, &[""][..]),
            (json!([{"a": 1}, 2]), true, &["/0", "/1"]),
            (json!([]), true, &[]),
            (json!({"ok": true, "blueprint": {}}), false, &["/blueprint"]),
            (json!({"ok": true, "blueprints": [{}]}), true, &["/blueprints/0"]),
            (json!({"actions": [{}, {}]}), true, &["/actions/0", "/actions/1"]),
            (json!({"ok": true, "actions": [], "next": "x"}), true, &[]),
            (json!({"blueprint": {}, "actions": [{}]}), true, &["/blueprint", "/actions/0"]),
            (json!([{"ok": true, "action": {}}, [{}]]), true, &["/0/action", "/1/0"]),
            (json!({"action": "vm", "trigger": {}}), false, &[""]),
            (json!({"actions": [{}], "relations": {}}), false, &[""]),
            (json!({"ok": false, "error": "not_found"}), false, &[""]),
        ] {
            let mut found = Vec::new();
            assert_eq!(
                each(&Cursor::root(file, String::new(), &value), &mut |item| found.push(item.pointer.clone())),
                list,
                "{value}"
            );
            assert_eq!(found, want, "{value}");
        }
    }
}
