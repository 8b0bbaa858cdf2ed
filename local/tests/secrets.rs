//! The Secrets Manager: it answers signed requests, and fails on request.

use local::FakeSecretsManager;
use serde_json::json;

mod wire;

use wire::Wire;

const ARN: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:port/client-AbCdEf";

fn signed(url: &str) -> Wire {
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=AKIA/20261122/eu-west-1/secretsmanager/aws4_request, \
         SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature={}",
        "0".repeat(64)
    );
    let headers = [
        ("Authorization", authorization.as_str()),
        ("X-Amz-Date", "20261122T000000Z"),
        ("X-Amz-Security-Token", "a session"),
        ("X-Amz-Target", "secretsmanager.GetSecretValue"),
        ("Content-Type", "application/x-amz-json-1.1"),
    ];
    let mut wire = Wire::connect(url);
    wire.headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    wire
}

#[test]
fn a_secret_is_found_by_arn_and_by_name() {
    let manager = FakeSecretsManager::start().unwrap();
    manager.add(ARN, "{\"PORT_CLIENT_ID\":\"id\"}");
    let mut wire = signed(&manager.url());
    for id in [ARN, "port/client"] {
        let found = wire.post("/", &json!({"SecretId": id}));
        assert_eq!(found.status, 200);
        assert_eq!(found.json()["SecretString"], "{\"PORT_CLIENT_ID\":\"id\"}");
        assert_eq!((&found.json()["ARN"], &found.json()["Name"]), (&json!(ARN), &json!("port/client")));
    }
    let unknown = wire.post("/", &json!({"SecretId": "none"}));
    assert_eq!((unknown.status, &unknown.json()["__type"]), (400, &json!("ResourceNotFoundException")));
    assert_eq!(manager.calls(), 3);
}

/// So that other programs of this machine, which cannot know it, read nothing.
#[test]
fn only_the_session_token_that_is_required_is_accepted() {
    let manager = FakeSecretsManager::start().unwrap();
    manager.add(ARN, "secret");
    manager.require_session_token("another session");
    let mut wire = signed(&manager.url());
    let refused = wire.post("/", &json!({"SecretId": ARN}));
    assert_eq!((refused.status, &refused.json()["__type"]), (403, &json!("UnrecognizedClientException")));
    manager.require_session_token("a session");
    assert_eq!(wire.post("/", &json!({"SecretId": ARN})).status, 200);
}

#[test]
fn an_unsigned_request_is_refused() {
    let manager = FakeSecretsManager::start().unwrap();
    manager.add(ARN, "secret");
    let mut wire = signed(&manager.url());
    let signature = wire.headers.remove(0);
    let refused = wire.post("/", &json!({"SecretId": ARN}));
    assert_eq!((refused.status, &refused.json()["__type"]), (403, &json!("MissingAuthenticationTokenException")));
    wire.headers.push((signature.0, signature.1.replace("secretsmanager", "s3")));
    let refused = wire.post("/", &json!({"SecretId": ARN}));
    assert_eq!((refused.status, &refused.json()["__type"]), (403, &json!("AccessDeniedException")));

    let mut wire = signed(&manager.url());
    wire.headers.retain(|(name, _)| name != "X-Amz-Security-Token");
    let refused = wire.post("/", &json!({"SecretId": ARN}));
    assert_eq!((refused.status, &refused.json()["__type"]), (403, &json!("UnrecognizedClientException")));

    let mut wire = signed(&manager.url());
    wire.headers[0].1 = wire.headers[0].1.replace("eu-west-1", "us-east-1");
    let refused = wire.post("/", &json!({"SecretId": ARN}));
    assert_eq!((refused.status, &refused.json()["__type"]), (400, &json!("InvalidSignatureException")));
}

#[test]
fn a_failure_happens_the_given_number_of_times() {
    let manager = FakeSecretsManager::start().unwrap();
    manager.add(ARN, "secret");
    manager.fail_next(2, 500);
    let mut wire = signed(&manager.url());
    let statuses: Vec<u16> = (0..3).map(|_| wire.post("/", &json!({"SecretId": ARN})).status).collect();
    assert_eq!(statuses, [500, 500, 200]);
}
