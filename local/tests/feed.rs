//! What others see of a Port: events from which the same Port comes back, and calls within a limit.

#![expect(clippy::unwrap_used, reason = "a test that cannot send its calls has failed")]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use local::{Credentials, DueRun, Effect, FakePort, Fault, Observer, PortDocument, PortEvent};
use serde_json::{Map, Value, json};

mod wire;

use wire::{Wire, port};

/// Everything that happened.
type Seen = Arc<Mutex<Vec<PortEvent>>>;

const KINDS: [PortDocument; 9] = [
    PortDocument::Blueprint,
    PortDocument::Action,
    PortDocument::Workflow,
    PortDocument::WorkflowRun,
    PortDocument::NodeRun,
    PortDocument::Page,
    PortDocument::User,
    PortDocument::Team,
    PortDocument::Migration,
];

fn observed(port: &FakePort) -> Seen {
    let seen = Seen::default();
    let events = Arc::clone(&seen);
    port.set_observer(Observer::new(move |event: &PortEvent| events.lock().unwrap().push(event.clone())));
    seen
}

fn empty() -> FakePort {
    FakePort::start(Credentials::new("id", "secret")).unwrap()
}

fn cpu(count: u64) -> Map<String, Value> {
    Map::from_iter([("cpu".to_owned(), count.into())])
}

/// Returns everything that a replay must bring back.
fn state(port: &FakePort) -> Value {
    let runs = port.runs();
    let logs: Vec<Vec<Value>> = runs.iter().map(|run| port.run_logs(run["id"].as_str().unwrap())).collect();
    let documents: Vec<Vec<Value>> = KINDS.iter().map(|kind| port.documents(*kind)).collect();
    json!({"documents": documents, "entities": port.entities(), "runs": runs, "logs": logs})
}

/// Starts another Port from what was seen, as it comes back from a file.
fn replayed(seen: &Seen) -> FakePort {
    let port = empty();
    for event in seen.lock().unwrap().iter() {
        let line = serde_json::to_string(event).unwrap();
        let read: PortEvent = serde_json::from_str(&line).unwrap();
        assert_eq!(read, *event);
        port.replay(&read);
    }
    port
}

/// Makes a change of every kind.
fn live(port: &FakePort) {
    port.add_node_run("wfnr_1");
    port.add_workflow_run("wfr_1", &["wfnr_1"]);
    port.add_user(json!({"email": "ada@a.test", "teams": [{"name": "core"}]}));
    let mut wire = Wire::signed_in(port);
    let vms = "/v1/blueprints/vm/entities";
    let workflow =
        json!({"identifier": "flow", "nodes": [{"identifier": "n", "config": {"type": "KAFKA"}}], "connections": []});
    let run = port.start_run("vm_create_vm", cpu(1), None).unwrap();
    let run = format!("/v1/actions/runs/{}", run["id"].as_str().unwrap());
    for (method, path, body) in [
        (
            "POST",
            format!("{vms}?create_missing_related_entities=true"),
            json!({"identifier": "a", "properties": {"cpu": 1}, "relations": {"region": "eu"}}),
        ),
        ("PATCH", format!("{vms}/a"), json!({"properties": {"state": null}})),
        ("PUT", format!("{vms}/a"), json!({"identifier": "b", "properties": {"cpu": 2}})),
        ("POST", vms.to_owned(), json!({"identifier": "c", "properties": {"cpu": 1}, "relations": {"peers": ["b"]}})),
        ("PUT", format!("{vms}/b"), json!({"identifier": "d", "properties": {"cpu": 2}})),
        ("POST", "/v1/blueprints/disk/entities".to_owned(), json!({"identifier": "x", "relations": {"vm": "d"}})),
        ("DELETE", format!("{vms}/d?delete_dependents=true"), Value::Null),
        ("POST", "/v1/blueprints".to_owned(), json!({"identifier": "db", "title": "DB", "schema": {"properties": {}}})),
        (
            "PUT",
            "/v1/blueprints/vm".to_owned(),
            json!({"identifier": "machine", "title": "M", "schema": {"properties": {"cpu": {"type": "number"}}}, "relations": {"peers": {"target": "machine", "many": true}}}),
        ),
        ("DELETE", "/v1/blueprints/region/all-entities?delete_blueprint=true".to_owned(), Value::Null),
        ("PATCH", "/v1/pages/dbs".to_owned(), json!({"identifier": "databases"})),
        ("POST", "/v1/workflows".to_owned(), workflow.clone()),
        ("PUT", "/v1/workflows/flow".to_owned(), workflow),
        ("POST", format!("{run}/logs"), json!({"message": "one"})),
        ("PATCH", run.clone(), json!({"statusLabel": "half"})),
        ("PATCH", format!("{run}/response"), json!({"response": 1})),
        ("POST", format!("{run}/logs"), json!({"message": "two", "terminationStatus": "SUCCESS"})),
        ("PATCH", "/v1/workflows/nodes/runs/wfnr_1".to_owned(), json!({"status": "COMPLETED", "result": "SUCCESS"})),
        ("POST", "/v1/workflows/nodes/runs/wfnr_1/logs".to_owned(), json!({"logs": [{"message": "done"}]})),
        ("DELETE", "/v1/actions/resize".to_owned(), Value::Null),
    ] {
        let answer = wire.send(method, &path, (!body.is_null()).then_some(&body)).unwrap();
        assert!(answer.status < 300, "{method} {path}: {}", answer.json());
    }
}

