//! Runs that this process has been given before: a redelivery of one that was closed costs no call, and a line of the
//! log says how often a run came.
//!
//! Only a shortcut. Another process, or this one after a restart, asks Port and comes to the same end.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// The last runs that came.
#[derive(Debug, Default)]
pub(crate) struct Seen(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    runs: BTreeMap<String, Known>,
    oldest_first: VecDeque<String>,
}

/// What is known of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// How often it came to this process, from 1.
    pub(crate) attempt: u32,
    /// Port has it closed.
    pub(crate) closed: bool,
}

/// A batch of Lambda's largest size fits twice.
const MOST: usize = 20_000;

impl Seen {
    /// A run has come, once more.
    pub(crate) fn arrived(&self, run_id: &str) -> Known {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = memory.runs.get_mut(run_id) {
            known.attempt = known.attempt.saturating_add(1);
            return *known;
        }
        let known = Known { attempt: 1, closed: false };
        memory.runs.insert(run_id.to_owned(), known);
        memory.oldest_first.push_back(run_id.to_owned());
        if memory.oldest_first.len() > MOST
            && let Some(oldest) = memory.oldest_first.pop_front()
        {
            memory.runs.remove(&oldest);
        }
        known
    }

    /// Port has a run closed.
    pub(crate) fn closed(&self, run_id: &str) {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = memory.runs.get_mut(run_id) {
            known.closed = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten() {
        let seen = Seen::default();
        for n in 0..=MOST {
            let run = format!("r_{n}");
            assert_eq!(seen.arrived(&run), Known { attempt: 1, closed: false });
            seen.closed(&run);
            seen.closed(&run);
        }
        assert_eq!(seen.arrived("r_1"), Known { attempt: 2, closed: true });
        assert_eq!(seen.arrived("r_1"), Known { attempt: 3, closed: true });
        assert_eq!(seen.arrived("r_0"), Known { attempt: 1, closed: false });
    }
}
