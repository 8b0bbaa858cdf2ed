//! The promises of the function, and a judgement of each.

use std::fmt;

use super::expected::EntityId;

/// What the function promises, no matter what fails around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Promise {
    /// Every run of ours ends with the status that follows from its message.
    EndsEveryRun,
    /// A run that failed says why.
    ExplainsFailures,
    /// No call is made for somebody else's run, and it stays as it was.
    LeavesOthersAlone,
    /// Port has the entities that the messages ask for, and no others.
    WritesWhatWasAsked,
    /// An entity is created or deleted as often as the messages ask for, no matter how often they are delivered.
    DoesNothingTwice,
    /// Every batch is finished eventually, and an answer names only records of its batch.
    FinishesEveryBatch,
    /// No process panics or ends by itself.
    KeepsRunning,
    /// Nothing that is printed contains a secret, an input or personal data.
    PrintsNothingPrivate,
}

impl Promise {
    /// Every promise.
    pub const ALL: [Self; 8] = [
        Self::EndsEveryRun,
        Self::ExplainsFailures,
        Self::LeavesOthersAlone,
        Self::WritesWhatWasAsked,
        Self::DoesNothingTwice,
        Self::FinishesEveryBatch,
        Self::KeepsRunning,
        Self::PrintsNothingPrivate,
    ];
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EndsEveryRun => "every run ends with the right status",
            Self::ExplainsFailures => "a run that failed says why",
            Self::LeavesOthersAlone => "runs of others are left alone",
            Self::WritesWhatWasAsked => "Port has the requested entities, and no others",
            Self::DoesNothingTwice => "every entity is created and deleted as often as requested",
            Self::FinishesEveryBatch => "every batch is finished",
            Self::KeepsRunning => "no process crashes",
            Self::PrintsNothingPrivate => "nothing private is printed",
        })
    }
}

/// A promise, and everything that breaks it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The promise.
    pub promise: Promise,
    /// Empty if the promise was kept.
    pub breaches: Vec<Breach>,
}

impl Judgement {
    /// Returns whether the promise was kept.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.breaches.is_empty()
    }
}

/// One thing that breaks a promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// Where it happened.
    pub place: BreachPlace,
    /// What happened, as text that follows the place and a colon.
    pub what: String,
}

impl Breach {
    pub(super) fn new(place: BreachPlace, what: impl Into<String>) -> Self {
        Self { place, what: what.into() }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// Where a promise was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BreachPlace {
    /// A run, by its id.
    Run(String),
    /// An entity.
    Entity(EntityId),
    /// A call to Port's API, by its index in [`Evidence::calls`](super::Evidence::calls).
    Call(usize),
    /// A line of output, by its index in [`Evidence::printed`](super::Evidence::printed).
    Line(usize),
    /// A delivery to a function.
    BatchDelivery,
    /// A process of the function.
    Process,
}

impl fmt::Display for BreachPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run(id) => write!(f, "run {id}"),
            Self::Entity(EntityId { blueprint, identifier }) => write!(f, "entity {identifier} of {blueprint}"),
            Self::Call(index) => write!(f, "call {index}"),
            Self::Line(index) => write!(f, "line {index}"),
            Self::BatchDelivery => f.write_str("delivery"),
            Self::Process => f.write_str("process"),
        }
    }
}
