//! Lambda's poller of Kafka: batches of some partitions, delivered again until they are finished.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;
use std::thread::Scope;
use std::time::Duration;

use local::{Answer, KafkaEvent};
use serde_json::Value;

use crate::instance::{Instance, Seen};
use crate::random::Random;
use crate::scenario::Partition;

const TOPIC: &str = "org.runs";

/// A batch that is not finished after so many deliveries will never be.
const MOST_DELIVERIES: usize = 60;

/// One consumer of some partitions, with a function of its own.
pub(crate) struct Poller<'a> {
    pub(crate) topic: &'a [Partition],
    /// Partitions by number, each with the offset to go on at.
    pub(crate) positions: BTreeMap<usize, usize>,
    pub(crate) instance: Instance<'a>,
    /// Gets batches that this consumer has, or had, as happens when a group is rebalanced.
    pub(crate) understudy: &'a Mutex<Instance<'a>>,
    /// The mapping takes partial responses.
    pub(crate) partial: bool,
    /// Records that a batch may have.
    pub(crate) batch_size: usize,
    pub(crate) random: Random,
}

/// What a poller saw.
#[derive(Default)]
pub(crate) struct Polled {
    pub(crate) batches: usize,
    /// Batches delivered once more after they were finished.
    pub(crate) repeated: usize,
    /// Deliveries to two functions at once.
    pub(crate) at_once: usize,
    pub(crate) seen: Seen,
}

/// Offsets by partition.
type Batch = BTreeMap<usize, Range<usize>>;

impl<'a> Poller<'a> {
    /// Polls until every offset is committed, or a batch cannot be finished.
    pub(crate) fn poll<'scope>(mut self, scope: &'scope Scope<'scope, '_>) -> Polled
    where
        'a: 'scope,
    {
        let mut polled = Polled::default();
        let mut finished: Vec<Batch> = Vec::new();
        // Deliveries since the partition moved on.
        let mut stuck: BTreeMap<usize, usize> = BTreeMap::new();
        while let Some(mut batch) = self.batch() {
            polled.batches += 1;
            while !batch.is_empty() {
                if self.random.percent(6) {
                    polled.at_once += self.hand_to_understudy(scope, &batch);
                }
                let answer = self.deliver(&batch, true);
                let left = self.left(&batch, &answer);
                self.instance.seen.unfinished += usize::from(!left.is_empty());
                for (partition, offsets) in &batch {
                    let next = left.get(partition).map_or(offsets.end, |left| left.start);
                    let moved = self.positions.insert(*partition, next) != Some(next);
                    let stuck = stuck.entry(*partition).or_default();
                    *stuck = if moved { 0 } else { *stuck + 1 };
                    if *stuck > MOST_DELIVERIES {
                        let complaint = format!("partition {partition} never gets beyond offset {next}: {answer:?}");
                        self.instance.seen.complaints.push(complaint);
                        return self.end(polled);
                    }
                }
                // A partial response moves the positions, and the next batch begins there; an error brings back the
                // same batch.
                batch = if left == batch { left } else { Batch::new() };
                if batch.is_empty() { finished.push(left_out(&left, polled.batches)) }
            }
        }
        self.end(polled)
    }
}
