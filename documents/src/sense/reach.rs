//! What blueprints say of each other, as far as the input has them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::catalog::{Catalog, Entry};
use crate::document::{Kind, Node, nearest};
use crate::finding::Findings;

/// Checks what input files say of other blueprints. One that is not in the input may live in Port, so it is a warning.
pub(crate) fn reach(catalog: &Catalog, findings: &mut Findings) {
    let documents: BTreeMap<&str, &Value> =
        catalog.entries().map(|entry| (entry.blueprint.identifier.as_str(), &entry.blueprint.document)).collect();
    let known: Vec<&str> = documents.keys().copied().collect();
    for entry in catalog.entries().filter(|entry| entry.kind == Kind::InputFile) {
        let root = Node::root(entry.file, &entry.blueprint.document);
        for group in ["relations", "aggregationProperties"] {
            for (_, pointing) in root.get(group).iter().flat_map(Node::pairs) {
                target(&pointing, &known, findings);
            }
        }
        for (_, mirror) in root.get("mirrorProperties").iter().flat_map(Node::pairs) {
            path(&mirror, entry, &documents, findings);
        }
    }
}

fn target(pointing: &Node<'_>, known: &[&str], findings: &mut Findings) {
    let (Some(target), Some(node)) = (pointing.text("target"), pointing.get("target")) else { return };
    // `_user` and `_team` are Port's own.
    if target.starts_with('_') || known.contains(&target) {
        return;
    }
    let message = format!("blueprint `{target}` is not among the input");
    let finding = findings.warning(node.file, node.place(), "unknown-target", message);
    match nearest(target, known) {
        Some(word) => finding.help(format!("did you mean `{word}`? Otherwise it must be in Port")),
        None => finding.help("it must be in Port before this is published"),
    }
}

/// Follows a path from blueprint to blueprint. Its first relation is looked at with the blueprint itself.
fn path(mirror: &Node<'_>, entry: &Entry, documents: &BTreeMap<&str, &Value>, findings: &mut Findings) {
    let (Some(path), Some(node)) = (mirror.text("path"), mirror.get("path")) else { return };
    let tokens: Vec<&str> = path.split('.').collect();
    let [relations @ .., property] = tokens.as_slice() else { return };
    let mut at = &entry.blueprint.document;
    let mut name = entry.blueprint.identifier.as_str();
    for (step, relation) in relations.iter().enumerate() {
        let target = at.get("relations").and_then(|all| all.get(relation)?.get("target")?.as_str());
        let Some(target) = target else {
            if step > 0 && !relation.starts_with('$') {
                let message = format!("blueprint `{name}` has no relation `{relation}` for the path to follow");
                findings.warning(node.file, node.place(), "unknown-relation", message);
            }
            return;
        };
        let Some(next) = documents.get(target) else { return };
        (at, name) = (next, target);
    }
    let groups = ["/schema/properties", "/mirrorProperties", "/calculationProperties", "/aggregationProperties"];
    let known: Vec<&str> = groups
        .iter()
        .filter_map(|group| at.pointer(group)?.as_object())
        .flat_map(|map| map.keys().map(String::as_str))
        .collect();
    if property.starts_with('$') || known.contains(property) {
        return;
    }
    let message = format!("blueprint `{name}` has no property `{property}` to mirror");
    let finding = findings.warning(node.file, node.place(), "unknown-property", message);
    if let Some(word) = nearest(property, &known) {
        finding.help(format!("did you mean `{word}`?"));
    }
}
