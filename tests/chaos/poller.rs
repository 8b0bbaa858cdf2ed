//! Lambda's poller of Kafka: batches of some partitions, delivered again until they are finished.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;
use std::thread::Scope;
use std::time::Duration;

use local::{Answer, KafkaEvent, Random};
use serde_json::Value;

use crate::instance::{Instance, Seen};
use crate::scenario::Partition;

const TOPIC: &str = "org.runs";

/// A partition that does not move for so many deliveries never will.
const MOST_DELIVERIES: usize = 60;

/// How long one invocation may take. A call that hangs, or many that fail, must not fit into it every time.
const TIMEOUT: Duration = Duration::from_secs(8);

/// One consumer of some partitions, with a function of its own.
pub(crate) struct Poller<'a, 'u> {
    pub(crate) topic: &'a [Partition],
    /// Partitions by number, each with the offset to go on at.
    pub(crate) positions: BTreeMap<usize, usize>,
    pub(crate) instance: Instance<'a>,
    /// Gets batches that this consumer has, or had, as happens when a group is rebalanced.
    pub(crate) understudy: &'u Mutex<Instance<'a>>,
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

impl<'a, 'u> Poller<'a, 'u> {
    /// Polls until every offset is committed, or a partition does not move any more.
    pub(crate) fn poll<'scope>(mut self, scope: &'scope Scope<'scope, '_>) -> Polled
    where
        'a: 'scope,
        'u: 'scope,
    {
        let mut polled = Polled::default();
        let mut still: BTreeMap<usize, usize> = BTreeMap::new();
        while let Some(batch) = self.next() {
            polled.batches += 1;
            let mut left = batch.clone();
            // An error brings back the same batch; after a partial response the next one begins where it says.
            while left == batch {
                if self.random.percent(6) {
                    polled.at_once += 1;
                    self.hand_to_understudy(scope, &batch);
                }
                let answer = self.deliver(&batch);
                left = self.left(&batch, &answer);
                self.instance.seen.unfinished += usize::from(!left.is_empty());
                if batch.keys().any(|partition| left.get(partition) == batch.get(partition)) {
                    let tries = still.entry(polled.batches).or_default();
                    *tries += 1;
                    if *tries > MOST_DELIVERIES {
                        let complaint = format!("the batch {batch:?} cannot be finished: {answer:?}");
                        self.instance.seen.complaints.push(complaint);
                        return self.end(polled);
                    }
                }
            }
            for (partition, offsets) in &batch {
                let next = left.get(partition).map_or(offsets.end, |left| left.start);
                self.positions.insert(*partition, next);
            }
            if left.is_empty() && self.random.percent(6) {
                polled.repeated += 1;
                self.deliver(&batch);
            }
        }
        self.end(polled)
    }

    /// The next records of every partition that has some, as many as fit.
    fn next(&mut self) -> Option<Batch> {
        let ready: Vec<usize> =
            self.positions.iter().filter(|(number, at)| **at < self.topic[**number].len()).map(|(n, _)| *n).collect();
        let share = self.batch_size.div_ceil(ready.len().max(1));
        let batch: Batch = ready
            .into_iter()
            .map(|partition| {
                let from = self.positions[&partition];
                (partition, from..self.topic[partition].len().min(from + share))
            })
            .collect();
        (!batch.is_empty()).then_some(batch)
    }

    fn deliver(&mut self, batch: &Batch) -> Answer {
        let kill_after =
            self.random.percent(8).then(|| self.random.between(Duration::from_millis(5), Duration::from_millis(1500)));
        self.instance.deliver(&event(self.topic, batch), TIMEOUT, kill_after)
    }

    /// Another function gets the same batch and nobody waits for it.
    fn hand_to_understudy<'scope>(&mut self, scope: &'scope Scope<'scope, '_>, batch: &Batch)
    where
        'a: 'scope,
        'u: 'scope,
    {
        let understudy = self.understudy;
        let event = event(self.topic, batch);
        let kill_after =
            self.random.percent(10).then(|| self.random.between(Duration::from_millis(5), Duration::from_secs(1)));
        scope.spawn(move || understudy.lock().unwrap().deliver(&event, TIMEOUT, kill_after));
    }

    /// What Lambda delivers again after this answer.
    fn left(&mut self, batch: &Batch, answer: &Answer) -> Batch {
        let Answer::Response(response) = answer else { return batch.clone() };
        let failures = response["batchItemFailures"].as_array().unwrap();
        if !self.partial && !failures.is_empty() {
            self.instance.seen.complaints.push(format!("a partial response without being asked: {response}"));
        }
        let mut left = Batch::new();
        for failure in failures {
            let item = &failure["itemIdentifier"];
            let place = place(item).filter(|(partition, offset)| {
                batch.get(partition).is_some_and(|offsets| offsets.contains(offset)) && !left.contains_key(partition)
            });
            match place {
                Some((partition, offset)) => drop(left.insert(partition, offset..batch[&partition].end)),
                None => self.instance.seen.complaints.push(format!("no place of this batch: {item}")),
            }
        }
        left
    }

    fn end(self, mut polled: Polled) -> Polled {
        polled.seen = self.instance.finish();
        polled
    }
}

/// `{"partition": "org.runs-1", "offset": 7}`
fn place(item: &Value) -> Option<(usize, usize)> {
    let partition = item["partition"].as_str()?.strip_prefix(TOPIC)?.strip_prefix('-')?.parse().ok()?;
    Some((partition, usize::try_from(item["offset"].as_u64()?).ok()?))
}

fn event(topic: &[Partition], batch: &Batch) -> Value {
    let mut event = KafkaEvent::new(TOPIC);
    for (partition, offsets) in batch {
        for offset in offsets.clone() {
            let number = u32::try_from(*partition).unwrap();
            event = event.record(number, offset as u64, topic[*partition][offset].as_deref());
        }
    }
    event.build()
}
