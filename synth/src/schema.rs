//! JSON Schemas of the files that people write, for editors, and of the report of `synth diff`, for tools.

use std::path::PathBuf;

use documents::grammar::InputFile;
use documents::grammar::schema::published;
use review::compare::Report;

use crate::config::Config;

/// Returns the files of the output folder: `schema/blueprint.json` and `schema/synth.json`.
///
/// # Errors
/// If a schema cannot be serialized, which does not happen.
pub fn files() -> anyhow::Result<Vec<(PathBuf, String)>> {
    [("blueprint", published::<InputFile>()), ("synth", published::<Config>())]
        .into_iter()
        .map(|(name, schema)| {
            let text = serde_json::to_string_pretty(&schema)? + "\n";
            Ok((PathBuf::from(format!("schema/{name}.json")), text))
        })
        .collect()
}

/// Returns the schema of `synth diff --format json`.
///
/// # Errors
/// As [`files`].
pub fn report() -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(&published::<Report>())? + "\n")
}
