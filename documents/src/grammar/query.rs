//! Queries for entities: in aggregations, in conditions of actions, and in what an input offers.
//!
//! What an input offers may be asked by jq; everywhere else `J` is [`Never`].

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::{Combinator, Null};

/// Rules, and how they go together.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Query{J}")]
pub struct Query<J> {
    /// How the rules go together.
    pub combinator: Combinator,
    /// What must hold.
    pub rules: Vec<Rule<J>>,
}

/// One rule, or rules of their own.
#[derive(JsonSchema)]
#[serde(untagged, rename_all_fields = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Rule{J}")]
pub enum Rule<J> {
    /// A property is equal to something.
    Equal {
        /// The property.
        property: PropertyReference,
        /// How it compares.
        operator: Equal,
        /// With what.
        value: EqualTo<J>,
    },
    /// A property is compared with something.
    Compare {
        /// The property.
        property: PropertyReference,
        /// How it compares.
        operator: Comparison,
        /// With what.
        value: Compared<J>,
    },
    /// A number or a time is above or below something.
    Bound {
        /// The property.
        property: PropertyReference,
        /// How it compares.
        operator: Bound,
        /// With what.
        value: BoundOf<J>,
    },
    /// A time lies in a span.
    Between {
        /// The property.
        property: PropertyReference,
        /// Inside or outside.
        operator: Between,
        /// The span.
        value: Times,
    },
    /// A property has a value, or a timer has run out.
    State {
        /// The property.
        property: String,
        /// Which.
        operator: State,
    },
    /// An entity is related to others.
    Related {
        /// The operator.
        operator: RelatedTo,
        /// The blueprint of the others.
        blueprint: String,
        /// Identifiers of the others.
        value: Others<J>,
        /// Which way the relations go.
        direction: Option<Direction>,
        /// Whether the relations are required ones.
        required: Option<bool>,
    },
    /// A property of some type is compared with something.
    OfType {
        /// What the property is.
        property_schema: PropertySchema,
        /// How it compares.
        operator: OfType,
        /// With what.
        value: Option<Scalar<J>>,
    },
    /// A property has one of several values.
    MatchAny {
        /// The property, or the way to it.
        property: PropertyPath,
        /// The operator.
        operator: MatchAny,
        /// The values.
        value: Matched,
    },
    /// Rules of their own.
    Group(Query<J>),
}

/// A property by key, or one of the person who looks.
#[derive(JsonSchema)]
#[serde(untagged)]
pub enum PropertyReference {
    /// A key, or a meta property such as `$identifier`.
    Key(String),
    /// One of the person who looks.
    Context(ContextReference),
}

/// A property of the person who looks.
#[derive(JsonSchema)]
pub struct ContextReference {
    /// Its key.
    pub property: String,
    /// Whose it is.
    pub context: ContextWord,
}

/// Whose a property is.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ContextWord {
    /// The person's.
    User,
    /// The person's teams'.
    UserTeams,
}

/// What a property is equal to.
#[derive(JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "EqualTo{J}")]
pub enum EqualTo<J> {
    /// A value.
    Value(Compared<J>),
    /// A span of time.
    Time(TimeSpan),
}

/// What a property is compared with.
#[derive(JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Compared{J}")]
pub enum Compared<J> {
    /// Nothing.
    Null(Null),
    /// A text or a time.
    Text(String),
    /// A number.
    Number(f64),
    /// True or false.
    Flag(bool),
    /// Texts.
    Texts(Vec<String>),
    /// Numbers.
    Numbers(Vec<f64>),
    /// Trues and falses.
    Flags(Vec<bool>),
    /// A property of the person who looks.
    Context(ContextReference),
    /// jq for it.
    Jq(J),
}

/// What a number or a time is above or below.
#[derive(JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "BoundOf{J}")]
pub enum BoundOf<J> {
    /// A number.
    Number(f64),
    /// A time, such as `2026-01-01T00:00:00Z`.
    Time(String),
    /// A property of the person who looks.
    Context(ContextReference),
    /// jq for it.
    Jq(J),
}

/// A value of a property that is known by its type.
#[derive(JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Scalar{J}")]
pub enum Scalar<J> {
    /// Nothing.
    Null(Null),
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
    /// True or false.
    Flag(bool),
    /// jq for it.
    Jq(J),
}

