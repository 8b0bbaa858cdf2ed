//! What each call sends, and what it answers.

use port::{Collection, Failure, LogLevel, RunReport, RunState, Status, Written};
use serde_json::{Map, json};

use crate::stage::{Stage, deadline, entity, run};

fn report(status: Status) -> RunReport {
    RunReport { status, summary: "It is over.".to_owned() }
}

#[test]
fn a_run_is_closed_once_with_its_status() {
    for (status, word) in [(Status::Success, "SUCCESS"), (Status::Failure, "FAILURE")] {
        let stage = Stage::new();
        run(async {
            let asked = || stage.client.run_state("r_1", None, deadline());
            assert_eq!(asked().await.unwrap(), Some(RunState::Open));
            stage.client.close_run("r_1", &report(status), deadline()).await.unwrap();
            assert_eq!(asked().await.unwrap(), Some(RunState::Closed));
            let again = stage.client.close_run("r_1", &report(status), deadline()).await.unwrap_err();
            assert_eq!(again.status(), Some(422));
            assert_eq!(stage.client.run_state("r_2", None, deadline()).await.unwrap(), None);
        });
        let held = stage.port.run("r_1").unwrap();
        assert_eq!((&held["status"], &held["summary"]), (&json!(word), &json!("It is over.")));
    }
}

#[test]
fn a_declined_run_is_closed_and_an_undocumented_status_is_not() {
    let stage = Stage::new();
    for (status, want) in [("DECLINED", RunState::Closed), ("WAITING_FOR_APPROVAL", RunState::Open)] {
        stage.port.add_run("r_3", "create_vm", None, None);
        stage.port.advance_run("r_3", local::Progress::Status(status.to_owned()));
        let held = run(stage.client.run_state("r_3", None, deadline())).unwrap();
        assert_eq!(held, Some(want), "{status}");
    }
}

#[test]
fn a_node_run_is_closed_in_its_own_words() {
    let stage = Stage::new();
    for (id, status, word) in [("wfnr_1", Status::Success, "SUCCESS"), ("wfnr_2", Status::Failure, "FAILED")] {
        stage.port.add_node_run(id);
        stage.port.add_workflow_run("wfr_1", &[id]);
        run(async {
            let asked = |workflow| stage.client.run_state(id, workflow, deadline());
            assert_eq!(asked(None).await.unwrap(), Some(RunState::Undisclosed));
            assert_eq!(asked(Some("wfr_0")).await.unwrap(), Some(RunState::Undisclosed));
            assert_eq!(asked(Some("wfr_1")).await.unwrap(), Some(RunState::Open));
            stage.client.log(id, LogLevel::Error, "a line", deadline()).await.unwrap();
            stage.client.close_run(id, &report(status), deadline()).await.unwrap();
            assert_eq!(asked(Some("wfr_1")).await.unwrap(), Some(RunState::Closed));
        });
        let held = stage.port.node_run(id).unwrap();
        assert_eq!((&held["status"], &held["result"]), (&json!("COMPLETED"), &json!(word)));
        assert_eq!(held["output"]["summary"], "It is over.");
    }
    let logs: Vec<_> = stage.port.calls().into_iter().filter(|call| call.path.ends_with("/logs")).collect();
    assert_eq!(logs[0].body, Some(json!({"logs": [{"level": "ERROR", "message": "a line"}]})));
}

#[test]
fn runs_are_started_listed_and_have_a_log() {
    let stage = Stage::new();
    stage.port.add_action(json!({"identifier": "create_vm", "trigger": {"type": "self-service", "operation": "CREATE",
        "blueprintIdentifier": "vm", "userInputs": {"properties": {"cpu": {"type": "number"}}}},
        "invocationMethod": {"type": "KAFKA"}}));
    run(async {
        let inputs = Map::from_iter([("cpu".to_owned(), json!(2))]);
        let started = stage.client.start_run("create_vm", &inputs, None, deadline()).await.unwrap();
        let id = started["id"].as_str().unwrap();
        assert_eq!(stage.client.run(id, deadline()).await.unwrap().unwrap()["id"], started["id"]);
        assert_eq!(stage.client.run("r_none", deadline()).await.unwrap(), None);
        let query = vec![("blueprint", "vm".to_owned())];
        assert_eq!(stage.client.runs(query, deadline()).await.unwrap().len(), 2);
        for line in ["one", "two", "three"] {
            stage.client.log(id, LogLevel::Info, line, deadline()).await.unwrap();
        }
        let lines = stage.client.run_logs(id, 1, deadline()).await.unwrap();
        let lines: Vec<_> = lines.iter().map(|line| line["message"].as_str().unwrap()).collect();
        assert_eq!(lines, ["two", "three"]);
        stage.client.answers_about(id, deadline()).await.unwrap();
        stage.client.answers_about("r_none", deadline()).await.unwrap();
    });
}

