//! What the handler promises, each promise seen over the wire.

use std::time::Duration;

use local::{Answer, Effect, Fault, KafkaEvent};
use serde_json::json;

use crate::messages::{self, ours, tutorial};
use crate::stage::Stage;
use crate::world::{CLIENT_ID, CLIENT_SECRET, SECRET_ARN};

fn done() -> Answer {
    Answer::Response(json!({"batchItemFailures": []}))
}

/// What else the topic carries is left alone: no call, no error, and the run behind it is carried out.
#[test]
fn what_is_not_ours_is_skipped_without_a_call() {
    let mut stage = Stage::new();
    let mut others = vec![
        json!({"action": "create_vm", "context": {"blueprint": "other", "runId": "r_other"}, "payload": {"properties": {}}}),
        json!({"action": "restart_vm", "context": {"blueprint": "vm", "runId": "r_other"}, "payload": {"properties": {}}}),
        json!({"action": "CREATE", "resourceType": "entity", "status": "SUCCESS", "context": {"blueprint": "vm", "entity": "a"}, "diff": {"before": null, "after": {}}}),
        json!({"action": "create_vm", "resourceType": "run", "status": "SUCCESS", "context": {"blueprint": "vm", "runId": "r_other"}}),
        json!({"action": "create_vm", "context": {"blueprint": "vm"}, "payload": {"properties": {}}}),
        json!({"context": {"runId": "wfnr_1", "nodeConfig": {}}, "payload": {"action": {"invocationMethod": {}}}}),
        json!([tutorial("r_other")]),
        json!("text"),
        json!(null),
    ];
    stage.run("r_other", "vm_create_vm", None);
    assert_eq!(stage.deliver(&others), done());
    assert_eq!(stage.calls(), Vec::<String>::new());

    stage.run("r_1", "vm_create_vm", None);
    others.push(tutorial("r_1"));
    assert_eq!(stage.deliver(&others), done());
    assert_eq!((stage.status("r_1").as_str(), stage.status("r_other").as_str()), ("SUCCESS", "IN_PROGRESS"));
}

#[test]
fn tombstones_and_broken_records_spoil_nothing() {
    let stage = Stage::new();
    stage.run("r_1", "vm_create_vm", None);
    let event = KafkaEvent::new("org.runs")
        .record(0, 0, None)
        .record(0, 1, Some(b"no json"))
        .record(0, 2, Some(&[0xff, 0x00]))
        .record(1, 7, Some(b"[[[["))
        .json(1, 8, &tutorial("r_1"))
        .build();
    assert_eq!(stage.invoke(&event, Duration::from_secs(20)).answer, done());
    assert_eq!(stage.status("r_1"), "SUCCESS");
}

#[test]
fn two_calls_for_each_run_and_one_token() {
    let mut stage = Stage::new();
    for n in 0..5 {
        stage.run(&format!("r_{n}"), "vm_create_vm", None);
        stage.deliver(&[tutorial(&format!("r_{n}"))]);
    }
    let calls = stage.calls();
    assert_eq!(calls.len(), 11, "{calls:?}");
    assert_eq!(calls.iter().filter(|call| call.contains("access_token")).count(), 1);
}

#[test]
fn a_lapsed_token_is_renewed_once() {
    let mut stage = Stage::new();
    stage.run("r_1", "vm_create_vm", None);
    stage.deliver(&[tutorial("r_1")]);
    stage.port.expire_tokens();
    stage.calls();
    stage.run("r_2", "vm_create_vm", None);
    assert_eq!(stage.deliver(&[tutorial("r_2")]), done());
    let want = [
        "POST /v1/blueprints/vm/entities",
        "POST /v1/auth/access_token",
        "POST /v1/blueprints/vm/entities",
        "PATCH /v1/actions/runs/r_2",
    ];
    assert_eq!(stage.calls(), want);
}

/// However many runs wait for a token, it is asked for once: at the start, and when it has lapsed under all of them.
#[test]
fn many_runs_ask_for_one_token() {
    let mut stage = Stage::new();
    stage.port.set_latency(Duration::from_millis(20));
    for batch in 0..2 {
        let runs: Vec<String> = (0..40).map(|n| format!("r_{batch}_{n}")).collect();
        for run in &runs {
            stage.run(run, "vm_create_vm", None);
        }
        assert_eq!(stage.deliver(&runs.iter().map(|run| tutorial(run)).collect::<Vec<_>>()), done());
        let tokens = stage.calls().iter().filter(|call| call.contains("access_token")).count();
        assert_eq!(tokens, 1, "batch {batch}");
        stage.port.expire_tokens();
    }
}

