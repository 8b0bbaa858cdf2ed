//! Actions of Port's second generation: created, changed, renamed, deleted, looked up.

use serde_json::{Value, json};

use super::answer::{ApiAnswer, Object, Refusal, object, only, text};
use super::default;
use super::documents::PortDocument;
use super::identifier::{self, Kind};
use super::rename;
use super::state::State;
use crate::server::Request;

const KEYS: [&str; 10] = [
    "identifier",
    "title",
    "icon",
    "description",
    "trigger",
    "invocationMethod",
    "requiredApproval",
    "approvalNotification",
    "publish",
    "allowAnyoneToViewRuns",
];

/// `POST /v1/actions`
pub(super) fn create(state: &mut State, request: &Request) -> Result<ApiAnswer, Refusal> {
    let body = object(&request.body)?;
    let identifier = check(state, &body)?;
    state.documents.free(PortDocument::Action, &identifier)?;
    Ok(ApiAnswer::created(put(state, None, body)))
}

/// `GET /v1/actions`, filtered by identifier, blueprint, operation or type of trigger. If a filter is given several
/// times, one match is enough.
pub(super) fn list(state: &State, request: &Request) -> ApiAnswer {
    let wanted = |name: &str, is: Option<&str>| request.admits(name, is);
    let actions: Vec<&Object> = state
        .documents
        .all(PortDocument::Action)
        .filter(|action| {
            wanted("action_identifier", action.get("identifier").and_then(Value::as_str))
                && wanted("blueprint_identifier", blueprint(action))
                && wanted("operation", operation(action))
                && wanted("trigger_type", trigger(action, "type"))
        })
        .collect();
    ApiAnswer::ok(json!({"ok": true, "actions": actions}))
}

/// `GET /v1/actions/{identifier}`
pub(super) fn read(state: &State, identifier: &str) -> Result<ApiAnswer, Refusal> {
    Ok(ApiAnswer::ok(json!({"ok": true, "action": known(state, identifier)?})))
}

/// `PUT /v1/actions/{identifier}`: the new document replaces the old one, and may have another identifier.
pub(super) fn replace(state: &mut State, request: &Request, identifier: &str) -> Result<ApiAnswer, Refusal> {
    let earlier = known(state, identifier)?.clone();
    let body = object(&request.body)?;
    let renamed = check(state, &body)?;
    if renamed != identifier {
        state.documents.free(PortDocument::Action, &renamed)?;
    }
    let answer = put(state, Some(&earlier), body);
    if renamed != identifier {
        rename::action(state, identifier, &renamed);
    }
    Ok(ApiAnswer::ok(answer))
}

/// `DELETE /v1/actions/{identifier}`
pub(super) fn delete(state: &mut State, identifier: &str) -> Result<ApiAnswer, Refusal> {
    let action = known(state, identifier)?.clone();
    state.put(PortDocument::Action, Some(&action), None);
    Ok(ApiAnswer::ok(json!({"ok": true})))
}

/// Adds or replaces an action without checking it.
pub(super) fn put_unchecked(state: &mut State, document: Value) {
    if let Value::Object(mut document) = document {
        let earlier = PortDocument::Action.identifier(&document);
        let earlier = earlier.and_then(|identifier| state.documents.get(PortDocument::Action, identifier)).cloned();
        complete(state, earlier.as_ref(), &mut document);
        state.put_unless_known(PortDocument::Action, document);
    }
}

/// Returns one action, or 404.
pub(super) fn known<'a>(state: &'a State, identifier: &str) -> Result<&'a Object, Refusal> {
    state.documents.known(PortDocument::Action, identifier)
}

/// Returns the blueprint that an action of either generation belongs to.
pub(super) fn blueprint(action: &Object) -> Option<&str> {
    trigger(action, "blueprintIdentifier").or_else(|| action.get("blueprint")?.as_str())
}

/// Returns `CREATE`, `DAY-2` or `DELETE`, for either generation.
pub(super) fn operation(action: &Object) -> Option<&str> {
    trigger(action, "operation").or_else(|| action.get("trigger")?.as_str())
}

/// Returns the form of an action of either generation.
pub(super) fn inputs(action: &Object) -> Option<&Value> {
    action.get("trigger").and_then(|trigger| trigger.get("userInputs")).or_else(|| action.get("userInputs"))
}

fn trigger<'a>(action: &'a Object, key: &str) -> Option<&'a str> {
    action.get("trigger")?.get(key)?.as_str()
}

fn put(state: &mut State, earlier: Option<&Object>, mut body: Object) -> Value {
    complete(state, earlier, &mut body);
    state.stamp(&mut body, earlier);
    let answer = json!({"ok": true, "action": body});
    state.put(PortDocument::Action, earlier, Some(body));
    answer
}

/// Adds what Port adds to an action: its id and the defaults.
fn complete(state: &mut State, earlier: Option<&Object>, body: &mut Object) {
    let id = earlier.and_then(|earlier| earlier.get("id")).cloned();
    let id = id.unwrap_or_else(|| state.fresh_id("action").into());
    body.insert("id".to_owned(), id);
    default::fill_action(body);
}

fn check(state: &State, body: &Object) -> Result<String, Refusal> {
    only(body, &KEYS)?;
    let identifier =
        text(body, "identifier")?.ok_or_else(|| Refusal::invalid("body must have required property identifier"))?;
    identifier::check(Kind::Action, identifier)?;
    match trigger(body, "type") {
        Some("automation") => {}
        Some("self-service") => {
            if !matches!(operation(body), Some("CREATE" | "DAY-2" | "DELETE")) {
                return Err(Refusal::invalid("body/trigger/operation must be one of CREATE, DAY-2, DELETE"));
            }
            if inputs(body).and_then(|inputs| inputs.get("properties")).is_none_or(|inputs| !inputs.is_object()) {
                return Err(Refusal::invalid("body/trigger/userInputs must have required property properties"));
            }
        }
        _ => return Err(Refusal::invalid("body/trigger/type must be one of self-service, automation")),
    }
    if body.get("invocationMethod").and_then(|method| method.get("type")).is_none_or(|kind| !kind.is_string()) {
        return Err(Refusal::invalid("body/invocationMethod must have required property type"));
    }
    if let Some(blueprint) = blueprint(body) {
        state.known_blueprint(blueprint)?;
    }
    Ok(identifier.to_owned())
}
