//! Port with everything that goes wrong in it, and what a function needs besides.

use std::path::Path;
use std::time::Duration;

use local::{Credentials, Effect, FakePort, FakeSecretsManager, Fault};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::random::Random;
use crate::scenario::{End, Scenario};

const SECRET_ARN: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:PortSecret-AbCdEf";
const CLIENT_ID: &str = "the-client-id";
pub(crate) const CLIENT_SECRET: &str = "the-client-secret-never-log-me-0123456789";

/// What all processes share.
pub(crate) struct Stage {
    pub(crate) port: FakePort,
    /// The plan says that the mapping takes partial responses.
    pub(crate) partial: bool,
    secrets: FakeSecretsManager,
    task_root: TempDir,
}

impl Stage {
    pub(crate) fn new(scenario: &Scenario, partial: bool, random: &mut Random) -> Self {
        let port = FakePort::start(Credentials::new(CLIENT_ID, CLIENT_SECRET)).unwrap();
        port.add_blueprint(json_file("out/port/vm.json")["blueprint"].take());
        for entity in scenario.before.values() {
            port.add_entity("vm", entity.clone());
        }
        for run in scenario.runs.iter().filter(|run| run.end != End::Unknown) {
            if run.id.starts_with("wfnr_") {
                port.add_node_run(&run.id);
            } else {
                port.add_run(&run.id, run.action, Some("vm"), run.entity.as_deref());
            }
        }
        for fault in faults(random) {
            port.script(fault);
        }
        let secrets = FakeSecretsManager::start().unwrap();
        secrets.add(SECRET_ARN, &json!({"clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET}).to_string());
        let task_root = TempDir::new().unwrap();
        let mut plan = json_file("out/runner/plan.json");
        plan["partialBatchResponse"] = partial.into();
        std::fs::write(task_root.path().join("plan.json"), plan.to_string()).unwrap();
        Self { port, partial, secrets, task_root }
    }

    pub(crate) fn task_root(&self) -> &Path {
        self.task_root.path()
    }

    /// What the template would set.
    pub(crate) fn environment(&self) -> [(String, String); 3] {
        [
            ("PORT_API_URL", self.port.url()),
            ("PORT_SECRET_ARN", SECRET_ARN.to_owned()),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", self.secrets.url()),
        ]
        .map(|(key, value)| (key.to_owned(), value))
    }
}

fn json_file(path: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// What strikes how many of a thousand calls; 300 in all.
fn shares() -> [(u32, Effect); 17] {
    let status = |code: u16, headers: &[(&str, &str)]| {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Effect::Status { code, headers, body: json!({"ok": false, "error": "scripted", "message": "scripted"}) }
    };
    let page = |code| Effect::WrongType { code, body: "<html>".to_owned() };
    [
        (30, status(429, &[("Retry-After", "0")])),
        // Seconds to wait, as Port's Terraform provider reads it.
        (3, status(429, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1")])),
        (10, status(408, &[])),
        (45, status(500, &[])),
        (50, status(503, &[])),
        (25, Effect::Delay(Duration::from_millis(40))),
        (10, Effect::Delay(Duration::from_millis(400))),
        (35, Effect::Reset { applied: false }),
        (35, Effect::Reset { applied: true }),
        (25, Effect::HalfBody),
        (8, Effect::Garbage { applied: false }),
        (8, Effect::Garbage { applied: true }),
        (5, page(200)),
        (5, page(502)),
        (2, page(302)),
        // The token is refused: another is fetched once.
        (3, status(401, &[])),
        (1, Effect::Hang),
    ]
}

/// Faults are drawn one after another, each for the calls that those before it spared.
fn faults(random: &mut Random) -> Vec<Fault> {
    let mut spared = 1000;
    let mut faults = Vec::new();
    for (share, effect) in shares() {
        let probability = f64::from(share) / f64::from(spared);
        faults.push(Fault::new(effect).with_probability(probability, random.bits()));
        spared -= share;
    }
    faults
}