/// While Port is down, one call at a time sees whether it is back, however many runs wait.
#[test]
fn a_port_that_is_down_is_not_hammered() {
    let mut stage = Stage::new();
    let runs: Vec<String> = (0..200).map(|n| format!("r_{n}")).collect();
    for run in &runs {
        stage.run(run, "vm_create_vm", None);
    }
    let messages: Vec<_> = runs.iter().map(|run| tutorial(run)).collect();
    let mut event = KafkaEvent::new("org.runs");
    for (offset, message) in (0..).zip(&messages) {
        event = event.json(0, offset, message);
    }
    stage.port.script(Fault::status(503).path("/entities").always());
    assert!(matches!(stage.invoke(&event.build(), Duration::from_secs(5)).answer, Answer::Error(_)));
    let calls = stage.calls().len();
    assert!((10..60).contains(&calls), "{calls} calls for 200 runs in 5 seconds");
    stage.port.clear_faults();
    assert_eq!(stage.deliver(&messages), done());
    assert!(runs.iter().all(|run| stage.status(run) == "SUCCESS"));
}

/// CREATE never overwrites: the same entity is what an earlier delivery wrote, another one is somebody else's.
#[test]
fn create_never_overwrites() {
    let mut stage = Stage::new();
    let inputs = json!({"title": "A", "cpu": 2, "memory": 4, "storage": 50, "region": "eu-west-1"});
    let same =
        json!({"cpu_cores": 2, "memory_size": 4, "storage_size": 50, "region": "eu-west-1", "deployed": "Deploying"});
    stage.port.add_entity("vm", json!({"identifier": "a", "title": "A", "properties": same}));
    stage.run("r_same", "vm_create_vm", None);
    stage.deliver(&[ours("vm_create_vm", "r_same", None, &inputs)]);
    assert_eq!(stage.status("r_same"), "SUCCESS");

    let other =
        json!({"cpu_cores": 64, "memory_size": 4, "storage_size": 50, "region": "us-east-1", "deployed": "Running"});
    stage.port.add_entity("vm", json!({"identifier": "a", "title": "A", "properties": other}));
    stage.run("r_other", "vm_create_vm", None);
    stage.deliver(&[ours("vm_create_vm", "r_other", None, &inputs)]);
    assert_eq!(stage.port.entity("vm", "a").unwrap()["properties"], other);
    assert_eq!(stage.status("r_other"), "FAILURE");
    assert_eq!(
        stage.summary("r_other"),
        "There is another entity `a` of blueprint `vm` already; it differs in cpu_cores, region, deployed and was left as it is."
    );
}

/// The same record again, the same batch again, and once more after a crash between entity and status.
#[test]
fn a_redelivery_changes_nothing() {
    let mut stage = Stage::new();
    stage.run("r_1", "vm_create_vm", None);
    assert_eq!(stage.deliver(&[tutorial("r_1"), tutorial("r_1")]), done());
    assert_eq!(stage.deliver(&[tutorial("r_1")]), done());
    assert_eq!((stage.status("r_1").as_str(), stage.port.entities().len()), ("SUCCESS", 1));

    stage.run("r_2", "vm_create_vm", None);
    stage.port.script(Fault::new(Effect::Hang).method("PATCH").path("/actions/runs/r_2"));
    let event = KafkaEvent::new("org.runs").json(0, 50, &tutorial("r_2")).build();
    let answer = stage.invoke(&event, Duration::from_secs(1)).answer;
    assert!(matches!(answer, Answer::Error(_) | Answer::TimedOut), "{answer:?}");
    stage.restart();
    assert_eq!(stage.invoke(&event, Duration::from_secs(20)).answer, done());
    assert_eq!((stage.status("r_2").as_str(), stage.port.entities().len()), ("SUCCESS", 2));
}

