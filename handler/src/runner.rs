//! The runner: a plan, the code that teams registered, and the loop around them.

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures_util::StreamExt;
use lambda_runtime::{LambdaEvent, service_fn};
use model::plan::{NotOurs, PlanError};
use model::{Plan, PlannedAction, Run};
use port::{Client, Deadline, Status};
use serde_json::Value;

use crate::batch::Queues;
use crate::carry_out::{Fate, carry_out};
use crate::environment::{Environment, EnvironmentError};
use crate::event::Event;
use crate::log::{Facts, Level, Log, millis};
use crate::secret::{self, SecretError};
use crate::verdict::{Unfinished, Verdict};
use crate::work::{Outcome, RunLog, Work};

/// Follows a plan.
pub struct Runner {
    plan: Plan,
    work: BTreeMap<String, Work>,
}

/// Why the function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A variable is missing.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// `plan.json` cannot be read.
    #[error("cannot read `{path}`")]
    File {
        /// Below the task root.
        path: String,
        /// Of the operating system.
        source: io::Error,
    },
    /// `plan.json` cannot be followed.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Code was registered for an action that the plan does not have.
    #[error("code is registered for `{0}`, which is no action of the plan")]
    NoSuchAction(String),
    /// The HTTP client.
    #[error(transparent)]
    Http(#[from] port::http::Unusable),
    /// The credentials.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// Lambda's runtime interface.
    #[error("the Lambda runtime interface failed")]
    Runtime(#[source] lambda_runtime::Error),
}

/// One run on its way, with where it came from.
struct Job<'a> {
    action: &'a PlannedAction,
    run: Run,
    partition: String,
    offset: Option<i64>,
}

impl Runner {
    /// A runner that writes entities by `plan` alone.
    pub fn new(plan: Plan) -> Self {
        Self { plan, work: BTreeMap::new() }
    }

    /// Registers a team's own code for an action, by its identifier in Port or in the input file.
    ///
    /// The code runs before the entity is written. Delivery is at least once, so it must find out by [`Run::id`]
    /// whether it did its work already. It may be stopped when the function's time is over; then it is started again.
    pub fn on<F, Fut>(mut self, action: &str, work: F) -> Self
    where
        F: Fn(Run, RunLog) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Outcome> + Send + 'static,
    {
        self.work.insert(action.to_owned(), Box::new(move |run, log| Box::pin(work(run, log))));
        self
    }

    /// `plan.json` beside the program.
    ///
    /// # Errors
    /// When it is not there or cannot be followed.
    pub fn plan(environment: &Environment) -> Result<Plan, StartError> {
        let path = environment.task_root.join("plan.json");
        let json =
            std::fs::read(&path).map_err(|source| StartError::File { path: path.display().to_string(), source })?;
        Ok(Plan::from_json(&json)?)
    }

    /// Reads the secret once and serves invocations until Lambda ends the process.
    ///
    /// # Errors
    /// Whatever keeps it from starting.
    pub async fn serve(self, environment: Environment) -> Result<(), StartError> {
        let log = Log { level: environment.log_level };
        log.catch_panics();
        for name in self.work.keys() {
            if !self.plan.actions().iter().any(|action| action.is_called(name)) {
                return Err(StartError::NoSuchAction(name.clone()));
            }
        }
        let http = port::http::client()?;
        let credentials = secret::read(&http, &environment).await?;
        let client = Arc::new(Client::new(http, &environment.port_api_url, credentials));
        let (runner, client) = (&self, &client);
        lambda_runtime::run(service_fn(move |event: LambdaEvent<Event>| async move {
            let deadline = Deadline::after(time_left(event.context.deadline));
            runner.handle(client, event.payload, deadline, log, &event.context.request_id).await
        }))
        .await
        .map_err(StartError::Runtime)
    }

