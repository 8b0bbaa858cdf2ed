//! Documents become the model here, and nowhere else does anybody know that v0 and v1 exist.
//!
//! The mapping of v1 to v2 is the one that Port's own rewrite of its documentation uses: the identifier gets its
//! blueprint as a prefix, trigger and inputs move into `trigger`, and the fixed envelope becomes a `payload`.

use model::plan::{Encryption, EntityTemplate};
use model::{Action, Blueprint, Input, Operation, Presence, Property, Relation, Trigger, ValueType};
use serde_json::{Map, Value, json};

/// Keys that Port adds to what it answers and nobody sends.
const ANSWERED: &[&str] = &["createdAt", "createdBy", "updatedAt", "updatedBy", "id"];

/// Every invocation type of v1 and v2.
const INVOCATIONS: &[&str] =
    &["KAFKA", "WEBHOOK", "GITHUB", "GITLAB", "AZURE-DEVOPS", "AZURE_DEVOPS", "INTEGRATION_ACTION", "UPSERT_ENTITY"];

/// A blueprint with its `actions`, if it has any. None, and no action, where what is needed is not there: the checks
/// of its shape have told.
pub fn input_file(document: &Value) -> Option<(Blueprint, Vec<(String, Action)>)> {
    let blueprint = blueprint(document)?;
    let actions = document.get("actions").and_then(Value::as_array).into_iter().flatten().enumerate();
    let actions = actions
        .filter_map(|(index, value)| Some((format!("/actions/{index}"), action(value, &blueprint.identifier)?)))
        .collect();
    Some((blueprint, actions))
}

fn blueprint(document: &Value) -> Option<Blueprint> {
    let schema = document.get("schema");
    let properties: Vec<Property> = pairs(schema.and_then(|schema| schema.get("properties")))
        .filter_map(|(key, body)| Some(Property { key: key.clone(), value_type: value_type(body)? }))
        .collect();
    let declared = schema.and_then(|schema| schema.get("properties")?.as_object());
    let required = names(schema.and_then(|schema| schema.get("required")));
    let required =
        required.filter(|key| declared.is_some_and(|map| map.contains_key(*key))).map(str::to_owned).collect();
    let relations = pairs(document.get("relations")).filter_map(|(key, body)| relation(key, body)).collect();
    Some(Blueprint {
        identifier: text(document, "identifier")?.to_owned(),
        properties,
        required,
        relations,
        document: without(document.as_object()?, &["$schema", "actions"]),
    })
}

fn relation(key: &str, body: &Value) -> Option<Relation> {
    let flag = |name: &str| body.get(name).and_then(Value::as_bool).unwrap_or(false);
    let target = text(body, "target")?.to_owned();
    Some(Relation { key: key.to_owned(), target, required: flag("required"), many: flag("many") })
}

fn action(node: &Value, blueprint: &str) -> Option<Action> {
    let object = node.as_object()?;
    let identifier = text(node, "identifier")?;
    let trigger = node.get("trigger")?;
    let v2 = trigger.is_object();
    let (started_by, user_inputs) = if v2 {
        (v2_trigger(trigger)?, trigger.get("userInputs"))
    } else {
        (Trigger::SelfService(Operation::parse(trigger.as_str()?)?), node.get("userInputs"))
    };
    let invocation = node.get("invocationMethod")?;
    let kafka = match text(invocation, "type").or_else(|| invocation.as_str())? {
        "KAFKA" => true,
        other => INVOCATIONS.contains(&other).then_some(false)?,
    };
    let own_payload =
        invocation.get("payload").filter(|payload| kafka && v2 && (payload.is_object() || payload.is_array())).cloned();
    let document = match (kafka, v2) {
        (true, true) => with_payload(object, blueprint),
        (true, false) => lifted(object, blueprint),
        (false, _) => without(object, &["runner"]),
    };
    let renamed = kafka && !v2;
    Some(Action {
        identifier: if renamed { format!("{blueprint}_{identifier}") } else { identifier.to_owned() },
        alias: renamed.then(|| identifier.to_owned()),
        blueprint: blueprint.to_owned(),
        trigger: started_by,
        kafka,
        own_payload,
        inputs: user_inputs.map(inputs).unwrap_or_default(),
        entity: node.get("runner").and_then(|runner| entity(runner.get("entity")?)),
        document,
    })
}

fn v2_trigger(trigger: &Value) -> Option<Trigger> {
    match text(trigger, "type")? {
        "automation" => Some(Trigger::Automation),
        _ => Some(Trigger::SelfService(Operation::parse(text(trigger, "operation")?)?)),
    }
}

