//! A topic in memory, for runs without a broker.

use super::record::PlacedRecord;
use crate::kafka::KafkaRecord;

/// The values of a partition's records, in order; `None` is a tombstone.
pub type Partition = Vec<Option<Vec<u8>>>;

/// The time of the record with offset 0. A record with offset n is n milliseconds later.
const FIRST_TIMESTAMP: i64 = 1_700_000_000_000;

/// A Kafka topic.
#[derive(Debug, Clone, Default)]
pub struct Topic {
    /// Its name.
    pub name: String,
    /// By partition number.
    pub partitions: Vec<Partition>,
}

impl Topic {
    /// Returns the records of a partition, published at a fixed time in the past.
    pub fn records(&self, partition: usize) -> impl Iterator<Item = PlacedRecord> + '_ {
        let number = i32::try_from(partition).unwrap_or(i32::MAX);
        let values = self.partitions.get(partition).map(Vec::as_slice).unwrap_or_default();
        (0..).zip(values).map(move |(offset, value)| {
            let value = value.clone().map(Into::into);
            let record = KafkaRecord { timestamp: FIRST_TIMESTAMP + offset, value, ..KafkaRecord::default() };
            PlacedRecord { partition: number, offset, appended: false, record }
        })
    }
}
