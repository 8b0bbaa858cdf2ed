//! The template as text.
//!
//! YAML by `serde-saphyr`, the one serde crate found to quote every string that a YAML 1.1 reader (SAM CLI, cfn-lint)
//! would take for something else: `on`, `no`, `12:30:45`, `1_000`.

use crate::template::Template;

/// The first lines of the file.
const HEAD: &str =
    "# Generated from blueprints/ and synth.toml by `make synth`. Edit those; `make check` tells when this is stale.\n";

/// YAML.
///
/// # Errors
/// Never for a template that [`crate::synthesize`] made; the serializer's type allows for it.
pub fn yaml(template: &Template) -> anyhow::Result<String> {
    let options = serde_saphyr::ser_options! { prefer_block_scalars: false, compact_list_indent: false };
    Ok(HEAD.to_owned() + &serde_saphyr::to_string_with_options(template, options)?)
}

/// The same template as JSON, for tools.
///
/// # Errors
/// As [`yaml`].
pub fn json(template: &Template) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(template)? + "\n")
}
