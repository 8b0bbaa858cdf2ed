//! A run of ours: what somebody asked for, in one form for every kind of message.

use std::collections::BTreeMap;
use std::fmt;

use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::message::Message;
use crate::operation::Operation;

/// One press of a self-service button, as published by Port.
#[derive(Clone)]
pub struct Run {
    /// Port's id, such as `r_q2mGf9ZYkFRnZJjB`.
    pub id: String,
    /// The run of the workflow, such as `wfr_…`, if this run is that of a workflow's node and the message names it.
    pub workflow_run_id: Option<String>,
    /// The action's identifier in the plan.
    pub action: String,
    /// The blueprint that the action belongs to.
    pub blueprint: String,
    /// What it does to the entity.
    pub operation: Operation,
    /// The entity that it was started on, with at least its `identifier`. None for CREATE.
    pub entity: Option<Map<String, Value>>,
    /// The inputs of the form. An optional input that was left empty is absent.
    pub inputs: Map<String, Value>,
    /// Who started it, when and from where: `by`, `at`, `origin`.
    pub trigger: Map<String, Value>,
    /// Inputs that arrived encrypted. They are not part of `inputs`, so no template sees them, and the type prevents
    /// printing or serialising them by accident.
    pub secrets: BTreeMap<String, SecretString>,
}

/// Only ids: everything else may be personal.
impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("id", &self.id).field("action", &self.action).finish_non_exhaustive()
    }
}

impl Run {
    /// Returns the run that `message` asks for, with an action of the plan; `None` if it has no run id.
    pub fn asked_by(message: Message, action: &str, blueprint: &str, operation: Operation) -> Option<Self> {
        Some(Self {
            id: message.run_id?,
            workflow_run_id: message.workflow_run_id,
            action: action.to_owned(),
            blueprint: blueprint.to_owned(),
            operation,
            entity: message.entity,
            inputs: message.inputs,
            trigger: message.trigger,
            secrets: BTreeMap::new(),
        })
    }

    /// Returns the inputs as a type of your own.
    ///
    /// # Errors
    /// When they do not fit. The error names the field, not its value.
    pub fn inputs<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        T::deserialize(Value::Object(self.inputs.clone()))
    }

    /// Returns an input that arrived encrypted, by Port for the organisation or by the browser for the team's key,
    /// decrypted.
    pub fn secret(&self, input: &str) -> Option<&SecretString> {
        self.secrets.get(input)
    }

    /// Returns the identifier of the entity that the run was started on.
    pub fn entity_id(&self) -> Option<&str> {
        self.entity.as_ref()?.get("identifier")?.as_str()
    }

    /// Returns what a template sees: `.inputs .entity .trigger .run.id .action{identifier,blueprint,operation}`.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entity_of_a_run_is_known_by_its_identifier() {
        let run = |message: Value| {
            let message = Message::read(message).unwrap();
            Run::asked_by(message, "resize_vm", "vm", Operation::DayTwo).unwrap()
        };
        let message = |entity| json!({"action": "resize_vm", "runId": "r", "entity": entity});
        assert_eq!(run(message(json!({"identifier": "vm-1"}))).entity_id(), Some("vm-1"));
        assert_eq!(run(message(json!({"title": "VM"}))).entity_id(), None);
        assert_eq!(run(message(json!(null))).entity_id(), None);
    }

    /// What teams' own code reads.
    #[test]
    fn own_code_reads_a_run_by_its_parts() {
        #[derive(Debug, PartialEq, serde::Deserialize)]
        struct Inputs {
            cpu: u8,
        }
        let message = json!({"action": "a", "context": {"runId": "r_1", "blueprint": "vm"}, "inputs": {"cpu": 2}});
        let mut run = Run::asked_by(Message::read(message).unwrap(), "a", "vm", Operation::Create).unwrap();
        assert_eq!(run.inputs::<Inputs>().unwrap(), Inputs { cpu: 2 });
        assert!(run.secret("key").is_none());
        run.secrets.insert("key".to_owned(), "s3cret".into());
        assert!(run.secret("key").is_some());
        let shown = format!("{run:?}");
        assert!(shown.contains("r_1") && !shown.contains("s3cret") && !shown.contains("cpu"), "{shown}");
    }
}
