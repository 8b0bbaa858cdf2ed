//! Writes the template as text.
//!
//! YAML is written by `serde-saphyr`, the only serde crate found to quote every string that a YAML 1.1 reader (SAM CLI,
//! cfn-lint) would read as something else: `on`, `no`, `12:30:45`, `1_000`. The layout of a value depends only on the
//! value, so that overridden values look like the others and unchanged ones do not move.

use model::visible::{is_hidden, visible_but};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::Value;
use serde_saphyr::{DoubleQuoted, FlowSeq, SingleQuoted, SpaceAfter};

use crate::folder::SIGN;

/// Writes YAML, with a first line that names its sources.
///
/// # Errors
/// Never for a template from [`crate::template::synthesize`], although the serializer's signature allows it.
pub fn yaml(template: &Value, made_of: &str) -> anyhow::Result<String> {
    let options = serde_saphyr::ser_options! { prefer_block_scalars: false, compact_list_indent: false };
    let body = serde_saphyr::to_string_with_options(&Root(template), options)?;
    // Only texts in double quotes have hidden characters.
    let body = visible_but(&body, &['\n']);
    Ok(format!("{SIGN}{made_of} by `synth`. Edit those; `synth build --check` fails if this is stale.\n{body}"))
}

/// Writes JSON, for tools.
pub fn json(template: &Value) -> String {
    format!("{template:#}\n")
}

/// A template, with a blank line after each resource.
struct Root<'a>(&'a Value);

impl Serialize for Root<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (section, value) in self.0.as_object().into_iter().flatten() {
            if section == "Resources" {
                map.serialize_entry(section, &Resources(value))?;
            } else {
                map.serialize_entry(section, &Styled(value))?;
            }
        }
        map.end()
    }
}

struct Resources<'a>(&'a Value);

impl Serialize for Resources<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (id, resource) in self.0.as_object().into_iter().flatten() {
            map.serialize_entry(id, &SpaceAfter(Styled(resource)))?;
        }
        map.end()
    }
}

/// A value in a readable layout.
struct Styled<'a>(&'a Value);

impl Serialize for Styled<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            // Characters that a reader would not see are written as escapes, and those need double quotes.
            Value::String(text) if text.contains(is_hidden) => DoubleQuoted(text).serialize(serializer),
            // JSON inside a string, such as a filter's pattern or a secret's text.
            Value::String(text) if text.starts_with('{') && text.contains('"') => {
                SingleQuoted(text).serialize(serializer)
            }
            Value::Array(items) => {
                let mut seq = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    seq.serialize_element(&Styled(item))?;
                }
                seq.end()
            }
            Value::Object(pairs) => {
                let mut map = serializer.serialize_map(Some(pairs.len()))?;
                for (key, value) in pairs {
                    match value.as_array().filter(|_| on_one_line(key, value)) {
                        Some(items) => {
                            map.serialize_entry(key, &FlowSeq(items.iter().map(Styled).collect::<Vec<_>>()))?;
                        }
                        None => map.serialize_entry(key, &Styled(value))?,
                    }
                }
                map.end()
            }
            scalar => scalar.serialize(serializer),
        }
    }
}

/// Whether a list goes on one line: short intrinsics and lists of words do, so that a change is one line of a diff.
fn on_one_line(key: &str, value: &Value) -> bool {
    (key.starts_with("Fn::") && value.to_string().len() <= SHORT) || ["AllowedValues", "Action"].contains(&key)
}

/// Characters of JSON that fit on a line after their key.
const SHORT: usize = 90;
