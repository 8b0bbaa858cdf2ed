//! The log of a topic: batches in partitions, offsets, and what is forgotten when it grows.

use std::collections::{BTreeMap, VecDeque};

use bytes::{Bytes, BytesMut};
use kafka_protocol::ResponseError;
use uuid::Uuid;

use super::batch::{Batch, KafkaRecord, Sequence};

#[cfg(test)]
mod tests;

/// The number of batches of a producer in which a repetition is recognised, as in Apache Kafka.
const REMEMBERED: usize = 5;
/// The number of idempotent producers that a partition remembers; the first one is forgotten beyond it.
const MOST_PRODUCERS: usize = 1_000;

/// How much a topic keeps. What is older is forgotten batch by batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// The number of records that are kept at least, as long as the bytes allow.
    pub records: usize,
    /// The number of bytes that are kept at most; the newest batch is always kept.
    pub bytes: usize,
}

impl Default for Retention {
    fn default() -> Self {
        Self { records: 10_000, bytes: 256 * 1024 * 1024 }
    }
}

/// A topic with its partitions.
#[derive(Debug)]
pub(super) struct Topic {
    /// The id by which newer clients know it.
    pub(super) id: Uuid,
    /// The partitions, by number.
    pub(super) partitions: Vec<Partition>,
    /// How many batches were ever appended.
    appended: u64,
}

impl Topic {
    /// Creates an empty topic.
    pub(super) fn new(id: Uuid, partitions: usize) -> Self {
        Self { id, partitions: std::iter::repeat_with(Partition::default).take(partitions).collect(), appended: 0 }
    }

    /// Returns a partition by the number that a client sent.
    pub(super) fn partition(&self, number: i32) -> Option<&Partition> {
        self.partitions.get(usize::try_from(number).ok()?)
    }

    /// Returns the partition for a record: by its key, or the shortest if it has none.
    pub(super) fn place(&self, key: Option<&[u8]>) -> i32 {
        let count = u32::try_from(self.partitions.len()).unwrap_or(u32::MAX).max(1);
        let shortest = || (0..).zip(&self.partitions).min_by_key(|(_, log)| log.end).map_or(0, |(number, _)| number);
        key.map_or_else(shortest, |key| i32::try_from(crc32c::crc32c(key) % count).unwrap_or_default())
    }

    /// Appends a batch and forgets what is too much. A repetition of an idempotent producer's batch is not appended.
    ///
    /// # Errors
    ///
    /// Kafka's code: an unknown partition, or numbers of an idempotent producer that do not follow.
    pub(super) fn append(&mut self, number: i32, batch: Batch, keep: Retention) -> Result<Appended, ResponseError> {
        let partition = usize::try_from(number).ok().and_then(|number| self.partitions.get_mut(number));
        let partition = partition.ok_or(ResponseError::UnknownTopicOrPartition)?;
        if let Some(offset) = partition.repeated(batch.sequence)? {
            return Ok(Appended { offset, batch: None });
        }
        let offset = partition.end;
        let batch = batch.at(offset);
        self.appended += 1;
        partition.push(self.appended, batch.clone());
        self.forget(keep);
        Ok(Appended { offset, batch: Some(batch) })
    }

    /// Removes the oldest batches, of whichever partition, until the rest is within bounds.
    fn forget(&mut self, keep: Retention) {
        loop {
            let records: usize = self.partitions.iter().map(|partition| partition.records).sum();
            let bytes: usize = self.partitions.iter().map(|partition| partition.bytes).sum();
            let batches: usize = self.partitions.iter().map(|partition| partition.batches.len()).sum();
            let oldest = self.partitions.iter_mut().min_by_key(|partition| partition.first());
            let Some(oldest) = oldest.filter(|_| batches > 1) else { return };
            let next = oldest.batches.front().map_or(0, |(_, batch)| count(batch));
            if bytes <= keep.bytes && records.saturating_sub(next) < keep.records {
                return;
            }
            oldest.pop();
        }
    }
}

/// What became of a batch.
#[derive(Debug)]
pub(super) struct Appended {
    /// The offset of its first record.
    pub(super) offset: i64,
    /// The batch as it is kept; nothing for a repetition.
    pub(super) batch: Option<Batch>,
}

/// One partition.
#[derive(Debug, Default)]
pub(super) struct Partition {
    /// The batches with the number of their arrival in the topic.
    batches: VecDeque<(u64, Batch)>,
    records: usize,
    bytes: usize,
    start: i64,
    end: i64,
    producers: BTreeMap<i64, VecDeque<(Sequence, i64)>>,
}

impl Partition {
    /// Returns the offset of the first record that is kept.
    pub(super) fn start(&self) -> i64 {
        self.start
    }

