//! Paths under `/_local/`, with which a script in another process prepares the fake and inspects it. They need no
//! token, are not recorded as calls, and never fail on purpose.

use serde_json::{Value, json};

use super::answer::{ApiAnswer, Object, Refusal, object, text};
use super::documents::PortDocument;
use super::state::State;
use super::{action, blueprint, entity, node_run, people, route, runs};
use crate::server::Request;

/// Carries out a call.
pub(super) fn dispatch(state: &mut State, request: &Request) -> ApiAnswer {
    dispatch_checked(state, request).unwrap_or_else(ApiAnswer::from)
}

fn dispatch_checked(state: &mut State, request: &Request) -> Result<ApiAnswer, Refusal> {
    let segments = route::segments(&request.path).ok_or_else(|| Refusal::no_route(request))?;
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match (request.method.as_str(), segments.as_slice()) {
        ("GET", ["_local", "health"]) => Ok(ApiAnswer::ok(json!({"ok": true}))),
        ("GET", ["_local", "state"]) => Ok(ApiAnswer::ok(snapshot(state))),
        ("POST", ["_local", "runs"]) => {
            let body = object(&request.body)?;
            let blueprint = optional(&body, "blueprint")?;
            let entity = optional(&body, "entity")?;
            runs::put_unchecked(state, required(&body, "id")?, required(&body, "action")?, blueprint, entity);
            Ok(added())
        }
        ("POST", ["_local", "node-runs"]) => {
            node_run::put_unchecked(state, required(&object(&request.body)?, "id")?);
            Ok(added())
        }
        ("POST", ["_local", "blueprints"]) => {
            blueprint::put_unchecked(state, document(request)?);
            Ok(added())
        }
        ("POST", ["_local", "actions"]) => {
            action::put_unchecked(state, document(request)?);
            Ok(added())
        }
        ("POST", ["_local", "entities", blueprint]) => {
            entity::put_unchecked(state, blueprint, document(request)?, None);
            Ok(added())
        }
        ("POST", ["_local", "users"]) => {
            let body = object(&request.body)?;
            required(&body, "email")?;
            people::put_user(state, Value::Object(body));
            Ok(added())
        }
        _ => Err(Refusal::no_route(request)),
    }
}

fn added() -> ApiAnswer {
    ApiAnswer::created(json!({"ok": true}))
}

fn document(request: &Request) -> Result<Value, Refusal> {
    let body = object(&request.body)?;
    required(&body, "identifier")?;
    Ok(Value::Object(body))
}

fn required<'a>(body: &'a Object, key: &str) -> Result<&'a str, Refusal> {
    text(body, key)?.ok_or_else(|| Refusal::invalid(format!("body must have required property {key}")))
}

/// Returns an optional text. Null counts as absent: a script without an entity writes null.
fn optional<'a>(body: &'a Object, key: &str) -> Result<Option<&'a str>, Refusal> {
    if body.get(key).is_some_and(Value::is_null) { Ok(None) } else { text(body, key) }
}

/// Returns everything that another process may want to see.
fn snapshot(state: &State) -> Value {
    let runs: Vec<Value> = state.runs.values().map(|run| Value::Object(run.document.clone())).collect();
    let logs: Object = state.runs.iter().map(|(id, run)| (id.clone(), run.logs.clone().into())).collect();
    let calls: Vec<Value> = state
        .calls
        .all()
        .into_iter()
        .map(|call| {
            json!({"at": call.at, "method": call.method, "path": call.path, "query": call.query, "body": call.body,
                   "status": call.status, "connection": call.connection})
        })
        .collect();
    json!({
        "blueprints": state.documents.values(PortDocument::Blueprint),
        "actions": state.documents.values(PortDocument::Action),
        "entities": state.entities.values().collect::<Vec<_>>(),
        "runs": runs,
        "runLogs": logs,
        "nodeRuns": state.documents.values(PortDocument::NodeRun),
        "calls": calls,
    })
}
