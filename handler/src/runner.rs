//! The runner: a plan, the code that teams registered for it, and the loop that serves invocations.

use std::collections::BTreeMap;
use std::env::consts::ARCH;
use std::future::Future;
use std::hint::black_box;
use std::io;

use lambda_runtime::{LambdaEvent, service_fn};
use model::plan::{PlanError, VERSIONS};
use model::{Plan, Run, marker};

use crate::environment::{Environment, EnvironmentError};
use crate::event::Event;
use crate::invocation::Invocation;
use crate::log::{Facts, Level, Log};
use crate::secret::SecretError;
use crate::service::Service;
use crate::work::{Outcome, RunLog, Work};

/// The version of this library.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Says what this program is; `synth` looks for it in the program's bytes.
static MARKER: [u8; marker::LENGTH] = marker::mark(VERSION, ARCH, &VERSIONS);

/// A runner that follows a plan.
pub struct Runner {
    plan: Plan,
    work: BTreeMap<String, Work>,
}

/// Why the function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An environment variable is missing.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// `plan.json` cannot be read.
    #[error("cannot read `{path}`")]
    File {
        /// Below the task root.
        path: String,
        /// The error of the operating system.
        source: io::Error,
    },
    /// `plan.json` cannot be followed.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Code is registered for an action that is not in the plan.
    #[error("code is registered for action `{0}`, which is not in the plan")]
    NoSuchAction(String),
    /// The HTTP client cannot be set up.
    #[error(transparent)]
    Http(#[from] port::http::Unusable),
    /// The credentials cannot be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// Lambda's runtime interface failed.
    #[error("the Lambda runtime interface failed")]
    Runtime(#[source] lambda_runtime::Error),
}

impl Runner {
    /// Creates a runner that only writes entities, as `plan` says.
    pub fn new(plan: Plan) -> Self {
        Self { plan, work: BTreeMap::new() }
    }

    /// Registers a team's own code for an action, by its identifier in Port or in the input file.
    ///
    /// The code runs before the entity is written. A run may be delivered more than once, so the code must check by
    /// [`Run::id`] whether its work is already done. It is stopped when the function runs out of time, and called again
    /// later.
    pub fn on<F, Fut>(mut self, action: &str, work: F) -> Self
    where
        F: Fn(Run, RunLog) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Outcome> + Send + 'static,
    {
        self.work.insert(action.to_owned(), Box::new(move |run, log| Box::pin(work(run, log))));
        self
    }

    /// Reads `plan.json` from the folder of the program.
    ///
    /// # Errors
    /// When it is missing or cannot be followed.
    pub fn plan(environment: &Environment) -> Result<Plan, StartError> {
        let path = environment.task_root.join("plan.json");
        let json =
            std::fs::read(&path).map_err(|source| StartError::File { path: path.display().to_string(), source })?;
        Ok(Plan::from_json(&json)?)
    }

    /// Reads the secrets once and serves invocations until Lambda ends the process.
    ///
    /// # Errors
    /// When the function cannot start.
    pub async fn serve(self, environment: Environment) -> Result<(), StartError> {
        // What nothing reads is left out by the linker.
        black_box(&MARKER);
        let log = Log { level: environment.log_level };
        log.catch_panics();
        for name in self.work.keys() {
            if !self.plan.actions().iter().any(|action| action.is_called(name)) {
                return Err(StartError::NoSuchAction(name.clone()));
            }
        }
        let service = &Service::new(self.plan, self.work, log, environment, port::http::client()?).await?;
        log.write(Level::Info, "ready", &Facts { version: Some(VERSION), ..Facts::default() });
        lambda_runtime::run(service_fn(move |event: LambdaEvent<Event>| async move {
            let context = &event.context;
            Invocation::new(service, &context.request_id, context.deadline).handle(event.payload).await
        }))
        .await
        .map_err(StartError::Runtime)
    }
}
