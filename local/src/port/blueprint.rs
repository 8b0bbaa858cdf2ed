//! Blueprints: created, changed, merged, renamed, deleted.

use serde_json::{Value, json};

use super::answer::{ApiAnswer, Object, Refusal, object, only, text};
use super::default;
use super::documents::PortDocument;
use super::identifier::{self, Kind, is_key};
use super::state::State;
use super::{page, rename};
use crate::server::Request;

/// The keys of a relation; Port accepts no others.
const RELATION: [&str; 6] = ["title", "description", "target", "required", "many", "type"];

const TYPES: [&str; 5] = ["string", "number", "boolean", "object", "array"];

/// `POST /v1/blueprints`. The catalogue gets a page of it, unless the caller wants none.
pub(super) fn create(state: &mut State, request: &Request) -> Result<ApiAnswer, Refusal> {
    let body = object(&request.body)?;
    let identifier = text(&body, "identifier")?.unwrap_or_default().to_owned();
    check(state, &body)?;
    state.documents.free(PortDocument::Blueprint, &identifier)?;
    let answer = put(state, None, body);
    if request.param("create_catalog_page") != Some("false") {
        page::create_for(state, &identifier);
    }
    Ok(ApiAnswer::created(answer))
}

/// `GET /v1/blueprints`
pub(super) fn list(state: &State) -> ApiAnswer {
    ApiAnswer::ok(json!({"ok": true, "blueprints": state.documents.values(PortDocument::Blueprint)}))
}

/// `GET /v1/blueprints/{identifier}`
pub(super) fn read(state: &State, identifier: &str) -> Result<ApiAnswer, Refusal> {
    Ok(ApiAnswer::ok(json!({"ok": true, "blueprint": state.known_blueprint(identifier)?})))
}

/// `PUT /v1/blueprints/{identifier}`: the new document replaces the old one, and may have another identifier.
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
    remove(state, identifier, request.flag("delete_actions"));
    Ok(ApiAnswer::ok(json!({"ok": true})))
}

/// `DELETE /v1/blueprints/{identifier}/all-entities`, and with `delete_blueprint` also the blueprint. Port does that in
/// the background and gives an id to ask for; here it is done when the answer comes.
pub(super) fn delete_entities(state: &mut State, request: &Request, identifier: &str) -> Result<ApiAnswer, Refusal> {
    state.known_blueprint(identifier)?;
    state.tie(request.param("run_id"))?;
    let doomed: Vec<Object> =
        state.entities.iter().filter(|((of, _), _)| of == identifier).map(|(_, entity)| entity.clone()).collect();
    for entity in &doomed {
        state.put_entity(Some(entity), None, request.param("run_id"));
    }
    let with_blueprint = request.flag("delete_blueprint");
    if with_blueprint {
        remove(state, identifier, false);
    }
    let id = state.fresh_id("migration");
    let mut migration = Object::from_iter([
        ("id".to_owned(), id.clone().into()),
        ("actor".to_owned(), state.author().into()),
        ("sourceBlueprint".to_owned(), identifier.into()),
        ("status".to_owned(), "COMPLETED".into()),
        ("deleteBlueprint".to_owned(), with_blueprint.into()),
        ("deleteEntities".to_owned(), true.into()),
        ("successCount".to_owned(), doomed.len().into()),
        ("failureCount".to_owned(), 0.into()),
    ]);
    state.stamp(&mut migration, None);
    state.put(PortDocument::Migration, None, Some(migration));
    Ok(ApiAnswer::ok(json!({"ok": true, "migrationId": id})))
}

/// `GET /v1/migrations/{id}`
pub(super) fn read_migration(state: &State, id: &str) -> Result<ApiAnswer, Refusal> {
    Ok(ApiAnswer::ok(json!({"ok": true, "migration": state.documents.known(PortDocument::Migration, id)?})))
}

/// Adds or replaces a blueprint without checking it.
pub(super) fn put_unchecked(state: &mut State, document: Value) {
    if let Value::Object(mut document) = document {
        default::fill_blueprint(&mut document);
        state.put_unless_known(PortDocument::Blueprint, document);
    }
}

/// Removes a blueprint with its pages.
fn remove(state: &mut State, identifier: &str, with_actions: bool) {
    let of_kind = |kind: PortDocument, is_doomed: &dyn Fn(&Object) -> bool| -> Vec<Object> {
        state.documents.all(kind).filter(|document| is_doomed(document)).cloned().collect()
    };
    let mut doomed = vec![
        (PortDocument::Page, of_kind(PortDocument::Page, &|page| page::blueprint(page) == Some(identifier))),
        (
            PortDocument::Blueprint,
            of_kind(PortDocument::Blueprint, &|one| PortDocument::Blueprint.identifier(one) == Some(identifier)),
        ),
    ];
    if with_actions {
        let of = |action: &Object| super::action::blueprint(action) == Some(identifier);
        doomed.push((PortDocument::Action, of_kind(PortDocument::Action, &of)));
    }
    for (kind, documents) in doomed {
        for document in documents {
            state.put(kind, Some(&document), None);
        }
    }
}

fn change(state: &mut State, identifier: &str, mut body: Object) -> Result<ApiAnswer, Refusal> {
    let earlier = state.known_blueprint(identifier)?.clone();
    body.entry("identifier").or_insert_with(|| identifier.into());
    let renamed = text(&body, "identifier")?.unwrap_or_default().to_owned();
    if renamed != identifier {
        state.documents.free(PortDocument::Blueprint, &renamed)?;
        // It may refer to itself by either name.
        rename::in_blueprint(&mut body, identifier, &renamed);
    }
    check(state, &body)?;
    let answer = put(state, Some(&earlier), body);
    if renamed != identifier {
        rename::blueprint(state, identifier, &renamed);
    }
    Ok(ApiAnswer::ok(answer))
}

fn put(state: &mut State, earlier: Option<&Object>, mut body: Object) -> Value {
    default::fill_blueprint(&mut body);
    state.stamp(&mut body, earlier);
    let answer = json!({"ok": true, "blueprint": body});
    state.put(PortDocument::Blueprint, earlier, Some(body));
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
