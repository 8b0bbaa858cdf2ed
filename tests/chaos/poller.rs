//! Lambda's poller for Kafka: batches of some partitions, delivered again until they are finished.

use std::sync::Mutex;
use std::thread::{self, Scope};
use std::time::Duration;

use local::{Answer, Batch, EventSourceMapping, Random, Topic};

use crate::instance::{Instance, Observations};

/// If a partition does not advance for this many deliveries, it never will.
const MOST_DELIVERIES: usize = 200;

/// How long Lambda waits at most before it delivers again what did not advance. A function that was asked to wait does
/// nothing before that.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// The time limit of an invocation. A call that hangs, or many that fail, must not always fit into it.
const TIMEOUT: Duration = Duration::from_secs(8);

/// One consumer of some partitions, with a function of its own.
pub(crate) struct Poller<'a, 'u> {
    pub(crate) topic: &'a Topic,
    pub(crate) mapping: EventSourceMapping,
    pub(crate) instance: Instance<'a>,
    /// Receives batches that this consumer has or had, as happens when a group is rebalanced.
    pub(crate) understudy: &'u Mutex<Instance<'a>>,
    pub(crate) random: Random,
}

/// What a poller did, and what was seen of its function.
#[derive(Default)]
pub(crate) struct Polled {
    pub(crate) batches: usize,
    /// Batches that were delivered again after they were finished.
    pub(crate) repeated: usize,
    /// Batches that a new process received after it, although later ones were finished, too.
    pub(crate) late: usize,
    /// Deliveries to two functions at once.
    pub(crate) at_once: usize,
    pub(crate) observed: Observations,
}

impl<'a, 'u> Poller<'a, 'u> {
    /// Polls until every offset is committed, or a partition stops advancing.
    pub(crate) fn poll<'scope>(mut self, scope: &'scope Scope<'scope, '_>) -> Polled
    where
        'a: 'scope,
        'u: 'scope,
    {
        let mut polled = Polled::default();
        let mut finished = Vec::new();
        while let Some(batch) = self.mapping.next_batch(self.topic) {
            polled.batches += 1;
            let mut left = batch.clone();
            let mut stuck = 0;
            // After an error the same batch is delivered again; after a partial response, the next one begins where the
            // response says.
            while left == batch {
                if self.instance.cluster.may_overlap && self.random.percent(6) {
                    polled.at_once += 1;
                    self.hand_to_understudy(scope, &batch);
                }
                let answer = self.deliver(&batch);
                left = self.left(&batch, &answer);
                if batch.is_stuck(&left) {
                    stuck += 1;
                    thread::sleep(Duration::from_millis(10 * stuck as u64).min(LONGEST_PAUSE));
                    if self.random.percent(10) {
                        self.instance.replace();
                    }
                }
                if stuck > MOST_DELIVERIES {
                    let what = format!("the batch {batch:?} cannot be finished: {answer:?}");
                    self.instance.observed.bad_deliveries.push(what);
                    return self.end(polled);
                }
            }
            self.mapping.commit(&batch, &left);
            if left.is_empty() && self.random.percent(6) {
                polled.repeated += 1;
                self.deliver(&batch);
            }
            if let Some(earlier) = self.random.one_of(&finished)
                && self.random.percent(50)
            {
                polled.late += 1;
                self.instance.replace();
                self.deliver(earlier);
            }
            if left.is_empty() {
                finished.push(batch);
            }
        }
        self.end(polled)
    }

    fn deliver(&mut self, batch: &Batch) -> Answer {
        let kill_after =
            self.random.percent(8).then(|| self.random.between(Duration::from_millis(5), Duration::from_millis(1500)));
        self.instance.deliver(&batch.event(self.topic), TIMEOUT, kill_after)
    }

    /// Another function receives the same batch, and nobody waits for it.
    fn hand_to_understudy<'scope>(&mut self, scope: &'scope Scope<'scope, '_>, batch: &Batch)
    where
        'a: 'scope,
        'u: 'scope,
    {
        let understudy = self.understudy;
        let event = batch.event(self.topic);
        let kill_after =
            self.random.percent(10).then(|| self.random.between(Duration::from_millis(5), Duration::from_secs(1)));
        scope.spawn(move || understudy.lock().unwrap().deliver(&event, TIMEOUT, kill_after));
    }

    /// Returns what Lambda delivers again after this answer.
    fn left(&mut self, batch: &Batch, answer: &Answer) -> Batch {
        let redelivery = self.mapping.redelivery(self.topic, batch, answer);
        let observed = &mut self.instance.observed;
        observed.bad_deliveries.extend(redelivery.faults);
        observed.unfinished += usize::from(!redelivery.batch.is_empty());
        redelivery.batch
    }

    fn end(self, mut polled: Polled) -> Polled {
        polled.observed = self.instance.finish();
        polled
    }
}
