//! The grammar of the input: every key that documents may have, with its type, its bounds and its purpose.
//!
//! The types are never instantiated. [`schemars`] turns them into the JSON Schema that an editor reads ([`schema`]),
//! and `shape` compiles that schema to the checker. So an editor marks exactly what `synth check` refuses. The editor shows
//! the doc comments of the types.
//!
//! The source is Port's API reference, "Create a blueprint" and "Create an action/automation". For legacy actions (before
//! May 2024, v0 and v1) it is Port's documentation of that time. The schema has a few extensions, which are not
//! published:
//!
//! | extension | meaning |
//! |---|---|
//! | `x-rule` | a rule of `shape/rule.rs`, for better messages than a pattern gives |
//! | `x-jq` | the string is jq that Port evaluates |
//! | `x-left-open` | keys of this object that Port documents but its API does not validate: mistakes are warnings |
//! | `x-others` | the help for an unknown key |
//! | `x-json-schema` | every other keyword of JSON Schema is allowed too |

pub mod action;
pub mod blueprint;
pub mod derived;
pub mod input;
pub mod invocation;
pub mod keyed;
pub mod legacy;
pub mod property;
pub mod query;
pub mod runner;
pub mod schema;
pub mod trigger;
pub mod words;

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};

pub use action::{Action, Approval, ApprovalNotification};
pub use blueprint::ANSWERED;
pub use blueprint::{
    Blueprint, BlueprintSchema, ChangelogDestination, InputFile, Ownership, Relation, TeamInheritance,
};
pub use derived::{AggregationProperty, AggregationSpec, CalculationProperty, MirrorProperty, PathFilter};
pub use input::{Encryption, InputTitle, Order, Sort, Step, UserInput, UserInputs};
pub use invocation::{Invocation, Mapping, Payload};
pub use keyed::{ActionIdentifier, BlueprintIdentifier, ButtonText, Jq, JqQuery, Keyed, MirrorPath, Names};
pub use legacy::{ActionV1, FormerQuery, InvocationObjectV1, InvocationV1};
pub use property::{Items, Limits, Property, SpecAuthentication};
pub use query::{Never, Query, Rule};
pub use runner::{EntityMapping, Runner};
pub use trigger::{Condition, Event, SearchCondition, SelfService, Trigger};
pub use words::{
    CalculationFormat, Colour, Combinator, InputFormat, InvocationWord, Operation, PropertyFormat, Spec, ValueType,
};

/// An action in any of Port's formats. If its `trigger` is an object it is v2, if it is a word it is v0 or v1.
#[derive(JsonSchema)]
#[serde(untagged)]
pub enum AnyAction {
    /// The current format (v2).
    Current(Box<Action>),
    /// The legacy format (v0, v1; before May 2024). The action belongs to the blueprint of its file.
    Legacy(Box<ActionV1>),
}

/// A value, or jq that returns it when Port shows the form.
#[derive(JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "{T}OrJq")]
pub enum OrJq<T> {
    /// The value itself.
    Value(T),
    /// jq that returns it.
    Jq(JqQuery),
}

/// One or several strings.
#[derive(JsonSchema)]
#[serde(untagged)]
pub enum OneOrMore {
    /// One.
    One(String),
    /// Several.
    More(Vec<String>),
}

/// True or false, or a template that returns one of them.
#[derive(JsonSchema)]
#[serde(untagged)]
pub enum FlagOrTemplate {
    /// True or false.
    Flag(bool),
    /// jq between `{{` and `}}`.
    Template(String),
}

/// Any JSON.
pub struct Anything(pub serde_json::Value);

impl JsonSchema for Anything {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Anything".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        Schema::from(true)
    }
}

/// Only null.
pub struct Null;

impl JsonSchema for Null {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Null".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({ "type": "null" })
    }
}
