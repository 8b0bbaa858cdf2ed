//! What becomes of a run that a client starts and then watches. Nothing happens by the clock: each time the run is
//! read, one step of its script happens first, so that a test that watches one sees the same every time.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::answer::Object;
use super::run::author;
use super::state::State;
use crate::clock;

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

/// Takes the next step of a run, if it has one left.
pub(super) fn advance(state: &mut State, id: &str) {
    if let Some(step) = state.runs.get_mut(id).and_then(|run| run.script.pop_front()) {
        take(state, id, step);
    }
}

/// Takes a step of a run, also of one that is closed.
pub(super) fn take(state: &mut State, id: &str, step: Progress) {
    let (author, log_id) = (author(state), state.fresh_id("rl"));
    let Some(run) = state.runs.get_mut(id) else { return };
    match step {
        Progress::Log(message) => run.logs.push(
            json!({"id": log_id, "runId": id, "message": message, "createdBy": author, "createdAt": clock::now()}),
        ),
        Progress::Label(label) => run.set(Object::from_iter([("statusLabel".to_owned(), label.into())]), &author),
        Progress::Status(status) => {
            run.set(Object::from_iter([("status".to_owned(), status.into())]), &author);
            if !run.is_closed() {
                run.document.insert("endedAt".to_owned(), Value::Null);
            }
        }
        Progress::End { status, summary } => {
            let end = [("status".to_owned(), status.into()), ("summary".to_owned(), summary.into())];
            run.set(Object::from_iter(end), &author);
        }
    }
}
