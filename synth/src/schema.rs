//! JSON Schemas: of what a person writes, for editors, and of the report that tools read.

use std::path::PathBuf;

use documents::grammar::InputFile;
use documents::grammar::schema::published;
use review::compare::Report;

use crate::config::Config;

/// The files of the output folder: `schema/blueprint.json` and `schema/synth.json`.
///
/// # Errors
/// When a schema cannot be turned into text, which no schema brings about.
pub fn files() -> anyhow::Result<Vec<(PathBuf, String)>> {
    [("blueprint", published::<InputFile>()), ("synth", published::<Config>())]
        .into_iter()
        .map(|(name, schema)| {
            let text = serde_json::to_string_pretty(&schema)? + "\n";
            Ok((PathBuf::from(format!("schema/{name}.json")), text))
        })
        .collect()
}

/// The schema of `synth diff --format json`.
///
/// # Errors
/// As [`files`].
pub fn report() -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(&published::<Report>())? + "\n")
}
