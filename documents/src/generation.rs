//! The generations of Port's actions. That there is more than one is known here, to the grammar of the older ones, and
//! to what rewrites their text; everybody else asks here.
//!
//! The rewriting is the one that Port's own rewrite of its documentation uses: the identifier gets its blueprint as a
//! prefix, trigger and inputs move into `trigger`.

use serde_json::{Map, Value, json};

use crate::grammar::ANSWERED;

/// A form in which Port took or takes actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Generation {
    /// From before May 2024 (v0, v1): the trigger is a word.
    Legacy,
    /// The current one (v2): the trigger is an object.
    Current,
}

impl Generation {
    /// The generation of an action; `None` when it has no usable trigger.
    pub fn of(action: &Value) -> Option<Self> {
        match action.get("trigger")? {
            Value::String(_) => Some(Self::Legacy),
            Value::Object(_) => Some(Self::Current),
            _ => None,
        }
    }

    /// The JSON Pointer, below an action, to what its form asks.
    pub fn inputs(self) -> &'static str {
        match self {
            Self::Legacy => "/userInputs",
            Self::Current => "/trigger/userInputs",
        }
    }
}

/// The identifier that a legacy action of `blueprint` has in the current form.
pub(crate) fn current_identifier(blueprint: &str, identifier: &str) -> String {
    format!("{blueprint}_{identifier}")
}

/// A legacy action of `blueprint` in the current form, each key where it was. Keys that the current form does not know
/// stay, so that nothing is lost unnoticed.
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

/// Keys of a legacy action that are part of the current form's trigger.
const MOVED: [&str; 2] = ["blueprint", "userInputs"];
