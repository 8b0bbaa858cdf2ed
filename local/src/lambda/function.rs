//! A function as Lambda runs it: execution environments that start when they are needed, and are replaced when they end.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Answer, ExecutionEnvironment, Invocation, LineObserver};
use crate::lock::lock;

/// A function. Dropping it ends its processes.
pub struct Function {
    start: Box<Start>,
    timeout: Duration,
    observer: FunctionObserver,
    /// The environments that wait for an event, the last used one last.
    idle: Mutex<Vec<ExecutionEnvironment>>,
    /// How often all processes were killed.
    kills: AtomicU64,
}

type Start = dyn Fn(Option<LineObserver>) -> io::Result<ExecutionEnvironment> + Send + Sync;

/// Something that happened to a function's processes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum FunctionEvent {
    /// A process was started.
    Started {
        /// Its id.
        process: u32,
    },
    /// A process wrote a line.
    Line {
        /// Its id.
        process: u32,
        /// The line, without its end.
        line: String,
    },
    /// A process ended.
    Exited {
        /// Its id.
        process: u32,
        /// How, in AWS's words; nothing if Lambda ended it.
        how: Option<String>,
    },
}

/// Receives each event; those of one process in order. It must return at once.
pub type FunctionObserver = Arc<dyn Fn(&FunctionEvent) + Send + Sync>;

impl Function {
    /// Creates a function whose environments a closure starts. An invocation may last as long as `timeout`.
    #[must_use]
    pub fn new(
        start: impl Fn(Option<LineObserver>) -> io::Result<ExecutionEnvironment> + Send + Sync + 'static,
        timeout: Duration,
        observer: FunctionObserver,
    ) -> Self {
        Self { start: Box::new(start), timeout, observer, idle: Mutex::default(), kills: AtomicU64::new(0) }
    }

    /// Delivers an event and waits for the answer. A process that ended, or did not answer in time, is gone afterwards:
    /// the next invocation has a new one.
    #[must_use]
    pub fn invoke(&self, request_id: &str, event: &str) -> Invocation {
        let mut environment = match self.environment() {
            Ok(environment) => environment,
            Err(error) => {
                let message = format!("the function cannot be started: {error}");
                let answer =
                    Answer::InitError(json!({"errorType": "Runtime.InvalidEntrypoint", "errorMessage": message}));
                return Invocation { request_id: request_id.to_owned(), answer, duration: Duration::ZERO };
            }
        };
        let born = self.kills.load(Ordering::Relaxed);
        let is_wanted = || self.kills.load(Ordering::Relaxed) == born;
        let invocation = environment.carry_out_while(request_id, event, self.timeout, is_wanted);
        let how = environment.process.end();
        if how.is_some() || matches!(invocation.answer, Answer::TimedOut | Answer::InitError(_)) {
            self.end(environment, how);
        } else {
            lock(&self.idle).push(environment);
        }
        invocation
    }

    /// Ends the processes that wait for an event. The next invocation has a new one.
    pub fn restart(&self) {
        for environment in lock(&self.idle).drain(..) {
            self.end(environment, None);
        }
    }

    /// Kills every process, also those that work on an event.
    pub fn kill(&self) {
        self.kills.fetch_add(1, Ordering::Relaxed);
        self.restart();
    }

    fn environment(&self) -> io::Result<ExecutionEnvironment> {
        loop {
            let waiting = lock(&self.idle).pop();
            let Some(mut environment) = waiting else { break };
            match environment.process.end() {
                None => return Ok(environment),
                how => self.end(environment, how),
            }
        }
        // The first line may be written before the start has returned.
        let (observer, started) = (Arc::clone(&self.observer), Arc::new(Once::new()));
        let announce = move |process| started.call_once(|| observer(&FunctionEvent::Started { process }));
        let (observer, announced) = (Arc::clone(&self.observer), announce.clone());
        let lines: LineObserver = Arc::new(move |process, line| {
            announced(process);
            observer(&FunctionEvent::Line { process, line: line.to_owned() });
        });
        let environment = (self.start)(Some(lines))?;
        announce(environment.process.id());
        Ok(environment)
    }

    fn end(&self, mut environment: ExecutionEnvironment, how: Option<String>) {
        environment.process.kill();
        (self.observer)(&FunctionEvent::Exited { process: environment.process.id(), how });
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        self.restart();
    }
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Function").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}
