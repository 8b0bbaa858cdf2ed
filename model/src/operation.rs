//! What a self-service action does to an entity.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Port's three operations (API reference, "Create an action", `trigger.operation`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Operation {
    /// Creates an entity.
    #[serde(rename = "CREATE")]
    Create,
    /// Changes an existing entity.
    #[serde(rename = "DAY-2")]
    DayTwo,
    /// Deletes an entity.
    #[serde(rename = "DELETE")]
    Delete,
}

impl Operation {
    /// All operations, in the order of an entity's life.
    pub const ALL: [Self; 3] = [Self::Create, Self::DayTwo, Self::Delete];

    /// Returns its name in Port.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::DayTwo => "DAY-2",
            Self::Delete => "DELETE",
        }
    }

    /// Returns the operation with this name in Port.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.as_str() == text)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