    /// One batch: never ends early, whatever one of its records holds.
    async fn handle(
        &self,
        client: &Arc<Client>,
        event: Event,
        deadline: Deadline,
        log: Log,
        request_id: &str,
    ) -> Result<Value, Unfinished> {
        let started = Instant::now();
        let (mut records, mut runs) = (0, 0);
        let mut queues = Queues::new();
        for record in event.into_records() {
            records += 1;
            let place = || Facts {
                request_id: Some(request_id),
                partition: Some(&record.partition),
                offset: record.offset,
                ..Facts::default()
            };
            match record.value.map_or(Err(NotOurs::NoRequest), |value| self.plan.recognise(value)) {
                Ok((action, run)) => {
                    runs += 1;
                    let keys = self.keys(action, &run);
                    queues.push(keys, Job { action, run, partition: record.partition, offset: record.offset });
                }
                Err(NotOurs::NoRunId { action }) => {
                    let facts = Facts { action: Some(&action), ..place() };
                    log.write(Level::Warn, "a message of our action names no run, so nobody can be told", &facts);
                }
                Err(NotOurs::NoRequest | NotOurs::OtherAction) => log.write(Level::Debug, "not ours", &place()),
            }
        }
        let width = self.plan.concurrency.max(1);
        let done: Vec<Vec<(Job<'_>, bool)>> = futures_util::stream::iter(queues.into_queues())
            .map(|queue| self.queue(client, queue, deadline, log, request_id))
            .buffer_unordered(width)
            .collect()
            .await;
        let mut verdict = Verdict::default();
        for (job, _) in done.into_iter().flatten().filter(|(_, finished)| !finished) {
            verdict.unfinished(&job.partition, job.offset);
        }
        let facts = Facts {
            request_id: Some(request_id),
            records: Some(records),
            runs: Some(runs),
            unfinished: Some(verdict.count()),
            duration_ms: millis(started.elapsed()),
            ..Facts::default()
        };
        log.write(if verdict.count() == 0 { Level::Info } else { Level::Error }, "batch", &facts);
        verdict.answer(self.plan.partial_batch_response)
    }

    /// What a run must not overtake: the same run, and others on its entity.
    fn keys(&self, action: &PlannedAction, run: &Run) -> Vec<String> {
        let entity = self.plan.entity(action, run).ok();
        let entity = entity.map(|entity| format!("entity {} {}", action.blueprint, entity.identifier));
        entity.into_iter().chain([format!("run {}", run.id)]).collect()
    }

    /// Runs of one queue in their order. Behind an unfinished one nothing may go on: a change must not be tried before
    /// the creation that it needs.
    async fn queue<'a>(
        &self,
        client: &Arc<Client>,
        queue: Vec<Job<'a>>,
        deadline: Deadline,
        log: Log,
        request_id: &str,
    ) -> Vec<(Job<'a>, bool)> {
        let mut blocked = false;
        let mut done = Vec::with_capacity(queue.len());
        for job in queue {
            let started = Instant::now();
            let fate = if blocked {
                Fate::Unfinished("waits for an earlier run of the same entity".to_owned())
            } else {
                let work = self.work.iter().find(|(name, _)| job.action.is_called(name)).map(|(_, work)| work);
                carry_out(&self.plan, client, work, job.action, &job.run, deadline).await
            };
            blocked = matches!(fate, Fate::Unfinished(_));
            let (level, outcome, cause) = match &fate {
                Fate::Reported(Status::Success) => (Level::Info, "SUCCESS", None),
                Fate::Reported(Status::Failure) => (Level::Warn, "FAILURE", None),
                Fate::LeftOpen => (Level::Info, "LEFT_OPEN", None),
                Fate::ClosedBefore => (Level::Info, "CLOSED_BEFORE", None),
                Fate::Unknown => (Level::Error, "UNKNOWN_RUN", Some("Port knows no such run")),
                Fate::Unfinished(cause) => (Level::Error, "UNFINISHED", Some(cause.as_str())),
            };
            let facts = Facts {
                request_id: Some(request_id),
                run_id: Some(&job.run.id),
                action: Some(&job.action.action),
                outcome: Some(outcome),
                cause,
                partition: Some(&job.partition),
                offset: job.offset,
                duration_ms: millis(started.elapsed()),
                ..Facts::default()
            };
            log.write(level, "run", &facts);
            done.push((job, !blocked));
        }
        done
    }
}

/// Time until Lambda's deadline (milliseconds of the epoch), less what answering takes.
fn time_left(deadline: u64) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let left = Duration::from_millis(deadline).saturating_sub(now);
    left.saturating_sub((left / 10).min(Duration::from_secs(1)))
}
