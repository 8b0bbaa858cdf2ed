//! What Lambda shows of an event source mapping: its state, the last result in Lambda's words, and its metrics.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::feed::{MappingEvent, Offsets};
use crate::lambda::Answer;

/// How many messages to the on-failure destination are kept.
const MOST_FAILURES: usize = 1_000;

/// `State`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum MappingState {
    /// It connects for the first time.
    #[default]
    Creating,
    /// It reads from the topic.
    Enabled,
    /// It connects again.
    Enabling,
    /// It finishes what is in flight.
    Disabling,
    /// It has left its group.
    Disabled,
}

impl MappingState {
    /// Returns Lambda's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Creating => "Creating",
            Self::Enabled => "Enabled",
            Self::Enabling => "Enabling",
            Self::Disabling => "Disabling",
            Self::Disabled => "Disabled",
        }
    }
}

/// `LastProcessingResult`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ProcessingResult {
    /// Nothing was read yet.
    #[default]
    NoRecords,
    /// The last invocation was answered.
    Ok,
    /// The last invocation failed.
    FunctionFailed,
    /// The cluster refused the credentials.
    AuthenticationFailed,
    /// The cluster does not let the user read the topic or the group.
    Unauthorized,
    /// The cluster cannot be reached.
    ConnectionError,
}

impl ProcessingResult {
    /// Returns Lambda's words, as people see them in `GetEventSourceMapping`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoRecords => "No records processed",
            Self::Ok => "OK",
            Self::FunctionFailed => "PROBLEM: Function call failed",
            Self::AuthenticationFailed => "PROBLEM: SASL authentication failed.",
            Self::Unauthorized => "PROBLEM: Cluster failed to authorize Lambda.",
            Self::ConnectionError => {
                "PROBLEM: Connection error. Please check your event source connection configuration."
            }
        }
    }
}

/// The status of a mapping: a fold of its events.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MappingStatus {
    /// `State`
    pub state: MappingState,
    /// `LastProcessingResult`
    pub result: ProcessingResult,
    /// The partitions that the group assigned to it.
    pub assigned: Vec<i32>,
    /// What is committed: the offset of the next record, by partition.
    pub committed: BTreeMap<i32, i64>,
    /// The batches that are not done.
    pub batches: BTreeMap<u64, BatchStatus>,
    /// The newest messages to the on-failure destination, oldest first.
    pub failures: VecDeque<Value>,
    /// `PolledEventCount`
    pub polled: u64,
    /// `FilteredOutEventCount`
    pub filtered_out: u64,
    /// `InvokedEventCount`
    pub invoked: u64,
    /// `FailedInvokeEventCount`
    pub failed: u64,
    /// `DroppedEventCount`: given up without a destination.
    pub dropped: u64,
    /// `OnFailureDestinationDeliveredEventCount`
    pub delivered_to_destination: u64,
}

/// A batch that is not done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BatchStatus {
    /// Its records.
    pub offsets: Offsets,
    /// How many they were when it was last delivered.
    pub records: usize,
    /// The number of the last attempt; 0 before the first.
    pub attempt: u32,
    /// The request id of the invocation that runs.
    pub request_id: Option<String>,
    /// When it is delivered again, in milliseconds since 1970.
    pub retry_at: Option<i64>,
}

impl MappingStatus {
    /// Takes an event into account.
    pub fn replay(&mut self, event: &MappingEvent) {
        match event {
            MappingEvent::StateChanged { state } => self.state = *state,
            MappingEvent::ResultChanged { result, .. } => self.result = *result,
            MappingEvent::Assigned { partitions } => {
                self.assigned.extend(partitions);
                self.assigned.sort_unstable();
                self.assigned.dedup();
            }
            MappingEvent::Revoked { partitions } => {
                self.assigned.retain(|partition| !partitions.contains(partition));
                for batch in self.batches.values_mut() {
                    batch.offsets.retain(|partition, _| !partitions.contains(partition));
                }
                self.batches.retain(|_, batch| !batch.offsets.is_empty());
            }
            MappingEvent::Polled { .. } => self.polled += 1,
            MappingEvent::Filtered { .. } => self.filtered_out += 1,
            MappingEvent::BatchOpened { .. } => {}
            MappingEvent::BatchClosed { batch, offsets, records, .. } => {
                let (offsets, records) = (offsets.clone(), *records);
                self.batches.insert(*batch, BatchStatus { offsets, records, ..BatchStatus::default() });
            }
            MappingEvent::InvocationStarted { batch, attempt, request_id, offsets, records } => {
                self.invoked += count(*records);
                let (offsets, request_id) = (offsets.clone(), Some(request_id.clone()));
                let status = BatchStatus { offsets, records: *records, attempt: *attempt, request_id, retry_at: None };
                self.batches.insert(*batch, status);
            }
            MappingEvent::InvocationEnded { batch, answer, .. } => {
                if let Some(batch) = self.batches.get_mut(batch) {
                    batch.request_id = None;
                    self.failed += if matches!(answer, Answer::Response(_)) { 0 } else { count(batch.records) };
                }
            }
            MappingEvent::BatchEnded { batch } => drop(self.batches.remove(batch)),
            MappingEvent::RetryScheduled { batch, at, offsets } => {
                let batch = self.batches.entry(*batch).or_default();
                batch.retry_at = Some(*at);
                batch.offsets.clone_from(offsets);
            }
            MappingEvent::Bisected { batch, second, parts: [first, rest] } => {
                let first_part = self.batches.entry(*batch).or_default();
                first_part.offsets.clone_from(first);
                let part = BatchStatus { offsets: rest.clone(), ..first_part.clone() };
                self.batches.insert(*second, part);
            }
            MappingEvent::Discarded { records, message, .. } => {
                let Some(message) = message else {
                    self.dropped += count(*records);
                    return;
                };
                self.delivered_to_destination += count(*records);
                self.failures.push_back(message.clone());
                if self.failures.len() > MOST_FAILURES {
                    self.failures.pop_front();
                }
            }
            MappingEvent::Committed { partition, offset } => drop(self.committed.insert(*partition, *offset)),
        }
    }
}

fn count(records: usize) -> u64 {
    u64::try_from(records).unwrap_or(u64::MAX)
}
