//! JSON Schemas of the files that people write, for editors, and of the report of `synth diff`, for tools.

use std::path::PathBuf;

use documents::grammar::InputFile;
use documents::grammar::schema::published;
use review::compare::Report;
use schemars::Schema;

use crate::config::Config;
use crate::function;

/// Returns the files of the output folder: `schema/blueprint.json` and `schema/synth.json`.
///
/// # Errors
/// If a schema cannot be serialized, which does not happen.
pub fn files() -> anyhow::Result<Vec<(PathBuf, String)>> {
    [("blueprint", published::<InputFile>()), ("synth", published::<Config>())]
        .into_iter()
        .map(|(name, schema)| Ok((PathBuf::from(format!("schema/{name}.json")), text(name, schema)?)))
        .collect()
}

/// Returns a schema as text, with a name and the version in its `$id`.
fn text(name: &str, mut schema: Schema) -> anyhow::Result<String> {
    schema.insert("$id".to_owned(), format!("urn:port-action-runner:{}:{name}", function::VERSION).into());
    Ok(serde_json::to_string_pretty(&schema)? + "\n")
}

/// Returns the schema of `synth diff --format json`.
///
/// # Errors
/// As [`files`].
pub fn report() -> anyhow::Result<String> {
    text("report", published::<Report>())
}
