//! The oracle: decides from its input and the observations whether a function kept its promises.
//!
//! ```text
//! messages ─► Expected ─┐
//!                       ├─ judge ─► one Judgement per promise: kept, or broken with what and where
//! Port, calls, output ─► Evidence ─┘
//! ```
//!
//! Judge only after every message has been processed: before that, a run in progress counts as one that did not end.
//!
//! All of it is a function of data, written from Port's rules and the function's promises. It shares no code with the
//! function, so that both cannot be wrong in the same way.

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
