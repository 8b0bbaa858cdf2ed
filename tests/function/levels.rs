//! The level of each line: how urgent it is for an operator, and which lines are printed at all.

use std::time::Duration;

use local::{Answer, Fault, KafkaEvent};
use serde_json::{Value, json};

use crate::function::{Function, done, lines};
use crate::messages::{ours, tutorial};

/// What the lines of a start and of a batch with every fate say, at DEBUG.
const LINES: [(&str, &str); 9] = [
    ("INFO", "ready"),
    ("DEBUG", "not ours"),
    ("ERROR", "a message for our action has no run id, so nothing can be reported to Port"),
    ("INFO", "SUCCESS"),
    ("WARN", "FAILURE"),
    ("INFO", "CLOSED_BEFORE"),
    ("ERROR", "UNKNOWN_RUN"),
    ("ERROR", "UNFINISHED"),
    ("ERROR", "batch"),
];

/// Every fate has its level, and `AWS_LAMBDA_LOG_LEVEL` decides from which level on lines are printed.
#[test]
fn lines_have_levels() {
    std::thread::scope(|scope| {
        for (variable, lowest) in [
            ("TRACE", "DEBUG"),
            ("DEBUG", "DEBUG"),
            ("INFO", "INFO"),
            ("", "INFO"),
            ("LOUD", "INFO"),
            ("WARN", "WARN"),
            ("ERROR", "ERROR"),
            ("FATAL", "ERROR"),
        ] {
            scope.spawn(move || {
                let printed = with_every_fate(&Function::with_variable("AWS_LAMBDA_LOG_LEVEL", variable));
                let rank =
                    |level: &str| ["DEBUG", "INFO", "WARN", "ERROR"].iter().position(|known| *known == level).unwrap();
                let lines = LINES.into_iter().filter(|(level, _)| rank(level) >= rank(lowest));
                let mut want: Vec<String> = lines.map(|(level, words)| format!("{level} {words}")).collect();
                want.sort_unstable();
                assert_eq!(printed, want, "{variable}");
            });
        }
    });
}

/// Delivers a batch with every fate, and returns the level and the words of each line about it, sorted.
fn with_every_fate(function: &Function) -> Vec<String> {
    for run in ["r_1", "r_2", "r_3"] {
        function.run(run, "vm_create_vm", None);
    }
    function.port.script(Fault::status(503).method("PATCH").path("/actions/runs/r_3").always());
    let event = KafkaEvent::new("org.runs")
        .json(0, 0, &json!({"action": "somebody_elses"}))
        .json(0, 1, &json!({"action": "create_vm", "context": {"blueprint": "vm"}, "inputs": {}}))
        .json(0, 2, &tutorial("r_1"))
        .json(0, 3, &tutorial("r_1"))
        .json(0, 4, &ours("resize_vm", "r_2", Some("nobody"), &json!({"cpu_cores": 2})))
        .json(0, 5, &ours("resize_vm", "r_unknown", Some("nobody"), &json!({"cpu_cores": 2})))
        .json(0, 6, &tutorial("r_3"))
        .build();
    assert!(matches!(function.invoke(&event, Duration::from_secs(2)).answer, Answer::Error(_)));
    assert!(function.process().wait_for_output("\"unfinished\":1", Duration::from_secs(5)));
    let mut words: Vec<String> = lines(function.process())
        .iter()
        .filter(|line| line.get("_aws").is_none())
        .map(|line| {
            let words = line.get("outcome").unwrap_or(&line["message"]);
            format!("{} {}", line["level"].as_str().unwrap(), words.as_str().unwrap())
        })
        .collect();
    words.sort_unstable();
    words
}

/// The line about a batch counts its records, the runs among them, and what is unfinished; a good batch is at INFO.
#[test]
fn the_line_about_a_batch_counts() {
    let mut function = Function::new();
    for run in ["r_1", "r_2", "r_3"] {
        function.run(run, "vm_create_vm", None);
    }
    function.port.set_latency(Duration::from_millis(60));
    assert_eq!(function.deliver(&[tutorial("r_1"), json!({"action": "somebody_elses"})]), done());
    function.port.script(Fault::status(401).path("/").always());
    let event = KafkaEvent::new("org.runs")
        .json(0, 7, &tutorial("r_2"))
        .json(0, 8, &tutorial("r_3"))
        .json(1, 0, &json!({"action": "somebody_elses"}))
        .build();
    assert!(matches!(function.invoke(&event, Duration::from_secs(5)).answer, Answer::Error(_)));
    assert!(function.process().wait_for_output("\"unfinished\":2", Duration::from_secs(5)));
    let lines = lines(function.process());
    let batches: Vec<&Value> = lines.iter().filter(|line| line["message"] == "batch").collect();
    let counts = |line: &Value| ["level", "records", "runs", "unfinished"].map(|key| line[key].clone());
    assert_eq!(counts(batches[0]), [json!("INFO"), json!(2), json!(1), json!(0)]);
    assert_eq!(counts(batches[1]), [json!("ERROR"), json!(3), json!(2), json!(2)]);
    // A token, the entity, the status: three calls.
    let run = lines.iter().find(|line| line["outcome"] == "SUCCESS").unwrap();
    for line in [run, batches[0]] {
        let milliseconds = line["durationMs"].as_u64().unwrap();
        assert!((120..10_000).contains(&milliseconds), "{line}");
    }
    let places: Vec<_> = lines
        .iter()
        .filter(|line| line["outcome"] == "UNFINISHED")
        .map(|line| {
            (line["runId"].as_str().unwrap(), line["partition"].as_str().unwrap(), line["offset"].as_u64().unwrap())
        })
        .collect();
    assert!(places.contains(&("r_2", "org.runs-0", 7)) && places.contains(&("r_3", "org.runs-0", 8)), "{places:?}");
    for line in lines.iter().filter(|line| line["message"] != "ready") {
        assert!(line["requestId"].is_string() || line.get("_aws").is_some(), "{line}");
    }
}

/// The last line of a function that cannot start says why, with every cause.
#[test]
fn a_failed_start_says_why() {
    let mut function = Function::with_variable("LAMBDA_TASK_ROOT", "/nowhere");
    let words = "cannot read `/nowhere/plan.json`: No such file or directory";
    assert!(function.process().wait_for_output(words, Duration::from_secs(5)), "{}", function.process().output());
    let line = lines(function.process()).pop().unwrap();
    assert_eq!(line["level"], "ERROR");
    let (_, _, process) = function.parts();
    while process.is_running() {
        std::thread::sleep(Duration::from_millis(10));
    }
}
