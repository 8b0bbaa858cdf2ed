//! The built function, running, and what tests do with it.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use local::{Answer, ExecutionEnvironment, Invocation, KafkaEvent, LambdaRuntime, Process};
use serde_json::{Value, json};

use crate::deployment::ExampleDeployment;

/// The time limit of an invocation, unless a test sets another.
const TIMEOUT: Duration = Duration::from_secs(20);

pub(crate) struct Function {
    deployment: ExampleDeployment,
    environment: ExecutionEnvironment,
    offset: u64,
}

/// Returns where one of the handler's examples was built.
pub(crate) fn example(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests.parent().and_then(Path::parent).unwrap().join("examples").join(name)
}

/// The answer to a batch with nothing unfinished.
pub(crate) fn done() -> Answer {
    Answer::Response(json!({"batchItemFailures": []}))
}

impl Deref for Function {
    type Target = ExampleDeployment;

    fn deref(&self) -> &ExampleDeployment {
        &self.deployment
    }
}

impl Function {
    /// Starts this repository's function: its plan, its blueprint in Port, its secret.
    pub(crate) fn new() -> Self {
        Self::with_plan(|_| {})
    }

    /// Starts it with a plan that a test changed.
    pub(crate) fn with_plan(change: impl FnOnce(&mut Value)) -> Self {
        Self::with_program(Path::new(env!("CARGO_BIN_EXE_bootstrap")), change)
    }

    /// Starts one of the handler's examples in place of `bootstrap`. They have code for `create_vm`, the plan's first action.
    pub(crate) fn with_example(name: &str, change: impl FnOnce(&mut Value)) -> Self {
        let change = |plan: &mut Value| {
            plan["version"] = json!(2);
            plan["actions"][0]["code"] = json!(true);
            change(plan);
        };
        Self::with_program(&example(name), change)
    }

    /// Starts it with an environment variable that a test sets.
    pub(crate) fn with_variable(name: &str, value: &str) -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_bootstrap"));
        let mut example = ExampleDeployment::new(program, |_| {});
        example.deployment = example.deployment.with_variable(name, value);
        Self::deployed(example)
    }

    fn with_program(program: &Path, change: impl FnOnce(&mut Value)) -> Self {
        Self::deployed(ExampleDeployment::new(program, change))
    }

    fn deployed(deployment: ExampleDeployment) -> Self {
        let environment = deployment.start().unwrap();
        Self { deployment, environment, offset: 0 }
    }

    /// Starts the function again, as Lambda does after a crash.
    pub(crate) fn restart(&mut self) {
        self.environment.process.kill();
        self.environment = self.deployment.start().unwrap();
    }

    /// Returns all parts at once, for a test that kills the function while it works.
    pub(crate) fn parts(&mut self) -> (&ExampleDeployment, &LambdaRuntime, &mut Process) {
        (&self.deployment, &self.environment.runtime, &mut self.environment.process)
    }

    pub(crate) fn runtime(&self) -> &LambdaRuntime {
        &self.environment.runtime
    }

    pub(crate) fn process(&self) -> &Process {
        &self.environment.process
    }

    /// Adds a run to Port that waits for us.
    pub(crate) fn run(&self, id: &str, action: &str, entity: Option<&str>) {
        self.port.add_run(id, action, Some("vm"), entity);
    }

    /// Delivers messages as one batch of one partition, published just now.
    pub(crate) fn deliver(&mut self, messages: &[Value]) -> Answer {
        self.deliver_published(now_millis(), messages)
    }

    /// Delivers messages that were published so long ago that an earlier delivery may have ended their runs.
    pub(crate) fn deliver_late(&mut self, messages: &[Value]) -> Answer {
        self.deliver_published(now_millis() - 61_000, messages)
    }

    /// Delivers messages that were published at a time in milliseconds since 1970.
    pub(crate) fn deliver_published(&mut self, at: i64, messages: &[Value]) -> Answer {
        self.deliver_within(at, messages, TIMEOUT)
    }

    /// Delivers them to an invocation with this time limit.
    pub(crate) fn deliver_within(&mut self, at: i64, messages: &[Value], timeout: Duration) -> Answer {
        let mut event = KafkaEvent::new("org.runs").published_at(at);
        for message in messages {
            event = event.json(0, self.offset, message);
            self.offset += 1;
        }
        self.invoke(&event.build(), timeout).answer
    }

    pub(crate) fn invoke(&self, event: &Value, timeout: Duration) -> Invocation {
        self.environment.invoke(event, timeout)
    }

    pub(crate) fn status(&self, run: &str) -> String {
        text(&self.port.run(run).unwrap(), "status")
    }

    pub(crate) fn summary(&self, run: &str) -> String {
        text(&self.port.run(run).unwrap(), "summary")
    }

    pub(crate) fn logs(&self, run: &str) -> Vec<String> {
        self.port.run_logs(run).iter().map(|line| text(line, "message")).collect()
    }

    /// Returns how many calls there were since the last time whose path contains `part`.
    pub(crate) fn count(&self, part: &str) -> usize {
        self.calls().iter().filter(|call| call.contains(part)).count()
    }

    /// Returns `METHOD path` of every call since the last time.
    pub(crate) fn calls(&self) -> Vec<String> {
        let calls = self.port.calls().iter().map(|call| format!("{} {}", call.method, call.path)).collect();
        self.port.clear_calls();
        calls
    }
}

/// Returns the current time in milliseconds since 1970.
pub(crate) fn now_millis() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// Returns the lines that a process has printed so far.
pub(crate) fn lines(process: &Process) -> Vec<Value> {
    process.output().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}
