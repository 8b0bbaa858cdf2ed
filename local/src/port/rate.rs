//! Port's rate limits, which are counted and announced but not enforced.

use std::collections::BTreeMap;

/// The length in seconds of the windows of Port's rate limits.
const PERIOD: u64 = 300;

/// The calls of each window.
#[derive(Debug, Default)]
pub(super) struct RateLimits {
    off: bool,
    windows: BTreeMap<&'static str, Window>,
}

/// The calls since a moment, for one group of calls.
#[derive(Debug, Default)]
struct Window {
    /// In seconds since 1970.
    ends: u64,
    spent: u64,
}

impl RateLimits {
    /// Stops or resumes the announcements.
    pub(super) fn set(&mut self, announced: bool) {
        self.off = !announced;
    }

    /// Counts a call at a moment in seconds since 1970, and returns what its answer says about the limit.
    pub(super) fn count(&mut self, path: &str, now: u64) -> Vec<(&'static str, String)> {
        if self.off {
            return Vec::new();
        }
        let (group, limit) = group(path);
        let window = self.windows.entry(group).or_default();
        if window.ends <= now {
            *window = Window { ends: now + PERIOD, spent: 0 };
        }
        window.spent += 1;
        vec![
            ("x-ratelimit-period", PERIOD.to_string()),
            ("x-ratelimit-limit", limit.to_string()),
            ("x-ratelimit-remaining", limit.saturating_sub(window.spent).to_string()),
            ("x-ratelimit-reset", window.ends.to_string()),
        ]
    }
}

/// Returns the group that a path belongs to and its limit, with Port's published numbers.
fn group(path: &str) -> (&'static str, u64) {
    if path.starts_with("/v1/auth/") {
        ("token", 100)
    } else if path.contains("/entities") {
        ("entities", 35_000)
    } else {
        ("other", 15_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns how many calls are left after one at this moment.
    fn left(limits: &mut RateLimits, now: u64) -> Option<String> {
        let headers = limits.count("/v1/auth/access_token", now);
        headers.into_iter().find(|(name, _)| *name == "x-ratelimit-remaining").map(|(_, left)| left)
    }

    #[test]
    fn a_window_ends_and_the_next_one_begins() {
        let mut limits = RateLimits::default();
        assert_eq!(left(&mut limits, 1000).as_deref(), Some("99"));
        assert_eq!(left(&mut limits, 1299).as_deref(), Some("98"));
        assert_eq!(left(&mut limits, 1300).as_deref(), Some("99"));
        limits.set(false);
        assert_eq!(left(&mut limits, 1301), None);
    }
}
