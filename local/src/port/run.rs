//! A run, its log, and what happens to it while a client that started it watches.
//!
//! Nothing depends on the clock: each time a run is read, one step of its script happens first, so that a test that
//! watches a run always sees the same.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::answer::{Object, Refusal};
use crate::clock;

/// A run and its log.
#[derive(Debug)]
pub(super) struct StoredRun {
    /// The run as Port answers it.
    pub(super) document: Object,
    /// The lines of the log, oldest first.
    pub(super) logs: Vec<Value>,
    /// Orders runs by creation.
    pub(super) number: u64,
    /// The steps that happen when it is read.
    pub(super) script: Script,
}

/// One step of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// A line of its log.
    Log(String),
    /// A label for its progress.
    Label(String),
    /// Another status. `SUCCESS`, `FAILURE` and `DECLINED` end the run.
    Status(String),
    /// The end, with a summary.
    End {
        /// `SUCCESS`, `FAILURE` or `DECLINED`.
        status: String,
        /// A sentence for the person who started it.
        summary: String,
    },
}

/// The remaining steps.
pub(super) type Script = VecDeque<Progress>;

impl StoredRun {
    /// Creates a run without a log.
    pub(super) fn new(document: Object, number: u64) -> Self {
        Self { document, logs: Vec::new(), number, script: Script::new() }
    }

    /// Returns whether the run is closed to changes.
    pub(super) fn is_closed(&self) -> bool {
        matches!(self.text("status"), "SUCCESS" | "FAILURE" | "DECLINED")
    }

    /// Returns 422 for a closed run.
    pub(super) fn refuse_closed(&self) -> Result<(), Refusal> {
        if self.is_closed() { Err(Refusal::closed("Run", self.text("id"))) } else { Ok(()) }
    }

    /// Sets keys, and closes the run if one of them is its status.
    pub(super) fn set(&mut self, values: Object, author: &str) {
        let now = clock::now();
        if values.contains_key("status") {
            self.document.insert("endedAt".to_owned(), now.clone().into());
        }
        self.document.extend(values);
        self.document.insert("updatedBy".to_owned(), author.into());
        self.document.insert("updatedAt".to_owned(), now.into());
    }

    /// Returns one of its texts; empty if it has none.
    pub(super) fn text(&self, key: &str) -> &str {
        self.document.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// Returns the identifier of what the run is about.
    pub(super) fn names(&self, key: &str) -> Option<&str> {
        self.document.get(key)?.get("identifier")?.as_str()
    }

    /// Adds a line to its log, and returns the line.
    pub(super) fn log(&mut self, line_id: &str, message: &str, author: &str) -> Value {
        let id = self.text("id");
        let line =
            json!({"id": line_id, "runId": id, "message": message, "createdBy": author, "createdAt": clock::now()});
        self.logs.push(line.clone());
        line
    }

    /// Takes a step, even if the run is closed.
    pub(super) fn take(&mut self, step: Progress, line_id: &str, author: &str) {
        match step {
            Progress::Log(message) => drop(self.log(line_id, &message, author)),
            Progress::Label(label) => self.set(Object::from_iter([("statusLabel".to_owned(), label.into())]), author),
            Progress::Status(status) => {
                self.set(Object::from_iter([("status".to_owned(), status.into())]), author);
                if !self.is_closed() {
                    self.document.insert("endedAt".to_owned(), Value::Null);
                }
            }
            Progress::End { status, summary } => {
                let end = [("status".to_owned(), status.into()), ("summary".to_owned(), summary.into())];
                self.set(Object::from_iter(end), author);
            }
        }
    }
}
