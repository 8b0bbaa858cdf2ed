//! Properties that Port derives from others.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::words::CalculationItemFormat;
use super::{CalculationFormat, Colour, Jq, MirrorPath, Never, Query, Spec, SpecAuthentication, ValueType};

/// A property that Port calculates from the entity's other properties.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CalculationProperty {
    /// The title that people see.
    #[schemars(length(max = 100))]
    pub title: Option<String>,
    /// A description.
    pub description: Option<String>,
    /// The name of one of Port's icons.
    pub icon: Option<String>,
    /// jq on the entity: `.properties.cpu * 2`.
    pub calculation: Jq,
    /// The type of the result.
    pub r#type: ValueType,
    /// The format of a string, which decides how Port shows it.
    pub format: Option<CalculationFormat>,
    /// What a URL or an object contains, so that Port can render it.
    pub spec: Option<Spec>,
    /// How Port signs in to an embedded URL.
    pub spec_authentication: Option<SpecAuthentication>,
    /// Whether values have colours.
    pub colorized: Option<bool>,
    /// Colours of values.
    pub colors: Option<BTreeMap<String, Colour>>,
    /// The items of a list.
    pub items: Option<CalculationItems>,
}

/// The items of a calculated list.
#[derive(JsonSchema)]
pub struct CalculationItems {
    /// The type of an item.
    pub r#type: Option<ValueType>,
    /// The format of a string.
    pub format: Option<CalculationItemFormat>,
}

/// A property of a related entity, shown as a property of this one.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MirrorProperty {
    /// Relations and a final property, separated by dots: `service.$title`.
    pub path: MirrorPath,
    /// The title that people see.
    #[schemars(length(max = 100))]
    pub title: Option<String>,
}

/// A number calculated over many entities.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AggregationProperty {
    /// The title that people see.
    #[schemars(length(max = 100))]
    pub title: String,
    /// A description.
    pub description: Option<String>,
    /// The name of one of Port's icons.
    pub icon: Option<String>,
    /// Always a number.
    pub r#type: Option<NumberAlone>,
    /// The identifier of the blueprint whose entities are aggregated.
    pub target: String,
    /// The calculation.
    pub calculation_spec: AggregationSpec,
    /// Selects the entities.
    pub query: Option<Query<Never>>,
    /// The relations that lead to the entities.
    #[schemars(length(max = 1))]
    pub path_filter: Option<Vec<PathFilter>>,
}

/// `number`.
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NumberAlone {
    /// The only allowed type.
    Number,
}

/// The calculation of an aggregation.
#[derive(JsonSchema)]
#[serde(untagged, rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum AggregationSpec {
    /// The number of entities.
    Count {
        /// Over entities.
        calculation_by: ByEntities,
        /// The count.
        func: Count,
    },
    /// The average number of entities per span of time.
    AverageCount {
        /// Over entities.
        calculation_by: ByEntities,
        /// The average.
        func: Average,
        /// The span of time.
        average_of: Span,
        /// The property that contains the time. Default: `$createdAt`.
        measure_time_by: Option<String>,
    },
    /// A number calculated from a property's values.
    Property {
        /// Over a property.
        calculation_by: ByProperty,
        /// The function.
        func: Function,
        /// The key of the property.
        property: String,
    },
    /// The average of a property's values per span of time.
    AverageProperty {
        /// Over a property.
        calculation_by: ByProperty,
        /// The average.
        func: Average,
        /// The key of the property.
        property: String,
        /// The span of time.
        average_of: Span,
        /// The property that contains the time. Default: `$createdAt`.
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
    /// The count.
    Count,
}

/// `average`.
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Average {
    /// The average.
    Average,
}

/// A function of a property's values.
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

/// The path to the entities.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PathFilter {
    /// Keys of relations.
    #[schemars(length(min = 1))]
    pub path: Vec<String>,
    /// The blueprint where the path starts.
    pub from_blueprint: Option<String>,
}
