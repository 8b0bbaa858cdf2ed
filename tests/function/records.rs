//! Records that are not our runs, or that cannot be read: they are skipped without any call.

use std::time::Duration;

use local::KafkaEvent;
use serde_json::json;

use crate::function::{Function, done};
use crate::messages::{ours, tutorial};

/// Other messages on the topic are skipped: no call, no error, and the run after them is carried out.
#[test]
fn foreign_messages_are_skipped_without_a_call() {
    let mut function = Function::new();
    let mut others = vec![
        json!({"action": "create_vm", "context": {"blueprint": "other", "runId": "r_other"}, "payload": {"properties": {}}}),
        json!({"action": "restart_vm", "context": {"blueprint": "vm", "runId": "r_other"}, "payload": {"properties": {}}}),
        json!({"action": "CREATE", "resourceType": "entity", "status": "SUCCESS", "context": {"blueprint": "vm", "entity": "a"}, "diff": {"before": null, "after": {}}}),
        json!({"action": "create_vm", "resourceType": "run", "status": "SUCCESS", "context": {"blueprint": "vm", "runId": "r_other"}}),
        json!({"action": "create_vm", "context": {"blueprint": "vm"}, "payload": {"properties": {}}}),
        json!({"context": {"runId": "wfnr_1", "nodeConfig": {}}, "payload": {"action": {"invocationMethod": {}}}}),
        json!([tutorial("r_other")]),
        json!("text"),
        json!(null),
    ];
    function.run("r_other", "vm_create_vm", None);
    assert_eq!(function.deliver(&others), done());
    assert_eq!(function.calls(), Vec::<String>::new());

    function.run("r_1", "vm_create_vm", None);
    others.push(tutorial("r_1"));
    assert_eq!(function.deliver(&others), done());
    assert_eq!((function.status("r_1").as_str(), function.status("r_other").as_str()), ("SUCCESS", "IN_PROGRESS"));
}

#[test]
fn unreadable_records_are_skipped() {
    let function = Function::new();
    function.run("r_1", "vm_create_vm", None);
    let event = KafkaEvent::new("org.runs")
        .record(0, 0, None)
        .record(0, 1, Some(b"not json"))
        .record(0, 2, Some(&[0xff, 0x00]))
        .record(1, 7, Some(b"[[[["))
        .json(1, 8, &tutorial("r_1"))
        .build();
    assert_eq!(function.invoke(&event, Duration::from_secs(20)).answer, done());
    assert_eq!(function.status("r_1"), "SUCCESS");
}

#[test]
fn identifiers_cannot_escape_their_path_segment() {
    let mut function = Function::new();
    function.port.add_entity("vm", json!({"identifier": "a/b:c@d", "properties": {}}));
    function.run("r_1", "resize_vm", Some("a/b:c@d"));
    function.deliver(&[ours("resize_vm", "r_1", Some("a/b:c@d"), &json!({"cpu_cores": 3}))]);
    assert_eq!(function.port.entity("vm", "a/b:c@d").unwrap()["properties"]["cpu_cores"], 3);
    function.calls();
    for run in ["..", "r/../../blueprints/vm", "r_1?version=v1", "r_1\r\nX-Evil: 1", ""] {
        function.deliver(&[ours("delete_vm", run, Some("a/b:c@d"), &json!({}))]);
    }
    assert_eq!(function.calls(), Vec::<String>::new());
}
