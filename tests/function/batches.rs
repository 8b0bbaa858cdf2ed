//! A batch as a whole: what its line says, and how many runs are carried out at once.

use std::time::{Duration, Instant};

use local::{Answer, Fault};
use serde_json::{Value, json};

use crate::function::{Function, done};
use crate::messages::{ours, tutorial};

/// Returns the lines "batch" so far.
fn batches(function: &Function, count: usize) -> Vec<Value> {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let lines = function.process().output();
        let lines: Vec<Value> = lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let batches: Vec<Value> = lines.into_iter().filter(|line| line["message"] == "batch").collect();
        if batches.len() == count || Instant::now() > deadline {
            return batches;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The line of a batch counts its records, its runs and what goes back; only something that goes back makes it an error.
#[test]
fn the_line_of_a_batch_counts_what_was_in_it() {
    let mut function = Function::new();
    for run in ["r_1", "r_2", "r_3"] {
        function.run(run, "vm_create_vm", None);
    }
    assert_eq!(function.deliver(&[tutorial("r_1"), json!(1), json!(2)]), done());
    function.port.script(Fault::status(401).path("/").always());
    let two = [
        ours("vm_create_vm", "r_2", None, &json!({"title": "b"})),
        ours("vm_create_vm", "r_3", None, &json!({"title": "c"})),
        json!(1),
    ];
    assert!(matches!(function.deliver(&two), Answer::Error(_)));
    let counts: Vec<Value> = batches(&function, 2)
        .iter()
        .map(|line| json!([line["level"], line["records"], line["runs"], line["unfinished"]]))
        .collect();
    assert_eq!(counts, [json!(["INFO", 3, 1, 0]), json!(["ERROR", 3, 2, 2])]);
}

/// The second delivery of a run that this process saw closed makes no call.
#[test]
fn a_run_that_was_closed_here_costs_no_call() {
    let mut function = Function::new();
    function.run("r_1", "vm_create_vm", None);
    assert_eq!(function.deliver(&[tutorial("r_1")]), done());
    assert!(!function.calls().is_empty());
    assert_eq!(function.deliver(&[tutorial("r_1")]), done());
    assert_eq!(function.calls(), Vec::<String>::new());
    assert!(function.process().wait_for_output("\"outcome\":\"CLOSED_BEFORE\"", Duration::from_secs(5)));
}

/// Runs of different entities are carried out side by side, as many as the plan says.
#[test]
fn runs_are_carried_out_side_by_side() {
    let time = |concurrency: usize| {
        let mut function = Function::with_plan(|plan| plan["concurrency"] = json!(concurrency));
        let messages: Vec<Value> = (0..24)
            .map(|n| {
                let run = format!("r_{n}");
                function.run(&run, "vm_create_vm", None);
                ours("vm_create_vm", &run, None, &json!({"title": run}))
            })
            .collect();
        function.port.set_latency(Duration::from_millis(50));
        let started = Instant::now();
        assert_eq!(function.deliver(&messages), done());
        started.elapsed()
    };
    // Two calls of 50 ms each.
    let (alone, together) = (time(1), time(24));
    assert!(alone >= Duration::from_millis(2400), "{alone:?}");
    assert!(together < alone / 2, "{together:?} against {alone:?}");
}
