//! The documents that Port should hold: one file for each input file, everything in its current form.

use serde_json::{Value, json};

use crate::catalog::Entry;

/// `{"blueprint": …, "actions": […]}`: bodies for `POST /v1/blueprints` and `POST /v1/actions`.
pub fn publish(entry: &Entry) -> Value {
    let actions: Vec<&Value> = entry.actions.iter().map(|(_, action)| &action.document).collect();
    json!({ "blueprint": entry.blueprint.document, "actions": actions })
}
