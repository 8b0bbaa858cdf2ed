//! A sample of the event that Lambda passes to the function for a run of an action.
//!
//! The result depends on the arguments only: the same seed gives the same event, byte for byte.

mod dice;
mod value;
mod sign;
mod key_pair;
mod form;
mod message;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use documents::wording::nearest;
use model::plan::Encryption;
use model::{Action, Blueprint, Input, Operation, Trigger, ValueType};
use serde_json::{Map, Value, json};

use dice::Dice;
pub use form::{Seals, arriving, blueprint_of, example, is_required, sample_of};
pub use key_pair::KeyPair;
pub use message::{Started, message};
use value::AT;

/// What the event should be about.
#[derive(Debug)]
pub struct Request<'a> {
    /// The action that was started.
    pub action: &'a Action,
    /// Its blueprint.
    pub blueprint: &'a Blueprint,
    /// Inputs by key, as written on the command line; others are generated.
    pub inputs: &'a [(String, String)],
    /// The entity that the action was started on, for DAY-2 and DELETE.
    pub entity: Option<&'a str>,
    /// The run's id.
    pub run_id: Option<&'a str>,
    /// Seed for generated values.
    pub seed: u64,
    /// The organisation's client secret, with which the message is signed and inputs are encrypted.
    pub secret: Option<&'a str>,
}

/// A generated event.
#[derive(Debug)]
pub struct SampleEvent {
    /// For `sam local invoke -e`, `cargo lambda invoke -F` and the like.
    pub event: Value,
    /// Messages about what differs from a real event.
    pub notes: Vec<String>,
}

/// [`AT`], as the record's time in milliseconds.
const MILLISECONDS: i64 = 1_700_000_000_000;
/// The organisation's id in messages and in the name of its topic.
pub const ORGANISATION: &str = "org_example";

/// Generates an event.
///
/// # Errors
/// Returns a message if the request does not fit the action.
pub fn event(request: &Request<'_>) -> Result<SampleEvent, String> {
    let action = request.action;
    let name = action.written_as();
    let operation = operation(action)?;
    if operation == Operation::Create && request.entity.is_some() {
        return Err(format!("action `{name}` creates a new entity; remove --entity"));
    }
    let mut dice = Dice::new(request.seed);
    let mut notes = Vec::new();
    if action.code {
        notes.push(format!("a run of `{name}` runs your own code, without which the function does not start"));
    }
    let run_id = request.run_id.map_or_else(|| format!("r_{}", dice.letters(16)), str::to_owned);
    let entity = match operation {
        Operation::Create => json!({}),
        Operation::DayTwo | Operation::Delete => entity(request, &mut dice),
    };
    let inputs = inputs(request, &mut dice, &mut notes)?;
    let run = Started { action, id: &run_id, inputs: &inputs, entity: &entity, user: "jo@example.com", at: AT };
    let message = message(&run, request.secret.map(|secret| (secret, MILLISECONDS / 1000)))?;
    Ok(SampleEvent { event: lambda(&message), notes })
}

/// Returns what an action does to its entity.
///
/// # Errors
/// Returns a message if the function never gets a run of it.
pub fn operation(action: &Action) -> Result<Operation, String> {
    let name = action.written_as();
    match action.trigger {
        Trigger::Automation => Err(format!("action `{name}` is an automation, which the function does not handle")),
        Trigger::SelfService(_) if !action.kafka => {
            Err(format!("action `{name}` is not published to Kafka, so the function never sees a run of it"))
        }
        Trigger::SelfService(operation) => Ok(operation),
    }
}

/// Wraps a message in the event of a mapping for a self-managed Kafka cluster (Lambda developer guide).
fn lambda(message: &Value) -> Value {
    let topic = format!("{ORGANISATION}.runs");
    let records = json!([{
        "topic": topic,
        "partition": 0,
        "offset": 0,
        "timestamp": MILLISECONDS,
        "timestampType": "CREATE_TIME",
        "value": STANDARD.encode(message.to_string()),
        "headers": [{ "content-type": b"application/json" }],
    }]);
    json!({
        "eventSource": "SelfManagedKafka",
        "bootstrapServers": "b-1.example.test:9196,b-2.example.test:9196,b-3.example.test:9196",
        "records": Map::from_iter([(format!("{topic}-0"), records)]),
    })
}

