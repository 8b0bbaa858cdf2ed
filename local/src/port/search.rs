//! The searches for entities: of one blueprint, in pages, and of all.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::answer::{ApiAnswer, Object, Refusal, object, only, text};
use super::entity;
use super::query::Query;
use super::state::State;
use super::view::View;
use crate::server::Request;

/// The number of entities in an answer, unless the caller sets one.
const LIMIT: u64 = 200;

/// The largest number of entities in an answer.
const LARGEST_LIMIT: u64 = 1000;

/// `POST /v1/blueprints/{blueprint}/entities/search`. If more entities are left, the answer has `next`, which the next
/// call gives as `from`.
pub(super) fn of_blueprint(state: &State, request: &Request, blueprint: &str) -> Result<ApiAnswer, Refusal> {
    let body = object(&request.body)?;
    only(&body, &["query", "include", "exclude", "limit", "from"])?;
    state.known_blueprint(blueprint)?;
    let (limit, view) = (limit(&body)?, View::of_body(&body)?);
    let from = text(&body, "from")?.unwrap_or_default();
    let query = body.get("query").map(|query| Query::parse(state, query)).transpose()?;
    let found = entity::of_blueprint(state, blueprint)
        .filter(|entity| identifier(entity) > from)
        .filter(|entity| query.as_ref().is_none_or(|query| query.matches(state, entity)));
    let mut found: Vec<&Object> = found.take(limit + 1).collect();
    let is_last = found.len() <= limit;
    found.truncate(limit);
    let entities: Vec<Object> = found.iter().map(|entity| view.of(entity)).collect();
    let mut answer = json!({"ok": true, "entities": entities});
    if let (false, Some(last)) = (is_last, found.last()) {
        answer["next"] = identifier(last).into();
    }
    Ok(ApiAnswer::ok(answer))
}

/// `POST /v1/entities/search`
pub(super) fn of_all(state: &State, request: &Request) -> Result<ApiAnswer, Refusal> {
    let query = Query::parse(state, &Value::Object(object(&request.body)?))?;
    let view = View::of_query(request);
    let found: Vec<&Object> = state.entities.values().filter(|entity| query.matches(state, entity)).collect();
    let blueprints: BTreeSet<&str> =
        found.iter().filter_map(|entity| entity.get("blueprint").and_then(Value::as_str)).collect();
    let entities: Vec<Object> = found.iter().map(|entity| view.of(entity)).collect();
    Ok(ApiAnswer::ok(json!({"ok": true, "matchingBlueprints": blueprints, "entities": entities})))
}

fn identifier(entity: &Object) -> &str {
    entity.get("identifier").and_then(Value::as_str).unwrap_or_default()
}

fn limit(body: &Object) -> Result<usize, Refusal> {
    let limit = body.get("limit").map_or(Some(LIMIT), Value::as_u64);
    let limit = limit.filter(|limit| (1..=LARGEST_LIMIT).contains(limit)).and_then(|limit| limit.try_into().ok());
    limit.ok_or_else(|| Refusal::invalid(format!("body/limit must be a number from 1 to {LARGEST_LIMIT}")))
}
