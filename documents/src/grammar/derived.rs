//! Properties that Port works out itself.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::words::CalculationItemFormat;
use super::{CalculationFormat, Colour, Jq, MirrorPath, Never, Query, Spec, SpecAuthentication, ValueType};

/// A property that Port calculates of the entity's others.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CalculationProperty {
    /// What people read.
    #[schemars(length(max = 100))]
    pub title: Option<String>,
    /// What it means.
    pub description: Option<String>,
    /// The name of one of Port's icons.
    pub icon: Option<String>,
    /// jq on the entity: `.properties.cpu * 2`.
    pub calculation: Jq,
    /// What it yields.
    pub r#type: ValueType,
    /// What a text is, and how Port shows it.
    pub format: Option<CalculationFormat>,
    /// What stands behind a URL or in an object, for Port to show it whole.
    pub spec: Option<Spec>,
    /// How Port signs in at an embedded URL.
    pub spec_authentication: Option<SpecAuthentication>,
    /// Whether values have colours.
    pub colorized: Option<bool>,
    /// A colour for values.
    pub colors: Option<BTreeMap<String, Colour>>,
    /// What a list holds.
    pub items: Option<CalculationItems>,
}

/// What a calculated list holds.
#[derive(JsonSchema)]
pub struct CalculationItems {
    /// What an element is.
    pub r#type: Option<ValueType>,
    /// What a text is.
    pub format: Option<CalculationItemFormat>,
}

/// A property of a related entity, shown as one of this.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MirrorProperty {
    /// Relations and, last, the property, with dots between them: `service.$title`.
    pub path: MirrorPath,
    /// What people read.
    #[schemars(length(max = 100))]
    pub title: Option<String>,
}

/// A number over many entities.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AggregationProperty {
    /// What people read.
    #[schemars(length(max = 100))]
    pub title: String,
    /// What it means.
    pub description: Option<String>,
    /// The name of one of Port's icons.
    pub icon: Option<String>,
    /// Always a number.
    pub r#type: Option<NumberAlone>,
    /// The identifier of the blueprint whose entities are counted.
    pub target: String,
    /// How.
    pub calculation_spec: AggregationSpec,
    /// Which entities.
    pub query: Option<Query<Never>>,
    /// By which relations.
    #[schemars(length(max = 1))]
    pub path_filter: Option<Vec<PathFilter>>,
}

/// `number`.
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NumberAlone {
    /// The only type there is here.
    Number,
}

/// What is counted, and how.
#[derive(JsonSchema)]
#[serde(untagged, rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum AggregationSpec {
    /// How many entities there are.
    Count {
        /// Over entities.
        calculation_by: ByEntities,
        /// How many.
        func: Count,
    },
    /// How many entities there are in a span of time.
    AverageCount {
        /// Over entities.
        calculation_by: ByEntities,
        /// On average.
        func: Average,
        /// The span of time.
        average_of: Span,
        /// The property that has the time; `$createdAt` goes without saying.
        measure_time_by: Option<String>,
    },
    /// A number of a property's values.
    Property {
        /// Over a property.
        calculation_by: ByProperty,
        /// Which number.
        func: Function,
        /// The key of the property.
        property: String,
    },
    /// What a property's values come to in a span of time.
    AverageProperty {
        /// Over a property.
        calculation_by: ByProperty,
        /// On average.
        func: Average,
        /// The key of the property.
        property: String,
        /// The span of time.
        average_of: Span,
        /// The property that has the time; `$createdAt` goes without saying.
        measure_time_by: Option<String>,
    },
}

/// `entities`.
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum ByEntities {
    /// Over entities.
    Entities,
}

/// `property`.
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum ByProperty {
    /// Over a property.
    Property,
}

/// `count`.
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Count {
    /// How many.
    Count,
}

/// `average`.
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Average {
    /// On average.
    Average,
}

/// What is made of a property's values.
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Function {
    Sum,
    Min,
    Max,
    Median,
}

/// A span of time.
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words say it")]
pub enum Span {
    Hour,
    Day,
    Week,
    Month,
    Total,
}

/// Which way leads to the entities.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PathFilter {
    /// Keys of relations.
    #[schemars(length(min = 1))]
    pub path: Vec<String>,
    /// The blueprint at which the way starts.
    pub from_blueprint: Option<String>,
}
