//! The routes: which call belongs to a method and a path.

use percent_encoding::percent_decode_str;
use serde_json::json;

use super::answer::{ApiAnswer, Refusal, object};
use super::state::State;
use super::{
    action, approval, blueprint, entity, kafka_credentials, log, node_run, page, people, runs, search, workflow,
};
use crate::server::Request;

/// The largest body that Port reads.
const LARGEST_BODY: usize = 1024 * 1024;

/// Carries out a call.
pub(super) fn dispatch(state: &mut State, request: &Request) -> ApiAnswer {
    route(state, request).unwrap_or_else(ApiAnswer::from)
}

fn route(state: &mut State, request: &Request) -> Result<ApiAnswer, Refusal> {
    if request.body.len() > LARGEST_BODY {
        return Err(Refusal::too_large());
    }
    let segments = segments(&request.path).ok_or_else(|| Refusal::no_route(request))?;
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let Some((&"v1", path)) = segments.split_first() else { return Err(Refusal::no_route(request)) };
    let method = request.method.as_str();
    if let ("POST", ["auth", "access_token"]) = (method, path) {
        return state.tokens.issue(&object(&request.body)?, &state.credentials);
    }
    if !state.tokens.admits(request.header("authorization")) {
        return Err(Refusal::unauthorized("the access token is missing, unknown or expired"));
    }
    match (method, path) {
        ("GET", ["organization"]) => Ok(organization()),

        ("POST", ["blueprints"]) => blueprint::create(state, request),
        ("GET", ["blueprints"]) => Ok(blueprint::list(state)),
        ("GET", ["blueprints", b]) => blueprint::read(state, b),
        ("PUT", ["blueprints", b]) => blueprint::replace(state, request, b),
        ("PATCH", ["blueprints", b]) => blueprint::merge(state, request, b),
        ("DELETE", ["blueprints", b]) => blueprint::delete(state, request, b),

        ("DELETE", ["blueprints", b, "all-entities"]) => blueprint::delete_entities(state, request, b),
        ("GET", ["migrations", id]) => blueprint::read_migration(state, id),

        ("POST", ["entities", "search"]) => search::of_all(state, request),
        ("POST", ["blueprints", b, "entities"]) => entity::create(state, request, b),
        ("GET", ["blueprints", b, "entities"]) => entity::list(state, request, b),
        ("GET", ["blueprints", b, "entities-count"]) => entity::count(state, b),
        ("POST", ["blueprints", b, "entities", "search"]) => search::of_blueprint(state, request, b),
        ("GET", ["blueprints", b, "entities", e]) => entity::read(state, request, b, e),
        ("PATCH", ["blueprints", b, "entities", e]) => entity::merge(state, request, b, e),
        ("PUT", ["blueprints", b, "entities", e]) => entity::replace(state, request, b, e),
        ("DELETE", ["blueprints", b, "entities", e]) => entity::delete(state, request, b, e),

        // Before the actions themselves, because `runs` is not an action.
        ("GET", ["actions", "runs"]) => runs::list(state, request),
        ("GET", ["actions", "runs", id]) => runs::read(state, id),
        ("PATCH", ["actions", "runs", id]) => runs::update(state, request, id),
        ("PATCH", ["actions", "runs", id, "approval"]) => approval::decide(state, request, id),
        ("GET", ["actions", "runs", id, "approvers"]) => approval::approvers(state, request, id),
        ("PATCH", ["actions", "runs", id, "response"]) => runs::respond(state, request, id),
        ("POST", ["actions", "runs", id, "logs"]) => log::append(state, request, id),
        ("GET", ["actions", "runs", id, "logs"]) => log::list(state, request, id),

        ("POST", ["actions"]) => action::create(state, request),
        ("GET", ["actions"]) => Ok(action::list(state, request)),
        ("GET", ["actions", a]) => action::read(state, a),
        ("PUT", ["actions", a]) => action::replace(state, request, a),
        ("DELETE", ["actions", a]) => action::delete(state, a),

        ("POST", ["actions", a, "runs"]) => runs::start(state, request, a),
        ("POST", ["blueprints", b, "actions", a, "runs"]) => runs::start_legacy(state, request, b, None, a),
        ("POST", ["blueprints", b, "entities", e, "actions", a, "runs"]) => {
            runs::start_legacy(state, request, b, Some(e), a)
        }

        ("PATCH", ["workflows", "nodes", "runs", id]) => node_run::update(state, request, id),
        ("POST", ["workflows", "nodes", "runs", id, "logs"]) => node_run::append(state, request, id),
        ("GET", ["workflows", "runs", id]) => node_run::read_workflow_run(state, id),

        ("POST", ["workflows"]) => workflow::create(state, request),
        ("GET", ["workflows"]) => Ok(workflow::list(state)),
        ("GET", ["workflows", w]) => workflow::read(state, w),
        ("PUT", ["workflows", w]) => workflow::replace(state, request, w),
        ("DELETE", ["workflows", w]) => workflow::delete(state, w),

        ("GET", ["pages"]) => Ok(page::list(state)),
        ("POST", ["pages"]) => page::create(state, request),
        ("GET", ["pages", p]) => page::read(state, p),
        ("PUT", ["pages", p]) => page::replace(state, request, p),
        ("PATCH", ["pages", p]) => page::merge(state, request, p),
        ("DELETE", ["pages", p]) => page::delete(state, p),

        ("GET", ["users"]) => Ok(people::list_users(state, request)),
        ("GET", ["users", email]) => people::read_user(state, request, email),
        ("GET", ["teams"]) => Ok(people::list_teams(state, request)),
        ("GET", ["teams", name]) => people::read_team(state, request, name),
        ("GET", ["kafka-credentials"]) => kafka_credentials::read(state),
        _ => Err(Refusal::no_route(request)),
    }
}

/// Names the organisation that this Port is for.
fn organization() -> ApiAnswer {
    ApiAnswer::ok(json!({"ok": true, "organization": {"id": "org_example", "name": "On this machine"}}))
}

/// Returns the path's segments: split first and decoded afterwards, so that an identifier may contain a slash.
pub(super) fn segments(path: &str) -> Option<Vec<String>> {
    let decode = |segment: &str| percent_decode_str(segment).decode_utf8().ok().map(std::borrow::Cow::into_owned);
    path.strip_prefix('/')?.split('/').map(decode).collect()
}
