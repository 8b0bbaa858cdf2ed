//! Runs: `/v1/actions/runs/{id}`, and the runs of workflow nodes: `/v1/workflows/nodes/runs/{id}`.
//!
//! A workflow's node publishes to the same topic as an action. Its runs have their own kind of id, and are reported to
//! their own endpoint with their own vocabulary. The sources for these are Port's own agent (port-labs/port-agent on
//! GitHub, `app/port_client.py`) and its integrations (port-labs/ocean, `workflow_nodes.py`).

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::answer::{self, Answer, Done, LONGEST_LIST};
use crate::client::{Client, Request, path};
use crate::deadline::Deadline;
use crate::failure::{Cause, Failure};

/// How a run ended. Port accepts these two from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    /// The work is done.
    Success,
    /// The work is not done; the summary says why.
    Failure,
}

impl Status {
    /// Returns Port's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::Failure => "FAILURE",
        }
    }
}

/// The end of a run, as people see it on the run's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunReport {
    /// Closes the run: afterwards Port refuses any change to it.
    pub status: Status,
    /// A sentence or two.
    pub summary: String,
}

/// The statuses of a run that has ended.
const CLOSED: [&str; 3] = ["SUCCESS", "FAILURE", "DECLINED"];

/// The state of a run in Port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunState {
    /// The run waits for its end, or has a status that Port does not document.
    Open,
    /// The run has ended.
    Closed,
    /// Port has no call that reads the run of a workflow's node, only one that reads the run of the workflow.
    Undisclosed,
}

/// How serious a line of a run's log is. Only the runs of workflow nodes show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum LogLevel {
    /// Progress.
    Info,
    /// What went wrong.
    Error,
}

#[derive(Deserialize)]
struct RunAnswer {
    run: RunBody,
}

impl Answer for RunAnswer {
    fn is_about(&self, run_id: &str) -> bool {
        self.run.is(run_id)
    }
}

/// The answer to a change of a run. Port does not document whether it has the run.
#[derive(Deserialize)]
struct ChangedRun {
    run: Option<RunBody>,
}

impl Answer for ChangedRun {
    fn is_about(&self, run_id: &str) -> bool {
        self.run.as_ref().is_none_or(|run| run.is(run_id))
    }
}

#[derive(Deserialize)]
struct AnyRun {
    run: Value,
}

impl Answer for AnyRun {
    fn of_outline(self) -> Option<Self> {
        None
    }
}

#[derive(Deserialize)]
struct RunList {
    runs: Vec<Value>,
}

impl Answer for RunList {
    const LONGEST: usize = LONGEST_LIST;

