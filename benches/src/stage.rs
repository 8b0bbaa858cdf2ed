//! A function with everything around it on loopback: the runtime API, the secret and Port.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use local::{Answer, Call, Credentials, FakePort, FakeSecretsManager, KafkaEvent, LambdaRuntime, Process};
use serde_json::{Value, json};

use crate::Paths;
use crate::figures::Kib;

/// Proves itself to the fake Port.
pub(crate) const CLIENT: (&str, &str) = ("bench-client-id", "bench-client-secret-of-the-usual-length");

const SECRET_ARN: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:PortSecret-AbCdEf";

/// Nothing that works takes so long.
const TIMEOUT: Duration = Duration::from_mins(2);

/// A running function.
#[derive(Debug)]
pub(crate) struct Stage {
    /// What it talks to.
    pub(crate) port: FakePort,
    /// From starting the process to its first request for work.
    pub(crate) init: Duration,
    runtime: LambdaRuntime,
    function: Process,
    _secrets: FakeSecretsManager,
    offset: u64,
    runs: u32,
}

/// Runs that wait in Port, and their messages as one event.
#[derive(Debug)]
pub(crate) struct Batch {
    /// The event.
    pub(crate) event: Value,
    /// The ids.
    pub(crate) runs: Vec<String>,
}

/// A Port with the example's blueprint.
pub(crate) fn port() -> anyhow::Result<FakePort> {
    let port = FakePort::start(Credentials::new(CLIENT.0, CLIENT.1))?;
    let file = "out/port/vm.json";
    let documents: Value = serde_json::from_slice(&fs::read(file).with_context(|| format!("cannot read `{file}`"))?)?;
    port.add_blueprint(documents.get("blueprint").cloned().unwrap_or_default());
    Ok(port)
}

/// The address of a fake Port, for a client that speaks no URLs.
pub(crate) fn host(port: &FakePort) -> String {
    port.url().trim_start_matches("http://").to_owned()
}

impl Stage {
    /// Starts a function in the folder that is deployed and waits until it asks for work.
    pub(crate) fn start(paths: &Paths, binary: &Path) -> anyhow::Result<Self> {
        let port = port()?;
        let secrets = FakeSecretsManager::start()?;
        secrets.add(SECRET_ARN, &json!({ "clientId": CLIENT.0, "clientSecret": CLIENT.1 }).to_string());
        let runtime = LambdaRuntime::start()?;
        let env = [
            ("PORT_API_URL", port.url()),
            ("PORT_SECRET_ARN", SECRET_ARN.to_owned()),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", secrets.url()),
        ]
        .map(|(key, value)| (key.to_owned(), value));
        let started = Instant::now();
        let function = Process::spawn(binary, &paths.runner, &runtime, env)?;
        let Some(ready) = runtime.wait_ready(Duration::from_secs(10)) else {
            bail!("`{}` does not ask for work; it said\n{}", binary.display(), function.output());
        };
        let init = ready - started;
        Ok(Self { port, init, runtime, function, _secrets: secrets, offset: 0, runs: 0 })
    }

    /// Runs that nobody has seen yet; the fake Port forgets the calls for earlier ones.
    pub(crate) fn batch(&mut self, size: u32) -> Batch {
        self.port.clear_calls();
        let mut event = KafkaEvent::new("org_bench.runs");
        let mut runs = Vec::new();
        for _ in 0..size {
            let (run, title) = (format!("r_bench{:09}", self.runs), format!("Backend VM {}", self.runs));
            self.runs += 1;
            self.port.add_run(&run, "vm_create_vm", Some("vm"), None);
            event = event.json(0, self.offset, &message(&run, &title));
            self.offset += 1;
            runs.push(run);
        }
        Batch { event: event.build(), runs }
    }

    /// Delivers a batch, and gives the time from the event to the answer.
    pub(crate) fn deliver(&self, batch: &Batch) -> anyhow::Result<Duration> {
        let invocation = self.runtime.invoke(&batch.event, TIMEOUT);
        match invocation.answer {
            Answer::Response(_) => Ok(invocation.duration),
            other => bail!("the function answered {other:?}"),
        }
    }

    /// Makes sure that every run ended well.
    pub(crate) fn verify(&self, batch: &Batch) -> anyhow::Result<()> {
        succeeded(&self.port, &batch.runs)
    }

    /// The most memory that the function has held.
    pub(crate) fn peak_memory(&self) -> Kib {
        self.function.peak_memory().map(Kib::of_bytes).unwrap_or_default()
    }
}

/// Makes sure that Port has every run as a success.
pub(crate) fn succeeded(port: &FakePort, runs: &[String]) -> anyhow::Result<()> {
    for id in runs {
        let run = port.run(id).unwrap_or_default();
        ensure!(run.get("status").is_some_and(|status| status == "SUCCESS"), "run `{id}` ended as {run}");
    }
    Ok(())
}

/// How many connections have been opened: they are numbered from 1.
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
