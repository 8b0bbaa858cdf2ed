//! From the records that wait to a batch: when it is complete, and what is never delivered.

use std::collections::{BTreeMap, BTreeSet};

use super::super::batch::Batch;
use super::super::failure::Attempt;
use super::super::feed::{CloseReason, DiscardCondition, MappingEvent};
use super::super::lane::Lane;
use super::super::record::{Records, Waiting, count};
use super::{EventSourceMapping, LARGEST_EVENT};

/// Whether a batch came about.
pub(super) enum Formed {
    /// It is the last of the open ones.
    Batch,
    /// Not before this time.
    Window(i64),
    /// Records or capacity are missing.
    Nothing,
}

impl EventSourceMapping {
    /// Makes a batch of the records that wait, if it is complete, an even share from each partition that has any.
    pub(super) fn form(&mut self, blocked: &BTreeSet<i32>, now: i64) -> Formed {
        let free: Vec<(i32, &Lane)> =
            self.lanes.iter().filter(|(number, _)| !blocked.contains(number)).map(|(n, lane)| (*n, lane)).collect();
        let arrived = free.iter().filter_map(|(_, lane)| lane.waiting.front()).map(|record| record.arrived).min();
        let Some(arrived) = arrived else { return Formed::Nothing };
        let mut share: BTreeMap<i32, usize> = BTreeMap::new();
        // The first record brings no comma.
        let (mut bytes, mut taken, mut reason) = (self.frame.empty() - 1, 0, None);
        'full: loop {
            let before = taken;
            for (partition, lane) in &free {
                let have = share.get(partition).copied().unwrap_or_default();
                let Some(record) = lane.waiting.get(have) else { continue };
                if taken == self.settings.batch_size {
                    break 'full;
                }
                let growth = self.frame.growth(*partition, have == 0, record);
                if bytes + growth > LARGEST_EVENT {
                    reason = Some(CloseReason::Payload);
                    break 'full;
                }
                bytes += growth;
                taken += 1;
                share.insert(*partition, have + 1);
            }
            if taken == before {
                break;
            }
        }
        if taken == self.settings.batch_size {
            reason = Some(CloseReason::Size);
        }
        let end = arrived.saturating_add(i64::try_from(self.settings.window().as_millis()).unwrap_or(i64::MAX));
        if !self.opened {
            self.opened = true;
            self.emit(&MappingEvent::BatchOpened { batch: self.last + 1, at: arrived });
        }
        let Some(reason) = reason.or((end <= now).then_some(CloseReason::Window)) else { return Formed::Window(end) };
        if self.running() >= self.most {
            return Formed::Nothing;
        }
        self.close(reason, bytes, &share);
        Formed::Batch
    }

    fn close(&mut self, reason: CloseReason, bytes: usize, share: &BTreeMap<i32, usize>) {
        self.last += 1;
        self.opened = false;
        let mut records = Records::new();
        for (partition, many) in share {
            if let Some(lane) = self.lanes.get_mut(partition) {
                records.insert(*partition, (0..*many).map_while(|_| lane.pop()).collect());
            }
        }
        let batch = Batch { id: self.last, records, ..Batch::default() };
        let (offsets, records) = (batch.offsets(), count(&batch.records));
        self.open.push_back(batch);
        self.emit(&MappingEvent::BatchClosed { batch: self.last, reason, offsets, records, bytes });
    }

    /// Discards records at the front of their partitions that are never delivered: too large, or too old.
    pub(super) fn skip(&mut self, blocked: &BTreeSet<i32>, now: i64) {
        let partitions: Vec<i32> = self.lanes.keys().filter(|number| !blocked.contains(number)).copied().collect();
        for partition in partitions {
            while let Some((record, condition)) = self.undeliverable(partition, now) {
                let request_id = self.random.uuid();
                let attempt = Attempt { request_id: &request_id, invocations: 0, error: false };
                self.discard(None, condition, attempt, &Records::from([(partition, vec![record])]), now);
            }
        }
    }

    fn undeliverable(&mut self, partition: i32, now: i64) -> Option<(Waiting, DiscardCondition)> {
        let lane = self.lanes.get_mut(&partition)?;
        let record = lane.waiting.front()?;
        let size = self.frame.empty() - 1 + self.frame.growth(partition, true, record);
        let condition = if size > LARGEST_EVENT {
            DiscardCondition::MaximumPayloadSizeExceeded
        } else if self.settings.record_age().is_some_and(|age| now - record.timestamp > age) {
            DiscardCondition::RecordAgeExceeded
        } else {
            return None;
        };
        lane.pop().map(|record| (record, condition))
    }

    /// Discards records of batches that became too old while the batch waited.
    pub(super) fn expire(&mut self, now: i64) {
        let Some(age) = self.settings.record_age() else { return };
        let mut expired = Vec::new();
        for batch in self.open.iter_mut().filter(|batch| batch.running.is_none()) {
            let records = batch.take(|record| now - record.timestamp > age);
            if !records.is_empty() {
                expired.push((batch.id, batch.request_id.clone(), batch.attempt, batch.error, records));
            }
        }
        for (id, request_id, invocations, error, records) in expired {
            let attempt = Attempt { request_id: &request_id, invocations, error };
            self.discard(Some(id), DiscardCondition::RecordAgeExceeded, attempt, &records, now);
        }
        self.sweep();
    }
}
