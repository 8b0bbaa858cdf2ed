//! How much time is left, and whether a failed call is tried again in it.

use std::time::Duration;

use tokio::time::Instant;

/// The moment after which nothing more is started or waited for.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    at: Instant,
    retries: bool,
}

impl Deadline {
    /// Returns the moment when `time` from now has passed.
    pub fn after(time: Duration) -> Self {
        Self { at: Instant::now() + time, retries: true }
    }

    /// Returns the same deadline for calls that are not tried again when they fail.
    #[must_use]
    pub fn without_retries(self) -> Self {
        Self { retries: false, ..self }
    }

    /// Returns this deadline, or `time` from now if that is earlier.
    pub fn at_most(self, time: Duration) -> Self {
        Self { at: self.at.min(Instant::now() + time), ..self }
    }

    /// Returns the time that is left; zero if the deadline has passed.
    pub fn remaining(&self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    /// Returns whether a call may be tried again after waiting this long.
    pub(crate) fn allows_retry_after(&self, wait: Duration) -> bool {
        self.retries && wait < self.remaining()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_tried_again_once_the_deadline_has_passed() {
        assert!(!Deadline::after(Duration::ZERO).allows_retry_after(Duration::ZERO));
        let later = Deadline::after(Duration::from_mins(1));
        assert!(later.allows_retry_after(Duration::from_secs(1)));
        assert!(!later.allows_retry_after(Duration::from_mins(1)));
        assert!(!later.without_retries().allows_retry_after(Duration::ZERO));
        assert!(!later.at_most(Duration::ZERO).allows_retry_after(Duration::ZERO));
    }
}