    fn of_outline(self) -> Option<Self> {
        None
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogList {
    run_logs: Vec<Value>,
}

impl Answer for LogList {
    const LONGEST: usize = LONGEST_LIST;

    fn of_outline(self) -> Option<Self> {
        None
    }
}

#[derive(Deserialize)]
struct RunBody {
    id: Option<String>,
    /// A text. Anything else is a status that Port does not document.
    status: Box<RawValue>,
}

impl RunBody {
    fn has_status(&self, status: &str) -> bool {
        answer::text(&self.status).is_some_and(|text| text == status)
    }

    fn is(&self, run_id: &str) -> bool {
        self.id.as_deref().is_none_or(|id| id == run_id)
    }
}

/// The answer to a change of a node's run. Port documents none of it but `ok`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ChangedNodeRun {
    node_run: Option<NodeRunName>,
}

#[derive(Deserialize)]
struct NodeRunName {
    identifier: Option<String>,
}

impl Answer for ChangedNodeRun {
    fn is_about(&self, run_id: &str) -> bool {
        let named = self.node_run.as_ref().and_then(|node_run| node_run.identifier.as_deref());
        named.is_none_or(|identifier| identifier == run_id)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WorkflowRunAnswer {
    workflow_run: WorkflowRunBody,
}

impl Answer for WorkflowRunAnswer {}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WorkflowRunBody {
    /// Missing where the answer is too long.
    node_runs: Option<Vec<NodeRunBody>>,
}

#[derive(Deserialize)]
struct NodeRunBody {
    identifier: String,
    status: Option<Box<RawValue>>,
}

impl NodeRunBody {
    fn is_completed(&self) -> bool {
        self.status.as_deref().and_then(answer::text).is_some_and(|status| status == "COMPLETED")
    }
}

/// Returns whether the id is that of a workflow node's run, such as `wfnr_…`.
pub fn is_node_run(run_id: &str) -> bool {
    run_id.starts_with("wfnr_")
}

/// Returns the query that links an entity to the run that writes it. A node's run cannot be linked.
pub(crate) fn tie(run_id: &str) -> Option<(&'static str, String)> {
    (!is_node_run(run_id)).then(|| ("run_id", run_id.to_owned()))
}

/// Returns the request that reads a run.
fn reading(run_id: &str) -> Request {
    Request {
        method: Method::GET,
        path: path(&["actions", "runs", run_id]),
        query: vec![("version", "v2".to_owned())],
        body: None,
    }
}

impl Client {
    /// Closes a run. The run of a workflow's node has no summary: it becomes the node's output, which later nodes can
    /// use.
    ///
    /// # Errors
    /// See [`Failure`]. Closing a run that is already closed is a refusal.
    pub async fn close_run(&self, run_id: &str, report: &RunReport, deadline: Deadline) -> Result<(), Failure> {
        let request = if is_node_run(run_id) {
            let result = match report.status {
                Status::Success => "SUCCESS",
                Status::Failure => "FAILED",
            };
            Request {
                method: Method::PATCH,
                path: path(&["workflows", "nodes", "runs", run_id]),
                query: vec![],
                body: Some(json!({
                    "status": "COMPLETED",
                    "result": result,
                    "output": { "summary": report.summary },
                })),
            }
        } else {
            Request {
                method: Method::PATCH,
                path: path(&["actions", "runs", run_id]),
                query: vec![("version", "v2".to_owned())],
                body: serde_json::to_value(report).ok(),
            }
        };
        if is_node_run(run_id) {
            return self.call_about::<ChangedNodeRun>(&request, run_id, deadline).await.map(drop);
        }
        let changed: ChangedRun = self.call_about(&request, run_id, deadline).await?;
        let mut run = changed.run;
        if run.is_none() {
            // Whether the answer has the run is not documented. Without it, a look at the run says what was done.
            run = Some(self.call_about::<RunAnswer>(&reading(run_id), run_id, deadline).await?.run);
        }
        match run {
            Some(run) if run.has_status(report.status.as_str()) => Ok(()),
            _ => Err(Failure::Unavailable { attempts: 1, cause: Cause::Foreign { status: 200 } }),
        }
    }

    /// Returns the state of a run. That of a workflow node's run is part of `workflow_run_id`, the run of its workflow.
    ///
    /// # Errors
    /// See [`Failure`]. A run that Port does not know is `None`.
    pub async fn run_state(
        &self,
        run_id: &str,
        workflow_run_id: Option<&str>,
        deadline: Deadline,
    ) -> Result<Option<RunState>, Failure> {
        if is_node_run(run_id) {
            return self.node_run_state(run_id, workflow_run_id, deadline).await.map(Some);
        }
        match self.call_about::<RunAnswer>(&reading(run_id), run_id, deadline).await {
            Ok(answer) => {
                let is_closed = CLOSED.iter().any(|status| answer.run.has_status(status));
                Ok(Some(if is_closed { RunState::Closed } else { RunState::Open }))
            }
            Err(Failure::Refused { status: 404, .. }) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    async fn node_run_state(
        &self,
        run_id: &str,
        workflow_run_id: Option<&str>,
        deadline: Deadline,
    ) -> Result<RunState, Failure> {
        let Some(workflow_run_id) = workflow_run_id else { return Ok(RunState::Undisclosed) };
        let path = path(&["workflows", "runs", workflow_run_id]);
        let request = Request { method: Method::GET, path, query: vec![], body: None };
        let node_runs = match self.call::<WorkflowRunAnswer>(&request, deadline).await {
            Ok(answer) => answer.workflow_run.node_runs.unwrap_or_default(),
            Err(Failure::Refused { .. }) => vec![],
            Err(failure) => return Err(failure),
        };
        Ok(match node_runs.iter().find(|node_run| node_run.identifier == run_id) {
            None => RunState::Undisclosed,
            Some(node_run) if node_run.is_completed() => RunState::Closed,
            Some(_) => RunState::Open,
        })
    }

    /// Starts an action and returns its run. Never repeated: an action that is started twice runs twice.
    ///
    /// # Errors
    /// See [`Failure`]. If Port could not be reached, the run may have been started anyway.
    pub async fn start_run(
        &self,
        action: &str,
        inputs: &Map<String, Value>,
        entity: Option<&str>,
        deadline: Deadline,
    ) -> Result<Value, Failure> {
        let mut body = json!({ "properties": inputs });
        if let Some(entity) = entity {
            body["entity"] = entity.into();
        }
        let path = path(&["actions", action, "runs"]);
        let request = Request { method: Method::POST, path, query: vec![], body: Some(body) };
        self.call_once::<AnyRun>(&request, deadline).await.map(|answer| answer.run)
    }

    /// Returns a run as Port answers it, or `None` if Port does not know it.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn run(&self, run_id: &str, deadline: Deadline) -> Result<Option<Value>, Failure> {
        match self.call::<AnyRun>(&reading(run_id), deadline).await {
            Ok(answer) => Ok(Some(answer.run)),
            Err(Failure::Refused { status: 404, .. }) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Asks Port about a run only to see whether Port answers. Any answer will do, even that it does not know the run.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn answers_about(&self, run_id: &str, deadline: Deadline) -> Result<(), Failure> {
        match self.call::<Done>(&reading(run_id), deadline).await {
            Ok(_) | Err(Failure::Refused { status: 404, .. }) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    /// Returns the latest runs, of all actions or of one blueprint's.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn runs(&self, query: Vec<(&'static str, String)>, deadline: Deadline) -> Result<Vec<Value>, Failure> {
        let query = [("version", "v2".to_owned())].into_iter().chain(query).collect();
        let request = Request { method: Method::GET, path: path(&["actions", "runs"]), query, body: None };
        self.call::<RunList>(&request, deadline).await.map(|list| list.runs)
    }

    /// Returns the lines of a run's log from `offset` on, at most fifty.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn run_logs(&self, run_id: &str, offset: usize, deadline: Deadline) -> Result<Vec<Value>, Failure> {
        let request = Request {
            method: Method::GET,
            path: path(&["actions", "runs", run_id, "logs"]),
            query: vec![("limit", "50".to_owned()), ("offset", offset.to_string())],
            body: None,
        };
        self.call::<LogList>(&request, deadline).await.map(|list| list.run_logs)
    }

    /// Adds a line to the run's log.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn log(&self, run_id: &str, level: LogLevel, message: &str, deadline: Deadline) -> Result<(), Failure> {
        let (path, body) = if is_node_run(run_id) {
            let body = json!({ "logs": [{ "level": level, "message": message }] });
            (path(&["workflows", "nodes", "runs", run_id, "logs"]), body)
        } else {
            (path(&["actions", "runs", run_id, "logs"]), json!({ "message": message }))
        };
        let request = Request { method: Method::POST, path, query: vec![], body: Some(body) };
        self.call::<Done>(&request, deadline).await.map(drop)
    }
}
