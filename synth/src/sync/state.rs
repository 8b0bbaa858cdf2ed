//! What Port holds, or should hold.

use std::collections::BTreeMap;

use documents::catalog::Catalog;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Everything of an organisation that is kept in step: blueprints and actions by identifier, in their current form.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortState {
    /// As for `POST /v1/blueprints`.
    pub blueprints: BTreeMap<String, Value>,
    /// As for `POST /v1/actions`.
    pub actions: BTreeMap<String, Value>,
}

impl PortState {
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
    /// As people say it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blueprint => "blueprint",
            Self::Action => "action",
        }
    }
}
