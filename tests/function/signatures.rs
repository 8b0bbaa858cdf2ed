//! Signatures over the wire: only messages that Port signed are acted on.

use std::time::Duration;

use local::{Answer, KafkaEvent};
use serde_json::json;

use crate::function::Function;
use crate::messages::{ours, tutorial};

/// A message of `create_vm` for run `r_signed`, signed at 1713277889 by another program with the deployment's secret.
const SIGNED: &str = r#"{"action":"vm_create_vm","context":{"runId":"r_signed","blueprint":"vm","entity":null},"trigger":{},"inputs":{"title":"Größe","cpu":2,"memory":4,"storage":50.0,"region":"eu-west-1"},"headers":{"X-Port-Signature":"v1,4x+VrCuMvPwaoOseMTGUP8U189KeQ86GS616kw9ZztA=","X-Port-Timestamp":1713277889}}"#;
const AT: i64 = 1_713_277_889_000;

fn deliver(function: &Function, message: &str, published: i64) -> Answer {
    let mut event = KafkaEvent::new("org.runs").record(0, 1, Some(message.as_bytes())).build();
    event["records"]["org.runs-0"][0]["timestamp"] = json!(published);
    function.invoke(&event, Duration::from_secs(20)).answer
}

/// Fault 21 of the tutorial's handler: it ignored signatures.
#[test]
fn forged_messages_are_not_acted_on() {
    let done = Answer::Response(json!({"batchItemFailures": []}));
    for (name, message, published, status) in [
        ("as signed", SIGNED.to_owned(), AT, "SUCCESS"),
        ("a little later", SIGNED.to_owned(), AT + 200_000, "SUCCESS"),
        ("another input", SIGNED.replace("\"cpu\":2", "\"cpu\":64"), AT, "IN_PROGRESS"),
        ("another day", SIGNED.to_owned(), AT + 86_400_000, "IN_PROGRESS"),
        ("another time", SIGNED.replace("1713277889", "1713277890"), AT, "IN_PROGRESS"),
        ("not signed", ours("vm_create_vm", "r_signed", None, &json!({})).to_string(), AT, "IN_PROGRESS"),
    ] {
        let function = Function::with_plan(|plan| plan["signatures"] = json!("required"));
        function.run("r_signed", "vm_create_vm", None);
        assert_eq!(deliver(&function, &message, published), done, "{name}");
        assert_eq!(function.status("r_signed"), status, "{name}");
        if status == "IN_PROGRESS" {
            assert_eq!(function.calls(), Vec::<String>::new(), "{name}: a forged message ends no run");
            assert!(function.process().wait_for_output("a message was not acted on", Duration::from_secs(5)));
            assert!(function.process().wait_for_output("\"Rejected\":1", Duration::from_secs(5)));
        }
    }
}

#[test]
fn unsigned_messages_are_accepted_where_signatures_are_optional() {
    let mut function = Function::new();
    function.run("r_1", "vm_create_vm", None);
    function.deliver(&[tutorial("r_1")]);
    assert_eq!(function.status("r_1"), "SUCCESS");
}
