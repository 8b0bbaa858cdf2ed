//! One batch, from Lambda's event to Lambda's answer. No record can end it early, whatever it contains.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures_util::StreamExt;
use model::plan::NotOurs;
use model::{PlannedAction, Run};
use port::Deadline;
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::carry_out::carry_out;
use crate::event::{Event, Record};
use crate::fate::Fate;
use crate::log::{Facts, Level, millis};
use crate::metrics::Counters;
use crate::queues::Queues;
use crate::service::Service;
use crate::signature::{self, SignatureError};
use crate::verdict::{Unfinished, Verdict};

/// What an invocation needs while it lasts.
pub(crate) struct Invocation<'a> {
    service: &'a Service,
    request_id: &'a str,
    deadline: Deadline,
}

/// One run in progress, with its record's place in Kafka.
struct Job<'a> {
    action: &'a PlannedAction,
    run: Run,
    partition: String,
    offset: Option<i64>,
    /// In milliseconds since the epoch.
    published: Option<i64>,
}

/// Why a record is skipped.
enum Skipped {
    /// It does not ask for a run of ours.
    NotOurs,
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
        }
    }
}

impl<'a> Invocation<'a> {
    /// Starts an invocation that Lambda ends at `deadline`, in milliseconds since the epoch.
    pub(crate) fn new(service: &'a Service, request_id: &'a str, deadline: u64) -> Self {
        Self { service, request_id, deadline: Deadline::after(time_left(deadline)) }
    }

    /// Carries out the runs in `event` that are ours.
    pub(crate) async fn handle(&self, event: Event) -> Result<Value, Unfinished> {
        let started = Instant::now();
        self.service.renew_credentials().await;
        let client_secret = self.service.client.credentials().client_secret;
        let mut counters = Counters::default();
        let mut queues = Queues::new();
        for record in event.into_records() {
            counters.record(record.published);
            match self.admit(&record, client_secret.expose_secret()) {
                Ok((action, run)) => {
                    counters.runs += 1;
                    let keys = self.keys(action, &run);
                    let Record { partition, offset, published, .. } = record;
                    queues.push(keys, Job { action, run, partition, offset, published });
                }
                Err(skipped) => self.skip(&record, &skipped, &mut counters),
            }
        }
        let queues: Vec<_> = queues.into_queues().map(|queue| self.queue(queue)).collect();
        let width = self.service.plan.concurrency.max(1);
        let mut done = futures_util::stream::iter(queues).buffer_unordered(width);
        let mut verdict = Verdict::default();
        while let Some(fates) = done.next().await {
            for (job, fate) in fates {
                counters.fate(&job.action.action, &fate);
                if let Fate::Unfinished(_) = fate {
                    verdict.unfinished(&job.partition, job.offset);
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

    /// Returns the run that a record asks for.
    ///
    /// A record that is ours is read a second time for its signature: Port signs the text as it wrote it, and parsing
    /// loses how numbers were written.
    fn admit(&self, record: &Record, client_secret: &str) -> Result<(&'a PlannedAction, Run), Skipped> {
        let service = self.service;
        let text = record.value.as_deref().ok_or(Skipped::NotOurs)?;
        let value = serde_json::from_str(text).map_err(|_| Skipped::NotOurs)?;
        let (action, run) = service.plan.recognise(value)?;
        let key = client_secret.as_bytes();
        match signature::check(text, key, service.plan.signatures, service.plan.replay_window, record.published) {
            Ok(()) => Ok((action, run)),
            Err(cause) => Err(Skipped::Unverified { action: action.action.clone(), run_id: run.id, cause }),
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
    fn keys(&self, action: &PlannedAction, run: &Run) -> Vec<String> {
        let entity = self.service.plan.identifier(action, run).ok();
        let entity = entity.map(|identifier| format!("entity {} {identifier}", action.blueprint));
        entity.into_iter().chain([format!("run {}", run.id)]).collect()
    }

    /// Carries out the runs of one queue in order. Nothing may overtake an unfinished run: a change must not be tried
    /// before the creation that it needs.
    async fn queue(&self, queue: Vec<Job<'a>>) -> Vec<(Job<'a>, Fate)> {
        let mut blocked = false;
        let mut done = Vec::with_capacity(queue.len());
        for mut job in queue {
            let started = Instant::now();
            let known = self.service.seen.arrived(&job.run.id);
            let fate = if blocked {
                Fate::Unfinished("waiting for an earlier run of the same entity".to_owned())
            } else if known.closed {
                Fate::ClosedBefore
            } else {
                carry_out(self.service, job.action, &mut job.run, job.published, self.deadline).await
            };
            blocked = matches!(fate, Fate::Unfinished(_));
            if fate.closes() {
                self.service.seen.closed(&job.run.id);
            }
            let cause = fate.cause();
            let facts = Facts {
                run_id: Some(&job.run.id),
                action: Some(&job.action.action),
                outcome: Some(fate.outcome()),
                attempt: Some(known.attempt),
                cause,
                partition: Some(&job.partition),
                offset: job.offset,
                duration_ms: millis(started.elapsed()),
                ..self.facts()
            };
            self.service.log.write(fate.level(), "run", &facts);
            done.push((job, fate));
        }
        done
    }

    fn facts(&self) -> Facts<'a> {
        Facts { request_id: Some(self.request_id), ..Facts::default() }
    }
}

/// Returns the time until Lambda's deadline, minus what answering takes.
fn time_left(deadline: u64) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let left = Duration::from_millis(deadline).saturating_sub(now);
    left.saturating_sub((left / 10).min(Duration::from_secs(1)))
}
