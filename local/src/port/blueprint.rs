//! Blueprints: created, changed, merged, deleted.

use serde_json::{Value, json};

use super::answer::{ApiAnswer, Object, Refusal, object, only, text};
use super::default;
use super::identifier::{self, Kind, is_key};
use super::state::{State, identified};
use crate::server::Request;

/// The keys of a relation; Port accepts no others.
const RELATION: [&str; 6] = ["title", "description", "target", "required", "many", "type"];

const TYPES: [&str; 5] = ["string", "number", "boolean", "object", "array"];

/// `POST /v1/blueprints`
pub(super) fn create(state: &mut State, request: &Request) -> Result<ApiAnswer, Refusal> {
    let body = object(&request.body)?;
    let identifier = text(&body, "identifier")?.unwrap_or_default().to_owned();
    check(state, &body)?;
    if state.blueprints.contains_key(&identifier) {
        return Err(Refusal::taken("Blueprint", &identifier));
    }
    Ok(ApiAnswer::created(put(state, identifier, body)))
}

/// `GET /v1/blueprints`
pub(super) fn list(state: &State) -> ApiAnswer {
    ApiAnswer::ok(json!({"ok": true, "blueprints": state.blueprints.values().collect::<Vec<_>>()}))
}

/// `GET /v1/blueprints/{identifier}`
pub(super) fn read(state: &State, identifier: &str) -> Result<ApiAnswer, Refusal> {
    Ok(ApiAnswer::ok(json!({"ok": true, "blueprint": state.known_blueprint(identifier)?})))
}

/// `PUT /v1/blueprints/{identifier}`: the new document replaces the old one.
pub(super) fn replace(state: &mut State, request: &Request, identifier: &str) -> Result<ApiAnswer, Refusal> {
    state.known_blueprint(identifier)?;
    change(state, identifier, object(&request.body)?)
}

/// `PATCH /v1/blueprints/{identifier}`: objects are merged key by key, everything else is replaced.
pub(super) fn merge(state: &mut State, request: &Request, identifier: &str) -> Result<ApiAnswer, Refusal> {
    let mut merged = state.known_blueprint(identifier)?.clone();
    overlay(&mut merged, object(&request.body)?);
    change(state, identifier, merged)
}

/// `DELETE /v1/blueprints/{identifier}`. That Port refuses to delete a blueprint with entities is inferred from its
/// Terraform provider, which has `force_delete_entities` for that case.
pub(super) fn delete(state: &mut State, request: &Request, identifier: &str) -> Result<ApiAnswer, Refusal> {
    state.known_blueprint(identifier)?;
    if state.entities.keys().any(|(blueprint, _)| blueprint == identifier) {
        return Err(Refusal::invalid(format!("blueprint \"{identifier}\" has entities")));
    }
    state.blueprints.remove(identifier);
    if request.flag("delete_actions") {
        let of = |action: &Object| super::action::blueprint(action) == Some(identifier);
        state.actions.retain(|_, action| !of(action));
    }
    Ok(ApiAnswer::ok(json!({"ok": true})))
}

/// Adds or replaces a blueprint without checking it.
pub(super) fn put_unchecked(state: &mut State, document: Value) {
    if let Some((identifier, document)) = identified(document) {
        put(state, identifier, document);
    }
}

fn change(state: &mut State, identifier: &str, mut body: Object) -> Result<ApiAnswer, Refusal> {
    body.entry("identifier").or_insert_with(|| identifier.into());
    check(state, &body)?;
    if text(&body, "identifier")? != Some(identifier) {
        return Err(Refusal::invalid("the fake does not rename blueprints"));
    }
    Ok(ApiAnswer::ok(put(state, identifier.to_owned(), body)))
}

fn put(state: &mut State, identifier: String, mut body: Object) -> Value {
    default::fill_blueprint(&mut body);
    state.stamp(&mut body, state.blueprints.get(&identifier));
    let answer = json!({"ok": true, "blueprint": body});
    state.blueprints.insert(identifier, body);
    answer
}

fn overlay(old: &mut Object, new: Object) {
    for (key, value) in new {
        match (old.get_mut(&key), value) {
            (Some(Value::Object(old)), Value::Object(new)) => overlay(old, new),
            (_, value) => {
                old.insert(key, value);
            }
        }
    }
}

fn check(state: &State, body: &Object) -> Result<(), Refusal> {
    let identifier = text(body, "identifier")?.ok_or_else(|| missing("identifier"))?;
    identifier::check(Kind::Blueprint, identifier)?;
    let title = text(body, "title")?.ok_or_else(|| missing("title"))?;
    if !(1..=100).contains(&title.chars().count()) {
        return Err(Refusal::invalid("body/title must have 1 to 100 characters"));
    }
    if text(body, "description")?.is_some_and(|description| description.chars().count() > 200) {
        return Err(Refusal::invalid("body/description must NOT have more than 200 characters"));
    }
    let schema = body.get("schema").and_then(Value::as_object).ok_or_else(|| missing("schema"))?;
    let properties = schema.get("properties").and_then(Value::as_object).ok_or_else(|| missing("schema/properties"))?;
    let mut reasons = Vec::new();
    for (key, property) in properties {
        if !is_key(key) {
            reasons.push(format!("body/schema/properties: \"{key}\" is not a legal key"));
        }
        if !property.get("type").and_then(Value::as_str).is_some_and(|kind| TYPES.contains(&kind)) {
            reasons.push(format!("body/schema/properties/{key}/type must be one of {}", TYPES.join(", ")));
        }
    }
    Refusal::unless_empty(&reasons)?;
    targets(state, body, identifier)
}

/// Checks what a blueprint relates to and aggregates: it may refer to itself, even while it is being created, and to
/// any other blueprint that exists.
fn targets(state: &State, body: &Object, identifier: &str) -> Result<(), Refusal> {
    for map in ["relations", "aggregationProperties"] {
        for (key, value) in body.get(map).and_then(Value::as_object).into_iter().flatten() {
            if !is_key(key) {
                return Err(Refusal::invalid(format!("body/{map}: \"{key}\" is not a legal key")));
            }
            let value =
                value.as_object().ok_or_else(|| Refusal::invalid(format!("body/{map}/{key} must be object")))?;
            if map == "relations" {
                only(value, &RELATION)?;
            }
            let target = text(value, "target")?.ok_or_else(|| missing(&format!("{map}/{key}/target")))?;
            if target != identifier {
                state.known_blueprint(target)?;
            }
        }
    }
    Ok(())
}

fn missing(what: &str) -> Refusal {
    Refusal::invalid(format!("body must have required property {what}"))
}
