//! A Port that fails or is unavailable: calls are retried while there is time, then the runs go back to Kafka.

use std::time::Duration;

use local::{Answer, Effect, Fault, KafkaEvent};
use serde_json::json;

use crate::function::{Function, done};
use crate::messages::{ours, tutorial};

#[test]
fn transient_errors_are_retried() {
    let mut function = Function::new();
    let limited =
        Effect::Status { code: 429, headers: vec![("Retry-After".into(), "0".into())], body: json!({"ok": false}) };
    let troubles = [
        ("408", Fault::status(408)),
        ("429", Fault::new(limited)),
        ("500", Fault::status(500)),
        ("503", Fault::status(503).times(2)),
        ("reset", Fault::new(Effect::Reset { applied: false })),
        ("reset after the change", Fault::new(Effect::Reset { applied: true })),
        ("half a body", Fault::new(Effect::HalfBody)),
        ("not JSON", Fault::new(Effect::Garbage { applied: true })),
        ("a proxy's page", Fault::new(Effect::WrongType { code: 502, body: "<html>".into() })),
    ];
    for (at, (name, fault)) in troubles.into_iter().enumerate() {
        for (call, method) in [("entity", "POST"), ("status", "PATCH")] {
            let run = format!("r_{at}{call}");
            function.run(&run, "vm_create_vm", None);
            let path = if method == "POST" { "/entities" } else { "/actions/runs" };
            function.port.script(fault.clone().method(method).path(path));
            assert_eq!(function.deliver(&[tutorial(&run)]), done(), "{name} at the {call}");
            assert_eq!(function.status(&run), "SUCCESS", "{name} at the {call}");
        }
    }
    assert_eq!(function.port.entities().len(), 18);
}

/// While Port is down, one call at a time checks whether it is back, no matter how many runs wait.
#[test]
fn an_outage_is_probed_by_one_call_at_a_time() {
    let mut function = Function::new();
    let runs: Vec<String> = (0..200).map(|n| format!("r_{n}")).collect();
    for run in &runs {
        function.run(run, "vm_create_vm", None);
    }
    let messages: Vec<_> = runs.iter().map(|run| tutorial(run)).collect();
    let mut event = KafkaEvent::new("org.runs");
    for (offset, message) in (0..).zip(&messages) {
        event = event.json(0, offset, message);
    }
    function.port.script(Fault::status(503).path("/entities").always());
    assert!(matches!(function.invoke(&event.build(), Duration::from_secs(5)).answer, Answer::Error(_)));
    let calls = function.calls().len();
    assert!((10..60).contains(&calls), "{calls} calls for 200 runs in 5 seconds");
    function.port.clear_faults();
    assert_eq!(function.deliver(&messages), done());
    assert!(runs.iter().all(|run| function.status(run) == "SUCCESS"));
}

/// Runs that could not be reported in time go back to Kafka: the batch as a whole, or by partition.
#[test]
fn unfinished_runs_go_back_to_kafka() {
    for partial in [false, true] {
        let mut function = Function::with_plan(|plan| plan["partialBatchResponse"] = json!(partial));
        for run in ["r_1", "r_2", "r_3"] {
            function.run(run, "vm_create_vm", None);
        }
        function.port.script(Fault::status(503).path("/actions/runs/r_2").always());
        let event = KafkaEvent::new("org.runs")
            .json(0, 40, &tutorial("r_1"))
            .json(0, 41, &tutorial("r_2"))
            .json(1, 9, &tutorial("r_3"))
            .build();
        let answer = function.invoke(&event, Duration::from_secs(3)).answer;
        if partial {
            let item = json!({"itemIdentifier": {"partition": "org.runs-0", "offset": 41}});
            assert_eq!(answer, Answer::Response(json!({"batchItemFailures": [item]})));
        } else {
            assert!(matches!(&answer, Answer::Error(error) if error["errorType"] == "Unfinished"), "{answer:?}");
        }
        let statuses = ["r_1", "r_2", "r_3"].map(|run| function.status(run));
        assert_eq!(statuses, ["SUCCESS", "IN_PROGRESS", "SUCCESS"]);

        function.port.clear_faults();
        assert_eq!(function.deliver(&[tutorial("r_1"), tutorial("r_2"), tutorial("r_3")]), done());
        assert_eq!(function.status("r_2"), "SUCCESS");
        assert_eq!(function.port.entities().len(), 3);
    }
}

/// Runs of one entity keep their order, and none is carried out after an unfinished one.
#[test]
fn a_change_waits_for_the_creation_before_it() {
    let function = Function::new();
    let inputs = json!({"title": "A", "cpu": 2, "memory": 4, "storage": 50, "region": "eu-west-1"});
    let batch = [
        ours("vm_create_vm", "r_1", None, &inputs),
        ours("resize_vm", "r_2", Some("a"), &json!({"cpu_cores": 8})),
        ours("delete_vm", "r_3", Some("a"), &json!({})),
    ];
    for run in ["r_1", "r_2", "r_3"] {
        function.run(run, "vm_create_vm", None);
    }
    function.port.script(Fault::status(503).method("POST").path("/entities").always());
    let mut event = KafkaEvent::new("org.runs");
    for (offset, message) in (0..).zip(&batch) {
        event = event.json(0, offset, message);
    }
    let event = event.build();
    assert!(matches!(function.invoke(&event, Duration::from_secs(2)).answer, Answer::Error(_)));
    assert_eq!(["r_1", "r_2", "r_3"].map(|run| function.status(run)), ["IN_PROGRESS"; 3]);
    function.port.clear_faults();
    function.calls();
    assert_eq!(function.invoke(&event, Duration::from_secs(20)).answer, done());
    assert_eq!(["r_1", "r_2", "r_3"].map(|run| function.status(run)), ["SUCCESS"; 3]);
    let entity_calls: Vec<String> = function.calls().into_iter().filter(|call| call.contains("/entities")).collect();
    assert_eq!(
        entity_calls,
        [
            "POST /v1/blueprints/vm/entities",
            "PATCH /v1/blueprints/vm/entities/a",
            "DELETE /v1/blueprints/vm/entities/a"
        ]
    );
}
