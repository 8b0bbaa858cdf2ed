//! Normalizes documents, so that Port's answer can be compared with what was sent: keys that Port adds and defaults that it
//! fills in are removed.

use documents::grammar::ANSWERED;
use serde_json::{Map, Number, Value};

use super::state::ResourceKind;

/// A key that Port's API adds to those in [`ANSWERED`]. The grammar of documents does not have it, so input files cannot
/// either.
const INTERNAL: &str = "_id";

/// Values that Port takes for missing keys, by place; `*` matches any key or index.
const DEFAULTS: [(ResourceKind, &str, &str); 21] = [
    (ResourceKind::Blueprint, "/aggregationProperties", "{}"),
    (ResourceKind::Blueprint, "/aggregationProperties/*/type", r#""number""#),
    (ResourceKind::Blueprint, "/calculationProperties", "{}"),
    (ResourceKind::Blueprint, "/calculationProperties/*/specAuthentication/authorizationScope", r#"["openid"]"#),
    (ResourceKind::Blueprint, "/mirrorProperties", "{}"),
    (ResourceKind::Blueprint, "/relations", "{}"),
    (ResourceKind::Blueprint, "/relations/*/many", "false"),
    (ResourceKind::Blueprint, "/relations/*/required", "false"),
    (ResourceKind::Blueprint, "/schema/properties/*/specAuthentication/authorizationScope", r#"["openid"]"#),
    (ResourceKind::Blueprint, "/schema/required", "[]"),
    (ResourceKind::Action, "/publish", "true"),
    (ResourceKind::Action, "/requiredApproval", "false"),
    (ResourceKind::Action, "/approvalNotification", "{}"),
    (ResourceKind::Action, "/approvalNotification/type", r#""email""#),
    (ResourceKind::Action, "/trigger/userInputs", r#"{"properties":{}}"#),
    (ResourceKind::Action, "/trigger/userInputs/order", "[]"),
    (ResourceKind::Action, "/trigger/userInputs/required", "[]"),
    (ResourceKind::Action, "/trigger/userInputs/steps", "[]"),
    (ResourceKind::Action, "/trigger/userInputs/titles", "{}"),
    (ResourceKind::Action, "/invocationMethod/payload", "{}"),
    (ResourceKind::Action, "/allowAnyoneToViewRuns", "true"),
];

/// Returns a document as it is sent: without the keys that only Port's answers have.
pub fn sent(document: &Value) -> Value {
    let Value::Object(pairs) = document else { return document.clone() };
    let kept = pairs.iter().filter(|(key, _)| !ANSWERED.contains(&key.as_str()) && *key != INTERNAL);
    Value::Object(kept.map(|(key, value)| (key.clone(), value.clone())).collect())
}

/// Returns an answer of Port's as an input document: as it is sent, without nulls.
pub fn written(document: &Value) -> Value {
    without_nulls(&sent(document), &mut Vec::new())
}

/// Returns a form that is equal for equivalent documents: as it is sent, without nulls and defaults, and with numbers as
/// Port writes them.
pub fn normalized(kind: ResourceKind, document: &Value) -> Value {
    pruned(kind, &sent(document), &mut Vec::new())
}

fn pruned<'a>(kind: ResourceKind, value: &'a Value, path: &mut Vec<&'a str>) -> Value {
    match value {
        Value::Number(number) => shortest(number),
        Value::Array(items) => items.iter().map(|item| pruned(kind, item, path)).collect(),
        Value::Object(pairs) => {
            let mut kept = Map::new();
            for (key, value) in pairs {
                path.push(key);
                let value = pruned(kind, value, path);
                if !is_nothing(&value, path) && !is_default(kind, path, &value) {
                    kept.insert(key.clone(), value);
                }
                path.pop();
            }
            kept.into()
        }
        value => value.clone(),
    }
}

fn without_nulls<'a>(value: &'a Value, path: &mut Vec<&'a str>) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| without_nulls(item, path)).collect(),
        Value::Object(pairs) => {
            let mut kept = Map::new();
            for (key, value) in pairs {
                path.push(key);
                if !is_nothing(value, path) {
                    kept.insert(key.clone(), without_nulls(value, path));
                }
                path.pop();
            }
            kept.into()
        }
        value => value.clone(),
    }
}

/// Whether a pair means the same as a missing key. In an action's payload, null is a value.
fn is_nothing(value: &Value, path: &[&str]) -> bool {
    value.is_null() && !matches!(path, ["invocationMethod", "payload" | "body" | "workflowInputs", _, ..])
}

/// Returns a number as JavaScript writes it: `1.0` is `1`.
fn shortest(number: &Number) -> Value {
    let text = number.to_string();
    let short = text.strip_suffix(".0").and_then(|text| serde_json::from_str(text).ok());
    Value::Number(short.unwrap_or_else(|| number.clone()))
}

fn is_default(kind: ResourceKind, path: &[&str], value: &Value) -> bool {
    let Some(last) = path.last() else { return false };
    DEFAULTS.iter().any(|(of, place, default)| {
        *of == kind
            && place.ends_with(last)
            && matches(place, path)
            && serde_json::from_str::<Value>(default).is_ok_and(|default| default == *value)
    })
}

fn matches(place: &str, path: &[&str]) -> bool {
    let mut steps = place.split('/').skip(1);
    path.iter().all(|step| steps.next().is_some_and(|wanted| wanted == "*" || wanted == *step))
        && steps.next().is_none()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_port_adds_is_not_a_difference() {
        let wanted = json!({"identifier": "vm", "title": "VM", "schema": {"properties": {"a": {"type": "string"}}},
            "relations": {"zone": {"target": "zone"}}});
        let held = json!({"identifier": "vm", "title": "VM", "createdAt": "x", "updatedBy": "y", "id": "z", "icon": null,
            "schema": {"required": [], "properties": {"a": {"type": "string"}}}, "mirrorProperties": {},
            "relations": {"zone": {"target": "zone", "many": false, "required": false}}});
        assert_eq!(normalized(ResourceKind::Blueprint, &wanted), normalized(ResourceKind::Blueprint, &held));
        assert_ne!(
            normalized(ResourceKind::Action, &wanted),
            normalized(ResourceKind::Action, &held),
            "another kind has other defaults"
        );
    }

    /// Each default means nothing at its own place and for its own kind, and something everywhere else.
    #[test]
    fn defaults_mean_nothing_only_at_their_place() {
        let kept = |kind, pointer: &str, default: &str| {
            let value = serde_json::from_str(default).unwrap();
            let keys = pointer.rsplit('/').take(pointer.matches('/').count());
            let document: Value = keys.fold(value, |inside, key| json!({key: inside}));
            normalized(kind, &document).pointer(pointer).is_some()
        };
        for (kind, place, default) in DEFAULTS {
            let place = place.replace('*', "any");
            let last = place.rsplit('/').next().unwrap();
            let other = if kind == ResourceKind::Action { ResourceKind::Blueprint } else { ResourceKind::Action };
            assert!(!kept(kind, &place, default), "{place}");
            assert!(kept(other, &place, default), "{place} of another kind");
            let mut others = vec![
                format!("/elsewhere{place}"),
                format!("{place}/{last}"),
                format!("/schema/properties/{last}/title"),
            ];
            // A relation that is called `many` has no default.
            others.extend(place.contains("/any").then(|| place.replace("/any", "")));
            for elsewhere in others {
                assert!(kept(kind, &elsewhere, default), "{default} at {elsewhere}");
            }
            assert!(kept(kind, &place, "[7]"), "another value at {place}");
        }
    }

    #[test]
    fn numbers_are_written_as_port_writes_them() {
        let property =
            |minimum: Value| json!({"schema": {"properties": {"a": {"enum": [minimum], "minimum": minimum}}}});
        for (left, right, same) in [
            (json!(1.0), json!(1), true),
            (json!(-0.5), json!(-0.5), true),
            (json!(1e3), json!(1000), true),
            (json!(10.5), json!(10), false),
            (json!("1.0"), json!(1), false),
        ] {
            let of = |number: &Value| normalized(ResourceKind::Blueprint, &property(number.clone()));
            assert_eq!(of(&left) == of(&right), same, "{left} {right}");
        }
    }

    #[test]
    fn nulls_are_removed_except_in_payloads() {
        let answer = json!({"identifier": "a", "id": "x", "title": null, "trigger": {"userInputs": {"steps": [{"title": null}]}},
            "invocationMethod": {"type": "KAFKA", "agent": null, "payload": {"entity": null}}});
        assert_eq!(
            written(&answer),
            json!({"identifier": "a", "trigger": {"userInputs": {"steps": [{}]}},
                "invocationMethod": {"type": "KAFKA", "payload": {"entity": null}}})
        );
        let payload =
            |payload: Value| normalized(ResourceKind::Action, &json!({"invocationMethod": {"payload": payload}}));
        assert_ne!(payload(json!({"entity": null})), payload(json!({})));
    }

    #[test]
    fn explicit_values_are_differences() {
        for (kind, left, right) in [
            (ResourceKind::Blueprint, json!({"schema": {"required": ["a"]}}), json!({"schema": {}})),
            (ResourceKind::Action, json!({"publish": false}), json!({})),
            (
                ResourceKind::Blueprint,
                json!({"schema": {"properties": {"createdAt": {"type": "string"}}}}),
                json!({"schema": {"properties": {}}}),
            ),
            (
                ResourceKind::Blueprint,
                json!({"schema": {"properties": {"a": {"default": false}}}}),
                json!({"schema": {"properties": {"a": {}}}}),
            ),
        ] {
            assert_ne!(normalized(kind, &left), normalized(kind, &right), "{left} {right}");
        }
    }
}
