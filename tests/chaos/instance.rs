//! One function: a process, the runtime API that belongs to it, and what was seen of all the processes in its place.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use local::{Answer, LambdaRuntime, Process};
use serde_json::Value;

use crate::scenario::{TYPED, TYPED_NUMBER};
use crate::stage::Stage;
use crate::world::CLIENT_SECRET;

/// What is never printed, in small letters.
const SECRETS: [&str; 9] = [
    TYPED,
    CLIENT_SECRET,
    "local-secret-access-key-never-log-me",
    "local-session-token-never-log-me",
    "token-",
    "bearer",
    "@test.com",
    "638879fa62c686d381b36ecb",
    "panicked at",
];

pub(crate) struct Instance<'a> {
    stage: &'a Stage,
    runtime: LambdaRuntime,
    function: Process,
    pub(crate) seen: Seen,
}

/// What was seen of the processes.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) deliveries: usize,
    /// Deliveries of which something, or everything, came back.
    pub(crate) unfinished: usize,
    pub(crate) kills: usize,
    /// Invocations that Lambda had to end.
    pub(crate) timeouts: usize,
    /// As the functions count them.
    pub(crate) retries: u64,
    /// Bytes.
    pub(crate) peak_memory: u64,
    /// What may not happen.
    pub(crate) complaints: Vec<String>,
}

impl<'a> Instance<'a> {
    pub(crate) fn start(stage: &'a Stage) -> Self {
        let (runtime, function) = stage.world.start(&stage.program);
        Self { stage, runtime, function, seen: Seen::default() }
    }

    /// Delivers one event. If the process is still at it after `kill_after`, it is killed; a process that is gone, or
    /// that did not answer in time, gets another in its place.
    pub(crate) fn deliver(&mut self, event: &Value, timeout: Duration, kill_after: Option<Duration>) -> Answer {
        let (runtime, function, seen) = (&self.runtime, &mut self.function, &mut self.seen);
        let (ended, end) = channel();
        let (answer, killed) = thread::scope(|scope| {
            let killer = scope.spawn(move || {
                let Some(moment) = kill_after else { return false };
                if end.recv_timeout(moment) != Err(RecvTimeoutError::Timeout) {
                    return false;
                }
                seen.peak_memory = seen.peak_memory.max(function.peak_memory().unwrap_or_default());
                function.kill();
                runtime.exited();
                true
            });
            let answer = runtime.invoke(event, timeout).answer;
            let _ = ended.send(());
            (answer, killer.join().unwrap())
        });
        self.seen.deliveries += 1;
        self.seen.kills += usize::from(killed);
        if !killed && !self.function.is_running() {
            self.seen.complaints.push(format!("a process ended by itself: {answer:?}"));
        } else if answer == Answer::TimedOut {
            self.seen.timeouts += 1;
        }
        if killed || answer == Answer::TimedOut || !self.function.is_running() {
            self.retire();
            (self.runtime, self.function) = self.stage.world.start(&self.stage.program);
        }
        answer
    }

    /// Ends the process.
    pub(crate) fn finish(mut self) -> Seen {
        self.retire();
        self.seen
    }

    /// Ends the process and reads what it printed.
    fn retire(&mut self) {
        let seen = &mut self.seen;
        seen.peak_memory = seen.peak_memory.max(self.function.peak_memory().unwrap_or_default());
        self.function.kill();
        let output = self.function.output();
        let number = TYPED_NUMBER.to_string();
        for line in output.lines() {
            let small = line.to_lowercase();
            if SECRETS.iter().any(|secret| small.contains(secret)) || line.contains(&number) {
                seen.complaints.push(format!("printed: {line}"));
            }
            // The last line of a killed process may be cut off.
            let line: Value = serde_json::from_str(line).unwrap_or_default();
            if line["message"] == "panic" {
                seen.complaints.push(format!("a panic: {line}"));
            }
            seen.retries += line["Retries"].as_u64().unwrap_or_default();
        }
    }
}

impl Seen {
    pub(crate) fn add(&mut self, other: Self) {
        self.deliveries += other.deliveries;
        self.unfinished += other.unfinished;
        self.kills += other.kills;
        self.timeouts += other.timeouts;
        self.retries += other.retries;
        self.peak_memory = self.peak_memory.max(other.peak_memory);
        self.complaints.extend(other.complaints);
    }
}
