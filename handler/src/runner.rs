//! The runner: a plan, the code that teams registered for it, and the loop that serves invocations.

use std::collections::BTreeMap;
use std::env::consts::ARCH;
use std::future::Future;
use std::hint::black_box;
use std::io;
use std::process::ExitCode;

use lambda_runtime::{LambdaEvent, service_fn};
use model::plan::{PlanError, VERSIONS};
use model::{Plan, PlannedAction, Run, marker};

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
    /// Code is registered for an action whose plan does not ask for any.
    #[error(
        "code is registered for action `{0}`, but the plan does not ask for it: add `\"code\": true` to the action's `runner` and run `synth`"
    )]
    CodeNotPlanned(String),
    /// The plan asks for code that is not registered. Without it, a run would end with SUCCESS although nothing was done.
    #[error(
        "the plan asks for code of your own for action `{0}`, but this function has none: register it with `Runner::on`, or deploy the function that has it"
    )]
    NoCode(String),
    /// The runtime of asynchronous code cannot be set up.
    #[error("the asynchronous runtime cannot be set up")]
    Asynchronous(#[source] io::Error),
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

/// Serves invocations as the plan in the program's folder says, until Lambda ends the process. `with_code` registers a
/// team's own code. A function that cannot start logs why. This is the whole `main` of a function.
pub fn start(with_code: impl FnOnce(Runner) -> Runner) -> ExitCode {
    let serve = || {
        let environment = Environment::read()?;
        let runner = with_code(Runner::new(Runner::plan(&environment)?));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(StartError::Asynchronous)?.block_on(runner.serve(environment))
    };
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            Log::start_failed(&error);
            ExitCode::FAILURE
        }
    }
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

    /// Checks that code is registered for the actions whose plan asks for it, and for no others.
    fn check_work(&self) -> Result<(), StartError> {
        let actions = self.plan.actions();
        for name in self.work.keys() {
            let mut called = actions.iter().filter(|action| action.is_called(name)).peekable();
            if called.peek().is_none() {
                return Err(StartError::NoSuchAction(name.clone()));
            }
            // An alias may be that of several actions.
            if let Some(action) = called.find(|action| !action.code) {
                return Err(StartError::CodeNotPlanned(action.action.clone()));
            }
        }
        let has_code = |action: &PlannedAction| self.work.keys().any(|name| action.is_called(name));
        match actions.iter().find(|action| action.code && !has_code(action)) {
            Some(action) => Err(StartError::NoCode(action.action.clone())),
            None => Ok(()),
        }
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
        self.check_work()?;
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
