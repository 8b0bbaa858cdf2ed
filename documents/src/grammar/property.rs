//! Properties of blueprints: JSON Schema with Port's formats.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::{Anything, Colour, OrJq, PropertyFormat, Query, Spec, ValueType};
use super::{JqQuery, Sort};

/// A property of an entity.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-json-schema" = true, "x-left-open" = [
    "default", "enum", "enumColors", "pattern", "items", "minItems", "maxItems", "dateFormat",
    "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "uniqueItems",
    "properties", "patternProperties", "additionalProperties", "required",
]))]
pub struct Property {
    /// The type of its value. Port does not allow changing it later.
    pub r#type: ValueType,
    /// The title that people see.
    #[schemars(length(max = 100))]
    pub title: Option<String>,
    /// A description.
    pub description: Option<String>,
    /// The name of one of Port's icons.
    pub icon: Option<String>,
    /// The default value.
    pub default: Option<Anything>,
    /// The format of a string, which decides how Port shows it.
    pub format: Option<PropertyFormat>,
    /// What a URL or an object contains, so that Port can render it.
    pub spec: Option<Spec>,
    /// How Port signs in to an embedded URL.
    pub spec_authentication: Option<SpecAuthentication>,
    /// The allowed values.
    pub r#enum: Option<Vec<Anything>>,
    /// Colours of the values in `enum`.
    pub enum_colors: Option<BTreeMap<String, Colour>>,
    /// A regular expression that a string must match.
    pub pattern: Option<String>,
    /// The items of a list.
    pub items: Option<Items>,
    /// The minimum number of items in a list.
    pub min_items: Option<u32>,
    /// The maximum number of items in a list.
    pub max_items: Option<u32>,
    /// The format in which a date is shown.
    pub date_format: Option<String>,
    #[expect(missing_docs, reason = "its own keys are documented")]
    #[serde(flatten)]
    pub limits: Limits,
}

/// The keywords of JSON Schema that properties and inputs share.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// The minimum length of a string.
    pub min_length: Option<u32>,
    /// The maximum length of a string.
    pub max_length: Option<u32>,
    /// The smallest number.
    pub minimum: Option<f64>,
    /// The largest number.
    pub maximum: Option<f64>,
    /// Numbers must be larger than this.
    pub exclusive_minimum: Option<f64>,
    /// Numbers must be smaller than this.
    pub exclusive_maximum: Option<f64>,
    /// Whether the items of a list must be unique.
    pub unique_items: Option<bool>,
    /// The properties of an object, by key.
    pub properties: Option<BTreeMap<String, Anything>>,
    /// The properties of an object, by patterns of their keys.
    pub pattern_properties: Option<BTreeMap<String, Anything>>,
    /// Whether an object may have other properties.
    pub additional_properties: Option<Anything>,
    /// Keys that are required in an object.
    pub required: Option<Vec<String>>,
}

/// The items of a list.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-json-schema" = true))]
pub struct Items {
    /// The type of an item.
    pub r#type: Option<ValueType>,
    /// The format of a string, which decides how Port shows it.
    pub format: Option<String>,
    /// The title that people see.
    pub title: Option<String>,
    /// A description.
    pub description: Option<String>,
    /// The name of one of Port's icons.
    pub icon: Option<String>,
    /// The default value.
    pub default: Option<Anything>,
    /// The allowed values of an item.
    pub r#enum: Option<OrJq<Vec<Anything>>>,
    /// Colours of the values in `enum`.
    pub enum_colors: Option<BTreeMap<String, Colour>>,
    /// A regular expression that a string must match.
    pub pattern: Option<OrJq<String>>,
    /// With format `entity`: the blueprint of the entities.
    pub blueprint: Option<String>,
    /// With format `entity`: which entities the form offers.
    pub dataset: Option<Query<JqQuery>>,
    /// With format `entity`: the order in which the form offers them.
    pub sort: Option<Sort>,
    /// The items of an inner list.
    pub items: Option<Anything>,
    /// What a URL or an object contains.
    pub spec: Option<Spec>,
    #[expect(missing_docs, reason = "its own keys are documented")]
    #[serde(flatten)]
    pub limits: Limits,
}

/// How Port signs in to an embedded URL.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SpecAuthentication {
    /// Port's client id.
    pub client_id: String,
    /// The URL where people sign in.
    pub authorization_url: String,
    /// The URL where Port gets its token.
    pub token_url: String,
    /// The scopes of the token. Default: `openid`.
    pub authorization_scope: Option<Vec<String>>,
}
