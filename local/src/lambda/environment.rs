//! An execution environment: a process of the function and its own runtime API.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::{Invocation, LambdaRuntime, LineObserver, Process};

/// How often is looked whether the process still runs.
const LOOK: Duration = Duration::from_millis(5);

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
        variables: impl IntoIterator<Item = (String, OsString)>,
    ) -> io::Result<Self> {
        Self::start_observed(program, task_root, variables, None)
    }

    /// Like [`ExecutionEnvironment::start`], but passes each line of the output on instead of keeping it.
    ///
    /// # Errors
    ///
    /// When the runtime API or the process cannot be started.
    pub fn start_observed(
        program: &Path,
        task_root: &Path,
        variables: impl IntoIterator<Item = (String, OsString)>,
        lines: Option<LineObserver>,
    ) -> io::Result<Self> {
        let runtime = LambdaRuntime::start()?;
        let process = Process::start(program, task_root, &runtime, variables, lines)?;
        Ok(Self { runtime, process })
    }

    /// Delivers an event and waits for the answer, which is `Runtime.ExitError` as soon as the process has ended.
    #[must_use]
    pub fn carry_out(&mut self, request_id: &str, event: impl Into<Vec<u8>>, timeout: Duration) -> Invocation {
        self.carry_out_while(request_id, event, timeout, || true)
    }

    /// Like [`ExecutionEnvironment::carry_out`], but kills the process as soon as a closure no longer wants it.
    #[must_use]
    pub fn carry_out_while(
        &mut self,
        request_id: &str,
        event: impl Into<Vec<u8>>,
        timeout: Duration,
        is_wanted: impl Fn() -> bool + Send,
    ) -> Invocation {
        let Self { runtime, process } = self;
        let runtime = &*runtime;
        let (answered, end) = channel::<()>();
        thread::scope(|scope| {
            scope.spawn(move || {
                while end.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                    if !is_wanted() {
                        process.kill();
                    }
                    if let Some(how) = process.end() {
                        runtime.exited_with(&how);
                        return;
                    }
                }
            });
            let invocation = runtime.invoke_as(request_id, event, timeout);
            drop(answered);
            invocation
        })
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
