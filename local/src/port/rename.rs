//! What refers to a blueprint, an action or an entity, and follows it when it gets another identifier.
//!
//! Port documents that an identifier can be changed, not what follows. Here it is everything that would otherwise refer
//! to nothing, except what a person's templates say.

use std::collections::BTreeSet;

use serde_json::Value;

use super::answer::Object;
use super::documents::PortDocument;
use super::state::State;

/// Lets everything that refers to a blueprint follow it.
pub(super) fn blueprint(state: &mut State, old: &str, new: &str) {
    documents(state, PortDocument::Blueprint, |document| in_blueprint(document, old, new));
    documents(state, PortDocument::Action, |action| {
        in_part(action, "trigger", &["blueprintIdentifier", "blueprint"], old, new);
        in_part(action, "userInputs", &["blueprint"], old, new);
        in_key(action, "blueprint", old, new);
        if let Some(Value::Object(method)) = action.get_mut("invocationMethod") {
            in_key(method, "blueprintIdentifier", old, new);
        }
    });
    documents(state, PortDocument::Workflow, |workflow| {
        in_part(workflow, "nodes", &["blueprintIdentifier", "blueprint"], old, new);
    });
    documents(state, PortDocument::Page, |page| {
        in_key(page, "blueprint", old, new);
        in_part(page, "widgets", &["blueprint"], old, new);
    });
    entities(state, |entity| in_key(entity, "blueprint", old, new));
    runs(state, |run| in_subject(run, "blueprint", old, new));
}

/// Lets a blueprint's own relations and aggregations follow a blueprint.
pub(super) fn in_blueprint(document: &mut Object, old: &str, new: &str) {
    for key in ["relations", "aggregationProperties"] {
        for (_, value) in document.get_mut(key).and_then(Value::as_object_mut).into_iter().flatten() {
            if let Some(value) = value.as_object_mut() {
                in_key(value, "target", old, new);
            }
        }
    }
}

/// Lets everything that refers to an action follow it.
pub(super) fn action(state: &mut State, old: &str, new: &str) {
    documents(state, PortDocument::Action, |action| {
        in_part(action, "trigger", &["actionIdentifier"], old, new);
    });
    runs(state, |run| in_subject(run, "action", old, new));
    if let Some(script) = state.scripts.remove(old) {
        state.scripts.insert(new.to_owned(), script);
    }
}

/// Lets everything that refers to an entity of a blueprint follow it.
pub(super) fn entity(state: &mut State, blueprint: &str, old: &str, new: &str) {
    let mut relations = BTreeSet::new();
    for document in state.documents.all(PortDocument::Blueprint) {
        let declared = document.get("relations").and_then(Value::as_object).into_iter().flatten();
        let there = declared.filter(|(_, relation)| relation.get("target").and_then(Value::as_str) == Some(blueprint));
        let of = PortDocument::Blueprint.identifier(document).unwrap_or_default();
        relations.extend(there.map(|(name, _)| (of.to_owned(), name.clone())));
    }
    entities(state, |entity| {
        let of = entity.get("blueprint").and_then(Value::as_str).unwrap_or_default().to_owned();
        for (name, value) in entity.get_mut("relations").and_then(Value::as_object_mut).into_iter().flatten() {
            if relations.contains(&(of.clone(), name.clone())) {
                in_reference(value, old, new);
            }
        }
    });
    runs(state, |run| {
        let of = run.get("blueprint").and_then(|subject| subject.get("identifier")).and_then(Value::as_str);
        if of == Some(blueprint) {
            in_subject(run, "entity", old, new);
        }
    });
}

/// Changes the documents of a kind, and reports those that are different afterwards.
fn documents(state: &mut State, kind: PortDocument, change: impl Fn(&mut Object)) {
    let changed: Vec<(Object, Object)> = state.documents.all(kind).filter_map(|one| changed(one, &change)).collect();
    for (before, after) in changed {
        state.put(kind, Some(&before), Some(after));
    }
}

/// Changes the entities, and reports those that are different afterwards.
fn entities(state: &mut State, change: impl Fn(&mut Object)) {
    let changed: Vec<(Object, Object)> = state.entities.values().filter_map(|one| changed(one, &change)).collect();
    for (before, after) in changed {
        state.put_entity(Some(&before), Some(after), None);
    }
}

/// Changes the runs, and reports those that are different afterwards.
fn runs(state: &mut State, change: impl Fn(&mut Object)) {
    let ids: Vec<String> = state.runs.keys().cloned().collect();
    for id in ids {
        // The run exists, and the change refuses nothing.
        let _ = state.change_run(&id, |run| {
            change(&mut run.document);
            Ok(())
        });
    }
}

/// Returns a document before and after a change; `None` if it is the same.
fn changed(document: &Object, change: impl Fn(&mut Object)) -> Option<(Object, Object)> {
    let mut after = document.clone();
    change(&mut after);
    (after != *document).then(|| (document.clone(), after))
}

/// Replaces the identifier in what a run says about its action, blueprint or entity.
fn in_subject(run: &mut Object, subject: &str, old: &str, new: &str) {
    if let Some(Value::Object(subject)) = run.get_mut(subject) {
        in_key(subject, "identifier", old, new);
    }
}

fn in_key(document: &mut Object, key: &str, old: &str, new: &str) {
    if let Some(value) = document.get_mut(key) {
        in_reference(value, old, new);
    }
}

/// Replaces an identifier, or one of several.
fn in_reference(value: &mut Value, old: &str, new: &str) {
    match value {
        Value::String(text) if text == old => new.clone_into(text),
        Value::Array(items) => items.iter_mut().for_each(|item| in_reference(item, old, new)),
        _ => {}
    }
}

/// Replaces the identifier at these keys anywhere in a part of a document.
fn in_part(document: &mut Object, part: &str, keys: &[&str], old: &str, new: &str) {
    if let Some(part) = document.get_mut(part) {
        in_value(part, keys, old, new);
    }
}

fn in_value(value: &mut Value, keys: &[&str], old: &str, new: &str) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if keys.contains(&key.as_str()) {
                    in_reference(value, old, new);
                }
                in_value(value, keys, old, new);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| in_value(item, keys, old, new)),
        _ => {}
    }
}
