//! The words of a consumer group: its phases, its members, and what they say and are answered.

use std::time::{Duration, Instant};

use bytes::Bytes;
use kafka_protocol::ResponseError;

/// Where a group is between two generations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::kafka) enum Phase {
    /// Nobody is there.
    Empty,
    /// Members join until all have, or until this time.
    Joining(Instant),
    /// The leader has not distributed the partitions yet.
    Syncing,
    /// Everyone has partitions.
    Stable,
}

impl Phase {
    /// Returns Kafka's name.
    pub(in crate::kafka) fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::Joining(_) => "PreparingRebalance",
            Self::Syncing => "CompletingRebalance",
            Self::Stable => "Stable",
        }
    }
}

/// What a member says when it joins.
#[derive(Debug, Clone)]
pub(in crate::kafka) struct Join {
    /// Its id; empty for a new one.
    pub(in crate::kafka) member: String,
    /// The id that a new member gets.
    pub(in crate::kafka) fresh: String,
    /// Its name that survives restarts, if it has one.
    pub(in crate::kafka) instance: Option<String>,
    /// Its client id.
    pub(in crate::kafka) client: String,
    /// How long it may be silent.
    pub(in crate::kafka) session: Duration,
    /// How long the others wait for it.
    pub(in crate::kafka) rebalance: Duration,
    /// What kind of group it is: `consumer`.
    pub(in crate::kafka) kind: String,
    /// The ways to distribute partitions that it knows, the preferred one first.
    pub(in crate::kafka) protocols: Vec<(String, Bytes)>,
    /// Whether a new member must join again with the id that it got (KIP-394).
    pub(in crate::kafka) twice: bool,
}

/// Why a member could not join.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::kafka) enum Refusal {
    /// It must join again with this id.
    IdRequired(String),
    /// Kafka's code.
    Code(ResponseError),
}

impl From<ResponseError> for Refusal {
    fn from(code: ResponseError) -> Self {
        Self::Code(code)
    }
}

/// What happened in a group, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::kafka) enum Change {
    /// A member came.
    Joined(String),
    /// A member went, by itself or because it was silent.
    Left { member: String, expired: bool },
    /// All members have joined a new generation.
    Rebalanced { generation: i32, members: Vec<String> },
}

/// A member.
#[derive(Debug)]
pub(in crate::kafka) struct Member {
    pub(in crate::kafka) instance: Option<String>,
    pub(in crate::kafka) client: String,
    pub(in crate::kafka) protocols: Vec<(String, Bytes)>,
    pub(in crate::kafka) assignment: Bytes,
    pub(super) session: Duration,
    pub(super) rebalance: Duration,
    /// It waits for the others, or for the leader. It sends no heartbeats then, and cannot expire.
    pub(super) joining: bool,
    pub(super) syncing: bool,
    pub(super) deadline: Instant,
}

impl Member {
    /// Returns what it said about itself for a way to distribute partitions.
    pub(in crate::kafka) fn metadata(&self, protocol: &str) -> Bytes {
        self.protocols.iter().find(|(name, _)| name == protocol).map(|(_, data)| data.clone()).unwrap_or_default()
    }

    /// Returns whether it was silent for too long.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        !self.joining && !self.syncing && self.deadline <= now
    }
}
