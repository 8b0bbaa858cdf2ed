//! Node runs of workflows, as far as Port's agent reveals them. Port's reference does not mention them.

use serde_json::{Value, json};

use super::answer::{ApiAnswer, Object, Refusal, choice, object, only, text};
use super::state::State;
use crate::clock;
use crate::server::Request;

/// `PATCH /v1/workflows/nodes/runs/{id}`
pub(super) fn update(state: &mut State, request: &Request, id: &str) -> Result<ApiAnswer, Refusal> {
    let body = object(&request.body)?;
    only(&body, &["status", "result", "output", "links", "externalRunId", "logs"])?;
    let status = choice(&body, "status", &["IN_PROGRESS", "COMPLETED"])?;
    choice(&body, "result", &["SUCCESS", "FAILED", "CANCELLED"])?;
    text(&body, "externalRunId")?;
    let ended = (status == Some("COMPLETED")).then(clock::now);
    let run = known(state, id)?;
    refuse_closed(run, id)?;
    for (key, value) in body {
        match (run.get_mut(&key), value) {
            (Some(Value::Array(logs)), Value::Array(more)) if key == "logs" => logs.extend(more),
            (_, value) => {
                run.insert(key, value);
            }
        }
    }
    if let Some(ended) = ended {
        run.insert("endedAt".to_owned(), ended.into());
    }
    Ok(ApiAnswer::ok(json!({"ok": true, "nodeRun": run})))
}

/// `POST /v1/workflows/nodes/runs/{id}/logs`
pub(super) fn append(state: &mut State, request: &Request, id: &str) -> Result<ApiAnswer, Refusal> {
    let body = object(&request.body)?;
    only(&body, &["logs"])?;
    let Some(lines) = body.get("logs").and_then(Value::as_array) else {
        return Err(Refusal::invalid("body must have required property logs, an array"));
    };
    for line in lines {
        let line = line.as_object().ok_or_else(|| Refusal::invalid("body/logs must hold objects"))?;
        text(line, "message")?.ok_or_else(|| Refusal::invalid("body/logs must have required property message"))?;
        choice(line, "level", &["DEBUG", "INFO", "WARN", "ERROR"])?;
    }
    let run = known(state, id)?;
    if let Some(Value::Array(logs)) = run.get_mut("logs") {
        logs.extend(lines.iter().cloned());
    }
    Ok(ApiAnswer::created(json!({"ok": true})))
}

/// Adds or replaces a node run that is in progress.
pub(super) fn put_unchecked(state: &mut State, id: &str) {
    let mut run = Object::new();
    run.insert("identifier".to_owned(), id.into());
    run.insert("status".to_owned(), "IN_PROGRESS".into());
    run.insert("logs".to_owned(), json!([]));
    state.node_runs.insert(id.to_owned(), run);
}

fn known<'a>(state: &'a mut State, id: &str) -> Result<&'a mut Object, Refusal> {
    state.node_runs.get_mut(id).ok_or_else(|| Refusal::not_found("Node run", id))
}

fn refuse_closed(run: &Object, id: &str) -> Result<(), Refusal> {
    if run.get("status") == Some(&json!("COMPLETED")) { Err(Refusal::closed("Node run", id)) } else { Ok(()) }
}