#[test]
fn an_entity_is_created_once_and_changed_in_part() {
    let stage = Stage::new();
    let (first, second, third) = (entity("a/b", 2), entity("a/b", 3), entity("a/b", 4));
    run(async {
        let client = &stage.client;
        assert_eq!(client.create_entity("vm", &first, "r_1", deadline()).await.unwrap(), Written::Done);
        assert_eq!(client.create_entity("vm", &second, "r_1", deadline()).await.unwrap(), Written::Exists);
        let held = client.entity("vm", "a/b", deadline()).await.unwrap().unwrap();
        assert_eq!(held.differences_from(&first), Some(vec![]));
        assert_eq!(held.differences_from(&second), Some(vec!["cpu".to_owned()]));
        assert_eq!(client.update_entity("vm", &third, "r_1", deadline()).await.unwrap(), Written::Done);
        assert_eq!(client.update_entity("vm", &entity("c", 4), "r_1", deadline()).await.unwrap(), Written::Missing);
        let found = client.entities_beginning_with("vm", "a", 10, deadline()).await.unwrap();
        assert_eq!(found.len(), 1);
        assert!(client.entities_beginning_with("vm", "z", 10, deadline()).await.unwrap().is_empty());
        client.delete_entity("vm", "a/b", "r_1", deadline()).await.unwrap();
        client.delete_entity("vm", "a/b", "r_1", deadline()).await.unwrap();
        assert!(client.entity("vm", "a/b", deadline()).await.unwrap().is_none());
    });
    let calls = stage.port.calls();
    let first = calls.iter().find(|call| call.method == "POST" && call.path.ends_with("/entities")).unwrap();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(first.query, [pair("upsert", "false"), pair("run_id", "r_1")]);
    assert_eq!(first.body, Some(json!({"identifier": "a/b", "properties": {"cpu": 2}})));
    let delete = calls.iter().find(|call| call.method == "DELETE").unwrap();
    assert_eq!(delete.query, [pair("delete_dependents", "false"), pair("run_id", "r_1")]);
    assert!(delete.path.ends_with("/entities/a%2Fb"));
}

#[test]
fn what_a_node_writes_is_not_tied_to_its_run() {
    let stage = Stage::new();
    run(stage.client.create_entity("vm", &entity("a", 1), "wfnr_1", deadline())).unwrap();
    let calls = stage.port.calls();
    assert_eq!(calls.last().unwrap().query, [("upsert".to_owned(), "false".to_owned())]);
}

#[test]
fn documents_are_listed_created_replaced_and_deleted() {
    let stage = Stage::new();
    let blueprint =
        |title| json!({"identifier": "db", "title": title, "icon": "DB", "schema": {"properties": {}, "required": []}});
    run(async {
        let client = &stage.client;
        let kind = Collection::Blueprints;
        assert_eq!(client.documents(kind, deadline()).await.unwrap().len(), 1);
        assert_eq!(client.documents(Collection::Actions, deadline()).await.unwrap().len(), 0);
        assert_eq!(client.document(kind, "db", deadline()).await.unwrap(), None);
        client.create_document(kind, &blueprint("One"), deadline()).await.unwrap();
        assert_eq!(client.create_document(kind, &blueprint("One"), deadline()).await.unwrap_err().status(), Some(409));
        client.replace_document(kind, "db", &blueprint("Two"), deadline()).await.unwrap();
        assert_eq!(client.document(kind, "db", deadline()).await.unwrap().unwrap()["title"], "Two");
        client.delete_document(kind, "db", deadline()).await.unwrap();
        client.delete_document(kind, "db", deadline()).await.unwrap();
        assert_eq!(client.document(kind, "db", deadline()).await.unwrap(), None);
        let missing = client.replace_document(kind, "db", &blueprint("Two"), deadline()).await.unwrap_err();
        assert!(matches!(missing, Failure::Refused { status: 404, .. }));
        assert!(!client.organization(deadline()).await.unwrap().is_empty());
    });
}
