//! What happens in an event source mapping, as events in one order, from which its status can be built again.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::status::{MappingState, ProcessingResult};
use crate::lambda::Answer;

/// Offsets by partition; the end is the offset of the next record.
pub type Offsets = BTreeMap<i32, Range<i64>>;

/// Something that happened in an event source mapping. Times are in milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum MappingEvent {
    /// The state changed.
    StateChanged {
        /// The new one.
        state: MappingState,
    },
    /// `LastProcessingResult` changed.
    ResultChanged {
        /// The new one.
        result: ProcessingResult,
        /// What the client of Kafka said, for people; Lambda does not show it.
        cause: Option<String>,
    },
    /// Partitions were assigned to the mapping by its group.
    Assigned {
        /// The partitions.
        partitions: Vec<i32>,
    },
    /// Partitions were taken away; what becomes of their records in flight is no longer the mapping's business.
    Revoked {
        /// The partitions.
        partitions: Vec<i32>,
    },
    /// A record was read.
    Polled {
        /// The partition.
        partition: i32,
        /// The offset.
        offset: i64,
    },
    /// A record does not pass the filter: it counts as processed.
    Filtered {
        /// The partition.
        partition: i32,
        /// The offset.
        offset: i64,
        /// Why it does not pass.
        why: String,
    },
    /// The first record of a batch waits: its window begins.
    BatchOpened {
        /// The number of the batch, from 1.
        batch: u64,
        /// When the record arrived.
        at: i64,
    },
    /// A batch is complete.
    BatchClosed {
        /// Its number.
        batch: u64,
        /// Why it is not larger.
        reason: CloseReason,
        /// Its records.
        #[serde(with = "ranges")]
        offsets: Offsets,
        /// How many they are.
        records: usize,
        /// The size of the event in bytes.
        bytes: usize,
    },
    /// The function is invoked.
    InvocationStarted {
        /// The batch.
        batch: u64,
        /// The number of the attempt, from 1.
        attempt: u32,
        /// The request id.
        request_id: String,
        /// The records.
        #[serde(with = "ranges")]
        offsets: Offsets,
        /// How many they are.
        records: usize,
    },
    /// The invocation ended.
    InvocationEnded {
        /// The batch.
        batch: u64,
        /// The number of the attempt.
        attempt: u32,
        /// The request id.
        request_id: String,
        /// The function's answer.
        answer: Answer,
        /// How long it took.
        duration: Duration,
    },
    /// A batch is done: every record of it is finished, discarded, or waits in a new batch.
    BatchEnded {
        /// Its number.
        batch: u64,
    },
    /// A batch waits to be delivered again.
    RetryScheduled {
        /// Its number.
        batch: u64,
        /// When it will be.
        at: i64,
        /// What will be.
        #[serde(with = "ranges")]
        offsets: Offsets,
    },
    /// A batch was split; both parts are delivered again, one after the other.
    Bisected {
        /// Its number, which the first part keeps.
        batch: u64,
        /// The number of the second part.
        second: u64,
        /// The records of both.
        #[serde(with = "pairs_of_ranges")]
        parts: [Offsets; 2],
    },
    /// Records were given up, and count as processed.
    Discarded {
        /// The batch; nothing for a record that never was in one.
        batch: Option<u64>,
        /// Why.
        condition: DiscardCondition,
        /// The records.
        #[serde(with = "ranges")]
        offsets: Offsets,
        /// How many they are.
        records: usize,
        /// The message to the on-failure destination, if there is one.
        message: Option<Value>,
    },
    /// An offset was committed.
    Committed {
        /// The partition.
        partition: i32,
        /// The offset of the next record.
        offset: i64,
    },
}

/// Why a batch is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CloseReason {
    /// It has as many records as a batch may have.
    Size,
    /// The batching window is over.
    Window,
    /// Another record would make the event larger than Lambda's limit.
    Payload,
}

/// Why records were given up, in AWS's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DiscardCondition {
    /// The last retry failed.
    RetryAttemptsExhausted,
    /// A single record makes an event that is larger than Lambda's limit.
    MaximumPayloadSizeExceeded,
    /// The record is older than `MaximumRecordAgeInSeconds`.
    RecordAgeExceeded,
}

impl DiscardCondition {
    /// Returns AWS's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RetryAttemptsExhausted => "RetryAttemptsExhausted",
            Self::MaximumPayloadSizeExceeded => "MaximumPayloadSizeExceeded",
            Self::RecordAgeExceeded => "RecordAgeExceeded",
        }
    }
}

/// Receives each event in order. It must return at once and must not call the mapping.
#[derive(Clone, Default)]
pub struct MappingObserver(Option<Arc<Observe>>);

type Observe = dyn Fn(&MappingEvent) + Send + Sync;

impl MappingObserver {
    /// Creates an observer that calls a closure.
    #[must_use]
    pub fn new(observe: impl Fn(&MappingEvent) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(observe)))
    }

    /// Passes an event on.
    pub(super) fn observe(&self, event: &MappingEvent) {
        if let Some(observe) = &self.0 {
            observe(event);
        }
    }
}

impl std::fmt::Debug for MappingObserver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("MappingObserver").field(&self.0.is_some()).finish()
    }
}

/// Offsets in JSON: a list, because the partitions would be texts as keys of an object.
mod ranges {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Offsets;

    #[derive(Serialize, Deserialize)]
    pub(super) struct Span {
        partition: i32,
        from: i64,
        to: i64,
    }

    pub(super) fn spans(offsets: &Offsets) -> Vec<Span> {
        let span = |(partition, offsets): (&i32, &std::ops::Range<i64>)| Span {
            partition: *partition,
            from: offsets.start,
            to: offsets.end,
        };
        offsets.iter().map(span).collect()
    }

    pub(super) fn offsets(spans: Vec<Span>) -> Offsets {
        spans.into_iter().map(|span| (span.partition, span.from..span.to)).collect()
    }

    pub(super) fn serialize<S: Serializer>(offsets: &Offsets, serializer: S) -> Result<S::Ok, S::Error> {
        spans(offsets).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Offsets, D::Error> {
        Vec::deserialize(deserializer).map(offsets)
    }
}

/// Two of [`ranges`].
mod pairs_of_ranges {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Offsets, ranges};

    pub(super) fn serialize<S: Serializer>(pair: &[Offsets; 2], serializer: S) -> Result<S::Ok, S::Error> {
        pair.each_ref().map(ranges::spans).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[Offsets; 2], D::Error> {
        <[Vec<ranges::Span>; 2]>::deserialize(deserializer).map(|pair| pair.map(ranges::offsets))
    }
}
