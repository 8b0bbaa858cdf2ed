//! The generations of Port's actions. Only this module, the grammar of the older generations and the upgrade of their
//! text know that there is more than one; everything else asks here.
//!
//! A legacy action is rewritten the way that Port rewrote its own documentation: the identifier gets its blueprint as a
//! prefix, and inputs move into `trigger`.

use serde_json::{Map, Value, json};

use crate::grammar::ANSWERED;

/// A form in which Port accepts, or used to accept, actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Generation {
    /// The form before May 2024 (v0, v1): the trigger is a word.
    Legacy,
    /// The current format (v2): the trigger is an object.
    Current,
}

impl Generation {
    /// Returns the generation of an action, or `None` if it has no usable trigger.
    pub fn of(action: &Value) -> Option<Self> {
        match action.get("trigger")? {
            Value::String(_) => Some(Self::Legacy),
            Value::Object(_) => Some(Self::Current),
            _ => None,
        }
    }

    /// Returns the JSON Pointer to an action's inputs, relative to the action.
    pub fn inputs(self) -> &'static str {
        match self {
            Self::Legacy => "/userInputs",
            Self::Current => "/trigger/userInputs",
        }
    }
}

/// Returns the blueprint that an action names itself, or that the event of an automation names.
pub(crate) fn blueprint(action: &Value) -> Option<&str> {
    match Generation::of(action)? {
        Generation::Legacy => action.get("blueprint")?.as_str(),
        Generation::Current => {
            let trigger = action.get("trigger")?;
            let event = || trigger.get("event")?.get("blueprintIdentifier");
            trigger.get("blueprintIdentifier").or_else(event)?.as_str()
        }
    }
}

/// Returns the identifier that a legacy action of `blueprint` has in the current format.
pub(crate) fn current_identifier(blueprint: &str, identifier: &str) -> String {
    format!("{blueprint}_{identifier}")
}

/// Converts a legacy action of `blueprint` to the current format, keeping the order of keys. Keys that the current format
/// does not know are kept, so that nothing is lost silently.
pub(crate) fn current(
    legacy: &Map<String, Value>,
    identifier: &str,
    operation: &str,
    blueprint: &str,
    invocation: &Value,
) -> Map<String, Value> {
    let mut current = Map::new();
    for (key, value) in legacy {
        let value = match key.as_str() {
            "identifier" => identifier.into(),
            "invocationMethod" => invocation.clone(),
            "trigger" => {
                let inputs = legacy.get("userInputs").filter(|inputs| !inputs.is_null()).cloned();
                json!({
                    "type": "self-service",
                    "operation": operation,
                    "blueprintIdentifier": blueprint,
                    "userInputs": inputs.unwrap_or_else(|| json!({ "properties": {} })),
                })
            }
            key if MOVED.contains(&key) || ANSWERED.contains(&key) => continue,
            _ => value.clone(),
        };
        current.insert(key.clone(), value);
    }
    current
}

/// Keys of a legacy action that belong to the trigger in the current format.
const MOVED: [&str; 2] = ["blueprint", "userInputs"];
