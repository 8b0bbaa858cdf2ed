//! The invocation method of a legacy action in the current format. It contains a template that rebuilds the message that
//! Port used to send.

use serde_json::{Map, Value, json};

use super::reading::{need, word};
use crate::cursor::Cursor;
use crate::finding::{Findings, Place};
use crate::generation::current_identifier;
use crate::lift;

/// An invocation type of the legacy generations.
struct Backend {
    /// Its legacy name.
    old: &'static str,
    /// Its current name.
    new: &'static str,
    /// Keys that the current format requires.
    needed: &'static [&'static str],
    /// Other keys that the current format allows.
    kept: &'static [&'static str],
}

/// The invocation types, from v1's documentation, "Set up the backend", and the current API reference, "Create an action".
const BACKENDS: [Backend; 5] = [
    Backend { old: "KAFKA", new: "KAFKA", needed: &[], kept: &[] },
    Backend { old: "WEBHOOK", new: "WEBHOOK", needed: &["url"], kept: &["agent", "synchronized", "method"] },
    Backend { old: "GITHUB", new: "GITHUB", needed: &["org", "repo", "workflow"], kept: &["reportWorkflowStatus"] },
    Backend { old: "GITLAB", new: "GITLAB", needed: &["projectName", "groupName"], kept: &["defaultRef"] },
    Backend { old: "AZURE-DEVOPS", new: "AZURE_DEVOPS", needed: &["webhook", "org"], kept: &[] },
];

/// Converts an invocation method to the current format, with a template of the message that Port used to send.
pub(super) fn current(
    node: &Cursor<'_>,
    blueprint: &str,
    inputs: &[&str],
    findings: &mut Findings,
) -> Option<Map<String, Value>> {
    let bare = Map::from_iter([("type".to_owned(), node.value.clone())]);
    let (old, named) = match node.value {
        Value::Object(old) => (old, need(node, "type", findings)?),
        _ => (&bare, node.clone()),
    };
    let words = BACKENDS.map(|backend| backend.old);
    let spelled = named.value.as_str().map(|name| if name == "AZURE_DEVOPS" { "AZURE-DEVOPS" } else { name });
    let Some(backend) = BACKENDS.iter().find(|backend| Some(backend.old) == spelled) else {
        word(&named, &words, findings);
        return None;
    };
    for key in backend.needed.iter().filter(|key| old.get(**key).is_none_or(Value::is_null)) {
        let message = format!("a `{}` action needs `{key}` in its current format", backend.new);
        let place = if node.value.is_object() { node.place() } else { Place::Key(node.pointer.clone()) };
        findings.error(node.file, place, "missing-key", message).help(format!("add `{key}` to `invocationMethod`"));
    }
    let mut new = Map::new();
    for (key, value) in old {
        if key == "type" {
            new.insert(key.clone(), backend.new.into());
        } else if backend.needed.contains(&key.as_str()) || backend.kept.contains(&key.as_str()) {
            new.insert(key.clone(), value.clone());
        }
    }
    let set = |key: &str| old.get(key).and_then(Value::as_bool).unwrap_or(false);
    let envelope = || envelope(node.value, blueprint, inputs);
    // The branch is always passed, as the input `ref`.
    let passed = || inputs.iter().filter(|input| !set("omitUserInputs") || **input == "ref");
    let variables = || {
        let mut variables: Map<String, Value> = passed().map(|input| pair(input)).collect();
        if !set("omitPayload") {
            variables.insert("port_payload".to_owned(), envelope());
        }
        Value::Object(variables)
    };
    let (key, value) = match backend.old {
        "KAFKA" => ("payload", lift::payload()),
        "WEBHOOK" => ("body", envelope()),
        "GITHUB" => ("workflowInputs", variables()),
        "GITLAB" => ("pipelineVariables", variables()),
        _ => ("payload", envelope()),
    };
    new.insert(key.to_owned(), value);
    Some(new)
}

/// Returns the message that Port used to send for every action.
fn envelope(invocation: &Value, blueprint: &str, inputs: &[&str]) -> Value {
    let prefix = Value::from(current_identifier(blueprint, ""));
    json!({
        "action": format!("{{{{ .action.identifier[({prefix} | length):] }}}}"),
        "resourceType": "run",
        "status": "TRIGGERED",
        "trigger": "{{ .trigger | {by, origin, at} }}",
        "context": {
            "entity": "{{ .entity.identifier }}",
            "blueprint": "{{ .action.blueprint }}",
            "runId": "{{ .run.id }}",
        },
        "payload": {
            "entity": "{{ if .entity == {} then null else .entity end }}",
            "action": { "invocationMethod": invocation, "trigger": "{{ .trigger.operation }}" },
            "properties": inputs.iter().map(|input| pair(input)).collect::<Map<_, _>>(),
            "censoredProperties": "{{ .action.encryptedProperties }}",
        },
    })
}

/// Returns an input under its own name, which is absent if the input was left empty.
fn pair(input: &str) -> (String, Value) {
    let name = Value::from(input);
    (
        format!("{{{{ if (.inputs | has({name})) then {name} else null end }}}}"),
        format!("{{{{ .inputs.{name} }}}}").into(),
    )
}
