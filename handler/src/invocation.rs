//! One batch, from Lambda's event to Lambda's answer. No record can end it early, whatever it contains.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures_util::StreamExt;
use model::plan::{NotOurs, Recognised};
use model::{PlannedAction, Run, Unreadable};
use port::Deadline;
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::carry_out::{carry_out, refuse};
use crate::event::{Event, Record};
use crate::fate::Fate;
use crate::log::{Facts, Level, millis};
use crate::metrics::Counters;
use crate::queues::Queues;
use crate::service::{Service, UNDECIDED, Unaccepted};
use crate::signature::SignatureError;
use crate::verdict::{Unfinished, Verdict};

/// What an invocation needs while it lasts.
pub(crate) struct Invocation<'a> {
    service: &'a Service,
    request_id: &'a str,
    deadline: Deadline,
    /// What the runs in progress may still take, in KiB.
    room: Semaphore,
}

/// The most memory that the runs in progress take together, in KiB. It is a quarter of what the smallest function has.
const ROOM: u32 = 32 * 1024;

/// The most memory that the runs that wait for their turn take together besides their messages' bytes, in KiB. It is
/// enough for a batch of ordinary ones.
const WAITING: u32 = 4 * 1024;

/// One run that waits for its turn, with its record's place in Kafka.
struct Job<'a> {
    action: &'a PlannedAction,
    run_id: String,
    held: Held,
    /// The memory that it takes while it is carried out, in KiB.
    room: u32,
    partition: String,
    offset: Option<i64>,
    age: Duration,
    /// Whether Port sent it cannot be decided now.
    is_undecided: bool,
}

/// A run that waits for its turn.
enum Held {
    /// As it was read when it was admitted.
    Run(Box<Run>, Option<Unreadable>),
    /// As its message's bytes, which are read again: the run may take sixty times their memory.
    Message(Vec<u8>),
}

/// What became of a job.
struct Done<'a> {
    action: &'a PlannedAction,
    fate: Fate,
    partition: String,
    offset: Option<i64>,
}

/// Why a record is skipped.
enum Skipped {
    /// It does not ask for a run of ours.
    NotOurs,
    /// It may ask for a run of ours, but it cannot be read, not even which run it is.
    Illegible { cause: String },
    /// The action is ours, but the message has no run id.
    NoRunId { action: String },
    /// The run is ours, but the signature does not prove that Port sent the message.
    Unverified { action: String, run_id: String, cause: SignatureError },
}

impl From<NotOurs> for Skipped {
    fn from(why: NotOurs) -> Self {
        match why {
            NotOurs::NoRequest | NotOurs::OtherAction => Self::NotOurs,
            NotOurs::NoRunId { action } => Self::NoRunId { action },
            NotOurs::Illegible(cause) => Self::Illegible {
                cause: cause
                    .map_or_else(|| "it does not name its action legibly".to_owned(), |cause| cause.to_string()),
            },
        }
    }
}

impl<'a> Invocation<'a> {
    /// Starts an invocation that Lambda ends at `deadline`, in milliseconds since the epoch.
    pub(crate) fn new(service: &'a Service, request_id: &'a str, deadline: u64) -> Self {
        Self {
            service,
            request_id,
            deadline: Deadline::after(time_left(deadline)),
            room: Semaphore::new(ROOM as usize),
        }
    }

    /// Carries out the runs in `event` that are ours.
    pub(crate) async fn handle(&self, event: Event) -> Result<Value, Unfinished> {
        let started = Instant::now();
        self.service.renew_credentials(self.deadline).await;
        let mut counters = Counters::default();
        let mut queues = Queues::new();
        let mut waiting = 0;
        for record in event.into_records() {
            counters.record(record.published);
            match self.admit(&record).await {
                Ok((recognised, is_undecided)) => {
                    counters.runs += 1;
                    let keys = self.keys(&recognised);
                    let age = record.age();
                    let Record { partition, offset, value, .. } = record;
                    let message = value.unwrap_or_default();
                    let room = room(message.len(), recognised.values);
                    let Recognised { action, run, unreadable, .. } = recognised;
                    let run_id = run.id.clone();
                    let held = if waiting + room <= WAITING {
                        waiting += room;
                        Held::Run(Box::new(run), unreadable)
                    } else {
                        Held::Message(message)
                    };
                    queues.push(keys, Job { action, run_id, held, room, partition, offset, age, is_undecided });
                }
                Err(skipped) => self.skip(&record, &skipped, &mut counters),
            }
        }
        let queues: Vec<_> = queues.into_queues().map(|queue| self.queue(queue)).collect();
        let width = self.service.plan.concurrency.max(1);
        let mut done = futures_util::stream::iter(queues).buffer_unordered(width);
        let mut verdict = Verdict::default();
        while let Some(done) = done.next().await {
            for Done { action, fate, partition, offset } in done {
                counters.fate(&action.action, &fate);
                if let Fate::Unfinished(_) = fate {
                    verdict.unfinished(&partition, offset);
                }
            }
        }
        let facts = Facts {
            records: Some(counters.records),
            runs: Some(counters.runs),
            unfinished: Some(verdict.count()),
            duration_ms: millis(started.elapsed()),
            ..self.facts()
        };
        self.service.log.write(if verdict.count() == 0 { Level::Info } else { Level::Error }, "batch", &facts);
        counters.emit(self.service.function_name(), &self.service.client.take_tally());
        verdict.answer(self.service.plan.partial_batch_response)
    }

