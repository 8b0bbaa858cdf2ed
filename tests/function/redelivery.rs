//! Records that are delivered more than once, to one process or several: nothing is done or reported twice.

use std::time::Duration;

use local::{Answer, Effect, Fault, KafkaEvent, LateWrites};
use serde_json::json;

use crate::function::{Function, done, now_millis};
use crate::messages::{ours, tutorial};

/// The same record again, the same batch again, and once more after a crash between entity and status.
#[test]
fn a_redelivery_changes_nothing() {
    let mut function = Function::new();
    function.run("r_1", "vm_create_vm", None);
    assert_eq!(function.deliver(&[tutorial("r_1"), tutorial("r_1")]), done());
    assert_eq!(function.deliver(&[tutorial("r_1")]), done());
    assert_eq!((function.status("r_1").as_str(), function.port.entities().len()), ("SUCCESS", 1));

    function.run("r_2", "vm_create_vm", None);
    function.port.script(Fault::new(Effect::Hang).method("PATCH").path("/actions/runs/r_2"));
    let event = KafkaEvent::new("org.runs").json(0, 50, &tutorial("r_2")).build();
    let answer = function.invoke(&event, Duration::from_secs(1)).answer;
    assert!(matches!(answer, Answer::Error(_) | Answer::TimedOut), "{answer:?}");
    function.restart();
    assert_eq!(function.invoke(&event, Duration::from_secs(20)).answer, done());
    assert_eq!((function.status("r_2").as_str(), function.port.entities().len()), ("SUCCESS", 2));
}

/// A run that succeeded is delivered again to another process after its entity changed: nothing is written or reported,
/// whether Port would refuse the write or make it.
#[test]
fn a_late_redelivery_neither_writes_nor_reports() {
    for late_writes in [LateWrites::Untied, LateWrites::Refused] {
        neither_written_nor_reported(late_writes);
    }
}

fn neither_written_nor_reported(late_writes: LateWrites) {
    let mut function = Function::new();
    function.port.set_late_writes(late_writes);
    let inputs = json!({"title": "A", "cpu": 2, "memory": 4, "storage": 50, "region": "eu-west-1"});
    let create = ours("vm_create_vm", "r_1", None, &inputs);
    let resize = ours("resize_vm", "r_2", Some("a"), &json!({"cpu_cores": 8}));
    let delete = ours("delete_vm", "r_3", Some("a"), &json!({}));
    for (run, message) in [("r_1", &create), ("r_2", &resize), ("r_3", &delete)] {
        function.run(run, "vm_create_vm", None);
        function.deliver(std::slice::from_ref(message));
    }
    let another = json!({"cpu_cores": 64, "region": "us-east-1"});
    function.port.add_entity("vm", json!({"identifier": "a", "title": "Another", "properties": another}));
    function.restart();
    assert_eq!(function.deliver_late(&[create, resize, delete]), done());
    assert_eq!(function.port.entity("vm", "a").unwrap()["properties"], another);
    assert_eq!(["r_1", "r_2", "r_3"].map(|run| function.status(run)), ["SUCCESS"; 3]);
    assert_eq!(["r_1", "r_2", "r_3"].map(|run| function.logs(run).len()), [0; 3]);
}

