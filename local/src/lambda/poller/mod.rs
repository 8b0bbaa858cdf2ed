//! Lambda's poller: reads a topic as a member of a group, invokes the function, and commits.
//!
//! What is delivered when is [`EventSourceMapping`]'s decision. This has the clock, the threads and the connection.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

pub(crate) mod connection;

use connection::{Order, Report};

use super::mapping::{
    BatchDelivery, MappingObserver, MappingSettings, MappingState, MappingStatus, Next, ProcessingResult, RecordFilter,
};
use super::{EventSourceMapping, Invocation};
use crate::clock::epoch_millis;
use crate::lock::lock;

/// How long the end of a poller waits for its last commit and for leaving the group.
const FAREWELL: Duration = Duration::from_secs(2);

/// Where and how the records are read: always `SASL_SSL` with SCRAM-SHA-512.
pub struct KafkaSource {
    /// The brokers, separated by commas.
    pub bootstrap_servers: String,
    /// The certificates that are trusted, as PEM; without them, those of public authorities.
    pub ca_pem: Option<String>,
    /// Reads the secret, JSON with `username` and `password`: at the start, and again after it was refused.
    pub secret: Box<dyn Fn() -> io::Result<String> + Send + Sync>,
    /// How long a new mapping takes until it reads. Lambda takes minutes, so `LATEST` can miss what was published then.
    pub start_delay: Duration,
}

/// A running event source mapping. Dropping it leaves the group; what is in flight is not waited for.
pub struct MappingPoller {
    control: UnboundedSender<Control>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    status: Mutex<MappingStatus>,
    /// Notified when the status changed.
    changed: Condvar,
}

enum Control {
    Disable,
    Enable,
    RetryNow,
    Stop,
}

type Invoke = dyn Fn(&BatchDelivery) -> Invocation + Send + Sync;

