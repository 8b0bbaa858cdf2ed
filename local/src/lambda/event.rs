//! The event that Lambda makes of a batch of records from a self-managed Kafka cluster.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::clock;
use crate::kafka::KafkaRecord;

/// The time of the record with offset 0. A record with offset n is n milliseconds later, so that events are
/// reproducible.
const FIRST_TIMESTAMP: i64 = 1_700_000_000_000;

/// An event under construction.
#[derive(Debug, Clone)]
pub struct KafkaEvent {
    topic: String,
    /// The time of the record with offset 0, in milliseconds since 1970.
    first_timestamp: i64,
    bootstrap_servers: String,
    records: Map<String, Value>,
}

impl KafkaEvent {
    /// Starts an event without records, for a topic.
    pub fn new(topic: impl Into<String>) -> Self {
        Self {
            topic: topic.into(),
            first_timestamp: FIRST_TIMESTAMP,
            bootstrap_servers: "b-1.example.test:9196,b-2.example.test:9196".to_owned(),
            records: Map::new(),
        }
    }

    /// Uses another topic for the records that follow.
    #[must_use]
    pub fn topic(mut self, topic: impl Into<String>) -> Self {
        self.topic = topic.into();
        self
    }

    /// Publishes the records that follow now, instead of at a fixed time in the past.
    #[must_use]
    pub fn published_now(self) -> Self {
        self.published_at(clock::epoch_millis())
    }

    /// Publishes the records that follow at a time in milliseconds since 1970.
    #[must_use]
    pub fn published_at(mut self, first_timestamp: i64) -> Self {
        self.first_timestamp = first_timestamp;
        self
    }

    /// Replaces the brokers, separated by commas.
    #[must_use]
    pub fn bootstrap_servers(mut self, servers: impl Into<String>) -> Self {
        self.bootstrap_servers = servers.into();
        self
    }

    /// Adds a record without a key. A record without a value is a tombstone.
    #[must_use]
    pub fn record(self, partition: u32, offset: u64, value: Option<&[u8]>) -> Self {
        self.keyed_record(partition, offset, None, value)
    }

    /// Adds a record whose value is a JSON document.
    #[must_use]
    pub fn json(self, partition: u32, offset: u64, value: &Value) -> Self {
        self.record(partition, offset, Some(value.to_string().as_bytes()))
    }

    /// Adds a record that may have a key.
    #[must_use]
    pub fn keyed_record(mut self, partition: u32, offset: u64, key: Option<&[u8]>, value: Option<&[u8]>) -> Self {
        let bytes = |bytes: Option<&[u8]>| bytes.map(Bytes::copy_from_slice);
        let timestamp = self.first_timestamp.saturating_add_unsigned(offset);
        let record = KafkaRecord { timestamp, key: bytes(key), value: bytes(value), headers: Vec::new() };
        let partition = i32::try_from(partition).unwrap_or(i32::MAX);
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        let rendered = render(&self.topic, partition, offset, false, &record);
        let partition = format!("{}-{partition}", self.topic);
        if let Value::Array(records) = self.records.entry(partition).or_insert_with(|| json!([])) {
            records.push(rendered);
        }
        self
    }

    /// Returns the event.
    #[must_use]
    pub fn build(self) -> Value {
        json!({
            "eventSource": "SelfManagedKafka",
            "bootstrapServers": self.bootstrap_servers,
            "records": self.records,
        })
    }
}

/// Returns a record as it is in an event. `appended` says that the broker set its time.
pub(super) fn render(topic: &str, partition: i32, offset: i64, appended: bool, record: &KafkaRecord) -> Value {
    let mut rendered = Map::new();
    rendered.insert("topic".to_owned(), topic.into());
    rendered.insert("partition".to_owned(), partition.into());
    rendered.insert("offset".to_owned(), offset.into());
    rendered.insert("timestamp".to_owned(), record.timestamp.into());
    let kind = if appended { "LOG_APPEND_TIME" } else { "CREATE_TIME" };
    rendered.insert("timestampType".to_owned(), kind.into());
    for (name, bytes) in [("key", &record.key), ("value", &record.value)] {
        if let Some(bytes) = bytes {
            rendered.insert(name.to_owned(), STANDARD.encode(bytes).into());
        }
    }
    // Bytes are signed, as in Java.
    let signed = |bytes: &Option<Bytes>| -> Value { bytes.iter().flatten().map(|byte| byte.cast_signed()).collect() };
    let headers = record.headers.iter().map(|(name, value)| json!({ name: signed(value) }));
    rendered.insert("headers".to_owned(), headers.collect());
    rendered.into()
}