/// Two runs change an entity, and the older one comes again to a process that has not seen it: it only reads the run.
#[test]
fn an_older_run_never_undoes_a_newer_one() {
    let inputs = json!({"title": "A", "cpu": 2, "memory": 4, "storage": 50, "region": "eu-west-1"});
    let create = ours("vm_create_vm", "r_older", None, &inputs);
    let resize = |run: &str, cores: u32| ours("resize_vm", run, Some("a"), &json!({"cpu_cores": cores}));
    let delete = ours("delete_vm", "r_newer", Some("a"), &json!({}));
    for (name, older, newer) in [
        ("changed twice", resize("r_older", 4), resize("r_newer", 8)),
        ("changed and deleted", resize("r_older", 4), delete.clone()),
        ("created and deleted", create, delete),
    ] {
        for age in [Some(61_000), Some(86_400_000), None] {
            let mut function = Function::new();
            if name != "created and deleted" {
                function
                    .port
                    .add_entity("vm", json!({"identifier": "a", "title": "A", "properties": {"cpu_cores": 1}}));
            }
            for (run, message) in [("r_older", &older), ("r_newer", &newer)] {
                function.run(run, "any", None);
                assert_eq!(function.deliver(std::slice::from_ref(message)), done());
                assert_eq!(function.status(run), "SUCCESS", "{name}: {run}");
            }
            let held = function.port.entities();
            let mut event = KafkaEvent::new("org.runs").published_at(now_millis() - age.unwrap_or_default());
            event = event.json(0, 0, &older);
            let mut event = event.build();
            if age.is_none() {
                event["records"]["org.runs-0"][0].as_object_mut().unwrap().remove("timestamp");
            }
            function.restart();
            function.calls();
            assert_eq!(function.invoke(&event, Duration::from_secs(20)).answer, done());
            assert_eq!(function.port.entities(), held, "{name}, {age:?}");
            assert_eq!(
                function.calls(),
                ["POST /v1/auth/access_token", "GET /v1/actions/runs/r_older"],
                "{name}, {age:?}"
            );
            assert!(function.process().wait_for_output("CLOSED_BEFORE", Duration::from_secs(5)));
        }
    }
}

/// A record whose time cannot be right may be of any age: the run is read first.
#[test]
fn a_record_from_a_time_to_come_may_be_old() {
    for published in [now_millis() + 90_000, now_millis() + 100_000_000_000, i64::MAX, 0, -1, i64::MIN] {
        let mut function = Function::new();
        function.port.set_late_writes(LateWrites::Untied);
        function.port.add_entity("vm", json!({"identifier": "a", "properties": {"cpu_cores": 1}}));
        let resize = |run: &str, cpu: u32| ours("resize_vm", run, Some("a"), &json!({"cpu_cores": cpu}));
        for (run, cpu) in [("r_1", 2), ("r_2", 4)] {
            function.run(run, "resize_vm", Some("a"));
            assert_eq!(function.deliver_published(published, &[resize(run, cpu)]), done());
        }
        function.restart();
        assert_eq!(function.deliver_published(published, &[resize("r_1", 2)]), done());
        assert_eq!(function.port.entity("vm", "a").unwrap()["properties"]["cpu_cores"], 4, "{published}");
    }
}

/// Reading the run costs a call, which only messages of a minute and more are worth.
#[test]
fn a_run_is_read_first_only_if_its_message_is_old() {
    let mut function = Function::new();
    let written = ["POST /v1/blueprints/vm/entities", "PATCH /v1/actions/runs/r_"];
    for (age, is_read) in [(-3_600_000, true), (-20_000, false), (0, false), (30_000, false), (61_000, true)] {
        let run = format!("r_{}", age.to_string().replace('-', "in"));
        function.run(&run, "vm_create_vm", None);
        assert_eq!(function.deliver_published(now_millis() - age, &[tutorial(&run)]), done());
        let calls = function.calls();
        let calls: Vec<&String> = calls.iter().filter(|call| !call.contains("access_token")).collect();
        let reading = format!("GET /v1/actions/runs/{run}");
        assert_eq!(calls.iter().any(|call| **call == reading), is_read, "{age}: {calls:?}");
        assert_eq!(calls.len(), 2 + usize::from(is_read), "{age}: {calls:?}");
        assert!(written.iter().all(|part| calls.iter().any(|call| call.starts_with(part))), "{age}: {calls:?}");
    }
    // A process that saw the run end asks nobody.
    assert_eq!(function.deliver_late(&[tutorial("r_61000")]), done());
    assert_eq!(function.calls(), Vec::<String>::new());
}

