//! The oracle: whether a function kept its promises, by what was sent to it and what was seen afterwards.
//!
//! ```text
//! messages ─► Expected ─┐
//!                       ├─ judge ─► one Judgement a promise: held, or broken with what and where
//! Port, calls, output ─► Evidence ─┘
//! ```
//!
//! A judgement is final once every message has been dealt with; before, a run that is under way counts as one that did
//! not end.
//!
//! Everything here is a function over data, written from Port's rules and the promises of the function; it shares no
//! code with the function, so that the two cannot be wrong together.

mod promise;
mod expected;
mod evidence;
mod runs;
mod entities;
mod processes;

pub use evidence::{Evidence, HeldRun};
pub use expected::{End, EntityId, Expected, ExpectedRun};
pub use promise::{Breach, BreachPlace, Judgement, Promise};

/// Judges every promise, in the order of [`Promise::ALL`].
#[must_use]
pub fn judge(expected: &Expected, evidence: &Evidence) -> Vec<Judgement> {
    let breaches = |promise| match promise {
        Promise::EndsEveryRun => runs::wrong_ends(expected, evidence),
        Promise::ExplainsFailures => runs::unexplained_failures(expected, evidence),
        Promise::LeavesOthersAlone => runs::touched_others(expected, evidence),
        Promise::WritesWhatWasAsked => entities::differences(expected, evidence),
        Promise::DoesNothingTwice => entities::wrong_counts(expected, evidence),
        Promise::FinishesEveryBatch => processes::bad_deliveries(evidence),
        Promise::KeepsRunning => processes::breakdowns(evidence),
        Promise::PrintsNothingPrivate => processes::private_lines(expected, evidence),
    };
    Promise::ALL.into_iter().map(|promise| Judgement { promise, breaches: breaches(promise) }).collect()
}

#[cfg(test)]
mod tests;
