//! User inputs: what Port's form asks for before an action runs.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::keyed::InputKeys;
use super::{Anything, Colour, InputFormat, Items, Keyed, Limits, Null, OrJq, ValueType};

/// The inputs of the form. `order` and `steps` cannot be used together.
///
/// `D` is the form of a dataset: a [`super::Query`], or the looser legacy format.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UserInputsWith{D}", extend("not" = { "required": ["order", "steps"] }))]
pub struct UserInputs<D> {
    /// The inputs, by key: ASCII letters, digits and `@_=\-`.
    pub properties: Keyed<UserInput<D>, InputKeys>,
    /// Keys of inputs that must be filled in, or jq that returns them.
    pub required: Option<OrJq<Vec<String>>>,
    /// Headings between the inputs, by key.
    pub titles: Option<Keyed<InputTitle, InputKeys>>,
    /// Keys of inputs and titles, in the order that the form shows them.
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
    /// The type of its value.
    pub r#type: ValueType,
    /// The title that people see.
    pub title: Option<String>,
    /// A description.
    pub description: Option<String>,
    /// The name of one of Port's icons.
    pub icon: Option<String>,
    /// The initial value in the form.
    pub default: Option<OrJq<Anything>>,
    /// The format of a string, which decides how the form asks for it.
    pub format: Option<InputFormat>,
    /// With format `entity`: the blueprint of the entities.
    pub blueprint: Option<String>,
    /// With format `entity`: which entities the form offers.
    pub dataset: Option<D>,
    /// With format `entity`: the order in which the form offers them.
    pub sort: Option<Sort>,
    /// Keys of inputs that must have a value first.
    pub depends_on: Option<Vec<String>>,
    /// Whether the form shows it.
    pub visible: Option<OrJq<bool>>,
    /// Whether people cannot change it in the form.
    pub disabled: Option<OrJq<bool>>,
    /// How it is encrypted in messages, so that only the receiver can read it.
    pub encryption: Option<Encryption>,
    /// The allowed values.
    pub r#enum: Option<OrJq<Vec<Anything>>>,
    /// Colours of the values in `enum`.
    pub enum_colors: Option<BTreeMap<String, Colour>>,
    /// A regular expression that a string must match.
    pub pattern: Option<OrJq<String>>,
    /// The items of a list.
    pub items: Option<Items>,
    /// The minimum number of items in a list.
    pub min_items: Option<OrJq<u32>>,
    /// The maximum number of items in a list.
    pub max_items: Option<OrJq<u32>>,
    /// Unused.
    pub jq_query: Option<Null>,
    #[expect(missing_docs, reason = "its own keys are documented")]
    #[serde(flatten)]
    pub limits: Limits,
}

/// The order of the entities that a form offers.
#[derive(JsonSchema)]
pub struct Sort {
    /// The property to sort by.
    pub property: String,
    /// The direction.
    pub order: Order,
}

/// A sort direction.
#[derive(JsonSchema)]
pub enum Order {
    /// The smallest first.
    #[serde(rename = "ASC")]
    Ascending,
    /// The largest first.
    #[serde(rename = "DESC")]
    Descending,
}

/// How an input is encrypted.
#[derive(JsonSchema)]
#[serde(untagged)]
pub enum Encryption {
    /// With the organisation's client secret.
    Shared(SharedEncryption),
    /// With a public key.
    PublicKey {
        /// The algorithm.
        algorithm: ClientSide,
        /// The public key in PEM.
        key: String,
    },
}

/// Encryption with the organisation's client secret.
#[derive(JsonSchema)]
#[schemars(inline)]
pub enum SharedEncryption {
    /// AES-256-GCM.
    #[serde(rename = "aes256-gcm")]
    Aes256Gcm,
}

/// Encryption with a public key.
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
    /// The title that people see.
    #[schemars(length(min = 1, max = 140))]
    pub title: Option<String>,
    /// A description.
    #[schemars(length(max = 1000))]
    pub description: Option<String>,
    /// Whether the form shows it.
    pub visible: Option<OrJq<bool>>,
}

/// A page of the form.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The title that people see.
    pub title: String,
    /// Keys of inputs and titles on it.
    pub order: Option<Vec<String>>,
    /// Whether the form shows it.
    pub visible: Option<OrJq<bool>>,
}
