//! Changes outside `Resources`: parameters, conditions, mappings, outputs.

use std::collections::{BTreeMap, BTreeSet};

use super::difference::{self, Difference};
use super::report::{ChangeKind, SettingChange};
use crate::template::limit::{Excess, MOST_LISTED};
use crate::template::node::{Dependency, Node};
use crate::template::stack::{ConditionUsers, Stack};

/// Returns the changes, by section and name.
///
/// # Errors
/// If more resources depend on them than can be listed.
pub(super) fn changes(
    old: &Stack,
    new: &Stack,
    renamed: &BTreeMap<String, String>,
) -> Result<Vec<SettingChange>, Excess> {
    let none = BTreeMap::new();
    let (of_old, of_new) = (Dependents::new(old), Dependents::new(new));
    let mut listed = 0;
    let sections: BTreeSet<&String> = old.sections.keys().chain(new.sections.keys()).collect();
    let mut changes = Vec::new();
    // `Metadata` is for tools and is not deployed.
    for section in sections.into_iter().filter(|section| *section != "Metadata") {
        let (before, after) = (old.sections.get(section).unwrap_or(&none), new.sections.get(section).unwrap_or(&none));
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for name in names {
            let before = before.get(name).map(|node| node.renamed(renamed));
            let after = after.get(name);
            if before.as_ref() == after {
                continue;
            }
            let kind = match (&before, after) {
                (None, _) => ChangeKind::Added,
                (_, None) => ChangeKind::Removed,
                _ => ChangeKind::Changed,
            };
            let differences = match (&before, after) {
                (Some(before), Some(after)) => difference::between(before, after),
                (before, after) => vec![Difference { path: Vec::new(), old: before.clone(), new: after.cloned() }],
            };
            let reaches = if kind == ChangeKind::Removed { &of_old } else { &of_new }.of(section, name);
            listed += reaches.len();
            if listed > MOST_LISTED {
                return Err(Excess::Dependents);
            }
            changes.push(SettingChange {
                section: section.clone(),
                name: name.clone(),
                kind,
                text: text(section, name, before.as_ref(), after),
                reaches,
                changes: differences.iter().map(Difference::to_change).collect(),
            });
        }
    }
    Ok(changes)
}

/// Explains what a change means for the deployment.
fn text(section: &str, name: &str, old: Option<&Node>, new: Option<&Node>) -> String {
    let default = |node: Option<&Node>| node.and_then(|node| node.member("Default")).cloned();
    match (section, old, new) {
        ("Parameters", None, Some(new)) if new.member("Default").is_none() => {
            format!("parameter `{name}` is new and has no default: set it when you deploy")
        }
        ("Parameters", None, Some(_)) => format!("parameter `{name}` is new"),
        ("Parameters", Some(_), None) => {
            format!("parameter `{name}` is removed: a deployment that still sets it fails")
        }
        ("Parameters", Some(old), Some(new)) => match (default(Some(old)), default(Some(new))) {
            (before, after) if before == after => {
                format!("parameter `{name}` changed, but not its default")
            }
            (Some(_), None) => format!("parameter `{name}` no longer has a default: set it when you create a stack"),
            (before, Some(after)) => {
                let before = before.map_or_else(|| "unset".to_owned(), |before| format!("`{}`", before.to_text()));
                format!(
                    "the default of parameter `{name}` changed from {before} to `{}`: new stacks use the new value; a deployed \
                     stack may keep its current one",
                    after.to_text()
                )
            }
            (None, None) => String::new(),
        },
        ("Conditions", Some(_), Some(_)) => {
            format!("condition `{name}` changed: resources that depend on it may be created or deleted")
        }
        _ => String::new(),
    }
}

/// The resources of a template by what they depend on.
struct Dependents<'a> {
    conditions: ConditionUsers<'a>,
    resources: BTreeMap<Dependency<'a>, Vec<&'a String>>,
    /// The resources of SAM, by the part of their type that `Globals` names.
    of_sam: BTreeMap<&'a str, Vec<&'a String>>,
}

impl<'a> Dependents<'a> {
    fn new(stack: &'a Stack) -> Self {
        let mut resources: BTreeMap<Dependency<'_>, Vec<&String>> = BTreeMap::new();
        let mut of_sam: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
        for (id, resource) in &stack.resources {
            if let Some(kind) = resource.resource_type.strip_prefix("AWS::Serverless::") {
                of_sam.entry(kind).or_default().push(id);
            }
            for dependency in resource.dependencies() {
                resources.entry(dependency).or_default().push(id);
            }
        }
        Self { conditions: stack.condition_users(), resources, of_sam }
    }

    /// Returns the resources that depend on a setting, directly or through conditions.
    fn of(&self, section: &str, name: &str) -> Vec<String> {
        let dependency = match section {
            "Globals" => return self.of_sam.get(name).into_iter().flatten().map(|id| (*id).clone()).collect(),
            "Parameters" => Dependency::Name(name),
            "Conditions" => Dependency::Condition(name),
            "Mappings" => Dependency::Mapping(name),
            _ => return Vec::new(),
        };
        let mut through = BTreeSet::from([dependency]);
        self.conditions.close_over(&mut through);
        let reached: BTreeSet<&String> =
            through.iter().filter_map(|dependency| self.resources.get(dependency)).flatten().copied().collect();
        reached.into_iter().cloned().collect()
    }
}
