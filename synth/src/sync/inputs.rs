//! Checks the inputs of a run against the action's form before Port is called.

use model::identifier::{self, Kind};
use review::template::yaml::{self, YamlError};
use serde_json::{Map, Value, json};

use crate::event::unknown;
use crate::mapping::fit;

/// The value of an input, as a person gave it.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// On the command line: text as is, other values as JSON.
    Text(String),
    /// In a file.
    Json(Value),
}

/// Whether inputs that arrive encrypted can be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encrypted {
    /// Only the browser can encrypt them.
    Refused,
    /// The caller encrypts them.
    Accepted,
}

/// Checks the inputs of a run: an entity is its identifier. What only Port's jq can decide is left to Port.
///
/// # Errors
/// Returns a message for everything that the form does not allow.
pub fn inputs(
    action: &Value,
    given: &[(String, Given)],
    entity: Option<&str>,
    encrypted: Encrypted,
) -> Result<Map<String, Value>, Vec<String>> {
    let name = action.get("identifier").and_then(Value::as_str).unwrap_or_default();
    let form = action.pointer("/trigger/userInputs");
    let none = Map::new();
    let schemas = form.and_then(|form| form.get("properties")).and_then(Value::as_object).unwrap_or(&none);
    let mut errors = Vec::new();
    match (action.pointer("/trigger/operation").and_then(Value::as_str), entity) {
        (Some("CREATE"), Some(_)) => errors.push(format!("action `{name}` creates a new entity; remove --entity")),
        (Some("DAY-2" | "DELETE"), None) => {
            errors.push(format!("action `{name}` is started on an entity; add --entity ID"));
        }
        _ => {}
    }
    let mut inputs = Map::new();
    for (key, given) in given {
        let Some(schema) = schemas.get(key) else {
            errors.push(unknown(name, key, &schemas.keys().map(String::as_str).collect::<Vec<_>>()));
            continue;
        };
        if encrypted == Encrypted::Refused && schema.get("encryption").is_some_and(Value::is_object) {
            errors.push(format!("input `{key}` is encrypted by the browser; start the action in Port"));
            continue;
        }
        match value(&format!("input `{key}`"), given, schema) {
            Ok(value) => drop(inputs.insert(key.clone(), value)),
            Err(message) => errors.push(message),
        }
    }
    let required = form.and_then(|form| form.get("required")).and_then(Value::as_array);
    for key in required.into_iter().flatten().filter_map(Value::as_str) {
        let preset = schemas.get(key).is_some_and(|schema| schema.get("default").is_some());
        if !inputs.contains_key(key) && !preset && !given.iter().any(|(given, _)| given == key) {
            errors.push(format!("action `{name}` requires input `{key}`; add --input {key}=…"));
        }
    }
    if errors.is_empty() { Ok(inputs) } else { Err(errors) }
}

/// Reads the value of an input or a property, which `what` names in messages, and checks it against its schema.
///
/// # Errors
/// Returns a message if the schema does not allow it.
pub fn value(what: &str, given: &Given, schema: &Value) -> Result<Value, String> {
    let value = match given {
        Given::Json(value) => value.clone(),
        Given::Text(text) if schema.get("type").is_none_or(|kind| kind == "string") => text.as_str().into(),
        Given::Text(text) => serde_json::from_str(text)
            .map_err(|_| format!("{what}: `{text}` is not valid JSON; put `\"` around text in lists and objects"))?,
    };
    // An entity is its identifier here, as its schema says, although the run gets an object.
    match fit::property(schema, &value) {
        Some(misfit) => Err(format!("{}{what} {}", misfit.part, misfit.words)),
        None => match chosen(schema, &value) {
            Some((part, words)) => Err(format!("{part}{what} {words}")),
            None => Ok(value),
        },
    }
}

