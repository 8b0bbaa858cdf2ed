//! Runs of actions: started, looked up, closed.
//!
//! A run is closed by its status. Port says that a closed run "can no longer be modified", but not with which status it
//! refuses; here it is 422.

use serde_json::{Value, json};

use super::action;
use super::answer::{ApiAnswer, Object, Refusal, choice, object, only, text};
use super::documents::PortDocument;
use super::run::{Progress, StoredRun};
use super::schema::{self, Nulls};
use super::state::State;
use crate::server::Request;

/// The most runs in one answer.
const MOST: usize = 1000;

/// `POST /v1/actions/{identifier}/runs`, for the client or, with `run_as`, for a user.
pub(super) fn start(state: &mut State, request: &Request, identifier: &str) -> Result<ApiAnswer, Refusal> {
    let body = object(&request.body)?;
    only(&body, &["properties", "entity"])?;
    if let Some(email) = request.param("run_as") {
        state.documents.known(PortDocument::User, email)?;
    }
    begin(state, identifier, text(&body, "entity")?, &body, request.param("run_as"))
}

/// `POST /v1/blueprints/{b}[/entities/{e}]/actions/{a}/runs`, the call of the first generation. Its actions are known
/// by their own name or, as Port renamed them, with the blueprint as a prefix.
pub(super) fn start_legacy(
    state: &mut State,
    request: &Request,
    blueprint: &str,
    entity: Option<&str>,
    identifier: &str,
) -> Result<ApiAnswer, Refusal> {
    let body = object(&request.body)?;
    only(&body, &["properties"])?;
    state.known_blueprint(blueprint)?;
    let renamed = format!("{blueprint}_{identifier}");
    let is_renamed = state.documents.get(PortDocument::Action, &renamed).is_some();
    begin(state, if is_renamed { &renamed } else { identifier }, entity, &body, None)
}

