//! Our own key of an action: what a run writes.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::{Anything, OneOrMore};

/// What a run of the action writes.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Runner {
    /// The entity. Its strings may be templates: jq between `{{` and `}}` on `.inputs`, `.entity`, `.trigger`, `.run`
    /// and `.action`.
    pub entity: Option<EntityMapping>,
}

/// The entity that a run writes.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-others" = "a property goes below `properties`, a relation below `relations`"))]
pub struct EntityMapping {
    /// Names the entity; `slug` makes a legal identifier of any text: `{{ .inputs.title | slug }}`.
    pub identifier: Option<String>,
    /// What people read.
    pub title: Option<String>,
    /// The name of one of Port's icons.
    pub icon: Option<String>,
    /// Whose it is.
    pub team: Option<OneOrMore>,
    /// Its properties, by key.
    pub properties: Option<BTreeMap<String, Anything>>,
    /// Its relations, by key: identifiers of other entities.
    pub relations: Option<BTreeMap<String, Anything>>,
}
