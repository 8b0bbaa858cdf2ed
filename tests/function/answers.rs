//! Port's answers, however long they are and whatever is in them: what a run needs of them is found. A record never goes back
//! because of the answer's size, which it would have the next time, too.

use std::time::Duration;

use local::{Answer, Effect, Fault};
use serde_json::{Value, json};

use crate::function::{Function, done, now_millis};
use crate::messages::ours;

/// Longer than what is kept of an answer.
fn long() -> String {
    "x".repeat(1_500_000)
}

fn answer(code: u16, body: Value) -> Fault {
    Fault::new(Effect::Status { code, headers: Vec::new(), body })
}

fn resize(run: &str, entity: &str) -> Value {
    ours("resize_vm", run, Some(entity), &json!({"cpu_cores": 8, "memory_size": 16}))
}

fn create(run: &str, title: &str) -> Value {
    let inputs = json!({"title": title, "cpu": 2, "memory": 4, "storage": 50, "region": "eu-west-1"});
    ours("vm_create_vm", run, None, &inputs)
}

/// What `create` writes.
fn created() -> Value {
    json!({"cpu_cores": 2, "memory_size": 4, "storage_size": 50, "region": "eu-west-1", "deployed": "Deploying"})
}

/// The entity has much more than what the run changes: Port answers all of it.
#[test]
fn a_large_entity_is_changed_and_deleted() {
    let mut function = Function::new();
    for run in ["r_change", "r_delete"] {
        function.run(run, "resize_vm", Some("large"));
    }
    function.port.add_entity("vm", json!({"identifier": "large", "title": long(), "properties": {"cpu_cores": 1}}));
    assert_eq!(function.deliver(&[resize("r_change", "large")]), done());
    assert_eq!((function.status("r_change").as_str(), function.count("/entities")), ("SUCCESS", 1));
    assert_eq!(function.port.entity("vm", "large").unwrap()["properties"]["cpu_cores"], 8);
    assert_eq!(function.deliver(&[ours("delete_vm", "r_delete", Some("large"), &json!({}))]), done());
    assert_eq!((function.status("r_delete").as_str(), function.port.entity("vm", "large")), ("SUCCESS", None));
}

/// An entity that is there already is compared in what the run would have written. Nobody can if it is larger than anything
/// that Port takes at once: then it is a different one.
#[test]
fn a_large_entity_that_exists_ends_the_run() {
    let more = |bytes| json!({"text": "x".repeat(bytes), "numbers": [1e300, null]});
    for (rest, status, said) in [
        (json!(null), "SUCCESS", "`held` was created."),
        (more(1_500_000), "SUCCESS", "`held` was created."),
        (more(2_500_000), "FAILURE", "already exists and is too large to be compared. It was not changed."),
        (Value::Array(vec![json!({"": 0}); 200_000]), "SUCCESS", "`held` was created."),
    ] {
        let mut function = Function::new();
        function.run("r_1", "vm_create_vm", None);
        let mut entity = json!({"identifier": "held", "title": "Held", "properties": created()});
        entity["properties"]["more"] = rest;
        function.port.add_entity("vm", entity.clone());
        assert_eq!(function.deliver(&[create("r_1", "Held")]), done());
        assert_eq!(function.status("r_1"), status);
        assert!(function.summary("r_1").ends_with(said), "{}", function.summary("r_1"));
        assert_eq!(function.port.entity("vm", "held").unwrap()["properties"], entity["properties"]);
    }
}

/// A run repeats its inputs, which may be large, before or after its status.
#[test]
fn the_state_of_a_large_run_is_found() {
    for (status, outcome) in [("SUCCESS", "CLOSED_BEFORE"), ("IN_PROGRESS", "SUCCESS"), ("QUEUED", "SUCCESS")] {
        let run = json!({"properties": {"text": long()}, "id": "r_1", "status": status, "payload": {"text": long()}});
        for body in [json!({"ok": true, "run": run}), json!({"run": run, "ok": true})] {
            let mut function = Function::new();
            function.run("r_1", "vm_create_vm", None);
            function.port.script(answer(200, body).method("GET").path("/actions/runs/r_1"));
            let ended = json!({"ok": true, "run": {"id": "r_1", "text": long(), "status": "SUCCESS"}});
            function.port.script(answer(200, ended).method("PATCH").path("/actions/runs/r_1"));
            assert_eq!(function.deliver_late(&[create("r_1", "A")]), done());
            assert_eq!(function.count("/actions/runs/r_1"), if outcome == "SUCCESS" { 2 } else { 1 });
            let said = format!("\"outcome\":\"{outcome}\"");
            assert!(function.process().wait_for_output(&said, Duration::from_secs(5)), "{status}");
        }
    }
}

