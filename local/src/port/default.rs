//! The defaults of Port's `OpenAPI` document, which Port fills in where a document leaves something out, so that its
//! answer differs from what was sent.

use serde_json::{Value, json};

use super::answer::Object;

/// Fills in the defaults of a blueprint.
pub(super) fn fill_blueprint(blueprint: &mut Object) {
    for key in ["calculationProperties", "aggregationProperties"] {
        default(blueprint, key, json!({}));
    }
    for relation in objects(blueprint, "relations") {
        default(relation, "required", false.into());
        default(relation, "many", false.into());
    }
    if let Some(Value::Object(schema)) = blueprint.get_mut("schema") {
        objects(schema, "properties").for_each(fill_authentication);
    }
    objects(blueprint, "calculationProperties").for_each(fill_authentication);
    for aggregation in objects(blueprint, "aggregationProperties") {
        default(aggregation, "type", "number".into());
    }
}

/// Fills in the defaults of an action.
pub(super) fn fill_action(action: &mut Object) {
    if let Some(Value::Object(notification)) = action.get_mut("approvalNotification") {
        default(notification, "type", "email".into());
    }
}

fn fill_authentication(property: &mut Object) {
    if let Some(Value::Object(authentication)) = property.get_mut("specAuthentication") {
        default(authentication, "authorizationScope", json!(["openid"]));
    }
}

fn objects<'a>(document: &'a mut Object, key: &str) -> impl Iterator<Item = &'a mut Object> {
    let map = document.get_mut(key).and_then(Value::as_object_mut);
    map.into_iter().flat_map(|map| map.iter_mut()).filter_map(|(_, value)| value.as_object_mut())
}

fn default(document: &mut Object, key: &str, value: Value) {
    document.entry(key).or_insert(value);
}
