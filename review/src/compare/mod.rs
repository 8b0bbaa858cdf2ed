//! What a pull request does to a deployed stack: two sides in, a [`Report`] out.
//!
//! ```text
//! template ─ sam ─ normal ─► Stack ─┬─ rename ─► ids ─┐
//!                                   ├─ compare, follow, risk ───► what becomes of resources
//!                                   ├─ grant, permission, cover ─► who may do more or less
//!                                   ├─ delivery, settings ──────► filters, brokers, parameters
//! plan.json, port/*.json ───────────┴─ meaning, documents ──────► what people and runs notice
//! ```

mod cover;
mod delivery;
mod follow;
mod grant;
mod permission;
pub(crate) mod port;
mod rename;
pub mod report;
mod resources;
mod risk;
mod settings;
pub(crate) mod tree;

use std::collections::BTreeMap;

use port::documents::{self, Documents};
use port::meaning;
use serde_json::Value;

use crate::template::stack::Stack;
use crate::template::{node, normal};
pub use report::Report;
use report::{Direction, Effect, Reason, Verdict};

/// Where two JSON documents differ, for whoever compares other things than templates.
pub fn differences(old: &Value, new: &Value) -> Vec<report::Change> {
    let found = tree::differences(&normal::document(old), &normal::document(new));
    found.iter().map(tree::Difference::to_change).collect()
}

/// One side of a comparison.
#[derive(Clone, Debug, Default)]
pub struct Side {
    /// What it is called, such as `main` or a path.
    pub name: String,
    /// The template.
    pub template: Value,
    /// `runner/plan.json` beside it.
    pub plan: Option<Value>,
    /// `port/*.json` beside it, by file name; None where there is no such folder.
    pub port: Option<BTreeMap<String, Value>>,
}

/// What becomes of a stack of `old` when `new` is deployed.
pub fn diff(old: &Side, new: &Side) -> Report {
    let (before, after) = (Stack::of(&old.template), Stack::of(&new.template));
    let renamed = rename::find(&before, &after);
    let mut notes = Vec::new();
    for (what, one, other) in [
        ("`runner/plan.json`", old.plan.is_some(), new.plan.is_some()),
        ("`port/`", old.port.is_some(), new.port.is_some()),
    ] {
        if one != other {
            let without = if one { &new.name } else { &old.name };
            notes.push(format!("there is no {what} beside {without}, so nothing is said of what it holds"));
        }
    }
    for (side, stack) in [(old, &before), (new, &after)] {
        let unknown = stack.resources.iter().filter(|(_, resource)| resource.kind.starts_with("Fn::"));
        notes.extend(unknown.map(|(id, _)| {
            format!(
                "what `{id}` of {} makes is known only when it is deployed, and is compared as it is written",
                side.name
            )
        }));
    }
    let plans = old.plan.as_ref().zip(new.plan.as_ref());
    let files = old.port.as_ref().zip(new.port.as_ref());
    let documents = files.map(|(old, new)| (Documents::of(old), Documents::of(new)));
    let documents = documents.as_ref().map(|(old, new)| (old, new));

    let mut resources = resources::resources(&before, &after, &renamed);
    if plans.is_some_and(|(old, new)| old != new) {
        package(&after, &before, &mut resources);
    }
    let nested = ["AWS::CloudFormation::Stack", "AWS::Serverless::Application"];
    let changed = resources.iter().filter(|one| nested.contains(&one.kind.as_str()) && one.effect != Effect::Deleted);
    notes.extend(changed.map(|one| format!("`{}` is a stack of its own: what it holds is not compared", one.id)));
    let permissions = permission::changes(&before, &after, &renamed);
    let mut verdict = count(&resources);
    verdict.widened = permissions.iter().any(|change| change.direction == Direction::Widened);
    verdict.narrowed = permissions.iter().any(|change| change.direction == Direction::Narrowed);
    Report {
        version: report::VERSION,
        old: old.name.clone(),
        new: new.name.clone(),
        verdict,
        meaning: meaning::meaning(plans, documents),
        resources,
        permissions,
        delivery: delivery::changes(&before, &after, &renamed),
        settings: settings::changes(&before, &after, &renamed),
        port: documents.map(|(old, new)| documents::changes(old, new)).unwrap_or_default(),
        notes,
    }
}

fn count(resources: &[report::ResourceChange]) -> Verdict {
    let mut verdict = Verdict::default();
    for resource in resources {
        match resource.effect {
            Effect::Added => verdict.added += 1,
            Effect::Changed => verdict.changed += 1,
            Effect::Released => verdict.released += 1,
            Effect::Renamed => verdict.renamed += 1,
            Effect::Replaced => verdict.replaced += 1,
            Effect::Deleted => verdict.deleted += 1,
            Effect::MayBeReplaced => {
                verdict.replaced += 1;
                verdict.maybe_replaced += 1;
            }
            Effect::MayBeDeleted => {
                verdict.deleted += 1;
                verdict.maybe_deleted += 1;
            }
        }
    }
    verdict
}

/// Where the function's package is built: the template says its folder, and the plan is a file in it.
const PACKAGE: &str = "runner/";

/// Another plan is another package, though the template says the same of it.
fn package(new: &Stack, old: &Stack, resources: &mut Vec<report::ResourceChange>) {
    for (id, function) in &new.resources {
        let code = function.property(&["CodeUri"]).map(node::Node::to_text);
        if code.as_deref() != Some(PACKAGE) || !old.resources.contains_key(id) {
            continue;
        }
        let text = "its package holds another `plan.json`".to_owned();
        let reason = Reason { pointer: "/Properties/CodeUri".to_owned(), text, follows: None };
        if let Some(known) = resources.iter_mut().find(|known| known.id == *id) {
            known.reasons.push(reason);
            continue;
        }
        resources.push(report::ResourceChange {
            id: id.clone(),
            old_id: None,
            kind: function.kind.clone(),
            made_of: None,
            effect: Effect::Changed,
            reasons: vec![reason],
            risk: None,
            changes: Vec::new(),
        });
    }
    resources.sort_by(|a, b| (b.effect, &a.id).cmp(&(a.effect, &b.id)));
}
