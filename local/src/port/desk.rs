//! What the server and the handle of a Port share: the state, and who publishes runs.

use std::sync::{Mutex, MutexGuard};

use super::outbox::{self, DueRun, Publisher};
use super::state::State;
use crate::lock::lock;

/// The state and the publisher, each under a lock of its own, so that a publisher can take its time.
#[derive(Debug)]
pub(super) struct Desk {
    state: Mutex<State>,
    publisher: Mutex<Option<Publisher>>,
}

impl Desk {
    /// Creates a desk without a publisher.
    pub(super) fn new(state: State) -> Self {
        Self { state: Mutex::new(state), publisher: Mutex::new(None) }
    }

    /// Returns the state. Nobody else has it until the guard is dropped.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Sets who publishes runs, and has those published that are due.
    pub(super) fn set_publisher(&self, publisher: Publisher) {
        *lock(&self.publisher) = Some(publisher);
        self.publish();
    }

    /// Has every run published that is due. Without a publisher they remain due.
    pub(super) fn publish(&self) {
        let mut publisher = lock(&self.publisher);
        let Some(publisher) = publisher.as_mut() else { return };
        while let Some(due) = self.next() {
            let result = publisher.publish(&due);
            let id = due.run["id"].as_str().unwrap_or_default();
            outbox::published(&mut self.state(), id, result);
        }
    }

    /// Returns the next run that is due. The state is free again.
    fn next(&self) -> Option<DueRun> {
        outbox::next(&mut self.state())
    }
}
