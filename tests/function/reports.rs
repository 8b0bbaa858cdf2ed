//! What Port learns about a run besides its entity: its status, its log, and the endpoint of a workflow's node.

use std::time::Duration;

use local::{Answer, Effect, Fault, KafkaEvent, Progress};
use serde_json::{Value, json};

use crate::function::{Function, done, now_millis};
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

fn inputs() -> Value {
    json!({"title": "A", "cpu": 2, "memory": 4, "storage": 50, "region": "eu-west-1"})
}

/// A workflow node that runs our action is reported to its own endpoint, with that endpoint's vocabulary: a line in its
/// log, then the result.
#[test]
fn node_runs_are_reported_to_their_own_endpoint() {
    let mut function = Function::new();
    function.port.add_node_run("wfnr_1");
    function.deliver(&[ours("vm_create_vm", "wfnr_1", None, &inputs())]);
    assert!(function.port.entity("vm", "a").is_some());
    let tied = function.port.calls().iter().any(|call| call.query.iter().any(|(key, _)| key == "run_id"));
    assert!(!tied, "a node's run cannot be linked");
    let bodies = |function: &Function| -> Vec<(String, Value)> {
        let calls = function.port.calls();
        let of_nodes = calls.iter().filter(|call| call.path.contains("/workflows/"));
        of_nodes.map(|call| (format!("{} {}", call.method, call.path), call.body.clone().unwrap())).collect()
    };
    let reports = |run: &str, result: &str, level: &str, summary: &str| {
        let path = format!("/v1/workflows/nodes/runs/{run}");
        let end = json!({"status": "COMPLETED", "result": result, "output": {"summary": summary}});
        let line = json!({"logs": [{"level": level, "message": summary}]});
        vec![(format!("POST {path}/logs"), line), (format!("PATCH {path}"), end)]
    };
    assert_eq!(bodies(&function), reports("wfnr_1", "SUCCESS", "INFO", "`a` was created."));
    assert!(!function.calls().iter().any(|call| call.contains("/actions/runs")));

    function.port.add_node_run("wfnr_2");
    function.port.script(Fault::status(422).method("POST").path("/entities"));
    function.deliver(&[ours("vm_create_vm", "wfnr_2", None, &inputs())]);
    let summary = "Port refused the entity (422): a scripted answer 422";
    assert_eq!(bodies(&function), reports("wfnr_2", "FAILED", "ERROR", summary));
    assert_eq!(function.port.node_run("wfnr_2").unwrap()["result"], "FAILED");
}

/// A node's run whose end is refused has not ended for that. Where the message names the run of the workflow, that run
/// says what is true; otherwise the record goes back, unless Port refuses it as it refuses a second end.
#[test]
fn a_refused_end_of_a_node_run_is_not_an_end() {
    let of_workflow = |run: &str| {
        let mut message = ours("vm_create_vm", run, None, &inputs());
        message["context"]["workflowRunId"] = json!("wfr_1");
        message
    };
    let back = |answer: &Answer| matches!(answer, Answer::Error(_));
    for status in [400, 403, 409, 413, 415, 422, 423] {
        let mut function = Function::new();
        for run in ["wfnr_named", "wfnr_alone"] {
            function.port.add_node_run(run);
        }
        function.port.add_workflow_run("wfr_1", &["wfnr_named"]);
        function.port.script(Fault::status(status).method("PATCH").path("/workflows/nodes").times(2));
        let answer = function.deliver(&[of_workflow("wfnr_named")]);
        assert!(back(&answer), "{status}: {answer:?}");
        let answer = function.deliver(&[ours("vm_create_vm", "wfnr_alone", None, &inputs())]);
        let is_like_a_second_end = matches!(status, 409 | 422);
        assert_eq!(back(&answer), !is_like_a_second_end, "{status}: {answer:?}");
        let outcome = if is_like_a_second_end { "\"outcome\":\"REFUSED\"" } else { "\"outcome\":\"UNFINISHED\"" };
        assert!(function.process().wait_for_output(outcome, Duration::from_secs(5)), "{status}");
        let output = function.process().output();
        assert!(output.lines().filter(|line| line.contains(outcome)).all(|line| line.contains("\"level\":\"ERROR\"")));
        assert!(!output.contains("CLOSED_BEFORE"), "{status}: {output}");

        // The redelivery ends them, and a second one to another process changes nothing.
        for run in ["wfnr_named", "wfnr_alone"] {
            assert_eq!(function.deliver(&[of_workflow(run)]), done(), "{status}");
            assert_eq!(function.port.node_run(run).unwrap()["result"], "SUCCESS", "{status}");
        }
        function.restart();
        function.calls();
        assert_eq!(function.deliver_late(&[of_workflow("wfnr_named")]), done());
        assert_eq!(function.calls(), ["POST /v1/auth/access_token", "GET /v1/workflows/runs/wfr_1"]);
        assert!(function.process().wait_for_output("CLOSED_BEFORE", Duration::from_secs(5)));
    }
}

