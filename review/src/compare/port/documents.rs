//! Port's documents by identifier, and how they change.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::compare::difference::differences;
use crate::compare::report::{ChangeKind, DocumentChange, Subject};

/// Blueprints and actions from the files of `out/port/`, by identifier.
#[derive(Debug, Default)]
pub(crate) struct PortDocuments<'a> {
    pub(crate) blueprints: BTreeMap<&'a str, &'a Value>,
    pub(crate) actions: BTreeMap<&'a str, &'a Value>,
}

impl<'a> PortDocuments<'a> {
    /// Reads files such as `{"blueprint": …, "actions": […]}`, or lists of them.
    pub(crate) fn from_files(files: &'a BTreeMap<String, Value>) -> Self {
        let mut documents = Self::default();
        let identifier = |document: &'a Value| document.get("identifier").and_then(Value::as_str);
        let listed = |file: &'a Value| file.as_array().map_or(std::slice::from_ref(file), Vec::as_slice);
        for file in files.values().flat_map(listed) {
            if let Some(blueprint) = file.get("blueprint") {
                documents.blueprints.extend(identifier(blueprint).map(|name| (name, blueprint)));
            }
            for action in file.get("actions").and_then(Value::as_array).into_iter().flatten() {
                documents.actions.extend(identifier(action).map(|name| (name, action)));
            }
        }
        documents
    }
}

/// Returns the documents that change.
pub(crate) fn changes(old: &PortDocuments<'_>, new: &PortDocuments<'_>) -> Vec<DocumentChange> {
    let mut changes = of_subject(Subject::Blueprint, &old.blueprints, &new.blueprints);
    changes.extend(of_subject(Subject::Action, &old.actions, &new.actions));
    changes
}

fn of_subject(subject: Subject, old: &BTreeMap<&str, &Value>, new: &BTreeMap<&str, &Value>) -> Vec<DocumentChange> {
    let names: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    let change = |name: &str| {
        let (kind, changes) = match (old.get(name), new.get(name)) {
            (Some(old), Some(new)) if old == new => return None,
            (Some(old), Some(new)) => (ChangeKind::Changed, differences(old, new)),
            (None, _) => (ChangeKind::Added, Vec::new()),
            (_, None) => (ChangeKind::Removed, Vec::new()),
        };
        let nothing = kind == ChangeKind::Changed && changes.is_empty();
        (!nothing).then(|| DocumentChange { subject, identifier: name.to_owned(), kind, changes })
    };
    names.into_iter().filter_map(change).collect()
}
