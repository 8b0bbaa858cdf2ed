//! A filled-in form: its values on their way into the message of a run.

use model::plan::Encryption;
use model::{Action, Blueprint, Presence};
use serde_json::{Map, Value, json};

use super::dice::Dice;
use super::{KeyPair, sign, value};

/// The keys with which inputs are encrypted.
#[derive(Debug)]
pub struct Seals<'a> {
    /// The organisation's client secret, of 32 characters or more.
    pub secret: &'a str,
    /// The team's key, for inputs that the browser encrypts.
    pub input_key: Option<&'a KeyPair>,
    /// Seed for what makes two encrypted values differ.
    pub seed: u64,
}

/// Returns the inputs of a run as they arrive in its message: entities, which the form has as identifiers, as objects
/// that `found` returns for a blueprint and an identifier, and encrypted values encrypted.
///
/// # Errors
/// Returns a message if a value cannot be encrypted.
pub fn arriving(
    action: &Action,
    values: &Map<String, Value>,
    seals: &Seals<'_>,
    mut found: impl FnMut(&str, &str) -> Value,
) -> Result<Map<String, Value>, String> {
    let mut dice = Dice::new(seals.seed);
    let mut arriving = Map::new();
    for (key, value) in values {
        let schema = action.input_document(key).unwrap_or(&Value::Null);
        let sealed = match action.input(key).and_then(|input| input.encryption) {
            None => Some(entities(schema, value, &mut found)),
            Some(encryption) => {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                match encryption {
                    Encryption::Aes256Gcm => sign::seal(&text, seals.secret, &mut dice),
                    Encryption::ClientSide => seals.input_key.and_then(|key| key.seal(&text)),
                }
                .map(Value::String)
            }
        };
        let value = sealed.ok_or_else(|| format!("input `{key}` cannot be encrypted"))?;
        arriving.insert(key.clone(), value);
    }
    Ok(arriving)
}

/// Returns the blueprint whose entities an input takes, one or many; `None` if it takes none.
pub fn blueprint_of(schema: &Value) -> Option<&str> {
    let items = schema.get("items").unwrap_or(schema);
    let is_entity = items.get("format").is_some_and(|format| format == "entity");
    is_entity.then(|| items.get("blueprint").and_then(Value::as_str).unwrap_or_default())
}

/// Whether the form requires an input in every run.
pub fn is_required(action: &Action, key: &str) -> bool {
    let required = action.document.pointer("/trigger/userInputs/required").and_then(Value::as_array);
    required.into_iter().flatten().any(|required| required == key)
}

/// Replaces the identifiers of entities by the entities.
fn entities(schema: &Value, value: &Value, found: &mut impl FnMut(&str, &str) -> Value) -> Value {
    let Some(blueprint) = blueprint_of(schema) else { return value.clone() };
    match value {
        Value::String(identifier) => found(blueprint, identifier),
        Value::Array(identifiers) => identifiers
            .iter()
            .map(|item| item.as_str().map_or_else(|| item.clone(), |identifier| found(blueprint, identifier)))
            .collect(),
        other => other.clone(),
    }
}

/// Returns a value for each input that a run needs and that has no default, or one that only Port can compute, as one writes
/// it on a command line.
pub fn example(action: &Action, seed: u64) -> Vec<(String, String)> {
    let dice = &mut Dice::new(seed);
    let needed =
        action.inputs.iter().filter(|input| is_required(action, &input.key) || input.presence == Presence::Always);
    let values = needed.filter_map(|input| {
        let schema = action
            .input_document(&input.key)
            .filter(|schema| schema.get("default").is_none_or(|default| default.get("jqQuery").is_some()))?;
        let text = match value::sample(schema, dice).value {
            Value::String(text) => text,
            Value::Object(entity) if input.is_entity => entity.get("identifier")?.as_str()?.to_owned(),
            Value::Array(items) if input.is_entity => {
                items.iter().map(|item| item.get("identifier").unwrap_or(item).clone()).collect::<Value>().to_string()
            }
            other => other.to_string(),
        };
        Some((input.key.clone(), text))
    });
    values.collect()
}

/// Returns an entity that fits its blueprint, without relations.
pub fn sample_of(blueprint: &Blueprint, identifier: &str, seed: u64) -> Value {
    let properties = properties(blueprint, &mut Dice::new(seed));
    json!({ "identifier": identifier, "title": value::titled(identifier), "properties": properties, "relations": {} })
}

/// Generates a value for each property.
pub(super) fn properties(blueprint: &Blueprint, dice: &mut Dice) -> Map<String, Value> {
    let schemas = blueprint.document.pointer("/schema/properties").and_then(Value::as_object);
    schemas.into_iter().flatten().map(|(key, schema)| (key.clone(), value::sample(schema, dice).value)).collect()
}
