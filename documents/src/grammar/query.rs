//! Queries for entities: in aggregations, in conditions of actions, and in datasets of inputs.
//!
//! A dataset of an input may contain jq; everywhere else `J` is [`Never`].

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::{Combinator, Null};

/// Rules and how they are combined.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Query{J}")]
pub struct Query<J> {
    /// How the rules are combined.
    pub combinator: Combinator,
    /// The rules.
    pub rules: Vec<Rule<J>>,
}

/// A rule, or a group of rules.
#[derive(JsonSchema)]
#[serde(untagged, rename_all_fields = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Rule{J}")]
pub enum Rule<J> {
    /// A property is equal to something.
    Equal {
        /// The property.
        property: PropertyReference,
        /// The comparison.
        operator: Equal,
        /// The value to compare with.
        value: EqualTo<J>,
    },
    /// A property is compared with something.
    Compare {
        /// The property.
        property: PropertyReference,
        /// The comparison.
        operator: Comparison,
        /// The value to compare with.
        value: Compared<J>,
    },
    /// A number or a time is above or below something.
    Bound {
        /// The property.
        property: PropertyReference,
        /// The comparison.
        operator: Bound,
        /// The value to compare with.
        value: BoundOf<J>,
    },
    /// A time is inside or outside a span.
    Between {
        /// The property.
        property: PropertyReference,
        /// Inside or outside.
        operator: Between,
        /// The span.
        value: Times,
    },
    /// A property has a value or not, or a timer has expired or not.
    State {
        /// The property.
        property: String,
        /// The condition.
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
        /// The direction of the relations.
        direction: Option<Direction>,
        /// Whether the relations are required.
        required: Option<bool>,
    },
    /// A property of some type is compared with something.
    OfType {
        /// The schema of the property.
        property_schema: PropertySchema,
        /// The comparison.
        operator: OfType,
        /// The value to compare with.
        value: Option<Scalar<J>>,
    },
    /// A property has one of several values.
    MatchAny {
        /// The property, or the path to it.
        property: PropertyPath,
        /// The operator.
        operator: MatchAny,
        /// The values.
        value: Matched,
    },
    /// A group of rules.
    Group(Query<J>),
}

/// A property by key, or a property of the current user.
#[derive(JsonSchema)]
#[serde(untagged)]
pub enum PropertyReference {
    /// A key, or a meta property such as `$identifier`.
    Key(String),
    /// A property of the current user.
    Context(ContextReference),
}

/// A property of the current user.
#[derive(JsonSchema)]
pub struct ContextReference {
    /// Its key.
    pub property: String,
    /// Who or what has the property.
    pub context: ContextWord,
}

/// Who or what has a property.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ContextWord {
    /// The current user.
    User,
    /// The current user's teams.
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
    /// Null.
    Null(Null),
    /// A string or a time.
    Text(String),
    /// A number.
    Number(f64),
    /// True or false.
    Flag(bool),
    /// Strings.
    Texts(Vec<String>),
    /// Numbers.
    Numbers(Vec<f64>),
    /// Booleans.
    Flags(Vec<bool>),
    /// A property of the current user.
    Context(ContextReference),
    /// jq that returns it.
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
    /// A property of the current user.
    Context(ContextReference),
    /// jq that returns it.
    Jq(J),
}

/// A value of a property that is selected by its type.
#[derive(JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Scalar{J}")]
pub enum Scalar<J> {
    /// Null.
    Null(Null),
    /// A string.
    Text(String),
    /// A number.
    Number(f64),
    /// True or false.
    Flag(bool),
    /// jq that returns it.
    Jq(J),
}

/// A span of time, or a property of the current user.
#[derive(JsonSchema)]
#[serde(untagged)]
pub enum Times {
    /// A span of time.
    Span(TimeSpan),
    /// A property of the current user.
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
    /// A named span.
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
    /// jq that returns them.
    Jq(J),
}

/// A property, or the path to it.
#[derive(JsonSchema)]
#[serde(untagged)]
pub enum PropertyPath {
    /// A key, or a meta property such as `$team`.
    Key(String),
    /// A property of the current user.
    Context(ContextReference),
    /// The path to it.
    Path(Path),
}

/// The path to a property.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Path {
    /// Relations and a final property.
    pub path: Vec<Hop>,
    /// The blueprint where the path starts.
    pub from_blueprint: Option<String>,
}

/// A relation on a path.
#[derive(JsonSchema)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Hop {
    /// Its key.
    Key(String),
    /// Its key, followed several times.
    Relation {
        /// Its key.
        relation: Option<String>,
        /// The most times that it is followed.
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
    /// A property of the current user.
    Context(ContextReference),
}

/// The schema of a property.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PropertySchema {
    /// Its type.
    pub r#type: String,
    /// Its format.
    pub format: Option<String>,
    /// The items of a list.
    pub items: Option<PropertySchemaItems>,
}

/// The items of a list.
#[derive(JsonSchema)]
pub struct PropertySchemaItems {
    /// Its type.
    pub r#type: String,
    /// Its format.
    pub format: Option<String>,
}

/// No value: replaces jq where Port does not accept it.
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

/// A comparison of values.
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

/// A condition on a property that needs no value.
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

/// A comparison for a property that is selected by its type.
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

/// The direction of relations.
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words say it")]
pub enum Direction {
    Upstream,
    Downstream,
}
