//! Tests that the oracle notices: each breach of a promise is reported, and reported for no other promise.

use serde_json::{Map, Value, json};

use super::*;
use crate::port::{Call, Credentials, FakePort, Progress};

fn entity(identifier: &str, size: u32) -> Value {
    json!({"identifier": identifier, "title": identifier, "properties": {"size": size}})
}

fn properties(size: u32) -> Map<String, Value> {
    Map::from_iter([("size".to_owned(), size.into())])
}

fn call(method: &str, path: &str, body: Option<Value>, carried_out: u16) -> Call {
    Call {
        at: String::new(),
        duration: std::time::Duration::ZERO,
        run: None,
        method: method.to_owned(),
        path: path.to_owned(),
        query: Vec::new(),
        body,
        status: carried_out,
        fault: None,
        carried_out: Some(carried_out),
        refusal: None,
        connection: 1,
    }
}

/// Two creations, a change, a deletion, a failure, a node's run, somebody else's run, and a run that Port does not
/// know.
fn expected() -> Expected {
    let mut expected = Expected::default();
    expected.hold("vm", entity("old", 1));
    expected.keep_private("Hunter2");
    for (id, identifier) in [("r_a", "a"), ("wfnr_b", "b")] {
        let end = expected.create("vm", entity(identifier, 1));
        expected.run(id, end);
    }
    let end = expected.update(&EntityId::new("vm", "a"), properties(2));
    expected.run("r_change", end);
    let end = expected.delete(&EntityId::new("vm", "old"));
    expected.run("r_delete", end);
    let end = expected.update(&EntityId::new("vm", "gone"), properties(2));
    expected.run("r_fail", end);
    expected.run("r_others", End::Untouched);
    expected.run("r_unknown", End::Unknown);
    expected
}

