//! A team's own code for an action: what it receives and what it returns.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use model::Run;
use port::{Client, Deadline, LogLevel};

/// The result of a team's code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It succeeded: the entity is written and the run ends with SUCCESS.
    Done,
    /// It failed: no entity is written and the run ends with FAILURE and this summary.
    Failed(String),
    /// Somebody else will report the end: the entity is written and the run stays in progress.
    LeftOpen,
}

/// The run's log in Port.
#[derive(Clone)]
pub struct RunLog {
    client: Arc<Client>,
    run_id: String,
    deadline: Deadline,
}

impl RunLog {
    pub(crate) fn new(client: Arc<Client>, run_id: String, deadline: Deadline) -> Self {
        Self { client, run_id, deadline }
    }

    /// Adds a line that a person reads on the run's page.
    ///
    /// # Errors
    /// When Port does not accept it. The run continues anyway.
    pub async fn write(&self, message: &str) -> Result<(), port::Failure> {
        self.client.log(&self.run_id, LogLevel::Info, message, self.deadline).await
    }
}

impl fmt::Debug for RunLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunLog").field("run_id", &self.run_id).finish_non_exhaustive()
    }
}

/// A registered function.
pub(crate) type Work = Box<dyn Fn(Run, RunLog) -> Pin<Box<dyn Future<Output = Outcome> + Send>> + Send + Sync>;
