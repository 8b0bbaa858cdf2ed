//! The documents that Port should hold: one file for each input file, everything in its current form.

use serde::Serialize;
use serde_json::Value;

use crate::catalog::Entry;

/// `{"blueprint": …, "actions": […]}`: bodies for `POST /v1/blueprints` and `POST /v1/actions`.
#[derive(Debug, Serialize)]
pub struct Published<'a> {
    blueprint: &'a Value,
    actions: Vec<&'a Value>,
}

/// What Port should hold of a file.
pub fn publish(entry: &Entry) -> Published<'_> {
    Published {
        blueprint: &entry.blueprint.document,
        actions: entry.actions.iter().map(|(_, action)| &action.document).collect(),
    }
}
