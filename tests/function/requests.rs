//! The calls by which a run changes Port, to the last parameter of their query.

use local::Call;
use serde_json::json;

use crate::function::{Function, done};
use crate::messages::ours;

/// Each write asks for exactly what it needs: a creation overwrites nothing, a deletion takes nothing along, and each is
/// tied to its run.
#[test]
fn writes_ask_for_no_more_than_they_need() {
    let mut function = Function::new();
    let inputs = json!({"title": "A", "cpu": 2, "memory": 4, "storage": 50, "region": "eu-west-1"});
    let mut queries = Vec::new();
    for (run, message) in [
        ("r_1", ours("vm_create_vm", "r_1", None, &inputs)),
        ("r_2", ours("resize_vm", "r_2", Some("a"), &json!({"cpu_cores": 8}))),
        ("r_3", ours("delete_vm", "r_3", Some("a"), &json!({}))),
    ] {
        function.run(run, "vm_create_vm", None);
        function.port.clear_calls();
        assert_eq!(function.deliver(&[message]), done());
        let write = |call: &Call| call.path.contains("/entities").then(|| format!("{} {}", call.method, query(call)));
        queries.extend(function.port.calls().iter().filter_map(write));
        let status = function.port.calls().into_iter().find(|call| call.path.contains("/actions/runs")).unwrap();
        assert_eq!(query(&status), "version=v2");
    }
    assert_eq!(
        queries,
        ["POST upsert=false&run_id=r_1", "PATCH run_id=r_2", "DELETE delete_dependents=false&run_id=r_3"]
    );
}

fn query(call: &Call) -> String {
    let pairs: Vec<String> = call.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// An entity that another one needs is not deleted, and neither is the other one: the run fails with Port's reason.
#[test]
fn a_deletion_takes_no_dependents_along() {
    let mut function = Function::new();
    function
        .port
        .add_blueprint(json!({"identifier": "disk", "title": "Disk", "schema": {"properties": {}, "required": []},
        "relations": {"vm": {"title": "VM", "target": "vm", "required": true, "many": false}}}));
    function.port.add_entity("vm", json!({"identifier": "a", "properties": {}}));
    function.port.add_entity("disk", json!({"identifier": "d", "properties": {}, "relations": {"vm": "a"}}));
    function.run("r_1", "delete_vm", Some("a"));
    assert_eq!(function.deliver(&[ours("delete_vm", "r_1", Some("a"), &json!({}))]), done());
    assert_eq!(function.status("r_1"), "FAILURE");
    assert!(function.port.entity("vm", "a").is_some() && function.port.entity("disk", "d").is_some());
    assert!(function.summary("r_1").starts_with("Port refused"), "{}", function.summary("r_1"));
}
