//! The way of a run out of Port: which runs are to be published, in the order in which they became due, and by whom.

use std::collections::VecDeque;
use std::fmt;

use serde_json::Value;

use super::action;
use super::answer::Object;
use super::documents::PortDocument;
use super::feed::PortEvent;
use super::run::Progress;
use super::runs;
use super::state::State;

/// A run that is to be published.
#[derive(Debug, Clone, PartialEq)]
pub struct DueRun {
    /// The action, as Port holds it.
    pub action: Value,
    /// The run, which is in progress.
    pub run: Value,
    /// The entity that it was started on, if it still exists.
    pub entity: Option<Value>,
}

/// Publishes runs, one at a time and in the order in which they became due.
pub(super) struct Publisher(Box<Publish>);

type Publish = dyn FnMut(&DueRun) -> Result<(), String> + Send;

impl Publisher {
    /// Creates a publisher that calls a closure.
    pub(super) fn new(publish: impl FnMut(&DueRun) -> Result<(), String> + Send + 'static) -> Self {
        Self(Box::new(publish))
    }

    /// Publishes a run, or returns why that is impossible.
    pub(super) fn publish(&mut self, due: &DueRun) -> Result<(), String> {
        (self.0)(due)
    }
}

impl fmt::Debug for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Publisher")
    }
}

/// The ids of the runs.
#[derive(Debug, Default)]
pub(super) struct Outbox(VecDeque<String>);

impl Outbox {
    /// Adds a run at the end, unless it is there already.
    pub(super) fn add(&mut self, id: &str) {
        if !self.0.iter().any(|due| due == id) {
            self.0.push_back(id.to_owned());
        }
    }

    /// Removes a run.
    pub(super) fn remove(&mut self, id: &str) {
        self.0.retain(|due| due != id);
    }
}

/// Returns the next run that is to be published. It remains due until [`published`]. A run that has ended in the
/// meantime, or whose action is gone, is skipped.
pub(super) fn next(state: &mut State) -> Option<DueRun> {
    while let Some(id) = state.outbox.0.front().cloned() {
        if let Some(due) = due(state, &id) {
            return Some(due);
        }
        state.outbox.remove(&id);
    }
    None
}

fn due(state: &State, id: &str) -> Option<DueRun> {
    let run = state.runs.get(id).filter(|run| !run.is_closed())?;
    let action = state.documents.get(PortDocument::Action, run.names("action")?)?;
    let blueprint = run.names("blueprint").or_else(|| action::blueprint(action));
    let entity = run.names("entity").zip(blueprint).and_then(|(entity, blueprint)| state.entity(blueprint, entity));
    let value = |document: &Object| Value::Object(document.clone());
    Some(DueRun { action: value(action), run: value(&run.document), entity: entity.map(value) })
}

/// Notes that a run was published, or ends it with the reason why not.
pub(super) fn published(state: &mut State, id: &str, result: Result<(), String>) {
    state.outbox.remove(id);
    let refused = result.err();
    state.observer.observe(&PortEvent::RunPublished { run: id.to_owned(), refused: refused.clone() });
    if let Some(summary) = refused {
        runs::take(state, id, Progress::End { status: "FAILURE".to_owned(), summary });
    }
}
