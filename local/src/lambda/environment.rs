//! An execution environment: a process of the function and its own runtime API.

use std::io;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::{Invocation, LambdaRuntime, Process};

/// A running function, as in Lambda. Dropping it ends the process.
#[derive(Debug)]
pub struct ExecutionEnvironment {
    /// Where the process asks for work.
    pub runtime: LambdaRuntime,
    /// The process that Lambda started.
    pub process: Process,
}

impl ExecutionEnvironment {
    /// Starts a program in its folder, with these variables in addition to Lambda's own.
    ///
    /// # Errors
    ///
    /// When the runtime API or the process cannot be started.
    pub fn start(
        program: &Path,
        task_root: &Path,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> io::Result<Self> {
        let runtime = LambdaRuntime::start()?;
        let process = Process::spawn(program, task_root, &runtime, variables)?;
        Ok(Self { runtime, process })
    }

    /// Delivers an event and waits for the answer.
    #[must_use]
    pub fn invoke(&self, event: &Value, timeout: Duration) -> Invocation {
        self.runtime.invoke(event, timeout)
    }

    /// Waits until the process asks for work. Returns the time that it took to start, or `None` if it never asks.
    #[must_use]
    pub fn init_duration(&self, timeout: Duration) -> Option<Duration> {
        self.runtime.wait_ready(timeout).map(|ready| ready - self.process.started())
    }
}
