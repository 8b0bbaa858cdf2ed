//! The documents in a file: one, or several in an array or in an answer of Port's API.
//!
//! A file may be a document itself, an array such as those that Port's own integrations ship, or what Port's API answers:
//! `{"ok": true, "blueprint": {…}}`, `{"ok": true, "actions": […]}`, or what `synth` writes to `out/port/`:
//! `{"blueprint": {…}, "actions": […]}`. Everything behind this module sees single documents, each with the JSON Pointer to
//! it.

use serde_json::{Map, Value};

use crate::cursor::Cursor;

/// The keys under which Port's API answers with documents (API reference, "Get all blueprints", "Get a blueprint", and the
/// same for actions).
const CONTENT: [&str; 4] = ["blueprint", "blueprints", "action", "actions"];
/// Other keys that may be beside them.
const BESIDE: [&str; 2] = ["ok", "$schema"];

/// A document in a file.
#[derive(Clone, Debug)]
pub(crate) struct Document<'a> {
    /// The document.
    pub(crate) node: Cursor<'a>,
    /// The identifier of the one blueprint beside an action: `{"blueprint": {…}, "actions": […]}`.
    pub(crate) beside: Option<&'a str>,
}

/// Returns each document, in order, and whether they are a list, even if it has one document or none. A blueprint with the
/// actions beside it is not a list.
pub(crate) fn documents<'a>(root: &Cursor<'a>) -> (Vec<Document<'a>>, bool) {
    let mut found = Vec::new();
    let list = each(root, None, &mut found);
    (found, list)
}

fn each<'a>(root: &Cursor<'a>, beside: Option<&'a str>, found: &mut Vec<Document<'a>>) -> bool {
    match root.value {
        Value::Array(_) => {
            for element in root.elements() {
                each(&element, beside, found);
            }
            true
        }
        Value::Object(map) if is_envelope(map) => {
            let one = map.get("blueprint").filter(|blueprint| blueprint.is_object());
            let identifier = one.and_then(|blueprint| blueprint.get("identifier")?.as_str());
            let (mut lists, mut contents) = (false, 0);
            for key in CONTENT {
                let Some(content) = root.get(key) else { continue };
                let is_action = ["action", "actions"].contains(&key);
                lists |= each(&content, identifier.filter(|_| is_action), found) && !(is_action && one.is_some());
                contents += 1;
            }
            lists || (contents > 1 && one.is_none())
        }
        _ => {
            found.push(Document { node: root.clone(), beside });
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
            (json!({"blueprint": {}, "actions": [{}]}), false, &["/blueprint", "/actions/0"]),
            (json!({"blueprints": {}, "actions": {}}), true, &["/blueprints", "/actions"]),
            (json!([{"ok": true, "action": {}}, [{}]]), true, &["/0/action", "/1/0"]),
            (json!({"action": "vm", "trigger": {}}), false, &[""]),
            (json!({"actions": [{}], "relations": {}}), false, &[""]),
            (json!({"ok": false, "error": "not_found"}), false, &[""]),
        ] {
            let root = Cursor::root(file, String::new(), &value);
            let (found, is_list) = documents(&root);
            let pointers: Vec<&str> = found.iter().map(|document| document.node.pointer.as_str()).collect();
            assert_eq!((pointers.as_slice(), is_list), (want, list), "{value}");
        }
    }

    #[test]
    fn a_blueprint_beside_actions_is_theirs() {
        let file = Sources::default().add(Source::new("a.json".into(), ""));
        let value = json!([
            {"blueprint": {"identifier": "vm"}, "actions": [{}]},
            {"blueprint": {"identifier": "db"}, "action": {}},
            {"blueprints": [{"identifier": "x"}], "actions": [{}]},
        ]);
        let root = Cursor::root(file, String::new(), &value);
        let beside: Vec<Option<&str>> = documents(&root).0.iter().map(|document| document.beside).collect();
        assert_eq!(beside, [None, Some("vm"), None, Some("db"), None, None]);
    }
}
