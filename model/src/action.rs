//! An action of any of Port's three generations, in one shape.

use serde_json::Value;

use crate::blueprint::ValueType;
use crate::operation::Operation;
use crate::plan::{Encryption, EntityTemplate};

/// An action.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// The identifier that Port has once the action is published in its v2 form.
    pub identifier: String,
    /// Its identifier as v1, without its blueprint's prefix.
    pub alias: Option<String>,
    /// The blueprint that it belongs to.
    pub blueprint: String,
    /// What starts it.
    pub trigger: Trigger,
    /// Whether it is published to Kafka, and so for the runner to answer.
    pub kafka: bool,
    /// The author's own payload, if there is one: messages have this form.
    pub own_payload: Option<Value>,
    /// In the order of the document.
    pub inputs: Vec<Input>,
    /// Whether `runner.code` says that its work is a team's own code.
    pub code: bool,
    /// What `runner.entity` says, if it says anything.
    pub entity: Option<EntityTemplate>,
    /// The whole document, as Port should have it.
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
    /// The type of its value in messages.
    pub value_type: ValueType,
    /// Whether it has format `entity`: it arrives as the chosen entity's object (or a list of them), not as an
    /// identifier.
    pub is_entity: bool,
    /// Whether a run always has it.
    pub presence: Presence,
    /// How it arrives encrypted, if it does.
    pub encryption: Option<Encryption>,
}

/// Whether a run has an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Required, or with a default.
    Always,
    /// Optional: left empty, it is absent from the message.
    Optional,
    /// Port's form decides with jq whether it is required, shown or filled in beforehand.
    Depends,
}

impl Action {
    /// Returns the identifier in the author's own document.
    pub fn written_as(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.identifier)
    }

    /// Returns an input as the form defines it, with its constraints. Only for actions that concern the runner: their
    /// documents are in the v2 form.
    pub fn input_document(&self, key: &str) -> Option<&Value> {
        self.document.get("trigger")?.get("userInputs")?.get("properties")?.get(key)
    }

    /// Returns the input with this key.
    pub fn input(&self, key: &str) -> Option<&Input> {
        self.inputs.iter().find(|input| input.key == key)
    }
}
