//! Generated input for `synth`: blueprints with ten actions each, of all three generations and all three operations.
//! The same number always gives the same bytes.

use std::fs;
use std::path::Path;

use anyhow::ensure;
use serde_json::{Value, json};

/// Actions of one blueprint.
const EACH: u32 = 10;

/// Writes a catalogue with this many actions into a folder. Returns the number of files and bytes.
pub(crate) fn write(folder: &Path, actions: u32) -> anyhow::Result<(u32, u64)> {
    ensure!(actions.is_multiple_of(EACH), "a catalogue has {EACH} actions per blueprint");
    let bytes = write_some(folder, actions / EACH, EACH as usize)?;
    Ok((actions / EACH, bytes))
}

/// Writes this many blueprints, each with this many of its actions. Returns the number of bytes.
pub(crate) fn write_some(folder: &Path, blueprints: u32, each: usize) -> anyhow::Result<u64> {
    fs::create_dir_all(folder)?;
    let mut bytes = 0;
    for number in 0..blueprints {
        let mut blueprint = blueprint(number);
        if let Some(Value::Array(actions)) = blueprint.get_mut("actions") {
            actions.truncate(each);
        }
        let text = format!("{blueprint:#}\n");
        bytes += text.len() as u64;
        fs::write(folder.join(format!("service_{number:04}.json")), text)?;
    }
    Ok(bytes)
}

fn blueprint(number: u32) -> Value {
    let id = format!("service_{number:04}");
    json!({
        "identifier": id,
        "title": format!("Service {number}"),
        "description": "A service with what it needs to run, kept by the platform team.",
        "icon": "Server",
        "schema": {
            "properties": {
                "region": { "title": "Region", "type": "string", "enum": ["eu-west-1", "eu-west-2", "us-east-1"] },
                "tier": { "title": "Tier", "type": "string", "description": "What it may cost" },
                "cpu_cores": { "title": "CPU Cores", "type": "number", "description": "Number of allocated cores" },
                "memory_size": { "title": "Memory Size", "type": "number", "description": "Allocated memory (GB)" },
                "storage_size": { "title": "Storage Size", "type": "number", "description": "Allocated storage (GB)" },
                "public": { "title": "Public", "type": "boolean", "default": false },
                "tags": { "title": "Tags", "type": "array", "items": { "type": "string" } },
                "owner": { "title": "Owner", "type": "string", "format": "email" },
                "settings": { "title": "Settings", "type": "object" },
                "state": { "title": "State", "type": "string", "enum": ["Deploying", "Running", "Stopped"] },
            },
            "required": ["region", "state"],
        },
        "calculationProperties": {},
        "relations": {
            "depends_on": { "title": "Depends on", "target": format!("service_{:04}", number / 2), "required": false, "many": false },
        },
        "actions": actions(&id),
    })
}

