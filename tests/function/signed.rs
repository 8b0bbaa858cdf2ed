//! Signatures over the wire, and runs of workflow nodes.

use local::{Answer, Fault, KafkaEvent};
use serde_json::{Value, json};
use std::time::Duration;

use crate::messages::{ours, tutorial};
use crate::stage::Stage;

/// A message of `create_vm` for run `r_signed`, signed at 1713277889 by another program under the stage's secret.
const SIGNED: &str = r#"{"action":"vm_create_vm","context":{"runId":"r_signed","blueprint":"vm","entity":null},"trigger":{},"inputs":{"title":"Größe","cpu":2,"memory":4,"storage":50.0,"region":"eu-west-1"},"headers":{"X-Port-Signature":"v1,4x+VrCuMvPwaoOseMTGUP8U189KeQ86GS616kw9ZztA=","X-Port-Timestamp":1713277889}}"#;
const AT: i64 = 1_713_277_889_000;

fn deliver(stage: &Stage, message: &str, published: i64) -> Answer {
    let mut event = KafkaEvent::new("org.runs").record(0, 1, Some(message.as_bytes())).build();
    event["records"]["org.runs-0"][0]["timestamp"] = json!(published);
    stage.invoke(&event, Duration::from_secs(20)).answer
}

/// 21 of the tutorial's faults: signatures were not looked at.
#[test]
fn only_what_port_signed_is_acted_on() {
    let done = Answer::Response(json!({"batchItemFailures": []}));
    for (name, message, published, status) in [
        ("as signed", SIGNED.to_owned(), AT, "SUCCESS"),
        ("a little later", SIGNED.to_owned(), AT + 200_000, "SUCCESS"),
        ("another input", SIGNED.replace("\"cpu\":2", "\"cpu\":64"), AT, "IN_PROGRESS"),
        ("another day", SIGNED.to_owned(), AT + 86_400_000, "IN_PROGRESS"),
        ("another time", SIGNED.replace("1713277889", "1713277890"), AT, "IN_PROGRESS"),
        ("not signed", ours("vm_create_vm", "r_signed", None, &json!({})).to_string(), AT, "IN_PROGRESS"),
    ] {
        let stage = Stage::with_plan(|plan| plan["signatures"] = json!("required"));
        stage.run("r_signed", "vm_create_vm", None);
        assert_eq!(deliver(&stage, &message, published), done, "{name}");
        assert_eq!(stage.status("r_signed"), status, "{name}");
        if status == "IN_PROGRESS" {
            assert_eq!(stage.calls(), Vec::<String>::new(), "{name}: a forged message ends no run");
            assert!(stage.function.wait_for_output("a message was not acted on", Duration::from_secs(5)));
            assert!(stage.function.wait_for_output("\"Rejected\":1", Duration::from_secs(5)));
        }
    }
}

#[test]
fn an_unsigned_message_does_where_signatures_are_optional() {
    let mut stage = Stage::new();
    stage.run("r_1", "vm_create_vm", None);
    stage.deliver(&[tutorial("r_1")]);
    assert_eq!(stage.status("r_1"), "SUCCESS");
}

/// A workflow's node that runs our action is reported to its own endpoint, in its own words.
#[test]
fn node_runs_have_their_own_endpoint() {
    let mut stage = Stage::new();
    let inputs = json!({"title": "A", "cpu": 2, "memory": 4, "storage": 50, "region": "eu-west-1"});
    stage.port.add_node_run("wfnr_1");
    stage.deliver(&[ours("vm_create_vm", "wfnr_1", None, &inputs)]);
    assert!(stage.port.entity("vm", "a").is_some());
    let calls = stage.port.calls();
    let patch = calls.iter().find(|call| call.method == "PATCH").unwrap();
    assert_eq!(patch.path, "/v1/workflows/nodes/runs/wfnr_1");
    let body: &Value = patch.body.as_ref().unwrap();
    assert_eq!((&body["status"], &body["result"]), (&json!("COMPLETED"), &json!("SUCCESS")));
    assert!(calls.iter().all(|call| call.query.iter().all(|(key, _)| key != "run_id")), "nothing to tie to");
    assert!(!calls.iter().any(|call| call.path.contains("/actions/runs")));

    stage.port.add_node_run("wfnr_2");
    stage.port.script(Fault::status(422).method("POST").path("/entities"));
    stage.deliver(&[ours("vm_create_vm", "wfnr_2", None, &inputs)]);
    let calls = stage.port.calls();
    let patch = calls.iter().rfind(|call| call.method == "PATCH").unwrap();
    assert_eq!(patch.body.as_ref().unwrap()["result"], "FAILED");
}

/// A failure is told in the run's log as well.
#[test]
fn a_failure_stands_in_the_runs_log() {
    let mut stage = Stage::new();
    stage.run("r_1", "resize_vm", Some("gone"));
    stage.deliver(&[ours("resize_vm", "r_1", Some("gone"), &json!({"cpu_cores": 2}))]);
    assert_eq!(stage.logs("r_1"), [stage.summary("r_1")]);
}
