//! What Port will hold: its blueprints and actions by identifier.

use std::collections::BTreeMap;

use serde_json::Value;

use super::normal;
use super::report::{DocumentChange, Happens, Subject};
use super::side::Side;
use super::tree::{Difference, differences};

/// Blueprints, then actions; by identifier.
pub(crate) fn changes(old: &Side, new: &Side) -> Vec<DocumentChange> {
    if !old.has_documents() || !new.has_documents() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (kind, before, after) in
        [(Subject::Blueprint, blueprints(old), blueprints(new)), (Subject::Action, actions(old), actions(new))]
    {
        let mut all: Vec<&&str> = before.keys().chain(after.keys()).collect();
        all.sort_unstable();
        all.dedup();
        for identifier in all {
            let (one, other) = (before.get(*identifier), after.get(*identifier));
            let (happens, changes) = match (one, other) {
                (Some(one), Some(other)) => {
                    (Happens::Changed, differences(&normal::document(one), &normal::document(other)))
                }
                (None, _) => (Happens::Added, Vec::new()),
                (_, None) => (Happens::Removed, Vec::new()),
            };
            if happens != Happens::Changed || !changes.is_empty() {
                let changes = changes.iter().map(Difference::to_change).collect();
                found.push(DocumentChange { kind, identifier: (*identifier).to_owned(), happens, changes });
            }
        }
    }
    found
}

/// By identifier.
pub(crate) fn blueprints(side: &Side) -> BTreeMap<&str, &Value> {
    by_identifier(side.documents().iter().filter_map(|document| document.get("blueprint")))
}

/// By identifier.
pub(crate) fn actions(side: &Side) -> BTreeMap<&str, &Value> {
    let actions = side.documents().iter().filter_map(|document| document.get("actions")?.as_array());
    by_identifier(actions.flatten())
}

fn by_identifier<'a>(documents: impl Iterator<Item = &'a Value>) -> BTreeMap<&'a str, &'a Value> {
    documents.filter_map(|document| Some((document.get("identifier")?.as_str()?, document))).collect()
}