/// A span of time, or one of the person who looks.
#[derive(JsonSchema)]
#[serde(untagged)]
pub enum Times {
    /// A span of time.
    Span(TimeSpan),
    /// A property of the person who looks.
    Context(ContextReference),
}

/// A span of time.
#[derive(JsonSchema)]
#[serde(untagged)]
pub enum TimeSpan {
    /// From one time to another.
    Range {
        /// Its start, such as `2026-01-01T00:00:00Z`.
        from: String,
        /// Its end.
        to: String,
    },
    /// By name.
    Preset {
        /// Its name.
        preset: Preset,
    },
}

/// Spans of time that have a name.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the words say it")]
pub enum Preset {
    Today,
    Tomorrow,
    Yesterday,
    LastDay,
    LastWeek,
    #[serde(rename = "last2Weeks")]
    LastTwoWeeks,
    LastMonth,
    #[serde(rename = "last3Months")]
    LastThreeMonths,
    #[serde(rename = "last6Months")]
    LastSixMonths,
    #[serde(rename = "last12Months")]
    LastTwelveMonths,
}

/// Identifiers of related entities.
#[derive(JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Others{J}")]
pub enum Others<J> {
    /// One.
    One(String),
    /// Several.
    More(Vec<String>),
    /// jq for them.
    Jq(J),
}

/// A property, or the way to it.
#[derive(JsonSchema)]
#[serde(untagged)]
pub enum PropertyPath {
    /// A key, or a meta property such as `$team`.
    Key(String),
    /// One of the person who looks.
    Context(ContextReference),
    /// The way to it.
    Path(Path),
}

/// The way to a property.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Path {
    /// Relations and, last, the property.
    pub path: Vec<Hop>,
    /// The blueprint at which the way starts.
    pub from_blueprint: Option<String>,
}

/// A relation on the way.
#[derive(JsonSchema)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Hop {
    /// Its key.
    Key(String),
    /// Its key, gone several times.
    Relation {
        /// Its key.
        relation: Option<String>,
        /// How many times at most.
        #[schemars(range(min = 1, max = 15))]
        max_hops: Option<f64>,
    },
}

/// The values of `matchAny`.
#[derive(JsonSchema)]
#[serde(untagged)]
pub enum Matched {
    /// One.
    One(String),
    /// Several.
    More(Vec<String>),
    /// Those of the person who looks.
    Context(ContextReference),
}

/// What a property is.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PropertySchema {
    /// Its type.
    pub r#type: String,
    /// Its format.
    pub format: Option<String>,
    /// What a list holds.
    pub items: Option<PropertySchemaItems>,
}

/// What a list holds.
#[derive(JsonSchema)]
pub struct PropertySchemaItems {
    /// Its type.
    pub r#type: String,
    /// Its format.
    pub format: Option<String>,
}

/// No value at all: the place of jq where Port takes none.
pub struct Never;

impl JsonSchema for Never {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Never".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        Schema::from(false)
    }
}

/// `=`
#[derive(JsonSchema)]
#[schemars(inline)]
pub enum Equal {
    /// Equal.
    #[serde(rename = "=")]
    Is,
}

/// How a value compares.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Comparison {
    #[serde(rename = "!=")]
    IsNot,
    ContainsAny,
    Contains,
    DoesNotContains,
    BeginsWith,
    DoesNotBeginsWith,
    EndsWith,
    DoesNotEndsWith,
    In,
    NotIn,
}

/// Above or below.
#[derive(JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Bound {
    #[serde(rename = ">")]
    Above,
    #[serde(rename = ">=")]
    AtLeast,
    #[serde(rename = "<")]
    Below,
    #[serde(rename = "<=")]
    AtMost,
}

/// Inside or outside a span.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Between {
    Between,
    NotBetween,
}

/// What is asked of a property alone.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the words say it")]
pub enum State {
    IsEmpty,
    IsNotEmpty,
    IsExpired,
    IsNotExpired,
}

/// `relatedTo`
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum RelatedTo {
    /// Related to others.
    RelatedTo,
}

/// `matchAny`
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum MatchAny {
    /// One of several.
    MatchAny,
}

/// How a property that is known by its type compares.
#[derive(JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "the words say it")]
pub enum OfType {
    #[serde(rename = "=")]
    Is,
    #[serde(rename = "!=")]
    IsNot,
    #[serde(rename = "contains")]
    Contains,
}

/// Which way relations go.
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words say it")]
pub enum Direction {
    Upstream,
    Downstream,
}