fn actions(blueprint: &str) -> Value {
    let v1 = |name, operation, inputs, runner| v1(blueprint, name, operation, &inputs, runner);
    let v2 = |name, operation, inputs, runner| v2(blueprint, name, operation, &inputs, runner);
    let title = json!({ "type": "string", "title": "Title" });
    let cpu = json!({ "type": "number", "title": "Number of CPU cores", "minimum": 1 });
    let region = json!({ "type": "string", "title": "Region", "enum": ["eu-west-1", "eu-west-2", "us-east-1"] });
    let state = json!({ "type": "string", "title": "State", "enum": ["Deploying", "Running", "Stopped"], "default": "Deploying" });
    let order = json!({
        "properties": { "title": title, "cpu": cpu, "memory": { "type": "number" }, "region": region },
        "required": ["cpu", "memory", "region"],
    });
    let size = json!({ "properties": { "cpu_cores": cpu, "memory_size": { "type": "number" } } });
    let place = json!({ "properties": { "region": region }, "required": ["region"] });
    let tags = json!({ "properties": { "tags": { "type": "array" } }, "required": ["tags"] });
    let named =
        json!({ "properties": { "title": title, "region": region, "state": state }, "required": ["title", "region"] });
    let other = json!({
        "properties": { "depends_on": { "type": "string", "format": "entity", "blueprint": blueprint } },
        "required": ["depends_on"],
    });
    let nothing = json!({ "properties": {}, "required": [] });

    let mut oldest = v1("retire", "DELETE", nothing.clone(), None);
    oldest["invocationMethod"] = "KAFKA".into();
    let mut own_payload = v2("move", "DAY-2", place, None);
    own_payload["invocationMethod"]["payload"] = payload();
    json!([
        v1("create", "CREATE", order.clone(), Some(created())),
        v2("resize", "DAY-2", size, None),
        v2("delete", "DELETE", nothing.clone(), None),
        v1(
            "tag",
            "DAY-2",
            tags,
            Some(json!({ "properties": { "tags": "{{ [.inputs.tags[]? | ascii_downcase] | unique }}" } }))
        ),
        v2("clone", "CREATE", order, Some(cloned())),
        own_payload,
        oldest,
        v2("order", "CREATE", named, None),
        v1("stop", "DAY-2", nothing, Some(json!({ "properties": { "state": "Stopped" } }))),
        v2("link", "DAY-2", other, None),
    ])
}

/// Returns an action as Port's documentation wrote them until 2024.
fn v1(blueprint: &str, name: &str, operation: &str, inputs: &Value, entity: Option<Value>) -> Value {
    let mut action = json!({
        "identifier": format!("{name}_{blueprint}"),
        "title": format!("{name} a service"),
        "icon": "Server",
        "description": "Started from the service's page by its owners",
        "trigger": operation,
        "invocationMethod": { "type": "KAFKA" },
        "userInputs": inputs,
    });
    if let Some(entity) = entity {
        action["runner"] = json!({ "entity": entity });
    }
    action
}

/// Returns an action in the current form.
fn v2(blueprint: &str, name: &str, operation: &str, inputs: &Value, entity: Option<Value>) -> Value {
    let mut action = json!({
        "identifier": format!("{name}_{blueprint}"),
        "title": format!("{name} a service"),
        "icon": "Server",
        "trigger": {
            "type": "self-service",
            "operation": operation,
            "blueprintIdentifier": blueprint,
            "userInputs": inputs,
        },
        "invocationMethod": { "type": "KAFKA" },
    });
    if let Some(entity) = entity {
        action["runner"] = json!({ "entity": entity });
    }
    action
}

/// Returns the tutorial's mapping.
fn created() -> Value {
    json!({
        "identifier": "{{ .inputs.title // .run.id | slug }}",
        "title": "{{ .inputs.title // .run.id }}",
        "properties": {
            "cpu_cores": "{{ .inputs.cpu }}",
            "memory_size": "{{ .inputs.memory }}",
            "region": "{{ .inputs.region }}",
            "state": "Deploying",
        },
    })
}

/// Returns a mapping that computes.
fn cloned() -> Value {
    json!({
        "identifier": "{{ .inputs.title // .run.id | slug }}-{{ .inputs.region }}",
        "title": "{{ .inputs.title // .run.id }} in {{ .inputs.region }}",
        "properties": {
            "cpu_cores": "{{ .inputs.cpu }}",
            "memory_size": "{{ (.inputs.memory // 1) * 1024 }}",
            "region": "{{ .inputs.region }}",
            "tier": "{{ if .inputs.cpu > 8 then \"large\" else \"small\" end }}",
            "owner": "{{ .trigger.by.user.email }}",
            "state": "Deploying",
        },
    })
}

/// Returns an author's own payload: v1's envelope, rebuilt as in Port's own migration.
fn payload() -> Value {
    json!({
        "action": "{{ .action.identifier }}",
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
            "action": { "invocationMethod": { "type": "KAFKA" }, "trigger": "{{ .trigger.operation }}" },
            "properties": { "region": "{{ .inputs.region }}" },
            "censoredProperties": "{{ .action.encryptedProperties }}",
        },
    })
}
