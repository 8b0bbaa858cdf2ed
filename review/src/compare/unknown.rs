//! Notes what was not compared, because only the deployment shows it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Side;
use super::permission::{is_elsewhere, is_foreign_macro};
use super::report::{Grant, PermissionChange, ResourceChange, ResourceEffect};
use crate::template::stack::{DeployedResource, Stack};

/// Returns a note for each thing that is known only at deployment and has to do with a change.
pub(super) fn notes(
    (old, before): (&Side, &Stack),
    (new, after): (&Side, &Stack),
    resources: &[ResourceChange],
    permissions: &[PermissionChange],
) -> Vec<String> {
    let mut notes = generated(old, before);
    notes.extend(generated(new, after));
    if old.template != new.template {
        let macros: BTreeSet<String> = macros(&old.template).into_iter().chain(macros(&new.template)).collect();
        notes.extend(macros.iter().map(|name| {
            format!("what the macro `{name}` makes of this template is known only at deployment, so the template was compared as written")
        }));
    }
    for change in resources.iter().filter(|change| change.effect != ResourceEffect::Deleted) {
        notes.extend(contents(&change.id, &change.resource_type));
        notes.extend(after.resources.get(&change.id).into_iter().flat_map(|resource| files(&change.id, resource)));
    }
    let mut documents = BTreeSet::new();
    for change in permissions {
        match change.effect {
            Grant::ManagedPolicy => documents.insert(format!(
                "the statements of managed policy `{}` are not in this template, so they were not compared",
                change.action
            )),
            Grant::Unknown if change.principal != "Transform" && !is_elsewhere(&change.action) => {
                documents.insert(format!(
                    "what `{}` in `{}` allows or denies is known only at deployment, so it was compared as written",
                    change.action, change.at
                ))
            }
            _ => continue,
        };
    }
    notes.extend(documents);
    notes
}

/// Notes the entries of `Resources` that are intrinsics, so that their resources are unknown.
fn generated(side: &Side, stack: &Stack) -> Vec<String> {
    let unknown = stack.resources.iter().filter(|(_, resource)| resource.resource_type.starts_with("Fn::"));
    let note = |id: &String| {
        format!("what `{id}` in {} generates is known only at deployment, so it was compared as written", side.name)
    };
    unknown.map(|(id, _)| note(id)).collect()
}

/// Returns the macros of a template, apart from AWS's own whose effect is known.
fn macros(template: &Value) -> Vec<String> {
    let name = |transform: &Value| transform.get("Name").unwrap_or(transform).clone();
    let names: Vec<Value> = match template.get("Transform") {
        Some(Value::Array(items)) => items.iter().map(name).collect(),
        Some(single) => vec![name(single)],
        None => Vec::new(),
    };
    let text = |name: &Value| name.as_str().map_or_else(|| name.to_string(), str::to_owned);
    names.iter().filter(|name| is_foreign_macro(name)).map(text).collect()
}

/// Notes a resource that has its contents elsewhere.
fn contents(id: &str, resource_type: &str) -> Option<String> {
    let what = match resource_type {
        "AWS::CloudFormation::Stack" | "AWS::Serverless::Application" => "a nested stack",
        "AWS::CloudFormation::StackSet" => "a stack set",
        "AWS::ServiceCatalog::CloudFormationProvisionedProduct" => "a provisioned product",
        kind if kind.ends_with("::MODULE") => "a module",
        _ => return None,
    };
    debug_assert!(is_elsewhere(resource_type));
    Some(format!("`{id}` is {what}: its contents were not compared"))
}

/// Properties that name a file with a part of the resource.
const FILES: [&str; 4] = ["BodyS3Location", "DefinitionS3Location", "DefinitionUri", "SchemaUri"];

/// Notes the files that a resource refers to.
fn files(id: &str, resource: &DeployedResource) -> Vec<String> {
    let named = FILES.iter().filter(|key| resource.written.contains_key(**key));
    named.map(|key| format!("the file in `{key}` of `{id}` was not compared")).collect()
}
