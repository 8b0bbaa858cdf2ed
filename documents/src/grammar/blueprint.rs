//! Blueprints: API reference, "Create a blueprint".

use schemars::JsonSchema;

use super::{
    AggregationProperty, AnyAction, Anything, BlueprintIdentifier, CalculationProperty, Keyed, MirrorProperty, Property,
};

/// A Port blueprint with its actions: one input file of `synth`.
#[derive(JsonSchema)]
#[schemars(title = "Input file of synth", extend("x-left-open" = ["teamInheritance", "includeInGlobalSearch"]))]
pub struct InputFile {
    /// The URL or path of this schema, for editors.
    #[serde(rename = "$schema")]
    pub schema: Option<String>,
    #[expect(missing_docs, reason = "its own keys are documented")]
    #[serde(flatten)]
    pub blueprint: Blueprint,
    /// The blueprint's actions in any of Port's formats.
    pub actions: Option<Vec<AnyAction>>,
}

/// A kind of entity in Port's catalogue.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Blueprint {
    /// Unique in the organisation.
    pub identifier: BlueprintIdentifier,
    /// The title that people see.
    #[schemars(length(min = 1, max = 100))]
    pub title: String,
    /// A description.
    #[schemars(length(max = 200))]
    pub description: Option<String>,
    /// The name of one of Port's icons, such as `Server`.
    pub icon: Option<String>,
    /// The properties of its entities.
    pub schema: BlueprintSchema,
    /// Properties that Port calculates with jq, by key.
    pub calculation_properties: Option<Keyed<CalculationProperty>>,
    /// Properties of related entities, by key.
    pub mirror_properties: Option<Keyed<MirrorProperty>>,
    /// Numbers calculated over many entities, by key.
    pub aggregation_properties: Option<Keyed<AggregationProperty>>,
    /// Relations to other entities, by key.
    pub relations: Option<Keyed<Relation>>,
    /// Which teams own the entities.
    pub ownership: Option<Ownership>,
    /// Where changes are published. Port ended this in July 2026; use automations.
    #[schemars(extend("deprecated" = true))]
    pub changelog_destination: Option<ChangelogDestination>,
    /// Where teams are inherited from. Replaced by `ownership`.
    #[schemars(extend("deprecated" = true))]
    pub team_inheritance: Option<TeamInheritance>,
    /// Whether Port's search finds its entities.
    pub include_in_global_search: Option<bool>,
    /// Replaced by `calculationProperties` in 2022.
    #[schemars(extend("deprecated" = true))]
    pub formula_properties: Option<Anything>,
    /// Without effect since 2022.
    #[schemars(extend("deprecated" = true))]
    pub data_source: Option<Anything>,
    /// Without effect since 2022.
    #[schemars(extend("deprecated" = true))]
    pub disable_editing: Option<Anything>,
    /// Without effect since 2022.
    #[schemars(extend("deprecated" = true))]
    pub enable_responsible_team_edit: Option<Anything>,
    /// Without effect since 2022.
    #[schemars(extend("deprecated" = true))]
    pub disabled_properties: Option<Anything>,
    /// Without effect since 2022.
    #[schemars(extend("deprecated" = true))]
    pub disabled_relations: Option<Anything>,
    #[expect(missing_docs, reason = "its own keys are documented")]
    #[serde(flatten)]
    pub answered: Answered,
}

/// Keys that Port adds to its answers. They are allowed, but not published.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Answered {
    /// Set by Port; not published.
    #[schemars(extend("readOnly" = true))]
    pub id: Option<Anything>,
    /// Set by Port; not published.
    #[schemars(extend("readOnly" = true))]
    pub created_at: Option<Anything>,
    /// Set by Port; not published.
    #[schemars(extend("readOnly" = true))]
    pub created_by: Option<Anything>,
    /// Set by Port; not published.
    #[schemars(extend("readOnly" = true))]
    pub updated_at: Option<Anything>,
    /// Set by Port; not published.
    #[schemars(extend("readOnly" = true))]
    pub updated_by: Option<Anything>,
}

/// The keys of [`Answered`].
pub const ANSWERED: [&str; 5] = ["id", "createdAt", "createdBy", "updatedAt", "updatedBy"];

/// The properties of a blueprint.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BlueprintSchema {
    /// The properties, by key: ASCII letters, digits and `@_=\-`, at most 100 characters.
    pub properties: Keyed<Property>,
    /// Keys of properties that every entity must have.
    pub required: Option<Vec<String>>,
}

/// A relation to entities of another blueprint.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Relation {
    /// The title that people see.
    #[schemars(length(max = 100))]
    pub title: Option<String>,
    /// The identifier of the target blueprint.
    pub target: String,
    /// Whether every entity must have it. Not allowed together with `many`.
    pub required: Option<bool>,
    /// Whether it points to several entities.
    pub many: Option<bool>,
    /// A description.
    pub description: Option<String>,
    /// Unused.
    pub r#type: Option<String>,
}

/// Which teams own the entities of a blueprint.
#[derive(JsonSchema)]
#[serde(tag = "type", deny_unknown_fields)]
pub enum Ownership {
    /// Each entity has its own teams.
    Direct {
        /// The title that people see. Default: `Owning teams`.
        #[schemars(length(max = 100))]
        title: Option<String>,
    },
    /// The teams of a related entity own it.
    Inherited {
        /// Relations, separated by dots, to a blueprint with `Direct` ownership.
        path: String,
        /// The title that people see. Default: `Owning teams`.
        #[schemars(length(max = 100))]
        title: Option<String>,
    },
}

/// Where changes are published.
#[derive(JsonSchema)]
#[serde(tag = "type", deny_unknown_fields, rename_all = "UPPERCASE")]
pub enum ChangelogDestination {
    /// The organisation's Kafka topic of changes.
    Kafka {},
    /// A call to a URL.
    Webhook {
        /// An absolute URL.
        #[schemars(extend("x-rule" = "absolute-url"))]
        url: String,
        /// Whether Port's agent makes the call.
        agent: Option<bool>,
    },
}

/// Where teams are inherited from.
#[derive(JsonSchema)]
pub struct TeamInheritance {
    /// Relations, separated by dots.
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
