//! Runs: started, logged, closed once; and node runs of workflows.

use local::Progress;
use serde_json::{Value, json};

mod wire;

use wire::{Wire, port};

const RUN: &str = "/v1/actions/runs/r_1";

#[test]
fn a_run_is_started_by_its_action() {
    let port = port();
    let mut wire = Wire::signed_in(&port);
    let started = wire.post("/v1/actions/vm_create_vm/runs", &json!({"properties": {"cpu": 2}}));
    assert_eq!(started.status, 202);
    let run = &started.json()["run"];
    let id = run["id"].as_str().unwrap();
    assert!(id.starts_with("r_") && id.len() == 18, "{id}");
    assert_eq!((&run["status"], &run["endedAt"]), (&json!("IN_PROGRESS"), &Value::Null));
    assert_eq!((&run["blueprint"]["title"], &run["properties"]), (&json!("VM"), &json!({"cpu": 2})));
    assert_eq!(port.run(id).as_ref(), Some(run));

    for (action, body, status) in [
        ("none", json!({"properties": {}}), 404),
        ("vm_create_vm", json!({}), 422),
        ("vm_create_vm", json!({"properties": {}}), 422),
        ("vm_create_vm", json!({"properties": {"cpu": "2"}}), 422),
        ("vm_create_vm", json!({"properties": {"cpu": 2}, "title": "x"}), 422),
        ("resize", json!({"properties": {"cpu": 2}}), 422),
        ("resize", json!({"properties": {"cpu": 2}, "entity": "none"}), 404),
    ] {
        assert_eq!(wire.post(&format!("/v1/actions/{action}/runs"), &body).status, status, "{action} {body}");
    }
}

#[test]
fn calls_of_the_first_generation_start_runs() {
    let port = port();
    port.add_entity("vm", json!({"identifier": "a", "properties": {"cpu": 1}}));
    let mut wire = Wire::signed_in(&port);
    let body = json!({"properties": {"cpu": 2}});
    let created = wire.post("/v1/blueprints/vm/actions/create_vm/runs", &body);
    assert_eq!((created.status, &created.json()["run"]["action"]["identifier"]), (202, &json!("vm_create_vm")));
    let resized = wire.post("/v1/blueprints/vm/entities/a/actions/resize/runs", &body);
    assert_eq!((resized.status, &resized.json()["run"]["entity"]["identifier"]), (202, &json!("a")));
}

#[test]
fn a_label_keeps_a_run_open_and_a_status_closes_it() {
    let port = port();
    port.add_run("r_1", "vm_create_vm", Some("vm"), None);
    let mut wire = Wire::signed_in(&port);
    assert_eq!(wire.patch(RUN, &json!({"statusLabel": "Half way", "link": "https://a.test"})).status, 200);
    assert_eq!(port.run("r_1").unwrap()["status"], "IN_PROGRESS");
    let closed = wire.patch(RUN, &json!({"status": "SUCCESS", "summary": "done", "link": ["https://b.test"]}));
    let run = &closed.json()["run"];
    assert_eq!((closed.status, &run["status"], &run["statusLabel"]), (200, &json!("SUCCESS"), &json!("Half way")));
    assert_eq!((&run["summary"], &run["link"]), (&json!("done"), &json!(["https://b.test"])));
    assert!(run["endedAt"].is_string());
    for late in [json!({"status": "FAILURE"}), json!({"summary": "changed my mind"})] {
        assert_eq!(wire.patch(RUN, &late).json()["error"], "run_closed");
    }
    assert_eq!(wire.get(RUN).json()["run"]["summary"], "done");
}

#[test]
fn a_run_accepts_only_what_is_documented() {
    let port = port();
    port.add_run("r_1", "vm_create_vm", None, None);
    let mut wire = Wire::signed_in(&port);
    for body in [
        json!({"status": "IN_PROGRESS"}),
        json!({"status": "success"}),
        json!({"colour": "red"}),
        json!({"summary": 1}),
        json!({"link": [1]}),
        json!({"message": "text"}),
        json!([]),
    ] {
        assert_eq!(wire.patch(RUN, &body).status, 422, "{body}");
    }
    assert_eq!(wire.patch("/v1/actions/runs/none", &json!({"status": "SUCCESS"})).status, 404);
    assert_eq!(port.run("r_1").unwrap()["status"], "IN_PROGRESS");
    let old = json!({"message": {"run_status": "ok"}, "externalRunId": "runs-0-1"});
    assert_eq!(wire.patch(&format!("{RUN}?version=v2"), &old).status, 200);
    assert_eq!(wire.patch(&format!("{RUN}/response"), &json!({"response": {"a": 1}})).status, 200);
}

