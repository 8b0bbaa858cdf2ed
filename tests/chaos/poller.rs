//! Lambda's poller: deliveries of the event source mapping to a function, and what Lambda does beyond its rules.

use std::sync::Mutex;
use std::thread::{self, Scope};
use std::time::Duration;

use local::mapping::{BatchDelivery, Next};
use local::{Answer, EventSourceMapping, Invocation, Random};

use crate::instance::{Instance, Observations};

/// If a batch is delivered this often, it never ends.
const MOST_DELIVERIES: u32 = 200;

/// The time limit of an invocation. A call that hangs, or many that fail, must not always fit into it.
const TIMEOUT: Duration = Duration::from_secs(8);

/// One consumer of some partitions, with a function of its own.
pub(crate) struct Poller<'a, 'u> {
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
    /// Polls until every offset is committed, or a batch cannot be finished.
    pub(crate) fn poll<'scope>(mut self, scope: &'scope Scope<'scope, '_>) -> Polled
    where
        'a: 'scope,
        'u: 'scope,
    {
        let mut polled = Polled::default();
        let mut finished: Vec<BatchDelivery> = Vec::new();
        let mut now = 0;
        loop {
            let delivery = match self.mapping.next(now) {
                Next::Deliver(delivery) => delivery,
                Next::Wait(until) => {
                    thread::sleep(Duration::from_millis((until - now).unsigned_abs()));
                    now = until;
                    continue;
                }
                Next::Idle => return self.end(polled),
            };
            polled.batches += usize::from(delivery.attempt == 1);
            if self.instance.cluster.may_overlap && self.random.percent(6) {
                polled.at_once += 1;
                self.hand_to_understudy(scope, &delivery);
            }
            let answer = self.deliver(&delivery);
            let is_finished = self.answered(&delivery, &answer, now);
            if !is_finished && self.random.percent(10) {
                self.instance.replace();
            }
            if delivery.attempt > MOST_DELIVERIES {
                let what = format!("the batch {:?} cannot be finished: {answer:?}", delivery.offsets);
                self.instance.observed.bad_deliveries.push(what);
                return self.end(polled);
            }
            if is_finished && self.random.percent(6) {
                polled.repeated += 1;
                self.deliver(&delivery);
            }
            if let Some(earlier) = self.random.one_of(&finished)
                && self.random.percent(50)
            {
                polled.late += 1;
                self.instance.replace();
                self.deliver(earlier);
            }
            if is_finished {
                finished.push(delivery);
            }
        }
    }

    fn deliver(&mut self, delivery: &BatchDelivery) -> Answer {
        let kill_after =
            self.random.percent(8).then(|| self.random.between(Duration::from_millis(5), Duration::from_millis(1500)));
        self.instance.deliver(&delivery.event, TIMEOUT, kill_after)
    }

    /// Another function receives the same batch, and nobody waits for it.
    fn hand_to_understudy<'scope>(&mut self, scope: &'scope Scope<'scope, '_>, delivery: &BatchDelivery)
    where
        'a: 'scope,
        'u: 'scope,
    {
        let understudy = self.understudy;
        let event = delivery.event.clone();
        let kill_after =
            self.random.percent(10).then(|| self.random.between(Duration::from_millis(5), Duration::from_secs(1)));
        scope.spawn(move || understudy.lock().unwrap().deliver(&event, TIMEOUT, kill_after));
    }

    /// Passes the answer to the mapping. Returns whether nothing of the batch is delivered again.
    fn answered(&mut self, delivery: &BatchDelivery, answer: &Answer, now: i64) -> bool {
        let (request_id, answer) = (delivery.request_id.clone(), answer.clone());
        let invocation = Invocation { request_id, answer, duration: Duration::ZERO };
        let faults = self.mapping.answered(delivery.batch, &invocation, now);
        for (partition, offset) in self.mapping.commits() {
            self.mapping.committed(partition, offset);
        }
        let is_finished = !self.mapping.status().batches.contains_key(&delivery.batch);
        let observed = &mut self.instance.observed;
        observed.bad_deliveries.extend(faults);
        observed.unfinished += usize::from(!is_finished);
        is_finished
    }

    fn end(self, mut polled: Polled) -> Polled {
        polled.observed = self.instance.finish();
        polled
    }
}