/// A node's run that Port does not know.
#[test]
fn an_unknown_node_run_is_reported_to_the_operator() {
    let mut function = Function::new();
    assert_eq!(function.deliver(&[ours("vm_create_vm", "wfnr_none", None, &inputs())]), done());
    assert!(function.process().wait_for_output("UNKNOWN_RUN", Duration::from_secs(5)));
}

/// Only the statuses that Port documents as ends are ends. Any other word is that of a run that somebody waits for.
#[test]
fn a_run_with_another_status_is_open() {
    for (status, is_open) in [
        ("IN_PROGRESS", true),
        ("WAITING_FOR_APPROVAL", true),
        ("QUEUED", true),
        ("success", true),
        ("", true),
        ("SUCCESS", false),
        ("FAILURE", false),
        ("DECLINED", false),
    ] {
        let mut function = Function::new();
        function.run("r_1", "resize_vm", Some("gone"));
        function.port.advance_run("r_1", Progress::Status(status.to_owned()));
        let failing = ours("resize_vm", "r_1", Some("gone"), &json!({"cpu_cores": 2}));
        assert_eq!(function.deliver(std::slice::from_ref(&failing)), done(), "{status}");
        let ended = if is_open { "FAILURE" } else { status };
        assert_eq!(
            (function.status("r_1").as_str(), function.summary("r_1").is_empty()),
            (ended, !is_open),
            "{status}"
        );

        // The same before a late message is acted on.
        function.run("r_2", "vm_create_vm", None);
        function.port.advance_run("r_2", Progress::Status(status.to_owned()));
        assert_eq!(function.deliver_late(&[ours("vm_create_vm", "r_2", None, &inputs())]), done(), "{status}");
        assert_eq!(function.port.entity("vm", "a").is_some(), is_open, "{status}");
    }
}

/// A refused status of a run that is open, or whose state cannot be read, is not lost: the record goes back.
#[test]
fn a_refused_status_of_an_open_run_goes_back() {
    let function = Function::new();
    for (run, unreadable) in [("r_1", false), ("r_2", true)] {
        function.run(run, "vm_create_vm", None);
        function.port.script(Fault::status(422).method("PATCH").path("/actions/runs"));
        if unreadable {
            function.port.script(Fault::status(503).method("GET").path("/actions/runs").always());
        }
        let event = KafkaEvent::new("org.runs").published_now().json(0, 0, &tutorial(run)).build();
        let answer = function.invoke(&event, Duration::from_secs(3)).answer;
        assert!(matches!(answer, Answer::Error(_)), "{run}: {answer:?}");
        assert_eq!(function.status(run), "IN_PROGRESS");
        function.port.clear_faults();
        assert_eq!(function.invoke(&event, Duration::from_secs(20)).answer, done());
        assert_eq!(function.status(run), "SUCCESS");
    }
}

