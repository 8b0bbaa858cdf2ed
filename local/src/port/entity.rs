//! Entities: created, replaced, merged, deleted. Renaming is not implemented, nor are queries in the place of an identifier.

use serde_json::{Value, json};

use super::answer::{ApiAnswer, Object, Refusal, object, only};
use super::identifier::{self, Kind};
use super::relation;
use super::schema::{self, Nulls};
use super::state::{State, identified};
use crate::server::Request;

/// The keys that a caller may write; Port writes the others.
const KEYS: [&str; 6] = ["identifier", "title", "icon", "team", "properties", "relations"];

/// `POST /v1/blueprints/{blueprint}/entities`
pub(super) fn create(state: &mut State, request: &Request, blueprint: &str) -> Result<ApiAnswer, Refusal> {
    let mut body = object(&request.body)?;
    state.known_blueprint(blueprint)?;
    state.tie(request.param("run_id"))?;
    let identifier = match body.remove("identifier") {
        Some(Value::String(identifier)) => identifier,
        // Inferred: the identifier is optional in Port's schema, so Port must generate one.
        None => state.fresh_id("e"),
        Some(_) => return Err(Refusal::invalid("body/identifier must be string")),
    };
    identifier::check(Kind::Entity, &identifier)?;
    let earlier = state.entity(blueprint, &identifier);
    if earlier.is_some() && !request.flag("upsert") {
        return Err(Refusal::taken("Entity", &identifier));
    }
    let base = if request.flag("merge") { earlier.cloned() } else { None };
    let entity = compose(blueprint, &identifier, base, body)?;
    Ok(ApiAnswer::created(write(state, request, blueprint, entity)?))
}

/// `GET /v1/blueprints/{blueprint}/entities/{identifier}`
pub(super) fn read(state: &State, blueprint: &str, identifier: &str) -> Result<ApiAnswer, Refusal> {
    Ok(ApiAnswer::ok(json!({"ok": true, "entity": known(state, blueprint, identifier)?})))
}

/// `PATCH /v1/blueprints/{blueprint}/entities/{identifier}`
pub(super) fn merge(
    state: &mut State,
    request: &Request,
    blueprint: &str,
    identifier: &str,
) -> Result<ApiAnswer, Refusal> {
    let body = object(&request.body)?;
    only(&body, &KEYS)?;
    change(state, request, blueprint, body, Some(known(state, blueprint, identifier)?.clone()), identifier)
}

/// `PUT /v1/blueprints/{blueprint}/entities/{identifier}`
pub(super) fn replace(
    state: &mut State,
    request: &Request,
    blueprint: &str,
    identifier: &str,
) -> Result<ApiAnswer, Refusal> {
    let body = object(&request.body)?;
    known(state, blueprint, identifier)?;
    change(state, request, blueprint, body, None, identifier)
}

/// `DELETE /v1/blueprints/{blueprint}/entities/{identifier}`. The status for an entity that others need is
/// undocumented; 422 is the only documented one that fits.
pub(super) fn delete(
    state: &mut State,
    request: &Request,
    blueprint: &str,
    identifier: &str,
) -> Result<ApiAnswer, Refusal> {
    known(state, blueprint, identifier)?;
    state.tie(request.param("run_id"))?;
    let doomed = relation::dependents(state, blueprint, identifier);
    if !doomed.is_empty() && !request.flag("delete_dependents") {
        return Err(Refusal::invalid(format!("entity \"{identifier}\" has {} dependent entities", doomed.len())));
    }
    for key in doomed {
        state.entities.remove(&key);
    }
    state.entities.remove(&(blueprint.to_owned(), identifier.to_owned()));
    Ok(ApiAnswer::ok(json!({"ok": true})))
}

/// Adds or replaces an entity without checking it.
pub(super) fn put_unchecked(state: &mut State, blueprint: &str, document: Value) {
    let Some((identifier, document)) = identified(document) else { return };
    if let Ok(mut entity) = compose(blueprint, &identifier, None, document) {
        state.stamp(&mut entity, None);
        state.entities.insert((blueprint.to_owned(), identifier), entity);
    }
}

