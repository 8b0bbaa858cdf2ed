//! The grammar of the input: every key that Port's documents and ours may have, with its type, its bounds and what it
//! is for.
//!
//! The types here are never filled in. They are a description, from which [`schemars`] makes the JSON Schema that an
//! editor reads ([`schema`]), and from that the checker is compiled (`shape`): what an editor marks and
//! what `synth check` refuses are the same by construction. Their comments are what an editor shows.
//!
//! The source is Port's API reference, "Create a blueprint" and "Create an action/automation"; for actions of before
//! May 2024 (v0 and v1) Port's documentation of that time. A few words of our own go along as extensions, which the
//! published schema does not show:
//!
//! | extension | meaning |
//! |---|---|
//! | `x-rule` | a rule of `shape/rule.rs` that says more than a pattern could |
//! | `x-jq` | the text is jq, evaluated by Port |
//! | `x-left-open` | keys of this object that Port documents and its API does not look at: mistakes there are warnings |
//! | `x-others` | what to do with a key that is not known here |
//! | `x-json-schema` | any other keyword of JSON Schema may stand here too |

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

/// An action of any generation. Which one it is, its `trigger` tells: an object is v2, a word is v0 or v1.
#[derive(JsonSchema)]
#[serde(untagged)]
pub enum AnyAction {
    /// Current form (v2).
    Current(Box<Action>),
    /// The form of before May 2024 (v0, v1), which belongs to the blueprint in whose file it stands.
    Legacy(Box<ActionV1>),
}

/// A value, or jq that yields it when Port shows the form.
#[derive(JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "{T}OrJq")]
pub enum OrJq<T> {
    /// The value itself.
    Value(T),
    /// jq for it.
    Jq(JqQuery),
}

/// One, or several of them.
#[derive(JsonSchema)]
#[serde(untagged)]
pub enum OneOrMore {
    /// One.
    One(String),
    /// Several.
    More(Vec<String>),
}

/// True or false, or a template that yields one of them.
#[derive(JsonSchema)]
#[serde(untagged)]
pub enum FlagOrTemplate {
    /// As it is.
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

/// Null and nothing else.
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
