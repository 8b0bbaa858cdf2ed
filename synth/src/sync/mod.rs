//! Port in sync: what Port holds beside what it should hold, and the steps from one to the other.
//!
//! ```text
//! blueprints/*.json ─► wanted ─┐
//!                              ├─ plan ─► steps ─ order ─► apply
//! Port's API ────────► held ───┘
//! ```
//!
//! Planning is a function of the two sides. Only the one who applies a plan talks to Port.

mod alike;
mod inputs;
mod order;
mod plan;
mod text;

use std::collections::BTreeMap;

use documents::catalog::Catalog;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use alike::{alike, sent, written};
pub use inputs::inputs;
pub use plan::{Deed, Kind, Options, Plan, Step, plan};
pub use text::text;

/// Blueprints and actions by their identifiers, everything in its current form.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Documents {
    /// As for `POST /v1/blueprints`.
    pub blueprints: BTreeMap<String, Value>,
    /// As for `POST /v1/actions`.
    pub actions: BTreeMap<String, Value>,
}

impl Documents {
    /// What Port should hold of a catalogue.
    pub fn wanted(catalog: &Catalog) -> Self {
        let mut wanted = Self::default();
        for entry in catalog.entries() {
            wanted.blueprints.insert(entry.blueprint.identifier.clone(), entry.blueprint.document.clone());
            for (_, action) in &entry.actions {
                wanted.actions.insert(action.identifier.clone(), action.document.clone());
            }
        }
        wanted
    }

    /// What Port answered to `GET /v1/blueprints` and `GET /v1/actions?version=v2`.
    pub fn held(blueprints: Vec<Value>, actions: Vec<Value>) -> Self {
        let by_name = |documents: Vec<Value>| {
            let named = documents.into_iter().filter_map(|document| {
                let name = document.get("identifier")?.as_str()?.to_owned();
                Some((name, document))
            });
            named.collect()
        };
        Self { blueprints: by_name(blueprints), actions: by_name(actions) }
    }
}