/// Two functions get the same batch at the same time, as happens when a consumer group is rebalanced.
#[test]
fn two_functions_at_once_do_it_once() {
    let stage = Stage::new();
    let (runtime, function) = stage.another();
    assert!(stage.runtime.wait_ready(Duration::from_secs(10)).is_some());
    assert!(runtime.wait_ready(Duration::from_secs(10)).is_some());
    stage.port.set_latency(Duration::from_millis(20));
    let inputs = json!({"cpu": 2, "memory": 4, "storage": 50, "region": "eu-west-1"});
    let mut event = KafkaEvent::new("org.runs");
    for n in 0..20 {
        let run = format!("r_{n}");
        stage.run(&run, "vm_create_vm", None);
        event = event.json(0, n, &ours("vm_create_vm", &run, None, &inputs));
    }
    let event = event.build();
    let (one, two) = std::thread::scope(|scope| {
        let other = scope.spawn(|| runtime.invoke(&event, Duration::from_secs(20)).answer);
        (stage.invoke(&event, Duration::from_secs(20)).answer, other.join().unwrap())
    });
    assert_eq!((one, two), (done(), done()));
    drop(function);
    let calls = stage.port.calls();
    let carried_out = |method: &str, status: u16| {
        calls.iter().filter(|call| call.method == method && call.carried_out == Some(status)).count()
    };
    assert_eq!((carried_out("POST", 201), carried_out("PATCH", 200)), (20, 20), "each entity and each status once");
    assert!(carried_out("POST", 409) + carried_out("POST", 422) + carried_out("PATCH", 422) > 0, "they did not meet");
    assert!((0..20).all(|n| stage.status(&format!("r_{n}")) == "SUCCESS"));
}

/// A process that is killed between the entity and the status leaves a run that the next one ends.
#[test]
fn a_kill_between_entity_and_status() {
    let mut stage = Stage::new();
    stage.run("r_1", "vm_create_vm", None);
    stage.port.script(Fault::new(Effect::Hang).method("PATCH").path("/actions/runs/r_1"));
    let event = KafkaEvent::new("org.runs").json(0, 0, &tutorial("r_1")).build();
    let answer = std::thread::scope(|scope| {
        let (world, runtime, function) = stage.parts();
        let invoking = scope.spawn(|| runtime.invoke(&event, Duration::from_secs(20)).answer);
        while !world.port.calls().iter().any(|call| call.method == "PATCH") {
            std::thread::yield_now();
        }
        function.kill();
        runtime.exited();
        invoking.join().unwrap()
    });
    assert!(matches!(&answer, Answer::Error(error) if error["errorType"] == "Runtime.ExitError"), "{answer:?}");
    assert_eq!((stage.status("r_1").as_str(), stage.port.entities().len()), ("IN_PROGRESS", 1));
    stage.restart();
    assert_eq!(stage.invoke(&event, Duration::from_secs(20)).answer, done());
    assert_eq!((stage.status("r_1").as_str(), stage.port.entities().len()), ("SUCCESS", 1));
}

#[test]
fn what_port_refuses_becomes_a_failure_that_a_person_understands() {
    let mut stage = Stage::new();
    let cases = [
        (
            "r_type",
            ours(
                "vm_create_vm",
                "r_type",
                None,
                &json!({"cpu": "two", "memory": 4, "storage": 5, "region": "eu-west-1"}),
            ),
            "Port refused the entity (422): ",
        ),
        (
            "r_gone",
            ours("resize_vm", "r_gone", Some("nobody"), &json!({"cpu_cores": 2})),
            "There is no entity `nobody` of blueprint `vm` to change; it may have been deleted.",
        ),
        (
            "r_none",
            ours("resize_vm", "r_none", None, &json!({"cpu_cores": 2})),
            "The entity has no identifier: its template yields null.",
        ),
        (
            "r_bad",
            ours("delete_vm", "r_bad", Some("a b"), &json!({})),
            "The entity's identifier holds ' ', allowed are letters, digits and @_.+:\\/=-.",
        ),
    ];
    for (run, message, want) in cases {
        stage.run(run, "vm_create_vm", None);
        assert_eq!(stage.deliver(&[message]), done(), "{run}");
        assert_eq!(stage.status(run), "FAILURE", "{run}");
        assert!(stage.summary(run).starts_with(want), "{run}: {}", stage.summary(run));
    }
}

#[test]
fn passing_trouble_is_tried_again() {
    let mut stage = Stage::new();
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
        ("no JSON", Fault::new(Effect::Garbage { applied: true })),
        ("a proxy's page", Fault::new(Effect::WrongType { code: 502, body: "<html>".into() })),
    ];
    for (at, (name, fault)) in troubles.into_iter().enumerate() {
        for (call, method) in [("entity", "POST"), ("status", "PATCH")] {
            let run = format!("r_{at}{call}");
            stage.run(&run, "vm_create_vm", None);
            let path = if method == "POST" { "/entities" } else { "/actions/runs" };
            stage.port.script(fault.clone().method(method).path(path));
            assert_eq!(stage.deliver(&[tutorial(&run)]), done(), "{name} at the {call}");
            assert_eq!(stage.status(&run), "SUCCESS", "{name} at the {call}");
        }
    }
    assert_eq!(stage.port.entities().len(), 18);
}

