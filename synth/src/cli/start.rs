//! Flags that start an action: its inputs and its entity.

use std::collections::BTreeSet;

use anyhow::bail;
use model::Action;
use serde_json::{Map, Value};
use synth::event;
use synth::sync::{self, Encrypted, Given};

use super::completions;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Start {
    /// An input: text as it is, an entity by its identifier, any other value as JSON
    #[arg(long = "input", value_name = "KEY=VALUE", value_parser = pair)]
    pub(crate) inputs: Vec<(String, String)>,
    /// The entity to start a DAY-2 or DELETE action on
    #[arg(long, value_name = "ID", add = completions::entities())]
    pub(crate) entity: Option<String>,
}

impl Start {
    /// Checks that each input has one value.
    ///
    /// # Errors
    /// If one has several.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        distinct("--input", &self.inputs)
    }

    /// Returns the inputs as the form takes them.
    pub(crate) fn given(&self) -> Vec<(String, Given)> {
        self.inputs.iter().map(|(key, text)| (key.clone(), Given::Text(text.clone()))).collect()
    }
}

/// Checks that each key was passed once.
///
/// # Errors
/// If one was passed again.
pub(super) fn distinct(flag: &str, given: &[(String, String)]) -> anyhow::Result<()> {
    let mut seen = BTreeSet::new();
    match given.iter().find(|(key, _)| !seen.insert(key)) {
        Some((key, _)) => bail!("{flag} has `{key}` twice; keep one of the two"),
        None => Ok(()),
    }
}

/// Returns the inputs as Port's form sends them: the given ones, and the defaults of the others.
///
/// # Errors
/// Returns a message for everything that the form does not allow, and for every required input that only Port can fill in.
pub(crate) fn filled(
    action: &Action,
    given: &[(String, Given)],
    entity: Option<&str>,
) -> Result<Map<String, Value>, Vec<String>> {
    let mut errors = Vec::new();
    let mut inputs = sync::inputs(&action.document, given, entity, Encrypted::Accepted).unwrap_or_else(|wrong| {
        errors.extend(wrong);
        Map::new()
    });
    for input in action.inputs.iter().filter(|input| !given.iter().any(|(key, _)| *key == input.key)) {
        let Some(preset) = action.input_document(&input.key).and_then(|schema| schema.get("default")) else {
            continue;
        };
        match preset.get("jqQuery") {
            None => drop(inputs.insert(input.key.clone(), preset.clone())),
            Some(_) if event::is_required(action, &input.key) => errors
                .push(format!("Port fills in input `{0}` by jq, which is not done here; add --input {0}=…", input.key)),
            Some(_) => {}
        }
    }
    if errors.is_empty() { Ok(inputs) } else { Err(errors) }
}

/// Reads `KEY=VALUE`.
pub(crate) fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write it as KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}
