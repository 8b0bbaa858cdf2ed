//! An alarm's properties.

use serde::Serialize;

use super::value::Val;

/// An alarm.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Alarm {
    /// What the alarm means.
    pub alarm_description: &'static str,
    /// Namespace of the metric.
    pub namespace: &'static str,
    /// Name of the metric.
    pub metric_name: &'static str,
    /// Dimensions of the metric.
    pub dimensions: Vec<Dimension>,
    /// `Sum` or `Maximum`.
    pub statistic: &'static str,
    /// Length of a period in seconds.
    pub period: u16,
    /// Number of periods.
    pub evaluation_periods: u16,
    /// Threshold.
    pub threshold: Val<u32>,
    /// How the metric is compared with the threshold.
    pub comparison_operator: &'static str,
    /// `notBreaching`: missing data does not raise the alarm.
    pub treat_missing_data: &'static str,
    /// Topics to notify of the alarm.
    pub alarm_actions: Val<Vec<Val<String>>>,
    /// Topics to notify when the alarm ends.
    #[serde(rename = "OKActions")]
    pub ok_actions: Val<Vec<Val<String>>>,
}

/// A metric's dimension.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Dimension {
    /// Name, such as `FunctionName`.
    pub name: &'static str,
    /// Value.
    pub value: Val<String>,
}