fn inputs(user_inputs: &Value) -> Vec<Input> {
    let required = user_inputs.get("required");
    let by_jq = required.is_some_and(Value::is_object);
    let required: Vec<&str> = names(required).collect();
    let hidden = hidden_by_steps(user_inputs);
    let decided = |body: &Value, key: &str| body.get(key).is_some_and(|rule| rule.get("jqQuery").is_some());
    pairs(user_inputs.get("properties"))
        .filter_map(|(key, body)| {
            let value_type = value_type(body)?;
            let format = body.get("format").or_else(|| body.get("items")?.get("format"));
            let is_entity = format.is_some_and(|format| format == "entity");
            let filled = body.get("default").is_some() && !decided(body, "default");
            let presence = if decided(body, "visible") || hidden.contains(&key.as_str()) {
                Presence::Depends
            } else if required.contains(&key.as_str()) || filled {
                Presence::Always
            } else if by_jq || decided(body, "default") {
                Presence::Depends
            } else {
                Presence::Optional
            };
            let value_type = if is_entity && value_type == ValueType::String { ValueType::Object } else { value_type };
            let encryption = body.get("encryption").map(|value| match value {
                Value::Object(_) => Encryption::ClientSide,
                _ => Encryption::Aes256Gcm,
            });
            Some(Input { key: key.clone(), value_type, is_entity, presence, encryption })
        })
        .collect()
}

/// Inputs on steps of the form that jq may leave out.
fn hidden_by_steps(inputs: &Value) -> Vec<&str> {
    let steps = inputs.get("steps").and_then(Value::as_array).into_iter().flatten();
    let decided = steps.filter(|step| step.pointer("/visible/jqQuery").is_some());
    decided.flat_map(|step| names(step.get("order"))).collect()
}

/// What the `runner` key says of the entity.
fn entity(entity: &Value) -> Option<EntityTemplate> {
    let value = |key: &str| entity.get(key).cloned().unwrap_or_default();
    let map = |key: &str| entity.get(key).and_then(Value::as_object).cloned().unwrap_or_default();
    entity.is_object().then(|| EntityTemplate {
        identifier: value("identifier"),
        title: value("title"),
        icon: value("icon"),
        team: value("team"),
        properties: map("properties"),
        relations: map("relations"),
    })
}

fn value_type(body: &Value) -> Option<ValueType> {
    ValueType::parse(text(body, "type")?)
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str()
}

/// The pairs of an object; of anything else none.
fn pairs(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

/// The texts of a list; of anything else none.
fn names(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// The payload that our handler reads, for actions without one.
pub fn payload() -> Value {
    json!({
        "action": "{{ .action.identifier }}",
        "context": {
            "runId": "{{ .run.id }}",
            "blueprint": "{{ .action.blueprint }}",
            "entity": "{{ .entity.identifier }}",
        },
        "trigger": "{{ .trigger }}",
        "inputs": "{{ .inputs }}",
        "encrypted": "{{ .action.encryptedProperties }}",
        "entity": "{{ if .entity == {} then null else .entity end }}",
    })
}

/// A v2 action as Port should hold it: its blueprint named, and a payload.
fn with_payload(object: &Map<String, Value>, blueprint: &str) -> Value {
    let mut document = without(object, &["runner"]);
    if let Some(Value::Object(trigger)) = document.get_mut("trigger")
        && trigger.get("type").is_some_and(|kind| kind == "self-service")
    {
        trigger.entry("blueprintIdentifier").or_insert_with(|| blueprint.into());
        trigger.entry("userInputs").or_insert_with(|| json!({ "properties": {} }));
    }
    if let Some(Value::Object(invocation)) = document.get_mut("invocationMethod") {
        invocation.entry("payload").or_insert_with(payload);
    }
    document
}

/// A v0 or v1 `KAFKA` action in its v2 form. Keys that it should not have go along, so that nothing is lost unseen.
fn lifted(object: &Map<String, Value>, blueprint: &str) -> Value {
    let Value::Object(mut document) = without(object, &["runner", "blueprint"]) else { return Value::Null };
    if let Some(Value::String(identifier)) = document.get_mut("identifier") {
        *identifier = format!("{blueprint}_{identifier}");
    }
    let inputs = document.shift_remove("userInputs").unwrap_or_else(|| json!({ "properties": {} }));
    if let Some(trigger) = document.get_mut("trigger") {
        *trigger = json!({
            "type": "self-service",
            "operation": trigger,
            "blueprintIdentifier": blueprint,
            "userInputs": inputs,
        });
    }
    if let Some(invocation) = document.get_mut("invocationMethod") {
        *invocation = json!({ "type": "KAFKA", "payload": payload() });
    }
    Value::Object(document)
}

/// A copy without `keys`, and without what only Port's answers have.
fn without(object: &Map<String, Value>, keys: &[&str]) -> Value {
    let dropped = |key: &str| keys.contains(&key) || ANSWERED.contains(&key);
    Value::Object(object.iter().filter(|(key, _)| !dropped(key)).map(|(k, v)| (k.clone(), v.clone())).collect())
}
