//! What an action means.

use super::{Sense, keys};
use crate::cursor::Cursor;
use crate::generation::Generation;

impl Sense<'_> {
    /// An action in the file of `blueprint`, or one alone.
    pub(super) fn action(&mut self, node: &Cursor<'_>, blueprint: Option<&str>) {
        let invocation = node.value.get("invocationMethod");
        let invocation = invocation.and_then(|it| it.get("type").unwrap_or(it).as_str());
        let kafka = invocation == Some("KAFKA");
        // Where the trigger is missing, inputs beside it are looked at all the same.
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
        // What goes to Kafka is published with the blueprint of its file, and with a form.
        let completed = kafka && blueprint.is_some();
        if trigger.get("userInputs").is_none() && !completed {
            let help = "Port's API asks for it: \"userInputs\": { \"properties\": {} }";
            self.findings
                .warning(trigger.file, trigger.place(), "inputs-absent", "the action does not say what its form asks")
                .help(help);
        }
        match (trigger.get("blueprintIdentifier"), blueprint) {
            (Some(named), Some(blueprint)) if named.value.as_str().is_some_and(|named| named != blueprint) => {
                let message = format!("the action stands in the file of blueprint `{blueprint}`");
                self.findings
                    .error(named.file, named.place(), "other-blueprint", message)
                    .help("move the action to that blueprint's file");
            }
            (None, blueprint) if !completed => {
                if let Some(condition) = trigger.get("condition") {
                    let message = "a `condition` is about entities of a blueprint, and the trigger names none";
                    self.findings
                        .error(condition.file, condition.key_place(), "condition-without-blueprint", message)
                        .help(format!("add \"blueprintIdentifier\": \"{}\"", blueprint.unwrap_or("…")));
                }
            }
            _ => {}
        }
    }

    /// `ours`: the inputs reach the runner.
    fn inputs(&mut self, node: &Cursor<'_>, ours: bool) {
        let inputs = keys(node.value.get("properties"));
        let mut shown = inputs.clone();
        shown.extend(keys(node.value.get("titles")));
        if let Some(required) = node.get("required") {
            self.names(&required, &inputs, "input", "require");
        }
        for order in node
            .get("order")
            .into_iter()
            .chain(node.get("steps").iter().flat_map(Cursor::elements).filter_map(|step| step.get("order")))
        {
            self.names(&order, &shown, "input or title", "show");
        }
        for (_, input) in node.get("properties").iter().flat_map(Cursor::pairs) {
            if let Some(depends) = input.get("dependsOn") {
                self.names(&depends, &inputs, "input", "depend on");
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
            let message =
                "the runner decrypts `\"aes256-gcm\"` and `{\"algorithm\": \"client-side\", \"key\": …}`, nothing else";
            self.findings.error(node.file, node.place(), "unknown-encryption", message);
        }
    }
}
