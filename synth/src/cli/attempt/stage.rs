//! Everything around the run: Port and Lambda on this machine, the function as a process, and what was seen of them.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use jiff::Timestamp;
use local::kafka::KafkaRecord;
use local::mapping::{MappingObserver, MappingSettings, Next, PlacedRecord, ProvisionedMode};
use local::{Answer, Call, Credentials, Deployment, EventSourceMapping, ExecutionEnvironment};
use model::Action;
use model::filter_pattern::mismatches;
use nix::sys::signal::Signal;
use serde_json::{Map, Value, json};
use synth::Build;
use synth::event::{self, KeyPair, ORGANISATION, Seals, Started};
use synth::plan::filter;

use super::folder::Folder;
use super::guard::{Ending, Guard};
use crate::cli::program::Program;
use crate::tether;

/// The credentials that the local Port accepts. They open nothing else.
const CLIENT: (&str, &str) = ("synth", "the-client-secret-of-the-local-port");

/// How long Lambda gives a function to start.
const START: Duration = Duration::from_secs(10);

/// Lambda waits a second before the first retry, and longer before each further one; here it is a fifth of that.
const RETRY_SPEED: u32 = 5;

/// How often is looked whether the process still runs.
const LOOK: Duration = Duration::from_millis(10);

/// What is tried.
#[derive(Debug)]
pub(super) struct Trial<'a> {
    pub(super) action: &'a Action,
    /// What the form sends.
    pub(super) inputs: Map<String, Value>,
    /// The entity that the action is started on, which exists before the run.
    pub(super) entity: Option<Value>,
    /// The e-mail address of the person who starts it.
    pub(super) user: &'a str,
    /// The time for everything after the start.
    pub(super) patience: Duration,
}

/// The local Port with the function, which is not started yet.
#[derive(Debug)]
pub(super) struct Stage {
    deployment: Deployment,
    /// Holds the plan, and is removed at the end.
    _folder: Folder,
    key: Option<KeyPair>,
    partial: bool,
    /// What Lambda compares each message with.
    filter: Vec<Value>,
    started: Instant,
}

/// What was seen.
#[derive(Debug)]
pub(super) struct Seen {
    /// The run as Port has it afterwards.
    pub(super) run: Value,
    /// All entities of the local Port before and after the run.
    pub(super) before: Entities,
    pub(super) after: Entities,
    /// The function's calls to Port.
    pub(super) calls: Vec<Call>,
    /// The lines of the run's log in Port.
    pub(super) run_log: Vec<Value>,
    /// What the function printed.
    pub(super) printed: String,
    /// Why the run has not ended, if it has not.
    pub(super) open: Option<String>,
    pub(super) took: Duration,
}

/// Entities by blueprint and identifier.
pub(super) type Entities = BTreeMap<(String, String), Value>;

impl Stage {
    /// Sets up Port with what `synth` publishes, and the function's folder with its plan.
    pub(super) fn new(program: &Program, build: &Build, guard: &Guard) -> anyhow::Result<Self> {
        let started = Instant::now();
        local::check_loopback().map_err(|error| {
            anyhow!(
                "programs on this machine cannot reach each other at 127.0.0.1: {error}\n  help: if the loopback interface is \
                 down, run `ip link set lo up`"
            )
        })?;
        let folder = guard.folder()?;
        fs::write(folder.path().join("plan.json"), build.plan_json()).context("cannot write the plan")?;
        let program = program.file(folder.path())?;
        let synth = std::env::current_exe().context("cannot find `synth` itself")?;
        let mut deployment = Deployment::new(&synth, folder.path(), &Credentials::new(CLIENT.0, CLIENT.1))
            .context("cannot start the local Port")?
            .with_variable(tether::VARIABLE, tether::value(&program));
        let mut key = None;
        // The template gives the function a key only if its plan needs one.
        if build.plan.needs_input_key() {
            let made = KeyPair::generate().context("cannot make a key for encrypted inputs")?;
            deployment = deployment.with_input_key(&made.pem().context("cannot make a key for encrypted inputs")?);
            key = Some(made);
        }
        for (blueprint, actions) in build.port_documents()? {
            deployment.port.add_blueprint(blueprint);
            for action in actions {
                deployment.port.add_action(action);
            }
        }
        let partial = build.plan.partial_batch_response;
        let filter = filter::compile(&build.plan).patterns;
        Ok(Self { deployment, _folder: folder, key, partial, filter, started })
    }

    /// Adds an entity without checking it.
    pub(super) fn add_entity(&self, blueprint: &str, entity: Value) {
        self.deployment.port.add_entity(blueprint, entity);
    }

    /// Starts the run in Port, passes its message to the function as Lambda does, and waits until it is done with it.
    ///
    /// # Errors
    /// When Port refuses to start the run, the message does not pass the filter, or the function does not start.
    pub(super) fn run(self, trial: &Trial<'_>, guard: &Guard) -> anyhow::Result<Seen> {
        let port = &self.deployment.port;
        let action = trial.action;
        let entity = trial.entity.as_ref().and_then(|entity| entity["identifier"].as_str());
        let run = port
            .start_run(&action.identifier, trial.inputs.clone(), entity)
            .map_err(|reason| anyhow!("the local Port does not start the run: {reason}"))?;
        let id = run["id"].as_str().unwrap_or_default().to_owned();
        port.advance_run(&id, local::Progress::Status("IN_PROGRESS".to_owned()));
        let before = self.entities();
        let message = self.message(trial, &id, entity)?;
        let (open, printed) = if passes(&self.filter, &message) {
            let environment = self.deployment.start().context("cannot start the function")?;
            self.deliver(environment, &message, &id, trial.patience, guard)
        } else {
            (
                Some(
                    "its message does not pass Lambda's event filter; `synth event` and `synth filter-test` show why"
                        .to_owned(),
                ),
                String::new(),
            )
        };
        let run = port.run(&id).unwrap_or_default();
        Ok(Seen {
            run,
            before,
            after: self.entities(),
            calls: port.calls(),
            run_log: port.run_logs(&id),
            printed,
            open,
            took: self.started.elapsed(),
        })
    }

