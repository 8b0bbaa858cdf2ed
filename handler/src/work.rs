//! A team's own code for an action: what it gets and what it gives back.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use model::Run;
use port::{Client, Deadline};

/// What became of the work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done: the entity is written and the run becomes SUCCESS.
    Done,
    /// It failed: no entity is written, the run becomes FAILURE, and a person reads this summary.
    Failed(String),
    /// Someone else will report: the entity is written and the run stays in progress.
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
    /// When Port does not take it; the run goes on all the same.
    pub async fn write(&self, message: &str) -> Result<(), port::Failure> {
        self.client.log(&self.run_id, message, self.deadline).await
    }
}

impl fmt::Debug for RunLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunLog").field("run_id", &self.run_id).finish_non_exhaustive()
    }
}

/// A registered function.
pub(crate) type Work = Box<dyn Fn(Run, RunLog) -> Pin<Box<dyn Future<Output = Outcome> + Send>> + Send + Sync>;
