//! Flags that start an action: its inputs and its entity.

use std::collections::BTreeSet;

use anyhow::bail;
use synth::sync::Given;

use super::completions;

#[derive(Debug, clap::Args)]
pub(super) struct Start {
    /// An input: text as it is, an entity by its identifier, any other value as JSON
    #[arg(long = "input", value_name = "KEY=VALUE", value_parser = pair)]
    pub(super) inputs: Vec<(String, String)>,
    /// The entity to start a DAY-2 or DELETE action on
    #[arg(long, value_name = "ID", add = completions::entities())]
    pub(super) entity: Option<String>,
}

impl Start {
    /// Checks that each input has one value.
    ///
    /// # Errors
    /// If one has several.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        distinct("--input", &self.inputs)
    }

    /// Returns the inputs as the form takes them.
    pub(super) fn given(&self) -> Vec<(String, Given)> {
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

/// Reads `KEY=VALUE`.
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write it as KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}
