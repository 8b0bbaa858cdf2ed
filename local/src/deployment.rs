//! A function with everything it needs, as the template deploys it: its folder, its variables, its secrets, and Port.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::lambda::{ExecutionEnvironment, LineObserver};
use crate::port::{Credentials, FakePort};
use crate::secrets::FakeSecretsManager;

const INPUT_KEY_ARN: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:InputKey-AbCdEf";

/// What all execution environments of one function share.
#[derive(Debug)]
pub struct Deployment {
    /// The Port that the function reports to.
    pub port: FakePort,
    /// Where the function reads its secrets.
    pub secrets: FakeSecretsManager,
    program: PathBuf,
    task_root: PathBuf,
    has_input_key: bool,
    variables: Vec<(String, OsString)>,
}

impl Deployment {
    /// The secret with Port's credentials.
    pub const SECRET_ARN: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:PortSecret-AbCdEf";

    /// Creates a deployment of a program, with the folder of its plan and the credentials for its Port.
    ///
    /// # Errors
    ///
    /// When Port or Secrets Manager cannot be started.
    pub fn new(program: &Path, task_root: &Path, credentials: &Credentials) -> io::Result<Self> {
        Self::around(FakePort::start(credentials.clone())?, program, task_root, credentials)
    }

    /// [`Deployment::new`], for a Port that runs already.
    ///
    /// # Errors
    ///
    /// When Secrets Manager cannot be started.
    pub fn around(port: FakePort, program: &Path, task_root: &Path, credentials: &Credentials) -> io::Result<Self> {
        let secrets = FakeSecretsManager::start()?;
        let deployment = Self {
            port,
            secrets,
            program: program.to_owned(),
            task_root: task_root.to_owned(),
            has_input_key: false,
            variables: Vec::new(),
        };
        deployment.rotate_secret(credentials);
        Ok(deployment)
    }

    /// Adds the private key for inputs that the browser encrypts, in PEM.
    #[must_use]
    pub fn with_input_key(mut self, pem: &str) -> Self {
        self.rotate_input_key(pem);
        self.has_input_key = true;
        self
    }

    /// Replaces the private key in its secret.
    pub fn rotate_input_key(&self, pem: &str) {
        self.secrets.add(INPUT_KEY_ARN, pem);
    }

    /// Sets an environment variable, in place of Lambda's or the template's.
    #[must_use]
    pub fn with_variable(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    /// Replaces the credentials in the secret, but not those that Port accepts.
    pub fn rotate_secret(&self, Credentials { client_id, client_secret }: &Credentials) {
        let secret = json!({"clientId": client_id, "clientSecret": client_secret});
        self.secrets.add(Self::SECRET_ARN, &secret.to_string());
    }

    /// Starts the function in its own execution environment.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    pub fn start(&self) -> io::Result<ExecutionEnvironment> {
        self.start_observed(None)
    }

    /// Starts the function in its own execution environment, and passes each line of its output on instead of keeping it.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    pub fn start_observed(&self, lines: Option<LineObserver>) -> io::Result<ExecutionEnvironment> {
        self.start_in(&self.task_root, [], lines)
    }

    /// Starts the function like [`Deployment::start_observed`] with the plan of another folder and more variables.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    pub fn start_in(
        &self,
        task_root: &Path,
        more: impl IntoIterator<Item = (String, String)>,
        lines: Option<LineObserver>,
    ) -> io::Result<ExecutionEnvironment> {
        let variables = [
            ("PORT_API_URL", self.port.url()),
            ("PORT_SECRET_ARN", Self::SECRET_ARN.to_owned()),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", self.secrets.url()),
        ];
        let input_key = self.has_input_key.then(|| ("INPUT_KEY_SECRET_ARN", INPUT_KEY_ARN.to_owned()));
        let variables = variables.into_iter().chain(input_key).map(|(name, value)| (name.to_owned(), value.into()));
        let more = more.into_iter().map(|(name, value)| (name, value.into()));
        let variables = variables.chain(self.variables.iter().cloned()).chain(more);
        ExecutionEnvironment::start_observed(&self.program, task_root, variables, lines)
    }
}
