//! The mapping itself: records go in, deliveries come out, and answers decide what follows.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

mod forming;

use forming::Formed;

use super::batch::Batch;
use super::failure::{self, Attempt};
use super::fate::{Fate, fate};
use super::feed::{DiscardCondition, MappingEvent, MappingObserver, Offsets};
use super::lane::Lane;
use super::record::{Frame, PlacedRecord, Records, Waiting, count, offsets};
use super::settings::MappingSettings;
use super::status::{MappingState, MappingStatus, ProcessingResult};
use crate::lambda::{Answer, Invocation};
use crate::random::Random;

/// The largest event of a synchronous invocation, in bytes.
const LARGEST_EVENT: usize = 6 * 1024 * 1024;

/// The longest wait before a retry, in milliseconds; the first is a second, and each is twice as long as the one before.
const LONGEST_WAIT: i64 = 60_000;

/// Returns why a record's value does not pass; `Ok` if it does.
pub type RecordFilter = Arc<dyn Fn(&[u8]) -> Result<(), String> + Send + Sync>;

/// An event source mapping: one consumer of some partitions of a topic. Times are in milliseconds since 1970.
pub struct EventSourceMapping {
    settings: MappingSettings,
    filter: Option<RecordFilter>,
    observer: MappingObserver,
    frame: Frame,
    random: Random,
    status: MappingStatus,
    lanes: BTreeMap<i32, Lane>,
    /// The batches that are not done, in the order in which they may be delivered.
    open: VecDeque<Batch>,
    /// The number of the last batch.
    last: u64,
    /// Whether the window of the next batch has begun.
    opened: bool,
    /// How many invocations there may be at once for now.
    most: usize,
}

/// What the mapping wants next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// To invoke the function.
    Deliver(BatchDelivery),
    /// Nothing before this time, unless a record or an answer arrives.
    Wait(i64),
    /// Nothing before a record or an answer arrives.
    Idle,
}

/// An invocation to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchDelivery {
    /// The number of the batch.
    pub batch: u64,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// The request id.
    pub request_id: String,
    /// The event, as JSON.
    pub event: String,
    /// The records in it.
    pub offsets: Offsets,
}

impl EventSourceMapping {
    /// Creates a mapping without partitions. Without a filter, every record passes.
    #[must_use]
    pub fn new(settings: MappingSettings, filter: Option<RecordFilter>, observer: MappingObserver) -> Self {
        Self {
            frame: Frame::new(&settings.topic, &settings.bootstrap_servers),
            random: Random::new(settings.seed),
            most: settings.concurrency(),
            status: MappingStatus::default(),
            lanes: BTreeMap::new(),
            open: VecDeque::new(),
            last: 0,
            opened: false,
            settings,
            filter,
            observer,
        }
    }

    /// Returns the settings.
    #[must_use]
    pub fn settings(&self) -> &MappingSettings {
        &self.settings
    }

    /// Returns what Lambda would show.
    #[must_use]
    pub fn status(&self) -> &MappingStatus {
        &self.status
    }

    /// Changes `State`.
    pub fn enter(&mut self, state: MappingState) {
        if self.status.state != state {
            self.emit(&MappingEvent::StateChanged { state });
        }
    }

    /// Changes `LastProcessingResult`, with a cause for people.
    pub fn note(&mut self, result: ProcessingResult, cause: Option<String>) {
        if self.status.result != result {
            self.emit(&MappingEvent::ResultChanged { result, cause });
        }
    }

    /// Takes on partitions. Their first records follow.
    pub fn assign(&mut self, partitions: impl IntoIterator<Item = i32>) {
        let partitions: Vec<i32> = partitions.into_iter().filter(|number| !self.lanes.contains_key(number)).collect();
        if !partitions.is_empty() {
            self.lanes.extend(partitions.iter().map(|partition| (*partition, Lane::default())));
            self.emit(&MappingEvent::Assigned { partitions });
        }
    }

    /// Gives up partitions: their records are delivered by whatever consumer has them next, also those in flight here.
    pub fn revoke(&mut self, partitions: impl IntoIterator<Item = i32>) {
        let partitions: Vec<i32> =
            partitions.into_iter().filter(|number| self.lanes.remove(number).is_some()).collect();
        if partitions.is_empty() {
            return;
        }
        for batch in &mut self.open {
            batch.records.retain(|partition, _| !partitions.contains(partition));
        }
        self.emit(&MappingEvent::Revoked { partitions });
        self.sweep();
    }

