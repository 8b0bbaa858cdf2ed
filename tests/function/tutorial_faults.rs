//! The faults of the tutorial's handler, by their numbers in the project's list of 35. Each test shows that ours does
//! not have the fault. Those that concern a template are in the tests of `synth`.

use local::{Answer, Fault};
use serde_json::json;

use crate::function::Function;
use crate::messages::{self, ours, tutorial};

fn inputs(title: &str) -> serde_json::Value {
    json!({"title": title, "cpu": 2, "memory": 4, "storage": 50, "region": "eu-west-1"})
}

/// 1: the first foreign message ended the batch. 2: every CREATE in the organisation was treated as its own.
#[test]
fn faults_1_and_2_foreign_messages_ended_the_batch() {
    let mut function = Function::new();
    function.run("r_ours", "vm_create_vm", None);
    function.run("r_theirs", "service_create", None);
    let mut theirs = messages::v1("create", "CREATE", "r_theirs", None, &inputs("x"));
    theirs["context"]["blueprint"] = json!("service");
    function.deliver(&[theirs.clone(), tutorial("r_ours"), theirs]);
    assert_eq!((function.status("r_ours").as_str(), function.status("r_theirs").as_str()), ("SUCCESS", "IN_PROGRESS"));
}

/// 3: an optional input that was left empty raised a `KeyError`.
#[test]
fn fault_3_an_empty_title_was_a_key_error() {
    let mut function = Function::new();
    function.run("r_1", "vm_create_vm", None);
    function.deliver(&[tutorial("r_1")]);
    assert_eq!(function.status("r_1"), "SUCCESS");
}

/// 4: errors were swallowed and the run stayed in progress. 8: the answer to the status update was ignored. 10: an
/// answer that was not JSON ended the work between entity and status.
#[test]
fn faults_4_8_and_10_errors_were_swallowed() {
    let mut function = Function::new();
    function.run("r_1", "vm_create_vm", None);
    function.port.script(
        Fault::new(local::Effect::WrongType { code: 502, body: "<html>bad gateway".into() }).path("/actions/runs"),
    );
    function.deliver(&[tutorial("r_1")]);
    assert_eq!(function.status("r_1"), "SUCCESS");
    function.run("r_2", "vm_create_vm", None);
    function.deliver(&[ours(
        "vm_create_vm",
        "r_2",
        None,
        &json!({"cpu": [], "memory": 1, "storage": 1, "region": "eu-west-1"}),
    )]);
    assert_eq!(function.status("r_2"), "FAILURE");
    assert!(!function.summary("r_2").is_empty());
}

/// 5: statuses that Port does not accept. 25: the old `message` object instead of a summary. 27: old endpoints.
#[test]
fn faults_5_25_and_27_the_status_call_was_outdated() {
    let mut function = Function::new();
    function.run("r_1", "vm_create_vm", None);
    function.deliver(&[tutorial("r_1")]);
    let calls = function.port.calls();
    let patch = calls.iter().find(|call| call.method == "PATCH").unwrap();
    assert_eq!(patch.body, Some(json!({"status": "SUCCESS", "summary": "`r_1` was created."})));
    assert_eq!(
        (patch.path.as_str(), patch.query.as_slice()),
        ("/v1/actions/runs/r_1", &[("version".into(), "v2".into())][..])
    );
}

/// 6: 429 and 5xx were final.
#[test]
fn fault_6_transient_errors_were_final() {
    let mut function = Function::new();
    function.run("r_1", "vm_create_vm", None);
    function.port.script(Fault::status(429).path("/entities"));
    function.port.script(Fault::status(500).path("/entities"));
    function.deliver(&[tutorial("r_1")]);
    assert_eq!(function.status("r_1"), "SUCCESS");
}

/// 7: a redelivery found its own entity and reported FAILURE. 15: it did everything again.
#[test]
fn faults_7_and_15_a_redelivery_failed() {
    let mut function = Function::new();
    function.run("r_1", "vm_create_vm", None);
    function.port.script(Fault::status(503).path("/actions/runs").times(1));
    function.deliver(&[tutorial("r_1"), tutorial("r_1")]);
    function.deliver(&[tutorial("r_1")]);
    assert_eq!((function.status("r_1").as_str(), function.port.entities().len()), ("SUCCESS", 1));
}

