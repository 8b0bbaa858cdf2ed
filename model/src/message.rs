//! The value of one Kafka record, whichever generation of Port's actions wrote it.
//!
//! Three forms have the same roots: the fixed envelope of v0 and v1, the envelope that Port's own migration rebuilds
//! with a v2 `payload`, and our own payload. The topic also carries messages that are not runs (change log, answers,
//! runs of other consumers), so the only assumption is JSON.

use std::fmt;

use serde_json::{Map, Value};

use crate::identifier::{self, Kind};
use crate::json::parts::Parts;

/// What is read of a record. [`Message::read`] uses nothing else.
pub(crate) const PARTS: Parts = Parts::Members(&[
    ("action", Parts::Whole),
    ("resourceType", Parts::Whole),
    ("status", Parts::Whole),
    ("diff", Parts::Members(&[])),
    (
        "context",
        Parts::Members(&[
            ("blueprint", Parts::Whole),
            ("entity", Parts::Whole),
            ("runId", Parts::Whole),
            ("workflowRunId", Parts::Whole),
        ]),
    ),
    ("port_context", Parts::Members(&[("runId", Parts::Whole), ("run_id", Parts::Whole)])),
    ("runId", Parts::Whole),
    ("run_id", Parts::Whole),
    ("run", Parts::Members(&[("id", Parts::Whole)])),
    ("payload", Parts::Members(&[("entity", Parts::Whole), ("properties", Parts::Whole)])),
    ("entity", Parts::Whole),
    ("inputs", Parts::Whole),
    ("trigger", Parts::Whole),
]);

/// A request to carry out a run, which may not be ours.
#[derive(Clone, PartialEq)]
pub struct Message {
    /// Root `action`: the identifier, with or without its blueprint's prefix.
    pub action: String,
    /// `context.blueprint`, which a user's own payload may omit.
    pub blueprint: Option<String>,
    /// The run's id. Without it, the end of the run cannot be reported.
    pub run_id: Option<String>,
    /// `context.workflowRunId`: the run of the workflow, if the run is that of a workflow's node.
    pub workflow_run_id: Option<String>,
    /// The entity that the run was started on: an object with at least its `identifier`.
    pub entity: Option<Map<String, Value>>,
    /// The inputs of the form.
    pub inputs: Map<String, Value>,
    /// `by`, `at`, `origin`.
    pub trigger: Map<String, Value>,
}

/// Only ids: everything else may be personal or secret.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("action", &self.action)
            .field("blueprint", &self.blueprint)
            .field("run_id", &self.run_id)
            .finish_non_exhaustive()
    }
}

impl Message {
    /// Reads a record's JSON. `None` if it is not a request to run an action.
    pub fn read(value: Value) -> Option<Self> {
        let Value::Object(mut root) = value else { return None };
        if is_news(&root) {
            return None;
        }
        let run_id = run_id(&root).map(str::to_owned);
        let workflow_run_id = id_at(&root, &["context", "workflowRunId"]).map(str::to_owned);
        let mut payload = object(root.remove("payload"));
        let mut context = object(root.remove("context"));
        let action = text(root.remove("action"))?;
        let blueprint = text(context.remove("blueprint"));
        let entity = match non_empty(payload.remove("entity")).or_else(|| non_empty(root.remove("entity"))) {
            Some(entity) => Some(entity),
            None => {
                text(context.remove("entity")).map(|id| Map::from_iter([("identifier".to_owned(), Value::String(id))]))
            }
        };
        let inputs = payload.remove("properties").or_else(|| root.remove("inputs"));
        Some(Self {
            action,
            blueprint,
            run_id,
            workflow_run_id,
            entity,
            inputs: object(inputs),
            trigger: object(root.remove("trigger")),
        })
    }
}

/// Returns whether this is a change log entry or reports the end of a run: something that happened, not something to
/// do.
pub(crate) fn is_news(root: &Map<String, Value>) -> bool {
    root.contains_key("diff")
        || root.get("resourceType").is_some_and(|kind| kind == "entity")
        || root.get("status").and_then(Value::as_str).is_some_and(|status| status != "TRIGGERED")
}

/// Returns the run's id, in the envelope's spelling or one of the four in Port's own samples. It becomes part of a
/// path, so text that could not be an identifier does not count. Port's own ids look like `r_q2mGf9ZYkFRnZJjB`, but no
/// prefix is documented.
fn run_id(root: &Map<String, Value>) -> Option<&str> {
    [
        &["context", "runId"][..],
        &["port_context", "runId"],
        &["port_context", "run_id"],
        &["runId"],
        &["run_id"],
        &["run", "id"],
    ]
    .into_iter()
    .find_map(|path| id_at(root, path))
}

