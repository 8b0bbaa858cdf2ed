//! The runs that this process has seen: a redelivery of a closed run costs no call, and the log says how often a run
//! was delivered.
//!
//! Only a shortcut. Another process, or this one after a restart, asks Port and comes to the same result.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// The most recent runs.
#[derive(Debug, Default)]
pub(crate) struct Seen(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    runs: BTreeMap<String, Known>,
    oldest_first: VecDeque<String>,
}

/// What is known about a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// How often this process has received it, from 1.
    pub(crate) attempt: u32,
    /// Port has closed it.
    pub(crate) closed: bool,
}

/// Room for two batches of Lambda's largest size.
const MOST: usize = 20_000;

impl Seen {
    /// Records that a run was delivered.
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

    /// Records that Port has closed a run.
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
    fn the_oldest_run_is_forgotten() {
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
