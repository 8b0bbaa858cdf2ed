//! Tokens, sizes and paths: what all calls have in common.

use std::time::Duration;

use serde_json::json;

mod wire;

use wire::{Wire, port};

const TOKEN: &str = "/v1/auth/access_token";

#[test]
fn a_token_is_the_same_until_it_expires() {
    let port = port();
    let mut wire = Wire::connect(&port.url());
    let credentials = json!({"clientId": "id", "clientSecret": "secret"});
    let first = wire.post(TOKEN, &credentials);
    assert_eq!((first.status, &first.json()["expiresIn"]), (200, &json!(10800)));
    assert_eq!(first.json()["tokenType"], "Bearer");
    assert_eq!(wire.post(TOKEN, &credentials).json()["accessToken"], first.json()["accessToken"]);
    port.expire_tokens();
    assert_ne!(wire.post(TOKEN, &credentials).json()["accessToken"], first.json()["accessToken"]);
}

#[test]
fn an_answer_may_say_anything_about_a_tokens_life() {
    let port = port();
    let mut wire = Wire::connect(&port.url());
    let credentials = json!({"clientId": "id", "clientSecret": "secret"});
    for expires_in in [json!(null), json!(-1), json!("soon")] {
        port.announce_token_lifetime(expires_in.clone());
        let answer = wire.post(TOKEN, &credentials).json();
        assert_eq!(answer.get("expiresIn").cloned().unwrap_or_default(), expires_in);
        assert_eq!(port.issued_tokens(), [answer["accessToken"].as_str().unwrap()]);
    }
}

#[test]
fn a_call_needs_the_current_token() {
    let port = port();
    let mut wire = Wire::connect(&port.url());
    let refused = wire.get("/v1/blueprints");
    assert_eq!((refused.status, &refused.json()["error"]), (401, &json!("unauthorized")));
    wire.sign_in();
    assert_eq!(wire.get("/v1/blueprints").status, 200);
    port.expire_tokens();
    assert_eq!(wire.get("/v1/blueprints").status, 401);
    wire.sign_in();
    assert_eq!(wire.get("/v1/blueprints").status, 200);
}

#[test]
fn an_expired_token_is_refused() {
    let port = port();
    port.set_token_lifetime(Duration::ZERO);
    assert_eq!(Wire::signed_in(&port).get("/v1/blueprints").status, 401);
}

#[test]
fn credentials_are_checked() {
    let port = port();
    let mut wire = Wire::connect(&port.url());
    assert_eq!(wire.post(TOKEN, &json!({"clientId": "id", "clientSecret": "other"})).status, 401);
    assert_eq!(wire.post(TOKEN, &json!({"clientId": "id"})).status, 422);
}

#[test]
fn a_body_over_one_mebibyte_is_too_large() {
    let port = port();
    let mut wire = Wire::signed_in(&port);
    let body = vec![b' '; 1024 * 1024 + 1];
    assert_eq!(wire.send_bytes("POST", "/v1/blueprints", &body).unwrap().status, 413);
    assert_eq!(wire.send_bytes("POST", "/v1/blueprints", &body[1..]).unwrap().status, 422);
}

#[test]
fn answers_carry_a_trace_and_the_rate_limit() {
    let port = port();
    let mut wire = Wire::signed_in(&port);
    let answer = wire.get("/v1/blueprints/vm/entities/none");
    assert_eq!(answer.status, 404);
    assert!(answer.header("x-trace-id").is_some());
    assert_eq!(answer.header("x-ratelimit-limit"), Some("35000"));
    assert_eq!(answer.header("x-ratelimit-remaining"), Some("34999"));
}

#[test]
fn calls_are_recorded_with_their_connection() {
    let port = port();
    let mut one = Wire::signed_in(&port);
    one.get("/v1/blueprints/a%2Fb?x=1+2&y=%C3%A9");
    Wire::connect(&port.url()).get("/v1/nowhere");
    let calls = port.calls();
    let seen: Vec<_> = calls.iter().map(|call| (call.method.as_str(), call.status, call.connection)).collect();
    assert_eq!(seen, [("POST", 200, 1), ("GET", 404, 1), ("GET", 401, 2)]);
    assert_eq!(calls[0].body, Some(json!({"clientId": "id", "clientSecret": "secret"})));
    assert_eq!(calls[1].path, "/v1/blueprints/a%2Fb");
    assert_eq!(calls[1].query, [("x".to_owned(), "1 2".to_owned()), ("y".to_owned(), "é".to_owned())]);
    port.clear_calls();
    one.get("/v1/blueprints");
    assert_eq!(port.calls().len(), 1);
}

#[test]
fn a_dropped_server_stops() {
    let port = port();
    let mut wire = Wire::signed_in(&port);
    drop(port);
    assert!(wire.send("GET", "/v1/blueprints", None).is_err());
}
