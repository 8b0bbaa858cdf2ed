//! A function's processes: when they start, how they end, and what follows.

#![expect(clippy::unwrap_used, reason = "a test that cannot write its script has failed")]

mod wire;

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use local::{Answer, ExecutionEnvironment, Function, FunctionEvent, LambdaRuntime};
use serde_json::{Value, json};

use wire::Wire;

/// Longer than anything here takes.
const LONG: Duration = Duration::from_mins(1);

/// Creates a function of a shell script.
fn function(name: &str, script: &str) -> (Function, Arc<Mutex<Vec<FunctionEvent>>>) {
    let program: PathBuf = std::env::temp_dir().join(format!("local-function-{name}-{}", std::process::id()));
    std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let events: Arc<Mutex<Vec<FunctionEvent>>> = Arc::default();
    let seen = Arc::clone(&events);
    let start = move |lines| ExecutionEnvironment::start_observed(&program, &std::env::temp_dir(), Vec::new(), lines);
    let observer = Arc::new(move |event: &FunctionEvent| seen.lock().unwrap().push(event.clone()));
    (Function::new(start, LONG, observer), events)
}

fn error(answer: &Answer) -> (String, String) {
    let (Answer::Error(error) | Answer::InitError(error)) = answer else { return Default::default() };
    let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
    (text("errorType"), text("errorMessage"))
}

#[test]
fn a_process_that_ends_is_an_error_in_the_words_of_aws_and_another_one_follows() {
    for (name, script, words) in [
        ("status", "exit 3", "Runtime exited with error: exit status 3"),
        ("nothing", "exit 0", "Runtime exited without providing a reason"),
        ("killed", "kill -9 $$", "Runtime exited with error: signal: killed"),
    ] {
        let (function, events) = function(name, script);
        for id in ["first", "second"] {
            let invocation = function.invoke(id, "{}");
            let message = format!("RequestId: {id} Error: {words}");
            assert_eq!(error(&invocation.answer), ("Runtime.ExitError".to_owned(), message));
        }
        let events = events.lock().unwrap().clone();
        let started: Vec<u32> = events
            .iter()
            .filter_map(|event| if let FunctionEvent::Started { process } = event { Some(*process) } else { None })
            .collect();
        assert_eq!(started.len(), 2);
        let how = words.strip_prefix("Runtime exited ").map(str::to_owned);
        for process in started {
            assert!(events.contains(&FunctionEvent::Exited { process, how: how.clone() }), "{events:?}");
        }
    }
}

#[test]
fn every_line_is_reported_after_the_start_of_its_process() {
    let (function, events) = function("lines", "echo one; echo two >&2; printf three");
    let _ = function.invoke("id", "{}");
    let events = events.lock().unwrap().clone();
    assert!(matches!(events.first(), Some(FunctionEvent::Started { .. })), "{events:?}");
    let mut lines: Vec<&str> = events
        .iter()
        .filter_map(|event| if let FunctionEvent::Line { line, .. } = event { Some(line.as_str()) } else { None })
        .collect();
    lines.sort_unstable();
    assert_eq!(lines, ["one", "three", "two"]);
    assert!(matches!(events.last(), Some(FunctionEvent::Exited { .. })), "{events:?}");
}

#[test]
fn a_function_can_be_killed_while_it_works() {
    let (function, _) = function("works", "exec sleep 600");
    let answer = std::thread::scope(|scope| {
        let invoking = scope.spawn(|| function.invoke("id", "{}").answer);
        while !invoking.is_finished() {
            function.kill();
            std::thread::sleep(Duration::from_millis(10));
        }
        invoking.join().unwrap()
    });
    assert_eq!(error(&answer).1, "RequestId: id Error: Runtime exited with error: signal: killed");
}

#[test]
fn a_program_that_cannot_be_started_is_an_error_of_its_start() {
    let observer = Arc::new(|_: &FunctionEvent| {});
    let start = |_| Err(std::io::Error::new(std::io::ErrorKind::NotFound, "no such file"));
    let invocation = Function::new(start, LONG, observer).invoke("id", "{}");
    assert!(matches!(&invocation.answer, Answer::InitError(_)));
    assert_eq!(error(&invocation.answer).0, "Runtime.InvalidEntrypoint");
}

/// As AWS's emulator, to the byte.
#[test]
fn an_answer_of_more_than_six_megabytes_is_refused() {
    const LARGEST: usize = 6_291_556;
    for (length, status) in [(LARGEST, 202), (LARGEST + 1, 413)] {
        let runtime = LambdaRuntime::start().unwrap();
        let address = runtime.address();
        let function = std::thread::spawn(move || {
            let mut wire = Wire::connect(&address);
            let event = wire.get("/2018-06-01/runtime/invocation/next");
            let id = event.header("lambda-runtime-aws-request-id").unwrap().to_owned();
            let answer: Value = "x".repeat(length - 2).into();
            wire.post(&format!("/2018-06-01/runtime/invocation/{id}/response"), &answer).status
        });
        let answer = runtime.invoke(&json!({}), LONG).answer;
        assert_eq!(function.join().unwrap(), status);
        let message = "Response payload size exceeded maximum allowed payload size (6291556 bytes).";
        let refused = ("Function.ResponseSizeTooLarge".to_owned(), message.to_owned());
        assert_eq!(error(&answer), if status == 202 { Default::default() } else { refused });
    }
}