    /// Returns whether more records of a partition are of use. Otherwise they are better left with the broker.
    #[must_use]
    pub fn has_room(&self, partition: i32) -> bool {
        let most = self.settings.batch_size.saturating_mul(2);
        self.lanes.get(&partition).is_some_and(|lane| lane.waiting.len() < most && lane.bytes < 2 * LARGEST_EVENT)
    }

    /// Takes a record that was read, in the order of its partition.
    pub fn push(&mut self, placed: &PlacedRecord, now: i64) {
        let PlacedRecord { partition, offset, .. } = *placed;
        if !self.lanes.get_mut(&partition).is_some_and(|lane| lane.read(offset)) {
            return;
        }
        self.emit(&MappingEvent::Polled { partition, offset });
        let passes = match (&self.filter, &placed.record.value) {
            (Some(filter), Some(value)) => filter(value),
            (Some(_), None) => Err("the record has no value".to_owned()),
            (None, _) => Ok(()),
        };
        match passes {
            Ok(()) => {
                let waiting = Waiting::new(&self.settings.topic, placed, now);
                if let Some(lane) = self.lanes.get_mut(&partition) {
                    lane.push(waiting);
                }
            }
            Err(why) => self.emit(&MappingEvent::Filtered { partition, offset, why }),
        }
    }

    /// Returns what to do now. Ask again after each delivery, record and answer.
    pub fn next(&mut self, now: i64) -> Next {
        self.expire(now);
        let (mut blocked, mut wake, mut ready) = (BTreeSet::new(), None::<i64>, None);
        let has_capacity = self.running() < self.most;
        for (at, batch) in self.open.iter().enumerate() {
            let is_next = batch.running.is_none() && batch.records.keys().all(|number| !blocked.contains(number));
            if is_next && batch.due > now {
                wake = Some(wake.map_or(batch.due, |wake| wake.min(batch.due)));
            } else if is_next && has_capacity {
                ready = ready.or(Some(at));
            }
            blocked.extend(batch.records.keys().copied());
        }
        if let Some(delivery) = ready.and_then(|at| self.deliver(at)) {
            return Next::Deliver(delivery);
        }
        self.skip(&blocked, now);
        let window = match self.form(&blocked, now) {
            Formed::Batch => match self.deliver(self.open.len().saturating_sub(1)) {
                Some(delivery) => return Next::Deliver(delivery),
                None => None,
            },
            Formed::Window(end) => has_capacity.then_some(end),
            Formed::Nothing => None,
        };
        let wake = wake.into_iter().chain(window).min();
        wake.map_or(Next::Idle, Next::Wait)
    }

    /// Takes the answer to a delivery. Returns what in it no function should say.
    pub fn answered(&mut self, batch: u64, invocation: &Invocation, now: i64) -> Vec<String> {
        let Some(at) = self.open.iter().position(|open| open.id == batch && open.running.is_some()) else {
            return Vec::new();
        };
        let Some(open) = self.open.get_mut(at) else { return Vec::new() };
        let sent = open.running.take().unwrap_or_default();
        let Invocation { request_id, answer, duration } = invocation.clone();
        let (fate, faults) = fate(&self.settings.topic, &sent, self.settings.partial(), &answer);
        let result =
            if matches!(answer, Answer::Response(_)) { ProcessingResult::Ok } else { ProcessingResult::FunctionFailed };
        let attempt = open.attempt;
        self.emit(&MappingEvent::InvocationEnded { batch, attempt, request_id, answer, duration });
        self.note(result, None);
        if fate == Fate::Throttled {
            self.most = (self.most / 2).max(1);
        } else {
            self.most = self.settings.concurrency().min(self.most + 1);
        }
        self.decide(at, &fate, now);
        self.sweep();
        faults
    }

    /// Returns what to commit: the offset of the next record, by partition.
    #[must_use]
    pub fn commits(&self) -> BTreeMap<i32, i64> {
        let unfinished = |partition: &i32| {
            self.open.iter().filter_map(|batch| Some(batch.records.get(partition)?.first()?.offset)).min()
        };
        let due = |(partition, lane): (&i32, &Lane)| Some((*partition, lane.due(unfinished(partition))?));
        self.lanes.iter().filter_map(due).collect()
    }

    /// Notes that an offset was committed.
    pub fn committed(&mut self, partition: i32, offset: i64) {
        if let Some(lane) = self.lanes.get_mut(&partition) {
            lane.commit(offset);
            self.emit(&MappingEvent::Committed { partition, offset });
        }
    }

    /// Returns how many invocations run.
    #[must_use]
    pub fn running(&self) -> usize {
        self.open.iter().filter(|batch| batch.running.is_some()).count()
    }

    /// Delivers every batch that waits for its retry now.
    pub fn retry_now(&mut self) {
        for batch in &mut self.open {
            batch.due = 0;
        }
    }