impl MappingPoller {
    /// Starts to poll. `invoke` carries out a delivery and waits for its answer; it is called from threads of its own, as
    /// often at once as Lambda would.
    ///
    /// # Errors
    ///
    /// When the thread cannot be started. What is wrong with the connection is in the status, as with Lambda.
    pub fn start(
        settings: MappingSettings,
        source: KafkaSource,
        filter: Option<RecordFilter>,
        invoke: impl Fn(&BatchDelivery) -> Invocation + Send + Sync + 'static,
        observer: MappingObserver,
    ) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (control, commands) = unbounded_channel();
        let shared = Arc::new(Shared::default());
        let mapping = EventSourceMapping::new(settings, filter, observer);
        let poll = Poll::new(mapping, source, Arc::new(invoke), Arc::clone(&shared), commands);
        let thread = thread::Builder::new().name("mapping".to_owned()).spawn(move || {
            runtime.block_on(poll.run());
            // A connection that is being made is not waited for.
            runtime.shutdown_background();
        })?;
        Ok(Self { control, shared, thread: Some(thread) })
    }

    /// Returns what Lambda would show.
    #[must_use]
    pub fn status(&self) -> MappingStatus {
        lock(&self.shared.status).clone()
    }

    /// Waits until the status is as a closure wants it. Returns whether it is.
    #[must_use]
    pub fn wait_until(&self, timeout: Duration, mut is_right: impl FnMut(&MappingStatus) -> bool) -> bool {
        let until = Instant::now() + timeout;
        let mut status = lock(&self.shared.status);
        while !is_right(&status) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            status = self.shared.changed.wait_timeout(status, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Finishes what is in flight, commits, and leaves the group.
    pub fn disable(&self) {
        let _ = self.control.send(Control::Disable);
    }

    /// Joins the group again.
    pub fn enable(&self) {
        let _ = self.control.send(Control::Enable);
    }

    /// Delivers now what waits for a retry.
    pub fn retry_now(&self) {
        let _ = self.control.send(Control::RetryNow);
    }
}

impl Drop for MappingPoller {
    fn drop(&mut self) {
        let _ = self.control.send(Control::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl std::fmt::Debug for MappingPoller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MappingPoller").field("status", &self.status()).finish_non_exhaustive()
    }
}

/// The loop of a poller.
struct Poll {
    mapping: EventSourceMapping,
    source: Arc<KafkaSource>,
    invoke: Arc<Invoke>,
    shared: Arc<Shared>,
    commands: UnboundedReceiver<Control>,
    /// To and from the connection; nothing is sent while the mapping is disabled.
    orders: UnboundedSender<Order>,
    reports: UnboundedReceiver<Report>,
    answers: (UnboundedSender<Answered>, UnboundedReceiver<Answered>),
    /// The partitions that are not read for now.
    paused: BTreeSet<i32>,
    /// The commits that the connection was asked for last.
    asked: BTreeMap<i32, i64>,
    /// Whether the mapping connects again once it is disabled.
    returns: bool,
}

/// The number of a batch, and its invocation.
type Answered = (u64, Invocation);

impl Poll {
    fn new(
        mapping: EventSourceMapping,
        source: KafkaSource,
        invoke: Arc<Invoke>,
        shared: Arc<Shared>,
        commands: UnboundedReceiver<Control>,
    ) -> Self {
        let ((orders, _), (_, reports)) = (unbounded_channel(), unbounded_channel());
        let (source, answers) = (Arc::new(source), unbounded_channel());
        let (paused, asked) = (BTreeSet::new(), BTreeMap::new());
        Self { mapping, source, invoke, shared, commands, orders, reports, answers, paused, asked, returns: false }
    }

    async fn run(mut self) {
        self.connect();
        loop {
            let wake = self.advance();
            let pause = wake.map(|wake| Duration::from_millis((wake - epoch_millis()).max(0).unsigned_abs()));
            tokio::select! {
                command = self.commands.recv() => match command {
                    Some(Control::Disable) => self.disable(),
                    Some(Control::Enable) => self.enable(),
                    Some(Control::RetryNow) => self.mapping.retry_now(),
                    Some(Control::Stop) | None => break,
                },
                Some((batch, invocation)) = self.answers.1.recv() => {
                    self.mapping.answered(batch, &invocation, epoch_millis());
                }
                Some(report) = self.reports.recv() => self.take(report),
                () = sleep(pause) => {}
            }
        }
        self.advance();
        self.leave();
        let _ = tokio::time::timeout(FAREWELL, async { while self.reports.recv().await.is_some() {} }).await;
    }

    fn connect(&mut self) {
        let (orders, received) = unbounded_channel();
        let (report, reports) = unbounded_channel();
        (self.orders, self.reports) = (orders, reports);
        self.paused.clear();
        self.asked.clear();
        tokio::spawn(connection::keep(self.mapping.settings().clone(), Arc::clone(&self.source), received, report));
    }

    fn disable(&mut self) {
        self.returns = false;
        if self.mapping.status().state != MappingState::Disabled {
            self.mapping.enter(MappingState::Disabling);
        }
    }

    fn enable(&mut self) {
        match self.mapping.status().state {
            MappingState::Disabling => self.returns = true,
            MappingState::Disabled => {
                self.mapping.enter(MappingState::Enabling);
                self.connect();
            }
            _ => {}
        }
    }

    /// Does what is due. Returns when to look again, if nothing happens before.
    fn advance(&mut self) -> Option<i64> {
        let is_disabling = self.mapping.status().state == MappingState::Disabling;
        let mut wake = None;
        while !is_disabling && wake.is_none() {
            match self.mapping.next(epoch_millis()) {
                Next::Deliver(delivery) => self.deliver(delivery),
                Next::Wait(until) => wake = Some(until),
                Next::Idle => break,
            }
        }
        let commits = self.mapping.commits();
        if !commits.is_empty() && commits != self.asked {
            let _ = self.orders.send(Order::Commit(commits.clone()));
        }
        self.asked = commits;
        let assigned = self.mapping.status().assigned.iter().copied();
        let full: BTreeSet<i32> = assigned.filter(|partition| !self.mapping.has_room(*partition)).collect();
        if full != self.paused {
            let _ = self.orders.send(Order::Pause(full.clone()));
            self.paused = full;
        }
        if is_disabling && self.mapping.running() == 0 {
            self.leave();
        }
        lock(&self.shared.status).clone_from(self.mapping.status());
        self.shared.changed.notify_all();
        wake
    }

    fn leave(&mut self) {
        // The connection leaves the group when it has carried out all orders.
        self.orders = unbounded_channel().0;
    }

    fn deliver(&self, delivery: BatchDelivery) {
        let (invoke, answers) = (Arc::clone(&self.invoke), self.answers.0.clone());
        let batch = delivery.batch;
        let failed = Invocation {
            request_id: delivery.request_id.clone(),
            answer: super::Answer::InitError("no thread could be started".into()),
            duration: Duration::ZERO,
        };
        let invoking = thread::Builder::new().name(format!("invocation-{batch}")).spawn(move || {
            let invocation = invoke(&delivery);
            let _ = answers.send((batch, invocation));
        });
        if invoking.is_err() {
            let _ = self.answers.0.send((batch, failed));
        }
    }

    fn take(&mut self, report: Report) {
        match report {
            Report::Connected => {
                if matches!(self.mapping.status().state, MappingState::Creating | MappingState::Enabling) {
                    self.mapping.enter(MappingState::Enabled);
                }
                let is_problem = matches!(
                    self.mapping.status().result,
                    ProcessingResult::AuthenticationFailed
                        | ProcessingResult::Unauthorized
                        | ProcessingResult::ConnectionError
                );
                if is_problem {
                    self.mapping.note(ProcessingResult::NoRecords, None);
                }
            }
            Report::Problem(result, cause) => self.mapping.note(result, Some(cause)),
            Report::Assigned(partitions) => self.mapping.assign(partitions),
            Report::Revoked(partitions) => {
                self.paused.retain(|partition| !partitions.contains(partition));
                self.mapping.revoke(partitions);
            }
            Report::Records(records) => {
                let now = epoch_millis();
                for record in records {
                    self.mapping.push(&record, now);
                }
            }
            Report::Committed(offsets) => {
                for (partition, offset) in offsets {
                    self.mapping.committed(partition, offset);
                }
            }
            Report::Left => {
                let assigned = self.mapping.status().assigned.clone();
                self.mapping.revoke(assigned);
                self.mapping.enter(MappingState::Disabled);
                if std::mem::take(&mut self.returns) {
                    self.enable();
                }
            }
        }
    }
}

async fn sleep(pause: Option<Duration>) {
    match pause {
        Some(pause) => tokio::time::sleep(pause).await,
        None => std::future::pending().await,
    }
}