/// Generates the entity that a DAY-2 or DELETE run was started on, as Port sends it.
fn entity(request: &Request<'_>, dice: &mut Dice) -> Value {
    let blueprint = request.blueprint;
    let identifier = request.entity.map_or_else(|| format!("{}-{}", blueprint.identifier, dice.word()), str::to_owned);
    let properties = form::properties(blueprint, dice);
    let relations: Map<String, Value> = blueprint
        .relations
        .iter()
        .map(|relation| {
            let target = Value::from(format!("{}-{}", relation.target, dice.word()));
            (relation.key.clone(), if relation.many { json!([target]) } else { target })
        })
        .collect();
    let title = value::titled(&identifier);
    let mut entity = value::entity(&identifier, &title, &blueprint.identifier);
    if let Value::Object(entity) = &mut entity {
        entity.insert("properties".to_owned(), properties.into());
        entity.insert("relations".to_owned(), relations.into());
    }
    entity
}

/// Fills in the form: the inputs of the request, those that are required, and most of the others.
fn inputs(request: &Request<'_>, dice: &mut Dice, notes: &mut Vec<String>) -> Result<Map<String, Value>, String> {
    let action = request.action;
    for (key, _) in request.inputs {
        if action.input(key).is_none() {
            let known: Vec<&str> = action.inputs.iter().map(|input| input.key.as_str()).collect();
            return Err(unknown(action.written_as(), key, &known));
        }
    }
    let form = action.document.pointer("/trigger/userInputs");
    let at = |path: &str| form.and_then(|form| form.pointer(path));
    let schemas = at("/properties").and_then(Value::as_object);
    let required = at("/required").and_then(Value::as_array);
    let mut inputs = Map::new();
    for input in &action.inputs {
        let Some(schema) = schemas.and_then(|schemas| schemas.get(&input.key)) else { continue };
        let sample = value::sample(schema, dice);
        let given = request.inputs.iter().rev().find(|(key, _)| *key == input.key);
        let is_required = required.into_iter().flatten().any(|key| *key == input.key);
        let value = match given {
            Some((_, text)) => parse(input, schema, text)?,
            None if !is_required && dice.below(4) == 0 => continue,
            None => {
                if let Some(pattern) = sample.misses {
                    let key = &input.key;
                    notes.push(format!("the value of `{key}` may not match `{pattern}`; set it with --input {key}=…"));
                }
                sample.value
            }
        };
        inputs.insert(input.key.clone(), encrypted(input, value, request, dice, notes));
    }
    Ok(inputs)
}

/// Returns the message for an input that an action does not have, with a suggestion.
pub(crate) fn unknown(action: &str, key: &str, known: &[&str]) -> String {
    let help = match nearest(key, known) {
        Some(word) => format!("did you mean `{word}`?"),
        None if known.is_empty() => "it has no inputs".to_owned(),
        None => format!("its inputs are {}", known.join(", ")),
    };
    format!("action `{action}` has no input `{key}`\n  help: {help}")
}

/// Reads a value from the command line: text as is, other values as JSON.
fn parse(input: &Input, schema: &Value, text: &str) -> Result<Value, String> {
    let chosen = |schema: &Value, identifier: &str| {
        let blueprint = schema.get("blueprint").and_then(Value::as_str).unwrap_or_default();
        value::entity(identifier, &value::titled(identifier), blueprint)
    };
    let listed = schema.get("type").and_then(Value::as_str) == Some("array");
    if input.is_entity && !listed && !text.trim_start().starts_with('{') {
        return Ok(chosen(schema, text));
    }
    if input.value_type == ValueType::String {
        return Ok(text.into());
    }
    let expected = input.value_type.describe();
    let wrong = |found: &str| format!("input `{}` must be {expected}; `{text}` is {found}", input.key);
    let value: Value = serde_json::from_str(text).map_err(|_| wrong("not valid JSON"))?;
    match ValueType::of(&value) {
        Some(found) if found == input.value_type => {}
        Some(found) => return Err(wrong(found.describe())),
        None => return Err(wrong("null")),
    }
    match (value, schema.get("items")) {
        (Value::Array(items), Some(schema)) if input.is_entity => {
            let entity = |item: Value| match item.as_str() {
                Some(identifier) => chosen(schema, identifier),
                None => item,
            };
            Ok(items.into_iter().map(entity).collect())
        }
        (value, _) => Ok(value),
    }
}

/// Returns the value of an input as a run has it: encrypted, if the input has `encryption`.
fn encrypted(input: &Input, value: Value, request: &Request<'_>, dice: &mut Dice, notes: &mut Vec<String>) -> Value {
    let Some(encryption) = input.encryption else { return value };
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if encryption == Encryption::Aes256Gcm
        && let Some(sealed) = request.secret.and_then(|secret| sign::seal(&text, secret, dice))
    {
        return sealed.into();
    }
    let missing = match encryption {
        Encryption::Aes256Gcm => "Port's client secret, with 32 characters or more",
        Encryption::ClientSide => "your own private key",
    };
    notes.push(format!(
        "input `{}` has random bytes instead of an encrypted value: to encrypt it, `synth` needs {missing}",
        input.key
    ));
    STANDARD.encode(dice.letters(64)).into()
}
