//! Changes to what runs do, from the function's plan.

use std::collections::{BTreeMap, BTreeSet};

use model::plan::{ActionDocument, Document, EntityTemplate, LoggedRuns};
use serde::Serialize;
use serde_json::Value;

use super::consequence::{About, Consequences};
use super::json::both;
use crate::compare::report::{ChangeKind, Subject};
use crate::compare::words::{list, value};

/// Adds the changes for all runs, and for the runs of each action. Runs of actions in `elsewhere` do not need the function.
pub(super) fn changes(old: &Document, new: &Document, elsewhere: &BTreeSet<&str>, found: &mut Consequences) {
    function(old, new, found);
    for (name, before, after) in both(&by_name(old), &by_name(new)) {
        let blueprint = after.or(before).map_or("", |action| &action.blueprint);
        let about = About { subject: Subject::Action, blueprint, action: Some(name) };
        match (before, after) {
            (None, Some(after)) => {
                let code = if after.code { ", which runs your own code for them" } else { "" };
                let text = format!("action `{name}` ({}) added: its runs now reach the function{code}", kind(after));
                found.add(about, None, ChangeKind::Added, text);
            }
            (Some(before), None) => {
                let end = if elsewhere.contains(name) { "" } else { ", so they stay in progress in Port" };
                let text =
                    format!("action `{name}` ({}) removed: its runs no longer reach the function{end}", kind(before));
                found.add(about, None, ChangeKind::Removed, text);
            }
            (Some(before), Some(after)) => {
                if kind(before) != kind(after) {
                    let text = format!("action `{name}` is now {} instead of {}", kind(after), kind(before));
                    found.add(about, None, ChangeKind::Changed, text);
                }
                code(about, name, before.code, after.code, found);
                aliases(about, name, before, after, found);
                entity(About { subject: Subject::Mapping, ..about }, name, &before.entity, &after.entity, found);
            }
            (None, None) => {}
        }
    }
}

/// Returns the actions of a plan by identifier.
fn by_name(plan: &Document) -> BTreeMap<&str, &ActionDocument> {
    plan.actions.iter().map(|action| (action.action.as_str(), action)).collect()
}

/// Adds changes to settings that apply to all runs.
fn function(old: &Document, new: &Document, found: &mut Consequences) {
    let about = About { subject: Subject::Function, blueprint: "", action: None };
    let mut compare = |key, words, before: Option<Value>, after: Option<Value>| {
        if let Some(after) = after
            && before.as_ref() != Some(&after)
        {
            let text = match &before {
                Some(before) => format!("{words} changed from {} to {}", value(before), value(&after)),
                None => format!("{words} is now {}; it was not set before", value(&after)),
            };
            found.add(about, Some(key), ChangeKind::Changed, text);
        }
    };
    let (before, after) = (json(old.signatures), json(new.signatures));
    compare("signatures", "the verification of signatures", before, after);
    let (before, after) = (json(old.replay_window), json(new.replay_window));
    compare("replayWindow", "the replay window of signatures, in seconds,", before, after);
    let (before, after) = (json(old.concurrency), json(new.concurrency));
    compare("concurrency", "the number of concurrent runs in a batch", before, after);
    // A plan leaves out the default.
    let run_log = |plan: &Document| json(plan.run_log).filter(|_| plan.run_log != LoggedRuns::default());
    compare("runLog", "the choice of runs that get a log line in Port", run_log(old), run_log(new));
    let (before, after) = (json(old.partial_batch_response), json(new.partial_batch_response));
    compare("partialBatchResponse", "the use of partial batch responses", before, after);
}

/// Returns a setting as in the plan.
fn json(setting: impl Serialize) -> Option<Value> {
    serde_json::to_value(setting).ok()
}

fn kind(action: &ActionDocument) -> String {
    format!("{} on `{}`", action.operation, action.blueprint)
}

/// Adds that the work of an action became a team's own code, or no longer is.
fn code(about: About<'_>, name: &str, old: bool, new: bool, found: &mut Consequences) {
    let (kind, text) = match (old, new) {
        (false, true) => (
            ChangeKind::Added,
            format!("runs of `{name}` now run your own code first; a function without it does not start"),
        ),
        (true, false) => (
            ChangeKind::Removed,
            format!("runs of `{name}` no longer run your own code; a function that still has it does not start"),
        ),
        _ => return,
    };
    found.add(about, Some("code"), kind, text);
}

/// Adds changes to the aliases by which messages refer to an action.
fn aliases(about: About<'_>, name: &str, old: &ActionDocument, new: &ActionDocument, found: &mut Consequences) {
    let (old, new): (BTreeSet<&String>, BTreeSet<&String>) =
        (old.aliases.iter().collect(), new.aliases.iter().collect());
    let (more, fewer) = (list(new.difference(&old)), list(old.difference(&new)));
    if !more.is_empty() {
        let text = format!("messages that refer to `{name}` as {more} now reach the function too");
        found.add(about, Some("aliases"), ChangeKind::Changed, text);
    }
    if !fewer.is_empty() {
        let text = format!("messages that refer to `{name}` as {fewer} no longer reach the function");
        found.add(about, Some("without"), ChangeKind::Changed, text);
    }
}

/// Adds changes to the entity that runs of an action write.
fn entity(about: About<'_>, name: &str, old: &EntityTemplate, new: &EntityTemplate, found: &mut Consequences) {
    let (old, new) = (fields(old), fields(new));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for field in names {
        let (kind, text) = match (old.get(field), new.get(field)) {
            (Some(old), Some(new)) if old == new => continue,
            (Some(old), Some(new)) => (
                ChangeKind::Changed,
                format!("runs of `{name}` set {field} to {} instead of {}", value(new), value(old)),
            ),
            (None, Some(new)) => (ChangeKind::Added, format!("runs of `{name}` also set {field} to {}", value(new))),
            (Some(old), None) => {
                (ChangeKind::Removed, format!("runs of `{name}` no longer set {field} (was {})", value(old)))
            }
            (None, None) => continue,
        };
        found.add(about, Some(field), kind, text);
    }
}

/// Returns the values that a run writes, by a description of the field.
fn fields(entity: &EntityTemplate) -> BTreeMap<String, &Value> {
    let own =
        [("identifier", &entity.identifier), ("title", &entity.title), ("icon", &entity.icon), ("team", &entity.team)];
    let own = own.into_iter().filter(|(_, value)| !value.is_null());
    let own = own.map(|(key, value)| (format!("the entity's {key}"), value));
    let properties = entity.properties.iter().map(|(key, value)| (format!("property `{key}`"), value));
    let relations = entity.relations.iter().map(|(key, value)| (format!("relation `{key}`"), value));
    own.chain(properties).chain(relations).collect()
}
