//! Converts documents of every generation to the model.

use model::plan::{Encryption, EntityTemplate};
use model::{Action, Blueprint, Input, Operation, Presence, Property, Relation, Trigger, ValueType};
use serde_json::{Map, Value, json};

use crate::entry::Pointers;
use crate::generation::{self, Generation, current_identifier};
use crate::grammar::{ANSWERED, runner};

/// Every invocation type of every generation.
const INVOCATIONS: &[&str] =
    &["KAFKA", "WEBHOOK", "GITHUB", "GITLAB", "AZURE-DEVOPS", "AZURE_DEVOPS", "INTEGRATION_ACTION", "UPSERT_ENTITY"];

/// Returns a blueprint and its `actions`. `pointer` is the way to the document in its file. A blueprint or an action that lacks something required is left out; the check of
/// its shape has already reported it.
pub fn input_file(pointer: &str, document: &Value) -> Option<(Blueprint, Vec<(Pointers, Action)>)> {
    let blueprint = blueprint(document)?;
    let actions = document.get("actions").and_then(Value::as_array).into_iter().flatten().enumerate();
    let actions = actions
        .filter_map(|(index, value)| {
            let generation = Generation::of(value)?;
            let pointers = Pointers::new(format!("{pointer}/actions/{index}"), generation);
            Some((pointers, action(value, generation, &blueprint.identifier)?))
        })
        .collect();
    Some((blueprint, actions))
}

fn blueprint(document: &Value) -> Option<Blueprint> {
    let schema = document.get("schema")?;
    let properties: Vec<Property> = pairs(Some(schema.get("properties")?))
        .filter_map(|(key, body)| Some(Property { key: key.clone(), value_type: value_type(body)? }))
        .collect();
    let declared = schema.get("properties").and_then(Value::as_object);
    let required = names(schema.get("required"));
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

/// Returns an action of `blueprint`. `None` if it lacks something required.
pub(crate) fn action(node: &Value, generation: Generation, blueprint: &str) -> Option<Action> {
    let object = node.as_object()?;
    if hides_mapping(object) {
        return None;
    }
    let identifier = text(node, "identifier")?;
    let trigger = node.get("trigger")?;
    let current = generation == Generation::Current;
    let started_by =
        if current { started_by(trigger)? } else { Trigger::SelfService(Operation::parse(trigger.as_str()?)?) };
    let invocation = node.get("invocationMethod")?;
    let kafka = match text(invocation, "type").or_else(|| invocation.as_str())? {
        "KAFKA" => true,
        other => INVOCATIONS.contains(&other).then_some(false)?,
    };
    let own_payload = invocation
        .get("payload")
        .filter(|payload| kafka && current && (payload.is_object() || payload.is_array()))
        .cloned();
    // A legacy action for another backend is published unchanged.
    let renamed = (kafka && !current).then(|| current_identifier(blueprint, identifier));
    let document = match &renamed {
        Some(renamed) => {
            let invocation = json!({ "type": "KAFKA", "payload": payload() });
            let document = generation::current(object, renamed, trigger.as_str()?, blueprint, &invocation);
            without(&document, &["runner"])
        }
        None if kafka => with_payload(object, blueprint),
        None => without(object, &["runner"]),
    };
    Some(Action {
        alias: renamed.is_some().then(|| identifier.to_owned()),
        identifier: renamed.unwrap_or_else(|| identifier.to_owned()),
        blueprint: blueprint.to_owned(),
        trigger: started_by,
        kafka,
        own_payload,
        inputs: node.pointer(generation.inputs()).map_or(Some(Vec::new()), inputs)?,
        code: node.get("runner").and_then(|runner| runner.get("code")?.as_bool()).unwrap_or_default(),
        entity: node.get("runner").and_then(|runner| entity(runner.get("entity")?)),
        document,
    })
}

/// Returns whether a typo hides the mapping of an action or a part of it. Without it, checks of the action would only
/// report consequences.
fn hides_mapping(action: &Map<String, Value>) -> bool {
    let within = |object: Option<&Value>, keys: &[&str]| {
        let object = object.and_then(Value::as_object);
        object.is_some_and(|object| keys.iter().any(|key| runner::misspells(object, key)))
    };
    let mapping = action.get(runner::KEY);
    let entity = mapping.and_then(|mapping| mapping.get("entity"));
    runner::misspells(action, runner::KEY)
        || within(mapping, &["code", "entity"])
        || within(entity, &["identifier", "properties", "relations"])
}

/// Reads a trigger of the current format.
fn started_by(trigger: &Value) -> Option<Trigger> {
    match text(trigger, "type")? {
        "automation" => Some(Trigger::Automation),
        _ => Some(Trigger::SelfService(Operation::parse(text(trigger, "operation")?)?)),
    }
}

fn inputs(user_inputs: &Value) -> Option<Vec<Input>> {
    let properties = user_inputs.get("properties")?;
    let required = user_inputs.get("required");
    let by_jq = required.is_some_and(Value::is_object);
    let required: Vec<&str> = names(required).collect();
    let hidden = hidden_by_steps(user_inputs);
    let decided = |body: &Value, key: &str| body.get(key).is_some_and(|rule| rule.get("jqQuery").is_some());
    let inputs = pairs(Some(properties))
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
        .collect();
    Some(inputs)
}

/// Returns the inputs on steps of the form that jq may hide.
fn hidden_by_steps(inputs: &Value) -> Vec<&str> {
    let steps = inputs.get("steps").and_then(Value::as_array).into_iter().flatten();
    let decided = steps.filter(|step| step.pointer("/visible/jqQuery").is_some());
    decided.flat_map(|step| names(step.get("order"))).collect()
}

/// Reads the entity of the `runner` key.
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

/// Returns the pairs of an object. Other values have none.
fn pairs(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

/// Returns the strings of a list. Other values have none.
fn names(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// Returns the payload that our handler reads, for actions without one.
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

/// Returns an action of the current format as it is published: with its blueprint and a payload.
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

/// Returns a copy without `keys`, and without the keys that only Port's answers have.
fn without(object: &Map<String, Value>, keys: &[&str]) -> Value {
    let dropped = |key: &str| keys.contains(&key) || ANSWERED.contains(&key);
    Value::Object(object.iter().filter(|(key, _)| !dropped(key)).map(|(k, v)| (k.clone(), v.clone())).collect())
}