fn known<'a>(state: &'a State, blueprint: &str, identifier: &str) -> Result<&'a Object, Refusal> {
    state.known_blueprint(blueprint)?;
    state.entity(blueprint, identifier).ok_or_else(|| Refusal::not_found("Entity", identifier))
}

fn change(
    state: &mut State,
    request: &Request,
    blueprint: &str,
    mut body: Object,
    base: Option<Object>,
    identifier: &str,
) -> Result<ApiAnswer, Refusal> {
    state.tie(request.param("run_id"))?;
    if body.remove("identifier").is_some_and(|renamed| renamed != identifier) {
        return Err(Refusal::invalid("the fake does not rename entities"));
    }
    let entity = compose(blueprint, identifier, base, body)?;
    Ok(ApiAnswer::ok(write(state, request, blueprint, entity)?))
}

/// Merges what a caller wrote into the existing entity. Unknown keys are accepted and dropped.
fn compose(blueprint: &str, identifier: &str, base: Option<Object>, mut body: Object) -> Result<Object, Refusal> {
    let base = base.unwrap_or_default();
    let mut take = |key: &str| body.remove(key).or_else(|| base.get(key).cloned());
    let mut entity = Object::new();
    entity.insert("identifier".to_owned(), identifier.into());
    entity.insert("title".to_owned(), optional_text(take("title"), "title")?.unwrap_or_else(|| identifier.into()));
    if let Some(icon) = optional_text(take("icon"), "icon")? {
        entity.insert("icon".to_owned(), icon);
    }
    entity.insert("blueprint".to_owned(), blueprint.into());
    entity.insert("team".to_owned(), team(take("team"))?);
    for key in ["properties", "relations"] {
        let mut values = base.get(key).and_then(Value::as_object).cloned().unwrap_or_default();
        match body.remove(key) {
            None => {}
            Some(Value::Object(written)) => values.extend(written),
            Some(_) => return Err(Refusal::invalid(format!("body/{key} must be object"))),
        }
        entity.insert(key.to_owned(), values.into());
    }
    Ok(entity)
}

fn optional_text(value: Option<Value>, key: &str) -> Result<Option<Value>, Refusal> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.into())),
        Some(_) => Err(Refusal::invalid(format!("body/{key} must be string"))),
    }
}

fn team(value: Option<Value>) -> Result<Value, Refusal> {
    match value {
        None | Some(Value::Null) => Ok(json!([])),
        Some(Value::String(team)) => Ok(json!([team])),
        Some(Value::Array(teams)) if teams.iter().all(Value::is_string) => Ok(teams.into()),
        Some(_) => Err(Refusal::invalid("body/team must be string or array of strings")),
    }
}

/// Checks an entity against its blueprint and stores it, unless only the check was requested.
fn write(state: &mut State, request: &Request, blueprint: &str, mut entity: Object) -> Result<Value, Refusal> {
    let document = state.known_blueprint(blueprint)?.clone();
    check_properties(&document, &entity)?;
    let absent = relation::check(state, &document, &entity)?;
    if let Some((target, identifier)) = absent.first()
        && !request.flag("create_missing_related_entities")
    {
        return Err(Refusal::not_found(&format!("Entity of blueprint \"{target}\""), identifier));
    }
    let identifier = entity.get("identifier").and_then(Value::as_str).unwrap_or_default().to_owned();
    state.stamp(&mut entity, state.entity(blueprint, &identifier));
    let answer = json!({"ok": true, "entity": entity});
    if !request.flag("validation_only") {
        for (target, identifier) in absent {
            put_unchecked(state, &target, json!({"identifier": identifier}));
        }
        state.entities.insert((blueprint.to_owned(), identifier), entity);
    }
    Ok(answer)
}

fn check_properties(blueprint: &Object, entity: &Object) -> Result<(), Refusal> {
    let nothing = Object::new();
    let schema = blueprint.get("schema");
    let part = |key: &str| schema.and_then(|schema| schema.get(key));
    let declared = part("properties").and_then(Value::as_object).unwrap_or(&nothing);
    let required: Vec<&str> =
        part("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let values = entity.get("properties").and_then(Value::as_object).unwrap_or(&nothing);
    Refusal::unless_empty(&schema::misfits(declared, &required, values, Nulls::Allowed))
}