/// `GET /v1/actions/runs`, newest first. Port does not document how it identifies users; here both filters compare with
/// the creator of the run.
pub(super) fn list(state: &State, request: &Request) -> Result<ApiAnswer, Refusal> {
    let limit = match request.param("limit").map(str::parse::<usize>) {
        None => usize::MAX,
        Some(Ok(limit)) if (1..=MOST).contains(&limit) => limit,
        Some(_) => return Err(Refusal::invalid(format!("querystring/limit must be a number from 1 to {MOST}"))),
    };
    let wanted = |name: &str, is: Option<&str>| request.admits(name, is);
    let mut runs: Vec<&StoredRun> = state
        .runs
        .values()
        .filter(|run| {
            wanted("entity", run.names("entity"))
                && wanted("blueprint", run.names("blueprint"))
                && wanted("action", run.names("action"))
                && wanted("external_run_id", run.document.get("externalRunId").and_then(Value::as_str))
                && wanted("source", Some(run.text("source")))
                && wanted("user_email", Some(run.text("createdBy")))
                && wanted("user_id", Some(run.text("createdBy")))
                && !(request.flag("active") && run.is_closed())
        })
        .collect();
    runs.sort_by_key(|run| std::cmp::Reverse(run.number));
    let excluded = |key: &str| request.params("exclude").any(|excluded| excluded == key);
    let shown = |run: &StoredRun| -> Object {
        run.document.iter().filter(|(key, _)| !excluded(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    let runs: Vec<Object> = runs.into_iter().take(limit).map(shown).collect();
    Ok(ApiAnswer::ok(json!({"ok": true, "runs": runs})))
}

/// `GET /v1/actions/runs/{id}`. A scripted run takes one step first.
pub(super) fn read(state: &mut State, id: &str) -> Result<ApiAnswer, Refusal> {
    advance(state, id);
    Ok(ApiAnswer::ok(json!({"ok": true, "run": state.known_run(id)?.document})))
}

/// `PATCH /v1/actions/runs/{id}`
pub(super) fn update(state: &mut State, request: &Request, id: &str) -> Result<ApiAnswer, Refusal> {
    let body = object(&request.body)?;
    only(&body, &["status", "statusLabel", "link", "message", "summary", "externalRunId"])?;
    choice(&body, "status", &["SUCCESS", "FAILURE"])?;
    for key in ["statusLabel", "summary", "externalRunId"] {
        text(&body, key)?;
    }
    if body.get("message").is_some_and(|message| !message.is_object()) {
        return Err(Refusal::invalid("body/message must be object"));
    }
    if !body.get("link").is_none_or(is_link) {
        return Err(Refusal::invalid("body/link must be string or array of strings"));
    }
    let author = state.author();
    let run = state.change_run(id, |run| {
        run.refuse_closed()?;
        run.set(body, &author);
        Ok(())
    })?;
    Ok(ApiAnswer::ok(json!({"ok": true, "run": run.document})))
}

/// `PATCH /v1/actions/runs/{id}/response`, which Port's own agent uses and the reference does not mention.
pub(super) fn respond(state: &mut State, request: &Request, id: &str) -> Result<ApiAnswer, Refusal> {
    let mut body = object(&request.body)?;
    only(&body, &["response"])?;
    let response = body.remove("response").unwrap_or_default();
    let author = state.author();
    let run = state.change_run(id, |run| {
        run.set(Object::from_iter([("response".to_owned(), response)]), &author);
        Ok(())
    })?;
    Ok(ApiAnswer::ok(json!({"ok": true, "run": run.document})))
}

/// Adds or replaces a run in progress, whether or not its action exists.
pub(super) fn put_unchecked(state: &mut State, id: &str, action: &str, blueprint: Option<&str>, entity: Option<&str>) {
    let run = compose(state, id, action, blueprint, entity);
    state.put_run(run);
}

/// Takes a step of a run, even if it is closed. Does nothing for a run that does not exist.
pub(super) fn take(state: &mut State, id: &str, step: Progress) {
    let (author, line_id) = (state.author(), state.fresh_id("rl"));
    // The only refusal is that of an unknown run.
    let _ = state.change_run(id, |run| {
        run.take(step, &line_id, &author);
        Ok(())
    });
}

/// Takes the next step of a run, if any are left.
fn advance(state: &mut State, id: &str) {
    if let Some(step) = state.runs.get_mut(id).and_then(|run| run.script.pop_front()) {
        take(state, id, step);
    }
}

/// Starts an action as [`start`] does, without a call. The run is to be published unless it needs approval.
pub(super) fn begin(
    state: &mut State,
    identifier: &str,
    entity: Option<&str>,
    body: &Object,
    user: Option<&str>,
) -> Result<ApiAnswer, Refusal> {
    let action = action::known(state, identifier)?.clone();
    let blueprint = action::blueprint(&action);
    let Some(Value::Object(properties)) = body.get("properties") else {
        return Err(Refusal::invalid("body must have required property properties, an object"));
    };
    if matches!(action::operation(&action), Some("DAY-2" | "DELETE")) {
        let entity = entity.ok_or_else(|| Refusal::invalid("body must have required property entity"))?;
        if blueprint.is_some_and(|blueprint| state.entity(blueprint, entity).is_none()) {
            return Err(Refusal::not_found("Entity", entity));
        }
    }
    check_inputs(&action, properties)?;
    let approval = action.get("requiredApproval").cloned().unwrap_or(Value::Bool(false));
    let waits = approval != Value::Bool(false);
    let id = state.fresh_id("r");
    let mut run = compose(state, &id, identifier, blueprint, entity);
    run.script = state.scripts.get(identifier).cloned().unwrap_or_default();
    let mut insert = |key: &str, value: Value| run.document.insert(key.to_owned(), value);
    if waits {
        insert("status", "WAITING_FOR_APPROVAL".into());
    }
    insert("requiredApproval", approval);
    insert("properties", properties.clone().into());
    if let Some(user) = user {
        insert("createdBy", user.into());
        insert("updatedBy", user.into());
        insert("impersonatedBy", state.author().into());
    }
    let answer = json!({"ok": true, "run": run.document});
    state.put_run(run);
    if !waits {
        state.make_due(&id);
    }
    Ok(ApiAnswer { status: 202, body: answer })
}

/// Makes a run in progress.
fn compose(state: &mut State, id: &str, action: &str, blueprint: Option<&str>, entity: Option<&str>) -> StoredRun {
    let about = |document: Option<&Object>, identifier: &str| {
        let of = |key: &str| document.and_then(|document| document.get(key)).cloned().unwrap_or_default();
        json!({"identifier": identifier, "title": of("title"), "icon": of("icon"), "deleted": false})
    };
    let known = |kind: PortDocument, identifier: &str| about(state.documents.get(kind, identifier), identifier);
    let mut document = Object::new();
    let mut insert = |key: &str, value: Value| document.insert(key.to_owned(), value);
    insert("id", id.into());
    insert("status", "IN_PROGRESS".into());
    insert("statusLabel", Value::Null);
    insert("action", known(PortDocument::Action, action));
    if let Some(blueprint) = blueprint {
        insert("blueprint", known(PortDocument::Blueprint, blueprint));
    }
    if let Some(entity) = entity {
        insert("entity", about(blueprint.and_then(|blueprint| state.entity(blueprint, entity)), entity));
    }
    insert("properties", json!({}));
    insert("source", "API".into());
    insert("requiredApproval", false.into());
    insert("link", json!([]));
    insert("endedAt", Value::Null);
    state.stamp(&mut document, None);
    StoredRun::new(document, state.tick())
}

/// Checks inputs against the form. What a form computes in the browser (`jqQuery`) is not checked.
fn check_inputs(action: &Object, values: &Object) -> Result<(), Refusal> {
    let Some(form) = action::inputs(action) else { return Ok(()) };
    let nothing = Object::new();
    let declared = form.get("properties").and_then(Value::as_object).unwrap_or(&nothing);
    let required: Vec<&str> =
        form.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    Refusal::unless_empty(&schema::misfits(declared, &required, values, Nulls::Refused))
}

fn is_link(link: &Value) -> bool {
    link.is_string() || link.as_array().is_some_and(|links| links.iter().all(Value::is_string))
}