#[test]
fn a_replayed_port_is_as_it_was() {
    let port = port();
    let seen = observed(&port);
    for kind in KINDS {
        // The documents of the tests were there before anybody looked.
        for document in port.documents(kind) {
            let event = PortEvent::DocumentChanged { kind, before: None, after: Some(document) };
            seen.lock().unwrap().push(event);
        }
    }
    live(&port);
    let again = replayed(&seen);
    assert_eq!(state(&again), state(&port));
    for kind in KINDS {
        assert!(!port.documents(kind).is_empty(), "{kind:?}");
    }
    let paths = |port: &FakePort| port.calls().into_iter().map(|call| (call.path, call.at, call.status));
    assert!(paths(&again).eq(paths(&port)) && paths(&port).count() > 20);
}

#[test]
fn what_is_made_after_a_replay_has_ids_of_its_own() {
    let mut port = port();
    let mut seen = observed(&port);
    let action = port.action("vm_create_vm").unwrap();
    let mut ids = BTreeSet::new();
    for session in 1..4 {
        port.add_action(action.clone());
        for _ in 0..9 {
            port.start_run("vm_create_vm", cpu(1), None).unwrap();
        }
        ids.extend(port.runs().iter().map(|run| run["id"].to_string()));
        assert_eq!((ids.len(), port.runs().len()), (session * 9, session * 9));
        let next = replayed(&seen);
        let events = seen.lock().unwrap().clone();
        seen = observed(&next);
        seen.lock().unwrap().extend(events);
        next.add_action(action.clone());
        port = next;
    }
}

#[test]
fn each_change_is_seen_with_what_was_before_and_the_run() {
    let port = port();
    port.add_run("r_1", "vm_create_vm", Some("vm"), None);
    let seen = observed(&port);
    let mut wire = Wire::signed_in(&port);
    wire.post("/v1/blueprints/vm/entities?run_id=r_1", &json!({"identifier": "a", "properties": {"cpu": 1}}));
    let first = port.entity("vm", "a").unwrap();
    wire.patch("/v1/blueprints/vm/entities/a?run_id=", &json!({"properties": {"cpu": 2}}));
    let second = port.entity("vm", "a").unwrap();
    wire.delete("/v1/blueprints/vm/entities/a");
    let changes: Vec<PortEvent> = seen.lock().unwrap().clone();
    let changes: Vec<&PortEvent> =
        changes.iter().filter(|event| matches!(event, PortEvent::EntityChanged { .. })).collect();
    let change = |before: Option<&Value>, after: Option<&Value>, run: Option<&str>| PortEvent::EntityChanged {
        before: before.cloned(),
        after: after.cloned(),
        run: run.map(str::to_owned),
    };
    let want = [
        change(None, Some(&first), Some("r_1")),
        change(Some(&first), Some(&second), None),
        change(Some(&second), None, None),
    ];
    assert_eq!(changes, want.iter().collect::<Vec<_>>());
    // A refused call changes nothing.
    let before = seen.lock().unwrap().len();
    assert_eq!(wire.delete("/v1/blueprints/vm/entities/a").status, 404);
    port.add_blueprint(port.blueprint("vm").unwrap());
    let news: Vec<PortEvent> = seen.lock().unwrap()[before..].to_vec();
    assert!(news.iter().all(|event| matches!(event, PortEvent::CallEnded { .. })), "{news:?}");
}

