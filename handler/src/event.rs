//! Lambda's event of a self-managed Kafka source, read so that no record can spoil another.
//!
//! The shape is that of the Lambda developer guide, "Using Lambda with self-managed Apache Kafka". Only what is needed
//! is asked for: a record without headers, key or value (a tombstone) is a record all the same.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

/// One invocation's records, by partition.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Event {
    /// Keys are `<topic>-<partition>`. A value that is no array of records counts as none.
    records: BTreeMap<String, Value>,
}

/// One record of the topic.
#[derive(Debug)]
pub(crate) struct Record {
    /// The partition's key in the event, which a partial batch response must repeat.
    pub(crate) partition: String,
    /// Its place in the partition; none where the event names none, which Lambda never does.
    pub(crate) offset: Option<i64>,
    /// The value's JSON; None for a tombstone and for what is no JSON.
    pub(crate) value: Option<Value>,
}

impl Event {
    /// All records, those of one partition in their order.
    pub(crate) fn into_records(self) -> impl Iterator<Item = Record> {
        self.records.into_iter().flat_map(|(partition, records)| {
            let records = match records {
                Value::Array(records) => records,
                _ => Vec::new(),
            };
            records.into_iter().map(move |record| Record {
                partition: partition.clone(),
                offset: record.get("offset").and_then(Value::as_i64),
                value: record.get("value").and_then(Value::as_str).and_then(decode),
            })
        })
    }
}

fn decode(value: &str) -> Option<Value> {
    serde_json::from_slice(&STANDARD.decode(value).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(event: &Value) -> Vec<(String, Option<i64>, Option<Value>)> {
        let event: Event = serde_json::from_value(event.clone()).unwrap();
        event.into_records().map(|r| (r.partition, r.offset, r.value)).collect()
    }

    /// Fault 13 of the tutorial's handler: tombstones, other encodings and other shapes ended the batch.
    #[test]
    fn one_bad_record_spoils_no_other() {
        let good = STANDARD.encode(r#"{"a":1}"#);
        let deep = STANDARD.encode("[".repeat(100_000));
        let event = json!({"eventSource": "SelfManagedKafka", "bootstrapServers": "b:9196", "records": {
            "org.runs-1": [
                {"topic": "org.runs", "partition": 1, "offset": 7, "value": good, "headers": [{"h": [104, -1]}]},
                {"offset": 8, "value": null},
                {"offset": 9},
                {"offset": 10, "value": "!!"},
                {"offset": 11, "value": STANDARD.encode("no json")},
                {"offset": 12, "value": STANDARD.encode([0xff, 0xfe])},
                {"offset": 13, "value": deep},
                "no record",
                {"offset": 14, "value": good}
            ],
            "org.runs-0": {"not": "a list"}
        }});
        let records = read(&event);
        let values: Vec<bool> = records.iter().map(|(.., value)| value.is_some()).collect();
        assert_eq!(values, [true, false, false, false, false, false, false, false, true]);
        assert_eq!(records[8], ("org.runs-1".to_owned(), Some(14), Some(json!({"a": 1}))));
    }

    #[test]
    fn an_event_of_something_else_has_no_records() {
        for event in [json!({}), json!({"detail": 1}), json!({"records": {}})] {
            assert!(read(&event).is_empty());
        }
    }
}
