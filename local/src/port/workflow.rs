//! Workflows: created, changed, renamed, deleted, looked up. They are kept and given back, but not run.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::answer::{ApiAnswer, Object, Refusal, object, text};
use super::documents::PortDocument;
use super::identifier::{self, Kind};
use super::state::State;
use crate::server::Request;

const WORKFLOW: PortDocument = PortDocument::Workflow;

/// `POST /v1/workflows`
pub(super) fn create(state: &mut State, request: &Request) -> Result<ApiAnswer, Refusal> {
    let body = object(&request.body)?;
    let identifier = check(&body)?;
    state.documents.free(WORKFLOW, &identifier)?;
    Ok(ApiAnswer::created(put(state, None, body)))
}

/// `GET /v1/workflows`
pub(super) fn list(state: &State) -> ApiAnswer {
    ApiAnswer::ok(json!({"ok": true, "workflows": state.documents.values(WORKFLOW)}))
}

/// `GET /v1/workflows/{identifier}`
pub(super) fn read(state: &State, identifier: &str) -> Result<ApiAnswer, Refusal> {
    Ok(ApiAnswer::ok(json!({"ok": true, "workflow": state.documents.known(WORKFLOW, identifier)?})))
}

/// `PUT /v1/workflows/{identifier}`: the new document replaces the old one, and may have another identifier.
pub(super) fn replace(state: &mut State, request: &Request, identifier: &str) -> Result<ApiAnswer, Refusal> {
    let earlier = state.documents.known(WORKFLOW, identifier)?.clone();
    let mut body = object(&request.body)?;
    body.entry("identifier").or_insert_with(|| identifier.into());
    let renamed = check(&body)?;
    if renamed != identifier {
        state.documents.free(WORKFLOW, &renamed)?;
    }
    Ok(ApiAnswer::ok(put(state, Some(&earlier), body)))
}

/// `DELETE /v1/workflows/{identifier}`
pub(super) fn delete(state: &mut State, identifier: &str) -> Result<ApiAnswer, Refusal> {
    let workflow = state.documents.known(WORKFLOW, identifier)?.clone();
    state.put(WORKFLOW, Some(&workflow), None);
    Ok(ApiAnswer::ok(json!({"ok": true})))
}

fn put(state: &mut State, earlier: Option<&Object>, mut body: Object) -> Value {
    let version = earlier.and_then(|earlier| earlier.get("version")?.as_u64()).unwrap_or_default();
    body.insert("version".to_owned(), (version + 1).into());
    body.entry("allowAnyoneToViewRuns").or_insert(true.into());
    state.stamp(&mut body, earlier);
    let answer = json!({"ok": true, "workflow": body});
    state.put(WORKFLOW, earlier, Some(body));
    answer
}

/// Checks identifiers, and that connections lead from node to node.
fn check(body: &Object) -> Result<String, Refusal> {
    let missing = |key: &str| Refusal::invalid(format!("body must have required property {key}"));
    let identifier = text(body, "identifier")?.ok_or_else(|| missing("identifier"))?;
    identifier::check(Kind::Workflow, identifier)?;
    let nodes = body.get("nodes").and_then(Value::as_array).ok_or_else(|| missing("nodes"))?;
    let mut known = BTreeSet::new();
    for (at, node) in nodes.iter().enumerate() {
        let node_identifier = node.get("identifier").and_then(Value::as_str);
        let node_identifier = node_identifier.ok_or_else(|| missing(&format!("nodes/{at}/identifier")))?;
        identifier::check(Kind::Workflow, node_identifier)?;
        if !known.insert(node_identifier) {
            return Err(Refusal::invalid(format!("body/nodes: duplicate identifier \"{node_identifier}\"")));
        }
        let kind = node.get("config").and_then(|config| config.get("type"));
        kind.and_then(Value::as_str).ok_or_else(|| missing(&format!("nodes/{at}/config/type")))?;
    }
    for connection in body.get("connections").and_then(Value::as_array).into_iter().flatten() {
        for end in ["sourceIdentifier", "targetIdentifier"] {
            let node = connection.get(end).and_then(Value::as_str).unwrap_or_default();
            if !known.contains(node) {
                return Err(Refusal::invalid(format!("body/connections: {end} \"{node}\" is not a node")));
            }
        }
    }
    Ok(identifier.to_owned())
}
