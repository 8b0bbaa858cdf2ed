//! A run, its log, and what becomes of it when a client starts it and then watches.
//!
//! Nothing happens by the clock: each time a run is read, one step of its script happens first, so that a test that
//! watches one sees the same every time.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::answer::{Object, Refusal};
use crate::clock;

/// A run and its log.
#[derive(Debug)]
pub(super) struct StoredRun {
    /// As Port answers it.
    pub(super) document: Object,
    /// Lines of the log, oldest first.
    pub(super) logs: Vec<Value>,
    /// Orders runs by their making.
    pub(super) number: u64,
    /// What happens when it is read.
    pub(super) script: Script,
}

/// One step of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// A line of its log.
    Log(String),
    /// A label that says how far it is.
    Label(String),
    /// Another status; one that is neither `IN_PROGRESS` nor `WAITING_FOR_APPROVAL` ends it.
    Status(String),
    /// Its end, with a summary.
    End {
        /// `SUCCESS`, `FAILURE` or `DECLINED`.
        status: String,
        /// A sentence for whoever started it.
        summary: String,
    },
}

/// The steps that are still to come.
pub(super) type Script = VecDeque<Progress>;

impl StoredRun {
    /// Whether nothing may be changed any more.
    pub(super) fn is_closed(&self) -> bool {
        !matches!(self.text("status"), "IN_PROGRESS" | "WAITING_FOR_APPROVAL")
    }

    /// 422 for a run that is closed.
    pub(super) fn refuse_closed(&self) -> Result<(), Refusal> {
        if self.is_closed() { Err(Refusal::closed("Run", self.text("id"))) } else { Ok(()) }
    }

    /// Sets keys, and closes the run when one of them is its status.
    pub(super) fn set(&mut self, values: Object, author: &str) {
        let now = clock::now();
        if values.contains_key("status") {
            self.document.insert("endedAt".to_owned(), now.clone().into());
        }
        self.document.extend(values);
        self.document.insert("updatedBy".to_owned(), author.into());
        self.document.insert("updatedAt".to_owned(), now.into());
    }

    /// A text of it; empty when there is none.
    pub(super) fn text(&self, key: &str) -> &str {
        self.document.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// The identifier of what it is about.
    pub(super) fn names(&self, key: &str) -> Option<&str> {
        self.document.get(key)?.get("identifier")?.as_str()
    }

    /// Adds a line to its log, and gives the line.
    pub(super) fn log(&mut self, line_id: &str, message: &str, author: &str) -> Value {
        let id = self.text("id");
        let line =
            json!({"id": line_id, "runId": id, "message": message, "createdBy": author, "createdAt": clock::now()});
        self.logs.push(line.clone());
        line
    }

    /// Takes a step, also when it is closed.
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
