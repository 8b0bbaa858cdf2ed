//! What a pull request does to a deployed stack: two sides in, a [`Report`] out.
//!
//! ```text
//! template::Stack ─┬─ rename ─► ids
//!                  ├─ resources ─ difference, update, follow, risk ─► what becomes of resources
//!                  ├─ permission ─ grant, cover, flag ──────────────► who may do more or less
//!                  └─ delivery, settings ───────────────────────────► filters, brokers, parameters
//! plan.json ──────── package, port ─┬──────────────────────────────► what people and runs notice
//! port/*.json ───────────────────────┘
//! ```

pub mod report;
mod words;
mod difference;
mod rename;

mod update;
mod draft;
mod follow;
mod risk;
mod resources;
mod package;

mod permission;
mod delivery;
mod settings;
mod port;

use std::collections::BTreeMap;

use model::plan::Document;
use serde_json::Value;

use crate::template::stack::Stack;
pub use difference::differences;
use port::PortDocuments;
pub use report::Report;
use report::{ResourceEffect, Summary};

/// One side of a comparison.
#[derive(Clone, Debug, Default)]
pub struct Side {
    /// What it is called, such as `main` or a path.
    pub name: String,
    /// The template.
    pub template: Value,
    /// `runner/plan.json` beside it.
    pub plan: Option<Document>,
    /// `port/*.json` beside it, by file name; None where there is no such folder.
    pub port: Option<BTreeMap<String, Value>>,
}

/// Compares two sides: what becomes of a stack of `old` when `new` is deployed.
pub fn diff(old: &Side, new: &Side) -> Report {
    let (before, after) = (Stack::from_template(&old.template), Stack::from_template(&new.template));
    let renamed = rename::find(&before, &after);
    let plans = old.plan.as_ref().zip(new.plan.as_ref());
    let files = old.port.as_ref().zip(new.port.as_ref());
    let documents = files.map(|(old, new)| (PortDocuments::from_files(old), PortDocuments::from_files(new)));
    let documents = documents.as_ref().map(|(old, new)| (old, new));

    let mut resources = resources::changes(&before, &after, &renamed);
    if plans.is_some_and(|(old, new)| old != new) {
        package::changed(&before, &after, &mut resources);
    }
    let permissions = permission::changes(&before, &after, &renamed);
    let mut notes = missing(old, new);
    notes.extend(unknown(old, &before));
    notes.extend(unknown(new, &after));
    notes.extend(nested(&resources));
    Report {
        version: report::VERSION,
        old: old.name.clone(),
        new: new.name.clone(),
        summary: Summary::new(&resources, &permissions),
        consequences: port::consequences(plans, documents),
        resources,
        permissions,
        delivery: delivery::changes(&before, &after, &renamed),
        settings: settings::changes(&before, &after, &renamed),
        port: documents.map(|(old, new)| port::changes(old, new)).unwrap_or_default(),
        notes,
    }
}

/// Notes what only one side has beside its template.
fn missing(old: &Side, new: &Side) -> Vec<String> {
    let mut notes = Vec::new();
    for (what, old_has_it, new_has_it) in [
        ("`runner/plan.json`", old.plan.is_some(), new.plan.is_some()),
        ("`port/`", old.port.is_some(), new.port.is_some()),
    ] {
        if old_has_it != new_has_it {
            let without = if old_has_it { &new.name } else { &old.name };
            notes.push(format!("there is no {what} beside {without}, so nothing is said of what it holds"));
        }
    }
    notes
}

/// Notes the resources of which the template does not say what they are.
fn unknown(side: &Side, stack: &Stack) -> Vec<String> {
    let unknown = stack.resources.iter().filter(|(_, resource)| resource.resource_type.starts_with("Fn::"));
    let note = |id: &String| {
        format!(
            "what `{id}` of {} makes is known only when it is deployed, and is compared as it is written",
            side.name
        )
    };
    unknown.map(|(id, _)| note(id)).collect()
}

/// Notes the resources that are stacks themselves.
fn nested(resources: &[report::ResourceChange]) -> Vec<String> {
    let types = ["AWS::CloudFormation::Stack", "AWS::Serverless::Application"];
    let nested = resources.iter().filter(|resource| {
        types.contains(&resource.resource_type.as_str()) && resource.effect != ResourceEffect::Deleted
    });
    nested.map(|resource| format!("`{}` is a stack of its own: what it holds is not compared", resource.id)).collect()
}
