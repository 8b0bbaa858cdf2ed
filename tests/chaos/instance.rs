//! One function: its current process, and what was seen of all its processes.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use local::{Answer, ExecutionEnvironment};
use serde_json::Value;

use crate::cluster::Cluster;

pub(crate) struct Instance<'a> {
    pub(crate) cluster: &'a Cluster,
    environment: ExecutionEnvironment,
    pub(crate) observed: Observations,
}

/// What was seen of the processes.
#[derive(Default)]
pub(crate) struct Observations {
    pub(crate) deliveries: usize,
    /// Deliveries that came back, in part or as a whole.
    pub(crate) unfinished: usize,
    pub(crate) kills: usize,
    /// Invocations that Lambda had to end.
    pub(crate) timeouts: usize,
    /// As counted by the functions.
    pub(crate) retries: u64,
    /// In bytes.
    pub(crate) peak_memory: u64,
    /// For the oracle: lines of output, the answers of processes that ended by themselves, and answers that no function
    /// may give.
    pub(crate) printed: Vec<String>,
    pub(crate) crashes: Vec<String>,
    pub(crate) bad_deliveries: Vec<String>,
}

impl<'a> Instance<'a> {
    pub(crate) fn start(cluster: &'a Cluster) -> Self {
        Self { cluster, environment: cluster.deployment.start().unwrap(), observed: Observations::default() }
    }

    /// Waits until the process has read the secret.
    pub(crate) fn wait_ready(&self) {
        assert!(self.environment.runtime.wait_ready(Duration::from_secs(30)).is_some(), "the function does not start");
    }

    /// Delivers one event. A process that is still working after `kill_after` is killed; one that is gone or did not
    /// answer in time is replaced.
    pub(crate) fn deliver(&mut self, event: &str, timeout: Duration, kill_after: Option<Duration>) -> Answer {
        let ExecutionEnvironment { runtime, process } = &mut self.environment;
        let (runtime, observed) = (&*runtime, &mut self.observed);
        let (ended, end) = channel();
        let (answer, killed) = thread::scope(|scope| {
            let killer = scope.spawn(move || {
                let Some(moment) = kill_after else { return false };
                if end.recv_timeout(moment) != Err(RecvTimeoutError::Timeout) {
                    return false;
                }
                observed.peak_memory = observed.peak_memory.max(process.peak_memory().unwrap_or_default());
                process.kill();
                runtime.exited();
                true
            });
            let answer = runtime.invoke_bytes(event, timeout).answer;
            let _ = ended.send(());
            (answer, killer.join().unwrap())
        });
        self.observed.deliveries += 1;
        self.observed.kills += usize::from(killed);
        let is_running = self.environment.process.is_running();
        if !killed && !is_running {
            self.observed.crashes.push(format!("{answer:?}"));
        } else if answer == Answer::TimedOut {
            self.observed.timeouts += 1;
        }
        if killed || answer == Answer::TimedOut || !is_running {
            self.replace();
        }
        answer
    }

    /// Ends the process and starts another one, as Lambda does now and then. The new one remembers nothing.
    pub(crate) fn replace(&mut self) {
        self.retire();
        self.environment = self.cluster.deployment.start().unwrap();
    }

    /// Ends the process.
    pub(crate) fn finish(mut self) -> Observations {
        self.retire();
        self.observed
    }

    /// Ends the process and reads what it printed.
    fn retire(&mut self) {
        let (process, observed) = (&mut self.environment.process, &mut self.observed);
        observed.peak_memory = observed.peak_memory.max(process.peak_memory().unwrap_or_default());
        process.kill();
        for line in process.output().lines() {
            // The last line of a killed process may be cut off.
            let json: Value = serde_json::from_str(line).unwrap_or_default();
            observed.retries += json["Retries"].as_u64().unwrap_or_default();
            observed.printed.push(line.to_owned());
        }
    }
}

impl Observations {
    pub(crate) fn add(&mut self, other: Self) {
        self.deliveries += other.deliveries;
        self.unfinished += other.unfinished;
        self.kills += other.kills;
        self.timeouts += other.timeouts;
        self.retries += other.retries;
        self.peak_memory = self.peak_memory.max(other.peak_memory);
        self.printed.extend(other.printed);
        self.crashes.extend(other.crashes);
        self.bad_deliveries.extend(other.bad_deliveries);
    }
}
