//! What else a topic carries: runs of other consumers, news, forgeries, tombstones and garbage.

use serde_json::{Value, json};

use crate::generations::PUBLISHED;
use crate::messages::{ours, signed, tutorial, v1};
use crate::scenario::TYPED;
use local::Random;

/// Port's identifier of the action whose runs are not ours.
pub(crate) const ACTION: &str = "restart_vm";

/// Returns one record, and the id of the run that it names if it can be read.
pub(crate) fn record(partition: usize, offset: usize, random: &mut Random) -> (Option<Vec<u8>>, Option<String>) {
    let id = format!("r_others{partition}x{offset}");
    let inputs = json!({"title": format!("{TYPED} {id}"), "cpu": 2});
    let message = match random.below(20) {
        0 => return (None, None),
        1 => return (Some(b"not json".to_vec()), None),
        2 => return (Some(vec![0xff, 0xfe, 0x00]), None),
        3 => return (Some("[".repeat(10_000).into_bytes()), None),
        4 => json!([null, TYPED]),
        5 => json!([tutorial(&id)]),
        6 => json!({"action": "CREATE", "resourceType": "entity", "status": "SUCCESS",
                    "context": {"blueprint": "vm", "entity": TYPED}, "diff": {"before": null, "after": inputs}}),
        7 | 8 => without_run_id(ours("vm_create_vm", &id, None, &inputs)),
        9 | 10 => news(tutorial(&id)),
        11 | 12 => signed(ours("vm_create_vm", &id, None, &inputs), "another secret", PUBLISHED),
        13 | 14 => of_blueprint(v1("create_vm", "CREATE", &id, None, &inputs), "database"),
        15 => of_blueprint(ours("delete_vm", &id, Some(TYPED), &inputs), "database"),
        16 => {
            // Damaged, and of an action that is not ours.
            let mut text = v1(ACTION, "DAY-2", &id, Some(TYPED), &inputs).to_string();
            text.truncate(text.len() - 1 - random.below(20));
            return (Some(text.into_bytes()), Some(id));
        }
        _ => v1(ACTION, "DAY-2", &id, Some(TYPED), &inputs),
    };
    (Some(message.to_string().into_bytes()), Some(id))
}

/// Ours, but without a run to report to.
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
