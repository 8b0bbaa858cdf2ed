//! Entities: created, replaced, merged, renamed, deleted. Queries in the place of an identifier are not implemented.

use serde_json::{Value, json};

use super::answer::{ApiAnswer, Object, Refusal, object, only};
use super::identifier::{self, Kind};
use super::schema::{self, Nulls};
use super::state::State;
use super::view::View;
use super::{relation, rename};
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
    let earlier = state.entity(blueprint, &identifier).cloned();
    if earlier.is_some() && !request.flag("upsert") {
        return Err(Refusal::taken("Entity", &identifier));
    }
    let base = if request.flag("merge") { earlier.clone() } else { None };
    let entity = compose(blueprint, &identifier, base, body)?;
    Ok(ApiAnswer::created(write(state, request, blueprint, earlier.as_ref(), entity)?))
}

/// `GET /v1/blueprints/{blueprint}/entities`
pub(super) fn list(state: &State, request: &Request, blueprint: &str) -> Result<ApiAnswer, Refusal> {
    state.known_blueprint(blueprint)?;
    let view = View::of_query(request);
    let entities: Vec<Object> = of_blueprint(state, blueprint).map(|entity| view.of(entity)).collect();
    Ok(ApiAnswer::ok(json!({"ok": true, "entities": entities})))
}

/// `GET /v1/blueprints/{blueprint}/entities-count`
pub(super) fn count(state: &State, blueprint: &str) -> Result<ApiAnswer, Refusal> {
    state.known_blueprint(blueprint)?;
    Ok(ApiAnswer::ok(json!({"ok": true, "count": of_blueprint(state, blueprint).count()})))
}

/// Returns the entities of a blueprint, by identifier.
pub(super) fn of_blueprint<'a>(state: &'a State, blueprint: &str) -> impl Iterator<Item = &'a Object> {
    state.entities.iter().filter(move |((of, _), _)| of == blueprint).map(|(_, entity)| entity)
}

/// `GET /v1/blueprints/{blueprint}/entities/{identifier}`
pub(super) fn read(state: &State, request: &Request, blueprint: &str, identifier: &str) -> Result<ApiAnswer, Refusal> {
    let entity = View::of_query(request).of(known(state, blueprint, identifier)?);
    Ok(ApiAnswer::ok(json!({"ok": true, "entity": entity})))
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
    for key in doomed.into_iter().chain([(blueprint.to_owned(), identifier.to_owned())]) {
        if let Some(entity) = state.entities.get(&key).cloned() {
            state.put_entity(Some(&entity), None, request.param("run_id"));
        }
    }
    Ok(ApiAnswer::ok(json!({"ok": true})))
}

/// Adds or replaces an entity without checking it.
pub(super) fn put_unchecked(state: &mut State, blueprint: &str, document: Value, run: Option<&str>) {
    let Value::Object(document) = document else { return };
    let Some(identifier) = document.get("identifier").and_then(Value::as_str).map(str::to_owned) else { return };
    if let Ok(mut entity) = compose(blueprint, &identifier, None, document) {
        let earlier = state.entity(blueprint, &identifier).cloned();
        state.stamp(&mut entity, None);
        state.put_entity(earlier.as_ref(), Some(entity), run);
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
    let earlier = known(state, blueprint, identifier)?.clone();
    let renamed = match body.remove("identifier") {
        None | Some(Value::Null) => identifier.to_owned(),
        Some(Value::String(renamed)) => renamed,
        Some(_) => return Err(Refusal::invalid("body/identifier must be string")),
    };
    let is_renamed = renamed != identifier;
    if is_renamed {
        identifier::check(Kind::Entity, &renamed)?;
        if state.entity(blueprint, &renamed).is_some() {
            return Err(Refusal::taken("Entity", &renamed));
        }
    }
    let entity = compose(blueprint, &renamed, base, body)?;
    let answer = write(state, request, blueprint, Some(&earlier), entity)?;
    if is_renamed {
        rename::entity(state, blueprint, identifier, &renamed);
    }
    Ok(ApiAnswer::ok(answer))
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
            None | Some(Value::Null) => {}
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

/// Checks an entity against its blueprint and puts it in the place of an earlier one, unless only the check was
/// requested. Explicit nulls are kept.
fn write(
    state: &mut State,
    request: &Request,
    blueprint: &str,
    earlier: Option<&Object>,
    mut entity: Object,
) -> Result<Value, Refusal> {
    let document = state.known_blueprint(blueprint)?.clone();
    check_properties(&document, &entity)?;
    let absent = relation::check(state, &document, &entity)?;
    if let Some((target, identifier)) = absent.first()
        && !request.flag("create_missing_related_entities")
    {
        return Err(Refusal::not_found(&format!("Entity of blueprint \"{target}\""), identifier));
    }
    state.stamp(&mut entity, earlier);
    let answer = json!({"ok": true, "entity": entity});
    if !request.flag("validation_only") {
        let run = request.param("run_id");
        for (target, identifier) in absent {
            put_unchecked(state, &target, json!({"identifier": identifier}), run);
        }
        state.put_entity(earlier, Some(entity), run);
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
