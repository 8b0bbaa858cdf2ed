//! The log of a run. A line can close the run.

use serde_json::{Value, json};

use super::answer::{ApiAnswer, Object, Refusal, choice, object, only, text};
use super::state::State;
use crate::server::Request;

/// The most lines in one answer.
const PAGE: usize = 50;

/// `POST /v1/actions/runs/{id}/logs`. A closed run still accepts a line without `terminationStatus`: Port says only
/// that the status can be set once.
pub(super) fn append(state: &mut State, request: &Request, id: &str) -> Result<ApiAnswer, Refusal> {
    let body = object(&request.body)?;
    only(&body, &["message", "terminationStatus", "statusLabel"])?;
    let message =
        text(&body, "message")?.ok_or_else(|| Refusal::invalid("body must have required property message"))?;
    let status = choice(&body, "terminationStatus", &["SUCCESS", "FAILURE"])?;
    let label = text(&body, "statusLabel")?;
    let author = state.author();
    let log_id = state.fresh_id("rl");
    let mut change = Object::new();
    if let Some(status) = status {
        change.insert("status".to_owned(), status.into());
    }
    if let Some(label) = label {
        change.insert("statusLabel".to_owned(), label.into());
    }
    let mut line = Value::Null;
    state.change_run(id, |run| {
        if !change.is_empty() {
            run.refuse_closed()?;
            run.set(change, &author);
        }
        line = run.log(&log_id, message, &author);
        Ok(())
    })?;
    Ok(ApiAnswer::created(json!({"ok": true, "runLog": line})))
}

/// `GET /v1/actions/runs/{id}/logs`
pub(super) fn list(state: &State, request: &Request, id: &str) -> Result<ApiAnswer, Refusal> {
    let number = |name: &str| match request.param(name).map(str::parse::<usize>) {
        None => Ok(None),
        Some(Ok(number)) => Ok(Some(number)),
        Some(Err(_)) => Err(Refusal::invalid(format!("querystring/{name} must be number"))),
    };
    let limit = number("limit")?.unwrap_or(PAGE);
    if limit > PAGE {
        return Err(Refusal::invalid(format!("querystring/limit must be <= {PAGE}")));
    }
    let logs = &state.known_run(id)?.logs;
    let page: Vec<&Value> = logs.iter().skip(number("offset")?.unwrap_or(0)).take(limit).collect();
    Ok(ApiAnswer::ok(json!({"ok": true, "runLogs": page})))
}
