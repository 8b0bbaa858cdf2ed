//! What Port has, or should have.

use std::collections::BTreeMap;

use documents::catalog::Catalog;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The blueprints and actions of an organisation by identifier, in their current format.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortState {
    /// Each as the body of `POST /v1/blueprints`.
    pub blueprints: BTreeMap<String, Value>,
    /// Each as the body of `POST /v1/actions`.
    pub actions: BTreeMap<String, Value>,
}

impl PortState {
    /// Returns what Port should have of a catalogue.
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

    /// Returns what Port has, from its answers to `GET /v1/blueprints` and `GET /v1/actions?version=v2`.
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

/// The two kinds of document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResourceKind {
    /// `/v1/blueprints`
    Blueprint,
    /// `/v1/actions`
    Action,
}

impl ResourceKind {
    /// Returns the word for it in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blueprint => "blueprint",
            Self::Action => "action",
        }
    }
}
