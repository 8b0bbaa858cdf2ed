//! Rules across the blueprints and actions of the input: names that are taken, unknown or ambiguous.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::cursor::Cursor;
use crate::document::DocumentKind;
use crate::entry::{Alone, Entry};
use crate::finding::{Findings, Place};
use crate::wording::nearest;

/// Checks the rules that need all documents.
pub(crate) fn across<'a>(entries: impl Iterator<Item = &'a Entry>, findings: &mut Findings) {
    let entries: Vec<&Entry> = entries.collect();
    unique_blueprints(&entries, findings);
    unique_actions(&entries, findings);
    known(&entries, findings);
}

/// Refuses actions in files of their own, for commands that need an action's blueprint too.
pub fn refuse_alone<'a>(alone: impl Iterator<Item = &'a Alone>, findings: &mut Findings) {
    for alone in alone {
        let action = &alone.identifier;
        let (message, help) = match &alone.blueprint {
            Some(named) => (
                format!("action `{action}` is not in the file of its blueprint `{named}`"),
                format!("move it to `actions` of `{named}`, or put both in one list"),
            ),
            None => (
                format!("action `{action}` is not in a blueprint's file, and does not name its blueprint"),
                "move it to `actions` in its blueprint's file".to_owned(),
            ),
        };
        findings.error(alone.file, at_identifier(alone), "action-alone", message).help(help);
    }
}

/// Refuses actions that messages cannot distinguish: a message names its action and its blueprint. `names` contains the
/// names in messages of actions with a custom payload, by the action's identifier.
pub fn unambiguous<'a>(
    entries: impl Iterator<Item = &'a Entry>,
    names: &BTreeMap<String, String>,
    findings: &mut Findings,
) {
    let mut routes = BTreeMap::new();
    for entry in entries {
        for (pointers, action) in entry.actions.iter().filter(|(_, action)| action.kafka) {
            let known_as = [Some(&action.identifier), action.alias.as_ref(), names.get(&action.identifier)];
            for name in known_as.into_iter().flatten() {
                let route = (name.as_str(), action.blueprint.as_str());
                let other = routes.insert(route, &action.identifier).filter(|other| **other != action.identifier);
                if let Some(other) = other {
                    let message = format!(
                        "this action and `{other}` of blueprint `{}` are both called `{name}` in messages",
                        action.blueprint
                    );
                    findings
                        .error(entry.file, identifier(&pointers.action), "ambiguous-name", message)
                        .help("rename one of them");
                }
            }
        }
    }
}

/// Checks that no two blueprints have the same identifier, by which Port knows them.
fn unique_blueprints(entries: &[&Entry], findings: &mut Findings) {
    let mut places = BTreeMap::new();
    for entry in entries {
        let name = entry.blueprint.identifier.as_str();
        if let Some((first, at)) = places.insert(name, (entry.file, &entry.pointer)) {
            let message = if first == entry.file {
                format!("duplicate blueprint `{name}`")
            } else {
                format!("blueprint `{name}` is defined in two files")
            };
            findings
                .error(entry.file, identifier(&entry.pointer), "duplicate-identifier", message)
                .also(first, identifier(at), "first here")
                .help("rename one of them");
        }
    }
}

/// Checks that no two actions have the same identifier, by which Port knows them whatever their blueprint.
fn unique_actions(entries: &[&Entry], findings: &mut Findings) {
    let mut places = BTreeMap::new();
    for entry in entries {
        for (pointers, action) in &entry.actions {
            let name = action.identifier.as_str();
            if let Some((first, at)) = places.insert(name, (entry.file, &pointers.action)) {
                findings
                    .error(
                        entry.file,
                        identifier(&pointers.action),
                        "duplicate-identifier",
                        format!("duplicate action `{name}`; action identifiers must be unique in a Port organisation"),
                    )
                    .also(first, identifier(at), "first here")
                    .help("rename one of them");
            }
        }
    }
}

/// Returns the place of an action that is alone: its file if it is the only document there.
fn at_identifier(alone: &Alone) -> Place {
    if alone.pointer.is_empty() { Place::File } else { identifier(&alone.pointer) }
}

fn identifier(pointer: &str) -> Place {
    Place::Value(format!("{pointer}/identifier"))
}

/// Checks the blueprints that input files refer to. One that is not in the input may exist in Port, so it is a warning.
fn known(entries: &[&Entry], findings: &mut Findings) {
    let documents: BTreeMap<&str, &Value> =
        entries.iter().map(|entry| (entry.blueprint.identifier.as_str(), &entry.blueprint.document)).collect();
    let known: Vec<&str> = documents.keys().copied().collect();
    for entry in entries.iter().filter(|entry| entry.kind == DocumentKind::InputFile) {
        let root = Cursor::root(entry.file, entry.pointer.clone(), &entry.blueprint.document);
        for group in ["relations", "aggregationProperties"] {
            for (_, pointing) in root.get(group).iter().flat_map(Cursor::pairs) {
                target(&pointing, &known, &documents, findings);
            }
        }
        for (_, mirror) in root.get("mirrorProperties").iter().flat_map(Cursor::pairs) {
            path(&mirror, entry, &documents, findings);
        }
    }
}

fn target(pointing: &Cursor<'_>, known: &[&str], documents: &BTreeMap<&str, &Value>, findings: &mut Findings) {
    let (Some(target), Some(node)) = (pointing.text("target"), pointing.get("target")) else { return };
    // `_user` and `_team` are Port's own.
    if target.starts_with('_') || documents.contains_key(target) {
        return;
    }
    let message = format!("no input file defines blueprint `{target}`");
    let finding = findings.warning(node.file, node.place(), "unknown-target", message);
    match nearest(target, known) {
        Some(word) => finding.help(format!("did you mean `{word}`? Otherwise it must exist in Port")),
        None => finding
            .help("add an input file for it, or make sure that the blueprint exists in Port before `synth port apply`"),
    }
}

/// Follows a path from blueprint to blueprint. Its first relation is checked with the blueprint itself.
fn path(mirror: &Cursor<'_>, entry: &Entry, documents: &BTreeMap<&str, &Value>, findings: &mut Findings) {
    let (Some(path), Some(node)) = (mirror.text("path"), mirror.get("path")) else { return };
    let tokens: Vec<&str> = path.split('.').collect();
    let [relations @ .., property] = tokens.as_slice() else { return };
    let mut at = &entry.blueprint.document;
    let mut name = entry.blueprint.identifier.as_str();
    for (step, relation) in relations.iter().enumerate() {
        let target = at.get("relations").and_then(|all| all.get(relation)?.get("target")?.as_str());
        let Some(target) = target else {
            if step > 0 && !relation.starts_with('$') {
                let message = format!("blueprint `{name}` on this path has no relation `{relation}`");
                findings.warning(node.file, node.place(), "unknown-relation", message);
            }
            return;
        };
        let Some(next) = documents.get(target) else { return };
        (at, name) = (next, target);
    }
    let groups = ["/schema/properties", "/mirrorProperties", "/calculationProperties", "/aggregationProperties"];
    let maps = || groups.iter().filter_map(|group| at.pointer(group)?.as_object());
    if property.starts_with('$') || maps().any(|map| map.contains_key(*property)) {
        return;
    }
    let known: Vec<&str> = maps().flat_map(|map| map.keys().map(String::as_str)).collect();
    let message = format!("blueprint `{name}` at the end of this path has no property `{property}`");
    let finding = findings.warning(node.file, node.place(), "unknown-property", message);
    if let Some(word) = nearest(property, &known) {
        finding.help(format!("did you mean `{word}`?"));
    }
}
