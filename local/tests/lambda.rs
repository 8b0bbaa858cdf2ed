//! The runtime API with a function in a thread of the test, and the process that Lambda would start.

#![expect(clippy::unwrap_used, reason = "a test that cannot write its script has failed")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use local::{Answer, KafkaEvent, LambdaRuntime, Process};
use serde_json::{Value, json};

mod wire;

use wire::{Response, Wire};

const NEXT: &str = "/2018-06-01/runtime/invocation/next";
const SHORT: Duration = Duration::from_millis(100);
const LONG: Duration = Duration::from_secs(5);

/// Takes one event and posts what the closure returns, to the path that ends with the returned word.
fn serve(address: &str, respond: impl FnOnce(&Response) -> (&'static str, Value)) -> u16 {
    let mut wire = Wire::connect(address);
    let event = wire.get(NEXT);
    let id = event.header("lambda-runtime-aws-request-id").unwrap().to_owned();
    let (path, answer) = respond(&event);
    wire.post(&format!("/2018-06-01/runtime/invocation/{id}/{path}"), &answer).status
}

#[test]
fn an_event_goes_out_and_its_answer_comes_back() {
    let runtime = LambdaRuntime::start().unwrap();
    let address = runtime.address();
    let function = thread::spawn(move || {
        serve(&address, |event| {
            let deadline: i64 = event.header("lambda-runtime-deadline-ms").unwrap().parse().unwrap();
            assert!(deadline > 1_700_000_000_000);
            assert!(event.header("lambda-runtime-invoked-function-arn").is_some());
            assert!(event.header("lambda-runtime-trace-id").is_some());
            ("response", json!({"got": event.json()}))
        })
    });
    assert!(runtime.wait_ready(LONG).is_some());
    let invocation = runtime.invoke(&json!({"a": 1}), LONG);
    assert_eq!(invocation.answer, Answer::Response(json!({"got": {"a": 1}})));
    assert!(invocation.duration < LONG);
    assert_eq!(function.join().unwrap(), 202);
}

#[test]
fn an_error_is_distinguished_from_an_answer() {
    let runtime = LambdaRuntime::start().unwrap();
    let address = runtime.address();
    let function = thread::spawn(move || serve(&address, |_| ("error", json!({"errorMessage": "no"}))));
    assert_eq!(runtime.invoke(&json!({}), LONG).answer, Answer::Error(json!({"errorMessage": "no"})));
    assert_eq!(function.join().unwrap(), 202);
}

#[test]
fn an_ended_process_is_an_error() {
    let runtime = LambdaRuntime::start().unwrap();
    let address = runtime.address();
    let answer = thread::scope(|scope| {
        let invoking = scope.spawn(|| runtime.invoke(&json!({}), LONG).answer);
        // Taken, but never answered.
        assert_eq!(Wire::connect(&address).get(NEXT).status, 200);
        runtime.exited();
        invoking.join().unwrap()
    });
    let Answer::Error(error) = answer else { unreachable!("{answer:?}") };
    assert_eq!(error["errorType"], "Runtime.ExitError");
}

#[test]
fn a_late_answer_is_refused() {
    let runtime = LambdaRuntime::start().unwrap();
    let address = runtime.address();
    let (over, is_over) = std::sync::mpsc::channel();
    let function = thread::spawn(move || {
        serve(&address, |_| {
            is_over.recv().unwrap();
            ("response", json!("late"))
        })
    });
    assert_eq!(runtime.invoke(&json!({}), SHORT).answer, Answer::TimedOut);
    over.send(()).unwrap();
    assert_eq!(function.join().unwrap(), 400);
}

#[test]
fn a_function_that_cannot_start_says_so() {
    let runtime = LambdaRuntime::start().unwrap();
    let mut wire = Wire::connect(&runtime.address());
    wire.post("/2018-06-01/runtime/init/error", &json!({"errorType": "Config"}));
    assert_eq!(runtime.invoke(&json!({}), LONG).answer, Answer::InitError(json!({"errorType": "Config"})));
    assert_eq!(runtime.wait_ready(SHORT), None);
}

#[test]
fn events_go_out_one_after_another_on_one_connection() {
    let runtime = LambdaRuntime::start().unwrap();
    let address = runtime.address();
    let function = thread::spawn(move || {
        let mut wire = Wire::connect(&address);
        for _ in 0..20 {
            let event = wire.get(NEXT);
            let id = event.header("lambda-runtime-aws-request-id").unwrap().to_owned();
            wire.post(&format!("/2018-06-01/runtime/invocation/{id}/response"), &event.json());
        }
    });
    for number in 0..20 {
        assert_eq!(runtime.invoke(&json!(number), LONG).answer, Answer::Response(json!(number)));
    }
    function.join().unwrap();
}

fn bootstrap(name: &str, script: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn a_process_sees_what_lambda_sets_and_nothing_else() {
    let runtime = LambdaRuntime::start().unwrap();
    let root = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let binary = bootstrap("prints-its-environment", "env; echo complaint >&2; exec sleep 60");
    let extra = [("AWS_REGION".to_owned(), "us-east-1".into()), ("MINE".to_owned(), "yes".into())];
    let mut function = Process::spawn(&binary, root, &runtime, extra).unwrap();
    assert!(function.wait_for_output("complaint", LONG));
    assert!(!function.wait_for_output("something else", SHORT));
    assert!(function.peak_memory().is_some_and(|bytes| bytes > 100_000));
    assert!(function.is_running());
    function.kill();
    assert!(!function.is_running());
    assert_eq!(function.peak_memory(), None);

    let output = function.output();
    for line in [
        format!("AWS_LAMBDA_RUNTIME_API={}", runtime.address()),
        format!("LAMBDA_TASK_ROOT={}", root.display()),
        "AWS_REGION=us-east-1".to_owned(),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=128".to_owned(),
        "MINE=yes".to_owned(),
    ] {
        assert!(output.lines().any(|written| written == line), "{line} is not in\n{output}");
    }
    assert!(!output.contains("CARGO"), "{output}");
}

#[test]
fn a_dropped_process_is_killed() {
    let runtime = LambdaRuntime::start().unwrap();
    let root = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let binary = bootstrap("sleeps", "exec sleep 60");
    let start = Instant::now();
    drop(Process::spawn(&binary, root, &runtime, []).unwrap());
    assert!(start.elapsed() < LONG);
}

#[test]
fn a_kafka_event_is_what_lambda_sends() {
    let event = KafkaEvent::new("ORG.runs")
        .record(0, 5, Some(b"{\"a\":1}"))
        .record(0, 6, None)
        .keyed_record(1, 9, Some(b"k"), Some(b"v"))
        .build();
    assert_eq!(event["eventSource"], "SelfManagedKafka");
    assert_eq!(
        event["records"],
        json!({
            "ORG.runs-0": [
                {"topic": "ORG.runs", "partition": 0, "offset": 5, "timestamp": 1_700_000_000_005_i64,
                 "timestampType": "CREATE_TIME", "value": "eyJhIjoxfQ==", "headers": []},
                {"topic": "ORG.runs", "partition": 0, "offset": 6, "timestamp": 1_700_000_000_006_i64,
                 "timestampType": "CREATE_TIME", "headers": []}
            ],
            "ORG.runs-1": [
                {"topic": "ORG.runs", "partition": 1, "offset": 9, "timestamp": 1_700_000_000_009_i64,
                 "timestampType": "CREATE_TIME", "key": "aw==", "value": "dg==", "headers": []}
            ]
        })
    );
}
