//! What a person gave for a run, checked as Port's form checks it.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, anyhow, bail};
use documents::Catalog;
use documents::wording::{join, nearest};
use model::identifier::{self, Kind};
use model::{Action, Blueprint, Operation};
use serde_json::{Map, Value, json};
use synth::event;
use synth::sync::{self, Given};

use super::super::shell::quoted;
use super::Args;
use crate::cli::start::filled;

impl Args {
    /// Returns the inputs as Port's form sends them, or what it refuses.
    pub(super) fn checked(&self, action: &Action) -> anyhow::Result<Map<String, Value>> {
        let mut given = match &self.form {
            None => Vec::new(),
            Some(path) => from_file(path)?,
        };
        given.retain(|(key, _)| !self.start.inputs.iter().any(|(named, _)| named == key));
        given.extend(self.start.given());
        let user = json!({ "type": "string", "format": "email" });
        let mut errors = Vec::new();
        errors.extend(sync::value("--user", &Given::Text(self.user.clone()), &user).err());
        let inputs = filled(action, &given, self.start.entity.as_deref()).unwrap_or_else(|wrong| {
            errors.extend(wrong);
            Map::new()
        });
        if errors.is_empty() {
            return Ok(inputs);
        }
        bail!("{}\n  help: this fits the form:\n    {}", errors.join("\nerror: "), self.fitting(action, &given));
    }

    /// Returns a command line that fits the action's form: the given inputs where they do, and those that it requires.
    fn fitting(&self, action: &Action, given: &[(String, Given)]) -> String {
        let mut words = vec!["synth try".to_owned(), quoted(&self.action)];
        if let Ok(Operation::DayTwo | Operation::Delete) = event::operation(action) {
            let entity = self.start.entity.clone().unwrap_or_else(|| format!("my-{}", action.blueprint));
            words.push(format!("--entity {}", quoted(&entity)));
        }
        let fits = |key: &str, given: &Given| {
            let value = sync::value(key, given, action.input_document(key)?).ok()?;
            Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        };
        let mut inputs: Vec<(String, String)> =
            given.iter().filter_map(|(key, given)| Some((key.clone(), fits(key, given)?))).collect();
        for (key, value) in event::example(action, 0) {
            if !inputs.iter().any(|(given, _)| *given == key) {
                inputs.push((key, value));
            }
        }
        words.extend(inputs.iter().map(|(key, value)| format!("--input {}", quoted(&format!("{key}={value}")))));
        words.join(" ")
    }

    /// Returns the entity that the action is started on: its properties as given, the others made up.
    pub(super) fn entity(&self, blueprint: &Blueprint, operation: Operation) -> anyhow::Result<Option<Value>> {
        let (Operation::DayTwo | Operation::Delete, Some(identifier)) = (operation, &self.start.entity) else {
            return Ok(None);
        };
        identifier::check(Kind::Entity, identifier).map_err(|why| anyhow!("the identifier of --entity {why}"))?;
        let mut entity = event::sample_of(blueprint, identifier, 0);
        let mut errors = Vec::new();
        for (key, text) in &self.entity_properties {
            let given = Given::Text(text.clone());
            let property = blueprint.document.pointer("/schema/properties").and_then(|all| all.get(key));
            let relation = blueprint.relations.iter().find(|relation| relation.key == *key);
            if let Some(schema) = property {
                match sync::value(&format!("property `{key}`"), &given, schema) {
                    Ok(value) => entity["properties"][key] = value,
                    Err(message) => errors.push(message),
                }
            } else if let Some(relation) = relation {
                let one = json!({ "type": "string", "format": "entity" });
                let schema = if relation.many { json!({ "type": "array", "items": one }) } else { one };
                match sync::value(&format!("relation `{key}`"), &given, &schema) {
                    Ok(value) => entity["relations"][key] = value,
                    Err(message) => errors.push(message),
                }
            } else {
                errors.push(unknown(blueprint, key));
            }
        }
        if errors.is_empty() { Ok(Some(entity)) } else { bail!(errors.join("\nerror: ")) }
    }