/// The observations when every promise was kept.
fn evidence() -> Evidence {
    let run = |status: &str| HeldRun { status: status.to_owned(), is_explained: status == "FAILURE" };
    let runs = [
        ("r_a", "SUCCESS"),
        ("wfnr_b", "SUCCESS"),
        ("r_change", "SUCCESS"),
        ("r_delete", "SUCCESS"),
        ("r_fail", "FAILURE"),
        ("r_others", "IN_PROGRESS"),
    ];
    Evidence {
        calls: vec![
            call("POST", "/v1/auth/access_token", None, 200),
            call("POST", "/v1/blueprints/vm/entities", Some(entity("a", 1)), 201),
            call("POST", "/v1/blueprints/vm/entities", Some(entity("a", 1)), 409),
            call("POST", "/v1/blueprints/vm/entities", Some(entity("b", 1)), 201),
            call("POST", "/v1/actions/runs/r_fail/logs", Some(json!({"message": "gone"})), 201),
            call("DELETE", "/v1/blueprints/vm/entities/%6Fld", None, 200),
            call("DELETE", "/v1/blueprints/vm/entities/old", None, 404),
        ],
        runs: runs.iter().map(|(id, status)| ((*id).to_owned(), run(status))).collect(),
        entities: [("a", 2), ("b", 1)].map(|(id, size)| (EntityId::new("vm", id), entity(id, size))).into(),
        printed: vec![r#"{"message":"run","outcome":"SUCCESS"}"#.to_owned(), r#"{"message":"ba"#.to_owned()],
        ..Evidence::default()
    }
}

/// Returns the promises that are broken after a change to the observations, with the first breach of each.
fn broken(change: impl FnOnce(&mut Evidence)) -> Vec<(Promise, String)> {
    let mut evidence = evidence();
    change(&mut evidence);
    let judgements = judge(&expected(), &evidence);
    assert!(judgements.iter().map(|judgement| judgement.promise).eq(Promise::ALL));
    judgements
        .into_iter()
        .filter_map(|judgement| Some((judgement.promise, judgement.breaches.first()?.to_string())))
        .collect()
}

fn set_status(evidence: &mut Evidence, id: &str, status: &str) {
    evidence.runs.get_mut(id).unwrap().status = status.to_owned();
}

#[test]
fn kept_promises_are_not_reported() {
    assert_eq!(broken(|_| {}), []);
    assert!(judge(&expected(), &evidence()).iter().all(Judgement::is_held));
}

#[test]
fn a_lost_run_breaks_a_promise() {
    let lost = broken(|evidence| set_status(evidence, "r_a", "IN_PROGRESS"));
    assert_eq!(lost, [(Promise::EndsEveryRun, "run r_a: IN_PROGRESS, expected SUCCESS".to_owned())]);
    let gone = broken(|evidence| drop(evidence.runs.remove("wfnr_b")));
    assert_eq!(gone, [(Promise::EndsEveryRun, "run wfnr_b: missing, expected SUCCESS".to_owned())]);
}

#[test]
fn a_wrong_status_breaks_a_promise() {
    let failed = broken(|evidence| {
        evidence.runs.insert("r_a".to_owned(), HeldRun { status: "FAILURE".to_owned(), is_explained: true });
    });
    assert_eq!(failed, [(Promise::EndsEveryRun, "run r_a: FAILURE, expected SUCCESS".to_owned())]);
    let succeeded = broken(|evidence| set_status(evidence, "r_fail", "SUCCESS"));
    assert_eq!(succeeded, [(Promise::EndsEveryRun, "run r_fail: SUCCESS, expected FAILURE".to_owned())]);
    let known = broken(|evidence| drop(evidence.runs.insert("r_unknown".to_owned(), HeldRun::default())));
    assert_eq!(
        known,
        [(
            Promise::EndsEveryRun,
            "run r_unknown: is in Port with status ``, although Port must not know it".to_owned()
        )]
    );
}

#[test]
fn a_failure_without_a_summary_breaks_a_promise() {
    let silent = broken(|evidence| evidence.runs.get_mut("r_fail").unwrap().is_explained = false);
    assert_eq!(silent, [(Promise::ExplainsFailures, "run r_fail: failed without a summary".to_owned())]);
}

#[test]
fn a_change_to_somebody_elses_run_breaks_a_promise() {
    let changed = broken(|evidence| set_status(evidence, "r_others", "SUCCESS"));
    assert_eq!(changed, [(Promise::LeavesOthersAlone, "run r_others: SUCCESS, expected IN_PROGRESS".to_owned())]);
    for other in [
        call("PATCH", "/v1/actions/runs/r_others", None, 422),
        call("PATCH", "/v1/blueprints/vm/entities/x-R_OTHERS", None, 404),
        call("GET", "/v1/blueprints/vm", Some(json!({"title": "of r_others"})), 404),
        Call { query: vec![("run_id".to_owned(), "r_others".to_owned())], ..call("GET", "/", None, 404) },
    ] {
        let what = format!("call 7: {} {} is for r_others, which is somebody else's", other.method, other.path);
        assert_eq!(broken(|evidence| evidence.calls.push(other)), [(Promise::LeavesOthersAlone, what)]);
    }
    // The id of another run that begins with the same letters.
    assert_eq!(broken(|evidence| evidence.calls.push(call("GET", "/v1/actions/runs/r_others2", None, 404))), []);
}

#[test]
fn a_wrong_entity_breaks_a_promise() {
    let promise = Promise::WritesWhatWasAsked;
    let missing = broken(|evidence| drop(evidence.entities.remove(&EntityId::new("vm", "b"))));
    assert_eq!(missing, [(promise, format!("entity b of vm: nothing, expected {}", entity("b", 1)))]);
    let more = broken(|evidence| drop(evidence.entities.insert(EntityId::new("db", "b"), entity("b", 1))));
    assert_eq!(more, [(promise, format!("entity b of db: {}, expected nothing", entity("b", 1)))]);
    let other = broken(|evidence| drop(evidence.entities.insert(EntityId::new("vm", "a"), entity("a", 1))));
    assert_eq!(other, [(promise, format!("entity a of vm: {}, expected {}", entity("a", 1), entity("a", 2)))]);
}

#[test]
fn a_second_creation_or_deletion_breaks_a_promise() {
    let promise = Promise::DoesNothingTwice;
    let again = |call: Call| broken(|evidence| evidence.calls.push(call));
    let created = again(call("POST", "/v1/blueprints/vm/entities", Some(entity("a", 1)), 201));
    assert_eq!(created, [(promise, "entity a of vm: created 2 times, expected 1".to_owned())]);
    let deleted = again(call("DELETE", "/v1/blueprints/vm/entities/old", None, 200));
    assert_eq!(deleted, [(promise, "entity old of vm: deleted 2 times, expected 1".to_owned())]);
    let never = broken(|evidence| drop(evidence.calls.remove(1)));
    assert_eq!(never, [(promise, "entity a of vm: created 0 times, expected 1".to_owned())]);
}

#[test]
fn a_bad_delivery_breaks_a_promise() {
    let bad = broken(|evidence| evidence.bad_deliveries.push("cannot be finished".to_owned()));
    assert_eq!(bad, [(Promise::FinishesEveryBatch, "delivery: cannot be finished".to_owned())]);
}

#[test]
fn a_crash_breaks_a_promise() {
    let crashed = broken(|evidence| evidence.crashes.push("TimedOut".to_owned()));
    assert_eq!(crashed, [(Promise::KeepsRunning, "process: ended by itself: TimedOut".to_owned())]);
    for line in [r#"{"message":"panic","cause":"src/x.rs:1:1"}"#, "thread 'main' panicked at src/x.rs:1:1:"] {
        let panicked = broken(|evidence| evidence.printed.push(line.to_owned()));
        assert_eq!(panicked, [(Promise::KeepsRunning, format!("line 2: a panic: {line}"))]);
    }
}

#[test]
fn a_private_line_breaks_a_promise() {
    let line = r#"{"message":"the password is HUNTER2"}"#;
    let printed = broken(|evidence| evidence.printed.push(line.to_owned()));
    assert_eq!(printed, [(Promise::PrintsNothingPrivate, format!("line 2: contains `hunter2`: {line}"))]);
}

/// The rules of Port that decide how a run ends.
#[test]
fn requests_end_as_ports_rules_say() {
    let mut expected = Expected::default();
    let id = EntityId::new("vm", "a");
    assert_eq!(expected.update(&id, properties(1)), End::Failure);
    assert_eq!(expected.create("vm", entity("a", 1)), End::Success);
    assert_eq!(expected.create("vm", entity("a", 1)), End::Success, "equal to the existing one");
    assert_eq!(expected.create("vm", entity("a", 2)), End::Failure, "never overwritten");
    assert_eq!(expected.update(&id, properties(2)), End::Success);
    assert_eq!(expected.create("vm", entity("a", 2)), End::Success);
    let mut titled = entity("a", 2);
    titled["title"] = json!("A");
    assert_eq!(expected.create("vm", titled), End::Failure);
    assert_eq!(expected.create("db", entity("a", 7)), End::Success, "an entity of another blueprint");
    assert_eq!((expected.delete(&id), expected.delete(&id)), (End::Success, End::Success));
    assert_eq!(expected.create("vm", entity("a", 3)), End::Success);
    assert_eq!((expected.creations[&id], expected.deletions[&id]), (2, 1));
}

#[test]
fn evidence_is_what_port_has() {
    let port = FakePort::start(Credentials::new("id", "secret")).unwrap();
    port.add_entity("vm", entity("a", 1));
    port.add_run("r_a", "create_vm", Some("vm"), None);
    port.advance_run("r_a", Progress::End { status: "FAILURE".to_owned(), summary: "No room.".to_owned() });
    port.add_node_run("wfnr_b");
    let evidence = Evidence::of(&port);
    assert_eq!(evidence.entities, [(EntityId::new("vm", "a"), entity("a", 1))].into());
    let run = |status: &str, is_explained| HeldRun { status: status.to_owned(), is_explained };
    let runs = [("r_a", run("FAILURE", true)), ("wfnr_b", run("IN_PROGRESS", false))];
    assert_eq!(evidence.runs, runs.map(|(id, run)| (id.to_owned(), run)).into());
    let failed = json!({"status": "COMPLETED", "result": "FAILED", "logs": [{"message": "No room."}]});
    assert_eq!(HeldRun::of_node_run(&failed), run("FAILURE", true));
    for (output, is_explained) in
        [(json!({"summary": "No room."}), true), (json!({"summary": ""}), false), (json!({}), false)]
    {
        let failed = json!({"status": "COMPLETED", "result": "FAILED", "logs": [], "output": output});
        assert_eq!(HeldRun::of_node_run(&failed), run("FAILURE", is_explained));
    }
}