/// A run that Port does not know, or cannot be asked about, is not written in advance.
#[test]
fn an_old_message_is_carried_out_only_after_the_answer() {
    let mut function = Function::new();
    assert_eq!(function.deliver_late(&[tutorial("r_unknown")]), done());
    assert!(function.process().wait_for_output("UNKNOWN_RUN", Duration::from_secs(5)));
    function.run("r_1", "vm_create_vm", None);
    function.port.script(Fault::status(503).method("GET").path("/actions/runs/r_1").always());
    let event = KafkaEvent::new("org.runs").json(0, 0, &tutorial("r_1")).build();
    assert!(matches!(function.invoke(&event, Duration::from_secs(2)).answer, Answer::Error(_)));
    assert_eq!(function.port.entities().len(), 0);
    function.port.clear_faults();
    assert_eq!(function.invoke(&event, Duration::from_secs(20)).answer, done());
    assert_eq!((function.status("r_1").as_str(), function.port.entities().len()), ("SUCCESS", 1));
}

/// Two functions receive the same batch at the same time, as happens when a consumer group is rebalanced.
#[test]
fn two_functions_at_once_write_each_entity_once() {
    let function = Function::new();
    let other = function.start().unwrap();
    assert!(function.runtime().wait_ready(Duration::from_secs(10)).is_some());
    assert!(other.runtime.wait_ready(Duration::from_secs(10)).is_some());
    function.port.set_latency(Duration::from_millis(20));
    let inputs = json!({"cpu": 2, "memory": 4, "storage": 50, "region": "eu-west-1"});
    let mut event = KafkaEvent::new("org.runs");
    for n in 0..20 {
        let run = format!("r_{n}");
        function.run(&run, "vm_create_vm", None);
        event = event.json(0, n, &ours("vm_create_vm", &run, None, &inputs));
    }
    let event = event.build();
    let (one, two) = std::thread::scope(|scope| {
        let invoking = scope.spawn(|| other.invoke(&event, Duration::from_secs(20)).answer);
        (function.invoke(&event, Duration::from_secs(20)).answer, invoking.join().unwrap())
    });
    assert_eq!((one, two), (done(), done()));
    drop(other);
    let calls = function.port.calls();
    let carried_out = |method: &str, status: u16| {
        calls.iter().filter(|call| call.method == method && call.carried_out == Some(status)).count()
    };
    assert_eq!((carried_out("POST", 201), carried_out("PATCH", 200)), (20, 20), "each entity and each status once");
    assert!(
        carried_out("POST", 409) + carried_out("POST", 422) + carried_out("PATCH", 422) > 0,
        "the two did not run at the same time"
    );
    assert!((0..20).all(|n| function.status(&format!("r_{n}")) == "SUCCESS"));
}

/// If a process is killed between the entity and the status, the next one ends the run.
#[test]
fn a_run_killed_between_entity_and_status_is_ended_later() {
    let mut function = Function::new();
    function.run("r_1", "vm_create_vm", None);
    function.port.script(Fault::new(Effect::Hang).method("PATCH").path("/actions/runs/r_1"));
    let event = KafkaEvent::new("org.runs").json(0, 0, &tutorial("r_1")).build();
    let answer = std::thread::scope(|scope| {
        let (deployment, runtime, process) = function.parts();
        let invoking = scope.spawn(|| runtime.invoke(&event, Duration::from_secs(20)).answer);
        while !deployment.port.calls().iter().any(|call| call.method == "PATCH") {
            std::thread::yield_now();
        }
        process.kill();
        runtime.exited();
        invoking.join().unwrap()
    });
    assert!(matches!(&answer, Answer::Error(error) if error["errorType"] == "Runtime.ExitError"), "{answer:?}");
    assert_eq!((function.status("r_1").as_str(), function.port.entities().len()), ("IN_PROGRESS", 1));
    function.restart();
    assert_eq!(function.invoke(&event, Duration::from_secs(20)).answer, done());
    assert_eq!((function.status("r_1").as_str(), function.port.entities().len()), ("SUCCESS", 1));
}
