//! An alarm's properties.

use serde::Serialize;

use super::value::Val;

/// An alarm.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Alarm {
    /// What it means.
    pub alarm_description: &'static str,
    /// Whose metric.
    pub namespace: &'static str,
    /// Which.
    pub metric_name: &'static str,
    /// Of what.
    pub dimensions: Vec<Dimension>,
    /// How it is put together.
    pub statistic: &'static str,
    /// Seconds.
    pub period: u16,
    /// Periods.
    pub evaluation_periods: u16,
    /// The bound.
    pub threshold: Val<u32>,
    /// Which side of it.
    pub comparison_operator: &'static str,
    /// No news is good news.
    pub treat_missing_data: &'static str,
    /// Who hears of it.
    pub alarm_actions: Val<Vec<Val<String>>>,
    /// Who hears of its end.
    #[serde(rename = "OKActions")]
    pub ok_actions: Val<Vec<Val<String>>>,
}

/// A metric's dimension.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Dimension {
    /// Such as `FunctionName`.
    pub name: &'static str,
    /// Of ours.
    pub value: Val<String>,
}