    /// Returns the offset that the next record gets.
    pub(super) fn end(&self) -> i64 {
        self.end
    }

    /// Returns whole batches from the one that contains an offset. The first is returned however large it is, unless
    /// the caller has something already; the others as long as they fit.
    ///
    /// # Errors
    ///
    /// `OFFSET_OUT_OF_RANGE`.
    pub(super) fn fetch(&self, offset: i64, most: usize, whole: bool) -> Result<Bytes, ResponseError> {
        if !(self.start..=self.end).contains(&offset) {
            return Err(ResponseError::OffsetOutOfRange);
        }
        let from = self.batches.partition_point(|(_, batch)| batch.end() <= offset);
        let mut found = BytesMut::new();
        for (index, (_, batch)) in self.batches.range(from..).enumerate() {
            if found.len() + batch.bytes().len() > most && !(whole && index == 0) {
                break;
            }
            found.extend_from_slice(batch.bytes());
        }
        Ok(found.freeze())
    }

    /// Returns how many bytes there are from the batch that contains an offset.
    pub(super) fn available(&self, offset: i64) -> usize {
        let from = self.batches.partition_point(|(_, batch)| batch.end() <= offset);
        self.batches.range(from..).map(|(_, batch)| batch.bytes().len()).sum()
    }

    /// Returns the records between two offsets.
    pub(super) fn records(&self, offsets: &std::ops::Range<i64>) -> Vec<(i64, KafkaRecord)> {
        let from = self.batches.partition_point(|(_, batch)| batch.end() <= offsets.start);
        let batches = self.batches.range(from..).map(|(_, batch)| batch).take_while(|batch| batch.base < offsets.end);
        batches.flat_map(Batch::records).filter(|(offset, _)| offsets.contains(offset)).collect()
    }

    /// Returns the offset and the time of the first record that is not older than a time.
    pub(super) fn first_since(&self, time: i64) -> Option<(i64, i64)> {
        let batch = self.batches.iter().map(|(_, batch)| batch).find(|batch| batch.newest >= time);
        batch.map(|batch| batch.first_since(time))
    }

    /// Returns the offset and the time of the newest record.
    pub(super) fn newest(&self) -> Option<(i64, i64)> {
        let batch = self
            .batches
            .iter()
            .map(|(_, batch)| batch)
            .reduce(|newest, batch| if batch.newest > newest.newest { batch } else { newest })?;
        Some(batch.first_since(batch.newest))
    }

    /// Continues a log whose earlier records are forgotten.
    pub(super) fn begin_at(&mut self, offset: i64) {
        if self.batches.is_empty() {
            (self.start, self.end) = (offset, offset);
        }
    }

    fn first(&self) -> u64 {
        self.batches.front().map_or(u64::MAX, |(arrival, _)| *arrival)
    }

    fn push(&mut self, arrival: u64, batch: Batch) {
        self.records += count(&batch);
        self.bytes += batch.bytes().len();
        self.end = batch.end();
        if let Some(sequence) = batch.sequence {
            if self.producers.len() >= MOST_PRODUCERS && !self.producers.contains_key(&sequence.producer) {
                self.producers.pop_first();
            }
            let known = self.producers.entry(sequence.producer).or_default();
            known.push_back((sequence, batch.base));
            if known.len() > REMEMBERED {
                known.pop_front();
            }
        }
        self.batches.push_back((arrival, batch));
    }

    fn pop(&mut self) {
        if let Some((_, batch)) = self.batches.pop_front() {
            self.records -= count(&batch);
            self.bytes -= batch.bytes().len();
            self.start = self.batches.front().map_or(self.end, |(_, batch)| batch.base);
        }
    }

    /// Returns the offset that a batch of an idempotent producer got before.
    fn repeated(&self, sequence: Option<Sequence>) -> Result<Option<i64>, ResponseError> {
        let Some(sequence) = sequence else { return Ok(None) };
        let Some(known) = self.producers.get(&sequence.producer) else { return Ok(None) };
        if let Some((_, offset)) = known.iter().find(|(known, _)| *known == sequence) {
            return Ok(Some(*offset));
        }
        let Some((last, _)) = known.back() else { return Ok(None) };
        if sequence.epoch < last.epoch {
            return Err(ResponseError::InvalidProducerEpoch);
        }
        // Behind the largest number comes 0.
        let next = i32::try_from((i64::from(last.first) + i64::from(last.count)) & i64::from(i32::MAX)).unwrap_or(0);
        let expected = if sequence.epoch > last.epoch { 0 } else { next };
        if sequence.first == expected { Ok(None) } else { Err(ResponseError::OutOfOrderSequenceNumber) }
    }
}

fn count(batch: &Batch) -> usize {
    usize::try_from(batch.count).unwrap_or_default()
}
