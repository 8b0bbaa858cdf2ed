//! Changes outside `Resources`: parameters, conditions, mappings, outputs.

use std::collections::{BTreeMap, BTreeSet};

use super::difference::{self, Difference};
use super::report::{ChangeKind, SettingChange};
use crate::template::node::{Dependency, Node};
use crate::template::stack::Stack;

/// Returns the changes, by section and name.
pub(super) fn changes(old: &Stack, new: &Stack, renamed: &BTreeMap<String, String>) -> Vec<SettingChange> {
    let none = BTreeMap::new();
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
            let side = if kind == ChangeKind::Removed { old } else { new };
            changes.push(SettingChange {
                section: section.clone(),
                name: name.clone(),
                kind,
                text: text(section, name, before.as_ref(), after),
                reaches: reaches(side, section, name),
                changes: differences.iter().map(Difference::to_change).collect(),
            });
        }
    }
    changes
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

/// Returns the resources that depend on a setting.
fn reaches(stack: &Stack, section: &str, name: &str) -> Vec<String> {
    if section == "Globals" {
        let of_type = stack.resources.iter().filter(|(_, resource)| {
            resource.resource_type.strip_prefix("AWS::Serverless::").is_some_and(|kind| kind == name)
        });
        return of_type.map(|(id, _)| id.clone()).collect();
    }
    let dependency = match section {
        "Parameters" => Dependency::Name(name),
        "Conditions" => Dependency::Condition(name),
        "Mappings" => Dependency::Mapping(name),
        _ => return Vec::new(),
    };
    let mut through = BTreeSet::from([dependency]);
    stack.close_over_conditions(&mut through);
    let reached = stack.resources.iter().filter(|(_, resource)| !resource.dependencies().is_disjoint(&through));
    reached.map(|(id, _)| id.clone()).collect()
}
