//! Lambda's largest batch, in less memory than the smallest function has.

use std::time::Duration;

use local::KafkaEvent;
use serde_json::json;

use crate::function::{Function, done};
use crate::messages::tutorial;

/// Lambda's largest batch, 10 000 records and 6 MB, in less memory than the smallest function has.
#[test]
fn the_largest_batch_fits_in_memory() {
    let function = Function::new();
    function.run("r_last", "vm_create_vm", None);
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
    assert_eq!(function.invoke(&event, Duration::from_mins(1)).answer, done());
    assert_eq!(function.status("r_last"), "SUCCESS");
    let peak = function.process().peak_memory().unwrap() / 1024 / 1024;
    assert!(peak < 100, "{peak} MiB");
}

/// The same, with a run of ours in every record.
#[test]
fn the_largest_batch_of_runs_fits_in_memory() {
    let function = Function::with_plan(|plan| plan["concurrency"] = json!(64));
    let inputs = json!({"cpu": 2, "memory": 4, "storage": 50, "region": "eu-west-1", "notes": "x".repeat(200)});
    let mut event = KafkaEvent::new("org.runs");
    for n in 0..10_000 {
        let run = format!("r_{n}");
        function.run(&run, "vm_create_vm", None);
        event = event.json(
            0,
            n,
            &json!({"action": "vm_create_vm", "context": {"runId": run, "blueprint": "vm"}, "inputs": inputs}),
        );
    }
    let event = event.build();
    assert!(event.to_string().len() > 5_500_000);
    assert_eq!(function.invoke(&event, Duration::from_mins(10)).answer, done());
    assert!((0..10_000).all(|n| function.status(&format!("r_{n}")) == "SUCCESS"));
    let peak = function.process().peak_memory().unwrap() / 1024 / 1024;
    assert!(peak < 120, "{peak} MiB");
    println!("10 000 runs: {peak} MiB, {} calls", function.calls().len());
}
