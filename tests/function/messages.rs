//! Messages on the topic, one per generation.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

/// The tutorial's sample, as Port's documentation shows it: v1, without the optional `title`.
pub(crate) fn tutorial(run_id: &str) -> Value {
    v1("create_vm", "CREATE", run_id, None, &json!({"cpu": 2, "memory": 4, "storage": 50, "region": "eu-west-1"}))
}

/// The fixed envelope of v1.
pub(crate) fn v1(action: &str, trigger: &str, run_id: &str, entity: Option<&str>, properties: &Value) -> Value {
    json!({
        "action": action,
        "resourceType": "run",
        "status": "TRIGGERED",
        "trigger": {
            "by": {
                "userId": "h2Mf13aRSCYQCUPIcqufoP4XRLwAt8Od@clients",
                "orgId": "org_sYG4DOJZNGy8bYnt",
                "user": {"email": "test@test.com", "firstName": "test", "lastName": "test", "id": "auth0|638879fa62c686d381b36ecb"},
            },
            "at": "2022-07-14T11:38:10.629Z",
            "origin": "API",
        },
        "context": {"entity": entity, "blueprint": "vm", "runId": run_id},
        "payload": {
            "entity": null,
            "action": {
                "id": "action_9mFmogL7kQ0fISGx",
                "identifier": action,
                "title": "Create VM",
                "icon": "Server",
                "userInputs": {"properties": {"cpu": {"type": "number", "title": "Number of CPU cores"}}, "required": ["cpu"]},
                "invocationMethod": {"type": "KAFKA"},
                "trigger": trigger,
                "blueprint": "vm",
            },
            "properties": properties,
        },
    })
}

/// v0 of August 2022: without the user, and with the invocation method as a plain string.
pub(crate) fn v0(run_id: &str, properties: &Value) -> Value {
    let mut message = v1("create_vm", "CREATE", run_id, None, properties);
    message["payload"]["action"]["invocationMethod"] = json!("KAFKA");
    if let Some(by) = message["trigger"]["by"].as_object_mut() {
        by.remove("user");
    }
    message
}

/// What the tutorial's action publishes after Port's own migration: the envelope, rebuilt by a v2 `payload`.
pub(crate) fn rebuilt(run_id: &str, properties: &Value) -> Value {
    json!({
        "action": "create_vm",
        "resourceType": "run",
        "status": "TRIGGERED",
        "trigger": {"by": {"userId": "u", "orgId": "org_sYG4DOJZNGy8bYnt"}, "origin": "UI", "at": "2026-01-01T00:00:00.000Z"},
        "context": {"entity": null, "blueprint": "vm", "runId": run_id},
        "payload": {
            "entity": null,
            "action": {"invocationMethod": {"type": "KAFKA"}, "trigger": "CREATE"},
            "properties": properties,
            "censoredProperties": [],
        },
    })
}

/// Our own payload.
pub(crate) fn ours(action: &str, run_id: &str, entity: Option<&str>, inputs: &Value) -> Value {
    json!({
        "action": action,
        "context": {"runId": run_id, "blueprint": "vm", "entity": entity},
        "trigger": {"by": {"userId": "u", "orgId": "org_sYG4DOJZNGy8bYnt"}, "origin": "UI", "at": "2026-01-01T00:00:00.000Z"},
        "inputs": inputs,
        "encrypted": [],
        "entity": entity.map(|id| json!({"identifier": id, "properties": {}})),
    })
}

/// Returns the message with the signature that Port makes under this secret, at a time in seconds since 1970.
pub(crate) fn signed(mut message: Value, secret: &str, at: u64) -> Value {
    message["headers"] = json!({});
    let mut hmac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    hmac.update(format!("{at}.{message}").as_bytes());
    let signature = format!("v1,{}", STANDARD.encode(hmac.finalize().into_bytes()));
    message["headers"] = json!({"X-Port-Signature": signature, "X-Port-Timestamp": at});
    message
}