/// Says why a person could not choose or type a value in the form: for formats whose values are something in Port, and which
/// documents may use for anything. Returns the part at fault, and the end of a sentence.
fn chosen(schema: &Value, value: &Value) -> Option<(String, String)> {
    let text = match value {
        Value::String(text) => text,
        Value::Array(items) => {
            let schema = schema.get("items")?;
            let found = items.iter().enumerate().find_map(|(at, item)| Some((at, chosen(schema, item)?)));
            return found.map(|(at, (part, words))| (format!("{part}item {} of ", at + 1), words));
        }
        _ => return None,
    };
    let words = match schema.get("format").and_then(Value::as_str)? {
        "entity" => {
            let why = identifier::check(Kind::Entity, text).err()?;
            format!("must be the identifier of an entity, but this {why}")
        }
        "user" => fit::property(&json!({ "format": "email" }), value)?.words,
        "yaml" => match yaml::read(text) {
            Err(YamlError::Syntax { line, .. }) => format!("must be YAML, but line {line} is not"),
            _ => return None,
        },
        _ => return None,
    };
    Some((String::new(), words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(given: &[(&str, &str)], entity: Option<&str>) -> Result<Value, Vec<String>> {
        tried_by("DAY-2", given, entity)
    }

    fn tried_by(operation: &str, given: &[(&str, &str)], entity: Option<&str>) -> Result<Value, Vec<String>> {
        let action = json!({"identifier": "resize", "trigger": {"operation": operation, "userInputs": {
            "properties": {
                "cpu": {"type": "number", "minimum": 1},
                "size": {"type": "string", "enum": ["s", "l"]},
                "zone": {"type": "string", "format": "entity", "blueprint": "zone"},
                "zones": {"type": "array", "items": {"type": "string", "format": "entity", "blueprint": "zone"}},
                "owner": {"type": "string", "format": "email"},
                "tags": {"type": "array", "items": {"type": "string"}},
                "key": {"type": "string", "encryption": {"algorithm": "client-side", "key": "k"}},
                "preset": {"type": "string", "default": "x"}},
            "required": ["cpu", "preset"]}}});
        let given: Vec<_> =
            given.iter().map(|(key, value)| ((*key).to_owned(), Given::Text((*value).to_owned()))).collect();
        inputs(&action, &given, entity, Encrypted::Refused).map(Value::Object)
    }

    #[test]
    fn valid_inputs_are_sent() {
        let given = [("cpu", "2"), ("size", "l"), ("zone", "eu"), ("tags", r#"["a"]"#)];
        assert_eq!(tried(&given, Some("vm")), Ok(json!({"cpu": 2, "size": "l", "zone": "eu", "tags": ["a"]})));
    }

    /// Port knows which entities there are; whether the value is an identifier or a list of them is checked here.
    #[test]
    fn values_have_their_type_and_format() {
        let given = [("cpu", "2"), ("zone", "a-zone"), ("zones", r#"["a-zone"]"#), ("owner", "me@example.com")];
        assert!(tried(&given, Some("vm")).is_ok());
        for (key, text, want) in [
            ("owner", "me", "input `owner` must be an e-mail address"),
            ("zones", "7", "input `zones` must be"),
            (
                "zones",
                r#"["a", "b c"]"#,
                "item 2 of input `zones` must be the identifier of an entity, but this contains a space",
            ),
            ("zone", "", "input `zone` must be the identifier of an entity, but this is empty"),
            ("tags", "[1]", "item 1 of input `tags` must be a string"),
        ] {
            let errors = tried(&[("cpu", "2"), (key, text)], Some("vm")).unwrap_err();
            assert!(matches!(&errors[..], [error] if error.starts_with(want)), "{errors:?}");
        }
    }

    #[test]
    fn an_entity_is_given_when_the_operation_needs_one() {
        for (operation, entity, want) in [
            ("CREATE", None, Ok(())),
            ("CREATE", Some("vm"), Err("action `resize` creates a new entity; remove --entity")),
            ("DAY-2", Some("vm"), Ok(())),
            ("DAY-2", None, Err("action `resize` is started on an entity; add --entity ID")),
            ("DELETE", Some("vm"), Ok(())),
            ("DELETE", None, Err("action `resize` is started on an entity; add --entity ID")),
        ] {
            let got = tried_by(operation, &[("cpu", "2")], entity).map(drop).map_err(|errors| errors.join("\n"));
            assert_eq!(got, want.map_err(str::to_owned), "{operation} {entity:?}");
        }
    }

    #[test]
    fn all_errors_are_reported_at_once() {
        let errors = tried(&[("size", "m"), ("cpuu", "1"), ("tags", "a"), ("key", "x")], None).unwrap_err();
        assert_eq!(
            errors,
            [
                "action `resize` is started on an entity; add --entity ID",
                "input `size` must be `s` or `l`, but this is `m`",
                "action `resize` has no input `cpuu`\n  help: did you mean `cpu`?",
                "input `tags`: `a` is not valid JSON; put `\"` around text in lists and objects",
                "input `key` is encrypted by the browser; start the action in Port",
                "action `resize` requires input `cpu`; add --input cpu=…",
            ]
        );
    }
}
