//! What became of a run, and how Lambda, the log and the metrics report it.

use port::Status;

use crate::log::Level;

/// What became of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// We reported its end to Port.
    Reported(Status),
    /// Somebody else will report its end.
    LeftOpen,
    /// Port had already closed it: this was a redelivery.
    ClosedBefore,
    /// Port does not know this run, so there is nothing to report.
    Unknown,
    /// Port refused the end of a workflow node's run in the way in which it refuses that of a closed one, and cannot be
    /// asked whether it is closed.
    Refused,
    /// Time ran out, or Port was unavailable: the record goes back to Kafka.
    Unfinished(String),
}

impl Fate {
    /// Returns whether Port has closed the run, as far as we know.
    pub(crate) fn closes(&self) -> bool {
        matches!(self, Self::Reported(_) | Self::ClosedBefore | Self::Unknown)
    }

    /// Returns the word for it in logs and metrics.
    pub(crate) fn outcome(&self) -> &'static str {
        match self {
            Self::Reported(Status::Success) => "SUCCESS",
            Self::Reported(Status::Failure) => "FAILURE",
            Self::LeftOpen => "LEFT_OPEN",
            Self::ClosedBefore => "CLOSED_BEFORE",
            Self::Unknown => "UNKNOWN_RUN",
            Self::Refused => "REFUSED",
            Self::Unfinished(_) => "UNFINISHED",
        }
    }

    /// Returns the log level: how urgent this is for an operator.
    pub(crate) fn level(&self) -> Level {
        match self {
            Self::Reported(Status::Success) | Self::LeftOpen | Self::ClosedBefore => Level::Info,
            Self::Reported(Status::Failure) => Level::Warn,
            Self::Unknown | Self::Refused | Self::Unfinished(_) => Level::Error,
        }
    }

    /// Returns what an operator should know about it.
    pub(crate) fn cause(&self) -> Option<&str> {
        match self {
            Self::Unknown => Some("Port does not know this run"),
            Self::Refused => Some(
                "Port refused the end of this node run as it refuses a second one; see on its page whether it ended",
            ),
            Self::Unfinished(cause) => Some(cause),
            _ => None,
        }
    }
}
