//! Bounds on what a template becomes once aliases, loops, texts and policies are expanded: whatever is within them is
//! compared and drawn in seconds. They count values, bytes, levels and combinations, so a template is either always
//! compared or never.
//!
//! CloudFormation itself accepts 1 MB of text with 500 resources; every bound allows several times as much.

mod size;
mod known;
mod scale;

use serde_json::{Map, Value};

pub(crate) use size::{Budget, Size};

use known::Known;
use scale::Scale;

/// The most values in a template, and in what it expands to.
pub(crate) const MOST_VALUES: usize = 300_000;
/// The most bytes of text in a template, and in what it expands to.
pub(crate) const MOST_BYTES: usize = 8 << 20;
/// The most levels of a value. JSON's reader has the same bound.
pub(crate) const MOST_LEVELS: usize = 128;
/// The most resources, including those of loops, and the most entries of any other section.
pub(crate) const MOST_RESOURCES: usize = 5_000;
/// The most permissions: principals × actions × resources.
pub(crate) const MOST_PERMISSIONS: usize = 50_000;
/// The most pairs of permissions that are compared: the changed ones of a principal with all of the other side. A pair counts
/// once more for each 64 bytes of its words.
pub(crate) const MOST_PAIRS: usize = 20_000_000;
/// The most resources that are listed below changed settings, all together.
pub(crate) const MOST_LISTED: usize = 500_000;
/// Statements with more combinations than this are not split: nobody reads so many one by one.
pub(crate) const MOST_COMBINATIONS: usize = 4_096;

/// The most steps of the search for what is public: rules and values that are looked at, and pairs that are compared.
pub(crate) const MOST_STEPS: usize = 10_000_000;
/// The most alternatives of a lookup whose keys only the deployment knows.
pub(crate) const MOST_ALTERNATIVES: usize = 64;

/// The bound that a template exceeds, as a phrase that follows its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Excess {
    /// More than [`MOST_VALUES`].
    #[error("has more than 300,000 values once its aliases, loops and texts are expanded")]
    Values,
    /// More than [`MOST_BYTES`].
    #[error("has more than 8 MB of text once its aliases, loops and texts are expanded")]
    Bytes,
    /// More than [`MOST_LEVELS`].
    #[error("is nested more than 128 levels deep")]
    Levels,
    /// More than [`MOST_RESOURCES`].
    #[error("has more than 5,000 entries in a section once its loops and resources of SAM are expanded")]
    Resources,
    /// More than [`MOST_PERMISSIONS`].
    #[error("grants more than 50,000 permissions, counting every principal, action and resource")]
    Permissions,
    /// More than [`MOST_VALUES`] or [`MOST_BYTES`] behind its policies.
    #[error(
        "has policies and roles that become more than 300,000 values or 8 MB of text once their values are followed"
    )]
    Followed,
    /// More than [`MOST_STEPS`].
    #[error("changes too many rules, routes and settings that may be public to compare each with each")]
    Openings,
    /// More than [`MOST_PAIRS`].
    #[error("changes too many permissions of the same principals to compare each with each")]
    Pairs,
    /// More than [`MOST_LISTED`].
    #[error("changes too many settings on which too many resources depend to list them")]
    Dependents,
}

/// Checks a template whose loops are expanded. `resources` are its resources, before SAM's transform.
///
/// # Errors
/// See [`Excess`].
pub(crate) fn check(template: &Value, resources: &Map<String, Value>) -> Result<(), Excess> {
    if resources.len() > MOST_RESOURCES {
        return Err(Excess::Resources);
    }
    let mut scale = Scale::with(Known::new(template));
    for (key, resource) in resources {
        scale.add(Size::of_text(key))?;
        scale.weigh(resource)?;
    }
    for (section, value) in template.as_object().into_iter().flatten().filter(|(section, _)| *section != "Resources") {
        if value.as_object().is_some_and(|entries| entries.len() > MOST_RESOURCES) {
            return Err(Excess::Resources);
        }
        let before = scale.size;
        scale.weigh(value)?;
        if section == "Globals" {
            // They are copied into each resource of SAM.
            let own = Size { values: scale.size.values - before.values, bytes: scale.size.bytes - before.bytes };
            let of_sam =
                |resource: &&Value| resource["Type"].as_str().is_some_and(|kind| kind.contains("::Serverless::"));
            scale.add(own.times(resources.values().filter(of_sam).count()))?;
        }
    }
    Ok(())
}

/// Checks values that are not templates, such as the documents in Port.
///
/// # Errors
/// See [`Excess`].
pub(crate) fn check_documents<'a>(mut values: impl Iterator<Item = &'a Value>) -> Result<(), Excess> {
    let mut scale = Scale::default();
    values.try_for_each(|value| scale.weigh(value))
}

#[cfg(test)]
mod tests;
