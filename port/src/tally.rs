//! The number of calls, by their result.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts of calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// By class of status: `none` (no answer), `2xx`, `3xx`, `4xx`, `5xx`.
    classes: [u64; CLASSES.len()],
    /// Attempts after the first one of a call.
    pub retries: u64,
}

const CLASSES: [&str; 5] = ["none", "2xx", "3xx", "4xx", "5xx"];

impl Tally {
    /// Returns the classes that occurred, with their counts.
    pub fn by_class(&self) -> impl Iterator<Item = (&'static str, u64)> {
        CLASSES.into_iter().zip(self.classes).filter(|(_, count)| *count > 0)
    }
}

/// A tally that many calls count in.
#[derive(Debug, Default)]
pub(crate) struct Counter {
    classes: [AtomicU64; CLASSES.len()],
    retries: AtomicU64,
}

impl Counter {
    /// Counts a call that was answered with this status, or not at all.
    pub(crate) fn answer(&self, status: Option<u16>) {
        let class = status.map_or(0, |status| usize::from(status / 100).clamp(2, 5) - 1);
        if let Some(count) = self.classes.get(class) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn retry(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn retries(&self) -> u64 {
        self.retries.load(Ordering::Relaxed)
    }

    /// Returns the counts since the last time, and starts again from zero.
    pub(crate) fn take(&self) -> Tally {
        let taken = |count: &AtomicU64| count.swap(0, Ordering::Relaxed);
        Tally { classes: self.classes.each_ref().map(taken), retries: taken(&self.retries) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_by_class() {
        let counter = Counter::default();
        for status in [None, Some(100), Some(200), Some(201), Some(302), Some(404), Some(500), Some(599), Some(999)] {
            counter.answer(status);
        }
        counter.retry();
        let tally = counter.take();
        let classes: Vec<_> = tally.by_class().collect();
        assert_eq!(classes, [("none", 1), ("2xx", 3), ("3xx", 1), ("4xx", 1), ("5xx", 3)]);
        assert_eq!((tally.retries, counter.take()), (1, Tally::default()));
    }
}