/// What could not be reported in time goes back to Kafka: the batch as a whole, or by partition.
#[test]
fn what_is_unfinished_goes_back_to_kafka() {
    for partial in [false, true] {
        let mut stage = Stage::with_plan(|plan| plan["partialBatchResponse"] = json!(partial));
        for run in ["r_1", "r_2", "r_3"] {
            stage.run(run, "vm_create_vm", None);
        }
        stage.port.script(Fault::status(503).path("/actions/runs/r_2").always());
        let event = KafkaEvent::new("org.runs")
            .json(0, 40, &tutorial("r_1"))
            .json(0, 41, &tutorial("r_2"))
            .json(1, 9, &tutorial("r_3"))
            .build();
        let answer = stage.invoke(&event, Duration::from_secs(3)).answer;
        if partial {
            let item = json!({"itemIdentifier": {"partition": "org.runs-0", "offset": 41}});
            assert_eq!(answer, Answer::Response(json!({"batchItemFailures": [item]})));
        } else {
            assert!(matches!(&answer, Answer::Error(error) if error["errorType"] == "Unfinished"), "{answer:?}");
        }
        let statuses = ["r_1", "r_2", "r_3"].map(|run| stage.status(run));
        assert_eq!(statuses, ["SUCCESS", "IN_PROGRESS", "SUCCESS"]);

        stage.port.clear_faults();
        assert_eq!(stage.deliver(&[tutorial("r_1"), tutorial("r_2"), tutorial("r_3")]), done());
        assert_eq!(stage.status("r_2"), "SUCCESS");
        assert_eq!(stage.port.entities().len(), 3);
    }
}

/// Runs of one entity keep their order, and behind an unfinished one nothing goes on.
#[test]
fn a_change_waits_for_the_creation() {
    let stage = Stage::new();
    let inputs = json!({"title": "A", "cpu": 2, "memory": 4, "storage": 50, "region": "eu-west-1"});
    let batch = [
        ours("vm_create_vm", "r_1", None, &inputs),
        ours("resize_vm", "r_2", Some("a"), &json!({"cpu_cores": 8})),
        ours("delete_vm", "r_3", Some("a"), &json!({})),
    ];
    for run in ["r_1", "r_2", "r_3"] {
        stage.run(run, "vm_create_vm", None);
    }
    stage.port.script(Fault::status(503).method("POST").path("/entities").always());
    let mut event = KafkaEvent::new("org.runs");
    for (offset, message) in (0..).zip(&batch) {
        event = event.json(0, offset, message);
    }
    let event = event.build();
    assert!(matches!(stage.invoke(&event, Duration::from_secs(2)).answer, Answer::Error(_)));
    assert_eq!(["r_1", "r_2", "r_3"].map(|run| stage.status(run)), ["IN_PROGRESS"; 3]);
    stage.port.clear_faults();
    stage.calls();
    assert_eq!(stage.invoke(&event, Duration::from_secs(20)).answer, done());
    assert_eq!(["r_1", "r_2", "r_3"].map(|run| stage.status(run)), ["SUCCESS"; 3]);
    let entity_calls: Vec<String> = stage.calls().into_iter().filter(|call| call.contains("/entities")).collect();
    assert_eq!(
        entity_calls,
        [
            "POST /v1/blueprints/vm/entities",
            "PATCH /v1/blueprints/vm/entities/a",
            "DELETE /v1/blueprints/vm/entities/a"
        ]
    );
}

#[test]
fn identifiers_cannot_leave_their_place_in_a_path() {
    let mut stage = Stage::new();
    stage.port.add_entity("vm", json!({"identifier": "a/b:c@d", "properties": {}}));
    stage.run("r_1", "resize_vm", Some("a/b:c@d"));
    stage.deliver(&[ours("resize_vm", "r_1", Some("a/b:c@d"), &json!({"cpu_cores": 3}))]);
    assert_eq!(stage.port.entity("vm", "a/b:c@d").unwrap()["properties"]["cpu_cores"], 3);
    stage.calls();
    for run in ["..", "r/../../blueprints/vm", "r_1?version=v1", "r_1\r\nX-Evil: 1", ""] {
        stage.deliver(&[ours("delete_vm", run, Some("a/b:c@d"), &json!({}))]);
    }
    assert_eq!(stage.calls(), Vec::<String>::new());
}

