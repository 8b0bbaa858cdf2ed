//! What the process prints: lines with a run and its attempt, and nothing secret or personal.

use std::time::Duration;

use local::{Answer, Fault};
use serde_json::json;

use crate::deployment::CLIENT_SECRET;
use crate::function::{Function, done};
use crate::messages::{self, tutorial};

/// Nothing that the process prints contains a secret, a token, an input or personal data.
#[test]
fn secrets_and_inputs_are_never_printed() {
    let mut function = Function::new();
    let secret = "hunter2-typed-by-a-person";
    let inputs = json!({"title": secret, "cpu": 2, "memory": 4, "storage": 50, "region": secret});
    for run in ["r_1", "r_2", "r_3", "r_4"] {
        function.run(run, "vm_create_vm", None);
    }
    function.deliver(&[messages::v1("create_vm", "CREATE", "r_1", None, &inputs)]);
    function.port.script(Fault::status(422).method("POST").path("/entities"));
    function.deliver(&[messages::v1("create_vm", "CREATE", "r_2", None, &json!({"title": "other", "cpu": secret}))]);
    function.port.script(Fault::status(500).path("/actions/runs").times(2));
    function.deliver(&[messages::v1("create_vm", "CREATE", "r_3", None, &inputs)]);
    function.port.script(Fault::status(401).path("/").times(9));
    function.deliver(&[messages::v1("create_vm", "CREATE", "r_4", None, &inputs)]);
    assert!(function.process().wait_for_output("UNFINISHED", Duration::from_secs(5)));
    let output = function.process().output();
    let token = function.port.calls().iter().find_map(|call| call.body.as_ref()?.get("accessToken").cloned());
    for text in [
        secret,
        &secret.to_uppercase(),
        CLIENT_SECRET,
        "local-secret-access-key-never-log-me",
        "local-session-token-never-log-me",
        "test@test.com",
        "638879fa62c686d381b36ecb",
        "eyJ",
        "Bearer",
    ] {
        assert!(!output.contains(text), "{text} in\n{output}");
    }
    assert_eq!(token, None);
    for line in output.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(line["timestamp"].is_string() && line["level"].is_string(), "{line}");
    }
}

/// The line of a run says how often the run was delivered.
#[test]
fn log_lines_count_the_attempts() {
    let mut function = Function::new();
    function.run("r_1", "vm_create_vm", None);
    function.port.script(Fault::retry_after(429, 60).path("/actions/runs/r_1"));
    assert!(matches!(function.deliver_within(&[tutorial("r_1")], Duration::from_secs(1)), Answer::Error(_)));
    function.port.clear_faults();
    let _ = function.deliver_within(&[tutorial("r_1")], Duration::from_secs(1));
    assert!(function.process().wait_for_output("\"outcome\":\"UNFINISHED\",\"attempt\":2", Duration::from_secs(5)));
    assert!(function.process().output().contains("\"outcome\":\"UNFINISHED\",\"attempt\":1"));
}
