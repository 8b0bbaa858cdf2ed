//! Port's answers: what was asked for, or a refusal with a code and a sentence.

use hyper::body::Bytes;
use serde_json::{Map, Value, json};

use crate::server::Request;

/// A JSON object.
pub(super) type Object = Map<String, Value>;

/// An answer before it is serialised.
#[derive(Debug)]
pub(super) struct ApiAnswer {
    /// The status code.
    pub(super) status: u16,
    /// The JSON body.
    pub(super) body: Value,
}

impl ApiAnswer {
    /// 200 with a body.
    pub(super) fn ok(body: Value) -> Self {
        Self { status: 200, body }
    }

    /// 201 with a body.
    pub(super) fn created(body: Value) -> Self {
        Self { status: 201, body }
    }
}

/// Why a call was not carried out.
#[derive(Debug)]
pub(super) struct Refusal {
    status: u16,
    code: &'static str,
    message: String,
}

impl Refusal {
    /// 401.
    pub(super) fn unauthorized(message: &str) -> Self {
        Self { status: 401, code: "unauthorized", message: message.to_owned() }
    }

    /// 404 for something with a kind and an identifier.
    pub(super) fn not_found(kind: &str, identifier: &str) -> Self {
        let message = format!("{kind} with identifier \"{identifier}\" was not found");
        Self { status: 404, code: "not_found", message }
    }

    /// 404 for an unknown path.
    pub(super) fn no_route(request: &Request) -> Self {
        let message = format!("Route {}:{} not found", request.method, request.path);
        Self { status: 404, code: "not_found", message }
    }

    /// 409 for something that already exists.
    pub(super) fn taken(kind: &str, identifier: &str) -> Self {
        let message = format!("{kind} with identifier \"{identifier}\" already exists");
        Self { status: 409, code: "identifier_taken", message }
    }

    /// 413.
    pub(super) fn too_large() -> Self {
        Self { status: 413, code: "payload_too_large", message: "Request body is too large".to_owned() }
    }

    /// 422 with the reason.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self { status: 422, code: "invalid_request", message: message.into() }
    }

    /// 422 for a call that comes too late. Port says that a closed run "can no longer be modified"; its code is
    /// undocumented.
    pub(super) fn closed(kind: &str, id: &str) -> Self {
        let message = format!("{kind} \"{id}\" has ended and can no longer be modified");
        Self { status: 422, code: "run_closed", message }
    }

    /// Returns the sentence that says why.
    pub(super) fn reason(&self) -> &str {
        &self.message
    }

    /// 422 with every reason, or nothing without reasons.
    pub(super) fn unless_empty(reasons: &[String]) -> Result<(), Self> {
        if reasons.is_empty() { Ok(()) } else { Err(Self::invalid(reasons.join("; "))) }
    }
}

impl From<Refusal> for ApiAnswer {
    fn from(refusal: Refusal) -> Self {
        let body = json!({"ok": false, "error": refusal.code, "message": refusal.message});
        Self { status: refusal.status, body }
    }
}

/// Returns the body as a JSON object.
pub(super) fn object(body: &Bytes) -> Result<Object, Refusal> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Refusal::invalid("body must be object")),
        Err(error) => Err(Refusal::invalid(format!("body must be JSON: {error}"))),
    }
}

/// Refuses keys that the body may not have.
pub(super) fn only(body: &Object, keys: &[&str]) -> Result<(), Refusal> {
    let reasons: Vec<String> = body
        .keys()
        .filter(|key| !keys.contains(&key.as_str()))
        .map(|key| format!("body must NOT have additional properties: \"{key}\""))
        .collect();
    Refusal::unless_empty(&reasons)
}

/// Returns an optional text of a body.
pub(super) fn text<'a>(body: &'a Object, key: &str) -> Result<Option<&'a str>, Refusal> {
    match body.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Refusal::invalid(format!("body/{key} must be string"))),
    }
}

/// Returns an optional text of a body that must be one of a few.
pub(super) fn choice<'a>(body: &'a Object, key: &str, choices: &[&str]) -> Result<Option<&'a str>, Refusal> {
    let chosen = text(body, key)?;
    match chosen {
        Some(word) if !choices.contains(&word) => {
            Err(Refusal::invalid(format!("body/{key} must be one of {}", choices.join(", "))))
        }
        _ => Ok(chosen),
    }
}
