//! How much time is left.

use std::time::Duration;

use tokio::time::Instant;

/// The moment after which nothing more is started or waited for.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    /// Returns the moment when `time` from now has passed.
    pub fn after(time: Duration) -> Self {
        Self(Instant::now() + time)
    }

    /// Returns this deadline, or `time` from now if that is earlier.
    pub fn at_most(self, time: Duration) -> Self {
        Self(self.0.min(Instant::now() + time))
    }

    /// Returns the time that is left; zero if the deadline has passed.
    pub fn remaining(&self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }
}
