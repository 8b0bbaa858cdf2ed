//! Counters of a batch in `CloudWatch`'s embedded metric format: JSON lines in the log that become metrics.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use port::Tally;
use serde_json::{Map, Value, json};

use crate::fate::Fate;

/// The namespace of every metric here. The template's alarms use the same name.
const NAMESPACE: &str = "PortActionRunner";

/// What happened in one batch.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) records: usize,
    pub(crate) runs: usize,
    /// Messages that were rejected: a wrong signature, or no run id.
    pub(crate) rejected: usize,
    /// Records that cannot be read and may be anybody's.
    pub(crate) unreadable: usize,
    outcomes: BTreeMap<(String, &'static str), u64>,
    /// Milliseconds since the epoch.
    oldest: Option<i64>,
}

impl Counters {
    pub(crate) fn record(&mut self, published: Option<i64>) {
        self.records += 1;
        self.oldest = self.oldest.into_iter().chain(published).min();
    }

    pub(crate) fn fate(&mut self, action: &str, fate: &Fate) {
        *self.outcomes.entry((action.to_owned(), fate.outcome())).or_default() += 1;
    }

    /// Writes the lines. A batch with nothing of ours writes none.
    pub(crate) fn emit(&self, function_name: &str, calls: &Tally) {
        if self.runs == 0 && self.rejected == 0 && self.unreadable == 0 {
            return;
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
        let mut lines = String::new();
        for line in self.lines(function_name, calls, now) {
            lines.push_str(&line.to_string());
            lines.push('\n');
        }
        // If standard output is broken, there is nowhere to report it.
        let _ = std::io::stdout().lock().write_all(lines.as_bytes());
    }

    fn lines(&self, function_name: &str, calls: &Tally, now: i64) -> Vec<Value> {
        let mut lines = Vec::new();
        for ((action, outcome), runs) in &self.outcomes {
            let dimensions = json!([["FunctionName", "Outcome"], ["FunctionName", "Action", "Outcome"]]);
            let names = [("FunctionName", function_name), ("Action", action), ("Outcome", outcome)];
            lines.push(line(now, &dimensions, &names, &[("Runs", "Count", json!(runs))]));
        }
        for (class, count) in calls.by_class() {
            let dimensions = json!([["FunctionName", "StatusClass"]]);
            let names = [("FunctionName", function_name), ("StatusClass", class)];
            lines.push(line(now, &dimensions, &names, &[("PortCalls", "Count", json!(count))]));
        }
        let counts =
            [("Retries", calls.retries), ("Rejected", self.rejected as u64), ("Unreadable", self.unreadable as u64)];
        let mut values = Vec::from(counts.map(|(name, count)| (name, "Count", json!(count))));
        if let Some(oldest) = self.oldest {
            values.push(("RecordAge", "Milliseconds", json!(now.saturating_sub(oldest).max(0))));
        }
        lines.push(line(now, &json!([["FunctionName"]]), &[("FunctionName", function_name)], &values));
        lines
    }
}

fn line(now: i64, dimensions: &Value, names: &[(&str, &str)], values: &[(&str, &str, Value)]) -> Value {
    let metrics: Vec<Value> = values.iter().map(|(name, unit, _)| json!({ "Name": name, "Unit": unit })).collect();
    let mut line = Map::new();
    line.insert("timestamp".to_owned(), crate::log::timestamp().into());
    line.insert("level".to_owned(), "INFO".into());
    line.insert("message".to_owned(), "metrics".into());
    let directive = json!([{ "Namespace": NAMESPACE, "Dimensions": dimensions, "Metrics": metrics }]);
    line.insert("_aws".to_owned(), json!({ "Timestamp": now, "CloudWatchMetrics": directive }));
    line.extend(names.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))));
    line.extend(values.iter().map(|(name, _, value)| ((*name).to_owned(), value.clone())));
    Value::Object(line)
}

#[cfg(test)]
mod tests {
    use port::Status;

    use super::*;

    /// Every metric and dimension in a directive is a member of its line, as the format requires.
    #[test]
    fn lines_are_embedded_metrics() {
        let mut counters = Counters { runs: 2, ..Counters::default() };
        counters.record(Some(1000));
        counters.record(Some(400));
        counters.fate("a", &Fate::Reported(Status::Success));
        counters.fate("a", &Fate::Reported(Status::Success));
        counters.fate("a", &Fate::Unfinished(String::new()));
        let lines = counters.lines("runner", &Tally::default(), 1500);
        let runs: Vec<(&Value, &Value)> = lines.iter().take(2).map(|line| (&line["Outcome"], &line["Runs"])).collect();
        assert_eq!(runs, [(&json!("SUCCESS"), &json!(2)), (&json!("UNFINISHED"), &json!(1))]);
        assert_eq!(lines.last().map(|line| &line["RecordAge"]), Some(&json!(1100)));
        for line in &lines {
            let directive = &line["_aws"]["CloudWatchMetrics"][0];
            assert_eq!(directive["Namespace"], NAMESPACE);
            let dimensions = directive["Dimensions"].as_array().unwrap().iter().flat_map(|set| set.as_array().unwrap());
            let metrics = directive["Metrics"].as_array().unwrap().iter().map(|metric| &metric["Name"]);
            for name in dimensions.chain(metrics) {
                assert!(line.get(name.as_str().unwrap()).is_some(), "{name} in {line}");
            }
        }
    }
}
