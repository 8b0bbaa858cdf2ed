//! Everything around the function, and the function.

use std::path::{Path, PathBuf};
use std::time::Duration;

use local::{Answer, Credentials, FakePort, FakeSecretsManager, Function, Invocation, KafkaEvent, LambdaRuntime};
use serde_json::Value;
use tempfile::TempDir;

pub(crate) const SECRET_ARN: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:PortSecret-AbCdEf";
pub(crate) const CLIENT_ID: &str = "the-client-id";
pub(crate) const CLIENT_SECRET: &str = "the-client-secret-never-log-me-0123456789";

/// How long one invocation may take, unless a test says otherwise.
const TIMEOUT: Duration = Duration::from_secs(20);

pub(crate) struct Stage {
    pub(crate) port: FakePort,
    pub(crate) secrets: FakeSecretsManager,
    pub(crate) runtime: LambdaRuntime,
    pub(crate) function: Function,
    program: PathBuf,
    task_root: TempDir,
    offset: u64,
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
        let port = FakePort::start(Credentials::new(CLIENT_ID, CLIENT_SECRET)).unwrap();
        let documents = json_file(&repository().join("out/port/vm.json"));
        port.add_blueprint(documents["blueprint"].clone());
        let secrets = FakeSecretsManager::start().unwrap();
        secrets.add(SECRET_ARN, &format!(r#"{{"clientId":"{CLIENT_ID}","clientSecret":"{CLIENT_SECRET}"}}"#));
        let runtime = LambdaRuntime::start().unwrap();

        let task_root = TempDir::new().unwrap();
        let mut plan = json_file(&repository().join("out/runner/plan.json"));
        change(&mut plan);
        std::fs::write(task_root.path().join("plan.json"), plan.to_string()).unwrap();
        let function = spawn(program, &runtime, &port.url(), &secrets, task_root.path());
        Self { port, secrets, runtime, function, program: program.to_owned(), task_root, offset: 0 }
    }

    /// Starts the function anew, as Lambda does after a crash.
    pub(crate) fn restart(&mut self) {
        self.function.kill();
        self.runtime = LambdaRuntime::start().unwrap();
        self.function = spawn(&self.program, &self.runtime, &self.port.url(), &self.secrets, self.task_root.path());
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

fn spawn(
    program: &Path,
    runtime: &LambdaRuntime,
    port: &str,
    secrets: &FakeSecretsManager,
    task_root: &Path,
) -> Function {
    let env = [
        ("PORT_API_URL", port.to_owned()),
        ("PORT_SECRET_ARN", SECRET_ARN.to_owned()),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", secrets.url()),
    ]
    .map(|(key, value)| (key.to_owned(), value));
    Function::spawn(program, task_root, runtime, env).unwrap()
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn json_file(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}
