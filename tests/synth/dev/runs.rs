//! Runs go from Port through Kafka and the mapping to the function and back.

use serde_json::{Value, json};

use super::{INPUTS, Session, command, of};
use crate::workspace::{Workspace, code, text};

fn lines(output: &[u8]) -> Vec<Value> {
    text(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_run_ends_and_every_step_of_its_way_is_an_event() {
    let workspace = Workspace::new();
    let arguments = [&["--run", "create_vm", "--exit", "--window", "0"], &INPUTS[..]].concat();
    let output = command(&workspace, &arguments).output().unwrap();
    assert_eq!(code(&output), 0, "{}{}", text(&output.stdout), text(&output.stderr));
    let lines = lines(&output.stdout);
    assert!(lines[0]["ready"]["kafka"].as_str().unwrap().starts_with("localhost:"));
    let mut steps = [
        ("port", "runDue"),
        ("kafka", "produced"),
        ("port", "runPublished"),
        ("mapping", "batchClosed"),
        ("mapping", "invocationStarted"),
        ("port", "entityChanged"),
        ("port", "runChanged"),
    ]
    .into_iter();
    let mut step = steps.next();
    for line in &lines {
        if step.is_some_and(|(service, kind)| of(line, service, kind).is_some()) {
            step = steps.next();
        }
    }
    assert_eq!(step, None, "{lines:#?}");
    let numbers: Vec<u64> = lines[1..].iter().map(|line| line["n"].as_u64().unwrap()).collect();
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "no event is left out: {numbers:?}");
}

#[test]
fn a_run_that_fails_is_the_exit_code() {
    let workspace = Workspace::new();
    let arguments =
        [&["--run", "create_vm", "--exit", "--window", "0", "--fault", "status=422,path=/entities"], &INPUTS[..]]
            .concat();
    let output = command(&workspace, &arguments).output().unwrap();
    assert_eq!(code(&output), 1, "{}", text(&output.stderr));
    let ended = lines(&output.stdout).into_iter().rev().find_map(|line| {
        let run = of(&line, "port", "runChanged")?["run"].clone();
        (run["status"] == "FAILURE").then_some(run)
    });
    assert!(ended.is_some(), "{}", text(&output.stdout));
}

#[test]
fn inputs_that_the_form_refuses_start_nothing() {
    let workspace = Workspace::new();
    let output = command(&workspace, &["--run", "create_vm", "--exit", "--input", "cpu=many"]).output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(text(&output.stderr).contains("input `cpu`"), "{}", text(&output.stderr));
}

#[test]
fn clients_of_the_api_start_runs_too() {
    let workspace = Workspace::new();
    let mut session = Session::start(&workspace, &["--window", "0"]);
    let id = session.create_vm("Box");
    assert_eq!(session.ended(&id)["status"], "SUCCESS");
    let (status, answer) = session.call("GET", "/v1/blueprints/vm/entities/box", &Value::Null);
    assert_eq!((status, &answer["entity"]["properties"]["cpu_cores"]), (200, &json!(2)), "{answer}");
    let (status, answer) = session.call("GET", "/v1/kafka-credentials", &Value::Null);
    assert_eq!((status, &answer["credentials"]["brokers"]), (200, &json!([session.ready["kafka"]])));
    assert_eq!(session.stop(), Some(0));
}

/// The run of an action that is not of the input files is published, and its record is held back.
#[test]
fn a_record_that_the_filter_holds_back_says_why() {
    let workspace = Workspace::new();
    let mut session = Session::start(&workspace, &["--window", "0"]);
    let action = json!({
        "identifier": "foreign", "title": "Foreign",
        "trigger": { "type": "self-service", "operation": "CREATE", "userInputs": { "properties": {}, "required": [] } },
        "invocationMethod": { "type": "KAFKA", "payload": { "action": "foreign", "runId": "{{ .run.id }}" } },
    });
    let (status, answer) = session.call("POST", "/v1/actions", &action);
    assert_eq!(status, 201, "{answer}");
    let (status, _) = session.call("POST", "/v1/actions/foreign/runs", &json!({ "properties": {} }));
    assert_eq!(status, 202);
    let why =
        session.until("filtered record", |line| Some(of(line, "mapping", "filtered")?["why"].as_str()?.to_owned()));
    assert!(why.contains("`action` is `foreign`"), "{why}");
    session.until("commit", |line| of(line, "mapping", "committed").map(drop));
    assert!(session.seen.iter().all(|line| of(line, "mapping", "invocationStarted").is_none()));
}

#[test]
fn a_fault_is_survived_and_seen() {
    let workspace = Workspace::new();
    let faults =
        ["--window", "0", "--retry-speed", "100", "--fault", "status=503,times=2,path=/entities", "--fault", "kill"];
    let mut session = Session::start(&workspace, &faults);
    let id = session.create_vm("Box");
    assert_eq!(session.ended(&id)["status"], "SUCCESS");
    let of_fault = |line: &Value| of(line, "port", "callEnded").is_some_and(|event| !event["call"]["fault"].is_null());
    assert_eq!(session.seen.iter().filter(|line| of_fault(line)).count(), 2);
    session.until("the end of a process", |line| {
        of(line, "function", "exited").filter(|event| event["how"].as_str().is_some()).map(drop)
    });
}

/// What a person reads instead of JSON.
#[test]
fn a_person_reads_where_everything_is_and_how_runs_end() {
    let workspace = Workspace::new();
    let arguments = [&["dev", "--run", "create_vm", "--exit"], &INPUTS[..]].concat();
    let output = workspace.command(&arguments).env("SYNTH_FUNCTION", crate::tried::bootstrap()).output().unwrap();
    let shown = text(&output.stdout);
    assert_eq!(code(&output), 0, "{shown}{}", text(&output.stderr));
    for part in [
        "port API  http://localhost:",
        "kafka     localhost:",
        "SCRAM-SHA-512",
        "CA .synth/dev/ca.pem",
        "mapping   batch 100, window 500 ms, on demand",
        "kept in   .synth/dev  (0 runs, 0 entities; --fresh starts empty)   ready in ",
        "vm_create_vm IN_PROGRESS",
        "vm_create_vm SUCCESS in ",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
}
