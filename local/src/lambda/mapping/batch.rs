//! A batch that is not done: its records, and what has become of its attempts.

use std::collections::BTreeMap;

use super::feed::Offsets;
use super::record::{Records, Waiting, count, offsets};

/// A batch.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) id: u64,
    pub(super) records: Records,
    /// How often it was delivered, in whole or in part.
    pub(super) attempt: u32,
    /// The attempts that count as retries when they are over.
    pub(super) failures: u32,
    /// The attempts in a row for which Lambda had no capacity.
    pub(super) throttled: u32,
    /// When it is delivered again.
    pub(super) due: i64,
    /// What the invocation that runs received.
    pub(super) running: Option<Offsets>,
    /// The request id of the last invocation.
    pub(super) request_id: String,
    /// Whether the last invocation failed, instead of naming records.
    pub(super) error: bool,
}

impl Batch {
    /// Keeps the records from these offsets on; partitions that are not named are finished.
    pub(super) fn resume(&mut self, from: &BTreeMap<i32, i64>) {
        for (partition, records) in &mut self.records {
            match from.get(partition) {
                Some(from) => records.retain(|record| record.offset >= *from),
                None => records.clear(),
            }
        }
        self.records.retain(|_, records| !records.is_empty());
    }

    /// Takes out the records that a closure picks.
    pub(super) fn take(&mut self, pick: impl Fn(&Waiting) -> bool) -> Records {
        let mut taken = Records::new();
        for (partition, records) in &mut self.records {
            let picked: Vec<Waiting> = records.extract_if(.., |record| pick(record)).collect();
            if !picked.is_empty() {
                taken.insert(*partition, picked);
            }
        }
        self.records.retain(|_, records| !records.is_empty());
        taken
    }

    /// Splits off the second half of each partition, or of the partitions where each has one record. Nothing is split
    /// off a single record.
    pub(super) fn split(&mut self) -> Option<Records> {
        if count(&self.records) < 2 {
            return None;
        }
        let mut second: Records = Records::new();
        for (partition, records) in &mut self.records {
            let rest = records.split_off(records.len().div_ceil(2));
            if !rest.is_empty() {
                second.insert(*partition, rest);
            }
        }
        if second.is_empty() {
            let middle = self.records.keys().nth(self.records.len().div_ceil(2)).copied();
            second = middle.map(|middle| self.records.split_off(&middle)).unwrap_or_default();
        }
        Some(second)
    }

    pub(super) fn offsets(&self) -> Offsets {
        offsets(&self.records)
    }
}
