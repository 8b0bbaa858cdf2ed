//! Lambda's event for a self-managed Kafka source, read so that one bad record does not affect the others.
//!
//! The format is described in the Lambda developer guide, "Using Lambda with self-managed Apache Kafka". Only the
//! fields that are needed are read: a record without headers, key or value (a tombstone) is still a record.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value};

/// One invocation's records, by partition. Any event can be read; one without records has none.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "Value")]
pub struct Event {
    /// Keys are `<topic>-<partition>`.
    partitions: Map<String, Value>,
}

impl From<Value> for Event {
    fn from(mut event: Value) -> Self {
        match event.get_mut("records").map(Value::take) {
            Some(Value::Object(partitions)) => Self { partitions },
            _ => Self::default(),
        }
    }
}

/// One record of the topic.
#[derive(Debug)]
pub struct Record {
    /// The partition's key in the event, which a partial batch response must repeat.
    pub partition: String,
    /// Its offset in the partition. `None` if the event has none, which never happens with Lambda.
    pub offset: Option<i64>,
    /// When it was published, in milliseconds since the epoch.
    pub published: Option<i64>,
    /// The value. `None` for a tombstone and for anything that is not text.
    pub value: Option<String>,
}

impl Event {
    /// Returns all records, those of each partition in order.
    pub fn into_records(self) -> impl Iterator<Item = Record> {
        self.partitions.into_iter().flat_map(|(partition, records)| {
            let records = match records {
                Value::Array(records) => records,
                _ => Vec::new(),
            };
            records.into_iter().map(move |record| Record {
                partition: partition.clone(),
                offset: record.get("offset").and_then(Value::as_i64),
                published: record.get("timestamp").and_then(Value::as_i64),
                value: record.get("value").and_then(Value::as_str).and_then(decode),
            })
        })
    }
}

fn decode(value: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(value).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(event: &Value) -> Vec<(String, Option<i64>, Option<String>)> {
        let event: Event = serde_json::from_value(event.clone()).unwrap();
        event.into_records().map(|r| (r.partition, r.offset, r.value)).collect()
    }

    /// Fault 13 of the tutorial's handler: tombstones, other encodings and other shapes ended the batch.
    #[test]
    fn one_bad_record_does_not_affect_the_others() {
        let good = STANDARD.encode(r#"{"a":1}"#);
        let deep = STANDARD.encode("[".repeat(100_000));
        let event = json!({"eventSource": "SelfManagedKafka", "bootstrapServers": "b:9196", "records": {
            "org.runs-1": [
                {"topic": "org.runs", "partition": 1, "offset": 7, "value": good, "headers": [{"h": [104, -1]}]},
                {"offset": 8, "value": null},
                {"offset": 9},
                {"offset": 10, "value": "!!"},
                {"offset": 11, "value": STANDARD.encode("not json")},
                {"offset": 12, "value": STANDARD.encode([0xff, 0xfe])},
                {"offset": 13, "value": deep},
                "not a record",
                {"offset": 14, "value": good}
            ],
            "org.runs-0": {"not": "a list"}
        }});
        let records = read(&event);
        let values: Vec<bool> = records.iter().map(|(.., value)| value.is_some()).collect();
        assert_eq!(values, [true, false, false, false, true, false, true, false, true]);
        assert_eq!(records[8], ("org.runs-1".to_owned(), Some(14), Some(r#"{"a":1}"#.to_owned())));
    }

    #[test]
    fn an_event_of_another_source_has_no_records() {
        for event in
            [json!({}), json!({"detail": 1}), json!({"records": {}}), json!({"records": [1]}), json!(null), json!([])]
        {
            assert!(read(&event).is_empty());
        }
    }

    proptest::proptest! {
        /// An event with any JSON anywhere in it is read, and so is a good record next to it.
        #[test]
        fn any_event_is_read(noise in r#"([1-9][0-9]{0,2}|null|true|"[a-zA-Z0-9+/=]{0,12}"|\[\]|\{\}|\{"value":7\}|\{"offset":"x"\})"#) {
            let good = STANDARD.encode("{}");
            let event = format!(r#"{{"records":{{"t-0":[{noise},{{"offset":1,"value":"{good}"}}],"t-1":{noise}}},"x":{noise}}}"#);
            let event: Event = serde_json::from_str(&event).unwrap();
            let good = event.into_records().any(|record| record.value.as_deref() == Some("{}"));
            proptest::prop_assert!(good);
            let whole: Result<Event, _> = serde_json::from_str(&noise);
            proptest::prop_assert_eq!(whole.unwrap().into_records().count(), 0);
        }
    }
}
