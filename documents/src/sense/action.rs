//! Rules for the meaning of actions.

use super::{Sense, keys};
use crate::cursor::Cursor;
use crate::generation::Generation;

impl Sense<'_> {
    /// Checks an action in the file of `blueprint`, or an action in a file of its own.
    pub(super) fn action(&mut self, node: &Cursor<'_>, blueprint: Option<&str>) {
        let invocation = node.value.get("invocationMethod");
        let invocation = invocation.and_then(|it| it.get("type").unwrap_or(it).as_str());
        let kafka = invocation == Some("KAFKA");
        // Without a trigger, the inputs of a legacy action are still checked.
        let generation = Generation::of(node.value).unwrap_or(Generation::Legacy);
        if let Some(trigger) = node.get("trigger").filter(|_| generation == Generation::Current) {
            self.trigger(&trigger, blueprint, kafka);
        }
        if let Some(inputs) = node.at(generation.inputs()) {
            self.inputs(&inputs, kafka && blueprint.is_some());
        }
    }

    fn trigger(&mut self, trigger: &Cursor<'_>, blueprint: Option<&str>, kafka: bool) {
        if trigger.text("type") != Some("self-service") {
            return;
        }
        // An action that goes to Kafka is published with the blueprint of its file and a form.
        let completed = kafka && blueprint.is_some();
        if trigger.get("userInputs").is_none() && !completed {
            let help = "Port's API requires this key; add \"userInputs\": { \"properties\": {} }";
            self.findings
                .warning(trigger.file, trigger.place(), "inputs-absent", "this action has no `userInputs`")
                .help(help);
        }
        match (trigger.get("blueprintIdentifier"), blueprint) {
            (Some(named), Some(blueprint)) if named.value.as_str().is_some_and(|named| named != blueprint) => {
                let message =
                    format!("this action is in the file of blueprint `{blueprint}`, but names a different one");
                self.findings
                    .error(named.file, named.place(), "other-blueprint", message)
                    .help("move the action to the other blueprint's file, or remove `blueprintIdentifier`");
            }
            (None, blueprint) if !completed => {
                if let Some(condition) = trigger.get("condition") {
                    let message = "a `condition` needs a blueprint, but the trigger does not name one";
                    self.findings
                        .error(condition.file, condition.key_place(), "condition-without-blueprint", message)
                        .help(format!("add \"blueprintIdentifier\": \"{}\"", blueprint.unwrap_or("…")));
                }
            }
            _ => {}
        }
    }

    /// Checks inputs. `ours` is true if they reach the function.
    fn inputs(&mut self, node: &Cursor<'_>, ours: bool) {
        // Without `properties`, which is a finding of its own, every name would be unknown.
        let Some(properties) = node.value.get("properties") else { return };
        let inputs = keys(Some(properties));
        let shown = inputs.clone().and(keys(node.value.get("titles")));
        if let Some(required) = node.get("required") {
            self.names(&required, &inputs, "input");
        }
        for order in node
            .get("order")
            .into_iter()
            .chain(node.get("steps").iter().flat_map(Cursor::elements).filter_map(|step| step.get("order")))
        {
            self.names(&order, &shown, "input or title");
        }
        for (_, input) in node.get("properties").iter().flat_map(Cursor::pairs) {
            if let Some(depends) = input.get("dependsOn") {
                self.names(&depends, &inputs, "input");
            }
            self.colours(&input);
            if let Some(encryption) = input.get("encryption").filter(|_| ours) {
                self.encryption(&encryption);
            }
        }
    }

    fn encryption(&mut self, node: &Cursor<'_>) {
        let algorithm = node.value.get("algorithm").unwrap_or(node.value);
        let known = match algorithm.as_str() {
            Some("aes256-gcm") => node.value.is_string(),
            Some("client-side") => node.value.is_object(),
            _ => false,
        };
        if !known {
            let message = "the function cannot decrypt inputs with this encryption";
            self.findings
                .error(node.file, node.place(), "unknown-encryption", message)
                .help("use `\"aes256-gcm\"`, or `{\"algorithm\": \"client-side\", \"key\": …}`");
        }
    }
}