    /// Returns the run that a record asks for, and whether it cannot be decided now that Port sent it.
    ///
    /// A record that is ours is read a second time for its signature: Port signs the text as it wrote it, and parsing
    /// loses how numbers were written.
    async fn admit(&self, record: &Record) -> Result<(Recognised<'a>, bool), Skipped> {
        let service = self.service;
        let message = record.value.as_deref().ok_or(Skipped::NotOurs)?;
        let recognised = service.plan.recognise(message)?;
        let text = String::from_utf8_lossy(message);
        match service.verify(&text, record.published, self.deadline).await {
            Ok(()) => Ok((recognised, false)),
            Err(Unaccepted::Undecided) => Ok((recognised, true)),
            Err(Unaccepted::Wrong(cause)) => {
                Err(Skipped::Unverified { action: recognised.action.action.clone(), run_id: recognised.run.id, cause })
            }
        }
    }

    /// Logs and counts a record that is skipped. A forged message must not be able to end a run, so not even a failure
    /// is reported to Port; the log, a metric and an alarm inform the operator.
    fn skip(&self, record: &Record, why: &Skipped, counters: &mut Counters) {
        let place = Facts { partition: Some(&record.partition), offset: record.offset, ..self.facts() };
        let log = self.service.log;
        match why {
            Skipped::NotOurs => {
                log.write(Level::Debug, "not ours", &place);
            }
            Skipped::Illegible { cause } => {
                counters.unreadable += 1;
                log.write(Level::Warn, "a record cannot be read", &Facts { cause: Some(cause), ..place });
            }
            Skipped::NoRunId { action } => {
                counters.rejected += 1;
                let facts = Facts { action: Some(action), ..place };
                log.write(
                    Level::Error,
                    "a message for our action has no run id, so nothing can be reported to Port",
                    &facts,
                );
            }
            Skipped::Unverified { action, run_id, cause } => {
                counters.rejected += 1;
                let cause = cause.to_string();
                let facts = Facts { action: Some(action), run_id: Some(run_id), cause: Some(&cause), ..place };
                log.write(Level::Error, "a message was not acted on", &facts);
            }
        }
    }

    /// Returns what keeps runs in order: the run itself, and its entity.
    fn keys(&self, recognised: &Recognised<'_>) -> Vec<String> {
        let Recognised { action, run, .. } = recognised;
        let entity = self.service.plan.identifier(action, run).ok();
        let entity = entity.map(|identifier| format!("entity {} {identifier}", action.blueprint));
        entity.into_iter().chain([format!("run {}", run.id)]).collect()
    }

    /// Carries out the runs of one queue in order. Nothing may overtake an unfinished run: a change must not be tried
    /// before the creation that it needs.
    async fn queue(&self, queue: Vec<Job<'a>>) -> Vec<Done<'a>> {
        let mut blocked = false;
        let mut done = Vec::with_capacity(queue.len());
        for job in queue {
            let Job { action, run_id, held, room, partition, offset, age, is_undecided } = job;
            let started = Instant::now();
            let known = self.service.seen.arrived(&run_id);
            let (fate, unreadable) = if blocked {
                (Fate::Unfinished("waiting for an earlier run of the same entity".to_owned()), None)
            } else if known.closed {
                (Fate::ClosedBefore, None)
            } else if is_undecided {
                (Fate::Unfinished(UNDECIDED.to_owned()), None)
            } else {
                // A run is carried out as soon as there is room for it.
                let _room = self.room.acquire_many(room).await;
                self.carry_out(action, held, age).await
            };
            blocked = matches!(fate, Fate::Unfinished(_));
            if fate.closes() {
                self.service.seen.closed(&run_id);
            }
            let unreadable = unreadable.map(|why| why.to_string());
            let cause = fate.cause().or(unreadable.as_deref());
            let facts = Facts {
                run_id: Some(&run_id),
                action: Some(&action.action),
                outcome: Some(fate.outcome()),
                attempt: Some(known.attempt),
                cause,
                partition: Some(&partition),
                offset,
                duration_ms: millis(started.elapsed()),
                ..self.facts()
            };
            self.service.log.write(fate.level(), "run", &facts);
            done.push(Done { action, fate, partition, offset });
        }
        done
    }

    /// Carries out one run. Also returns why its message could not be used.
    async fn carry_out(&self, action: &PlannedAction, held: Held, age: Duration) -> (Fate, Option<Unreadable>) {
        let (mut run, unreadable) = match held {
            Held::Run(run, unreadable) => (*run, unreadable),
            Held::Message(message) => match self.service.plan.recognise(&message) {
                Ok(Recognised { run, unreadable, .. }) => (run, unreadable),
                // It was a request when it was admitted.
                Err(_) => {
                    return (Fate::Unfinished("its message was read differently the second time".to_owned()), None);
                }
            },
        };
        let fate = match &unreadable {
            Some(why) => refuse(self.service, &run, why, age, self.deadline).await,
            None => carry_out(self.service, action, &mut run, age, self.deadline).await,
        };
        (fate, unreadable)
    }

    fn facts(&self) -> Facts<'a> {
        Facts { request_id: Some(self.request_id), ..Facts::default() }
    }
}

/// Returns the memory in KiB that a run takes while it is carried out, with a message of this many bytes and values: the
/// message's own text, and its parts once more in the run, the entity and the request.
fn room(bytes: usize, values: usize) -> u32 {
    let bytes = bytes.saturating_mul(4).saturating_add(values.saturating_mul(2 * VALUE));
    u32::try_from(bytes / 1024).unwrap_or(ROOM).min(ROOM)
}

/// The most memory that one JSON value takes besides its text, in bytes.
const VALUE: usize = 300;

/// Returns the time until Lambda's deadline, minus what answering takes.
fn time_left(deadline: u64) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let left = Duration::from_millis(deadline).saturating_sub(now);
    left.saturating_sub((left / 10).min(Duration::from_secs(1)))
}
