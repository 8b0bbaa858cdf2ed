//! What a function needs around it: Port with the blueprint of this repository, the secret, and the plan on disk.

use std::path::{Path, PathBuf};

use local::{Credentials, FakePort, FakeSecretsManager, LambdaRuntime, Process};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const SECRET_ARN: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:PortSecret-AbCdEf";
const INPUT_KEY_ARN: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:InputKey-AbCdEf";
pub(crate) const CLIENT_ID: &str = "the-client-id";
pub(crate) const CLIENT_SECRET: &str = "the-client-secret-never-log-me-0123456789";

pub(crate) struct World {
    pub(crate) port: FakePort,
    pub(crate) secrets: FakeSecretsManager,
    task_root: TempDir,
    /// The plan has inputs that the browser encrypts, so the template names a key.
    input_key: bool,
}

impl World {
    /// The plan of this repository, as a test changed it.
    pub(crate) fn new(change: impl FnOnce(&mut Value)) -> Self {
        let port = FakePort::start(Credentials::new(CLIENT_ID, CLIENT_SECRET)).unwrap();
        port.add_blueprint(json_file("out/port/vm.json")["blueprint"].take());
        let secrets = FakeSecretsManager::start().unwrap();
        secrets.add(SECRET_ARN, &json!({"clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET}).to_string());
        secrets.add(INPUT_KEY_ARN, include_str!("keys/pkcs8.pem"));
        let task_root = TempDir::new().unwrap();
        let mut plan = json_file("out/runner/plan.json");
        change(&mut plan);
        let plan = plan.to_string();
        std::fs::write(task_root.path().join("plan.json"), &plan).unwrap();
        Self { port, secrets, task_root, input_key: plan.contains("\"client-side\"") }
    }

    /// Starts a function with a runtime API of its own.
    pub(crate) fn start(&self, program: &Path) -> (LambdaRuntime, Process) {
        let env = [
            ("PORT_API_URL", self.port.url()),
            ("PORT_SECRET_ARN", SECRET_ARN.to_owned()),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", self.secrets.url()),
        ];
        let key = self.input_key.then(|| ("INPUT_KEY_SECRET_ARN", INPUT_KEY_ARN.to_owned()));
        let env = env.into_iter().chain(key).map(|(key, value)| (key.to_owned(), value));
        let runtime = LambdaRuntime::start().unwrap();
        let function = Process::spawn(program, self.task_root.path(), &runtime, env).unwrap();
        (runtime, function)
    }
}

/// A file of this repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn json_file(path: &str) -> Value {
    serde_json::from_slice(&std::fs::read(repository(path)).unwrap()).unwrap()
}
