//! The function of this repository with everything it needs: its plan, its blueprint in Port, its secrets.

use std::ops::Deref;
use std::path::{Path, PathBuf};

use local::{Credentials, Deployment};
use serde_json::Value;
use tempfile::TempDir;

pub(crate) const CLIENT_ID: &str = "the-client-id";
pub(crate) const CLIENT_SECRET: &str = "the-client-secret-never-log-me-0123456789";

pub(crate) struct ExampleDeployment {
    pub(crate) deployment: Deployment,
    /// The folder with the plan.
    _task_root: TempDir,
}

impl Deref for ExampleDeployment {
    type Target = Deployment;

    fn deref(&self) -> &Deployment {
        &self.deployment
    }
}

impl ExampleDeployment {
    /// Creates a deployment of `program` with this repository's plan, as changed by a test.
    pub(crate) fn new(program: &Path, change: impl FnOnce(&mut Value)) -> Self {
        let mut plan = json_file("out/plan.json");
        change(&mut plan);
        let plan = plan.to_string();
        let task_root = TempDir::new().unwrap();
        std::fs::write(task_root.path().join("plan.json"), &plan).unwrap();
        let credentials = Credentials::new(CLIENT_ID, CLIENT_SECRET);
        let mut deployment = Deployment::new(program, task_root.path(), &credentials).unwrap();
        deployment.port.add_blueprint(json_file("out/port/vm.json")["blueprint"].take());
        // The template sets the key only if the plan has inputs that the browser encrypts.
        if plan.contains("\"client-side\"") {
            deployment = deployment.with_input_key(include_str!("../../handler/tests/keys/pkcs8.pem"));
        }
        Self { deployment, _task_root: task_root }
    }
}

/// Returns the path of a file in this repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn json_file(path: &str) -> Value {
    serde_json::from_slice(&std::fs::read(repository(path)).unwrap()).unwrap()
}
