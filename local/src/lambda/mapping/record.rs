//! Records, from the topic to the event.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::feed::Offsets;
use crate::kafka::KafkaRecord;
use crate::lambda::event;

/// A record with its place in the topic.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlacedRecord {
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
    /// Whether the broker set the record's time, instead of the producer.
    pub appended: bool,
    /// The record.
    pub record: KafkaRecord,
}

/// A record that waits to be delivered, as it will be in the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) offset: i64,
    /// The record's own time.
    pub(super) timestamp: i64,
    /// When it arrived here.
    pub(super) arrived: i64,
    pub(super) json: String,
}

impl Waiting {
    pub(super) fn new(topic: &str, placed: &PlacedRecord, arrived: i64) -> Self {
        let PlacedRecord { partition, offset, appended, record } = placed;
        let json = event::render(topic, *partition, *offset, *appended, record).to_string();
        Self { offset: *offset, timestamp: record.timestamp, arrived, json }
    }
}

/// Records of a batch by partition, in order; no partition is empty.
pub(super) type Records = BTreeMap<i32, Vec<Waiting>>;

/// Returns the offsets of records.
pub(super) fn offsets(records: &Records) -> Offsets {
    let range = |records: &Vec<Waiting>| Some(records.first()?.offset..records.last()?.offset + 1);
    records.iter().filter_map(|(partition, records)| Some((*partition, range(records)?))).collect()
}

/// Returns how many records there are.
pub(super) fn count(records: &Records) -> usize {
    records.values().map(Vec::len).sum()
}

/// What is the same in all events of a mapping.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    topic: String,
    /// Everything before the first partition.
    head: String,
}

/// What is behind the last partition.
const TAIL: &str = "}}";

impl Frame {
    pub(super) fn new(topic: &str, bootstrap_servers: &[String]) -> Self {
        let servers: Value = bootstrap_servers.join(",").into();
        let head = format!(r#"{{"eventSource":"SelfManagedKafka","bootstrapServers":{servers},"records":{{"#);
        Self { topic: topic.to_owned(), head }
    }

    /// Returns the name of a partition in events.
    pub(super) fn name(&self, partition: i32) -> String {
        format!("{}-{partition}", self.topic)
    }

    /// Returns the size of an event without records.
    pub(super) fn empty(&self) -> usize {
        self.head.len() + TAIL.len()
    }

    /// Returns by how much a record makes an event larger, a comma included. `first` says that it is the first one of its
    /// partition.
    pub(super) fn growth(&self, partition: i32, first: bool, record: &Waiting) -> usize {
        let key = if first { self.key(partition).len() + 2 } else { 0 };
        record.json.len() + 1 + key
    }

    /// Writes the event.
    pub(super) fn event(&self, records: &Records) -> String {
        let mut event = self.head.clone();
        for (at, (partition, records)) in records.iter().enumerate() {
            if at > 0 {
                event.push(',');
            }
            event.push_str(&self.key(*partition));
            event.push('[');
            for (at, record) in records.iter().enumerate() {
                if at > 0 {
                    event.push(',');
                }
                event.push_str(&record.json);
            }
            event.push(']');
        }
        event.push_str(TAIL);
        event
    }

    fn key(&self, partition: i32) -> String {
        format!("{}:", json!(self.name(partition)))
    }
}