#[test]
fn a_log_line_may_close_the_run_once() {
    let port = port();
    port.add_run("r_1", "vm_create_vm", None, None);
    let mut wire = Wire::signed_in(&port);
    let logs = format!("{RUN}/logs");
    let line = wire.post(&logs, &json!({"message": "one", "statusLabel": "Working"}));
    assert_eq!((line.status, &line.json()["runLog"]["runId"]), (201, &json!("r_1")));
    assert_eq!(wire.post(&logs, &json!({"message": "two", "terminationStatus": "FAILURE"})).status, 201);
    assert_eq!(port.run("r_1").unwrap()["status"], "FAILURE");
    assert_eq!(wire.post(&logs, &json!({"message": "three", "terminationStatus": "SUCCESS"})).status, 422);
    assert_eq!(wire.post(&logs, &json!({"message": "a postscript"})).status, 201);
    assert_eq!(wire.post(&logs, &json!({"terminationStatus": "SUCCESS"})).status, 422);
    assert_eq!(wire.post("/v1/actions/runs/none/logs", &json!({"message": "x"})).status, 404);

    let messages: Vec<Value> = port.run_logs("r_1").iter().map(|line| line["message"].clone()).collect();
    assert_eq!(messages, ["one", "two", "a postscript"]);
    let page = wire.get(&format!("{logs}?limit=1&offset=1")).json();
    assert_eq!(page["runLogs"].as_array().unwrap().len(), 1);
    assert_eq!(page["runLogs"][0]["message"], "two");
    assert_eq!(wire.get(&format!("{logs}?limit=51")).status, 422);
}

#[test]
fn runs_are_filtered_by_subject() {
    let port = port();
    port.add_run("r_1", "vm_create_vm", Some("vm"), None);
    port.add_run("r_2", "resize", Some("vm"), Some("a"));
    let mut wire = Wire::signed_in(&port);
    wire.patch(RUN, &json!({"status": "SUCCESS", "externalRunId": "runs-0-1"}));
    let mut found = |query: &str| -> Vec<Value> {
        let answer = wire.get(&format!("/v1/actions/runs{query}")).json();
        answer["runs"].as_array().unwrap().iter().map(|run| run["id"].clone()).collect()
    };
    assert_eq!(found(""), ["r_2", "r_1"]);
    assert_eq!(found("?limit=1"), ["r_2"]);
    assert_eq!(found("?active=true"), ["r_2"]);
    assert_eq!(found("?external_run_id=runs-0-1"), ["r_1"]);
    assert_eq!(found("?active=false"), ["r_2", "r_1"]);
    assert_eq!(found("?entity=a&blueprint=vm&action=resize"), ["r_2"]);
    assert_eq!(found("?source=UI&source=API").len(), 2);
    assert_eq!(found("?source=AUTOMATION"), [""; 0]);
    assert_eq!(found("?user_id=id@clients").len(), 2);
    assert_eq!(found("?user_email=somebody@a.test"), [""; 0]);
    assert_eq!(wire.get("/v1/actions/runs?exclude=properties&exclude=link").json()["runs"][0].get("link"), None);
    for limit in ["0", "1001", "many"] {
        assert_eq!(wire.get(&format!("/v1/actions/runs?limit={limit}")).status, 422, "{limit}");
    }
}

#[test]
fn a_scripted_run_takes_a_step_each_time_it_is_read() {
    let port = port();
    let end = Progress::End { status: "FAILURE".to_owned(), summary: "no room".to_owned() };
    let steps = [Progress::Status("WAITING_FOR_APPROVAL".to_owned()), Progress::Status("IN_PROGRESS".to_owned())];
    let steps = steps.into_iter().chain([Progress::Log("one".to_owned()), Progress::Label("half".to_owned()), end]);
    port.script_runs("vm_create_vm", steps);
    let mut wire = Wire::signed_in(&port);
    let started = wire.post("/v1/actions/vm_create_vm/runs", &json!({"properties": {"cpu": 2}})).json();
    let path = format!("/v1/actions/runs/{}", started["run"]["id"].as_str().unwrap());
    let mut seen = Vec::new();
    for _ in 0..6 {
        let run = wire.get(&path).json()["run"].clone();
        let logs = wire.get(&format!("{path}/logs")).json()["runLogs"].as_array().unwrap().len();
        seen.push((run["status"].as_str().unwrap().to_owned(), logs, run["endedAt"].is_string()));
    }
    let seen: Vec<_> = seen.iter().map(|(status, logs, ended)| (status.as_str(), *logs, *ended)).collect();
    let open = ("IN_PROGRESS", 1, false);
    let ended = ("FAILURE", 1, true);
    assert_eq!(seen, [("WAITING_FOR_APPROVAL", 0, false), ("IN_PROGRESS", 0, false), open, open, ended, ended]);
    assert_eq!((&port.runs()[0]["summary"], &port.runs()[0]["statusLabel"]), (&json!("no room"), &json!("half")));

    port.add_run("r_1", "vm_create_vm", None, None);
    port.backdate_run("r_1", "2026-01-01T00:00:00.000Z");
    port.advance_run("r_1", Progress::Status("DECLINED".to_owned()));
    let run = port.run("r_1").unwrap();
    assert_eq!((&run["status"], &run["createdAt"]), (&json!("DECLINED"), &json!("2026-01-01T00:00:00.000Z")));
    port.advance_run("none", Progress::Log("nobody hears it".to_owned()));
}