/// 9: a refused token raised a `KeyError`.
#[test]
fn fault_9_a_refused_token_was_a_key_error() {
    let mut function = Function::new();
    function.run("r_1", "vm_create_vm", None);
    function.port.script(Fault::status(429).path("/auth"));
    assert!(matches!(function.deliver(&[tutorial("r_1")]), Answer::Response(_)));
    assert_eq!(function.status("r_1"), "SUCCESS");
}

/// 11: titles that made illegal identifiers, or the same one.
#[test]
fn fault_11_titles_made_illegal_identifiers() {
    let mut function = Function::new();
    for (run, title, id) in
        [("r_1", "A B", "a-b"), ("r_2", "#1 (new)\t🎉", "1-new"), ("r_3", "🎉", "u1f389"), ("r_4", "Größe", "größe")]
    {
        function.run(run, "vm_create_vm", None);
        function.deliver(&[ours("vm_create_vm", run, None, &inputs(title))]);
        assert_eq!(function.status(run), "SUCCESS", "{title}");
        assert!(function.port.entity("vm", id).is_some(), "{title}");
    }
    let mut other = inputs("a-b");
    other["cpu"] = json!(64);
    function.run("r_5", "vm_create_vm", None);
    function.deliver(&[ours("vm_create_vm", "r_5", None, &other)]);
    assert_eq!(function.status("r_5"), "FAILURE");
    assert_eq!(function.port.entity("vm", "a-b").unwrap()["properties"]["cpu_cores"], 2);
}

/// 13: tombstones, arrays and text raised errors. 14: only the v1 envelope was read.
#[test]
fn faults_13_and_14_other_shapes_threw() {
    let mut function = Function::new();
    function.run("r_1", "vm_create_vm", None);
    function.run("r_2", "vm_create_vm", None);
    let batch = [
        json!(null),
        json!([]),
        json!("x"),
        ours("vm_create_vm", "r_1", None, &inputs("one")),
        messages::rebuilt("r_2", &inputs("two")),
    ];
    function.deliver(&batch);
    assert_eq!((function.status("r_1").as_str(), function.status("r_2").as_str()), ("SUCCESS", "SUCCESS"));
}

/// 16: no timeouts; a Port that hung blocked everything behind it.
#[test]
fn fault_16_a_hanging_port_blocked_the_batch() {
    let function = Function::new();
    function.run("r_1", "vm_create_vm", None);
    function.port.script(Fault::new(local::Effect::Hang).path("/entities").always());
    let event = local::KafkaEvent::new("org.runs").json(0, 1, &tutorial("r_1")).build();
    let answer = function.invoke(&event, std::time::Duration::from_secs(2)).answer;
    assert!(matches!(answer, Answer::Error(_)), "answers before its time is up: {answer:?}");
}

/// 18: a wrong type surfaced far from its cause.
#[test]
fn fault_18_a_wrong_type_surfaced_far_away() {
    let mut function = Function::new();
    function.run("r_1", "vm_create_vm", None);
    function.deliver(&[ours(
        "vm_create_vm",
        "r_1",
        None,
        &json!({"cpu": "two", "memory": 1, "storage": 1, "region": "eu-west-1"}),
    )]);
    assert_eq!(function.status("r_1"), "FAILURE");
    assert!(function.summary("r_1").contains("cpu_cores"), "{}", function.summary("r_1"));
}

/// 19, 20: the environment, events, inputs and answers were logged.
#[test]
fn faults_19_and_20_inputs_were_logged() {
    let mut function = Function::new();
    function.run("r_1", "vm_create_vm", None);
    function.deliver(&[messages::v1("create_vm", "CREATE", "r_1", None, &inputs("Quite Private"))]);
    assert!(function.process().wait_for_output("\"batch\"", std::time::Duration::from_secs(5)));
    let output = function.process().output().to_lowercase();
    for text in
        ["quite", "private", "test@test.com", "org_syg4dojzngy8bynt", "never-log-me", "client_secret", "eu-west-1\""]
    {
        assert!(!output.contains(text), "{text} in {output}");
    }
}

/// 24: two tokens and four connections for every message.
#[test]
fn fault_24_every_message_fetched_two_tokens() {
    let mut function = Function::new();
    for n in 0..10 {
        let run = format!("r_{n}");
        function.run(&run, "vm_create_vm", None);
        function.deliver(&[tutorial(&run)]);
    }
    let calls = function.port.calls();
    assert_eq!((calls.len(), calls.iter().filter(|call| call.path.contains("auth")).count()), (21, 1));
    assert_eq!(calls.iter().map(|call| call.connection).max(), Some(1));
}
