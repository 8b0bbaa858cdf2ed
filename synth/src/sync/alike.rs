//! When a document that Port answers is the one that was sent: what Port adds, and what it fills in, is no difference.

use serde_json::{Map, Value};

use super::Kind;

/// Keys that Port adds to what it answers and nobody sends.
const ANSWERED: [&str; 6] = ["createdAt", "createdBy", "updatedAt", "updatedBy", "id", "_id"];

/// What a key is worth where it is left out, by its place: `*` stands for any key or index.
const DEFAULTS: [(Kind, &str, &str); 21] = [
    (Kind::Blueprint, "/aggregationProperties", "{}"),
    (Kind::Blueprint, "/aggregationProperties/*/type", r#""number""#),
    (Kind::Blueprint, "/calculationProperties", "{}"),
    (Kind::Blueprint, "/calculationProperties/*/specAuthentication/authorizationScope", r#"["openid"]"#),
    (Kind::Blueprint, "/mirrorProperties", "{}"),
    (Kind::Blueprint, "/relations", "{}"),
    (Kind::Blueprint, "/relations/*/many", "false"),
    (Kind::Blueprint, "/relations/*/required", "false"),
    (Kind::Blueprint, "/schema/properties/*/specAuthentication/authorizationScope", r#"["openid"]"#),
    (Kind::Blueprint, "/schema/required", "[]"),
    (Kind::Action, "/publish", "true"),
    (Kind::Action, "/requiredApproval", "false"),
    (Kind::Action, "/approvalNotification", "{}"),
    (Kind::Action, "/approvalNotification/type", r#""email""#),
    (Kind::Action, "/trigger/userInputs", r#"{"properties":{}}"#),
    (Kind::Action, "/trigger/userInputs/order", "[]"),
    (Kind::Action, "/trigger/userInputs/required", "[]"),
    (Kind::Action, "/trigger/userInputs/steps", "[]"),
    (Kind::Action, "/trigger/userInputs/titles", "{}"),
    (Kind::Action, "/invocationMethod/payload", "{}"),
    (Kind::Action, "/allowAnyoneToViewRuns", "true"),
];

/// A document as it is sent: without what only Port's answers have.
pub fn sent(document: &Value) -> Value {
    let Value::Object(pairs) = document else { return document.clone() };
    let kept = pairs.iter().filter(|(key, _)| !ANSWERED.contains(&key.as_str()));
    Value::Object(kept.map(|(key, value)| (key.clone(), value.clone())).collect())
}

/// A document in the form in which alike documents are equal: as it is sent, without nulls, without what is worth
/// nothing beside a default.
pub fn alike(kind: Kind, document: &Value) -> Value {
    pruned(kind, &sent(document), &mut Vec::new())
}

fn pruned<'a>(kind: Kind, value: &'a Value, path: &mut Vec<&'a str>) -> Value {
    let Value::Object(pairs) = value else { return value.clone() };
    let mut kept = Map::new();
    for (key, value) in pairs.iter().filter(|(_, value)| !value.is_null()) {
        path.push(key);
        let value = pruned(kind, value, path);
        if !is_default(kind, path, &value) {
            kept.insert(key.clone(), value);
        }
        path.pop();
    }
    Value::Object(kept)
}

fn is_default(kind: Kind, path: &[&str], value: &Value) -> bool {
    DEFAULTS.iter().any(|(of, place, default)| {
        *of == kind
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
    fn what_port_adds_is_no_difference() {
        let wanted = json!({"identifier": "vm", "title": "VM", "schema": {"properties": {"a": {"type": "string"}}},
            "relations": {"zone": {"target": "zone"}}});
        let held = json!({"identifier": "vm", "title": "VM", "createdAt": "x", "updatedBy": "y", "id": "z", "icon": null,
            "schema": {"required": [], "properties": {"a": {"type": "string"}}}, "mirrorProperties": {},
            "relations": {"zone": {"target": "zone", "many": false, "required": false}}});
        assert_eq!(alike(Kind::Blueprint, &wanted), alike(Kind::Blueprint, &held));
        assert_ne!(alike(Kind::Action, &wanted), alike(Kind::Action, &held), "another kind has other defaults");
    }

    #[test]
    fn what_is_said_is_a_difference() {
        for (kind, one, other) in [
            (Kind::Blueprint, json!({"schema": {"required": ["a"]}}), json!({"schema": {}})),
            (Kind::Action, json!({"publish": false}), json!({})),
            (
                Kind::Blueprint,
                json!({"schema": {"properties": {"createdAt": {"type": "string"}}}}),
                json!({"schema": {"properties": {}}}),
            ),
            (
                Kind::Blueprint,
                json!({"schema": {"properties": {"a": {"default": false}}}}),
                json!({"schema": {"properties": {"a": {}}}}),
            ),
        ] {
            assert_ne!(alike(kind, &one), alike(kind, &other), "{one} {other}");
        }
    }
}
