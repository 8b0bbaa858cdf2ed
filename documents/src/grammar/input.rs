//! User inputs: what Port's form asks before an action runs.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::keyed::InputKeys;
use super::{Anything, Colour, InputFormat, Items, Keyed, Limits, Null, OrJq, ValueType};

/// What the form asks. `order` and `steps` exclude each other.
///
/// `D` is how a dataset is written: a [`super::Query`], or the looser form of before May 2024.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UserInputsWith{D}", extend("not" = { "required": ["order", "steps"] }))]
pub struct UserInputs<D> {
    /// The inputs, by key: ASCII letters, digits and `@_=\-`.
    pub properties: Keyed<UserInput<D>, InputKeys>,
    /// Keys of inputs that must be filled in, or jq that yields them.
    pub required: Option<OrJq<Vec<String>>>,
    /// Headings between the inputs, by key.
    pub titles: Option<Keyed<InputTitle, InputKeys>>,
    /// Keys of inputs and titles, in the order in which the form shows them.
    pub order: Option<Vec<String>>,
    /// The pages of the form.
    pub steps: Option<Vec<Step>>,
}

/// An input.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "UserInputWith{D}", extend("x-json-schema" = true, "x-left-open" = [
    "title", "description", "default", "enum", "enumColors", "pattern", "items", "minItems", "maxItems",
    "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "uniqueItems",
    "properties", "patternProperties", "additionalProperties", "required", "disabled", "encryption",
]))]
pub struct UserInput<D> {
    /// What it takes.
    pub r#type: ValueType,
    /// What people read.
    pub title: Option<String>,
    /// What it means.
    pub description: Option<String>,
    /// The name of one of Port's icons.
    pub icon: Option<String>,
    /// What the form starts with.
    pub default: Option<OrJq<Anything>>,
    /// What a text is, and how the form asks for it.
    pub format: Option<InputFormat>,
    /// With format `entity`: the blueprint of the entities.
    pub blueprint: Option<String>,
    /// With format `entity`: which entities the form offers.
    pub dataset: Option<D>,
    /// With format `entity`: in which order the form offers them.
    pub sort: Option<Sort>,
    /// Keys of inputs that must have a value first.
    pub depends_on: Option<Vec<String>>,
    /// Whether the form shows it.
    pub visible: Option<OrJq<bool>>,
    /// Whether the form keeps it as it is.
    pub disabled: Option<OrJq<bool>>,
    /// How it is encrypted on its way; nobody but the receiver reads it.
    pub encryption: Option<Encryption>,
    /// What it may be.
    pub r#enum: Option<OrJq<Vec<Anything>>>,
    /// A colour for values of `enum`.
    pub enum_colors: Option<BTreeMap<String, Colour>>,
    /// A regular expression that a text must match.
    pub pattern: Option<OrJq<String>>,
    /// What a list holds.
    pub items: Option<Items>,
    /// The fewest elements of a list.
    pub min_items: Option<OrJq<u32>>,
    /// The most elements of a list.
    pub max_items: Option<OrJq<u32>>,
    /// Unused.
    pub jq_query: Option<Null>,
    #[expect(missing_docs, reason = "its own keys are documented")]
    #[serde(flatten)]
    pub limits: Limits,
}

/// In which order entities are offered.
#[derive(JsonSchema)]
pub struct Sort {
    /// By which of their properties.
    pub property: String,
    /// Which way.
    pub order: Order,
}

/// Which way.
#[derive(JsonSchema)]
pub enum Order {
    /// The least first.
    #[serde(rename = "ASC")]
    Ascending,
    /// The greatest first.
    #[serde(rename = "DESC")]
    Descending,
}

/// How an input is encrypted.
#[derive(JsonSchema)]
#[serde(untagged)]
pub enum Encryption {
    /// By the organisation's client secret.
    Shared(SharedEncryption),
    /// By a public key.
    PublicKey {
        /// How.
        algorithm: ClientSide,
        /// The public key in PEM.
        key: String,
    },
}

/// By the organisation's client secret.
#[derive(JsonSchema)]
#[schemars(inline)]
pub enum SharedEncryption {
    /// AES-256-GCM.
    #[serde(rename = "aes256-gcm")]
    Aes256Gcm,
}

/// By a public key.
#[derive(JsonSchema)]
#[schemars(inline)]
#[serde(rename_all = "kebab-case")]
pub enum ClientSide {
    /// In the browser.
    ClientSide,
}

/// A heading between inputs.
#[derive(JsonSchema)]
pub struct InputTitle {
    /// What people read.
    #[schemars(length(min = 1, max = 140))]
    pub title: Option<String>,
    /// What it means.
    #[schemars(length(max = 1000))]
    pub description: Option<String>,
    /// Whether the form shows it.
    pub visible: Option<OrJq<bool>>,
}

/// A page of the form.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What people read.
    pub title: String,
    /// Keys of inputs and titles on it.
    pub order: Option<Vec<String>>,
    /// Whether the form shows it.
    pub visible: Option<OrJq<bool>>,
}
