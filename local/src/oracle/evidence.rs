//! What was seen once every message had been dealt with.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::expected::EntityId;
use crate::port::{Call, FakePort};

/// Everything that a judgement rests on.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// Every call of Port's API, in the order of arrival.
    pub calls: Vec<Call>,
    /// The runs that Port holds, by id, those of workflow nodes included.
    pub runs: BTreeMap<String, HeldRun>,
    /// The entities that Port holds: `identifier`, `title`, `properties`.
    pub entities: BTreeMap<EntityId, Value>,
    /// Lines that processes printed.
    pub printed: Vec<String>,
    /// What processes answered that ended by themselves.
    pub crashes: Vec<String>,
    /// Answers that no function may give, and batches that could not be finished.
    pub bad_deliveries: Vec<String>,
}

/// A run as Port holds it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeldRun {
    /// In the words of an action's run: `IN_PROGRESS`, `SUCCESS`, `FAILURE`.
    pub status: String,
    /// It has a summary, or lines where a workflow's node has those instead.
    pub is_explained: bool,
}

impl Evidence {
    /// What Port holds and what it was asked; the processes are not seen from there.
    #[must_use]
    pub fn of(port: &FakePort) -> Self {
        let runs = port.runs().iter().map(|run| (text(run, "id"), HeldRun::of_run(run))).collect::<Vec<_>>();
        let node_runs = port.node_runs();
        let node_runs = node_runs.iter().map(|run| (text(run, "identifier"), HeldRun::of_node_run(run)));
        let entities = port.entities();
        let entities =
            entities.iter().map(|entity| (EntityId::of(&text(entity, "blueprint"), entity), written(entity)));
        Self {
            calls: port.calls(),
            runs: runs.into_iter().chain(node_runs).collect(),
            entities: entities.collect(),
            ..Self::default()
        }
    }
}

impl HeldRun {
    /// From the document of an action's run.
    #[must_use]
    pub fn of_run(run: &Value) -> Self {
        Self { status: text(run, "status"), is_explained: !text(run, "summary").is_empty() }
    }

    /// From the document of a workflow node's run, which has a result and lines instead of a status and a summary.
    #[must_use]
    pub fn of_node_run(run: &Value) -> Self {
        let status = match text(run, "result").as_str() {
            "" => text(run, "status"),
            "FAILED" => "FAILURE".to_owned(),
            result => result.to_owned(),
        };
        let lines = run.get("logs").and_then(Value::as_array).map_or(0, Vec::len);
        Self { status, is_explained: lines > 0 }
    }
}

/// The part of an entity that a message decides.
fn written(entity: &Value) -> Value {
    let of = |key: &str| entity.get(key).cloned().unwrap_or_default();
    json!({"identifier": of("identifier"), "title": of("title"), "properties": of("properties")})
}

fn text(document: &Value, key: &str) -> String {
    document.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}
