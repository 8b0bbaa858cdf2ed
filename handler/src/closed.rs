//! Runs that this process has seen closed: a redelivery of one costs no call.
//!
//! Only a shortcut. Another process, or this one after a restart, asks Port and comes to the same end.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};

/// The last runs that were closed.
#[derive(Debug, Default)]
pub(crate) struct Closed(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    known: BTreeSet<String>,
    oldest_first: VecDeque<String>,
}

/// A batch of Lambda's largest size fits twice.
const MOST: usize = 20_000;

impl Closed {
    pub(crate) fn holds(&self, run_id: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).known.contains(run_id)
    }

    pub(crate) fn add(&self, run_id: &str) {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !memory.known.insert(run_id.to_owned()) {
            return;
        }
        memory.oldest_first.push_back(run_id.to_owned());
        if memory.oldest_first.len() > MOST
            && let Some(oldest) = memory.oldest_first.pop_front()
        {
            memory.known.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten() {
        let closed = Closed::default();
        for n in 0..=MOST {
            closed.add(&format!("r_{n}"));
            closed.add(&format!("r_{n}"));
        }
        assert!(!closed.holds("r_0") && closed.holds("r_1") && closed.holds(&format!("r_{MOST}")));
    }
}
