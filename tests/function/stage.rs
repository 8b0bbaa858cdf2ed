//! A function in its world, and the few things that tests do with it.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::time::Duration;

use local::{Answer, Invocation, KafkaEvent, LambdaRuntime, Process};
use serde_json::Value;

use crate::world::World;

/// How long one invocation may take, unless a test says otherwise.
const TIMEOUT: Duration = Duration::from_secs(20);

pub(crate) struct Stage {
    world: World,
    pub(crate) runtime: LambdaRuntime,
    pub(crate) function: Process,
    program: PathBuf,
    offset: u64,
}

impl Deref for Stage {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl Stage {
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
        let world = World::new(change);
        let (runtime, function) = world.start(program);
        Self { world, runtime, function, program: program.to_owned(), offset: 0 }
    }

    /// Starts the function anew, as Lambda does after a crash.
    pub(crate) fn restart(&mut self) {
        self.function.kill();
        (self.runtime, self.function) = self.world.start(&self.program);
    }

    /// All of it at once, for a test that kills the function while it works.
    pub(crate) fn parts(&mut self) -> (&World, &LambdaRuntime, &mut Process) {
        (&self.world, &self.runtime, &mut self.function)
    }

    /// A second function beside the first, as Lambda has one for each partition.
    pub(crate) fn another(&self) -> (LambdaRuntime, Process) {
        self.world.start(&self.program)
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
        self.runtime.invoke(event, timeout)
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
