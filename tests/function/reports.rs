//! What Port learns about a run besides its entity: its status, its log, and the endpoint of a workflow's node.

use local::Fault;
use serde_json::{Value, json};

use crate::function::Function;
use crate::messages::{ours, tutorial};

/// With `run_log = "all"`, a run's log says what was done, at the cost of one more call.
#[test]
fn run_log_all_writes_what_was_done() {
    let mut function = Function::with_plan(|plan| plan["runLog"] = json!("all"));
    function.run("r_1", "vm_create_vm", None);
    function.deliver(&[tutorial("r_1")]);
    assert_eq!(
        (function.status("r_1").as_str(), function.logs("r_1")),
        ("SUCCESS", vec!["`r_1` was created.".to_owned()])
    );
    assert_eq!(function.calls().len(), 4);
}

/// A failure is also written to the run's log.
#[test]
fn a_failure_is_written_to_the_run_log() {
    let mut function = Function::new();
    function.run("r_1", "resize_vm", Some("gone"));
    function.deliver(&[ours("resize_vm", "r_1", Some("gone"), &json!({"cpu_cores": 2}))]);
    assert_eq!(function.logs("r_1"), [function.summary("r_1")]);
}

/// A workflow node that runs our action is reported to its own endpoint, with that endpoint's vocabulary.
#[test]
fn node_runs_are_reported_to_their_own_endpoint() {
    let mut function = Function::new();
    let inputs = json!({"title": "A", "cpu": 2, "memory": 4, "storage": 50, "region": "eu-west-1"});
    function.port.add_node_run("wfnr_1");
    function.deliver(&[ours("vm_create_vm", "wfnr_1", None, &inputs)]);
    assert!(function.port.entity("vm", "a").is_some());
    let calls = function.port.calls();
    let patch = calls.iter().find(|call| call.method == "PATCH").unwrap();
    assert_eq!(patch.path, "/v1/workflows/nodes/runs/wfnr_1");
    let body: &Value = patch.body.as_ref().unwrap();
    assert_eq!((&body["status"], &body["result"]), (&json!("COMPLETED"), &json!("SUCCESS")));
    assert!(
        calls.iter().all(|call| call.query.iter().all(|(key, _)| key != "run_id")),
        "a node's run cannot be linked"
    );
    assert!(!calls.iter().any(|call| call.path.contains("/actions/runs")));

    function.port.add_node_run("wfnr_2");
    function.port.script(Fault::status(422).method("POST").path("/entities"));
    function.deliver(&[ours("vm_create_vm", "wfnr_2", None, &inputs)]);
    let calls = function.port.calls();
    let patch = calls.iter().rfind(|call| call.method == "PATCH").unwrap();
    assert_eq!(patch.body.as_ref().unwrap()["result"], "FAILED");
}
