//! An action of any of Port's three generations, in one shape.

use serde_json::Value;

use crate::blueprint::ValueType;
use crate::operation::Operation;
use crate::plan::{Encryption, EntityTemplate};

/// An action.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// The identifier that Port holds once the action is published in its v2 form.
    pub identifier: String,
    /// What it was called as v1, without its blueprint's prefix.
    pub alias: Option<String>,
    /// The blueprint that it belongs to.
    pub blueprint: String,
    /// What starts it.
    pub trigger: Trigger,
    /// Published to Kafka, and so the runner's to answer.
    pub kafka: bool,
    /// The payload is the author's own: messages look as it says.
    pub own_payload: Option<Value>,
    /// In the order of the document.
    pub inputs: Vec<Input>,
    /// What `runner.entity` says, where it says something.
    pub entity: Option<EntityTemplate>,
    /// The whole, as Port should hold it.
    pub document: Value,
}

/// What starts an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// A person's button.
    SelfService(Operation),
    /// An event in Port.
    Automation,
}

/// One of the action's `userInputs`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its key.
    pub key: String,
    /// What it holds in messages.
    pub value_type: ValueType,
    /// Of format `entity`: it arrives as the chosen entity's object (or a list of them), not as an identifier.
    pub is_entity: bool,
    /// Whether a run always has it.
    pub presence: Presence,
    /// It arrives encrypted.
    pub encryption: Option<Encryption>,
}

/// Whether a run has an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Required, or with a default.
    Always,
    /// Optional: left empty, it is absent from the message.
    Optional,
    /// Port's form decides by jq: of what is required, shown, or filled in beforehand.
    Depends,
}

impl Action {
    /// The identifier in the author's own document.
    pub fn written_as(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.identifier)
    }

    /// An input as its form has it, with its constraints. Only of actions that concern the runner: their documents
    /// are in the v2 form.
    pub fn input_document(&self, key: &str) -> Option<&Value> {
        self.document.get("trigger")?.get("userInputs")?.get("properties")?.get(key)
    }

    /// The input of a key.
    pub fn input(&self, key: &str) -> Option<&Input> {
        self.inputs.iter().find(|input| input.key == key)
    }
}