    /// Checks the entities of --exists. Their blueprints are those of the input files, and those that these name.
    pub(super) fn check_existing(&self, catalog: &Catalog) -> anyhow::Result<()> {
        let entries = || catalog.entries().map(|entry| &entry.blueprint);
        let targets = entries().flat_map(|blueprint| &blueprint.relations).map(|relation| relation.target.as_str());
        let of_inputs = catalog.actions().flat_map(|(_, _, action)| {
            action.inputs.iter().filter_map(|input| event::blueprint_of(action.input_document(&input.key)?))
        });
        let known: BTreeSet<&str> =
            entries().map(|blueprint| blueprint.identifier.as_str()).chain(targets).chain(of_inputs).collect();
        for (blueprint, identifier) in &self.exists {
            identifier::check(Kind::Entity, identifier)
                .map_err(|why| anyhow!("the identifier of --exists {blueprint} {why}"))?;
            if !known.contains(blueprint.as_str()) {
                let known: Vec<&str> = known.into_iter().collect();
                let help = match nearest(blueprint, &known) {
                    Some(word) => format!("did you mean `{word}`?"),
                    None => format!("those are {}", join(&known, "and")),
                };
                bail!("--exists: blueprint `{blueprint}` is not in the input files\n  help: {help}");
            }
        }
        Ok(())
    }

    /// Returns the blueprints and identifiers of the other entities that must exist before the run: those that inputs
    /// name, those that the entity is related to, and those that a person named.
    pub(super) fn others(
        &self,
        blueprint: &Blueprint,
        action: &Action,
        inputs: &Map<String, Value>,
        entity: Option<&Value>,
    ) -> BTreeSet<(String, String)> {
        let mut others: BTreeSet<_> = self.exists.iter().cloned().collect();
        for (key, value) in inputs {
            let blueprint = action.input_document(key).and_then(event::blueprint_of);
            others.extend(blueprint.into_iter().flat_map(|blueprint| named(blueprint, value)));
        }
        for relation in &blueprint.relations {
            let related = entity.and_then(|entity| entity["relations"].get(&relation.key));
            others.extend(related.into_iter().flat_map(|value| named(&relation.target, value)));
        }
        others
    }
}

/// Returns the entities of a blueprint that a value names.
fn named(blueprint: &str, value: &Value) -> Vec<(String, String)> {
    let identifiers = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    let identifiers = identifiers.iter().filter_map(Value::as_str);
    identifiers.map(|identifier| (blueprint.to_owned(), identifier.to_owned())).collect()
}

/// Returns the message for a property that a blueprint does not have.
fn unknown(blueprint: &Blueprint, key: &str) -> String {
    let properties = blueprint.document.pointer("/schema/properties").and_then(Value::as_object);
    let properties = properties.into_iter().flat_map(Map::keys).map(String::as_str);
    let known: Vec<&str> = properties.chain(blueprint.relations.iter().map(|relation| relation.key.as_str())).collect();
    let help = match nearest(key, &known) {
        Some(word) => format!("did you mean `{word}`?"),
        None => format!("it has {}", known.join(", ")),
    };
    format!("blueprint `{}` has no property `{key}`\n  help: {help}", blueprint.identifier)
}

/// Reads inputs from a file.
fn from_file(path: &Path) -> anyhow::Result<Vec<(String, Given)>> {
    let shown = path.display();
    let text = synth::files::text(path)?;
    let inputs: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .with_context(|| format!("`{shown}` is not valid JSON"))?;
    let Value::Object(inputs) = inputs else {
        bail!("`{shown}` must hold an object of inputs, such as {{\"cpu\": 2}}")
    };
    Ok(inputs.into_iter().map(|(key, value)| (key, Given::Json(value))).collect())
}
