//! A run that is ours: what someone asked for, in one shape whatever the message looked like.

use std::collections::BTreeMap;
use std::fmt;

use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::message::Message;
use crate::operation::Operation;

/// One press of a self-service button, as Port published it.
#[derive(Clone)]
pub struct Run {
    /// Port's id, such as `r_q2mGf9ZYkFRnZJjB`.
    pub id: String,
    /// The action's identifier as the plan has it.
    pub action: String,
    /// The blueprint that the action belongs to.
    pub blueprint: String,
    /// What it does to the entity.
    pub operation: Operation,
    /// The entity that it was started on; for CREATE none. At least its `identifier` is there.
    pub entity: Option<Map<String, Value>>,
    /// What was filled in; an optional input that was left empty is absent.
    pub inputs: Map<String, Value>,
    /// Who, when and where from: `by`, `at`, `origin`.
    pub trigger: Map<String, Value>,
    /// Inputs that arrived encrypted. They are not among the inputs, so no template sees one; the type can neither be
    /// printed nor serialised by accident.
    pub secrets: BTreeMap<String, SecretString>,
}

/// Ids only: everything else may be personal.
impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("id", &self.id).field("action", &self.action).finish_non_exhaustive()
    }
}

impl Run {
    /// What `message` asks for, by an action of the plan; None where it says no run's id.
    pub fn asked_by(message: Message, action: &str, blueprint: &str, operation: Operation) -> Option<Self> {
        Some(Self {
            id: message.run_id?,
            action: action.to_owned(),
            blueprint: blueprint.to_owned(),
            operation,
            entity: message.entity,
            inputs: message.inputs,
            trigger: message.trigger,
            secrets: BTreeMap::new(),
        })
    }

    /// The inputs as a type of your own.
    ///
    /// # Errors
    /// When they do not fit; the error names the field, not its value.
    pub fn inputs<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        T::deserialize(Value::Object(self.inputs.clone()))
    }

    /// An input that arrived encrypted, decrypted: by Port for the organisation, or by the browser for the team's key.
    pub fn secret(&self, input: &str) -> Option<&SecretString> {
        self.secrets.get(input)
    }

    /// The identifier of the entity that the run was started on.
    pub fn entity_id(&self) -> Option<&str> {
        self.entity.as_ref()?.get("identifier")?.as_str()
    }

    /// What a template sees: `.inputs .entity .trigger .run.id .action{identifier,blueprint,operation}`.
    pub fn context(&self) -> Value {
        json!({
            "inputs": self.inputs,
            "entity": self.entity,
            "trigger": self.trigger,
            "run": { "id": self.id },
            "action": { "identifier": self.action, "blueprint": self.blueprint, "operation": self.operation },
        })
    }
}
