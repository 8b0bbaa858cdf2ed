//! Node runs of workflows. Port's integrations and its agent report `status`, `result`, `output`, `links` and
//! `externalRunId`, and send log lines to a call of their own; Port does not say what it answers to a second report.

use serde_json::{Value, json};

use super::answer::{ApiAnswer, Object, Refusal, choice, object, only, text};
use super::documents::PortDocument;
use super::state::State;
use crate::clock;
use crate::server::Request;

/// `PATCH /v1/workflows/nodes/runs/{id}`
pub(super) fn update(state: &mut State, request: &Request, id: &str) -> Result<ApiAnswer, Refusal> {
    let body = object(&request.body)?;
    only(&body, &["status", "result", "output", "links", "externalRunId"])?;
    let status = choice(&body, "status", &["IN_PROGRESS", "COMPLETED"])?;
    let result = choice(&body, "result", &["SUCCESS", "FAILED", "CANCELLED"])?;
    text(&body, "externalRunId")?;
    if status == Some("COMPLETED") && result.is_none() {
        return Err(Refusal::invalid("body must have required property result when status is COMPLETED"));
    }
    if body.get("output").is_some_and(|output| !output.is_object()) {
        return Err(Refusal::invalid("body/output must be object"));
    }
    let ended = (status == Some("COMPLETED")).then(clock::now);
    let earlier = known(state, id)?.clone();
    refuse_closed(&earlier, id)?;
    let mut run = earlier.clone();
    // The schema's default: a report without an output empties it.
    run.insert("output".to_owned(), json!({}));
    run.extend(body);
    if let Some(ended) = ended {
        run.insert("endedAt".to_owned(), ended.into());
    }
    let answer = json!({"ok": true, "nodeRun": run});
    state.put(PortDocument::NodeRun, Some(&earlier), Some(run));
    Ok(ApiAnswer::ok(answer))
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
    let earlier = known(state, id)?.clone();
    let mut run = earlier.clone();
    if let Some(Value::Array(logs)) = run.get_mut("logs") {
        logs.extend(lines.iter().cloned());
    }
    state.put(PortDocument::NodeRun, Some(&earlier), Some(run));
    Ok(ApiAnswer::created(json!({"ok": true})))
}

/// `GET /v1/workflows/runs/{id}`, with the node runs of the workflow's run.
pub(super) fn read_workflow_run(state: &State, id: &str) -> Result<ApiAnswer, Refusal> {
    let run = state.documents.known(PortDocument::WorkflowRun, id)?;
    let nodes = run.get("nodeRuns").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let node_runs: Vec<&Object> = nodes.filter_map(|node| state.documents.get(PortDocument::NodeRun, node)).collect();
    let is_open = node_runs.iter().any(|run| run.get("status") != Some(&json!("COMPLETED")));
    let status = if is_open { "IN_PROGRESS" } else { "COMPLETED" };
    Ok(ApiAnswer::ok(json!({"ok": true, "workflowRun": {"identifier": id, "status": status, "nodeRuns": node_runs}})))
}

/// Adds or replaces a node run that is in progress.
pub(super) fn put_unchecked(state: &mut State, id: &str) {
    let mut run = Object::new();
    run.insert("identifier".to_owned(), id.into());
    run.insert("status".to_owned(), "IN_PROGRESS".into());
    run.insert("logs".to_owned(), json!([]));
    let earlier = state.documents.get(PortDocument::NodeRun, id).cloned();
    state.put(PortDocument::NodeRun, earlier.as_ref(), Some(run));
}

/// Adds or replaces a run of a workflow, with the ids of its node runs.
pub(super) fn put_workflow_run(state: &mut State, id: &str, node_runs: &[&str]) {
    let run = [("identifier".to_owned(), id.into()), ("nodeRuns".to_owned(), json!(node_runs))];
    let earlier = state.documents.get(PortDocument::WorkflowRun, id).cloned();
    state.put(PortDocument::WorkflowRun, earlier.as_ref(), Some(Object::from_iter(run)));
}

fn known<'a>(state: &'a State, id: &str) -> Result<&'a Object, Refusal> {
    state.documents.known(PortDocument::NodeRun, id)
}

fn refuse_closed(run: &Object, id: &str) -> Result<(), Refusal> {
    if run.get("status") == Some(&json!("COMPLETED")) { Err(Refusal::closed("Node run", id)) } else { Ok(()) }
}
