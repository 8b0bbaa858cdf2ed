//! The documents that Port should hold: one file for each input file, everything in its current form.

use serde::Serialize;
use serde_json::Value;

use crate::catalog::Entry;

/// `{"blueprint": …, "actions": […]}`: bodies for `POST /v1/blueprints` and `POST /v1/actions`.
#[derive(Debug, Serialize)]
struct Published<'a> {
    blueprint: &'a Value,
    actions: Vec<&'a Value>,
}

impl Entry {
    /// What Port should hold of a file, as a file of its own. Written once, as long as the entry lives.
    ///
    /// # Errors
    /// Never for JSON that was read; the serializer's type allows for it.
    pub fn published(&self) -> serde_json::Result<&str> {
        if let Some(text) = self.published.get() {
            return Ok(text);
        }
        let published = Published {
            blueprint: &self.blueprint.document,
            actions: self.actions.iter().map(|(_, action)| &action.document).collect(),
        };
        let text = serde_json::to_string_pretty(&published)? + "\n";
        Ok(self.published.get_or_init(|| text))
    }
}
