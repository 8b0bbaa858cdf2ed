//! What was observed after every message had been processed.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::expected::EntityId;
use crate::port::{Call, FakePort};

/// Everything that judgements are based on.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// Every call to Port's API, in order of arrival.
    pub calls: Vec<Call>,
    /// The runs in Port by id, including those of workflow nodes.
    pub runs: BTreeMap<String, HeldRun>,
    /// The entities in Port: `identifier`, `title`, `properties`.
    pub entities: BTreeMap<EntityId, Value>,
    /// The lines that processes printed.
    pub printed: Vec<String>,
    /// The answers of processes that ended by themselves.
    pub crashes: Vec<String>,
    /// Answers that no function may give, and batches that could not be finished.
    pub bad_deliveries: Vec<String>,
}

/// A run in Port.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeldRun {
    /// With the status of an action's run: `IN_PROGRESS`, `SUCCESS`, `FAILURE`.
    pub status: String,
    /// Whether it has a summary or, for a workflow's node, log lines.
    pub is_explained: bool,
}

impl Evidence {
    /// Collects Port's state and its calls. The processes cannot be seen from there.
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
    /// Reads an action's run.
    #[must_use]
    pub fn of_run(run: &Value) -> Self {
        Self { status: text(run, "status"), is_explained: !text(run, "summary").is_empty() }
    }

    /// Reads a workflow node's run, which has a result and, in its output or its log, an explanation.
    #[must_use]
    pub fn of_node_run(run: &Value) -> Self {
        let status = match text(run, "result").as_str() {
            "" => text(run, "status"),
            "FAILED" => "FAILURE".to_owned(),
            result => result.to_owned(),
        };
        let lines = run.get("logs").and_then(Value::as_array).map_or(0, Vec::len);
        let has_summary = run.pointer("/output/summary").and_then(Value::as_str).is_some_and(|text| !text.is_empty());
        Self { status, is_explained: lines > 0 || has_summary }
    }
}

/// Returns the part of an entity that a message decides.
fn written(entity: &Value) -> Value {
    let of = |key: &str| entity.get(key).cloned().unwrap_or_default();
    json!({"identifier": of("identifier"), "title": of("title"), "properties": of("properties")})
}

fn text(document: &Value, key: &str) -> String {
    document.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}