#[test]
fn a_run_that_was_not_published_is_published_after_a_replay() {
    let port = port();
    let seen = observed(&port);
    port.add_action(json!({"identifier": "ping", "trigger": {"type": "self-service", "operation": "CREATE"},
        "invocationMethod": {"type": "KAFKA"}}));
    port.set_publisher(|_| Ok(()));
    port.start_run("ping", Map::new(), None).unwrap();
    // As if the process were killed between the start and the message.
    let mut events = seen.lock().unwrap().clone();
    assert!(matches!(events.pop(), Some(PortEvent::RunPublished { refused: None, .. })));
    let later = Seen::new(Mutex::new(events));
    let published = Arc::new(Mutex::new(Vec::<DueRun>::new()));
    for (events, want) in [(&later, 1), (&seen, 1)] {
        let due = Arc::clone(&published);
        replayed(events).set_publisher(move |run| {
            due.lock().unwrap().push(run.clone());
            Ok(())
        });
        assert_eq!(published.lock().unwrap().len(), want, "the first time only");
    }
}

#[test]
fn a_call_says_when_it_came_and_how_long_it_took() {
    let port = port();
    let seen = observed(&port);
    port.set_latency(Duration::from_millis(30));
    let mut wire = Wire::signed_in(&port);
    wire.patch("/v1/actions/runs/r_none", &json!({"status": "SUCCESS"}));
    let started = wire.post("/v1/actions/vm_create_vm/runs", &json!({"properties": {"cpu": 1}})).json();
    wire.get("/v1/blueprints/vm/entities/a?run_id=r_7");
    for call in port.calls() {
        assert!(call.at.ends_with('Z'), "{call:?}");
        assert!((30..5000).contains(&call.duration.as_millis()), "{call:?}");
    }
    let runs: Vec<Option<String>> = port.calls().into_iter().map(|call| call.run).collect();
    let id = started["run"]["id"].as_str().map(str::to_owned);
    assert_eq!(runs, [None, Some("r_none".to_owned()), id, Some("r_7".to_owned())]);
    let events = format!("{:?}", seen.lock().unwrap());
    assert!(events.contains("CallEnded") && !events.contains("\"secret\""), "{events}");
    assert_eq!(port.calls()[0].body.as_ref().unwrap()["clientSecret"], "secret");
}

#[test]
fn a_call_that_is_never_answered_ends_when_the_client_goes() {
    let port = port();
    let seen = observed(&port);
    let mut wire = Wire::signed_in(&port);
    port.script(Fault::new(Effect::Hang));
    wire.write("GET", "/v1/blueprints", b"").unwrap();
    while port.calls().len() < 2 {
        std::thread::yield_now();
    }
    drop(wire);
    let hung = |event: &PortEvent| matches!(event, PortEvent::CallEnded { call } if call.fault == Some(Effect::Hang) && call.status == 0);
    while !seen.lock().unwrap().iter().any(hung) {
        std::thread::yield_now();
    }
}

#[test]
fn only_the_last_calls_are_kept() {
    let port = port();
    port.limit_calls(3);
    let mut wire = Wire::signed_in(&port);
    for path in ["/v1/pages", "/v1/users", "/v1/teams", "/v1/workflows"] {
        assert_eq!(wire.get(path).status, 200);
    }
    let kept: Vec<(String, u16)> = port.calls().into_iter().map(|call| (call.path, call.status)).collect();
    let want = ["/v1/users", "/v1/teams", "/v1/workflows"];
    assert_eq!(kept, want.map(|path| (path.to_owned(), 200)));
    port.limit_calls(0);
    assert_eq!((wire.get("/v1/pages").status, port.calls().len()), (200, 0));
}

#[test]
fn rate_limits_are_announced_unless_they_are_switched_off() {
    let port = port();
    let mut wire = Wire::signed_in(&port);
    assert!(wire.get("/v1/blueprints").header("x-ratelimit-limit").is_some());
    port.set_rate_limit(false);
    let quiet = wire.get("/v1/blueprints");
    assert!(quiet.header("x-trace-id").is_some());
    assert_eq!(quiet.headers.iter().find(|(name, _)| name.starts_with("x-ratelimit")), None);
}
