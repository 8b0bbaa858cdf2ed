//! A mapping whose time the test decides, with everything that it reported.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use local::kafka::KafkaRecord;
use local::mapping::{
    BatchDelivery, EventSourceMapping, MappingEvent, MappingObserver, MappingSettings, MappingStatus, Next, Offsets,
    PlacedRecord, ProvisionedMode, RecordFilter,
};
use local::{Answer, Invocation};
use serde_json::{Value, json};

/// When a test begins, in milliseconds since 1970.
pub(crate) const START: i64 = 1_800_000_000_000;

pub(crate) struct Stage {
    pub(crate) mapping: EventSourceMapping,
    pub(crate) now: i64,
    events: Arc<Mutex<Vec<MappingEvent>>>,
}

/// On demand, without a destination, without waiting for more records.
pub(crate) fn on_demand() -> MappingSettings {
    MappingSettings { batching_window: Some(0), ..MappingSettings::new("t", "group") }
}

/// Provisioned, with one poller and partial responses.
pub(crate) fn provisioned() -> MappingSettings {
    MappingSettings {
        provisioned: Some(ProvisionedMode { partial: true, ..ProvisionedMode::default() }),
        ..on_demand()
    }
}

pub(crate) fn done() -> Answer {
    Answer::Response(json!({"batchItemFailures": []}))
}

pub(crate) fn error() -> Answer {
    Answer::Error(json!({"errorType": "Unfinished", "errorMessage": "later"}))
}

/// The answer that names records, by partition and offset.
pub(crate) fn named(items: &[(&str, i64)]) -> Answer {
    let item =
        |(partition, offset): &(&str, i64)| json!({"itemIdentifier": {"partition": partition, "offset": offset}});
    Answer::Response(json!({"batchItemFailures": items.iter().map(item).collect::<Vec<_>>()}))
}

impl Stage {
    /// Creates a mapping with three partitions.
    pub(crate) fn new(settings: MappingSettings) -> Self {
        Self::with(settings, None)
    }

    pub(crate) fn with(settings: MappingSettings, filter: Option<RecordFilter>) -> Self {
        let events: Arc<Mutex<Vec<MappingEvent>>> = Arc::default();
        let seen = Arc::clone(&events);
        let observer = MappingObserver::new(move |event| seen.lock().unwrap().push(event.clone()));
        let mut mapping = EventSourceMapping::new(settings, filter, observer);
        mapping.assign([0, 1, 2]);
        Self { mapping, now: START, events }
    }

    /// Reads a record with this value.
    pub(crate) fn read(&mut self, partition: i32, offset: i64, value: impl Into<bytes::Bytes>) {
        let record = KafkaRecord { timestamp: self.now, ..KafkaRecord::new(value) };
        self.read_record(partition, offset, record);
    }

    pub(crate) fn read_record(&mut self, partition: i32, offset: i64, record: KafkaRecord) {
        self.mapping.push(&PlacedRecord { partition, offset, appended: false, record }, self.now);
    }

    /// Reads records of one partition.
    pub(crate) fn read_many(&mut self, partition: i32, offsets: std::ops::Range<i64>) {
        for offset in offsets {
            self.read(partition, offset, "value");
        }
    }

    /// Returns the delivery that the mapping wants now.
    pub(crate) fn delivery(&mut self) -> BatchDelivery {
        match self.mapping.next(self.now) {
            Next::Deliver(delivery) => delivery,
            other => panic!("{other:?}"),
        }
    }

    /// Returns that the mapping wants nothing, and until when.
    pub(crate) fn pause(&mut self) -> Option<i64> {
        match self.mapping.next(self.now) {
            Next::Wait(until) => Some(until - self.now),
            Next::Idle => None,
            Next::Deliver(delivery) => panic!("{delivery:?}"),
        }
    }

    pub(crate) fn answer(&mut self, delivery: &BatchDelivery, answer: Answer) -> Vec<String> {
        let (request_id, duration) = (delivery.request_id.clone(), Duration::from_millis(3));
        self.mapping.answered(delivery.batch, &Invocation { request_id, answer, duration }, self.now)
    }

    /// Delivers what is next, and answers it.
    pub(crate) fn carry_out(&mut self, answer: Answer) -> BatchDelivery {
        let delivery = self.delivery();
        self.answer(&delivery, answer);
        delivery
    }

    /// Lets the time pass until the mapping wants to deliver.
    pub(crate) fn wait(&mut self) -> i64 {
        let wait = self.pause().unwrap();
        self.now += wait;
        wait
    }

    /// Commits what is due, and returns it.
    pub(crate) fn commit(&mut self) -> BTreeMap<i32, i64> {
        let commits = self.mapping.commits();
        for (partition, offset) in &commits {
            self.mapping.committed(*partition, *offset);
        }
        commits
    }

    pub(crate) fn status(&self) -> &MappingStatus {
        self.mapping.status()
    }

    pub(crate) fn events(&self) -> Vec<MappingEvent> {
        self.events.lock().unwrap().clone()
    }

    /// Returns the messages to the on-failure destination.
    pub(crate) fn failures(&self) -> Vec<Value> {
        self.status().failures.iter().cloned().collect()
    }
}

pub(crate) fn offsets(offsets: &[(i32, std::ops::Range<i64>)]) -> Offsets {
    offsets.iter().cloned().collect()
}
