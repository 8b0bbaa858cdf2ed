//! What else a topic carries: runs of other consumers, news, forgeries, tombstones and garbage.

use serde_json::{Value, json};

use crate::messages::{ours, tutorial, v1};
use crate::scenario::{End, Run, TYPED};
use crate::write::signed;
use local::Random;

/// Every id here starts with it; no call may hold it.
pub(crate) const OF_OTHERS: &str = "r_others";

/// One record, and the run that it names if Port knows it.
pub(crate) fn record(partition: usize, offset: usize, random: &mut Random) -> (Option<Vec<u8>>, Option<Run>) {
    let id = format!("{OF_OTHERS}{partition}x{offset}");
    let inputs = json!({"title": format!("{TYPED} {id}"), "cpu": 2});
    let message = match random.below(20) {
        0 => return (None, None),
        1 => return (Some(b"no json".to_vec()), None),
        2 => return (Some(vec![0xff, 0xfe, 0x00]), None),
        3 => return (Some("[".repeat(10_000).into_bytes()), None),
        4 => json!([null, TYPED]),
        5 => json!([tutorial(&id)]),
        6 => json!({"action": "CREATE", "resourceType": "entity", "status": "SUCCESS",
                    "context": {"blueprint": "vm", "entity": TYPED}, "diff": {"before": null, "after": inputs}}),
        7 | 8 => without_run_id(ours("vm_create_vm", &id, None, &inputs)),
        9 | 10 => news(tutorial(&id)),
        11 | 12 => signed(ours("vm_create_vm", &id, None, &inputs), "another secret"),
        13 | 14 => of_blueprint(v1("create_vm", "CREATE", &id, None, &inputs), "database"),
        15 => of_blueprint(ours("delete_vm", &id, Some(TYPED), &inputs), "database"),
        _ => v1("restart_vm", "DAY-2", &id, Some(TYPED), &inputs),
    };
    let run = Run { id, action: "restart_vm", entity: None, end: End::Untouched };
    (Some(message.to_string().into_bytes()), Some(run))
}

/// Ours, and nobody could be told what became of it.
fn without_run_id(mut message: Value) -> Value {
    message["context"]["runId"] = Value::Null;
    message
}

/// Not a request: a run has ended.
fn news(mut message: Value) -> Value {
    message["status"] = json!("SUCCESS");
    message
}

fn of_blueprint(mut message: Value, blueprint: &str) -> Value {
    message["context"]["blueprint"] = json!(blueprint);
    message
}
