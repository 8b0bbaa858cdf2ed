//! The built function, running, and the few things that tests do with it.

use std::ops::Deref;
use std::path::Path;
use std::time::Duration;

use local::{Answer, ExecutionEnvironment, Invocation, KafkaEvent, LambdaRuntime, Process};
use serde_json::{Value, json};

use crate::deployment::ExampleDeployment;

/// How long one invocation may take, unless a test says otherwise.
const TIMEOUT: Duration = Duration::from_secs(20);

pub(crate) struct Function {
    deployment: ExampleDeployment,
    environment: ExecutionEnvironment,
    offset: u64,
}

/// The answer to a batch of which nothing is unfinished.
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
    /// The function of this repository: its plan, its blueprint in Port, its secret.
    pub(crate) fn new() -> Self {
        Self::with_plan(|_| {})
    }

    /// The same with a plan that a test changed.
    pub(crate) fn with_plan(change: impl FnOnce(&mut Value)) -> Self {
        Self::with_program(Path::new(env!("CARGO_BIN_EXE_bootstrap")), change)
    }

    /// An example of the handler's in place of `bootstrap`.
    pub(crate) fn with_example(name: &str, change: impl FnOnce(&mut Value)) -> Self {
        let tests = std::env::current_exe().unwrap();
        let example = tests.parent().and_then(Path::parent).unwrap().join("examples").join(name);
        Self::with_program(&example, change)
    }

    fn with_program(program: &Path, change: impl FnOnce(&mut Value)) -> Self {
        let deployment = ExampleDeployment::new(program, change);
        let environment = deployment.start().unwrap();
        Self { deployment, environment, offset: 0 }
    }

    /// Starts the function anew, as Lambda does after a crash.
    pub(crate) fn restart(&mut self) {
        self.environment.process.kill();
        self.environment = self.deployment.start().unwrap();
    }

    /// All of it at once, for a test that kills the function while it works.
    pub(crate) fn parts(&mut self) -> (&ExampleDeployment, &LambdaRuntime, &mut Process) {
        (&self.deployment, &self.environment.runtime, &mut self.environment.process)
    }

    pub(crate) fn runtime(&self) -> &LambdaRuntime {
        &self.environment.runtime
    }

    pub(crate) fn process(&self) -> &Process {
        &self.environment.process
    }

    /// A run that waits for us in Port.
    pub(crate) fn run(&self, id: &str, action: &str, entity: Option<&str>) {
        self.port.add_run(id, action, Some("vm"), entity);
    }

    /// Delivers messages as one batch of one partition.
    pub(crate) fn deliver(&mut self, messages: &[Value]) -> Answer {
        let mut event = KafkaEvent::new("org.runs");
        for message in messages {
            event = event.json(0, self.offset, message);
            self.offset += 1;
        }
        self.invoke(&event.build(), TIMEOUT).answer
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

    /// `METHOD path` of every call since the last look.
    pub(crate) fn calls(&self) -> Vec<String> {
        let calls = self.port.calls().iter().map(|call| format!("{} {}", call.method, call.path)).collect();
        self.port.clear_calls();
        calls
    }
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}