/// Nothing that the process prints holds a secret, a token, an input or a person.
#[test]
fn nothing_personal_or_secret_is_printed() {
    let mut stage = Stage::new();
    let secret = "hunter2-typed-by-a-person";
    let inputs = json!({"title": secret, "cpu": 2, "memory": 4, "storage": 50, "region": secret});
    for run in ["r_1", "r_2", "r_3", "r_4"] {
        stage.run(run, "vm_create_vm", None);
    }
    stage.deliver(&[messages::v1("create_vm", "CREATE", "r_1", None, &inputs)]);
    stage.port.script(Fault::status(422).method("POST").path("/entities"));
    stage.deliver(&[messages::v1("create_vm", "CREATE", "r_2", None, &json!({"title": "other", "cpu": secret}))]);
    stage.port.script(Fault::status(500).path("/actions/runs").times(2));
    stage.deliver(&[messages::v1("create_vm", "CREATE", "r_3", None, &inputs)]);
    stage.port.script(Fault::status(401).path("/").times(9));
    stage.deliver(&[messages::v1("create_vm", "CREATE", "r_4", None, &inputs)]);
    assert!(stage.function.wait_for_output("UNFINISHED", Duration::from_secs(5)));
    let output = stage.function.output();
    let token = stage.port.calls().iter().find_map(|call| call.body.as_ref()?.get("accessToken").cloned());
    for text in [
        secret,
        &secret.to_uppercase(),
        CLIENT_SECRET,
        "local-secret-access-key-never-log-me",
        "local-session-token-never-log-me",
        "test@test.com",
        "638879fa62c686d381b36ecb",
        "eyJ",
        "Bearer",
    ] {
        assert!(!output.contains(text), "{text} in\n{output}");
    }
    assert_eq!(token, None);
    for line in output.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(line["timestamp"].is_string() && line["level"].is_string(), "{line}");
    }
}

/// Credentials that Port does not accept are nobody's failure but ours: the runs go back.
#[test]
fn refused_credentials_fail_no_run() {
    let mut stage = Stage::new();
    stage.run("r_1", "vm_create_vm", None);
    stage.port.script(Fault::status(401).path("/auth/access_token"));
    assert!(matches!(stage.deliver(&[tutorial("r_1")]), Answer::Error(_)));
    assert_eq!(stage.status("r_1"), "IN_PROGRESS");
    assert_eq!(stage.deliver(&[tutorial("r_1")]), done());
    assert_eq!(stage.status("r_1"), "SUCCESS");
}

/// A run that ended well is delivered again to another process, and the world has changed: nothing is done or said.
#[test]
fn a_late_redelivery_does_and_says_nothing() {
    let mut stage = Stage::new();
    let inputs = json!({"title": "A", "cpu": 2, "memory": 4, "storage": 50, "region": "eu-west-1"});
    let create = ours("vm_create_vm", "r_1", None, &inputs);
    let resize = ours("resize_vm", "r_2", Some("a"), &json!({"cpu_cores": 8}));
    let delete = ours("delete_vm", "r_3", Some("a"), &json!({}));
    for (run, message) in [("r_1", &create), ("r_2", &resize), ("r_3", &delete)] {
        stage.run(run, "vm_create_vm", None);
        stage.deliver(std::slice::from_ref(message));
    }
    let another = json!({"cpu_cores": 64, "region": "us-east-1"});
    stage.port.add_entity("vm", json!({"identifier": "a", "title": "Another", "properties": another}));
    stage.restart();
    assert_eq!(stage.deliver(&[create, resize, delete]), done());
    assert_eq!(stage.port.entity("vm", "a").unwrap()["properties"], another);
    assert_eq!(["r_1", "r_2", "r_3"].map(|run| stage.status(run)), ["SUCCESS"; 3]);
    assert_eq!(["r_1", "r_2", "r_3"].map(|run| stage.logs(run).len()), [0; 3]);
}

