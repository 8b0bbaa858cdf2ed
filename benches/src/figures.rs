//! Figures: medians of what was measured, and how they are written.

use std::time::Duration;

/// What was measured, round by round.
#[derive(Debug, Default)]
pub(crate) struct Samples<T>(Vec<T>);

impl<T: Copy + Ord + Default> Samples<T> {
    /// Adds a round.
    pub(crate) fn add(&mut self, sample: T) {
        self.0.push(sample);
    }

    /// The one in the middle; of an even number the lower. Nothing measured is the default.
    pub(crate) fn median(&self) -> T {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or_default()
    }
}

impl<T> Extend<T> for Samples<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, samples: I) {
        self.0.extend(samples);
    }
}

/// Memory or a file's size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kib(pub(crate) u32);

impl Kib {
    /// From bytes.
    pub(crate) fn of_bytes(bytes: u64) -> Self {
        Self(u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX))
    }
}

/// What can be set into proportion.
pub(crate) trait Amount {
    /// As a number of milliseconds or of MiB.
    fn amount(self) -> f64;
}

impl Amount for Duration {
    fn amount(self) -> f64 {
        self.as_secs_f64() * 1000.0
    }
}

impl Amount for Kib {
    fn amount(self) -> f64 {
        f64::from(self.0) / 1024.0
    }
}

/// Three digits or so of milliseconds or MiB.
pub(crate) fn show(amount: impl Amount) -> String {
    digits(amount.amount())
}

/// `one` in proportion to `other`, as `1.8×`.
pub(crate) fn ratio<A: Amount>(one: A, other: A) -> String {
    proportion(one.amount(), other.amount())
}

/// The same of plain numbers.
pub(crate) fn proportion(one: f64, other: f64) -> String {
    if other > 0.0 { format!("{}×", digits(one / other)) } else { "–".to_owned() }
}

/// Three digits or so.
pub(crate) fn digits(number: f64) -> String {
    let decimals = match number {
        n if n < 9.995 => 2,
        n if n < 99.95 => 1,
        _ => 0,
    };
    format!("{number:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        for (samples, want) in [(vec![], 0), (vec![7], 7), (vec![3, 1, 2], 2), (vec![4, 1, 3, 2], 2)] {
            assert_eq!(Samples(samples.clone()).median(), want, "{samples:?}");
        }
    }

    #[test]
    fn three_digits_or_so() {
        for (number, want) in [(0.123, "0.12"), (9.999, "10.0"), (99.96, "100"), (1234.5, "1234")] {
            assert_eq!(digits(number), want);
        }
        assert_eq!(ratio(Duration::from_millis(9), Duration::from_millis(5)), "1.80×");
        assert_eq!(ratio(Kib(9), Kib(0)), "–");
    }
}