/// What Port refuses in the words of a report for ten minutes is left out, and the run ends as it should. Nothing is claimed
/// while Port refuses the end itself.
#[test]
fn a_report_that_is_refused_for_long_is_sent_in_plain_words() {
    let overdue = now_millis() - 601_000;
    for status in [400, 413, 422] {
        let mut function = Function::new();
        for (run, action) in [("r_good", "vm_create_vm"), ("r_bad", "resize_vm")] {
            function.run(run, action, None);
        }
        let batch = [
            ours("vm_create_vm", "r_good", None, &inputs()),
            ours("resize_vm", "r_bad", Some("gone"), &json!({"cpu_cores": 2})),
        ];
        for path in ["/actions/runs/r_good", "/actions/runs/r_bad"] {
            function.port.script(Fault::status(status).method("PATCH").path(path).times(2));
        }
        assert!(matches!(function.deliver(&batch), Answer::Error(_)), "{status}");
        assert_eq!(["r_good", "r_bad"].map(|run| function.status(run)), ["IN_PROGRESS"; 2], "{status}");
        assert_eq!(function.deliver_published(overdue, &batch), done(), "{status}");
        let said = format!("Port refused the summary of this run ({status}).");
        assert_eq!(["r_good", "r_bad"].map(|run| function.status(run)), ["SUCCESS", "FAILURE"]);
        assert_eq!(["r_good", "r_bad"].map(|run| function.summary(run)), [said.clone(), said]);

        function.run("r_shut", "vm_create_vm", None);
        function.port.script(Fault::status(status).method("PATCH").path("/actions/runs/r_shut").always());
        assert!(matches!(function.deliver_published(overdue, &[tutorial("r_shut")]), Answer::Error(_)), "{status}");
        assert_eq!(function.status("r_shut"), "IN_PROGRESS");
    }
}

/// An entity that was there at the creation and gone a moment later says nothing about the run.
#[test]
fn an_entity_that_came_and_went_is_tried_again() {
    let mut function = Function::new();
    function.run("r_1", "vm_create_vm", None);
    function.port.script(Fault::status(409).method("POST").path("/entities"));
    assert!(matches!(function.deliver(&[tutorial("r_1")]), Answer::Error(_)));
    assert_eq!(function.status("r_1"), "IN_PROGRESS");
    assert_eq!(function.deliver(&[tutorial("r_1")]), done());
    assert_eq!((function.status("r_1").as_str(), function.port.entities().len()), ("SUCCESS", 1));
}

/// A log that does not answer must not keep a run open.
#[test]
fn a_log_that_hangs_delays_no_end() {
    let function = Function::new();
    function.run("r_1", "resize_vm", Some("gone"));
    function.port.script(Fault::new(Effect::Hang).method("POST").path("/logs").always());
    let event = KafkaEvent::new("org.runs").published_now();
    let event = event.json(0, 0, &ours("resize_vm", "r_1", Some("gone"), &json!({"cpu_cores": 2}))).build();
    let invocation = function.invoke(&event, Duration::from_secs(15));
    assert_eq!((invocation.answer, function.status("r_1").as_str()), (done(), "FAILURE"));
    assert!(invocation.duration < Duration::from_secs(6), "{:?}", invocation.duration);
}

/// Code that leaves a run open does so only if its entity is written.
#[test]
fn a_run_is_not_left_open_without_its_entity() {
    let mut function = Function::with_example("misbehaving", |_| {});
    let message = |run: &str| ours("vm_create_vm", run, None, &json!({"title": "leave open", "cpu": 2}));
    function.run("r_1", "vm_create_vm", None);
    function.port.script(Fault::status(422).method("POST").path("/entities"));
    function.deliver(&[message("r_1")]);
    assert_eq!(function.summary("r_1"), "Port refused the entity (422): a scripted answer 422");
    function.run("r_2", "vm_create_vm", None);
    function.port.add_entity("vm", json!({"identifier": "leave-open", "title": "Another", "properties": {}}));
    function.deliver(&[message("r_2")]);
    assert_eq!(["r_1", "r_2"].map(|run| function.status(run)), ["FAILURE"; 2]);
}

/// The alarms find their metrics by the function's name.
#[test]
fn every_metric_has_the_functions_name() {
    let mut function = Function::new();
    function.run("r_1", "vm_create_vm", None);
    function.deliver(&[tutorial("r_1")]);
    assert!(function.process().wait_for_output("RecordAge", Duration::from_secs(5)));
    let output = function.process().output();
    let lines: Vec<Value> = output.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let metrics: Vec<&Value> = lines.iter().filter(|line| line.get("_aws").is_some()).collect();
    assert!(!metrics.is_empty() && metrics.iter().all(|line| line["FunctionName"] == "local"), "{output}");
}
