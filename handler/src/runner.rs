//! The runner: a plan, the code that teams registered, and the loop around them.

use std::collections::BTreeMap;
use std::future::Future;
use std::io;

use lambda_runtime::{LambdaEvent, service_fn};
use model::plan::PlanError;
use model::{Plan, Run};

use crate::environment::{Environment, EnvironmentError};
use crate::event::Event;
use crate::invocation::Invocation;
use crate::log::Log;
use crate::secret::SecretError;
use crate::service::Service;
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

    /// Reads the secrets once and serves invocations until Lambda ends the process.
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
        let service = &Service::new(self.plan, self.work, log, environment, port::http::client()?).await?;
        lambda_runtime::run(service_fn(move |event: LambdaEvent<Event>| async move {
            let context = &event.context;
            Invocation::new(service, &context.request_id, context.deadline).handle(event.payload).await
        }))
        .await
        .map_err(StartError::Runtime)
    }
}
