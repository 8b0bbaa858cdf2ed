//! What the function's answer means for the records that it received.
//!
//! Lambda developer guide, "Configuring error handling controls for Kafka event sources".

use std::collections::BTreeMap;

use serde_json::Value;

use super::feed::Offsets;
use crate::lambda::Answer;

/// What becomes of the records of an invocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// All are finished.
    Finished,
    /// All are delivered again.
    Again,
    /// Those from these offsets on are delivered again, by partition; all others are finished.
    From(BTreeMap<i32, i64>),
    /// Lambda had no capacity for the invocation: all are delivered again, and that is not a retry.
    Throttled,
}

/// Returns what an answer means for the records at `offsets`, and what in the answer no function should say. `partial` is
/// whether the mapping has `ReportBatchItemFailures`: without it, what a function answers is ignored.
#[must_use]
pub fn fate(topic: &str, offsets: &Offsets, partial: bool, answer: &Answer) -> (Fate, Vec<String>) {
    let response = match answer {
        Answer::Response(response) => response,
        Answer::Throttled => return (Fate::Throttled, Vec::new()),
        Answer::Error(_) | Answer::InitError(_) | Answer::TimedOut => return (Fate::Again, Vec::new()),
    };
    let failures = match response.get("batchItemFailures") {
        // Lambda takes this for a success; a function that answers partially does not leave it out.
        None | Some(Value::Null) if partial => {
            return (Fate::Finished, vec![format!("an answer without `batchItemFailures`: {response}")]);
        }
        None | Some(Value::Null) => return (Fate::Finished, Vec::new()),
        Some(Value::Array(failures)) => failures.as_slice(),
        Some(other) => {
            let faults = vec![format!("`batchItemFailures` is not a list: {other}")];
            return (if partial { Fate::Again } else { Fate::Finished }, faults);
        }
    };
    if failures.is_empty() {
        return (Fate::Finished, Vec::new());
    }
    if !partial {
        return (Fate::Finished, vec![format!("an unexpected partial response: {response}")]);
    }
    let mut from: BTreeMap<i32, i64> = BTreeMap::new();
    let mut faults = Vec::new();
    let mut unknown = false;
    for failure in failures {
        let item = failure.get("itemIdentifier").unwrap_or(&Value::Null);
        let place = place(topic, item)
            .filter(|(partition, offset)| offsets.get(partition).is_some_and(|sent| sent.contains(offset)));
        let Some((partition, offset)) = place else {
            unknown = true;
            faults.push(format!("not in this batch: {item}"));
            continue;
        };
        if from.contains_key(&partition) {
            faults.push(format!("the partition a second time: {item}"));
        }
        let lowest = from.entry(partition).or_insert(offset);
        *lowest = offset.min(*lowest);
    }
    (if unknown { Fate::Again } else { Fate::From(from) }, faults)
}

/// `{"partition": "org.runs-1", "offset": 7}`
fn place(topic: &str, item: &Value) -> Option<(i32, i64)> {
    let partition = item.get("partition")?.as_str()?.strip_prefix(topic)?.strip_prefix('-')?.parse().ok()?;
    Some((partition, item.get("offset")?.as_i64()?))
}
