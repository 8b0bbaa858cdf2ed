//! The way of a run from Port to Kafka: its message, as Port publishes it.

use std::sync::{Arc, PoisonError, Weak};

use jiff::Timestamp;
use local::{Deployment, DueRun};
use model::Action;
use serde_json::{Map, Value, json};
use synth::event::{self, KeyPair, Seals, Started};

use super::files::Actions;
use super::kafka::Kafka;
use super::kept::Kept;

/// Has the runs published that Port starts.
pub(super) fn publish(
    actions: &Actions,
    deployment: &Arc<Deployment>,
    kafka: &Kafka,
    kept: &Kept,
    input_key: Option<KeyPair>,
) {
    let publisher = Publisher {
        actions: Arc::clone(actions),
        deployment: Arc::downgrade(deployment),
        secret: kept.client_secret.clone(),
        input_key,
    };
    let kafka = kafka.clone();
    deployment.port.set_publisher(move |due| {
        let Some(message) = publisher.message(due)? else { return Ok(()) };
        kafka.publish(message.to_string()).map_err(|error| format!("it cannot be published to Kafka: {error}"))
    });
}

/// Makes the messages of runs.
#[derive(Debug)]
struct Publisher {
    /// The actions of the input files.
    actions: Actions,
    /// Where Port is, which owns this.
    deployment: Weak<Deployment>,
    /// With which messages are signed and inputs encrypted.
    secret: String,
    /// The key for inputs that the browser encrypts, if an action has such.
    input_key: Option<KeyPair>,
}

impl Publisher {
    /// Returns the message of a run; nothing if its action does not publish to Kafka.
    ///
    /// # Errors
    ///
    /// When the message cannot be made: why, in words.
    fn message(&self, due: &DueRun) -> Result<Option<Value>, String> {
        let Some(action) = self.action(&due.action)? else { return Ok(None) };
        let now = Timestamp::now();
        let text = |key: &str| due.run[key].as_str().unwrap_or_default();
        let seals = Seals {
            secret: &self.secret,
            input_key: self.input_key.as_ref(),
            seed: now.as_microsecond().unsigned_abs(),
        };
        let found = |blueprint: &str, identifier: &str| {
            let deployment = self.deployment.upgrade();
            deployment.and_then(|deployment| deployment.port.entity(blueprint, identifier)).unwrap_or_default()
        };
        let none = Map::new();
        let given = due.run["properties"].as_object().unwrap_or(&none);
        let inputs = event::arriving(&action, given, &seals, found)?;
        let entity = due.entity.clone().unwrap_or_else(|| json!({}));
        let started = Started {
            action: &action,
            id: text("id"),
            inputs: &inputs,
            entity: &entity,
            user: text("createdBy"),
            at: text("createdAt"),
        };
        event::message(&started, Some((&self.secret, now.as_second()))).map(Some)
    }

    /// Returns the action of the input files, or one that a client of Port's API has made.
    fn action(&self, document: &Value) -> Result<Option<Action>, String> {
        let identifier = document["identifier"].as_str().unwrap_or_default();
        let actions = self.actions.read().unwrap_or_else(PoisonError::into_inner).clone();
        let action = actions.get(identifier).cloned().or_else(|| lifted(document));
        let action =
            action.ok_or_else(|| format!("action `{identifier}` is not one that synth knows how to publish"))?;
        Ok(action.kafka.then_some(action))
    }
}

/// Returns an action from its document alone.
fn lifted(document: &Value) -> Option<Action> {
    let blueprint = document.pointer("/trigger/blueprintIdentifier").or_else(|| document.get("blueprint"));
    let blueprint = blueprint.and_then(Value::as_str).unwrap_or("_none");
    let file = json!({ "identifier": blueprint, "schema": { "properties": {} }, "actions": [document] });
    let (_, actions) = documents::lift::input_file("", &file)?;
    actions.into_iter().next().map(|(_, action)| action)
}
