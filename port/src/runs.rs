//! Action runs: `/v1/actions/runs/{id}`.

use reqwest::Method;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::client::{Client, Request, path};
use crate::deadline::Deadline;
use crate::failure::Failure;

/// How a run ends. Port accepts these two from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    /// What was asked for is done.
    Success,
    /// It is not, and the summary says why.
    Failure,
}

/// What a person reads on the run's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Closes the run: afterwards Port refuses every change of it.
    pub status: Status,
    /// A sentence or two.
    pub summary: String,
}

/// Where Port has a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunState {
    /// It waits for its end.
    Open,
    /// It has its end.
    Closed,
}

#[derive(Deserialize)]
struct RunAnswer {
    run: RunBody,
}

#[derive(Deserialize)]
struct RunBody {
    status: String,
}

impl Client {
    /// Closes a run.
    ///
    /// # Errors
    /// See [`Failure`]; a run that is closed already is a refusal.
    pub async fn close_run(&self, run_id: &str, report: &Report, deadline: Deadline) -> Result<(), Failure> {
        let request = Request {
            method: Method::PATCH,
            path: path(&["actions", "runs", run_id]),
            query: vec![("version", "v2".to_owned())],
            body: serde_json::to_value(report).ok(),
        };
        self.call::<IgnoredAny>(&request, deadline).await.map(drop)
    }

    /// Whether a run is still open.
    ///
    /// # Errors
    /// See [`Failure`]; a run that Port does not know is None.
    pub async fn run_state(&self, run_id: &str, deadline: Deadline) -> Result<Option<RunState>, Failure> {
        let request = Request {
            method: Method::GET,
            path: path(&["actions", "runs", run_id]),
            query: vec![("version", "v2".to_owned())],
            body: None,
        };
        match self.call::<RunAnswer>(&request, deadline).await {
            Ok(answer) => Ok(Some(match answer.run.status.as_str() {
                "IN_PROGRESS" | "WAITING_FOR_APPROVAL" => RunState::Open,
                _ => RunState::Closed,
            })),
            Err(Failure::Refused { status: 404, .. }) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Adds a line to the run's log.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn log(&self, run_id: &str, message: &str, deadline: Deadline) -> Result<(), Failure> {
        let request = Request {
            method: Method::POST,
            path: path(&["actions", "runs", run_id, "logs"]),
            query: vec![],
            body: Some(json!({ "message": message })),
        };
        self.call::<IgnoredAny>(&request, deadline).await.map(drop)
    }
}
