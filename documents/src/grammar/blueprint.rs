//! Blueprints: API reference, "Create a blueprint".

use schemars::JsonSchema;

use super::{
    AggregationProperty, AnyAction, Anything, BlueprintIdentifier, CalculationProperty, Keyed, MirrorProperty, Property,
};

/// A Port blueprint with its actions: one input file of `synth`.
#[derive(JsonSchema)]
#[schemars(title = "Input file of synth", extend("x-left-open" = ["teamInheritance", "includeInGlobalSearch"]))]
pub struct InputFile {
    /// Where an editor finds this description.
    #[serde(rename = "$schema")]
    pub schema: Option<String>,
    #[expect(missing_docs, reason = "its own keys are documented")]
    #[serde(flatten)]
    pub blueprint: Blueprint,
    /// The blueprint's actions, as Port writes them, in any of its three generations.
    pub actions: Option<Vec<AnyAction>>,
}

/// A kind of entity in Port's catalogue.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Blueprint {
    /// Unique in the organisation.
    pub identifier: BlueprintIdentifier,
    /// What people read.
    #[schemars(length(min = 1, max = 100))]
    pub title: String,
    /// What it is for.
    #[schemars(length(max = 200))]
    pub description: Option<String>,
    /// The name of one of Port's icons, such as `Server`.
    pub icon: Option<String>,
    /// The properties of its entities.
    pub schema: BlueprintSchema,
    /// Properties that Port calculates by jq, by key.
    pub calculation_properties: Option<Keyed<CalculationProperty>>,
    /// Properties of related entities, by key.
    pub mirror_properties: Option<Keyed<MirrorProperty>>,
    /// Numbers over many entities, by key.
    pub aggregation_properties: Option<Keyed<AggregationProperty>>,
    /// What entities point at, by key.
    pub relations: Option<Keyed<Relation>>,
    /// Whose the entities are.
    pub ownership: Option<Ownership>,
    /// Where changes were published, until Port ended that in July 2026; automations take its place.
    #[schemars(extend("deprecated" = true))]
    pub changelog_destination: Option<ChangelogDestination>,
    /// Where teams come from; `ownership` took its place.
    #[schemars(extend("deprecated" = true))]
    pub team_inheritance: Option<TeamInheritance>,
    /// Whether Port's search finds its entities.
    pub include_in_global_search: Option<bool>,
    /// What became `calculationProperties` in 2022.
    #[schemars(extend("deprecated" = true))]
    pub formula_properties: Option<Anything>,
    /// Of 2022, without effect.
    #[schemars(extend("deprecated" = true))]
    pub data_source: Option<Anything>,
    /// Of 2022, without effect.
    #[schemars(extend("deprecated" = true))]
    pub disable_editing: Option<Anything>,
    /// Of 2022, without effect.
    #[schemars(extend("deprecated" = true))]
    pub enable_responsible_team_edit: Option<Anything>,
    /// Of 2022, without effect.
    #[schemars(extend("deprecated" = true))]
    pub disabled_properties: Option<Anything>,
    /// Of 2022, without effect.
    #[schemars(extend("deprecated" = true))]
    pub disabled_relations: Option<Anything>,
    #[expect(missing_docs, reason = "its own keys are documented")]
    #[serde(flatten)]
    pub answered: Answered,
}

/// What Port adds to its answers. It may be pasted along; it is not published.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Answered {
    /// Port's own; not published.
    #[schemars(extend("readOnly" = true))]
    pub id: Option<Anything>,
    /// Port's own; not published.
    #[schemars(extend("readOnly" = true))]
    pub created_at: Option<Anything>,
    /// Port's own; not published.
    #[schemars(extend("readOnly" = true))]
    pub created_by: Option<Anything>,
    /// Port's own; not published.
    #[schemars(extend("readOnly" = true))]
    pub updated_at: Option<Anything>,
    /// Port's own; not published.
    #[schemars(extend("readOnly" = true))]
    pub updated_by: Option<Anything>,
}

/// The keys of [`Answered`].
pub const ANSWERED: [&str; 5] = ["id", "createdAt", "createdBy", "updatedAt", "updatedBy"];

/// The properties of a blueprint.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BlueprintSchema {
    /// By key: ASCII letters, digits and `@_=\-`, at most 100.
    pub properties: Keyed<Property>,
    /// Keys of properties that every entity must have.
    pub required: Option<Vec<String>>,
}

/// What an entity points at.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Relation {
    /// What people read.
    #[schemars(length(max = 100))]
    pub title: Option<String>,
    /// The identifier of the blueprint that it points at.
    pub target: String,
    /// Whether every entity must have it; not together with `many`.
    pub required: Option<bool>,
    /// Whether it holds a list.
    pub many: Option<bool>,
    /// What it means.
    pub description: Option<String>,
    /// Unused.
    pub r#type: Option<String>,
}

/// Whose the entities of a blueprint are.
#[derive(JsonSchema)]
#[serde(tag = "type", deny_unknown_fields)]
pub enum Ownership {
    /// Each has teams of its own.
    Direct {
        /// What people read; `Owning teams` goes without saying.
        #[schemars(length(max = 100))]
        title: Option<String>,
    },
    /// The teams of a related entity.
    Inherited {
        /// Relations with dots between them, to a blueprint with `Direct` ownership.
        path: String,
        /// What people read; `Owning teams` goes without saying.
        #[schemars(length(max = 100))]
        title: Option<String>,
    },
}

/// Where changes were published.
#[derive(JsonSchema)]
#[serde(tag = "type", deny_unknown_fields, rename_all = "UPPERCASE")]
pub enum ChangelogDestination {
    /// The organisation's topic of changes.
    Kafka {},
    /// A call of a URL.
    Webhook {
        /// An absolute one.
        #[schemars(extend("x-rule" = "absolute-url"))]
        url: String,
        /// Whether Port's agent makes the call.
        agent: Option<bool>,
    },
}

/// Where teams come from.
#[derive(JsonSchema)]
pub struct TeamInheritance {
    /// Relations with dots between them.
    pub path: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answered_keys_are_those_of_the_grammar() {
        let schema = schemars::schema_for!(Answered).to_value();
        let keys: Vec<&str> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ANSWERED);
    }
}