    fn decide(&mut self, at: usize, fate: &Fate, now: i64) {
        let bisect = self.settings.bisect();
        let Some(batch) = self.open.get_mut(at) else { return };
        batch.error = *fate == Fate::Again;
        match fate {
            Fate::Finished => batch.records.clear(),
            Fate::Throttled => {
                batch.throttled += 1;
                let throttled = batch.throttled;
                self.schedule(at, throttled, now);
                return;
            }
            Fate::From(from) => batch.resume(from),
            Fate::Again => {
                if bisect && let Some(second) = batch.split() {
                    self.bisect(at, second);
                    return;
                }
            }
        }
        let Some(batch) = self.open.get_mut(at).filter(|batch| !batch.records.is_empty()) else { return };
        batch.throttled = 0;
        batch.failures += 1;
        let failures = batch.failures;
        if self.settings.retries().is_some_and(|retries| failures > retries) {
            let records = std::mem::take(&mut batch.records);
            let (id, request_id) = (batch.id, batch.request_id.clone());
            let attempt = Attempt { request_id: &request_id, invocations: batch.attempt, error: batch.error };
            self.discard(Some(id), DiscardCondition::RetryAttemptsExhausted, attempt, &records, now);
        } else {
            self.schedule(at, failures, now);
        }
    }

    /// Lets a batch wait for its next attempt; `count` is the number of those before it.
    fn schedule(&mut self, at: usize, count: u32, now: i64) {
        let doubled = 1_000_i64.checked_shl(count.saturating_sub(1)).filter(|wait| (1..LONGEST_WAIT).contains(wait));
        let wait = doubled.unwrap_or(LONGEST_WAIT) / i64::from(self.settings.retry_speed.max(1));
        let Some(batch) = self.open.get_mut(at) else { return };
        batch.due = now + wait;
        if batch.records.is_empty() {
            return;
        }
        let event = MappingEvent::RetryScheduled { batch: batch.id, at: batch.due, offsets: batch.offsets() };
        self.emit(&event);
    }

    /// Puts the second half of a batch behind the first. Splitting uses up no retry.
    fn bisect(&mut self, at: usize, records: Records) {
        self.last += 1;
        let second = self.last;
        let Some(first) = self.open.get(at) else { return };
        let Batch { id, attempt, failures, error, .. } = *first;
        let parts = [first.offsets(), offsets(&records)];
        let request_id = first.request_id.clone();
        let part = Batch { id: second, records, attempt, failures, error, request_id, ..Batch::default() };
        self.open.insert(at + 1, part);
        self.emit(&MappingEvent::Bisected { batch: id, second, parts });
    }

    fn deliver(&mut self, at: usize) -> Option<BatchDelivery> {
        let request_id = self.random.uuid();
        let batch = self.open.get_mut(at)?;
        batch.attempt += 1;
        batch.request_id.clone_from(&request_id);
        let offsets = batch.offsets();
        batch.running = Some(offsets.clone());
        let (id, attempt, records) = (batch.id, batch.attempt, count(&batch.records));
        let event = self.frame.event(&batch.records);
        self.emit(&MappingEvent::InvocationStarted {
            batch: id,
            attempt,
            request_id: request_id.clone(),
            offsets: offsets.clone(),
            records,
        });
        Some(BatchDelivery { batch: id, attempt, request_id, event, offsets })
    }

    fn discard(
        &mut self,
        batch: Option<u64>,
        condition: DiscardCondition,
        attempt: Attempt<'_>,
        records: &Records,
        now: i64,
    ) {
        let servers = self.settings.bootstrap_servers.join(",");
        let names = (self.settings.function_arn.as_str(), servers.as_str());
        let message = failure::message(&self.frame, names, condition, attempt, records, now);
        let message = self.settings.on_failure.then_some(message);
        let (offsets, records) = (offsets(records), count(records));
        self.emit(&MappingEvent::Discarded { batch, condition, offsets, records, message });
    }

    /// Removes the batches that are done.
    fn sweep(&mut self) {
        let done = |batch: &Batch| batch.running.is_none() && batch.records.is_empty();
        let ended: Vec<u64> = self.open.iter().filter(|batch| done(batch)).map(|batch| batch.id).collect();
        self.open.retain(|batch| !done(batch));
        for batch in ended {
            self.emit(&MappingEvent::BatchEnded { batch });
        }
    }

    fn emit(&mut self, event: &MappingEvent) {
        self.status.replay(event);
        self.observer.observe(event);
    }
}

impl std::fmt::Debug for EventSourceMapping {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventSourceMapping").field("settings", &self.settings).finish_non_exhaustive()
    }
}