    fn entities(&self) -> Entities {
        let name = |entity: &Value, key: &str| entity[key].as_str().unwrap_or_default().to_owned();
        let entities = self.deployment.port.entities().into_iter();
        entities.map(|entity| ((name(&entity, "blueprint"), name(&entity, "identifier")), entity)).collect()
    }

    /// Returns the message as Port publishes it.
    fn message(&self, trial: &Trial<'_>, id: &str, entity: Option<&str>) -> anyhow::Result<Value> {
        let now = Timestamp::now();
        let port = &self.deployment.port;
        let seed = now.as_microsecond().unsigned_abs();
        let seals = Seals { secret: CLIENT.1, input_key: self.key.as_ref(), seed };
        let found = |blueprint: &str, identifier: &str| port.entity(blueprint, identifier).unwrap_or_default();
        let inputs = event::arriving(trial.action, &trial.inputs, &seals, found).map_err(|why| anyhow!(why))?;
        let entity = entity.map_or_else(|| json!({}), |entity| found(&trial.action.blueprint, entity));
        let at = now.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
        let started = Started { action: trial.action, id, inputs: &inputs, entity: &entity, user: trial.user, at: &at };
        event::message(&started, Some((CLIENT.1, now.as_second()))).map_err(|why| anyhow!(why))
    }

    /// Returns Lambda's event source mapping, for one record.
    fn mapping(&self) -> EventSourceMapping {
        let settings = MappingSettings {
            batch_size: 1,
            provisioned: self.partial.then(|| ProvisionedMode { partial: true, ..ProvisionedMode::default() }),
            retry_speed: RETRY_SPEED,
            ..MappingSettings::new(format!("{ORGANISATION}.runs"), ORGANISATION)
        };
        let mut mapping = EventSourceMapping::new(settings, None, MappingObserver::default());
        mapping.assign([0]);
        mapping
    }

    /// Delivers the message until the function is done with it. Returns why the run is still open, if it is, and what
    /// the function printed.
    fn deliver(
        &self,
        mut environment: ExecutionEnvironment,
        message: &Value,
        id: &str,
        patience: Duration,
        guard: &Guard,
    ) -> (Option<String>, String) {
        let ending = guard.end(environment.process.id());
        if let Some(why) = start(&mut environment) {
            let printed = stop(environment, ending);
            return (Some(why), printed);
        }
        let until = Instant::now() + patience;
        let seconds = patience.as_secs();
        let mut mapping = self.mapping();
        let record = PlacedRecord { record: KafkaRecord::new(message.to_string()), ..PlacedRecord::default() };
        mapping.push(&record, 0);
        let mut why = None;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let delivery = match mapping.next(millis(self.started)) {
                Next::Idle => break,
                _ if left.is_zero() => {
                    why = Some(format!("the function still hands its message back after {seconds} s"));
                    break;
                }
                Next::Wait(until) => {
                    let wait = until.saturating_sub(millis(self.started)).unsigned_abs();
                    thread::sleep(left.min(Duration::from_millis(wait)));
                    continue;
                }
                Next::Deliver(delivery) => delivery,
            };
            let invocation = environment.carry_out(&delivery.request_id, delivery.event, left);
            mapping.answered(delivery.batch, &invocation, millis(self.started));
            if invocation.answer == Answer::TimedOut {
                why = Some(format!("the function did not answer within {seconds} s"));
                break;
            }
            if let Some(status) = environment.process.ended() {
                why = Some(format!("the function crashed: {}", ended(status)));
                break;
            }
        }
        let printed = stop(environment, ending);
        let run = self.deployment.port.run(id).unwrap_or_default();
        let ended = run["status"] != "IN_PROGRESS";
        let left_open = || "the function answered and left it open".to_owned();
        ((!ended).then(|| why.unwrap_or_else(left_open)), printed)
    }
}

/// Returns whether Lambda passes a message on.
fn passes(filter: &[Value], message: &Value) -> bool {
    let record = json!({ "value": message });
    filter.iter().any(|pattern| mismatches(pattern, &record).is_empty())
}

/// Waits until the function asks for work. Returns why it does not.
fn start(environment: &mut ExecutionEnvironment) -> Option<String> {
    let until = Instant::now() + START;
    loop {
        if environment.runtime.wait_ready(LOOK).is_some() {
            return None;
        }
        if let Some(status) = environment.process.ended() {
            return Some(format!("the function did not start: {}", ended(status)));
        }
        if Instant::now() >= until {
            return Some(format!("the function did not ask for work within {} s", START.as_secs()));
        }
    }
}

/// Says how a process ended.
fn ended(status: ExitStatus) -> String {
    let signal = status.signal().map(|number| {
        Signal::try_from(number).map_or_else(|_| format!("signal {number}"), |signal| signal.as_str().to_owned())
    });
    match (signal, status.code()) {
        (Some(signal), _) => format!("its process was ended by {signal}"),
        (None, Some(code)) => format!("its process ended with exit code {code}"),
        (None, None) => "its process ended".to_owned(),
    }
}

/// Returns the time since the start in milliseconds.
fn millis(started: Instant) -> i64 {
    i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX)
}

/// Ends the process and those that it started, and returns what they printed.
fn stop(mut environment: ExecutionEnvironment, ending: Ending) -> String {
    drop(ending);
    environment.process.kill();
    environment.process.output()
}
