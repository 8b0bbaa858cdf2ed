//! When a run is published, and approval.

#![expect(clippy::unwrap_used, reason = "a test that cannot send its calls has failed")]

use std::sync::{Arc, Mutex};

use local::{DueRun, FakePort, Progress};
use serde_json::{Map, Value, json};

mod wire;

use wire::{Wire, port};

/// The runs that were published.
type Published = Arc<Mutex<Vec<DueRun>>>;

/// Keeps what is published, and refuses machines with more than nine processors.
fn watched(port: &FakePort) -> Published {
    let published = Published::default();
    let seen = Arc::clone(&published);
    port.set_publisher(move |due| {
        seen.lock().unwrap().push(due.clone());
        let is_large = due.run["properties"]["cpu"].as_u64().is_some_and(|cpu| cpu > 9);
        if is_large { Err("too large for a message".to_owned()) } else { Ok(()) }
    });
    published
}

fn ids(published: &Published) -> Vec<Value> {
    published.lock().unwrap().iter().map(|due| due.run["id"].clone()).collect()
}

fn cpu(count: u64) -> Map<String, Value> {
    Map::from_iter([("cpu".to_owned(), count.into())])
}

/// An action whose runs need approval.
fn guarded(port: &FakePort) {
    let mut action = port.action("vm_create_vm").unwrap();
    action["identifier"] = "guarded".into();
    action["requiredApproval"] = json!({"type": "ANY"});
    port.add_action(action);
}

#[test]
fn a_started_run_is_published_once_with_its_action_and_entity() {
    let port = port();
    port.add_entity("vm", json!({"identifier": "a", "title": "A", "properties": {"cpu": 1}}));
    let published = watched(&port);
    let mut wire = Wire::signed_in(&port);
    let created = wire.post("/v1/actions/vm_create_vm/runs", &json!({"properties": {"cpu": 1}})).json()["run"].clone();
    let resized = wire.post("/v1/actions/resize/runs", &json!({"properties": {"cpu": 2}, "entity": "a"})).json();
    let by_button = port.start_run("resize", cpu(3), Some("a")).unwrap();
    assert_eq!(ids(&published), [created["id"].clone(), resized["run"]["id"].clone(), by_button["id"].clone()]);
    let first = published.lock().unwrap()[0].clone();
    assert_eq!(
        (first.action["identifier"].as_str(), &first.run, &first.entity),
        (Some("vm_create_vm"), &created, &None)
    );
    assert_eq!(published.lock().unwrap()[1].entity, port.entity("vm", "a"));
    // Neither a change of the run nor a run that is merely added is a start.
    port.advance_run(by_button["id"].as_str().unwrap(), Progress::Status("IN_PROGRESS".to_owned()));
    port.add_run("r_1", "resize", Some("vm"), Some("a"));
    wire.patch("/v1/actions/runs/r_1", &json!({"statusLabel": "half"}));
    assert_eq!(wire.post("/v1/actions/resize/runs", &json!({"properties": {}})).status, 422);
    assert_eq!(ids(&published).len(), 3);
}

#[test]
fn a_run_that_cannot_be_published_fails_with_the_reason() {
    let port = port();
    let published = watched(&port);
    let run = port.start_run("vm_create_vm", cpu(10), None).unwrap();
    let ended = port.run(run["id"].as_str().unwrap()).unwrap();
    assert_eq!((&ended["status"], &ended["summary"]), (&json!("FAILURE"), &json!("too large for a message")));
    assert!(ended["endedAt"].is_string());
    assert_eq!(ids(&published).len(), 1);
}

#[test]
fn a_run_that_was_due_before_there_was_a_publisher_is_published_then() {
    let port = port();
    let open = port.start_run("vm_create_vm", cpu(1), None).unwrap();
    let ended = port.start_run("vm_create_vm", cpu(1), None).unwrap();
    let end = Progress::End { status: "SUCCESS".to_owned(), summary: String::new() };
    port.advance_run(ended["id"].as_str().unwrap(), end);
    assert_eq!(ids(&watched(&port)), [open["id"].clone()]);
}

#[test]
fn a_run_is_published_when_it_is_approved() {
    let port = port();
    guarded(&port);
    let published = watched(&port);
    let mut wire = Wire::signed_in(&port);
    port.add_user(json!({"email": "ada@a.test"}));
    let run = wire.post("/v1/actions/guarded/runs", &json!({"properties": {"cpu": 1}})).json()["run"].clone();
    assert_eq!((&run["status"], ids(&published).len()), (&json!("WAITING_FOR_APPROVAL"), 0));
    let path = format!("/v1/actions/runs/{}", run["id"].as_str().unwrap());
    let pending = wire.get(&format!("{path}/approvers?include_pending_approvers=true")).json();
    assert_eq!(pending["approvers"], json!([{"userId": "ada@a.test", "state": "PENDING"}]));
    for wrong in [
        json!({}),
        json!({"status": "MAYBE"}),
        json!({"status": "APPROVE", "why": "x"}),
        json!({"status": "APPROVE", "description": 1}),
    ] {
        assert_eq!(wire.patch(&format!("{path}/approval"), &wrong).status, 422, "{wrong}");
    }
    assert_eq!(ids(&published).len(), 0);
    let approved =
        wire.patch(&format!("{path}/approval?version=v2"), &json!({"status": "APPROVE", "description": "fine"}));
    assert_eq!((approved.status, &approved.json()["run"]["status"]), (201, &json!("IN_PROGRESS")));
    assert_eq!(approved.json()["run"]["endedAt"], Value::Null);
    let approval = json!({"userId": "id@clients", "state": "APPROVED", "description": "fine"});
    assert_eq!(approved.json()["run"]["approval"], approval);
    assert_eq!(
        wire.get(&format!("{path}/approvers?include_pending_approvers=true")).json()["approvers"],
        json!([approval])
    );
    assert_eq!(ids(&published), [run["id"].clone()]);
    assert_eq!(wire.patch(&format!("{path}/approval"), &json!({"status": "APPROVE"})).status, 422);
    assert_eq!(wire.patch("/v1/actions/runs/none/approval", &json!({"status": "APPROVE"})).status, 404);
    assert_eq!(ids(&published).len(), 1);
}

#[test]
fn a_declined_run_is_never_published() {
    let port = port();
    guarded(&port);
    let published = watched(&port);
    let mut wire = Wire::signed_in(&port);
    let run = port.start_run("guarded", cpu(1), None).unwrap();
    let id = run["id"].as_str().unwrap();
    let declined = port.decide_run(id, false, "ada@a.test", Some("too dear")).unwrap();
    assert_eq!((&declined["status"], &declined["updatedBy"]), (&json!("DECLINED"), &json!("ada@a.test")));
    assert_eq!(declined["approval"], json!({"userId": "ada@a.test", "state": "DECLINED", "description": "too dear"}));
    assert!(declined["endedAt"].is_string());
    assert!(port.decide_run(id, true, "ada@a.test", None).is_err());
    assert_eq!(wire.patch(&format!("/v1/actions/runs/{id}"), &json!({"status": "SUCCESS"})).status, 422);
    assert_eq!(wire.patch(&format!("/v1/actions/runs/{id}/approval"), &json!({"status": "APPROVE"})).status, 422);
    assert_eq!((ids(&published).len(), &port.run(id).unwrap()["status"]), (0, &json!("DECLINED")));
}