/// A status that is not a text is one that Port does not document: the run is open.
#[test]
fn a_run_without_a_known_status_is_open() {
    for status in [json!("QUEUED"), json!(null), json!(5), json!({"name": "SUCCESS"}), json!("success")] {
        let mut function = Function::new();
        function.run("r_1", "vm_create_vm", None);
        let body = json!({"ok": true, "run": {"id": "r_1", "status": status}});
        function.port.script(answer(200, body).method("GET").path("/actions/runs/r_1"));
        assert_eq!(function.deliver_late(&[create("r_1", "A")]), done(), "{status}");
        assert_eq!(function.status("r_1"), "SUCCESS", "{status}");
    }
}

/// A refusal may quote what was sent, even if it is large, or what cannot be read.
#[test]
fn a_refusal_is_final_whatever_it_quotes() {
    for (message, said) in [
        (format!("\"{}\"", long()), "invalid"),
        (format!("[{}0]", "{\"\":0},".repeat(400_000)), "invalid"),
        (r#""half an emoji: \ud83d""#.to_owned(), "half an emoji: \u{fffd}"),
        (r#"{"limit":1e999}"#.to_owned(), r#"{"limit":1e999}"#),
        ("null".to_owned(), "invalid"),
    ] {
        let mut function = Function::new();
        function.run("r_1", "vm_create_vm", None);
        let body = format!("{{\"ok\":false,\"error\":\"invalid\",\"message\":{message}}}");
        function.port.script(Fault::new(Effect::WrongType { code: 422, body }).path("/entities"));
        assert_eq!(function.deliver(&[create("r_1", "A")]), done());
        assert_eq!(function.summary("r_1"), format!("Port refused the entity (422): {said}"));
        assert_eq!(function.status("r_1"), "FAILURE");
    }
}

/// Port answers a deletion with `{"ok":true}` and nothing else. What says more is tried again: it may be about something else.
#[test]
fn a_deletion_is_believed_only_in_ports_words() {
    for body in [
        json!({"ok": true, "entity": {"identifier": "other"}}),
        json!({"ok": true, "run": {"id": "r_1", "status": "SUCCESS"}}),
        json!({"ok": true, "entities": []}),
        json!({"ok": true, "text": long()}),
    ] {
        let mut function = Function::new();
        function.run("r_1", "delete_vm", Some("a"));
        function.port.add_entity("vm", json!({"identifier": "a", "properties": created()}));
        let message = ours("delete_vm", "r_1", Some("a"), &json!({}));
        function.port.script(answer(200, body.clone()).method("DELETE"));
        assert_eq!(function.deliver(std::slice::from_ref(&message)), done());
        assert_eq!((function.port.entity("vm", "a"), function.count("/entities/a")), (None, 2));
        assert_eq!(function.status("r_1"), "SUCCESS");

        // While there is no other answer, nothing is said about the run.
        let mut function = Function::new();
        function.run("r_1", "delete_vm", Some("a"));
        function.port.add_entity("vm", json!({"identifier": "a", "properties": created()}));
        function.port.script(answer(200, body).method("DELETE").always());
        let time = Duration::from_secs(1);
        assert!(matches!(function.deliver_within(now_millis(), &[message], time), Answer::Error(_)));
        assert_eq!(function.status("r_1"), "IN_PROGRESS");
    }
}

/// The end of a node's run is not believed if the answer names another one.
#[test]
fn the_end_of_a_node_run_is_not_that_of_another() {
    let mut function = Function::new();
    function.port.add_node_run("wfnr_1");
    let body = json!({"ok": true, "nodeRun": {"identifier": "wfnr_2", "status": "COMPLETED"}});
    function.port.script(answer(200, body).method("PATCH").path("/nodes/runs/wfnr_1"));
    assert_eq!(function.deliver(&[create("wfnr_1", "A")]), done());
    assert_eq!(function.port.node_run("wfnr_1").unwrap()["result"], "SUCCESS");
}
