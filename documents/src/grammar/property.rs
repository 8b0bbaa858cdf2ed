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
    /// What it holds. It cannot be changed once saved.
    pub r#type: ValueType,
    /// What people read.
    #[schemars(length(max = 100))]
    pub title: Option<String>,
    /// What it means.
    pub description: Option<String>,
    /// The name of one of Port's icons.
    pub icon: Option<String>,
    /// What it has when nothing was said.
    pub default: Option<Anything>,
    /// What a text is, and how Port shows it.
    pub format: Option<PropertyFormat>,
    /// What stands behind a URL or in an object, for Port to show it whole.
    pub spec: Option<Spec>,
    /// How Port signs in at an embedded URL.
    pub spec_authentication: Option<SpecAuthentication>,
    /// What it may be.
    pub r#enum: Option<Vec<Anything>>,
    /// A colour for values of `enum`.
    pub enum_colors: Option<BTreeMap<String, Colour>>,
    /// A regular expression that a text must match.
    pub pattern: Option<String>,
    /// What a list holds.
    pub items: Option<Items>,
    /// The fewest elements of a list.
    pub min_items: Option<u32>,
    /// The most elements of a list.
    pub max_items: Option<u32>,
    /// How a date is shown.
    pub date_format: Option<String>,
    #[expect(missing_docs, reason = "its own keys are documented")]
    #[serde(flatten)]
    pub limits: Limits,
}

/// Bounds that properties and inputs share: those of JSON Schema.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// The fewest characters of a text.
    pub min_length: Option<u32>,
    /// The most characters of a text.
    pub max_length: Option<u32>,
    /// The smallest number.
    pub minimum: Option<f64>,
    /// The largest number.
    pub maximum: Option<f64>,
    /// Every number is above it.
    pub exclusive_minimum: Option<f64>,
    /// Every number is below it.
    pub exclusive_maximum: Option<f64>,
    /// Whether a list may hold nothing twice.
    pub unique_items: Option<bool>,
    /// The pairs of an object, by key.
    pub properties: Option<BTreeMap<String, Anything>>,
    /// The pairs of an object, by patterns of their keys.
    pub pattern_properties: Option<BTreeMap<String, Anything>>,
    /// What else an object may have.
    pub additional_properties: Option<Anything>,
    /// Keys that an object must have.
    pub required: Option<Vec<String>>,
}

/// What a list holds.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-json-schema" = true))]
pub struct Items {
    /// What an element is.
    pub r#type: Option<ValueType>,
    /// What a text is, and how Port shows it.
    pub format: Option<String>,
    /// What people read.
    pub title: Option<String>,
    /// What it means.
    pub description: Option<String>,
    /// The name of one of Port's icons.
    pub icon: Option<String>,
    /// What it has when nothing was said.
    pub default: Option<Anything>,
    /// What an element may be.
    pub r#enum: Option<OrJq<Vec<Anything>>>,
    /// A colour for values of `enum`.
    pub enum_colors: Option<BTreeMap<String, Colour>>,
    /// A regular expression that a text must match.
    pub pattern: Option<OrJq<String>>,
    /// With format `entity`: the blueprint of the entities.
    pub blueprint: Option<String>,
    /// With format `entity`: which entities the form offers.
    pub dataset: Option<Query<JqQuery>>,
    /// With format `entity`: in which order the form offers them.
    pub sort: Option<Sort>,
    /// What an inner list holds.
    pub items: Option<Anything>,
    /// What stands behind a URL or in an object.
    pub spec: Option<Spec>,
    #[expect(missing_docs, reason = "its own keys are documented")]
    #[serde(flatten)]
    pub limits: Limits,
}

/// How Port signs in at an embedded URL.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SpecAuthentication {
    /// The client that Port is.
    pub client_id: String,
    /// Where a person signs in.
    pub authorization_url: String,
    /// Where Port gets its token.
    pub token_url: String,
    /// What the token is for; `openid` goes without saying.
    pub authorization_scope: Option<Vec<String>>,
}
