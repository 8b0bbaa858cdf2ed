//! `runner`, our own key of an action: what a run does and writes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde_json::{Map, Value};

use super::{Anything, OneOrMore};
use crate::wording::nearest;

/// The name of the key.
pub(crate) const KEY: &str = "runner";

/// Returns whether an object lacks a key, but has one that is probably the same, misspelled.
pub(crate) fn misspells(object: &Map<String, Value>, key: &str) -> bool {
    !object.contains_key(key) && object.keys().any(|written| nearest(written, &[key]).is_some())
}

/// What a run of the action does and writes.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Runner {
    /// Whether your own Rust code runs before the entity is written. Without that code, the function does not start.
    pub code: Option<bool>,
    /// The entity. Its strings may be templates: jq between `{{` and `}}` on `.inputs`, `.entity`, `.trigger`, `.run`
    /// and `.action`.
    pub entity: Option<EntityMapping>,
}

/// The entity that a run writes.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-others" = "put a property into `properties`, and a relation into `relations`"))]
pub struct EntityMapping {
    /// The entity's identifier. `slug` turns any text into a legal one: `{{ .inputs.title | slug }}`.
    pub identifier: Option<String>,
    /// The title that people see.
    pub title: Option<String>,
    /// The name of one of Port's icons.
    pub icon: Option<String>,
    /// The team or teams that own it.
    pub team: Option<OneOrMore>,
    /// Its properties, by key.
    pub properties: Option<BTreeMap<String, Anything>>,
    /// Its relations, by key: identifiers of other entities.
    pub relations: Option<BTreeMap<String, Anything>>,
}
