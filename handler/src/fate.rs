//! What became of a run, and what Lambda, the log and the metrics make of it.

use port::Status;

use crate::log::Level;

/// What became of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Port has heard of its end from us.
    Reported(Status),
    /// It is somebody else's to report.
    LeftOpen,
    /// Port had closed it before: a redelivery.
    ClosedBefore,
    /// Port knows no such run, so there is nothing to report.
    Unknown,
    /// There was no time to finish, or Port was away: the record goes back to Kafka.
    Unfinished(String),
}

impl Fate {
    /// Whether Port has the run closed, as far as we saw.
    pub(crate) fn closes(&self) -> bool {
        matches!(self, Self::Reported(_) | Self::ClosedBefore | Self::Unknown)
    }

    /// For logs and metrics.
    pub(crate) fn outcome(&self) -> &'static str {
        match self {
            Self::Reported(Status::Success) => "SUCCESS",
            Self::Reported(Status::Failure) => "FAILURE",
            Self::LeftOpen => "LEFT_OPEN",
            Self::ClosedBefore => "CLOSED_BEFORE",
            Self::Unknown => "UNKNOWN_RUN",
            Self::Unfinished(_) => "UNFINISHED",
        }
    }

    /// How much an operator should care.
    pub(crate) fn level(&self) -> Level {
        match self {
            Self::Reported(Status::Success) | Self::LeftOpen | Self::ClosedBefore => Level::Info,
            Self::Reported(Status::Failure) => Level::Warn,
            Self::Unknown | Self::Unfinished(_) => Level::Error,
        }
    }

    /// What an operator should know of it.
    pub(crate) fn cause(&self) -> Option<&str> {
        match self {
            Self::Unknown => Some("Port knows no such run"),
            Self::Unfinished(cause) => Some(cause),
            _ => None,
        }
    }
}