/// Lambda's largest batch, 10 000 records and 6 MB, in less memory than the smallest function has.
#[test]
fn the_largest_batch_fits() {
    let stage = Stage::new();
    stage.run("r_last", "vm_create_vm", None);
    let filler = "x".repeat(300);
    let mut event = KafkaEvent::new("org.runs");
    for offset in 0..9_999 {
        let action = if offset % 2 == 0 { "create_vm" } else { "other" };
        event = event.json(
            0,
            offset,
            &json!({"action": action, "context": {"blueprint": "other", "runId": "r_other"}, "filler": filler}),
        );
    }
    let event = event.json(0, 9_999, &tutorial("r_last")).build();
    assert!(event.to_string().len() > 5_500_000);
    assert_eq!(stage.invoke(&event, Duration::from_mins(1)).answer, done());
    assert_eq!(stage.status("r_last"), "SUCCESS");
    let peak = stage.function.peak_memory().unwrap() / 1024 / 1024;
    assert!(peak < 100, "{peak} MiB");
}

/// The same when every record is a run of ours.
#[test]
fn the_largest_batch_of_runs_fits() {
    let stage = Stage::with_plan(|plan| plan["concurrency"] = json!(64));
    let inputs = json!({"cpu": 2, "memory": 4, "storage": 50, "region": "eu-west-1", "notes": "x".repeat(200)});
    let mut event = KafkaEvent::new("org.runs");
    for n in 0..10_000 {
        let run = format!("r_{n}");
        stage.run(&run, "vm_create_vm", None);
        event = event.json(
            0,
            n,
            &json!({"action": "vm_create_vm", "context": {"runId": run, "blueprint": "vm"}, "inputs": inputs}),
        );
    }
    let event = event.build();
    assert!(event.to_string().len() > 5_500_000);
    assert_eq!(stage.invoke(&event, Duration::from_mins(10)).answer, done());
    assert!((0..10_000).all(|n| stage.status(&format!("r_{n}")) == "SUCCESS"));
    let peak = stage.function.peak_memory().unwrap() / 1024 / 1024;
    assert!(peak < 120, "{peak} MiB");
    println!("10 000 runs: {peak} MiB, {} calls", stage.calls().len());
}

/// A message whose mapping would be let loose on more than any form holds ends as a failure, in no time.
#[test]
fn a_message_of_too_many_values_fails() {
    let mut stage = Stage::new();
    stage.run("r_1", "vm_create_vm", None);
    stage.deliver(&[ours("vm_create_vm", "r_1", None, &json!({"title": vec!["x"; 20_000]}))]);
    assert_eq!(
        (stage.status("r_1").as_str(), stage.summary("r_1").as_str()),
        ("FAILURE", "The message holds more than 10000 values.")
    );
}

/// With `run_log = "all"` a run's log says what was done, for one call more.
#[test]
fn a_runs_log_says_what_was_done() {
    let mut stage = Stage::with_plan(|plan| plan["runLog"] = json!("all"));
    stage.run("r_1", "vm_create_vm", None);
    stage.deliver(&[tutorial("r_1")]);
    assert_eq!((stage.status("r_1").as_str(), stage.logs("r_1")), ("SUCCESS", vec!["`r_1` was created.".to_owned()]));
    assert_eq!(stage.calls().len(), 4);
}

/// A line for each run says how often it came.
#[test]
fn a_line_counts_the_attempts() {
    let mut stage = Stage::new();
    stage.run("r_1", "vm_create_vm", None);
    stage.port.script(Fault::status(401).path("/auth/access_token"));
    assert!(matches!(stage.deliver(&[tutorial("r_1")]), Answer::Error(_)));
    assert_eq!(stage.deliver(&[tutorial("r_1")]), done());
    assert!(stage.function.wait_for_output("\"outcome\":\"SUCCESS\",\"attempt\":2", Duration::from_secs(5)));
    assert!(stage.function.output().contains("\"outcome\":\"UNFINISHED\",\"attempt\":1"));
}

/// A secret that was rotated while the function was warm is read again, and the runs that came back are carried out.
#[test]
fn a_rotated_secret_heals_itself() {
    let mut stage = Stage::new();
    stage.run("r_1", "vm_create_vm", None);
    assert!(stage.runtime.wait_ready(Duration::from_secs(10)).is_some());
    stage.secrets.add(SECRET_ARN, r#"{"clientId":"old","clientSecret":"old"}"#);
    stage.restart();
    assert!(matches!(stage.deliver(&[tutorial("r_1")]), Answer::Error(_)));
    stage.secrets.add(SECRET_ARN, &format!(r#"{{"clientId":"{CLIENT_ID}","clientSecret":"{CLIENT_SECRET}"}}"#));
    assert_eq!(stage.deliver(&[tutorial("r_1")]), done());
    assert_eq!(stage.status("r_1"), "SUCCESS");
    assert_eq!(stage.secrets.calls(), 3, "once for each start, and once more");
}
