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
    assert!(peak < 100, "{peak} MiB");
    println!("10 000 runs: {peak} MiB, {} calls", function.calls().len());
}

/// What takes many times its text in memory, as one JSON value of about this many bytes.
type Bomb = fn(usize) -> String;

fn repeated(part: &str, bytes: usize) -> String {
    format!("[{}0]", part.repeat(bytes / part.len()))
}

/// Events of 6 MB, each of messages of ours with a value that takes many times its text in memory.
#[test]
fn no_event_takes_more_memory_than_there_is() {
    let objects: Bomb = |bytes| repeated("{\"\":0},", bytes);
    let keys: Bomb = |bytes| {
        let keys: Vec<String> = (0..bytes / 11).map(|n| format!("\"{n:06}\":0")).collect();
        format!("{{{}}}", keys.join(","))
    };
    let levels: Bomb = |bytes| format!("{}{}", "[".repeat(bytes / 2), "]".repeat(bytes / 2));
    let text: Bomb = |bytes| format!("\"{}\"", "x".repeat(bytes));
    // These become bytes that are not UTF-8, each of which is read as three.
    let damaged: Bomb = |bytes| format!("\"{}\"", "\u{7f}".repeat(bytes));
    for (name, bomb, messages, bytes) in [
        ("text", text, 1, 4_400_000),
        ("damaged text", damaged, 1, 4_400_000),
        ("damaged text", damaged, 4, 1_000_000),
        ("damaged text", damaged, 14, 300_000),
        // A few of the largest messages that a broker takes.
        ("objects", objects, 4, 1_000_000),
        ("levels", levels, 4, 1_000_000),
        ("text", text, 4, 1_000_000),
        // As many as there can be that are not refused.
        ("objects", objects, 130, 34_000),
        ("keys", keys, 42, 105_000),
        ("text", text, 70, 62_000),
    ] {
        let function = Function::with_plan(|plan| {
            plan["concurrency"] = json!(64);
            for action in plan["actions"].as_array_mut().unwrap() {
                action["entity"]["properties"] = json!({"notes": "{{ .inputs.extra }}", "more": "{{ .inputs.extra }}"});
            }
        });
        function.port.set_latency(Duration::from_millis(20));
        let value = bomb(bytes);
        let mut event = KafkaEvent::new("org.runs");
        for n in 0..messages {
            let run = format!("r_{n}");
            function.run(&run, "vm_create_vm", None);
            let message = format!(
                r#"{{"action":"vm_create_vm","context":{{"runId":"{run}","blueprint":"vm"}},"inputs":{{"title":"{n}","extra":{value}}}}}"#
            );
            let bytes = message.into_bytes().into_iter().map(|byte| if byte == 0x7f { 0xff } else { byte });
            event = event.record(0, n, Some(&bytes.collect::<Vec<u8>>()));
        }
        let event = event.build();
        assert!(event.to_string().len() > 4_600_000, "{name}: {}", event.to_string().len());
        assert_eq!(function.invoke(&event, Duration::from_mins(5)).answer, done(), "{name}");
        let open = (0..messages).filter(|n| function.status(&format!("r_{n}")) == "IN_PROGRESS").count();
        assert_eq!(open, 0, "{messages} of {name}");
        let peak = function.process().peak_memory().unwrap() / 1024 / 1024;
        println!("{messages} messages of {name}: {peak} MiB");
        assert!(peak < 100, "{messages} messages of {name}: {peak} MiB");
    }
}