#[test]
fn a_run_that_needs_approval_waits() {
    let port = port();
    let mut action = port.action("vm_create_vm").unwrap();
    action["requiredApproval"] = json!({"type": "ANY"});
    port.add_action(action);
    let mut wire = Wire::signed_in(&port);
    let run = wire.post("/v1/actions/vm_create_vm/runs", &json!({"properties": {"cpu": 1}})).json();
    assert_eq!(run["run"]["status"], "WAITING_FOR_APPROVAL");
}

#[test]
fn a_node_run_is_completed_once() {
    let port = port();
    port.add_node_run("wfnr_1");
    let mut wire = Wire::signed_in(&port);
    let path = "/v1/workflows/nodes/runs/wfnr_1";
    let logs = json!({"logs": [{"level": "INFO", "message": "working"}]});
    assert_eq!(wire.post(&format!("{path}/logs"), &logs).status, 201);
    assert_eq!(wire.post(&format!("{path}/logs"), &json!({"logs": [{"level": "LOUD", "message": "x"}]})).status, 422);
    assert_eq!(wire.patch(path, &json!({"status": "SUCCESS"})).status, 422);
    assert_eq!(wire.patch(path, &json!({"status": "COMPLETED", "result": "FAILURE"})).status, 422);
    assert_eq!(wire.patch(path, &json!({"status": "COMPLETED"})).status, 422);
    let with_logs = json!({"status": "COMPLETED", "result": "FAILED", "logs": logs["logs"]});
    assert_eq!(wire.patch(path, &with_logs).status, 422);
    assert_eq!(wire.patch(path, &json!({"output": "text"})).status, 422);
    assert_eq!(wire.patch(path, &json!({"output": {"a": 1}})).status, 200);
    assert_eq!(port.node_run("wfnr_1").unwrap()["output"], json!({"a": 1}));
    assert_eq!(wire.patch(path, &json!({"status": "COMPLETED", "result": "FAILED"})).status, 200);
    assert_eq!(wire.patch(path, &json!({"status": "COMPLETED", "result": "SUCCESS"})).status, 422);
    let unknown = wire.patch("/v1/workflows/nodes/runs/none", &json!({"status": "COMPLETED", "result": "SUCCESS"}));
    assert_eq!(unknown.status, 404);
    let run = port.node_run("wfnr_1").unwrap();
    assert_eq!((&run["result"], &run["logs"]), (&json!("FAILED"), &logs["logs"]));
    assert_eq!(run["output"], json!({}), "a report without an output empties it");
}

#[test]
fn a_run_of_a_workflow_has_its_node_runs() {
    let port = port();
    port.add_node_run("wfnr_1");
    port.add_node_run("wfnr_2");
    port.add_workflow_run("wfr_1", &["wfnr_1", "wfnr_2"]);
    let mut wire = Wire::signed_in(&port);
    wire.patch("/v1/workflows/nodes/runs/wfnr_1", &json!({"status": "COMPLETED", "result": "SUCCESS"}));
    let run = &wire.get("/v1/workflows/runs/wfr_1").json()["workflowRun"];
    assert_eq!(run["status"], "IN_PROGRESS");
    assert_eq!(
        (&run["nodeRuns"][0]["identifier"], &run["nodeRuns"][0]["status"]),
        (&json!("wfnr_1"), &json!("COMPLETED"))
    );
    assert_eq!(run["nodeRuns"][1]["status"], "IN_PROGRESS");
    assert_eq!(wire.get("/v1/workflows/runs/wfr_none").status, 404);
}
