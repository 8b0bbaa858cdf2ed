//! Applies JSON merge patches (RFC 7386) to a template, and lists the changes in its metadata.

use model::pointer::below;
use review::template::intrinsic;
use serde_json::{Map, Value, json};

/// Applies a merge patch (RFC 7386, section 2). The order of the remaining keys is kept.
pub(super) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else { return };
    for (key, value) in patch {
        if value.is_null() {
            target.shift_remove(key);
        } else {
            merge(target.entry(key).or_insert(Value::Null), value);
        }
    }
}

/// Returns pointers to everything that a patch sets or removes. An intrinsic counts as one value.
pub(super) fn leaves(pointer: &str, patch: &Value) -> Vec<String> {
    match patch {
        Value::Object(map) if !map.is_empty() && !map.keys().any(|key| intrinsic::is_name(key)) => {
            map.iter().flat_map(|(key, value)| leaves(&below(pointer, key), value)).collect()
        }
        _ => vec![pointer.to_owned()],
    }
}

/// Adds a note to the metadata of a resource or of the template.
pub(super) fn annotate(owner: &mut Value, note: &Value) {
    if let Value::Object(owner) = owner
        && !owner.contains_key("Metadata")
    {
        // Before the properties, as in generated resources.
        let at = owner.keys().position(|key| key == "Properties").unwrap_or(owner.len());
        owner.shift_insert(at, "Metadata".to_owned(), Value::Null);
    }
    merge(owner, &json!({ "Metadata": { "PortActionRunner": note } }));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7386, appendix A.
    #[test]
    fn merge_follows_the_standard() {
        for (target, patch, want) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a": "b"}), json!(["c"]), json!(["c"])),
            (json!({"a": "foo"}), json!(null), json!(null)),
            (json!({"a": "foo"}), json!("bar"), json!("bar")),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ] {
            let mut merged = target.clone();
            merge(&mut merged, &patch);
            assert_eq!(merged, want, "{target} with {patch}");
        }
    }

    #[test]
    fn what_stays_keeps_its_order() {
        let mut target = json!({"a": 1, "b": 2, "c": 3, "d": 4});
        merge(&mut target, &json!({"b": null, "e": 5, "c": 6}));
        assert_eq!(target.to_string(), r#"{"a":1,"c":6,"d":4,"e":5}"#);
    }
}
