//! The built function with everything it needs on loopback, and how long its deliveries take.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use local::{Answer, Call, Credentials, Deployment, ExecutionEnvironment, FakePort, KafkaEvent};
use serde_json::{Value, json};

use crate::Paths;
use crate::figures::Kib;

/// The credentials for the fake Port.
pub(crate) const CLIENT: (&str, &str) = ("bench-client-id", "bench-client-secret-of-the-usual-length");

/// Nothing that works takes this long.
const TIMEOUT: Duration = Duration::from_mins(2);

/// A running function whose deliveries are timed.
#[derive(Debug)]
pub(crate) struct MeasuredFunction {
    /// What it shares with other functions.
    pub(crate) deployment: Deployment,
    /// The time from starting the process to its first request for work.
    pub(crate) init: Duration,
    environment: ExecutionEnvironment,
    offset: u64,
    runs: u32,
}

/// Runs that wait in Port, and their messages as one event.
#[derive(Debug)]
pub(crate) struct Delivery {
    /// The event.
    pub(crate) event: Value,
    /// The ids.
    pub(crate) runs: Vec<String>,
}

/// Starts a Port with the example's blueprint.
pub(crate) fn port() -> anyhow::Result<FakePort> {
    let port = FakePort::start(credentials())?;
    prepare(&port)?;
    Ok(port)
}

fn credentials() -> Credentials {
    Credentials::new(CLIENT.0, CLIENT.1)
}

/// Adds the example's blueprint.
fn prepare(port: &FakePort) -> anyhow::Result<()> {
    let file = "out/port/vm.json";
    let documents: Value = serde_json::from_slice(&fs::read(file).with_context(|| format!("cannot read `{file}`"))?)?;
    port.add_blueprint(documents.get("blueprint").cloned().unwrap_or_default());
    Ok(())
}

/// Returns the address of a fake Port, for a client that does not use URLs.
pub(crate) fn host(port: &FakePort) -> String {
    port.url().trim_start_matches("http://").to_owned()
}

impl MeasuredFunction {
    /// Starts a function in the deployed folder and waits until it asks for work.
    pub(crate) fn start(paths: &Paths, binary: &Path) -> anyhow::Result<Self> {
        let deployment = Deployment::new(binary, &paths.runner, &credentials())?;
        prepare(&deployment.port)?;
        let environment = deployment.start()?;
        let Some(init) = environment.init_duration(Duration::from_secs(10)) else {
            bail!("`{}` does not ask for work; its output is\n{}", binary.display(), environment.process.output());
        };
        Ok(Self { deployment, init, environment, offset: 0, runs: 0 })
    }

    /// Creates new runs. The fake Port forgets the calls for earlier ones.
    pub(crate) fn batch(&mut self, size: u32) -> Delivery {
        self.deployment.port.clear_calls();
        let mut event = KafkaEvent::new("org_bench.runs").published_now();
        let mut runs = Vec::new();
        for _ in 0..size {
            let (run, title) = (format!("r_bench{:09}", self.runs), format!("Backend VM {}", self.runs));
            self.runs += 1;
            self.deployment.port.add_run(&run, "vm_create_vm", Some("vm"), None);
            event = event.json(0, self.offset, &message(&run, &title));
            self.offset += 1;
            runs.push(run);
        }
        Delivery { event: event.build(), runs }
    }

    /// Delivers a batch. Returns the time from the event to the answer.
    pub(crate) fn deliver(&self, batch: &Delivery) -> anyhow::Result<Duration> {
        let invocation = self.environment.invoke(&batch.event, TIMEOUT);
        match invocation.answer {
            Answer::Response(_) => Ok(invocation.duration),
            other => bail!("the function answered {other:?}"),
        }
    }

    /// Checks that every run succeeded.
    pub(crate) fn verify(&self, batch: &Delivery) -> anyhow::Result<()> {
        succeeded(&self.deployment.port, &batch.runs)
    }

    /// Returns the function's peak memory.
    pub(crate) fn peak_memory(&self) -> Kib {
        self.environment.process.peak_memory().map(Kib::of_bytes).unwrap_or_default()
    }
}

/// Checks that Port has every run as a success.
pub(crate) fn succeeded(port: &FakePort, runs: &[String]) -> anyhow::Result<()> {
    for id in runs {
        let run = port.run(id).unwrap_or_default();
        ensure!(run.get("status").is_some_and(|status| status == "SUCCESS"), "run `{id}` ended as {run}");
    }
    Ok(())
}

/// Returns how many connections were opened: they are numbered from 1.
pub(crate) fn connections(calls: &[Call]) -> u64 {
    calls.iter().map(|call| call.connection).max().unwrap_or_default()
}

fn message(run: &str, title: &str) -> Value {
    json!({
        "action": "vm_create_vm",
        "context": { "runId": run, "blueprint": "vm", "entity": null },
        "trigger": {
            "by": { "userId": "auth0|638879fa62c686d381b36ecb", "orgId": "org_sYG4DOJZNGy8bYnt" },
            "origin": "UI",
            "at": "2026-01-01T00:00:00.000Z",
        },
        "inputs": { "title": title, "cpu": 2, "memory": 4, "storage": 50, "region": "eu-west-1" },
        "encrypted": [],
        "entity": null,
    })
}
