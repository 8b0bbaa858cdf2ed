//! The approval of runs that wait for it. One answer decides, also where the action wants all of its approvers: who they
//! are is a matter of permissions, which are not implemented.

use serde_json::{Value, json};

use super::answer::{ApiAnswer, Object, Refusal, choice, object, only, text};
use super::documents::PortDocument;
use super::run::Progress;
use super::state::State;
use crate::server::Request;

const WAITING: &str = "WAITING_FOR_APPROVAL";

/// `PATCH /v1/actions/runs/{id}/approval`
pub(super) fn decide(state: &mut State, request: &Request, id: &str) -> Result<ApiAnswer, Refusal> {
    let body = object(&request.body)?;
    only(&body, &["status", "description"])?;
    let status = choice(&body, "status", &["APPROVE", "DECLINE"])?;
    let status = status.ok_or_else(|| Refusal::invalid("body must have required property status"))?;
    let author = state.author();
    let run = answer(state, id, status == "APPROVE", &author, text(&body, "description")?)?;
    Ok(ApiAnswer::created(json!({"ok": true, "run": run})))
}

/// Approves or declines a run for a user, with the reason. An approved run goes on and is published; a declined one has
/// ended.
pub(super) fn answer(
    state: &mut State,
    id: &str,
    approved: bool,
    user: &str,
    description: Option<&str>,
) -> Result<Value, Refusal> {
    let line_id = state.fresh_id("rl");
    let run = state.change_run(id, |run| {
        if run.text("status") != WAITING {
            return Err(Refusal::invalid(format!("run \"{id}\" does not wait for approval")));
        }
        let state = if approved { "APPROVED" } else { "DECLINED" };
        let mut approval = json!({"userId": user, "state": state});
        if let Some(description) = description {
            approval["description"] = description.into();
        }
        run.document.insert("approval".to_owned(), approval);
        let status = if approved { "IN_PROGRESS" } else { "DECLINED" };
        run.take(Progress::Status(status.to_owned()), &line_id, user);
        Ok(())
    })?;
    Ok(Value::Object(run.document.clone()))
}

/// `GET /v1/actions/runs/{id}/approvers`: who decided and, on request, who still may.
pub(super) fn approvers(state: &State, request: &Request, id: &str) -> Result<ApiAnswer, Refusal> {
    let run = state.known_run(id)?;
    let mut approvers: Vec<Value> = Vec::new();
    if let Some(approval) = run.document.get("approval") {
        let of = |key: &str| approval.get(key).cloned().unwrap_or_default();
        approvers.push(json!({"userId": of("userId"), "state": of("state"), "description": of("description")}));
    }
    if request.flag("include_pending_approvers") && run.text("status") == WAITING {
        let users = state.documents.all(PortDocument::User);
        let email = |user: &Object| PortDocument::User.identifier(user).unwrap_or_default().to_owned();
        approvers.extend(users.map(|user| json!({"userId": email(user), "state": "PENDING"})));
    }
    Ok(ApiAnswer::ok(json!({"ok": true, "approvers": approvers})))
}
