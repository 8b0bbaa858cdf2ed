//! Figures: medians of measurements, and how they are formatted.

use std::time::Duration;

/// Measurements, one per round.
#[derive(Debug, Default)]
pub(crate) struct Samples<T>(Vec<T>);

impl<T: Copy + Ord + Default> Samples<T> {
    /// Adds a round.
    pub(crate) fn add(&mut self, sample: T) {
        self.0.push(sample);
    }

    /// Returns the median; of an even number, the lower one. Without measurements, the default.
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

/// The size of memory or a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kib(pub(crate) u32);

impl Kib {
    /// Converts bytes.
    pub(crate) fn of_bytes(bytes: u64) -> Self {
        Self(u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX))
    }
}

/// An amount that can be compared.
pub(crate) trait Amount {
    /// Returns a number of milliseconds or MiB.
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

/// Formats milliseconds or MiB with about three digits.
pub(crate) fn show(amount: impl Amount) -> String {
    digits(amount.amount())
}

/// Formats `one` in proportion to `other`, such as `1.8×`.
pub(crate) fn ratio<A: Amount>(one: A, other: A) -> String {
    proportion(one.amount(), other.amount())
}

/// Formats the proportion of two numbers.
pub(crate) fn proportion(one: f64, other: f64) -> String {
    if other > 0.0 { format!("{}×", digits(one / other)) } else { "–".to_owned() }
}

/// Formats a number with about three digits.
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
    fn the_median_is_the_lower_middle() {
        for (samples, want) in [(vec![], 0), (vec![7], 7), (vec![3, 1, 2], 2), (vec![4, 1, 3, 2], 2)] {
            assert_eq!(Samples(samples.clone()).median(), want, "{samples:?}");
        }
    }

    #[test]
    fn numbers_have_about_three_digits() {
        for (number, want) in [(0.123, "0.12"), (9.999, "10.0"), (99.96, "100"), (1234.5, "1234")] {
            assert_eq!(digits(number), want);
        }
        assert_eq!(ratio(Duration::from_millis(9), Duration::from_millis(5)), "1.80×");
        assert_eq!(ratio(Kib(9), Kib(0)), "–");
    }
}