/// Returns the text at a path of keys, if it can be an identifier.
fn id_at<'a>(root: &'a Map<String, Value>, path: &[&str]) -> Option<&'a str> {
    let (last, parents) = path.split_last()?;
    parents
        .iter()
        .try_fold(root, |map, key| map.get(*key)?.as_object())?
        .get(*last)?
        .as_str()
        .filter(|id| identifier::check(Kind::Action, id).is_ok())
}

fn object(value: Option<Value>) -> Map<String, Value> {
    match value {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

fn non_empty(value: Option<Value>) -> Option<Map<String, Value>> {
    Some(object(value)).filter(|map| !map.is_empty())
}

fn text(value: Option<Value>) -> Option<String> {
    match value {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// Returns the important parts of a message, in one line.
    fn line(value: Value) -> Option<String> {
        let m = Message::read(value)?;
        Some(format!(
            "{} {} {} {} {}",
            m.action,
            m.blueprint.as_deref().unwrap_or("-"),
            m.run_id.as_deref().unwrap_or("-"),
            m.entity.map_or_else(|| "-".to_owned(), |e| e["identifier"].to_string()),
            Value::Object(m.inputs),
        ))
    }

    #[test]
    fn every_generation_is_read_the_same() {
        let want = Some(r#"resize vm r_1 "a" {"cpu":2}"#.to_owned());
        for (generation, message) in [
            (
                "v0 and v1",
                json!({"action": "resize", "resourceType": "run", "status": "TRIGGERED", "context": {"entity": "a", "blueprint": "vm", "runId": "r_1"},
                    "payload": {"entity": {"identifier": "a", "properties": {}}, "action": {"identifier": "resize", "invocationMethod": "KAFKA"}, "properties": {"cpu": 2}}}),
            ),
            (
                "v1 envelope rebuilt by a v2 payload",
                json!({"action": "resize", "status": "TRIGGERED", "context": {"entity": "a", "blueprint": "vm", "runId": "r_1"},
                    "payload": {"entity": null, "action": {"trigger": "DAY-2"}, "properties": {"cpu": 2}, "censoredProperties": []}}),
            ),
            (
                "our payload",
                json!({"action": "resize", "context": {"entity": "a", "blueprint": "vm", "runId": "r_1"}, "trigger": {}, "inputs": {"cpu": 2}, "entity": {"identifier": "a"}}),
            ),
        ] {
            assert_eq!(line(message), want, "{generation}");
        }
    }

    /// It becomes part of a path, like the run's id.
    #[test]
    fn the_run_of_the_workflow_is_read() {
        for (context, want) in [
            (json!({"runId": "wfnr_1", "workflowRunId": "wfr_1"}), Some("wfr_1")),
            (json!({"runId": "wfnr_1", "workflowRunId": "wfr/../1"}), None),
            (json!({"runId": "wfnr_1", "workflowRunId": 1}), None),
            (json!({"runId": "wfnr_1"}), None),
        ] {
            let record = json!({"action": "a", "context": context}).to_string();
            let message = crate::reading::Reading::of(record.as_bytes()).message.unwrap();
            assert_eq!(message.workflow_run_id.as_deref(), want);
        }
    }

    #[test]
    fn every_spelling_of_the_run_id_is_read() {
        for (value, want) in [
            (json!({"action": "a", "context": {"runId": "r"}}), Some("r")),
            (json!({"action": "a", "port_context": {"runId": "r"}}), Some("r")),
            (json!({"action": "a", "port_context": {"run_id": "r"}}), Some("r")),
            (json!({"action": "a", "runId": "r"}), Some("r")),
            (json!({"action": "a", "run_id": "r"}), Some("r")),
            (json!({"action": "a", "run": {"id": "r"}}), Some("r")),
            (json!({"action": "a", "context": {"runId": ""}, "run_id": "r"}), Some("r")),
            (json!({"action": "a", "context": {"runId": 7}}), None),
            (json!({"action": "a", "context": {"runId": ".."}}), None),
            (json!({"action": "a", "context": {"runId": "r/../../blueprints"}}), None),
            (json!({"action": "a", "context": "r"}), None),
        ] {
            let name = value.to_string();
            assert_eq!(Message::read(value).unwrap().run_id.as_deref(), want, "{name}");
        }
    }

    #[test]
    fn other_messages_are_not_requests() {
        for value in [
            json!(null),
            json!([{"action": "a"}]),
            json!("a"),
            json!({}),
            json!({"action": 1}),
            json!({"action": ""}),
            json!({"action": "CREATE", "resourceType": "entity", "status": "SUCCESS", "diff": {}}),
            json!({"action": "TIMER_EXPIRED", "resourceType": "entity"}),
            json!({"action": "create_vm", "diff": {}, "context": {"runId": "r"}}),
            json!({"action": "create_vm", "diff": null, "context": {"runId": "r"}}),
            json!({"action": "create_vm", "status": "SUCCESS", "context": {"runId": "r"}}),
            json!({"action": "create_vm", "resourceType": "run", "status": "SUCCESS", "context": {"runId": "r"}}),
        ] {
            assert_eq!(line(value.clone()), None, "{value}");
        }
    }

    #[test]
    fn the_envelope_counts_before_the_root() {
        for (message, want) in [
            (
                json!({"action": "a", "payload": {"properties": {"x": 1}, "entity": {"identifier": "e"}}, "inputs": {"x": 2}, "entity": {"identifier": "f"}}),
                r#"a - - "e" {"x":1}"#,
            ),
            (
                json!({"action": "a", "payload": {"entity": {}}, "inputs": {"x": 2}, "entity": {"identifier": "f"}}),
                r#"a - - "f" {"x":2}"#,
            ),
            (
                json!({"action": "a", "payload": {"properties": null}, "inputs": {"x": 2}, "context": {"entity": "g"}}),
                r#"a - - "g" {}"#,
            ),
        ] {
            assert_eq!(line(message).as_deref(), Some(want));
        }
    }

    /// Everything that a message is made of is among the parts that are read of a record.
    #[test]
    fn a_record_is_read_as_its_whole_json_would_be() {
        let whole = json!({"action": "a", "resourceType": "run", "status": "TRIGGERED", "x": [{"y": 1}],
            "context": {"blueprint": "b", "entity": "c", "runId": "r", "x": 1}, "port_context": {"runId": "s", "run_id": "t"},
            "runId": "u", "run_id": "v", "run": {"id": "w"}, "trigger": {"by": {"x": [1]}}, "inputs": {"i": {"j": null}},
            "payload": {"entity": {"identifier": "e", "p": {}}, "properties": {"k": [1.5]}, "action": {"x": 1}}, "entity": {"identifier": "f"}});
        let keys = [
            "context",
            "port_context",
            "runId",
            "run_id",
            "run",
            "payload",
            "entity",
            "inputs",
            "trigger",
            "status",
            "resourceType",
            "x",
        ];
        // With any one part left out, and any two.
        for (one, other) in keys.iter().flat_map(|one| keys.iter().map(move |other| (*one, *other))) {
            let mut value = whole.clone();
            value.as_object_mut().unwrap().retain(|key, _| key != one && key != other);
            let read = crate::Reading::of(value.to_string().as_bytes());
            assert_eq!(read.message, Message::read(value), "without {one} and {other}");
        }
        for news in [json!({"action": "a", "diff": {"x": 1}}), json!({"action": "a", "diff": null})] {
            assert_eq!(crate::Reading::of(news.to_string().as_bytes()).message, None);
        }
    }

    #[test]
    fn debug_output_has_no_data() {
        let message = Message::read(json!({"action": "a", "inputs": {"p": "hunter2"}, "trigger": {"by": {"user": {"email": "x@y.z"}}}, "entity": {"identifier": "e"}})).unwrap();
        assert_eq!(format!("{message:?}"), r#"Message { action: "a", blueprint: None, run_id: None, .. }"#);
    }

    /// Any JSON, with the keys that the reader looks for in random places.
    fn json_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from)
        ];
        let key = prop_oneof![
            ".{0,4}",
            proptest::sample::select(vec![
                "action",
                "context",
                "payload",
                "entity",
                "properties",
                "inputs",
                "trigger",
                "runId",
                "run",
                "id",
                "status",
                "identifier",
                "blueprint"
            ])
            .prop_map(str::to_owned)
        ];
        leaf.prop_recursive(4, 64, 8, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::vec((key.clone(), inner), 0..8)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_json_can_be_read(value in json_value()) {
            if let Some(message) = Message::read(value) { prop_assert!(!message.action.is_empty()); }
        }
    }
}
