//! What a self-service action does to an entity.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Port's three operations (API reference, "Create an action", `trigger.operation`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Operation {
    /// Makes an entity that is not there yet.
    #[serde(rename = "CREATE")]
    Create,
    /// Changes an entity that is there.
    #[serde(rename = "DAY-2")]
    DayTwo,
    /// Takes an entity away.
    #[serde(rename = "DELETE")]
    Delete,
}

impl Operation {
    /// All of them, in the order in which an entity meets them.
    pub const ALL: [Self; 3] = [Self::Create, Self::DayTwo, Self::Delete];

    /// As Port writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::DayTwo => "DAY-2",
            Self::Delete => "DELETE",
        }
    }

    /// The operation that Port writes as `text`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.as_str() == text)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
